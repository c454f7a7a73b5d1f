"""Questions about methods that are looked at and not called."""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias.events import Inspected
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.values import Values

TRUTHS = frozenset({"builtins.bool", "builtins.all", "builtins.any"})


class Checks(Values):
    """Methods taken for what they would give."""

    def tested_uncalled(self, look: Inspected) -> ir.Origin | None:
        """Where a method of PyTorch's tensors, read but not called, is taken for true or false."""
        instr = self.instruction(look)
        if not isinstance(instr, ir.GetAttribute) or not self.is_tensor(look.value, "torch"):
            return None
        if self.certainty(look.operand, look.value) is Certainty.GUESSED:
            return None
        return next(self._tests(instr), None)

    def _tests(self, instr: ir.GetAttribute) -> Iterator[ir.Origin]:
        """Where what an attribute gives decides something."""
        places = {instr.target, f"{instr.base}.{instr.name}"}
        pending = [instr.target]
        while pending:
            for user in self.uses.mentions.get(pending.pop(), ()):
                onward = _onward(user)
                if onward is not None and onward not in places:
                    places.add(onward)
                    pending.append(onward)
        for user in ir.instructions(self.function):
            if isinstance(user, ir.Assume) and user.test == "truth" and user.operand in places:
                yield user.origin
            elif isinstance(user, ir.Operate) and user.operator == "not" and user.operands[0] in places:
                yield user.origin
            elif isinstance(user, ir.Call) and TRUTHS.intersection(
                self.uses.names.get(str(user.function), ())
            ):
                if any(argument.value in places for argument in user.arguments):
                    yield user.origin


def _onward(instr: ir.Instr) -> ir.Place | None:
    """The place that a value goes on to, or that collects it for ``all`` and ``any``."""
    if isinstance(instr, ir.Bind):
        return instr.target
    return instr.container if isinstance(instr, ir.Collect) else None
