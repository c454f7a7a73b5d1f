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
    it writes the same), or only ``perhaps``. ``of`` and ``gives`` name another kind of value than the
    library's tensors, such as NumPy's arrays in a program of PyTorch.
    """

    text: str
    shape: Callable[[Shape], Shape]
    low: int = 1
    high: int = 3
    shows: str = "always"
    of: str = ""
    gives: str = ""


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


class Kind(NamedTuple):
    """Values that the calls of the tables take and give: ``made`` is one of them, out of a tensor ``{a}``.

    ``word`` is what forms call it; the library's tensors have none.
    """

    word: str
    type: str
    made: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """One library's way to say it. Groups that are empty are left out of its programs.

    ``tensor`` is the annotation of a parameter, ``copy`` an expression with a hole ``{a}``. ``subset_gives``
    is the kind of what basic indexing gives; None where there is none. Tensors of a library that ``stores``
    can be written by subscripts; where it ``augments``, ``t += 1`` is a tensor again. ``helpers`` and
    ``classes`` are definitions of the program's own, each with a word for how it is used. ``prefixes`` say
    how programs spell what the tables call by names that begin so, in as many ways as there are.
    """

    library: str
    prelude: str
    tensor: str
    copy: str
    fresh: tuple[Form, ...]
    copies: tuple[Form, ...]
    views: tuple[Form, ...] = ()
    maybes: tuple[Form, ...] = ()
    writes: tuple[Form, ...] = ()
    outs: tuple[Form, ...] = ()
    halves: tuple[Form, ...] = ()
    others: tuple[Form, ...] = ()
    helpers: tuple[tuple[str, str], ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    contexts: tuple[str, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()
    other_kinds: tuple[Kind, ...] = ()
    most_forms: int = 3  # of one entry
    subset_gives: str | None = ""
    iterates: bool = True
    stores: bool = True
    augments: bool = True
    negative_steps: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return (Kind("", self.tensor, "{a}"), *self.other_kinds)

    @property
    def tables(self) -> tuple[str, ...]:
        """The libraries whose tables programs draw on."""
        return tuple(dict.fromkeys(prefix.partition(".")[0] for prefix, _ in self.prefixes))


_CENTRED = """def centred(t, inplace=False):
    if not inplace:
        t = COPY
    t -= 1
    return t
"""
_EVERY = """def every(*tensors):
    return list(tensors)
"""
_EARLY = """def early(t, flag):
    if flag:
        return t
    t = COPY
    t += 1
    return t
"""
HELPERS = (
    ("tensor", "def first_rows(t):\n    return t[:2]\n"),
    ("tensor", "def fresh(t):\n    return COPY\n"),
    ("tensor", "def shifted(t):\n    t += 1\n    return t\n"),
    ("tensor", _CENTRED),
    ("flag", _EARLY),
    ("choice", "def either(t, u, flag):\n    if flag:\n        return t\n    return u\n"),
    ("choice", "def blended(t, u, flag):\n    result = COPY\n    result += u\n    return result\n"),
    ("choice", "def mixed(t, u, flag):\n    t += 1\n    return u if flag else t\n"),
    ("pair", "def pair(t):\n    return t[0], t[1:]\n"),
    ("rows", "def rows(t):\n    return [r for r in t]\n"),
    ("rows", "def rows_copied(t):\n    return [COPIED for r in t]\n"),
    ("several", _EVERY),
    ("store", "def keep(items, t):\n    items.append(t)\n"),
    ("store", "def keep_copy(items, t):\n    items.append(COPY)\n"),
    ("none", "def reset(t):\n    t[...] = 0\n"),
)
_HOLDER = """class NAME:
    def __init__(self, t):
        self.t = KEPT

    def held(self):
        return self.t

    def first(self):
        return self.t[:1]

    def put(self, t):
        self.t = t

    def put_copy(self, t):
        self.t = COPY

    def shift(self):
        self.t += 1
"""
CLASSES = (
    ("Holder", _HOLDER.replace("NAME", "Holder").replace("KEPT", "t")),
    ("Owner", _HOLDER.replace("NAME", "Owner").replace("KEPT", "COPY")),
)


def spelled(
    definitions: tuple[tuple[str, str], ...], copy: str, without: tuple[str, ...] = ()
) -> tuple[tuple[str, str], ...]:
    """Definitions that copy as a library does."""
    found = tuple(
        (use, text.replace("COPY", copy.format(a="t")).replace("COPIED", copy.format(a="r")))
        for use, text in definitions
    )
    return tuple((use, text) for use, text in found if not any(word in text for word in without))
