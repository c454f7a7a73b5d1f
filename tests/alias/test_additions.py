"""Additions by an index that names elements again: told where it certainly does, and a sum was meant."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text

HEAD = "import numpy as np\nimport torch\n"


def told(body: str, parameters: str = "x: np.ndarray") -> bool:
    text = f"{HEAD}def f({parameters}):\n{textwrap.indent(body, '    ')}\n    return out\n"
    return "TAL108" in [diagnostic.code for diagnostic in lint_text(text, "x.py")]


LOST = [
    ("cells = (x / 0.5).astype(int)\nout = np.zeros(4)\nout[cells] += 1.0", "x: np.ndarray"),
    ("cells = np.floor(x / 0.5).astype(np.int64)\nout = np.zeros(4)\nout[cells] -= x", "x: np.ndarray"),
    ("cells = (x[:, 0] / 2 * 3 + 1).astype(int)\nout = np.zeros(4)\nout[cells] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[x // 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[np.digitize(x, [1, 2])] += 1.0", "x: np.ndarray"),
    ("cells = (x / 0.5).long().clamp(0, 3)\nout = torch.zeros(4)\nout[cells] += 1.0", "x: torch.Tensor"),
    ("a, b = edges\nout = torch.zeros(4, 2)\nout[b] += x[a]", "x: torch.Tensor, edges"),
    ("for _ in range(2):\n    out = np.zeros(4)\n    out[x // 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(256, dtype=int)\nout[x.ravel()] += 1", "x"),
    ("out = np.zeros((n, n))\nout[x.ravel(), y.ravel()] += 1", "x, y, n"),
    ("out = torch.zeros(n, n)\nout[x.view(-1), y.reshape(-1)] += 1", "x, y, n"),
    ("out = x\nout[[0, 1, 1]] += 1", "x: np.ndarray"),
    ("out = x\nout[:, [0, 1, 1]] -= 1", "x: np.ndarray"),
    ("out = x\nout[[0, 1, 1], [2, 3, 3]] += 1", "x: np.ndarray"),
    ("out = x\nplaces = [0, 1, 1]\nout[places] += 1", "x: np.ndarray"),
    ("out = x\nout[torch.tensor([0, 1, 1])] += 1", "x: torch.Tensor"),
]


@pytest.mark.parametrize(("body", "parameters"), LOST, ids=[body for body, _ in LOST])
def test_lost(body: str, parameters: str) -> None:
    assert told(body, parameters)


KEPT = [
    ("out = np.zeros(4)\nout[x] += 1.0", "x: np.ndarray"),  # each perhaps once
    ("out = np.zeros(4)\nout[x > 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[np.argsort(x)] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[x[0] // 2] += 1.0", "x: np.ndarray"),  # perhaps a number
    ("out = np.zeros(4)\nfor each in x:\n    out[each // 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[n // 2] += 1.0", "x: np.ndarray, n"),
    ("out = np.ones(4)\nout[x // 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[0] = 1\nout[x // 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nfor _ in range(2):\n    out[x // 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[x // 2] = 1.0", "x: np.ndarray"),
    ("out = np.zeros(4)\nout[x // 2] *= 2.0", "x: np.ndarray"),
    ("out = np.zeros((4, 4))\nout[np.arange(4), x // 2] += 1.0", "x: np.ndarray"),
    ("out = np.zeros((4, 4))\nout[x // 2, y] += 1.0", "x: np.ndarray, y: np.ndarray"),  # perhaps as a pair
    ("out = np.zeros(len(x))\nout[x.ravel()] += 1", "x"),  # perhaps a mask
    ("out = np.zeros(256)\nout[x.ravel()] += w", "x, w"),
    ("out = np.zeros((n, n))\nout[x.ravel(), y.ravel()] += w", "x, y, n, w"),
    ("y, x = np.indices((n, n))\nout = np.zeros((n, n))\nout[x.ravel(), y.ravel()] += 1", "n"),
    ("a, b = edges\nout = torch.zeros(4, 2)\nout[a] += x[a]", "x: torch.Tensor, edges"),
    ("a, b = edges\nout = torch.ones(4, 2)\nout[b] += x[a]", "x: torch.Tensor, edges"),
    ("out = x\nout[[0, 1, 2]] += 1", "x: np.ndarray"),
    ("out = x\nout[[0, 1, 1]] *= 2", "x: np.ndarray"),
    ("out = x\nout[[True, True, False]] += 1", "x: np.ndarray"),
    ("out = x\nout[np.array([0, 1, 1], bool)] += 1", "x: np.ndarray"),
    ("out = x\nout[(1, 1)] += 1", "x: np.ndarray"),  # one element
    ("out = x\nout[[0, 1, 1], [2, 3, 4]] += 1", "x: np.ndarray"),
    ("out = x\nout[[0, 1, 1], places] += 1", "x: np.ndarray, places"),
    ("out = x\nplaces = [0, 1, 1]\nplaces.pop()\nout[places] += 1", "x: np.ndarray"),
]


@pytest.mark.parametrize(("body", "parameters"), KEPT, ids=[body for body, _ in KEPT])
def test_kept(body: str, parameters: str) -> None:
    assert not told(body, parameters)


@pytest.mark.parametrize(("index", "named"), [("cells", "cells"), ("x // 2", "x // 2")])
def test_the_index_is_told_as_it_is_written(index: str, named: str) -> None:
    text = (
        f"{HEAD}def f(x: np.ndarray):\n    cells = x // 2\n    out = np.zeros(4)\n    out[{index}] += 1.0\n"
    )
    (message,) = [
        each.message for each in lint_text(f"{text}    return out\n", "x.py") if each.code == "TAL108"
    ]
    assert f"what `{named}` names" in message
