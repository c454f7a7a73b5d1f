"""Entries turned round: an audit that confirms an entry has to refute what each of these makes of it.

A turn contradicts something that the audit has seen, so no luck is needed to notice it. That is why none of
them adds a write: one that never happens is no contradiction, and leaves an entry unproved.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Protocol, cast

from runtime_check.audit import Row, Verdict
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import (
    SHARING,
    Applied,
    Case,
    ElementsWritten,
    Many,
    New,
    Path,
    Signature,
    Term,
    Typed,
    Word,
)


class Module(Protocol):
    """A library module of the audit."""

    def entries(self) -> Sequence[Entry]: ...

    def audit(self, entry: Entry) -> Row: ...


Turn = Callable[[Case, Signature], Case]


def copy_to_argument(case: Case, signature: Signature) -> Case:
    """What was new, or nothing, is the first argument itself."""

    def turn(term: Term) -> Term:
        made = isinstance(term, New) and term.quality("doubtful") is None
        return Path(signature.parameters[0].name) if made or term == Word("none") else term

    return replace(case, term=_each(turn, case.term))


def shared_to_copy(case: Case, signature: Signature) -> Case:
    """What was an argument that is not written, or a view of one, is new."""
    if case.writes:
        return case

    def turn(term: Term) -> Term:
        shared = isinstance(term, Path) or (isinstance(term, Applied) and term.word in SHARING)
        return New() if shared else term

    return replace(case, term=_each(turn, case.term))


def written_to_kept(case: Case, signature: Signature) -> Case:
    """What was written keeps its elements."""
    kept = (w for w in case.writes if not isinstance(w, ElementsWritten) or w.what)
    return replace(case, writes=tuple(kept))


TURNS: tuple[Turn, ...] = (copy_to_argument, shared_to_copy, written_to_kept)


def _each(turn: Callable[[Term], Term], term: Term) -> Term:
    """A term with every one inside of it turned; a type stays where what has it is a tensor still."""
    if isinstance(term, Typed):
        inner = _each(turn, term.term)
        return inner if isinstance(inner, Path) else replace(term, term=inner)
    if isinstance(term, Many):
        return replace(term, terms=tuple(_each(turn, inner) for inner in term.terms))
    return turn(term)


def turned(entry: Entry, turn: Turn, seen: Collection[str]) -> Entry | None:
    """The entry with all its cases turned; None where that contradicts none that was seen."""
    signature = entry.signature
    if not signature.parameters or any(case.term == Word("unknown") for case in signature.cases):
        return None  # anything agrees with what is unknown
    if any(atom.relation == "path" for case in signature.cases if case.guard for atom in case.guard.atoms):
        return None  # which case holds is not told, so that another one may agree
    cases = tuple(turn(case, signature) for case in signature.cases)
    if not any(str(old) in seen and old != new for old, new in zip(signature.cases, cases, strict=True)):
        return None
    return replace(entry, effect=str(replace(signature, cases=cases)))


def turned_entries(
    module: Module, seed: int, count: int, turns: Sequence[Turn] = TURNS
) -> Iterator[tuple[Entry, Row]]:
    """Confirmed entries turned round, by each turn in its turn, and what the audit says of them."""
    chance = random.Random(seed)
    left = {turn: list(module.entries()) for turn in turns}
    for entries in left.values():
        chance.shuffle(entries)
    for turn in cycle(turns):
        while count and left[turn]:
            entry = left[turn].pop()
            if turned(entry, turn, [str(case) for case in entry.signature.cases]) is None:
                continue
            row = module.audit(entry)
            other = turned(entry, turn, row.seen)
            if row.verdict is Verdict.CONFIRMED and other is not None:
                yield other, module.audit(other)
                count -= 1
                break
        if not count or not any(left.values()):
            return


def assert_all_are_caught(library: str, turns: Sequence[Turn] = TURNS, seed: int = 20240501) -> None:
    """Ten confirmed entries of a library turned round at random are refuted."""
    module = cast(Module, importlib.import_module(f"runtime_check.audit.{library}"))
    found = list(turned_entries(module, seed, 10, turns))
    assert len(found) == 10
    survived = [(entry.name, entry.effect, row) for entry, row in found if row.verdict is not Verdict.REFUTED]
    assert survived == []
