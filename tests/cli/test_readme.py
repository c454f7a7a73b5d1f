"""What the README says of the command line was run as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tensorlint.config import read_settings
from tests.cli.conftest import Tensorlint, write
from tests.cli.test_hooks import repository
from tests.conftest import ROOT

SECTION = (ROOT / "README.md").read_text(encoding="utf-8").partition("## On the command line\n")[2]
CONSOLE = re.search(r"```console\n(.*?)```", SECTION, re.DOTALL)
TOML = re.search(r"```toml\n(.*?)```", SECTION, re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "fixtures" / "demo", tmp_path / "fixtures" / "demo")
    return repository(tmp_path)


def test_the_commands_print_what_is_shown(tensorlint: Tensorlint, checkout: Path) -> None:
    assert CONSOLE
    commands = re.split(r"^\$ ", CONSOLE[1], flags=re.MULTILINE)[1:]
    assert len(commands) == 7
    for command in commands:
        line, _, shown = command.partition("\n")
        name, *arguments = shlex.split(line, comments=True)
        assert name == "tensorlint"
        run = tensorlint(*arguments)
        assert run.status in (0, 1), run.errors
        assert run.output == shown or not shown, line


def test_the_table_can_be_read(checkout: Path) -> None:
    assert TOML
    settings = read_settings(write(checkout, "pyproject.toml", TOML[1]))
    assert settings.choice.profile == "strict"
    assert settings.per_file_ignores == {"tests/*": ("TAL4",)}
