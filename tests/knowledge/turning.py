"""Entries turned round: what says that a result is new says that an argument comes back, or the reverse."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Applied, Case, New, Path, Typed


def turned(entries: Iterable[Entry], count: int = 10, seed: int = 0) -> list[Entry]:
    """Some entries, drawn at random, that say the opposite of what holds."""
    wrong = [other for entry in entries for other in _turned(entry)]
    return random.Random(seed).sample(wrong, count)


def _turned(entry: Entry) -> Iterator[Entry]:
    signature = entry.signature
    first = signature.parameters[0] if signature.parameters else None
    if first is None or first.kind.startswith("*") or len(signature.cases) != 1 or signature.construct:
        return
    term = signature.cases[0].term
    inner = term.term if isinstance(term, Typed) else term
    if isinstance(inner, New) and not inner.qualities:
        yield _saying(entry, replace(signature.cases[0], term=Path(first.name)))
    elif isinstance(inner, Path) or (isinstance(inner, Applied) and inner.word != "extents"):
        yield _saying(entry, replace(signature.cases[0], term=New()))


def _saying(entry: Entry, case: Case) -> Entry:
    return replace(entry, effect=str(replace(entry.signature, cases=(case,))))
