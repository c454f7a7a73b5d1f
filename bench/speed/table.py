"""The answers, beside the promises and the last recorded run."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bench.speed.answers import QUESTIONS, Answers, Question, Row
from bench.speed.measuring import Spread, number


def show(found: Answers, before: Answers, console: Console) -> None:
    """Print everything."""
    console.print(_ratios(found, before))
    console.print(_seconds(found))
    if found.growth:
        console.print(_growth(found))


def verdict(question: Question, spread: Spread | None) -> str:
    """Whether the median keeps the promise, or even the wish."""
    if spread is None or question.promise is None:
        return ""
    if question.wish is not None and spread.median <= question.wish:
        return "as we want it"
    return "kept" if spread.median <= question.promise else "not kept"


def _ratios(found: Answers, before: Answers) -> Table:
    known = {row.key: row for row in before.rows}
    table = Table("measure", "on", "median (spread)", "promise", "we want", "recorded", "", title="Ratios")
    for question in QUESTIONS:
        for row in found.of(question):
            said = verdict(question, row.spread)
            table.add_row(
                row.question,
                row.subject,
                str(row.spread) if row.spread is not None else row.why,
                f"≤ {question.promise}" if question.promise is not None else "",
                f"≤ {question.wish}" if question.wish is not None else "",
                _recorded(known.get(row.key)),
                f"[red]{said}[/]" if said == "not kept" else said,
            )
    return table


def _recorded(row: Row | None) -> str:
    return number(row.spread.median) if row is not None and row.spread is not None else "-"


def _seconds(found: Answers) -> Table:
    table = Table("on", "run", "seconds (spread)", title="Seconds on this machine (CPU; wall for processes)")
    for subject, runs in found.seconds.items():
        for name, spread in runs.items():
            table.add_row(subject, name, str(spread))
    return table


def _growth(found: Answers) -> Table:
    table = Table("lines of one file", "ms for 1,000 lines (spread)", title="Growth")
    for lines, spread in found.growth.items():
        table.add_row(f"{lines:,}", str(spread))
    return table
