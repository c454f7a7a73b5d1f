"""A solved function: what happens in it, in which order, and who mentions what."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.after import Moments, moments
from tensorlint.alias.events import Event
from tensorlint.alias.lattice import Value
from tensorlint.alias.module import Module
from tensorlint.alias.solve import Solution, replay
from tensorlint.alias.state import State
from tensorlint.alias.uses import Spot, Uses, until_bound
from tensorlint.knowledge.catalog import Catalog


@dataclass(frozen=True)
class Solved:
    """What the engine found out about one function."""

    solution: Solution
    catalog: Catalog
    module: Module

    @property
    def function(self) -> ir.Function:
        return self.solution.function

    def events(self) -> Iterator[Event]:
        """Everything that happens, in the order of the blocks."""
        return self.solution.events()

    def placed(self) -> Iterator[tuple[int, int, Event]]:
        for block in sorted(self.solution.occurrences):
            for position, occurrence in enumerate(self.solution.occurrences[block]):
                for event in occurrence.events:
                    yield block, position, event

    @cached_property
    def places(self) -> dict[int, tuple[int, int]]:
        """The block and position of every event, by its identity."""
        return {id(event): (block, position) for block, position, event in self.placed()}

    @cached_property
    def uses(self) -> Uses:
        return Uses.of(self.function)

    def class_methods(self) -> Iterator[ir.Function]:
        """The methods of the class that a method belongs to, itself among them."""
        known = self.module.class_info(f".{self.function.class_name}")
        found = (self.module.function_of(name) for name in (known.methods.values() if known else ()))
        return (method for method in found if method is not None)

    def solutions_of_others(self) -> Iterator[Solution]:
        """The other methods of the class, but for its constructor, by their names."""
        known = self.module.class_info(f".{self.function.class_name}")
        skipped = {f".{self.function.qualname}", f".{self.function.class_name}.__init__"}
        names = sorted(set(known.methods.values()) - skipped) if known is not None else ()
        found = (self.module.solved(name) for name in names)
        return (solution for solution in found if solution is not None)

    def at(self, spot: Spot) -> ir.Instr:
        return self.function.blocks[spot[0]].instructions[spot[1]]

    def comes_to(self, start: Spot, goal: Spot, name: ir.Place) -> bool:
        """Whether one instruction may run after another one while a name still means the same."""
        return any(spot == goal for spot, _ in until_bound(self.function, start, name))

    def instruction(self, event: Event) -> ir.Instr:
        """The instruction that gives rise to an event."""
        block, position = self.places[id(event)]
        return self.solution.occurrences[block][position].instr

    def value_at(self, instr: ir.Instr, operand: ir.Operand) -> Value | None:
        """What an operand of an instruction is where that runs; None for a literal."""
        for block, occurrences in self.solution.occurrences.items():
            for position, occurrence in enumerate(occurrences):
                if occurrence.instr is instr and isinstance(operand, str):
                    return self._replayed(block)[position].names.get(operand)
        return None

    def value_before(self, event: Event, place: ir.Place) -> Value | None:
        """What a name is bound to before the instruction that gives rise to an event."""
        return self.state_before(event).names.get(place)

    def state_before(self, event: Event) -> State:
        """What is known before the instruction that gives rise to an event."""
        block, position = self.places[id(event)]
        return self._replayed(block)[position - 1] if position else self.solution.entries[block]

    def _replayed(self, block: int) -> list[State]:
        if block not in self._states:
            steps = replay(self.solution, self.catalog, self.module, block)
            self._states[block] = [state.copy() for _, state in steps]
        return self._states[block]

    @cached_property
    def _states(self) -> dict[int, list[State]]:
        """The states after the instructions of those blocks that were asked about."""
        return {}

    @cached_property
    def moments(self) -> Moments:
        """Where those who may see a write look."""
        return moments(self.solution)

    def following(self, event: Event, without: ir.Origin | None = None) -> Iterator[Event]:
        """Every event that control flow may reach after this one, ``without`` passing an instruction."""
        return self.after_place(*self.places[id(event)], frozenset({without}))

    def after_place(
        self, block: int, position: int, without: Container[ir.Origin | None] = ()
    ) -> Iterator[Event]:
        """Every event that control flow may reach after an instruction, ``without`` passing certain ones."""
        seen: set[int] = set()
        pending = [(block, position + 1)]
        while pending:
            block, position = pending.pop()
            for occurrence in self.solution.occurrences.get(block, ())[position:]:
                if occurrence.instr.origin in without:
                    break
                yield from occurrence.events
            else:
                for successor in self.solution.function.blocks[block].successors:
                    if successor not in seen:
                        seen.add(successor)
                        pending.append((successor, 0))
