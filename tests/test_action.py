"""The action for GitHub: its steps are run as shell in a scratch repository, as a runner would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import PLAIN, write
from tests.cli.test_hooks import checkout, repository
from tests.cli.test_notebooks import PHOTO
from tests.conftest import CROP, ROOT

__all__ = ["checkout"]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+) \}\}")


@dataclass
class Runner:
    """Runs the steps with what a workflow hands them."""

    folder: Path
    checkout: Path
    project: Path
    outputs: dict[str, str] = field(default_factory=dict)

    def step(self, number: int, inputs: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
        step = ACTION["runs"]["steps"][number]
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # what a workflow is handed is data, and never part of the script
        values = {f"inputs.{name}": each["default"] for name, each in ACTION["inputs"].items()}
        values |= {f"inputs.{name}": value for name, value in inputs.items()}
        values |= {f"steps.install.outputs.{name}": value for name, value in self.outputs.items()}
        values["github.action_path"] = str(self.checkout)
        output = write(self.folder, "output", "")
        given = {name: EXPRESSION.sub(lambda m: values[m[1]], text) for name, text in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.project,
            env={
                **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
                "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_OUTPUT": str(output),
                **given,
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.outputs |= dict(line.split("=", 1) for line in output.read_text().splitlines())
        return done


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write(folder, "src/crop.py", CROP)
    write(folder, "src/a.ipynb", PHOTO)
    write(folder, "other/plain.py", PLAIN)
    return repository(folder)


@pytest.fixture(scope="module")
def runner(checkout: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Tensorlint is installed from the checkout of the action."""
    made = Runner(tmp_path_factory.mktemp("runner"), checkout, project)
    done = made.step(0)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def test_findings_are_annotations(runner: Runner) -> None:
    done = runner.step(1)
    assert done.returncode == 1
    titles = [line.partition(",line")[0].partition("::a.ipynb")[0] for line in done.stdout.splitlines()]
    assert [title.partition("::src")[0] for title in titles] == [
        "::warning title=TAL101 (write-through-view),file=src/a.ipynb",
        "::warning title=TAL101 (write-through-view),file=src/crop.py",
    ]


def test_a_cache_that_the_checkout_brings_is_not_believed(runner: Runner) -> None:
    cache = runner.project / ".tensorlint_cache"
    check = [f"{runner.outputs['bin']}/tensorlint", "check", "--exit-zero", "."]
    try:
        subprocess.run(check, cwd=runner.project, check=True, capture_output=True, timeout=300)
        entries = list(cache.glob("*.json"))
        for entry in entries:
            entry.write_text("[[], []]", encoding="ascii")
        again = subprocess.run(
            check, cwd=runner.project, check=True, capture_output=True, text=True, timeout=300
        )
        assert entries and "src/crop.py" not in again.stdout  # a forged entry would hide it
        assert "file=src/crop.py" in runner.step(1).stdout
    finally:
        shutil.rmtree(cache)


def test_paths_and_arguments_are_several_words(runner: Runner) -> None:
    assert runner.step(1, {"paths": "other src/a.ipynb"}).stdout.count("::warning") == 1
    done = runner.step(1, {"paths": "other src", "args": "--exit-zero --ignore TAL101"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = runner.step(1, {"args": "--new-from-rev HEAD"})
    assert (done.returncode, done.stdout) == (0, "")
    done = runner.step(1, {"args": "; touch made; $(touch made)"})
    assert done.returncode == 2
    assert not (runner.project / "made").exists()


def test_a_report_for_code_scanning(runner: Runner) -> None:
    report = runner.folder / "a report.sarif"
    done = runner.step(
        1, {"output-format": "sarif", "output-file": str(report), "args": "--exit-zero", "paths": "src"}
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert len(json.loads(report.read_text(encoding="utf-8"))["runs"][0]["results"]) == 2


def test_a_version_from_an_index(runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is a folder with the wheel of this checkout."""
    wheels = tmp_path / "wheels"
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "-w",
        str(wheels),
        str(runner.checkout),
    ]
    subprocess.run(build, check=True, cwd=tmp_path, timeout=300)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    fresh = Runner(tmp_path, tmp_path / "nowhere", runner.project)
    assert fresh.step(0, {"version": "99.9"}).returncode != 0
    done = fresh.step(0, {"version": "0.1.0"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert fresh.step(1, {"paths": "src/crop.py"}).returncode == 1


def test_the_page_has_the_inputs_of_the_action() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    for name, each in ACTION["inputs"].items():
        default = f"`{each['default']}`" if each["default"] else ""
        assert re.search(rf"^\| `{name}` \| {re.escape(default)} *\| ", page, re.MULTILINE), name


def uses(step: Mapping[str, Any]) -> str:
    return str(step.get("uses", "")).partition("@")[0]


def test_the_workflows_of_the_page_hand_the_action_what_it_takes() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    jobs = [job for block in blocks for job in block.get("jobs", {}).values()]
    ours = [step for job in jobs for step in job["steps"] if uses(step) == "OWNER/tensorlint"]
    assert len(ours) == 2
    for step in ours:
        assert set(step["with"]) <= set(ACTION["inputs"])
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    known = {hook["id"] for hook in hooks} | {"flake8"}
    used = [hook["id"] for block in blocks for repo in block.get("repos", ()) for hook in repo["hooks"]]
    assert used == ["tensorlint", "flake8"]
    assert set(used) <= known
    [gitlab] = [block["tensorlint"] for block in blocks if "tensorlint" in block]
    assert gitlab["artifacts"]["reports"]["codequality"] in gitlab["script"][1]
