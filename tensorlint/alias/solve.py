"""Run a function's blocks to a fixed point; give up explicitly when that takes too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tensorlint import ir
from tensorlint.alias import grad, pointers
from tensorlint.alias.branches import branches_of
from tensorlint.alias.containers import constant
from tensorlint.alias.events import Event
from tensorlint.alias.evidence import Evidence, gather
from tensorlint.alias.kinds import contain
from tensorlint.alias.lattice import Given, Kind, Object, Value
from tensorlint.alias.members import kinds_by_members
from tensorlint.alias.module import Module
from tensorlint.alias.region import Step
from tensorlint.alias.state import State, join_states, stubborn
from tensorlint.alias.transfer import Transfer
from tensorlint.knowledge.catalog import Catalog

MOST_VISITS = 40
MOST_WORK = 200_000  # values looked at, over all visits: a second or two; others of the file want theirs
WIDEN_AFTER = 2
SETTLE_AFTER = 20


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One instruction as it runs, with the events it gives rise to.

    ``grad_off`` where autograd is, or may be, switched off.
    """

    instr: ir.Instr
    events: tuple[Event, ...]
    grad_off: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """The stable states at the entry of every block, and what happens in each.

    ``gave_up`` says that no fixed point was reached; then there are no occurrences, and rules stay silent.
    ``apart``: for a block those that no call runs which runs it, as one flag decides over both.
    """

    function: ir.Function
    evidence: Evidence
    entries: Mapping[int, State]
    occurrences: Mapping[int, tuple[Occurrence, ...]]
    cyclic: frozenset[int]
    looping: frozenset[ir.Origin]
    exit: State
    returned: tuple[tuple[Value, State], ...] = ()
    named: Mapping[tuple[Object, tuple[Step, ...]], ir.Place] = field(default_factory=dict)
    gave_up: bool = False
    apart: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def events(self) -> Iterator[Event]:
        """Everything that happens, in the order of the blocks."""
        for block in sorted(self.occurrences):
            for occurrence in self.occurrences[block]:
                yield from occurrence.events


def solve(
    function: ir.Function,
    catalog: Catalog,
    module: Module,
    handed: Mapping[ir.Place, Kind] = MappingProxyType({}),
) -> Solution:
    """Everything the engine knows about one function; ``handed``: the types of one call's arguments."""
    handed = {**kinds_by_members(function, module), **handed}
    evidence = gather(function, catalog, module.libraries, handed)
    cyclic = _cyclic_blocks(function)
    looping = frozenset(i.origin for number in cyclic for i in function.blocks[number].instructions)
    events: list[Event] = []
    transfer = Transfer(catalog, module, function, evidence, looping, events.append)
    entries: dict[int, State] = {0: _entry(function, evidence, catalog, module, handed)}
    visits: dict[int, int] = {}
    order = {block: position for position, block in enumerate(_reverse_postorder(function))}
    needed = _needed(function, list(order), every_name=module.keeps_names)
    predecessors: dict[int, list[int]] = {block: [] for block in order}
    for block in order:
        for successor in function.blocks[block].successors:
            predecessors[successor].append(block)
    branches = branches_of(function, predecessors)
    record = _Record(transfer, events, entries[0])
    exits: dict[int, State] = {}
    pending = {0}
    work = 0
    while pending:
        number = min(pending, key=order.__getitem__)
        pending.discard(number)
        incoming = [exits[block] for block in predecessors[number] if block in exits]
        if incoming:
            known = entries.get(number)
            if number == 0:
                incoming.insert(0, entries[0])
            merged = _merge(
                incoming, number, number in cyclic, known if visits.get(number, 0) >= WIDEN_AFTER else None
            )
            if known is not None and visits.get(number, 0) >= SETTLE_AFTER:
                merged = stubborn(merged, known, -1 - number)
            merged = branches.narrowed(number, merged, entries, exits)
            if merged == known:
                continue
            entries[number] = merged
        visits[number] = visits.get(number, 0) + 1
        step = len(entries[number].names) + sum(map(len, entries[number].heap.values()))
        work += step
        if visits[number] > MOST_VISITS or work > MOST_WORK or not module.affords(step):
            return Solution(function, evidence, {}, {}, cyclic, looping, State(), gave_up=True)
        transfer.state = entries[number].copy()
        if not transfer.may_enter(function.blocks[number]):
            continue
        record.run(number)
        transfer.state.forget(needed[number])
        if cyclic:  # else nothing ages
            transfer.state.recall()
        exits[number] = transfer.state
        pending.update(function.blocks[number].successors)
    return Solution(
        function,
        evidence,
        entries,
        record.occurrences,
        cyclic,
        looping,
        record.final(),
        tuple(pair for number in entries for pair in record.returned.get(number, ())),
        record.named,
        apart=branches.apart,
    )


