"""The algebra of axes: lengths that may be unknown, strides, and which of them a view may merge.

A length is a number times powers of *atoms*, things whose value is not known (``H * W``, ``C // 2``).
Division is taken to be exact, as it must be where a length is the shape of a tensor. Two lengths are equal
only if they are the same expression; one is longer than another if that holds for all atoms longer than one
(an axis of length one merges with everything, so "cannot be merged" always means axes longer than one).

The elements of a tensor are addressed by one stride for each axis. Two neighbouring axes are *adjacent in
memory* if a step along the outer one is as long as the whole inner one; only such axes can be seen as one
without copying.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise, permutations
from typing import Any


@dataclass(frozen=True, slots=True)
class Size:
    """``factor`` times each atom to its power; a stride may also be zero or negative."""

    factor: Fraction
    powers: frozenset[tuple[Any, int]] = frozenset()

    def __mul__(self, other: Size) -> Size:
        factor = self.factor * other.factor
        return Size(factor, _added(self.powers, other.powers, 1) if factor else frozenset())

    def __truediv__(self, other: Size) -> Size:
        return Size(self.factor / other.factor, _added(self.powers, other.powers, -1))

    @property
    def number(self) -> int | None:
        """The length, where it is known."""
        return int(self.factor) if not self.powers and self.factor.denominator == 1 else None

    @property
    def atom(self) -> Any:
        """The only atom, where the length is just that; else ``None``."""
        if self.factor != 1 or len(self.powers) != 1:
            return None
        ((atom, power),) = self.powers
        return atom if power == 1 else None


def _added(
    first: frozenset[tuple[Any, int]], second: frozenset[tuple[Any, int]], sign: int
) -> frozenset[tuple[Any, int]]:
    if not second:
        return first
    powers = dict(first)
    for atom, power in second:
        powers[atom] = powers.get(atom, 0) + sign * power
    return frozenset((atom, power) for atom, power in powers.items() if power)


def length(number: int) -> Size:
    return Size(Fraction(number))


def unknown(atom: Any) -> Size:
    return Size(Fraction(1), frozenset({(atom, 1)}))


MOST_QUOTIENTS = 6
ONE = length(1)
ZERO = length(0)


def product(sizes: Iterable[Size]) -> Size:
    result = ONE
    for size in sizes:
        result = result * size
    return result


def order(first: Size, second: Size, quotients: Sequence[Size] = ()) -> int | None:
    """-1, 0 or 1 as the first is shorter, equal or longer, all atoms exceeding one; ``None``: depends.

    ``quotients`` are lengths such as ``C // 2`` that are longer than one as well.
    """
    if first == second:
        return 0
    if first.factor <= 0 or second.factor <= 0:
        return None if first.powers or second.powers else (1 if first.factor > second.factor else -1)
    if _is_long(first / second, quotients):
        return 1
    return -1 if _is_long(second / first, quotients) else None


def _is_long(ratio: Size, quotients: Sequence[Size]) -> bool:
    """Whether a ratio is a product of lengths, each at least one."""
    if ratio.factor >= 1 and all(power > 0 for _, power in ratio.powers):
        return True
    return any(_is_long(ratio / each, quotients[n + 1 :]) for n, each in enumerate(quotients))


def quotients_of(sizes: Iterable[Size]) -> tuple[Size, ...]:
    """The lengths that were made by division."""
    found = (s for s in sizes if s.factor.denominator > 1 or any(power < 0 for _, power in s.powers))
    return tuple(dict.fromkeys(found))[:MOST_QUOTIENTS]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis. ``stride`` counts elements, ``None`` where it is not known; zero for an expanded axis.

    ``whole``: how long it was before some of its positions were certainly left out. ``many`` stands for any
    number of axes that are contiguous among themselves, where the number of axes is not known.
    """

    size: Size
    stride: Size | None = None
    whole: Size | None = None
    many: bool = False


