"""Calls to try the entries of TensorFlow with: what to begin with, and what may follow."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import tensorflow as tf

LONGEST = 10  # seconds for one call, on a machine that does other things as well


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
