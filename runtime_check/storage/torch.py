"""PyTorch tensors. Contents are read through detached copies, which leaves version counters as they are."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from .extent import Extent

NAME = "torch"


def version() -> str:
    return str(torch.__version__)


def devices() -> tuple[str, ...]:
    return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)


def device_name(device: str) -> str:
    return str(torch.cuda.get_device_name()) if device == "cuda" else platform.machine()


def scope(device: str) -> AbstractContextManager[Any]:
    return torch.device(device) if device != "cpu" else nullcontext()


def seed() -> None:
    torch.manual_seed(0)


def synchronize() -> None:
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)


def extents(tensor: Any) -> tuple[Extent, ...]:
    with torch.no_grad():
        if tensor.layout is not torch.strided:
            return tuple(block for part in _sparse_parts(tensor.detach()) for block in extents(part))
    if tensor.device.type == "meta":
        return ()
    size = tensor.element_size()
    space = "host" if tensor.device.type == "cpu" else str(tensor.device)
    strides = tuple(step * size for step in tensor.stride())
    storage = tensor.untyped_storage().data_ptr()
    return (Extent(space, tensor.data_ptr(), size, tuple(tensor.shape), strides, storage),)


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    synchronize()
    with torch.no_grad():
        plain = tensor.detach()
        if plain.layout is not torch.strided:
            data = b"".join(content(part)[2] for part in _sparse_parts(plain))
        elif plain.device.type == "meta":
            data = b""
        else:
            data = _bytes(plain.resolve_conj().resolve_neg().cpu().contiguous())
    return str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), data


def _bytes(tensor: Any) -> bytes:
    """The memory of a contiguous tensor in host memory; NumPy may be missing."""
    count = tensor.numel() * tensor.element_size()
    return ctypes.string_at(tensor.data_ptr(), count) if count else b""


def _sparse_parts(tensor: Any) -> tuple[Any, ...]:
    if tensor.layout is torch.sparse_coo:
        return tensor._indices(), tensor._values()
    if tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
        return tensor.crow_indices(), tensor.col_indices(), tensor.values()
    return tensor.ccol_indices(), tensor.row_indices(), tensor.values()


def members(tensor: Any) -> Iterable[object]:
    return ()
