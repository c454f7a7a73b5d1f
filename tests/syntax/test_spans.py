"""From origins back to lines, columns and text."""

from __future__ import annotations

import pytest

from tensorlint.finding import Span
from tensorlint.syntax.lowering import Lowered
from tests.syntax.reading import draw, lowered


def found(result: Lowered, kind: str) -> list[tuple[Span, str]]:
    return [
        (result.origins.span(instr.origin), result.origins.text(instr.origin))
        for block in result.function.blocks
        for instr in block.instructions
        if type(instr).__name__ == kind
    ]


CASES = {
    "plain": ("def f(x):\n    y = x.T\n", "GetAttribute", Span(2, 8, 2, 11), "x.T"),
    "non-ascii before the column": (
        "def f(x):\n    é = '日本語🎈'; y = x['ключ'].T\n",
        "GetAttribute",
        Span(2, 20, 2, 31),
        "x['ключ'].T",
    ),
    "tabs": ("class A:\n\tdef f(self):\n\t\tself.x += 1\n", "Augment", Span(3, 2, 3, 13), "self.x += 1"),
    "decorators": (
        "@a\n# words\n@b(\n  1)\n\nasync def f(x):\n  x += 1\n",
        "Augment",
        Span(7, 2, 7, 8),
        "x += 1",
    ),
    "several lines": ("def f(x):\n    x[\n0] = (\n  3)\n", "SetItem", Span(2, 4, 4, 4), "x[0] = (3)"),
    "a comment inside": (
        "def f(x):\n    y = x.view(  # why '#'\n        -1,\n        '#')  # end\n",
        "CallMethod",
        Span(2, 8, 4, 12),
        "x.view(-1, '#')",
    ),
    "one line": ("def f(x): y = x.T; y += 1; return y\n", "Augment", Span(1, 19, 1, 25), "y += 1"),
    "brackets around": ("def f(x):\n    return (x.T)\n", "GetAttribute", Span(2, 12, 2, 15), "x.T"),
    "a form feed before": ("x = 1\n\x0c\ndef f(x):\n    x += 1\n", "Augment", Span(4, 4, 4, 10), "x += 1"),
    "a form feed in the indentation": (
        "class A:\n    \x0c    def f(x):\n\x0c        x += 1\n",
        "Augment",
        Span(3, 9, 3, 15),
        "x += 1",
    ),
    "a loop's target": ("def f(x):\n    for a, b in x: pass\n", "Next", Span(2, 8, 2, 12), "a, b"),
    "a condition": ("def f(x):\n    if x is None: pass\n", "Assume", Span(2, 7, 2, 16), "x is None"),
    "a definition": ("def f(x):\n    @a\n    def g(): pass\n", "Define", Span(3, 8, 3, 9), "def g(): pass"),
    "an entered context": ("def f(x):\n    with x.y() as z: pass\n", "Enter", Span(2, 9, 2, 14), "x.y()"),
    "return": ("def f(x):\n    return x\n", "Return", Span(2, 4, 2, 12), "return x"),
}


@pytest.mark.parametrize("case", CASES)
def test_position_and_text(case: str) -> None:
    text, kind, span, written = CASES[case]
    qualname = "A.f" if text.startswith("class") else "f"
    assert found(lowered(text, qualname), kind)[0] == (span, written)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark(newline: str, mark: str) -> None:
    text = mark + newline.join(["import numpy", "", "def f(x):", "    x += 1", ""])
    assert found(lowered(text.encode()), "Augment") == [(Span(4, 4, 4, 10), "x += 1")]


def test_bodies_keep_their_lines_around_what_is_left_out() -> None:
    text = (
        "import numpy as np\n\n"
        "class A:\n    def f(self):\n        return 1\n    a = np.zeros(3)\n\n"
        "    class B:\n        b = 1\n    a += 1\n"
        "x = np.ones(3)\n@np.vectorize\ndef g():\n    '''Doc.'''\n    return x\nx += 1\n"
    )
    assert found(lowered(text, "A"), "Augment") == [(Span(10, 4, 10, 10), "a += 1")]
    assert found(lowered(text, "A.B"), "Bind") == [(Span(9, 8, 9, 13), "b = 1")]
    assert found(lowered(text, "<module>"), "Augment") == [(Span(16, 0, 16, 6), "x += 1")]
    assert [span.line for span, _ in found(lowered(text, "<module>"), "Define")] == [3, 13]


def test_origins_tell_units_apart() -> None:
    text = "def f(x): return x\ndef g(x): return x\n"
    source, drawn = draw(text)
    assert source.lines == ("def f(x): return x", "def g(x): return x", "")
    first, second = (lowered(text, unit.qualname) for unit in drawn.units[:2])
    assert first.function.origin != second.function.origin
    assert second.origins.span(second.function.origin) == Span(2, 4, 2, 5)
