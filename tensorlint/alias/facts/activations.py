"""Questions about layers that work in place although their call does not show it."""

from __future__ import annotations

from dataclasses import dataclass

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.intents import Intents
from tensorlint.alias.uses import until_bound

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
            return None  # `nn.ReLU(inplace=True)(x)` shows it
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

    def _is_layer(self, callee: str) -> bool:
        return self.catalog.is_kind_of(callee, "torch.nn.Module")


def _reads(instr: ir.Instr, place: ir.Place) -> bool:
    """Whether an instruction looks at the elements of a place, and does not only write them."""
    return place in ir.mentioned(instr) and getattr(instr, "target", "") != place
