"""What the run-tests of all tables do alike: bind arguments, and leave out the cases that cannot apply."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Atom, Case, Signature

_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Decided:
    """A call whose guards are decided by looking at what it was given."""

    __slots__ = ()
    signature: Signature

    def possible(self) -> Iterator[Case]:
        """The cases that cannot be ruled out for these arguments."""
        for case in self.signature.cases:
            found = [self._decide(atom) for atom in case.guard.atoms] if case.guard else []
            if case.guard is not None and case.guard.connective == "or":
                verdict = True if True in found else None if None in found else False
            else:
                verdict = False if False in found else None if None in found else True
            if verdict is not False:
                yield case
            if verdict is True:
                return

    def _decide(self, atom: Atom) -> bool | None:
        verdict = self._positive(atom)
        return verdict if verdict is None else verdict != atom.negated

    def _positive(self, atom: Atom) -> bool | None:
        """Whether an atom holds, its negation left aside; ``None`` where that cannot be told."""
        raise NotImplementedError


def bound(signature: Signature, arguments: tuple[Any, ...]) -> dict[str, Any] | None:
    """Positional arguments by parameter, ``None`` where there are too many."""
    given: dict[str, Any] = {}
    rest = list(arguments)
    for parameter in signature.parameters:
        if parameter.kind == "*":
            given[parameter.name], rest = tuple(rest), []
        elif parameter.kind in ("either", "positional") and rest:
            given[parameter.name] = rest.pop(0)
    return None if rest else given


def flat(value: Any) -> Iterator[Any]:
    """What lists and tuples hold, at any depth."""
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from flat(each)
    else:
        yield value


def misplaced(entry: Entry, function: Any) -> list[str]:
    """The parameters of an entry that the real function has not, or has elsewhere; none where it hides them.

    A receiver may have any name.
    """
    try:
        real = inspect.signature(function).parameters
    except (ValueError, TypeError):
        return []
    if entry.signature.construct == "property" or any(p.kind in _STARRED for p in real.values()):
        return []
    names = list(real)
    ours = [p for p in entry.signature.parameters if p.kind in ("either", "keyword") and p.name != "self"]
    places = [names.index(p.name) for p in ours if p.kind == "either" and p.name in names]
    strange = [p.name for p in ours if p.name not in names]
    return strange or ([] if places == sorted(places) else [p.name for p in ours])
