"""Calls made up from the names of parameters, for libraries beside the tensor libraries.

One vocabulary per library says what ``src`` or ``ksize`` may be given, as Python expressions that are
evaluated anew for every call. Arguments go by name, so that a parameter whose name is made up fails.
"""

from __future__ import annotations

import ast
import importlib
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from runtime_check.audit.calling import flat
from runtime_check.audit.outcome import Given, Outcome, observe
from runtime_check.audit.proof import Proof, lacking, unproved
from runtime_check.audit.row import Row, reason_against
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Atom, New, Param, Path, literal


class ArrayOutcome(Outcome):
    """What a call did to NumPy arrays."""

    __slots__ = ()

    def value(self, path: Path) -> Any:
        if path.literal or path.root in self.given:
            return Outcome.value(self, path)
        param = next(param for param in self.signature.parameters if param.name == path.root)
        return ast.literal_eval(param.default) if param.default else ()

    def _positive(self, atom: Atom) -> bool | None:
        first = self.value(atom.arguments[0])
        match atom.relation:
            case "given":
                return first is not None and not (isinstance(first, tuple) and not first)
            case "array":
                return isinstance(first, np.ndarray)
            case "scalar":
                return bool(np.ndim(first) == 0)
        return Outcome._positive(self, atom)

    def _is_new(self, term: New, result: Any) -> bool:
        return Outcome._is_new(self, term, result) and not self._lacks(term, result)

    def _lacks(self, term: New, result: Any) -> bool:
        """Whether a result has not the layout that its term says."""
        if not isinstance(result, np.ndarray) or not result.size:
            return False
        ranked, like = term.quality("ranked"), term.quality("like")
        source = self.value(like[0]) if like else None
        packed = term.quality("contiguous") is not None
        if isinstance(source, np.ndarray):
            packed = packed or bool(source.flags.c_contiguous)
            if result.ndim != source.ndim:
                return True
        return bool(packed and not result.flags.c_contiguous) or bool(
            ranked and result.ndim != literal(ranked[0])
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the parameters of one library's functions are given.

    ``values`` maps a parameter, or ``function.parameter``, to expressions over ``names``. A parameter with a
    default is given some where a case depends on it, or where its function is named as well; ``unproved``
    maps a reason to the entries that no call can show.
    """

    names: Mapping[str, Any]
    values: Mapping[str, tuple[str, ...]]
    outcome: type[Outcome] = ArrayOutcome
    unproved: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def options(self, entry: Entry, param: Param) -> tuple[str, ...]:
        special = self.special(entry, param)
        return special if special else self.values.get(param.name, ())

    def special(self, entry: Entry, param: Param) -> tuple[str, ...]:
        """What only this function's parameter is given; the owner of a method counts as well."""
        parts = entry.name.split(".")[1:]
        starts = range(len(parts))
        whole = (".".join([*parts[start:], param.name]) for start in starts)
        owned = (".".join([*parts[start:-1], param.name]) for start in starts[:-1])
        keys = (*whole, *owned)
        return next((self.values[key] for key in keys if key in self.values), ())


Arguments = Mapping[str, str]  # an expression for each parameter


def prove(entry: Entry, words: Vocabulary) -> Row:
    """What calling an entry with all that its parameters may be given showed of it."""
    if reason := reason_against(entry, words.unproved):
        return unproved(entry, reason)
    try:
        called = function(entry)
    except (ImportError, AttributeError):
        return lacking(entry)
    proof = Proof(entry)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _call_all(proof, called, words)
    return proof.row()


def _call_all(proof: Proof, called: Callable[..., Any], words: Vocabulary) -> None:
    entry = proof.entry
    for arguments in calls(entry, words):
        text = ", ".join(f"{name}={value}" for name, value in arguments.items())
        outcome = observe(words.outcome, entry.signature, called, _given(entry, arguments, words))
        if outcome is None:
            continue
        proof.add(outcome, text)
        for inner, where in _called(entry, outcome, words):
            proof.add(inner, f"{text}: {where}")
        for outs in _outs(_taking(entry, words), outcome):
            again = observe(words.outcome, entry.signature, called, _given(entry, arguments, words, outs))
            if again is not None:
                proof.add(again, f"{text}, {', '.join(outs)}")


def _called(entry: Entry, outcome: Outcome, words: Vocabulary) -> Iterator[tuple[Outcome, str]]:
    """What calling the made object did, where the entry speaks of that."""
    clause = entry.signature.clause("call")
    if clause is None or clause.call is None:
        return
    inner = Entry(entry.name, str(clause.call), entry.source, entry.tensor)
    names = {**words.names, "made": outcome.result}
    made = replace(words, names=names, values={**words.values, "self": ("made",)})
    for arguments in calls(inner, made):
        given = _given(inner, arguments, made)
        found = observe(words.outcome, clause.call, lambda made, *a, **o: made(*a, **o), given)
        if found is not None:
            yield found, str(dict(arguments))


def function(entry: Entry) -> Callable[..., Any]:
    """What an entry is called as. Raises ImportError or AttributeError where there is none."""
    owner, _, name = entry.name.rpartition(".")
    if entry.signature.construct == "property" and entry.signature.parameters and resolve(owner):
        return lambda self: getattr(self, name)  # objects may have it where their class has not
    found = resolve(entry.name)
    if next((param.name for param in entry.signature.parameters), "") == "self":
        return lambda self, *arguments, **options: getattr(self, name)(*arguments, **options)
    return found  # type: ignore[no-any-return]


def resolve(name: str) -> Any:
    """The object of a qualified name; its modules are imported on the way."""
    path, *rest = name.split(".")
    found: Any = importlib.import_module(path)
    for part in rest:
        path = f"{path}.{part}"
        if not hasattr(found, part) and hasattr(found, "__path__"):
            importlib.import_module(path)
        found = getattr(found, part)
    return found


def calls(entry: Entry, words: Vocabulary) -> Iterator[Arguments]:
    """The first that each parameter may be given, then its others by turns.

    Those on which a case depends, and those of this function only, go with all that was tried before them.
    """
    needed = [p for p in entry.signature.parameters if _is_needed(entry, p, words)]
    base = {p.name: words.options(entry, p)[:1] for p in needed}
    if any(not found and p.kind != "*" for p, found in zip(needed, base.values(), strict=True)):
        return
    first = {name: found[0] for name, found in base.items() if found}
    yield first
    seen = [first]
    deciding = _deciding(entry, words)
    for param in entry.signature.parameters:
        crossed = param.name in deciding or bool(words.special(entry, param))
        more = crossed or param in needed
        for text in words.options(entry, param) if more and param.kind != "**" else ():
            for other in list(seen) if crossed else [first]:
                call = {**other, param.name: text}
                if call not in seen:
                    seen.append(call)
                    yield call


def _is_needed(entry: Entry, param: Param, words: Vocabulary) -> bool:
    if param.kind == "**":
        return False
    return bool(words.special(entry, param)) if param.default or param.kind == "*" else True


def _deciding(entry: Entry, words: Vocabulary) -> set[str]:
    """The parameters on which a guard depends, but for those that take the result."""
    guards = [case.guard for case in entry.signature.cases if case.guard is not None]
    found = {path.root for guard in guards for atom in guard.atoms for path in atom.arguments if path.root}
    return found - set(_taking(entry, words))


def _taking(entry: Entry, words: Vocabulary) -> tuple[str, ...]:
    """The parameters that take the result where they are given: it is that, or is written to it."""
    found: set[str] = set()
    for case in entry.signature.cases:
        atoms = case.guard.atoms if case.guard is not None else ()
        asked = {a.arguments[0].root for a in atoms if a.relation == "given" and not a.negated}
        handed = {write.path.root for write in case.writes} | set(re.findall(r"\w+", str(case.term)))
        alone = {p.name for p in entry.signature.parameters if not words.options(entry, p)}
        found |= asked & (handed | alone)
    return tuple(p.name for p in entry.signature.parameters if p.default and p.name in found)


def _outs(names: tuple[str, ...], outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    """Arrays for the parameters that take the result, where none was given: as it is, and of another type."""
    arrays = [each for each in flat(outcome.result) if isinstance(each, np.ndarray) and each.size]
    if names and len(names) <= len(arrays) and not any(outcome.given.get(n) is not None for n in names):
        taken = dict(zip(names, arrays, strict=False))
        yield {name: np.full_like(each, 77) for name, each in taken.items()}
        yield {name: np.full(each.shape, 77, _other(each.dtype)) for name, each in taken.items()}


def _other(dtype: Any) -> Any:
    return np.float32 if dtype == np.float64 else np.float64


def _given(
    entry: Entry, arguments: Arguments, words: Vocabulary, outs: Mapping[str, Any] | None = None
) -> Given:
    """The arguments, evaluated: by name where that is possible."""
    values = {name: eval(text, dict(words.names)) for name, text in arguments.items()} | dict(outs or {})
    positional: list[Any] = []
    options: dict[str, Any] = {}
    starred = any(param.kind == "*" for param in entry.signature.parameters)
    for param in entry.signature.parameters:
        if param.name not in values:
            continue
        if param.kind == "*":
            positional += values[param.name]
        elif param.kind == "positional" or param.name == "self" or (starred and param.kind == "either"):
            positional.append(values[param.name])
        else:
            options[param.name] = values[param.name]
    return Given(tuple(positional), options)
