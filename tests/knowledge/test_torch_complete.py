"""The PyTorch tables know every operator that the installed PyTorch itself declares to share or to write."""

from __future__ import annotations

import pytest

from runtime_check.torch_schemas import complaints, reachable_operators
from tensorlint.knowledge.catalog import Catalog, Entry

torch = pytest.importorskip("torch")


def test_every_operator_that_shares_or_writes_has_an_entry_that_agrees() -> None:
    assert complaints(Catalog()) == []


def test_the_schemas_were_understood() -> None:
    known = {operator.name: operator for operator in reachable_operators()}
    assert known["torch.Tensor.add_"].writes
    assert known["torch.Tensor.__iadd__"].writes
    assert known["torch.Tensor.view"].shares
    assert known["torch.Tensor.mT"].shares
    assert known["torch.split"].shares
    assert "torch.Tensor.clone" not in known
    assert "torch.Tensor.__index__" not in known
    assert len(known) > 300


class _Forgetful(Catalog):
    """A catalog that lacks one entry and has two wrong ones."""

    def lookup(self, name: str) -> Entry | None:
        wrong = {"torch.Tensor.add_": "(self, other) -> new", "torch.transpose": "(input, dim0, dim1) -> new"}
        if name == "torch.Tensor.permute":
            return None
        return Entry(name, wrong[name], "", "torch.Tensor") if name in wrong else super().lookup(name)


def test_a_lacking_or_contradicting_entry_is_named() -> None:
    found = complaints(_Forgetful())
    assert [line.partition(":")[0] for line in found] == [
        "torch.Tensor.add_",
        "torch.Tensor.permute",
        "torch.transpose",
    ]
