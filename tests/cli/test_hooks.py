"""The hooks for pre-commit, tried by pre-commit itself: it installs this checkout and runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PLAIN, write
from tests.conftest import CROP, ROOT

NEEDED = ("tensorlint", "runtime_check", "fixtures")
FILES = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def git(folder: Path, *arguments: str) -> None:
    author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def repository(folder: Path) -> Path:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "all")
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user's pre-commit would fetch: this checkout as a repository."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in NEEDED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return repository(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write(folder, "crop.py", CROP)
    write(folder, "old/crop.py", CROP)
    write(folder, "plain.py", PLAIN)
    write(folder, "notes.txt", "import numpy")
    write(folder, "pyproject.toml", '[tool.tensorlint]\nexclude = ["old"]\n')
    write(folder, ".flake8", "[flake8]\nexclude = old/*\n")
    return repository(folder)


@pytest.mark.parametrize("hook", ["tensorlint", "tensorlint-fix", "tensorlint-flake8"])
def test_a_hook(checkout: Path, project: Path, hook: str) -> None:
    home = checkout.parent / "pre-commit"  # one for both: each installs the checkout once
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PRE_COMMIT_HOME": str(home),
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
    }

    def run(*files: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pre_commit", "try-repo", str(checkout), hook, "--files", *files]
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=600
        )
        return done.returncode, done.stdout + done.stderr

    status, output = run("crop.py", "old/crop.py", "plain.py", "notes.txt")
    assert status == 1, output
    assert output.count("TAL101") == 1, output
    assert "\ncrop.py:7:5: TAL101 " in output
    assert (project / "crop.py").read_text(encoding="utf-8") == CROP  # its fix is not a safe one
    status, output = run("plain.py", "notes.txt")
    assert status == 0, output
    assert "Passed" in output
