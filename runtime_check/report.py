"""Tables for people: what was witnessed for each rule, library and device, then what went wrong and what is missing."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TextIO

from .results import ERROR, HELD, NOT_APPLICABLE, PROVED, REFUTED, SKIPPED, FixtureResult
from .supervise import Row

Table = tuple[tuple[str, ...], ...]
_HEADINGS = ("rule", "library", "device", "fixtures", "claims", "witnessed", "verdict")
_STYLES = {PROVED: "green", SKIPPED: "yellow", REFUTED: "red", ERROR: "red"}


def table(rows: Iterable[Row]) -> Table:
    """One line for each rule × library × device, in the order of the rules."""
    lines: list[tuple[str, ...]] = []
    for row in rows:
        version = f"{row.library} {row.place.version}" if row.place else row.library
        groups = sorted({result.group for result in row.results})
        for group in groups:
            results = [result for result in row.results if result.group == group]
            claims = sum(claim.status == HELD for result in results for claim in result.claims)
            lines.append(
                (group, version, row.device, str(len(results)), str(claims), _witnessed(results), verdict(results))
            )
    return tuple(sorted(lines))


def _witnessed(results: Sequence[FixtureResult]) -> str:
    kinds = Counter(
        expected.witness for result in results for expected in result.expectations if expected.status == HELD
    )
    return ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "-"


def verdict(results: Sequence[FixtureResult]) -> str:
    """The worst status; a group of which a part was skipped says how much."""
    statuses = [result.status for result in results]
    for bad in (ERROR, REFUTED):
        if bad in statuses:
            return bad
    skipped = statuses.count(SKIPPED)
    if skipped == len(statuses):
        return SKIPPED
    return f"{PROVED}, {skipped} {SKIPPED}" if skipped else PROVED


def details(rows: Iterable[Row]) -> tuple[str, ...]:
    """Every refuted claim and every skipped fixture, with its reason."""
    lines: list[str] = []
    for row in rows:
        for result in row.results:
            where = f"{result.name} ({row.library}, {row.device})"
            if result.status in (REFUTED, ERROR):
                lines.append(f"{result.status.upper()} {where}")
                lines.extend(_reasons(result))
        lines.extend(_skipped(row))
    return tuple(lines)


def _reasons(result: FixtureResult) -> Iterable[str]:
    for claim in result.claims:
        if claim.status == REFUTED:
            yield f"    line {claim.line}: `{claim.claim}`: {claim.seen}"
    for expected in result.expectations:
        if expected.status == REFUTED:
            yield f"    line {expected.line}: {expected.code} has no witness: {expected.seen}"
    yield from (f"    {problem}" for problem in result.problems)


def _skipped(row: Row) -> Iterable[str]:
    """Fixtures that were skipped for the same reason share a line."""
    reasons: dict[str, list[str]] = {}
    for result in row.results:
        if result.status == SKIPPED:
            reasons.setdefault("; ".join(result.problems), []).append(result.name)
    for reason, names in reasons.items():
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield f"SKIPPED ({row.library}, {row.device}): {reason}: {shown}"


def counts(rows: Iterable[Row]) -> str:
    """The last line: how much was proved and how much was not."""
    results = [result for row in rows for result in row.results]
    statuses = Counter(result.status for result in results)
    claims = Counter(claim.status for result in results for claim in result.claims)
    parts = [f"{statuses[status]} {status}" for status in (PROVED, REFUTED, ERROR, SKIPPED) if statuses[status]]
    scoped = f", {claims[NOT_APPLICABLE]} of other devices" if claims[NOT_APPLICABLE] else ""
    return f"{len(results)} fixtures: {', '.join(parts) or 'none'}; {claims[HELD]} claims held{scoped}"


def show(lines: Table, stream: TextIO) -> None:
    """Print the table: with rich where it is installed, in plain columns where it is not."""
    try:
        console_module, table_module = importlib.import_module("rich.console"), importlib.import_module("rich.table")
    except ImportError:
        _show_plain(lines, stream)
        return
    drawn = table_module.Table(*_HEADINGS)
    for line in lines:
        style = _STYLES.get(line[-1].partition(",")[0])
        drawn.add_row(*line, style=style)
    console_module.Console(file=stream).print(drawn)


def _show_plain(lines: Table, stream: TextIO) -> None:
    everything = (_HEADINGS, *lines)
    widths = [max(len(line[column]) for line in everything) for column in range(len(_HEADINGS))]
    for line in everything:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip(), file=stream)
