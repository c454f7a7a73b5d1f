"""Where a function's contract may stand, and what the linter makes of it."""

from __future__ import annotations

import pytest

from tensorlint import Mutates, lint_text
from tests.syntax.reading import lowered

HEAD = """\
import numpy as np
import tensorlint
from tensorlint import Mutates
from typing import Annotated, Optional
Out = Annotated[np.ndarray, Mutates]
"""


def mutates(text: str, qualname: str = "f") -> set[str]:
    return set(lowered(HEAD + text, qualname).function.mutates)


COMMENTS = [
    ("above", "# tensorlint: mutates x\ndef f(x): ...", "x"),
    ("above, with another comment between", "# tensorlint: mutates x\n# why\ndef f(x): ...", "x"),
    ("above the decorators", "# tensorlint: mutates x\n@d\ndef f(x): ...", "x"),
    ("between the decorators and the function", "@d\n# tensorlint: mutates x\ndef f(x): ...", "x"),
    ("on the line", "def f(x):  # tensorlint: mutates x\n    ...", "x"),
    ("on the line of it all", "def f(x): ...  # tensorlint: mutates x", "x"),
    ("at the end of a long header", "def f(\n    x,\n    y,\n):  # tensorlint: mutates x\n    ...", "x"),
    ("above the first statement", "def f(x):\n    # tensorlint: mutates x\n    ...", "x"),
    ("above the docstring", "def f(x):\n    # tensorlint: mutates x\n    '''Words.'''\n    ...", "x"),
    ("below the docstring", "def f(x):\n    '''Words.'''\n    # tensorlint: mutates x\n    ...", "x"),
    ("without spaces", "#tensorlint:mutates x\ndef f(x): ...", "x"),
    ("beside another pragma", "# tensorlint: mutates x  # noqa: X100\ndef f(x): ...", "x"),
    ("async", "async def f(x):  # tensorlint: mutates x\n    ...", "x"),
    ("under if", "if 1:\n    # tensorlint: mutates x\n    def f(x): ...", "x"),
    ("two, with a comma", "# tensorlint: mutates x, y\ndef f(x, y): ...", "x y"),
    ("words after it", "# tensorlint: mutates x on purpose\ndef f(x, y): ...", "x"),
    ("two comments", "# tensorlint: mutates x\n# tensorlint: mutates y\ndef f(x, y): ...", "x y"),
    ("a path", "# tensorlint: mutates x.cache.rows\ndef f(x): ...", "x.cache.rows"),
    ("many", f"# tensorlint: mutates {', '.join(['x'] * 3_000)}\ndef f(x): ...", "x"),
    ("what is no path", "# tensorlint: mutates 3, -, x.\ndef f(x): ...", ""),
    ("no path", "# tensorlint: mutates\ndef f(x): ...", ""),
    ("another word", "# tensorlint: reads x\ndef f(x): ...", ""),
    ("another tool", "# otherlint: mutates x\ndef f(x): ...", ""),
    ("an empty line between", "# tensorlint: mutates x\n\ndef f(x): ...", ""),
    ("of the statement above", "y = 1  # tensorlint: mutates x\ndef f(x): ...", ""),
    ("of the function above", "def g(): ...  # tensorlint: mutates x\ndef f(x): ...", ""),
    ("inside of a string", "'''\n# tensorlint: mutates x\n'''\ndef f(x): ...", ""),
    ("in the body", "def f(x):\n    y = 1\n    # tensorlint: mutates x\n    ...", ""),
    ("beside the first statement", "def f(x):\n    y = 1  # tensorlint: mutates x\n    ...", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in COMMENTS], ids=[c[0] for c in COMMENTS])
def test_comments(text: str, expected: str) -> None:
    assert mutates(text) == set(expected.split())


ANNOTATIONS = [
    ("Annotated[np.ndarray, Mutates]", True),
    ("Annotated[np.ndarray, Mutates()]", True),
    ("Annotated[np.ndarray, tensorlint.Mutates]", True),
    ("Annotated[np.ndarray, 'mutates']", True),
    ("Annotated[np.ndarray, 'cells', 'mutates']", True),
    ("Annotated[np.ndarray, Mutates] | None", True),
    ("Optional[Annotated[np.ndarray, 'mutates']]", True),
    ("'Annotated[np.ndarray, Mutates]'", True),
    ("list[Annotated[np.ndarray, Mutates]]", True),
    ("Out", True),
    ("Annotated[np.ndarray, 'reads']", False),
    ("Annotated[np.ndarray, 'it mutates']", False),
    ("Annotated['Mutates', 'x']", False),
    ("Annotated[np.ndarray, 3]", False),
    ("Annotated[np.ndarray]", False),
    ("list['mutates']", False),
    ("'mutates'", False),
    ("Mutates", False),
    ("np.ndarray", False),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "expected"), ANNOTATIONS, ids=[c[0] for c in ANNOTATIONS])
