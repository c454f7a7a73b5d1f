"""Questions about dictionaries and records that are kept by reference while their entries are replaced.

``rows.append(stats)`` keeps the dictionary; ``stats["mean"] = x.mean()`` in the next turn changes what every
row shows, although no array is written in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.events import Called, Event, Replicated, Write
from tensorlint.alias.facts.reuse import appends
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import PLAIN_TYPE, Given, Held, Value
from tensorlint.alias.uses import Spot, reads, times_bound, until_bound
from tensorlint.knowledge.contracts import contracts

TABLES = frozenset({"builtins.dict", "collections.OrderedDict", "collections.defaultdict"})

RECEIVING = "torch.distributed.recv"


@dataclass(frozen=True, slots=True)
class KeptTable:
    """The dictionary ``table`` gets the name ``kept`` at ``taken``; at ``moved`` an entry is replaced."""

    kept: ir.Place
    table: ir.Place
    taken: ir.Origin
    moved: ir.Origin


class Tables(Values):
    """Dictionaries whose entries are tensors."""

    def collected_table(self, event: Event) -> tuple[ir.Place, ir.Origin] | None:
        """The dictionary, made once, that a loop, or each call of a method, appends, and where it fills it
        again.
        """
        if not isinstance(event, Called) or not event.arguments:
            return None
        keyword, name, value = event.arguments[-1]
        if not appends(event):
            return None
        if keyword is not None or not isinstance(name, str):
            return None
        kept_by_self = event.receiver is not None and self._is_own_state(event.receiver[1].object)
        if kept_by_self and self._is_own_state(value.object):
            return self._filled_each_call(value)
        if event.origin not in self.solution.looping or not self._is_one_table(name):
            return None
        place = self.places[id(event)]
        for spot, instr in until_bound(self.function, place, name):
            if _fills(instr, name) and self._gets_tensors(name) and self.comes_to(spot, place, name):
                return name, instr.origin
        return None

    def _filled_each_call(self, table: Value) -> tuple[ir.Place, ir.Origin] | None:
        """The attribute that holds a dictionary, which only the constructor makes, and where this method
        gives one of its entries another tensor.
        """
        thing, own = table.object, self.function.receiver
        if not isinstance(thing, Held) or thing.owner != Given(own) or table.type not in TABLES:
            return None
        if self.function.name == "__init__" or contracts().makes_ready(self.function.name):
            return None
        attribute = thing.key.removeprefix(".")
        for method in self.class_methods():
            given = (each for each in ir.instructions(method) if isinstance(each, ir.SetAttribute))
            if method.name != "__init__" and any(each.name == attribute for each in given):
                return None
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.SetItem) and self.own_attribute(instr.base) == attribute:
                value = self.value_at(instr, instr.value)
                if value is not None and value.type != PLAIN_TYPE and self.is_tensor(value):
                    return f"{own}.{attribute}", instr.origin
        return None

    def refilled_replica(self, event: Replicated) -> ir.Origin | None:
        """Where an entry is replaced in one of several elements of a list that are one and the same
        dictionary or list of tensors: ``states = [{"h": h}] * n``, ``states[i]["h"] = …``.
        """
        listed = self.uses.made.get(str(event.operand))
        if event.how != "product" or not isinstance(listed, ir.Build) or len(listed.elements) != 1:
            return None
        display = self.uses.made.get(str(listed.elements[0].value))
        if not isinstance(display, ir.Build) or not display.elements:
            return None
        held = [self.value_at(display, each.value) for each in display.elements if not each.starred]
        if not any(value is not None and self.is_tensor(value) for value in held):
            return None
        for name in self._names_of(event):
            for instr in self.uses.mentions.get(name, ()):
                if isinstance(instr, ir.GetItem) and instr.base == name and _is_one(instr.index):
                    for use in self.uses.mentions.get(instr.target, ()):
                        if isinstance(use, ir.SetItem) and use.base == instr.target and _is_one(use.index):
                            return use.origin
        return None

    def is_received_by_turns(self, write: Write, replicated: ir.Origin) -> bool:
        """Whether a loop receives into the one tensor that a list repeats, all of it in each turn, and nobody
        else looks at that list: ``for x in (buffer,) * n: recv(x); send(net(x))``.
        """
        if write.callee != RECEIVING:
            return False
        given = (i for i in ir.instructions(self.function) if i.origin == replicated)
        names = [instr.target for instr in given if isinstance(instr, ir.Operate)]
        return bool(names) and all(
            isinstance(instr, ir.Next) or name not in ir.read(instr)
            for name in names
            for instr in self.uses.mentions.get(name, ())
        )

    def _names_of(self, event: Replicated) -> Iterator[ir.Place]:
        """What a list of several references is called, which is bound once."""
        for instr in self.uses.mentions.get(str(event.operand), ()):
            if isinstance(instr, ir.Operate) and times_bound(self.function)[instr.target] == 1:
                yield instr.target

    def kept_table(self, event: Event) -> KeptTable | None:
        """The dictionary of weights that a loop keeps by another name as the best one, while it replaces its
        entries, and looks at the first name afterwards.
        """
        return self._kept_tables.get(id(event))

    @cached_property
    def _kept_tables(self) -> dict[int, KeptTable]:
        events = {event.origin: event for event in self.events()}
        found: dict[int, KeptTable] = {}
        for spot, kept, table in self._second_names():
            taken = self.at(spot).origin
            if taken not in self.solution.looping or not contracts().is_trained(table):
                continue
            value = self.value_at(self.at(spot), table)
            if value is not None and self.is_tensor(value):
                continue  # its elements are written, and no entry is replaced
            for moved, instr in until_bound(self.function, spot, table):
                if _fills(instr, table) and self._looks_again(spot, moved, kept):
                    event = events.get(taken) or next(self.events())
                    found.setdefault(id(event), KeptTable(kept, table, taken, instr.origin))
        return found

    def _second_names(self) -> Iterator[tuple[Spot, ir.Place, ir.Place]]:
        """Where a name that keeps the best gets what another name means, which is no tensor."""
        for number, block in enumerate(self.function.blocks):
            for position, instr in enumerate(block.instructions):
                targets = instr.targets if isinstance(instr, ir.Unpack) else ()
                pairs = [(target, self.uses.unpacked(target, instr)) for target in targets]
                if isinstance(instr, ir.Bind):
                    pairs = [(instr.target, instr.source)]
                for target, source in pairs:
                    if isinstance(source, str) and not source.startswith("%") and target != source:
                        if contracts().keeps(target) and not contracts().keeps(source):
                            yield (number, position), target, source

    def _looks_again(self, taken: Spot, moved: Spot, kept: ir.Place) -> bool:
        """Whether a name is read after an entry was replaced, and still means what it was given before."""
        reached = any(spot == moved for spot, _ in until_bound(self.function, taken, kept))
        return reached and any(
            kept in reads(instr) and not isinstance(instr, ir.Assume | ir.Bind)
            for _, instr in until_bound(self.function, moved, kept)
        )

    def _is_one_table(self, name: ir.Place) -> bool:
        """Whether a name always means the one dictionary that is made before every loop."""
        made = self.uses.made.get(name)
        if made is None or times_bound(self.function)[name] != 1 or made.origin in self.solution.looping:
            return False
        if isinstance(made, ir.Build):
            return made.kind == "dict"
        names = self.uses.names.get(str(made.function), ()) if isinstance(made, ir.Call) else ()
        return not TABLES.isdisjoint(names)

    def _gets_tensors(self, name: ir.Place) -> bool:
        """Whether a tensor is put into a dictionary."""
        stored = (each for each in self.uses.mentions.get(name, ()) if isinstance(each, ir.SetItem))
        values = (self.value_at(each, each.value) for each in stored if each.base == name)
        return any(
            value is not None and value.type != PLAIN_TYPE and self.is_tensor(value) for value in values
        )


def _is_one(index: ir.Index) -> bool:
    """Whether an index picks one element."""
    return len(index) == 1 and isinstance(index[0], ir.Pick)


def _fills(instr: ir.Instr, name: ir.Place) -> bool:
    """Whether an entry of a dictionary is replaced, under a key that is written out, or has a name."""
    return isinstance(instr, ir.SetItem) and instr.base == name and len(instr.index) == 1
