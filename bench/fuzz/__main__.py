"""``python -m bench.fuzz``: real files and broken copies of them, through every door of the linter.

A run that was interrupted goes on where it stopped. What went wrong stands in the folder, each with the file
that did it; ``--replay FILE`` tries one again.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import signal
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.checkouts import fingerprint
from bench.fuzz.mutations import mutated
from bench.fuzz.trial import AT_LEAST, LONGEST, TIMES, Trial, attempt
from tensorlint import lint_text
from tensorlint.source import imports_tensors

SAVE_AFTER = 10.0  # seconds; what is lost when the process is killed
LARGEST_MUTATED = 3_000  # bytes: many small files tell more than a few large ones
SELDOM = 5  # files that are full of findings take so many times as long as others
SLOWEST_SHOWN = 5


@dataclass
class Progress:
    """What was tried so far. ``linters`` are the fingerprints of the linters that did it."""

    real: int = 0
    mutated: int = 0
    running: str = ""  # the trial that has begun; it ended its process if it stands here afterwards
    counts: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    bare: dict[str, float] = field(default_factory=dict)
    slowest: list[tuple[float, float, float, str]] = field(default_factory=list)
    linters: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> Progress:
        if not file.exists():
            return cls()
        data: dict[str, Any] = json.loads(file.read_text())
        slowest = [tuple(row) for row in data["slowest"]]
        return cls(**{**data, "counts": Counter(data["counts"]), "slowest": slowest})

    def write(self, file: Path) -> None:
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps(vars(self), indent=1))
        beside.replace(file)

    def add(self, kind: str, name: str, trial: Trial) -> None:
        self.counts.update({f"{kind}: {what}": number for what, number in trial.counts.items()})
        self.counts[f"{kind}: files"] += 1
        self.seconds[kind] = self.seconds.get(kind, 0.0) + trial.seconds
        self.bare[kind] = self.bare.get(kind, 0.0) + trial.bare
        if trial.bare:
            row = (trial.seconds / trial.bound, trial.seconds, trial.bare, name)
            self.slowest = sorted([*self.slowest, row], reverse=True)[:SLOWEST_SHOWN]


def main(argv: list[str] | None = None) -> int:
    """0 when nothing went wrong in all files, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument(
        "folders", nargs="*", type=Path, help="more real files, beside the installed packages"
    )
    parser.add_argument("--real", type=int, default=20_000, help="real files at most (%(default)s)")
    parser.add_argument("--mutated", type=int, default=50_000, help="broken copies (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="results (%(default)s)")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="try these files only")
    options = parser.parse_args(argv)
    if options.replay:
        return _replay(options.replay)
    options.folder.mkdir(parents=True, exist_ok=True)
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    state = options.folder / f"{options.seed}.json"
    progress = Progress.read(state)
    if progress.running:
        progress.wrong[progress.running] = "ended its process"
        progress.running = ""
    if fingerprint() not in progress.linters:
        progress.linters.append(fingerprint())
    files = _real_files(options.folders)
    _try_again(progress, options.folder)
    try:
        _try_all(files, options, progress, state)
    except KeyboardInterrupt:
        print("\ninterrupted: the same command goes on", file=sys.stderr)
    progress.running = ""
    progress.write(state)
    print(_report(progress))
    whole = progress.real >= min(options.real, len(files)) and progress.mutated >= options.mutated
    return int(bool(progress.wrong) or not whole)


def _try_again(progress: Progress, folder: Path) -> None:
    """Forget what went wrong with an earlier state of the linter and goes well with this one."""
    for name in list(progress.wrong):
        path = Path(name.partition(" (")[0])
        if path.exists() and not attempt(path).wrong:
            del progress.wrong[name]
            progress.counts["mended since"] += 1
            if path.parent == folder:
                path.unlink()


def _try_all(files: list[Path], options: argparse.Namespace, progress: Progress, state: Path) -> None:
    trying = _Trying(options, progress, state)
    for path in files[progress.real : options.real]:
        trying.attempt("real", str(path), path)
        progress.real += 1
    small = [path for path in files if path.stat().st_size <= LARGEST_MUTATED and _is_of_tensors(path)]
    weights = [1 / SELDOM if "fixtures" in path.parts else 1.0 for path in small]
    for number in range(progress.mutated, options.mutated):
        random = Random(f"{options.seed}:{number}")
        [original] = random.choices(small, weights)
        text = original.read_bytes().decode("utf-8", "replace")
        data, done = mutated(text, random)
        copy = options.folder / f"{options.seed}-{number}.py"
        copy.write_bytes(data)
        trying.attempt("mutated", f"{copy} ({done} of {original})", copy)
        if f"{copy} ({done} of {original})" not in progress.wrong:
            copy.unlink()
        progress.mutated += 1


class _Trying:
    """Tries one file after another, keeps what was found, and shows how far it is."""

    def __init__(self, options: argparse.Namespace, progress: Progress, state: Path) -> None:
        self.progress = progress
        self.state = state
        self.total = options.real + options.mutated
        self.saved = self.shown = 0.0

    def attempt(self, kind: str, name: str, path: Path) -> None:
        progress = self.progress
        now = time.monotonic()
        progress.running = name
        if now > self.saved + SAVE_AFTER:
            progress.write(self.state)
            self.saved = now
        # What holds up even a signal ends the process; the next run finds it in `running`.
        faulthandler.dump_traceback_later(10 * LONGEST, exit=True, file=sys.__stderr__)
        trial = attempt(path)
        faulthandler.cancel_dump_traceback_later()
        progress.running = ""
        progress.add(kind, name, trial)
        if trial.wrong:
            progress.wrong[name] = "\n".join(f"{what}: {told}" for what, told in trial.wrong)
            progress.write(self.state)
        self._show(now)

    def _show(self, now: float) -> None:
        done = self.progress.real + self.progress.mutated
        if sys.stderr.isatty() and now > self.shown + 0.2:
            self.shown = now
            text = f"{done:,}/{self.total:,} files, {len(self.progress.wrong)} wrong"
            print(f"\r{text}", end="", file=sys.stderr, flush=True)


def _real_files(folders: list[Path]) -> list[Path]:
    """The Python files of the installed packages, the standard library and folders, the smallest first."""
    standard = [path for path in Path(sysconfig.get_path("stdlib")).iterdir() if path.name != "site-packages"]
    roots = [Path(sysconfig.get_path("purelib")), *standard, *folders]
    found = {path for root in roots for path in ([root] if root.suffix == ".py" else root.rglob("*.py"))}
    return sorted(filter(Path.is_file, found), key=lambda path: (path.stat().st_size, path))


def _is_of_tensors(path: Path) -> bool:
    return imports_tensors(path.read_bytes().decode("utf-8", "replace"))


def _replay(paths: list[Path]) -> int:
    wrong = 0
    for path in paths:
        trial = attempt(path)
        wrong += bool(trial.wrong)
        print(f"{path}: {trial.seconds:.2f} s, flake8 {trial.bare:.2f} s, {dict(trial.counts)}")
        for what, told in trial.wrong:
            print(f"  {what}: {told}")
    return int(bool(wrong))


def _report(progress: Progress) -> str:
    lines = [line for kind in ("real", "mutated") for line in _told(progress, kind)]
    lines.append(f"bound: {AT_LEAST} s and {TIMES} times what flake8 takes for a file; the nearest to it:")
    lines += [
        f"  {share:.0%}: {seconds:.2f} s where flake8 takes {bare:.3f} s: {name}"
        for share, seconds, bare, name in progress.slowest
    ]
    lines.append(f"states of the linter that were tried: {', '.join(progress.linters)}")
    lines += [f"{name}\n    " + told.replace("\n", "\n    ") for name, told in progress.wrong.items()]
    mended = progress.counts["mended since"]
    lines.append(f"{len(progress.wrong)} files go wrong; {mended} did with an earlier state of the linter")
    return "\n".join(lines)


def _told(progress: Progress, kind: str) -> Iterator[str]:
    count = {
        name.removeprefix(f"{kind}: "): number for name, number in progress.counts.items() if kind in name
    }
    if not count:
        return
    said = ("of tensors", "findings", "mended", "functions left out", "units", "units skipped")
    counted = ", ".join(f"{name} {count.get(name, 0):,}" for name in said)
    yield f"{kind} files: {count['files']:,}; parsed {count['parsed']:,}, {counted}"
    seconds, bare = progress.seconds[kind], progress.bare[kind]
    yield f"  {seconds:.0f} s where flake8 takes {bare:.0f} s: {seconds / max(bare, 1e-9):.1f} times as long"


def _prepare() -> None:
    """Make this process one that only tries files: what is loaded first does not count for one of them."""
    faulthandler.enable()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lint_text("import numpy as np\n\n\ndef crop(x):\n    y = x[1:]\n    y += 1\n    return x, y\n")
    gc.freeze()
    gc.set_threshold(100_000)


if __name__ == "__main__":
    _prepare()
    sys.exit(main())