def test_annotations(annotation: str, expected: bool) -> None:
    assert mutates(f"def f(x: {annotation}, y: np.ndarray): ...") == ({"x"} if expected else set())


def test_both_ways_add_up() -> None:
    assert mutates("# tensorlint: mutates y\ndef f(x: Out, y, z): ...") == {"x", "y"}


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    # tensorlint: mutates self.cache\n    def f(self): ...",
        "class A:\n    x = 1\n\n    # tensorlint: mutates self.cache\n    def f(self): ...",
        "class A:\n    def f(self):  # tensorlint: mutates self.cache\n        ...",
        "class A:\n    @property\n    def f(self):\n        # tensorlint: mutates self.cache\n        ...",
    ],
)
def test_methods(text: str) -> None:
    assert mutates(text, "A.f") == {"self.cache"}


def test_the_marker_can_be_written_in_code_that_runs() -> None:
    from typing import Annotated, get_args

    assert get_args(Annotated[int, Mutates]) == (int, Mutates)


# A write of a view of the parameter, which is read again: reported unless it is declared.
BODY = """\
    rows = x[1:]
    rows -= rows.mean()
    other = y[1:]
    other *= 2
    return rows, x, other, y
"""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("def f(x: np.ndarray, y: np.ndarray):\n", ["rows -= rows.mean()", "other *= 2"]),
        ("# tensorlint: mutates x\ndef f(x: np.ndarray, y: np.ndarray):\n", ["other *= 2"]),
        ("def f(x: Annotated[np.ndarray, 'mutates'], y: np.ndarray):\n", ["other *= 2"]),
        ("def f(x: Out, y: np.ndarray):\n", ["other *= 2"]),
        ("def f(x: np.ndarray, y: np.ndarray):  # tensorlint: mutates x, y\n", []),
        ("def f(x: np.ndarray, y: np.ndarray):\n    # tensorlint: mutates y\n", ["rows -= rows.mean()"]),
        ("# tensorlint: mutates z, x.y, rows\ndef f(x: np.ndarray, y: np.ndarray):\n",
         ["rows -= rows.mean()", "other *= 2"]),
        ("# tensorlint: mutates\ndef f(x: np.ndarray, y: np.ndarray):\n",
         ["rows -= rows.mean()", "other *= 2"]),
    ],
)  # fmt: skip
def test_a_declared_write_is_not_reported(header: str, expected: list[str]) -> None:
    text = HEAD + header + BODY
    lines = text.split("\n")
    assert [lines[diagnostic.line - 1].strip() for diagnostic in lint_text(text)] == expected


CALLER = """

def g():
    image = np.arange(8.0).reshape(2, 4)
    row = image[1]
    f(row)
    return row, image
"""


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("# tensorlint: mutates x\ndef f(x):\n    shop.fill(x)\n", ["f(row)"]),
        ("def f(x: Annotated[np.ndarray, Mutates]):\n    shop.fill(x)\n", ["f(row)"]),
        ("@shop.registered\ndef f(x):  # tensorlint: mutates x\n    pass\n", ["f(row)"]),
        ("def f(x):  # tensorlint: mutates x\n    yield x\n", ["f(row)"]),
        ("def f(x):  # tensorlint: mutates x\n    x += 1\n", ["f(row)"]),
        ("def f(x, y=None):  # tensorlint: mutates y\n    shop.fill(x)\n", []),
        ("def f(x):\n    shop.fill(x)\n", []),
        ("def f(x):\n    return x + 1\n", []),
    ],
)
def test_a_caller_is_told(function: str, expected: list[str]) -> None:
    text = HEAD + "import shop\n" + function + CALLER
    lines = text.split("\n")
    assert [lines[diagnostic.line - 1].strip() for diagnostic in lint_text(text)] == expected
