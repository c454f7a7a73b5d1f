"""What the calls in a file tell of a function's parameters, where all of them agree."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text
from tensorlint.alias.module import How
from tests.alias.test_evidence import show
from tests.test_classes import analysis_of


def handed(text: str, name: str = "f") -> str:
    """``x: numpy.ndarray`` for every parameter that callers type."""
    text = f"import shop\n{textwrap.dedent(text)}"
    found = analysis_of(text).handed_to(f".{name}")
    return ", ".join(f"{parameter}: {show(kind)}" for parameter, kind in sorted(found.items()))


ARRAY, TENSOR = "x: numpy.ndarray", "x: torch.Tensor"
CALL = "f(np.zeros(3))"

FUNCTIONS = [
    ("a call", f"def f(x): ...\ndef g(): {CALL}\n", ARRAY),
    ("a call of the module", f"def f(x): ...\n{CALL}\n", ARRAY),
    ("a call in a class body", f"def f(x): ...\nclass A:\n    y = {CALL}\n", ARRAY),
    ("a call in a nested function", f"def f(x): ...\ndef g():\n    def h(): {CALL}\n    return h\n", ARRAY),
    ("a call in a lambda", f"def f(x): ...\nh = lambda: {CALL}\n", ARRAY),
    ("by keyword", "def f(x): ...\ndef g(): f(x=np.zeros(3))\n", ARRAY),
    ("keyword only", "def f(*, x): ...\ndef g(): f(x=np.zeros(3))\n", ARRAY),
    ("two parameters", "def f(x, y): ...\ndef g(): f(np.zeros(3), torch.zeros(3))\n",
     f"{ARRAY}, y: torch.Tensor"),
    ("in another order", "def f(x, y): ...\ndef g(): f(y=torch.zeros(3), x=np.zeros(3))\n",
     f"{ARRAY}, y: torch.Tensor"),
    ("a list", "def f(x): ...\ndef g(): f([np.zeros(3)])\n", "x: builtins.list[numpy.ndarray]"),
    ("a number", "def f(x): ...\ndef g(): f(1)\n", "x: plain"),
    ("what the caller states", "def f(x): ...\ndef g(y: np.ndarray): f(y)\n", ARRAY),
    ("what the caller shows", "def f(x): ...\ndef g(y): f(y[:, 0].detach())\n", TENSOR),
    ("a caller's caller", "def f(x): ...\ndef g(y): f(y)\ndef h(): g(np.zeros(3))\n", ARRAY),
    ("two that agree", f"def f(x): ...\ndef g(): {CALL}\ndef h(): f(np.ones(2))\n", ARRAY),
    ("two that do not", f"def f(x): ...\ndef g(): {CALL}\ndef h(): f(torch.ones(2))\n", ""),
    ("two that do not, in one", f"def f(x): ...\ndef g():\n    {CALL}\n    f(torch.ones(2))\n", ""),
    ("one that is not known", f"def f(x): ...\ndef g(): {CALL}\ndef h(y): f(y)\n", ""),
    ("six callers", "def f(x): ...\n" + "".join(f"def g{n}(): {CALL}\n" for n in range(6)), ARRAY),
    ("300 callers", "def f(x): ...\n" + "".join(f"def g{n}(): {CALL}\n" for n in range(300)), ""),
    ("no caller", "def f(x): ...\n", ""),
    ("itself", "def f(x): f(x)\n", ""),
    ("itself and another", f"def f(x): f(x)\ndef g(): {CALL}\n", ARRAY),
    ("a circle", f"def f(x): g(x)\ndef g(x): h(x)\ndef h(x): f(x)\n{CALL}\n", ""),
    ("a long line of callers", "def f(x): ...\ndef g0(y): f(y)\n"
     + "".join(f"def g{n + 1}(y): g{n}(y)\n" for n in range(300)) + "g300(np.zeros(3))\n", ""),
    ("stars in the call", "def f(x): ...\ndef g(a): f(*a)\ndef h(a): f(**a)\n", ""),
    ("stars in the function", f"def f(*x, **y): ...\ndef g(): {CALL}\n", ""),
    ("too many arguments", "def f(x): ...\ndef g(): f(np.zeros(3), 1, 2, y=3)\n", ARRAY),
    ("only handed over", "def f(x): ...\ndef g(): map(f, [np.zeros(3)])\n", ""),
    ("a parameter of that name", f"def f(x): ...\ndef g(f): {CALL}\n", ""),
    ("a local of that name", f"def f(x): ...\ndef g():\n    f = shop.f\n    {CALL}\n", ""),
    ("a function of another module", "def f(x): ...\ndef g(): shop.f(np.zeros(3))\n", ""),
    ("of two functions the last", f"def f(y): ...\ndef f(x): ...\ndef g(): {CALL}\n", ARRAY),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in FUNCTIONS], ids=[c[0] for c in FUNCTIONS])
def test_functions(text: str, expected: str) -> None:
    assert handed(text) == expected


METHODS = [
    ("of an object", "class A:\n    def m(self, x): ...\ndef g(): A().m(np.zeros(3))\n", "A.m", ARRAY),
    ("of self", "class A:\n    def m(self, x): ...\n    def n(self): self.m(np.zeros(3))\n", "A.m", ARRAY),
    ("of an unknown object", "class A:\n    def m(self, x): ...\ndef g(a): a.m(np.zeros(3))\n", "A.m", ""),
    ("of another class",
     "class A:\n    def m(self, x): ...\nclass B:\n    def m(self, x): ...\ndef g(): B().m(np.zeros(3))\n",
     "A.m", ""),
    ("static", "class A:\n    @staticmethod\n    def m(x): ...\ndef g(): A.m(np.zeros(3))\n", "A.m", ARRAY),
    ("of the class", "class A:\n    @classmethod\n    def m(cls, x): ...\ndef g(): A.m(np.zeros(3))\n",
     "A.m", ARRAY),
    ("a constructor", "class A:\n    def __init__(self, x): ...\ndef g(): A(np.zeros(3))\n", "A.__init__",
     ARRAY),
    ("of a nested class", "class A:\n    class B:\n        def __init__(self, x): ...\nA.B(np.zeros(3))\n",
     "A.B.__init__", ARRAY),
    ("constructors that do not agree",
     "class A:\n    def __init__(self, x): ...\nA(np.zeros(3))\ndef h(): A(torch.zeros(3))\n", "A.__init__",
     ""),
    ("methods in a circle", "class A:\n    def m(self, x): self.n(x)\n    def n(self, x): self.m(x)\n",
     "A.m", ""),
    ("a constructor that makes its own class",
     "class A:\n    def __init__(self, x): self.a = A(self.a)\n    def m(self): return A(self.m())\n",
     "A.__init__", "x: .A"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "expected"), [c[1:] for c in METHODS], ids=[c[0] for c in METHODS])
def test_methods(text: str, name: str, expected: str) -> None:
    assert handed(text, name) == expected


def test_of_what_is_no_function() -> None:
    assert handed("def f(x): ...\nf(np.zeros(3))\n", "missing") == ""
    assert handed("class A: ...\nA(np.zeros(3))\n", "A") == ""


def test_an_attribute_is_what_callers_hand_to_the_constructor() -> None:
    text = "class A:\n    def __init__(self, x):\n        self.x = x\ndef g():\n    return A(np.zeros(3))\n"
    known = analysis_of(text).attribute(".A", "x")
    assert known is not None
    assert known.value.type == "numpy.ndarray"
    known = analysis_of(f"{text}def h():\n    return A(torch.zeros(3))\n").attribute(".A", "x")
    assert known is not None
    assert known.value.type == ""


# Whether `x[n]` is a view or a number depends on what `x` is.
ROW = """\
import torch