class _Record:
    """What happens in the blocks of a function; what the last run of a block shows is stable."""

    def __init__(self, transfer: Transfer, events: list[Event], entry: State) -> None:
        self.transfer = transfer
        self.events = events
        self.occurrences: dict[int, tuple[Occurrence, ...]] = {}
        self.named = {(value.object, value.path): name for name, value in entry.names.items()}
        self.returned: dict[int, list[tuple[Value, State]]] = {}
        self.ends: dict[int, State] = {}

    def run(self, number: int) -> None:
        """Run a block from the state that the transfer has, and keep what happens."""
        transfer = self.transfer
        block = transfer.function.blocks[number]
        found: list[Occurrence] = []
        self.returned[number] = returned = []
        for instr in block.instructions:
            self.events.clear()
            transfer.run(instr)
            found.append(Occurrence(instr, tuple(self.events), bool(transfer.state.no_grad)))
            _name(instr, transfer.state, self.named)
            if isinstance(instr, ir.Return):
                returned.append((transfer.value(instr.value), transfer.state.copy()))
        self.occurrences[number] = tuple(found)
        if not block.successors:
            self.ends[number] = transfer.state.fork()

    def final(self) -> State:
        """What is known wherever the function ends."""
        result = State()
        for count, (number, state) in enumerate(self.ends.items()):
            result = join_states([result, state], -1 - number) if count else state
        return result


def _needed(
    function: ir.Function, order: Sequence[int], *, every_name: bool
) -> dict[int, frozenset[ir.Place]]:
    """For every block, the places that somebody may ask for when it has run; ``every_name``: whatever was
    given a name.

    Those are what the blocks after it read before they bind it, what nested functions see, and what callers
    ask about: parameters, and all names of a module or class. Where addresses are taken, every name counts,
    as it keeps its memory alive.
    """
    asked: dict[int, frozenset[ir.Place]] = {}  # read, before they are bound
    bound: dict[int, frozenset[ir.Place]] = {}
    for number in order:
        asked[number], bound[number] = _asked(function.blocks[number])
    always = {parameter.name for parameter in function.parameters}.union(*_captures(function))
    if every_name or function.kind in ("class", "module") or pointers.are_taken(function):
        always.update(place for each in bound.values() for place in each if not place.startswith("%"))
    after = {number: frozenset(always) for number in order}
    changed = True
    while changed:
        changed = False
        for number in reversed(order):
            successors = function.blocks[number].successors
            found = after[number].union(*(asked[s] | (after[s] - bound[s]) for s in successors))
            if len(found) > len(after[number]):
                after[number] = found
                changed = True
    return after


def _asked(block: ir.Block) -> tuple[frozenset[ir.Place], frozenset[ir.Place]]:
    """The places that a block reads as it finds them, and those that it binds."""
    asked: set[ir.Place] = set()
    bound: set[ir.Place] = set()
    for instr in block.instructions:
        asked.update(place for place in ir.read(instr) if place not in bound)
        bound.update(ir.bound(instr))
    return frozenset(asked), frozenset(bound)


def _captures(function: ir.Function) -> Iterator[frozenset[ir.Place]]:
    for nested in function.nested:
        yield nested.captured
        yield from _captures(nested)


