"""Questions about results of in-place operations that get a name of their own: of layers whose call does not
show it, and of methods.
"""

from __future__ import annotations

from dataclasses import dataclass

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.intents import Intents
from tensorlint.alias.lattice import alternatives
from tensorlint.alias.uses import until_bound

# What tells whether two names are one tensor, or hold the same.
ASKING = frozenset("== != is equal allclose isclose assert_close data_ptr is_set_to".split()) | {"is not"}
READING = (ir.Operate, ir.Augment, ir.Build, ir.Call, ir.CallMethod)


@dataclass(frozen=True, slots=True)
class Activated:
    """The name of a layer's result, that of its input, and where the input is read again."""

    result: ir.Place
    name: ir.Place
    read: ir.Origin


class Activations(Intents):
    """Results of in-place layers that get a name of their own."""

    def activated(self, write: Write) -> Activated | None:
        """``out = self.relu(x)``, and then ``out + x``, where ``self.relu`` works in place: whoever gives the
        result another name takes the input for what it was.
        """
        call = self.instruction(write)
        if not isinstance(call, ir.CallMethod) or not self._is_layer(write.callee):
            return self._met_again(write)  # `nn.ReLU(inplace=True)(x)` shows it
        given = write.operand
        if not isinstance(given, str) or call.target.startswith("%") or given in ("", call.target):
            return None
        if given.startswith("%") or self.says_in_place(write, given):
            return None
        used = any(user is not call for user in self.uses.mentions.get(call.target, ()))
        later = until_bound(self.function, self.places[id(write)], given)
        read = (i.origin for _, i in later if i is not call and isinstance(i, READING) and _reads(i, given))
        origin = next(read, None) if used else None
        return Activated(call.target, given, origin) if origin is not None else None

    def _met_again(self, write: Write) -> Activated | None:
        """``clipped = ratio.clamp_(0.8, 1.2)``, and then ``torch.min(ratio, clipped)``: one operation on both
        names, which are one tensor.
        """
        call, given = self.instruction(write), self._chained_from(write.operand)
        if not isinstance(call, ir.CallMethod) or not call.name.endswith("_") or call.name.endswith("__"):
            return None
        if not isinstance(given, str) or given.startswith("%") or call.target.startswith("%"):
            return None
        if given == call.target or not self.is_tensor(write.through, "torch"):
            return None
        if any(step.selects for leaf, _ in alternatives(write.through) for step in leaf.path):
            return None
        place, pair = self.places[id(write)], {given, call.target}
        named = {spot for spot, _ in until_bound(self.function, place, call.target)}
        for spot, instr in until_bound(self.function, place, given):
            if spot in named and pair <= self._computed_with(instr):
                return Activated(call.target, given, instr.origin)
        return None

    def _computed_with(self, instr: ir.Instr) -> set[ir.Operand]:
        """What an operation of PyTorch, or an operator, computes its result from."""
        if isinstance(instr, ir.Operate):
            return set() if instr.operator in ASKING else {*instr.operands}
        if not isinstance(instr, ir.Call | ir.CallMethod) or self.uses.called_name(instr) in ASKING:
            return set()
        given = {each.value for each in instr.arguments if each.keyword is None}
        if isinstance(instr, ir.CallMethod):
            known = self.catalog.lookup(f"torch.Tensor.{instr.name}") is not None
            return {*given, instr.receiver} if known and not instr.name.endswith("_") else set()
        names = self.uses.names.get(str(instr.function), ())
        return given if names and all(name.startswith("torch.") for name in names) else set()

    def _is_layer(self, callee: str) -> bool:
        return self.catalog.is_kind_of(callee, "torch.nn.Module")


def _reads(instr: ir.Instr, place: ir.Place) -> bool:
    """Whether an instruction looks at the elements of a place, and does not only write them."""
    return place in ir.mentioned(instr) and getattr(instr, "target", "") != place
