"""Fixes: from what a rule wants written to edits of the source, and from edits to a new text.

Every edit is made from the tree that Python's own parser drew of the file, and from the characters that stand
there: what is not part of an edit stays as it was, to the last blank.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from tensorlint.finding import Edit, Fix, Repair, Rewriting, Span
from tensorlint.source import Source, first_line_end, line_starts

_NAMED = re.compile(r"\{@([\w.]+)\.(\w+)\}")
# What binds at least as tight as an attribute: anything else gets brackets before a method is called on it.
_TIGHT = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Call,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
)
_SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip


class Unfixable(Exception):
    """The source is written in a way that the rewriting does not fit."""


class Rewriter:
    """Writes the fixes of one file."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self._source = source
        self._tree = tree

    def repair(self, fix: Fix, span: Span) -> Repair | None:
        """The edits of a fix whose origin stands at ``span``; None where the source does not fit."""
        try:
            node = self._node(span)
            place, text = _REWRITINGS[fix.rewriting](self, node, fix.copy)
            text, imports = self._with_imports(text)
        except Unfixable:
            return None
        title = f"write `{' '.join(text.split())}`"
        return Repair(title, (*imports, Edit(self._span(place), text)), fix.safe)

    def text(self, node: ast.AST) -> str:
        """The characters of a node."""
        span = self._span(node)
        lines = list(self._source.lines[span.line - 1 : span.end_line])
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)

    def copied(self, node: ast.expr, copy: str) -> str:
        """A copy of an expression; ``copy`` as in a :class:`Fix`."""
        text = self.text(node)
        if copy.startswith("{}.") and not isinstance(node, _TIGHT):
            text = f"({text})"
        return copy.replace("{}", text)

    def indent(self, statement: ast.stmt) -> str:
        """What stands before a statement that begins its line."""
        before = self._source.lines[statement.lineno - 1][: self._span(statement).column]
        if before.strip():
            raise Unfixable
        return before

    def is_in_a_loop(self, node: ast.AST) -> bool:
        """Whether a node may run several times in one call."""
        return any(isinstance(above, (ast.For, ast.AsyncFor, ast.While)) for above in self._above(node))

    def loop_variables(self, node: ast.AST) -> set[str]:
        """The names that the loops around a node go through."""
        loops = (above for above in self._above(node) if isinstance(above, (ast.For, ast.AsyncFor)))
        targets = (part for loop in loops for part in ast.walk(loop.target))
        return {part.id for part in targets if isinstance(part, ast.Name)}

    def parent(self, node: ast.AST) -> ast.AST | None:
        return next(self._above(node), None)

    def statement(self, node: ast.AST) -> ast.AST | None:
        """The innermost statement that a node stands in, or is."""
        return next((each for each in (node, *self._above(node)) if isinstance(each, ast.stmt)), None)

    def _above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, up to the next function or class."""
        while (above := self._parents.get(node)) is not None and not isinstance(
            above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
        ):
            yield above
            node = above

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self._tree) for child in ast.iter_child_nodes(node)}

    def _node(self, span: Span) -> ast.AST:
        """The innermost node of a span: an expression, where it is a statement by itself."""
        if span not in self._nodes:
            raise Unfixable
        return self._nodes[span]

    @cached_property
    def _nodes(self) -> dict[Span, ast.AST]:
        nodes = (node for node in ast.walk(self._tree) if isinstance(node, (ast.stmt, ast.expr)))
        return {self._span(node): node for node in nodes}

    def _span(self, node: ast.AST) -> Span:
        assert isinstance(node, (ast.stmt, ast.expr)) and node.end_lineno is not None
        first, last = self._source.lines[node.lineno - 1], self._source.lines[node.end_lineno - 1]
        return Span(
            node.lineno,
            _characters(first, node.col_offset),
            node.end_lineno,
            _characters(last, node.end_col_offset or 0),
        )

    def _with_imports(self, text: str) -> tuple[str, list[Edit]]:
        """The text with the functions that it names by the names they have in the file, and imports of those
        that have none.
        """
        edits: list[Edit] = []
        for module, name in _NAMED.findall(text):
            known = self._name_of(module, name)
            if known is None:
                if name in self._bound:
                    raise Unfixable
                edits = [Edit(self._beginning(), f"from {module} import {name}\n")]
                known = name
            text = text.replace(f"{{@{module}.{name}}}", known)
        return text, edits

    def _name_of(self, module: str, name: str) -> str | None:
        for node in self._tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == module and (alias.asname or "." not in module):
                        return f"{alias.asname or module}.{name}"
            elif isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
                for alias in node.names:
                    if alias.name == name:
                        return alias.asname or name
        return None

    @cached_property
    def _bound(self) -> set[str]:
        """Every name that the file binds anywhere."""
        nodes = list(ast.walk(self._tree))
        names = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        names |= {
            n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        }
        names |= {n.arg for n in nodes if isinstance(n, ast.arg)}
        aliases = (
            alias for node in nodes for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)
        )
        return names | {alias.asname or alias.name.partition(".")[0] for alias in aliases}

    def _beginning(self) -> Span:
        """Where a new import may stand: before the first one that is not of the future."""
        for node in self._tree.body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if not docstring and not future:
                return Span(node.lineno, 0, node.lineno, 0)
        raise Unfixable


def _copy(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
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
    return node, rewriter.copied(node, copy)


def _is_mapped(node: ast.AST | None) -> bool:
    """Whether a node is ``map(function, (a, b))``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "map"


