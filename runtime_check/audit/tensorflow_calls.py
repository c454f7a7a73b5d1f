"""Calls to try the entries of TensorFlow with: what to begin with, and what may follow."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
import tensorflow as tf

from runtime_check.audit.calling import Decided, bound, flat
from runtime_check.storage import picture, values_overlap
from tensorlint.knowledge.effects import (
    Applied,
    Atom,
    Case,
    ElementsWritten,
    Many,
    New,
    Param,
    Path,
    Signature,
    Term,
    Typed,
    Word,
)

LONGEST = 5  # seconds for one call


def aligned(values: Any) -> Any:
    """An array that begins at a multiple of 64: what TensorFlow may take over as it is."""
    values = np.asarray(values)
    memory = np.zeros(values.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    found = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    found[...] = values
    return found


BATTERY: Mapping[str, Callable[[], Any]] = {
    "square": lambda: aligned(np.array([[2.0, 0.5], [0.5, 3.0]], np.float32)),
    "vector": lambda: aligned(np.array([0.5, 0.25, 0.75], np.float32)),
    "images": lambda: aligned(np.linspace(0.1, 0.9, 96, dtype=np.float32).reshape(2, 4, 4, 3)),
    "image": lambda: aligned(np.linspace(0.1, 0.9, 48, dtype=np.float32).reshape(4, 4, 3)),
    "integers": lambda: aligned(np.array([0, 1, 2], np.int32)),
    "bytes": lambda: aligned(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)),
    "boolean": lambda: aligned(np.array([True, False])),
    "complex": lambda: aligned(np.array([[1 + 1j, 0], [0, 1]], np.complex64)),
    "double": lambda: aligned(np.array([[0.5, 0.25]])),
    "sequences": lambda: aligned(np.linspace(0.1, 0.9, 24, dtype=np.float32).reshape(2, 4, 3)),
    "number": lambda: aligned(np.array(2, np.int32)),
    "fraction": lambda: aligned(np.array(0.5, np.float32)),
    "volumes": lambda: aligned(np.linspace(0.1, 0.9, 128, dtype=np.float32).reshape(1, 4, 4, 4, 2)),
    "long": lambda: aligned(np.array([1, 2], np.int64)),
    "words": lambda: np.array(["a b", "c"]),
}
MADE: Mapping[str, Callable[[Any], Any]] = {
    "variable": tf.Variable,
    "tensor": tf.constant,
    "array": lambda x: x,
}


def following(x: Any, made: Callable[[Any], Any]) -> Iterator[tuple[Any, ...]]:
    """What may be passed behind ``x``, made anew for every call."""
    axes = x.ndim

    def like() -> Any:
        return made(aligned(x)) if x.dtype.kind != "U" else made(x.copy())

    def other() -> Any:
        return (
            made(aligned(1 - x if x.dtype.kind in "fc" else x[::-1] if x.ndim else x))
            if x.dtype.kind != "U"
            else like()
        )

    yield from (
        (),
        (like(),),
        (0,),
        (other(),),
        (like(), like()),
        (like(), like(), like()),
        (1,),
        (0.5,),
        (2,),
        (-1,),
    )
    yield from ((x.dtype,), (tf.float32,), (list(x.shape),), ([-1],), ([0] * axes,), ([1] * axes,))
    yield from ((0, like()), (like(), 0), (like(), 2), (-1.0, 1.0), (0, 1), (1, 0), (2, 2), (0, 0))
    yield from (([0] * axes, list(x.shape)), ([[0, 0]] * axes,), ([[0]],), ([0],), ([0], [1]), ([0, 1],))
    yield from (([True] * (x.shape[0] if axes else 1),), ("a",), ("a", "b"), ([2, 2],), ([2, 2], 1))
    if axes:
        index = [[0] * axes]
        rows = tf.IndexedSlices(x[1:2], [0]) if x.dtype.kind != "U" else None
        yield from (
            (index,),
            (index, made(np.ones(1, x.dtype))),
            ([[0]], x[1:2]),
            ([[1]], x[:1]),
            ([0], x[1:2]),
            ([1], x[:1]),
        )
        yield from ((rows,), (tf.IndexedSlices(x[:1], [1]),), ([0] * x.shape[0],), ([0] * x.shape[0], 2))
        yield from (([1] * axes, [1] * axes), ([0] * axes, [1] * axes), (list(range(axes)),), (0, 0, 2, 2))
        yield from (([x.shape[0]],), (1, [x.shape[0]]), (x.shape[0],))
    if axes == 4:
        filters = np.ones((2, 2, x.shape[3], 1), np.float32)
        yield from ((filters, 1, "SAME"), (2, 2, "SAME"), (filters, [1, 2, 4, 1], 1, "SAME"))
        yield from ((filters, np.ones((1, 1, x.shape[3], 1), np.float32), [1, 1, 1, 1], "SAME"),)
        yield from ((np.ones((2, 2, 3, x.shape[3]), np.float32), [2, 8, 8, 3], 2), (2, "MAX", None, "SAME"))
        yield from (
            (filters[..., 0], [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
            ([1, 2, 2, 1], [1, 2, 2, 1]),
        )
        yield from (([1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME"), ([0, 1, 2], 0.0, 1.0, None, 0.1))
        yield from (
            (0.0, 1.0, None, None, 0.1),
            ([[0.0, 0, 1, 1]], [0], [2, 2]),
            ([[[0.0, 0, 1, 1]]] * 2, [[1.0]]),
        )
        yield from ((2, [[0, 0], [0, 0]]), ([2, 2], [[0, 0], [0, 0]]), (0.0, 1.0, (0, 0)), (3, 3, (0, 0)))
    if axes == 5:
        yield from ((2, 2, "SAME"), (np.ones((2, 2, 2, 2, 1), np.float32), [1] * 5, "SAME"))
    if axes == 3:
        yield from ((2, 2, "SAME"), (np.ones((2, 3, 1), np.float32), 1, "SAME"), (0.1, 0.2, (0, 0)))
        yield from ((0, 0, 2, 2), (0.2, (0, 0)), (50,), (50, 90), (50, 90, (0, 0)), ([2, 2, 3], (0, 0)))
    yield from ((0.1, 0.9), (0.1, 0.9, 0.1), (like(), 0, 1), (like(), 3, like()), (["x"], ["y"]), (tf.int32,))


@dataclass(frozen=True, slots=True)
class Call(Decided):
    """What one call did: its result, and whether its first and its other arguments changed."""

    signature: Signature
    given: Mapping[str, Any]
    result: Any
    first: bool
    others: bool

    def _positive(self, atom: Atom) -> bool | None:
        value = self.value(atom.arguments[0])
        verdict: bool | None = None
        match atom.relation:
            case "given":
                verdict = value is not None and value != ()
            case "":
                verdict = bool(value)
            case "type":
                verdict = is_a(value, str(atom.arguments[1]).strip("'"))
            case "tuple":
                verdict = isinstance(value, (tuple, list))
            case "matches":
                wanted = self.value(atom.arguments[1]) if len(atom.arguments) > 1 else None
                verdict = None if wanted is None else wanted == getattr(value, "dtype", None)
        return verdict

    def value(self, path: Path) -> Any:
        """What a path stands for in this call, the parameter's default where nothing was passed."""
        if path.literal:
            return path.literal
        if path.root in self.given:
            return self.given[path.root]
        return default(next(param for param in self.signature.parameters if param.name == path.root))

    def agrees(self, case: Case) -> bool:
        """Whether the outcome is what a case says."""
        first = self.signature.parameters[0].name if self.signature.parameters else ""
        written = {write.path.root for write in case.writes if isinstance(write, ElementsWritten)}
        if (self.first and first not in written) or (self.others and not written - {first}):
            return False
        return self._is(case.term, self.result)

    def _is(self, term: Term, result: Any) -> bool:
        if isinstance(term, Typed):
            return is_a(result, term.type) and self._is(term.term, result)
        if isinstance(term, Many):
            several = list(result) if isinstance(result, (list, tuple)) else None
            return several is not None and all(self._is(term.terms[0], each) for each in several)
        if isinstance(term, Path):
            return bool(term.steps) or result is self.value(term)
        if isinstance(term, Applied):
            if term.word == "extents":
                return tuple(result) == tuple(self.value(term.arguments[0]).shape)
            shared = self.value(Path(term.arguments[0].root))
            return values_overlap(result, shared) is not False
        if isinstance(term, New):
            return term.quality("doubtful") is not None or self._is_new(result)
        if term == Word("none"):
            return result is None
        return term == Word("unknown") or not isinstance(result, (tf.Variable, np.ndarray))

    def _is_new(self, result: Any) -> bool:
        """Whether nothing that can be written is shared with an argument."""
        arguments = [value for each in self.given.values() for value in flat(each)]
        writable = [value for value in arguments if isinstance(value, (tf.Variable, np.ndarray))]
        return result is not None and values_overlap(result, writable) is not True


