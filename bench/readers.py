"""What two readers say of the findings, and how far they agree.

    python -m bench.readers show READER CHECKOUT … [--all] [--rule CODE] [--context N] [--sample N]
    python -m bench.readers take READER FILE
    python -m bench.readers agreement

READER is 1 or 2, and each judges alone: ``show`` prints the findings that this reader has not judged yet,
with their source, and nothing that the other one said. A verdict is ``effect`` (``"real"`` or ``"not"``:
does the write reach what the message says?), ``telling`` (``"yes"`` or ``"no"``: would the author want to
know?) and ``reason``. FILE holds one verdict per line, in the form that ``show`` prints above each finding.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import checkouts, verdicts
from bench.checkouts import Checkout
from bench.verdicts import Record, line_of, path_of

READERS = ("1", "2")
ANSWERS = {"effect": ("real", "not"), "telling": ("yes", "no")}
_NAMED_BY = ("place", "column", "rule", "line")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often both readers gave the same answer to one question.

    ``kappa`` is Cohen's: the agreement beyond that of two readers who answer at random, each with the shares
    that they have here. It is None where both always gave one and the same answer, so that chance alone
    would agree as well.
    """

    question: str
    both: int
    same: int
    kappa: float | None

    def __str__(self) -> str:
        if not self.both:
            return "nothing read by both"
        share = f" = {100 * self.same / self.both:.1f} %"
        kappa = "undefined: one answer only" if self.kappa is None else f"{self.kappa:.2f}"
        return f"{self.same} of {self.both}{share}, Cohen's kappa {kappa}"


def agreement(records: Iterable[Record], question: str) -> Agreement:
    """The agreement over the findings that both have judged."""
    said = [record["verdicts"] for record in records if record["reported"]]
    pairs = Counter(tuple(each[reader][question] for reader in READERS) for each in said if len(each) == 2)
    both, same = pairs.total(), sum(count for (one, other), count in pairs.items() if one == other)
    shares = [
        [sum(count for pair, count in pairs.items() if pair[reader] == answer) for reader in (0, 1)]
        for answer in ANSWERS[question]
    ]
    chance = sum(one * other for one, other in shares)  # of both², as all that follows
    kappa = None if chance == both**2 else (same * both - chance) / (both**2 - chance)
    return Agreement(question, both, same, kappa)


def unjudged(records: Iterable[Record], reader: str) -> Iterator[Record]:
    return (record for record in records if record["reported"] and reader not in record["verdicts"])


def show(checkout: Checkout, record: Record, context: int, said: Record | None = None) -> Iterator[str]:
    """One finding with the source around it, below the line that its verdict has: empty, or ``said``."""
    form = {key: record[key] for key in _NAMED_BY} | (said or {"effect": "", "telling": "", "reason": ""})
    path, line = path_of(record), line_of(record)
    yield ""
    yield checkouts.as_line(form).rstrip()
    yield f"=== {record['place']}:{record['column']}  {record['rule']} {record['message']}"
    text = checkouts.text_lines((checkout.root / path).read_bytes())
    for number in range(max(1, line - context), min(len(text), line + context) + 1):
        yield f"{number:>6} {'>' if number == line else ' '} {text[number - 1]}"


def take(reader: str, said: Iterable[Record], folder: Path = verdicts.FOLDER) -> tuple[int, list[Record]]:
    """Put a reader's verdicts into the records; the number taken, and those whose finding is not there.

    Raises:
        ValueError: when a verdict is not in the form that is asked for; nothing is taken then.
    """
    named = {_name(verdict): judgement(verdict) for verdict in said}
    taken = 0
    for run, records in verdicts.findings_by_repository(folder):
        wanted = [record for record in records if _name(record) in named]
        for record in wanted:
            record["verdicts"] = dict(sorted((record["verdicts"] | {reader: named[_name(record)]}).items()))
        if wanted:
            checkouts.write_lines(verdicts.file_of(run["repository"], folder), records)
        for record in wanted:
            named.pop(_name(record), None)
        taken += len(wanted)
    return taken, [dict(zip(_NAMED_BY, name, strict=True)) for name in named]


def _name(record: Record) -> tuple[Any, ...]:
    return tuple(record[key] for key in _NAMED_BY)


def judgement(verdict: Record) -> Record:
    fits = all(verdict[question] in answers for question, answers in ANSWERS.items())
    if not fits or not verdict["reason"].strip():
        raise ValueError(f"{verdict['place']}: expected {ANSWERS} and a reason, not {verdict}")
    return {key: verdict[key] for key in (*ANSWERS, "reason")}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.readers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, default=verdicts.FOLDER, help="folder of the findings")
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("show", help="print what a reader has not judged, with its source")
    shown.add_argument("reader", choices=READERS)
    shown.add_argument("checkout", type=Path, nargs="+")
    shown.add_argument("--all", action="store_true", help="what the reader has judged as well")
    shown.add_argument("--rule", action="append", help="only this rule (may be repeated)")
    shown.add_argument("--context", type=int, default=20, metavar="N", help="lines on either side")
    shown.add_argument("--sample", type=int, metavar="N", help="a random N per rule")
    shown.add_argument("--seed", type=int, default=0)
    taken = commands.add_parser("take", help="put a reader's verdicts into the records")
    taken.add_argument("reader", choices=READERS)
    taken.add_argument("file", type=Path)
    commands.add_parser("agreement", help="how far both readers agree")
    options = parser.parse_args(arguments)
    if options.command == "show":
        print_findings(options)
        return 0
    if options.command == "take":
        count, lost = take(options.reader, checkouts.read_lines(options.file), options.folder)
        print(f"verdicts taken: {count}")
        for name in lost:
            print(f"no such finding: {name}")
        return 1 if lost else 0
    records = [record for _, found in verdicts.findings_by_repository(options.folder) for record in found]
    for question in ANSWERS:
        print(f"{question}: {agreement(records, question)}")
    return 0


def print_findings(options: argparse.Namespace) -> None:
    chosen: defaultdict[str, list[tuple[Checkout, Record]]] = defaultdict(list)
    for checkout in sorted(map(checkouts.identify, options.checkout), key=lambda each: each.repository):
        records = checkouts.read_lines(verdicts.file_of(checkout.repository, options.folder))
        reported = (record for record in records if record["reported"])
        for record in reported if options.all else unjudged(records, options.reader):
            if options.rule is None or record["rule"] in options.rule:
                chosen[record["rule"]].append((checkout, record))
    for _, findings in sorted(chosen.items()):
        if options.sample is not None and options.sample < len(findings):
            findings = random.Random(options.seed).sample(findings, options.sample)
        for checkout, record in findings:
            said = record["verdicts"].get(options.reader)
            print("\n".join(show(checkout, record, options.context, said)))


if __name__ == "__main__":
    sys.exit(main())
