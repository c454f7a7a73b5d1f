"""What a call did to the tensors that were there before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.parameter import is_lazy

Tensor = Any


@dataclass(frozen=True, slots=True)
class Change:
    """A tensor that was there before the call, and what the call did to it."""

    leaf: Tensor
    cells: bool  # bytes of the memory that it had differ
    facts: bool  # its version counter went on, or its shape, memory or flags are others

    @property
    def any(self) -> bool:
        return self.cells or self.facts


@dataclass(frozen=True, slots=True)
class Look:
    """A tensor as it was: its memory is held, so that the same bytes can be looked at again."""

    leaf: Tensor
    storage: Any
    cells: Tensor
    facts: tuple[Any, ...]

    def change(self) -> Change:
        """What has happened since."""
        differ = _differ(self.cells, _cells(self.storage))
        return Change(self.leaf, differ, _facts(self.leaf) != self.facts)


def looks(leaves: Iterable[Any]) -> list[Look]:
    """The tensors among some leaves, each once, as they are now. What has no memory yet is left aside."""
    found = {id(leaf): leaf for leaf in leaves if isinstance(leaf, torch.Tensor) and not is_lazy(leaf)}
    return [Look(leaf, _storage(leaf), _cells(_storage(leaf)), _facts(leaf)) for leaf in found.values()]


def _is_dense(tensor: Tensor) -> bool:
    return tensor.layout is torch.strided and not tensor.is_nested


def _storage(tensor: Tensor) -> Any:
    return tensor.untyped_storage() if _is_dense(tensor) else None


def _facts(tensor: Tensor) -> tuple[Any, ...]:
    """What metadata says of a tensor, and how often it was written."""
    if not _is_dense(tensor):
        return (tensor._version, tensor.requires_grad)
    memory = (tensor.data_ptr(), tensor.is_shared(), tuple(tensor.shape), tensor.stride())
    return (tensor._version, tensor.requires_grad, tensor.is_leaf, *memory)


def _cells(storage: Any) -> Tensor:
    """All bytes of a storage, copied."""
    if storage is None or storage.device.type == "meta":
        return torch.empty(0)
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage).clone()


def _differ(old: Tensor, new: Tensor) -> bool:
    """Whether bytes differ; memory that was taken or given up is none."""
    size = min(len(old), len(new))
    return not torch.equal(old[:size], new[:size])
