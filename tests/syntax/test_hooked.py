"""Which hooks keep what the next layer overwrites, as the text of a file shows."""

from __future__ import annotations

import ast

import pytest

from tensorlint.syntax.hooked import overwritten_hooks
from tensorlint.syntax.outline import outline

IN_PLACE = "net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=True))\n"
APART = "net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())\n"
GUARDED = (
    "for layer in net:\n    if isinstance(layer, nn.Linear):\n        layer.register_forward_hook(keep)\n"
)
TAP = "class Tap:\n    def __init__(self, layer):\n        layer.register_forward_hook(self.keep)\n"


def hooks(text: str) -> set[str]:
    tree = ast.parse(f"from functools import partial\nfrom torch import nn\n{text}")
    return {*overwritten_hooks(tree, outline(tree).names)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (IN_PLACE + GUARDED, {"keep"}),
        (APART + GUARDED, set()),
        (IN_PLACE + APART + GUARDED, set()),  # which of the two it is, nobody says
        (IN_PLACE + GUARDED.replace("nn.Linear", "(nn.Linear, nn.Conv2d)"), {"keep"}),
        (IN_PLACE + GUARDED.replace("nn.Linear", "nn.ReLU"), set()),
        (IN_PLACE + GUARDED.replace("(keep)", "(partial(keep, 1))"), {"keep"}),
        (IN_PLACE + GUARDED.replace("(keep)", "(make(1))"), {"make"}),
        (IN_PLACE + GUARDED.replace("(keep)", "(lambda m, i, o: None)"), set()),
        (IN_PLACE + GUARDED + "net[1].register_forward_hook(keep)\n", set()),
        (IN_PLACE + "[m.register_forward_hook(keep) for m in net if isinstance(m, nn.Linear)]\n", {"keep"}),
        (IN_PLACE + "for m in net:\n    m.register_forward_hook(keep)\n", set()),
        (IN_PLACE + TAP + "tap = Tap(net[0])\n", {"Tap.keep"}),
        (IN_PLACE + TAP + "tap = Tap(net[1])\n", set()),
        (IN_PLACE + TAP + "taps = Tap(net[0]), Tap(net[1])\n", set()),
        (IN_PLACE + TAP, set()),
    ],
)
def test_hooks_of_layers_whose_outputs_are_overwritten(text: str, found: set[str]) -> None:
    assert hooks(text) == found
