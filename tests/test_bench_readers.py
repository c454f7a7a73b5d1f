"""Two readers: each judges alone, verdicts go where the findings are, and their agreement is counted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import checkouts, readers, verdicts
from bench.checkouts import Checkout, Report

TEXT = "import numpy as np\n\ndef crop(image):\n    image -= image.mean()\n    return image\n"
REAL = {"effect": "real", "telling": "yes", "reason": "a test"}
NOT = {"effect": "not", "telling": "no", "reason": "another test"}


def loud(data: bytes, filename: str) -> list[Report]:
    """Stands for the linter: one finding, of which nothing is known."""
    return [Report(4, 4, "TAL103", "a write")]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "somebody").mkdir()
    (tmp_path / "somebody" / "crops.py").write_text(TEXT)
    return checkouts.identify(tmp_path / "somebody")


def test_a_finding_is_shown_with_its_source(checkout: Checkout, tmp_path: Path) -> None:
    (record,), _ = verdicts.update(checkout, tmp_path, 1, tests=False, lint=loud)
    shown = list(readers.show(checkout, record, context=1))
    assert json.loads(shown[1]) | {"line": ""} == {
        "place": "somebody@unknown:crops.py:4",
        "column": 4,
        "rule": "TAL103",
        "line": "",
        "effect": "",
        "telling": "",
        "reason": "",
    }
    assert shown[2:] == [
        "=== somebody@unknown:crops.py:4:4  TAL103 a write",
        "     3   def crop(image):",
        "     4 >     image -= image.mean()",
        "     5       return image",
    ]


def judged(one: str, other: str, times: int = 1) -> list[verdicts.Record]:
    said = {"1": {"telling": one}, "2": {"telling": other}}
    return [{"reported": True, "verdicts": said}] * times


def test_agreement_is_that_over_what_both_have_judged() -> None:
    pairs = [
        *judged("yes", "yes", 20),
        *judged("yes", "no", 5),
        *judged("no", "yes", 10),
        *judged("no", "no", 15),
    ]
    others = [
        {"reported": True, "verdicts": {"1": {"telling": "no"}}},
        {"reported": True, "verdicts": {}},
        {"reported": False, "verdicts": {"1": {"telling": "no"}, "2": {"telling": "yes"}}},
    ]
    found = readers.agreement([*pairs, *others], "telling")
    assert (found.both, found.same) == (50, 35)
    assert found.kappa == pytest.approx(0.4)  # 0.7 seen, 0.5 by chance
    assert str(found) == "35 of 50 = 70.0 %, Cohen's kappa 0.40"


def test_kappa_is_not_defined_where_only_one_answer_was_given() -> None:
    assert readers.agreement(judged("yes", "yes", 3), "telling").kappa is None
    assert str(readers.agreement([], "telling")) == "nothing read by both"
    assert readers.agreement(judged("yes", "no", 3), "telling").kappa == 0


@pytest.fixture
def read_once(checkout: Checkout, tmp_path: Path) -> Path:
    """The folder of a finding that the first reader has judged."""
    folder = tmp_path / "verdicts"
    verdicts.update(checkout, folder, 1, tests=False, lint=loud)
    (record,) = checkouts.read_lines(verdicts.file_of("somebody", folder))
    assert readers.take("1", [record | NOT], folder) == (1, [])
    return folder


def test_a_reader_is_shown_nothing_that_the_other_one_said(
    checkout: Checkout, read_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, root = ["--folder", str(read_once)], str(checkout.root)
    assert readers.main([*folder, "show", "1", root]) == 0
    assert capsys.readouterr().out == ""
    assert readers.main([*folder, "show", "2", root, "--all", "--context", "0"]) == 0
    shown = capsys.readouterr().out
    assert "image -= image.mean()" in shown
    assert NOT["reason"] not in shown

    form = json.loads(shown.splitlines()[1])
    answers = tmp_path / "answers.jsonl"
    checkouts.write_lines(answers, [form | REAL])
    assert readers.main([*folder, "take", "2", str(answers)]) == 0
    (record,) = checkouts.read_lines(verdicts.file_of("somebody", read_once))
    assert record["verdicts"] == {"1": NOT, "2": REAL}
    capsys.readouterr()
    readers.main([*folder, "agreement"])
    assert capsys.readouterr().out.splitlines() == [
        "effect: 0 of 1 = 0.0 %, Cohen's kappa 0.00",
        "telling: 0 of 1 = 0.0 %, Cohen's kappa 0.00",
    ]


def test_a_verdict_that_fits_no_finding_is_named(read_once: Path) -> None:
    (record,) = checkouts.read_lines(verdicts.file_of("somebody", read_once))
    taken, lost = readers.take("2", [record | REAL, record | REAL | {"rule": "TAL999"}], read_once)
    assert taken == 1
    assert [name["rule"] for name in lost] == ["TAL999"]


@pytest.mark.parametrize("wrong", [{"effect": "yes"}, {"telling": ""}, {"reason": " "}])
def test_a_verdict_in_another_form_is_refused_with_all_others(read_once: Path, wrong: dict[str, str]) -> None:
    file = verdicts.file_of("somebody", read_once)
    (record,) = before = checkouts.read_lines(file)
    with pytest.raises(ValueError, match=r"crops\.py"):
        readers.take("2", [record | REAL, record | REAL | wrong], read_once)
    assert checkouts.read_lines(file) == before


def test_verdicts_that_are_kept_are_in_the_form_that_is_asked_for() -> None:
    found = verdicts.findings_by_repository()
    assert found
    for _, records in found:
        for record in records:
            assert set(record["verdicts"]) <= set(readers.READERS)
            for verdict in record["verdicts"].values():
                assert readers.judgement(record | verdict) == verdict
