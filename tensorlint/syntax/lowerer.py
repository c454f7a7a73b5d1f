"""The state of one function while it is lowered; what each kind of node becomes stands in tables.

The modules that lower expressions and statements need each other. They meet in :class:`Tables`, so none
of them imports another's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from tensorlint.ir import Bind, Function, Hint, Operand, Operate, Origin, Place, Reference
from tensorlint.syntax.annotations import Annotations
from tensorlint.syntax.bindings import Qualified, Scope, children, dotted
from tensorlint.syntax.graph import Graph
from tensorlint.syntax.names import Names
from tensorlint.syntax.spans import Origins

Expression = Callable[["Lowerer", Any, "Place | None"], Operand]
Statement = Callable[["Lowerer", Any], None]


@dataclass(frozen=True, slots=True)
class Tables:
    """Node type -> how to lower it."""

    expressions: Mapping[type[cst.CSTNode], Expression]
    statements: Mapping[type[cst.CSTNode], Statement]


@dataclass(slots=True)
class Unit:
    """What all functions of one unit share: temporaries and origins are numbered through."""

    names: Names
    tables: Tables
    origins: Origins
    captures: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)  # by the name of a stub
    temporaries: int = 0


class Lowerer:
    """Lowers one function, lambda or body into its graph."""

    def __init__(self, unit: Unit, scope: Scope) -> None:
        self.unit = unit
        self.scope = scope
        self.graph = Graph()
        self.emit = self.graph.emit
        self.nested: list[Function] = []

    def origin(self, node: cst.CSTNode) -> Origin:
        return self.unit.origins.add(node)

    def temp(self) -> Place:
        self.unit.temporaries += 1
        return f"%{self.unit.temporaries}"

    def value(self, node: cst.BaseExpression, into: Place | None = None) -> Operand:
        """Lower an expression; its result goes to ``into`` where an instruction makes it."""
        lower = self.unit.tables.expressions.get(type(node))
        if lower is not None:
            return lower(self, node, into)
        # Syntax newer than this table: its operands are used, its result is nothing that anybody knows.
        parts = [self.value(part) for part in children(node) if isinstance(part, cst.BaseExpression)]
        target = into or self.temp()
        self.emit(Operate(self.origin(node), target, type(node).__name__, tuple(parts)))
        return target

    def place(self, node: cst.BaseExpression) -> Place:
        """Lower an expression whose value must have a place, even a constant."""
        return self.placed(self.value(node), node)

    def placed(self, operand: Operand, node: cst.CSTNode) -> Place:
        if isinstance(operand, str):
            return operand
        target = self.temp()
        self.emit(Bind(self.origin(node), target, operand))
        return target

    def bind(self, place: Place, node: cst.BaseExpression, statement: cst.CSTNode) -> None:
        """``place = node``."""
        operand = self.value(node, place)
        if operand != place:
            self.emit(Bind(self.origin(statement), place, operand))

    def statement(self, node: cst.CSTNode) -> None:
        lower = self.unit.tables.statements.get(type(node))
        if lower is not None:
            lower(self, node)

    def body(self, suite: cst.BaseSuite, split: bool = False) -> None:
        """Lower a block of statements; with ``split`` each begins a block of its own."""
        for statement in suite.body:
            if split:
                self.graph.split()
            self.statement(statement)

    def qualified(self, node: cst.BaseExpression) -> tuple[str, ...] | None:
        """The candidates of a dotted path that begins with a global name; None where it is a value."""
        path = dotted(node)
        if not path:
            return None
        meaning = self.scope.read(path[0])
        if not isinstance(meaning, Qualified) or (len(path) > 1 and not meaning.is_path):
            return None
        return tuple(".".join((name, *path[1:])) for name in meaning.names)

    @property
    def annotations(self) -> Annotations:
        """The reader of annotations and docstrings in this scope."""

        def resolve(name: str) -> tuple[str, ...]:
            meaning = self.scope.read(name)
            if isinstance(meaning, Qualified):
                return meaning.names
            return self.unit.names.resolve(name) if self.scope.kind in ("module", "class") else ()

        return Annotations(resolve, self.unit.names.values)

    def annotated(self, node: cst.Annotation) -> Hint:
        """What an annotation states."""
        return self.annotations.parse(cst.Module([]).code_for_node(node.annotation))

    def reference(self, node: cst.CSTNode, names: tuple[str, ...], into: Place | None = None) -> Place:
        target = into or self.temp()
        self.emit(Reference(self.origin(node), target, names))
        return target

    def places_in(self, node: cst.CSTNode) -> tuple[Place, ...]:
        """The places of this function that any name inside a node means."""
        found: set[Place] = set()
        pending = [node]
        while pending:
            item = pending.pop()
            if isinstance(item, cst.Name):
                meaning = self.scope.read(item.value)
                if isinstance(meaning, str):
                    found.add(meaning)
            pending.extend(children(item))
        return tuple(sorted(found))
