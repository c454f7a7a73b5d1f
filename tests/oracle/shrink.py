"""Makes a refuted program small: deletes statements while the same claim stays wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from runtime_check.programs import Traced
from runtime_check.trace import trace
from tests.oracle.compare import Comparison, Refutation
from tests.oracle.engine import Analyse

ATTEMPTS = 400


def shrink(refutation: Refutation, traced: Traced, analyse: Analyse) -> tuple[Refutation, str]:
    """A refutation of the same claim in a program without any statement that it does not need: its source."""
    smallest, source, attempts = refutation, traced.program.source, 0
    found = True
    while found:
        found = False
        for smaller in _smaller(source):
            attempts += 1
            if attempts > ATTEMPTS:
                return smallest, source
            candidate = _refuted(smaller, refutation, traced, analyse)
            if candidate is not None:
                smallest, source, found = candidate, smaller, True
                break
    return smallest, source


def _refuted(source: str, wanted: Refutation, traced: Traced, analyse: Analyse) -> Refutation | None:
    """The same claim, wrong in another text of the program too."""
    try:
        tags = dict.fromkeys(range(source.count("\n") + 1), wanted.construct)
        program = replace(traced.program, source=source, tags=tags, aliased=False, unsure=frozenset())
        seen = trace(
            program.library, program.seed, source, program.parameters, aliased=traced.program.aliased
        )
    except Exception:  # what a deletion broke is no smaller program
        return None
    if len(seen.raised) > len(traced.trace.raised):
        return None  # a name lost its definition
    comparison = Comparison()
    comparison.add(Traced(traced.index, program, seen), analyse)
    return next((found for found in comparison.refutations if found.claim == wanted.claim), None)


def _smaller(source: str) -> Iterator[str]:
    """The program without one of its statements, or with a block in its statement's place."""
    for number in reversed(range(len(list(_blocks(ast.parse(source)))))):
        for at in reversed(range(len(list(_blocks(ast.parse(source)))[number]))):
            for lifted in (False, True):
                tree = ast.parse(source)
                block = list(_blocks(tree))[number]
                statement = block[at]
                if isinstance(statement, ast.FunctionDef) and statement.name == "program":
                    continue
                inner = getattr(statement, "body", []) if not isinstance(statement, ast.FunctionDef) else []
                if lifted and not inner:
                    continue
                block[at : at + 1] = inner if lifted else []
                if not block:
                    block.append(ast.Pass())
                    if isinstance(statement, ast.Pass):
                        continue
                yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _blocks(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Every list of statements, outermost first."""
    for node in ast.walk(tree):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block
