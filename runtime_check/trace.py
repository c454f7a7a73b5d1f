"""Runs a program on all its inputs and records which bindings' elements overlapped after each statement."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

from runtime_check.generate import arguments
from runtime_check.storage import Extent, Library, loaded_libraries, overlaps

STEPS = 2000  # statements of one execution; more is a loop without end
_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Delete)
_TRACE = "__trace__"


@dataclass(frozen=True, slots=True)
class Fact:
    """After the statement that ends on ``line``: in how many inputs ``a`` and ``b`` overlapped, or lay apart.

    An input in which a loop showed both counts twice. Names may be elements: ``xs[0]``, ``d['k']``.
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


@dataclass(frozen=True, slots=True)
class Trace:
    facts: tuple[Fact, ...]
    raised: tuple[str, ...]  # "line: error" of the executions that ended early


class TooManySteps(BaseException):
    """Ends an execution; no handler of a program catches it."""


def instrument(source: str) -> ast.Module:
    """The program with a call after each simple statement of ``program``, those of its blocks included."""
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "program":
            _instrument_blocks(node)
    return ast.fix_missing_locations(tree)


def _instrument_blocks(node: ast.AST) -> None:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            setattr(node, name, [each for statement in block for each in _followed(statement)])
    for part in getattr(node, "handlers", ()):
        _instrument_blocks(part)


def _followed(statement: ast.stmt) -> Iterator[ast.stmt]:
    yield statement
    if isinstance(statement, _SIMPLE):
        names = ast.Call(ast.Name("locals", ast.Load()), [], [])
        call = ast.Call(ast.Name(_TRACE, ast.Load()), [ast.Constant(statement.end_lineno), names], [])
        yield ast.copy_location(ast.Expr(call), statement)
    else:
        _instrument_blocks(statement)


@lru_cache(maxsize=1 << 16)
def _meet(a: Extent, b: Extent) -> bool:
    return overlaps(a, b)


class _Recorder:
    """Bits of ``overlapped[line, a, b]`` and ``apart[…]`` are the inputs in which that was seen."""

    def __init__(self) -> None:
        self.overlapped: dict[tuple[int, str, str], int] = {}
        self.apart: dict[tuple[int, str, str], int] = {}
        self.bit = 0
        self.steps = 0
        self.libraries: tuple[Library, ...] = loaded_libraries()

    def start(self, number: int) -> None:
        self.bit = 1 << number
        self.steps = 0

    def __call__(self, line: int, names: dict[str, Any]) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise TooManySteps
        extents: dict[int, Extent | None] = {}
        held = []
        for name, value in _bindings(names):
            if id(value) not in extents:
                extents[id(value)] = self.extent(value)
            extent = extents[id(value)]
            if extent is not None:
                held.append((name, id(value), extent))
        for (a, first, a_extent), (b, second, b_extent) in combinations(held, 2):
            seen = self.overlapped if first == second or _meet(a_extent, b_extent) else self.apart
            key = (line, a, b)
            seen[key] = seen.get(key, 0) | self.bit

    def extent(self, value: object) -> Extent | None:
        """Where a tensor lies; None for an empty one and for anything else."""
        for library in self.libraries:
            if library.is_tensor(value):
                blocks = library.extents(value)
                return blocks[0] if len(blocks) == 1 and not blocks[0].empty else None
        return None

    def facts(self) -> Iterator[Fact]:
        for key in sorted(self.overlapped.keys() | self.apart.keys()):
            overlapped, apart = self.overlapped.get(key, 0), self.apart.get(key, 0)
            reached = (overlapped | apart).bit_count()
            yield Fact(*key, overlapped.bit_count(), apart.bit_count(), reached)


def _bindings(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The local names, and the elements of small containers as the expressions that take them out."""
    for name in sorted(names):
        value = names[name]
        if isinstance(value, (list, tuple)):
            yield from ((f"{name}[{at}]", value[at]) for at in range(min(len(value), 3)))
            if len(value) > 1:
                yield f"{name}[-1]", value[-1]
        elif isinstance(value, dict):
            yield from ((f"{name}[{key!r}]", item) for key, item in value.items() if isinstance(key, str))
        else:
            yield name, value


def trace(library: str, seed: str, source: str, parameters: tuple[str, ...], aliased: bool) -> Trace:
    """Execute ``program`` on every input. An exception ends that execution and keeps what was seen before."""
    code = compile(instrument(source), "<program>", "exec", dont_inherit=True)
    inputs = arguments(library, seed, parameters, aliased)
    recorder = _Recorder()
    raised = []
    module: dict[str, Any] = {_TRACE: recorder}
    exec(code, module)
    program: Callable[..., Any] = module["program"]
    for number, values in enumerate(inputs):
        recorder.start(number)
        try:
            program(*values)
        except (Exception, TooManySteps) as error:
            raised.append(f"{_line_of(error)}: {type(error).__name__}: {error}")
    return Trace(tuple(recorder.facts()), tuple(raised))


def _line_of(error: BaseException) -> int:
    """The line of ``program`` that raised."""
    found, at = 0, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_name == "program":
            found = at.tb_lineno
        at = at.tb_next
    return found
