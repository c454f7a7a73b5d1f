"""Questions about copies of a dictionary that an object keeps, call by call: all hold the same arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tensorlint import ir
from tensorlint.alias.calls import COPIES_CONTAINER
from tensorlint.alias.events import Called, Event
from tensorlint.alias.facts.reuse import appends
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import Allocation
from tensorlint.alias.uses import CHANGING, Uses, text_key
from tensorlint.knowledge.contracts import contracts, is_marked

FILLING = frozenset({"fill", "sort", "put"})


class CopiedTables(Values):
    """Records that are made once and written time after time."""

    def collected_copies(self, event: Event) -> tuple[str, ir.Origin] | None:
        """The array in a dictionary of the object whose copies a method appends, and where this method writes
        it in place: ``self.message["q"][:] = q``, ``self.rows.append(dict(self.message))``.
        """
        if not isinstance(event, Called) or event.receiver is None or not event.arguments:
            return None
        name = self.function.name
        if not appends(event):
            return None
        if name == "__init__" or contracts().makes_ready(name) or not self.own_attribute(event.receiver[0]):
            return None
        table = self._copied_attribute(event.arguments[-1][1])
        if not table:
            return None
        for key in self._arrays_made_once(table):
            written = self._written_in(table, key)
            if written is not None:
                return f'{self.function.receiver}.{table}["{key}"]', written
        return None

    def _copied_attribute(self, operand: ir.Operand) -> str:
        """The attribute of which an expression is a new dictionary of the same entries, and maybe more."""
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand.startswith("%") else None
        if isinstance(made, ir.CallMethod) and made.name == "copy" and not made.arguments:
            return self.own_attribute(made.receiver)
        if isinstance(made, ir.Call) and len(made.arguments) == 1:
            copies = not COPIES_CONTAINER.isdisjoint(self.uses.names.get(str(made.function), ()))
            return self.own_attribute(made.arguments[0].value) if copies else ""
        if not isinstance(made, ir.Build) or made.kind != "dict" or not made.elements:
            return ""
        first, *others = made.elements
        replaced = any(each.starred or isinstance(each.key, str) for each in others)
        return self.own_attribute(first.value) if first.starred and not replaced else ""

    def _arrays_made_once(self, table: str) -> Iterator[str]:
        """The keys under which a dictionary has arrays that the constructor makes, and nobody replaces."""
        made: Mapping[str, ir.Operand] = {}
        for method in self.class_methods():
            for instr in ir.instructions(method):
                if isinstance(instr, ir.SetAttribute) and instr.name == table:
                    if method.name != "__init__" or made:
                        return
                    made = _entries(Uses.of(method).made.get(str(instr.value)))
        replaced = {key for method in self.class_methods() for key in _replaced(method, table)}
        solution = self.module.solved(f".{self.function.class_name}.__init__")
        if solution is None or solution.gave_up or "" in replaced:
            return
        there = replace(self, solution=solution)
        for key, operand in made.items():
            maker = there.uses.made.get(str(operand))
            value = there.value_at(maker, operand) if maker is not None else None
            if value is None or key in replaced or not isinstance(value.object, Allocation):
                continue
            if there.is_tensor(value) and self.catalog.is_writable(value.type):
                yield key

    def _written_in(self, table: str, key: str) -> ir.Origin | None:
        """Where what an own dictionary has under a key is written in place."""
        for instr in ir.instructions(self.function):
            written: ir.Operand = ""
            if isinstance(instr, ir.SetItem) and not instr.augmented:
                written = instr.base
            elif isinstance(instr, ir.Augment):
                written = instr.target
            elif isinstance(instr, ir.CallMethod) and (is_marked(instr.name) or instr.name in FILLING):
                written = instr.receiver
            made = self.uses.made.get(str(written))
            if (
                isinstance(made, ir.GetItem)
                and text_key(made) == key
                and self.own_attribute(made.base) == table
            ):
                return instr.origin
        return None


def _entries(made: ir.Instr | None) -> Mapping[str, ir.Operand]:
    """What a display holds under keys that are written out."""
    if not isinstance(made, ir.Build) or made.kind != "dict" or any(each.starred for each in made.elements):
        return {}
    keyed = ((each.key.value, each.value) for each in made.elements if isinstance(each.key, ir.Literal))
    return {key: value for key, value in keyed if isinstance(key, str) and key}


def _replaced(method: ir.Function, table: str) -> Iterator[str]:
    """The keys under which a method gives an own dictionary something else; empty for one not written out."""
    uses = Uses.of(method)
    for instr in ir.instructions(method):
        changed: ir.Operand = ""
        if isinstance(instr, ir.SetItem | ir.DeleteItem):
            changed = instr.base
        elif isinstance(instr, ir.CallMethod) and instr.name in CHANGING:
            changed = instr.receiver
        made = uses.made.get(str(changed))
        if isinstance(made, ir.GetAttribute) and (made.base, made.name) == (method.receiver, table):
            if not isinstance(instr, ir.SetItem) or not instr.augmented:
                yield text_key(instr) if isinstance(instr, ir.SetItem) else ""
