"""What a write means for what it writes to: that may be a copy, or what the write reads from."""

from __future__ import annotations

import ast

from tensorlint.triage.expressions import indices, may_select
from tensorlint.triage.look import Look, path_of


def written_copy(look: Look, node: ast.expr | None) -> None:
    """What is written may be a copy that nobody holds: ``x[mask]`` of ``x[mask][0] = 1``."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        if isinstance(node, ast.Subscript):
            for index in indices(node):
                look.drops = look.drops or may_select(index)
                if isinstance(index, ast.Name):
                    look.picked.add(index.id)
        node = node.value
    look.drops = look.drops or isinstance(node, ast.Call)


def written_from(look: Look, target: ast.expr, value: ast.expr) -> None:
    """What is written may be written from a part of itself: ``x[1:] = x[:-1]``, ``x[x] = y``."""
    path = path_of(target)
    if path is None:
        return
    for source in map(path_of, value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]):
        if source is not None:
            look.certain = look.certain or source.root == path.root
            look.stored.append((path.root.partition(".")[0], source.root))
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Name):
        look.certain = look.certain or target.slice.id == path.root
