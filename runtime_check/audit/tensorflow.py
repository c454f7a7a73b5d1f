"""TensorFlow's entries, called: on variables, on tensors, and on NumPy arrays that may be taken over.

A tensor cannot be written, so what shares with one is told of nowhere: ``new`` means that no variable and no
array is shared. The state of random generators is left aside.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import reduce, wraps
from io import StringIO
from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf

from runtime_check.audit import tensorflow_examples, tensorflow_text, tensorflow_text_ops
from runtime_check.audit.examples import Example, alike, read
from runtime_check.audit.outcome import Given, Outcome, claimed_writes, observe
from runtime_check.audit.proof import Proof, lacking, unproved
from runtime_check.audit.row import Row, entries_of, reason_against
from runtime_check.audit.tensorflow_calls import BATTERY, MADE, following, limited
from runtime_check.storage import leaves
from tensorlint.knowledge.catalog import Entry

# Under which of its modules TensorFlow has what the tables know by one name.
PLACES = (tf.math, tf.math.special, tf.dtypes, tf.compat.v1, tf.compat.v1.math)
# The classes of what a program holds: they have more methods than the public ones that they derive from.
CONCRETE = {"Tensor": type(tf.constant(0.0)), "Variable": type(tf.Variable(0.0))}
MADE_BY_OTHERS = ("tensorflow.VariableSlice", "tensorflow.Reference")  # no class of that name
METHODS = {"tensorflow.Tensor": ("tensor",), "tensorflow.Variable": ("variable",)}
ENOUGH = 2  # calls of one entry with one kind of first argument
TO_SEE_A_WRITE = 40
MOST_TRIES = 400
NAMES = vars(tensorflow_examples)


def _spelled(name: str) -> str:
    return "tensorflow." + name.removeprefix("tf.")


EXAMPLES = read("\n".join(tensorflow_text.TEXTS), NAMES, _spelled)
OF_A_GRAPH = read(tensorflow_text_ops.OF_A_GRAPH, NAMES, _spelled)


class TensorFlowOutcome(Outcome):
    __slots__ = ()

    @staticmethod
    def parts(value: Any) -> Sequence[Any]:
        return () if isinstance(value, tf.random.Generator) else TensorFlowOutcome.inside(value)

    @staticmethod
    def inside(value: Any) -> Sequence[Any]:
        """What can be reached: from a slice of a variable, that variable by way of its ``assign``."""
        if type(value).__name__ == "PyCapsule":
            return [lent_by(value)]
        cells = getattr(getattr(value, "assign", None), "__closure__", None) or ()
        of = [cell.cell_contents for cell in cells if isinstance(cell.cell_contents, tf.Variable)]
        return [*of, *leaves(value)]

    def is_a(self, value: Any, name: str) -> bool:
        """As in the tables, a variable is a tensor too."""
        if name == "tensorflow.Tensor":
            return isinstance(value, (tf.Tensor, tf.Variable))
        if name == "tensorflow.VariableSlice":
            return isinstance(value, tf.Tensor) and hasattr(value, "assign")
        if name == "numpy.ndarray":
            return isinstance(value, (np.ndarray, np.generic, bytes))
        return Outcome.is_a(self, value, name)

    def matches(self, value: Any, wanted: list[Any]) -> bool | None:
        return None if not wanted or wanted[0] is None else wanted[0] == getattr(value, "dtype", None)

    def lasting(self, value: Any) -> Any:
        return [leaf for leaf in leaves(value) if isinstance(leaf, (tf.Variable, np.ndarray))]


def lent_by(capsule: Any) -> Any:
    """The first byte of what a DLPack capsule hands on, as an array, before anybody takes it over."""
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    structure = ctypes.cast(pointer_of(capsule, b"dltensor"), ctypes.POINTER(ctypes.c_void_p))
    return np.frombuffer((ctypes.c_uint8 * 1).from_address(structure[0] or 0), np.uint8)


def entries() -> list[Entry]:
    return entries_of("tensorflow")


def audit(entry: Entry) -> Row:
    if reason := reason_against(entry, tensorflow_examples.UNPROVED):
        return unproved(entry, reason)
    try:
        called = function(entry)
    except AttributeError:
        return lacking(entry)
    proof = Proof(entry)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        for where, outcome in outcomes(entry, called):
            proof.add(outcome, where)
    return proof.row()


def resolve(name: str) -> Any:
    """What stands under a name. Raises AttributeError when the installed TensorFlow has nothing there."""
    path = name.removeprefix("tensorflow.").split(".")
    for start in (CONCRETE.get(path[0]), tf, *PLACES):
        try:
            return reduce(getattr, path[start in CONCRETE.values() :], start)
        except AttributeError:
            continue
    raise AttributeError(name)


def owner(entry: Entry) -> str:
    """The class that a method belongs to, empty for a function."""
    parts = entry.name.split(".")
    return ".".join(parts[:-1]) if len(parts) > 2 and parts[-2][0].isupper() else ""


def function(entry: Entry) -> Callable[..., Any]:
    """What an entry is called as. Raises AttributeError when the installed TensorFlow has none."""
    name = entry.name.rpartition(".")[2]
    found = None if owner(entry) in MADE_BY_OTHERS else resolve(entry.name)
    first = next((parameter.name for parameter in entry.signature.parameters), "")
    if entry.signature.construct == "property":
        return (lambda self: getattr(self, name)) if first else (lambda: found)
    if owner(entry) and first == "self":
        return lambda self, *arguments, **options: getattr(self, name)(*arguments, **options)
    assert found is not None
    return found  # type: ignore[no-any-return]


def in_time(called: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(called, updated=())
    def bounded(*arguments: Any, **options: Any) -> Any:
        with limited():
            return called(*arguments, **options)

    return bounded


def outcomes(entry: Entry, called: Callable[..., Any]) -> Iterator[tuple[str, TensorFlowOutcome]]:
    """What calls did: those written out for the entry, else the first of its like, else the battery's."""
    if entry.signature.construct == "property" and not entry.signature.parameters:
        yield "", TensorFlowOutcome(entry.signature, {}, called(), frozenset(), {}, ())
        return
    if entry.name in OF_A_GRAPH:
        with tf.Graph().as_default():
            for example in OF_A_GRAPH[entry.name]:
                yield from _of(example, entry, called)
        return
    if entry.name in EXAMPLES:
        for example in EXAMPLES[entry.name]:
            yield from _of(example, entry, called)
        return
    for text in alike(tensorflow_text.LIKE, entry.name):
        example = read(text.format(entry.name), NAMES, str)[entry.name][0]
        found = list(_of(example, entry, called))
        if found:
            yield from found
            return
    if of_arrays(entry):
        yield from _of_the_battery(entry, called)


