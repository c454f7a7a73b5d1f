"""Layout and number of axes after each kind of view (:data:`tensorlint.knowledge.effects.SHARING`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tensorlint.alias import axes, directions, layout, lengths, reshape
from tensorlint.alias.axes import Size
from tensorlint.alias.lattice import Constant, Value
from tensorlint.alias.layout import UNRANKED, Path, Ranked
from tensorlint.alias.region import At, Axis
from tensorlint.alias.state import State


@dataclass(frozen=True, slots=True)
class View:
    """One view of ``base``: its ``kind``, what it was asked for, the index of a subscript, and its path."""

    state: State
    base: Value
    kind: str
    asked: Sequence[Sequence[Value]]
    index: Sequence[Axis]
    path: Path

    def ranked(self) -> Ranked:
        """The layout and the number of axes of the view."""
        base = self.base
        match self.kind:
            case "same_layout":
                return layout.kept(base)
            case "permuted":
                order = [axis.position for axis in self.order()]
                return layout.permuted(base, order or None) if order or self._decided(0) else UNRANKED
            case "swapped":
                return (
                    layout.swapped(base, *pair)
                    if (pair := self._pair())
                    else (axes.UNKNOWN_LAYOUT, base.rank)
                )
            case "moved":
                return (
                    layout.moved(base, *pair) if (pair := self._pair()) else (axes.UNKNOWN_LAYOUT, base.rank)
                )
            case "flipped":
                return (
                    directions.flipped(base, self._numbers(0))
                    if self.asked and self._decided(0)
                    else UNRANKED
                )
            case "turned":
                quarters = self._number(0, 1)
                plane = (self._numbers(1) or [0, 1]) if self._decided(1) else []
                return directions.turned(base, quarters, *plane) if len(plane) == 2 else UNRANKED
            case "unsqueezed":
                return (
                    layout.unsqueezed(base, number) if (number := self._number(0)) is not None else UNRANKED
                )
            case "squeezed":
                return (
                    layout.squeezed(base, self._numbers(0)) if self.asked and self._decided(0) else UNRANKED
                )
            case "reshaped" | "merged" | "split":
                return reshape.reshaped(base, self.lengths(), self.path)
            case "expanded":
                return reshape.expanded(base, self.lengths(), self.path)
            case "broadcast":
                return reshape.expanded(base, reshape.together(self.asked[0]), self.path)
            case "windows" if len(self.asked) == 3 and (axis := self._number(0)) is not None:
                return layout.windows(base, axis, self._length(1), self._length(2), self.path)
            case "subset":
                return layout.subset(base, self.index, self.path)
            case "row":
                return layout.row(base, number) if (number := self._number(0, 0)) is not None else UNRANKED
            case "part" | "piece":
                number = self._number(0) if self.asked else None
                return (
                    (axes.UNKNOWN_LAYOUT, base.rank)
                    if number is None
                    else layout.part(base, number, self.path)
                )
            case "view":
                return axes.UNKNOWN_LAYOUT, base.rank
        return UNRANKED

    def repeats(self) -> bool | None:
        """Whether one cell stands for several elements of the view, as its kind leaves possible."""
        if self.kind == "overlaid":
            sizes, strides = (lengths.requested(self.state, values) for values in self.asked)
            if sizes is None or strides is None or None in sizes or len(sizes) != len(strides):
                return None
            return axes.repeats(
                tuple(axes.Axis(size, stride) for size, stride in zip(sizes, strides, strict=True) if size)
            )
        known = self.ranked()[0].axes
        found = axes.repeats(known) if known is not None else None
        certain = self.kind == "expanded" or not self.asked
        return True if found is None and certain else found

    def order(self) -> tuple[At, ...]:
        """The literal axes that a permutation names, in its order."""
        found = [lengths.requested(self.state, values) for values in self.asked]
        numbers = [size.number if size is not None else None for sizes in found for size in sizes or (None,)]
        return () if None in numbers else tuple(At(number) for number in numbers)

    def lengths(self) -> reshape.Lengths | None:
        """The lengths that the view asks for, of all its axes."""
        if self.kind == "merged":
            start, end = self._number(0, 0), self._number(1, -1)
            return None if start is None or end is None else reshape.merged(self.base, start, end)
        if not self.asked:
            return None
        if self.kind == "split":
            axis = self._number(0)
            wanted = lengths.requested(self.state, self.asked[1])
            return None if axis is None else reshape.unmerged(self.base, axis, wanted)
        values = self.asked[0]
        if len(values) == 1 and values[0].type and not lengths.is_number(values[0]):
            other = layout.known(values[0]).axes  # `view_as(other)`
            if other is not None:
                return None if any(axis.many for axis in other) else [axis.size for axis in other]
        return lengths.requested(self.state, values)

    def _numbers(self, position: int) -> list[int] | None:
        """The literal numbers of an argument, ``None`` where it is absent."""
        found = lengths.requested(self.state, self.asked[position]) if position < len(self.asked) else None
        return (
            [size.number for size in found if size is not None and size.number is not None] if found else None
        )

    def _length(self, position: int) -> Size | None:
        found = lengths.requested(self.state, self.asked[position])
        return found[0] if found is not None and len(found) == 1 else None

    def _decided(self, position: int) -> bool:
        """Whether an argument is absent or literal."""
        if position >= len(self.asked) or _absent(self.asked[position]):
            return True
        found = lengths.requested(self.state, self.asked[position])
        return found is not None and all(size is not None and size.number is not None for size in found)

    def _pair(self) -> tuple[int, int] | None:
        first, second = self._number(0), self._number(1)
        return None if first is None or second is None else (first, second)

    def _number(self, position: int, default: int | None = None) -> int | None:
        if position >= len(self.asked):
            return default
        found = self._numbers(position)
        return found[0] if found and len(found) == 1 else None


def _absent(values: Sequence[Value]) -> bool:
    return not values or all(
        isinstance(value.object, Constant) and value.object.value is None for value in values
    )
