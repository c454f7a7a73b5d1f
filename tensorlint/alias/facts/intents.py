"""Questions about what shows that two names are meant to be one tensor, or to hold the same."""

from __future__ import annotations

import re

from tensorlint import ir
from tensorlint.alias.after import Observer
from tensorlint.alias.events import Write
from tensorlint.alias.facts.stencils import Stencils
from tensorlint.alias.lattice import Value, alternatives
from tensorlint.alias.region import Between, Step
from tensorlint.finding import Quote
from tensorlint.knowledge.contracts import contracts

COMMENT = re.compile(r"#(.*)")
MISTAKE = re.compile(r"\b(?:BUG|FIXME|XXX|HACK|TODO)\b")  # a comment that tells of one
CONVERTING = frozenset("cpu cuda to numpy detach".split())  # methods that give what is to go elsewhere
EVERYTHING = ir.Cut(ir.Literal(None), ir.Literal(None), ir.Literal(None))


class Intents(Stencils):
    """Writes by one name that whoever wrote them wants to be seen by the other."""

    def says_in_place(self, write: Write, base: str | Quote, *named: ir.Origin) -> bool:
        """Whether a comment says of the tensor that a write changes that this is meant, or that its memory is
        used again: beside the write or where other names were given, or just above.
        """
        told = contracts()
        return isinstance(base, str) and any(
            re.search(rf"(?<!\w){re.escape(base)}(?!\w)", comment) is not None
            and MISTAKE.search(comment) is None
            and (told.says_in_place(comment) or told.reuses(comment))
            for origin in (write.origin, *named)
            for comment in COMMENT.findall(self.module.around(origin))
        )

    def says_of_input(self, write: Write, parameter: str) -> bool:
        """Whether a comment beside a write, or just above, says that it overwrites the argument: by its name,
        or as the input.
        """
        named = re.compile(rf"(?<!\w)(?:{re.escape(parameter)}|inputs?|arguments?)(?!\w)", re.IGNORECASE)
        return any(
            named.search(comment) is not None
            and MISTAKE.search(comment) is None
            and contracts().overwrites(comment)
            for comment in COMMENT.findall(self.module.around(write.origin))
        )

    def is_filled_by_helper(self, write: Write, base: str | Quote) -> bool:
        """Whether a private method is handed a part of the object's own state: it is there to write it."""
        own = isinstance(base, str) and base.startswith(f"{self.function.receiver or ' '}.")
        return own and write.callee.startswith(".") and write.callee.rpartition(".")[2].startswith("_")

    def is_put_back(self, write: Write, base: Observer | None) -> bool:
        """Whether what is written is put back after that where it was taken, before anybody else looks:
        ``part = x[i:j]; part[0] = 1; x[i:j] = part[:]``.
        """
        reached = {event.origin for event in self.following(write)}
        for back in ir.instructions(self.function):
            if isinstance(back, ir.SetItem) and not back.augmented and back.origin in reached:
                if self._is_counted_with(write.operand, back):
                    return True
                if self._is_taken_there(self._whole(back.value), write, back):
                    return base is None or all(
                        event.origin != base.read.origin
                        for event in self.following(write, without=back.origin)
                    )
        return False

    def _is_taken_there(self, part: ir.Operand, write: Write, back: ir.SetItem) -> bool:
        """Whether a name was given to what stands under the index at which it is put back."""
        return part == write.operand and any(
            isinstance(made, ir.GetItem)
            and made.target == part
            and made.base == back.base
            and self._is_alike(made.index, back.index)
            for made in ir.instructions(self.function)
        )

    def _is_counted_with(self, row: ir.Operand, back: ir.SetItem) -> bool:
        """Whether a store replaces the row of a turn by what is computed from it: ``for i, row in
        enumerate(x): …; x[i] = mended(row)``.
        """
        for instr in self.uses.mentions.get(str(row), ()):
            if isinstance(instr, ir.Unpack) and instr.targets[1:] == (row,):
                turn = self.uses.made.get(str(instr.source))
                counted = self.uses.made.get(str(turn.iterable)) if isinstance(turn, ir.Next) else None
                given = counted.arguments[:1] if isinstance(counted, ir.Call) else ()
                over = any(each.value == back.base for each in given)
                if over and back.index == (ir.Pick(instr.targets[0]),):
                    return str(row) in ir.read(self.uses.made.get(str(back.value), back))
        return False

    def is_given_back(self, write: Write, base: str | Quote) -> bool:
        """Whether the attribute that a write changes gets what was written, as it is or converted back: ``x =
        asarray(self.x); x += 1; self.x = x``.
        """
        reached = {event.origin for event in self.following(write)}
        return any(
            isinstance(instr, ir.SetAttribute)
            and not instr.augmented
            and self._before_conversion(instr.value) == write.operand
            and f"{self._dotted(instr.base)}.{instr.name}" == base
            and instr.origin in reached
            for instr in ir.instructions(self.function)
        )

    def _before_conversion(self, operand: ir.Operand) -> ir.Operand:
        """What was converted to be handed to somebody else: ``x`` of ``x.cpu().numpy()``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) else None
        while isinstance(made, ir.CallMethod) and made.name in CONVERTING:
            operand = made.receiver
            made = self.uses.made.get(operand) if isinstance(operand, str) else None
        return operand

    def _dotted(self, place: ir.Operand) -> ir.Operand:
        """What attributes of attributes are called: ``self.net.weights``."""
        made = self.uses.made.get(place) if isinstance(place, str) and place[:1] == "%" else None
        return f"{self._dotted(made.base)}.{made.name}" if isinstance(made, ir.GetAttribute) else place

    def is_emptied_before(self, write: Write) -> bool:
        """Whether all elements were set to one number before, by the name that is written: whoever does so
        computes anew what is kept there, and borrows nothing.
        """
        return any(
            _empties(occurrence.instr, write.operand)
            and any(event is write for event in self.after_place(block, position))
            for block, occurrences in self.solution.occurrences.items()
            for position, occurrence in enumerate(occurrences)
        )

    def is_stored_twice(self, write: Write, base: str | Quote) -> bool:
        """Whether the other name gets the same value at the same place: ``left = right[::-1]; left[0] = 0;
        right[-1] = 0``.
        """
        own = self.instruction(write)
        if not isinstance(own, ir.SetItem) or own.augmented:
            return False
        for other in ir.instructions(self.function):
            if not isinstance(other, ir.SetItem) or other.augmented or other.base != base or other is own:
                continue
            if self._is_alike(own.value, other.value):
                value = self.value_at(other, other.base)
                if value is not None and self._is_one_place(own, write.through, other, value):
                    return True
        return False

    def _is_one_place(self, own: ir.SetItem, written: Value, other: ir.SetItem, value: Value) -> bool:
        """Whether two stores by two names go to the same elements."""
        for left, _ in alternatives(written):
            for right, _ in alternatives(value):
                if left.object != right.object:
                    continue
                paths = [[step for step in leaf.path if step.is_view] for leaf in (left, right)]
                longer, shorter = sorted(paths, key=len, reverse=True)
                further = longer[len(shorter) :]
                if longer[: len(shorter)] != shorter or len(further) > 1:
                    continue
                if not further and self._is_alike(own.index, other.index):
                    return True
                if further and _is_same_end(further[0], own.index, other.index):
                    return True
        return False

    def is_masked_on_both_sides(self, write: Write, base: Observer | None) -> bool:
        """Whether the other name is read by a nested function that masks the very same elements itself:
        ``hdiag[forbidden] = 0`` where that does ``zs[:, forbidden] = 0``.
        """
        own = self.instruction(write)
        reader = self.instruction(base.read) if base is not None else None
        if not isinstance(own, ir.SetItem) or not isinstance(reader, ir.Define) or reader.function < 0:
            return False
        masks = [each for each in own.index if isinstance(each, ir.Pick) and isinstance(each.value, str)]
        return any(
            isinstance(instr, ir.SetItem)
            and isinstance(instr.value, ir.Literal)
            and instr.value == own.value
            and any(each in masks for each in instr.index)
            for instr in ir.instructions(self.function.nested[reader.function])
        )

    def _whole(self, operand: ir.Operand) -> ir.Operand:
        """What all elements are taken of: ``part`` of ``part[:]``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand[:1] == "%" else None
        return made.base if isinstance(made, ir.GetItem) and made.index == (EVERYTHING,) else operand

    def _is_alike(self, first: object, second: object) -> bool:
        """Whether two operands, or indices, are written alike: of the same names and numbers."""
        if isinstance(first, tuple) and isinstance(second, tuple):
            return len(first) == len(second) and all(map(self._is_alike, first, second))
        if isinstance(first, ir.Pick) and isinstance(second, ir.Pick):
            return self._is_alike(first.value, second.value)
        if isinstance(first, ir.Cut) and isinstance(second, ir.Cut):
            ends = [(each.lower, each.upper, each.step) for each in (first, second)]
            return self._is_alike(*ends)
        if first == second:
            return True
        if not isinstance(first, str) or not isinstance(second, str):
            return False
        return self._is_computed_alike(self.uses.made.get(first), self.uses.made.get(second))

    def _is_computed_alike(self, first: ir.Instr | None, second: ir.Instr | None) -> bool:
        if isinstance(first, ir.Operate) and isinstance(second, ir.Operate):
            return first.operator == second.operator and self._is_alike(first.operands, second.operands)
        if isinstance(first, ir.GetAttribute) and isinstance(second, ir.GetAttribute):
            return first.name == second.name and self._is_alike(first.base, second.base)
        if isinstance(first, ir.GetItem) and isinstance(second, ir.GetItem):
            return self._is_alike(first.base, second.base) and self._is_alike(first.index, second.index)
        return False