def _merge(incoming: list[State], block: int, cyclic: bool, known: State | None) -> State:
    """The state at the entry of a block; ``known``, the state before, is kept once a loop takes long."""
    site = -1 - block
    states = incoming + ([known] if known is not None else [])
    if cyclic:
        states = [state.fork() for state in states]
        for state in states:
            state.age(site)
    return join_states(states, site)


def _entry(
    function: ir.Function,
    evidence: Evidence,
    catalog: Catalog,
    module: Module,
    handed: Mapping[ir.Place, Kind],
) -> State:
    suspended = grad.starts_suspended(function, catalog)
    state = State(no_grad=frozenset({"<decorator>"}) if suspended else frozenset())
    leaves = grad.shown(function)
    for position, parameter in enumerate(function.parameters):
        kind = evidence.kind_given(parameter.name)
        own = function.kind == "method" and position == 0 and function.class_name is not None
        if own and not function.is_static:
            kind = Kind(f".{function.class_name}")
        if parameter.kind == "*":
            kind = Kind("builtins.tuple", (kind,) if kind.type else ())
        elif parameter.kind == "**":
            kind = Kind("builtins.dict", (kind,) if kind.type else ())
        given = Given(parameter.name)
        flag = handed[parameter.name].literal if parameter.name in handed else None
        if flag is not None:
            state.names[parameter.name] = constant(flag.value)
            continue
        traits = module.traits_of(kind.type) if kind.type else frozenset()
        if kind.type == "torch.Tensor" and parameter.name in leaves:
            traits |= {grad.GRAD, grad.LEAF}
        state.names[parameter.name] = Value(given, type=kind.type, traits=traits)
        contain(state, given, kind)
    return state


def _name(instr: ir.Instr, state: State, named: dict[tuple[Object, tuple[Step, ...]], ir.Place]) -> None:
    """Remember the first local name of every value, for messages."""
    targets = instr.targets if isinstance(instr, ir.Unpack) else (getattr(instr, "target", "%"),)
    for target in targets:
        value = state.names.get(target)
        if value is not None and not target.startswith("%"):
            named.setdefault((value.object, value.path), target)


def replay(
    solution: Solution, catalog: Catalog, module: Module, block: int
) -> Iterator[tuple[ir.Instr, State]]:
    """Every instruction of a block with the state after it, which the next one changes: keep a copy."""
    transfer = Transfer(
        catalog,
        module,
        solution.function,
        solution.evidence,
        solution.looping,
        lambda event: None,
        solution.entries[block].copy(),
    )
    for instr in solution.function.blocks[block].instructions:
        transfer.run(instr)
        yield instr, transfer.state


def _reverse_postorder(function: ir.Function) -> list[int]:
    """The blocks in an order that puts a loop's body before what follows it: loops settle first."""
    seen: set[int] = {0}
    order: list[int] = []
    stack = [(0, iter(function.blocks[0].successors[::-1]))]
    while stack:
        number, successors = stack[-1]
        for successor in successors:
            if successor not in seen:
                seen.add(successor)
                stack.append((successor, iter(function.blocks[successor].successors[::-1])))
                break
        else:
            order.append(number)
            stack.pop()
    return order[::-1]


def _cyclic_blocks(function: ir.Function) -> frozenset[int]:
    """Blocks that control can come back to: those in a strongly connected component with an edge (Tarjan)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    found: set[int] = set()
    for start in range(len(function.blocks)):
        if start in index:
            continue
        work = [(start, iter(function.blocks[start].successors))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            number, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    stack.append(successor)
                    work.append((successor, iter(function.blocks[successor].successors)))
                    break
                if successor in stack:
                    low[number] = min(low[number], index[successor])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[number])
                if low[number] == index[number]:
                    component = stack[stack.index(number) :]
                    del stack[stack.index(number) :]
                    if len(component) > 1 or number in function.blocks[number].successors:
                        found.update(component)
    return frozenset(found)
