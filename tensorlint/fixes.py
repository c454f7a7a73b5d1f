"""Fixes: from what a rule wants written to edits of the source, and from edits to a new text.

Every edit is made from the tree that Python's own parser drew of the file, and from the characters that stand
there: what is not part of an edit stays as it was, to the last blank.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from tensorlint.finding import Edit, Fix, Repair, Rewriting, Span
from tensorlint.rewriter import SYMBOLS, TIGHT, Rewriter, Rewritten, Unfixable
from tensorlint.source import first_line_end, line_starts
from tensorlint.storing import assign_in_place, hand_over, keep, keep_argument, rebind, store_element


def repair(rewriter: Rewriter, fix: Fix, span: Span) -> Repair | None:
    """The edits of a fix whose origin stands at ``span``; None where the source does not fit."""
    try:
        place, texts = _REWRITINGS[fix.rewriting](rewriter, rewriter.node(span), fix.copy)
        texts, imports = rewriter.named(texts)
        edits = (*imports, rewriter.put(place, texts))
    except Unfixable:
        return None
    title = "; ".join(" ".join(text.split()) for text in texts)
    return Repair(f"write `{title}`", edits, fix.safe)


def _copy(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, node = node.targets[0], node.value
        if isinstance(target, (ast.Tuple, ast.List)):
            raise Unfixable
    elif isinstance(node, (ast.AnnAssign, ast.Return, ast.Yield)) and node.value is not None:
        node = node.value
    if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store):
        raise Unfixable
    above = rewriter.parent(node)
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], (ast.Tuple, ast.List)):
        raise Unfixable
    if isinstance(node, (ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Starred)):
        raise Unfixable
    if isinstance(above, (ast.Tuple, ast.List)) and _is_mapped(rewriter.parent(above)):
        raise Unfixable  # what stands there is handed to the function, and no result of it
    return node, [rewriter.copied(node, copy)]


def _is_mapped(node: ast.AST | None) -> bool:
    """Whether a node is ``map(function, (a, b))``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "map"


