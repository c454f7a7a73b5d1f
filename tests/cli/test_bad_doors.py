"""Every kind of bad input through every door: files, standard input, the commands of the hooks, flake8.

The server has its own table in `tests/server/test_server.py`, notebooks have theirs in `test_notebooks.py`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import PLACE, Tensorlint, write
from tests.conftest import CROP, ROOT, Flake8

CONCISE = ("--output-format", "concise")


@dataclass(frozen=True)
class Bad:
    """A file, what is said of it on its only line, and what flake8 calls it; nothing for silence."""

    data: bytes
    said: str = ""
    flake8: frozenset[str] = frozenset()


BROKEN = frozenset({"E902", "E999", "TAL000"})
FOUND = frozenset({"TAL101"})
KINDS = {
    "syntax": Bad(b"import numpy as np\ndef f(:\n", "2:1: TAL000 cannot be parsed: invalid syntax", BROKEN),
    "undecodable": Bad(b"import numpy\nx = '\xff'\n", "2:1: TAL000 cannot decode"),  # flake8 reads Latin-1
    "codec": Bad(b"# coding: nothing\nimport numpy\n", "1:1: TAL000"),  # and here as well
    "binary": Bad(b"\x7fELF\x00\x01import numpy\x00", "1:1: TAL000", BROKEN),
    "empty": Bad(b""),
    "mark": Bad(b"\xef\xbb\xbf" + CROP.encode(), f"{PLACE}", FOUND),
    "only a mark": Bad(b"\xef\xbb\xbf"),
    "form feed": Bad(CROP.replace("\ndef", "\n\fdef").encode(), f"{PLACE}", FOUND),
    "carriage returns": Bad(CROP.replace("\n", "\r\n").encode(), f"{PLACE}", FOUND),
    "long line": Bad(f"{CROP}\n# {'x' * 1_000_000}\ny = {'1 + ' * 200}1\n".encode(), f"{PLACE}", FOUND),
}


@pytest.fixture(params=KINDS, ids=[kind.replace(" ", "-") for kind in KINDS])
def bad(request: pytest.FixtureRequest) -> Bad:
    return KINDS[request.param]


def hooks() -> dict[str, list[str]]:
    """The commands of the hooks, as pre-commit starts them, without `tensorlint` or `flake8` itself."""
    known = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {hook["id"]: shlex.split(hook["entry"])[1:] for hook in known}


def status(bad: Bad) -> int:
    return 0 if not bad.said else 2 if "TAL000" in bad.said else 1


def test_a_named_file_and_a_folder(tensorlint: Tensorlint, tmp_path: Path, bad: Bad) -> None:
    write(tmp_path, "bad.py", bad.data)
    for named in (["bad.py"], ["."], []):
        run = tensorlint("check", *CONCISE, *named)
        assert (run.status, run.errors) == (status(bad), ""), named
        assert run.output.count("\n") == bool(bad.said)
        assert run.output.startswith(f"bad.py:{bad.said}" if bad.said else "")


def test_standard_input(tensorlint: Tensorlint, bad: Bad) -> None:
    run = tensorlint("check", *CONCISE, "--stdin-filename", "bad.py", "-", stdin=bad.data)
    assert (run.status, run.errors) == (status(bad), "")
    assert run.output.startswith(f"bad.py:{bad.said}" if bad.said else "")


def test_a_bad_file_does_not_hide_a_good_one(tensorlint: Tensorlint, tmp_path: Path, bad: Bad) -> None:
    write(tmp_path, "bad.py", bad.data)
    write(tmp_path, "crop.py", CROP)
    assert f"crop.py:{PLACE}" in tensorlint("check", *CONCISE, "bad.py", "crop.py").places


@pytest.mark.parametrize("hook", ["tensorlint", "tensorlint-fix"])
def test_a_hook(tensorlint: Tensorlint, tmp_path: Path, bad: Bad, hook: str) -> None:
    path = write(tmp_path, "bad.py", bad.data)
    run = tensorlint(*hooks()[hook], *CONCISE, "bad.py")
    assert (run.status, run.errors.replace("findings mended: 0\n", "")) == (status(bad), "")
    assert run.output.startswith(f"bad.py:{bad.said}" if bad.said else "")
    assert path.read_bytes() == bad.data  # none of them has a safe fix


def test_what_can_be_mended_keeps_its_other_bytes(tensorlint: Tensorlint, tmp_path: Path, bad: Bad) -> None:
    path = write(tmp_path, "bad.py", bad.data)
    tensorlint("check", "--fix", "--unsafe-fixes", "bad.py")
    mended = bad.data.replace(b"image[1:3, 1:3]", b"image[1:3, 1:3].copy()")
    assert path.read_bytes() == (mended if bad.said == PLACE else bad.data)


def test_the_hook_of_flake8(flake8: Flake8, tmp_path: Path, bad: Bad) -> None:
    write(tmp_path, "bad.py", bad.data)
    run = flake8("bad.py", select="TAL,E9")
    codes = {report.code for report in run.reports}
    assert codes <= bad.flake8
    assert bool(codes) == bool(bad.flake8)
    assert "Traceback" not in run.errors


def test_a_folder_that_is_called_like_a_file(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "x.py/crop.py", CROP)
    for named in (["x.py"], []):
        assert tensorlint("check", *CONCISE, *named).places == [f"x.py/crop.py:{PLACE}"]
    (tmp_path / "empty.py").mkdir()
    assert tensorlint("check", *CONCISE, "empty.py").status == 0
    run = tensorlint("explain", "x.py:7")
    assert run.status == 2
    assert "Traceback" not in run.errors


@pytest.mark.parametrize(
    "arguments",
    [["--no-such-option"], ["--select"], ["--select", "TAL999"], ["--output-format", "xml"], ["nowhere.py"]],
    ids=" ".join,
)
@pytest.mark.parametrize("command", [["check"], ["check", "--fix"]], ids=" ".join)
def test_what_is_no_question_is_an_error(
    tensorlint: Tensorlint, tmp_path: Path, command: list[str], arguments: list[str]
) -> None:
    path = write(tmp_path, "crop.py", CROP)
    run = tensorlint(*command, *arguments)
    assert run.status == 2
    assert run.output + run.errors
    assert "Traceback" not in run.errors
    assert path.read_text() == CROP
