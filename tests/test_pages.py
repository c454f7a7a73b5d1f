"""The pages of the documentation: the site builds without a warning, and what they say to run was run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tensorlint.config import read_settings
from tests.cli.conftest import write
from tests.cli.test_hooks import git, repository
from tests.conftest import CROP, ROOT

DOCS = ROOT / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The blocks of one language on a page, without the indentation of a list."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.finditer(rf"^( *)```{language}\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{match[1]}", "", match[2], flags=re.MULTILINE) for match in found]


def commands(page: str) -> Iterator[list[str]]:
    for block in blocks(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                yield shlex.split(line[2:], comments=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one finding, on a branch called main."""
    write(tmp_path, "crop.py", CROP)
    shutil.copytree(ROOT / "fixtures" / "demo", tmp_path / "fixtures" / "demo")
    repository(tmp_path)
    git(tmp_path, "branch", "-M", "main")
    return tmp_path


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'href="rules/TAL101/"' in first and 'src="terminal.svg"' in first
    assert (tmp_path / "terminal.svg").is_file()
    assert not list(tmp_path.glob("*.py"))


@pytest.mark.parametrize("page", ["adopting.md", "how-it-works.md"])
def test_the_commands_of_a_page_run(page: str, project: Path) -> None:
    ran = list(commands(page))
    assert ran
    for name, *arguments in ran:
        assert name == "tensorlint"
        done = subprocess.run(
            [sys.executable, "-m", "tensorlint", *arguments], cwd=project, capture_output=True, text=True
        )
        assert done.returncode in (0, 1), (arguments, done.stderr)
        assert not done.stderr.startswith(("usage", "tensorlint: error")), done.stderr


@pytest.mark.parametrize("page", ["adopting.md", "configuration.md"])
def test_the_configuration_of_a_page_can_be_read(page: str, tmp_path: Path) -> None:
    from tensorlint.rule import registry

    for block in blocks(page, "toml"):
        settings = read_settings(write(tmp_path, "pyproject.toml", block))
        settings.check({rule.code: rule.default_on for rule in registry()})
        assert settings.choice.select


def test_every_key_stands_on_the_page_about_configuration() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    keys = "profile select ignore enable disable exclude per-file-ignores output-format baseline knowledge"
    assert [key for key in keys.split() if f"`{key}`" not in page] == []


@pytest.mark.parametrize("told", [False, True])
def test_ruff_takes_our_comments_away_unless_it_is_told(told: bool, tmp_path: Path) -> None:
    file = write(tmp_path, "crop.py", "crop = 1  # noqa: TAL101\n")
    write(tmp_path, "pyproject.toml", blocks("ruff.md", "toml")[0] if told else "")
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "RUF100,RUF102", "--fix", "."]
    done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("noqa" in file.read_text(encoding="utf-8")) is told
