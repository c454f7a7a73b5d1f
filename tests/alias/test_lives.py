"""How long a place is in use: to its last use on every way, and not past a new binding."""

from __future__ import annotations

import ast
import textwrap

import pytest

from tensorlint import ir
from tensorlint.alias.lives import life
from tensorlint.analysis import Analysis
from tensorlint.source import Source


def lived(body: str) -> tuple[list[str], list[str]]:
    """What uses ``y`` of ``y = x``, and all that runs until then, by the names of their targets."""
    text = f"def f(x, n):\n{textwrap.indent(body, '    ')}\n"
    analysis = Analysis(Source.read(text, "x.py"), ast.parse(text))
    function = analysis.function_of(".f")
    assert function is not None
    (start,) = (
        (number, position)
        for number, block in enumerate(function.blocks)
        for position, instr in enumerate(block.instructions)
        if isinstance(instr, ir.Bind) and instr.target == "y" and instr.source == "x"
    )
    found = life(function, start, "y")

    def names(spots: list[tuple[int, int]]) -> list[str]:
        told = (function.blocks[block].instructions[position] for block, position in spots)
        return [str(getattr(each, "target", type(each).__name__)) for each in told]

    return names(list(found.uses)), names(sorted(found.spots))


@pytest.mark.parametrize(
    ("body", "uses", "spots"),
    [
        ("y = x\na = 1\nb = y\nc = 2", ["b"], ["a", "b"]),
        ("y = x\na = 1", [], []),
        ("y = x\ny = y + 1\na = y", ["y"], ["y"]),
        ("y = x\nif n:\n    a = y\nelse:\n    b = 1\nc = 2", ["a"], ["Assume", "a"]),
        ("y = x\ndel y\na = 1", [], []),
        ("y = 0\nwhile n:\n    a = y\n    y = x\n    b = 1", ["a"], ["a", "b"]),
        ("y = x\nwhile n:\n    a = y\n    b = 1\nc = 2", ["a"], ["a", "b"]),
    ],
)
def test_life(body: str, uses: list[str], spots: list[str]) -> None:
    found, between = lived(body)
    assert found == uses
    assert [each for each in between if each != "Assume"] == [each for each in spots if each != "Assume"]
