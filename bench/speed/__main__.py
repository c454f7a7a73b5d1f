"""Ask how long linting takes: ``python -m bench.speed [--rounds N] [--without pylint] [--record]``."""

from __future__ import annotations

import argparse
import sys

from bench.speed import questions
from bench.speed.answers import RESULTS, Answers, recorded, this_machine
from bench.speed.linters import OPTIONAL
from bench.speed.subjects import Subject, subjects


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each pair runs (default: 3)")
    parser.add_argument(
        "--without", action="append", default=[], choices=sorted(OPTIONAL), help="leave a linter out"
    )
    parser.add_argument("--on", action="append", help="these sources only (torch, keras …)")
    parser.add_argument("--inside", action="store_true", help="show where the time goes, and nothing else")
    parser.add_argument("--record", action="store_true", help=f"write {RESULTS.name} and the picture of it")
    options = parser.parse_args()
    chosen = [each for each in subjects() if options.on is None or each.name in options.on]
    if not chosen:
        parser.error(f"--on: the sources are {', '.join(each.name for each in subjects())}")
    if options.inside:
        return _inside(chosen)
    found = Answers(machine=this_machine())
    failed = [*questions.ask(found, chosen, options.rounds, set(options.without), _say)]
    for part, error in failed:
        print(f"bench: {part}: {error}", file=sys.stderr)
    from rich.console import Console  # after what was measured: a child's peak counts its parent's pages

    from bench.speed import plot, table

    console = Console(width=None if sys.stdout.isatty() else 150)
    for subject in chosen:
        lines, size = subject.size()
        console.print(f"{subject.name}: {len(subject.files)} files, {lines:,} lines, {size / 1e6:.2f} MB")
    table.show(found, recorded(), console)
    if options.record and not failed:
        RESULTS.write_text(found.as_json() + "\n", encoding="utf-8")
        plot.PICTURE.write_text(plot.svg(found), encoding="utf-8")
        print(f"written: {RESULTS.name}, {plot.PICTURE.name}", file=sys.stderr)
    return 1 if failed else 0


def _inside(chosen: list[Subject]) -> int:
    from bench.speed.inside import rooms

    for room, share in rooms([file for subject in chosen for file in subject.files]):
        if share >= 0.005:
            print(f"{share:7.1%}  {room}")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
