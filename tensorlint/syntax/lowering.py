"""Parse one unit's segment with libcst and lower it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from tensorlint.ir import Function
from tensorlint.source import Source
from tensorlint.syntax import (
    comprehensions,
    conditions,
    control,
    expressions,
    functions,
    matching,
    statements,
)
from tensorlint.syntax.lowerer import Tables
from tensorlint.syntax.lowerer import Unit as Shared
from tensorlint.syntax.names import Names, nodes, top_level
from tensorlint.syntax.outline import Outline, Unit
from tensorlint.syntax.segment import LoweringSkipped, Segment, cut
from tensorlint.syntax.spans import UNIT_BITS, Origins

_TABLES = Tables(
    expressions={
        **expressions.EXPRESSIONS,
        **conditions.EXPRESSIONS,
        **comprehensions.EXPRESSIONS,
        **functions.EXPRESSIONS,
    },
    statements={
        **statements.STATEMENTS,
        **control.STATEMENTS,
        **matching.STATEMENTS,
        **functions.STATEMENTS,
    },
)


MOST_COMMENTS = 5  # lines above a function that may state its contract


@dataclass(frozen=True, slots=True)
class Lowered:
    """A unit, lowered, and the way back from its origins to the source."""

    function: Function
    origins: Origins


def lower(source: Source, outline: Outline, unit: Unit) -> Lowered:
    """Lower one unit; raise :class:`LoweringSkipped` where it is too large, too deep or unreadable."""
    segment = cut(source, unit)
    try:
        module = cst.parse_module(segment.text)
        origins = Origins(source, module, segment, (unit.index + 1) << UNIT_BITS)
        shared = Shared(outline.names, _TABLES, origins, _captures(outline.names, unit))
        above = source.lines[max(0, unit.first_line - 1 - MOST_COMMENTS) : unit.first_line - 1]
        depth = getattr(unit.node, "col_offset", 0)
        before = [line if len(line) - len(line.lstrip()) == depth else "" for line in above]
        owner = outline.classes.get(unit.class_name or "") if unit.name == "__init__" else None
        described = ast.get_docstring(owner.node) if owner is not None else None
        return Lowered(_lower(shared, module, segment, unit, before, described), origins)
    except cst.ParserSyntaxError as error:
        raise LoweringSkipped(f"libcst cannot read it: {error.message}") from error
    except RecursionError as error:
        raise LoweringSkipped("nested too deep") from error


def _lower(
    shared: Shared, module: cst.Module, segment: Segment, unit: Unit, before: Sequence[str], owner: str | None
) -> Function:
    if unit.kind == "module":
        return functions.lower_body(shared, module, module.body, "module", unit.name, unit.qualname)
    body = module.body
    if segment.wrapped:
        wrapper = body[0]
        assert isinstance(wrapper, cst.If)
        body = wrapper.body.body  # type: ignore[assignment]
    node = body[0]
    if isinstance(node, cst.ClassDef):
        return functions.lower_body(shared, node, node.body.body, "class", unit.name, unit.qualname)
    assert isinstance(node, cst.FunctionDef)
    return functions.lower_function(
        shared, node, None, unit.kind, unit.qualname, unit.class_name, before, owner
    )


def _captures(names: Names, unit: Unit) -> dict[str, tuple[str, ...]]:
    """For a module body: the variables that each of its functions and classes mentions."""
    if unit.kind != "module":
        return {}
    found: dict[str, set[str]] = {}
    for statement in top_level(unit.statements):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            mentioned = found.setdefault(statement.name, set())
            for node in nodes([statement]):
                if isinstance(node, ast.Name) and names.is_variable(node.id):
                    mentioned.add(node.id)
    return {name: tuple(sorted(places)) for name, places in found.items()}
