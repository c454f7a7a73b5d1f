"""What one unit does, in any order: the result of the look at its ``ast``."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from tensorlint.syntax.outline import Unit


@dataclass(frozen=True, slots=True)
class Path:
    """A dotted path such as ``"self.x"``; ``deep`` where an element of it is meant: ``self.x[0]``."""

    root: str
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A name or attribute bound to a new object: who is called to make it, and what calling it then may do."""

    name: str
    makers: frozenset[str]
    in_place: bool
    shares: bool


@dataclass(slots=True)
class Look:
    """What one unit does, in any order."""

    unit: Unit
    certain: bool = False  # holds what is reportable by itself
    views: set[str] = field(default_factory=set)  # roots bound to what may share memory
    holders: set[str] = field(default_factory=set)  # roots of containers that may hold such a thing
    parameters: set[str] = field(default_factory=set)
    written: set[Path] = field(default_factory=set)
    calls: list[tuple[str, tuple[Path, ...]]] = field(default_factory=list)  # last name, what is handed over
    made: list[Made] = field(default_factory=list)
    received: list[tuple[str, str]] = field(
        default_factory=list
    )  # root, the attribute whose call it is bound to
    copies_container: bool = False
    trains: bool = False
    reshapes: bool = False
    strides: bool = False

    def writes_shared(self) -> bool:
        """Whether something is written that may be a view, or an element of a container."""
        return any(
            _covered(path.root, self.views) or (path.deep and _covered(path.root, self.holders))
            for path in self.written
        )

    def writes_parameter(self) -> bool:
        """Whether a caller may see a write."""
        return self.writes_shared() or any(
            path.root.partition(".")[0] in self.parameters for path in self.written
        )


def _covered(root: str, roots: set[str]) -> bool:
    """Whether a root, or what it is an attribute of, is among the others."""
    while root:
        if root in roots:
            return True
        root = root.rpartition(".")[0]
    return False


def path_of(node: ast.expr | None) -> Path | None:
    """The path that a target, a receiver or an argument begins with."""
    tail: list[str] = []
    deep = False
    while node is not None:
        if isinstance(node, ast.Name):
            return Path(".".join([node.id, *reversed(tail)]), deep)
        if isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
            continue
        tail.clear()
        deep = deep or isinstance(node, ast.Subscript)
        if isinstance(node, (ast.Subscript, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        elif isinstance(node, ast.NamedExpr):
            node = node.target
        else:
            return None
    return None
