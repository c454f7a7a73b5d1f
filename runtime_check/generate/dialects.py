"""What the random programs say in each library: expressions and writes, with the shapes they need and give.

A *form* is one line of source with holes: ``{a}`` a tensor, ``{b}`` another one of the same shape. Shapes are
symbolic: a :class:`Dim` has a label (equal labels are equal sizes in every execution) and the least size that
it can have, so that a program is valid for every input without being executed first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import NamedTuple


class Dim(NamedTuple):
    """One axis: ``label`` names its size, ``least`` is the smallest size over all inputs."""

    label: str
    least: int


Shape = tuple[Dim, ...]
ONE = Dim("1", 1)


class Form(NamedTuple):
    """One way to write an expression; applies to tensors of ``low`` to ``high`` axes.

    A write ``shows`` when it changes bytes whatever was there before: ``always``, ``once`` (the second time
    it writes the same), or only ``perhaps``.
    """

    text: str
    shape: Callable[[Shape], Shape]
    low: int = 1
    high: int = 3
    shows: str = "always"


def fixed(*sizes: int) -> Shape:
    """The shape of a literal size."""
    return tuple(Dim(str(size), size) for size in sizes)


def cut(dim: Dim, count: int) -> Dim:
    """``dim`` without ``count`` of its elements."""
    return Dim(f"{dim.label}-{count}", dim.least - count) if count else dim


def same(shape: Shape) -> Shape:
    return shape


def back(shape: Shape) -> Shape:
    return shape[::-1]


def swapped(shape: Shape) -> Shape:
    return (shape[1], shape[0], *shape[2:])


def first_last(shape: Shape) -> Shape:
    return (*shape[1:], shape[0])


def grown(shape: Shape) -> Shape:
    return (ONE, *shape)


def squeezed(shape: Shape) -> Shape:
    return tuple(dim for dim in shape if dim.label != "1")


def rest(shape: Shape) -> Shape:
    return shape[1:]


def flat(shape: Shape) -> Shape:
    return (Dim("*".join(dim.label for dim in shape), prod(dim.least for dim in shape)),)


def folded(shape: Shape) -> Shape:
    (size,) = flat(shape)
    return Dim("2", 2), Dim(f"({size.label})/2", size.least // 2)


def diagonal(shape: Shape) -> Shape:
    return (Dim("+".join(sorted(dim.label for dim in shape[:2])), min(dim.least for dim in shape[:2])),)


def tripled(shape: Shape) -> Shape:
    return (Dim("3", 3), *shape)


def two(shape: Shape) -> Shape:
    return (Dim("2", 2), *shape[1:])


def half(shape: Shape) -> Shape:
    return (Dim(f"{shape[0].label}/2", shape[0].least // 2), *shape[1:])


def doubled(shape: Shape) -> Shape:
    return (Dim(f"2*{shape[0].label}", 2 * shape[0].least), *shape[1:])


@dataclass(frozen=True, slots=True)
class Dialect:
    """One library's way to say it; ``helpers`` are local functions: definition, and the result as a kind."""

    library: str
    prelude: str
    tensor: str  # the annotation of a tensor parameter
    copy: str
    negative_steps: bool
    fresh: tuple[Form, ...]
    views: tuple[Form, ...]
    maybes: tuple[Form, ...]
    copies: tuple[Form, ...]
    writes: tuple[Form, ...]
    outs: tuple[Form, ...]
    halves: tuple[Form, ...]
    helpers: tuple[tuple[str, str], ...]


_CENTRED = """def centred(t, inplace=False):
    if not inplace:
        t = t.COPY()
    t -= 1
    return t
"""
HELPERS = (
    ("tensor", "def first_rows(t):\n    return t[:2]\n"),
    ("tensor", "def fresh(t):\n    return t.COPY()\n"),
    ("tensor", "def shifted(t):\n    t += 1\n    return t\n"),
    ("tensor", _CENTRED),
    ("choice", "def either(t, u, flag):\n    if flag:\n        return t\n    return u\n"),
    ("choice", "def blended(t, u, flag):\n    result = t.COPY()\n    result += u\n    return result\n"),
    ("pair", "def pair(t):\n    return t[0], t[1:]\n"),
    ("rows", "def rows(t):\n    return [r for r in t]\n"),
    ("rows", "def rows_copied(t):\n    return [r.COPY() for r in t]\n"),
    ("store", "def keep(items, t):\n    items.append(t)\n"),
    ("store", "def keep_copy(items, t):\n    items.append(t.COPY())\n"),
    ("none", "def reset(t):\n    t[...] = 0\n"),
)


