"""What the linter says about public code, and whether it is right.

    python -m bench.verdicts CHECKOUT … [--out bench/verdicts] [--show] [--unread] [--rule CODE] [--context N]

One file per repository, one line per finding: ``place`` (``repository@revision:path:line``), ``rule``,
``message``, and the reader's part: ``effect`` (``"real"`` or ``"not"``: does the write reach what the message
says?), ``telling`` (``"yes"`` or ``"no"``: would the author want to know?) and ``reason``. Before anybody has
read it they are null.

A verdict survives a rerun when the finding is the same: path, rule, and the text of its line (kept as a
digest, since other people's code does not belong here). A finding that was judged and is no longer reported
stays with ``"reported": false``, so that losing a true one is seen, and comes back with its verdict.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import checkouts
from bench.checkouts import Checkout, Report

Record = dict[str, Any]
Linter = Callable[[bytes, str], list[Report]]


@dataclass(frozen=True, slots=True)
class Job:
    """One file of one checkout."""

    checkout: Checkout
    path: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What linting one file gave."""

    path: str
    records: tuple[Record, ...]
    lines: int
    tensors: bool
    seconds: float
    failure: str | None


def examine(job: Job, lint: Linter = checkouts.lint) -> Outcome:
    """Lint one file; a failure of the linter is a result."""
    data = (job.checkout.root / job.path).read_bytes()
    text = checkouts.text_lines(data)
    started = time.perf_counter()
    failure = None
    reports: list[Report] = []
    try:
        reports = lint(data, job.path)
    except Exception as error:
        failure = repr(error)
    seconds = time.perf_counter() - started
    for report in reports:
        if report.code == "TAL000":
            failure = failure or f"TAL000 {report.message}"
    records = tuple(
        {
            "place": job.checkout.place(job.path, report.line),
            "column": report.column,
            "rule": report.code,
            "message": report.message,
            "effect": None,
            "telling": None,
            "reason": None,
            "reported": True,
            "line": checkouts.line_key(text[report.line - 1]) if report.line <= len(text) else "",
        }
        for report in reports
        if report.code != "TAL000"
    )
    return Outcome(job.path, records, len(text), checkouts.imports_tensors(data), seconds, failure)


def path_of(record: Record) -> str:
    return str(record["place"]).split(":", 1)[1].rsplit(":", 1)[0]


def line_of(record: Record) -> int:
    return int(str(record["place"]).rsplit(":", 1)[1])


def merge(new: Iterable[Record], earlier: Iterable[Record]) -> list[Record]:
    """The new findings with the earlier verdicts; judged ones that are gone stay, marked."""
    waiting: defaultdict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for record in earlier:
        waiting[path_of(record), record["rule"], record["line"]].append(record)
    merged = []
    for record in new:
        same = waiting[path_of(record), record["rule"], record["line"]]
        if same:
            kept = same.pop(0)
            record = record | {key: kept[key] for key in ("effect", "telling", "reason")}
        merged.append(record)
    gone = (record for records in waiting.values() for record in records if record["effect"] is not None)
    merged.extend(record | {"reported": False} for record in gone)
    return sorted(merged, key=lambda r: (path_of(r), line_of(r), r["column"], r["rule"], not r["reported"]))


def update(
    checkout: Checkout, folder: Path, processes: int, *, tests: bool, lint: Linter | None = None
) -> tuple[list[Record], list[Outcome]]:
    """Lint a checkout and bring its verdict file up to date."""
    jobs = [Job(checkout, path) for path in checkouts.python_files(checkout, tests=tests)]
    function = examine if lint is None else partial(examine, lint=lint)
    outcomes = sorted(checkouts.run_jobs(function, jobs, processes, len(jobs)), key=lambda o: o.path)
    file = folder / f"{checkout.name}.jsonl"
    new = (record for outcome in outcomes for record in outcome.records)
    records = merge(new, checkouts.read_lines(file))
    checkouts.write_lines(file, records)
    return records, outcomes


