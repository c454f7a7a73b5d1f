"""Whether an expression may be, or hold, memory that something else holds too."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from tensorlint.knowledge.catalog import Catalog
from tensorlint.syntax.names import Names
from tensorlint.triage.expressions import COMPREHENSIONS, DISPLAYS
from tensorlint.triage.vocabulary import OUTPUTS, UNKNOWN, Coarse, Methods, coarse


@dataclass(frozen=True, slots=True)
class File:
    """What all units of a file share."""

    names: Names
    catalog: Catalog
    known: Methods  # those of the types in the tables
    methods: frozenset[str]  # those of the file's own classes
    lines: tuple[str, ...]
    contracts: bool  # whether some function declares what it writes
    donating: re.Pattern[str] | None  # what may take the memory of an argument, where anything does
    kernels: bool  # whether a subscripted call may be a launch
    extensions: frozenset[str]  # names of compiled functions
    backwards: bool  # whether an array may run backwards in memory
    leaves: bool  # whether an attribute may hold a parameter
    objects: bool  # whether an array may hold objects
    unchecked: bool  # whether a check of contiguity may lack its call


class Sharing:
    """What the expressions of one file may share."""

    def __init__(self, file: File) -> None:
        self.file = file

    def shares(self, node: ast.expr) -> bool:
        """Whether a value may be, or hold, memory that something else holds too."""
        if isinstance(node, ast.Name):
            return True
        if isinstance(node, ast.Attribute):
            return not self.qualified(node) and self._shares_attribute(node.attr)
        if isinstance(node, (ast.Subscript, ast.Starred, ast.Await, ast.NamedExpr)):
            inner = node.value
            return self.shares(inner) or isinstance(inner, DISPLAYS)
        if isinstance(node, ast.Call):
            return self._call_shares(node)
        if isinstance(node, ast.BinOp):  # only `[x] * n`, `xs + [x]` and the like keep their elements
            sides = (node.left, node.right)
            return any(isinstance(side, (*DISPLAYS, *COMPREHENSIONS)) and self.shares(side) for side in sides)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return any(map(self.shares, node.elts))
        if isinstance(node, (ast.Dict, ast.BoolOp)):
            return any(map(self.shares, node.values))
        if isinstance(node, ast.IfExp):
            return self.shares(node.body) or self.shares(node.orelse)
        if isinstance(node, ast.DictComp):
            return self.shares(node.value)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            return self.shares(node.elt)
        return isinstance(node, (ast.Yield, ast.YieldFrom))

    def _shares_attribute(self, name: str) -> bool:
        """What the tables know to be fresh, such as ``shape``, shares nothing; any other attribute may."""
        return name not in self.file.known.fresh

    def _call_shares(self, node: ast.Call) -> bool:
        if any(keyword.arg in (*OUTPUTS, "copy", "inplace") for keyword in node.keywords):
            return True
        function = node.func
        names = self.qualified(function)
        if names:
            effects = [self.effect(name, node) for name in names]
            if any(
                name.startswith(".") or effect.stretches for name, effect in zip(names, effects, strict=True)
            ):
                return True
            return any(effect.shares for effect in effects) and self._any_shares(node)
        if isinstance(function, ast.Attribute):
            if function.attr in self.file.methods or function.attr in self.file.known.stretching:
                return True
            # A view of what nobody else holds is nobody's: `torch.zeros(3).to(device)`.
            return function.attr in self.file.known.sharing and self.shares(function.value)
        return isinstance(function, (ast.Subscript, ast.Call)) or self._is_local(function)

    def _any_shares(self, node: ast.Call) -> bool:
        return any(map(self.shares, node.args)) or any(self.shares(part.value) for part in node.keywords)

    def _is_local(self, function: ast.expr) -> bool:
        """A name that the file's top level does not know: a nested function or a parameter that is called."""
        return isinstance(function, ast.Name) and not self.file.names.resolve(function.id)

    def effect(self, name: str, node: ast.Call) -> Coarse:
        entry = self.file.catalog.lookup(name)
        if entry is None:
            return UNKNOWN
        effect = coarse(entry.effect)
        if 0 <= effect.out < len(node.args):
            return Coarse(True, effect.written | {effect.out})
        return effect

    def qualified(self, node: ast.expr) -> tuple[str, ...]:
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or self.file.names.is_variable(node.id):
            return ()
        return tuple(".".join([name, *reversed(tail)]) for name in self.file.names.resolve(node.id))
