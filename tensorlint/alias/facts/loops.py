"""Questions about loops: whether what a loop's variable is bound to anew reaches anybody."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import HANDED_OUT
from tensorlint.alias.copies import chain
from tensorlint.alias.events import Called, Computed, Event, Read
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Given, Object, Value, alternatives, is_plain, root
from tensorlint.alias.uses import Spot, binds, reads, until_bound


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
        if before is None or not self._is_element(before, name):
            return ""
        if not self.is_tensor(event.result) and not self._goes_on_with(event, name, before):
            return ""
        # A method may change what it is called on, and so may `+=`: not those of tensors.
        if isinstance(instr, ir.Augment | ir.CallMethod) and not self._is_surely_tensor_before(before, name):
            return ""
        if isinstance(instr, ir.Augment) and self.is_tensor(before, "tensorflow.Variable"):
            return ""  # refused
        used = self.uses.is_computed_from(instr, name) or self._replaces_unseen(event, name, before)
        lost = used and not self._is_read_after(event, name)
        return name if lost and name not in self.function.captured and not self.is_trial(event.origin) else ""

    def _replaces_unseen(self, event: Computed | Called, name: ir.Place, element: Value) -> bool:
        """Whether an element gets something else put in its place before anybody looked at it, in a loop over
        what is handed out afterwards: ``for part, edge in zip(parts, edges): part = x <= edge``. To nothing
        but the name does the loop go through them, then.
        """
        if name.startswith("_") or is_plain(element):
            return False
        return self._is_unseen_before(event, name) and self._goes_out_after(event, name, element)

    def _goes_out_after(self, event: Event, name: ir.Place, element: Value) -> bool:
        """Whether an element, what holds it or the tensor that it is a part of is handed out afterwards."""
        leaves = [leaf for leaf, _ in alternatives(element)]
        holders = {each for leaf in leaves for each in chain(leaf.object)}
        return self._is_handed_out_after(event, {*holders, *self._asked_for_values(name)})

    def _is_unseen_before(self, event: Event, name: ir.Place) -> bool:
        """Whether nobody reads what a loop binds to a name before an event binds the name anew."""
        goal = self.places[id(event)]
        for spot in self._bindings(name):
            steps = list(until_bound(self.function, spot, name))
            if any(at == goal for at, _ in steps) and any(name in reads(each) for _, each in steps):
                return False
        return True

    def _is_handed_out_after(self, event: Event, things: Container[Object]) -> bool:
        later = (each for each in self.following(event) if isinstance(each, Read) and each.how in HANDED_OUT)
        return any(leaf.object in things for each in later for leaf, _ in alternatives(each.value))

    @cached_property
    def _variables(self) -> frozenset[ir.Place]:
        """The names that loops bind, by themselves or by unpacking."""
        steps = [*ir.instructions(self.function)]
        taken = {instr.target for instr in steps if isinstance(instr, ir.Next)}
        unpacked = (i.targets for i in steps if isinstance(i, ir.Unpack) and i.source in taken)
        return frozenset(taken.union(*unpacked))

    def _goes_on_with(self, event: Computed | Called, name: ir.Place, element: Value) -> bool:
        """Whether what was handed in, and is gone through, is handed out after arithmetic on an element:
        whoever does that takes it for changed, whatever its elements are.
        """
        if not isinstance(self.instruction(event), ir.Operate) or is_plain(element):
            return False
        sources = {*chain(element.object), *self._asked_for_values(name)} - {element.object}
        given = {thing for thing in sources if isinstance(root(thing), Given)}
        return self._is_handed_out_after(event, given)

    def _asked_for_values(self, name: ir.Place) -> Iterator[Object]:
        """The dictionaries whose values a loop binds to a name: ``x`` of ``for k, v in x.items()``."""
        for instr in ir.instructions(self.function):
            bound = binds(instr) if isinstance(instr, ir.Unpack | ir.Next) else ()
            taken = self.uses.made.get(str(instr.source)) if isinstance(instr, ir.Unpack) else instr
            if name not in bound or not isinstance(taken, ir.Next):
                continue
            made = self.uses.made.get(str(taken.iterable))
            if isinstance(made, ir.CallMethod) and made.name in ("values", "items"):
                value = self.value_at(made, made.receiver)
                yield from () if value is None else (value.object,)

    def _is_surely_tensor_before(self, value: Value, name: ir.Place) -> bool:
        return self.is_tensor(value) and self.certainty(name, value) is not Certainty.GUESSED

    def _is_element(self, value: Value, name: ir.Place) -> bool:
        """Whether a value is what the loop has just bound."""
        return any(
            value == self._replayed(block)[position].names.get(name)
            for block, position in self._bindings(name)
        )

    def _bindings(self, name: ir.Place) -> Iterator[Spot]:
        """Where loops bind a name, or unpack something into it."""
        for block, occurrences in self.solution.occurrences.items():
            for position, occurrence in enumerate(occurrences):
                if isinstance(occurrence.instr, ir.Next | ir.Unpack) and name in binds(occurrence.instr):
                    yield block, position

    def _is_read_after(self, event: Event, name: ir.Place) -> bool:
        """Whether control may come to where a name is read before it is bound again."""
        return any(
            (isinstance(instr, ir.Forget) and instr.name == name)
            or (name in reads(instr) and not isinstance(instr, ir.Assume))
            for _, instr in until_bound(self.function, self.places[id(event)], name)
        )
