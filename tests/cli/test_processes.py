"""Several processes say what one says, in the same order; what ends one of them, or the run, loses little."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from tensorlint.checking import Plan, Target, check_all
from tests.cli.conftest import PLACE, PLAIN, Process, Tensorlint, write
from tests.conftest import CROP

CONCISE = ("check", "--output-format", "concise")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """24 files: every second one has a finding, one no text, one no Python."""
    for number in range(24):
        text = CROP if number % 2 else PLAIN
        write(tmp_path, f"{number % 3}/file{number:02}.py", "\n" * number + text)
    write(tmp_path, "1/odd.py", b"import numpy\n\xff\n")
    write(tmp_path, "2/odd.py", b"import numpy\n(\n")
    return tmp_path


def test_the_order_does_not_depend_on_the_processes(process: Process, many: Path) -> None:
    one = process(*CONCISE, "-j", "1")
    assert one.output.count("TAL101") == 12
    assert one.output.count("TAL000") == 2
    assert one.places == sorted(one.places)
    for jobs in ("2", "4", "7"):
        assert process(*CONCISE, "-j", jobs) == one
    assert process(*CONCISE) == one


def test_options_reach_every_process(process: Process, many: Path) -> None:
    run = process(*CONCISE, "-j", "3", "--disable", "TAL101")
    assert [place.split()[1] for place in run.places] == ["TAL000", "TAL000"]


# A startup file that does something else on a file that says so.
AWRY = """\
import os, time
import tensorlint.lint as linter

_lint = linter.lint


def lint(source, *rest):
    if "# end me" in source.text:
        os._exit(7)
    if "# wait" in source.text:
        open("waiting", "w").close()
        time.sleep(60)
    return _lint(source, *rest)


linter.lint = lint
"""


def environment(folder: Path) -> dict[str, str]:
    write(folder, "../startup/sitecustomize.py", AWRY)
    path = [str(folder.parent / "startup"), *filter(None, sys.path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1"}


def test_a_file_that_ends_its_process_is_told_and_the_others_are_checked(
    process: Process, many: Path
) -> None:
    write(many, "0/fatal.py", "import numpy  # end me\n")
    run = process(*CONCISE, "-j", "2", env=environment(many))
    assert run.status == 2
    assert "0/fatal.py:1:1: TAL000 the process that checked this file was ended" in run.output
    assert run.output.count("TAL101") == 12
    assert run.output.count("TAL000") == 3


@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "one process"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interruption_prints_what_is_known(many: Path, jobs: str, whole_group: bool) -> None:
    """As Ctrl-C does it on a terminal, which tells every process, and as `kill` does, which tells one."""
    write(many, "2/zzz.py", "import numpy  # wait\n")
    started = subprocess.Popen(
        [sys.executable, "-m", "tensorlint", *CONCISE, "-j", jobs],
        cwd=many,
        env=environment(many),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (many / "waiting").exists():
        assert started.poll() is None
        time.sleep(0.1)
    time.sleep(3)  # the other process has little left to do
    (os.killpg if whole_group else os.kill)(started.pid, signal.SIGINT)
    output, errors = started.communicate(timeout=20)
    assert started.returncode == 2
    assert output.count("TAL101") == 12
    assert errors == "tensorlint: interrupted, 1 file was not checked\n"


def test_an_interruption_before_anything_is_known(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tensorlint.cli.check.run", interrupted)
    run = tensorlint("check")
    assert (run.status, run.output, run.errors) == (2, "", "tensorlint: interrupted\n")


def test_a_reader_that_goes_away(many: Path) -> None:
    command = f"{sys.executable} -m tensorlint {' '.join(CONCISE)} | head -1"
    done = subprocess.run(command, shell=True, cwd=many, capture_output=True, text=True, timeout=60)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_each_file_is_counted(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(many)
    targets = [Target(str(path), path) for path in sorted(many.rglob("*.py"))]
    for jobs in (1, 3):
        seen: list[None] = []
        found = check_all(targets, Plan(), jobs, lambda seen=seen: seen.append(None))
        assert [each.name for each in found] == [target.name for target in targets]
        assert len(seen) == len(targets)


CHOICES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR")
PLAIN_TERMINAL = {
    **{name: value for name, value in os.environ.items() if name not in CHOICES},
    "TERM": "xterm-256color",
    "COLUMNS": "100",
}


def on_a_terminal(folder: Path, *arguments: str, error_only: bool = False, **more: str) -> str:
    """What a terminal gets of a run: of its standard error, or of both."""
    control, terminal = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "tensorlint", *arguments],
        cwd=folder,
        env={**PLAIN_TERMINAL, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if error_only else terminal,
        stderr=terminal,
    )
    os.close(terminal)
    said = b""
    while True:
        try:
            read = os.read(control, 1 << 16)
        except OSError:  # the other side is closed
            break
        if not read:
            break
        said += read
    done.communicate(timeout=60)
    os.close(control)
    return said.decode()


def test_a_bar_on_a_terminal_only(process: Process, many: Path) -> None:
    said = on_a_terminal(many, *CONCISE, error_only=True)
    assert "Checking" in said
    assert "26/26" in said
    assert process(*CONCISE).errors == ""
    few = on_a_terminal(many, *CONCISE, "1/odd.py", error_only=True)
    assert few == ""


def test_colour_on_a_terminal_only_and_not_where_it_is_unwanted(process: Process, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    coloured = re.compile(r"\x1b\[[0-9;]*3\dm")
    assert coloured.search(on_a_terminal(tmp_path, "check", "crop.py"))
    assert not coloured.search(on_a_terminal(tmp_path, "check", "crop.py", NO_COLOR="1"))
    run = process("check", "crop.py", env={"FORCE_COLOR": ""})
    assert f"crop.py:{PLACE}" in run.output
    assert "\x1b" not in run.output


def test_a_process_that_ends_while_files_are_handed_over_loses_none(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = [Target(path.name, path) for path in sorted(many.rglob("*.py"))]
    expected = check_all(targets, Plan(), jobs=1)
    submit, handed = ProcessPoolExecutor.submit, []

    def breaking(pool: ProcessPoolExecutor, *work: Any) -> Any:
        handed.append(work)
        if len(handed) == 3:
            raise BrokenProcessPool
        return submit(pool, *work)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", breaking)
    assert check_all(targets, Plan(), jobs=2) == expected
    assert len(handed) > 3
