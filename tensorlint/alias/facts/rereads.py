"""Questions about a weight's memory, or its gradient, that is asked for twice and compared: it is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.elements import Names
from tensorlint.alias.events import Called, Event
from tensorlint.alias.facts.autograd import BACKWARD
from tensorlint.alias.facts.lookbacks import COMPARED, COMPARING
from tensorlint.alias.facts.snapshots import Snapshots

ZEROING = frozenset({"zero_grad", "zero_grads"})  # by itself, makes the next gradient another tensor


@dataclass(frozen=True, slots=True)
class Reread:
    """``kept`` was given a weight's memory at ``taken``, which changed at ``moved``, and is compared with it
    at ``looked_at``.
    """

    kept: ir.Place
    taken: ir.Origin
    moved: ir.Origin
    looked_at: ir.Origin


class Rereads(Snapshots):
    """``weight.data`` and ``weight.grad``, kept by reference."""

    def read_again(self, event: Event) -> Reread | None:
        """The comparison of a weight's memory, or gradient, with itself that an event stands for."""
        return self._rereads.get(id(event))

    def tells_of_reread(self, look: ir.Origin) -> bool:
        """Whether a comparison is one of those: what else it shows is the same again."""
        return any(again.looked_at == look for again in self._rereads.values())

    @cached_property
    def _rereads(self) -> dict[int, Reread]:
        if "torch" not in self.module.libraries:
            return {}
        events = {event.origin: event for event in self.events()}
        found: dict[int, Reread] = {}
        for again in self._compared_members():
            event = events.get(again.looked_at) or next(self.events())
            found.setdefault(id(event), again)
        return found

    def _compared_members(self) -> Iterator[Reread]:
        names = Names(self.function, self.uses)
        for instr in ir.instructions(self.function):
            sides = _sides(names, instr)
            path = names.written(sides[0]) if sides else ""
            if not path or path.rpartition(".")[2] not in ("data", "grad") or names.written(sides[1]) != path:
                continue
            reads = [made for side in sides if (made := _read_by(names, side)) is not None]
            first, second = min(reads, key=_origin), max(reads, key=_origin)
            kept = next((side for side in sides if _read_by(names, side) is first), None)
            if first is second or not isinstance(kept, str) or kept.startswith("%"):
                continue
            if (moved := self._moved_between_reads(names, first, second)) is not None:
                yield Reread(kept, first.origin, moved, instr.origin)

    def _moved_between_reads(
        self, names: Names, first: ir.GetAttribute, second: ir.GetAttribute
    ) -> ir.Origin | None:
        """Where what was read changes in place before it is read again; None where another tensor may take
        its place.
        """
        path = names.written(first.target)
        between = [i for i in ir.instructions(self.function) if first.origin < i.origin < second.origin]
        for instr in between:
            if isinstance(instr, ir.SetAttribute) and f".{instr.name}." in f"{path}.":
                return None
            if first.name == "grad" and isinstance(instr, ir.CallMethod) and instr.name in ZEROING:
                return None
        events = (event for event in self.events() if first.origin < event.origin < second.origin)
        for event in events:
            trains = isinstance(event, Called) and any(map(self._is_training, event.names))
            if first.name == "data" and (self._moves(event) or trains):
                return event.origin
            if first.name == "grad" and _adds(event):
                return event.origin
        return None


def _origin(instr: ir.Instr) -> ir.Origin:
    return instr.origin


def _sides(names: Names, instr: ir.Instr) -> tuple[ir.Operand, ...]:
    """The two sides of a comparison, or of a difference; nothing for anything else."""
    if isinstance(instr, ir.Operate) and instr.operator in COMPARING and len(instr.operands) == 2:
        return instr.operands
    given: list[ir.Operand] = []
    if isinstance(instr, ir.Call):
        called = names.uses.names.get(str(instr.function), ())
        if any(name.rpartition(".")[2] in COMPARED for name in called):
            given = [each.value for each in instr.arguments if each.keyword is None]
    elif isinstance(instr, ir.CallMethod) and instr.name in COMPARED:
        given = [instr.receiver, *(each.value for each in instr.arguments if each.keyword is None)]
    return tuple(given[:2]) if len(given) > 1 else ()


def _read_by(names: Names, operand: ir.Operand) -> ir.GetAttribute | None:
    """The instruction that reads the member which an operand is."""
    made = names.uses.made.get(operand) if isinstance(operand, str) else None
    if isinstance(made, ir.Bind):
        return _read_by(names, made.source)
    return made if isinstance(made, ir.GetAttribute) else None


def _adds(event: Event) -> bool:
    """Whether a backward pass adds to the gradients that are there, in place."""
    if not isinstance(event, Called):
        return False
    named = any(name.rpartition(".")[2] in BACKWARD for name in event.names)
    return named and not any(keyword == "create_graph" for keyword, _, _ in event.arguments)
