"""Results that nobody looks at, and what tensors are made from: questions about calls by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tensorlint import ir
from tensorlint.alias.events import AttributeSet, Called, Computed, Event
from tensorlint.alias.lattice import Object, Value, alternatives
from tensorlint.alias.uses import CHANGING, Uses
from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog, Entry
from tensorlint.knowledge.effects import Signature

# The statement stands where it is meant to fail.
TRIES = re.compile(
    r"^\s*(?:try:|(?:async )?with .*(?:raises|assertRaises\w*|suppress|warns|assertWarns\w*)\b)", re.M
)
# It is done several times for nothing on a stream of its own: a graph is going to be captured there.
WARMS_UP = re.compile(
    r"^\s*for _\w* in .*^\s*with .*\bcuda\.stream\(|^\s*with .*\bcuda\.stream\(.*^\s*for _\w* in ",
    re.M | re.S,
)
NOT_ONLY_TENSORS = frozenset(
    "to pin_memory cpu cuda float half double type bfloat16 clip clamp log clone detach copy add"
    " sub mul div resize split where repeat flip rotate sum mean max min select gather"
    " expand chunk unbind unfold narrow size".split()
)
STORING = (
    ir.SetItem, ir.SetAttribute, ir.Augment, ir.DeleteItem, ir.StoreGlobal, ir.Yield, ir.Raise, ir.Define,
)  # fmt: skip


def pure_entry(call: Called, catalog: Catalog) -> Entry | None:
    """The entry of a call that does nothing but give a result; None where it may do more."""
    entries = [entry for name in call.names if (entry := catalog.lookup(name)) is not None]
    if len(entries) != 1 or len(call.names) != 1:
        return None
    signature = entries[0].signature
    if _may_be_in_place(call, signature):
        return None
    if signature.clause("must_use") is not None:
        return entries[0]
    out = any(keyword == "out" for keyword, _, _ in call.arguments)
    return entries[0] if signature.is_pure and not out else None


def _may_be_in_place(call: Called, signature: Signature) -> bool:
    """Whether a call may be told to change what it is called on: ``table.dropna(inplace=flag)``."""
    told = {keyword: operand for keyword, operand, _ in call.arguments}
    if "inplace" in told:
        return told["inplace"] != ir.Literal(False)
    return "**" in told and any(each.name == "inplace" for each in signature.parameters)


def gives(function: ir.Function, inner: ir.Function) -> bool:
    """Whether a function returns one that is nested in it, decorated or not, by itself or in a display."""
    names: set[ir.Operand] = set()
    for instr in ir.instructions(function):
        if isinstance(instr, ir.Define) and instr.function >= 0:
            same = function.nested[instr.function].origin == inner.origin
            made = {instr.target} if same else set()
        elif isinstance(instr, ir.Bind):
            made = {instr.target} if instr.source in names else set()
        elif isinstance(instr, ir.Build):
            made = {instr.target} if any(each.value in names for each in instr.elements) else set()
        elif isinstance(instr, ir.Call):  # what a decorator is given has no name yet
            first = instr.arguments[0].value if len(instr.arguments) == 1 else ""
            made = {instr.target} if first in names and str(first).startswith("%") else set()
        elif isinstance(instr, ir.Return) and instr.value in names:
            return True
        else:
            continue
        names |= made
    return False


def only_computes(function: ir.Function, catalog: Catalog) -> bool:
    """Whether a function stores nothing and calls nothing but pure functions and methods of tensors."""
    names: dict[ir.Place, tuple[str, ...]] = {}
    for instr in ir.instructions(function):
        if isinstance(instr, ir.Reference):
            names[instr.target] = instr.names
        elif isinstance(instr, STORING):
            return False
        elif isinstance(instr, ir.CallMethod) and not _pure_method(instr.name, catalog):
            return False
        elif isinstance(instr, ir.Call):
            called = names.get(instr.function, ()) if isinstance(instr.function, str) else ()
            entries = [catalog.lookup(name) for name in called]
            if not entries or not all(entry is not None and entry.signature.is_pure for entry in entries):
                return False
    return True


def _pure_method(name: str, catalog: Catalog) -> bool:
    if name in CHANGING:  # of a list or a set as well
        return False
    tensors = (catalog.tensor_type(library) for library in TENSOR_LIBRARIES)
    entries = [entry for tensor in tensors if (entry := catalog.method(tensor, name)) is not None]
    return bool(entries) and all(entry.signature.is_pure for entry in entries)


def root_name(operand: ir.Operand, uses: Uses) -> ir.Operand:
    """The name that an operand was reached from by attributes, items and methods; empty for what is
    computed.
    """
    while isinstance(operand, str) and operand.startswith("%"):
        made = uses.made.get(operand)
        if isinstance(made, ir.Bind):
            operand = made.source
        elif isinstance(made, (ir.GetAttribute, ir.GetItem)):
            operand = made.base
        elif isinstance(made, ir.CallMethod):
            operand = made.receiver
        else:
            return ""
    return operand


def of_somebody(operand: ir.Operand, uses: Uses) -> bool:
    """Whether an operand is held by a name, an attribute or a container, and not only computed here."""
    root = root_name(operand, uses)
    return isinstance(root, str) and root != ""


def sources(value: Value, events: Iterable[Event]) -> Iterator[tuple[str, Value]]:
    """What a tensor was computed from in one step, each with the name of the function that did it."""
    wanted = {leaf.object for leaf, _ in alternatives(value)}
    for event in events:
        if not isinstance(event, Computed | Called) or not _made(event.result, wanted):
            continue
        if isinstance(event, Computed):
            yield from (("", operand) for operand in event.operands)
        else:
            name = event.names[0] if event.names else ""
            if event.receiver is not None:
                yield name, event.receiver[1]
            yield from ((name, argument) for _, _, argument in event.arguments)


def _made(result: Value, wanted: set[Object]) -> bool:
    return any(leaf.object in wanted for leaf, _ in alternatives(result))


def sets_attribute(event: Event, value: Value, name: str) -> bool:
    """Whether an attribute is set on this very tensor (and not on a view of it)."""
    return (
        isinstance(event, AttributeSet)
        and event.name == name
        and event.value.object == value.object
        and _own(event.value) == _own(value)
    )


def _own(value: Value) -> tuple[object, ...]:
    return tuple(step for step in value.path if step.is_view)
