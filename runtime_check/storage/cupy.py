"""CuPy arrays, which lie on a GPU. The package can be imported, and no array made, where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import cupy

from .extent import Extent

NAME = "cupy"


def version() -> str:
    return str(cupy.__version__)


def devices() -> tuple[str, ...]:
    return ("cuda",) if cupy.is_available() else ()


def device_name(device: str) -> str:
    return str(cupy.cuda.runtime.getDeviceProperties(0)["name"].decode())


def scope(device: str) -> AbstractContextManager[Any]:
    return nullcontext()


def seed() -> None:
    if devices():
        cupy.random.seed(0)


def synchronize() -> None:
    if devices():
        cupy.cuda.runtime.deviceSynchronize()


def is_tensor(value: object) -> bool:
    return isinstance(value, cupy.ndarray)


def extents(tensor: Any) -> tuple[Extent, ...]:
    """PyTorch calls the memory of a device by the same name: both may look at one array."""
    memory = tensor.data
    space = f"cuda:{tensor.device.id}"
    return (Extent(space, memory.ptr, tensor.itemsize, tensor.shape, tensor.strides, memory.mem.ptr),)


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    synchronize()
    return str(tensor.dtype), tensor.shape, cupy.asnumpy(tensor).tobytes()


def members(tensor: Any) -> Iterable[object]:
    return ()
