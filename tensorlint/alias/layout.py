"""What views and copies do to the axes of values: :mod:`tensorlint.alias.axes` applied to a value.

Every function gives a layout and the number of axes. A function's own parameter is taken to be contiguous,
marked as assumed; everything else that is not known has strides that are not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tensorlint.alias import axes, lengths
from tensorlint.alias.axes import ONE, UNKNOWN_LAYOUT, ZERO, Axes, Axis, Layout, Size
from tensorlint.alias.lattice import PLAIN_TYPE, Extent, Given, Shape, Value, is_plain
from tensorlint.alias.region import At, Between, Rest, Step
from tensorlint.alias.region import Axis as Selector
from tensorlint.alias.state import State

Ranked = tuple[Layout, int | None]
Path = tuple[Step, ...]
UNRANKED: Ranked = (UNKNOWN_LAYOUT, None)


# Known axes


def known(base: Value, front: int = 0, back: int = 0) -> Layout:
    """The layout of a value with axes, as far as they are known or can be given names.

    Where the number of axes is not known, ``front`` and ``back`` say how many must be told apart from the
    others.
    """
    layout = base.layout
    if layout.axes is not None:
        return layout
    if lengths.is_aged(base.object) or any(step.old for step in base.path):
        return layout
    contiguous, assumed = layout.contiguous, layout.assumed
    if (
        not contiguous
        and isinstance(base.object, Given)
        and base.object.kind == "parameter"
        and not base.path
    ):
        contiguous = assumed = True
    many = None
    if base.rank is not None:
        sizes = [extent(base, axis) for axis in range(base.rank)]
    elif contiguous and (front or back):
        sizes = [extent(base, axis) for axis in range(front)]
        many = front
        sizes += [extent(base, f"{front}:{-back or ''}"), *(extent(base, axis) for axis in range(-back, 0))]
    else:
        return Layout(contiguous=contiguous, assumed=assumed)
    if contiguous:
        return Layout(axes.contiguous(sizes, many), assumed=assumed)
    return Layout(tuple(Axis(size) for size in sizes))


def extent(base: Value, axis: int | str) -> Size:
    return axes.unknown(Extent(base.object, base.path, axis))


def ranked_axes(found: Axes, assumed: bool) -> Ranked:
    return Layout(found, assumed=assumed), None if any(axis.many for axis in found) else len(found)


def position_of(found: Axes, axis: int) -> int | None:
    """Where an axis stands that a call names, negative numbers counting from the end."""
    if axis >= 0:
        return axis if axis < len(found) and not any(each.many for each in found[: axis + 1]) else None
    return len(found) + axis if -axis <= len(found) and not any(each.many for each in found[axis:]) else None


def around(axis: int) -> tuple[int, int]:
    """How many axes must be told apart, at the front and at the back, to speak of one."""
    return (axis + 1, 0) if axis >= 0 else (0, -axis)


def _around_both(first: int, second: int) -> tuple[int, int]:
    ends = around(first), around(second)
    return max(front for front, _ in ends), max(back for _, back in ends)


def kept(base: Value) -> Ranked:
    """The same axes with the same strides."""
    return known(base), base.rank


def like(base: Value) -> Ranked:
    """A new tensor as long in all axes; contiguous if ``base`` is."""
    layout = known(base)
    if layout.is_contiguous:
        return layout, base.rank
    if layout.axes is None:
        return UNKNOWN_LAYOUT, base.rank
    return Layout(axes.strideless(layout.axes), assumed=layout.assumed), base.rank


def packed(base: Value) -> Ranked:
    """A contiguous tensor as long in all axes."""
    layout = known(base)
    if layout.axes is None or _is_rank_assumed(base, layout):
        return axes.CONTIGUOUS, base.rank
    return fresh([axis.size for axis in layout.axes], layout.axes)


def _is_rank_assumed(base: Value, layout: Layout) -> bool:
    """Whether the number of axes is a guess: that what is transposed is a matrix."""
    axes = layout.axes or ()
    return layout.assumed and base.rank is None and not any(axis.many for axis in axes)


def fresh(sizes: Sequence[Size], pattern: Axes = ()) -> Ranked:
    """A new contiguous tensor."""
    many = next((position for position, axis in enumerate(pattern) if axis.many), None)
    return ranked_axes(axes.contiguous(sizes, many), False)


# Axes in another order


def permuted(base: Value, order: Sequence[int] | None) -> Ranked:
    """``order[i]`` of the base stands at position ``i``; ``None``: all axes reversed."""
    if order is None:
        assumed = base.rank is None and base.layout.axes is None
        layout = known(
            replace(base, rank=2) if assumed else base
        )  # `.T` of a tensor is that of a matrix, mostly
        if layout.axes is None or any(axis.many for axis in layout.axes):
            return UNKNOWN_LAYOUT, base.rank
        return Layout(layout.axes[::-1], assumed=layout.assumed or assumed), base.rank
    layout = known(base if base.layout.axes is not None else replace(base, rank=len(order)))
    if layout.axes is None or any(axis.many for axis in layout.axes):
        return UNKNOWN_LAYOUT, len(order)
    rank = len(layout.axes)
    positions = [axis % rank for axis in order] if rank else []
    if sorted(positions) != list(range(rank)):
        return UNKNOWN_LAYOUT, len(order)
    return ranked_axes(tuple(layout.axes[position] for position in positions), layout.assumed)


def swapped(base: Value, first: int, second: int) -> Ranked:
    """Two axes exchanged."""
    layout = known(base, *_around_both(first, second))
    if layout.axes is None:
        return UNKNOWN_LAYOUT, base.rank
    left, right = position_of(layout.axes, first), position_of(layout.axes, second)
    if left is None or right is None:
        return UNKNOWN_LAYOUT, base.rank
    found = list(layout.axes)
    found[left], found[right] = found[right], found[left]
    return Layout(tuple(found), assumed=layout.assumed), base.rank


def moved(base: Value, source: int, destination: int) -> Ranked:
    """One axis taken out and put in elsewhere."""
    layout = known(base, *_around_both(source, destination))
    if layout.axes is None:
        return UNKNOWN_LAYOUT, base.rank
    left, right = position_of(layout.axes, source), position_of(layout.axes, destination)
    if left is None or right is None:
        return UNKNOWN_LAYOUT, base.rank
    found = list(layout.axes)
    found.insert(right, found.pop(left))
    return Layout(tuple(found), assumed=layout.assumed), base.rank


# Axes more or fewer


def unsqueezed(base: Value, axis: int) -> Ranked:
    """A new axis of length one."""
    front, back = (axis, 0) if axis >= 0 else (0, -axis - 1)
    layout = known(base, front, back)
    rank = None if base.rank is None else base.rank + 1
    if layout.axes is None:
        return (layout if layout.contiguous else UNKNOWN_LAYOUT), rank
    position = axis if axis >= 0 else len(layout.axes) + 1 + axis
    if not 0 <= position <= len(layout.axes) or any(
        each.many for each in (layout.axes[:axis] if axis >= 0 else ())
    ):
        return UNKNOWN_LAYOUT, rank
    found = (*layout.axes[:position], Axis(ONE, ONE), *layout.axes[position:])
    if _is_rank_assumed(base, layout):
        return Layout(found, assumed=True), None
    return ranked_axes(found, layout.assumed)


def squeezed(base: Value, which: Sequence[int] | None) -> Ranked:
    """Axes dropped where they have length one, which they are assumed to have where they are named."""
    layout = known(base, *(around(which[0]) if which and len(which) == 1 else (0, 0)))
    if layout.axes is None:
        return (layout if layout.contiguous else UNKNOWN_LAYOUT), None
    gone = {position_of(layout.axes, axis) for axis in which} if which is not None else None
    if gone is not None and None in gone:
        return UNKNOWN_LAYOUT, None
    found: list[Axis] = []
    guessed = False
    for position, axis in enumerate(layout.axes):
        if (gone is not None and position not in gone) or axis.size.number not in (None, 1):
            found.append(axis)
        elif axis.size != ONE:
            if gone is None:
                return Layout(contiguous=layout.is_contiguous is True, assumed=layout.assumed), None
            guessed = True
    if not guessed and _is_rank_assumed(base, layout):
        return Layout(tuple(found), assumed=True), None
    if not guessed:
        return ranked_axes(tuple(found), layout.assumed)
    many = next((position for position, axis in enumerate(found) if axis.many), None)
    if layout.is_contiguous:
        return Layout(axes.contiguous([axis.size for axis in found], many), assumed=True), None
    return Layout(axes.strideless(tuple(found)), assumed=True), None


def row(base: Value, axis: int = 0) -> Ranked:
    """One position along an axis."""
    layout = known(base, *around(axis))
    rank = base.rank - 1 if base.rank else None
    position = position_of(layout.axes, axis) if layout.axes is not None else None
    if layout.axes is None or position is None:
        return UNKNOWN_LAYOUT, rank
    return Layout((*layout.axes[:position], *layout.axes[position + 1 :]), assumed=layout.assumed), rank


def part(base: Value, axis: int, path: Path) -> Ranked:
    """Some, but not all positions along an axis."""
    layout = known(base, *around(axis))
    position = position_of(layout.axes, axis) if layout.axes is not None else None
    if layout.axes is None or position is None:
        return UNKNOWN_LAYOUT, base.rank
    whole = layout.axes[position]
    shorter = Axis(extent(replace(base, path=path), position), whole.stride, whole.whole or whole.size)
    found = (*layout.axes[:position], shorter, *layout.axes[position + 1 :])
    return Layout(found, assumed=layout.assumed), base.rank


def windows(base: Value, axis: int, size: Size | None, step: Size | None, path: Path) -> Ranked:
    """Windows along an axis, as many as there are, and behind all other axes the positions in each."""
    layout = known(base, *around(axis))
    position = position_of(layout.axes, axis) if layout.axes is not None else None
    rank = None if base.rank is None else base.rank + 1
    if layout.axes is None or position is None or size is None:
        return UNKNOWN_LAYOUT, rank
    stride = layout.axes[position].stride
    moved = None if stride is None or step is None else stride * step
    first = Axis(extent(replace(base, path=path), position), moved)
    found = (*layout.axes[:position], first, *layout.axes[position + 1 :], Axis(size, stride))
    return Layout(found, assumed=layout.assumed), rank


def subset(base: Value, index: Sequence[Selector], path: Path) -> Ranked:
    """What a basic index selects."""
    taking = [selector for selector in index if selector != At(None)]
    dots = next((n for n, selector in enumerate(taking) if isinstance(selector, Rest)), None)
    front = len(taking) if dots is None else dots
    back = 0 if dots is None else len(taking) - dots - 1
    layout = known(base, front, back)
    rank = None if base.rank is None else base.rank - sum(_step_in_rank(selector) for selector in index)
    if layout.axes is None or front + back > len(layout.axes):
        return UNKNOWN_LAYOUT, rank
    ends = [axis.many for axis in layout.axes]
    if any(ends[:front]) or any(ends[len(ends) - back :]):
        return UNKNOWN_LAYOUT, rank
    found: list[Axis] = []
    assumed = layout.assumed
    remaining = list(layout.axes)
    for selector in index:
        if isinstance(selector, Rest):
            count = len(remaining) - back
            found += remaining[:count]
            del remaining[:count]
        elif isinstance(selector, At) and selector.position is None:
            found.append(Axis(ONE, ONE))
        elif isinstance(selector, At):
            del remaining[0]
        else:
            new = extent(replace(base, path=path), len(found))
            cut, guessed = _cut(remaining.pop(0), selector, new)
            found.append(cut)
            assumed = assumed or guessed
    return Layout((*found, *remaining), assumed=assumed), rank


def _step_in_rank(selector: Selector) -> int:
    return 0 if not isinstance(selector, At) else 1 if selector.position is not None else -1


def _cut(axis: Axis, cut: Between, new: Size) -> tuple[Axis, bool]:
    """A slice of an axis, and whether its length is only assumed; ``new`` names an unknown length."""
    lower, upper, step = cut.lower, cut.upper, 1 if cut.step is None else cut.step
    if not isinstance(step, int) or step == 0:
        return Axis(new), False
    stride = None if axis.stride is None else axis.stride * axes.length(step)
    literal = all(bound is None or isinstance(bound, int) for bound in (lower, upper))
    if literal and axis.size.number is not None:
        count = len(range(*slice(lower, upper, step).indices(axis.size.number)))
        return Axis(axes.length(count) if count else new, stride), False
    if lower is None and upper is None:
        return Axis(axis.size if abs(step) == 1 else new, stride), False
    if step != 1:
        return Axis(new, stride), False
    if _takes_one(lower, upper):
        return Axis(axes.length(1), stride), True
    if (isinstance(lower, int) and lower != 0) or (isinstance(upper, int) and upper < 0):
        return Axis(new, stride, axis.whole or axis.size), False
    if lower not in (None, 0):
        return Axis(new, stride), False
    wanted = (
        axes.length(upper)
        if isinstance(upper, int)
        else lengths.size_of(Value(upper))
        if upper is not None
        else axis.size
    )
    if wanted is None or wanted == ZERO:
        return Axis(new, stride), False
    return (axis, False) if wanted == axis.size else (Axis(wanted, stride), True)


def _takes_one(lower: object, upper: object) -> bool:
    """Whether a slice has one element, if any: ``x[2:3]``, ``x[-1:]``."""
    if not isinstance(lower, int):
        return False
    if upper is None:
        return lower == -1
    return isinstance(upper, int) and upper - lower == 1 and (lower < 0) == (upper < 0)


def matrix_product(first: Value, second: Value) -> Ranked:
    """A new tensor, contiguous where the first factor is a stack of matrices; that of PyTorch always is."""
    left, right = known(first).axes, known(second).axes
    if left is None or len(left) < 3 or any(axis.many for axis in left):
        return (axes.CONTIGUOUS, None) if "torch.Tensor" in (first.type, second.type) else UNRANKED
    if right is None or len(right) > len(left) or len(right) < 2 or any(axis.many for axis in right):
        return axes.CONTIGUOUS, None
    return fresh([*(axis.size for axis in left[:-1]), right[-1].size])


def operated(operator: str, values: Sequence[Value], tensors: Sequence[Value]) -> Ranked:
    """The result of an operator, some of whose operands are tensors."""
    if operator == "@":
        return matrix_product(*values) if len(values) == 2 else UNRANKED
    others = [value for value in values if value not in tensors and not is_plain(value)]
    if len(tensors) == 1 and not others:
        return like(tensors[0])
    ranks = {value.rank for value in tensors}
    rank = max((rank for rank in ranks if rank is not None), default=None) if None not in ranks else None
    found = [known(value) for value in tensors]
    if others:  # a number, most likely
        alike = found[0].axes if len(found) == 1 else None
        return (Layout(axes.strideless(alike), assumed=True), None) if alike is not None else UNRANKED
    first = found[0]
    if any(layout.axes is None for layout in found) or len({_lengths(layout) for layout in found}) > 1:
        return UNKNOWN_LAYOUT, rank
    assumed = any(layout.assumed for layout in found)
    if all(layout.is_contiguous for layout in found):
        return Layout(first.axes, assumed=assumed), rank
    return Layout(axes.strideless(first.axes or ()), assumed=assumed), rank


def _lengths(layout: Layout) -> tuple[Size, ...]:
    return tuple(axis.size for axis in layout.axes or ())


def is_contiguous(base: Value) -> bool | None:
    """Whether a value is contiguous; ``None`` when it depends, or when that would be assumed."""
    layout = known(base, front=1)
    return None if layout.assumed else layout.is_contiguous


# Shapes


def shape(base: Value) -> Value:
    """``base.shape``"""
    found = known(base).axes
    if found is None:
        return Value(Shape(base.object, base.path), type=PLAIN_TYPE)
    many = next((position for position, axis in enumerate(found) if axis.many), None)
    sizes = tuple(axis.size for axis in found)
    if many is None:
        return Value(Shape(base.object, base.path, sizes), type=PLAIN_TYPE)
    ends = sizes[:many], sizes[many + 1 :]
    return Value(Shape(base.object, base.path, ends=ends), type=PLAIN_TYPE)


def learn_rank(state: State, shape: Value, rank: int) -> None:
    """The tensor that a shape was asked of has so many axes."""
    thing = shape.object
    if not isinstance(thing, Shape) or thing.sizes is not None:
        return
    for name, value in state.names.items():
        if value.object == thing.of and value.path == thing.path and value.rank is None:
            state.names[name] = replace(value, rank=rank)


def elsewhere(layout: Layout, value: Value) -> Layout:
    """A layout found in another function: its lengths get names of their own here."""
    if layout.axes is None or any(axis.many for axis in layout.axes):
        return Layout(contiguous=layout.is_contiguous is True, assumed=layout.assumed)
    if not any(True for _ in axes.atoms(layout)):
        return layout
    sizes = [
        axis.size if axis.size.number is not None else extent(value, n) for n, axis in enumerate(layout.axes)
    ]
    strides = [ZERO if axis.stride == ZERO else None for axis in layout.axes]
    apart = tuple(Axis(size, stride) for size, stride in zip(sizes, strides, strict=True))
    found = axes.contiguous(sizes) if layout.is_contiguous else apart
    return Layout(found, assumed=layout.assumed)
