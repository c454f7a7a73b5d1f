"""Questions about shapes and strides, decided by looking at a tensor."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch

Tensor = Any
# Terms over every element of what they are taken from; those that keep the strides, in some order.
WHOLE = frozenset(
    "reshaped merged split permuted swapped moved squeezed unsqueezed flipped same_layout shallow".split()
)
REORDERED = frozenset("permuted swapped moved same_layout".split())


def shape(size: Any) -> Any:
    """The lengths that a size stands for: numbers, one tuple of them, or a tensor of that shape."""
    if isinstance(size, torch.Tensor):
        return size.shape
    while len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    return size


def depth(data: Any) -> int:
    return 1 + depth(data[0]) if isinstance(data, (list, tuple)) else 0


def is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice)
        or (isinstance(part, int) and part == int(part))
        for part in parts
        if not isinstance(part, bool)
    ) and not any(isinstance(part, bool) for part in parts)


def viewable(tensor: Tensor, shape: Any) -> bool | None:
    """Whether the strides allow a shape, decided by what refuses to copy."""
    try:
        tensor.view(shape(shape))
    except RuntimeError:
        return False
    return True


def mergeable(tensor: Tensor, first: int, last: int) -> bool:
    """Whether axes lie one behind the other in memory, those of size one left aside."""
    first, last = (axis % max(tensor.dim(), 1) for axis in (first, last))
    axes = [
        (tensor.shape[axis], tensor.stride(axis))
        for axis in range(first, min(last + 1, tensor.dim()))
        if tensor.shape[axis] != 1
    ]
    return all(outer[1] == inner[0] * inner[1] for outer, inner in pairwise(axes))


def strides_fit(word: str, result: Tensor, source: Tensor) -> bool:
    """Whether a view has as many elements, and the strides, that the word for it promises."""
    if result.layout is not torch.strided or source.layout is not torch.strided:
        return True
    sized = size_in_bytes(result) == size_in_bytes(source) or word not in WHOLE
    return sized and (sorted(result.stride()) == sorted(source.stride()) or word not in REORDERED)


def size_in_bytes(tensor: Tensor) -> int:
    return int(tensor.numel() * tensor.element_size())
