"""A file of any length, of functions as people write them: some of them need the engine."""

from __future__ import annotations

_HEAD = """\
import numpy as np
import torch
from torch import nn
"""
_PLAIN = """

class Block{n}(nn.Module):
    def __init__(self, width, dropout=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Linear(width, 4 * width)
        self.back = nn.Linear(4 * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        y = self.norm(x)
        y = self.back(torch.relu(self.mix(y)))
        if mask is not None:
            y = y.masked_fill(mask.unsqueeze(-1), 0.0)
        return x + self.drop(y)


def metrics{n}(predicted, target):
    error = predicted - target
    return {{
        "mse": float(np.mean(error**2)),
        "mae": float(np.mean(np.abs(error))),
        "largest": float(np.max(np.abs(error))),
    }}


def load{n}(paths):
    rows = []
    for path in paths:
        with open(path) as file:
            rows.append([float(item) for item in file.read().split()])
    return np.array(rows)
"""
_ENGINE = """

def normalize{n}(images, low, high):
    patch = images[:, low:high]
    scale = patch.max(axis=1)
    for index in range(len(images)):
        patch[index] /= scale[index]
    return images.mean() - patch
"""


def text(lines: int) -> str:
    """About that many lines, and never more."""
    parts = [_HEAD]
    left = lines - _HEAD.count("\n")
    number = 0
    while True:
        part = (_PLAIN + _ENGINE).format(n=number)
        left -= part.count("\n")
        if left < 0:
            return "".join(parts)
        parts.append(part)
        number += 1
