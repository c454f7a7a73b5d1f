"""One case of a fixture as a text of its own, the way a person would have written it."""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
from collections.abc import Iterator

from tensorlint.testing.fixture import Case, Fixture
from tensorlint.testing.markers import Kind

_KEYWORDS = sorted({kind.value for kind in Kind} | {"expect", "misses", "devices", "backends"})
_MARKER = re.compile(rf"#\s*({'|'.join(_KEYWORDS)})\b.*:")


def alone(fixture: Fixture, kept: Case) -> str:
    """One case of the fixture with what it uses, under a plain name and without markers."""
    lines = fixture.text.splitlines(keepends=True)
    for row, column in _marker_places(fixture.text):
        lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    needed = _used_by(fixture.tree, kept.name)
    for node in fixture.tree.body:
        if not _binds(node) & needed:
            first = min(
                [node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))]
            )
            last = node.end_lineno or first
            lines[first - 1 : last] = [""] * (last - first + 1)
    text = re.sub(r"\n{4,}", "\n\n\n", "".join(lines)).strip() + "\n"
    plain = f"{kept.stem}_" if keyword.iskeyword(kept.stem) or kept.stem in needed else kept.stem
    return re.sub(rf"\b{kept.name}\b", plain, text)


def _used_by(tree: ast.Module, name: str) -> set[str]:
    """The top-level names that `name` needs, directly or through others."""
    needed, waiting = set(), {name}
    while waiting:
        needed |= waiting
        users = [node for node in tree.body if _binds(node) & waiting]
        mentioned = {inner.id for node in users for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        waiting = mentioned - needed
    return needed


def _binds(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    names = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _marker_places(text: str) -> Iterator[tuple[int, int]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and _MARKER.match(token.string):
            yield token.start
