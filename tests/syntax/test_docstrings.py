"""What docstrings state of parameters, in three styles; silence for what is not understood."""

from __future__ import annotations

import ast
import random

import pytest

from tensorlint.lint import lint_text
from tensorlint.syntax.annotations import Annotations
from tensorlint.syntax.docstrings import documented
from tensorlint.syntax.names import module_names
from tests.syntax.test_annotations import show

HEAD = "import torch\nimport numpy as np\nfrom torch import Tensor\nclass Net: ...\n"


def read(docstring: str) -> dict[str, str]:
    names = module_names(ast.parse(HEAD))
    found = documented(docstring, Annotations(names.resolve, names.values))
    return {name: show(hint) for name, hint in found.items()}


DESCRIPTIONS = [
    ("ndarray", "numpy.ndarray"),
    ("np.ndarray", "numpy.ndarray"),
    ("numpy array", "numpy.ndarray"),
    ("ndarray of shape (n, 3)", "numpy.ndarray"),
    ("ndarray, shape (n, 3), optional", "numpy.ndarray"),
    ("ndarray of shape (n_samples,), default=None", "numpy.ndarray"),
    ("(n, 3) ndarray", "numpy.ndarray"),
    ("2d ndarray", "numpy.ndarray"),
    ("float ndarray", "numpy.ndarray"),
    ("ndarray or None", "|[numpy.ndarray, None]"),
    ("np.ndarray | None", "|[numpy.ndarray, None]"),
    ("float or ndarray", "|[builtins.float, numpy.ndarray]"),
    ("ndarray or list of ndarray", "|[numpy.ndarray, builtins.list[numpy.ndarray]]"),
    ("torch.Tensor", "torch.Tensor"),
    ("`torch.Tensor`", "torch.Tensor"),
    ("torch.FloatTensor of shape `(batch, n)`", "torch.Tensor"),
    ("Tensor", "torch.Tensor"),  # what the file imports under this name
    ("tensor", "tensor"),
    ("array", "tensor"),
    ("3-D array", "tensor"),
    ("tensor of shape [batch, channels]", "tensor"),
    ("tf.Tensor", "tensorflow.Tensor"),
    ("jax.Array", "jax.Array"),
    ("Optional[Tensor]", "|[torch.Tensor, None]"),
    ("List[Tensor]", "typing.List[torch.Tensor]"),
    ("list of tensors", "builtins.list[tensor]"),
    ("tuple of ndarrays", "builtins.tuple[numpy.ndarray]"),
    ("int", "builtins.int"),
    ("int, default 3", "builtins.int"),
    ("list of str", "builtins.list[builtins.str]"),
    ("Net", ".Net"),
    ("{ndarray, sparse matrix}", "|[numpy.ndarray, ?]"),
]  # fmt: skip


@pytest.mark.parametrize(("description", "expected"), DESCRIPTIONS, ids=[case[0] for case in DESCRIPTIONS])
def test_descriptions(description: str, expected: str) -> None:
    assert read(f"Do it.\n\nParameters\n----------\nx : {description}\n    Words.\n") == {"x": expected}


NOT_UNDERSTOOD = [
    "array-like", "array_like", "a tensor", "the ndarray", "array of ints", "image", "Unknown", "see below",
    "",
    "list of", "of", "or", ",", "|", "((((", "]", "[", "'", "\\", "`", "(ndarray", "x" * 3_000, "or " * 500,
    "the same as y, an ndarray", "thing with shape", "!?", "0", "1.5", "lambda: ndarray",
]  # fmt: skip


@pytest.mark.parametrize("description", NOT_UNDERSTOOD, ids=lambda text: ascii(text)[:30])
def test_what_is_not_understood_says_no_class(description: str) -> None:
    found = read(f"Do it.\n\nParameters\n----------\nx : {description}\n    Words.\n")
    assert "ndarray" not in found.get("x", "")
    assert "tensor" not in found.get("x", "").lower()


