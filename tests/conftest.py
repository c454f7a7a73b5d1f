"""Real flake8 processes, and linting in a process of its own with a time limit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What a door is tried with: TAL101 at the seventh line, from its fifth column on.
CROP = """\
import numpy as np


def crop():
    image = np.arange(16.0).reshape(4, 4)
    patch = image[1:3, 1:3]
    patch -= patch.mean()
    return image, patch
"""
ROW = """\
import numpy as np


def scaled(image):
    image = np.asarray(image, dtype=float).copy()
    row = image[0]
    row -= row.mean()
    return image, row
"""

REPORT = re.compile(r"^(?P<path>.*?):(?P<line>\d+):(?P<column>\d+): (?P<code>[A-Z]+\d+) (?P<message>.*)$")


@dataclass(frozen=True)
class Report:
    """One line of flake8's output; `column` counts from 1, as flake8 shows it."""

    path: str
    line: int
    column: int
    code: str
    message: str

    @property
    def place(self) -> tuple[str, int, int]:
        return self.code, self.line, self.column


@dataclass(frozen=True)
class Flake8Run:
    status: int
    output: str
    errors: str

    @property
    def reports(self) -> list[Report]:
        """Every line of output, each of which must be a report."""
        matches = [(line, REPORT.match(line)) for line in self.output.splitlines()]
        strangers = [line for line, match in matches if match is None]
        assert not strangers, f"flake8 printed something else:\n{self.output}\n{self.errors}"
        return [
            Report(m["path"], int(m["line"]), int(m["column"]), m["code"], m["message"])
            for _, m in matches
            if m
        ]

    @property
    def places(self) -> list[tuple[str, int, int]]:
        return [report.place for report in self.reports]


class Flake8(Protocol):
    def __call__(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        select: str = "TAL",
    ) -> Flake8Run: ...


@pytest.fixture
def flake8(tmp_path: Path) -> Flake8:
    """Run flake8 in `tmp_path` with the interpreter of the tests, reading only configuration found there."""

    def run(
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        select: str = "TAL",
    ) -> Flake8Run:
        command = [sys.executable, "-m", "flake8", *([f"--select={select}"] if select else []), *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            input=stdin if stdin is not None else b"",
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
            capture_output=True,
            timeout=120,
        )
        return Flake8Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


LINT = """
import json, sys
import tensorlint
from tensorlint.source import SourceError
found, error = [], None
try:
    found = tensorlint.lint_text(sys.stdin.buffer.read(), "input.py")
except (SourceError, SyntaxError) as raised:  # what lint_text promises to raise, and nothing else
    error = str(raised)
heavy = sorted(name for name in ("libcst", "numpy", "torch") if name in sys.modules)
print(json.dumps([[[d.code, d.line, d.column, d.message] for d in found], error, heavy]))
"""


@dataclass(frozen=True)
class Linted:
    """What `lint_text` said, or raised for what is no Python, and the heavy modules that it imported."""

    diagnostics: list[tuple[str, int, int, str]]
    error: str | None
    imported: list[str]

    @property
    def places(self) -> list[tuple[str, int, int]]:
        """The diagnostics of a text that could be read."""
        assert self.error is None, self.error
        return [(code, line, column) for code, line, column, _ in self.diagnostics]


class Lint(Protocol):
    def __call__(self, source: str | bytes, *, seconds: float = 60, hash_seed: str = "0") -> Linted: ...


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """Run `lint_text` on bytes in a fresh process: an exception or a hang fails the test."""

    def run(source: str | bytes, *, seconds: float = 60, hash_seed: str = "0") -> Linted:
        done = subprocess.run(
            [sys.executable, "-c", LINT],
            cwd=tmp_path,
            input=source.encode() if isinstance(source, str) else source,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        diagnostics, error, imported = json.loads(done.stdout)
        return Linted([tuple(diagnostic) for diagnostic in diagnostics], error, imported)

    return run