def f(x, n):
    row = x[n]
    row -= 1
    return row, x


{callers}
"""


@pytest.mark.parametrize(
    ("callers", "expected"),
    [
        ("", []),
        ("def g():\n    return f(torch.zeros(3, 3), 1)\n", [6]),
        ("def g(y: torch.Tensor):\n    return f(y, 1)\n", [6]),
        ("def g():\n    return f([1, 2], 1)\n", []),
        ("def g():\n    return f(torch.zeros(3, 3), 1), f([1, 2], 1)\n", []),
        ("def g():\n    return f(torch.zeros(3, 3), 1)\ndef h(y):\n    return f(y, 1)\n", []),
        ("def g(x, n):\n    return h(x, n)\ndef h(x, n):\n    return g(x, n), f(x, n)\n", []),
    ],
)
def test_the_linter_knows_by_callers(callers: str, expected: list[int]) -> None:
    assert [diagnostic.line for diagnostic in lint_text(ROW.format(callers=callers))] == expected


BECOMES = """\
import numpy as np
BANK = np.zeros(3)

def norm(x):
    x -= x.mean()
    return x

class Holder:
    def __init__(self):
        self.data = np.ones(3)

    def run(self):
        return norm(self.data)

def caller(given):
    {statement}
"""


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a = np.ones(3)\n    return norm(a)", How.FRESH),
        ("a = np.ones(3)\n    a = norm(a)\n    return a", How.FRESH),
        ("a = np.ones(3)\n    b = norm(a)\n    return a, b", How.USED_AGAIN),
        ("a = np.ones(3)\n    b = norm(a)\n    return len(a), b", How.FRESH),
        ("a = np.ones(3)\n    for _ in range(3):\n        b = norm(a)\n    return b", How.USED_AGAIN),
        ("return norm(given)", How.PASSED_ON),
        ("given = norm(given)\n    return given", How.PASSED_ON),
        ("return norm(x=BANK)", How.STATE),
        ("return [norm(row) for row in given]", How.PASSED_ON),
        ("for row in given:\n        yield norm(row)", How.PASSED_ON),
        ("for row in given.served_by(loader):\n        yield norm(row)", How.FRESH),
        ("for i, (row, n) in enumerate(zip(given, given[1:])):\n        yield norm(row)", How.PASSED_ON),
        ("for row in given:\n        kept.append((norm(row), row))", How.USED_AGAIN),
        ("for row in shop.rows():\n        kept.append(norm(row))", How.FRESH),
    ],
)
def test_what_becomes_of_an_argument(statement: str, expected: How) -> None:
    analysis = analysis_of(BECOMES.format(statement=statement))
    function = analysis.function_of(".norm")
    assert function is not None
    calls = analysis.calls_of(function)
    assert {call.parameter for call in calls} == {"x"}
    assert [call.how for call in calls] == [How.STATE, expected]  # Holder's own data first


INNER = "    def inner(x: np.ndarray):\n        x += 1.0\n        return x\n"
WRAPPED = f"    @functools.wraps(measure)\n{INNER}"
GIVEN = [
    ("returned", f"def make():\n{INNER}    return inner\n", True),
    ("under another name", f"def make():\n{INNER}    made = inner\n    return made\n", True),
    ("beside another", f"def make():\n{INNER}    return inner, 1\n", True),
    ("decorated", f"def make(measure):\n{WRAPPED}    return inner\n", True),
    ("of a nested one", f"def make():\n def outer():\n{INNER}    return inner\n return outer\n", True),
    ("under the name of a function", f"def inner(x): return x\ndef make():\n{INNER}    return inner\n", True),
    ("called", f"def make(y):\n{INNER}    return inner(y.copy())\n", False),
    ("handed on", f"def make(run):\n{INNER}    return run(inner)\n", False),
    ("another is returned", f"def make():\n{INNER}    def other(x): return x\n    return other\n", False),
    ("by who says so", f"def make_inplace():\n{INNER}    return inner\n", False),
    ("by who documents it", f"def make():\n    'It works in place.'\n{INNER}    return inner\n", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), [case[1:] for case in GIVEN], ids=[case[0] for case in GIVEN])
def test_nested_functions_that_are_given_out(text: str, told: bool) -> None:
    found = lint_text(f"import functools\nimport numpy as np\n{text}")
    assert [diagnostic.code for diagnostic in found] == ["TAL103"] * told
