"""What makes a class or a name something else than it looks: nothing is known then, and nothing is said."""

from __future__ import annotations

import pytest

from tests.conftest import Lint

HEAD = "import numpy as np\nfrom dataclasses import dataclass\nfrom typing import Union\n"
USE = "\ndef f(x: np.ndarray):\n    {made}\n    y += 1\n    return y, x\n"
KEEPS = "class A:\n    def __init__(self, x):\n        self.x = x\n"
VIEWS = "class A:\n    def m(self, x):\n        return x[1:]\n"

CASES = [
    ("a record that copies",
     "@dataclass\nclass A:\n    x: np.ndarray\n    def __post_init__(self): self.x = self.x.copy()\n",
     "y = A(x).x[1:]"),
    ("a patched method", VIEWS + "A.m = lambda self, x: x.copy()\n", "y = A().m(x)"),
    ("a method set by name", VIEWS + "setattr(A, 'm', lambda self, x: x.copy())\n", "y = A().m(x)"),
    ("an object's own method", VIEWS, "a = A(); a.m = np.copy; y = a.m(x)"),
    ("an attribute over a method", VIEWS + "    def __init__(self):\n        self.m = np.copy\n",
     "y = A().m(x)"),
    ("a replaced function", "def m(x): return x[1:]\nm = np.copy\n", "y = m(x)"),
    ("a metaclass",
     "class M(type):\n    def __call__(cls, x): return x.copy()\n" + KEEPS.replace("A:", "A(metaclass=M):"),
     "y = A(x).x[1:]"),
    ("a constructor of its own", KEEPS + "    def __new__(cls, x): return np.array(x)\n", "y = A(x).x[1:]"),
    ("attributes that are computed", KEEPS + "    def __getattribute__(self, name): return np.zeros(3)\n",
     "y = A(x).other[1:]"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "made"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_nothing_is_said(before: str, made: str, lint: Lint) -> None:
    assert lint(HEAD + before + USE.format(made=made)).places == []


@pytest.mark.parametrize("made", ["y = A().m(x)"])
def test_the_same_method_untouched_is_known(made: str, lint: Lint) -> None:
    assert [code for code, _, _ in lint(HEAD + VIEWS + USE.format(made=made)).places] == ["TAL101"]


@pytest.mark.parametrize("width", [4, 16])
def test_aliases_of_aliases_end(width: int, lint: Lint) -> None:
    steps = [f"A{n} = Union[{', '.join([f'A{n + 1}'] * width)}]\n" for n in range(9)]
    text = (
        HEAD + "".join(steps) + "A9 = np.ndarray\ndef f(x: A0):\n    y = x[1:]\n    y += 1\n    return y, x\n"
    )
    assert len(lint(text, seconds=20).places) <= 1


@pytest.mark.parametrize(
    ("cell", "said"), [("", 1), ("# %%\n", 0), ("# In[2]:\n", 0), ("# waves.ipynb\n", 0)]
)
def test_a_cell_shows_what_its_last_line_gives(cell: str, said: int, lint: Lint) -> None:
    assert len(lint(f"import torch\nx = torch.zeros(6)\n{cell}x.reshape(3, 2)\n").places) == said


@pytest.mark.parametrize(
    ("call", "said"), [("np.dot(x, x)", 0), ("np.bincount(x)", 0), ("np.roll(x, 1)", 1), ("x.dot(x)", 1)]
)
def test_a_script_shows_what_takes_no_place_of_its_argument(call: str, said: int, lint: Lint) -> None:
    assert len(lint(f"import numpy as np\nx = np.arange(6)\n{call}\nprint(x)\n").places) == said
    assert len(lint(f"import numpy as np\ndef f(x: np.ndarray):\n    {call}\n    print(x)\n").places) == 1


@pytest.mark.parametrize(("statements", "said"), [
    ("box.expand(2)", 0), ("box.select(fn=f, inputs=box)", 0), ("box.clip(3)", 0),
    ("box.unsqueeze(0)", 1), ("box = torch.zeros(3); box.expand(2, 3); return box", 1),
])  # fmt: skip
def test_what_an_unknown_call_gives_is_a_tensor_by_methods_of_tensors_alone(
    statements: str, said: int, lint: Lint
) -> None:
    text = f"import torch\nimport widgets\ndef f():\n    box = widgets.Box()\n    {statements}\n"
    assert len(lint(text).places) == said


def test_what_a_relative_import_gives_has_no_name(lint: Lint) -> None:
    head = "import torch\nfrom ...lanes import V\ndef f(x: torch.Tensor):\n"
    for before in ("", "    V.known(x)\n"):
        text = f"{head}{before}    if x.is_contiguous:\n        return x\n"
        assert [code for code, _, _ in lint(text).places] == ["TAL507"]


def test_the_library_of_an_array_is_no_array(lint: Lint) -> None:
    ranked = (
        "def ranked(samples, xp):\n    samples = xp.sort(samples, axis=-1)\n"
        "    return xp.moveaxis(samples, 0, -1)\n"
    )
    middle = (
        "def middle(a: np.ndarray, b: np.ndarray, xp):\n    c = xp.reshape(a + b, a.shape)\n"
        "    c[xp.isinf(a)] = 0\n    return c, xp.sum(a)\n"
    )
    made = (
        "def made(xp, n):\n    x = xp.reshape(xp.arange(n), (3, 5))\n    x[1, 2] = xp.nan\n"
        "    return xp.full(n, x)\n"
    )
    assert lint(HEAD + ranked + middle + made).places == []


def test_what_was_copied_where_that_was_needed_is_written(lint: Lint) -> None:
    text = (
        "def f(res: np.ndarray, shape, mask):\n    copied = False\n    if res.shape != shape:\n"
        "        res = np.broadcast_to(res, shape)\n        copied = mask.any()\n    if copied:\n"
        "        res = res.copy()\n    if mask.any():\n        res[mask] = 0\n    return res\n"
    )
    assert lint(HEAD + text).places == []


CALLED = "class {name}:\n    def __call__(self, x: np.ndarray):\n        x *= 2\n        return x\n"
WINDOW = (
    "class Window:\n    def __init__(self, data: np.ndarray):\n        self.data = data\n"
    "    def {name}(self, key, value):\n        self.data[key] = value\n"
    "    def total(self): return self.data.sum()\n"
)


@pytest.mark.parametrize(("text", "said"), [
    (CALLED.format(name="_Double"), 0),
    (CALLED.format(name="Double"), 1),
    (WINDOW.format(name="__setitem__"), 0),
    (WINDOW.format(name="_vindex_set"), 0),
    (WINDOW.format(name="move"), 1),
])  # fmt: skip
def test_what_an_object_stands_for(text: str, said: int, lint: Lint) -> None:
    assert [code for code, _, _ in lint("import numpy as np\n" + text).places] == ["TAL103"] * said


ASKED = "def g():\n    z = np.asarray(y)\n    z[0] = 0\n    return z, y\n"
LINK = (
    "class Node:\n    def __init__(self):\n        self.sums = np.zeros(3)\n"
    "    def add(self, x):\n        self.sums += x\n"
    "    def grow(self, x):\n        new = Node()\n        self{next}.prev = new\n        new.add(x)\n"
    "        return new\n"
)
GIVEN_BACK = (
    "class Meter:\n    def gather(self, device):\n"
    "        m = torch.as_tensor(self.table.sums, device=device)\n"
    "        torch.distributed.reduce(m, dst=0)\n"
    "        self.table.{name} = m.cpu().numpy()\n"
)


@pytest.mark.parametrize(("text", "codes"), [
    ("y = [-1, [1, 2.5]]\n" + ASKED, []),
    ("y = np.array([1, 2])\n" + ASKED, ["TAL102"]),
    ("y = [1, 2]\n" + ASKED + "def h():\n    global y\n    y = np.zeros(2)\n", ["TAL102"]),
    (LINK.format(next=".next"), []),
    (LINK.format(next=""), ["TAL105"]),
    (GIVEN_BACK.format(name="sums"), []),
    (GIVEN_BACK.format(name="others"), ["TAL102"]),
])  # fmt: skip
def test_what_else_a_file_shows(text: str, codes: list[str], lint: Lint) -> None:
    assert [code for code, _, _ in lint("import numpy as np\nimport torch\n" + text).places] == codes


@pytest.mark.parametrize(("turn", "said"), [("_", 0), ("i", 1)])
def test_what_warms_up_before_a_graph_is_captured(turn: str, said: int, lint: Lint) -> None:
    text = "import torch\ndef f(x: torch.Tensor, s):\n    with torch.cuda.stream(s):\n"
    text += f"        for {turn} in range(3):\n            x.sin()\n    return x\n"
    assert len(lint(text).places) == said


@pytest.mark.parametrize(("result", "said"), [("torch.cat(sums)", 0), ("torch.stack(inputs)", 1)])
def test_what_is_received_by_turns(result: str, said: int, lint: Lint) -> None:
    text = "import torch\nimport torch.distributed as dist\ndef f(net, buffer: torch.Tensor, n):\n"
    text += "    inputs = (buffer,) * n\n    sums = []\n    for x in inputs:\n        dist.recv(x, src=0)\n"
    text += f"        sums.append(net(x))\n    return {result}\n"
    codes = [code for code, _, _ in lint(text).places]
    assert codes.count("TAL301") == said


STEP = "class Pad({base}):\n    def {name}(self, x: np.ndarray, n):\n        x[:n] = 0\n        return x\n"


@pytest.mark.parametrize(("base", "name", "said"), [
    ("Base", "apply_transform", 0),
    ("Base", "transform", 1),
    ("", "apply_transform", 1),
    ("Here", "apply_transform", 1),
    ("shop.Base", "apply_transform", 1),
])  # fmt: skip
def test_a_step_of_what_another_file_does(base: str, name: str, said: int, lint: Lint) -> None:
    head = "import numpy as np\nimport shop\nfrom ..core import Base\nclass Here: ...\n"
    assert len(lint(head + STEP.format(base=base, name=name)).places) == said
