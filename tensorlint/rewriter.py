"""What fixes read of a file: its tree, as Python's own parser drew it, and its characters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from tensorlint.finding import Edit, Span
from tensorlint.source import Source

_NAMED = re.compile(r"\{@([\w.]+)\.(\w+)\}")
# What binds at least as tight as an attribute: anything else gets brackets before a method is called on it.
TIGHT = (
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
SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip

Rewritten = tuple[ast.AST, list[str]]
"""What gives way, and what is written there: an expression, or statements, one on each line."""


class Unfixable(Exception):
    """The source is written in a way that the rewriting does not fit."""


class Rewriter:
    """One file, as its fixes see it."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self._source = source
        self._tree = tree

    def put(self, place: ast.AST, texts: Sequence[str]) -> Edit:
        """Texts in the place of a node; several ones are statements, for the one that stands there."""
        separator = f"\n{self._indent(place)}" if len(texts) > 1 else ""
        return Edit(self._span(place), separator.join(texts))

    def text(self, node: ast.AST) -> str:
        """The characters of a node."""
        return self._between(self._span(node))

    def replaced(self, node: ast.AST, part: ast.AST, new: str) -> str:
        """The characters of a node, with others for those of one part of it."""
        whole, gap = self._span(node), self._span(part)
        before = Span(whole.line, whole.column, gap.line, gap.column)
        after = Span(gap.end_line, gap.end_column, whole.end_line, whole.end_column)
        return f"{self._between(before)}{new}{self._between(after)}"

    def _between(self, span: Span) -> str:
        lines = list(self._source.lines[span.line - 1 : span.end_line])
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)

    def copied(self, node: ast.expr, copy: str) -> str:
        """A copy of an expression; ``copy`` as in a :class:`Fix`."""
        text = self.text(node)
        if copy.startswith("{}.") and not isinstance(node, TIGHT):
            text = f"({text})"
        return copy.replace("{}", text)

    def _indent(self, statement: ast.AST) -> str:
        """What stands before a statement that begins its line."""
        span = self._span(statement)
        before = self._source.lines[span.line - 1][: span.column]
        if before.strip():
            raise Unfixable
        return before

    def is_in_a_loop(self, node: ast.AST) -> bool:
        """Whether a node may run several times in one call."""
        return any(isinstance(above, (ast.For, ast.AsyncFor, ast.While)) for above in self._above(node))

    def loop_variables(self, node: ast.AST) -> set[str]:
        """The names that the loops around a node go through."""
        return set().union(*(_names(loop.target) for loop in self._loops(node)))

    def loop_over(self, node: ast.AST, variable: str) -> ast.For | ast.AsyncFor | None:
        """The loop around a node whose variable it is."""
        return next((loop for loop in self._loops(node) if variable in _names(loop.target)), None)

    def _loops(self, node: ast.AST) -> Iterator[ast.For | ast.AsyncFor]:
        return (above for above in self._above(node) if isinstance(above, (ast.For, ast.AsyncFor)))

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

    def node(self, span: Span) -> ast.AST:
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

    def named(self, texts: Sequence[str]) -> tuple[list[str], list[Edit]]:
        """The texts with the functions that they name by the names they have in the file, and imports of
        those that have none.
        """
        edits: list[Edit] = []
        names: dict[str, str] = {}
        for module, name in _NAMED.findall("\n".join(texts)):
            known = self._name_of(module, name)
            if known is None:
                if name in self._bound:
                    raise Unfixable
                edits = [Edit(self._beginning(), f"from {module} import {name}\n")]
                known = name
            names[f"{{@{module}.{name}}}"] = known
        return [_NAMED.sub(lambda found: names[found[0]], text) for text in texts], edits

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

    def names_around(self, node: ast.AST) -> set[str]:
        """Every name of the function that a node stands in, or of the file."""
        *_, last = (node, *self._above(node))
        scope = self._parents.get(last, last)
        nodes = list(ast.walk(scope))
        return {each.id for each in nodes if isinstance(each, ast.Name)} | {
            each.arg for each in nodes if isinstance(each, ast.arg)
        }

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


def _names(target: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}


def _characters(line: str, offset: int) -> int:
    """The column in code points of an offset in bytes, as ``ast`` counts."""
    return offset if line.isascii() else len(line.encode()[:offset].decode())
