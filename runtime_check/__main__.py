"""``python -m runtime_check [CODE …]``: run the fixtures and prove the rules."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tensorlint.testing import Fixture, FixtureError, default_root, load_fixtures, select_fixtures
from tensorlint.testing.fixture import LIBRARIES

from . import record, report
from .results import ERROR, REFUTED, SKIPPED, FixtureResult
from .supervise import Row, Supervisor


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 when nothing is refuted, 1 when something is, 2 when the question was wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        fixtures = _selected(options.codes, options.library, load_fixtures(options.fixtures), parser)
    except FixtureError as error:
        parser.error(str(error))
    rows = Supervisor(_Progress(len(fixtures)), options.timeout).prove(fixtures, options.device)
    recorded = record.write(rows, options.record) if options.record else ()
    elsewhere = record.elsewhere(fixtures, rows)
    if options.json:
        found = {"rows": [asdict(row) for row in rows], "elsewhere": [asdict(group) for group in elsewhere]}
        print(json.dumps(found, indent=1))
    else:
        report.show(report.table(rows, elsewhere), sys.stdout)
        print(
            "\n".join(
                (
                    *report.places(rows),
                    *report.details(rows),
                    *report.renewals(elsewhere),
                    report.counts(rows),
                )
            )
        )
    for path in recorded:
        print(f"recorded in {path}", file=sys.stderr)
    unmet = _unmet(rows, options.require)
    for line in unmet:
        print(line, file=sys.stderr)
    return int(
        bool(unmet) or any(result.status in (REFUTED, ERROR) for row in rows for result in row.results)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runtime_check",
        description="Runs the fixtures, checks every claim at its line, and shows what is proved where.",
    )
    parser.add_argument(
        "codes", nargs="*", metavar="CODE", help="rules or groups (TAL101, alias) or GROUP/NAME"
    )
    parser.add_argument(
        "--library", action="append", default=[], choices=LIBRARIES, help="only this one's fixtures"
    )
    parser.add_argument(
        "--device", choices=("cpu", "cuda", "auto"), default="auto", help="auto: all that there are"
    )
    parser.add_argument(
        "--require", action="append", default=[], choices=LIBRARIES, help="a skip of it is a failure"
    )
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="SECONDS", help="limit for one fixture"
    )
    parser.add_argument(
        "--fixtures", type=Path, default=default_root(), metavar="DIR", help="another tree of fixtures"
    )
    parser.add_argument("--record", type=Path, metavar="DIR", help="write what was proved to evidence files")
    parser.add_argument("--json", action="store_true", help="print all results as JSON")
    return parser


def _selected(
    codes: Sequence[str],
    libraries: Sequence[str],
    fixtures: Sequence[Fixture],
    parser: argparse.ArgumentParser,
) -> tuple[Fixture, ...]:
    for code in codes:
        if not select_fixtures(fixtures, code):
            known = ", ".join(sorted({fixture.group for fixture in fixtures}))
            parser.error(f"no fixtures for `{code}`; there are: {known or 'none'}")
    chosen = [f for f in fixtures if not codes or f.group in codes or f.name in codes]
    return tuple(f for f in chosen if not libraries or f.library in libraries)


def _unmet(rows: Sequence[Row], required: Sequence[str]) -> list[str]:
    """A required library of which something was skipped, or of which nothing ran at all."""
    lines = []
    for name in required:
        statuses = [result.status for row in rows for result in row.results if row.library == name]
        if SKIPPED in statuses or not statuses:
            lines.append(
                f"REQUIRED {name}: {statuses.count(SKIPPED)} of {len(statuses)} fixtures were skipped"
            )
    return lines


class _Progress:
    """A counter on a terminal; silent elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.shown = sys.stderr.isatty()

    def __call__(self, result: FixtureResult) -> None:
        self.done += 1
        if self.shown:
            end = "\n" if self.done >= self.total else ""
            print(
                f"\r\033[K[{self.done}/{self.total}] {result.name} {result.device}", end=end, file=sys.stderr
            )


if __name__ == "__main__":
    sys.exit(main())
