"""The command line, run in the process of the tests or in one of its own, in a folder of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from tensorlint.cli import main

PLACE = "7:5: TAL101"
PLAIN = "import numpy as np\n\nprint(np.arange(3))\n"


@dataclass(frozen=True)
class Run:
    status: int
    output: str
    errors: str

    @property
    def places(self) -> list[str]:
        """`name:line:column: CODE` of every line of the concise format."""
        return [" ".join(line.split(" ")[:2]) for line in self.output.splitlines()]


class Tensorlint(Protocol):
    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Run: ...


class Process(Protocol):
    def __call__(
        self, *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Run: ...


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def tensorlint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Tensorlint:
    """Run the command in this process, with `tmp_path` as the current folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Run:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        captured = capfd.readouterr()
        return Run(status, captured.out, captured.err)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Process:
    """Run `python -m tensorlint` in a process of its own."""

    def run(*arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "tensorlint", *map(str, arguments)],
            cwd=tmp_path,
            input=stdin,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
            capture_output=True,
            timeout=120,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
