"""The map of a file, drawn from the ``ast`` that flake8 has made already: units, classes, names."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from tensorlint.syntax.names import Names, module_names, nodes, top_level
from tensorlint.syntax.records import record_class

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
UnitNode = FunctionNode | ast.ClassDef | ast.Module


@dataclass(frozen=True, slots=True)
class Unit:
    """What is lowered at once: a function with all that is nested in it, or a body's own statements.

    ``kind`` is ``"function"``, ``"method"``, ``"class"`` or ``"module"``; a static method is a function with
    a ``class_name``. ``first_line`` (from 1) includes decorators. ``class_name`` is the qualified name
    of the class in this file (``"Outer.Inner"``).
    """

    index: int
    kind: str
    name: str
    qualname: str
    class_name: str | None
    node: UnitNode
    first_line: int
    last_line: int
    statements: tuple[ast.stmt, ...]


@dataclass(frozen=True)
class ClassOutline:
    """A class at any depth of the file's top level; ``bases`` are qualified names, all candidates."""

    name: str
    bases: tuple[str, ...]
    methods: Mapping[str, int]
    node: ast.ClassDef

    @cached_property
    def attributes(self) -> Mapping[str, tuple[str, ...]]:
        """Attribute of ``self`` -> the methods that assign it (not ``+=``), sorted; computed when first
        asked.
        """
        setters: defaultdict[str, set[str]] = defaultdict(set)
        for method, receiver in self._receivers:
            below = list(nodes([method]))
            augmented = {id(node.target) for node in below if isinstance(node, ast.AugAssign)}
            for node in below:
                if id(node) not in augmented and isinstance(getattr(node, "ctx", None), ast.Store):
                    if name := _attribute_of(node, receiver):
                        setters[name].add(method.name)
        return {name: tuple(sorted(methods)) for name, methods in sorted(setters.items())}

    @cached_property
    def moved_in_place(self) -> frozenset[str]:
        """Attributes of ``self`` that a method may write in place: ``self.x += y``, ``self.x[i] = y``."""
        found = set[str]()
        for method, receiver in self._receivers:
            for node in nodes([method]):
                if isinstance(node, ast.AugAssign):
                    found.add(_attribute_of(node.target, receiver))
                elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                    found.add(_attribute_of(node.value, receiver))
        return frozenset(found - {""})

    @cached_property
    def stored_in(self) -> Mapping[str, tuple[str, ...]]:
        """Attribute of ``self`` -> the methods that store items in what it holds: ``self.cache[key] = x``."""
        storing: defaultdict[str, set[str]] = defaultdict(set)
        for method, receiver in self._receivers:
            for node in nodes([method]):
                if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                    if name := _attribute_of(node.value, receiver):
                        storing[name].add(method.name)
        return {name: tuple(sorted(methods)) for name, methods in sorted(storing.items())}

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that the body assigns at its top level."""
        targets = (
            target
            for statement in self.node.body
            if isinstance(statement, (ast.Assign, ast.AnnAssign))
            for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        )
        return frozenset(target.id for target in targets if isinstance(target, ast.Name))

    @property
    def _receivers(self) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
        """The methods that have an object, and what they call it."""
        for method in top_level(self.node.body):
            if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_static(method):
                parameters = [*method.args.posonlyargs, *method.args.args]
                if parameters:
                    yield method, parameters[0].arg


def _attribute_of(node: ast.AST, receiver: str) -> str:
    """The attribute of an object that a node names; empty for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == receiver:
        return node.attr
    return ""


@dataclass(frozen=True, slots=True)
class Outline:
    """The units of a file in source order (an enclosing class before its methods, the module last)."""

    tree: ast.Module
    units: tuple[Unit, ...]
    names: Names
    classes: Mapping[str, ClassOutline]
    functions: Mapping[str, int]


def is_static(node: FunctionNode) -> bool:
    return any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list)


def outline(tree: ast.Module) -> Outline:
    """Outline a file. Of several definitions of one name the last counts, as it does for Python."""
    return _Outliner(module_names(tree)).run(tree)


class _Outliner:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.units: list[Unit] = []
        self.classes: dict[str, ClassOutline] = {}
        self.functions: dict[str, int] = {}

    def run(self, tree: ast.Module) -> Outline:
        for statement in top_level(tree.body):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions[statement.name] = self._function(statement, None)
            elif isinstance(statement, ast.ClassDef):
                self._class(statement, "")
            elif (record := record_class(statement)) is not None:
                self.classes[record.name] = ClassOutline(
                    record.name, self._qualify(record.bases[0]), {}, record
                )
        name = "<module>"
        last = max((statement.end_lineno or statement.lineno for statement in tree.body), default=1)
        module = Unit(len(self.units), "module", name, name, None, tree, 1, last, tuple(tree.body))
        self.units.append(module)
        return Outline(tree, tuple(self.units), self.names, self.classes, self.functions)

    def _function(self, node: FunctionNode, class_name: str | None) -> int:
        kind = "method" if class_name and not is_static(node) else "function"
        qualname = f"{class_name}.{node.name}" if class_name else node.name
        return self._add(kind, node, qualname, class_name)

    def _class(self, node: ast.ClassDef, prefix: str) -> None:
        name = f"{prefix}{node.name}"
        self._add("class", node, name, name)
        methods: dict[str, int] = {}
        for statement in top_level(node.body):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                methods[statement.name] = self._function(statement, name)
            elif isinstance(statement, ast.ClassDef):
                self._class(statement, f"{name}.")
        bases = sorted({base for item in node.bases for base in self._qualify(item)})
        self.classes[name] = ClassOutline(name, tuple(bases), methods, node)

    def _add(
        self, kind: str, node: FunctionNode | ast.ClassDef, qualname: str, class_name: str | None
    ) -> int:
        index = len(self.units)
        first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
        last = node.end_lineno or node.lineno
        body = tuple(node.body)
        self.units.append(Unit(index, kind, node.name, qualname, class_name, node, first, last, body))
        return index

    def _qualify(self, node: ast.expr) -> tuple[str, ...]:
        path: list[str] = []
        if isinstance(node, ast.Subscript):  # Generic[T]
            node = node.value
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ()
        return tuple(".".join([base, *reversed(path)]) for base in self.names.resolve(node.id))
