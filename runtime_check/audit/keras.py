"""Keras's entries, called on the backend of this process.

``KERAS_BACKEND`` in the environment chooses the backend: ``tensorflow``, where nothing is set, ``jax`` or
``torch``. The case that occurs must be one that the entry allows; ``new(doubtful)`` is what comes back itself
on one backend and not on another. Two things are read as the table means them: what Keras says of a variable
holds of its present value too, which is what a function hands back on JAX and PyTorch, and what is written
to a layer are its weights: the state of random generators and of metrics is bookkeeping of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout, suppress
from functools import reduce
from importlib import import_module
from io import StringIO
from itertools import product
from typing import Any

import keras
import numpy as np

from runtime_check.audit import keras_examples, keras_text, keras_text_ops
from runtime_check.audit.examples import Example, alike, read
from runtime_check.audit.outcome import Outcome, observe
from runtime_check.audit.proof import Proof, lacking, unproved
from runtime_check.audit.row import Row, entries_of, reason_against
from runtime_check.storage import leaves
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Applied, Case, New, Path, Term, Typed

BACKEND = keras.backend.backend()
METHODS = ("KerasTensor", "Variable", "Value", "Layer", "Model", "Sequential", "Optimizer", "Metric")
NAMES = vars(keras_examples) | {"keras": keras, "x": keras_examples.v}
VALUES = NAMES | {"x": lambda: keras_examples.v().value}
TEXT = keras_text.TEXT + keras_text_ops.TEXT
EXAMPLES = read(TEXT, NAMES, str)
OF_VALUES = read(TEXT, VALUES, str)
# What can be written of the backend's own: on TensorFlow a variable, on PyTorch every tensor, on JAX nothing.
VALUE = sys.modules["tensorflow"].Variable if BACKEND == "tensorflow" else type(keras_examples.v().value)
WRITABLE = {"tensorflow": (VALUE,), "torch": (*VALUE.__mro__[:2],)}.get(BACKEND, ())
KEEPERS = (keras.Layer, keras.Optimizer, keras.Metric, *WRITABLE)
# Objects that tell which members the installed version has.
SAMPLES = {
    "Metric": keras.metrics.Mean(),
    "Model": keras_examples.model(),
    "Optimizer": keras.optimizers.SGD(),
    "Sequential": keras_examples.model(),
    "Value": keras_examples.v().value,
}
LAYERS = [
    f"{{}}({arguments})(t{shape}{training})"
    for training, arguments, shape in product(
        (", training=False", ""),
        ("", "2", "2, 2", "(2, 2)", "'relu'", "0.5", "0.5, 0.5"),
        ("(2, 3)", "(2, 4, 4)", "(2, 4, 4, 3)", "(2, 4, 4, 4, 3)"),
    )
]


class KerasOutcome(Outcome):
    """What cannot be written is shared by nobody: on TensorFlow and JAX that is every tensor."""

    __slots__ = ()

    @staticmethod
    def parts(value: Any) -> Sequence[Any]:
        if isinstance(value, keras.Layer):
            return list(value.weights)
        if isinstance(value, keras.random.SeedGenerator):
            return ()
        if isinstance(value, keras.Optimizer):
            return list(value.variables)
        return [leaf for leaf in leaves(value) if not isinstance(leaf, (keras.Layer, keras.Metric))]

    @staticmethod
    def inside(value: Any) -> Sequence[Any]:
        if isinstance(value, keras.Layer):
            layers = value._flatten_layers(include_self=False)
            return [*layers, *value.metrics_variables, *leaves(value)]
        return [*getattr(value, "_trainable_variables", ()), *leaves(value)]

    def is_a(self, value: Any, name: str) -> bool:
        if name == "keras.KerasTensor":
            return isinstance(value, (keras.KerasTensor, keras.Variable)) or keras.ops.is_tensor(value)
        if name == "keras.Value":
            return isinstance(value, VALUE)
        if name == "numpy.ndarray":
            return isinstance(value, (np.ndarray, np.generic))
        return Outcome.is_a(self, value, name)

    def matches(self, value: Any, wanted: list[Any]) -> bool | None:
        if not isinstance(value, np.ndarray):
            return False
        if wanted:
            return bool(value.dtype == (wanted[0] or keras.backend.floatx()))
        return bool(value.dtype.kind == "f")

    def lasting(self, value: Any) -> Any:
        kinds = (keras.Variable, np.ndarray, *KEEPERS)
        return [leaf for leaf in leaves(value) if isinstance(leaf, kinds)]

    def is_as_said(self, term: Term, result: Any) -> bool:
        path = term.arguments[0] if isinstance(term, Applied) and term.word == "same_layout" else term
        of = list(self.reached(path)) if isinstance(path, Path) else []
        if BACKEND == "jax" and any(isinstance(each, (keras.Variable, VALUE)) for each in of):
            return self.is_a(result, "keras.KerasTensor")  # nothing writes a value: a copy is as good
        if isinstance(term, Path) and any(
            isinstance(each, keras.Variable) and result is each.value for each in of
        ):
            return True
        return Outcome.is_as_said(self, term, result)


def entries() -> list[Entry]:
    return entries_of("keras")


def audit(entry: Entry) -> Row:
    if reason := reason_against(entry, keras_examples.UNPROVED):
        return unproved(entry, reason)
    try:
        called = function(entry)
    except AttributeError:
        return lacking(entry)
    proof = Proof(entry)
    with redirect_stdout(StringIO()):  # of a model that tells how it is getting on
        for text, outcome in outcomes(entry, called):
            proof.add(outcome, text)
            if complaint := _of_weights(entry, outcome):
                proof.complaints.append(complaint)
    return proof.row()


def function(entry: Entry) -> Callable[..., Any]:
    """What an entry is called as. Raises AttributeError where the installed version has none."""
    _, *parts = entry.name.split(".")
    first = next((parameter.name for parameter in entry.signature.parameters), "")
    if parts[0] in METHODS and len(parts) == 2 and first == "self":
        if parts[0] in SAMPLES and not hasattr(SAMPLES[parts[0]], parts[1]):
            raise AttributeError(entry.name)
        return _member(parts[1], entry.signature.construct == "property")
    module = ".".join(["keras", *parts[:-1]])
    if module == "keras.utils" and not hasattr(keras.utils, parts[-1]):
        module = "keras.preprocessing.image"  # which the table knows by the same name
    with suppress(ImportError):  # a class, not a module
        import_module(module)
    found: Any = reduce(getattr, [*module.split(".")[1:], parts[-1]], keras)
    return found  # type: ignore[no-any-return]


def _member(name: str, is_property: bool) -> Callable[..., Any]:
    if is_property:
        return lambda self: getattr(self, name)
    return lambda self, *arguments, **options: getattr(self, name)(*arguments, **options)


def outcomes(entry: Entry, called: Callable[..., Any]) -> Iterator[tuple[str, KerasOutcome]]:
    """What calls of an entry did: those written out for it, else the first that fits of its like."""
    own = [*EXAMPLES.get(entry.name, ())]
    own += [example for example in OF_VALUES.get(entry.name, ()) if "x()" in example.text]
    for example in own:
        yield from _of(example, entry, called)
    if own:
        return
    texts = LAYERS if entry.name.startswith("keras.layers.") else alike(keras_text.LIKE, entry.name)
    for text in texts:
        found = [each for example in _read(entry.name, text) for each in _of(example, entry, called)]
        if found and (entry.signature.clause("call") is None or len(found) > 1):
            yield from found
            break


def _read(name: str, text: str) -> list[Example]:
    return read(text.format(name), NAMES, str)[name]


def _of(example: Example, entry: Entry, called: Callable[..., Any]) -> Iterator[tuple[str, KerasOutcome]]:
    """The outcome of one example, and that of calling what it made, built before by a call like it."""
    try:
        given = example.given()
    except Exception:  # of many kinds: this backend does not make such arguments
        return
    outcome = observe(KerasOutcome, entry.signature, called, given)
    if outcome is None:
        return
    yield example.text, outcome
    clause = entry.signature.clause("call")
    if clause is None or clause.call is None:
        return
    try:
        once = example.then(outcome.result)
        if once is None:
            return
        outcome.result(*once.arguments, **once.options)
        then = example.then(outcome.result)
    except Exception:  # of many kinds: this layer takes no such input
        return
    if then is not None:
        made = type(then)((outcome.result, *then.arguments), then.options)
        second = observe(KerasOutcome, clause.call, lambda it, *a, **o: it(*a, **o), made)
        if second is not None:
            yield example.text, second


def _of_weights(entry: Entry, outcome: KerasOutcome) -> str:
    """Whether a layer that has been called has weights although it says no, or the other way round."""
    made = outcome.given.get("self")
    if outcome.signature is entry.signature or not isinstance(made, keras.Layer):
        return ""
    claimed = set(map(_quality, entry.signature.cases)) - {""}
    has = "weights" if made.weights else "stateless"
    return "" if not claimed or has in claimed else f"a layer that is {has}, not {' or '.join(claimed)}"


def _quality(case: Case) -> str:
    term = case.term.term if isinstance(case.term, Typed) else case.term
    words = ("weights", "stateless")
    return next((w for w in words if isinstance(term, New) and term.quality(w) is not None), "")
