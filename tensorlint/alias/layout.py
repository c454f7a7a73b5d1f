"""What view steps do to strides and to the number of axes.

Only what holds for every shape is called contiguous or not; everything else is unknown. An axis of size one
makes a permuted tensor contiguous after all: "not contiguous" means for axes longer than one.
"""

from __future__ import annotations

from collections.abc import Sequence

from tensorlint.alias.lattice import CONTIGUOUS, UNKNOWN_LAYOUT, Layout, Value

KEEPING = ("same_layout", "squeezed", "shallow")


def permuted(base: Value, axes: Sequence[int] | None) -> Layout:
    """``axes[i]`` of the base stands at position ``i``; ``None``: all axes reversed (or an order not known)."""
    if base.layout.kind not in ("contiguous", "permuted", "unknown"):
        return base.layout
    if axes is None:
        order = tuple(range(base.rank - 1, -1, -1)) if base.rank else ()
    elif base.rank is not None:
        order = tuple(axis % base.rank for axis in axes)
    else:
        order = tuple(axes) if all(axis >= 0 for axis in axes) else ()
    if base.layout.kind == "unknown":
        return UNKNOWN_LAYOUT
    if base.layout.order and order and len(order) <= len(base.layout.order):
        order = tuple(base.layout.order[axis] for axis in order) if max(order) < len(base.layout.order) else ()
    elif base.layout.kind == "permuted":
        order = ()
    if order and order == tuple(range(len(order))):
        return CONTIGUOUS
    return Layout("permuted", order)


def swapped(base: Value, first: int | None, second: int | None) -> Layout:
    """Two axes exchanged."""
    if first is None or second is None:
        return UNKNOWN_LAYOUT
    if base.rank is None:
        if first < 0 or second < 0:
            return Layout("permuted") if base.layout.kind == "contiguous" and first != second else UNKNOWN_LAYOUT
        size = max(first, second) + 1
    else:
        first, second, size = first % base.rank, second % base.rank, base.rank
    axes = list(range(size))
    axes[first], axes[second] = axes[second], axes[first]
    return permuted(base, axes)


def viewable(base: Value) -> bool | None:
    """Whether merging axes of ``base`` needs no copy, where the layout alone decides."""
    if base.layout.kind == "contiguous":
        return True
    return None


def contiguous(base: Value) -> bool | None:
    """Whether ``base`` is contiguous; ``None`` when it depends."""
    if base.layout.kind == "contiguous":
        return True
    return None if base.layout.kind == "unknown" else False
