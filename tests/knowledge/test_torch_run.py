"""PyTorch's entries, called: none is refuted, and those left unproved are listed with a reason."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from runtime_check.audit import Verdict  # noqa: E402
from runtime_check.audit.torch import audit, entries  # noqa: E402
from runtime_check.audit.torch_unproved import UNPROVED  # noqa: E402
from tensorlint.knowledge.catalog import Entry  # noqa: E402
from tensorlint.knowledge.effects import (  # noqa: E402
    Applied,
    Case,
    Many,
    New,
    Path,
    Signature,
    Term,
    Typed,
    Word,
)

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


def turned(signature: Signature) -> Signature:
    """The opposite: nothing is written where something was; what was new is a view, and the other way."""
    if any(case.writes for case in signature.cases):
        silent = (replace(case, writes=()) for case in signature.cases)
        return replace(signature, cases=tuple(silent), clauses=())
    first = Path(signature.parameters[0].name)
    return replace(signature, cases=tuple(_turned(case, first) for case in signature.cases), clauses=())


def _turned(case: Case, first: Path) -> Case:
    return replace(case, term=_opposite(case.term, first))


def _opposite(term: Term, first: Path) -> Term:
    if isinstance(term, Many):
        return replace(term, terms=tuple(_opposite(inner, first) for inner in term.terms))
    if isinstance(term, New):
        return Applied("view", (first,))
    if isinstance(term, Typed) or term in (Word("plain"), Word("meta")):
        return Word("none")
    return Word("plain") if term == Word("none") else New()


def test_entries_turned_round_are_refuted() -> None:
    said = [entry for entry in ENTRIES if entry.name not in UNPROVED and "unknown" not in entry.effect]
    chosen = random.Random(13).sample([entry for entry in said if entry.signature.parameters], 40)
    rows = [audit(replace(entry, effect=str(turned(entry.signature)))) for entry in chosen]
    assert [(row.name, row.effect) for row in rows if row.verdict is not Verdict.REFUTED] == []
