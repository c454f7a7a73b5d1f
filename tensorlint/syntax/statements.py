"""Simple statements (libcst)."""

from __future__ import annotations

import libcst as cst

from tensorlint.ir import (
    Augment,
    Bind,
    Declare,
    DeleteItem,
    Evaluate,
    Forget,
    GetAttribute,
    GetItem,
    Literal,
    Place,
    Raise,
    Reference,
    Return,
    SetAttribute,
    SetItem,
    StoreGlobal,
    Yield,
)
from tensorlint.source import DISPLAYED
from tensorlint.syntax.bindings import imports
from tensorlint.syntax.conditions import condition
from tensorlint.syntax.expressions import OPERATORS, index
from tensorlint.syntax.graph import Cleanup, Loop
from tensorlint.syntax.lowerer import Lowerer, Statement
from tensorlint.syntax.targets import assign


def _line(f: Lowerer, node: cst.SimpleStatementLine | cst.SimpleStatementSuite) -> None:
    comment = node.trailing_whitespace.comment
    displayed = node.body[-1] if comment is not None and DISPLAYED in comment.value else None
    for statement in node.body:
        if statement is displayed and isinstance(statement, cst.Expr):
            _displayed(f, statement)
        else:
            f.statement(statement)


def _displayed(f: Lowerer, node: cst.Expr) -> None:
    """The last expression of a notebook's cell: somebody gets its value."""
    operand = f.value(node.value)
    f.emit(Yield(f.origin(node), f.temp(), operand))


def _expression(f: Lowerer, node: cst.Expr) -> None:
    operand = f.value(node.value)
    if not isinstance(operand, Literal):
        f.emit(Evaluate(f.origin(node), operand))


def _assign(f: Lowerer, node: cst.Assign) -> None:
    targets = [item.target for item in node.targets]
    only = targets[0]
    if len(targets) == 1 and isinstance(only, cst.Name):
        _assign_name(f, only, node.value, node)
        return
    operand = f.value(node.value)
    for target in targets:
        assign(f, target, operand, node)
        if isinstance(target, cst.Name) and isinstance(operand, str):  # `a = b = x`: one object, two names
            operand = f.scope.store(target.value) or operand


def _assign_name(f: Lowerer, target: cst.Name, value: cst.BaseExpression, node: cst.CSTNode) -> None:
    place = f.scope.store(target.value)
    if place is None:
        assign(f, target, f.value(value), node)
    else:
        f.bind(place, value, node)


def _annotated(f: Lowerer, node: cst.AnnAssign) -> None:
    if isinstance(node.target, cst.Name):
        if node.value is not None:
            _assign_name(f, node.target, node.value, node)
        place = f.scope.store(node.target.value)
        hint = f.annotated(node.annotation)
        if place is not None and hint.names:
            f.emit(Declare(f.origin(node), place, hint))
    elif node.value is not None:
        assign(f, node.target, f.value(node.value), node)


def _augmented(f: Lowerer, node: cst.AugAssign) -> None:
    operator = OPERATORS[type(node.operator)]
    target = node.target
    if isinstance(target, cst.Name):
        place = f.scope.store(target.value)
        if place is not None:
            operand = f.value(node.value)
            f.emit(Augment(f.origin(node), place, operator, operand))
            return
        held = f.temp()
        f.bind(held, target, target)
        operand = f.value(node.value)
        f.emit(Augment(f.origin(node), held, operator, operand))
        f.emit(StoreGlobal(f.origin(node), target.value, held))
    elif isinstance(target, cst.Attribute):
        base = f.place(target.value)
        held = f.temp()
        f.emit(GetAttribute(f.origin(target), held, base, target.attr.value))
        operand = f.value(node.value)
        f.emit(Augment(f.origin(node), held, operator, operand))
        f.emit(SetAttribute(f.origin(node), base, target.attr.value, held, augmented=True))
    elif isinstance(target, cst.Subscript):
        container = f.value(target.value)
        selectors = index(f, target.slice)
        held = f.temp()
        f.emit(GetItem(f.origin(target), held, container, selectors))
        operand = f.value(node.value)
        f.emit(Augment(f.origin(node), held, operator, operand))
        f.emit(SetItem(f.origin(node), container, selectors, held, augmented=True))


def _return(f: Lowerer, node: cst.Return) -> None:
    operand = Literal(None) if node.value is None else f.value(node.value)
    graph = f.graph
    cleanups = (frame for frame in graph.frames if isinstance(frame, Cleanup))
    if isinstance(operand, str) and any(frame.matters for frame in cleanups):
        held = f.temp()  # `finally` may rebind the name, not the value that is on its way out
        f.emit(Bind(f.origin(node), held, operand))
        operand = held
    graph.unwind(0)
    graph.quiet()
    graph.stop(Return(f.origin(node), operand))


def _raise(f: Lowerer, node: cst.Raise) -> None:
    operand = Literal(None) if node.exc is None else f.value(node.exc)
    if node.cause is not None:
        f.value(node.cause.item)
    f.graph.stop(Raise(f.origin(node), operand))


def _assert(f: Lowerer, node: cst.Assert) -> None:
    branches = condition(f, node.test)
    if branches.fails:
        f.graph.join(branches.fails)
        if node.msg is not None:
            f.value(node.msg)
        f.graph.stop(Raise(f.origin(node), Literal(None)))
    f.graph.join(branches.holds)


def _leave_loop(f: Lowerer, node: cst.Break | cst.Continue) -> None:
    graph = f.graph
    depth = max((level for level, frame in enumerate(graph.frames) if isinstance(frame, Loop)), default=-1)
    if depth < 0:
        return  # outside any loop: Python's own error, not ours
    frame = graph.frames[depth]
    assert isinstance(frame, Loop)
    graph.unwind(depth + 1)
    graph.jump(frame.after if isinstance(node, cst.Break) else frame.header)
    graph.start(graph.new_block())


def _delete(f: Lowerer, node: cst.Del) -> None:
    pending: list[cst.BaseExpression] = [node.target]
    while pending:
        target = pending.pop()
        if isinstance(target, (cst.Tuple, cst.List)):
            pending.extend(element.value for element in reversed(target.elements))
        elif isinstance(target, cst.Name):
            place = f.scope.store(target.value)
            if place is not None:
                f.emit(Forget(f.origin(node), place))
        elif isinstance(target, cst.Attribute):
            base = f.place(target.value)
            f.emit(SetAttribute(f.origin(node), base, target.attr.value, Literal(None)))
        elif isinstance(target, cst.Subscript):
            container = f.value(target.value)
            f.emit(DeleteItem(f.origin(node), container, index(f, target.slice)))


def _import(f: Lowerer, node: cst.Import | cst.ImportFrom) -> None:
    """Names that only imports bind are looked up where they are read; others are bound here."""
    for name, qualified in imports(node):
        if name in f.scope.bound.imported or f.scope.kind == "module":
            continue
        place: Place | None = f.scope.store(name)
        if place is None:
            held = f.reference(node, qualified)
            f.emit(StoreGlobal(f.origin(node), name, held))
        else:
            f.emit(Reference(f.origin(node), place, qualified))


STATEMENTS: dict[type[cst.CSTNode], Statement] = {
    cst.SimpleStatementLine: _line,
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Break: _leave_loop,
    cst.Continue: _leave_loop,
    cst.Del: _delete,
    cst.Import: _import,
    cst.ImportFrom: _import,
}
