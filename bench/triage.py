"""Whether the triage loses a finding on real code, and how many units the bounds skip there.

    python -m bench.triage CHECKOUT … [--processes N]

Each file is linted twice: as users have it, with the triage and the bounds on the size of a unit; and whole,
every unit read, the bounds on size off. What is found only the second time was lost by the triage. The bound
on nesting stays, since the parser cannot do without it, and so does the one on the visits of a loop that does
not settle.
"""

from __future__ import annotations

import argparse
import ast
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from bench.checkouts import File, identify, python_files, run_jobs, time_limit
from tensorlint.alias import after, solve
from tensorlint.analysis import Analysis
from tensorlint.finding import Diagnostic
from tensorlint.lint import diagnose
from tensorlint.rule import registry
from tensorlint.source import Source, SourceError, imports_tensors
from tensorlint.syntax import segment
from tensorlint.triage import triage

SECONDS = 300  # for one file, every unit of it
_SIZES = (
    (segment, "MAX_LINES"),
    (segment, "MAX_NODES"),
    (solve, "MOST_WORK"),
    (after, "MOST_POSITIONS"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file: its size, what was skipped and why, and the lines that tell a difference."""

    path: str
    lines: int = 0
    units: int = 0
    kept: int = 0
    skipped: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    failure: str = ""


def compare(job: File) -> Outcome:
    """Lint one file both ways."""
    text = (job.checkout.root / job.path).read_bytes()
    try:
        source = Source.read(text, job.path)
        if not imports_tensors(source.text):
            return Outcome(job.path)
        with time_limit(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _compared(source, ast.parse(source.text))
    except (SourceError, SyntaxError, TimeoutError) as error:
        return Outcome(job.path, failure=f"{type(error).__name__}: {error}")


def _compared(source: Source, tree: ast.Module) -> Outcome:
    rules = [rule for rule in registry() if rule.default_on]
    analysis = Analysis(source, tree)
    kept = triage(source, analysis.outline, analysis.catalog)
    usual = {_line(each) for each in diagnose(analysis, rules)}
    skipped = analysis.left_out()
    with bounds_off():
        whole = Analysis(source, tree)
        every = {_line(each) for each in diagnose(whole, rules, whole.outline.units)}
        if usual != every and skipped:
            usual = {_line(each) for each in diagnose(Analysis(source, tree), rules)}
    return Outcome(
        source.path,
        len(source.lines),
        len(analysis.outline.units),
        len(kept),
        tuple(f"{name}: {why}" for name, why in skipped.items()),
        (
            *(f"lost   {line}" for line in sorted(every - usual)),
            *(f"gained {line}" for line in sorted(usual - every)),
        ),
    )


def _line(each: Diagnostic) -> str:
    return f"{each.line}:{each.column}: {each.one_line}"


@contextmanager
def bounds_off() -> Iterator[None]:
    """No unit is too large."""
    bounds = [patch.object(module, name, sys.maxsize) for module, name in _SIZES]
    for bound in bounds:
        bound.start()
    try:
        yield
    finally:
        for bound in bounds:
            bound.stop()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.triage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkout", type=Path, nargs="+")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    total: Counter[str] = Counter()
    for checkout in map(identify, options.checkout):
        files = python_files(checkout, tests=True)
        jobs = (File(checkout, path) for path in files)
        found = sorted(run_jobs(compare, jobs, options.processes, len(files)), key=lambda each: each.path)
        count = Counter(
            files=sum(each.units > 0 for each in found),
            lines=sum(each.lines for each in found),
            units=sum(each.units for each in found),
            kept=sum(each.kept for each in found),
            skipped=sum(len(each.skipped) for each in found),
            differences=sum(len(each.differences) for each in found),
            failures=sum(bool(each.failure) for each in found),
        )
        _show(checkout.repository, count)
        for each in found:
            for line in (*each.differences, *(f"skipped {unit}" for unit in each.skipped)):
                print(f"  {each.path}: {line}")
            if each.failure:
                print(f"  {each.path}: {each.failure}")
        total += count
    _show("all", total)
    return 1 if total["differences"] else 0


def _show(name: str, count: Counter[str]) -> None:
    units = max(1, count["units"])
    print(
        f"{name}: {count['files']:,} files with tensors, {count['lines']:,} lines, {count['units']:,} units,"
        f" {count['kept'] / units:.1%} read; {count['skipped']} skipped ({count['skipped'] / units:.3%});"
        f" differences: {count['differences']}; not compared: {count['failures']} files",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
