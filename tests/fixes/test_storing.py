"""Fixes that store: what was written to a copy, or given to a loop's variable, goes to where it belongs."""

from __future__ import annotations

import pytest

from tensorlint import lint_text
from tensorlint.mending import mend

LOST = """\
import random

import numpy as np
import torch


def lost(x: torch.Tensor, a: np.ndarray, names: list[str], rows: torch.Tensor):
    x, a = x.clone(), a.copy()
    mask = a > 1
    {write}
    return x, a, names
"""
LOOP = """\
import numpy as np
import tensorflow as tf
import torch
from torch import nn


def loop(net: nn.Module):
    images = [np.ones((2, 2)), np.zeros((2, 2))]
    by_name = {{"a": torch.ones(2)}}
    x = np.ones((3, 2))
    for {head}:
        {body}
    return images, by_name, x
"""
REDUCED = """\
import torch
import torch.distributed as dist


def reduced():
    losses = torch.ones(3, 2)
    {call}
    return losses
"""


def once(text: str) -> str:
    """The text after its fixes, which a second run leaves as it is."""
    new = mend(text, unsafe=True).text
    assert mend(new, unsafe=True).text == new
    assert mend(text).text == text  # none of them is safe
    return new


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        ("x[[0, 2]].clamp_(0, 1)", ["x[[0, 2]] = x[[0, 2]].clamp_(0, 1)"]),
        ("x[:, [0, 2]].sub_(1).mul_(2)", ["x[:, [0, 2]] = x[:, [0, 2]].sub_(1).mul_(2)"]),
        ("a[mask][0] = 1", ["part = a[mask]", "part[0] = 1", "a[mask] = part"]),
        ("a[np.isnan(a)][:2] += 1", ["part = a[np.isnan(a)]", "part[:2] += 1", "a[np.isnan(a)] = part"]),
        (
            "np.random.default_rng(0).shuffle(a[[0, 1]])",
            ["part = a[[0, 1]]", "np.random.default_rng(0).shuffle(part)", "a[[0, 1]] = part"],
        ),
        ("random.shuffle(names[1:])", ["part = names[1:]", "random.shuffle(part)", "names[1:] = part"]),
        ("x.clone().zero_()", ["x = x.clone()", "x.zero_()"]),
        ("a.astype(float)[0] = 1  # half", ["a = a.astype(float)", "a[0] = 1  # half"]),
        ("np.fill_diagonal(a.copy(), 0)", ["a = a.copy()", "np.fill_diagonal(a, 0)"]),
        (
            "a[[0, 1]][[1, 0]][0] = 3",
            # What goes back to a copy is lost as well, and goes back from there.
            [
                "part = a[[0, 1]][[1, 0]]",
                "part[0] = 3",
                "kept = a[[0, 1]]",
                "kept[[1, 0]] = part",
                "a[[0, 1]] = kept",
            ],
        ),
    ],
)
def test_what_is_written_to_a_copy_is_stored_back(write: str, expected: list[str]) -> None:
    assert once(LOST.format(write=write)) == LOST.format(write="\n    ".join(expected))


@pytest.mark.parametrize(
    "write",
    [
        "x[torch.randperm(3)].zero_()",  # another order when it is asked again
        "a[rows.pop()][[0, 1]].sort()",
        "x.flatten()[0] = 9",  # of another shape
        "torch.index_select(x, 0, torch.tensor([0, 2]))[:, 1] = -1",
        "a[mask][0] = (n := 3)",
        "if names: a[mask][0] = 1",  # no line of its own
        "[x[[0, i]].zero_() for i in range(3)]",
        "a[\n        mask\n    ][0] = 1",
        "names and x[[0, 2]].zero_()",
        "for row in x: row.clone().zero_()",  # the next turn has another one
    ],
)
def test_what_cannot_be_stored_back_is_left_alone(write: str) -> None:
    text = LOST.format(write=write)
    assert once(text) == text


def test_a_leaf_is_not_written_where_autograd_would_refuse() -> None:
    text = """\
import torch


def f():
    weight = torch.ones(3, requires_grad=True)
    {}weight[[0, 1]].zero_()
    return weight
"""
    assert [found.code for found in lint_text(text.format(""))] == ["TAL401"]
    assert once(text.format("")) == text.format("")
    off = "with torch.no_grad():\n        "
    assert "weight[[0, 1]] = weight[[0, 1]].zero_()" in once(text.format(off))


