"""Which way axes run in memory: what is flipped or turned has some that run backwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tensorlint.alias.axes import ONE, UNKNOWN_LAYOUT, Layout
from tensorlint.alias.lattice import Value
from tensorlint.alias.layout import Ranked, around, known, position_of, swapped
from tensorlint.alias.lengths import REMAINING
from tensorlint.alias.region import Between, Step

# Views and references that show the same axes, in another order perhaps.
KEEPING = frozenset({"same_layout", "permuted", "swapped", "moved", "unsqueezed", "alias", "shared"})


def flipped(base: Value, directions: Sequence[int] | None) -> Ranked:
    """Some axes (``None``: all) in the other direction."""
    back = max((around(axis)[1] for axis in directions or ()), default=0)
    layout = known(base, max((around(axis)[0] for axis in directions or ()), default=0), back)
    if layout.axes is None:
        return UNKNOWN_LAYOUT, base.rank
    found = list(layout.axes)
    for axis in range(len(found)) if directions is None else directions:
        position = position_of(layout.axes, axis)
        if position is None:
            return UNKNOWN_LAYOUT, base.rank
        stride = found[position].stride
        found[position] = replace(found[position], stride=None if stride is None else stride * REMAINING)
    return Layout(tuple(found), assumed=layout.assumed), base.rank


def turned(base: Value, quarters: int | None, first: int, second: int) -> Ranked:
    """Turned in the plane of two axes, by so many quarters from the first to the second."""
    if quarters is None:
        return UNKNOWN_LAYOUT, base.rank
    backwards = {0: (), 1: (second,), 2: (first, second), 3: (first,)}[quarters % 4]
    found = flipped(base, backwards)
    if quarters % 2 == 0:
        return found
    return swapped(replace(base, layout=found[0], rank=found[1]), first, second)


def runs_backwards(base: Value) -> bool | None:
    """Whether an axis that is longer than one runs backwards in memory; ``None`` where that is not known."""
    axes = known(base, back=1).axes
    if axes is not None and all(axis.stride is not None for axis in axes):
        return any(axis.stride is not None and axis.stride.factor < 0 and axis.size != ONE for axis in axes)
    path = list(base.path)
    while path and path[-1].kind in KEEPING:
        path.pop()
    reversing = [step for step in path if _reverses(step)]
    return True if reversing and reversing == path[-1:] else None


def _reverses(step: Step) -> bool:
    """Whether a view goes through some axis backwards."""
    cuts = (axis.step for axis in step.axes if isinstance(axis, Between))
    return step.kind == "flipped" or any(isinstance(each, int) and each < 0 for each in cuts)
