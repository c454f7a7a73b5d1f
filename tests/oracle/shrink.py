"""Makes a refuted program small: deletes statements while the answer about its two names stays wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from runtime_check.trace import trace
from tests.oracle.compare import Analyse, Refutation, is_refuted

ATTEMPTS = 400


def shrink(refutation: Refutation, analyse: Analyse) -> Refutation:
    """A refutation of the same answer in a program without any statement that it does not need."""
    smallest, attempts = refutation, 0
    found = True
    while found:
        found = False
        for source in _smaller(str(smallest.program["source"])):
            attempts += 1
            if attempts > ATTEMPTS:
                return smallest
            candidate = _refuted({**smallest.program, "source": source, "tags": {}}, refutation, analyse)
            if candidate is not None:
                smallest, found = candidate, True
                break
    return smallest


def _refuted(program: Mapping[str, Any], wanted: Refutation, analyse: Analyse) -> Refutation | None:
    """The same answer about the same names, wrong in another program too."""
    try:
        seen = trace(
            program["library"],
            program["seed"],
            program["source"],
            tuple(program["parameters"]),
            program["aliased"],
        )
        if len(seen.raised) > len(program["raised"]):
            return None  # a name lost its definition
        engine = analyse(program["source"])
        for fact in seen.facts:
            if (fact.a, fact.b) == (wanted.fact.a, wanted.fact.b):
                answer = engine.sharing("program", fact.line, fact.a, fact.b)
                if answer is wanted.answer and is_refuted(fact, answer):
                    return Refutation(program, fact, answer)
    except Exception:  # what a deletion broke is no smaller program
        pass
    return None


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
