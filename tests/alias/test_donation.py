"""What calls of compiled JAX functions take, and which reads come too late."""

from __future__ import annotations

import textwrap

import pytest

from tensorlint import lint_text

HEAD = """\
import functools
import shop
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def plain(x, y):
    return x + y
"""


def reported(text: str) -> list[str]:
    """The source of the reported lines."""
    text = HEAD + textwrap.dedent(text)
    lines = text.split("\n")
    diagnostics = lint_text(text)
    assert {diagnostic.code for diagnostic in diagnostics} <= {"TAL604"}
    return [lines[diagnostic.line - 1].strip() for diagnostic in diagnostics]


# What `step` is, and whether it takes its first or its second argument.
COMPILED = [
    ("@jax.jit\ndef step(x, y): return x + y", ""),
    ("@partial(jax.jit, donate_argnums=0)\ndef step(x, y): return x + y", "x"),
    ("@functools.partial(jax.jit, donate_argnums=(1,))\ndef step(x, y): return x + y", "y"),
    ("@partial(jax.jit, donate_argnums=[0, 1])\ndef step(x, y): return x + y", "xy"),
    ("@partial(jax.jit, donate_argnames='y')\ndef step(x, y): return x + y", "y"),
    ("@partial(jax.jit, donate_argnames=('x', 'y'))\ndef step(x, y): return x + y", "xy"),
    ("@jax.jit(donate_argnums=0)\ndef step(x, y): return x + y", "x"),
    ("@partial(jax.jit, static_argnums=1)\ndef step(x, y): return x + y", ""),
    ("@partial(jax.jit, donate_argnums=())\ndef step(x, y): return x + y", ""),
    ("@partial(jax.jit, donate_argnums=5)\ndef step(x, y): return x + y", ""),
    ("@partial(jax.jit, donate_argnums=WHICH)\ndef step(x, y): return x + y", ""),
    ("@partial(jax.jit, **options)\ndef step(x, y): return x + y", ""),
    ("@partial(shop.jit, donate_argnums=0)\ndef step(x, y): return x + y", ""),
    ("@partial(jax.pmap, donate_argnums=0)\ndef step(x, y): return x + y", "x"),
    ("step = jax.jit(plain, donate_argnums=0)", "x"),
    ("step = jax.jit(plain, donate_argnames='y')", "y"),
    ("step = partial(jax.jit, donate_argnums=1)(plain)", "y"),
    ("step = jax.jit(lambda x, y: x + y, donate_argnums=0)", "x"),
    ("step = jax.jit(shop.plain, donate_argnums=1)", "y"),
    ("step = shop.jit(plain, donate_argnums=0)", ""),
    ("step = jax.jit(donate_argnums=0)", "x"),
    ("step = partial(jax.jit)(plain)", ""),
    ("step = partial()(plain)", ""),
    ("step = jax.jit(*args, donate_argnums=0)", "x"),
]


@pytest.mark.parametrize(("definition", "taken"), COMPILED, ids=[case[0] for case in COMPILED])
def test_what_a_call_takes(definition: str, taken: str) -> None:
    calls = """
def f():
    x, y = jnp.ones(3), jnp.ones(3)
    z = step(x, y)
    return x.sum(), z


def g():
    x, y = jnp.ones(3), jnp.ones(3)
    z = step(x, y)
    return y.sum(), z
"""
    assert reported(f"{definition}\n{calls}") == [f"return {name}.sum(), z" for name in taken]