DOCSTRINGS = [
    ("numpydoc", "Parameters\n----------\nx : ndarray\n    Words.\ny : int", {"x": "numpy.ndarray",
     "y": "builtins.int"}),
    ("two names", "Parameters\n----------\nx, y : ndarray\n    W.", {"x": "numpy.ndarray",
     "y": "numpy.ndarray"}),
    ("stars", "Parameters\n----------\n*xs : ndarray\n**more : int", {"xs": "numpy.ndarray",
     "more": "builtins.int"}),
    ("a result", "Returns\n-------\nndarray\n    Words.", {"return": "numpy.ndarray"}),
    ("a named result", "Returns\n-------\nout : ndarray\n    Words.", {"return": "numpy.ndarray"}),
    ("two results", "Returns\n-------\na : ndarray\nb : ndarray", {}),
    ("Google", "Args:\n    x (Tensor): Words.\n    n (int): Words.", {"x": "torch.Tensor",
     "n": "builtins.int"}),
    ("optional", "Args:\n    x (Tensor, optional): Words.", {"x": "torch.Tensor"}),
    ("brackets", "Args:\n    x (list[Tensor]): Words.", {"x": "builtins.list[torch.Tensor]"}),
    ("Arguments", "Arguments:\n    x (Tensor): Words.", {"x": "torch.Tensor"}),
    ("a tab", "Args:\n\tx (Tensor): Words.", {"x": "torch.Tensor"}),
    ("a Google result", "Returns:\n    Tensor: words", {"return": "torch.Tensor"}),
    ("without types", "Args:\n    x: a Tensor of numbers", {}),
    ("Sphinx", ":param x: words\n:type x: np.ndarray", {"x": "numpy.ndarray"}),
    ("Sphinx, short", ":param np.ndarray x: words", {"x": "numpy.ndarray"}),
    ("a Sphinx result", ":rtype: np.ndarray", {"return": "numpy.ndarray"}),
    ("no section", "x (Tensor): words, y : ndarray", {}),
    ("another style", "@param x: words\n@type x: np.ndarray", {}),
    ("Markdown", "## Parameters\n- x: `ndarray`", {}),
    ("only a header", "Parameters\n----------", {}),
    ("only a word", "Parameters", {}),
    ("only Args", "Args:", {}),
    ("a short line below", "Parameters\n---\nx : ndarray", {}),
    ("an open bracket", "Args:\n    x (Tensor: words", {}),
    ("a closing bracket", "Args:\n    x Tensor): words", {}),
    ("no name", "Args:\n    (Tensor): words", {}),
    ("no colon", ":type x np.ndarray", {}),
    ("no field", ":param", {}),
    ("an empty field", ":param:", {}),
    ("no type", ":type x:", {}),
    ("no name in the field", ":type: np.ndarray", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("docstring", "expected"), [case[1:] for case in DOCSTRINGS], ids=[case[0] for case in DOCSTRINGS]
)
def test_docstrings(docstring: str, expected: dict[str, str]) -> None:
    assert read(f"Do it.\n\n{docstring}") == expected


PIECES = (
    "Parameters", "----------", "Returns", "-------", "Args:", "Returns:", "x : ndarray",
    "    x (Tensor): w", "\tx",
    ":param x:", ":type x: ndarray", ":rtype:", ":", "::", "    ", "\t\t", "(", ")", "[", "]", "`", "*",
    "**", "\\",
    ":raises", ":param", "x :", ": x", "Yields\n------", "Attributes:", "Example:\n  >>> x", "@param",
    "\x0c", "é",
)  # fmt: skip


def test_no_mixture_breaks_the_reader() -> None:
    rng = random.Random(3)
    understood = 0
    for _ in range(600):
        lines = rng.choices(PIECES, k=rng.randint(1, 12))
        found = read(rng.choice(("\n", "\n", "\n\n", " ")).join(lines))
        assert all(isinstance(name, str) and name for name in found)
        understood += bool(found)
    assert 20 < understood < 580


FILE = """\
import torch


def f(x, n):
    {docstring}
    part = x[n]
    part += 1
    return part, x


def crop():
    image = torch.zeros(4, 4) + 1
    patch = image[1:3, 1:3]
    patch -= patch.mean()
    return image, patch
"""


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ('"""Cut.\n\n    Args:\n        x (Tensor): An image.\n    """', ["part += 1"]),
        ('"""Parameters\n    ----------\n    x : torch.Tensor\n    """', ["part += 1"]),
        ('""":param x: an image\n    :type x: torch.Tensor\n    """', ["part += 1"]),
        ('r"""Cut.\n\n    Args:\n        x (Tensor): \\alpha.\n    """', ["part += 1"]),
        ('"""Cut.\n\n    Args:\n        x (int): A number.\n    """', []),
        ('"""Cut.\n\n    Args:\n        y (Tensor): Somebody else.\n    """', []),
        ('"""Args:"""', []),
        ('"""Parameters\n    ----------"""', []),
        ('""":param"""', []),
        ('"""Args:\n\t\tx (Tensor"""', []),
        ('"""Parameters\\0----------\\0x : ndarray"""', []),
        ('"""Args:\\ud800 x (Tensor)"""', []),
        ('f"""Cut.\n\n    Args:\n        x (Tensor): {n}\n    """', []),
        ('b"""Cut.\n\n    Args:\n        x (Tensor): bytes.\n    """', []),
        ('"""Args:\n' + "        x (" + "list of " * 1_500 + 'int): w"""', []),
        ('"""Args:\n' + "        x (Tensor): w\n" * 300 + '        x (int): w"""', []),
        ('"""' + "Args: " * 5_000 + '"""', []),
    ],
    ids=lambda value: ascii(value)[:40] if isinstance(value, str) else "",
)
def test_docstrings_in_a_file(docstring: str, expected: list[str]) -> None:
    text = FILE.format(docstring=docstring)
    lines = text.split("\n")
    reported = [lines[diagnostic.line - 1].strip() for diagnostic in lint_text(text)]
    assert reported == [*expected, "patch -= patch.mean()"]
