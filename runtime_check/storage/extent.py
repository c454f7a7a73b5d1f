"""The bytes that a tensor's elements lie in, and whether two tensors have one in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd, prod

_LIMIT = 1 << 22  # positions; fixtures are small


class TooLarge(ValueError):
    """An exact answer would take too long."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A strided block of memory: ``shape`` elements of ``itemsize`` bytes from ``address`` on.

    ``strides`` are in bytes. ``space`` tells memories apart (``host``, ``cuda:0``), and ``storage`` is the
    address at which the allocation begins that the tensor is a part of.
    """

    space: str
    address: int
    itemsize: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    storage: int

    @property
    def empty(self) -> bool:
        return self.itemsize == 0 or 0 in self.shape

    @property
    def bounds(self) -> tuple[int, int]:
        """The first byte and the one behind the last."""
        reach = [stride * (size - 1) for size, stride in self.axes]
        low = self.address + sum(step for step in reach if step < 0)
        return low, self.address + sum(step for step in reach if step > 0) + self.itemsize

    @property
    def dense(self) -> bool:
        """Every byte between the bounds belongs to one element: the axes nest without gaps."""
        axes = sorted(((size, abs(stride)) for size, stride in self.axes), key=lambda axis: axis[1])
        return self._nest(axes) and not self.empty

    @property
    def contiguous(self) -> bool:
        """Row-major without gaps; an axis of length one may have any stride."""
        return self._nest(reversed(self.axes))

    def _nest(self, axes: Iterable[tuple[int, int]]) -> bool:
        """Whether axes, the innermost first, follow one another without gaps."""
        block = self.itemsize
        for size, stride in axes:
            if stride != block:
                return False
            block *= size
        return True

    @property
    def axes(self) -> tuple[tuple[int, int], ...]:
        """Size and stride of the axes along which there is more than one element."""
        pairs = zip(self.shape, self.strides, strict=True)
        return tuple((size, stride) for size, stride in pairs if size > 1)

    def positions(self, granule: int) -> set[int]:
        """The numbers of the granules that the elements cover; ``granule`` divides whatever matters."""
        moving = [(size, stride) for size, stride in self.axes if stride]
        if prod(size for size, _ in moving) * (self.itemsize // granule) > _LIMIT:
            raise TooLarge(f"{self.shape} elements are too many for an exact answer")
        starts = {self.address // granule}
        for size, stride in moving:
            step = stride // granule
            starts = {start + step * index for start in starts for index in range(size)}
        width = self.itemsize // granule
        return starts if width == 1 else {start + byte for start in starts for byte in range(width)}


def overlaps(a: Extent, b: Extent) -> bool:
    """Whether a byte belongs to an element of each. Raises TooLarge."""
    if a.space != b.space or a.empty or b.empty:
        return False
    (a_low, a_high), (b_low, b_high) = a.bounds, b.bounds
    if a_high <= b_low or b_high <= a_low:
        return False
    if a.dense and b.dense:
        return True
    strides = (stride for _, stride in (*a.axes, *b.axes))
    granule = gcd(a.itemsize, b.itemsize, a.address, b.address, *strides)
    return not a.positions(granule).isdisjoint(b.positions(granule))
