"""NumPy arrays. Scalars such as ``numpy.float64`` are values, not arrays: nothing can be written to them."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from .extent import Extent

NAME = "numpy"


def version() -> str:
    return str(np.__version__)


def devices() -> tuple[str, ...]:
    return ("cpu",)


def device_name(device: str) -> str:
    return platform.machine()


def scope(device: str) -> AbstractContextManager[Any]:
    return nullcontext()


def seed() -> None:
    np.random.seed(0)


def synchronize() -> None:
    pass


def is_tensor(value: object) -> bool:
    return isinstance(value, np.ndarray)


def extents(tensor: Any) -> tuple[Extent, ...]:
    root = tensor
    while isinstance(root.base, np.ndarray):
        root = root.base  # up to the array that owns this memory, or borrows it from elsewhere
    block = _block(tensor, _block(root, 0).bounds[0])
    if isinstance(tensor, np.ma.MaskedArray) and tensor.mask is not np.ma.nomask:
        return (block, *extents(np.asarray(tensor.mask)))
    return (block,)


def _block(array: Any, storage: int) -> Extent:
    address = array.__array_interface__["data"][0]
    return Extent("host", address, array.itemsize, array.shape, array.strides, storage)


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    if tensor.dtype.hasobject:
        return "object", tensor.shape, b""  # the items are members
    data = np.asarray(tensor).tobytes()
    if isinstance(tensor, np.ma.MaskedArray):
        data += np.ma.getmaskarray(tensor).tobytes()
    return str(tensor.dtype), tensor.shape, data


def members(tensor: Any) -> Iterable[object]:
    return tensor.ravel().tolist() if tensor.dtype == object else ()
