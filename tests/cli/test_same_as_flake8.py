"""flake8 and the command line report the same, line for line, on the fixtures and on installed packages."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = Path(sysconfig.get_paths()["purelib"])
# Files that say much: of each package those with the most text, up to a limit that a test has time for.
SAMPLES = {"numpy/lib": 4, "torch/nn": 3, "keras/src/layers": 3, "jax/_src/scipy": 2}


def said(folder: Path, *command: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=600
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return sorted(done.stdout.splitlines())


def same(folder: Path, *files: str, noqa: bool = True) -> list[str]:
    """What both say of the files; asserts that it is the same."""
    silenced = [] if noqa else ["--disable-noqa"]
    theirs = said(folder, "flake8", "--isolated", "--select", "TAL", *silenced, *files)
    command = ("tensorlint", "check", "--isolated", "--output-format", "concise")
    ours = said(folder, *command, *([] if noqa else ["--ignore-noqa"]), *files)
    assert ours == theirs
    return ours


def test_on_the_fixtures() -> None:
    files = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "fixtures").glob("TAL*/*.py"))
        if "expect: " in path.read_text(encoding="utf-8")
    ]
    assert len(same(ROOT, *files[::4])) > 50


@pytest.mark.parametrize("noqa", [True, False])
def test_on_installed_packages(noqa: bool) -> None:
    files = []
    for folder, number in SAMPLES.items():
        found = sorted((PACKAGES / folder).rglob("*.py"), key=lambda path: (-path.stat().st_size, path.name))
        assert len(found) >= number, folder
        files += [path.relative_to(PACKAGES).as_posix() for path in found[:number]]
    same(PACKAGES, *files, noqa=noqa)


def test_on_a_whole_folder() -> None:
    same(ROOT, "tests/cli")
