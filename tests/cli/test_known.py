"""What is known already is not reported: a baseline, a revision of git, comments that are written."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import PLACE, Tensorlint, write
from tests.conftest import CROP, Flake8

CONCISE = ("check", "--output-format", "concise")
SECOND = (
    CROP.partition("\n\n\n")[2].replace("crop", "second").replace("patch", "part").replace("image", "table")
)
WRITTEN = "    patch -= patch.mean()\n"

# Baseline


@pytest.fixture
def baseline(tensorlint: Tensorlint, tmp_path: Path) -> Path:
    """A baseline of a file with one finding."""
    write(tmp_path, "crop.py", CROP)
    run = tensorlint("check", "--baseline", "known.json", "--write-baseline")
    assert (run.status, run.output, run.errors) == (0, "", "findings written to known.json: 1\n")
    return tmp_path / "known.json"


def test_what_is_in_the_baseline_is_not_reported(tensorlint: Tensorlint, baseline: Path) -> None:
    assert tensorlint(*CONCISE).places == [f"crop.py:{PLACE}"]
    run = tensorlint(*CONCISE, "--baseline", "known.json")
    assert (run.status, run.places) == (0, [])


def test_lines_may_shift(tensorlint: Tensorlint, baseline: Path) -> None:
    write(baseline.parent, "crop.py", "\n# more\n" + CROP.replace("def crop", "x = 1\n\n\ndef crop"))
    assert tensorlint(*CONCISE, "--baseline", "known.json").places == []


def test_what_is_new_is_reported(tensorlint: Tensorlint, baseline: Path) -> None:
    write(baseline.parent, "crop.py", f"{CROP}\n\n{SECOND}")
    write(baseline.parent, "other.py", CROP)
    run = tensorlint(*CONCISE, "--baseline", "known.json")
    assert run.places == ["crop.py:14:5: TAL101", f"other.py:{PLACE}"]


def test_a_second_one_on_the_same_text_is_new(tensorlint: Tensorlint, baseline: Path) -> None:
    twice = CROP + CROP.partition("\n\n\n")[2].replace("def crop", "\n\ndef again")
    write(baseline.parent, "crop.py", twice)
    assert tensorlint(*CONCISE, "--baseline", "known.json").places == ["crop.py:14:5: TAL101"]


def test_a_line_that_changed_is_new(tensorlint: Tensorlint, baseline: Path) -> None:
    write(baseline.parent, "crop.py", CROP.replace("patch.mean()", "patch.min()"))
    assert tensorlint(*CONCISE, "--baseline", "known.json").places == [f"crop.py:{PLACE}"]


def test_names_are_those_from_the_folder_of_the_baseline(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "src/crop.py", CROP)
    write(tmp_path, "pyproject.toml", '[tool.tensorlint]\nbaseline = "known.json"\n')
    assert tensorlint("check", "--write-baseline").status == 0
    assert list(json.loads((tmp_path / "known.json").read_text())["findings"]) == ["src/crop.py"]
    assert tensorlint(*CONCISE).places == []
    monkeypatch.chdir(tmp_path / "src")
    assert tensorlint(*CONCISE).places == []


def test_what_could_not_be_checked_is_never_known(tensorlint: Tensorlint, baseline: Path) -> None:
    write(baseline.parent, "bad.py", b"import numpy\n\xff\n")
    run = tensorlint("check", "--baseline", "known.json", "--write-baseline")
    assert run.status == 2
    assert "bad.py:2:1: TAL000" in run.output
    assert "bad.py" not in baseline.read_text()
    assert tensorlint("check", "--baseline", "known.json").status == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "known.json: cannot be read: No such file or directory"),
        ("", "known.json: no baseline that tensorlint wrote"),
        ("[]", "known.json: no baseline that tensorlint wrote"),
        ('{"version": 1, "findings": {"a": 1}}', "known.json: no baseline that tensorlint wrote"),
        ('{"version": 2, "findings": {}}', "known.json: a baseline of version 2, expected 1"),
    ],
)
def test_a_baseline_that_is_none(
    tensorlint: Tensorlint, tmp_path: Path, text: str | None, expected: str
) -> None:
    if text is not None:
        write(tmp_path, "known.json", text)
    run = tensorlint("check", "--baseline", "known.json")
    assert (run.status, run.output, run.errors) == (2, "", f"tensorlint: {expected}\n")


def test_a_baseline_needs_a_name(tensorlint: Tensorlint) -> None:
    run = tensorlint("check", "--write-baseline")
    assert run.status == 2
    assert run.errors.startswith("tensorlint: --write-baseline: say where, with --baseline FILE")


# A revision of git


def git(folder: Path, *arguments: str) -> None:
    author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit: a file with a finding, and one without."""
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "plain.py", CROP.replace("[1:3, 1:3]", "[1:3, 1:3].copy()"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


@pytest.fixture
def new(tensorlint: Tensorlint):
    """What is new since the last commit."""

    def run(*arguments: str) -> list[str]:
        done = tensorlint(*CONCISE, "--new-from-rev", "HEAD", *arguments)
        assert done.errors == ""
        return done.places

    return run


def test_nothing_has_changed(new, repository: Path) -> None:
    assert new() == []


def test_a_finding_that_was_there_is_not_new(new, repository: Path) -> None:
    write(repository, "crop.py", "\n\n" + CROP + "\n\nprint(crop())\n")
    assert new() == []


def test_a_copy_that_was_taken_away_is_new(new, repository: Path) -> None:
    write(repository, "plain.py", CROP)
    assert new() == [f"plain.py:{PLACE}"]


def test_new_code_beside_old(new, repository: Path) -> None:
    write(repository, "crop.py", f"{CROP}\n\n{SECOND}")
    write(repository, "untracked.py", CROP)
    write(repository, "staged.py", CROP)
    git(repository, "add", "staged.py")
    assert new() == ["crop.py:14:5: TAL101", f"staged.py:{PLACE}", f"untracked.py:{PLACE}"]
    assert new("untracked.py") == [f"untracked.py:{PLACE}"]


def test_a_file_that_got_another_name(new, repository: Path) -> None:
    git(repository, "mv", "crop.py", "photo größe.py")
    assert new() == []


def test_from_a_folder_below(new, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(repository, "inner/crop.py", CROP).parent
    monkeypatch.chdir(folder)
    assert new() == [f"crop.py:{PLACE}"]
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    write(repository, "inner/crop.py", "\n" + CROP)
    assert new() == []


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD:crop.py", ""])
def test_a_revision_that_is_none(tensorlint: Tensorlint, repository: Path, revision: str) -> None:
    run = tensorlint("check", f"--new-from-rev={revision}")
    assert run.status == 2
    assert run.errors == f"tensorlint: --new-from-rev: git knows no revision {revision!r}\n"
    assert not (repository / "x").exists()


def test_outside_of_a_repository(tensorlint: Tensorlint, tmp_path: Path) -> None:
    run = tensorlint("check", "--new-from-rev", "HEAD")
    assert run.status == 2
    assert "not a git repository" in run.errors


# Comments


def test_comments_silence_what_is_reported(tensorlint: Tensorlint, flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    run = tensorlint("check", "--add-noqa")
    assert (run.status, run.output, run.errors) == (0, "", "findings silenced: 1\n")
    expected = CROP.replace("patch.mean()", "patch.mean()  # noqa: TAL101")
    assert (tmp_path / "crop.py").read_text() == expected
    assert tensorlint("check").status == 0
    assert flake8("crop.py").reports == []
    assert tensorlint("check", "--add-noqa").errors == "findings silenced: 0\n"
    assert (tmp_path / "crop.py").read_text() == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("patch -= 1  # why", "patch -= 1  # why  # noqa: TAL101"),
        ("patch -= 1  # noqa: E501", "patch -= 1  # noqa: E501, TAL101"),
        ("patch -= 1  # noqa:E501,W1 why", "patch -= 1  # noqa:E501,W1, TAL101 why"),
        ("patch -= 1; y = 2 ", "patch -= 1; y = 2   # noqa: TAL101"),
        ("patch -= (\n        1\n    )", "patch -= (  # noqa: TAL101\n        1\n    )"),
        ("patch -= \\\n        1", "patch -= \\\n        1  # noqa: TAL101"),
        ('patch -= len("""\n    """)', 'patch -= len("""\n    """)  # noqa: TAL101'),
        ('x = """\n    """; patch -= 1', 'x = """\n    """; patch -= 1  # noqa: TAL101'),
        ("größe = 1; patch -= 1", "größe = 1; patch -= 1  # noqa: TAL101"),
    ],
)
def test_where_a_comment_is_written(tensorlint: Tensorlint, tmp_path: Path, line: str, expected: str) -> None:
    write(tmp_path, "crop.py", CROP.replace(WRITTEN, f"    {line}\n"))
    run = tensorlint("check", "--add-noqa")
    assert (run.status, run.errors) == (0, "findings silenced: 1\n")
    assert (tmp_path / "crop.py").read_text() == CROP.replace(WRITTEN, f"    {expected}\n")
    assert tensorlint("check").status == 0


def test_two_codes_on_one_line(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP.replace("patch.mean()", "patch.mean(); np.sort(patch)"))
    assert tensorlint("check", "--add-noqa").errors == "findings silenced: 2\n"
    assert "np.sort(patch)  # noqa: TAL101, TAL402\n" in (tmp_path / "crop.py").read_text()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(CROP.replace("\n", "\r\n").encode(), id="crlf"),
        pytest.param(CROP.replace("\n", "\r").encode(), id="cr"),
        pytest.param(b"\xef\xbb\xbf" + CROP.encode(), id="bom"),
        pytest.param(b"# coding: latin-1\n# \xe4\n" + CROP.encode(), id="latin-1"),
        pytest.param(CROP.encode().replace(b"def crop", b"\x0cdef crop"), id="form-feed"),
        pytest.param(CROP.encode().rstrip(b"\n"), id="no-final-newline"),
    ],
)
def test_all_other_bytes_stay(tensorlint: Tensorlint, tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path, "crop.py", data)
    path.chmod(0o640)
    assert tensorlint("check", "--no-cache", "--add-noqa").errors == "findings silenced: 1\n"
    assert path.read_bytes() == data.replace(b"patch.mean()", b"patch.mean()  # noqa: TAL101")
    assert path.stat().st_mode & 0o777 == 0o640
    assert set(os.listdir(tmp_path)) - {".tensorlint_cache"} == {"crop.py"}


