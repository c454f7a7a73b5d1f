"""Calls of JAX's entries that are written out, and the entries that nothing calls."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from runtime_check.audit.jax_calls import aligned


def matrix() -> Any:
    return jnp.arange(1.0, 13).reshape(3, 4) / 13


def square() -> Any:
    return jnp.eye(3) * 2 + 0.1


def vector() -> Any:
    return jnp.arange(1.0, 7) / 7


def whole() -> Any:
    return jnp.arange(4, dtype=jnp.int32)


def images() -> Any:
    return jnp.ones((1, 1, 4, 4))


def lent(count: int, dtype: str = "f4", start: int = 0) -> Any:
    """A NumPy array that begins ``start`` items behind a multiple of 64."""
    return aligned(np.arange(count + start, dtype=dtype))[start:]


def key() -> Any:
    return jax.random.key(0)


def tree() -> Any:
    return {"a": [np.zeros(2), jnp.ones(1)], "b": jnp.ones(3)}


def file(suffix: str = "") -> str:
    """Where a file may be written, in a folder that is left to the system to clear."""
    return tempfile.mkstemp(suffix)[1]


def saved() -> str:
    name = file(".npy")
    np.save(name, np.arange(3.0, dtype="f4"))
    return name


def mesh() -> Any:
    return jax.make_mesh((1,), ("i",))


def sharding() -> Any:
    return jax.NamedSharding(mesh(), jax.P())


@jax.tree_util.register_pytree_with_keys_class
class Pair:
    """A node of a tree that knows the names of what it holds."""

    def __init__(self, left: Any, right: Any) -> None:
        self.left, self.right = left, right

    def tree_flatten_with_keys(self) -> Any:
        names = [jax.tree_util.GetAttrKey(name) for name in ("left", "right")]
        return tuple(zip(names, (self.left, self.right), strict=True)), None

    @classmethod
    def tree_unflatten(cls, _: Any, held: Any) -> Any:
        return cls(*held)


def fresh_class() -> type:
    """A class that no tree knows yet."""
    return type("Fresh", (), dict(vars(Pair)))


SCATTER = jax.lax.ScatterDimensionNumbers((), (0,), (0,))
GATHER = jax.lax.GatherDimensionNumbers(offset_dims=(), collapsed_slice_dims=(0,), start_index_map=(0,))
RAGGED = jax.lax.RaggedDotDimensionNumbers((((1,), (1,)), ((), ())), [0], [0])

UNPROVED: Mapping[str, frozenset[str]] = {
    "stands inside a function that is mapped over an axis, where there are no values to look at": frozenset(
        "jax.lax.all_gather jax.lax.all_to_all jax.lax.axis_index jax.lax.axis_size jax.lax.pbroadcast"
        " jax.lax.pcast jax.lax.pmax jax.lax.pmean jax.lax.pmin jax.lax.ppermute jax.lax.pshuffle"
        " jax.lax.psum jax.lax.psum_scatter jax.lax.pswapaxes jax.lax.ragged_all_to_all jax.lax.precv"
        " jax.lax.psend jax.auto_pcast".split()
    ),
    "waits for somebody to type": frozenset({"jax.debug.breakpoint"}),
    "tells JAX of a class, once for the whole process": frozenset(
        "jax.tree.static jax.tree_util.register_pytree_node jax.tree_util.register_pytree_node_class"
        " jax.tree_util.register_pytree_with_keys".split()
    ),
    "stands only inside what is compiled": frozenset({"jax.empty_ref"}),
    "needs a GPU, at least for one of its cases": frozenset(
        {"jax.Array.__cuda_array_interface__", "jax.nn.scaled_matmul", "jax.device_get"}
    ),
    "is there, and raises": frozenset(
        "jax.Array.device_buffer jax.Array.device_buffers jax.Array.flat jax.numpy.float6_e2m3fn"
        " jax.numpy.float6_e3m2fn jax.numpy.fromfile jax.numpy.fromiter".split()
    ),
    "names a type, not something to call": frozenset(
        "jax.lax.DotDimensionNumbers jax.lax.PrecisionLike jax.numpy.character jax.numpy.complexfloating"
        " jax.numpy.flexible jax.numpy.floating jax.numpy.generic jax.numpy.inexact jax.numpy.integer"
        " jax.numpy.number jax.numpy.signedinteger jax.numpy.unsignedinteger jax.tree_util.KeyPath"
        " jax.nn.initializers.Initializer jax.lax.ConvGeneralDilatedDimensionNumbers".split()
    ),
}
