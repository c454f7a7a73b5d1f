"""Operators: what they compute, and when they write in place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias import containers, grad, layout, lengths
from tensorlint.alias.events import Computed, Kept, Replicated
from tensorlint.alias.guards import DTYPE, FRACTIONS, SELECTING
from tensorlint.alias.lattice import Allocation, Given, Held, Value, is_plain
from tensorlint.alias.replicas import innermost, marked, mutable

if TYPE_CHECKING:
    from tensorlint.alias.transfer import Transfer

INPLACE = {
    "+": "__iadd__", "-": "__isub__", "*": "__imul__", "/": "__itruediv__", "//": "__ifloordiv__",
    "%": "__imod__", "**": "__ipow__", "@": "__imatmul__", "&": "__iand__", "|": "__ior__", "^": "__ixor__",
    "<<": "__ilshift__", ">>": "__irshift__",
}  # fmt: skip
MASK = frozenset({f"{DTYPE}bool"})
COUNTERS = frozenset({"i", "j", "k", "n", "t"})  # integers by custom
KEEP_FRACTIONS = frozenset({"+", "-", "*", "//", "%", "**"})
ELEMENTWISE = frozenset({"==", "!=", "<", ">", "<=", ">="})
COMPARING = ELEMENTWISE | {"in", "not in", "is", "is not", "not", "f-string"}


class Operators:
    """The operators of one function, over the state of its :class:`~tensorlint.alias.transfer.Transfer`."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer
        self.catalog = transfer.catalog
        self.state = transfer.state

    def operate(self, instr: ir.Operate) -> None:
        """``target = left operator right``"""
        for operand in instr.operands:
            if instr.operator not in ("is", "is not"):
                self.transfer.read(instr.origin, operand)
        values = [self.transfer.value(operand) for operand in instr.operands]
        result = self._operated(instr, values)
        if self.catalog.is_tensor(result.type):
            if instr.operator not in COMPARING:
                result = self.transfer.tracked(result, "", values)
            else:
                result = grad.number(result)
            self.transfer.emit(Computed(instr.origin, result, tuple(values)))
        elif not result.type and not instr.target.startswith("%"):  # of what nobody knows, by a name
            self.transfer.emit(Computed(instr.origin, result, tuple(values)))
        self.transfer.set(instr.target, result)

    def _operated(self, instr: ir.Operate, values: list[Value]) -> Value:
        number = lengths.computed(instr.operator, values, self.state, instr.origin)
        if number is not None:
            return number
        if instr.operator in ("+", "*") and len(values) == 2:
            sequence = self._concatenated(instr, values)
            if sequence is not None:
                return sequence
        tensors = [value for value in values if self.catalog.is_tensor(value.type)]
        if tensors and instr.operator not in ("is", "is not", "in", "not in", "not", "f-string"):
            kind = next((v.type for v in tensors if v.type.startswith("torch")), tensors[0].type)
            kind = self.catalog.tensor_type(kind) or kind
            strides, rank = layout.operated(instr.operator, values, tensors)
            traits = MASK if _is_mask(instr.operator, values) else _told(instr, values)
            return Value(Allocation(instr.origin), type=kind, layout=strides, rank=rank, traits=traits)
        if all(is_plain(value) for value in values) or _gives_a_number(instr):
            return containers.plain(instr.origin)
        return replace(containers.unknown(instr.origin), traits=_told(instr, values))

    def _concatenated(self, instr: ir.Operate, values: list[Value]) -> Value | None:
        """``list + list`` and ``list * number``: a new list of the same elements."""
        sequences = ("builtins.list", "builtins.tuple")
        lists = [value for value in values if value.type in sequences]
        if not lists:
            return None
        result = Value(Allocation(instr.origin), type=lists[0].type)
        self.state.heap[result.object] = {}
        if instr.operator == "+":
            for value in values:
                for inner in containers.elements(self.state, value) or (
                    [] if value in lists else [containers.unknown(instr.origin)]
                ):
                    containers.add(self.state, result, inner, instr.origin)
            return result
        operand = instr.operands[values.index(lists[0])]
        for inner in containers.elements(self.state, lists[0]):
            if mutable(inner):
                for deep in innermost(self.state, inner):
                    self.transfer.emit(Replicated(instr.origin, deep, operand, result, "product"))
                inner = marked(self.state, inner, instr.origin, "replica")
            containers.add(self.state, result, inner, instr.origin)
        return result

    def augment(self, instr: ir.Augment) -> None:
        """``target operator= value``"""
        target, value = self.transfer.value(instr.target), self.transfer.value(instr.value)
        if not target.type and isinstance(target.object, (Given, Held)) and self._spreads(value):
            target = replace(target, type=self.catalog.tensor_type(value.type) or value.type)
            self.state.names[instr.target] = target
        shifts = is_plain(value) or self.catalog.is_tensor(value.type)
        unit = instr.operator in ("<<", ">>") and not shifts  # of physics: `flux <<= Jy` gives a quantity
        if self.catalog.is_tensor(target.type) and target.rank != 0 and not unit:
            entry = self.catalog.method(target.type, INPLACE.get(instr.operator, ""))
            self.transfer.read(instr.origin, instr.value)
            if entry is None or not any(case.writes for case in entry.signature.cases):
                rebound = Value(Allocation(instr.origin), type=self.catalog.tensor_type(target.type))
                self.transfer.emit(Computed(instr.origin, rebound, (target, value)))
                self.transfer.set(instr.target, rebound)
            elif not instr.target.startswith("%"):  # a temporary is stored back: the write is reported there
                self.transfer.emit(self.state.write(instr.origin, instr.target, target, "augmented"))
                self.state.filled(target)
                self.state.names = grad.written(self.state.names, target, [value])
            return
        if target.type == "builtins.list":
            inner = containers.pick(self.state, value, instr.origin) or containers.unknown(instr.origin)
            containers.add(self.state, target, inner, instr.origin)
            for operand in self.transfer.displays.get(str(instr.value), ()):  # `history += [state]`
                if isinstance(operand, str):
                    self.transfer.emit(Kept(instr.origin, target, operand, self.transfer.value(operand)))
            return
        self.transfer.read(instr.origin, instr.target)
        self.transfer.read(instr.origin, instr.value)
        both_plain = is_plain(target) and is_plain(value)
        self.state.names[instr.target] = (
            containers.plain(instr.origin) if both_plain else containers.unknown(instr.origin)
        )

    def _spreads(self, value: Value) -> bool:
        """Whether no number stays one by taking this array in, which is no reduction made on the spot."""
        made_here = isinstance(value.object, Allocation) and not value.rank
        return self.catalog.is_writable(value.type) and value.rank != 0 and not made_here


def _gives_a_number(instr: ir.Operate) -> bool:
    """Whether an operator gives no array whatever it compares: two unknown things may be arrays."""
    elementwise = instr.operator in ELEMENTWISE and not any(_is_word(each) for each in instr.operands)
    return instr.operator in COMPARING and not elementwise


def _is_word(operand: ir.Operand) -> bool:
    return isinstance(operand, ir.Literal) and (operand.value is None or isinstance(operand.value, str))


def _is_mask(operator: str, values: list[Value]) -> bool:
    """Whether an operator makes booleans: comparing, or combining masks."""
    return operator in COMPARING or (operator in "~&|^" and all(value.traits >= MASK for value in values))


def _told(instr: ir.Operate, values: list[Value]) -> frozenset[str]:
    """The trait of a quotient, and of what arithmetic makes of one: certainly no integers; and that of a
    comparison, and of ``~x``, where ``x`` does not count.
    """
    operator = instr.operator
    kept = operator in KEEP_FRACTIONS and any(FRACTIONS in value.traits for value in values)
    if operator in ELEMENTWISE or (operator == "~" and instr.operands[0] not in COUNTERS):
        return frozenset({SELECTING})
    return frozenset({FRACTIONS}) if operator == "/" or kept else frozenset()
