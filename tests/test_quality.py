"""ruff and the strict type checker are tests like the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

CHECKS = {
    "ruff": ["ruff", "check", "--no-cache", "--output-format", "concise", "."],
    "mypy": ["mypy", "--strict", "--no-error-summary", "tensorlint", "runtime_check"],
}


@pytest.mark.parametrize("tool", CHECKS)
def test_finds_nothing(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *CHECKS[tool]], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
