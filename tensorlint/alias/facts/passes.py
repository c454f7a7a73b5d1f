"""Questions about backward passes: which one follows a write, and which tensors its gradients go through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import grad
from tensorlint.alias.events import Called, Computed, Event, Read, Write
from tensorlint.alias.facts.autograd import BACKWARD, GRADIENTS, Autograd
from tensorlint.alias.lattice import (
    Allocation,
    Given,
    Object,
    Opaque,
    Value,
    alternatives,
    family,
    is_plain,
    root,
)
from tensorlint.finding import Quote

# Other names of one memory whose writes PyTorch does not count for the tensor, or not always.
UNCOUNTED = frozenset({"data", "numpy", "from_numpy", "as_tensor", "asarray", "Variable", "from_dlpack"})
CUTS = frozenset({"data", "detach", "numpy", "from_numpy", "from_dlpack"})  # through which no gradient goes
ITERATION = "unbind"  # what iterating over a tensor does
SUMS = frozenset({"builtins.sum"})
# Methods that only look at the shape, or the type, of what they are given.
SHAPED = frozenset(f"torch.Tensor.{name}_as" for name in ("view", "expand", "reshape", "type"))

# What gradients go through: a tensor, by where it was made; and where it was cut off from the graph.
Thing = tuple[Object, ir.Origin | None]


class Passes(Autograd):
    """The backward passes that a function runs, or that run through what ``forward`` returns."""

    def asked_after(
        self, write: Event, kept: Computed | Called, reached: set[Thing] | None = None
    ) -> Event | None:
        """The event that asks for gradients through an operation after a write, and before it runs again:
        through what depends on it, or what is ``reached`` by another way.
        """
        reached = self.reached(kept, self.things(kept.result)) if reached is None else reached
        returns = self.runs_forward()
        for event in self.following(write, kept.origin):
            if isinstance(event, Called) and _asks(event) and not reached.isdisjoint(self._operands(event)):
                return None if self._leaves(kept, reached) or not self._is_passed(kept, event) else event
            if returns and isinstance(event, Read) and event.how == "return":
                if not reached.isdisjoint(self.things(event.value)):
                    return None if self._leaves(kept, reached) else event
        return None

    def _leaves(self, kept: Computed | Called, reached: set[Thing]) -> bool:
        """Whether a tensor that depends on an operation is taken out of the graph again."""
        return any(
            isinstance(event, Called)
            and grad.LEAVES in event.names
            and event.receiver is not None
            and not reached.isdisjoint(self.things(event.receiver[1]))
            for event in self.following(kept)
        )

    def _is_passed(self, kept: Computed | Called, asked: Called) -> bool:
        """Whether the gradients that are asked for go through an operation, where ``inputs`` are named."""
        inputs = self._inputs(asked)
        if not inputs:
            return True
        events = [event for event in self.events() if not self.grad_is_off(event)]
        return not self._closure(inputs, events).isdisjoint(self._operands(kept))

    def loss_of(self, asked: Called) -> str | Quote:
        """What a person calls the tensor whose backward pass runs."""
        given = [asked.receiver] if asked.receiver else [(o, value) for _, o, value in asked.arguments]
        return self.name(*given[0], asked.origin) if given else ""

    def reached(self, event: Event, first: set[Thing]) -> set[Thing]:
        """The tensors that depend, after an event, on the ``first``, so that their gradient goes there."""
        return self._closure(first, [each for each in self.following(event) if not self.grad_is_off(each)])

    def _closure(self, first: set[Thing], events: Iterable[Event]) -> set[Thing]:
        reached = set(first)
        before = 0
        while before != len(reached):
            before = len(reached)
            for event in events:
                if isinstance(event, Computed | Called):
                    if _goes_on(event) and not reached.isdisjoint(self._operands(event)):
                        reached |= self.things(event.result)
                elif isinstance(event, Write) and not self._sets_data(event):
                    if not reached.isdisjoint(self._stored(event)):
                        reached |= self.things(event.through)
        return reached

    def things(self, value: Value) -> set[Thing]:
        """What a value may be: whatever was made at the same places, in any turn of a loop."""
        leaves = [leaf for leaf, _ in alternatives(value) if not is_plain(leaf)]
        return {(_whenever(leaf.object), self._cut_at(leaf)) for leaf in leaves}

    def _cut_at(self, value: Value) -> ir.Origin | None:
        """Where a tensor was taken out of the graph last: ``.data``, ``detach()``."""
        sites = (step.site for step in reversed(value.path) if self.taken_by.get(step.site) in CUTS)
        return next(sites, None)

    def _operands(self, event: Computed | Called) -> set[Thing]:
        values = list(event.operands) if isinstance(event, Computed) else [v for _, _, v in event.arguments]
        if isinstance(event, Called) and event.receiver is not None and not SHAPED.isdisjoint(event.names):
            values = [event.receiver[1]]
        elif isinstance(event, Called):
            values += [*event.contents, *([event.receiver[1]] if event.receiver else [])]
        return {thing for value in values if not grad.is_apart([value]) for thing in self.things(value)}

    def _inputs(self, asked: Called) -> set[Thing]:
        """The tensors, of those that the function made or was handed, whose gradients alone are asked for."""
        second = 1 if "torch.autograd.grad" in asked.names else None
        given = [
            value
            for place, (keyword, _, value) in enumerate(asked.arguments)
            if keyword == "inputs" or (keyword is None and place == second)
        ]
        values = [leaf for value in given for leaf, _ in alternatives(value)]
        if any(leaf.type in ("builtins.list", "builtins.tuple") for leaf in values):
            values = [leaf for value in asked.contents for leaf, _ in alternatives(value)]
        known = all(isinstance(leaf.object, Allocation | Given) for leaf in values)
        return {thing for leaf in values for thing in self.things(leaf)} if known else set()

    def _stored(self, write: Write) -> set[Thing]:
        """What a write stores."""
        instr = self.instruction(write)
        operands = [instr.value] if isinstance(instr, (ir.SetItem, ir.Augment, ir.SetAttribute)) else []
        if isinstance(instr, (ir.Call, ir.CallMethod)):
            operands = [argument.value for argument in instr.arguments]
        values = [self.value_at(instr, operand) for operand in operands]
        return {thing for value in values if value is not None for thing in self.things(value)}

    def uncounted(self, value: Value) -> set[str]:
        """The names by which a value was reached from memory that is counted elsewhere."""
        made = (self.taken_by.get(step.site, "") for step in value.path)
        return {name for name in made if name in UNCOUNTED}

    @cached_property
    def taken_by(self) -> dict[ir.Origin, str]:
        """The attribute, method or function that gives a view, by its origin."""
        found: dict[ir.Origin, str] = {}
        for instr in ir.instructions(self.function):
            if isinstance(instr, (ir.GetAttribute, ir.CallMethod)):
                found[instr.origin] = instr.name
            elif isinstance(instr, (ir.Next, ir.Unpack)):
                found[instr.origin] = ITERATION
            elif isinstance(instr, ir.Call) and isinstance(instr.function, str):
                names = self.uses.names.get(instr.function, ())
                found[instr.origin] = names[0].rpartition(".")[2] if names else ""
        return found


def _whenever(thing: Object) -> Object:
    made = root(thing)
    return replace(made, slot=0, old=False) if isinstance(made, (Allocation, Opaque)) else family(thing)


def _goes_on(event: Computed | Called) -> bool:
    """Whether gradients certainly pass through an operation: one of PyTorch's, a layer, a model, a loss."""
    if grad.is_apart([event.result]):
        return False
    name = event.names[0] if isinstance(event, Called) and event.names else "torch."
    return grad.passes(name) and (name.startswith("torch.") or name.endswith(".__call__") or name in SUMS)


def _asks(event: Called) -> bool:
    return event.names[0].rpartition(".")[2] in BACKWARD or not GRADIENTS.isdisjoint(event.names)
