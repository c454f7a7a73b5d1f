"""Writes to copies: told where what is written certainly is one, and nobody looks at it."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text

HEADS = {
    "numpy": "import numpy as np\n",
    "torch": "import torch\n",
    "both": "import numpy as np\nimport torch\n",
}


def told(library: str, parameters: str, body: str) -> bool:
    text = f"{HEADS[library]}def f({parameters}):\n{textwrap.indent(body, '    ')}\n"
    return "TAL401" in [diagnostic.code for diagnostic in lint_text(text, "x.py")]


LOST = [
    ("torch", "x: torch.Tensor, valid", "x[~valid][...] = 1\nreturn x"),
    ("torch", "x: torch.Tensor, valid: torch.Tensor", "x[~valid][:, 0] = 1\nreturn x"),
    ("torch", "x: torch.Tensor, valid", "gaps = ~valid\nx[gaps].zero_()\nreturn x"),
    ("numpy", "x", "x.flatten()[0] = 1\nreturn x"),
    ("numpy", "x", "y = x.copy()\ny.flatten()[0] = 1\nreturn y"),
    ("both", "x", "y = x.copy()\ny.flatten()[0] = 1\nreturn y"),
    ("numpy", "x", "high = (x['a'] > 1).any(axis=1)\nx[high]['b'] = 1\nreturn x"),
    ("torch", "x: torch.Tensor", "y = x.clone()\ny.t().flatten()[0] = 1\nreturn y"),
    ("torch", "x: torch.Tensor", "y = x.clone()\ny.t().contiguous().zero_()\nreturn y"),
    ("numpy", "x: np.ndarray, k", "y = np.ascontiguousarray(x[:, k])\ny[:] = 0"),
    ("numpy", "x: np.ndarray", "y = x + x.T\nd = y.diagonal().copy()\nd[:] = 1\nreturn y"),
    ("numpy", "x", "y = np.array(x)\ny[0] = 1\nreturn x"),
]


@pytest.mark.parametrize(("library", "parameters", "body"), LOST, ids=[body for _, _, body in LOST])
def test_lost(library: str, parameters: str, body: str) -> None:
    assert told(library, parameters, body)


KEPT = [
    ("torch", "x: torch.Tensor, i", "x[~i][...] = 1\nreturn x"),  # counted from the end
    ("torch", "x: torch.Tensor", "for row in range(3):\n    x[~row][...] = 1\nreturn x"),
    ("both", "x", "x.flatten()[0] = 1\nreturn x"),  # of PyTorch's, perhaps a view
    ("torch", "x: torch.Tensor", "y = x.clone()\ny[::2].flatten()[0] = 1\nreturn y"),  # one axis, perhaps
    ("torch", "x: torch.Tensor", "y = x.clone()\ny.flatten()[0] = 1\nreturn y"),
    ("torch", "x: torch.Tensor", "x.t().flatten()[0] = 1\nreturn x"),  # as the caller laid it out
    ("numpy", "x: np.ndarray, k", "y = np.ascontiguousarray(x[k])\ny[:] = 0"),
    ("numpy", "x: np.ndarray, k", "y = np.ascontiguousarray(x[:, k])\ny[:] = 0\nreturn y"),
    ("numpy", "x: np.ndarray", "y = x + x.T\nd = y.diagonal().copy()\nd[:] = 1\nreturn d, y"),
    ("numpy", "x: np.ndarray", "y = x.T.copy()\ny[:] = 1\nreturn x"),  # who says copy wants one
    ("numpy", "x", "y = np.array(x)\ny[0] = 1\nreturn x, y"),
    ("numpy", "x", "y = np.array(x)\ny[0] = 1\nreturn len(x)"),
    ("numpy", "x", "y = np.array(x, copy=False)\ny[0] = 1\nreturn x"),
    ("numpy", "x", "y = np.array(x)\nx = y.copy()\ny[0] = 1\nreturn x"),
]


@pytest.mark.parametrize(("library", "parameters", "body"), KEPT, ids=[body for _, _, body in KEPT])
def test_kept(library: str, parameters: str, body: str) -> None:
    assert not told(library, parameters, body)
