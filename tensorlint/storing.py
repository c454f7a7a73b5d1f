"""Fixes that bring what was computed to where it belongs: to the tensor that a copy was taken from, or to the
place that a loop has come to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tensorlint.rewriter import SYMBOLS, TIGHT, Rewriter, Rewritten, Unfixable

# What gives the same when it is evaluated once more, and changes nothing.
_LOOKS = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Constant, ast.Tuple, ast.List, ast.UnaryOp,
    ast.BinOp, ast.BoolOp, ast.Compare, ast.keyword, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
    ast.expr_context,
)  # fmt: skip
_ASKS = frozenset(
    "isnan isinf isfinite isin isclose logical_and logical_or logical_not logical_xor eq ne lt le gt ge where"
    " nonzero flatnonzero argwhere argsort argmax argmin arange array tensor ix_ abs max min sum mean any all"
    " astype long bool int len range slice size".split()
)
_VIEWS = frozenset("view detach t transpose swapaxes permute squeeze unsqueeze".split())
_ONCE = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
_NEW_NAMES = ("part", "kept", "picked")


def keep(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    """``x[rows].clamp_(0)`` -> ``x[rows] = x[rows].clamp_(0)``; ``shuffle(x[rows])`` -> ``part = x[rows]``,
    ``shuffle(part)``, ``x[rows] = part``.
    """
    above = _written_by(rewriter, node)
    if not isinstance(node, ast.expr) or "\n" in rewriter.text(node):
        raise Unfixable
    source = node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and copy == "{}":
        source = node.func.value  # `x.contiguous()`
    if not _is_place(source):
        raise Unfixable
    place = rewriter.text(source)
    if isinstance(above, ast.Expr) and source is node and _is_chain(above.value, node):
        # Not `clamp` for `clamp_`: what that gives may have another dtype, which PyTorch refuses to store.
        return above, [f"{place} = {rewriter.text(above)}"]
    name = next((name for name in _NEW_NAMES if name not in rewriter.names_around(node)), None)
    if name is None:
        raise Unfixable
    back = f"{place} = {name}" if isinstance(source, ast.Subscript) else f"{place}.copy_({name})"
    return above, [f"{name} = {rewriter.copied(node, copy)}", rewriter.replaced(above, node, name), back]


def keep_argument(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    """``all_reduce(x)`` -> ``part = x.contiguous()``, ``all_reduce(part)``, ``x.copy_(part)``"""
    if not isinstance(node, ast.Call) or not node.args:
        raise Unfixable
    return keep(rewriter, node.args[0], copy)


def rebind(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    """``x.to(device).zero_()`` -> ``x = x.to(device)``, ``x.zero_()``"""
    above = _written_by(rewriter, node)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        raise Unfixable
    name = rewriter.text(node.func.value)
    if not name.isidentifier() or name in rewriter.loop_variables(above) or "\n" in rewriter.text(node):
        raise Unfixable  # another tensor for a loop's variable is lost as well
    return above, [f"{name} = {rewriter.text(node)}", rewriter.replaced(above, node, name)]


def assign_in_place(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    """``row = row * 2`` -> ``row *= 2``"""
    above, name = _bound_by(rewriter, node)
    value = above.value
    if isinstance(above, ast.AugAssign) or not isinstance(value, ast.BinOp):
        raise Unfixable
    amount = rewriter.text(value.right)
    if not isinstance(value.left, ast.Name) or value.left.id != name or "\n" in amount:
        raise Unfixable
    return above, [f"{name} {SYMBOLS[type(value.op)]}= {amount}"]


def hand_over(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    """``v = v - step`` -> ``v.assign(v - step)``; ``copy`` is the call."""
    above, _ = _bound_by(rewriter, node)
    return above, [copy.replace("{}", _value(rewriter, above))]


def store_element(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    """``for i, row in enumerate(rows): row = row * 2`` -> ``rows[i] = row * 2``; ``copy`` is a format
    for what is gone through, the place and the value.
    """
    above, name = _bound_by(rewriter, node)
    loop = rewriter.loop_over(above, name)
    targets = loop.target.elts if loop is not None and isinstance(loop.target, ast.Tuple) else []
    if loop is None or len(targets) != 2 or not isinstance(targets[0], ast.Name):
        raise Unfixable
    source, place = _gone_through(loop.iter), targets[0].id
    if source is None or any(isinstance(part, ast.Call) for part in ast.walk(source)):
        raise Unfixable
    held = rewriter.text(source)
    if not _is_place(source) or not {place, *_prefixes(source)}.isdisjoint(_stored(loop)):
        raise Unfixable
    value = _value(rewriter, above)
    value = f"({value})" if "\n" in value else value
    return above, [copy.format(held, place, value)]


def _written_by(rewriter: Rewriter, node: ast.AST) -> ast.Assign | ast.AugAssign | ast.Expr:
    """The statement that writes to what is made at a node, and evaluates it once, whatever happens."""
    above = rewriter.statement(node)
    if not isinstance(above, (ast.Assign, ast.AugAssign, ast.Expr)):
        raise Unfixable
    around = rewriter.parent(node)
    while around is not None and around is not above:
        if not isinstance(around, (ast.Call, ast.Attribute, ast.Subscript, ast.keyword)):
            raise Unfixable
        around = rewriter.parent(around)
    if any(isinstance(part, _ONCE) for part in ast.walk(above)):
        raise Unfixable
    return above


def _bound_by(rewriter: Rewriter, node: ast.AST) -> tuple[ast.Assign | ast.AugAssign, str]:
    """The assignment whose value is, or that is, a node, and the one name that it binds."""
    above = node if isinstance(node, ast.AugAssign) else rewriter.parent(node)
    if isinstance(above, ast.Assign) and above.value is node and len(above.targets) == 1:
        target = above.targets[0]
    elif isinstance(above, ast.AugAssign):
        target = above.target
    else:
        raise Unfixable
    if not isinstance(target, ast.Name):
        raise Unfixable
    return above, target.id


def _value(rewriter: Rewriter, assignment: ast.Assign | ast.AugAssign) -> str:
    """What an assignment gives its name."""
    value = rewriter.text(assignment.value)
    if isinstance(assignment, ast.Assign):
        return value
    if not isinstance(assignment.value, (*TIGHT, ast.Constant)):
        value = f"({value})"
    return f"{rewriter.text(assignment.target)} {SYMBOLS[type(assignment.op)]} {value}"


def _is_place(node: ast.expr) -> bool:
    """Whether what is stored at an expression is found there: it is a name, an attribute, an item or a view
    of one.
    """
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _VIEWS or node.keywords:
            return False
        return _is_place(node.func.value) and all(map(_is_repeatable, node.args))
    if isinstance(node, ast.Subscript):
        return _is_place(node.value) and _is_repeatable(node.slice)
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_place(node.value))


def _is_repeatable(node: ast.expr) -> bool:
    return all(
        isinstance(part, _LOOKS) or (isinstance(part, ast.Call) and _called(part) in _ASKS)
        for part in ast.walk(node)
    )


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_chain(call: ast.expr, start: ast.expr) -> bool:
    """Whether in-place methods of PyTorch are called on an expression, one on what the other gives."""
    while call is not start:
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return False
        if not call.func.attr.endswith("_"):
            return False
        call = call.func.value
    return True


def _gone_through(iterable: ast.expr) -> ast.expr | None:
    """``rows`` of ``enumerate(rows)`` and of ``rows.items()``"""
    if not isinstance(iterable, ast.Call) or iterable.keywords:
        return None
    if isinstance(iterable.func, ast.Attribute):
        return iterable.func.value if iterable.func.attr == "items" and not iterable.args else None
    return iterable.args[0] if _called(iterable) == "enumerate" and len(iterable.args) == 1 else None


def _prefixes(node: ast.expr) -> Iterator[str]:
    """An expression, and what it is reached from, as Python writes them."""
    yield ast.unparse(node)
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        yield from _prefixes(node.value)


def _stored(loop: ast.For | ast.AsyncFor) -> set[str]:
    """What the body of a loop binds, as Python writes it."""
    return {
        ast.unparse(part)
        for statement in loop.body
        for part in ast.walk(statement)
        if isinstance(getattr(part, "ctx", None), (ast.Store, ast.Del))
    }
