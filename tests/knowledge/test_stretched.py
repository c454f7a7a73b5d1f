"""Which methods of PyTorch write to a tensor one cell of which stands for many elements."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import ElementsWritten

PREFIX = "torch.Tensor."


def in_place() -> Iterator[str]:
    """The methods that write elements of their receiver, whatever they are given."""
    for entry in Catalog().entries("torch"):
        name = entry.name.removeprefix(PREFIX)
        written = (write for case in entry.signature.cases for write in case.writes)
        own = any(isinstance(w, ElementsWritten) and w.path.root == "self" and not w.what for w in written)
        if own and entry.name.startswith(PREFIX) and not name.startswith("__"):
            yield name


def arguments(dtype: torch.dtype) -> Iterator[tuple[Any, ...]]:
    """What a method may take, one for each kind of method."""
    full = (torch.rand(3, 3) + 0.1).to(dtype)
    picked, spread = torch.tensor([0, 1]), torch.tensor([[0, 1, 2]] * 3)
    mask = torch.tensor([[True, False, True]] * 3)
    add: Callable[..., Any] = lambda *each: sum(each)  # noqa: E731
    yield from (
        (),
        (1,),
        (0.5,),
        (0,),
        (full,),
        (mask,),
        (1, 1.0),
        (full, 0.5),
        (full, full),
        (full, full, full),
    )
    yield from ((0, picked, 1), (0, picked, full[:2]), (0, picked, full[:2], "prod"), (picked, full[0, :2]))
    yield from ((0, spread, full), (0, spread, 1), (0, spread, full, "sum"), (mask, 1), (mask, full))
    yield from (
        ((picked,), full[0, 0]),
        (full[0], full[0]),
        (2, 0, 1.0),
        (add,),
        (full, add),
        (full, full, add),
    )
    batch = torch.rand(2, 3, 3).to(dtype)
    yield batch, batch


def outcomes(name: str) -> set[str]:
    """What calls of a method did to an expanded tensor: ``refused``, ``written``, or nothing."""
    found: set[str] = set()
    for dtype in (torch.float32, torch.int64, torch.bool):
        for given in arguments(dtype):
            row = (torch.rand(1, 3) * 4 + 0.2).to(dtype)
            before, target = row.clone(), row.expand(3, 3)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    getattr(target, name)(*given)
                except (RuntimeError, TypeError, ValueError, IndexError) as error:
                    found |= {"refused"} if "single memory location" in str(error) else set()
                else:
                    found |= {"written"} if not torch.equal(row, before) else set()
    return found


@pytest.mark.parametrize("name", sorted(in_place()))
def test_a_method_is_refused_unless_its_entry_says_otherwise(name: str) -> None:
    torch.manual_seed(0)
    entry = Catalog().lookup(PREFIX + name)
    assert entry is not None
    clause = entry.signature.clause("stretched")
    assert outcomes(name) <= ({"written"} if clause is not None else {"refused"})


@pytest.mark.parametrize(
    "name", ["fill_", "zero_", "masked_fill_", "index_put_", "index_fill_", "tril_", "triu_"]
)
def test_what_is_said_to_write_was_seen_to(name: str) -> None:
    assert outcomes(name) == {"written"}
