"""Calls to try PyTorch's entries with: one battery of layouts, and what may follow a tensor in a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import torch

from tensorlint.knowledge.effects import Signature

Tensor = Any
KINDS = ("bfloat16", "complex32", "complex128", "int8", "int16", "int32", "uint8")

BATTERY: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {
        "contiguous": lambda: torch.arange(1.0, 13).reshape(3, 4) / 13,
        "negative": lambda: torch.tensor([[-4.0, -1], [-2, -3]]),
        "transposed": lambda: (torch.arange(1.0, 13).reshape(4, 3) / 13).t(),
        "square": lambda: torch.eye(3) * 2 + 0.1,
        "one axis": lambda: torch.arange(1.0, 7) / 7,
        "strided": lambda: (torch.arange(1.0, 13) / 13)[::2],
        "no axes": lambda: torch.tensor(0.5),
        "integers": lambda: torch.arange(12).reshape(3, 4),
        "positions": lambda: torch.arange(4),
        "boolean": lambda: torch.arange(12).reshape(3, 4) % 2 == 0,
        "complex": lambda: torch.arange(12.0).reshape(3, 4) + 1j,
        "double": lambda: torch.arange(1.0, 13, dtype=torch.double).reshape(3, 4) / 13,
        "images": lambda: torch.arange(1.0, 65).reshape(2, 2, 4, 4) / 65,
        "channels last": lambda: (torch.arange(1.0, 65).reshape(2, 2, 4, 4) / 65).to(
            memory_format=torch.channels_last
        ),
        "volumes": lambda: torch.arange(1.0, 65).reshape(1, 1, 4, 4, 4) / 65,
        "matrices": lambda: torch.arange(1.0, 19).reshape(2, 3, 3) / 19,
        "an axis of one": lambda: torch.ones(1, 4),
        "expanded": lambda: torch.ones(1, 4).expand(3, 4),
        "narrow": lambda: torch.arange(1.0, 11).reshape(5, 2) / 11,
        "half": lambda: (torch.arange(1.0, 13).reshape(3, 4) / 13).half(),
    }
)
NOT_NUMBERS: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {"not numbers": lambda: torch.tensor([float("nan"), 1, float("inf")])}
)
TYPES: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {kind: partial(torch.ones, 2, dtype=getattr(torch, kind)) for kind in KINDS}
)
SPARSE: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {
        "sparse": lambda: torch.eye(3).to_sparse(),
        "compressed": lambda: torch.eye(3).to_sparse_csr(),
        "compressed columns": lambda: torch.eye(3).to_sparse_csc(),
    }
)


def following(x: Tensor) -> Iterator[tuple[Any, ...]]:
    """What may be passed behind ``x``: numbers, tensors of its shape, indices, shapes, dtypes."""
    if x.layout is not torch.strided:
        yield from ((), (0,), (0, 1))
        return
    same, first = x.clone(), x.clone()[:2] if x.dim() else x.clone()
    half = x.real > 0.5 if x.is_complex() else x > 0.5
    index, indices = torch.zeros(2, dtype=torch.long), torch.zeros_like(x, dtype=torch.long)
    yield from (
        (),
        (same,),
        (2,),
        (0,),
        (1,),
        (0.5,),
        (0, 1),
        (0, 2),
        (-1,),
        (5,),
        (0.2, 0.8),
        (1, 2),
        (0.5, True),
        (0.5, False),
        (torch.float64,),
        (x.dtype,),
    )
    yield from (
        (same, x.clone()),
        (same, x.clone(), x.clone()),
        (0, 0, 1),
        (1, 2, 1),
        (1, 0, 3),
        (2.0, 0, 1.0),
    )
    yield from ((half, 0), (half,), (half, same), (index,), (index, torch.ones(2, dtype=x.dtype)))
    yield from ((0, index), (0, index, first), (0, index, 1.0), (0, index, first, "mean"), (0, indices))
    yield from ((0, indices, same), (0, indices, 1), (0, indices, same, "sum"))
    yield from (((torch.tensor([0]),), torch.ones(1, dtype=x.dtype)), ((torch.tensor([0]),), torch.ones(())))
    yield from (
        (tuple(x.shape),),
        ((-1,),),
        ((2, 2),),
        ([1, 2],),
        ([1, 2], 0),
        ([3, 4], 0),
        ([1, 3], 1),
        (tuple(x.shape), x.stride()),
    )
    yield from (("cpu",), (torch.Tensor,), (1, (2, 2)), (0, (3, 1)))
    if x.dim() > 1:
        yield from ((same.t(),) if x.dim() == 2 else (same,), (same[:, 0],), (same[0], 0), (same[0], 0, 0))
        yield from (
            (torch.diagonal(same),),
            (first, 0, 0, 2),
            (same, same.transpose(0, 1).clone()),
            ((x.shape[-1],),),
        )
        yield from (
            (torch.zeros(x.shape[1]), torch.ones(x.shape[1])),
            (same, torch.zeros(2)),
            (same, None, 2),
        )
    yield from ((lambda value: value + 1,), (same, lambda value, other: value + 1), (0.5, True, True))


def started(signature: Signature, x: Tensor) -> Tensor:
    """What a call begins with: the tensor itself, or several where the first parameter takes them."""
    first = signature.parameters[0]
    return [x, x.clone()] if first.name == "tensors" and first.kind != "*" else x


def fresh(arguments: Any) -> Any:
    """The same arguments, their tensors copied: a call may write to them."""
    if isinstance(arguments, (tuple, list)):
        return type(arguments)(map(fresh, arguments))
    return arguments.clone() if isinstance(arguments, torch.Tensor) else arguments
