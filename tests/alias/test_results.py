"""Which thrown away results are told of: those of pure calls that certainly are a tensor's."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text

HEADS = {
    "torch": "import contextlib\nimport pytest\nimport torch\nfrom torch import nn\n",
    "numpy": "import numpy as np\n",
    "jax": "import jax\nimport jax.numpy as jnp\n",
    "tensorflow": "import tensorflow as tf\n",
    "pandas": "import numpy as np\nimport pandas as pd\n",
}
TYPES = {
    "torch": "torch.Tensor",
    "numpy": "np.ndarray",
    "jax": "jax.Array",
    "tensorflow": "tf.Tensor",
    "pandas": "pd.DataFrame",
}


def told(library: str, body: str, parameter: str = "", name: str = "f", path: str = "x.py") -> bool:
    """Whether a function with these statements throws a result away; what it writes is another matter."""
    body = textwrap.indent(body, "    ")
    text = f"{HEADS[library]}def {name}({parameter or f'x: {TYPES[library]}'}):\n{body}\n    return x\n"
    codes = [diagnostic.code for diagnostic in lint_text(text, path)]
    assert codes in ([], ["TAL103"], ["TAL402"])
    return "TAL402" in codes


PURE = [
    ("torch", "x.contiguous()"),
    ("torch", "x.to(3)"),
    ("torch", "x.float()"),
    ("torch", "x.add(1)"),
    ("torch", "x.sort()"),
    ("torch", "x.contiguous().view(3)"),
    ("torch", "x[0].contiguous()"),
    ("torch", "torch.clamp(x, 0, 1)"),
    ("torch", "torch.cat([x, x])"),
    ("torch", "if x.dim():\n    x.contiguous()"),
    ("torch", "for y in range(3):\n    x.contiguous()"),
    ("torch", "with torch.no_grad():\n    x.contiguous()"),
    ("torch", "y = x\ny.unsqueeze(0)"),
    ("numpy", "np.sort(x)"),
    ("numpy", "np.append(x, 1)"),
    ("numpy", "x.reshape(3)"),
    ("numpy", "x.astype(int)"),
    ("numpy", "np.clip(x, 0, 1)"),
    ("jax", "x.at[0].set(1)"),
    ("jax", "x.at[0].add(1)"),
    ("jax", "jnp.sort(x)"),
    ("jax", "jax.tree.map(lambda y: y + 1, x)"),
    ("tensorflow", "tf.cast(x, tf.int32)"),
    ("tensorflow", "tf.reshape(x, 3)"),
    ("tensorflow", "tf.tensor_scatter_nd_update(x, [[0]], [1])"),
    ("torch", "for p in net.parameters():\n    p.data.clamp(0, 1)"),
    ("torch", "for _, p in net.named_parameters():\n    p.grad.clamp(0, 1)"),
    ("torch", "for p in net.parameters():\n    p.to('cpu')"),
    ("pandas", "x.dropna()"),
    ("pandas", "x.dropna(inplace=False)"),
    ("pandas", "x.sort_values('a')"),
    ("pandas", "x.rename(columns={'a': 'b'})"),
]


@pytest.mark.parametrize(("library", "body"), PURE, ids=[body for _, body in PURE])
def test_pure(library: str, body: str) -> None:
    assert told(library, body)


NOT_PURE = [
    ("torch", "x.add_(1)"),
    ("torch", "x.backward()"),
    ("torch", "x.item()"),  # waits for the device
    ("torch", "x.register_hook(print)"),
    ("torch", "torch.manual_seed(0)"),
    ("torch", "torch.clamp(x, 0, 1, out=x)"),
    ("torch", "_ = x.contiguous()"),
    ("torch", "print(x.contiguous())"),
    ("torch", "[x.contiguous() for y in x]"),
    ("torch", "assert x.contiguous() is x"),
    ("torch", "if x.contiguous(): pass"),
    ("torch", "yield x.contiguous()"),
    ("torch", "(x + 1).contiguous()"),
    ("torch", "torch.zeros(3).contiguous()"),
    ("torch", "x.T"),
    ("torch", "x + 1"),
    ("torch", "x.shop()"),
    ("torch", "torch.shop(x)"),
    ("numpy", "x.sort()"),
    ("numpy", "x.fill(0)"),
    ("numpy", "np.copyto(x, 1)"),
    ("numpy", "np.random.shuffle(x)"),
    ("numpy", "np.add(x, 1, out=x)"),
    ("numpy", "np.add(x, 1, x)"),
    ("jax", "x.block_until_ready()"),
    ("jax", "jax.block_until_ready(x)"),
    ("jax", "jax.tree.map(print, x)"),
    ("jax", "jax.tree.map(lambda y: seen.append(y), x)"),
    ("jax", "jax.jit(print)(x)"),
    ("tensorflow", "x.assign(1)"),
    ("tensorflow", "tf.print(x)"),
    ("tensorflow", "tf.debugging.assert_positive(x)"),
    ("torch", "for p in boxes:\n    p.data.clamp(0, 1)"),
    ("pandas", "x.dropna(inplace=True)"),
    ("pandas", "x.dropna(inplace=flag)"),
    ("pandas", "x.rename(columns=names, inplace=True)"),
    ("pandas", "x.dropna(**options)"),
    ("pandas", "x.head()"),
    ("pandas", "x.insert(0, 'a', 1)"),
    ("tensorflow", "tf.cast(x, tf.int32, name='logits')"),  # a node of a graph, found by its name
]


@pytest.mark.parametrize(("library", "body"), NOT_PURE, ids=[body for _, body in NOT_PURE])
def test_not_pure_or_not_thrown_away(library: str, body: str) -> None:
    assert not told(library, body)


TRIALS = [
    "try:\n    x.contiguous()\nexcept RuntimeError:\n    pass",
    "with pytest.raises(RuntimeError):\n    x.contiguous()",
    "with pytest.warns(UserWarning):\n    x.contiguous()",
    "with contextlib.suppress(RuntimeError):\n    x.contiguous()",
    "with self.assertRaises(RuntimeError):\n    x.contiguous()",
    "with self.assertRaisesRegex(RuntimeError, 'x'):\n    x.contiguous()",
    "with torch.no_grad(), pytest.raises(RuntimeError):\n    x.contiguous()",
    "with pytest.raises(RuntimeError):\n    if x.dim():\n        x.contiguous()",
]


@pytest.mark.parametrize("body", TRIALS)
def test_what_is_meant_to_fail_is_a_trial(body: str) -> None:
    assert not told("torch", body)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f", True),
        ("update", True),
        ("contest", True),
        ("timer", True),
        ("testing", True),
        ("tracker", True),
        ("test", False),
        ("test_shapes", False),
        ("testShapes", False),
        ("_test_shapes", False),
        ("bench_copy", False),
        ("benchmark", False),
        ("profile_copy", False),
        ("time_copy", False),
        ("warmup", False),
        ("warm_up", False),
        ("smoke_test", False),
    ],
)
def test_functions_that_try(name: str, expected: bool) -> None:
    assert told("torch", "x.contiguous()", name=name) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("shop/models.py", True),
        ("shop/test_models.py", True),
        ("benchmarks/copy.py", False),
        ("bench.py", False),
    ],
)
def test_files_that_only_time(path: str, expected: bool) -> None:
    assert told("torch", "x.contiguous()", path=path) is expected


CERTAIN = [
    ("x: torch.Tensor", "x.to(3)", True),
    ("x: 'torch.Tensor | None'", "x.to(3)", True),
    ("x", "x.to(3)", False),  # modules have it, and change by it
    ("x", "x.float()", False),
    ("x", "x.unsqueeze(0)", True),
    ("x: Missing", "x.unsqueeze(0)", True),
    ("x: nn.Module", "x.to(3)", False),
    ("x: nn.Module", "x.float()", False),
    ("x: object", "x.unsqueeze(0)", False),
    ("x: list", "x.unsqueeze(0)", False),
    ("x: list[torch.Tensor]", "x[0].to(3)", True),
    ("x: list[nn.Module]", "x[0].to(3)", False),
    ("x: torch.Tensor | nn.Module", "x.to(3)", False),
    ("x: Box", "x.clone()", False),
    ("x", "x.clone()", False),
    ("x", "x.log()", False),
]


@pytest.mark.parametrize(("parameter", "body", "expected"), CERTAIN)
def test_it_must_be_a_tensor_for_certain(parameter: str, body: str, expected: bool) -> None:
    assert told("torch", body, parameter) is expected
