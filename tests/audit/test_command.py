"""The audit's command asks every entry, whatever some of them do to the process, and keeps what it heard."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from runtime_check.__main__ import main as run
from runtime_check.audit import Row, Verdict, record, report
from runtime_check.audit.command import main
from runtime_check.audit.subjects import SUBJECTS, Subject
from runtime_check.audit.supervise import Audit
from runtime_check.results import Place
from tests.conftest import ROOT

FAKE = Subject("json", module="tests.audit.fake")  # any library that is there and says its version
PLACE = Place("json", "2.0.9", "cpu", "x86_64", "3.11.0")
EFFECT = "(x) -> new; note {}"


def found(capsys: pytest.CaptureFixture[str], *arguments: str, subject: Subject = FAKE) -> tuple[int, Any]:
    status = main(["--json", "--timeout", "2", *arguments], [subject])
    (audit,) = json.loads(capsys.readouterr().out)
    return status, audit


def test_what_an_entry_does_to_its_process_is_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, audit = found(capsys, "--record", str(tmp_path))
    rows = {row["name"].removeprefix("fake."): (row["verdict"], row["reason"]) for row in audit["rows"]}
    assert status == 1
    assert rows == {
        "confirmed": ("confirmed", ""),
        "dies": ("unproved", "the worker was killed by SIGSEGV"),
        "fails": (
            "unproved",
            "the worker ended with code 1: LookupError: an audit that raises breaks its promise",
        ),
        "hangs": ("unproved", "took longer than 2 s"),
        "lacking": ("lacking", "fake 2.0 has no such name"),
        "refuted": ("refuted", "case new: shares with x\nx: (2, 3)"),
        "talks": ("confirmed", ""),
        "unproved": ("unproved", "needs a file"),
    }
    assert audit["complete"]
    known = record.read(FAKE, "cpu", tmp_path)
    assert known is not None and known.complete
    assert list(known.rows) == [Row.from_json(row) for row in audit["rows"]]  # both sorted by name
    assert known.place.version == json.__version__


def test_tables_name_what_is_refuted_and_count_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--timeout", "2"], [FAKE]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"json {json.__version__} on cpu (")
    assert lines[0].endswith(
        ": 8 entries: 2 confirmed, 1 refuted, 4 unproved, 1 lacking; 57.1 % of what is there is unproved"
    )
    assert lines[1:4] == [
        "REFUTED fake.refuted (json, cpu)",
        f"    it says: {EFFECT.format('refuted')}",
        "    case new: shares with x",
    ]
    assert "UNPROVED (json, cpu): 1: needs a file: fake.unproved" in lines
    assert "LACKING (json, cpu): 1: fake 2.0 has no such name: fake.lacking" in lines


def test_names_beyond_a_few_are_counted_unless_asked_for() -> None:
    rows = tuple(Row(f"json.{name}", "() -> new", Verdict.UNPROVED, "needs a file") for name in "abcde")
    audit = Audit(FAKE, "cpu", PLACE, {row.name: row.effect for row in rows}, rows)
    (few,) = report.details([audit], every=False)
    assert few == "UNPROVED (json, cpu): 5: needs a file: json.a, json.b, json.c and 2 more"
    (every,) = report.details([audit], every=True)
    assert every.endswith("json.a, json.b, json.c, json.d, json.e")


def test_what_claims_nothing_is_not_counted_as_proof() -> None:
    effects = {"json.a": "(x) -> unknown", "json.b": "(x) -> unknown, x!", "json.c": "(x) -> new | unknown"}
    rows = tuple(Row(name, effect, Verdict.CONFIRMED) for name, effect in effects.items())
    said = report.counts(Audit(FAKE, "cpu", PLACE, effects, rows))
    assert said.endswith("; 1 of the confirmed only say that nothing is known")


def test_a_library_that_is_not_there_is_skipped_and_fails_where_it_is_required(
    capsys: pytest.CaptureFixture[str],
) -> None:
    absent = Subject("no_such_library", module="tests.audit.fake")
    assert main([], [absent]) == 0
    said = "SKIPPED no_such_library on cpu: no_such_library is not installed\n"
    assert capsys.readouterr().out == said
    assert main(["--require", "no_such_library"], [absent]) == 1
    assert "REQUIRED no_such_library: no_such_library is not installed" in capsys.readouterr().err
    assert main(["--library", "json", "--require", "no_such_library", "--timeout", "2"], [FAKE, absent]) == 1
    assert "REQUIRED no_such_library: it is not selected" in capsys.readouterr().err


def test_a_module_that_cannot_be_imported_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    status, audit = found(capsys, subject=Subject("json", module="runtime_check.audit.no_such_module"))
    assert (status, audit["complete"], audit["rows"]) == (1, False, [])
    assert "No module named 'runtime_check.audit.no_such_module'" in audit["failure"]


def test_a_device_that_is_not_there_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--device", "cuda"], [FAKE]) == 0
    assert "SKIPPED json on cuda: json knows no cuda device" in capsys.readouterr().out
    devices = Subject("json", devices=("cpu", "cuda"))
    nothing = Audit(devices, "cuda", missing="json finds no cuda device", lacks="json")
    assert list(report.elsewhere([nothing], tmp_path)) == ["json: not yet proved on cuda"]
    rows = tuple(Row(f"json.{name}", "() -> new", Verdict.CONFIRMED) for name in "ab")
    place = Place("json", "2.0.9", "cuda", "H100", "3.11.0")
    record.write(Audit(devices, "cuda", place, {row.name: row.effect for row in rows}, rows), tmp_path)
    here = Audit(devices, "cpu", PLACE, {"json.a": "() -> new", "json.b": "() -> plain"})
    (said,) = report.elsewhere([here], tmp_path)
    assert said.startswith("json: 1 confirmed, 1 older than their entries, recorded with json 2.0.9 on cuda")


def test_what_an_entry_writes_to_the_folder_goes_with_its_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, audit = found(capsys)
    assert "fake.talks" in [row["name"] for row in audit["rows"] if row["verdict"] == "confirmed"]
    assert list(tmp_path.iterdir()) == []


def test_wrong_questions_end_in_2(capsys: pytest.CaptureFixture[str]) -> None:
    for argument in ("--library=caffe", "--require=caffe", "--device=tpu", "numpy"):
        with pytest.raises(SystemExit) as caught:
            run(["audit", argument])
        assert caught.value.code == 2
    assert "numpy" in capsys.readouterr().err


STOPPED = """
from runtime_check.audit.command import main
from tests.audit.test_command import FAKE
raise SystemExit(main({arguments}, [FAKE]))
"""


def test_an_interrupt_keeps_and_shows_what_was_found(tmp_path: Path) -> None:
    code = STOPPED.format(arguments=["--timeout", "50", "--record", str(tmp_path)])
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(6)  # by then it hangs in the fourth entry
    process.send_signal(signal.SIGINT)
    shown, complaints = process.communicate(timeout=30)
    assert process.returncode == 1, complaints
    assert "interrupted, 5 entries not asked" in shown
    known = record.read(FAKE, "cpu", tmp_path)
    assert known is not None and not known.complete
    assert [row.name for row in known.rows] == ["fake.confirmed", "fake.dies", "fake.fails"]


def test_records_differ_by_a_line_for_each_entry(tmp_path: Path) -> None:
    proved = Row("json.b", "() -> new", Verdict.CONFIRMED, probes=2, seen=("new",))
    unproved = Row("json.a", "() -> x", Verdict.UNPROVED, "needs a file")
    effects = {row.name: row.effect for row in (proved, unproved)}
    path = record.write(Audit(FAKE, "cpu", PLACE, effects, (proved, unproved)), tmp_path)
    assert path is not None and path == tmp_path / "audit" / "json-cpu.json"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[4] == '"json.a": {"effect": "() -> x", "verdict": "unproved", "reason": "needs a file"},'
    assert record.read(FAKE, "cpu", tmp_path) == record.Recorded(PLACE, True, (unproved, proved))
    assert record.read(Subject("json", "torch"), "cpu", tmp_path) is None


def test_every_module_that_audits_is_a_subject() -> None:
    texts = {path.stem: path.read_text("utf-8") for path in (ROOT / "runtime_check" / "audit").glob("*.py")}
    auditing = {name for name, text in texts.items() if "\ndef entries(" in text and "\ndef audit(" in text}
    assert auditing == {subject.home.rpartition(".")[2] for subject in SUBJECTS}