def _copy_argument(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
        raise Unfixable
    return node, rewriter.copied(node.args[0], copy)


def _copy_last_argument(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
    if not isinstance(node, ast.Call) or not node.args or node.keywords:
        raise Unfixable
    return node.args[-1], rewriter.copied(node.args[-1], copy)


def _copy_deeply(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
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
    return node, rewriter.copied(source, copy)


def _copy_first(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
    above = rewriter.statement(node)
    if not isinstance(above, (ast.Assign, ast.AugAssign, ast.Expr)) or rewriter.is_in_a_loop(above):
        raise Unfixable
    return above, f"{copy}\n{rewriter.indent(above)}{rewriter.text(above)}"


def _copy_each(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return node.elt, _made_anew(rewriter, node.elt, copy)
    if isinstance(node, ast.DictComp):
        return node.value, _made_anew(rewriter, node.value, copy)
    if isinstance(node, ast.Call) and len(node.args) == 2 and rewriter.text(node.func) == "dict.fromkeys":
        made = _made_anew(rewriter, node.args[1], copy)
        return node, f"{{key: {made} for key in {rewriter.text(node.args[0])}}}"
    if not isinstance(node, ast.BinOp):
        raise Unfixable
    sequences = (ast.List, ast.Tuple)
    items, times = (node.left, node.right) if isinstance(node.left, sequences) else (node.right, node.left)
    if not isinstance(items, sequences) or len(items.elts) != 1 or isinstance(items.elts[0], ast.Starred):
        raise Unfixable
    each = f"{_made_anew(rewriter, items.elts[0], copy)} for _ in range({rewriter.text(times)})"
    return node, f"[{each}]" if isinstance(items, ast.List) else f"tuple({each})"


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


def _out_of_place(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
    if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Name):
        raise Unfixable
    name, symbol, value = node.target.id, _SYMBOLS[type(node.op)], rewriter.text(node.value)
    if not isinstance(node.value, (*_TIGHT, ast.Constant)):
        value = f"({value})"
    return node, f"{name} = {name} {symbol} {value}"


def _keep_result(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
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
    return node, f"{rewriter.text(target)} = {rewriter.text(node)}"


def _root(node: ast.AST) -> str:
    """The name that an attribute or item is reached from; empty for anything else."""
    node = node.value if isinstance(node, ast.Expr) else node
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _reshape(rewriter: Rewriter, node: ast.AST, copy: str) -> tuple[ast.AST, str]:
    function = node.func if isinstance(node, ast.Call) else None
    if not isinstance(function, ast.Attribute) or function.attr != "view":
        raise Unfixable
    text = rewriter.text(function)
    return function, f"{text.removesuffix('view')}reshape"


_REWRITINGS: dict[Rewriting, Callable[[Rewriter, ast.AST, str], tuple[ast.AST, str]]] = {
    Rewriting.COPY: _copy,
    Rewriting.COPY_ARGUMENT: _copy_argument,
    Rewriting.COPY_LAST_ARGUMENT: _copy_last_argument,
    Rewriting.COPY_DEEPLY: _copy_deeply,
    Rewriting.COPY_FIRST: _copy_first,
    Rewriting.COPY_EACH: _copy_each,
    Rewriting.OUT_OF_PLACE: _out_of_place,
    Rewriting.KEEP_RESULT: _keep_result,
    Rewriting.RESHAPE: _reshape,
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


def _characters(line: str, offset: int) -> int:
    """The column in code points of an offset in bytes, as ``ast`` counts."""
    return offset if line.isascii() else len(line.encode()[:offset].decode())
