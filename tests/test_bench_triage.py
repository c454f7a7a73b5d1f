"""The comparison with and without triage tells what was lost, and what was skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import triage as bench
from bench.checkouts import Checkout, File
from tensorlint import lint
from tests.conftest import ROW


@pytest.fixture
def job(tmp_path: Path) -> File:
    (tmp_path / "view.py").write_text(ROW)
    return File(Checkout(tmp_path, "own/checkout", "unknown"), "view.py")


def test_equal_findings_are_no_difference(job: File) -> None:
    found = bench.compare(job)
    assert (found.units, found.kept, found.skipped, found.differences) == (2, 1, (), ())


def test_what_triage_leaves_out_is_lost(job: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "triage", lambda *arguments: [])
    (difference,) = bench.compare(job).differences
    assert difference.startswith("lost   7:4: TAL101")


def test_a_unit_that_is_too_large_is_skipped_and_no_difference(job: File) -> None:
    lines = "".join(f"    total += {number}\n" for number in range(5_001))
    (job.checkout.root / "view.py").write_text(ROW.replace("    return", f"    total = 0\n{lines}    return"))
    found = bench.compare(job)
    assert found.differences == ()
    assert [each.partition(":")[0] for each in found.skipped] == ["scaled"]
    assert "lines" in found.skipped[0]


def test_other_files_are_not_compared(job: File) -> None:
    (job.checkout.root / "view.py").write_text("print(1)\n")
    assert bench.compare(job).units == 0
    (job.checkout.root / "view.py").write_text("import numpy\nprint(\n")
    assert bench.compare(job).failure.startswith("SyntaxError")
