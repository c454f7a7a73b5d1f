"""What attributes of a file's classes hold: by every method that sets them, by what is stated, or nothing."""

from __future__ import annotations

import ast
import textwrap

import pytest

from tensorlint import lint_text
from tensorlint.alias.lattice import Sharing
from tensorlint.analysis import Analysis
from tensorlint.inspection import analyse
from tensorlint.source import Source

HEAD = """\
import numpy as np
import torch
from dataclasses import dataclass, field
from torch import Tensor, nn
from typing import ClassVar, NamedTuple, Optional
"""


def analysis_of(text: str) -> Analysis:
    source = Source.read(HEAD + textwrap.dedent(text))
    return Analysis(source, ast.parse(source.text))


def held(text: str, attribute: str = "a") -> str:
    """What ``A`` holds in an attribute: its type, those of what is inside, and what it is the same as."""
    known = analysis_of(text).attribute(".A", attribute)
    if known is None:
        return "nothing"
    inside = "".join(f"[{element.type or '?'}]" for element in known.elements)
    return (known.value.type or "?") + inside + (f" = {known.same_as}" if known.same_as else "")


def reported(text: str) -> list[str]:
    """The source of the lines that are reported."""
    text = HEAD + textwrap.dedent(text)
    lines = text.split("\n")
    return [lines[diagnostic.line - 1].strip() for diagnostic in lint_text(text)]


def made(*statements: str, parameters: str = "self, x", more: str = "") -> str:
    """A class ``A`` whose constructor has these statements."""
    body = "\n        ".join(statements)
    return f"class A:\n    def __init__({parameters}):\n        {body}\n{textwrap.indent(more, '    ')}"


def method(name: str, *statements: str) -> str:
    return f"def {name}(self, y):\n    " + "\n    ".join(statements) + "\n"


