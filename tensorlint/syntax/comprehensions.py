"""Comprehensions and generator expressions: a loop that collects into a container (libcst)."""

from __future__ import annotations

import libcst as cst

from tensorlint.ir import Build, Collect, Element, Next, Operand, Place
from tensorlint.syntax.bindings import target_names
from tensorlint.syntax.conditions import condition
from tensorlint.syntax.lowerer import Expression, Lowerer
from tensorlint.syntax.targets import deliver, receive

_KINDS: dict[type[cst.CSTNode], str] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.DictComp: "dict",
    cst.GeneratorExp: "list",
}


def _comprehension(f: Lowerer, node: cst.BaseComp, into: Place | None) -> Operand:
    container = f.temp()
    clause = node.for_in
    iterable = f.value(clause.iter)  # outside the scope of the comprehension's own variables
    lazy = isinstance(node, cst.GeneratorExp)
    f.emit(Build(f.origin(node), container, _KINDS[type(node)], (), lazy))
    serial = f.temp()  # makes the variables' names unique
    renames: dict[str, Place] = {}
    inner: cst.CompFor | None = clause
    while inner is not None:
        renames.update((name, name + serial) for name in target_names(inner.target))
        inner = inner.inner_for_in
    f.scope.renamed.append(renames)
    _loop(f, node, clause, iterable, container)
    f.scope.renamed.pop()
    return container


def _loop(f: Lowerer, node: cst.BaseComp, clause: cst.CompFor, iterable: Operand, container: Place) -> None:
    graph = f.graph
    header = graph.branch()
    graph.start(header)
    body, after = graph.branch(), graph.branch()
    graph.start(body)
    target = receive(f, clause.target)
    f.emit(Next(f.origin(clause.target), target, iterable))
    deliver(f, clause.target, target)
    for test in clause.ifs:
        branches = condition(f, test.test)
        for block in branches.fails:
            graph.start(block)
            graph.jump(header)
        graph.join(branches.holds)
    if clause.inner_for_in is not None:
        _loop(f, node, clause.inner_for_in, f.value(clause.inner_for_in.iter), container)
    else:
        f.emit(Collect(f.origin(node), container, _element(f, node)))
    graph.jump(header)
    graph.start(after)


def _element(f: Lowerer, node: cst.BaseComp) -> Element:
    if isinstance(node, cst.DictComp):
        key = f.value(node.key)
        return Element(f.value(node.value), key)
    assert isinstance(node, cst.BaseSimpleComp)
    if isinstance(node.elt, cst.StarredElement):
        return Element(f.value(node.elt.value), starred=True)
    return Element(f.value(node.elt))


EXPRESSIONS: dict[type[cst.CSTNode], Expression] = dict.fromkeys(_KINDS, _comprehension)
