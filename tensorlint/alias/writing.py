"""What a call writes: elements of its arguments, and references to them that it stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.events import Read
from tensorlint.alias.lattice import Allocation, Value, alternatives, is_old, is_plain, same_elements
from tensorlint.alias.state import one_of
from tensorlint.alias.terms import sources
from tensorlint.knowledge import effects
from tensorlint.knowledge.effects import Term

if TYPE_CHECKING:
    from tensorlint.alias.apply import Application


class Writing:
    """What one call writes, for its :class:`~tensorlint.alias.apply.Application`."""

    def __init__(self, call: Application) -> None:
        self.call = call
        self.state = call.state

    def elements(self, write: effects.ElementsWritten, assigned: tuple[Value, ...]) -> None:
        """``x!``: the elements of what a path leads to; ``assigned`` is what they become, place by place."""
        if not write.of_elements:
            for tensor in self.call.values(write.path) if write.what == "axes" else ():
                self.state.relaid(tensor)
            return
        for actual in self.call.actuals(write.path.root):
            value = self.call.follow(actual.value, write.path.steps)
            if value is None or is_plain(value) or value.type in containers.CONTAINERS:
                continue
            if write.what == "perhaps":
                value = self._or_a_copy(value)
            elif write.type and not value.type:
                value = replace(value, type=write.type)
            changed = self._but(assigned, value)
            if changed is not None:
                site, callee = self.call.site, self.call.callee
                event = self.state.write(
                    site, actual.operand, changed, "call", callee=callee, assigned=assigned
                )
                self.call.emit(event)
            if not write.what:
                self.state.filled(value)

    def _but(self, assigned: tuple[Value, ...], value: Value) -> Value | None:
        """What ``value`` may be beside what is assigned to it; None where it is nothing else."""
        leaves = [*alternatives(value)]
        left = [
            (leaf, when)
            for leaf, when in leaves
            if is_old(leaf.object) or not any(same_elements(leaf, each) for each in assigned)
        ]
        if len(left) == len(leaves):
            return value
        return one_of(left, self.call.site, "") if left else None

    def _or_a_copy(self, value: Value) -> Value:
        """What is written by a function that decides whether it copies first."""
        condition = effects.PREDICATES["path"]
        copy = Value(Allocation(self.call.site, self.call.slot()), type=value.type)
        return self.call.either([(value, condition), (copy, condition)])

    def reference(self, write: effects.ReferenceStored) -> None:
        """``self.x <- y``: an object holds another one from now on."""
        value = self.call.evaluate(write.term)
        for actual in self.call.actuals(write.path.root):
            owner = self.call.follow(actual.value, write.path.steps[:-1])
            if owner is None:
                continue
            key = write.path.steps[-1]
            if key == containers.REST:
                containers.add(self.state, owner, value, self.call.site)
            else:
                containers.store(self.state, owner, key, value)
            if not isinstance(owner.object, Allocation):
                for operand, inner in self._stored(write.term, value):
                    self.call.emit(Read(self.call.site, operand, inner, "store"))

    def _stored(self, term: Term, value: Value) -> Iterator[tuple[ir.Operand, Value]]:
        roots = sources(term)
        operand: ir.Operand = next(
            (a.operand for name in roots for a in self.call.actuals(name)), ir.Literal(None)
        )
        for inner in containers.reachable(self.state, value):
            if not is_plain(inner):
                yield operand, inner