BY_SETTERS = [
    ("made", made("self.a = np.zeros(3)"), "numpy.ndarray"),
    ("another name for self", made("this.a = np.zeros(3)", parameters="this"), "numpy.ndarray"),
    ("a layer", made("self.a = nn.Linear(2, 3)"), "torch.nn.Linear"),
    (
        "lists of lists",
        made("self.a = [[np.zeros(2)] * 3 for _ in range(2)]"),
        "builtins.list[builtins.list][numpy.ndarray]",
    ),
    ("a parameter", made("self.a = x"), "?"),
    ("a stated parameter", made("self.a = x", parameters="self, x: Tensor"), "torch.Tensor"),
    ("an object of its own class", made("self.a = x", parameters="self, x: 'A'"), ".A"),
    ("unpacked", made("self.a, self.b = np.zeros(3), torch.zeros(3)"), "numpy.ndarray"),
    ("a chain", made("self.a = self.b = np.zeros(3)"), "numpy.ndarray"),
    ("written afterwards", made("self.a = np.zeros(3)", "self.a += 1", "self.a = self.a * 2"),
     "numpy.ndarray"),
    ("a view of another attribute", made("self.b = np.zeros(3)", "self.a = self.b[1:]"), "numpy.ndarray"),
    ("a list", made("self.a = [np.zeros(3) for _ in range(3)]"), "builtins.list[numpy.ndarray]"),
    ("a list, filled", made("self.a = []", "for i in range(3): self.a.append(np.zeros(3))"),
     "builtins.list[numpy.ndarray]"),
    ("a dict", made("self.a = {'x': np.zeros(3)}"), "builtins.dict[numpy.ndarray]"),
    ("a mixed list", made("self.a = [np.zeros(3), torch.zeros(3)]"), "builtins.list"),
    ("nothing", made("self.b = 1"), "nothing"),
    ("only None", made("self.a = None"), "nothing"),
    ("only deleted", made("del self.a"), "nothing"),
    ("unknown", made("self.a = shop()"), "?"),
    ("a loop's target", made("for self.a in x: pass"), "?"),
    ("what with gives", made("with x as self.a: pass"), "?"),
    ("either of two", made("if x:", "    self.a = np.zeros(3)", "else:", "    self.a = torch.zeros(3)"), "?"),
    ("set by name", made("setattr(self, 'a', np.zeros(3))"), "numpy.ndarray"),
    ("set by a computed name", made("setattr(self, 'a'[:1], np.zeros(3))"), "nothing"),
    ("set in __dict__", made("self.__dict__['a'] = np.zeros(3)"), "nothing"),
    ("no self", made("self.a = np.zeros(3)", parameters=""), "nothing"),
    ("of the class", "class A:\n    a = np.zeros(3)\n", "numpy.ndarray"),
    ("of the class, and set",
     "class A:\n    a = np.zeros(3)\n    def m(self, x):\n        self.a = x\n", "?"),
    ("from outside", "class A: ...\nA.a = np.zeros(3)\n", "nothing"),
    # several methods
    ("None first", made("self.a = None", more=method("m", "self.a = np.zeros(3)")), "numpy.ndarray"),
    ("None later", made("self.a = np.zeros(3)", more=method("m", "self.a = None")), "numpy.ndarray"),
    ("two alike", made("self.a = np.zeros(3)", more=method("m", "self.a = np.ones(2)")), "numpy.ndarray"),
    ("only written elsewhere", made("self.a = np.zeros(3)", more=method("m", "self.a += y")),
     "numpy.ndarray"),
    ("not in the constructor", "class A:\n    def m(self):\n        self.a = np.zeros(3)\n", "numpy.ndarray"),
    ("two different", made("self.a = np.zeros(3)", more=method("m", "self.a = torch.ones(2)")), "nothing"),
    ("three different",
     made("self.a = 1", more=method("m", "self.a = []") + method("n", "self.a = np.zeros(3)")), "nothing"),
    ("three different tensors",
     made("self.a = np.ones(1)",
     more=method("m", "self.a = torch.ones(1)") + method("n", "self.a = {}")), "nothing"),
    ("300 setters", "class A:\n" + "".join(
        textwrap.indent(method(f"m{n}", "self.a = np.zeros(3)"),
        "    ") for n in range(300)), "nothing"),
    # modules
    ("a buffer", ("class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
                 "        self.register_buffer('a', torch.zeros(3))\n"), "torch.Tensor"),
    ("a registered parameter", ("class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
                               "        self.register_parameter('a', nn.Parameter(torch.zeros(3)))\n"),
     "torch.nn.Parameter"),
    ("a stated buffer", ("class A(nn.Module):\n    a: Tensor\n    def __init__(self, x):\n"
                        "        super().__init__()\n        self.register_buffer('a', x)\n"),
                        "torch.Tensor"),
    # methods that call one another
    ("by a method", ("class A:\n    def __init__(self):\n        self.a = self.m()\n    def m(self):\n"
                    "        return np.zeros(3)\n"), "numpy.ndarray"),
    ("recursion", ("class A:\n    def __init__(self):\n        self.a = self.m()\n    def m(self):\n"
                  "        return self.n()\n    def n(self):\n        return self.m()\n"), "?"),
    ("by itself", made("self.a = self.a"), "nothing"),
    ("each by the other", made("self.a = self.b", more=method("m", "self.b = self.a")), "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in BY_SETTERS], ids=[c[0] for c in BY_SETTERS])
def test_by_setters(text: str, expected: str) -> None:
    assert held(text).partition(" = ")[0] == expected


def documented(docstring: str) -> str:
    return f"class A:\n    {docstring!r}\n    def __init__(self, a):\n        self.a = a\n"


STATED = [
    ("in the body", "class A:\n    a: Tensor\n", "torch.Tensor"),
    ("in the body, and set", "class A:\n    a: Tensor\n    def __init__(self, x):\n        self.a = x\n",
     "torch.Tensor"),
    ("at the assignment", made("self.a: np.ndarray = x"), "numpy.ndarray"),
    ("a list", "class A:\n    a: list[Tensor]\n", "builtins.list[torch.Tensor]"),
    ("optional", "class A:\n    a: Optional[Tensor] = None\n", "torch.Tensor"),
    ("of the class", "class A:\n    a: ClassVar[Tensor]\n", "torch.Tensor"),
    ("of a nested class", "class A:\n    class B:\n        a: Tensor\n", "nothing"),
    ("of another object", made("x.a: Tensor = 1"), "nothing"),
    ("a union", "class A:\n    a: Tensor | np.ndarray\n", "nothing"),
    ("wrong", "class A:\n    a: 'Tensor['\n", "nothing"),
    ("itself", "class A:\n    a: a\n", "nothing"),
    ("a docstring", documented("Do.\n\nAttributes\n----------\na : ndarray\n    Words."), "numpy.ndarray"),
    ("a Google docstring", documented("Do.\n\nArgs:\n    a (Tensor): Words."), "torch.Tensor"),
    ("its parameters", documented("Do.\n\nParameters\n----------\na : ndarray"), "numpy.ndarray"),
    ("a docstring that says nothing", documented("Attributes\n----------"), "?"),
    ("a broken docstring", documented("Do.\n\nArgs:\n    a (Tensor: Words."), "?"),
    ("what is made counts more", made("self.a: Tensor = np.zeros(3)"), "numpy.ndarray"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in STATED], ids=[c[0] for c in STATED])
def test_stated(text: str, expected: str) -> None:
    assert held(text) == expected


BASE = "class B:\n    def __init__(self):\n        self.a = np.zeros(3)\n"
INHERITED = [
    ("from the base", f"{BASE}class A(B): ...\n", "numpy.ndarray"),
    ("from its base", f"{BASE}class C(B): ...\nclass A(C): ...\n", "numpy.ndarray"),
    ("overridden", f"{BASE}{made('self.a = torch.zeros(3)').replace('class A', 'class A(B)')}",
     "torch.Tensor"),
    ("stated in the base", "class B:\n    a: Tensor\nclass A(B): ...\n", "torch.Tensor"),
    ("of an unknown base", "class A(Shop): ...\n", "nothing"),
    ("a class of itself", "class A(A):\n    def __init__(self):\n        self.a = np.zeros(3)\n",
     "numpy.ndarray"),
    ("an empty class of itself", "class A(A): ...\n", "nothing"),
    ("a circle", f"class A(B): ...\n{BASE.replace('class B', 'class B(A)')}", "numpy.ndarray"),
    ("an empty circle", "class A(B): ...\nclass B(C): ...\nclass C(A): ...\n", "nothing"),
    ("a long line", BASE + "class C0(B): ...\n" + "".join(f"class C{n + 1}(C{n}): ...\n" for n in range(200))
     + "class A(C200): ...\n", "numpy.ndarray"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in INHERITED], ids=[c[0] for c in INHERITED])
def test_inherited(text: str, expected: str) -> None:
    assert held(text) == expected


RECORDS = [
    ("a dataclass", "@dataclass\nclass A:\n    x: np.ndarray\n    n: int = 3\n", "x n"),
    ("with options", "@dataclass(frozen=True)\nclass A:\n    x: np.ndarray\n", "x"),
    ("a named tuple", "class A(NamedTuple):\n    x: np.ndarray\n    n: int = 3\n", "x n"),
    ("inherited", "@dataclass\nclass B:\n    x: int\n@dataclass\nclass A(B):\n    y: int\n", "x y"),
    ("no fields", "@dataclass\nclass A:\n    x: ClassVar[int]\n    y = 3\n    z: int = field(init=False)\n",
     ""),
    ("no record", "class A:\n    x: np.ndarray\n", ""),
    ("an unknown decorator", "@shop.dataclass\nclass A:\n    x: np.ndarray\n", ""),
    ("of itself", "@dataclass\nclass A(A):\n    a: 'A'\n", "a"),
    ("a circle", "@dataclass\nclass A(B):\n    a: 'B'\n@dataclass\nclass B(A):\n    b: 'A'\n", "b a"),
    ("fields twice", "@dataclass\nclass A:\n    x: int\n    x: str\n", "x"),
    ("odd annotations", "@dataclass\nclass A:\n    x: lambda: 3\n    y: '['\n    z: 3\n", "x y z"),
    ("empty", "@dataclass\nclass A: ...\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in RECORDS], ids=[c[0] for c in RECORDS])
def test_constructors_that_decorators_write(text: str, expected: str) -> None:
    signature = analysis_of(text).signature(".A.__init__", {})
    found = [parameter.name for parameter in signature.parameters[1:]] if signature is not None else []
    assert found == expected.split()


def in_another_method(constructor: str, more: str = "") -> str:
    return made(
        *constructor.split("; "), parameters="self", more=f"{more}def m(self):\n    return self.a, self.b\n"
    )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (in_another_method("self.b = np.ones(3)", method("s", "self.a = self.b")), True),
        (in_another_method("self.b = np.ones(3)", method("s", "self.a = self.b[1:]")), False),
        (in_another_method("self.b = np.ones(3)", method("s", "self.a = self.b.copy()")), False),
        (in_another_method("self.b = np.ones(3); self.a = np.ones(3)"), False),
        (in_another_method("self.b = np.ones(3); self.a = None", method("s", "self.a = self.b")), True),
    ],
    ids=["the same", "a view", "a copy", "another", "None first"],
)
def test_one_object_in_two_attributes(text: str, same: bool) -> None:
    whole = HEAD + text
    line = whole[: whole.index("return self.a")].count("\n") + 1
    answer = analyse(whole).sharing("A.m", line, "self.a", "self.b")
    assert (answer is Sharing.DEFINITE) is same


def test_an_attribute_of_an_attribute() -> None:
    text = """
    class Inner:
        def __init__(self):
            self.rows = np.ones((3, 3))

    class Outer:
        def __init__(self):
            self.inner = Inner()

        def bad(self):
            first = self.inner.rows[0]
            first -= first.mean()
            return first, self.inner.rows

        def good(self):
            other = self.inner.rows[0].copy()
            other -= other.mean()
            return other, self.inner.rows
    """
    assert reported(text) == ["first -= first.mean()"]


PROPERTY = """
class A:
    def __init__(self):
        self._x = np.ones(3)
    {decorator}
    def x(self):
        return self._x{taken}
    def m(self):
        y = self.x
        y -= y.mean()
        return y, self._x
"""


@pytest.mark.parametrize(
    ("decorator", "taken", "expected"),
    [
        ("@property", "[1:]", ["y -= y.mean()"]),
        ("@property", "[1:].copy()", []),
        ("@property", " + 1", []),
        ("@functools.cached_property", "[1:]", []),  # the name means nothing: nobody imported it
        ("@shop.property", "[1:]", []),
        ("", "[1:]", []),
    ],
)
def test_properties(decorator: str, taken: str, expected: list[str]) -> None:
    assert reported(PROPERTY.format(decorator=decorator, taken=taken)) == expected


# The value that the object was made of is written through what it is said to hold.
HOLDER = """
{definition}
def f(x: np.ndarray):
    a = A(x)
    part = a.x[1:]
    part += 1
    return part, x
"""


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (made("self.x = x"), ["part += 1"]),
        (made("self.x = x.copy()"), []),
        ("@dataclass\nclass A:\n    x: np.ndarray\n", ["part += 1"]),
        ("class A(NamedTuple):\n    x: np.ndarray\n    n: int = 1\n", ["part += 1"]),
        ("@dataclass(init=False)\n" + made("self.x = x.copy()"), []),
        ("class A:\n    x: np.ndarray\n", []),
        ("class A(Shop): ...\n", []),
        ("class A:\n    __init__ = lambda self, x: setattr(self, 'x', x)\n", []),
        ("class A:\n    def __new__(cls, x):\n        return np.array(x)\n", []),
        ("def A(x): return shop(x)\n", []),
        ("A = type('A', (), {'x': np.zeros(3)})\n", []),
        ("A = Shop\n", []),
    ],
)
def test_what_an_object_is_made_of(definition: str, expected: list[str]) -> None:
    assert reported(HOLDER.format(definition=definition)) == expected