def _helpers(copy: str) -> tuple[tuple[str, str], ...]:
    return tuple((kind, text.replace("COPY", copy)) for kind, text in HELPERS)


NUMPY = Dialect(
    library="numpy",
    prelude="import copy\n\nimport numpy as np\n",
    tensor="np.ndarray",
    copy="copy",
    negative_steps=True,
    fresh=(
        Form("np.zeros((4, 6))", lambda _: fixed(4, 6)),
        Form("np.ones((6, 4))", lambda _: fixed(6, 4)),
        Form("np.arange(24.0).reshape(4, 6)", lambda _: fixed(4, 6)),
        Form("np.arange(8.0)", lambda _: fixed(8)),
        Form("np.full((4, 4), 2.0)", lambda _: fixed(4, 4)),
        Form("np.array([[1.0, 2.0], [3.0, 4.0]])", lambda _: fixed(2, 2)),
        Form("np.random.rand(2, 4, 6)", lambda _: fixed(2, 4, 6)),
        Form("np.zeros_like({a})", same),
        Form("np.ones_like({a})", same),
        Form("np.zeros({a}.shape)", same),
    ),
    views=(
        Form("{a}.T", back, 2),
        Form("{a}.transpose()", back, 2),
        Form("{a}.transpose(1, 0)", swapped, 2, 2),
        Form("np.transpose({a}, (1, 2, 0))", first_last, 3, 3),
        Form("{a}.swapaxes(0, 1)", swapped, 2),
        Form("np.swapaxes({a}, 0, 1)", swapped, 2),
        Form("np.moveaxis({a}, 0, -1)", first_last, 2),
        Form("{a}[:]", same),
        Form("{a}[...]", same),
        Form("{a}[::-1]", same),
        Form("{a}[None]", grown, 1, 2),
        Form("np.expand_dims({a}, 0)", grown, 1, 2),
        Form("{a}.view()", same),
        Form("{a}.squeeze()", squeezed),
        Form("np.squeeze({a})", squeezed),
        Form("np.flip({a}, 0)", same),
        Form("np.flipud({a})", same, 2),
        Form("np.fliplr({a})", same, 2),
        Form("{a}.diagonal()", diagonal, 2, 2),
        Form("np.asarray({a})", same),
        Form("np.asanyarray({a})", same),
        Form("np.atleast_2d({a})", same, 2),
        Form("np.atleast_1d({a})", same),
        Form("{a}.real", same),
        Form("np.broadcast_to({a}, (3, *{a}.shape))", tripled, 1, 2),
    ),
    maybes=(
        Form("{a}.reshape(-1)", flat, 2),
        Form("{a}.reshape(2, -1)", folded),
        Form("np.reshape({a}, (2, -1))", folded),
        Form("{a}.ravel()", flat, 2),
        Form("np.ravel({a})", flat, 2),
        Form("np.ascontiguousarray({a})", same),
        Form("np.asfortranarray({a})", same, 2),
        Form("np.asarray({a}, dtype=np.float32)", same),
        Form("np.asarray({a}, dtype=float)", same),
        Form("{a}.astype(np.float64, copy=False)", same),
        Form("{a}.astype({a}.dtype, copy=False)", same),
        Form("np.array({a}, copy=None)", same),
        Form("np.require({a}, requirements='C')", same),
    ),
    copies=(
        Form("{a}.copy()", same),
        Form("{a}.copy()", same),
        Form("np.copy({a})", same),
        Form("np.array({a})", same),
        Form("{a}.flatten()", flat, 2),
        Form("{a}.astype(np.float32)", same),
        Form("copy.deepcopy({a})", same),
        Form("copy.copy({a})", same),
        Form("{a} + 1", same),
        Form("{a} * 0.5", same),
        Form("{a} - {b}", same),
        Form("-{a}", same),
        Form("{a} / 2", same),
        Form("{a}[[0, 1]]", two),
        Form("{a}[{a} > 1]", lambda _: (Dim("?", 0),)),
        Form("{a}.sum(axis=0)", rest, 2),
        Form("{a}.mean(axis=0, keepdims=True)", lambda s: (ONE, *s[1:]), 2),
        Form("np.sin({a})", same),
        Form("np.abs({a})", same),
        Form("np.maximum({a}, 0)", same),
        Form("np.clip({a}, 0, 1)", same),
        Form("np.where({a} > 0, {a}, {b})", same),
        Form("np.concatenate([{a}, {b}])", doubled),
        Form("np.stack([{a}, {b}])", lambda s: (Dim("2", 2), *s), 1, 2),
        Form("np.vstack([{a}, {b}])", doubled, 2),
        Form("np.roll({a}, 1, axis=0)", same),
        Form("np.sort({a}, axis=0)", same),
        Form("np.cumsum({a}, axis=0)", same),
        Form("{a}.repeat(2, axis=0)", doubled),
        Form("{a} @ {a}.T", lambda s: (s[0], s[0]), 2, 2),
    ),
    writes=(
        Form("{a} += {n}", same),
        Form("{a} *= 2", same, shows="perhaps"),
        Form("{a} -= {b}", same, shows="perhaps"),
        Form("{a}[0] = {n}", same, shows="once"),
        Form("{a}[-1] = {n}", same, shows="once"),
        Form("{a}[:] = {b}", same, shows="perhaps"),
        Form("{a}[...] = {n}", same, shows="once"),
        Form("{a}[0] += {n}", same),
        Form("{a}[1:] += {n}", same, shows="perhaps"),
        Form("{a}[:, 0] = {n}", same, 2, shows="once"),
        Form("{a}[{a} > 2] = 0", same, shows="perhaps"),
        Form("{a}.fill({n})", same, shows="once"),
        Form("{a}.sort()", same, shows="perhaps"),
        Form("np.copyto({a}, {b})", same, shows="perhaps"),
        Form("np.add({a}, {n}, out={a})", same),
        Form("np.multiply({a}, {b}, out={a})", same, shows="perhaps"),
    ),
    outs=(
        Form("np.add({a}, 1, out={b})", same),
        Form("np.subtract({a}, {a}, out={b})", same),
        Form("np.maximum({a}, 0, out={b})", same),
        Form("np.clip({a}, 0, 1, out={b})", same),
    ),
    halves=(
        Form("np.split({a}, 2)", half),
        Form("np.array_split({a}, 2)", half),
        Form("np.vsplit({a}, 2)", half, 2),
    ),
    helpers=_helpers("copy"),
)

