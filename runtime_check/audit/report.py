"""What an audit found, for people: a line for each library, and below it what could not be confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill

from runtime_check.audit.record import Recorded, read
from runtime_check.audit.row import Row, Verdict
from runtime_check.audit.supervise import Audit
from runtime_check.record import HOME
from runtime_check.results import Place
from tensorlint.knowledge.effects import Word
from tensorlint.knowledge.grammar import parse

_FEW = 3  # names that stand for all, unless all are asked for
_WIDTH = 110


def counts(audit: Audit) -> str:
    """How an audit ended, in one line."""
    if audit.missing:
        return f"SKIPPED {audit.subject.title} on {audit.device}: {audit.missing}"
    said = where(audit.place) if audit.place else f"{audit.subject.title} on {audit.device}"
    if audit.effects:
        found = (f"{audit.count(verdict)} {verdict.value}" for verdict in Verdict)
        share = f"{audit.unproved:.1f} % of what is there is unproved"
        said += f": {len(audit.effects)} entries: {', '.join(found)}; {share}"
        if silent := sum(row.verdict is Verdict.CONFIRMED and says_nothing(row.effect) for row in audit.rows):
            said += f"; {silent} of the confirmed only say that nothing is known"
    if audit.failure:
        said += f"; {audit.failure}, {len(audit.effects) - len(audit.rows)} entries not asked"
    return said


def says_nothing(effect: str) -> bool:
    """Whether an entry is `unknown` and no more, so that calling it proves nothing either."""
    return all(case.term == Word("unknown") and not case.writes for case in parse(effect).cases)


def details(audits: Sequence[Audit], every: bool) -> Iterator[str]:
    """All that was refuted, in full, then the rest by reason; ``every`` name of it, or a few."""
    for audit in audits:
        for row in audit.rows:
            if row.verdict is Verdict.REFUTED:
                yield f"REFUTED {row.name} ({audit.subject.title}, {audit.device})"
                yield f"    it says: {row.effect}"
                yield from (f"    {line}" for line in row.reason.splitlines())
    for audit in audits:
        where = f"({audit.subject.title}, {audit.device})"
        for open_ in (Verdict.UNPROVED, Verdict.LACKING):
            for reason, names in _by_reason(audit.rows, open_):
                said = f"{open_.value.upper()} {where}: {len(names)}: {reason}: {_shown(names, every)}"
                yield fill(said, _WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def _by_reason(rows: Iterable[Row], verdict: Verdict) -> Iterator[tuple[str, list[str]]]:
    """Names that share a reason, most of them first."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.verdict is verdict:
            reasons.setdefault(row.reason, []).append(row.name)
    yield from sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))


def _shown(names: list[str], every: bool) -> str:
    shown = names if every else names[:_FEW]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(shown) + more


def elsewhere(audits: Sequence[Audit], folder: Path = HOME) -> Iterator[str]:
    """What is recorded of devices on which nothing could be called here."""
    effects = {audit.subject: audit.effects for audit in audits if audit.effects}
    called = {(audit.subject, audit.device) for audit in audits if audit.place}
    for subject in dict.fromkeys(audit.subject for audit in audits):
        for device in subject.devices:
            if device != "cpu" and (subject, device) not in called:
                known = read(subject, device, folder)
                yield f"{subject.title}: {_recorded(known, effects.get(subject, {}), device)}"


def _recorded(known: Recorded | None, effects: Mapping[str, str], device: str) -> str:
    if known is None:
        return f"not yet proved on {device}"
    current = [row for row in known.rows if effects.get(row.name, row.effect) == row.effect]
    confirmed = sum(row.verdict is Verdict.CONFIRMED for row in current)
    older = len(known.rows) - len(current)
    ages = f", {older} older than their entries" if older else ""
    return f"{confirmed} confirmed{ages}, recorded with {where(known.place)}"


def where(place: Place) -> str:
    """``torch 2.13.0 on cpu (x86_64), Python 3.11.9``"""
    backend = f" with {place.backend}" if place.backend else ""
    device = f"{place.device} ({place.device_name})"
    return f"{place.library} {place.version}{backend} on {device}, Python {place.python}"
