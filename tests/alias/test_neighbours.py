"""Libraries beside the tensor libraries: what the rules say of code that mixes them with arrays."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text
from tensorlint.triage.vocabulary import methods

HEAD = """\
import cv2
import einops
import numpy as np
import pandas as pd
import scipy.sparse
import torch
from PIL import Image
from scipy import ndimage
"""


def told(parameters: str, body: str) -> list[str]:
    text = f"{HEAD}def f({parameters}):\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"
    return [diagnostic.code for diagnostic in lint_text(text)]


@pytest.mark.parametrize(
    ("parameters", "body", "codes"),
    [
        ("p", "x = cv2.imread(p)\ny = x[2:4]\ncv2.circle(y, (1, 1), 1, 9)\nreturn x, y.sum()", ["TAL101"]),
        ("p", "x = cv2.imread(p)\ny = cv2.flip(x, 1)\ny += 1\nreturn x, y", []),
        ("p", "x = cv2.imread(p)\ny = x[2:4]\ncv2.blur(y, (3, 3), y)\nreturn x, y.sum()", ["TAL101"]),
        ("p", "x = cv2.imread(p)\ncv2.flip(x, 1)\nreturn x", ["TAL402"]),
        ("p", "x = cv2.imread(p)\ny = np.empty_like(x)\ncv2.flip(x, 1, y)\nreturn x, y", []),
        ("p", "x = cv2.imread(p)\ny = np.empty_like(x)\ncv2.flip(x, 1, dst=y)\nreturn x, y", []),
        ("x: np.ndarray", "ndimage.sobel(x)\nreturn x", ["TAL402"]),
        ("x: np.ndarray", "y = np.empty_like(x)\nndimage.sobel(x, output=y)\nreturn y", []),
        ("x: np.ndarray", "y = ndimage.sobel(x, output=np.float32)\ny += 1\nreturn x, y", []),
        (
            "x: np.ndarray",
            "m = scipy.sparse.csr_matrix(x)\nd = m.data\nd *= 2\nreturn d.sum(), m",
            ["TAL101"],
        ),
        ("p", "t = pd.read_csv(p)\nx = t.values\nx -= 1\nreturn x, t.sum()", []),
        ("t: pd.DataFrame", "x = np.asarray(t)\nx -= 1\nreturn x, t.sum()", []),
        ("p", "i = Image.open(p)\nx = np.array(i)\nx += 1\nreturn x, i", []),
        ("x: torch.Tensor", "y = einops.rearrange(x, 'a b -> b a')\ny += 1\nreturn y, x.sum()", ["TAL101"]),
        (
            "x: torch.Tensor",
            "y = einops.rearrange(x, 'a b c -> (b a) c')\ny += 1\nreturn y, x.sum()",
            ["TAL102"],
        ),
        ("x", "y = einops.rearrange(x, 'a (b c) -> a b c', b=2)\ny += 1\nreturn y, x.sum()", ["TAL101"]),
        ("x", "y = einops.reduce(x, 'a b -> a', 'mean')\ny += 1\nreturn y, x.sum()", []),
        ("x: torch.Tensor", "y = einops.reduce(x, 'a b -> a', 'mean')\ny += 1\nreturn y, x.sum()", []),
    ],
)
def test_what_is_told(parameters: str, body: str, codes: list[str]) -> None:
    assert told(parameters, body) == codes


def test_a_table_counts_only_where_its_library_is_spoken_of() -> None:
    assert "to_numpy" in methods((), frozenset({"pandas"})).sharing
    assert "to_numpy" not in methods((), frozenset({"cv2", "scipy"})).sharing
