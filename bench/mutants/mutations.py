"""The mistakes: a comparison turned round, a condition that always holds, a statement left out."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
    """One mistake in one function: the ``index``-th that can be made in the file.

    ``name`` stays when other functions of the file change, so that an earlier result can be asked again.
    """

    name: str
    path: Path
    index: int
    function: str
    function_line: int  # of its first decorator, as its code says it
    line: int
    change: str

    @property
    def place(self) -> tuple[str, int, str]:
        """Of the function: file, first line, name."""
        return str(self.path), self.function_line, self.function


def mutants(path: Path) -> list[Mutant]:
    """All mistakes that can be made within the functions of a file, in order."""
    maker = _Maker(path, -1)
    maker.visit(ast.parse(path.read_text("utf-8")))
    return maker.found


def watched(path: Path, indices: Mapping[int, object], probe: str) -> ast.Module:
    """The file as it is, with a call of ``probe`` before each statement that some named mistakes concern."""
    maker = _Maker(path, -1)
    tree = ast.parse(path.read_text("utf-8"))
    maker.visit(tree)
    before: dict[ast.stmt, list[object]] = {}
    for index, name in indices.items():
        before.setdefault(maker.statements[index], []).append(name)
    for node in list(ast.walk(tree)):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list):
                block[:] = [
                    each for statement in block for each in (*_probes(before, statement, probe), statement)
                ]
    return ast.fix_missing_locations(tree)


def _probes(before: Mapping[ast.stmt, list[object]], statement: ast.AST, probe: str) -> Iterator[ast.stmt]:
    for name in before.get(statement, ()) if isinstance(statement, ast.stmt) else ():
        call = ast.Call(ast.Name(probe, ast.Load()), [ast.Constant(name)], [])
        yield ast.copy_location(ast.Expr(call), statement)


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
        self.statement: ast.stmt | None = None
        self.statements: list[ast.stmt] = []  # of each found mistake
        self.names: Counter[str] = Counter()

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _FUNCTIONS) and self.function is None:
            first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
            self.function = node.name, first
            node.body = [self.visit(statement) for statement in node.body]  # type: ignore[misc]
            self.function = None
            return node
        outer = self.statement
        if isinstance(node, ast.stmt):
            self.statement = node
        made: ast.AST = node
        if self.function is not None:
            for text, change in _changes(node):
                if len(self.found) == self.wanted:
                    made = ast.copy_location(change(), node)
                self._note(getattr(node, "lineno", 0), text)
        visited = self.generic_visit(node)
        self.statement = outer
        return visited if made is node else made

    def _note(self, line: int, text: str) -> None:
        assert self.function is not None
        assert self.statement is not None
        function, first = self.function
        name = f"{self.path.parent.name}/{self.path.name}:{function}+{line - first}: {text}"
        self.names[name] += 1
        name += f" ({self.names[name]})" if self.names[name] > 1 else ""
        self.found.append(Mutant(name, self.path, len(self.found), function, first, line, text))
        self.statements.append(self.statement)


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
    elif isinstance(node, ast.Return) and not _is_nothing(node.value):
        yield f"`{_short(node)}` -> `return None`", lambda: ast.Return(ast.Constant(None))
    elif isinstance(node, _LEFT_OUT) and not _is_docstring(node):
        yield f"`{_short(node)}` left out", ast.Pass


def _is_nothing(node: ast.expr | None) -> bool:
    """None, or what a condition takes for it: nobody could tell."""
    return node is None or (isinstance(node, ast.Constant) and not node.value)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
