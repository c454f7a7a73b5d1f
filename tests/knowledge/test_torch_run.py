"""PyTorch's entries, called: none is refuted, and few are left unproved."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from runtime_check.audit import Verdict
from runtime_check.audit.torch import audit, entries
from tensorlint.knowledge.catalog import Entry

ENTRIES = entries()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_no_call_refutes_an_entry(entry: Entry) -> None:
    row = audit(entry)
    assert row.verdict is not Verdict.REFUTED, row.reason


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("torch.Tensor.t", "(self) -> new"),
        ("torch.Tensor.clone", "(self) -> self"),
        ("torch.Tensor.add_", "(self, other) -> self"),
        ("torch.Tensor.chunk", "(self, chunks) -> list[new]"),
        ("torch.Tensor.contiguous", "(self) -> self"),
        ("torch.Tensor.expand_as", "(self, other) -> other"),
        ("torch.Tensor.sum", "(self) -> plain"),
        ("torch.Tensor.flatten", "(self) -> new(like(self))"),
    ],
)
def test_a_wrong_entry_is_found_out(name: str, effect: str) -> None:
    assert audit(Entry(name, effect, "", "torch.Tensor")).verdict is Verdict.REFUTED
