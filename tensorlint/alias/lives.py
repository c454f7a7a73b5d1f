"""How long what an instruction puts into a place is in use, over the blocks of one function."""

from __future__ import annotations

from dataclasses import dataclass

from tensorlint import ir
from tensorlint.alias.uses import Spot


@dataclass(frozen=True, slots=True)
class Life:
    """``uses`` are where the place is read before it is bound anew, ``spots`` all that may run until then:
    from the instruction, which is not among them, to the last use on every way.
    """

    uses: tuple[Spot, ...]
    spots: frozenset[Spot]


def life(function: ir.Function, start: Spot, place: ir.Place) -> Life:
    """The life of what the instruction at ``start`` puts into a place."""
    before: dict[Spot, list[Spot | None]] = {}
    uses: list[Spot] = []
    pending: list[tuple[Spot | None, Spot]] = [(None, spot) for spot in _following(function, start)]
    while pending:
        come_from, spot = pending.pop()
        if spot in before:
            before[spot].append(come_from)
            continue
        before[spot] = [come_from]
        instr = function.blocks[spot[0]].instructions[spot[1]]
        if place in ir.read(instr):
            uses.append(spot)
        if place not in ir.bound(instr):
            pending += [(spot, each) for each in _following(function, spot)]
    needed: set[Spot] = set()
    behind = [*uses]
    while behind:
        spot = behind.pop()
        if spot not in needed:
            needed.add(spot)
            behind += [each for each in before[spot] if each is not None]
    return Life(tuple(sorted(uses)), frozenset(needed))


def _following(function: ir.Function, spot: Spot) -> list[Spot]:
    """The instructions that may run right after one; a block without any is passed."""
    block, position = spot
    if position + 1 < len(function.blocks[block].instructions):
        return [(block, position + 1)]
    found: list[Spot] = []
    pending, seen = [*function.blocks[block].successors], set[int]()
    while pending:
        number = pending.pop()
        if number not in seen:
            seen.add(number)
            if function.blocks[number].instructions:
                found.append((number, 0))
            else:
                pending += function.blocks[number].successors
    return found
