"""Questions about a name at two times: whether it can still be what it was when that was written.

Where ways meet, a name may be one of several objects, and on each way it is only one of them. ``x`` is the
written tensor before a loop and a new one after each of its turns: nobody who comes from the write in the
loop reads the written one by that name.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import MOST_POSITIONS, Aftermath, aftermath, certain
from tensorlint.alias.events import Read, Write
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import Choice, Value
from tensorlint.alias.state import age_value
from tensorlint.alias.uses import binds

Trail = tuple[int, int, Value, frozenset[ir.Place]]  # where, what was written, and who is something else


class Naming(Values):
    """Which names still are what was written."""

    def after(self, write: Write) -> Aftermath:
        """Who sees the written elements afterwards: through the same view, and another way."""
        known: dict[tuple[int, Value], bool] = {}

        def is_renamed(read: Read, region: Value) -> bool:
            key = id(read), region
            if key not in known:
                known[key] = self._is_renamed_for(read, write, region)
            return known[key]

        place = self.places[id(write)]
        return aftermath(self.solution, self.moments, *place, write, self.uses, is_renamed)

    def _is_renamed_for(self, read: Read, write: Write, region: Value) -> bool:
        """Whether every name by which a choice is read is given to something else on every way there from a
        write of what is a ``region`` by then.
        """
        names = {results.root_name(each, self.uses) for each in self._read_as(read.operand, read)}
        return bool(names) and all(
            isinstance(name, str)
            and self._is_one_of_several(name, read, region)
            and self._is_renamed(name, write, read)
            for name in names
        )

    def _read_as(self, operand: ir.Operand, read: Read) -> Iterator[ir.Operand]:
        """What is read: one value, or some of a display: ``return x, y``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) else None
        if isinstance(made, ir.Build):
            for element in made.elements:
                yield from self._read_as(element.value, read)
        elif isinstance(operand, str):
            value = self.value_before(read, operand)
            if value is not None and age_value(value, read.origin) == read.value:
                yield operand

    def _is_one_of_several(self, name: ir.Place, read: Read, region: Value) -> bool:
        """Whether a name is bound to one of several tensors, a written one among them, where it is read."""
        value = self.value_before(read, name)
        return value is not None and isinstance(value.object, Choice) and certain(value, region)[0]

    def _was(self, name: ir.Place, write: Write) -> bool:
        """Whether a name is bound to what is written, or may be, before that is written."""
        value = self.value_before(write, name)
        return value is not None and certain(value, write.region)[0]

    def _is_renamed(self, name: ir.Place, write: Write, read: Read) -> bool:
        """Whether a name is given to something else on every way from a write to a read."""
        reader = self.instruction(read)
        known = self._names_behind(name)
        others = {each for each in known if not self._was(each, write)}
        return not any(
            name not in renamed and (instr is reader or instr is None)
            for instr, renamed in self._renamed_since(write, known, frozenset(others))
        )

    def _names_behind(self, name: ir.Place) -> frozenset[ir.Place]:
        """A name, and all names that it is ever given from, or from what is made of them."""
        found, pending = {name}, [name]
        while pending:
            wanted = pending.pop()
            for instr in self.uses.mentions.get(wanted, ()):
                sources = ir.read(instr) if wanted in binds(instr) else ()
                new = [source for source in sources if source not in found]
                found.update(new)
                pending += new
        return frozenset(found)

    def _renamed_since(
        self, write: Write, known: frozenset[ir.Place], others: frozenset[ir.Place]
    ) -> Iterator[tuple[ir.Instr | None, frozenset[ir.Place]]]:
        """Every instruction that may run after a write, with those names that are something else before it;
        after too many of them something that no instruction is, and no name.
        """
        block, position = self.places[id(write)]
        pending: list[Trail] = [(block, position + 1, write.region, others)]
        seen: set[tuple[int, Value, frozenset[ir.Place]]] = set()
        steps = 0
        while pending:
            block, position, region, renamed = pending.pop()
            steps += len(self.function.blocks[block].instructions) + 1
            if steps > MOST_POSITIONS:
                yield None, frozenset()
                return
            for at, occurrence in enumerate(self.solution.occurrences[block][position:], position):
                instr = occurrence.instr
                yield instr, renamed
                if instr.origin in self.solution.looping:
                    region = age_value(region, instr.origin)
                for name in known.intersection(binds(instr)):
                    same = self._gives(instr, block, at, name, region, renamed)
                    renamed = renamed - {name} if same else renamed | {name}
            for successor in self.function.blocks[block].successors:
                aged = age_value(region, -1 - successor) if successor in self.solution.cyclic else region
                key = successor, aged, renamed
                if successor in self.solution.occurrences and key not in seen:
                    seen.add(key)
                    pending.append((successor, 0, aged, renamed))

    def _gives(
        self,
        instr: ir.Instr,
        block: int,
        at: int,
        name: ir.Place,
        region: Value,
        renamed: frozenset[ir.Place],
    ) -> bool:
        """Whether an instruction may give a name to what was written: not where all names that it could have
        that from are something else.
        """
        if isinstance(instr, ir.Bind):
            return isinstance(instr.source, str) and instr.source not in renamed
        names = self._replayed(block)[at].names
        value = names.get(name)
        if value is None or not certain(value, region)[0]:
            return False
        given = (each for each in ir.read(instr) if each in names and certain(names[each], region)[0])
        sources = frozenset(given)
        return not sources or not sources <= renamed
