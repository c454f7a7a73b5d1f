"""JAX's entries, called: on arrays of JAX and on NumPy arrays that begin where XLA takes memory over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp

from runtime_check.audit import jax_examples, jax_text, jax_text_lax
from runtime_check.audit.examples import read
from runtime_check.audit.jax_calls import BATTERY, following
from runtime_check.audit.outcome import Given, Outcome, observe
from runtime_check.audit.proof import Proof, lacking, unproved
from runtime_check.audit.row import Row, entries_of, reason_against
from runtime_check.storage import leaves
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Atom

ENOUGH = 2  # calls of one entry with one array
FEW = 4  # where nothing but a new array may come back
# What is called without being written out: functions of arrays, which set nothing and write no files.
OF_ARRAYS = ("jax.Array.", "jax.numpy.", "jax.lax.", "jax.nn.", "jax.scipy.", "jax.ops.", "jax.image.")
SAMPLE = jnp.ones(1)
OBJECTS = {"jax.Array": type(SAMPLE), "jax.At": type(SAMPLE.at), "jax.AtIndex": type(SAMPLE.at[0])}
EXAMPLES = read(jax_text.TEXT + jax_text_lax.TEXT, vars(jax_examples), str)


class JaxOutcome(Outcome):
    """An array is shared with any other; nothing can be written, but a donated array is gone everywhere."""

    __slots__ = ()

    def is_a(self, value: Any, name: str) -> bool:
        kind = jax.Array if name == "jax.Array" else OBJECTS.get(name)  # keys are arrays too
        return isinstance(value, kind) if kind is not None else Outcome.is_a(self, value, name)

    def lasting(self, value: Any) -> Any:
        """Arrays of numbers: a mesh holds one of devices."""
        return [leaf for leaf in leaves(value) if leaf.dtype != object]

    def _positive(self, atom: Atom) -> bool | None:
        first, *rest = (self.value(path) for path in atom.arguments)
        match atom.relation:
            case "atleast":
                return bool(jnp.ndim(first) >= int(rest[0]))
            case "whole":
                found = first[rest[0]]
                return bool(found.shape == first.shape and (found == first).all()) and _is_of_slices(rest[0])
        return Outcome._positive(self, atom)

    def matches(self, value: Any, wanted: list[Any]) -> bool | None:
        """Whether an array has the dtype that JAX makes of what is asked; with none asked, one it keeps."""
        if not hasattr(value, "dtype"):
            return False
        asked = wanted[0] if wanted else value.dtype
        return asked is None or bool(jax.dtypes.canonicalize_dtype(asked) == value.dtype)


def _is_of_slices(index: Any) -> bool:
    """Whether an index has slices forward and ``...`` alone: with any other, JAX makes something new."""
    return all(
        each is Ellipsis or (isinstance(each, slice) and each.step in (None, 1))
        for each in (index if isinstance(index, tuple) else (index,))
    )


def entries() -> list[Entry]:
    return entries_of("jax")


def audit(entry: Entry) -> Row:
    if reason := reason_against(entry, jax_examples.UNPROVED):
        return unproved(entry, reason)
    try:
        found = function(entry)
    except AttributeError:
        return lacking(entry)
    proof = Proof(entry)
    for where, outcome in outcomes(entry, found):
        proof.add(outcome, where)
    return proof.row()


def function(entry: Entry) -> Callable[..., Any]:
    """What an entry is called as. Raises AttributeError where the installed version has none."""
    owner, _, name = entry.name.rpartition(".")
    if owner in OBJECTS or owner in ("jax.Ref",):
        if owner in OBJECTS and not hasattr(OBJECTS[owner], name):
            raise AttributeError(entry.name)
        if entry.signature.construct == "property":
            return lambda self: getattr(self, name)
        return lambda self, *arguments, **options: getattr(self, name)(*arguments, **options)
    found = resolve(entry.name)
    if entry.signature.construct == "property":
        return lambda: found
    return found  # type: ignore[no-any-return]


def resolve(name: str) -> Any:
    """What stands under a name, in a module that may have to be imported first."""
    found: Any = jax
    for number, part in enumerate(parts := name.split(".")[1:]):
        if not hasattr(found, part):
            with suppress(ImportError):
                import_module(".".join(["jax", *parts[: number + 1]]))
        found = getattr(found, part)
    return found


def outcomes(entry: Entry, called: Callable[..., Any]) -> Iterator[tuple[str, JaxOutcome]]:
    """What calls of an entry did: those written out for it, else what fits of the battery."""
    for example in EXAMPLES.get(entry.name, ()):
        outcome = observe(JaxOutcome, entry.signature, called, example.given())
        if outcome is not None:
            yield example.text, outcome
            clause = entry.signature.clause("call")
            then = example.then(outcome.result)
            if then is not None and clause is not None and clause.call is not None:
                second = observe(JaxOutcome, clause.call, lambda it, *a, **o: it(*a, **o), then)
                if second is not None:
                    yield example.text, second
    if entry.signature.construct == "property" and not entry.signature.parameters:
        yield "", JaxOutcome(entry.signature, {}, called(), frozenset(), {}, ())
    elif entry.name not in EXAMPLES and entry.name.startswith(OF_ARRAYS):
        yield from _of_the_battery(entry, called)


def _of_the_battery(entry: Entry, called: Callable[..., Any]) -> Iterator[tuple[str, JaxOutcome]]:
    alone = entry.name.startswith("jax.Array.")
    always_new = {str(case.term) for case in entry.signature.cases} <= {"new", "plain", "meta", "none"}
    done = 0
    for name, make in BATTERY.items():
        if (alone and name.startswith("NumPy")) or (always_new and done >= FEW):
            continue
        for outcome in islice(_successful(entry, called, make, alone), 1 if always_new else ENOUGH):
            done += 1
            yield name, outcome


def _successful(
    entry: Entry, called: Callable[..., Any], make: Callable[[], Any], alone: bool
) -> Iterator[JaxOutcome]:
    for rest in following(make()):
        for first in (make(),) if alone else (make(), [make()]):
            outcome = observe(JaxOutcome, entry.signature, called, Given((first, *rest), {}))
            if outcome is not None and not isinstance(outcome.result, jax.core.Tracer):
                yield outcome
                break
