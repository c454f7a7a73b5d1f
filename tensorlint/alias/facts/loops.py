"""Questions about loops: whether what a loop's variable is bound to anew reaches anybody."""

from __future__ import annotations

from functools import cached_property

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.events import Called, Computed, Event
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Value
from tensorlint.alias.uses import binds, reads


class Loops(Outcomes):
    """The variables of loops."""

    def rebound_for_nothing(self, event: Computed | Called) -> ir.Place:
        """The variable of a loop that gets a tensor computed from the one it was; empty where it is read."""
        instr = self.instruction(event)
        name = next(iter(binds(instr)), "")
        if name.startswith("%") or name not in self._variables or self.function.kind in ("module", "class"):
            return ""
        if isinstance(event, Called) and results.pure_entry(event, self.catalog) is None:
            return ""
        before = self.value_before(event, name)
        if before is None or not self._is_element(before, name) or not self.is_tensor(event.result):
            return ""
        # A method may change what it is called on, and so may `+=`: not those of tensors.
        if isinstance(instr, ir.Augment | ir.CallMethod) and not self._is_surely_tensor_before(before, name):
            return ""
        if isinstance(instr, ir.Augment) and self.is_tensor(before, "tensorflow.Variable"):
            return ""  # refused
        lost = self.uses.is_computed_from(instr, name) and not self._is_read_after(event, name)
        return name if lost and name not in self.function.captured and not self.is_trial(event.origin) else ""

    @cached_property
    def _variables(self) -> frozenset[ir.Place]:
        """The names that loops bind, by themselves or by unpacking."""
        steps = [*ir.instructions(self.function)]
        taken = {instr.target for instr in steps if isinstance(instr, ir.Next)}
        unpacked = (i.targets for i in steps if isinstance(i, ir.Unpack) and i.source in taken)
        return frozenset(taken.union(*unpacked))

    def _is_surely_tensor_before(self, value: Value, name: ir.Place) -> bool:
        return self.is_tensor(value) and self.certainty(name, value) is not Certainty.GUESSED

    def _is_element(self, value: Value, name: ir.Place) -> bool:
        """Whether a value is what the loop has just bound."""
        return any(
            value == self._replayed(block)[position].names.get(name)
            for block, occurrences in self.solution.occurrences.items()
            for position, occurrence in enumerate(occurrences)
            if isinstance(occurrence.instr, ir.Next | ir.Unpack) and name in binds(occurrence.instr)
        )

    def _is_read_after(self, event: Event, name: ir.Place) -> bool:
        """Whether control may come to where a name is read before it is bound again."""
        block, position = self.places[id(event)]
        pending, seen = [(block, position + 1)], set[int]()
        while pending:
            block, position = pending.pop()
            for instr in self.function.blocks[block].instructions[position:]:
                deleted = isinstance(instr, ir.Forget) and instr.name == name
                if deleted or (name in reads(instr) and not isinstance(instr, ir.Assume)):
                    return True
                if name in binds(instr):
                    break
            else:
                following = [each for each in self.function.blocks[block].successors if each not in seen]
                seen.update(following)
                pending += [(each, 0) for each in following]
        return False
