"""Whether a file takes ``inplace=True`` away from layers of which nobody here can say which ones they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

CLEARING = re.compile(r"\binplace\s*=\s*False\s*$|setattr\(.*\binplace\b.*False", re.MULTILINE)
_WALKS = frozenset({"modules", "children", "named_modules", "named_children"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)


def clears_in_place(tree: ast.Module, text: str) -> bool:
    """Whether ``inplace`` is set to False on a layer that is none of ``self``, nor of a model that the same
    function makes.
    """
    if CLEARING.search(text) is None:
        return False
    for function in (node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)):
        body = [*_inside(function)]
        known = _own_layers(function, body)
        for node in body:
            cleared = _cleared(node)
            if cleared is not None and not (isinstance(cleared, ast.Name) and cleared.id in known):
                if not _is_of_self(cleared):
                    return True
    return False


def _inside(function: ast.AST) -> Iterator[ast.AST]:
    """What a function does itself."""
    pending = [*ast.iter_child_nodes(function)]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            pending += ast.iter_child_nodes(node)


def _cleared(node: ast.AST) -> ast.expr | None:
    """The layer in ``m.inplace = False`` or ``setattr(m, "inplace", False)``."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        target = node.targets[0]
        return target.value if target.attr == "inplace" and _is(node.value, False) else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
        layer, name, value = (*node.args, None, None, None)[:3]
        if layer is not None and _is(name, "inplace") and _is(value, False):
            return layer
    return None


def _own_layers(function: ast.AST, body: Sequence[ast.AST]) -> set[str]:
    """The names of layers that a function makes, or that are of a model which it makes or builds."""
    made = {
        target.id: _last(node.value.func)
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    sequences = {name for name, maker in made.items() if maker == "Sequential"}
    if getattr(function, "name", "") == "__init__":
        sequences.add("self")
    walked = {
        name.id
        for node in body
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Call)
        if _last(node.iter.func) in _WALKS and isinstance(node.iter.func, ast.Attribute)
        if isinstance(node.iter.func.value, ast.Name) and node.iter.func.value.id in sequences
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    }
    return walked | {name for name, maker in made.items() if maker[:1].isupper()}


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_of_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value
