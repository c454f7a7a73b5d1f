"""``python -m runtime_check audit``: every entry of the knowledge tables, called on a battery of inputs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runtime_check.audit import record, report
from runtime_check.audit.row import Verdict
from runtime_check.audit.subjects import SUBJECTS, Subject
from runtime_check.audit.supervise import Audit, Auditor


def main(arguments: Sequence[str], subjects: Sequence[Subject] = SUBJECTS) -> int:
    """Exit status: 0 when nothing is refuted and all was asked, 1 when not, 2 for a wrong question."""
    options = _parser(subjects).parse_args(arguments)
    chosen = [each for each in subjects if not options.library or each.library in options.library]
    progress = _Progress()

    def ended(audit: Audit) -> None:
        if options.record and (path := record.write(audit, options.record)):
            progress.say(f"recorded in {path}")

    audits = Auditor(progress, ended, options.timeout).audit(chosen, options.device)
    progress.say("")
    if options.json:
        print(json.dumps([_plain(audit) for audit in audits], indent=1))
    else:
        for line in (
            *map(report.counts, audits),
            *report.details(audits, options.verbose),
            *report.elsewhere(audits),
        ):
            print(line)
    unmet = list(_unmet(options.require, audits))
    for line in unmet:
        print(line, file=sys.stderr)
    return int(bool(unmet) or any(audit.count(Verdict.REFUTED) or audit.failure for audit in audits))


def _parser(subjects: Iterable[Subject]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime_check audit", description=__doc__)
    names = sorted({subject.library for subject in subjects})
    add = parser.add_argument
    add("--library", action="append", default=[], choices=names, help="only this one's entries")
    add("--require", action="append", default=[], choices=names, help="fails where it is skipped")
    add("--device", choices=("cpu", "cuda", "auto"), default="auto", help="auto: all that there are")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="limit for one entry")
    add("--record", type=Path, metavar="DIR", help="write what was found to DIR/audit")
    add("--verbose", action="store_true", help="name all entries that could not be proved")
    add("--json", action="store_true", help="print all rows as JSON")
    return parser


def _plain(audit: Audit) -> dict[str, Any]:
    return {
        "library": audit.subject.library,
        "backend": audit.subject.backend,
        "device": audit.device,
        "place": asdict(audit.place) if audit.place else None,
        "missing": audit.missing,
        "failure": audit.failure,
        "complete": audit.complete,
        "rows": [row.as_json() for row in audit.rows],
    }


def _unmet(required: Iterable[str], audits: Sequence[Audit]) -> Iterator[str]:
    """What was required and lacks, or was not asked."""
    for name in required:
        asked = [audit for audit in audits if name in (audit.subject.library, audit.lacks)]
        yield from (f"REQUIRED {name}: {audit.missing}" for audit in asked if audit.missing)
        if not asked:
            yield f"REQUIRED {name}: it is not selected"


class _Progress:
    """How far each audit is, on one line of a terminal; silent elsewhere."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], str] = {}
        self.shown = sys.stderr.isatty()

    def __call__(self, audit: Audit) -> None:
        key = (audit.subject.title, audit.device)
        self.lines[key] = f"{' '.join(key)} {len(audit.rows)}/{len(audit.effects)}"
        if len(audit.rows) == len(audit.effects):
            self.lines.pop(key)
        if self.shown:
            print(f"\r\033[K{', '.join(self.lines.values())}", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """A line of its own, over what was shown."""
        if text or self.shown:
            print(f"\r\033[K{text}" if self.shown else text, end="\n" if text else "", file=sys.stderr)
