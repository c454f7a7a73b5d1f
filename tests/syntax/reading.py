"""Lower a text in one call, and show it in the compact form that the tests compare."""

from __future__ import annotations

import ast
import textwrap

from tensorlint.source import Source
from tensorlint.syntax import Outline, lower, outline
from tensorlint.syntax.lowering import Lowered
from tensorlint.syntax.printing import show_function


def draw(text: str | bytes) -> tuple[Source, Outline]:
    source = Source.read(text)
    return source, outline(ast.parse(source.text))


def lowered(text: str | bytes, qualname: str = "f") -> Lowered:
    source, drawn = draw(text)
    unit = next(unit for unit in drawn.units if unit.qualname == qualname)
    return lower(source, drawn, unit)


def shown(text: str, qualname: str = "f") -> str:
    """A unit without its first line."""
    return "\n".join(list(show_function(lowered(text, qualname).function))[1:])


HEAD = """\
import numpy as np
import torch
import torch.nn.functional as F
TABLE = np.zeros(3)
class Net: ...
"""


def body(statements: str) -> str:
    """The blocks of ``f(x, y)`` with these statements."""
    text = textwrap.indent(textwrap.dedent(statements).strip("\n"), "    ")
    return textwrap.dedent(shown(f"{HEAD}async def f(x, y):\n{text}\n"))


def block(statements: str) -> str:
    """The instructions of the first block, without the final ``return None`` and nested functions."""
    lines = body(statements).split("\n")
    assert lines[0] == "0"
    own = [line[2:] for line in lines[1:] if line.startswith("  ") and line[2:3] not in (" ", "")]
    own = [line for line in own if line.partition(" ")[0] not in ("function", "lambda")]
    return "\n".join(line for line in own if line != "Return None")
