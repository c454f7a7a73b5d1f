"""A long comparison that can be interrupted: what was counted so far stands in a file and is gone on with."""

from __future__ import annotations

import hashlib
import json
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime_check import programs
from tests.conftest import ROOT
from tests.oracle.compare import Comparison
from tests.oracle.engine import Analyse

SAVE_AFTER = 10.0  # seconds; what is lost when the process is killed
SHOW_AFTER = 1.0


def made_by(library: str) -> str:
    """Names the programs, the engine with its tables, and the comparison: other ones begin anew."""
    folders = (ROOT / "tensorlint", ROOT / "tests" / "oracle")
    files = [file for folder in folders for file in sorted(folder.rglob("*.*"))]
    texts = [file.read_text("utf-8") for file in files if file.suffix in (".py", ".toml")]
    return hashlib.sha256("\0".join((programs.digest(library), *texts)).encode()).hexdigest()[:16]


def compared(
    library: str, seed: int, count: int, analyse: Analyse, folder: Path, show: bool = True
) -> Comparison:
    """The first ``count`` programs of a seed, those compared before included; fewer after Ctrl-C.

    ``folder`` keeps the counts, and each refutation as a line of JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{library}-{seed}-{made_by(library)}.counts"
    refuted = path.with_suffix(".refuted.jsonl")
    comparison = pickle.loads(path.read_bytes()) if path.exists() else Comparison()
    assert isinstance(comparison, Comparison)
    known = len(comparison.refutations)
    saved = time.monotonic()
    with _interruptible() as interrupted:
        for traced in programs.run(library, seed, range(comparison.programs, count)):
            comparison.add(traced, analyse)
            if len(comparison.refutations) > known or time.monotonic() > saved + SAVE_AFTER:
                _append(refuted, comparison, known)
                _save(path, comparison)
                known, saved = len(comparison.refutations), time.monotonic()
            if show:
                _show(library, comparison, count)
            if interrupted():
                break
        _save(path, comparison)
    return comparison


def _save(path: Path, comparison: Comparison) -> None:
    """Whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_bytes(pickle.dumps(comparison))
    beside.replace(path)


def _append(path: Path, comparison: Comparison, known: int) -> None:
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


def _show(library: str, comparison: Comparison, count: int) -> None:
    global _shown
    now = time.monotonic()
    if not sys.stderr.isatty() or (now < _shown + SHOW_AFTER and comparison.programs < count):
        return
    _shown = now
    end = "\n" if comparison.programs == count else ""
    text = f"{library}: {comparison.programs}/{count}, {len(comparison.refutations)} answers refuted"
    print(f"\r{text}", end=end, file=sys.stderr, flush=True)
