"""The reference pages say of every entry what the tables say, and no more is called proved than was."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runtime_check.audit import Row, Verdict, record
from runtime_check.audit.subjects import SUBJECTS, Subject
from runtime_check.audit.supervise import Audit
from runtime_check.results import Place
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.grammar import parse
from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "docs"))

import reference

LIBRARIES = sorted({subject.library for subject in SUBJECTS})
PLACE = Place("numpy", "2.4.1", "cpu", "x86_64", "3.11.0")
ENTRY = Entry("numpy.ravel", "(a) -> view(a) if contiguous(a) | new", "", "numpy.ndarray")


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_entry_stands_on_its_page(library: str) -> None:
    page = reference.page(library)
    names = [entry.name for entry in reference.entries(library)]
    assert names != []
    for name in names:
        owner, _, last = name.rpartition(".")
        assert f"`{name}`" in page or any(
            line.startswith(f"- `{owner}`:") and f"`{last}`" in line for line in page.splitlines()
        ), name


@pytest.mark.parametrize(
    ("effect", "section"),
    [
        ("(x) -> new", "copied"),
        ("(x) -> new(doubtful)", "either"),
        ("(x) -> view(x)", "shared"),
        ("(x) -> x", "shared"),
        ("(x) -> list[part(x)]", "shared"),
        ("(x) -> iter[tuple[plain, x[*]]]", "shared"),
        ("(x) -> view(x) if x | x", "shared"),
        ("(x) -> x if matches(x) | new", "either"),
        ("(x) -> view(x) if x | unknown", "either"),
        ("(x) -> plain if x | new", "copied"),
        ("(x, out=None) -> out, out! if given(out) | new", "copied"),
        ("(x, inplace=False) -> x, x! if inplace | new", "written"),
        ("(x, dst=None) -> dst, dst! if given(dst) and matches(dst) | new", "copied"),
        ("(x, out) -> none, out!", "written"),
        ("(x, out=None) -> out, out!, x! if given(out) | new, x!", "written"),
        ("(self) -> self, self!meta", "written"),
        ("(self, v) -> none, self[*] <- v", "kept"),
        ("class (params) -> new(holds(params)) as torch.optim.Optimizer", "kept"),
        ("(x) -> extents(x)", "value"),
        ("(x) -> none", "value"),
        ("(x) -> unknown", "unknown"),
    ],
)
def test_where_people_look_for_a_call(effect: str, section: str) -> None:
    assert section in reference.SECTIONS
    assert reference.section(parse(effect)) == section


@pytest.mark.parametrize(
    ("effect", "short"),
    [
        ("(x) -> new(like(x), blank)", "(x) -> new(blank)"),
        ("(x, size) -> new(rank(size)) if given(size) | new", "(x, size) -> new"),
        (
            "(x, c, o) -> new(like(x)) if c and o | new if c | x",
            "(x, c, o) -> new if c | x",
        ),
        # What comes between makes a difference, and a guard that does not imply the next one's does.
        ("(x, c) -> new(like(x)) if c | x if matches(x) | new", "(x, c) -> new if c | x if matches(x) | new"),
        ("(x, c, o) -> new if c | new if o | x", "(x, c, o) -> new if c | new if o | x"),
        ("(x, c, o) -> new if c or o | new if c | x", "(x, c, o) -> new if c or o | new if c | x"),
    ],
)
def test_shapes_are_left_out(effect: str, short: str) -> None:
    assert str(reference.shortened(parse(effect))) == short


def recorded(folder: Path, *rows: Row) -> None:
    audit = Audit(Subject("numpy"), "cpu", PLACE, {row.name: row.effect for row in rows}, rows)
    record.write(audit, folder)


@pytest.mark.parametrize(
    ("verdict", "reason", "said"),
    [
        (Verdict.CONFIRMED, "", "proved on cpu"),
        (Verdict.UNPROVED, "needs a file\nof its own", "documented only: needs a file"),
        (Verdict.REFUTED, "case new: shares", "**refuted** on cpu"),
        (Verdict.LACKING, "numpy 2.4.1 has no such name", reference.LACKING),
    ],
)
def test_nothing_is_proved_but_what_an_audit_confirmed(
    tmp_path: Path, verdict: Verdict, reason: str, said: str
) -> None:
    recorded(tmp_path, Row(ENTRY.name, ENTRY.effect, verdict, reason, 3))
    known = record.read(Subject("numpy"), "cpu", tmp_path)
    assert known is not None
    evidence = [reference.Evidence("cpu", "numpy 2.4.1", {row.name: row for row in known.rows})]
    assert reference.proof(ENTRY, evidence) == said
    assert reference.proof(replace(ENTRY, effect="(a) -> view(a)"), evidence) == "not yet audited"
    assert reference.proof(replace(ENTRY, name="numpy.other"), evidence) == "not yet audited"
    assert reference.proof(ENTRY, []) == "not yet audited"
    assert sum(reference.tally([ENTRY], evidence)) == 1


def test_an_entry_that_says_nothing_is_not_proved() -> None:
    entry = replace(ENTRY, effect="(a) -> unknown")
    rows = {entry.name: Row(entry.name, entry.effect, Verdict.CONFIRMED, probes=9)}
    assert reference.proof(entry, [reference.Evidence("cpu", "numpy", rows)]) == reference.SILENT


def test_the_pages_need_no_tensor_library(tmp_path: Path) -> None:
    for name in ("numpy", "torch", "tensorflow", "keras", "jax"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "import reference; print(len(reference.pages()))"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "docs"), str(ROOT)])},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stdout == f"{len(LIBRARIES) + 1}\n", done.stderr
