"""Calls to try JAX's entries with: a few arrays, and what may follow one in a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def aligned(values: Any) -> Any:
    """The values as a NumPy array that begins where XLA would take the memory as it is."""
    values = np.asarray(values)
    raw: Any = np.zeros(values.nbytes + 64, dtype=np.uint8)
    first = -raw.ctypes.data % 64
    array = raw[first : first + values.nbytes].view(values.dtype).reshape(values.shape)
    array[...] = values
    return array


BATTERY: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {
        "matrix": lambda: jnp.arange(1.0, 13).reshape(3, 4) / 13,
        "NumPy matrix": lambda: aligned(np.arange(1.0, 13, dtype="f4").reshape(3, 4) / 13),
        "no axes": lambda: jnp.array(0.5, dtype=jnp.float32),
        "integers": lambda: jnp.arange(4, dtype=jnp.int32),
        "square": lambda: jnp.eye(3) * 2 + 0.1,
        "vector": lambda: jnp.arange(1.0, 7) / 7,
        "boolean": lambda: jnp.arange(4) % 2 == 0,
        "bytes": lambda: jnp.arange(4, dtype=jnp.uint8),
        "images": lambda: jnp.ones((1, 4, 4, 1)),
        "one row": lambda: jnp.ones((1, 4)),
        "NumPy vector": lambda: aligned(np.arange(1.0, 7, dtype="f4") / 7),
        "NumPy integers": lambda: aligned(np.arange(4, dtype="i4")),
    }
)


def following(x: Any) -> Iterator[tuple[Any, ...]]:
    """What may be passed behind ``x``; what leaves nothing to do comes first."""
    zeros, axes = (0,) * x.ndim, tuple(range(x.ndim))
    yield from (
        (x.dtype, False),
        (),
        (x.dtype,),
        (x.shape,),
        (axes,),
        (0, 0),
        (x.ndim,),
        (x.shape, axes),
        (zeros, x.shape),
    )
    yield from ((0, 1), (0, x.shape[0] if x.ndim else 1), (jax.devices()[0],), ((0,),), (0,), (x + 0,))
    yield from ((x + 0, x + 0), (2,), (-1,), (1,), ((-1,),), (0.1, 0.9), (2, 0), (1, 0))
    yield from (((),), ([0], x[:1] if x.ndim else x))
    yield from ((np.array([0, 1]), 2), (zeros, np.ones_like(x)), (np.ones((1,) * x.ndim, x.dtype), zeros))
    yield from ((0.0, 2.0, 0.5), (x[0] if x.ndim else x,), (x + 0, 0), (0, 0, 0), ((2, 2),))
    yield from (([(0, 0, 0)] * x.ndim,), (0.0, [(0, 0, 0)] * x.ndim), (x + 0, (1, 1), "SAME"), ((), (0,)))
