"""``python -m runtime_check claims``: what people say about tensor copies, decided again by running it."""

from __future__ import annotations

import argparse
import importlib
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from tensorlint.testing import Fixture, FixtureError, load_fixtures

from . import layout_cost, record, report
from .claims import FALSE, HALF, TRUE, UNMEASURED, Answer, Decision, Saying, decide, load
from .options import add_options
from .results import SKIPPED
from .supervise import Row, Supervisor

_HEADINGS = ("#", "said", "verdict", "decided by")
_STYLES = {TRUE: "green", FALSE: "magenta", HALF: "cyan", SKIPPED: "yellow"}
_WIDTH = 110


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0 when every verdict is the recorded one, 1 when one differs, 2 for a wrong question."""
    parser = argparse.ArgumentParser(prog="python -m runtime_check claims", description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help="only these statements")
    add_options(parser, recorded="the evidence, with what was measured on a GPU")
    options = parser.parse_args(arguments)
    sayings = tuple(saying for saying in load() if not options.numbers or saying.number in options.numbers)
    try:
        fixtures = _asked(sayings, load_fixtures(options.fixtures))
    except (FixtureError, LookupError) as error:
        parser.error(str(error))
    rows = Supervisor(lambda result: None, options.timeout).prove(fixtures, "auto")
    cost = _cost(sayings, rows)
    if options.record:
        record.write(rows, options.record)
        if cost is not None:
            layout_cost.write(cost, options.record)
    results = [result for row in rows for result in row.results]
    decisions = [decide(saying, fixtures, results, cost or _measured_before(saying)) for saying in sayings]
    show(decisions, sys.stdout)
    for line in (*report.places(rows), *_complaints(decisions), summary(decisions)):
        print(line)
    unmet = [name for name in options.require if any(name in decision.lacks for decision in decisions)]
    for name in unmet:
        print(f"REQUIRED {name}: statements were skipped for lack of it", file=sys.stderr)
    return int(bool(unmet) or any(decision.differs for decision in decisions))


def _asked(sayings: Sequence[Saying], fixtures: Iterable[Fixture]) -> tuple[Fixture, ...]:
    """The fixtures that decide. Raises LookupError where there is no such fixture, or nothing to decide."""
    if not sayings:
        raise LookupError("no statement has this number")
    known = {fixture.name: fixture for fixture in fixtures}
    wanted = sorted({part.fixture for saying in sayings for part in saying.parts})
    missing = [name for name in wanted if name not in known]
    if missing:
        raise LookupError(f"no fixture `{missing[0]}`")
    return tuple(known[name] for name in wanted)


def _cost(sayings: Iterable[Saying], rows: Iterable[Row]) -> layout_cost.Cost | None:
    """Measured only where it is asked for, and PyTorch finds a GPU."""
    offered = [row.offered for row in rows if row.library == "torch" and row.place]
    if not any(saying.measured for saying in sayings) or (offered and "cuda" not in offered[0]):
        return None
    try:
        return layout_cost.measured_in_a_process()
    except RuntimeError as error:
        print(f"not measured: {error}", file=sys.stderr)
        return None


def _measured_before(saying: Saying) -> layout_cost.Cost | None:
    return layout_cost.read(record.HOME) if saying.measured else None


def show(decisions: Sequence[Decision], stream: TextIO) -> None:
    """Print the table: with rich on a terminal where it is installed, in plain paragraphs elsewhere."""
    try:
        consoles, tables = importlib.import_module("rich.console"), importlib.import_module("rich.table")
    except ImportError:
        consoles = None
    if consoles is None or not stream.isatty():
        for line in plain(decisions):
            print(line, file=stream)
        return
    texts = importlib.import_module("rich.text")
    drawn = tables.Table(box=None, padding=(0, 2, 1, 0), pad_edge=False)
    for heading in _HEADINGS:
        drawn.add_column(heading, overflow="fold")
    for decision in decisions:
        style = "red" if decision.differs else _STYLES.get(decision.verdict, "yellow")
        cells = (
            str(decision.saying.number),
            decision.saying.statement,
            texts.Text(verdict(decision), style),
            "\n".join(reasons(decision)),
        )
        drawn.add_row(*(texts.Text(cell) if isinstance(cell, str) else cell for cell in cells))
    consoles.Console(file=stream).print(drawn)


def plain(decisions: Iterable[Decision]) -> Iterator[str]:
    """The number, the verdict and the statement in a line, and below it what decides."""
    for decision in decisions:
        said = f"{decision.saying.number:>2}  {verdict(decision)}: {decision.saying.statement}"
        yield from textwrap.wrap(said, _WIDTH, subsequent_indent=" " * 4)
        for reason in reasons(decision):
            yield from textwrap.wrap(
                reason, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8, break_on_hyphens=False
            )


def verdict(decision: Decision) -> str:
    """What was decided, what was recorded where that is another, and what was lacking."""
    said = decision.verdict
    if decision.differs:
        said += f" (recorded: {decision.saying.verdict})"
    elif decision.saying.verdict == UNMEASURED != decision.verdict:
        said += " (measured)"
    if decision.lacks:
        said += f" (without {', '.join(decision.lacks)})"
    return said


def reasons(decision: Decision) -> tuple[str, ...]:
    """What decides, a line for each part; runs on several devices or backends that agree share a line."""
    groups: dict[tuple[str, bool | None, str, bool], list[Answer]] = {}
    for answer in decision.answers:
        key = (str(answer.part), answer.agrees, answer.seen, answer.refuted)
        groups.setdefault(key, []).append(answer)
    lines = []
    for (part, agrees, seen, refuted), answers in groups.items():
        side = {True: "for", False: "against", None: "undecided"}[agrees]
        places = sorted({answer.where for answer in answers} - {"cpu"})
        where = f" [{', '.join(places)}]" if places else ""
        lines.append(f"{side}{where}: {part}: {'REFUTED ' if refuted else ''}{seen}")
    return tuple(lines)


def summary(decisions: Sequence[Decision]) -> str:
    """The last line."""
    skipped = sum(decision.verdict == SKIPPED for decision in decisions)
    open_ = sum(decision.verdict == UNMEASURED for decision in decisions)
    differ = sum(decision.differs for decision in decisions)
    as_recorded = len(decisions) - skipped - open_ - differ
    counts = {"as recorded": as_recorded, "otherwise": differ, "skipped": skipped, "not measured": open_}
    parts = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{len(decisions)} statements: {parts}"


def _complaints(decisions: Iterable[Decision]) -> Iterator[str]:
    for decision in decisions:
        if decision.differs:
            saying = decision.saying
            yield f"DIFFERS: {saying.number} is {decision.verdict}, and recorded as {saying.verdict}"
