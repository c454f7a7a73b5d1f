"""Compound statements: branches, loops, ``try``, ``with`` (libcst)."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from tensorlint.ir import Bind, Call, Enter, Forget, Leave, Literal, Next, Operand, Place, Raise
from tensorlint.syntax.bindings import bindings, dotted
from tensorlint.syntax.conditions import condition
from tensorlint.syntax.graph import Cleanup, Loop
from tensorlint.syntax.lowerer import Lowerer, Statement
from tensorlint.syntax.targets import deliver, receive

_CATCH_ALL = frozenset({"builtins.BaseException", "builtins.Exception"})
_PASSING_ON = (("builtins.enumerate",), ("builtins.reversed",), ("builtins.sorted",))
_SWALLOWING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})


def _if(f: Lowerer, node: cst.If) -> None:
    graph = f.graph
    after = graph.new_block()
    branch: cst.If | cst.Else | None = node
    while isinstance(branch, cst.If):  # an `elif` is nested in the `else` before it
        branches = condition(f, branch.test)
        graph.join(branches.holds)
        f.body(branch.body)
        graph.jump(after)
        graph.join(branches.fails)
        branch = branch.orelse
    if branch is not None:
        f.body(branch.body)
    graph.jump(after)
    graph.start(after)


def _while(f: Lowerer, node: cst.While) -> None:
    graph = f.graph
    header = graph.branch()
    after = graph.new_block()
    graph.start(header)
    branches = condition(f, node.test)
    graph.join(branches.holds)
    graph.frames.append(Loop(header, after))
    f.body(node.body)
    graph.frames.pop()
    graph.jump(header)
    graph.join(branches.fails)
    if node.orelse is not None:
        f.body(node.orelse.body)
    graph.jump(after)
    graph.start(after)


def _for(f: Lowerer, node: cst.For) -> None:
    graph = f.graph
    iterable = _steady(f, node, f.value(node.iter))
    body = graph.branch() if _has_elements(f, node.iter) else None  # then the first turn is certain
    header = graph.branch() if body is None else graph.new_block()
    after = graph.new_block()
    graph.start(header)
    if body is None:
        body = graph.branch()
    else:
        graph.jump(body)
    exhausted = after if node.orelse is None else graph.new_block()
    graph.jump(exhausted)
    graph.start(body)
    target = receive(f, node.target)
    f.emit(Next(f.origin(node.target), target, iterable))
    deliver(f, node.target, target)
    graph.frames.append(Loop(header, after))
    f.body(node.body)
    graph.frames.pop()
    graph.jump(header)
    if node.orelse is not None:
        graph.start(exhausted)
        f.body(node.orelse.body)
        graph.jump(after)
    graph.start(after)


def _has_elements(f: Lowerer, iterable: cst.BaseExpression) -> bool:
    """Whether a loop certainly has a first turn: ``range(3)``, ``(a, b)``, and these enumerated."""
    if isinstance(iterable, (cst.List, cst.Tuple)):
        return any(isinstance(element, cst.Element) for element in iterable.elements)
    if not isinstance(iterable, cst.Call) or any(each.keyword or each.star for each in iterable.args):
        return False
    names, arguments = f.qualified(iterable.func), [each.value for each in iterable.args]
    if names == ("builtins.range",) and all(isinstance(each, cst.Integer) for each in arguments):
        numbers = [each.evaluated_value for each in arguments if isinstance(each, cst.Integer)]
        return 0 < len(numbers) <= 2 and len(range(*numbers)) > 0
    return names in _PASSING_ON and bool(arguments) and _has_elements(f, arguments[0])


def _steady(f: Lowerer, node: cst.For, iterable: Operand) -> Operand:
    """A loop keeps the object that it began with, though its body may rebind the name: `for x in x:`."""
    if isinstance(iterable, str) and iterable in bindings([node]).stored:
        held = f.temp()
        f.emit(Bind(f.origin(node.iter), held, iterable))
        return held
    return iterable


def _with(f: Lowerer, node: cst.With) -> None:
    graph = f.graph
    entered: list[tuple[cst.WithItem, Operand]] = []
    swallows = False
    for item in node.items:
        manager = f.value(item.item)
        target = f.temp() if item.asname is None else receive(f, item.asname.name)
        f.emit(Enter(f.origin(item.item), target, manager))
        if item.asname is not None:
            deliver(f, item.asname.name, target)
        entered.append((item, manager))
        swallows = swallows or _swallows(item.item)

    def leave() -> None:
        for item, manager in reversed(entered):
            f.emit(Leave(f.origin(item.item), manager))

    outer = graph.handlers
    after = graph.new_block()
    graph.frames.append(Cleanup(leave, outer, matters=False))
    if swallows:
        graph.handlers = (after, *outer)
        graph.start(graph.branch())
    f.body(node.body, split=swallows)
    graph.handlers = outer
    graph.frames.pop()
    graph.jump(after)
    graph.start(after)
    leave()


def _swallows(manager: cst.BaseExpression) -> bool:
    """Whether a context manager is known to stop exceptions: then its body may end anywhere."""
    path = dotted(manager.func) if isinstance(manager, cst.Call) else ()
    return bool(path) and path[-1] in _SWALLOWING


def _try(f: Lowerer, node: cst.Try | cst.TryStar) -> None:
    graph = f.graph
    outer = graph.handlers
    after = graph.new_block()
    final = node.finalbody
    escape = outer  # where what no handler of this statement catches goes
    if final is not None:
        suite = final.body
        escape = (graph.new_block(),)

        def clean() -> None:
            graph.start(graph.branch())
            f.body(suite)

        graph.frames.append(Cleanup(clean, outer, matters=True))

    graph.handlers = escape
    handlers: Sequence[cst.ExceptHandler | cst.ExceptStarHandler] = node.handlers
    entries = [graph.new_block() for _ in handlers]
    ends = []
    everything = any(_catches_all(f, handler) for handler in handlers)
    graph.handlers = (*entries, *(() if everything else escape))
    graph.start(graph.branch())  # of its own: the state before the first statement reaches the handlers
    f.body(node.body, split=True)
    graph.handlers = escape
    if node.orelse is not None:
        graph.start(graph.branch())
        f.body(node.orelse.body, split=bool(escape))
    ends.append(graph.current)
    for handler, entry in zip(handlers, entries, strict=True):
        graph.start(entry)
        _handler(f, handler, split=bool(escape))
        ends.append(graph.current)

    graph.handlers = outer
    if final is not None:
        graph.frames.pop()
        graph.start(escape[0])
        f.body(final.body)
        f.graph.stop(Raise(f.origin(final), Literal(None)))  # the exception goes on its way
        graph.start(graph.new_block())
        normal = graph.current
        for end in ends:
            graph.successors[end].append(normal)
        f.body(final.body)
        ends = [graph.current]
    for end in ends:
        graph.successors[end].append(after)
    graph.start(after)


def _catches_all(f: Lowerer, handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    if handler.type is None:
        return True
    names = f.qualified(handler.type)
    return bool(names) and set(names or ()) <= _CATCH_ALL


def _handler(f: Lowerer, handler: cst.ExceptHandler | cst.ExceptStarHandler, split: bool) -> None:
    name: Place | None = None
    if handler.type is not None:
        kind = f.value(handler.type)
        if handler.name is not None:
            caught = receive(f, handler.name.name)
            f.emit(Call(f.origin(handler.type), caught, kind, ()))  # an instance of what is named
            deliver(f, handler.name.name, caught)
            name = None if caught.startswith("%") else caught
    f.body(handler.body, split)
    if name is not None:
        f.emit(Forget(f.origin(handler.type or handler), name))


STATEMENTS: dict[type[cst.CSTNode], Statement] = {
    cst.If: _if,
    cst.While: _while,
    cst.For: _for,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
}
