"""The parts of the bench: what is measured is a process, answers come back as they were, the table judges."""

from __future__ import annotations

import ast
import io
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from bench.environments import NotInstalled
from bench.speed import answers, plot, questions, subjects, table
from bench.speed.answers import Answers, Row
from bench.speed.door import keep
from bench.speed.generated import text
from bench.speed.linters import BARE, TENSORLINT
from bench.speed.measuring import Failed, Spread, measure
from tensorlint.knowledge.catalog import Catalog
from tensorlint.source import Source, imports_tensors
from tensorlint.syntax.outline import outline
from tensorlint.triage import triage


def some() -> Answers:
    return Answers(
        machine={"python": "3.11"},
        rows=[
            Row(answers.TENSORS.name, "torch", Spread(1.2, 1.1, 1.3)),
            Row(answers.TENSORS.name, "keras", Spread(1.7, 1.6, 1.8)),
            Row(answers.TENSORS.name, "jax", Spread(2.5, 2.4, 2.6)),
            Row(answers.PYLINT.name, "torch.optim", None, "left out"),
        ],
        seconds={"torch": {BARE: Spread(2, 2, 2), TENSORLINT: Spread(2.4, 2.2, 2.6)}},
        growth={1_000: Spread(100, 90, 110), 2_000: Spread(101, 99, 103)},
    )


def test_a_process_is_measured_with_what_it_starts() -> None:
    work = "sum(range(10**6)); b = bytearray(10**8)"
    alone = measure((sys.executable, "-c", "pass"))
    started = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    sample = measure((sys.executable, "-c", started))
    assert sample.cpu > alone.cpu > 0
    assert sample.peak > 10**8  # a process begins with the peak of the one that starts it


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(Failed, match="wrong use"):
        measure((sys.executable, "-c", "import sys; sys.exit('wrong use')"), ends=(0,))


def test_answers_come_back_as_they_were() -> None:
    assert Answers.of_json(some().as_json()) == some()


def test_what_is_recorded_can_be_read() -> None:
    found = answers.recorded()
    assert {row.question for row in found.rows} <= {question.name for question in answers.QUESTIONS}
    for row in found.rows:
        assert row.why or row.spread is not None


def test_the_table_judges_by_the_median() -> None:
    console = Console(width=160, record=True, file=io.StringIO())
    table.show(some(), some(), console)
    lines = console.export_text().splitlines()
    judged = {name: next(line for line in lines if f" {name} " in line) for name in ("keras", "jax")}
    assert "as we want it" in next(line for line in lines if " torch " in line)
    assert " kept " in judged["keras"] and "not kept" not in judged["keras"]
    assert "not kept" in judged["jax"]
    assert any("left out" in line for line in lines)


def test_the_picture_is_a_picture() -> None:
    root = ElementTree.fromstring(plot.svg(some()))
    said = " ".join(root.itertext())
    assert "torch: tensorlint" in said
    assert "1.20" in said
    assert "2,000 lines" in said


@pytest.mark.parametrize("lines", [100, 1_000, 5_000])
def test_generated_files_have_the_asked_length_and_work_for_the_engine(lines: int) -> None:
    made = text(lines)
    assert lines - 100 < made.count("\n") <= lines
    drawn = outline(ast.parse(made))
    kept = {unit.name.rstrip("0123456789") for unit in triage(Source.read(made), drawn, Catalog())}
    assert "normalize" in kept
    assert kept.isdisjoint({"forward", "metrics"})


def test_the_control_has_no_tensors_and_the_rest_has() -> None:
    for subject in subjects.subjects():
        with_tensors = sum(imports_tensors(Path(file).read_text("utf-8")) for file in subject.files)
        share = with_tensors / len(subject.files)
        assert share > 0.4 if subject.has_tensors else share == 0, subject.name


def test_flake8_runs_the_named_plugins_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from configparser import RawConfigParser

    from flake8.plugins import finder

    monkeypatch.setattr(finder, "find_plugins", finder.find_plugins)
    keep({"TAL"})
    options = finder.PluginOptions.blank()
    found = finder.find_plugins(RawConfigParser(), options)
    checks = [each.entry_point.name for each in found if each.entry_point.group == "flake8.extension"]
    assert checks == ["TAL"]
    assert len(found) > len(checks)  # the formatters are still there


def test_a_linter_that_is_missing_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise NotInstalled("no such package")

    found: dict[str, object] = {}
    why: dict[str, str] = {}
    monkeypatch.setattr(questions, "linter", missing)
    questions._find("ruff", set(), found, why)
    questions._find("pylint", {"pylint"}, found, why)
    assert not found
    assert why == {"ruff": "not installed: no such package", "pylint": "left out"}