def test_a_name_that_the_function_has_already_is_not_taken() -> None:
    text = LOST.format(write="part = a.sum()\n    a[mask][0] = part")
    new = "part = a.sum()\n    kept = a[mask]\n    kept[0] = part\n    a[mask] = kept"
    assert once(text) == LOST.format(write=new)


def test_a_conversion_that_nobody_reads_afterwards_is_left_alone() -> None:
    text = "import torch\n\n\ndef f(x: torch.Tensor):\n    x.clone().zero_()\n"
    assert [found.code for found in lint_text(text)] == ["TAL401"]
    assert once(text) == text


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("row in x", "row = row * (2 + 1)", "row *= 2 + 1"),
        ("image in images", "image = image - 0.5", "image -= 0.5"),
        ("i, image in enumerate(images)", "image = image - 0.5", "images[i] = image - 0.5"),
        ("i, image in enumerate(images)", "image = image.astype(int)", "images[i] = image.astype(int)"),
        ("i, row in enumerate(x)", "row = np.sort(row)", "x[i] = np.sort(row)"),
        ("k, v in by_name.items()", "v = v.double()", "by_name[k] = v.double()"),
        ("p in net.parameters()", "p = 0.5 * p", "p.data.copy_(0.5 * p)"),
        ("v in [tf.Variable([1.0])]", "v = v - 1.0", "v.assign(v - 1.0)"),
        (
            "i, image in enumerate(images)",
            "image = (\n            image\n            - 0.5\n        )",
            "images[i] = (image\n            - 0.5)",
        ),
    ],
)
def test_a_loop_s_new_value_goes_where_the_variable_came_from(head: str, body: str, expected: str) -> None:
    assert once(LOOP.format(head=head, body=body)) == LOOP.format(head=head, body=expected)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("i, row in enumerate(x)", "row = row.astype(int)"),  # `x` keeps its type
        ("n in x[0]", "n = n * 2"),  # numbers
        ("image in images", "image = 2 - image"),
        ("image in images", "image = np.sort(image)"),
        ("i, image in enumerate(images, 1)", "image = np.sort(image)"),
        ("i, image in enumerate(list(images))", "image = np.sort(image)"),
        ("i, image in enumerate(images)", "image = np.sort(image); i = 0"),
        ("i, image in enumerate(tuple(images))", "image = np.sort(image)"),
        ("p in net.parameters()", "p = p.double()"),
    ],
)
def test_what_a_loop_cannot_store_is_left_alone(head: str, body: str) -> None:
    text = LOOP.format(head=head, body=body)
    assert once(text) == text


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "losses = losses[:, 0]\n    dist.all_reduce(losses)",
            [
                "losses = losses[:, 0]",
                "part = losses.contiguous()",
                "dist.all_reduce(part)",
                "losses.copy_(part)",
            ],
        ),
        (
            "dist.all_reduce(losses[:, 1])",
            ["part = losses[:, 1].contiguous()", "dist.all_reduce(part)", "losses[:, 1] = part"],
        ),
        (
            "dist.broadcast(losses.t(), 0)",
            ["part = losses.t().contiguous()", "dist.broadcast(part, 0)", "losses.t().copy_(part)"],
        ),
        (
            "dist.all_reduce(losses.double())",
            ["part = losses.double()", "dist.all_reduce(part)", "losses.copy_(part)"],
        ),
        (
            "dist.all_reduce(losses[[0, 1]])",
            ["part = losses[[0, 1]]", "dist.all_reduce(part)", "losses[[0, 1]] = part"],
        ),
    ],
)
def test_a_collective_s_result_goes_to_the_tensor(call: str, expected: list[str]) -> None:
    assert once(REDUCED.format(call=call)) == REDUCED.format(call="\n    ".join(expected))


@pytest.mark.parametrize(
    "call",
    [
        "work = dist.all_reduce(losses[:, 0], async_op=True)\n    work.wait()",
        "dist.all_reduce(losses[:, 0], async_op=True).wait()",
        "dist.all_reduce(tensor=losses[:, 0])",
        "dist.all_reduce(losses.sum(0))",
    ],
)
def test_a_collective_that_may_go_on_is_left_alone(call: str) -> None:
    text = REDUCED.format(call=call)
    assert once(text) == text


def test_the_title_tells_the_statements_apart() -> None:
    (found,) = lint_text(LOST.format(write="a[mask][0] = 1"))
    assert found.repair is not None
    assert found.repair.title == "write `part = a[mask]; part[0] = 1; a[mask] = part`"