def is_a(value: Any, name: str) -> bool:
    """Whether a value is of a type of the tables; as in the tables, a variable is a tensor too."""
    if name == "tensorflow.Tensor":
        return isinstance(value, (tf.Tensor, tf.Variable))
    if name == "tensorflow.VariableSlice":
        return isinstance(value, tf.Tensor) and hasattr(value, "assign")
    if name == "numpy.ndarray":
        return isinstance(value, (np.ndarray, np.generic, bytes))
    if not name.startswith("tensorflow."):
        return True
    found: Any = tf
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return not isinstance(found, type) or isinstance(value, found)


def default(param: Param) -> Any:
    """The value of a default that is written out; ``None`` for any other."""
    return {"True": True, "False": False, "0": 0}.get(param.default, () if param.kind == "*" else None)


@contextmanager
def limited() -> Iterator[None]:
    """Ends what takes too long: some functions loop for ever over arguments that make no sense."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def observe(signature: Signature, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Call | None:
    """Call a function and look at what it did; ``None`` where it does not take these arguments."""
    given = bound(signature, arguments)
    if given is None:
        return None
    before = [picture(argument) for argument in arguments]
    try:
        with limited():
            result = function(*arguments)
    except Exception:
        return None
    if result is NotImplemented:
        return None
    result = list(result) if hasattr(result, "__next__") else result
    changed = [picture(a) != b for a, b in zip(arguments, before, strict=True)]
    return Call(signature, given, result, True in changed[:1], True in changed[1:])
