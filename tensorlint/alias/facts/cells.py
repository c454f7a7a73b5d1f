"""Questions about arrays of objects: ``fill`` puts one object into every cell."""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import Allocation, Value, is_plain
from tensorlint.alias.operators import COUNTERS
from tensorlint.alias.uses import CHANGING, until_bound

OBJECTS = frozenset({"builtins.object", "numpy.object_"})
WRITTEN_OUT = (ir.Literal("object"), ir.Literal("O"))
CHANGEABLE = frozenset("builtins.list builtins.dict builtins.set collections.deque".split())


class Cells(Values):
    """Arrays whose cells are objects of Python."""

    def filled_with_one(self, write: Write) -> ir.Origin | None:
        """Where a cell is changed in place of an array of objects that a write fills with one of them:
        ``cells.fill(np.zeros(3)); cells[i] += force``.
        """
        instr = self.instruction(write)
        if not isinstance(instr, ir.CallMethod) or instr.name != "fill" or len(instr.arguments) != 1:
            return None
        cells = instr.receiver
        if not isinstance(cells, str) or cells.startswith("%") or not self._holds_objects(write.through):
            return None
        value = self.value_at(instr, instr.arguments[0].value)
        if value is None or is_plain(value) or not (self.is_tensor(value) or value.type in CHANGEABLE):
            return None
        later = [each for _, each in until_bound(self.function, self.places[id(write)], cells)]
        if any(isinstance(each, ir.SetItem) and each.base == cells and not each.augmented for each in later):
            return None  # a cell gets an object of its own
        return next((site for each in later for site in self._changed(each, cells)), None)

    def _holds_objects(self, value: Value) -> bool:
        """Whether an array was made to hold objects: ``np.empty(n, dtype=object)``."""
        thing = value.object
        made = self.instruction_at(thing.site) if isinstance(thing, Allocation) and not value.path else None
        given = made.arguments if isinstance(made, ir.Call) else ()
        told = [each.value for each in given if each.keyword == "dtype"]
        return any(
            each in WRITTEN_OUT or not OBJECTS.isdisjoint(self.uses.names.get(str(each), ())) for each in told
        )

    def _changed(self, taking: ir.Instr, cells: ir.Place) -> Iterator[ir.Origin]:
        """Where the one cell is changed that an instruction takes out."""
        if isinstance(taking, ir.GetItem) and taking.base == cells:
            numbers = all(isinstance(each, ir.Pick) and self._is_number(each.value) for each in taking.index)
        elif isinstance(taking, ir.Next) and taking.iterable == cells:
            numbers = True
        else:
            return
        for user in self.uses.mentions.get(taking.target, ()):
            added = isinstance(user, ir.Augment) and user.target == taking.target
            stored = isinstance(user, ir.SetItem) and user.base == taking.target
            if numbers and (added or stored):
                yield user.origin
            elif isinstance(user, ir.CallMethod) and user.receiver == taking.target and user.name in CHANGING:
                yield user.origin  # several cells, which a mask picks, are an array: it has none of these

    def _is_number(self, index: ir.Operand) -> bool:
        return index in COUNTERS or (isinstance(index, ir.Literal) and type(index.value) is int)