def summary(checkout: Checkout, records: list[Record], outcomes: list[Outcome]) -> str:
    """Counts by rule and verdict, findings per 10,000 lines of tensor files, failures, and time."""
    reported = [record for record in records if record["reported"]]
    lines = sum(outcome.lines for outcome in outcomes)
    tensor_lines = sum(outcome.lines for outcome in outcomes if outcome.tensors)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    rate = 10_000 * len(reported) / tensor_lines if tensor_lines else 0.0
    rows = [
        f"{checkout.repository}@{checkout.revision[:12]}: {len(outcomes)} files, {lines} lines",
        f"  {sum(o.seconds for o in outcomes):.1f} s, longest {slowest.seconds:.1f} s ({slowest.path})",
        f"  {len(reported)} findings, {rate:.2f} per 10,000 of {tensor_lines} lines in files with tensors",
    ]
    for rule, count in sorted(Counter(record["rule"] for record in reported).items()):
        rows.append(f"  {rule} {count:>4}: {_judged([r for r in reported if r['rule'] == rule])}")
    lost = [record for record in records if not record["reported"]]
    if lost:
        rows.append(f"  no longer reported: {_judged(lost)}")
    rows.extend(f"  FAILED {o.path}: {o.failure}" for o in outcomes if o.failure)
    return "\n".join(rows)


def _judged(records: list[Record]) -> str:
    effect = Counter(record["effect"] for record in records)
    telling = Counter(record["telling"] for record in records)
    judged = f"effect real {effect['real']}, not {effect['not']}"
    return f"{judged}; worth telling {telling['yes']}, not {telling['no']}; unread {effect[None]}"


def show(checkout: Checkout, record: Record, context: int) -> Iterator[str]:
    """One finding with the source around it."""
    path, line = path_of(record), line_of(record)
    yield f"\n=== {record['place']}:{record['column']}  {record['rule']} {record['message']}"
    if record["effect"] is not None:
        yield f"    {record['effect']}, telling: {record['telling']}: {record['reason']}"
    text = checkouts.text_lines((checkout.root / path).read_bytes())
    for number in range(max(1, line - context), min(len(text), line + context) + 1):
        yield f"{number:>6} {'>' if number == line else ' '} {text[number - 1]}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.verdicts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkout", type=Path, nargs="+")
    parser.add_argument(
        "--out", type=Path, default=checkouts.HERE / "verdicts", help="folder of the verdict files"
    )
    parser.add_argument("--show", action="store_true", help="print the findings with their source")
    parser.add_argument("--unread", action="store_true", help="show only those without a verdict")
    parser.add_argument("--rule", action="append", help="show only this rule (may be repeated)")
    parser.add_argument("--context", type=int, default=8, metavar="N", help="lines around a finding")
    parser.add_argument("--sample", type=int, metavar="N", help="show a random N per rule")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-tests", action="store_true", help="leave test files out")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    failures = 0
    chosen: defaultdict[str, list[tuple[Checkout, Record]]] = defaultdict(list)
    for checkout in sorted(
        map(checkouts.identify, options.checkout), key=lambda checkout: checkout.repository
    ):
        records, outcomes = update(checkout, options.out, options.processes, tests=not options.no_tests)
        print(summary(checkout, records, outcomes))
        failures += sum(outcome.failure is not None for outcome in outcomes)
        for record in records:
            wanted = record["reported"] and (options.rule is None or record["rule"] in options.rule)
            if wanted and not (options.unread and record["effect"] is not None):
                chosen[record["rule"]].append((checkout, record))
    for _, findings in sorted(chosen.items() if options.show else ()):
        if options.sample is not None and options.sample < len(findings):
            findings = random.Random(options.seed).sample(findings, options.sample)
        for checkout, record in findings:
            print("\n".join(show(checkout, record, options.context)))
    print(f"files on which the linter failed: {failures}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
