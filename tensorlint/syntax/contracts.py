"""What a function declares to write: ``# tensorlint: mutates x, self.cache`` and ``Annotated[…, Mutates]``.

The comment stands on the line of the ``def`` or its end, alone above it (above its decorators, too), or alone
above the first statement of the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from tensorlint.ir import Hint, Parameter

_PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_CONTRACT = re.compile(rf"#\s*tensorlint:\s*mutates\s+(?P<paths>{_PATH}(?:\s*,\s*{_PATH})*)")
MARKERS = frozenset({"Mutates", "mutates"})  # the class of this package, or the word: it needs no import


def declared(node: cst.FunctionDef, parameters: Sequence[Parameter], before: Sequence[str]) -> frozenset[str]:
    """The paths that a function declares to write; ``before`` are lines above it that the node lacks."""
    found = {parameter.name for parameter in parameters if _is_marked(parameter.annotation)}
    for comment in (*_above(before), *_comments(node)):
        contract = _CONTRACT.search(comment)
        if contract is not None:
            found.update(path.strip() for path in contract["paths"].split(","))
    return frozenset(found)


def _is_marked(hint: Hint | None) -> bool:
    """Whether ``Mutates`` stands beside the type, at any depth: ``Annotated[Tensor, Mutates] | None``."""
    if hint is None:
        return False
    if any(name.rpartition(".")[2] == "Annotated" for name in hint.names):
        return any(name.rpartition(".")[2] in MARKERS for part in hint.parts[1:] for name in part.names)
    return any(map(_is_marked, hint.parts))


def _above(lines: Iterable[str]) -> Iterator[str]:
    """The comments that stand directly above a function, without a line between."""
    for line in reversed(list(lines)):
        if not line.strip().startswith("#"):
            return
        yield line


def _comments(node: cst.FunctionDef) -> Iterator[str]:
    layout: list[cst.CSTNode] = [*node.leading_lines, *node.lines_after_decorators]
    body = node.body
    if isinstance(body, cst.IndentedBlock):
        layout += [body.header]
        layout += getattr(body.body[0], "leading_lines", ()) if body.body else ()
        if body.body and isinstance(body.body[0], cst.SimpleStatementLine) and node.get_docstring():
            layout += getattr(body.body[1], "leading_lines", ()) if len(body.body) > 1 else ()
    elif isinstance(body, cst.SimpleStatementSuite):
        layout += [body.trailing_whitespace]
    for item in layout:
        comment = getattr(item, "comment", None)
        if comment is not None:
            yield comment.value
