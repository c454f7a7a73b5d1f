"""One process, measured by the operating system when it ends."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

KIB = 1 if sys.platform == "darwin" else 1024  # bytes in one unit of `ru_maxrss`


class Failed(Exception):
    """A measured command ended as it must not; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run with all processes that it started: seconds of CPU, seconds, and bytes at the peak."""

    cpu: float
    wall: float
    peak: int


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several values, and the least and the greatest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1])

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)}-{number(self.high)})"


def number(value: float) -> str:
    """Three digits, so that a ratio of a hundredth is one."""
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def measure(
    command: Sequence[str], environment: Mapping[str, str] | None = None, ends: Sequence[int] = (0, 1)
) -> Sample:
    """Run a command in an empty folder, where no configuration is found.

    Raises Failed where it ends with another status than ``ends``: linters say 1 where they find something.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ends:
            said.seek(0)
            last = said.read().decode(errors="replace").strip()[-600:]
            raise Failed(f"{' '.join(command[:6])} … ended with {process.returncode}: {last}")
    return Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * KIB)
