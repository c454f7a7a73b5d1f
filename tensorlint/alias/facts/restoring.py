"""Questions about writes that are taken back: who looks afterwards finds what was there before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.intents import Intents
from tensorlint.alias.lattice import Sharing, alternatives, is_plain, sharing
from tensorlint.alias.uses import Spot, binds, given_to, times_bound


class Restoring(Intents):
    """Elements that are kept, changed for a moment and put back: ``old = x[i]; x[i] = old + h; …``."""

    def is_taken_back(self, write: Write) -> bool:
        """Whether a write puts back what was there before, or whether that is done on every way on which the
        function goes on after it.
        """
        return self._puts_kept_back(write) or self._is_undone(write)

    def _puts_kept_back(self, write: Write) -> bool:
        """Whether a store is, or is followed by, one that puts an element back that was kept before."""
        block, position = self.places[id(write)]
        # `x[i] += h` writes where it is stored, after it has been taken out.
        stored = self.function.blocks[block].instructions[position:]
        instr = next((each for each in stored if isinstance(each, ir.SetItem)), None)
        if instr is None or instr.origin != write.origin or instr.base != write.operand:
            return False
        backs = [
            each
            for each in ir.instructions(self.function)
            if isinstance(each, ir.SetItem) and self._stores_kept(each, instr)
        ]
        meant = (instr.base, instr.index, *(back.value for back in backs))
        return instr in backs or self._always_comes_to((block, position), backs, meant)

    def _is_undone(self, write: Write) -> bool:
        """Whether what is added is taken off again: ``x[i] += h; …; x[i] -= h``."""
        changes = [*self._changes()]
        for spot, store, change in changes:
            if write.origin in (store.origin, change.origin):
                for other, back, opposite in changes:
                    if self._is_opposite(change, opposite) and self._is_of_the_same(store, back):
                        meant = (*self._computed_from(change.value), *_written(store))
                        before = self._always_comes_to(other, [change], meant)
                        return before or self._always_comes_to(spot, [opposite], meant)
        return False

    def _changes(self) -> Iterator[tuple[Spot, ir.Instr, ir.Augment]]:
        """Where something is added, what stores it, and what adds."""
        for number, block in enumerate(self.function.blocks):
            for position, instr in enumerate(block.instructions):
                if isinstance(instr, ir.Augment):
                    after = block.instructions[position + 1 : position + 2]
                    stored = [e for e in after if isinstance(e, ir.SetItem) and e.value == instr.target]
                    yield (number, position + len(stored)), stored[0] if stored else instr, instr

    def _is_opposite(self, change: ir.Augment, back: ir.Augment) -> bool:
        signs = {change.operator, back.operator}
        return signs == {"+", "-"} and self._is_alike(change.value, back.value)

    def _computed_from(self, operand: ir.Operand) -> Iterator[ir.Operand]:
        """What an operand is written of: ``step`` and ``direction`` of ``step * direction``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand.startswith("%") else None
        for each in made.operands if isinstance(made, ir.Operate) else ():
            yield from self._computed_from(each)
        yield operand

    def _is_of_the_same(self, store: ir.Instr, back: ir.Instr) -> bool:
        (base, index), (other, again) = _written(store), _written(back)
        return base == other and not base.startswith("%") and self._is_alike(index, again)

    def _always_comes_to(self, start: Spot, backs: Sequence[ir.Instr], meant: tuple[object, ...]) -> bool:
        """Whether every way from a store to the end of the function passes one that puts back what stood
        there, before any of the names gets another meaning.
        """
        named = {name for each in meant for name in _names(each)}
        pending, seen, met = [(start[0], start[1] + 1)], set[int](), False
        while pending:
            block, position = pending.pop()
            for instr in self.function.blocks[block].instructions[position:]:
                if instr in backs:
                    met = True
                    break
                if isinstance(instr, ir.Return | ir.Yield) or not named.isdisjoint(binds(instr)):
                    return False
                if isinstance(instr, ir.Raise):
                    break
            else:
                following = self.function.blocks[block].successors
                if not following:
                    return False
                pending += [(each, 0) for each in following if each not in seen]
                seen.update(following)
        return met

    def _stores_kept(self, back: ir.SetItem, changed: ir.SetItem) -> bool:
        """Whether a store gives elements what a name keeps of them."""
        if back.augmented or back.base != changed.base or not isinstance(back.value, str):
            return False
        if not self._is_alike(back.index, changed.index) or times_bound(self.function)[back.value] != 1:
            return False
        made = self.uses.made.get(back.value)
        base = self.value_at(made, str(back.base)) if made is not None else None
        kept = self.value_at(made, back.value) if made is not None else None
        if base is None or kept is None or back.value.startswith("%"):
            return False
        number = any(is_plain(leaf) for leaf, _ in alternatives(kept))
        apart = number or sharing(kept, base) is Sharing.NONE
        while isinstance(made, ir.Call | ir.CallMethod):  # `float(x[i])`, `x[i].copy()`
            source = given_to(made)
            made = self.uses.made.get(source) if isinstance(source, str) else None
        if not apart or not isinstance(made, ir.GetItem) or made.base != back.base:
            return False
        return self._is_alike(made.index, back.index)


def _written(store: ir.Instr) -> tuple[ir.Place, ir.Index]:
    """What a store, or an addition in place, writes: a name, and the elements of it."""
    if isinstance(store, ir.SetItem):
        return str(store.base), store.index
    return (store.target, ()) if isinstance(store, ir.Augment) else ("%", ())


def _names(part: object) -> set[ir.Place]:
    """The names in an operand, or in an index: what they mean may change."""
    if isinstance(part, str):
        return set() if part.startswith("%") else {part}
    if isinstance(part, tuple):
        return {name for each in part for name in _names(each)}
    if isinstance(part, ir.Pick):
        return _names(part.value)
    return _names((part.lower, part.upper, part.step)) if isinstance(part, ir.Cut) else set()
