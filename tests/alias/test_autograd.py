"""Which writes autograd refuses, which it finds too late, and which it never sees; and where grad is off."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text

HEAD = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import SGD


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x):
        return self.second(self.first(x))
"""


def reported(text: str) -> list[tuple[str, str]]:
    """The codes about gradients, each with the source of its line."""
    text = HEAD + textwrap.dedent(text)
    lines = text.split("\n")
    found = [(d.code, lines[d.line - 1].strip()) for d in lint_text(text)]
    return [(code, line) for code, line in found if code.startswith("TAL60")]


LEAVES = [
    "torch.ones(3, requires_grad=True)",
    "torch.randn(3).requires_grad_()",
    "torch.zeros(3).requires_grad_(True)",
    "nn.Parameter(torch.zeros(3))",
    "torch.tensor([1.0, 2.0], requires_grad=True)",
    "(torch.rand(3) * 0.1).requires_grad_()",
    "x.detach().clone().requires_grad_()",
    "nn.Linear(2, 2).weight",
]
NO_LEAVES = [
    "torch.ones(3)",
    "torch.ones(3, requires_grad=False)",
    "nn.Parameter(torch.zeros(3), requires_grad=False)",
    "torch.ones(3, requires_grad=True) * 2.0",
    "torch.ones(3, requires_grad=True).clone()",
    "torch.ones(3, requires_grad=True).detach()",
    "torch.ones(3, requires_grad=True).data",
    "x.requires_grad_()",  # it may be a result, which keeps its place
    "(x * 2).requires_grad_()",
    "nn.Parameter(torch.zeros(3)).data",
    "nn.Linear(2, 2).weight.detach()",
]


@pytest.mark.parametrize("made", LEAVES)
def test_a_leaf_is_not_written(made: str) -> None:
    body = f"def f(x):\n    w = {made}\n    w.sum().backward()\n    w += 1\n    return w"
    assert reported(body) == [("TAL601", "w += 1")]


@pytest.mark.parametrize("made", NO_LEAVES)
def test_what_is_no_leaf_is(made: str) -> None:
    assert reported(f"def f(x):\n    w = {made}\n    w.sum().backward()\n    w += 1\n    return w") == []


WRITES = ["w += 1", "w[0] = 1", "w.add_(1)", "w[:1].mul_(2)", "torch.relu_(w)", "F.relu(w, inplace=True)"]
HIDDEN = [
    "w.data += 1",
    "w.data[0] = 1",
    "w.data.add_(1)",
    "nn.init.zeros_(w)",
    "w = w + 1",
    "w.grad.zero_()",
]


@pytest.mark.parametrize("write", WRITES + HIDDEN)
def test_whatever_autograd_watches_is_refused(write: str) -> None:
    head = "def f():\n    w = torch.ones(3, requires_grad=True)\n    w.sum().backward()\n"
    body = f"{head}    {write}\n    return w"
    assert reported(body) == ([("TAL601", write)] if write in WRITES else [])


OFF = [
    "with torch.no_grad():",
    "with torch.inference_mode():",
    "with torch.set_grad_enabled(False):",
    "with torch.autograd.no_grad():",
    "with torch.no_grad() if quick else torch.enable_grad():",
    "with frozen(net):",
    "with net.without_grad():",
    "with context:",
    "try:",
]
ON = [
    "with torch.enable_grad():",
    "with torch.autocast('cpu'):",
    "with open(path) as log:",
    "with torch.autograd.detect_anomaly():",
    "for _ in range(3):",
    "if quick:",
]


@pytest.mark.parametrize("header", OFF + ON)
def test_grad_may_be_off_inside(header: str) -> None:
    after = "\n    except RuntimeError:\n        pass" if header == "try:" else ""
    body = f"""
def f(net, context, path, quick):
    w = torch.ones(3, requires_grad=True)
    w.sum().backward()
    {header}
        w += 1{after}
    return w
"""
    assert reported(body) == ([("TAL601", "w += 1")] if header in ON else [])


@pytest.mark.parametrize(
    ("decorator", "seen"),
    [
        ("torch.no_grad()", False),
        ("torch.no_grad", False),
        ("torch.inference_mode()", False),
        ("shop.frozen", False),
        ("staticmethod", True),
        ("pytest.mark.slow", True),
    ],
)
def test_decorators_that_may_turn_grad_off(decorator: str, seen: bool) -> None:
    body = f"""
import pytest
import shop

@{decorator}
def f():
    w = torch.ones(3, requires_grad=True)
    w += 1
    return w
"""
    assert bool(reported(body)) is seen


