"""What was measured, as rows and a curve; the same as text, for `bench/results.json`."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.speed.measuring import Spread

RESULTS = Path(__file__).resolve().parents[1] / "results.json"
_PACKAGES = ("tensorlint", "flake8", "libcst", "torch", "keras", "jax", "numpy")


@dataclass(frozen=True, slots=True)
class Question:
    """What a ratio says, what is promised of it, and what would be better still; none where it only tells."""

    name: str
    promise: float | None = None
    wish: float | None = None


CONTROL = Question("CPU over bare flake8, no tensors", 1.10, 1.03)
TENSORS = Question("CPU over bare flake8", 2.0, 1.3)
BUGBEAR = Question("CPU over flake8-bugbear", 1.0, 0.6)
RUFF = Question("CPU over ruff")
TORCHFIX = Question("CPU over TorchFix", 0.10, 0.06)
PYLINT = Question("CPU over pylint")
MEMORY = Question("peak memory over bare flake8", 2.5, 1.5)
WARM = Question("warm cache over ast.parse", 0.2, 0.1)
GROWTH = Question("time per line, longest file over shortest", 1.25, 1.0)
PROCESSES = Question("wall time of two processes over one", 0.6, 0.55)
QUESTIONS = (CONTROL, TENSORS, BUGBEAR, TORCHFIX, PYLINT, RUFF, MEMORY, WARM, GROWTH, PROCESSES)


@dataclass(frozen=True, slots=True)
class Row:
    """The answer to one question on one subject; without a spread, why there is none."""

    question: str
    subject: str
    spread: Spread | None
    why: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.question, self.subject


@dataclass(slots=True)
class Answers:
    """One run of the bench."""

    machine: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    seconds: dict[str, dict[str, Spread]] = field(default_factory=dict)  # subject -> linter -> CPU
    growth: dict[int, Spread] = field(default_factory=dict)  # lines -> milliseconds for 1,000 of them

    def as_json(self) -> str:
        rows = [
            {"question": row.question, "subject": row.subject, "spread": _listed(row.spread), "why": row.why}
            for row in self.rows
        ]
        seconds = {
            subject: {name: _listed(spread) for name, spread in linters.items()}
            for subject, linters in self.seconds.items()
        }
        growth = {str(lines): _listed(spread) for lines, spread in self.growth.items()}
        return json.dumps(
            {"machine": self.machine, "rows": rows, "seconds": seconds, "growth": growth}, indent=1
        )

    @classmethod
    def of_json(cls, text: str) -> Answers:
        data: dict[str, Any] = json.loads(text)
        return cls(
            machine=data["machine"],
            rows=[Row(r["question"], r["subject"], _spread(r["spread"]), r["why"]) for r in data["rows"]],
            seconds={
                subject: {name: Spread(*values) for name, values in linters.items()}
                for subject, linters in data["seconds"].items()
            },
            growth={int(lines): Spread(*values) for lines, values in data["growth"].items()},
        )

    def of(self, question: Question) -> Iterator[Row]:
        return (row for row in self.rows if row.question == question.name)


def recorded() -> Answers:
    """The last run that was recorded; an empty one where there is none."""
    return Answers.of_json(RESULTS.read_text()) if RESULTS.exists() else Answers()


def this_machine() -> dict[str, str]:
    """What the seconds depend on; ratios depend on it less."""
    versions = {name: metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "system": f"{sys.platform} {platform.machine()}", **versions}


def _listed(spread: Spread | None) -> list[float] | None:
    if spread is None:
        return None
    return [float(f"{value:.4g}") for value in (spread.median, spread.low, spread.high)]


def _spread(values: list[float] | None) -> Spread | None:
    return Spread(*values) if values is not None else None
