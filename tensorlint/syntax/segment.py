"""The lines of one unit, cut out of its file so that libcst reads nothing else.

A segment keeps the columns of its file: an indented unit gets one ``if True:`` line above it, definitions
that belong to other units become one-line stubs, and the inside of a huge literal table is blanked. Only line
numbers move, and columns where a form feed stands in the indentation.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tensorlint.source import Source
from tensorlint.syntax.names import top_level
from tensorlint.syntax.outline import Unit

MAX_LINES = 5_000
MAX_DEPTH = 100  # levels of the syntax tree; libcst spends up to seven frames on each
MAX_NODES = 100_000
MAX_ADJACENT_STRINGS = 100
MAX_PATTERNS = 6  # in one another: each level takes libcst up to five times as long
LARGE_LITERAL = 200  # elements

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_STUBS: dict[type[ast.stmt], str] = {
    ast.FunctionDef: "def {}()",
    ast.AsyncFunctionDef: "async def {}()",
    ast.ClassDef: "class {}",
}


class LoweringSkipped(Exception):
    """The unit is too large, too deep or unreadable for libcst: it is left out, with a reason in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Segment:
    """A unit's text, and where its lines stand in the file.

    Line ``i + 1`` of the text is line ``numbers[i]`` of the file without its first ``dropped.get(i + 1, 0)``
    characters. ``wrapped`` tells of an ``if True:`` above.
    """

    text: str
    numbers: tuple[int, ...]
    dropped: Mapping[int, int]
    wrapped: bool


def cut(source: Source, unit: Unit) -> Segment:
    """Measure a unit on its ``ast`` node and cut its text; or raise :class:`LoweringSkipped`."""
    whole = unit.kind in ("module", "class")
    stubs = [node for node in top_level(unit.statements) if isinstance(node, _DEFINITIONS)] if whole else []
    first, last = (1, len(source.lines)) if unit.kind == "module" else (unit.first_line, unit.last_line)
    own = last - first + 1 - sum((node.end_lineno or node.lineno) - node.lineno for node in stubs)
    if own > MAX_LINES:
        raise LoweringSkipped(f"{own:,} lines")
    tables = _measure(source, unit, frozenset(stubs))

    edited: dict[int, str | None] = {}
    for table in tables:
        _blank(source, edited, table)
    for node in stubs:
        begin = min([node.lineno, *(item.lineno for item in node.decorator_list)])
        indent = _indentation(source.lines[begin - 1])
        for number in range(begin, (node.end_lineno or node.lineno) + 1):
            edited[number] = None
        edited[node.lineno] = f"{indent}{_STUBS[type(node)].format(node.name)}: pass"

    lines: list[str] = []
    numbers: list[int] = []
    dropped: dict[int, int] = {}
    wrapped = unit.kind != "module" and _indentation(source.lines[first - 1])[-1:] in (" ", "\t")
    if wrapped:
        lines.append("if True:")
        numbers.append(first)
    for number in range(first, last + 1):
        text = edited.get(number, source.lines[number - 1])
        if text is None:
            continue
        fed = _indentation(text).rfind("\f") + 1  # Python counts an indentation from there, libcst refuses it
        lines.append(text[fed:])
        numbers.append(number)
        if fed:
            dropped[len(lines)] = fed
    return Segment("\n".join(lines) + "\n", tuple(numbers), dropped, wrapped)


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def _measure(source: Source, unit: Unit, stubs: frozenset[ast.stmt]) -> list[ast.expr]:
    """Walk the unit without recursion: raise where a bound is passed, return its huge tables."""
    tables: list[ast.expr] = []
    pending: list[tuple[ast.AST, int]] = [(unit.node, 0)]
    nodes = 0
    while pending:
        node, depth = pending.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            raise LoweringSkipped(f"nested more than {MAX_DEPTH} levels deep")
        if nodes > MAX_NODES:
            raise LoweringSkipped(f"more than {MAX_NODES:,} syntax nodes")
        if isinstance(node, (ast.Name, ast.Load, ast.Store, ast.operator)):
            continue
        if isinstance(node, ast.match_case):
            _check_pattern(source, node)
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            _check_strings(source, node)
            if isinstance(node, ast.Constant):
                continue
        # An emptied set would read as a dict.
        if isinstance(node, (ast.List, ast.Dict, ast.Tuple)) and _is_table(source, node):
            tables.append(node)
            continue
        if node in stubs:
            continue
        deeper = depth + _levels(node)
        for name in node._fields:
            child = getattr(node, name, None)
            if isinstance(child, ast.AST):
                pending.append((child, deeper))
            elif isinstance(child, list):
                pending.extend((item, deeper) for item in child if isinstance(item, ast.AST))
    return tables


