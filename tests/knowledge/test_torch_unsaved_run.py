"""What is taken to keep nothing for the backward pass keeps nothing: its input is written before that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tensorlint.alias.facts.reading import UNSAVED
from tensorlint.alias.facts.unneeded import JOINING

ONE_MORE = {
    "reshape": (-1,), "permute": (1, 0), "transpose": (0, 1), "unsqueeze": (0,), "expand": (2, 3, 3),
    "repeat": (2, 2), "tile": ((2, 2),), "flip": ((0,),), "roll": (1,), "add": (2.0,), "sub": (2.0,),
    "eq": (1.0,), "ne": (1.0,), "lt": (1.0,), "le": (1.0,), "gt": (1.0,), "ge": (1.0,), "size": (0,),
}  # fmt: skip
JOINS = frozenset({"cat", "stack", "concat"})
MAKES = frozenset({"zeros", "ones", "tensor", "arange"})  # of no tensor


def operation(name: str) -> Callable[[torch.Tensor], Any]:
    if name in JOINS:
        return lambda x: getattr(torch, name)([x, x])
    if name in ("equal", "allclose", "isclose"):
        return lambda x: getattr(torch, name)(x, x)
    if name == "where":
        return lambda x: torch.where(x > 1, x, 0.0)
    if name in ("item", "numpy"):
        return lambda x: getattr(x.detach().sum(), name)()
    owner = torch.Tensor if hasattr(torch.Tensor, name) else torch
    return lambda x: getattr(owner, name)(x, *ONE_MORE.get(name, ()))


@pytest.mark.parametrize("name", sorted((UNSAVED | JOINING) - MAKES))
def test_the_input_may_change_before_the_backward_pass(name: str) -> None:
    leaf = torch.arange(9.0).reshape(3, 3).requires_grad_()
    x = leaf * 1.0
    found = operation(name)(x)
    with torch.no_grad():
        x.mul_(3.0)
    backward(found)


@pytest.mark.parametrize("name", sorted(JOINING - MAKES))
def test_the_result_may_change_before_the_backward_pass(name: str) -> None:
    leaf = torch.arange(9.0).reshape(3, 3).requires_grad_()
    found = operation(name)(leaf * 1.0)
    with torch.no_grad():
        found.mul_(3.0)
    backward(found)


def backward(found: Any) -> None:
    for each in found if isinstance(found, tuple) else (found,):
        if isinstance(each, torch.Tensor) and each.requires_grad:
            each.sum().backward(retain_graph=True)
