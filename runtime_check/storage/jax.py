"""JAX arrays. They cannot be written; but the buffer of one can be donated, and then the array is gone.

A traced array, inside ``jit`` and its like, stands for many values and has no memory: nothing is claimed
there.
"""

from __future__ import annotations

import ctypes
import platform
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import jax
import numpy as np

from .extent import Extent

NAME = "jax"
# Numbers of less than a byte: how they lie in a buffer is the affair of the device.
_PACKED = re.compile(r"u?int[124](?!\d)|float4")


def version() -> str:
    return str(jax.__version__)


def devices() -> tuple[str, ...]:
    return ("cpu", "cuda") if _first_device("cuda") is not None else ("cpu",)


def device_name(device: str) -> str:
    return str(jax.devices(device)[0].device_kind) if device == "cuda" else platform.machine()


def scope(device: str) -> AbstractContextManager[Any]:
    found: AbstractContextManager[Any] = jax.default_device(_first_device(device))
    return found


def _first_device(device: str) -> Any:
    try:
        return jax.devices(device)[0]
    except RuntimeError:  # this installation knows no such backend
        return None


def seed() -> None:
    """Nothing: JAX keeps no state of random numbers, a program makes its keys itself."""


def synchronize() -> None:
    for value in jax.live_arrays():
        value.block_until_ready()


def is_tensor(value: object) -> bool:
    return isinstance(value, jax.Array)


def extents(tensor: Any) -> tuple[Extent, ...]:
    if isinstance(tensor, jax.core.Tracer) or tensor.is_deleted():
        return ()
    tensor.block_until_ready()
    blocks = [_block(shard.data, shard.device) for shard in tensor.addressable_shards]
    return tuple(dict.fromkeys(blocks))


def _block(array: Any, device: Any) -> Extent:
    """One block without gaps, counted in bytes: keys and numbers of four bits have no itemsize."""
    on_host = device.platform == "cpu" or "host" in str(array.sharding.memory_kind)
    space = "host" if on_host else f"{'cuda' if device.platform == 'gpu' else device.platform}:{device.id}"
    address = array.unsafe_buffer_pointer()
    return Extent(space, address, 1, (array.nbytes,), (1,), address)


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    """``b""`` and a dtype marked ``deleted`` for a donated array. Raises TypeError for a traced one."""
    if isinstance(tensor, jax.core.Tracer):
        raise TypeError("a traced array has no content: nothing can be claimed inside jit")
    dtype, shape = str(tensor.dtype), tuple(tensor.shape)
    if tensor.is_deleted():
        return f"deleted {dtype}", shape, b""
    if jax.dtypes.issubdtype(tensor.dtype, jax.dtypes.prng_key):
        tensor = jax.random.key_data(tensor)
    return dtype, shape, _bytes(tensor)


def _bytes(tensor: Any) -> bytes:
    """The elements in row-major order, read at their address.

    NumPy would leave traces: its view of a buffer keeps that from being donated, and a copy that it had to
    make stays with the array, which then shows no more what other libraries write.
    """
    blocks = extents(tensor)
    on_host = len(blocks) == 1 and blocks[0].space == "host" and tensor.is_fully_replicated
    if not on_host or _PACKED.match(str(tensor.dtype)):
        return bytes(np.asarray(tensor).tobytes())
    data = ctypes.string_at(blocks[0].address, tensor.nbytes) if tensor.nbytes else b""
    order = tensor.format.layout.major_to_minor
    if order == tuple(range(tensor.ndim)):
        return data
    items = np.frombuffer(data, dtype=f"V{tensor.dtype.itemsize}").reshape([tensor.shape[i] for i in order])
    return bytes(items.transpose(np.argsort(order)).tobytes())


def members(tensor: Any) -> Iterable[object]:
    return ()
