"""PyTorch's entries, called: none is refuted, and those left unproved are listed with a reason."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from runtime_check.audit import Verdict  # noqa: E402
from runtime_check.audit.torch import audit, entries  # noqa: E402
from runtime_check.audit.torch_unproved import UNPROVED  # noqa: E402
from tensorlint.knowledge.catalog import Entry  # noqa: E402
from tests.audit.turned import assert_all_are_caught  # noqa: E402

ENTRIES = entries()
BY_NAME = {entry.name: entry for entry in ENTRIES}
MOST_UNPROVED = 0.05
LACKING = frozenset({"torch.Tensor.names", "torch.Tensor.rename_"})  # 2.12 had them


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_what_a_call_shows_is_what_the_entry_says(entry: Entry) -> None:
    row = audit(entry)
    if row.verdict is not Verdict.LACKING:
        expected = Verdict.UNPROVED if entry.name in UNPROVED else Verdict.CONFIRMED
        assert (row.verdict, row.reason) == (expected, UNPROVED.get(entry.name, ""))
    elif torch.__version__.startswith("2.13."):
        assert entry.name in LACKING


def test_few_entries_are_left_unproved() -> None:
    assert set(UNPROVED) <= set(BY_NAME)
    assert len(UNPROVED) <= MOST_UNPROVED * len(ENTRIES)


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
        ("torch.Tensor.item", "(self) -> new"),
        ("torch.Tensor.flatten", "(self) -> new(like(self))"),
        ("torch.nn.Module.state_dict", "(self) -> dict['*': new]"),
        ("torch.nn.Module.load_state_dict", "(self, state_dict) -> plain"),
        ("torch.nn.BatchNorm1d", "class (*args) -> new(weights) as torch.nn.Module; call (self, x) -> new"),
        ("torch.nn.ReLU", "class (inplace=False) -> new(weights) as torch.nn.Module"),
        ("torch.optim.Optimizer.step", "(self) -> none"),
        ("torch.distributed.all_reduce", "(tensor) -> none"),
        ("torch.nn.utils.parameters_to_vector", "(parameters) -> view(parameters)"),
    ],
)
def test_a_wrong_entry_is_found_out(name: str, effect: str) -> None:
    assert audit(Entry(name, effect, "", "torch.Tensor")).verdict is Verdict.REFUTED


def test_ten_entries_turned_round_at_random_are_caught() -> None:
    assert_all_are_caught("torch")
