"""What a write means for what it writes to: a copy, perhaps, or what it reads from, or what nobody reads."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from tensorlint.triage.expressions import indices, may_select
from tensorlint.triage.look import Look, path_of

_REPEATING = frozenset(
    "ravel flatten view reshape astype long int to digitize searchsorted bucketize floor_divide".split()
)

_ONES = frozenset({"ones", "ones_like"})


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
    """What is written may come from a part of itself: ``x[1:] = x[:-1]``, ``x += x.T``, ``x[x] = y``."""
    path = path_of(target)
    if path is None:
        return
    for source in map(path_of, value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]):
        if source is not None:
            look.certain = look.certain or source.root in (path.root, f"{path.root}.T")
            look.stored.append((path.root.partition(".")[0], source.root))
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Name):
        look.certain = look.certain or target.slice.id == path.root


def adds(look: Look, node: ast.AugAssign) -> None:
    """What is added to may be named several times by an index: ``x[index] += y``."""
    if isinstance(node.target, ast.Subscript) and isinstance(node.op, ast.Add | ast.Sub):
        _counts(look, node.target, node.value)
        for index in indices(node.target):
            if isinstance(index, ast.Name):
                look.added.add(index.id)
            else:
                look.certain |= _may_repeat(index)


def adds_again(look: Look, target: ast.Subscript, value: ast.expr) -> None:
    """``x[index] = x[index] + 1``"""
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Subscript):
        _counts(look, target, value.right)


def makes_zeros(look: Look, target: ast.expr, value: ast.expr) -> None:
    """What is counted up may have been made here: ``x = np.zeros(n)``."""
    if isinstance(target, ast.Name) and isinstance(value, ast.Call):
        if getattr(value.func, "attr", getattr(value.func, "id", "")).startswith("zeros"):
            look.zeros.add(target.id)


def _counts(look: Look, target: ast.Subscript, added: ast.expr) -> None:
    one = isinstance(added, ast.Constant) and added.value == 1
    if isinstance(target.value, ast.Name) and (one or not _ONES.isdisjoint(_called(added))):
        look.counted.add(target.value.id)


def adds_to_bins(look: Look) -> bool:
    """Whether what is added to is named by an index that may repeat: by bins, by one end of edges."""
    for statement in look.unit.statements if look.added else ():
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                (target,) = node.targets
                if isinstance(target, ast.Name) and target.id in look.added:
                    if _may_repeat(node.value):
                        return True
                elif isinstance(target, ast.Tuple) and len(target.elts) == 2 and path_of(node.value):
                    if not look.added.isdisjoint(_names(target)):
                        return True
    return False


def _may_repeat(index: ast.expr) -> bool:
    """Whether an index may name an element several times: it was computed, or a list has it twice."""
    if _divides(index) or not _REPEATING.isdisjoint(_called(index)):
        return True
    lists = (part.elts for part in ast.walk(index) if isinstance(part, ast.List))
    return any(len({ast.dump(each) for each in listed}) < len(listed) for listed in lists)


def _called(node: ast.expr) -> set[str]:
    """The last names of what an expression calls."""
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return {getattr(each, "attr", getattr(each, "id", "")) for each in calls}


def _divides(node: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.FloorDiv) for part in ast.walk(node))


def writes_only(look: Look) -> bool:
    """Whether what an index or a function may have copied is mentioned only where it is written."""
    names = {path.root for path in look.written}.intersection(look.picks)
    mentioned: Counter[str] = Counter()
    writing: Counter[str] = Counter()
    for statement in look.unit.statements if names else ():
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                mentioned[node.id] += 1
            elif isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for path in map(path_of, targets):
                    if path is not None and path.deep:  # and what it is computed from: `x[:] = np.sort(x)`
                        writing[path.root] += 1 + sum(name == path.root for name in _names(node.value))
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                called = [node.value.func, *node.value.args, *(each.value for each in node.value.keywords)]
                writing.update(
                    path.root.partition(".")[0] for path in map(path_of, called) if path is not None
                )
    return any(mentioned[name] <= writing[name] for name in names)


def _names(node: ast.expr) -> Iterator[str]:
    return (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