def _levels(node: ast.AST) -> int:
    """How deep libcst nests what the ast has as one level."""
    if isinstance(node, ast.BoolOp):
        return len(node.values)  # `a and b and c`
    if isinstance(node, ast.Import):
        return 1 + max(each.name.count(".") for each in node.names)
    if isinstance(node, ast.ImportFrom):
        return 1 + (node.module or "").count(".")
    return 2 if isinstance(node, ast.Subscript) else 1


def _check_strings(source: Source, node: ast.Constant | ast.JoinedStr) -> None:
    """Adjacent string literals are one node of the ast, yet libcst nests them: count them in the text."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, (str, bytes)):
        return
    first, last = node.lineno, node.end_lineno or node.lineno
    if first == last and (node.end_col_offset or 0) - node.col_offset < 2 * MAX_ADJACENT_STRINGS:
        return
    lines = source.lines[first - 1 : last]
    if sum(line.count('"') + line.count("'") for line in lines) < 2 * MAX_ADJACENT_STRINGS:
        return
    text = ast.get_source_segment("\n".join(lines), _Place(1, node, last - first + 1)) or ""
    starts = (tokenize.STRING, getattr(tokenize, "FSTRING_START", tokenize.STRING))
    try:
        tokens = tokenize.generate_tokens(io.StringIO(f"({text})").readline)
        count = sum(token.type in starts for token in tokens)
    except (tokenize.TokenError, SyntaxError):
        count = MAX_ADJACENT_STRINGS + 1
    if count > MAX_ADJACENT_STRINGS:
        raise LoweringSkipped(f"more than {MAX_ADJACENT_STRINGS} adjacent strings")


def _check_pattern(source: Source, node: ast.match_case) -> None:
    """Count the brackets around and in a pattern: those around it are not in the ast."""
    text = "\n".join(source.lines[node.pattern.lineno - 1 : node.body[0].lineno])
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if deepest > MAX_PATTERNS:
        raise LoweringSkipped(f"patterns nested more than {MAX_PATTERNS} levels deep")


class _Place(ast.AST):
    """A node's position in lines that were cut out of its file."""

    def __init__(self, first: int, node: ast.expr, last: int) -> None:
        self.lineno = first
        self.col_offset = node.col_offset
        self.end_lineno = last
        self.end_col_offset = node.end_col_offset


def _is_table(source: Source, node: ast.List | ast.Dict | ast.Tuple) -> bool:
    children = list(_elements(node))
    if len(children) <= LARGE_LITERAL and not _nested_table(children):
        return False
    pending = children
    while pending:
        child = pending.pop()
        if isinstance(child, (ast.List, ast.Set, ast.Dict, ast.Tuple)):
            pending.extend(_elements(child))
        elif isinstance(child, ast.UnaryOp):
            pending.append(child.operand)
        elif not isinstance(child, ast.Constant):
            return False
    return not isinstance(node, ast.Tuple) or _bracketed(source, node)


def _nested_table(children: list[ast.expr]) -> bool:
    """Whether rows of a table add up to a large one."""
    if not children or not isinstance(children[0], (ast.List, ast.Tuple, ast.Dict)):
        return False
    rows = (child for child in children if isinstance(child, (ast.List, ast.Tuple, ast.Dict)))
    return sum(sum(1 for _ in _elements(row)) for row in rows) > LARGE_LITERAL


def _elements(node: ast.List | ast.Set | ast.Dict | ast.Tuple) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        yield from (
            key if key is not None else value for key, value in zip(node.keys, node.values, strict=True)
        )
        yield from node.values
    else:
        yield from node.elts


def _bracketed(source: Source, node: ast.Tuple) -> bool:
    """Whether a tuple begins and ends with a bracket: what stands between may then be blanked."""
    first = source.lines[node.lineno - 1].encode()
    last = source.lines[(node.end_lineno or node.lineno) - 1].encode()
    end = node.end_col_offset or 0
    return first[node.col_offset : node.col_offset + 1] == b"(" and last[end - 1 : end] == b")"


def _blank(source: Source, edited: dict[int, str | None], node: ast.expr) -> None:
    """Empty a display, leaving its brackets where they are."""
    first, last = node.lineno, node.end_lineno or node.lineno
    opening = _text(source, edited, first)
    start = len(source.lines[first - 1].encode()[: node.col_offset].decode()) + 1
    end = len(source.lines[last - 1].encode()[: node.end_col_offset].decode()) - 1
    if first == last:
        edited[first] = opening[:start] + " " * (end - start) + opening[end:]
        return
    edited[first] = opening[:start]
    for number in range(first + 1, last):
        edited[number] = None
    edited[last] = " " * end + _text(source, edited, last)[end:]


def _text(source: Source, edited: dict[int, str | None], number: int) -> str:
    text = edited.get(number)
    return source.lines[number - 1] if text is None else text