def test_a_function_that_only_writes_is_judged_by_its_callers() -> None:
    step = "def step(model, rate):\n    for p in model.parameters():\n        p -= rate * p.grad\n"
    train = "\ndef train(model, x):\n    model(x).sum().backward()\n    {}\n"
    assert reported(step) == []
    assert reported(step + train.format("with torch.no_grad():\n        step(model, 0.1)")) == []
    assert reported(step + train.format("step(model, 0.1)")) == [("TAL601", "p -= rate * p.grad")]


def asked(body: str) -> list[tuple[str, str]]:
    """What is reported between a forward and a backward pass over ``w`` and ``x``."""
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    head = "def f(flag):\n    w, x = torch.ones(3, requires_grad=True), torch.arange(3.0)\n"
    return reported(f"{head}{lines}\n    y.sum().backward()\n    return w.grad")


NEEDED = [
    "y = torch.exp(w)\ny += 1",
    "y = w.sigmoid()\ny[0] = 0",
    "y = F.softmax(w, dim=0)\nz = y[1:]\nz.zero_()",
    "y = F.relu(w * 1.0, inplace=True)\ny += 1",
    "y = w * x\nx += 1",
    "y = w / x\nx += 1",
    "y = x @ w\nx += 1",
    "h = w * 1.0\ny = h ** 2\nh.add_(1)",
    "h = torch.tanh(w)\ny = h * 2\nh.detach().add_(1)",
    "h = torch.tanh(w)\ny = h * 2\nwith torch.no_grad():\n    h.add_(1)",
    "h = torch.tanh(w)\nys = [h, w * 2]\nh += 1\ny = torch.stack(ys)",
    "h = torch.tanh(w)\ny = h if flag else w\nh += 1",
]
LEFT_ALONE = [
    "y = w + x\ny += 1\nx += 1",
    "y = w * 2.0\ny += 1",
    "y = torch.exp(w)\ny = y + 1",
    "y = torch.exp(w).clone()\ny += 1",
    "y = torch.exp(x) + w\nx += 1",
    "h = torch.exp(w)\nh += 1\ny = w * 2",
    "h = torch.exp(w)\nh += 1\ny = h.detach() + w",
    "with torch.no_grad():\n    h = torch.exp(w)\nh += 1\ny = h * w",
    "y = w * x\nx = x + 1\nx += 1",
    "y = torch.sin(w)\ny += 1",
]


@pytest.mark.parametrize("body", NEEDED)
def test_what_a_backward_pass_needs_is_not_written(body: str) -> None:
    assert [code for code, _ in asked(body)] == ["TAL602"]


@pytest.mark.parametrize("body", LEFT_ALONE)
def test_what_it_does_not_need_is(body: str) -> None:
    assert asked(body) == []


def test_what_is_written_through_data_goes_unseen() -> None:
    assert asked("y = torch.exp(w)\ny.data.add_(1)") == [("TAL603", "y.data.add_(1)")]
    assert asked("y = torch.exp(w)\ny.data += 1") == [("TAL603", "y.data += 1")]
    assert asked("y = torch.exp(w)\ny.data = x") == []
    assert asked("y = torch.sin(w)\ny.data.add_(1)") == []


MODEL = """
def f(x):
    net = {model}
    optimizer = SGD(net.parameters(), lr=0.1)
    out = net({given})
    out.mean().backward(retain_graph=True)
    {between}
    {loss}.sum().backward()
"""


@pytest.mark.parametrize(
    ("model", "given", "between", "loss", "seen"),
    [
        ("Net()", "x", "optimizer.step()", "out", True),
        ("nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))", "x", "optimizer.step()", "out", True),
        ("nn.Linear(2, 2)", "torch.ones(2, requires_grad=True)", "optimizer.step()", "out", True),
        ("nn.Linear(2, 2)", "x", "optimizer.step()", "out", False),
        ("nn.Sequential(nn.Linear(2, 2), nn.ReLU())", "x", "optimizer.step()", "out", False),
        ("Net()", "x", "optimizer.step()", "net(x)", False),
        ("Net()", "x", "optimizer.step()", "out.detach()", False),
        ("Net()", "x", "optimizer.zero_grad()", "out", False),
    ],
)
def test_an_optimizer_steps_while_a_loss_waits(
    model: str, given: str, between: str, loss: str, seen: bool
) -> None:
    body = MODEL.format(model=model, given=given, between=between, loss=loss)
    assert reported(body) == ([("TAL602", "optimizer.step()")] if seen else [])
