"""Questions about single entries that were kept by reference where their neighbours show what was meant."""

from __future__ import annotations

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.events import Called, Event, Write
from tensorlint.alias.facts.keeping import Keeping
from tensorlint.alias.lattice import Allocation
from tensorlint.alias.uses import Spot, text_key, times_bound, until_bound
from tensorlint.knowledge.catalog import LAYER_VARIABLES

COPYING = frozenset({"copy", "clone"})
FINDING_LAYERS = frozenset({"get_layer"})
ALSO_NUMBERS = frozenset({"beta", "gamma"})
OPTIMIZER = "torch.optim.Optimizer"


class Entries(Keeping):
    """What is put into a list, or a state, by reference."""

    def first_entry(self, event: Event) -> tuple[ir.Operand, ir.Origin, Write] | None:
        """The tensor with which a list begins, where that was put into it, and the write that changes it
        before a loop appends a copy of the same tensor: ``frames = [u]``, ``frames.append(u.copy())``.
        """
        if not isinstance(event, Called) or event.receiver is None or len(event.arguments) != 1:
            return None
        if event.origin not in self.solution.looping or not event.names[0].endswith("append"):
            return None
        frames, copied = str(event.receiver[0]), self.uses.made.get(str(event.arguments[0][1]))
        made = self.uses.made.get(frames)
        if not isinstance(made, ir.Build) or times_bound(self.function)[frames] != 1 or not made.elements:
            return None
        if not isinstance(copied, ir.CallMethod) or copied.name not in COPYING:
            return None
        name = results.root_name(copied.receiver, self.uses)
        first = made.elements[0].value
        if not isinstance(name, str) or not name or self._copies(first):
            return None
        value, tensor = self.value_at(made, first), self.value_at(made, name)
        if value is None or tensor is None or results.root_name(first, self.uses) != name:
            return None
        if (
            value.object != tensor.object
            or not self.is_tensor(value)
            or not self._is_made_before(value.object)
        ):
            return None
        write = self._written_from(self._spot_of(made), name, event)
        return (first, self._origin_of(first, made), write) if write is not None else None

    def kept_variable(self, event: Event) -> ir.Operand | None:
        """The variable of a layer that a callback of Keras appends to a list of its own after each epoch or
        batch: always the same one.
        """
        if not isinstance(event, Called) or event.receiver is None or len(event.arguments) != 1:
            return None
        given = event.arguments[0][1]
        if not self._ends_a_phase():
            return None
        if not event.names[0].endswith("append") or not self.own_attribute(event.receiver[0]):
            return None
        made = self.uses.made.get(str(given))
        own = (
            isinstance(made, ir.GetAttribute)
            and made.name in LAYER_VARIABLES
            and self._is_of_a_layer(made.base, made.name)
        )
        return given if own else None

    def kept_in_state(self, event: Event) -> tuple[ir.Origin, str, ir.Origin] | None:
        """Where an optimizer keeps a gradient itself in its state, under which key, and where it writes what
        it keeps there in place.
        """
        first = next(iter(self.events()), None)
        if event is not first or self.function.name != "step" or not self.function.class_name:
            return None
        if OPTIMIZER not in self.catalog.bases(f".{self.function.class_name}"):
            return None
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.SetItem) and (key := text_key(instr)) and self._is_state(instr.base):
                moved = self._moved_in_place(key)
                if self._is_own_gradient(instr.value) and moved is not None:
                    return instr.origin, key, moved
        return None

    def _copies(self, operand: ir.Operand) -> bool:
        """Whether an expression, and not what its names were given, makes a copy."""
        made = self.uses.made.get(str(operand)) if str(operand).startswith("%") else None
        if isinstance(made, ir.CallMethod):
            return made.name in COPYING or self._copies(made.receiver)
        return isinstance(made, ir.GetItem | ir.GetAttribute) and self._copies(made.base)

    def _is_made_before(self, thing: object) -> bool:
        return not isinstance(thing, Allocation) or (
            thing.site not in self.solution.looping and not thing.old
        )

    def _written_from(self, start: Spot, name: ir.Place, goal: Event) -> Write | None:
        """A write in place by the very name, between a spot and an event, before the name is bound anew."""
        steps = until_bound(self.function, start, name, augmented=False)
        reached = {instr.origin for _, instr in steps}
        if goal.origin not in reached:
            return None
        for event in self.events():
            if isinstance(event, Write) and event.origin in reached and event.origin in self.solution.looping:
                if results.root_name(event.operand, self.uses) == name:
                    return event
        return None

    def _spot_of(self, instr: ir.Instr) -> Spot:
        return next(
            (number, position)
            for number, block in enumerate(self.function.blocks)
            for position, each in enumerate(block.instructions)
            if each is instr
        )

    def _origin_of(self, operand: ir.Operand, display: ir.Instr) -> ir.Origin:
        made = self.uses.made.get(str(operand)) if str(operand).startswith("%") else None
        return made.origin if made is not None else display.origin

    def _is_of_a_layer(self, operand: ir.Operand, variable: str) -> bool:
        """Whether something that a callback holds, or finds in what it holds, is a layer with a variable of
        some name. What a model calls ``beta`` itself may be a number that an annealing changes.
        """
        direct = self.uses.made.get(str(operand))
        for made in self.uses.behind([operand], _found_in):
            if isinstance(made, ir.GetAttribute) and made.base == self.function.receiver:
                return made is not direct or variable not in ALSO_NUMBERS
        return False

    def _is_state(self, operand: ir.Operand) -> bool:
        """Whether something is ``self.state[p]``."""
        made = self.uses.made.get(str(operand))
        if not isinstance(made, ir.GetItem):
            return False
        held = self.uses.made.get(str(made.base))
        own = isinstance(held, ir.GetAttribute) and held.base == self.function.receiver
        return isinstance(held, ir.GetAttribute) and own and held.name == "state"

    def _is_own_gradient(self, operand: ir.Operand) -> bool:
        """Whether something certainly is the gradient that a parameter holds."""
        if not isinstance(operand, str) or times_bound(self.function)[operand] != 1:
            return False
        made = self.uses.made.get(operand)
        if isinstance(made, ir.Bind):
            return self._is_own_gradient(made.source)
        if isinstance(made, ir.GetAttribute):
            return made.name == "grad" or (made.name == "data" and self._is_own_gradient(made.base))
        return (
            isinstance(made, ir.CallMethod) and made.name == "detach" and self._is_own_gradient(made.receiver)
        )

    def _moved_in_place(self, key: str) -> ir.Origin | None:
        """Where what a state holds under a key is written in place."""
        for instr in ir.instructions(self.function):
            if (
                isinstance(instr, ir.CallMethod)
                and instr.name.endswith("_")
                and not instr.name.endswith("__")
            ):
                made = self.uses.made.get(str(instr.receiver))
                if isinstance(made, ir.GetItem) and text_key(made) == key and self._is_state(made.base):
                    return instr.origin
        return None


def _found_in(made: ir.Instr) -> tuple[ir.Operand, ...]:
    """What something was read from, as a layer is from its model."""
    if isinstance(made, ir.GetAttribute | ir.GetItem):
        return (made.base,)
    finds = isinstance(made, ir.CallMethod) and made.name in FINDING_LAYERS
    return (made.receiver,) if isinstance(made, ir.CallMethod) and finds else ()
