"""Conditions: short circuits become edges, and each branch begins with what it may assume (libcst)."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from tensorlint.ir import Assume, Bind, Literal, Operand, Operate, Place
from tensorlint.syntax.bindings import dotted
from tensorlint.syntax.lowerer import Expression, Lowerer

BOOLEANS = {"True": True, "False": False}


@dataclass(frozen=True, slots=True)
class Branches:
    """The open blocks in which a condition holds, and those in which it does not."""

    holds: tuple[int, ...]
    fails: tuple[int, ...]

    def swapped(self) -> Branches:
        return Branches(self.fails, self.holds)


def condition(f: Lowerer, node: cst.BaseExpression) -> Branches:
    """Evaluate a condition and leave the graph without a current block: the caller joins what it needs."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return condition(f, node.expression).swapped()
    if isinstance(node, cst.BooleanOperation):
        first = condition(f, node.left)
        if isinstance(node.operator, cst.And):
            f.graph.join(first.holds)
            second = condition(f, node.right)
            return Branches(second.holds, first.fails + second.fails)
        f.graph.join(first.fails)
        second = condition(f, node.right)
        return Branches(first.holds + second.holds, second.fails)
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        part = node.comparisons[0]
        told = _said(f, node, part)
        if told is not None:
            return told
        compared = _compared(f, node, part) or truth_of(f, f.value(node), node)
        _assume_dtype(f, node, part, compared)
        return compared
    if isinstance(node, cst.Call):
        branches = _instance(f, node)
        if branches is not None:
            return branches
    return truth_of(f, f.value(node), node)


def _said(f: Lowerer, node: cst.Comparison, part: cst.ComparisonTarget) -> Branches | None:
    """``isinstance(x, dict) is False``, ``== True``: what the call says, or the contrary."""
    if not isinstance(node.left, cst.Call) or not isinstance(part.comparator, cst.Name):
        return None
    same = isinstance(part.operator, cst.Is | cst.Equal)
    if part.comparator.value not in BOOLEANS or not (
        same or isinstance(part.operator, cst.IsNot | cst.NotEqual)
    ):
        return None
    branches = _instance(f, node.left)
    return branches if branches is None or same == BOOLEANS[part.comparator.value] else branches.swapped()


def truth_of(f: Lowerer, operand: Operand, node: cst.BaseExpression) -> Branches:
    """Branch on a value that is there already; a constant has one branch only."""
    if isinstance(operand, Literal):
        here = (f.graph.current,)
        return Branches(here, ()) if operand.value else Branches((), here)
    return _branch(f, node, _path(f, node) or operand, "truth")


def _path(f: Lowerer, node: cst.BaseExpression) -> Place | None:
    """``self.inplace`` as a place: an assumption about it outlives the temporary that it was read into."""
    if isinstance(node, cst.NamedExpr):
        return None
    path = dotted(node)
    if not path:
        return None
    meaning = f.scope.read(path[0])
    return ".".join((meaning, *path[1:])) if isinstance(meaning, str) else None


def _branch(
    f: Lowerer,
    node: cst.CSTNode,
    operand: Place,
    test: str,
    argument: tuple[str, ...] = (),
) -> Branches:
    origin = f.origin(node)
    ends = []
    before = f.graph.current
    for holds in (True, False):
        f.graph.start(before)
        block = f.graph.branch()
        f.graph.start(block)
        f.emit(Assume(origin, operand, test, holds, argument))
        ends.append(block)
    return Branches((ends[0],), (ends[1],))


def _compared(f: Lowerer, node: cst.Comparison, part: cst.ComparisonTarget) -> Branches | None:
    equal = isinstance(part.operator, cst.Equal)
    if isinstance(part.operator, (cst.Is, cst.IsNot)):
        if not (isinstance(part.comparator, cst.Name) and part.comparator.value == "None"):
            return None
        operand = f.place(node.left)
        branches = _branch(f, node, _path(f, node.left) or operand, "none")
        return branches if isinstance(part.operator, cst.Is) else branches.swapped()
    if not equal and not isinstance(part.operator, cst.NotEqual):
        return None
    value = f.value(node.left)
    literal = f.value(part.comparator)
    side = node.left
    if isinstance(value, Literal):
        value, literal, side = literal, value, part.comparator
    if isinstance(value, Literal):
        return None
    if isinstance(literal, Literal):
        branches = _branch(f, node, _path(f, side) or value, "equal", (repr(literal.value),))
        return branches if equal else branches.swapped()
    target = f.temp()
    f.emit(Operate(f.origin(node), target, "==" if equal else "!=", (value, literal)))
    return _branch(f, node, target, "truth")


