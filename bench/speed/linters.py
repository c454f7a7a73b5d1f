"""The linters that are compared, and the environments that some of them need."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.environments import NotInstalled, install, interpreter
from bench.speed.measuring import Sample, measure

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
BARE, TENSORLINT, BUGBEAR, RUFF, TORCHFIX, PYLINT = (
    "bare flake8",
    "tensorlint",
    "flake8-bugbear",
    "ruff",
    "TorchFix",
    "pylint",
)
OPTIONAL = {BUGBEAR: "flake8-bugbear", RUFF: "ruff", TORCHFIX: "torchfix", PYLINT: "pylint"}


@dataclass(frozen=True, slots=True)
class Linter:
    """A command that takes files."""

    name: str
    command: tuple[str, ...]
    path: tuple[Path, ...] = ()  # of modules, beside those of its interpreter

    def run(self, files: Sequence[str]) -> Sample:
        environment = {"PYTHONPATH": os.pathsep.join(map(str, self.path)), "PYTHONHASHSEED": "0"}
        return measure((*self.command, *files), environment)


def linter(name: str) -> Linter:
    """A linter, installed below `build/bench` if need be. Raises NotInstalled."""
    if name == RUFF:
        ruff = Path(sys.executable).with_name("ruff")
        if not ruff.exists():
            raise NotInstalled(f"{ruff} is not there: `make test` installs it")
        return Linter(name, (str(ruff), "check", "--isolated", "--no-cache", "--select=NPY,B"))
    if name == PYLINT:
        command = (str(_environment("pylint")), "-m", "pylint", "--rcfile=/dev/null", "--exit-zero")
        return Linter(name, command)
    if name == TORCHFIX:
        return Linter(name, (str(_environment("torchfix")), "-m", "bench.speed.door", "TOR"), (ROOT,))
    plugin = {BARE: "none", TENSORLINT: "TAL", BUGBEAR: "B"}[name]
    beside = _folder("flake8-bugbear", "attrs") if name == BUGBEAR else BUILD / "flake8-bugbear"
    return Linter(name, (sys.executable, "-m", "bench.speed.door", plugin), (ROOT, beside))


def _folder(*packages: str) -> Path:
    """Packages in a folder of their own, for the interpreter and the flake8 that run here."""
    folder = BUILD / packages[0]
    if not folder.exists():
        install(sys.executable, "--no-deps", "--target", str(folder), *packages)
    return folder


def _environment(package: str) -> Path:
    """The interpreter of an environment that holds a package and what it needs."""
    folder = BUILD / package
    python = interpreter(folder)
    if not (folder / "installed").exists():
        install(python, package)
        (folder / "installed").touch()
    return python
