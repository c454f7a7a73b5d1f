"""`tensorlint check`: paths in, findings and an exit status out."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PLACE, PLAIN, Process, Tensorlint, write
from tests.conftest import CROP

CONCISE = ("check", "--output-format", "concise")


def test_a_finding_ends_with_one(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    run = tensorlint(*CONCISE, "crop.py")
    assert run.status == 1
    assert run.places == [f"crop.py:{PLACE}"]
    assert run.errors == ""


def test_nothing_found_ends_with_zero(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "plain.py", PLAIN)
    run = tensorlint(*CONCISE)
    assert (run.status, run.output, run.errors) == (0, "", "")


def test_no_files(tensorlint: Tensorlint) -> None:
    run = tensorlint("check")
    assert (run.status, run.output) == (0, "No Python files found.\n")


def test_exit_zero(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    run = tensorlint(*CONCISE, "--exit-zero")
    assert run.status == 0
    assert run.places == [f"crop.py:{PLACE}"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            b"import numpy\nx = '\xff\xfe'\n", "bad.py:2:1: TAL000 cannot decode source", id="bytes"
        ),
        pytest.param(b"import numpy\ndef f(:\n", "bad.py:2:1: TAL000 cannot be parsed: invalid", id="syntax"),
        pytest.param(b"import numpy\n\x00\n", "bad.py:2:1: TAL000 source contains a NUL byte", id="nul"),
        pytest.param(
            b"import numpy\nx = " + b"-" * 100_000 + b"1\n", "bad.py:1:1: TAL000 nested too deep", id="deep"
        ),
        pytest.param(None, "bad.py:1:1: TAL000 cannot be read: No such file or directory", id="missing"),
    ],
)
def test_what_cannot_be_checked_is_told_and_the_others_go_on(
    process: Process, tmp_path: Path, content: bytes | None, expected: str
) -> None:
    write(tmp_path, "crop.py", CROP)
    if content is not None:
        write(tmp_path, "bad.py", content)
    run = process(*CONCISE, "--exit-zero", "bad.py", "crop.py")
    assert run.status == 2
    lines = run.output.splitlines()
    assert lines[0].startswith(expected)
    assert lines[1].startswith(f"crop.py:{PLACE}")
    assert len(lines) == 2
    assert run.errors == ""


def test_a_bug_of_the_linter_is_told_as_one(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("two\nlines")

    write(tmp_path, "crop.py", CROP)
    monkeypatch.setattr("tensorlint.lint.lint", broken)
    run = tensorlint(*CONCISE, "crop.py")
    assert run.status == 2
    assert (
        "TAL000 tensorlint could not check this file: KeyError: 'two\\nlines' (test_check.py:" in run.output
    )


def test_a_crash_is_no_finding(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("why")

    monkeypatch.setattr("tensorlint.cli.check.run", broken)
    run = tensorlint("check")
    assert run.status == 2
    assert "KeyError: 'why'" in run.errors


def test_standard_input(tensorlint: Tensorlint) -> None:
    run = tensorlint(*CONCISE, "-", stdin=CROP.encode())
    assert (run.status, run.places) == (1, [f"stdin:{PLACE}"])


def test_standard_input_with_a_name(tensorlint: Tensorlint, tmp_path: Path) -> None:
    run = tensorlint(*CONCISE, "--stdin-filename", "photos/crop.py", "-", stdin=CROP.encode())
    assert (run.status, run.places) == (1, [f"photos/crop.py:{PLACE}"])


def test_standard_input_that_is_no_python(tensorlint: Tensorlint) -> None:
    run = tensorlint(*CONCISE, "-", stdin=b"import numpy\n\xff\n")
    assert run.status == 2
    assert "stdin:2:1: TAL000 cannot decode source" in run.output


def test_python_warnings_about_a_file_are_not_shown(process: Process, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP + 'pattern = "\\d"\nx = 1 is 1\n')
    run = process(*CONCISE, "crop.py", env={"PYTHONWARNINGS": "always"})
    assert (run.status, run.errors) == (1, "")


def test_statistics(tensorlint: Tensorlint, tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path, f"crop{number}.py", CROP)
    write(tmp_path, "replicated.py", "import numpy as np\nrows = [np.zeros(3)] * 4\nrows[0] += 1\n")
    run = tensorlint("check", "--statistics")
    assert run.status == 1
    assert run.output == "3  TAL101  write-through-view\n1  TAL301  replicated-tensor\n"


def test_the_report_goes_to_a_file(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    run = tensorlint(*CONCISE, "--output-file", "report.txt")
    assert (run.status, run.output) == (1, "")
    assert (tmp_path / "report.txt").read_text().startswith(f"crop.py:{PLACE}")
    run = tensorlint(*CONCISE, "--output-file", "no/such/folder.txt")
    assert run.status == 2
    assert run.errors == "tensorlint: no/such/folder.txt: cannot be written: No such file or directory\n"


@pytest.mark.parametrize(
    "arguments", [["--jobs", "0"], ["--jobs", "x"], ["--output-format", "xml"], ["--profile", "x"], ["--no"]]
)
def test_wrong_use_ends_with_two(tensorlint: Tensorlint, arguments: list[str]) -> None:
    run = tensorlint("check", *arguments)
    assert run.status == 2
    assert run.errors.startswith("usage: tensorlint ")


def test_a_command_is_needed(tensorlint: Tensorlint) -> None:
    assert tensorlint().status == 2
    assert tensorlint("chekc").status == 2


def test_version(tensorlint: Tensorlint) -> None:
    run = tensorlint("--version")
    assert run.status == 0
    assert re.fullmatch(r"tensorlint \d+\.\d+\.\d+\n", run.output)


LOADED = """\
import atexit, sys
heavy = "libcst rich pathspec multiprocessing.pool importlib.metadata tensorlint.lint numpy".split()
atexit.register(lambda: print(*[name for name in heavy if name in sys.modules], file=sys.stderr))
"""


@pytest.mark.parametrize(
    ("text", "loaded"), [("print(1)\n", ""), (CROP, "libcst tensorlint.lint")], ids=["other", "tensors"]
)
def test_nothing_slow_is_imported_in_vain(process: Process, tmp_path: Path, text: str, loaded: str) -> None:
    write(tmp_path, "startup/sitecustomize.py", LOADED)
    write(tmp_path, "file.py", text)
    path = [str(tmp_path / "startup"), *sys.path]
    run = process(*CONCISE, "file.py", env={"PYTHONPATH": ":".join(filter(None, path))})
    assert run.errors.split() == loaded.split()