def _assume_dtype(f: Lowerer, node: cst.Comparison, part: cst.ComparisonTarget, branches: Branches) -> None:
    """``x.dtype == np.uint8``, ``x.dtype not in (torch.half, torch.float)``: more that may be assumed."""
    if not (isinstance(node.left, cst.Attribute) and node.left.attr.value == "dtype"):
        return
    each = [part.comparator]
    if isinstance(part.operator, (cst.In, cst.NotIn)):
        if not isinstance(part.comparator, (cst.Tuple, cst.List, cst.Set)):
            return
        each = [element.value for element in part.comparator.elements]
    names = [f.qualified(dtype) or () for dtype in each]
    operand = _path(f, node.left.value)
    if operand is None or any(len(candidates) != 1 for candidates in names):
        return
    if isinstance(part.operator, (cst.NotEqual, cst.IsNot, cst.NotIn)):
        branches = branches.swapped()
    for blocks, holds in ((branches.holds, True), (branches.fails, False)):
        for block in blocks:
            f.graph.start(block)
            f.emit(Assume(f.origin(node), operand, "dtype", holds, tuple(name for (name,) in names)))


def _instance(f: Lowerer, node: cst.Call) -> Branches | None:
    if not isinstance(node.func, cst.Name) or node.func.value != "isinstance" or len(node.args) != 2:
        return None
    if f.qualified(node.func) != ("builtins.isinstance",):
        return None
    kinds = _types(f, node.args[1].value)
    if not kinds:
        return None
    operand = f.place(node.args[0].value)
    return _branch(f, node, _path(f, node.args[0].value) or operand, "instance", kinds)


def _types(f: Lowerer, node: cst.BaseExpression) -> tuple[str, ...]:
    """The qualified names of an ``isinstance`` argument; none when any of them is unknown."""
    found: set[str] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, cst.Tuple):
            pending.extend(element.value for element in part.elements)
        elif isinstance(part, cst.BinaryOperation) and isinstance(part.operator, cst.BitOr):
            pending.extend((part.left, part.right))
        else:
            names = f.qualified(part)
            if not names:
                return ()
            found.update(names)
    return tuple(sorted(found))


def _boolean(f: Lowerer, node: cst.BooleanOperation, into: Place | None) -> Operand:
    """``a and b`` as a value: one of its operands, bound on the branch that decides."""
    target = f.temp()
    left = f.value(node.left)
    branches = truth_of(f, left, node.left)
    decides, goes_on = branches.fails, branches.holds
    if isinstance(node.operator, cst.Or):
        decides, goes_on = goes_on, decides
    ends: list[int] = []
    if decides:
        f.graph.join(decides)
        f.emit(Bind(f.origin(node), target, left))
        ends.append(f.graph.current)
    if goes_on:
        f.graph.join(goes_on)
        f.bind(target, node.right, node)
        ends.append(f.graph.current)
    f.graph.join(ends)
    return target


def _conditional(f: Lowerer, node: cst.IfExp, into: Place | None) -> Operand:
    target = f.temp()
    branches = condition(f, node.test)
    ends: list[int] = []
    for blocks, part in ((branches.holds, node.body), (branches.fails, node.orelse)):
        if blocks:
            f.graph.join(blocks)
            f.bind(target, part, node)
            ends.append(f.graph.current)
    f.graph.join(ends)
    return target


EXPRESSIONS: dict[type[cst.CSTNode], Expression] = {
    cst.BooleanOperation: _boolean,
    cst.IfExp: _conditional,
}
