"""Several references to one object: what ``[row] * 3``, a loop or a shallow copy puts into a container, or
into another object.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.events import ContainerCopied
from tensorlint.alias.guards import Actual
from tensorlint.alias.lattice import Allocation, Given, Held, Value, is_old, is_plain
from tensorlint.alias.region import Step
from tensorlint.alias.state import State

if TYPE_CHECKING:
    from tensorlint.alias.transfer import Transfer

DEEPEST = 4  # containers in containers


def shared(value: Value, origin: ir.Origin) -> Value:
    """An element that a shallow copy of its container holds as well."""
    return value if is_plain(value) else value.step(Step(origin, "shared"), value.layout, value.rank)


def copied_object(transfer: Transfer, instr: ir.Call, source: Actual) -> Value | None:
    """``copy.copy(self)``: another object of a class of this file, whose attributes hold the very same
    tensors; those of which the function speaks. None where the class may say how it is copied.
    """
    kind = source.value.type
    info = transfer.module.class_info(kind)
    if info is None or "__copy__" in info.methods or not all(map(_copies_plainly, info.bases)):
        return None
    made, held = Value(Allocation(instr.origin, "object"), type=kind), []
    steps = ir.instructions(transfer.function)
    for name in sorted({step.name for step in steps if isinstance(step, ir.GetAttribute)}):
        if transfer.module.attribute(kind, name) is not None:
            read = ir.GetAttribute(instr.origin, instr.target, str(source.operand), name)
            value = transfer.attribute(read, source.value)
            if transfer.catalog.is_tensor(value.type):
                containers.store(transfer.state, made, f".{name}", shared(value, instr.origin))
                held.append(value)
    transfer.emit(ContainerCopied(instr.origin, source.operand, source.value, made, tuple(held)))
    return made


def _copies_plainly(base: str) -> bool:
    """Whether a class that others derive from certainly does not say how its objects are copied."""
    return base.startswith(("abc.", "typing.")) or base == "builtins.object"


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
