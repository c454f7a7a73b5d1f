"""Which files are checked: git's ignored ones are not, nor those that the user excludes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tensorlint.discovery import Discovery
from tests.cli.conftest import PLACE, Tensorlint, write
from tests.conftest import CROP

CONCISE = ("check", "--output-format", "concise")


def tree(folder: Path, *names: str) -> None:
    for name in names:
        write(folder, name, "")


def found(folder: Path, *paths: str, **options: object) -> list[str]:
    files = Discovery(folder, **options).files(folder / path for path in paths or (".",))  # type: ignore[arg-type]
    return [os.path.relpath(file, folder) for file in files]


def test_python_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    tree(tmp_path, "b.py", "a/z.py", "a/stub.pyi", "a.py", "notes.txt", "a/data.json", "py", "c.PY")
    assert found(tmp_path) == ["a/stub.pyi", "a/z.py", "a.py", "b.py"]


def test_each_file_once(tmp_path: Path) -> None:
    tree(tmp_path, "a/b.py")
    assert found(tmp_path, "a", "a/b.py", ".", "a/../a/b.py") == ["a/b.py"]


def test_what_is_named_is_checked_whatever_it_is_called(tmp_path: Path) -> None:
    tree(tmp_path, "script", ".venv/x.py")
    assert found(tmp_path, "script", ".venv/x.py", "gone.py") == [".venv/x.py", "gone.py", "script"]


def test_folders_of_other_peoples_code(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", ".venv/b.py", ".tox/c.py", "node_modules/d.py", "deep/__pycache__/e.py", "venv.py")
    assert found(tmp_path) == ["a.py", "venv.py"]
    assert found(tmp_path, ".venv") == [".venv/b.py"]  # it was named


def test_links_that_lead_nowhere_and_pipes_are_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, "a.py")
    (tmp_path / ".#a.py").symlink_to("user@host.1234")
    (tmp_path / "loop").symlink_to(".", target_is_directory=True)
    os.mkfifo(tmp_path / "pipe.py")
    assert found(tmp_path) == ["a.py"]


def test_a_folder_that_cannot_be_looked_into_is_told(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "open/crop.py", CROP)
    write(tmp_path, "shut/crop.py", CROP)
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    run = tensorlint(*CONCISE)
    assert run.status == 2
    assert run.places == ["shut:1:1: TAL000", f"open/crop.py:{PLACE}"]
    assert "cannot be read: Permission denied" in run.output


# What git ignores


IGNORES = {
    ".gitignore": "*.gen.py\n/top.py\nbuild/\n!keep.gen.py\n# comment\n\n",
    "sub/.gitignore": "!back.gen.py\nlocal.py\n/only_here.py\n",
    ".git/info/exclude": "private.py\n",
}
NAMES = (
    "a.py a.gen.py keep.gen.py top.py sub/top.py build/x.py sub/build/x.py sub/back.gen.py sub/a.gen.py"
    " local.py sub/local.py sub/deep/local.py sub/only_here.py sub/deep/only_here.py private.py"
    " sub/private.py"
).split()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name, text in IGNORES.items():
        write(tmp_path, name, text)
    tree(tmp_path, *NAMES)
    return tmp_path


def test_what_git_ignores_is_what_git_says(repository: Path) -> None:
    listing = ["git", "ls-files", "--others", "--exclude-standard", "-z", "*.py"]
    done = subprocess.run(listing, cwd=repository, capture_output=True, check=True, text=True)
    expected = sorted(filter(None, done.stdout.split("\0")))
    assert "sub/back.gen.py" in expected
    assert "sub/local.py" not in expected
    assert sorted(found(repository)) == expected
    assert sorted(found(repository / "sub")) == sorted(
        name.removeprefix("sub/") for name in expected if name.startswith("sub/")
    )


def test_what_git_ignores_can_be_checked(repository: Path) -> None:
    assert sorted(found(repository, gitignore=False)) == sorted(NAMES)
    assert found(repository, "top.py") == ["top.py"]
    assert found(repository, "top.py", "build/x.py", "a.py", force_exclude=True) == ["a.py"]


def test_outside_of_a_repository_nothing_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", "a.py\n")
    tree(tmp_path, "a.py")
    assert found(tmp_path) == ["a.py"]


# What the user excludes


def test_excluding_by_patterns(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "old/b.py", "new/old/c.py", "new/d_test.py")
    assert found(tmp_path, exclude=("/old",)) == ["a.py", "new/d_test.py", "new/old/c.py"]
    assert found(tmp_path, exclude=("old/", "*_test.py")) == ["a.py"]
    assert found(tmp_path, "old/b.py", exclude=("old",)) == ["old/b.py"]
    assert found(tmp_path, "old/b.py", "a.py", exclude=("old",), force_exclude=True) == ["a.py"]


def test_excluding_on_the_command_line(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "old/crop.py", CROP)
    assert tensorlint(*CONCISE, "--exclude", "old").places == [f"crop.py:{PLACE}"]
    named = (*CONCISE, "--exclude", "old", "old/crop.py")
    assert tensorlint(*named).places == [f"old/crop.py:{PLACE}"]
    assert tensorlint(*named, "--force-exclude").places == []
    buffer = (*CONCISE, "--exclude", "old", "--stdin-filename", "old/crop.py", "-")
    assert tensorlint(*buffer, stdin=CROP.encode()).places == [f"old/crop.py:{PLACE}"]
    assert tensorlint(*buffer, "--force-exclude", stdin=CROP.encode()).places == []


def test_names_are_shown_from_the_current_folder(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "here/crop.py", CROP)
    write(tmp_path, "there/crop.py", CROP)
    monkeypatch.chdir(tmp_path / "here")
    run = tensorlint(*CONCISE, "./crop.py", "../there")
    assert run.places == [f"crop.py:{PLACE}", f"{tmp_path}/there/crop.py:{PLACE}"]