SILENT = {
    "__getattr__": """
        class A:
            def __getattr__(self, name):
                return np.zeros(3)
            def m(self):
                y = self.x[1:]
                y += 1
                return y, self.x
        """,
    "properties of one another": """
        class A:
            @property
            def x(self):
                return self.x[1:]
            @property
            def y(self):
                return self.z
            @property
            def z(self):
                return self.y
            def m(self):
                y = self.x
                y -= self.y
                return y, self.x, self.z
        """,
    "methods in a circle": """
        class A:
            def __init__(self):
                self.x = self.p()
            def p(self):
                self.y = self.q()
                return self.y
            def q(self):
                self.x = self.p()
                return self.x
            def m(self):
                y = self.x[1:]
                y += 1
                return y, self.x
        """,
    "super in a circle": """
        class A(B):
            def m(self): return super().m()
        class B(A):
            def m(self): return super().m()
        def f(a: A):
            x = a.m()
            x[1:] += 1
            return x, a.n, a.m()
        """,
    "a constructor that calls itself": """
        class A:
            def __init__(self, x):
                self.a = A(x)
                self.x = self.a.a.x
                self.__init__(self.x)
            def m(self):
                y = self.a.a.a.x[1:]
                y += 1
                return y, self.x
        """,
    "a constructor that is no function": """
        class A:
            __init__ = 3
            a: "A" = None
            def m(self):
                y = A(1)[1:]
                y += 1
                return y, A.__init__, A()
        """,
    "a metaclass": """
        class Meta(type, metaclass=Meta):
            def __new__(mcs, *args, **more):
                return super().__new__(mcs, *args, **more)
        class A(metaclass=Meta, x=3, **{}):
            def m(self):
                y = self.x[1:]
                y += 1
                return y, self.x
        """,
    "bases that are no names": """
        class A(shop(), *bases, nn.Module if x else object, metaclass=lambda *a: A):
            def __init__(self):
                super(A, self).__init__()
            def m(self):
                y = self.x[1:]
                y += 1
                return y, self.x
        """,
    "a class that is another one by then": """
        class A:
            def x(self): return 3
        class A:
            x = None
        A = A.x
        def f(a: A):
            y = a.x[1:]
            y += 1
            return y, a.x
        """,
    "records in a circle": """
        @dataclass
        class A(B):
            b: "B"
        @dataclass
        class B(A):
            a: "A"
            x: np.ndarray
        def f(a: A):
            c = A(a, a, a, a, *a, **a)
            y = c.b.a.b.a.y[1:]
            y += 1
            return y, c.b.a.b.a.x
        """,
    "attributes of what was patched": """
        A = shop
        A.x = np.zeros(3)
        del A.x
        setattr(A, "x", np.zeros(3))
        A.__init__ = lambda self: None
        A.__class__ = A
        def f(a: A):
            y = a.x[1:]
            y += 1
            return y, a.x
        """,
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_silent(text: str) -> None:
    assert reported(text) == []


def test_a_recursive_record() -> None:
    text = """
    @dataclass
    class A:
        a: "A"
        x: np.ndarray

    def f(a: A):
        y = a.a.a.a.a.a.x[1:]
        y += 1
        return y, a.a.a.a.a.a.x
    """
    assert reported(text) == ["y += 1"]


SYSTEMS = """
class System:
    def __init__(self, n):
        self.position = np.zeros((n, 2))

    def step(self, dt):
        self.position += dt


class Clock:
    def __init__(self):
        self.now = 0.0

    def step(self, dt):
        self.now += dt
"""


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"position", "step"}, ".System"),
        ({"now", "step"}, ".Clock"),
        ({"step"}, ""),
        ({"position", "now"}, ""),
        ({"position", "step", "close"}, ""),
    ],
)
def test_the_class_that_alone_has_some_members(members: set[str], expected: str) -> None:
    assert analysis_of(SYSTEMS).class_with(frozenset(members)) == expected


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        ("system", ["path.append(system.position)"]),
        ("system=None", []),
        ("system: object", []),
    ],
)
def test_a_parameter_is_of_the_class_that_has_what_it_is_asked_for(parameter: str, told: list[str]) -> None:
    lines = ["path = []", "for _ in range(3):", "    system.step(0.1)", "    path.append(system.position)"]
    body = "\n    ".join([*lines, "return path"])
    assert reported(f"{SYSTEMS}\ndef record({parameter}):\n    {body}\n") == told


STORED = "self.a = {}"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            method("load", "if y not in self.a:", "    self.a[y] = np.zeros(3)", "return self.a[y]"),
            ["numpy.ndarray"],
        ),
        (method("keep", "self.a[y] = (np.zeros(3), np.ones(3))"), ["builtins.tuple", "numpy.ndarray"]),
        (method("keep", "self.a[y] = y"), []),
        (method("keep", "self.a[y] = np.zeros(3)") + method("put", "self.a[y] = None"), []),
        (method("keep", "self.a[y] = np.zeros(3)") + method("drop", "self.a = {}"), []),
    ],
)
def test_what_a_method_stores_in_an_empty_dictionary(more: str, expected: list[str]) -> None:
    known = analysis_of(made(STORED, more=more)).stored(".A", "a")
    assert [element.type for element in known] == expected