Axes = tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of axes and strides. ``contiguous`` without axes: row-major, no gaps, whatever the axes.

    ``assumed``: true if the caller's tensors are contiguous and lengths that are not known are longer than
    one. Rules may go by it; whether two names share memory must not.
    """

    axes: Axes | None = None
    contiguous: bool = False
    assumed: bool = False

    @property
    def is_contiguous(self) -> bool | None:
        return contiguity(self.axes) if self.axes is not None else self.contiguous or None

    @property
    def expanded(self) -> bool:
        """Whether some cell certainly stands for many elements."""
        return any(axis.stride == ZERO and axis.size != ONE for axis in self.axes or ())


UNKNOWN_LAYOUT = Layout()
CONTIGUOUS = Layout(contiguous=True)


def contiguous(sizes: Sequence[Size], many: int | None = None) -> Axes:
    """The axes of a row-major tensor without gaps; the position ``many`` stands for any number of axes."""
    found: list[Axis] = []
    stride = ONE
    for position in range(len(sizes) - 1, -1, -1):
        found.append(Axis(sizes[position], stride, many=position == many))
        stride = stride * sizes[position]
    return tuple(reversed(found))


def adjacent(outer: Axis, inner: Axis, quotients: Sequence[Size] = ()) -> bool | None:
    """Whether a step along ``outer`` is as long as all of ``inner``; ``None``: it depends or is unknown."""
    if outer.stride is None or inner.stride is None:
        return None
    span = inner.stride * inner.size
    if outer.stride == span:
        return True
    if (outer.stride.factor > 0) != (span.factor > 0) or (outer.stride.factor < 0) != (span.factor < 0):
        return False
    room = None if inner.whole is None else _positive(inner.stride * inner.whole)
    if room is not None and order(_positive(outer.stride), room) in (0, 1):
        return False
    return None if order(_positive(outer.stride), _positive(span), quotients) is None else False


def _positive(stride: Size) -> Size:
    return stride if stride.factor >= 0 else replace(stride, factor=-stride.factor)


def contiguity(axes: Axes) -> bool | None:
    """Whether axes are row-major without gaps."""
    long = [axis for axis in axes if axis.size != ONE]
    if not long:
        return True
    quotients = quotients_of(axis.size for axis in long)
    verdicts = [adjacent(outer, inner, quotients) for outer, inner in pairwise(long)]
    last = long[-1].stride
    verdicts.append(
        None if last is None else True if last == ONE else False if order(last, ONE) is not None else None
    )
    if last is not None and last.factor <= 0:
        verdicts[-1] = False
    return False if False in verdicts else None if None in verdicts else True


def repeats(axes: Axes) -> bool | None:
    """Whether one cell stands for several elements; ``None`` where that is not known."""
    long = [axis for axis in axes if axis.size != ONE]
    if any(axis.stride == ZERO for axis in long):
        return True
    if any(axis.stride is None for axis in long):
        return None
    if any(_meets(outer, inner) for outer, inner in permutations(long, 2)):
        return True
    nested = all(_clears(first, second) or _clears(second, first) for first, second in combinations(long, 2))
    return False if nested else None


def _meets(outer: Axis, inner: Axis) -> bool:
    """Whether some steps along ``inner`` certainly lead to where one along ``outer`` leads."""
    assert outer.stride is not None and inner.stride is not None
    steps = _positive(outer.stride) / _positive(inner.stride)
    return steps.number is not None and order(steps, inner.size) == -1


def _clears(outer: Axis, inner: Axis) -> bool:
    """Whether one step along ``outer`` leads past all of ``inner``."""
    assert outer.stride is not None and inner.stride is not None
    span = _positive(inner.stride) * (inner.whole or inner.size)
    return order(_positive(outer.stride), span) in (0, 1)


@dataclass(frozen=True, slots=True)
class Merge:
    """Neighbouring axes of a tensor, by position, that a view would merge although they are not adjacent.

    ``between``: which of the axes from ``outer`` to ``inner`` are merged depends on lengths, but some are.
    """

    outer: int
    inner: int
    expanded: bool
    between: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """``legal``: whether the view needs no copy, ``None`` where it depends; if not, ``merges`` says why."""

    legal: bool | None
    merges: tuple[Merge, ...] = ()


def judge(axes: Axes, target: Sequence[Size]) -> Verdict:
    """Whether axes can be seen with the lengths ``target``, of which only the product need be the same.

    A view is legal if every pair of neighbours that are not adjacent in memory stays apart: a boundary
    between two target axes must stand where they meet. With fewer boundaries than such pairs it is not legal,
    whatever the lengths are, as long as none is one.
    """
    positions = [position for position, axis in enumerate(axes) if axis.size != ONE]
    long = [axes[position] for position in positions]
    wanted = [size for size in target if size != ONE]
    before, after = _cuts([axis.size for axis in long])
    quotients = quotients_of([*(axis.size for axis in long), *wanted])
    cuts = list(zip(*_cuts(wanted), strict=True))
    merges: list[Merge] = []
    apart = 0
    doubtful: list[int] = []  # of the boundaries that must be kept, those that may be
    legal: bool | None = True
    for inner in range(1, len(long)):
        together = adjacent(long[inner - 1], long[inner], quotients)
        may_be_none = long[inner - 1].many or long[inner].many  # no axes at all, and nothing is merged
        must_be_kept = together is False and not may_be_none
        apart += must_be_kept
        if together or any(left == before[inner] or right == after[inner] for left, right in cuts):
            continue
        if must_be_kept and _straddled(before[inner], after[inner], cuts, quotients):
            expanded = ZERO in (long[inner - 1].stride, long[inner].stride)
            merges.append(Merge(positions[inner - 1], positions[inner], expanded))
            continue
        legal = None
        if must_be_kept:
            doubtful.append(inner)
    if doubtful and not merges and apart >= len(wanted):
        first, last = positions[doubtful[0] - 1], positions[doubtful[-1]]
        merges.append(Merge(first, last, expanded=False, between=len(doubtful) > 1))
    return Verdict(False, tuple(merges)) if merges else Verdict(legal)


def _cuts(sizes: Sequence[Size]) -> tuple[list[Size], list[Size]]:
    """For every boundary between axes, both ends included: the product of the lengths before and after it."""
    before, after = [ONE], [ONE]
    for size in sizes:
        before.append(before[-1] * size)
    for size in reversed(sizes):
        after.append(after[-1] * size)
    return before, after[::-1]


def _straddled(
    before: Size, after: Size, cuts: Sequence[tuple[Size, Size]], quotients: Sequence[Size]
) -> bool:
    """Whether some target axis begins before a boundary and ends behind it."""
    sides = [{order(cut[0], before, quotients), order(after, cut[1], quotients)} for cut in cuts]
    return any(-1 in begin and 1 in end for begin, end in pairwise(sides))


def reshaped(axes: Axes, target: Sequence[Size]) -> Axes:
    """The axes of a view that :func:`judge` calls legal."""
    chunks = _chunks(axes)
    quotients = quotients_of([*(axis.size for axis in axes), *target])
    found: list[Axis] = []
    left, stride = ONE, ONE
    for size in reversed(target):
        if size == ONE:
            found.append(Axis(size, ONE))
            continue
        while left == ONE and chunks:
            left, stride = chunks.pop()
        rest = left / size
        if order(rest, ONE, quotients) not in (0, 1):
            return tuple(Axis(each) for each in target)
        found.append(Axis(size, stride))
        left, stride = rest, stride * size
    return tuple(reversed(found))


def _chunks(axes: Axes) -> list[tuple[Size, Size]]:
    """Length and stride of every run of axes that are adjacent in memory."""
    found: list[tuple[Size, Size]] = []
    previous: Axis | None = None
    for axis in axes:
        if axis.size == ONE:
            continue
        if axis.stride is None:
            return []
        if previous is not None and adjacent(previous, axis):
            found[-1] = found[-1][0] * axis.size, axis.stride
        else:
            found.append((axis.size, axis.stride))
        previous = axis
    return found


def strideless(axes: Axes) -> Axes:
    """The same axes with strides that are not known."""
    return tuple(Axis(axis.size, many=axis.many) for axis in axes)


def atoms(layout: Layout) -> Iterable[Any]:
    """Every atom that a layout speaks of."""
    for axis in layout.axes or ():
        for size in (axis.size, axis.stride, axis.whole):
            if size is not None:
                yield from (atom for atom, _ in size.powers)


def without_atoms(layout: Layout) -> Layout:
    """What is left of a layout where its atoms mean nothing any more."""
    if layout.axes is None or next(iter(atoms(layout)), None) is None:
        return layout
    return Layout(contiguous=layout.is_contiguous is True, assumed=layout.assumed)
