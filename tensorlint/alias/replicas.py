"""Several references to one object: what ``[row] * 3``, a loop or a shallow copy puts into a container."""

from __future__ import annotations

from collections.abc import Iterable

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.lattice import Allocation, Given, Held, Value, is_old, is_plain
from tensorlint.alias.region import Step
from tensorlint.alias.state import State

DEEPEST = 4  # containers in containers


def shared(value: Value, origin: ir.Origin) -> Value:
    """An element that a shallow copy of its container holds as well."""
    return value if is_plain(value) else value.step(Step(origin, "shared"), value.layout, value.rank)


def marked(state: State, value: Value, origin: ir.Origin, kind: str, depth: int = DEEPEST) -> Value:
    """The value, and what it holds, as one of several references to it that ``origin`` made."""
    if is_plain(value):
        return value
    if value.type in containers.CONTAINERS and depth:
        for key, inner in list(state.heap.get(value.object, {}).items()):
            seen = marked(state, inner, origin, kind, depth - 1)
            state.contents(value.object)[key] = seen
    return value.step(Step(origin, kind), value.layout, value.rank)


def innermost(state: State, value: Value, depth: int = DEEPEST) -> Iterable[Value]:
    """What a list of lists holds in the end; a list may come to hold itself: ``xs = [xs] * 2``."""
    found = containers.elements(state, value) if value.type in containers.CONTAINERS and depth else []
    return [deep for inner in found for deep in innermost(state, inner, depth - 1)] if found else [value]


def mutable(value: Value) -> bool:
    """Whether a second reference matters: not to a number, nor to what a global name stands for."""
    return not is_plain(value) and not (isinstance(value.object, Given) and value.object.kind == "global")


def is_one_object(value: Value) -> bool:
    """Whether the value is certainly one and the same object each time, and not picked out of several."""
    thing = value.object
    while isinstance(thing, Held):
        if thing.key == containers.REST or thing.old:
            return False
        thing = thing.owner
    picked = any(step.kind in ("row", "piece", "some") or step.old for step in value.path)
    return isinstance(thing, (Allocation, Given)) and not is_old(thing) and not picked
