"""What a user gets: the wheel, installed into an empty environment with nothing but its own dependencies."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

CONSTRAINTS = ROOT / "constraints.txt"
TENSOR_LIBRARIES = {"numpy", "torch", "tensorflow", "tensorflow-cpu", "keras", "jax", "triton", "numba"}

CROP = """\
import numpy as np

image = np.arange(16.0).reshape(4, 4)
patch = image[1:3, 1:3]
größe = patch.size; patch += 1
print(image, patch)
"""


def run(*command: str | Path, cwd: Path, status: int = 0) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built as `pip install .` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, ROOT, cwd=folder)
    [built] = folder.glob("tensorlint-*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("user")
    venv.create(folder / "env", with_pip=True)
    interpreter = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(interpreter, "-m", "pip", "install", "-c", CONSTRAINTS, wheel, cwd=folder)
    return interpreter


def test_the_wheel_holds_all_that_is_needed_to_run(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("tensorlint", "runtime_check"):
        sources = (
            path for path in (ROOT / package).rglob("*") if path.suffix in {".py", ".toml", ".typed", ".json"}
        )
        expected = {path.relative_to(ROOT).as_posix() for path in sources}
        assert len(expected) > 5
        assert expected <= names
    fixtures = {
        f"runtime_check/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob("fixtures/TAL*/*.py")
    }
    assert len(fixtures) > 11
    assert fixtures <= names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tensorlint", "runtime_check"}


def test_the_wheel_says_who_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    text = archive.read(metadata).decode()
    assert "License-Expression: MIT" in text
    assert "Requires-Python: >=3.10" in text
    assert any(name.endswith("/LICENSE") for name in archive.namelist())


def test_plain_flake8_reports_line_and_column(python: Path, tmp_path: Path) -> None:
    (tmp_path / "crop.py").write_text(CROP, encoding="utf-8")
    output = run(python, "-m", "flake8", "--extend-ignore", "E702", "crop.py", cwd=tmp_path, status=1)
    assert [line.split()[:2] for line in output.splitlines()] == [["crop.py:5:21:", "TAL101"]]


def test_the_command_reports_the_same(python: Path, tmp_path: Path) -> None:
    (tmp_path / "crop.py").write_text(CROP, encoding="utf-8")
    command = python.with_name("tensorlint.exe" if sys.platform == "win32" else "tensorlint")
    output = run(command, "check", "--output-format", "concise", "crop.py", cwd=tmp_path, status=1)
    assert [line.split()[:2] for line in output.splitlines()] == [["crop.py:5:21:", "TAL101"]]


def test_version_names_tensorlint(python: Path, tmp_path: Path) -> None:
    assert re.search(r"tensorlint: \d+\.\d+", run(python, "-m", "flake8", "--version", cwd=tmp_path))


def test_no_tensor_library_is_installed(python: Path, tmp_path: Path) -> None:
    listed = run(python, "-m", "pip", "list", "--format", "freeze", cwd=tmp_path)
    installed = {line.partition("==")[0].lower() for line in listed.splitlines()}
    assert "tensorlint" in installed
    assert not installed & TENSOR_LIBRARIES


def test_the_oracle_finds_its_fixtures(python: Path, tmp_path: Path) -> None:
    code = "from tensorlint.testing import load_fixtures; print(len(load_fixtures()))"
    assert int(run(python, "-c", code, cwd=tmp_path)) > 11
