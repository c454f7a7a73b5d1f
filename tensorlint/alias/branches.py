"""Which way control came, where a later branch asks what an earlier one asked: ``if flag: …`` twice.

``y = x if flag else x.clone()`` leaves a choice where the two ways meet. Under a later ``if not flag:`` it is
the clone: what is asked is a name that is bound once, so the answer is the same, also in every turn of a
loop. Only blocks that such a branch begins are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias.lattice import Choice, Object, Value, seen_as
from tensorlint.alias.state import State

Asked = tuple[ir.Place, str, tuple[str, ...]]  # what is asked, and which question, as in `ir.Assume`
Known = Mapping[Asked, bool]


@dataclass(frozen=True, slots=True)
class Branches:
    """``heads``: for each block where an old answer is known again, the blocks where ways met before, and
    the one way there that agrees with it.
    """

    heads: Mapping[int, Sequence[tuple[int, int]]]

    def narrowed(
        self, number: int, state: State, entries: Mapping[int, State], exits: Mapping[int, State]
    ) -> State:
        """The state at a head, where what was chosen between two ways is what the one way gave."""
        for met, way in self.heads.get(number, ()):
            if met not in entries or way not in exits:
                continue
            given = {
                value.object: exits[way].names[name]
                for name, value in entries[met].names.items()
                if _was_chosen_at(value.object, met) and not value.path and name in exits[way].names
            }
            if given:
                names = {name: _on_that_way(value, given) for name, value in state.names.items()}
                state = replace(state, names=names)
        return state


def _was_chosen_at(thing: Object, block: int) -> bool:
    return isinstance(thing, Choice) and thing.site == -1 - block and not thing.old


def _on_that_way(value: Value, given: Mapping[Object, Value]) -> Value:
    known = given.get(value.object) if isinstance(value.object, Choice) else None
    return value if known is None else seen_as(known, value)


def branches_of(
    function: ir.Function, predecessors: Mapping[int, Sequence[int]], cyclic: frozenset[int]
) -> Branches:
    """The branches of a function that ask again; ``predecessors`` come in an order of the blocks in which
    what leads to a block mostly stands before it.
    """
    asked = {number: _answers(function.blocks[number]) for number in predecessors}
    times: dict[Asked, int] = {}
    for answers in asked.values():
        for question in answers:
            times[question] = times.get(question, 0) + 1
    again = {question for question, count in times.items() if count > 2}
    if not again:
        return Branches({})
    again -= _renewed(function, again, cyclic)
    known: dict[int, dict[Asked, bool]] = {}
    for number, before in predecessors.items():
        ends = [set(known.get(way, {}).items()) for way in before]
        common = ends[0].intersection(*ends) if ends else set()
        own = {question: holds for question, holds in asked[number].items() if question in again}
        known[number] = dict(common) | own
    heads: dict[int, list[tuple[int, int]]] = {}
    for number, answers in asked.items():
        told = {question: holds for question, holds in answers.items() if question in again}
        for met, ways in predecessors.items() if told else ():
            if len(ways) < 2:
                continue
            agreeing = [
                way for way in ways if all(known[way].get(q, holds) == holds for q, holds in told.items())
            ]
            if len(agreeing) == 1:
                heads.setdefault(number, []).append((met, agreeing[0]))
    return Branches(heads)


def _answers(block: ir.Block) -> dict[Asked, bool]:
    """What is assumed at the head of a block."""
    found: dict[Asked, bool] = {}
    for instr in block.instructions:
        if not isinstance(instr, ir.Assume):
            break
        found[instr.operand, instr.test, instr.argument] = instr.holds
    return found


def _renewed(function: ir.Function, again: set[Asked], cyclic: frozenset[int]) -> set[Asked]:
    """The questions about what is bound, or set, more than once: the answer may be another one."""
    bound: dict[str, int] = {parameter.name: 1 for parameter in function.parameters}
    for number, block in enumerate(function.blocks):
        for instr in block.instructions:
            for name in _binds(instr):
                bound[name] = bound.get(name, 0) + (2 if number in cyclic else 1)
    return {
        question
        for question in again
        if any(bound.get(part, 0) > 1 for part in (question[0], question[0].partition(".")[0]))
        or bound.get("." + question[0].rpartition(".")[2], 0)
    }


def _binds(instr: ir.Instr) -> tuple[str, ...]:
    """The names that an instruction binds; an attribute begins with a dot."""
    if isinstance(instr, ir.SetAttribute):
        return (f".{instr.name}",)
    return (instr.name,) if isinstance(instr, ir.StoreGlobal) else ir.bound(instr)
