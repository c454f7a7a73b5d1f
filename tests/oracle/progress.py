"""A long comparison that can be interrupted: what was counted so far stands in a file and is gone on with."""

from __future__ import annotations

import hashlib
import json
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from runtime_check import programs
from tests.conftest import ROOT
from tests.oracle.backward import Backwards
from tests.oracle.compare import Comparison, Refutation
from tests.oracle.engine import Analyse

SAVE_AFTER = 10.0  # seconds; what is lost when the process is killed
SHOW_AFTER = 1.0


def made_by(library: str) -> str:
    """Names the programs, the engine with its tables, and the comparison: other ones begin anew."""
    folders = (ROOT / "tensorlint", ROOT / "tests" / "oracle")
    files = [file for folder in folders for file in sorted(folder.rglob("*.*"))]
    library = "torch" if library == programs.BACKWARD else library
    texts = [file.read_text("utf-8") for file in files if file.suffix in (".py", ".toml")]
    return hashlib.sha256("\0".join((programs.digest(library), *texts)).encode()).hexdigest()[:16]


def compared(
    library: str, seed: int, count: int, analyse: Analyse, folder: Path, show: bool = True
) -> Comparison:
    """The first ``count`` programs of a seed, those compared before included; fewer after Ctrl-C.

    ``folder`` keeps the counts, and each refutation as a line of JSON.
    """
    kept = Kept(folder, library, seed, show)
    comparison = kept.read(Comparison())
    for traced in kept.watch(comparison, count, partial(programs.run, library, seed)):
        comparison.add(traced, analyse)
    return comparison


def compared_backward(seed: int, count: int, analyse: Analyse, folder: Path, show: bool = True) -> Backwards:
    """The same of the programs with a backward pass."""
    kept = Kept(folder, programs.BACKWARD, seed, show)
    comparison = kept.read(Backwards())
    for ran in kept.watch(comparison, count, partial(programs.run_backward, seed)):
        comparison.add(ran, analyse)
    return comparison


class Counts(Protocol):
    """What a comparison counts."""

    programs: int
    refutations: list[Refutation]


Counted = TypeVar("Counted", bound=Counts)
Shown = TypeVar("Shown")


class Kept:
    """The file with the counts of the first programs of a seed."""

    def __init__(self, folder: Path, library: str, seed: int, show: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.library, self.show = library, show
        self.path = folder / f"{library}-{seed}-{made_by(library)}.counts"

    def read(self, empty: Counted) -> Counted:
        """What was counted before, or nothing yet."""
        found = pickle.loads(self.path.read_bytes()) if self.path.exists() else empty
        assert isinstance(found, type(empty))
        return found

    def watch(
        self, comparison: Counts, count: int, run: Callable[[Iterable[int]], Iterator[Shown]]
    ) -> Iterator[Shown]:
        """The programs that are missing yet, to be counted; the counts are saved as they grow."""
        refuted = self.path.with_suffix(".refuted.jsonl")
        known = len(comparison.refutations)
        saved = time.monotonic()
        with _interruptible() as interrupted:
            for shown in run(range(comparison.programs, count)):
                yield shown
                if len(comparison.refutations) > known or time.monotonic() > saved + SAVE_AFTER:
                    _append(refuted, comparison, known)
                    _save(self.path, comparison)
                    known, saved = len(comparison.refutations), time.monotonic()
                if self.show:
                    _show(self.library, comparison, count)
                if interrupted():
                    break
            _save(self.path, comparison)


def _save(path: Path, comparison: Counts) -> None:
    """Whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_bytes(pickle.dumps(comparison))
    beside.replace(path)


def _append(path: Path, comparison: Counts, known: int) -> None:
    with path.open("a", encoding="utf-8") as lines:
        for found in comparison.refutations[known:]:
            row = {"program": found.index, "construct": found.construct, "story": found.story}
            lines.write(json.dumps(row) + "\n")


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, the first Ctrl-C is only noticed; a second one interrupts."""
    received: list[int] = []

    def notice(number: int, frame: object) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, notice)
    try:
        yield lambda: bool(received)
    finally:
        signal.signal(signal.SIGINT, previous)


_shown = 0.0


def _show(library: str, comparison: Counts, count: int) -> None:
    global _shown
    now = time.monotonic()
    if not sys.stderr.isatty() or (now < _shown + SHOW_AFTER and comparison.programs < count):
        return
    _shown = now
    end = "\n" if comparison.programs == count else ""
    text = f"{library}: {comparison.programs}/{count}, {len(comparison.refutations)} answers refuted"
    print(f"\r{text}", end=end, file=sys.stderr, flush=True)
