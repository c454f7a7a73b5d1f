"""Classes that a call makes: ``Step = namedtuple("Step", "state action")`` (ast)."""

from __future__ import annotations

import ast
from collections.abc import Sequence

MAKES_CLASS = "namedtuple"


def record_class(statement: ast.stmt) -> ast.ClassDef | None:
    """The class statement that an assignment stands for, its base being what is called; None for any other.

    Only fields that are written out count.
    """
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, call = statement.targets[0], statement.value
    if not isinstance(target, ast.Name) or not isinstance(call, ast.Call) or len(call.args) < 2:
        return None
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    names = _fields(call.args[1])
    if called != MAKES_CLASS or not names:
        return None
    body: list[ast.stmt] = [
        ast.AnnAssign(ast.Name(name, ast.Store()), ast.Name("object", ast.Load()), None, 1) for name in names
    ]
    made = ast.ClassDef(name=target.id, bases=[call.func], keywords=[], body=body, decorator_list=[])
    return ast.copy_location(made, statement)


def _fields(node: ast.expr) -> Sequence[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace(",", " ").split()
    items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    found = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return found if len(found) == len(items) else []
