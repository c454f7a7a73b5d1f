"""Which way control came, where a later branch asks what an earlier one asked: ``if flag: …`` twice.

``y = x if flag else x.clone()`` leaves a choice where the two ways meet. Under a later ``if not flag:`` it is
the clone: what is asked is a name that nobody binds any more, so the answer is the same, also in every turn
of a loop. Only blocks that such a branch begins are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tensorlint import ir
from tensorlint.alias.lattice import Choice, Object, Value, seen_as
from tensorlint.alias.state import State

Asked = tuple[ir.Place, str, tuple[str, ...]]  # what is asked, and which question, as in `ir.Assume`
Known = Mapping[Asked, bool]


@dataclass(frozen=True, slots=True)
class Branches:
    """``heads``: for each block where an old answer is known again, the blocks where ways met before, and
    the one way there that agrees with it. ``apart``: for a block where an answer is known, the blocks that
    begin with the contrary one: a call that runs the first never runs those.
    """

    heads: Mapping[int, Sequence[tuple[int, int]]]
    apart: Mapping[int, frozenset[int]] = field(default_factory=dict)

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


def branches_of(function: ir.Function, predecessors: Mapping[int, Sequence[int]]) -> Branches:
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
    again -= _renewed(function, asked, again)
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
    return Branches(heads, _apart(asked, known, again & _lasting(function, again)))


def _apart(
    asked: Mapping[int, Known], known: Mapping[int, Known], lasting: set[Asked]
) -> dict[int, frozenset[int]]:
    """For each block the blocks that no call runs which runs it."""
    found: dict[int, frozenset[int]] = {}
    for number, answers in known.items():
        told = {question: holds for question, holds in answers.items() if question in lasting}
        others = frozenset(
            other
            for other, own in (asked.items() if told else ())
            if any(own.get(question, holds) != holds for question, holds in told.items())
        )
        if others:
            found[number] = others
    return found


def _lasting(function: ir.Function, questions: set[Asked]) -> set[Asked]:
    """The questions about names that nothing is done with by which the same object might answer otherwise: a
    list is empty no more when something was put into it.
    """
    used = {
        each
        for instr in ir.instructions(function)
        if not isinstance(instr, ir.Assume | ir.Operate | ir.Bind)
        for each in ir.mentioned(instr)
    }
    return {
        question
        for question in questions
        if "." not in question[0] and (question[1] == "none" or question[0] not in used)
    }


def _answers(block: ir.Block) -> dict[Asked, bool]:
    """What is assumed at the head of a block."""
    found: dict[Asked, bool] = {}
    for instr in block.instructions:
        if not isinstance(instr, ir.Assume):
            break
        found[instr.operand, instr.test, instr.argument] = instr.holds
    return found


def _renewed(function: ir.Function, asked: Mapping[int, Known], again: set[Asked]) -> set[Asked]:
    """The questions that may be asked before something is bound, or set: the answer may be another one."""
    bound: dict[str, set[int]] = {}
    for number, block in enumerate(function.blocks):
        for instr in block.instructions:
            for name in _binds(instr):
                bound.setdefault(name, set()).add(number)
    asking: dict[Asked, set[int]] = {}
    for number, answers in asked.items():
        for question in again & answers.keys():
            asking.setdefault(question, set()).add(number)
    return {question for question in again if _may_change(function, question, asking[question], bound)}


def _may_change(
    function: ir.Function, question: Asked, asking: set[int], bound: Mapping[str, set[int]]
) -> bool:
    """Whether what a question is about is bound after it was asked: a name, or what an attribute is of."""
    place, _, attribute = question[0].partition(".")
    if attribute and "." + attribute.rpartition(".")[2] in bound:
        return True
    return _comes_after(function, asking, bound.get(place, set()))


def _comes_after(function: ir.Function, first: set[int], later: set[int]) -> bool:
    """Whether one of some blocks may run after one of others, or is one of them."""
    seen, pending = set(first), list(first)
    while pending:
        for successor in function.blocks[pending.pop()].successors:
            if successor not in seen:
                seen.add(successor)
                pending.append(successor)
    return not seen.isdisjoint(later)


def _binds(instr: ir.Instr) -> tuple[str, ...]:
    """The names that an instruction binds; an attribute begins with a dot."""
    if isinstance(instr, ir.SetAttribute):
        return (f".{instr.name}",)
    return (instr.name,) if isinstance(instr, ir.StoreGlobal) else ir.bound(instr)
