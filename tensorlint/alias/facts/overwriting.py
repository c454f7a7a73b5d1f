"""Questions about what was put somewhere, and is then overwritten by a layer whose call does not show it."""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.activations import Activations
from tensorlint.alias.lattice import Sharing, sharing
from tensorlint.alias.uses import Spot, until_bound

PUTTING = {"append": 1, "appendleft": 1, "insert": 2}  # and with how many arguments


class Overwriting(Activations):
    """Results that are collected, and what an in-place layer makes of them."""

    def collected_before(self, write: Write) -> tuple[str, ir.Origin] | None:
        """The name that a layer overwrites in place, and where that was put into a list or dictionary before,
        which is looked at afterwards: ``skips.append(x); x = self.relu(x)``.
        """
        call, name = self.instruction(write), write.operand
        if not isinstance(call, ir.CallMethod) or not self._is_layer(write.callee):
            return None  # `nn.ReLU(inplace=True)(x)` shows it
        if not isinstance(name, str) or name.startswith("%") or not name or self.says_in_place(write, name):
            return None
        place = self.places[id(write)]
        for spot, origin, container in self._put_away(name):
            reached = self.comes_to(spot, place, name) and self._is_asked_later(container, place)
            if reached and self._is_what_was_put(spot, name, write):
                return name, origin
        return None

    def _put_away(self, name: ir.Place) -> Iterator[tuple[Spot, ir.Origin, ir.Place]]:
        """Where a name's object is put into something else, and what that is called."""
        for block, content in enumerate(self.function.blocks):
            for position, instr in enumerate(content.instructions):
                if isinstance(instr, ir.CallMethod) and PUTTING.get(instr.name) == len(instr.arguments):
                    if instr.arguments[-1].value == name and isinstance(instr.receiver, str):
                        yield (block, position), instr.origin, instr.receiver
                elif isinstance(instr, ir.Build) and instr.kind in ("list", "dict"):
                    if any(each.value == name and not each.starred for each in instr.elements):
                        yield (block, position), instr.origin, instr.target
                elif isinstance(instr, ir.SetItem) and instr.value == name and isinstance(instr.base, str):
                    if not self._is_tensor_there(instr, instr.base):
                        yield (block, position), instr.origin, instr.base

    def _is_tensor_there(self, instr: ir.Instr, place: ir.Place) -> bool:
        value = self.value_at(instr, place)
        return value is None or self.is_tensor(value)  # a store into that copies

    def _is_asked_later(self, container: ir.Place, place: Spot) -> bool:
        """Whether anybody asks, after an instruction, what is in a container, and does not only add to it."""
        if container.startswith("%"):
            return bool(self.own_attribute(container))
        return any(
            container in ir.read(instr) and not self._only_grows(instr, container)
            for _, instr in until_bound(self.function, place, container)
        )

    def _only_grows(self, instr: ir.Instr, container: ir.Place) -> bool:
        if isinstance(instr, ir.SetItem):
            return instr.base == container
        return isinstance(instr, ir.CallMethod) and instr.receiver == container and instr.name in PUTTING

    def _is_what_was_put(self, spot: Spot, name: ir.Place, write: Write) -> bool:
        """Whether what was put there is certainly what is overwritten."""
        kept = self.value_at(self.at(spot), name)
        return kept is not None and (
            kept.object == write.through.object or sharing(kept, write.through) is Sharing.DEFINITE
        )
