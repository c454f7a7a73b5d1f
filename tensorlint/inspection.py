"""Ask the engine about expressions at a line: for fixtures' claims, the oracle and explanations."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from tensorlint import ir
from tensorlint.alias import containers, layout
from tensorlint.alias.events import Write
from tensorlint.alias.lattice import Sharing, Value, alternatives, sharing
from tensorlint.alias.solve import Solution, replay, solve
from tensorlint.alias.state import State, join_states
from tensorlint.alias.transfer import Transfer
from tensorlint.analysis import Analysis
from tensorlint.knowledge.catalog import Entry
from tensorlint.source import Source


class Inspection:
    """What the engine knows about one file, line by line."""

    def __init__(self, source: Source, own: tuple[Entry, ...] = ()) -> None:
        self.analysis = Analysis(source, ast.parse(source.text), own, keeps_names=True)
        self._replays: dict[str, tuple[_Replay, ...]] = {}
        self._points: dict[tuple[str, int], _Point] = {}
        self._given_up: dict[str, bool] = {}
        self._answers: dict[tuple[int, int], Sharing] = {}  # by the identities of values that points keep

    def sharing(self, function: str, line: int, first: str, second: str) -> Sharing:
        """Whether two expressions share elements after the last statement of ``line``; before a ``return``.

        ``function`` is a qualified name, ``<module>`` for the top level. Raises KeyError when there is no
        such function or nothing runs on that line.
        """
        if self.gave_up(function):
            return Sharing.UNKNOWN
        point = self._after(function, line)
        left, right = point.value(first), point.value(second)
        key = id(left), id(right)
        if key not in self._answers:
            self._answers[key] = sharing(left, right)
        return self._answers[key]

    def written(self, function: str, line: int, expression: str) -> Sharing | None:
        """Whether the statement that ends on ``line`` writes elements of ``expression``; None for no write.

        NONE when it writes others only, DEFINITE when it certainly writes some of them.
        """
        if self.gave_up(function):
            return Sharing.UNKNOWN
        found = [
            [sharing(write.region, point.value(expression)) for write in writes]
            for replayed in self._replayed(function)
            for point, writes in replayed.writes.get(line, ())
        ]
        answers = {answer for ways in found for answer in ways}
        if not answers:
            return None
        if answers == {Sharing.NONE}:
            return Sharing.NONE
        if len(found) == 1 and Sharing.DEFINITE in answers:
            return Sharing.DEFINITE
        return Sharing.UNKNOWN if Sharing.UNKNOWN in answers else Sharing.POSSIBLE

    def contiguous(self, function: str, line: int, expression: str) -> bool | None:
        """Whether an expression is certainly a contiguous tensor, or certainly none, where ``sharing`` looks.

        None where that is not known or only assumed; lengths that are not known are taken to be longer than
        one. Raises KeyError as ``sharing`` does.
        """
        if self.gave_up(function):
            return None
        value = self._after(function, line).value(expression)
        layouts = [layout.known(leaf, front=1) for leaf, _ in alternatives(value)]
        answers = {None if each.assumed else each.is_contiguous for each in layouts}
        return answers.pop() if len(answers) == 1 else None

    def names(self, function: str, line: int) -> dict[str, Value]:
        """The names that a person gave, and what the things that they name hold (``self.weight``,
        ``rows[...]``), with what they are bound to where ``sharing`` looks.

        Raises KeyError as ``sharing`` does.
        """
        state = self._after(function, line).state
        found: dict[str, Value] = {}
        for name, value in state.names.items():
            if name.isidentifier():
                found[name] = value
                held = state.heap.get(value.object, {})
                found |= {f"{name}{key.replace('[*]', '[...]')}": item for key, item in held.items()}
        return found

    def writes(self, function: str, line: int) -> list[Write]:
        """The writes of the statements that end on a line."""
        return [
            write
            for replayed in self._replayed(function)
            for _, writes in replayed.writes.get(line, ())
            for write in writes
        ]

    def gave_up(self, function: str) -> bool:
        if function not in self._given_up:
            self._given_up[function] = any(each.solution.gave_up for each in self._replayed(function))
        return self._given_up[function]

    def function_at(self, line: int) -> str:
        """The qualified name of the innermost unit around a line; ``<module>`` outside of any function."""
        around = [unit for unit in self.analysis.outline.units if unit.first_line <= line <= unit.last_line]
        functions = [unit for unit in around if unit.kind in ("function", "method")]
        return max(functions, key=lambda unit: unit.first_line).qualname if functions else "<module>"

    def _after(self, function: str, line: int) -> _Point:
        key = function, line
        if key not in self._points:
            found = (replayed.after(line) for replayed in self._replayed(function))
            point = next((point for point in found if point is not None), None)
            if point is None:
                raise KeyError(f"{function}:{line}")
            self._points[key] = point
        return self._points[key]

    def _replayed(self, function: str) -> tuple[_Replay, ...]:
        if function not in self._replays:
            solutions = self._solutions(function)
            self._replays[function] = tuple(_Replay(self.analysis, solution) for solution in solutions)
        return self._replays[function]

    def _solutions(self, function: str) -> Iterator[Solution]:
        pending = [
            solution
            for unit in self.analysis.outline.units
            if unit.qualname == function and (solution := self.analysis.solution(unit)) is not None
        ]
        while pending:
            solution = pending.pop()
            yield solution
            pending += [
                solve(nested, self.analysis.catalog, self.analysis) for nested in solution.function.nested
            ]


@dataclass
class _Point:
    """One state of a solution; evaluating may look into what was not looked into before."""

    analysis: Analysis
    solution: Solution
    state: State
    known: dict[str, Value] = field(default_factory=dict)

    def value(self, expression: str) -> Value:
        """The value of a name, an attribute or a literal subscript, looked up at a site of its own."""
        if expression not in self.known:
            site = -2 - len(self.solution.function.blocks) - len(self.known)
            self.known[expression] = _of(self._transfer, _parsed(expression), site)
        return self.known[expression]

    @cached_property
    def _transfer(self) -> Transfer:
        return Transfer(
            self.analysis.catalog,
            self.analysis,
            self.solution.function,
            self.solution.evidence,
            frozenset(),
            lambda event: None,
            self.state,
        )


@dataclass
class _Replay:
    """The states of one solution: where control leaves each line in each block, and at each write."""

    analysis: Analysis
    solution: Solution
    last: dict[int, dict[int, State]] = field(default_factory=dict)  # by line and block
    writes: dict[int, list[tuple[_Point, list[Write]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for block in self.solution.occurrences:
            self._replay(block)

    def after(self, line: int) -> _Point | None:
        """The state where control leaves the line, joined over the blocks where it does."""
        last, blocks = self.last.get(line, {}), self.solution.function.blocks
        leaving = [b for b in last if not any(s in last and s != b for s in blocks[b].successors)]
        states = [last[block] for block in leaving or list(last)]
        if not states:
            return None
        return _Point(self.analysis, self.solution, join_states(states, -1 - len(blocks)))

    def _replay(self, block: int) -> None:
        instructions = self.solution.function.blocks[block].instructions
        lines = [self._lines(instr) for instr in instructions]
        ends = {line: at for at, found in enumerate(lines) for line in found}
        occurrences = self.solution.occurrences[block]
        replayed = replay(self.solution, self.analysis.catalog, self.analysis, block)
        for at, (_, state) in enumerate(replayed):
            for line in lines[at]:
                if ends[line] == at:
                    self.last.setdefault(line, {})[block] = state.copy()
            writes = [event for event in occurrences[at].events if isinstance(event, Write)]
            if writes and lines[at]:
                point = _Point(self.analysis, self.solution, state.copy())
                self.writes.setdefault(lines[at][0], []).append((point, writes))

    def _lines(self, instr: ir.Instr) -> tuple[int, ...]:
        """The lines that end with an instruction: of a loop's head when the body begins."""
        if isinstance(instr, ir.Leave):
            return ()  # it stands at the head of a `with`, and runs at its end
        span = self.analysis.span(instr.origin)
        both = isinstance(instr, ir.Next) and span.line != span.end_line
        return (span.end_line, span.line) if both else (span.end_line,)


@lru_cache(maxsize=1 << 12)
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _of(transfer: Transfer, node: ast.expr, site: ir.Origin) -> Value:
    if isinstance(node, ast.Name):
        return transfer.value(node.id)
    if isinstance(node, ast.Attribute):
        base = _of(transfer, node.value, site)
        return transfer.attribute(ir.GetAttribute(site, "%", "%", node.attr), base)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, (ast.Constant, ast.UnaryOp)):
        base = _of(transfer, node.value, site)
        index = (ir.Pick(ir.Literal(ast.literal_eval(node.slice))),)
        return transfer.item(site, base, index, "%")
    return containers.unknown(site)


def analyse(text: str) -> Inspection:
    """Analyse Python source. Raises SyntaxError."""
    return Inspection(Source.read(text))
