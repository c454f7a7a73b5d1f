"""Questions about exchanges of what two tensors hold, for which a third name is given to one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.harms import Harms
from tensorlint.alias.facts.stencils import EVERYTHING
from tensorlint.alias.uses import binds

COPYING_INTO = "copy_"
QUIET = ir.GetAttribute | ir.GetItem | ir.Reference | ir.Evaluate  # read at most


@dataclass(frozen=True, slots=True)
class Exchange:
    """``kept`` is a second name, given at ``taken``, of what was overwritten at ``overwritten``."""

    kept: ir.Place
    taken: ir.Origin
    overwritten: ir.Origin


class Exchanges(Harms):
    """Exchanges in which nothing is put aside."""

    def half_exchanged(self, write: Write) -> Exchange | None:
        """The exchange whose second half is a write: ``t = a.w; a.w.copy_(b.w); b.w.copy_(t)``, one statement
        after the other. Of what is told at the first half already, nothing is said here.
        """
        second, kept = _filled_with(self.instruction(write))
        if not isinstance(kept, str) or kept.startswith("%"):
            return None
        filled = None
        for instr in self._before(write):
            first, source = _filled_with(instr)
            if kept in binds(instr):
                if filled is None or not self._is_given(instr, filled[1]):
                    return None
                return Exchange(kept, instr.origin, filled[0])
            if source is not None and filled is None and self._is_alike(source, second):
                filled = instr.origin, first
            elif not isinstance(instr, QUIET):
                return None
        return None

    def _before(self, write: Write) -> Iterator[ir.Instr]:
        """The instructions before a write in its block, the last one first."""
        block, position = self.places[id(write)]
        return reversed(self.function.blocks[block].instructions[:position])

    def _is_given(self, naming: ir.Instr, first: ir.Operand) -> bool:
        """Whether a name is given to an attribute, or to an element by number, that is written so again."""
        made = self.uses.made.get(first) if isinstance(first, str) else None
        if isinstance(naming, ir.GetItem):
            picks = [each.value if isinstance(each, ir.Pick) else "" for each in naming.index]
            named = all(isinstance(each, ir.Literal) for each in picks)
        else:
            named = isinstance(naming, ir.GetAttribute)
        return named and made is not naming and self._is_computed_alike(naming, made)


def _filled_with(instr: ir.Instr) -> tuple[ir.Operand, ir.Operand | None]:
    """What an instruction overwrites with all that something else holds: ``x.copy_(y)``, ``x[:] = y``."""
    if isinstance(instr, ir.CallMethod) and instr.name == COPYING_INTO and instr.arguments:
        given = instr.arguments[0]
        return instr.receiver, given.value if given.keyword in (None, "src", "other") else None
    if isinstance(instr, ir.SetItem) and not instr.augmented and instr.index in EVERYTHING:
        return instr.base, instr.value
    return "", None
