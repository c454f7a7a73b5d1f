"""The mistakes: a comparison turned round, a condition that always holds, a statement left out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mult: ast.FloorDiv,
}  # fmt: skip
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEFT_OUT = (ast.Expr, ast.Assign, ast.AugAssign, ast.Continue, ast.Break, ast.Delete)

Change = Callable[[], ast.AST]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake in one function: the ``index``-th that can be made in the file."""

    path: Path
    index: int
    function: str
    function_line: int  # of its first decorator, as its code says it
    line: int
    change: str

    @property
    def name(self) -> str:
        return f"{self.path.name}:{self.index}"

    @property
    def place(self) -> tuple[str, int, str]:
        """Of the function: file, first line, name."""
        return str(self.path), self.function_line, self.function


def mutants(path: Path) -> list[Mutant]:
    """All mistakes that can be made within the functions of a file, in order."""
    maker = _Maker(path, -1)
    maker.visit(ast.parse(path.read_text("utf-8")))
    return maker.found


def mutated(mutant: Mutant) -> ast.Module:
    """The file with one mistake."""
    maker = _Maker(mutant.path, mutant.index)
    tree = maker.visit(ast.parse(mutant.path.read_text("utf-8")))
    assert isinstance(tree, ast.Module)
    return ast.fix_missing_locations(tree)


class _Maker(ast.NodeTransformer):
    """Counts the mistakes that can be made, and makes the wanted one."""

    def __init__(self, path: Path, wanted: int) -> None:
        self.path = path
        self.wanted = wanted
        self.found: list[Mutant] = []
        self.function: tuple[str, int] | None = None

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _FUNCTIONS) and self.function is None:
            first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
            self.function = node.name, first
            node.body = [self.visit(statement) for statement in node.body]  # type: ignore[misc]
            self.function = None
            return node
        made: ast.AST = node
        if self.function is not None:
            for text, change in _changes(node):
                if len(self.found) == self.wanted:
                    made = ast.copy_location(change(), node)
                self.found.append(
                    Mutant(self.path, len(self.found), *self.function, getattr(node, "lineno", 0), text)
                )
        visited = self.generic_visit(node)
        return visited if made is node else made


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            other = _COMPARISONS[type(operator)]
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield (
                f"{type(operator).__name__} -> {other.__name__} in `{_short(node)}`",
                lambda ops=ops: ast.Compare(node.left, ops, node.comparators),  # type: ignore[misc]
            )
    elif isinstance(node, ast.BoolOp):
        other_bool = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield (
            f"{type(node.op).__name__} -> {other_bool.__name__} in `{_short(node)}`",
            lambda: ast.BoolOp(other_bool(), node.values),
        )
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"`not` left out of `{_short(node)}`", lambda: node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        operator_type = _ARITHMETIC[type(node.op)]
        yield (
            f"{type(node.op).__name__} -> {operator_type.__name__} in `{_short(node)}`",
            lambda: ast.BinOp(node.left, operator_type(), node.right),
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{node.value!r} -> {value!r}", lambda: ast.Constant(value)
    elif isinstance(node, ast.If):
        for holds in (True, False):
            yield (
                f"`if {_short(node.test)}` -> `if {holds}`",
                lambda holds=holds: ast.If(ast.Constant(holds), node.body, node.orelse),  # type: ignore[misc]
            )
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield f"`{_short(node)}` -> `return None`", lambda: ast.Return(ast.Constant(None))
    elif isinstance(node, _LEFT_OUT) and not _is_docstring(node):
        yield f"`{_short(node)}` left out", ast.Pass


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
