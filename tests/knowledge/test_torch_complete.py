"""The PyTorch tables know every operator that the installed PyTorch itself declares to share or to write,
and every public name that is not left out on purpose.
"""

from __future__ import annotations

from importlib import resources

import pytest

torch = pytest.importorskip("torch")

from runtime_check import torch_coverage, torch_derived  # noqa: E402
from runtime_check.torch_schemas import complaints, reachable_operators  # noqa: E402
from tensorlint.knowledge.catalog import Catalog, Entry  # noqa: E402

PINNED = str(torch.__version__).startswith("2.13.")


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
    assert torch_coverage.lacking(_Forgetful())["torch.Tensor"] == ["torch.Tensor.permute"]


@pytest.mark.skipif(not PINNED, reason="another version has other names")
@pytest.mark.parametrize("namespace", torch_coverage.NAMESPACES)
def test_every_public_name_has_an_entry_or_is_left_out_for_a_reason(namespace: str) -> None:
    assert torch_coverage.lacking(Catalog())[namespace] == []


def test_the_public_names_were_found() -> None:
    names = {name for namespace in torch_coverage.NAMESPACES for name in torch_coverage.offered(namespace)}
    assert {"torch.add", "torch.Tensor.T", "torch.nn.ReLU", "torch.optim.SGD", "torch.fft.fft"} <= names
    assert not {"torch.os", "torch.nn.functional", "torch.Tensor._version"} & names
    assert len(names) > 1500


def test_every_reason_to_leave_something_out_is_needed() -> None:
    names = [name for namespace in torch_coverage.NAMESPACES for name in torch_coverage.offered(namespace)]
    lacking = [name for name in names if Catalog().lookup(name) is None]
    idle = [
        reason
        for reason, pattern in torch_coverage.LEFT_OUT.items()
        if not any(torch_coverage.matches(pattern, name) for name in lacking)
    ]
    assert idle == []


@pytest.mark.skipif(not PINNED, reason="another version has other schemas")
def test_the_derived_table_is_what_the_schemas_say() -> None:
    written = resources.files("tensorlint.knowledge").joinpath(torch_derived.FILE).read_text("utf-8")
    assert written == torch_derived.text()


@pytest.mark.skipif(not PINNED, reason="another version has other schemas")
def test_no_table_repeats_by_hand_what_the_schemas_say() -> None:
    assert [*torch_derived.superfluous()] == []