STEP = "@partial(jax.jit, donate_argnums=0)\ndef step(x, y=1):\n    return x + y\n"
READS = [
    ("read", "z = step(x)\nreturn x.sum(), z", ["return x.sum(), z"]),
    ("read twice", "z = step(x)\na = x.sum()\nreturn a, x, z", ["a = x.sum()"]),
    ("returned", "z = step(x)\nreturn x, z", ["return x, z"]),
    ("donated again", "z = step(x)\nreturn step(x), z", ["return step(x), z"]),
    ("by keyword", "z = step(x=x)\nreturn x.sum(), z", ["return x.sum(), z"]),
    ("another name", "old = x\nx = step(x)\nreturn old.sum(), x", ["return old.sum(), x"]),
    ("in one branch", "if shop.now():\n    z = step(x)\nreturn x.sum()", ["return x.sum()"]),
    ("in a loop", "for _ in range(3):\n    z = step(x)\nreturn z", ["z = step(x)"]),
    ("rebound", "x = step(x)\nreturn x.sum()", []),
    ("rebound in a loop", "for _ in range(3):\n    x = step(x)\nreturn x", []),
    ("read before", "a = x.sum()\nreturn step(x), a", []),
    ("the result", "z = step(x)\nreturn z.sum()", []),
    ("a copy", "z = step(x.copy())\nreturn x.sum(), z", []),
    ("a new array", "z = step(x + 1)\nreturn x.sum(), z", []),
    ("the other argument", "z = step(jnp.ones(3), x)\nreturn x.sum(), z", []),
    ("one way or the other", "if shop.now():\n    return step(x)\nreturn x.sum()", []),
    ("an array of NumPy", "x = np.ones(3)\nz = step(x)\nreturn x.sum(), z", []),
    ("a number", "x = 3\nz = step(x)\nreturn x + 1, z", []),
    ("forgotten", "z = step(x)\ndel x\nreturn z", []),
    ("meant to fail", "z = step(x)\ntry:\n    x.sum()\nexcept RuntimeError:\n    pass\nreturn z", []),
    ("stars", "xs = [x]\nz = step(*xs)\nreturn z", []),
    ("not called", "z = step\nreturn x.sum(), z", []),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [c[1:] for c in READS], ids=[c[0] for c in READS])
def test_reads_afterwards(body: str, expected: list[str]) -> None:
    assert reported(f"{STEP}\ndef f():\n    x = jnp.ones(3)\n{textwrap.indent(body, '    ')}\n") == expected


def test_inside_of_another_compiled_function_nothing_is_taken() -> None:
    caller = "def f(x: jax.Array):\n    z = step(x)\n    return x.sum(), z\n"
    assert reported(f"{STEP}\n{caller}") == ["return x.sum(), z"]
    assert reported(f"{STEP}\n@jax.jit\n{caller}") == []
    assert reported(f"{STEP}\n@partial(jax.jit, static_argnums=1)\n{caller}") == []


TRAINER = """
class Trainer:
    def __init__(self):
        self.x = jnp.ones(3)
        {compiled}

    {decorator}
    def method(self, x):
        return x + 1

    def run(self):
        z = self.{called}(self.x)
        return self.x.sum(), z
"""


@pytest.mark.parametrize(
    ("compiled", "decorator", "called", "expected"),
    [
        ("self.step = jax.jit(plain, donate_argnums=0)", "", "step", ["return self.x.sum(), z"]),
        ("self.step = jax.jit(plain, donate_argnums=1)", "", "step", []),
        ("self.step = jax.jit(plain)", "", "step", []),
        ("self.step = plain", "", "step", []),
        ("pass", "@partial(jax.jit, donate_argnums=1)", "method", ["return self.x.sum(), z"]),
        ("pass", "@partial(jax.jit, donate_argnums=0)", "method", []),
        ("pass", "@partial(jax.jit, donate_argnames='x')", "method", ["return self.x.sum(), z"]),
        ("pass", "@jax.jit", "method", []),
        ("pass", "", "method", []),
    ],
)
def test_methods_and_attributes(compiled: str, decorator: str, called: str, expected: list[str]) -> None:
    text = TRAINER.format(compiled=compiled, decorator=decorator or "# plain", called=called)
    assert reported(text) == expected


@pytest.mark.parametrize(
    "definition",
    [
        "step = jax.jit(step, donate_argnums=0)",
        "step = other\nother = jax.jit(step, donate_argnums=0)",
        "step = jax.jit(jax.jit(plain), donate_argnums='x')",
        "step = jax.jit(plain, donate_argnums=-1)",
        "step = jax.jit(plain, donate_argnums=None)",
        "step = jax.jit(plain, donate_argnums=1.5)",
        "step = jax.jit(plain, donate_argnums=(x for x in y))",
        "step = jax.jit(plain, 0, 1, *a, donate_argnums=b'0', donate_argnames=[[0]])",
        "step = partial(partial(jax.jit), donate_argnums=())(plain)",
        "@jax.jit.lower\n@partial(partial)\n@(lambda f: f)\n@shop[0]\ndef step(x, y): return step(x, y)",
    ],
)
def test_odd_definitions(definition: str) -> None:
    """Nothing breaks, and nothing is said of what nobody can read."""
    call = "def f():\n    x = jnp.ones(3)\n    z = step(x, 1)\n    return x, z\n"
    assert reported(f"# donate_argnums\n{definition}\n\n{call}") in ([], ["return x, z"])
