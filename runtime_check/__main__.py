"""``python -m runtime_check [CODE …]``: run the fixtures and prove the rules."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tensorlint.testing import Fixture, FixtureError, load_fixtures, select_fixtures
from tensorlint.testing.fixture import LIBRARIES

from . import claims_table, record, report
from .audit import command
from .options import add_options
from .results import ERROR, REFUTED, FixtureResult
from .supervise import Supervisor


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 when nothing is refuted, 1 when something is, 2 when the question was wrong."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["claims"]:
        return claims_table.main(given[1:])
    if given[:1] == ["audit"]:
        return command.main(given[1:])
    parser = _parser()
    options = parser.parse_args(given)
    try:
        fixtures = _selected(options, load_fixtures(options.fixtures))
    except (FixtureError, _UsageError) as error:
        parser.error(str(error))
    rows = Supervisor(_Progress(sum(len(f.backends) or 1 for f in fixtures)), options.timeout).prove(
        fixtures, options.device
    )
    for path in record.write(rows, options.record) if options.record else ():
        print(f"recorded in {path}", file=sys.stderr)
    elsewhere = record.elsewhere(fixtures, rows)
    if options.json:
        found = {"rows": [asdict(row) for row in rows], "elsewhere": [asdict(group) for group in elsewhere]}
        print(json.dumps(found, indent=1))
    else:
        report.show(report.table(rows, elsewhere), sys.stdout)
        for lines in (report.places(rows), report.details(rows), report.renewals(elsewhere)):
            for line in lines:
                print(line)
        print(report.counts(rows))
    results = [result for row in rows for result in row.results]
    unmet = list(_unmet(options.require, fixtures, results))
    for line in unmet:
        print(line, file=sys.stderr)
    return int(bool(unmet) or any(result.status in (REFUTED, ERROR) for result in results))


class _UsageError(ValueError):
    """A question that has no answer; the message is for the command line."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runtime_check",
        description="Runs the fixtures, checks every claim at its line, and shows what is proved where.",
        epilog="`python -m runtime_check claims` decides again what people say about tensor copies, "
        "`python -m runtime_check audit` calls every entry of the knowledge tables.",
    )
    add = parser.add_argument
    add("codes", nargs="*", metavar="CODE", help="rules or groups (TAL101, alias) or GROUP/NAME")
    add("--library", action="append", default=[], choices=LIBRARIES, help="only this one's fixtures")
    add("--device", choices=("cpu", "cuda", "auto"), default="auto", help="auto: all that there are")
    add_options(parser, recorded="what was proved to evidence files")
    add("--json", action="store_true", help="print all results as JSON")
    return parser


def _selected(options: argparse.Namespace, fixtures: Sequence[Fixture]) -> tuple[Fixture, ...]:
    """The fixtures that are asked for. Raises _UsageError for unknown names and for an empty choice."""
    groups = ", ".join(sorted({fixture.group for fixture in fixtures})) or "none"
    for code in options.codes:
        if not select_fixtures(fixtures, code):
            raise _UsageError(f"no fixtures for `{code}`; there are: {groups}")
    required = {*LIBRARIES, *(need for fixture in fixtures for need in fixture.needs)}
    for name in options.require:
        if name not in required:
            raise _UsageError(f"nothing can require `{name}`; known: {', '.join(sorted(required))}")
    named = [f for f in fixtures if not options.codes or f.group in options.codes or f.name in options.codes]
    chosen = tuple(f for f in named if not options.library or f.library in options.library)
    if not chosen:
        raise _UsageError(f"no fixtures of this selection in {options.fixtures}")
    return chosen


def _unmet(
    required: Sequence[str], fixtures: Sequence[Fixture], results: Sequence[FixtureResult]
) -> Iterator[str]:
    """What was required and lacks, or that nothing used."""
    for name in required:
        lacking = [result.name for result in results if result.lacks == name]
        using = {f.name for f in fixtures if name in (*f.libraries, *f.backends, *f.needs)}
        if lacking:
            yield f"REQUIRED {name}: {len(lacking)} fixtures were skipped for lack of it"
        elif not using:
            yield f"REQUIRED {name}: no selected fixture uses it"
        elif using.isdisjoint(result.name for result in results):
            yield f"REQUIRED {name}: the selected fixtures that use it run on another device"


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
                f"\r\033[K[{self.done}/{self.total}] {result.name} {result.backend or result.device}",
                end=end,
                file=sys.stderr,
            )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no worker goes on alone
    sys.exit(main())
