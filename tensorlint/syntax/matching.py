"""``match``: cases tried in order, each binding what its pattern captures (libcst)."""

from __future__ import annotations

import libcst as cst

from tensorlint.ir import (
    Assume,
    Bind,
    GetAttribute,
    GetItem,
    Literal,
    Operand,
    Operate,
    Pick,
    Place,
    StoreGlobal,
    Unpack,
)
from tensorlint.syntax.conditions import condition
from tensorlint.syntax.lowerer import Lowerer, Statement


def _match(f: Lowerer, node: cst.Match) -> None:
    graph = f.graph
    subject = f.placed(f.value(node.subject), node.subject)
    after = graph.new_block()
    for case in node.cases:
        if _irrefutable(case.pattern):
            refused: list[int] = []
        else:
            before = graph.current
            refused = [graph.branch()]
            graph.start(before)
            graph.start(graph.branch())
        _pattern(f, case.pattern, subject)
        if case.guard is not None:
            branches = condition(f, case.guard)
            refused.extend(branches.fails)
            graph.join(branches.holds)
        f.body(case.body)
        graph.jump(after)
        graph.join(refused)
    graph.jump(after)
    graph.start(after)


def _irrefutable(pattern: cst.MatchPattern) -> bool:
    return isinstance(pattern, cst.MatchAs) and pattern.pattern is None


def _capture(f: Lowerer, name: cst.Name | None, value: Operand, node: cst.CSTNode) -> None:
    if name is None:
        return
    place = f.scope.store(name.value)
    if place is None:
        f.emit(StoreGlobal(f.origin(node), name.value, value))
    else:
        f.emit(Bind(f.origin(node), place, value))


def _pattern(f: Lowerer, pattern: cst.CSTNode, subject: Place) -> None:
    """Bind what a pattern captures of its subject, taking for granted that it matches."""
    origin = f.origin(pattern)
    if isinstance(pattern, cst.MatchAs):
        if pattern.pattern is not None:
            _pattern(f, pattern.pattern, subject)
        _capture(f, pattern.name, subject, pattern)
    elif isinstance(pattern, cst.MatchValue):
        value = f.value(pattern.value)
        if isinstance(value, Literal):
            f.emit(Assume(origin, subject, "equal", True, (repr(value.value),)))
    elif isinstance(pattern, cst.MatchSingleton):
        if pattern.value.value == "None":
            f.emit(Assume(origin, subject, "none", True))
    elif isinstance(pattern, cst.MatchSequence):
        _sequence(f, pattern, subject)
    elif isinstance(pattern, cst.MatchMapping):
        for element in pattern.elements:
            item = f.temp()
            f.emit(GetItem(origin, item, subject, (Pick(f.value(element.key)),)))
            _pattern(f, element.pattern, item)
        rest = f.temp()
        if pattern.rest is not None:
            f.emit(Operate(origin, rest, "match", (subject,)))
            _capture(f, pattern.rest, rest, pattern)
    elif isinstance(pattern, cst.MatchClass):
        _instance(f, pattern, subject)
    elif isinstance(pattern, cst.MatchOr):
        _alternatives(f, pattern, subject)


def _sequence(f: Lowerer, pattern: cst.MatchSequence, subject: Place) -> None:
    places = tuple(f.temp() for _ in pattern.patterns)
    star = next((i for i, part in enumerate(pattern.patterns) if isinstance(part, cst.MatchStar)), None)
    f.emit(Unpack(f.origin(pattern), places, subject, star))
    for part, place in zip(pattern.patterns, places, strict=True):
        if isinstance(part, cst.MatchStar):
            _capture(f, part.name, place, part)
        else:
            _pattern(f, part.value, place)


def _instance(f: Lowerer, pattern: cst.MatchClass, subject: Place) -> None:
    names = f.qualified(pattern.cls)
    if names:
        f.emit(Assume(f.origin(pattern), subject, "instance", True, names))
    for element in pattern.patterns:
        # `case float(x)` captures the subject itself; which attribute another class gives cannot be seen.
        part = f.temp()
        f.emit(Operate(f.origin(element), part, "match", (subject,)))
        _pattern(f, element.value, part)
    for keyword in pattern.kwds:
        part = f.temp()
        f.emit(GetAttribute(f.origin(keyword), part, subject, keyword.key.value))
        _pattern(f, keyword.pattern, part)


def _alternatives(f: Lowerer, pattern: cst.MatchOr, subject: Place) -> None:
    graph = f.graph
    before = graph.current
    ends: list[int] = []
    for part in pattern.patterns:
        graph.start(before)
        graph.start(graph.branch())
        _pattern(f, part.pattern, subject)
        ends.append(graph.current)
    graph.join(ends)


STATEMENTS: dict[type[cst.CSTNode], Statement] = {cst.Match: _match}
