"""Environments for the tools that are compared: made with pip, below ``build``."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path


class NotInstalled(Exception):
    """A tool that is not there and could not be installed."""


def interpreter(folder: Path) -> Path:
    """The interpreter of the environment in a folder, which is made where there is none."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True, clear=True)
    return python


def install(python: Path | str, *arguments: str, at: Path | None = None) -> None:
    """Let pip install, from the folder ``at``. Raises NotInstalled with what it says last."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    ended = subprocess.run(command, cwd=at, capture_output=True, text=True)
    if ended.returncode:
        last = ended.stderr.strip().splitlines()[-1:] or ["pip failed"]
        raise NotInstalled(last[0])