def _of(
    example: Example, entry: Entry, called: Callable[..., Any]
) -> Iterator[tuple[str, TensorFlowOutcome]]:
    outcome = observe(TensorFlowOutcome, entry.signature, in_time(called), example.given())
    if outcome is not None:
        yield example.text, outcome


def of_arrays(entry: Entry) -> bool:
    """Functions and methods whose result or effect is told of tensors, variables and arrays."""
    words = ("-> meta", "-> plain", "-> unknown", "-> none")
    looks = entry.effect.startswith(("(*args, **options)", "property ()")) and entry.effect.endswith(words)
    belongs = owner(entry)
    return not (looks or entry.signature.construct == "class" or (belongs and belongs not in METHODS))


def _of_the_battery(entry: Entry, called: Callable[..., Any]) -> Iterator[tuple[str, TensorFlowOutcome]]:
    """A few calls for each kind of first argument, more until a write is seen."""
    for kind in METHODS.get(owner(entry), tuple(MADE)):
        written: set[str] = set()
        for number, outcome in enumerate(islice(_successful(entry, called, kind), TO_SEE_A_WRITE)):
            yield kind, outcome
            written |= outcome.changed
            if number + 1 >= ENOUGH and claimed_writes(entry.signature) <= written:
                break


def _successful(entry: Entry, called: Callable[..., Any], kind: str) -> Iterator[TensorFlowOutcome]:
    for arguments in islice(_arguments(entry, MADE[kind]), MOST_TRIES):
        outcome = observe(TensorFlowOutcome, entry.signature, in_time(called), Given(arguments, {}))
        if outcome is not None:
            yield outcome


def _arguments(entry: Entry, made: Callable[[Any], Any]) -> Iterator[tuple[Any, ...]]:
    """What begins with a value of the battery, or with two of them in a list; made anew each time."""
    alone = bool(owner(entry))
    for probe, make in BATTERY.items():
        if probe == "words" and ".strings." not in entry.name:
            continue  # some functions end the whole process over words
        for number, rest in enumerate(following(make(), made)):
            yield (made(make()), *rest)
            if number < 3 and not alone:
                yield ([made(make()), made(make())], *next(islice(following(make(), made), number, None)))
