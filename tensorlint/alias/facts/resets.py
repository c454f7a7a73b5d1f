"""Questions about attributes that a method gives the very tensor of another one, for good."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tensorlint import ir
from tensorlint.alias.events import Event, Read, Write
from tensorlint.alias.facts.keeping import PARAMETER, Keeping
from tensorlint.alias.lattice import Allocation, Given, Held
from tensorlint.alias.solve import Solution
from tensorlint.alias.uses import Uses
from tensorlint.knowledge.contracts import contracts


class Resets(Keeping):
    """Assignments that do something once, and then never again: both attributes are one tensor."""

    def set_for_good(self, event: Event) -> tuple[str, Write] | None:
        """The attribute that a method always gives the tensor of another one, which nothing else ever
        replaces, and the write by that attribute which changes both: ``self.state = self.mu``.
        """
        tied = self._tied_for_good(event)
        write = self._written_in_others(tied[0]) if tied is not None else None
        return (f"{self.function.receiver}.{tied[0]}", write) if tied is not None and write else None

    def follows_for_good(self, event: Event) -> tuple[str, Write] | None:
        """The same where it is the other one that is written, and the first one began as a tensor of its own:
        ``self.front = self.back``.
        """
        tied = self._tied_for_good(event)
        if tied is None or not self._begins_apart(tied[0]):
            return None
        write = self._written_in_others(tied[1])
        return (tied[0], write) if write is not None else None

    def never_differs(self, event: Event) -> tuple[str, ir.Origin | None, ir.Origin] | None:
        """The attribute that the constructor gives the tensor of another one, neither of which ever gets
        another; where that is written, if not by training; and where the one is taken from the other. Of a
        method that does both, another rule tells.
        """
        instr, own = self._keeping(event), self.function.receiver
        if instr is None or not isinstance(event, Read) or instr.base != own:
            return None
        other, kind = self.own_attribute(instr.value), event.value.type
        if self.function.name != "__init__" or not other or other == instr.name:
            return None
        trained = self.catalog.is_variable(kind) or kind == PARAMETER
        if self._times_given((other, instr.name), augmented=self.catalog.is_variable(kind)) != 2:
            return None
        write = self._written_in_others(other) or self._written_in_others(instr.name)
        written = write.origin if write is not None else None
        taken = self._difference({other, instr.name}, written)
        if taken is None or (write is None and not trained):
            return None
        return instr.name, written, taken

    def _times_given(self, attributes: Collection[str], *, augmented: bool) -> int:
        """How often methods give attributes another object, which ``augmented`` assignments may do."""
        return sum(
            isinstance(instr, ir.SetAttribute)
            and instr.name in attributes
            and instr.base == method.receiver
            and (augmented or not instr.augmented)
            for method in self.class_methods()
            for instr in ir.instructions(method)
        )

    def _difference(self, attributes: set[str], written: ir.Origin | None) -> ir.Origin | None:
        """Where a method takes one of two attributes from the other one, and does not write it itself."""
        for method in self.class_methods():
            if any(instr.origin == written for instr in ir.instructions(method)):
                continue
            uses = Uses.of(method)
            for instr in ir.instructions(method):
                if isinstance(instr, ir.Operate) and instr.operator == "-":
                    if {_attribute_read(each, method, uses) for each in instr.operands} == attributes:
                        return instr.origin
        return None

    def _tied_for_good(self, event: Event) -> tuple[str, str] | None:
        """Two attributes of which a method makes one tensor, time after time. Whoever does so takes it to set
        something back, or to keep it as it is.
        """
        instr, own = self._keeping(event), self.function.receiver
        if instr is None or not isinstance(event, Read) or instr.base != own:
            return None
        kept = event.value.object
        if not isinstance(kept, Held) or kept.owner != Given(own) or not kept.key.startswith("."):
            return None
        other, name = kept.key.removeprefix("."), self.function.name
        if name == "__init__" or contracts().makes_ready(name) or other == instr.name:
            return None
        if self.places[id(event)][0] != 0:
            return None  # where it is for the first time, perhaps
        if not self._is_always(instr.name, other) or not self._is_read_by_itself(other):
            return None
        return instr.name, other

    def _is_always(self, attribute: str, other: str) -> bool:
        """Whether methods give an attribute that of another one and nothing else, and that is never replaced
        itself, but by the constructor.
        """
        for method in self.class_methods():
            uses = Uses.of(method)
            for instr in ir.instructions(method):
                if not isinstance(instr, ir.SetAttribute) or instr.augmented or instr.base != method.receiver:
                    continue
                if method.name != "__init__" and instr.name == other:
                    return False
                if method.name != "__init__" and instr.name == attribute:
                    if _attribute_read(instr.value, method, uses) != other:
                        return False
        return True

    def _is_read_by_itself(self, attribute: str) -> bool:
        """Whether a method asks for an attribute, and does not only hand it to another one."""
        for method in self.class_methods():
            uses = Uses.of(method)
            for instr in ir.instructions(method):
                if isinstance(instr, ir.GetAttribute) and method.name != "__init__":
                    if (instr.base, instr.name) == (method.receiver, attribute):
                        users = [each for each in uses.mentions.get(instr.target, ()) if each is not instr]
                        if any(not isinstance(each, ir.SetAttribute) for each in users):
                            return True
        return False

    def _written_in_others(self, attribute: str) -> Write | None:
        """The first write in place of another method by the name of an attribute."""
        for solution in self._other_solutions():
            uses = Uses.of(solution.function)
            for event in solution.events():
                if isinstance(event, Write):
                    if _attribute_read(event.operand, solution.function, uses) == attribute:
                        return event
        return None

    def _begins_apart(self, attribute: str) -> bool:
        """Whether the constructor makes a tensor for an attribute."""
        solution = self.module.solved(f".{self.function.class_name}.__init__")
        if solution is None or solution.gave_up:
            return False
        made = solution.exit.heap.get(Given(solution.function.receiver), {}).get(f".{attribute}")
        return made is not None and isinstance(made.object, Allocation) and self.is_tensor(made)

    def _other_solutions(self) -> Iterator[Solution]:
        for method in self.class_methods():
            if method.name not in (self.function.name, "__init__"):
                solution = self.module.solved(f".{method.qualname}")
                if solution is not None and not solution.gave_up:
                    yield solution


def _attribute_read(operand: ir.Operand, method: ir.Function, uses: Uses) -> str:
    """The attribute of a method's object that an operand is; empty for anything else."""
    made = uses.made.get(operand) if isinstance(operand, str) else None
    own = isinstance(made, ir.GetAttribute) and made.base == method.receiver
    return made.name if isinstance(made, ir.GetAttribute) and own else ""
