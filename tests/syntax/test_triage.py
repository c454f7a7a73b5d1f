"""Triage keeps every unit that has a finding, and leaves out what could not have one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tensorlint.lint
from tensorlint import lint_text
from tensorlint.knowledge.catalog import Catalog
from tensorlint.source import Source
from tensorlint.syntax import Outline, Unit, outline
from tensorlint.triage import triage
from tests.conftest import ROOT

FIXTURES = sorted((ROOT / "fixtures").rglob("*.py"))


def kept(text: str) -> list[str]:
    source = Source.read("import copy\nimport itertools\nimport numpy as np\nimport torch\n" + text)
    return [unit.qualname for unit in triage(source, outline(ast.parse(source.text)), Catalog())]


def everything(source: Source, outline: Outline, catalog: Catalog) -> list[Unit]:
    return list(outline.units)


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in FIXTURES}))
def test_loses_no_finding(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def findings(path: Path) -> list[object]:
        return [*lint_text(path.read_bytes(), str(path))]

    paths = [path for path in FIXTURES if path.parent.name == folder]
    some = {path: findings(path) for path in paths}
    monkeypatch.setattr(tensorlint.lint, "triage", everything)
    for path in paths:
        assert some[path] == findings(path)
    assert paths


KEPT = [
    "def f(x):\n    y = x[1:]\n    y += 1\n    return x",
    "def f(x):\n    y = x.T\n    y[0] = 1\n    return x",
    "def f(x):\n    y, z = x.chunk(2)\n    z.mul_(2)\n    return x",
    "def f(x):\n    for row in x:\n        row -= 1\n    return x",
    "def f(x):\n    y = np.asarray(x)\n    np.add(y, 1, y)\n    return x",
    "def f(x):\n    y = x.view(-1)\n    np.clip(y, 0, 1, out=y)\n    return x",
    "def f(x, rng):\n    y = x[:3]\n    rng.shuffle(y)\n    return x",
    "def f(xs):\n    for i, x in enumerate(xs):\n        x[0] = i\n    return xs",
    "def f(x):\n    return copy.copy(x)",
    "def f(x):\n    return [x] * 3",
    "def f(x):\n    return [x for _ in range(3)]",
    "def f(x):\n    return dict.fromkeys('ab', x)",
    "def f(x):\n    return list(itertools.repeat(x, 3))",
    "def f(x):\n    xs = [np.zeros(3), np.ones(3)]\n    ys = xs[:]\n    ys[0][1] = 2\n    return xs",
    "def f(x):\n    return x.permute(0, 2, 1).view(-1)",
    "def f(x):\n    return x.data_ptr()",
    "def f(x):\n    return x.ctypes.data",
    "def f(x, y):\n    x = x if y is None else x[0]\n    x *= 2\n    return x",
    "def f(m, x):\n    x = x.relu_()\n    return x.view(3).add_(1)",
    "def g(x):\n    x += 1\ndef f(x):\n    y = x[0]\n    g(y)\n    return x",
    "def g(x):\n    return x.t()\ndef f(x):\n    return g(x).view(-1)",
    "def f(x):\n    x[0] = 1\n    return x",
    "def f(x):\n    x += 1\n    return x",
    "def f(m, opt):\n    old = dict(m.state_dict())\n    opt.step()\n    return old",
]  # fmt: skip

LEFT_OUT = [
    "def f(x):\n    return x.sum()",
    "def f(x):\n    n = 0\n    for i in range(3):\n        n += i\n    return n",
    "def f(x):\n    out = np.zeros(3)\n    out[0] = 1\n    return out",
    "def f(x):\n    n = x.shape[0]\n    n += 1\n    return n",
    "def f(x):\n    d = {'a': 1}\n    d['b'] = x\n    return d",
    "def f(x):\n    s = 'a'\n    s += x.name\n    return [t.strip() for t in x] + [0] * 3",
    "def f(x):\n    y = x.clone()\n    y.add_(1)\n    return x",
    "def f(x):\n    return x.reshape(3).sum()",
    "def f(x):\n    return x.view(3)",
    "class A:\n    def f(self, x):\n        self.buf[0] = x\n        return self.buf",
]  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_keeps(text: str) -> None:
    assert "f" in kept(text)


@pytest.mark.parametrize("text", LEFT_OUT)
def test_leaves_out(text: str) -> None:
    assert kept(text) == []


def test_a_layer_that_works_in_place() -> None:
    text = (
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n        self.act = torch.nn.ReLU(inplace=True)\n"
        "    def forward(self, x):\n        y = x[0]\n        self.act(y)\n        return x\n"
    )
    assert "Net.forward" in kept(text)
    assert "Net.forward" not in kept(text.replace("inplace=True", ""))


def test_an_attribute_replicated_elsewhere() -> None:
    text = (
        "class A:\n    def __init__(self):\n        self.hits = [torch.zeros(1)] * 3\n"
        "    def add(self, i):\n        self.hits[i] += 1\n"
        "    def size(self):\n        return len(self.hits)\n"
    )
    assert kept(text) == ["A.__init__", "A.add"]


@pytest.mark.parametrize(
    "expression", [" + ".join(["x"] * 900), "x" + ".a()" * 450, "[" * 90 + "x" + "]" * 90]
)
def test_deep_expressions(expression: str) -> None:
    assert "f" in kept(f"def f(x):\n    y = {expression}\n    z = x[0]\n    z += 1\n    return x")