def _empties(instr: ir.Instr, name: ir.Operand) -> bool:
    """``x.fill(0)``, ``x.zero_()``, ``x[:] = 0``"""
    if isinstance(instr, ir.CallMethod):
        literal = all(isinstance(each.value, ir.Literal) for each in instr.arguments)
        return instr.receiver == name and instr.name in ("fill", "fill_", "zero_") and literal
    if not isinstance(instr, ir.SetItem) or instr.augmented or not isinstance(instr.value, ir.Literal):
        return False
    return instr.base == name and instr.index in ((EVERYTHING,), (ir.Pick(ir.Literal(...)),))


def _is_same_end(step: Step, first: ir.Index, second: ir.Index) -> bool:
    """Whether a position in a slice, and one in what it was taken of, are the same end of both."""
    ends = [_position(index) for index in (first, second)]
    cut = step.axes[0] if len(step.axes) == 1 else None
    if not isinstance(cut, Between) or None in ends:
        return False
    if cut.step == -1 and cut.lower is None and cut.upper is None:
        return ends[0] == -1 - (ends[1] or 0)
    if ends[0] != ends[1] or cut.step not in (None, 1):
        return False
    return cut.upper is None if (ends[0] or 0) < 0 else cut.lower is None


def _position(index: ir.Index) -> int | None:
    """The position of an index that is written out."""
    only = index[0].value if len(index) == 1 and isinstance(index[0], ir.Pick) else None
    return only.value if isinstance(only, ir.Literal) and type(only.value) is int else None
