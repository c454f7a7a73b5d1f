"""Copies: told where nothing needs them, and nowhere where anything may."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text
from tensorlint.config import Options

HEAD = "import copy\nimport numpy as np\nimport torch\n"


def told(parameters: str, body: str, path: str = "x.py", head: str = HEAD) -> bool:
    text = f"{head}def f({parameters}):\n{textwrap.indent(body, '    ')}\n"
    options = Options(enable=frozenset({"TAL902"}))
    return "TAL902" in [diagnostic.code for diagnostic in lint_text(text, path, options=options)]


X, Y, T = "x: np.ndarray", "x: np.ndarray, y: np.ndarray", "x: torch.Tensor"

UNNEEDED = [
    # what is new, and nobody's
    (X, "return x[x > 0].copy()"),
    (X, "return x[[0, 2]].copy()"),
    (X, "return x.astype(np.float32).copy()"),
    (X, "return np.sort(x).copy()"),
    (X, "return (x + 1).copy()"),
    (X, "return x.copy().copy()"),
    ("n", "return np.array(np.zeros(n))"),
    ("n", "return copy.deepcopy(np.zeros(n, dtype=np.float32))"),
    ("xs", "return torch.cat(xs).clone()"),
    ("xs", "return torch.tensor(xs).clone().detach()"),
    (T, "return (x * 2).clone()"),
    # only read
    (X, "y = x.copy()\nreturn y.sum()"),
    (X, "x = x.copy()\nreturn x.sum()"),
    (X, "y = x.copy()\nx = x + 1\nreturn x, y.sum()"),
    (X, "return x.copy() * 2"),
    (X, "return x.copy().astype(np.float32)"),
    (X, "return np.stack([x.copy(), x])"),
    (X, "return [row.sum() for row in x.copy()]"),
    (X, "return sum(row.sum() for row in x.copy())"),
    (X, "for k, row in enumerate(x.copy()):\n    print(k, row.max())"),
    (Y, "for i, (a, b) in enumerate(zip(x.copy(), y)):\n    print(i, a, b)"),
    (X, "a, b = x[0].copy(), x[1].copy()\nreturn (a - b).sum()"),
    (X, "y = x.copy()\nz = np.zeros(3)\nz[0] = y[0]\nreturn z"),
    (X, "y = x.copy()\nn = y.sum()\nx += 1\nreturn n"),
    (X, "y = x.copy() if x.ndim else x\nreturn np.mean(y)"),
    (X, "y = x.copy() if x.ndim else x\nreturn y[0] + y[1]"),
    (X, "n = 0.0\nfor i in range(3):\n    y = x.copy()\n    n += y.sum()\n    x += 1\nreturn n"),
    (X, "y = x.copy()\nif y is None:\n    raise ValueError('none')\nreturn y.max()"),
    (T, "y = x.clone()\nreturn y + 1"),
    (T, "return torch.cat([x.clone().detach(), x])"),
    # its own, and done with
    ("n", "out = np.zeros(n)\nout[0] = 1\nreturn out.copy()"),
    ("n", "out = np.zeros(n)\nhalf = out[1:]\nhalf += 1\nreturn out.copy()"),
    ("n", "out = np.zeros(n)\nout = out.copy()\nout[0] = 1\nreturn out"),
    ("n, xs", "for i in range(n):\n    row = np.zeros(n)\n    row[i] = 1\n    xs.append(row.copy())"),
]


@pytest.mark.parametrize(("parameters", "body"), UNNEEDED, ids=[body for _, body in UNNEEDED])
def test_unneeded(parameters: str, body: str) -> None:
    assert told(parameters, body)


NEEDED = [
    # the copy is written, kept, handed on
    (X, "y = x.copy()\ny[0] = 1\nreturn y.sum()"),
    (X, "y = x.copy()\nz = y[1:]\nz += 1\nreturn x"),
    (X, "y = x.copy()\nfor row in y:\n    row += 1\nreturn x"),
    (X, "y = x.copy()\nrows = list(y)\nrows[0][:] = 0\nreturn x"),
    (X, "y = x.copy()\nz = y\nz[0] = 1\nreturn x"),
    (X, "y = x.copy()\nnp.random.shuffle(y)\nreturn y.sum()"),
    (X, "y = x.copy()\ny.sort()\nreturn y[0]"),
    (X, "return x.copy()"),
    (X, "return x.copy()[1:]"),
    (X, "return x.copy().T"),
    (X, "return x.copy().reshape(-1)"),
    (X, "return {'x': [x.copy()]}"),
    (X, "return zip(x.copy(), range(3))"),
    (X, "return list(x.copy())"),
    (X, "return np.split(x.copy(), 2)"),
    (X, "return np.asarray(x.copy())"),
    (X, "return torch.from_numpy(x.copy())"),
    (X, "yield x.copy()"),
    (X, "y = x.copy()\nyield y.sum()\nyield y.max()"),
    (X, "return (row.sum() for row in x.copy())"),
    (X, "y = x.copy()\nreturn (y[i] for i in range(3))"),
    (X, "return map(np.sum, x.copy())"),
    (X, "y = x.copy()\nreturn lambda: y.sum()"),
    (X + ", g", "return g(x.copy())"),
    (X + ", g", "return np.apply_along_axis(g, 0, x.copy())"),
    (X + ", xs", "xs.append(x.copy())"),
    (X + ", xs", "xs += x.copy()\nreturn xs"),
    (X + ", o", "o.x = x.copy()"),
    (X, "global y\ny = x.copy()"),
    # the original is written meanwhile, or may be
    (X, "y = x.copy()\nx[0] = 1\nreturn y.sum()"),
    (X, "y = x.copy()\nz = x[1:]\nz += 1\nreturn y.sum()"),
    (X, "y = x.copy()\nx.fill(0)\nreturn y.sum()"),
    (X, "y = x.copy()\nnp.copyto(x, 0)\nreturn y.sum()"),
    (X, "y = x.copy()\nnp.add(x, 1, out=x)\nreturn y.sum()"),
    (X, "y = x.copy()\nx.shape = (2, 3)\nreturn y.shape"),
    (X, "y = x.copy()\nx.resize((2, 3))\nreturn y.shape"),
    (X, "old = x[0].copy()\nx[0] = x[1]\nx[1] = old\nreturn x"),
    (X, "old = x\nfor i in range(3):\n    d = x - old\n    old = x.copy()\n    x += 1\nreturn d"),
    (X, "for i, row in enumerate(x.copy()):\n    x[0] += row\nreturn x"),
    (X + ", g", "y = x.copy()\ng()\nreturn y.sum()"),
    (X + ", g", "y = x.copy()\ng.step()\nreturn y.sum()"),
    (X + ", frames", "y = x.copy()\nfor frame in frames:\n    n = y.sum()\nreturn n"),
    (X + ", frames", "y = x.copy()\nfor i, (a, b) in enumerate(zip(frames, y)):\n    print(a, b)"),
    (X + ", lock", "with lock:\n    y = x.copy()\nreturn y.sum()"),
    (Y, "z = x.copy()\ny += z\ny += z\nreturn y"),
    (X, "y = x.copy()\ndef g():\n    x[0] = 1\ng()\nreturn y.sum()"),
    ("o", "y = o.x.copy()\no.move()\nreturn y.sum()"),
    # it is another thing than its original
    (X, "y = x.copy()\nreturn y is x"),
    (X, "y = x.copy()\nreturn id(y)"),
    (X, "y = x.copy()\nreturn y.flags.owndata"),
    (X, "return x.T.copy().sum()"),
    (X, "return (x.T + 1).copy()"),
    (X, "return np.abs(x.T).copy()"),
    (X, "return np.argwhere(x).copy()"),
    (X, "return np.nonzero(x)[0].copy()"),
    (X, "return np.where(x > 1)[1].copy()"),
    (X, "return np.linalg.eig(x)[1].copy()"),
    (X, "return x[:, 0].copy().sum()"),
    (X, "return x[::2].copy().sum()"),
    (X, "return x[:, [0, 1]].copy()"),
    (X, "return x.copy(order='F').sum()"),
    (X, "return x.copy().view(np.uint8).sum()"),
    (X, "return np.array(x, dtype=float).sum()"),
    (X, "return np.array(x).sum()"),  # perhaps of another class
    (X, "return np.array(x + 1)"),  # perhaps a number
    ("x", "return np.array(x).sum()"),
    ("path", "return np.load(path, mmap_mode='r').copy()"),
    ("data", "return np.frombuffer(data).copy()"),
    ("table, rows", "return table[rows > 1].copy()"),  # of pandas, perhaps
    ("image", "return np.asarray(image).copy()"),
    ("n", "big = np.zeros((n, n))\nrow = big[0].copy()\ndel big\nreturn row.sum()"),
    # its own, but not done with
    ("n", "out = np.zeros(n)\nyield out\nyield out.copy()"),
    ("n", "out = np.zeros(n)\nfor i in range(n):\n    out[i] = 1\n    yield out.copy()"),
    ("n, g", "out = np.zeros(n)\ng(out)\nreturn out.copy()"),
    ("n, o", "out = np.zeros(n)\no.out = out\nreturn out.copy()"),
    ("n", "out = np.zeros(n)\nhalf = out[1:]\nall = out.copy()\nhalf += 1\nreturn all"),
    ("n", "out = np.zeros(n)\nsame = out\nall = out.copy()\nreturn same, all"),
    ("n", "out = np.zeros((n, n))\nreturn out[0].copy()"),
    # autograd
    (T, "return x.clone() * 2"),  # keeps its input
    (T, "return torch.exp(x).clone()"),  # keeps its result
    (T, "return sum(row.sum() for row in x.clone())"),
    (T, "y = x.clone()\nprint(y)"),  # shows what made it
    (T, "y = x.clone()\nreturn isinstance(y, torch.nn.Parameter)"),
    (T, "return x.softmax(-1).clone()"),
    (T, "return torch.nn.functional.relu(x.clone(), inplace=True)"),
    (T, "y = x.clone()\ny.retain_grad()\nreturn y.sum()"),
    (T, "y = x.clone()\nn = y.sum()\nreturn torch.autograd.grad(n, y)"),
    (T, "return x.detach().clone()"),
    ("n", "return torch.zeros(n, requires_grad=True).clone()"),
    (T + ", opt", "y = x.clone()\nopt.step()\nreturn (x - y).abs()"),
]


@pytest.mark.parametrize(("parameters", "body"), NEEDED, ids=[body for _, body in NEEDED])
def test_needed(parameters: str, body: str) -> None:
    assert not told(parameters, body)


def test_no_gradient_keeps_anything_where_none_is_computed() -> None:
    head = HEAD + "@torch.no_grad()\n"
    assert told(T, "return (x.clone() * 2).sum()", head=head)


@pytest.mark.parametrize("path", ["tests/x.py", "test_x.py", "a/x_test.py", "bench/x.py"])
def test_silent_in_tests_and_benchmarks(path: str) -> None:
    body = "return x[x > 0].copy()"
    assert told(X, body)
    assert not told(X, body, path)
    assert not told(X, f"with raises(ValueError):\n    {body}")


OWN = """\
class Walk:
    def __init__(self):
        self.x = np.zeros(3)

    def length(self):
        before = self.x.copy()
        return before.sum()
"""


def test_what_threads_may_share_is_left_alone() -> None:
    options = Options(enable=frozenset({"TAL902"}))
    assert [d.code for d in lint_text(HEAD + OWN, "x.py", options=options)] == ["TAL902"]
    assert lint_text(HEAD + "import threading\n" + OWN, "x.py", options=options) == []