def _copy_argument(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
        raise Unfixable
    return node, [rewriter.copied(node.args[0], copy)]


def _copy_last_argument(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    if not isinstance(node, ast.Call) or not node.args or node.keywords:
        raise Unfixable
    return node.args[-1], [rewriter.copied(node.args[-1], copy)]


def _copy_deeply(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    source = node
    if isinstance(node, ast.Call) and not node.keywords:
        last = rewriter.text(node.func).rpartition(".")[2]
        if last == "copy" and len(node.args) == 1:  # `copy.copy(x)`
            source = node.args[0]
        elif last == "copy" and not node.args and isinstance(node.func, ast.Attribute):  # `x.copy()`
            source = node.func.value
    elif isinstance(node, ast.Subscript) and rewriter.text(node.slice) == ":":
        source = node.value
    if not isinstance(source, ast.expr):
        raise Unfixable
    return node, [rewriter.copied(source, copy)]


def _copy_first(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    above = rewriter.statement(node)
    if not isinstance(above, (ast.Assign, ast.AugAssign, ast.Expr)) or rewriter.is_in_a_loop(above):
        raise Unfixable
    return above, [copy, rewriter.text(above)]


def _copy_each(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return node.elt, [_made_anew(rewriter, node.elt, copy)]
    if isinstance(node, ast.DictComp):
        return node.value, [_made_anew(rewriter, node.value, copy)]
    if isinstance(node, ast.Assign):  # of an element, in a loop
        return node.value, [_made_anew(rewriter, node.value, copy)]
    if isinstance(node, ast.Call) and len(node.args) == 2 and rewriter.text(node.func) == "dict.fromkeys":
        made = _made_anew(rewriter, node.args[1], copy)
        return node, [f"{{key: {made} for key in {rewriter.text(node.args[0])}}}"]
    if not isinstance(node, ast.BinOp):
        raise Unfixable
    sequences = (ast.List, ast.Tuple)
    items, times = (node.left, node.right) if isinstance(node.left, sequences) else (node.right, node.left)
    if not isinstance(items, sequences) or len(items.elts) != 1 or isinstance(items.elts[0], ast.Starred):
        raise Unfixable
    each = f"{_made_anew(rewriter, items.elts[0], copy)} for _ in range({rewriter.text(times)})"
    return node, [f"[{each}]" if isinstance(items, ast.List) else f"tuple({each})"]


def _made_anew(rewriter: Rewriter, element: ast.expr, copy: str) -> str:
    """An element that a comprehension makes in every turn: by itself, where it is made on the spot."""
    if _is_made_on_the_spot(element):
        return rewriter.text(element)
    if not copy or not isinstance(element, (ast.Name, ast.Attribute, ast.Subscript)):
        raise Unfixable
    return rewriter.copied(element, copy)


def _is_made_on_the_spot(node: ast.expr) -> bool:
    if isinstance(node, (ast.Dict, ast.List, ast.Tuple)):
        parts = node.values if isinstance(node, ast.Dict) else node.elts
        return all(map(_is_made_on_the_spot, parts))
    if isinstance(node, ast.BinOp):  # `[x()] * n` in another one
        return any(map(_is_made_on_the_spot, (node.left, node.right)))
    return isinstance(node, ast.Call)


def _out_of_place(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Name):
        raise Unfixable
    name, symbol, value = node.target.id, SYMBOLS[type(node.op)], rewriter.text(node.value)
    if not isinstance(node.value, (*TIGHT, ast.Constant)):
        value = f"({value})"
    return node, [f"{name} = {name} {symbol} {value}"]


def _keep_result(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    above = rewriter.parent(node)
    if not isinstance(node, ast.Call) or not isinstance(above, ast.Expr):
        raise Unfixable
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    if isinstance(receiver, ast.Subscript) and isinstance(receiver.value, ast.Attribute):
        receiver = receiver.value.value if receiver.value.attr == "at" else receiver  # `x.at[i].set(v)`
    name = _root(ast.parse(copy).body[0])
    target = next((part for part in (receiver, *node.args) if _root(part) == name), None)
    if target is None or name in rewriter.loop_variables(above):
        raise Unfixable  # another tensor for a loop's variable is lost as well
    return node, [f"{rewriter.text(target)} = {rewriter.text(node)}"]


def _root(node: ast.AST) -> str:
    """The name that an attribute or item is reached from; empty for anything else."""
    node = node.value if isinstance(node, ast.Expr) else node
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _reshape(rewriter: Rewriter, node: ast.AST, copy: str) -> Rewritten:
    function = node.func if isinstance(node, ast.Call) else None
    if not isinstance(function, ast.Attribute) or function.attr != "view":
        raise Unfixable
    text = rewriter.text(function)
    return function, [f"{text.removesuffix('view')}reshape"]


_REWRITINGS: dict[Rewriting, Callable[[Rewriter, ast.AST, str], Rewritten]] = {
    Rewriting.COPY: _copy,
    Rewriting.COPY_ARGUMENT: _copy_argument,
    Rewriting.COPY_LAST_ARGUMENT: _copy_last_argument,
    Rewriting.COPY_DEEPLY: _copy_deeply,
    Rewriting.COPY_FIRST: _copy_first,
    Rewriting.COPY_EACH: _copy_each,
    Rewriting.OUT_OF_PLACE: _out_of_place,
    Rewriting.KEEP_RESULT: _keep_result,
    Rewriting.RESHAPE: _reshape,
    Rewriting.KEEP: keep,
    Rewriting.KEEP_ARGUMENT: keep_argument,
    Rewriting.REBIND: rebind,
    Rewriting.IN_PLACE: assign_in_place,
    Rewriting.HAND_OVER: hand_over,
    Rewriting.STORE_ELEMENT: store_element,
}


def compatible(repairs: Iterable[Repair]) -> list[Repair]:
    """The repairs that can be made together, the first ones first: no two of them edit the same place."""
    taken: set[Edit] = set()
    chosen: list[Repair] = []
    for repair in repairs:
        others = taken.difference(repair.edits)
        if not any(_overlap(edit.span, other.span) for edit in repair.edits for other in others):
            taken.update(repair.edits)
            chosen.append(repair)
    return chosen


def applied(text: str, repairs: Iterable[Repair]) -> str:
    """The text after compatible repairs; line ends stay, and new lines end as the first one does."""
    starts, line_end = line_starts(text), first_line_end(text)
    edits = {edit for repair in repairs for edit in repair.edits}
    for edit in sorted(edits, key=lambda edit: (edit.span.line, edit.span.column), reverse=True):
        start = starts[edit.span.line - 1] + edit.span.column
        end = starts[edit.span.end_line - 1] + edit.span.end_column
        new = edit.text.replace("\n", line_end)
        text = text[:start] + new + text[end:]
    return text


def _overlap(first: Span, second: Span) -> bool:
    starts = (first.line, first.column), (second.line, second.column)
    ends = (first.end_line, first.end_column), (second.end_line, second.end_column)
    return max(starts) < min(ends) or starts[0] == starts[1]
