"""Layers that are told to work in place later, and layers from which that is taken away."""

from __future__ import annotations

import pytest

from tensorlint.lint import lint_text

HEAD = """import torch
from torch import nn


def run(model):
    model(torch.ones(2, 3)).sum().backward()


def on(layer):
    layer.inplace = True


def train(flag):
    net = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid(), LAYER)
"""
WALK = "    for m in net.modules():\n"
SETS = "        if isinstance(m, nn.ReLU):\n            m.inplace = "
OFF, IN_PLACE = "nn.ReLU()", "nn.ReLU(inplace=True)"
CLASS = """

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.act = LAYER
"""
FORWARD = """
    def forward(self, x):
        gate = torch.sigmoid(self.fc(x))
        return self.act(gate)
"""


def found(text: str) -> list[str]:
    return [each.code for each in lint_text(text, "model.py") if each.code == "TAL602"]


@pytest.mark.parametrize(
    ("layer", "later", "reported"),
    [
        (OFF, "", False),
        (IN_PLACE, "", True),
        (OFF, WALK + SETS + "True\n", True),
        (IN_PLACE, WALK + SETS + "False\n", False),
        (OFF, WALK + SETS.replace("ReLU", "Dropout") + "True\n", False),
        (OFF, WALK + SETS.replace("nn.ReLU", "(nn.ReLU, nn.ReLU6)") + "True\n", True),
        (OFF, WALK + SETS.replace("ReLU)", "ReLU) and flag") + "True\n", False),
        (OFF, WALK + "        if flag:\n    " + SETS.replace("\n", "\n    ") + "True\n", False),
        (OFF, WALK + "        if hasattr(m, 'inplace'):\n            setattr(m, 'inplace', True)\n", True),
        (IN_PLACE, WALK + "        if hasattr(m, 'inplace'):\n            m.inplace = False\n", False),
        (OFF, WALK.replace("for m in net.", "for name, m in net.named_") + SETS + "True\n", True),
        (OFF, WALK.replace("net", "nn.Sequential(nn.ReLU())") + SETS + "True\n", False),
        (OFF, "    net.apply(on)\n", True),
        (IN_PLACE, WALK + SETS + "flag\n", True),
    ],
)
def test_what_is_told_to_a_sequence(layer: str, later: str, reported: bool) -> None:
    text = HEAD.replace("LAYER", layer) + later + "    run(net)\n"
    assert bool(found(text)) == reported


@pytest.mark.parametrize(
    ("layer", "later", "reported"),
    [
        (OFF, "", False),
        (IN_PLACE, "", True),
        (OFF, "        self.act.inplace = True\n", True),
        (IN_PLACE, "        self.act.inplace = False\n", False),
        (OFF, "        setattr(self.act, 'inplace', True)\n", True),
        (OFF, "    " + WALK.replace("net", "self") + SETS.replace("    ", "        ", 1) + "True\n", None),
        (IN_PLACE, "        for m in self.modules():\n            m.inplace = False\n", False),
        (OFF, "        for m in self.children():\n            m.inplace = True\n", True),
        (OFF, "        for m in other.modules():\n            m.inplace = True\n", False),
    ],
)
def test_what_a_constructor_tells_its_layers(layer: str, later: str, reported: bool | None) -> None:
    if reported is None:
        later = later.replace("            m.inplace", "                m.inplace")
        reported = True
    text = HEAD.replace("LAYER", OFF) + CLASS.replace("LAYER", layer) + later + FORWARD
    assert bool(found(text)) == reported


@pytest.mark.parametrize(
    "elsewhere",
    [
        "\n\ndef off(layer):\n    layer.inplace = False\n",
        "\n\ndef prepare(net):\n    for m in net.modules():\n        m.inplace = False\n",
        "\n\nbuilt = Net()\nbuilt.act.inplace = False\n",
        "\n\nbuilt = Net()\nfor m in built.modules():\n    setattr(m, 'inplace', False)\n",
    ],
)
def test_a_file_that_takes_it_away_somewhere_is_not_looked_at(elsewhere: str) -> None:
    text = HEAD.replace("LAYER", IN_PLACE) + "    run(net)\n" + CLASS.replace("LAYER", IN_PLACE) + FORWARD
    assert len(found(text)) == 2
    assert not found(text + elsewhere)
