"""Particulars that decide what is told: of each a case on either side, in a function of a few lines."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text
from tensorlint.inspection import Inspection
from tensorlint.source import Source

HEAD = "import jax\nimport numpy as np\nimport shop\nimport torch\n"


def function(parameters: str, body: str) -> str:
    return f"{HEAD}def f({parameters}):\n{textwrap.indent(body, '    ')}\n"


TOLD = [
    # which item of a display is meant
    ("x: np.ndarray, y: np.ndarray", "z = [x, y][-1][1:]\nz += 1\nreturn y.sum(), z", ["TAL101"]),
    ("x: np.ndarray, y: np.ndarray", "z = [x, y][-1][1:]\nz += 1\nreturn x.sum(), z", ["TAL103"]),
    # what a star leaves to the names behind it
    ("x: np.ndarray, y: np.ndarray", "a, *b, c = x, x, y\nz = c[1:]\nz += 1\nreturn y.sum(), z", ["TAL101"]),
    ("x: np.ndarray, y: np.ndarray", "a, *b, c = y, y, x\nz = c[1:]\nz += 1\nreturn y.sum(), z", ["TAL103"]),
    # what a nested function sees is read by it
    ("x: np.ndarray", "y = x[1:]\ny += 1\ndef g():\n    return y\nreturn x.sum(), g", ["TAL101"]),
    ("x: np.ndarray", "y = x[1:]\ny += 1\ndef g():\n    return z\nreturn x.sum(), g", ["TAL103"]),
    # turned, by whatever number of quarters
    ("x: np.ndarray, k", "y = np.rot90(x, k)\ny[0] = 1\nreturn x.sum(), y", ["TAL101"]),
    # what a container held on another way is not made on this one
    ("d, a", "if a:\n    d['x'] = np.zeros(3)\ny = d['x']\nz = y[1:]\nz += 1\nreturn y.sum(), z", []),
    # what a compiled function does not take over
    ("g, x", "step = jax.jit(g, donate_argnums=(0,))\ny = step(x)\nreturn x, y", ["TAL604"]),
    (
        "g, x, n",
        "step = jax.jit(g, donate_argnums=(0,), static_argnums=(1,))\ny = step(x, n)\nreturn n, y",
        [],
    ),
    # a dtype that is known, and one that is not
    (
        "x: np.ndarray",
        "if x.dtype == np.float64:\n    y = x.astype(np.int8, copy=False)\n    y += 1\n    return x.sum(), y",
        [],
    ),
    (
        "x: np.ndarray",
        "if x.dtype == shop.KIND:\n    y = x.astype(np.int8, copy=False)\n    y += 1\n    return x.sum(), y",
        ["TAL102"],
    ),
    # what an annotation, or another index, tells of a name
    ("a", "y = shop.get(a)\ny: np.ndarray\nz = y[1:]\nz += 1\nreturn y, z", ["TAL101"]),
    ("a", "y = shop.get(a)\nz = y[1:]\nz += 1\nreturn y, z", []),
    ("a", "y: np.ndarray\ny = shop.get(a)\nz = y[1:]\nz += 1\nreturn y, z", []),
    ("x: np.ndarray", "y = x[0]\ny += 1\nreturn x[0, 1], y", ["TAL101"]),
    ("x: np.ndarray", "y = x[0]\ny += 1\nreturn x[0], y", []),  # perhaps a number
    # its own dtype, and another's
    ("x: np.ndarray", "y = x.astype(x.dtype, copy=False)\ny += 1\nreturn x.sum(), y", ["TAL103"]),
    ("x: np.ndarray, w", "y = x.astype(w.dtype, copy=False)\ny += 1\nreturn x.sum(), y", ["TAL102"]),
    # what is no array on this way
    ("x: np.ndarray", "if not isinstance(x, np.ndarray):\n    x += 1\nreturn x", []),
    ("x: np.ndarray", "if isinstance(x, np.ndarray):\n    x += 1\nreturn x", ["TAL103"]),
    # who holds it reads it
    ("d, x: np.ndarray", "y = x.reshape(3)\ny += 1\nd['a'] = x\nreturn y", ["TAL102"]),
    # parts of what requires grad, written where nothing trains
    ("", "w = torch.ones(4, requires_grad=True)\na, b = (w * 2).unbind()\na.add_(1)\nreturn a", []),
    (
        "",
        "w = torch.ones(4, requires_grad=True)\na, b = (w * 2).unbind()\na.add_(1)\na.sum().backward()",
        ["TAL602"],
    ),
    # weights that another model gets, where it is named as one with its own
    (
        "a, target_a",
        "for p, t in zip(a.parameters(), target_a.parameters()):\n    t.data = p.data",
        ["TAL105"],
    ),
    ("a, b", "for p, t in zip(a.parameters(), b.parameters()):\n    t.data = p.data", []),
    # lengths that are computed
    ("n", "m = n * 2\nreturn torch.zeros(m, 3).t().view(m * 3)", ["TAL501"]),
    ("n", "m = len(n) * 2\nreturn torch.zeros(m, 3).t().view(m * 3)", ["TAL501"]),
    ("n: np.ndarray", "m = n * 2\nreturn torch.zeros(m, 3).t().view(m * 3)", []),
    # one flag decides over making and keeping; of two flags nobody knows, nor of what changes between
    (
        "n, flag",
        (
            "d = {}\nfor i in range(n):\n    if flag:\n        x = np.zeros(3)\n"
            "    if flag:\n        x[0] = i\n"
            "    if flag:\n        d[i] = x\nreturn d"
        ),
        [],
    ),
    (
        "n, flag, other",
        (
            "d = {}\nfor i in range(n):\n    if other:\n        x = np.zeros(3)\n"
            "    if flag:\n        x[0] = i\n"
            "    if flag:\n        d[i] = x\nreturn d"
        ),
        ["TAL106"],
    ),
    (
        "n, flag",
        (
            "d = {}\nif n > 9:\n    flag = False\nfor i in range(n):\n    if flag:\n        x = np.zeros(3)\n"
            "    if flag:\n        x[0] = i\n    if flag:\n        d[i] = x\nreturn d"
        ),
        [],
    ),
    (
        "n, flag",
        (
            "d = {}\nfor i in range(n):\n    if flag:\n        x = np.zeros(3)\n    flag = i > 3\n"
            "    if flag:\n        x[0] = i\n    if flag:\n        d[i] = x\nreturn d"
        ),
        ["TAL106"],
    ),
    (
        "n",
        (
            "d = {}\nfor i in range(n):\n    if not d:\n        x = np.zeros(3)\n    x[0] = i\n"
            "    if not d:\n        d[i] = x\n    else:\n        d[-i] = x\nreturn d"
        ),
        ["TAL106", "TAL106"],
    ),
    ("flag", "x = np.ones(3)\ny = x[1:]\nif flag:\n    y += 1\nif not flag:\n    return x, y\nreturn 0", []),
    (
        "flag",
        "x = np.ones(3)\ny = x[1:]\nif flag:\n    y += 1\nif flag:\n    return x, y\nreturn 0",
        ["TAL101"],
    ),
    # a tensor that goes over to another storage is not read
    ("", "x = torch.ones(3, 2)\nh, s = x.unbind(1)\nh += 1\nreturn x.set_(torch.stack([h % 1, s]))", []),
    (
        "",
        "x = torch.ones(3, 2)\nh, s = x.unbind(1)\nh += 1\nreturn torch.stack([h % 1, s]) + x",
        ["TAL101"],
    ),
    # a name that means nothing in each turn at first, and gets what is made then; and one that keeps it
    (
        "d, n",
        (
            "f = {}\nfor k in range(n):\n    x = None\n    for i in range(9):\n        if x is None:\n"
            "            x = torch.empty(9)\n        x[i].copy_(d)\n"
            "    if x is not None:\n        f[k] = x\nreturn f"
        ),
        [],
    ),
    (
        "d, n",
        (
            "f = {}\nx = None\nfor k in range(n):\n    for i in range(9):\n        if x is None:\n"
            "            x = torch.empty(9)\n        x[i].copy_(d)\n"
            "    if x is not None:\n        f[k] = x\nreturn f"
        ),
        ["TAL106"],
    ),
    # what a comment says of an argument, and of anything else
    ("x: np.ndarray", "# overwrites the input\nx[0] = 1\nreturn x", []),
    ("x: np.ndarray", "x[0] = 1  # x itself, in place\nreturn x", []),
    ("x: np.ndarray", "# overwrites the first\nx[0] = 1\nreturn x", ["TAL103"]),
    ("x: np.ndarray", "# FIXME: overwrites the input\nx[0] = 1\nreturn x", ["TAL103"]),
    ("x: np.ndarray", "# does not overwrite the input\nx[0] = 1\nreturn x", ["TAL103"]),
    # a second name beside a copy, and one without
    ("n", "x = np.arange(3) * shop.V\nc = x.copy()\ny = x\nx *= 2\nassert np.array_equal(y, x)", []),
    ("n", "x = np.arange(3) * shop.V\ny = x\nx *= 2\nassert np.array_equal(y, x)", ["TAL105"]),
    # an address that goes with a leading dimension
    ("f, n", "x = np.ones((3, 4)).T\nlda = n\nf(n, x.ctypes.data, lda)\nreturn x", []),
    ("f, n", "x = np.ones((3, 4)).T\nf(n, x.ctypes.data)\nreturn x", ["TAL502"]),
    # what stands in for a dictionary says nothing of it
    (
        "e=None",
        "if e is None:\n    e = np.arange(3)\n    e -= 1\nif 'a' in e.keys():\n    e['b'] = [1]\nreturn 1",
        [],
    ),
    ("e=None", "if e is None:\n    e = np.arange(3)\ne -= 1\nreturn 1", ["TAL103"]),
]


@pytest.mark.parametrize(("parameters", "body", "codes"), TOLD, ids=[body for _, body, _ in TOLD])
def test_what_is_told(parameters: str, body: str, codes: list[str]) -> None:
    assert [each.code for each in lint_text(function(parameters, body), "x.py")] == codes


FILES = {
    "a list that another method made": (
        """
        class A:
            def run(self, n):
                x = np.zeros(3)
                for _ in range(n):
                    x += 1
                    self.path += [x]
        """,
        ["TAL106"],
    ),
    "a record of a weight and a number": (
        """
        def train(model, opt, xs):
            path = []
            w = model.weight
            for x in xs:
                model(x).sum().backward()
                opt.step()
                path.append((w, 3, model.bias))
            return path
        """,
        [],
    ),
    "what is kept of the first call": (
        """
        class A:
            def __init__(self):
                self.m = None

            def add(self, g: np.ndarray):
                if self.m is None:
                    self.m = g
                else:
                    self.m += g
        """,
        ["TAL103"],
    ),
    "where the only call hands in what is new": (
        """
        class A:
            def __init__(self):
                self.m = None

            def add(self, g: np.ndarray):
                if self.m is None:
                    self.m = g
                else:
                    self.m += g

        def run():
            a = A()
            a.add(np.zeros(3))
        """,
        [],
    ),
    "two attributes that are set to one array": (
        """
        class A:
            def __init__(self, x: np.ndarray):
                self.a = x.copy()
                self.b = self.a

            def step(self):
                self.b = self.a

            def add(self, n):
                self.a += n
                return self.b

            def show(self):
                return self.a, self.b
        """,
        ["TAL105"],
    ),
    "weights in an optimizer that somebody makes": (
        """
        class Agent:
            def __init__(self, net):
                self.policy = net
                self.target = self.policy
                self.optimizer = shop.make(self.policy.parameters())

            def learn(self, x):
                return self.policy(x) - self.target(x)
        """,
        ["TAL105"],
    ),
    "weights in whatever somebody makes": (
        """
        class Agent:
            def __init__(self, net):
                self.policy = net
                self.target = self.policy
                self.sizes = shop.make(self.policy.parameters())

            def learn(self, x):
                return self.policy(x) - self.target(x)
        """,
        [],
    ),
    "layers in a list that is made anew": (
        """
        class A(torch.nn.Module):
            def __init__(self, n):
                super().__init__()
                layer = torch.nn.Linear(3, 3)
                for _ in range(n):
                    layers = torch.nn.ModuleList()
                    layers.append(layer)
                self.layers = layers
        """,
        [],
    ),
    "layers in one list": (
        """
        class A(torch.nn.Module):
            def __init__(self, n):
                super().__init__()
                layer = torch.nn.Linear(3, 3)
                layers = torch.nn.ModuleList()
                for _ in range(n):
                    layers.append(layer)
                self.layers = layers
        """,
        ["TAL303"],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_told_of_a_file(name: str) -> None:
    text, codes = FILES[name]
    assert [each.code for each in lint_text(HEAD + textwrap.dedent(text), "x.py")] == codes


LAID_OUT = [
    ("n, k", "y = torch.zeros(n, k).squeeze()", True),
    ("n, k", "y = torch.zeros(n, k).t().squeeze()", None),
    ("n", "y = torch.zeros(2, n)[:, ::1]", True),
    ("n", "y = torch.zeros(2, n)[:, ::2]", False),
    ("", "y = torch.zeros(3, 4) + torch.zeros(3, 4)", True),
    ("", "y = torch.zeros(3, 4) + torch.zeros(4, 3).t()", None),
    ("k", "y = torch.zeros(3, 4) * shop.get(k)", None),  # which may be another tensor, and longer
    # axes that are not there: what raises is no worse than that
    ("", "y = torch.zeros(2, 3).movedim(5, 0)", None),
    ("", "y = torch.zeros(2, 3).flatten(0, 5)", True),
]


@pytest.mark.parametrize(
    ("parameters", "body", "contiguous"), LAID_OUT, ids=[body for _, body, _ in LAID_OUT]
)
def test_what_lies_in_order(parameters: str, body: str, contiguous: bool | None) -> None:
    text = function(parameters, f"{body}\nreturn y")
    assert Inspection(Source.read(text)).contiguous("f", text.count("\n"), "y") is contiguous


def test_where_called_functions_write_is_told_to_the_innermost() -> None:
    text = "import numpy as np\ndef h(x: np.ndarray):\n    x += 1\ndef g(x: np.ndarray):\n    h(x)\n"
    (found,) = [
        each
        for each in lint_text(f"{text}def f(x: np.ndarray):\n    g(x)\n    return x\n", "x.py")
        if each.line == 7
    ]
    assert [note.line for note in found.notes] == [5, 3]


@pytest.mark.parametrize(
    ("head", "docstring"),
    [("x: np.ndarray", ""), ("x: np.ndarray, out=None", ""), ("x: np.ndarray", "In place.")],
)
def test_what_a_function_declares_it_writes_is_told_of_who_hands_in_the_callers(
    head: str, docstring: str
) -> None:
    text = f'{HEAD}def g({head}):\n    """{docstring or "Do it."}"""\n    x += 1\n'
    text += "def f(x: np.ndarray):\n    g(x)\n    return x\n"
    assert [(each.code, each.line) for each in lint_text(text, "x.py") if each.line > 8] == [("TAL103", 9)]


@pytest.mark.parametrize(
    ("index", "raises"), [("m", False), (":", True), ("[0, 1]", False)], ids=["a mask", "all", "a list"]
)
def test_a_store_that_picks_elements_writes_a_shared_cell_and_never_raises(index: str, raises: bool) -> None:
    text = function("m: torch.Tensor", f"y = torch.zeros(3).expand(4, 3)\ny[{index}] = 1.0\nreturn y.sum()")
    (found,) = [each for each in lint_text(text, "x.py") if each.code == "TAL107"]
    assert ("raises" in found.message) == raises
