"""Runs a program on all its inputs and records what its bindings shared and what its statements wrote."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from runtime_check.generate import arguments
from runtime_check.recorder import Line, Recorder

STEPS = 2000  # statements of one execution; more is a loop without end
_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Delete)
_BEGIN, _AFTER, _READS, _DRAWN, _SOME = "__begin__", "__after__", "__reads__", "__drawn__", "__some__"
_DECIDES = re.compile(r"case|i\d+")  # what the conditions of programs ask for


class Fact(NamedTuple):
    """After the statement that ends on ``line``: in how many inputs ``a`` and ``b`` overlapped, or lay apart.

    At the head of a loop that is when its body begins, on a ``return`` before it. An input in which a loop
    showed both counts twice. Names may be elements: ``xs[0]``, ``d['k']``, ``h.t``.
    """

    line: int
    a: str
    b: str
    overlapped: int
    apart: int
    inputs: int  # those in which the point was reached with a tensor in each

    @property
    def uniform(self) -> bool:
        return not (self.overlapped and self.apart)


class Written(NamedTuple):
    """In how many inputs the statement that ends on ``line`` changed bytes of what ``name`` holds.

    ``inputs`` are those in which the name held one tensor before and after it. ``x@`` stands for what was
    handed in as ``x``, whatever that name holds now.
    """

    line: int
    name: str
    changed: int
    inputs: int


class Laid(NamedTuple):
    """After the statement that ends on ``line``: in how many inputs ``name`` was contiguous, or was not.

    A tensor that is contiguous only because an axis has length one counts for neither.
    """

    line: int
    name: str
    contiguous: int
    strided: int


class ReadAfter(NamedTuple):
    """In ``inputs`` the line ``read`` mentioned ``name`` when it lay over bytes that ``write`` had changed.

    The empty name: it ran after ``write`` had changed bytes at all.
    """

    write: int
    read: int
    name: str
    inputs: int


@dataclass(frozen=True, slots=True)
class Trace:
    facts: tuple[Fact, ...]
    written: tuple[Written, ...]
    read_after: tuple[ReadAfter, ...]
    laid: tuple[Laid, ...]
    raised: tuple[str, ...]  # "line: error" of the executions that ended early


class TooManySteps(BaseException):
    """Ends an execution; no handler of a program catches it."""


def instrument(source: str) -> tuple[ast.Module, list[Line]]:
    """The program with a call after each simple statement of ``program``, and what those calls refer to."""
    tree = ast.parse(source)
    lines: list[Line] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "program":
            _instrument_blocks(node, lines)
            node.body.insert(0, ast.copy_location(ast.Expr(_with_locals(_BEGIN)), node))
    return ast.fix_missing_locations(tree), lines


def _instrument_blocks(node: ast.AST, lines: list[Line]) -> None:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            setattr(node, name, [each for statement in block for each in _watched(statement, lines)])
    for part in getattr(node, "handlers", ()):
        _instrument_blocks(part, lines)


def _watched(statement: ast.stmt, lines: list[Line]) -> Iterator[ast.stmt]:
    if isinstance(statement, _SIMPLE):
        yield statement
        yield _call(_AFTER, statement, [statement], lines)
    elif isinstance(statement, ast.Return):
        yield _call(_AFTER, statement, [statement], lines)
        yield statement
    else:
        head = [
            child for child in ast.iter_child_nodes(statement) if isinstance(child, (ast.expr, ast.withitem))
        ]
        if head:
            yield _call(_READS, statement, head, lines)
        _instrument_blocks(statement, lines)
        if isinstance(statement, (ast.For, ast.With)):
            statement.body.insert(0, _call(_AFTER, statement, [], lines))
        yield statement


def _call(name: str, statement: ast.stmt, read: list[Any], lines: list[Line]) -> ast.stmt:
    """``name(number, locals())``, where the number is that of a :class:`Line`."""
    nodes = [node for part in read for node in ast.walk(part)]
    loaded = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        loaded.add(statement.target.id)
    moves = (isinstance(statement, ast.Expr) and any(isinstance(node, ast.Call) for node in nodes)) or any(
        isinstance(node, ast.Attribute) and (isinstance(node.ctx, ast.Store) or node.attr.endswith("_"))
        for node in nodes
    )
    compound = bool(getattr(statement, "body", None))
    number = statement.lineno if compound else statement.end_lineno
    lines.append(Line(number or 0, tuple(sorted(loaded)), moves))
    return ast.copy_location(ast.Expr(_with_locals(name, ast.Constant(len(lines) - 1))), statement)


def _with_locals(name: str, *arguments: ast.expr) -> ast.Call:
    local = ast.Call(ast.Name("locals", ast.Load()), [], [])
    return ast.Call(ast.Name(name, ast.Load()), [*arguments, local], [])


class _Decisions(ast.NodeTransformer):
    """Puts a drawn truth value in the place of each condition, and lets loops over tensors have no turn."""

    def visit_For(self, node: ast.For) -> ast.AST:
        if not (isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func) == "range"):
            node.iter = ast.copy_location(ast.Call(ast.Name(_SOME, ast.Load()), [node.iter], []), node.iter)
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        if not names or not all(_DECIDES.fullmatch(name) for name in names):
            return node
        return ast.copy_location(ast.Call(ast.Name(_DRAWN, ast.Load()), [], []), node)

    def _other(self, node: ast.expr) -> ast.AST:
        drawn = self.visit_Compare(node)  # type: ignore[arg-type]
        return self.generic_visit(node) if drawn is node else drawn

    visit_BinOp = visit_UnaryOp = _other


def trace(
    library: str,
    seed: str,
    source: str,
    parameters: tuple[str, ...],
    aliased: bool,
    decisions: Random | None = None,
) -> Trace:
    """Execute ``program`` on every input. An exception ends that execution and keeps what was seen before.

    With ``decisions`` all conditions are drawn anew whenever they are asked: also those that depend on one
    another, and whether a loop has any turn.
    """
    tree, lines = instrument(source)
    if decisions is not None:
        tree = ast.fix_missing_locations(_Decisions().visit(tree))
    code = compile(tree, "<program>", "exec", dont_inherit=True)
    inputs = arguments(library, seed, parameters, aliased)
    recorder = Recorder()
    raised: list[str] = []
    steps = 0

    def after(number: int, names: dict[str, Any]) -> None:
        nonlocal steps
        steps += 1
        if steps > STEPS:
            raise TooManySteps
        recorder.after(lines[number], names)

    def drawn() -> bool:
        return decisions is not None and decisions.random() < 0.5

    module: dict[str, Any] = {
        _BEGIN: recorder.begin,
        _AFTER: after,
        _READS: lambda number, _: recorder.reads(lines[number]),
        _DRAWN: drawn,
        _SOME: lambda values: values if drawn() else (),
    }
    exec(code, module)
    program: Callable[..., Any] = module["program"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflows of small integers and the like are of no interest here
        for values in inputs:
            steps = 0
            recorder.start()
            try:
                program(*values)
            except (Exception, TooManySteps) as error:
                raised.append(f"{_line_of(error)}: {type(error).__name__}: {error}")
            recorder.end()
    return Trace(
        tuple(_facts(recorder)),
        tuple(_written(recorder)),
        tuple(_read_after(recorder)),
        tuple(_laid(recorder)),
        tuple(raised),
    )


def _facts(recorder: Recorder) -> Iterator[Fact]:
    for line in recorder.reached.lines():
        overlapped, apart = recorder.overlapped.counts(line), recorder.apart.counts(line)
        reached = recorder.reached.counts(line)
        for pair in sorted(reached, key=recorder.pairs.__getitem__):
            yield Fact(
                line, *recorder.pairs[pair], overlapped.get(pair, 0), apart.get(pair, 0), reached[pair]
            )


def _written(recorder: Recorder) -> Iterator[Written]:
    for line in recorder.kept.lines():
        kept, changed = recorder.kept.counts(line), recorder.changed.counts(line)
        for at in sorted(kept, key=recorder.names.__getitem__):
            yield Written(line, recorder.names[at], changed.get(at, 0), kept[at])


def _read_after(recorder: Recorder) -> Iterator[ReadAfter]:
    for (write, read, name), inputs in sorted(recorder.read_after.items()):
        yield ReadAfter(write, read, name, inputs)


def _laid(recorder: Recorder) -> Iterator[Laid]:
    for line in recorder.contiguous.lines():
        contiguous, strided = recorder.contiguous.counts(line), recorder.strided.counts(line)
        for at in sorted(contiguous.keys() | strided.keys(), key=recorder.names.__getitem__):
            yield Laid(line, recorder.names[at], contiguous.get(at, 0), strided.get(at, 0))


def _line_of(error: BaseException) -> int:
    """The line of ``program`` that raised."""
    found, at = 0, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_name == "program":
            found = at.tb_lineno
        at = at.tb_next
    return found
