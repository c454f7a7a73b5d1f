"""Axes merged, split and repeated: views that ask for other lengths, and whether they need a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from tensorlint.alias import axes
from tensorlint.alias.axes import ONE, ZERO, Axes, Axis, Layout, Size, Verdict, judge, product
from tensorlint.alias.lattice import Value
from tensorlint.alias.layout import UNRANKED, Path, Ranked, around, extent, known, position_of, ranked_axes
from tensorlint.alias.lengths import REMAINING
from tensorlint.alias.region import Step

Lengths = Sequence[Size | None]


def target(base: Layout, wanted: Lengths, new: Value) -> list[Size]:
    """The lengths of a view's axes: -1 is what is left, and a length that is not known gets a name."""
    sizes = [extent(new, axis) if size is None or size == ZERO else size for axis, size in enumerate(wanted)]
    if REMAINING in sizes:
        position = sizes.index(REMAINING)
        others = product(size for size in sizes if size != REMAINING)
        if base.axes is None:
            sizes[position] = extent(new, position)
        else:
            sizes[position] = product(axis.size for axis in base.axes) / others
    return sizes


def verdict(base: Value, wanted: Lengths | None) -> Verdict:
    """Whether ``base`` can be seen with other lengths without copying it."""
    layout = known(base, front=1)
    if layout.is_contiguous:
        return Verdict(True)
    if wanted is None or layout.axes is None:
        return Verdict(None)
    return judge(layout.axes, target(layout, wanted, base.step(Step(0, "view"))))


def reshaped(base: Value, wanted: Lengths | None, path: Path) -> Ranked:
    """All elements in the same order with other lengths: a view if possible, else a contiguous copy."""
    layout = known(base, front=1)
    if wanted is None:
        return Layout(contiguous=layout.is_contiguous is True, assumed=layout.assumed), None
    sizes = target(layout, wanted, replace(base, path=path))
    if layout.is_contiguous:
        return Layout(axes.contiguous(sizes), assumed=layout.assumed), len(sizes)
    found = Verdict(None) if layout.axes is None else judge(layout.axes, sizes)
    if found.legal is None or layout.axes is None:
        return Layout(tuple(Axis(size) for size in sizes)), len(sizes)
    if found.legal:
        return Layout(axes.reshaped(layout.axes, sizes), assumed=layout.assumed), len(sizes)
    return Layout(axes.contiguous(sizes), assumed=layout.assumed), len(sizes)


def merged(base: Value, start: int, end: int) -> list[Size] | None:
    """The lengths that are left when the axes from ``start`` to ``end`` become one."""
    front, back = around(start)
    if end != -1:
        front, back = max(front, around(end)[0]), max(back, around(end)[1])
    found = known(base, front, back).axes
    if found is None:
        return None
    first = position_of(found, start)
    last = len(found) - 1 if end == -1 else position_of(found, end)
    if first is None or last is None or any(axis.many for axis in (*found[:first], *found[last + 1 :])):
        return None
    sizes = [axis.size for axis in found]
    return [*sizes[:first], product(sizes[first : last + 1]), *sizes[last + 1 :]]


def unmerged(base: Value, axis: int, wanted: Lengths | None) -> list[Size] | None:
    """The lengths that there are when one axis is split."""
    found = known(base, *around(axis)).axes
    position = position_of(found, axis) if found is not None else None
    if (
        found is None
        or position is None
        or wanted is None
        or None in wanted
        or any(each.many for each in found)
    ):
        return None
    sizes = [size for size in wanted if size is not None]
    others = product(size for size in sizes if size != REMAINING)
    sizes = [found[position].size / others if size == REMAINING else size for size in sizes]
    before, after = found[:position], found[position + 1 :]
    return [*(each.size for each in before), *sizes, *(each.size for each in after)]


def expanded(base: Value, wanted: Lengths | None, path: Path) -> Ranked:
    """Axes of length one, and new ones before all others, repeated without memory of their own."""
    layout = known(base)
    new = replace(base, path=path)
    if wanted is None:
        return UNRANKED
    if layout.axes is not None and wanted and wanted[0] == REMAINING:
        layout = replace(layout, axes=_told_apart(layout.axes, len(wanted), base))
    if layout.axes is None or any(axis.many for axis in layout.axes):
        kept = REMAINING in wanted  # and the others are what it is expanded along
        unknown = [
            Axis(extent(new, n))
            if size == REMAINING
            else Axis(extent(new, n) if size is None else size, ZERO if kept else None)
            for n, size in enumerate(wanted)
        ]
        return Layout(tuple(unknown), assumed=kept), len(unknown)
    found: list[Axis] = []
    guessed = False
    added = len(wanted) - len(layout.axes)
    for position, size in enumerate(wanted):
        old = layout.axes[position - added] if position >= added else None
        if old is not None and size in (REMAINING, old.size):
            found.append(old)
        elif old is None or old.size == ONE:
            found.append(Axis(extent(new, position) if size is None else size, ZERO))
        elif added:  # the new axes are what it was expanded for
            found.append(replace(old, size=old.size if size is None else size))
            guessed = True
        else:
            found.append(Axis(old.size if size is None else size))
    return ranked_axes(tuple(found), layout.assumed or guessed)


def _told_apart(found: Axes, rank: int, base: Value) -> Axes:
    """The axes that :func:`known` has taken together, where there are ``rank`` axes: ``expand`` puts no new
    ones before an axis that stays as long as it is.
    """
    many = next((position for position, axis in enumerate(found) if axis.many), None)
    count = rank - len(found) + 1
    if many is None or count < 0:
        return found
    whole = found[many]
    sizes = [whole.size] if count == 1 else [extent(base, many + n) for n in range(count)]
    apart = [Axis(size, whole.stride if n == count - 1 else None) for n, size in enumerate(sizes)]
    return (*found[:many], *apart, *found[many + 1 :])


def together(values: Sequence[Value]) -> Lengths | None:
    """The lengths that several tensors have when they are broadcast; ``None`` where that is not known."""
    found = [known(value).axes for value in values]
    if any(each is None or any(axis.many for axis in each) for each in found):
        return None
    sizes: list[Size] = []
    for aligned in zip_longest(
        *([axis.size for axis in reversed(each or ())] for each in found), fillvalue=ONE
    ):
        longer = {size for size in aligned if size != ONE}
        if len(longer) > 1:
            return None
        sizes.append(next(iter(longer), ONE))
    return sizes[::-1]


def viewable(base: Value, wanted: Lengths | None) -> bool | None:
    """Whether other lengths need no copy; ``None`` when it depends, or when that would be assumed."""
    return None if known(base, front=1).assumed else verdict(base, wanted).legal
