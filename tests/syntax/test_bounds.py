"""Units that libcst cannot digest are skipped with a reason; what is just within bounds is lowered."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tensorlint.ir import Build, Instr
from tensorlint.syntax import LoweringSkipped
from tests.conftest import ROOT
from tests.syntax.reading import lowered


def function(body: str) -> str:
    return "def f(x):\n" + textwrap.indent(body, "    ") + "\n"


def nest(opening: str, closing: str, depth: int) -> str:
    return function(f"y = {opening * depth}x{closing * depth}")


def stairs(header: str, depth: int) -> str:
    """Blocks in blocks; ``{}`` stands for the indentation of a header's second line."""
    headers = (" " * level + header.replace("{}", " " * level) + "\n" for level in range(1, depth))
    return "def f(x):\n" + "".join(headers) + " " * depth + "x = [x]\n"


SKIPPED = {
    "lines": (function("x = x + 1\n" * 5_001), "5,002 lines"),
    "terms": (function("y = " + " + ".join(["x"] * 1_000)), "nested more than 100 levels deep"),
    "and": (function("y = " + " and ".join(["x"] * 1_000)), "nested more than 100 levels deep"),
    "calls": (nest("", ".a()", 1_000), "nested more than 100 levels deep"),
    "subscripts": (nest("", "[0]", 1_000), "nested more than 100 levels deep"),
    "from an import": (function("from a" + ".a" * 300 + " import b"), "nested more than 100 levels deep"),
    "lists": (nest("[", "]", 150), "nested more than 100 levels deep"),
    "elif": (function("if x: pass\n" + "elif x: pass\n" * 1_000), "nested more than 100 levels deep"),
    "strings": (function("y = " + " ".join(["'a'"] * 10_000)), "more than 100 adjacent strings"),
    "strings in lines": (function("y = (\n" + "'a'\n" * 4_000 + ")"), "more than 100 adjacent strings"),
    "f-strings": (function("y = " + " ".join(["f'{x}'"] * 10_000)), "more than 100 adjacent strings"),
    "nodes": (function("y = [" + "x, " * 110_000 + "]"), "more than 100,000 syntax nodes"),
    "finally in finally": (
        stairs("try: x()\n{}finally:", 60),
        "more than 20,000 blocks",
    ),
    "patterns": (
        function("match x:\n    case " + "{0: " * 20 + "y" + "}" * 20 + ": pass"),
        "patterns nested more than 6 levels deep",
    ),
    "brackets around a pattern": (
        function("match x:\n    case " + "(" * 20 + "y" + ")" * 20 + ":\n        pass"),
        "patterns nested more than 6 levels deep",
    ),
    "a dotted import": (function("import " + ".".join(["a"] * 1_000)), "nested more than 100 levels deep"),
}  # fmt: skip

LOWERED = {
    "lines": function("x = x + 1\n" * 4_990),
    "a list of numbers": function("y = [" + ", ".join(map(str, range(10_000))) + "]"),
    "a list of numbers in lines": function("y = [\n" + "0,\n" * 4_000 + "]"),
    "a table": function("y = (\n" + "(1, -2, 'a'),\n" * 4_000 + ")"),
    "a dict": function("y = {" + ", ".join(f"{i}: '{i}'" for i in range(10_000)) + "}"),
    "a bare tuple": function("y = " + ", ".join(map(str, range(10_000)))),
    "a list of names": function("y = [" + "x, " * 10_000 + "]"),
    "terms": function("y = " + " + ".join(["x"] * 90)),
    "lists": nest("[", "]", 90),
    "calls": nest("x(", ")", 90),
    "brackets": nest("(", ")", 150),
    "patterns": function("match x:\n    case " + "[" * 6 + "y" + "]" * 6 + ": pass"),
    "a long string": function("y = '" + "a" * 1_000_000 + "'"),
    "a docstring full of quotes": function("'''" + "it's 'a'\n" * 300 + "'''\ny = x"),
    "nested blocks": stairs("for x in x:", 90),
    "nested try": stairs("try:", 18)
    + "".join(" " * i + "finally: x()\n" for i in range(17, 0, -1)),
}  # fmt: skip


@pytest.mark.parametrize("case", SKIPPED)
def test_skipped(case: str) -> None:
    text, reason = SKIPPED[case]
    with pytest.raises(LoweringSkipped) as caught:
        lowered(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize("case", LOWERED)
def test_lowered_with_all_its_positions(case: str) -> None:
    result = lowered(LOWERED[case])
    instructions = [instr for block in result.function.blocks for instr in block.instructions]
    lines = len(LOWERED[case].split("\n"))
    spans = [result.origins.span(instr.origin) for instr in instructions]
    assert len(instructions) > 1
    assert all(1 <= span.line <= span.end_line <= lines for span in spans)


def test_a_blanked_table_keeps_the_columns_after_it() -> None:
    row = ", ".join(["0"] * 300)
    rows = row.replace("0", "0: 0")
    text = f"def f(x):\n    y = [{row}]; x[0] = y\n    z = ({row},\n  1); y = {{0: 1,\n {rows}}}; x += z\n"
    result = lowered(text)
    found = {
        type(instr).__name__: result.origins.span(instr.origin)
        for block in result.function.blocks
        for instr in block.instructions
    }
    store, augment = found["SetItem"], found["Augment"]
    lines = text.split("\n")
    assert lines[store.line - 1][store.column : store.end_column] == "x[0] = y"
    assert lines[augment.line - 1][augment.column : augment.end_column] == "x += z"
    assert (store.line, augment.line) == (2, 5)


def test_a_set_of_constants_stays_a_set() -> None:
    row = ", ".join(map(str, range(300)))
    built: Instr = lowered(function(f"y = {{{row}}}")).function.blocks[0].instructions[0]
    assert isinstance(built, Build)
    assert (built.kind, built.elements) == ("set", ())


def test_libcst_stays_out_until_something_is_lowered() -> None:
    script = textwrap.dedent("""
        import ast, sys, tensorlint.triage
        from tensorlint.source import Source
        from tensorlint.syntax import lower, outline
        source = Source.read("import numpy\\ndef f(): pass\\n")
        drawn = outline(ast.parse(source.text))
        assert "libcst" not in sys.modules
        lower(source, drawn, drawn.units[0])
        assert "libcst" in sys.modules
        print([name for name in sys.modules if name.startswith(("libcst.matchers", "libcst.codemod"))])
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