TORCH = Dialect(
    library="torch",
    prelude="import copy\n\nimport torch\nimport torch.nn.functional as F\n",
    tensor="torch.Tensor",
    copy="clone",
    negative_steps=False,
    fresh=(
        Form("torch.zeros(4, 6)", lambda _: fixed(4, 6)),
        Form("torch.ones(6, 4)", lambda _: fixed(6, 4)),
        Form("torch.arange(24.0).reshape(4, 6)", lambda _: fixed(4, 6)),
        Form("torch.arange(8.0)", lambda _: fixed(8)),
        Form("torch.full((4, 4), 2.0)", lambda _: fixed(4, 4)),
        Form("torch.tensor([[1.0, 2.0], [3.0, 4.0]])", lambda _: fixed(2, 2)),
        Form("torch.rand(2, 4, 6)", lambda _: fixed(2, 4, 6)),
        Form("torch.zeros_like({a})", same),
        Form("torch.ones_like({a})", same),
        Form("{a}.new_zeros({a}.shape)", same),
    ),
    views=(
        Form("{a}.T", swapped, 2, 2),
        Form("{a}.t()", swapped, 2, 2),
        Form("{a}.mT", lambda s: (*s[:-2], s[-1], s[-2]), 2),
        Form("{a}.transpose(0, 1)", swapped, 2),
        Form("torch.transpose({a}, 0, 1)", swapped, 2),
        Form("{a}.permute(1, 2, 0)", first_last, 3, 3),
        Form("{a}.permute(1, 0)", swapped, 2, 2),
        Form("torch.movedim({a}, 0, -1)", first_last, 2),
        Form("{a}[:]", same),
        Form("{a}[...]", same),
        Form("{a}[None]", grown, 1, 2),
        Form("{a}.unsqueeze(0)", grown, 1, 2),
        Form("{a}.squeeze()", squeezed),
        Form("{a}.view({a}.shape)", same),
        Form("{a}.view(-1)", flat),
        Form("{a}.view_as({b})", same),
        Form("{a}.detach()", same),
        Form("{a}.data", same),
        Form("{a}.narrow(0, 0, 2)", two),
        Form("{a}.select(0, 1)", rest, 2),
        Form("{a}.diagonal()", diagonal, 2, 2),
        Form("{a}.expand(3, *{a}.shape)", tripled, 1, 2),
        Form("{a}.numpy()", lambda _: (), 1, 3),
        Form("torch.from_numpy({a}.numpy())", same),
        Form("torch.as_tensor({a})", same),
        Form("{a}.requires_grad_(False)", same),
    ),
    maybes=(
        Form("{a}.reshape(-1)", flat, 2),
        Form("{a}.reshape(2, -1)", folded),
        Form("torch.reshape({a}, (2, -1))", folded),
        Form("{a}.flatten()", flat, 2),
        Form("torch.flatten({a})", flat, 2),
        Form("{a}.ravel()", flat, 2),
        Form("{a}.contiguous()", same),
        Form("{a}.contiguous()", same),
        Form("{a}.to(torch.float64)", same),
        Form("{a}.to({a}.dtype)", same),
        Form("{a}.double()", same),
        Form("{a}.float()", same),
        Form("{a}.cpu()", same),
        Form("{a}.to('cpu')", same),
        Form("{a}.type(torch.float32)", same),
    ),
    copies=(
        Form("{a}.clone()", same),
        Form("{a}.clone()", same),
        Form("{a}.detach().clone()", same),
        Form("torch.clone({a})", same),
        Form("copy.deepcopy({a})", same),
        Form("{a} + 1", same),
        Form("{a} * 0.5", same),
        Form("{a} - {b}", same),
        Form("-{a}", same),
        Form("{a} / 2", same),
        Form("{a}.add(1)", same),
        Form("{a}[[0, 1]]", two),
        Form("{a}[{a} > 1]", lambda _: (Dim("?", 0),)),
        Form("{a}.sum(dim=0)", rest, 2),
        Form("{a}.sum(dim=0, keepdim=True)", lambda s: (ONE, *s[1:]), 2),
        Form("torch.abs({a})", same),
        Form("torch.relu({a})", same),
        Form("F.relu({a})", same),
        Form("{a}.clamp(0, 1)", same),
        Form("torch.where({a} > 0, {a}, {b})", same),
        Form("torch.cat([{a}, {b}])", doubled),
        Form("torch.stack([{a}, {b}])", lambda s: (Dim("2", 2), *s), 1, 2),
        Form("torch.flip({a}, (0,))", same),
        Form("torch.roll({a}, 1, 0)", same),
        Form("{a}.cumsum(0)", same),
        Form("{a}.index_select(0, torch.tensor([0, 1]))", two),
        Form("{a}.repeat_interleave(2, dim=0)", doubled),
        Form("{a} @ {a}.T", lambda s: (s[0], s[0]), 2, 2),
        Form("{a}.to(torch.float32, copy=True)", same),
    ),
    writes=(
        Form("{a} += {n}", same),
        Form("{a} *= 2", same, shows="perhaps"),
        Form("{a} -= {b}", same, shows="perhaps"),
        Form("{a}.add_({n})", same),
        Form("{a}.mul_(2)", same, shows="perhaps"),
        Form("{a}.copy_({b})", same, shows="perhaps"),
        Form("{a}.zero_()", same, shows="perhaps"),
        Form("{a}.fill_({n})", same, shows="once"),
        Form("{a}.clamp_(0, 1)", same, shows="perhaps"),
        Form("{a}[0] = {n}", same, shows="once"),
        Form("{a}[-1] = {n}", same, shows="once"),
        Form("{a}[:] = {b}", same, shows="perhaps"),
        Form("{a}[...] = {n}", same, shows="once"),
        Form("{a}[0] += {n}", same),
        Form("{a}[1:].add_({n})", same, shows="perhaps"),
        Form("{a}[:, 0] = {n}", same, 2, shows="once"),
        Form("{a}[{a} > 2] = 0", same, shows="perhaps"),
        Form("torch.add({a}, {n}, out={a})", same),
    ),
    outs=(
        Form("torch.add({a}, 1, out={b})", same),
        Form("torch.clamp({a}, 0, 1, out={b})", same),
        Form("{b}.add_({a})", same),
        Form("{b}.copy_({a})", same),
    ),
    halves=(
        Form("{a}.chunk(2)", half),
        Form("torch.chunk({a}, 2)", half),
        Form("torch.tensor_split({a}, 2)", half),
    ),
    helpers=_helpers("clone"),
)

DIALECTS = {"numpy": NUMPY, "torch": TORCH}
