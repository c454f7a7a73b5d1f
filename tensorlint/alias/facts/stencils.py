"""Questions about new values that are computed one by one from old ones: are those still the old ones?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.broadcasts import Broadcasts
from tensorlint.alias.lattice import Value, alternatives
from tensorlint.alias.uses import until_bound

ASSIGNING = frozenset({"assign", "copy_"})
NOTHING = ir.Literal(None)
EVERYTHING = ((ir.Cut(NOTHING, NOTHING, NOTHING),), (ir.Pick(ir.Literal(...)),))


@dataclass(frozen=True, slots=True)
class Stencil:
    """A second name by which other elements are read than the one that is written: the name, where it was
    given and where it is read.
    """

    name: ir.Place
    taken: ir.Origin
    read: ir.Origin


class Stencils(Broadcasts):
    """Loops over elements that write what they go on to read by another name."""

    def stencil(self, write: Write) -> Stencil | None:
        """``old = u``, and then ``u[i] = old[i - 1] + old[i + 1]`` for each ``i``, from the first one on."""
        user = self.instruction(write)
        if not isinstance(user, ir.SetItem) or not self.is_tensor(write.through):
            return None
        repeated = self._repeated(user)
        if not repeated or self.certainty(write.operand, write.through) is Certainty.GUESSED:
            return None
        for instr, name in self._read_for(user):
            if name != user.base and id(instr) in repeated:
                taken = self._named(write.through, self.value_at(instr, name))
                if taken is not None:
                    return Stencil(name, taken, instr.origin)
        return None

    def exchanged(self, write: Write) -> Stencil | None:
        """``kept = a``, ``a[:] = b``, and then ``b[:] = kept``: what was to be kept is ``a`` itself."""
        target, given = _assigned(self.instruction(write))
        if not isinstance(given, str) or not self.is_tensor(write.through):
            return None
        for _, instr in until_bound(self.function, self.places[id(write)], given):
            other, kept = _assigned(instr)
            if other == given and kept != target and isinstance(kept, str):
                taken = self._named(write.through, self.value_at(instr, kept))
                if taken is not None:
                    return Stencil(kept, taken, instr.origin)
        return None

    def _named(self, written: Value, read: Value | None) -> ir.Origin | None:
        """Where a tensor got the second of the names by which it is written and read, if it has two."""
        ways = [leaf for value in (written, read) if value is not None for leaf, _ in alternatives(value)]
        if read is None or len({leaf.object for leaf in ways}) != 1:
            return None
        steps = [step for leaf in ways for step in leaf.path]
        if any(step.is_view for step in steps):
            return None
        return next((step.site for step in steps if step.kind == "alias"), None)

    def _read_for(self, user: ir.SetItem) -> Iterator[tuple[ir.Instr, ir.Place]]:
        """The names whose elements are read for the one that is stored, and by which instructions."""
        for made in self.uses.behind([user.value], lambda made: self._taken_in(made, user)):
            read = () if isinstance(made, ir.Bind) else self._taken_in(made, user)
            yield from ((made, each) for each in read if isinstance(each, str) and not each.startswith("%"))

    def _taken_in(self, made: ir.Instr, user: ir.SetItem) -> list[ir.Operand]:
        """What a result is made of, but for elements that are not written yet."""
        if isinstance(made, ir.Bind):
            return [made.source]
        if isinstance(made, ir.Operate):
            return [*made.operands]
        if isinstance(made, ir.GetItem):
            return [] if self._is_ahead(made.index, user.index) else [made.base]
        if isinstance(made, (ir.Call, ir.CallMethod)):
            given = [argument.value for argument in made.arguments]
            return [*given, made.receiver] if isinstance(made, ir.CallMethod) else given
        return []

    def _is_ahead(self, read: ir.Index, written: ir.Index) -> bool:
        """Whether no element is read that was written before: ``u[i]`` itself, ``u[i + 1]``."""
        return len(read) == len(written) and all(
            isinstance(left, ir.Pick)
            and isinstance(right, ir.Pick)
            and (left.value == right.value or self._follows(left.value, right.value))
            for left, right in zip(read, written, strict=True)
        )

    def _follows(self, later: ir.Operand, index: ir.Operand) -> bool:
        made = self.uses.made.get(later) if isinstance(later, str) else None
        if not isinstance(made, ir.Operate) or made.operator != "+" or made.operands[0] != index:
            return False
        step = made.operands[1]
        return isinstance(step, ir.Literal) and isinstance(step.value, int) and step.value > 0

    def _repeated(self, user: ir.SetItem) -> set[int]:
        """The instructions of the loops, by their ids, whose variables an index depends on; none where one of
        them does not run from the first element on.
        """
        index = [each.value for each in user.index if isinstance(each, ir.Pick)]
        variables = {
            made.target for made in self.uses.behind(index, _counted_by) if isinstance(made, ir.Next)
        }
        bodies = {
            number: block.instructions[0]
            for number, block in enumerate(self.function.blocks)
            if block.instructions and isinstance(block.instructions[0], ir.Next)
        }
        loops = {number: each for number, each in bodies.items() if each.target in variables}
        if not all(self._is_from_the_first(each.iterable) for each in loops.values()):
            return set()
        return {instr for number in loops for instr in self._body(number)}

    def _body(self, first: int) -> set[int]:
        """The instructions of a loop whose body begins with a block."""
        blocks = self.function.blocks
        heads = {number for number, block in enumerate(blocks) if first in block.successors}
        pending, seen = [first], {first}
        while pending:
            after = set(blocks[pending.pop()].successors) - heads - seen
            seen |= after
            pending += after
        return {id(instr) for number in seen for instr in blocks[number].instructions}

    def _is_from_the_first(self, iterable: ir.Operand) -> bool:
        """Whether it counts upwards: ``range(1, n)``, ``enumerate(x)``, but not ``range(n, 0, -1)``."""
        made = self.uses.made.get(iterable) if isinstance(iterable, str) else None
        if not isinstance(made, ir.Call) or not isinstance(made.function, str):
            return False
        names = self.uses.names.get(made.function, ())
        return ("builtins.range" in names and len(made.arguments) < 3) or "builtins.enumerate" in names


def _counted_by(made: ir.Instr) -> tuple[ir.Operand, ...]:
    """What a part of an index is computed from."""
    if isinstance(made, (ir.Bind, ir.Unpack)):
        return (made.source,)
    return made.operands if isinstance(made, ir.Operate) else ()


def _assigned(instr: ir.Instr) -> tuple[ir.Operand, ir.Operand] | tuple[None, None]:
    """What gets all its elements from an instruction, and what they are taken from."""
    if isinstance(instr, ir.SetItem) and not instr.augmented and instr.index in EVERYTHING:
        return instr.base, instr.value
    if isinstance(instr, ir.CallMethod) and instr.name in ASSIGNING and len(instr.arguments) == 1:
        return instr.receiver, instr.arguments[0].value
    return None, None
