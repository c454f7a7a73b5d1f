"""What the linter says about public code.

    python -m bench.verdicts CHECKOUT … [--out bench/verdicts] [--no-tests] [--processes N]

One file per repository, one line per finding: ``place`` (``repository@revision:path:line``), ``column``,
``rule``, ``message``, ``confidence``, and ``verdicts``: what each reader says of it (`bench.readers`), empty
before anybody has read it. ``linted.jsonl`` beside them says what was linted: one line per repository.

A verdict survives a rerun when the finding is the same: path, rule, and the text of its line (kept as a
digest, since other people's code does not belong here). A finding that was judged and is no longer reported
stays with ``"reported": false``, so that losing a true one is seen, and comes back with its verdicts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import checkouts
from bench.checkouts import Checkout, File, Report

Record = dict[str, Any]
Linter = Callable[[bytes, str], list[Report]]
FOLDER = checkouts.HERE / "verdicts"
LINTED = "linted.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What linting one file gave."""

    path: str
    records: tuple[Record, ...]
    lines: int
    tensors: bool
    seconds: float
    failure: str | None


def examine(job: File, lint: Linter = checkouts.lint) -> Outcome:
    """Lint one file; a failure of the linter is a result. A file that is no Python 3 has no findings."""
    data = (job.checkout.root / job.path).read_bytes()
    text = checkouts.text_lines(data)
    started = time.perf_counter()
    failure = None
    reports: list[Report] = []
    try:
        reports = lint(data, job.path)
    except SyntaxError:
        pass
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
            "confidence": report.confidence,
            "line": checkouts.line_key(text[report.line - 1]) if report.line <= len(text) else "",
            "reported": True,
            "verdicts": {},
        }
        for report in reports
        if report.code != "TAL000"
    )
    return Outcome(job.path, records, len(text), checkouts.imports_tensors(data), seconds, failure)


def file_of(repository: str, folder: Path = FOLDER) -> Path:
    """Its findings, for example ``pytorch-examples.jsonl``."""
    return folder / f"{repository.replace('/', '-')}.jsonl"


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
            record = record | {"verdicts": same.pop(0)["verdicts"]}
        merged.append(record)
    gone = (record for records in waiting.values() for record in records if record["verdicts"])
    merged.extend(record | {"reported": False} for record in gone)
    return sorted(merged, key=lambda r: (path_of(r), line_of(r), r["column"], r["rule"], not r["reported"]))


def update(
    checkout: Checkout, folder: Path, processes: int, *, tests: bool, lint: Linter | None = None
) -> tuple[list[Record], list[Outcome]]:
    """Lint a checkout and bring its file of findings, and its line in ``linted.jsonl``, up to date."""
    jobs = [File(checkout, path) for path in checkouts.python_files(checkout, tests=tests)]
    function = examine if lint is None else partial(examine, lint=lint)
    outcomes = sorted(checkouts.run_jobs(function, jobs, processes, len(jobs)), key=lambda o: o.path)
    file = file_of(checkout.repository, folder)
    new = (record for outcome in outcomes for record in outcome.records)
    records = merge(new, checkouts.read_lines(file))
    checkouts.write_lines(file, records)
    linted = {run["repository"]: run for run in checkouts.read_lines(folder / LINTED)}
    linted[checkout.repository] = extent(checkout, outcomes)
    checkouts.write_lines(folder / LINTED, (linted[name] for name in sorted(linted, key=str.casefold)))
    return records, outcomes


def extent(checkout: Checkout, outcomes: list[Outcome]) -> Record:
    """What was linted of a checkout, and by which state of the linter."""
    return {
        "repository": checkout.repository,
        "revision": checkout.revision,
        "files": len(outcomes),
        "lines": sum(outcome.lines for outcome in outcomes),
        "tensor_lines": sum(outcome.lines for outcome in outcomes if outcome.tensors),
        "failed": sum(outcome.failure is not None for outcome in outcomes),
        "linter": checkouts.fingerprint(),
    }


def findings_by_repository(folder: Path = FOLDER) -> list[tuple[Record, list[Record]]]:
    """What was linted, each with its findings, those that are no longer reported among them."""
    return [
        (run, checkouts.read_lines(file_of(run["repository"], folder)))
        for run in checkouts.read_lines(folder / LINTED)
    ]


def summary(checkout: Checkout, records: list[Record], outcomes: list[Outcome]) -> str:
    """Counts by rule and verdict, findings per 10,000 lines of tensor files, failures, and time."""
    reported = [record for record in records if record["reported"]]
    lines = sum(outcome.lines for outcome in outcomes)
    tensor_lines = sum(outcome.lines for outcome in outcomes if outcome.tensors)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    rate = per_10_000(len(reported), tensor_lines)
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


def per_10_000(findings: int, lines: int) -> float:
    return 10_000 * findings / lines if lines else 0.0


def _judged(records: list[Record]) -> str:
    """Counts of what readers say; a finding that two of them read counts twice."""
    said = [verdict for record in records for verdict in record["verdicts"].values()]
    effect = Counter(verdict["effect"] for verdict in said)
    telling = Counter(verdict["telling"] for verdict in said)
    unread = sum(not record["verdicts"] for record in records)
    judged = f"effect real {effect['real']}, not {effect['not']}"
    return f"{judged}; worth telling {telling['yes']}, not {telling['no']}; unread {unread}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.verdicts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkout", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the findings")
    parser.add_argument("--no-tests", action="store_true", help="leave test files out")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    failures = 0
    for checkout in sorted(map(checkouts.identify, options.checkout), key=lambda each: each.repository):
        records, outcomes = update(checkout, options.out, options.processes, tests=not options.no_tests)
        print(summary(checkout, records, outcomes), flush=True)
        failures += sum(outcome.failure is not None for outcome in outcomes)
    print(f"files on which the linter failed: {failures}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
