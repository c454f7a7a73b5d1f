"""Ask the engine about two expressions at a line: for fixtures' claims, the oracle and explanations."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.lattice import Sharing, Value, sharing
from tensorlint.alias.solve import Solution, replay, solve
from tensorlint.alias.state import State, join_states
from tensorlint.alias.transfer import Transfer
from tensorlint.analysis import Analysis
from tensorlint.source import Source


class Inspection:
    """What the engine knows about one file, line by line."""

    def __init__(self, text: str) -> None:
        source = Source.read(text)
        self.analysis = Analysis(source, ast.parse(source.text))
        self._states: dict[tuple[str, int], tuple[Solution, State]] = {}

    def sharing(self, function: str, line: int, first: str, second: str) -> Sharing:
        """Whether two expressions share elements after the last statement of ``line``; before a ``return``.

        ``function`` is a qualified name, ``<module>`` for the top level. Raises KeyError when there is no
        such function or nothing runs on that line.
        """
        if any(solution.gave_up for solution in self._solutions(function)):
            return Sharing.UNKNOWN
        solution, state = self._after(function, line)
        transfer = Transfer(
            self.analysis.catalog,
            self.analysis,
            solution.function,
            solution.evidence,
            frozenset(),
            lambda event: None,
            state.copy(),  # evaluating may look into what was not looked into before
        )
        return sharing(_value(transfer, first, -2), _value(transfer, second, -3))

    def _after(self, function: str, line: int) -> tuple[Solution, State]:
        key = function, line
        if key not in self._states:
            for solution in self._solutions(function):
                state = self._state(solution, line)
                if state is not None:
                    self._states[key] = solution, state
                    break
            else:
                raise KeyError(f"{function}:{line}")
        return self._states[key]

    def function_at(self, line: int) -> str:
        """The qualified name of the innermost unit around a line; ``<module>`` outside of any function."""
        around = [unit for unit in self.analysis.outline.units if unit.first_line <= line <= unit.last_line]
        functions = [unit for unit in around if unit.kind in ("function", "method")]
        return max(functions, key=lambda unit: unit.first_line).qualname if functions else "<module>"

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

    def _state(self, solution: Solution, line: int) -> State | None:
        """The state where control leaves the line, joined over the blocks where it does."""
        last: dict[int, State] = {}
        for block in solution.entries:
            for instr, state in replay(solution, self.analysis.catalog, self.analysis, block):
                span = self.analysis.span(instr.origin)
                if span.end_line == line or (isinstance(instr, ir.Next) and span.line == line):
                    last[block] = state
        leaving = [
            b for b in last if not any(s in last and s != b for s in solution.function.blocks[b].successors)
        ]
        states = [last[block] for block in leaving or list(last)]
        return join_states(states, -1 - len(solution.function.blocks)) if states else None


def _value(transfer: Transfer, expression: str, site: ir.Origin) -> Value:
    """The value of a name, an attribute or a literal subscript in a state, looked up at a site of its own."""
    return _of(transfer, ast.parse(expression, mode="eval").body, site)


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
    return Inspection(text)
