"""Origins: from the number on an instruction back to its position and its text.

Positions cost about as much as parsing, and only a unit with a finding needs any: they are computed for the
whole unit when the first one is asked for.
"""

from __future__ import annotations

import io
import tokenize

import libcst as cst

from tensorlint.finding import Origin, Span
from tensorlint.source import Source
from tensorlint.syntax.segment import Segment

UNIT_BITS = 20  # an origin is its unit's number (from 1) above so many bits for the node's

_COMPOUND = (cst.BaseCompoundStatement, cst.Module)


def unit_of(origin: Origin) -> int:
    """The index of the unit that an origin belongs to."""
    return (origin >> UNIT_BITS) - 1


class Origins:
    """The nodes of one unit, by number from ``first`` on, so that numbers tell units of a file apart."""

    def __init__(self, source: Source, module: cst.Module, segment: Segment, first: Origin) -> None:
        self._first = first
        self._source = source
        self._module = module
        self._segment = segment
        self._nodes: list[cst.CSTNode] = []
        self._spans: dict[cst.CSTNode, Span] | None = None

    def add(self, node: cst.CSTNode) -> Origin:
        self._nodes.append(node)
        return self._first + len(self._nodes) - 1

    def __len__(self) -> int:
        return len(self._nodes)

    def span(self, origin: Origin) -> Span:
        """Where it stands in the file; a compound statement is represented by its header's first line."""
        node = self._nodes[origin - self._first]
        if self._spans is None:
            self._spans = self._positions()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            return self._spans[node.name]  # libcst lets a definition begin at its decorators
        span = self._spans[node]
        if isinstance(node, _COMPOUND):
            line = self._source.lines[span.line - 1]
            return Span(span.line, span.column, span.line, max(span.column, len(line.rstrip())))
        return span

    def text(self, origin: Origin) -> str:
        """The source of the node on one line, without comments; a compound statement's first line."""
        node = self._nodes[origin - self._first]
        if isinstance(node, _COMPOUND):
            span = self.span(origin)
            return self._source.lines[span.line - 1].strip() if node is not self._module else "<module>"
        if isinstance(node, cst.BaseExpression) and node.lpar and not isinstance(node, cst.GeneratorExp):
            node = node.with_changes(lpar=(), rpar=())
        code = self._module.code_for_node(node)
        if "\n" in code and "#" in code:
            code = _without_comments(code)
        return _one_line(code).rstrip("; ")

    def _positions(self) -> dict[cst.CSTNode, Span]:
        from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

        wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
        spans: dict[cst.CSTNode, Span] = {}
        for node, place in wrapper.resolve(PositionProvider).items():
            if isinstance(place, CodeRange):
                line, column = self._in_file(place.start.line, place.start.column)
                spans[node] = Span(line, column, *self._in_file(place.end.line, place.end.column))
        return spans

    def _in_file(self, line: int, column: int) -> tuple[int, int]:
        numbers, dropped = self._segment.numbers, self._segment.dropped
        return numbers[min(line, len(numbers)) - 1], column + dropped.get(line, 0)


def _one_line(code: str) -> str:
    first, *rest = (line for line in map(str.strip, code.split("\n")) if line)
    for line in rest:
        first += line if first[-1] in "([{." or line[0] in ")]}." else f" {line}"
    return " ".join(first.split())


def _without_comments(code: str) -> str:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({code}\n)").readline))
    except (tokenize.TokenError, SyntaxError):
        return code
    lines = f"({code}\n)".split("\n")
    for token in reversed(tokens):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return "\n".join(lines)[1:-1]
