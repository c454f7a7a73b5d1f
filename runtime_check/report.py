"""Tables for people: what was witnessed for each rule, library and device, and what went wrong."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TextIO

from .record import Elsewhere
from .results import ERROR, HELD, NOT_APPLICABLE, PROVED, REFUTED, SKIPPED, FixtureResult
from .supervise import Row

Table = tuple[tuple[str, ...], ...]
_HEADINGS = ("rule", "library", "device", "fixtures", "claims", "witnessed", "verdict")
_STYLES = {PROVED: "green", SKIPPED: "yellow", REFUTED: "red", ERROR: "red"}


def table(rows: Iterable[Row], elsewhere: Sequence[Elsewhere] = ()) -> Table:
    """One line for each rule × library (on each backend) × device, in the order of the rules. What is known
    of a device from ``elsewhere`` stands in the place of a line that says that nothing could run on it.
    """
    lines: list[tuple[str, ...]] = []
    told = {(group.group, group.title, group.device) for group in elsewhere}
    for row in rows:
        for group in sorted({result.group for result in row.results}):
            if (group, row.title, row.device) in told:
                continue
            results = [result for result in row.results if result.group == group]
            claims = sum(claim.status == HELD for result in results for claim in result.claims)
            seen = _witnessed(results)
            lines.append(
                (group, row.title, row.device, str(len(results)), str(claims), seen, verdict(results))
            )
    lines.extend(
        (group.group, group.title, group.device, str(group.total), "-", "-", group.verdict)
        for group in elsewhere
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
            where = f"{result.name} ({row.title}, {row.device})"
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
        yield f"SKIPPED ({row.title}, {row.device}): {reason}: {shown}"


def renewals(elsewhere: Iterable[Elsewhere]) -> Iterable[str]:
    """The command that brings evidence up to date, once for each device."""
    for device in sorted({group.device for group in elsewhere if not group.complete}):
        codes = sorted({group.group for group in elsewhere if group.device == device and not group.complete})
        command = (
            f"python -m runtime_check {' '.join(codes)} --device {device} --record runtime_check/evidence"
        )
        yield f"Not proved on {device}; on a machine that has one: {command}"


def counts(rows: Iterable[Row]) -> str:
    """The last line: how much was proved and how much was not."""
    results = [result for row in rows for result in row.results]
    statuses = Counter(result.status for result in results)
    claims = Counter(claim.status for result in results for claim in result.claims)
    parts = [
        f"{statuses[status]} {status}" for status in (PROVED, REFUTED, ERROR, SKIPPED) if statuses[status]
    ]
    scoped = f", {claims[NOT_APPLICABLE]} of other devices or backends" if claims[NOT_APPLICABLE] else ""
    return f"{len(results)} fixtures: {', '.join(parts) or 'none'}; {claims[HELD]} claims held{scoped}"


def places(rows: Iterable[Row]) -> Iterable[str]:
    """Where the proofs ran, one line for each library, backend and device."""
    for row in rows:
        if row.place:
            place = row.place
            where = f"{row.device} ({place.device_name}), Python {place.python}"
            backend = f" with {place.backend}" if place.backend else ""
            yield f"{row.library} {place.version}{backend} on {where}"


def show(lines: Table, stream: TextIO) -> None:
    """Print the table: with rich where it is installed, in plain columns where it is not."""
    try:
        consoles, tables = importlib.import_module("rich.console"), importlib.import_module("rich.table")
    except ImportError:
        _show_plain(lines, stream)
        return
    drawn = tables.Table(*_HEADINGS, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for line in lines:
        drawn.add_row(*line, style=_STYLES.get(line[-1].partition(",")[0]))
    consoles.Console(file=stream).print(drawn)


def _show_plain(lines: Table, stream: TextIO) -> None:
    everything = (_HEADINGS, *lines)
    widths = [max(len(line[column]) for line in everything) for column in range(len(_HEADINGS))]
    for line in everything:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip(), file=stream)