def test_a_link_stays_a_link(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "real/code.txt", CROP)
    (tmp_path / "crop.py").symlink_to("real/code.txt")
    assert tensorlint("check", "--add-noqa", "crop.py").errors == "findings silenced: 1\n"
    assert (tmp_path / "crop.py").is_symlink()
    assert "# noqa: TAL101" in (tmp_path / "real" / "code.txt").read_text()


def test_a_file_that_changed_meanwhile_stays(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "crop.py", CROP)
    from tensorlint.cli import silencing

    def late(*arguments: object) -> str:
        path.write_text("# new\n" + CROP)
        return silencing_with_noqa(*arguments)  # type: ignore[arg-type]

    silencing_with_noqa = silencing.with_noqa
    monkeypatch.setattr(silencing, "with_noqa", late)
    run = tensorlint("check", "--add-noqa", "--output-format", "concise")
    assert run.status == 2
    assert run.output == "crop.py:1:1: TAL000 stays as it was: changed while it was checked\n"
    assert path.read_text() == "# new\n" + CROP


def test_a_file_that_cannot_be_written_is_told(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "crop.py", CROP)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    run = tensorlint("check", "--no-cache", "--add-noqa", "--output-format", "concise")
    assert run.status == 2
    assert run.output == "crop.py:1:1: TAL000 cannot be written: Permission denied\n"
    assert path.read_text() == CROP
    assert set(os.listdir(tmp_path)) - {".tensorlint_cache"} == {"crop.py"}


def test_standard_input_cannot_be_commented(tensorlint: Tensorlint) -> None:
    run = tensorlint("check", "--add-noqa", "-", stdin=CROP.encode())
    assert run.status == 2
    assert run.errors == "tensorlint: --add-noqa: standard input cannot be written to\n"


def test_either_a_baseline_or_comments(tensorlint: Tensorlint) -> None:
    assert tensorlint("check", "--add-noqa", "--write-baseline", "--baseline", "x").status == 2
