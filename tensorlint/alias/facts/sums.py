"""Questions about sums of several dictionaries of weights, for which the first one of them is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.elements import COPYING, TABULATING, Names
from tensorlint.alias.events import ContainerCopied, Event, Read, Write
from tensorlint.alias.facts.pairs import Pairs
from tensorlint.knowledge.contracts import contracts, words

# Words in the name of what holds the weights of several models, one dictionary for each.
STATES = frozenset("states state dicts weights params parameters models".split())
ADDING = frozenset({"+", "-", "*", "/"})
MUTABLE = frozenset({"torch", "numpy"})


@dataclass(frozen=True, slots=True)
class SumInFirst:
    """``total``, the first one of ``states``, taken at ``taken``, or a shallow copy of it made at ``copied``,
    gets the sum of all of them at ``summed``.
    """

    total: ir.Place
    states: str
    taken: ir.Origin
    copied: ir.Origin | None
    summed: ir.Origin


class Sums(Pairs):
    """Sums of what a caller handed in."""

    def sum_in_first(self, event: Event) -> SumInFirst | None:
        """The sum that an event adds up in the first one of the dictionaries that were handed in."""
        return self._sums.get(id(event))

    @cached_property
    def _sums(self) -> dict[int, SumInFirst]:
        if MUTABLE.isdisjoint(self.module.libraries):
            return {}
        found = (each for each in self._summed() if not self._is_told_of(each))
        result = next((event for event in self.events() if isinstance(event, Read)), None)
        first = next(found, None)
        return {id(result): first} if first is not None and result is not None else {}

    def _is_told_of(self, total: SumInFirst) -> bool:
        """Whether the function says that it writes, or what is known of its values shows the same."""
        if contracts().declare(self.function, total.states, self._bases):
            return True
        return any(
            (isinstance(event, Write) and event.origin == total.summed and self.caller_write(event))
            or (isinstance(event, ContainerCopied) and self.written_in_both(event))
            for event in self.events()
        )

    def _summed(self) -> Iterator[SumInFirst]:
        names = Names(self.function, self.uses)
        for instr in ir.instructions(self.function):
            if not isinstance(instr, ir.Augment) or instr.operator not in ADDING:
                continue
            entry = names.uses.made.get(instr.target)
            added = names.uses.behind([instr.value], ir.read) if isinstance(entry, ir.GetItem) else ()
            if not isinstance(entry, ir.GetItem) or not isinstance(entry.base, str):
                continue
            first, copied = self._first_of(names, entry.base)
            if first is None or not self._is_given_back(entry.base):
                continue
            states = str(first.base)
            others = [i for i in added if isinstance(i, ir.GetItem) and i.index == entry.index]
            if any(self._is_another(names, other.base, states) for other in others):
                if self._holds_tensors(names, entry.base, states):
                    yield SumInFirst(entry.base, states, first.origin, copied, instr.origin)

    def _first_of(self, names: Names, place: ir.Operand) -> tuple[ir.GetItem | None, ir.Origin | None]:
        """What takes the first element of a parameter, which a place is, or a shallow copy of, and where that
        was copied.
        """
        made, copied = names.maker(place), None
        source: ir.Operand = ""
        if isinstance(made, ir.Call) and len(made.arguments) == 1:
            called = names.uses.names.get(str(made.function), ())
            source = "" if (COPYING | TABULATING).isdisjoint(called) else made.arguments[0].value
        elif isinstance(made, ir.CallMethod) and made.name == "copy" and not made.arguments:
            source = made.receiver
        if made is not None and source:
            copied = made.origin
            made = names.maker(source)
        if isinstance(made, ir.GetItem) and made.index == (ir.Pick(ir.Literal(0)),):
            if self._is_handed_in(made.base):
                return made, copied
        return None, None

    def _is_another(self, names: Names, place: ir.Operand, states: str) -> bool:
        """Whether a place is one of the others: what a loop takes out, or what has a number that changes."""
        made = names.maker(place)
        if isinstance(made, ir.GetItem):
            return made.base == states and made.index != (ir.Pick(ir.Literal(0)),)
        if not isinstance(made, ir.Next):
            return False
        rest = names.maker(made.iterable)
        return rest.base == states if isinstance(rest, ir.GetItem) else made.iterable == states

    def _holds_tensors(self, names: Names, total: ir.Place, states: str) -> bool:
        """Whether what is summed are tensors: a tensor library divides them, or they are called weights."""
        if not STATES.isdisjoint(words(states)):
            return True
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.Call) and instr.arguments:
                called = names.uses.names.get(str(instr.function), ())
                made = names.uses.made.get(str(instr.arguments[0].value))
                if isinstance(made, ir.GetItem) and made.base == total:
                    if any(name.startswith(("torch.", "numpy.")) for name in called):
                        return True
        return False

    def _is_handed_in(self, place: ir.Operand) -> bool:
        return any(place == each.name and each.kind != "**" for each in self.function.parameters)

    def _is_given_back(self, place: ir.Place) -> bool:
        given = (i.value for i in ir.instructions(self.function) if isinstance(i, ir.Return))
        return any(value == place for value in given)
