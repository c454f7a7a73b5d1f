"""What the pages about editors, notebooks and continuous integration say was run, as it stands there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tensorlint.toml import read_toml
from tests.cli.conftest import Tensorlint, tensorlint, write
from tests.cli.test_hooks import checkout, repository
from tests.cli.test_notebooks import VIEW, dumped, notebook
from tests.conftest import CROP, ROOT
from tests.test_pages import blocks, commands

__all__ = ["checkout", "tensorlint"]
PAGES = ("ci.md", "editors.md", "notebooks.md")
ANALYSIS = dumped(
    notebook(
        "%matplotlib inline\nimport numpy as np",
        VIEW,
        "%%time\n# the face alone\nface -= face.mean()\n!ls\nphoto, face",
    )
)


def shown(page: str) -> Iterator[tuple[list[str], str]]:
    """Each command of a page, and what it prints there."""
    for block in blocks(page, "console"):
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = command.partition("\n")
            yield shlex.split(line), output


@pytest.mark.parametrize("page", ["ci.md", "notebooks.md"])
def test_commands_print_what_is_shown(page: str, tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "analysis.ipynb", ANALYSIS)
    write(tmp_path, "crop.py", CROP)
    ran = 0
    for (name, *arguments), output in shown(page):
        if name == "tensorlint":
            is_read_by_others = "|" in arguments
            run = tensorlint(*(arguments[: arguments.index("|")] if is_read_by_others else arguments))
            assert run.status in (0, 1), run.errors
            assert run.output == output or not output
            assert not is_read_by_others or len(json.loads(run.output)["diagnostics"]) == 2
            ran += 1
    assert ran == {"ci.md": 3, "notebooks.md": 2}[page]


def pre_commit(folder: Path, home: Path, config: object, *files: str) -> str:
    """What the hooks of a configuration say of files, in a repository of their own."""
    write(folder, ".pre-commit-config.yaml", yaml.safe_dump(config))
    repository(folder)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PRE_COMMIT_HOME": str(home),
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
    }
    command = [sys.executable, "-m", "pre_commit", "run", "--files", *files]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_the_recipes_for_pre_commit(checkout: Path, tmp_path: Path) -> None:
    """As they stand on the page, but for where the repositories are: nothing is fetched from elsewhere."""
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "analysis.ipynb", ANALYSIS)
    own, flake8 = (yaml.safe_load(block) for block in blocks("ci.md", "yaml")[:2])
    commit = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    revision = subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip()
    own["repos"][0] |= {"repo": str(checkout), "rev": revision}
    [hook] = flake8["repos"][0].pop("hooks")
    [plugin] = hook["additional_dependencies"]
    dependencies = ["flake8", plugin.replace("git+https://example.org/tensorlint", checkout.as_uri())]
    hook |= {"name": "flake8", "entry": "flake8", "language": "python", "types": ["python"]}
    hook["additional_dependencies"] = dependencies
    config = {"repos": [*own["repos"], {"repo": "local", "hooks": [hook]}]}
    said = pre_commit(tmp_path, checkout.parent / "pre-commit-pages", config, "crop.py", "analysis.ipynb")
    assert said.count("\ncrop.py:7:5: TAL101 ") == 2, said
    assert said.count("analysis.ipynb:cell_3:3:1: TAL101 ") == 1, said


def test_extras_that_are_named_exist() -> None:
    project = read_toml((ROOT / "pyproject.toml").read_bytes())["project"]
    named = {
        extra
        for page in PAGES
        for name, *arguments in commands(page)
        if name == "pip"
        for extra in re.findall(r"\[(\w+)\]", " ".join(arguments))
    }
    assert named == {"lsp", "notebooks"}
    assert named <= set(project["optional-dependencies"])


def test_settings_of_editors_can_be_read_and_start_the_server() -> None:
    _, code = (json.loads(block) for block in blocks("editors.md", "json"))
    assert code["flake8.severity"] == {"TAL": "Warning"}
    [helix] = (read_toml(block.encode()) for block in blocks("editors.md", "toml"))
    server = helix["language-server"]["tensorlint"]
    assert [server["command"], *server["args"]] == ["tensorlint", "server"]
    assert "tensorlint" in helix["language"][0]["language-servers"]
    for language in ("lua", "elisp"):
        [block] = blocks("editors.md", language)
        assert re.search(r'"tensorlint",? "server"', block)
        assert block.count("(") == block.count(")")
        assert block.count("{") == block.count("}")
