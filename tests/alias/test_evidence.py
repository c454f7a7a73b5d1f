"""Which parameter gets which type, how certainly, and where nothing is told."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import pytest

from tensorlint.alias.evidence import Evidence, gather
from tensorlint.alias.lattice import Kind
from tensorlint.analysis import Analysis
from tensorlint.ir import Function
from tensorlint.knowledge.catalog import ALIKE, EITHER
from tensorlint.source import Source
from tensorlint.triage.vocabulary import coarse

NP = "import numpy as np\n"
TORCH = "import torch\n"
BOTH = NP + TORCH
JAX = "import jax\nimport jax.numpy as jnp\n"
TF = "import tensorflow as tf\n"
KERAS = "import keras\n"
CV = "import cv2\n"
EINOPS = "import einops\n"
TYPING = """\
import collections.abc
import typing_extensions as te
from jaxtyping import Float, Int
from shop import Thing
from torch import Tensor
from typing import Annotated, Any, Dict, Final, Iterable, List, Literal, NewType, Optional, Sequence, Tuple
from typing import TypeVar, Union
class Net(torch.nn.Module): ...
class Plain: ...
Image = np.ndarray
Images: te.TypeAlias = "list[Image]"
Loop = Optional["Other"]
Other = Optional["Loop"]
T = TypeVar("T", bound="Tensor")
Either = TypeVar("Either", np.ndarray, torch.Tensor)
Mask = NewType("Mask", np.ndarray)
"""


def show(kind: Kind) -> str:
    """``list[Tensor]``, ``tuple(Tensor, ?)`` where every position has a kind of its own."""
    opening, closing = "()" if kind.each else "[]"
    parts = ", ".join(map(show, kind.parts))
    return (kind.type or "?") + (f"{opening}{parts}{closing}" if kind.parts else "")


@dataclass(frozen=True)
class Told:
    function: Function
    evidence: Evidence

    def of(self, place: str) -> str:
        """The kind and its certainty; empty where nothing is told."""
        kind = self.evidence.kinds.get(place)
        return f"{show(kind)} {self.evidence.certainty[place].name}" if kind is not None else ""


def told(text: str, name: str = "f") -> Told:
    source = Source.read(text)
    analysis = Analysis(source, ast.parse(source.text))
    function = analysis.function_of(f".{name}")
    assert function is not None
    return Told(function, gather(function, analysis.catalog, analysis.libraries))


def of_x(head: str, parameter: str, body: str = "pass") -> str:
    return told(f"{head}def f({parameter}):\n    {body}\n").of("x")


ANNOTATED = [
    ("np.ndarray", "numpy.ndarray"),
    ("'np.ndarray'", "numpy.ndarray"),
    ("np.ndarray | None", "numpy.ndarray"),
    ("Optional[np.ndarray]", "numpy.ndarray"),
    ("'Optional[Image]'", "numpy.ndarray"),
    ("np.typing.NDArray[np.float32]", "numpy.ndarray"),
    ("torch.Tensor", "torch.Tensor"),
    ("torch.nn.Parameter", "torch.nn.Parameter"),
    ("torch.nn.Module", "torch.nn.Module"),
    ("Net", ".Net"),
    ("'Net'", ".Net"),
    ("int", "plain"),
    ("float | None", "plain"),
    ("np.float32", "plain"),
    ("Literal['a']", "plain"),
    ("type[Tensor]", "plain"),
    ("collections.abc.Callable[[Tensor], Tensor]", "plain"),
    ("list[Tensor]", "builtins.list[torch.Tensor]"),
    ("List['Tensor']", "builtins.list[torch.Tensor]"),
    ("Sequence[Tensor]", "builtins.list[torch.Tensor]"),
    ("collections.abc.Iterable[Tensor]", "builtins.list[torch.Tensor]"),
    ("list[Optional[Tensor]]", "builtins.list[torch.Tensor]"),
    ("list[Net]", "builtins.list[.Net]"),
    ("list[Tensor | np.ndarray]", "builtins.list[?]"),
    ("tuple[Tensor, ...]", "builtins.tuple[torch.Tensor]"),
    ("tuple[Tensor, int]", "builtins.tuple(torch.Tensor, plain)"),
    ("Tuple[np.ndarray, Thing]", "builtins.tuple(numpy.ndarray, ?)"),
    ("dict[str, Tensor]", "builtins.dict[torch.Tensor]"),
    ("Dict[str, List[Tensor]]", "builtins.dict[builtins.list[torch.Tensor]]"),
    ("set[Tensor]", "builtins.set[torch.Tensor]"),
    ("list", "builtins.list"),
    ("Annotated[Tensor, 'mutates']", "torch.Tensor"),
    ("Annotated[Tensor, 3] | None", "torch.Tensor"),
    ("te.Annotated[Tensor, 3]", "torch.Tensor"),
    ("Final[Tensor]", "torch.Tensor"),
    ("Float[Tensor, 'batch channels']", "torch.Tensor"),
    ("Int[np.ndarray, 'n'] | None", "numpy.ndarray"),
    ("Image", "numpy.ndarray"),
    ("Images", "builtins.list[numpy.ndarray]"),
    ("T", "torch.Tensor"),
    ("list[T]", "builtins.list[torch.Tensor]"),
    ("Mask", "numpy.ndarray"),
    ("Union[Tensor]", "torch.Tensor"),
    ("Union[Tensor, T, None]", "torch.Tensor"),
    # nothing that is known
    ("Union[np.ndarray, torch.Tensor]", ""),
    ("np.ndarray | float", ""),
    ("Either", ""),
    ("np.typing.ArrayLike", ""),
    ("Any", ""),
    ("object", ""),
    ("None", ""),
    ("Plain[int]", ".Plain"),
    ("Thing", ""),
    ("Missing", ""),
    ("shop.Thing", ""),
    ("Loop", ""),
    ("'np.ndarray['", ""),
    ("'np.\\0ndarray'", ""),
    ("lambda: np.ndarray", ""),
    ("3", ""),
    ("...", ""),
    ("Float", ""),
    ("Float['batch']", ""),
    ("Optional", ""),
    ("list[" * 20 + "Tensor" + "]" * 20, "builtins.list[" * 5 + "?" + "]" * 5),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "expected"), ANNOTATED, ids=[case[0][:40] for case in ANNOTATED])
def test_annotated(annotation: str, expected: str) -> None:
    assert of_x(BOTH + TYPING, f"x: {annotation}") == (f"{expected} STATED" if expected else "")


USED = [
    # members that only one library's tensors have
    (BOTH, "x.astype(int)", "numpy.ndarray SHOWN"),
    (NP + JAX, "x.astype(int)", ""),
    (NP + JAX, "x.astype(int); x[0] = 1", "numpy.ndarray SHOWN"),
    (NP + JAX, "x.astype(int); np.sort(x)", "numpy.ndarray SHOWN"),
    (NP + JAX, "x.at[0].set(1); x.astype(int)", "jax.Array SHOWN"),
    (BOTH, "x.nbytes", f"{EITHER} SHOWN"),
    (BOTH, "x.size(0)", "torch.Tensor SHOWN"),
    (BOTH, "x.detach()", "torch.Tensor SHOWN"),
    (TORCH, "x.unsqueeze(0)", "torch.Tensor SHOWN"),
    (TORCH, "x.add_(1)", "torch.Tensor SHOWN"),
    (TORCH, "x.view(3, -1)", "torch.Tensor SHOWN"),
    (BOTH, "b, c = x.shape; x.swapaxes(0, 1).view(b * c, c)", "torch.Tensor SHOWN"),
    (BOTH, "y = x.transpose(2, 0, 1); lib.run(y.ctypes)", "numpy.ndarray SHOWN"),
    (BOTH, "s = x.shape; b, c = s; x.view(b, c)", "torch.Tensor SHOWN"),
    (TORCH, "rows = [x] * 3; torch.stack(rows)", "torch.Tensor SHOWN"),
    (TORCH, "torch.stack([x, x.y])", "torch.Tensor SHOWN"),
    (BOTH, "x.view(kind, type)", f"{EITHER} GUESSED"),
    (TORCH, "x.parameters()", "torch.nn.Module SHOWN"),
    (TORCH, "x.requires_grad_()", ""),  # modules have it, too
    (BOTH, "x.detach(); x.astype(int)", ""),
    # members that several have
    (NP, "x.shape", "numpy.ndarray SHOWN"),  # nothing but arrays has a shape
    (NP, "x.mean()", "numpy.ndarray GUESSED"),
    (TORCH, "x.shape", "torch.Tensor SHOWN"),
    (TORCH, "x.shape; x['a']", "torch.Tensor GUESSED"),
    (TORCH, "x.shape; x.reshape(3)", "torch.Tensor SHOWN"),
    (BOTH, "x.shape; x.reshape(3)", "either.Array SHOWN"),
    (NP + JAX, "x.shape; x.reshape(3)", ""),
    # subscripts
    (NP, "x[0]", ""),
    (NP, "x[0, 1]", "numpy.ndarray GUESSED"),
    (NP, "x[..., None]", "numpy.ndarray SHOWN"),
    (NP, "x[:, 1]", "numpy.ndarray SHOWN"),
    (NP, "x[1:]", ""),
    (NP, "x[1:] - x[:-1]", "numpy.ndarray SHOWN"),  # of lists, slices can only be added
    (NP, "x[1:] + x[:-1]", ""),
    (NP, "x[1:] %= 2", ""),
    (NP, "x[x > 1]", "numpy.ndarray SHOWN"),
    (NP, "x[(x > 1) & (x < 3)]", "numpy.ndarray SHOWN"),
    (NP, "mask = x == 1; x[mask]", "numpy.ndarray SHOWN"),
    (NP, "mask = y == 1; x[mask]", ""),
    (NP, "x[np.isnan(y)]", "numpy.ndarray SHOWN"),
    (BOTH, "x[x > 1]", "either.Array SHOWN"),
    (BOTH, "x[:, ::-1]", "numpy.ndarray SHOWN"),  # a tensor cannot be reversed so
    (NP + JAX, "x[:, 0] = 1", "numpy.ndarray SHOWN"),  # nor be stored to, as the arrays of JAX
    (NP + JAX, "x[:, 0]", ""),
    (NP, "for y in x: y", ""),
    (NP, "x[k] = 1; return -x", "numpy.ndarray SHOWN"),  # neither a list nor a dictionary can be negated
    (NP, "x[k] = 1; x /= 2", "numpy.ndarray SHOWN"),
    (NP, "x[k] = 1; return x + 2", ""),
    (NP, "x['k'] = 1; return -x", ""),
    (NP, "return -x", ""),
    (NP, "y = np.ones(2); x[:2] *= y", "numpy.ndarray SHOWN"),
    (NP, "x[:2] *= y", ""),
    (NP, "x[0] *= np.ones(2)", ""),
    (NP + CV, "y = x[:]; cv2.addWeighted(y, 1, z, 1, 0)", "numpy.ndarray SHOWN"),
    # functions that take it
    (NP, "np.subtract(y, 1, x)", "numpy.ndarray SHOWN"),
    (NP, "np.subtract(y, x)", ""),
    (TORCH, "x.split(2, dim=-1)", "torch.Tensor SHOWN"),
    (TORCH, "x.split(2, dim='time')", ""),
    (BOTH, "torch.sum(x)", "torch.Tensor SHOWN"),
    (BOTH, "np.sum(x)", "numpy.ndarray GUESSED"),
    (BOTH, "torch.sum(x); np.sum(x)", ""),
    (BOTH, "np.einsum('ij->ji', x)", "numpy.ndarray GUESSED"),
    (BOTH + EINOPS, "einops.rearrange(x, 'a b -> b a'); x.sum()", "either.Array SHOWN"),
    (NP + EINOPS, "einops.rearrange(x, 'a b -> b a')", ""),  # a list of arrays, perhaps
    # what is written in place through a slice
    (BOTH, "x[1:].zero_()", "torch.Tensor SHOWN"),
    (BOTH, "x[1].zero_()", ""),
    (JAX, "jnp.sum(x)", "jax.Array SHOWN"),
    (TF, "tf.cast(x, tf.int32)", "tensorflow.Tensor SHOWN"),
    (CV + NP, "cv2.circle(x, (1, 1), 3, 1)", "numpy.ndarray SHOWN"),
    (NP, "np.sum(x); x[0] = 1; x /= 2", "numpy.ndarray SHOWN"),
    (NP, "np.sum(*x)", ""),
    (NP, "shop.sum(x)", ""),
    # what no array has
    (TORCH, "x.append(1); x.unsqueeze(0)", ""),
    (NP, "x.items(); x[0, 1]", ""),
    (NP, "x.iloc[0]; x.shape", ""),
    (NP, "x.write(); x[:, 1]", ""),
    # what has a length and is computed with in place as no set is
    (NP, "len(x); x /= y", "numpy.ndarray SHOWN"),
    (NP, "len(x); x -= y * z", "numpy.ndarray SHOWN"),
    (NP, "len(x); x -= y", ""),
    (NP, "x.view()", "numpy.ndarray SHOWN"),
    # another name of it, and what is taken out of it
    (TORCH, "y = x; y.unsqueeze(0)", "torch.Tensor SHOWN"),
    (TORCH, "y = x; y = 3; y.unsqueeze(0)", ""),
    (TORCH, "y = x if t else x / 2; y.unsqueeze(0)", "torch.Tensor SHOWN"),
    (TORCH, "y = x / 2 if t else x; y.unsqueeze(0); x = 3", ""),
    (BOTH, "y = x[0]; y.astype(int); x.shape", "numpy.ndarray SHOWN"),
    # what takes the result of a function, is stacked, or is stored to by two indices and reduced
    (NP, "np.exp(x, out=x)", "numpy.ndarray SHOWN"),
    (BOTH, "xs = []; xs.append(x); torch.stack(xs[::-1])", "torch.Tensor SHOWN"),
    (NP, "xs = []; xs.append(x); np.stack(xs)", ""),
    (NP, "x[0, 1] = 2; x.argmax(1)", "numpy.ndarray SHOWN"),
    (NP, "y = x.view(); y[:, ::2] = 0", "numpy.ndarray SHOWN"),
    # what is multiplied as matrices are, and filled in place
    (NP, "x[:] = p @ x", "numpy.ndarray SHOWN"),
    (NP, "x[:] = sorted(x)", ""),
    (NP, "y = p @ x", ""),  # a sparse matrix, perhaps
    (NP, "pass", ""),
]  # fmt: skip


@pytest.mark.parametrize(("head", "body", "expected"), USED, ids=[case[1] for case in USED])
def test_by_use(head: str, body: str, expected: str) -> None:
    assert of_x(head, "x", body) == expected


def test_what_an_attribute_keeps_is_told_by_its_uses() -> None:
    assert of_x(TORCH, "self, x", "self.x = x; self.x.unsqueeze(0)") == "torch.Tensor SHOWN"
    assert of_x(TORCH, "self, x", "self.x = x; x = 3; self.x.unsqueeze(0)") == ""


def test_a_generator_is_told_by_its_name_and_what_it_does() -> None:
    assert told(f"{NP}def f(rng):\n    rng.shuffle([1])\n").of("rng") == "numpy.random.Generator SHOWN"
    assert told(f"{TORCH}def f(rng):\n    rng.shuffle([1])\n").of("rng") == ""


STATED_AND_USED = [
    ("x: np.ndarray", "x.append(1)", ""),
    ("x: torch.Tensor", "x.append(1); x.unsqueeze(0)", ""),
    ("x: np.ndarray", "x = x.tolist(); x.append(1)", "numpy.ndarray STATED"),
    ("x: int", "x[1:, 0] += 1", "plain STATED"),
    ("x: list[torch.Tensor]", "x.append(1)", "builtins.list[torch.Tensor] STATED"),
    ("x: list[torch.Tensor]", "x[:, 0]", "builtins.list[torch.Tensor] STATED"),
    ("x: torch.Tensor", "x.astype(int)", "torch.Tensor STATED"),
    ("x: torch.Tensor | np.ndarray", "x.unsqueeze(0)", ""),
    ("x: Any", "x.unsqueeze(0)", ""),
    ("x: Thing", "x[:, 0].sum()", ""),
    ("x: None", "x.unsqueeze(0)", ""),
    ("x: Missing", "x.unsqueeze(0)", "torch.Tensor SHOWN"),
    ("x: 'torch.Tensor['", "x.unsqueeze(0)", "torch.Tensor SHOWN"),
    ("x: Loop", "x.unsqueeze(0)", ""),
]  # fmt: skip


@pytest.mark.parametrize(("parameter", "body", "expected"), STATED_AND_USED, ids=lambda text: text)
def test_an_annotation_and_a_use(parameter: str, body: str, expected: str) -> None:
    assert of_x(BOTH + TYPING, parameter, body) == expected


DOCUMENTED = [
    ("x : ndarray", "pass", "numpy.ndarray DOCUMENTED"),
    ("x : array", "pass", ""),  # of which of the two libraries?
    ("x : torch.Tensor, optional", "pass", "torch.Tensor DOCUMENTED"),
    ("x : list of ndarray", "pass", "builtins.list[numpy.ndarray] DOCUMENTED"),
    ("x : ndarray or float", "pass", ""),
    ("x : array-like", "x[:, 0]", "either.Array SHOWN"),
    ("x : int", "pass", "plain DOCUMENTED"),
    ("x : None", "pass", ""),
    ("x : ndarray", "x.append(1)", ""),
    ("x : ndarray", "x.shape", "numpy.ndarray SHOWN"),
    ("x : ndarray", "x.detach()", "torch.Tensor SHOWN"),
    ("y : ndarray", "pass", ""),
]  # fmt: skip


@pytest.mark.parametrize(("description", "body", "expected"), DOCUMENTED, ids=lambda text: text)
def test_documented(description: str, body: str, expected: str) -> None:
    docstring = f'"""Do it.\n\n    Parameters\n    ----------\n    {description}\n    """'
    assert of_x(BOTH, "x", f"{docstring}\n    {body}") == expected


def test_an_annotation_counts_more_than_a_docstring() -> None:
    docstring = '"""Do it.\n\n    Args:\n        x (torch.Tensor): Words.\n    """'
    assert of_x(BOTH, "x: np.ndarray", docstring) == "numpy.ndarray STATED"
    assert of_x(BOTH, "x: Missing", docstring) == "torch.Tensor DOCUMENTED"


@pytest.mark.parametrize(
    ("parameter", "body", "expected"),
    [
        ("x=3", "pass", "plain GUESSED"),
        ("x=-0.5", "x += 1", "plain GUESSED"),
        ("x=True", "pass", "plain GUESSED"),
        ("x='a'", "pass", "plain GUESSED"),
        ("x=0.5", "x[1:] += 1", ""),
        ("x=0.0", "x.shape; x.sum()", "numpy.ndarray SHOWN"),
        ("x=0.0", "np.sum(x)", "numpy.ndarray GUESSED"),
        ("x=0.0", "for y in x: y", ""),
        ("x=None", "pass", ""),
        ("x=()", "pass", ""),
        ("x: np.ndarray = 0", "pass", "numpy.ndarray STATED"),
    ],
    ids=lambda text: text,
)
def test_defaults(parameter: str, body: str, expected: str) -> None:
    assert of_x(NP, parameter, body) == expected


@pytest.mark.parametrize(
    ("head", "annotation", "expected"),
    [
        (TF, "tf.Tensor", "tensorflow.Tensor"),
        (TF, "tf.Variable", "tensorflow.Variable"),
        (TF, "tf.keras.Model", "keras.Model"),
        (KERAS, "keras.Variable", "keras.Variable"),
        (KERAS, "keras.KerasTensor", "keras.KerasTensor"),
        (JAX, "jax.Array", "jax.Array"),
        (JAX, "jnp.ndarray", "jax.Array"),
        ("import cupy\n" + NP, "cupy.ndarray", "cupy.ndarray"),
        ("import chainer\n" + NP, "chainer.Variable", ""),
    ],
)
def test_types_of_each_library(head: str, annotation: str, expected: str) -> None:
    assert of_x(head, f"x: {annotation}") == (f"{expected} STATED" if expected else "")


def test_every_kind_of_parameter() -> None:
    found = told(f"{NP}def f(a: np.ndarray, /, b: int, *c: np.ndarray, d: str = 'd', **e: np.ndarray): ...\n")
    assert {p.name: found.of(p.name) for p in found.function.parameters} == {
        "a": "numpy.ndarray STATED",
        "b": "plain STATED",
        "c": "numpy.ndarray STATED",
        "d": "plain STATED",
        "e": "numpy.ndarray STATED",
    }


def test_locals_are_told_as_well() -> None:
    found = told(f"{TORCH}def f(make):\n    y = make()\n    z = y.unsqueeze(0)\n    return z.parameters()\n")
    assert (found.of("y"), found.of("z")) == ("torch.Tensor SHOWN", "torch.nn.Module SHOWN")
    assert found.evidence.is_array("y")
    assert not found.evidence.is_array("z")


def test_what_a_call_hands_in_counts_least() -> None:
    text = f"{BOTH}def f(a, b: int, c, d): c.detach(); np.sum(d)\n"
    source = Source.read(text)
    analysis = Analysis(source, ast.parse(source.text))
    function = analysis.function_of(".f")
    assert function is not None
    handed = dict.fromkeys("abcd", Kind("numpy.ndarray"))
    found = Told(function, gather(function, analysis.catalog, analysis.libraries, handed))
    assert [found.of(name) for name in "abcd"] == [
        "numpy.ndarray SHOWN",
        "plain STATED",
        "torch.Tensor SHOWN",
        "numpy.ndarray SHOWN",
    ]


def test_of_either_library() -> None:
    """What arrays of both libraries do alike is known; what they do differently is not."""
    catalog = Analysis(Source.read(BOTH), ast.parse(BOTH)).catalog
    assert catalog.is_writable(EITHER) and catalog.tensor_type(EITHER) == EITHER
    assert catalog.method(EITHER, "flatten") is None
    alone = catalog.method(EITHER, "astype")
    assert alone is not None and alone.tensor == "numpy.ndarray"
    for name in ALIKE:
        entry = catalog.method(EITHER, name)
        numpy, torch = catalog.method("numpy.ndarray", name), catalog.method("torch.Tensor", name)
        assert entry is not None and numpy is not None and torch is not None, name
        effects = coarse(numpy.effect), coarse(torch.effect)
        assert effects[0].shares == effects[1].shares, name
        assert ("self" in effects[0].written) == ("self" in effects[1].written), name


OPTIONAL = [
    ("if x is None: x = np.ones(3)\n    x *= y", "numpy.ndarray SHOWN"),
    ("x = np.ones(3) if x is None else x\n    x *= y", "numpy.ndarray SHOWN"),
    ("if x is None: x = 3\n    x *= y", ""),
    ("if x is None: x = np.ones(3)\n    x *= y\n    return x", ""),  # perhaps a result to go on with
]


@pytest.mark.parametrize(("body", "expected"), OPTIONAL, ids=[case[0] for case in OPTIONAL])
def test_what_stands_in_for_what_was_not_given(body: str, expected: str) -> None:
    assert told(f"{NP}def f(y, x=None):\n    {body}\n").of("x") == expected


WRAPPERS = [
    ("gymnasium.ObservationWrapper", "observation", "x /= 255", "numpy.ndarray DOCUMENTED"),
    ("gymnasium.ObservationWrapper", "observation", "x['image'] /= 255", ""),
    ("gymnasium.ObservationWrapper", "reset", "x /= 255", ""),
    ("gymnasium.Wrapper", "observation", "x /= 255", ""),
]


@pytest.mark.parametrize(("base", "method", "body", "expected"), WRAPPERS)
def test_what_a_library_hands_to_methods_that_overwrite_its_own(
    base: str, method: str, body: str, expected: str
) -> None:
    head = f"{NP}import gymnasium\nclass Scaled({base}):\n"
    text = f"{head}  def {method}(self, x):\n    {body}\n    return x\n"
    assert told(text, f"Scaled.{method}").of("x") == expected


def test_what_is_made_in_a_file_is_no_array() -> None:
    """A dataset has the members of an array, and any index of it reads a copy."""
    body = "    y = file.create_dataset('y', x.shape)\n    y[0, 1:] += x[0, 1:]\n    return y.T\n"
    found = told(f"{NP}def f(file, x):\n{body}")
    assert found.of("x").startswith("numpy.ndarray")
    assert found.of("y") == ""
