"""Which elements of a storage a view covers: paths of view steps, compared.

A step either *covers* all elements of what it was taken from (a transpose, a reshape) or *selects* some
of them (a slice, a row, one of several parts). Two paths overlap always, never or perhaps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from tensorlint.ir import Origin
from tensorlint.knowledge.effects import OVERLAPPING

MOST_STEPS = 6


class Overlap(Enum):
    """``USUALLY``: for every axis that is not very short, as ``x[1:]`` and ``x[:-1]`` do."""

    NEVER = "never"
    PERHAPS = "perhaps"
    USUALLY = "usually"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class At:
    """One position along an axis: a number, or the object that the index is."""

    position: Any


@dataclass(frozen=True, slots=True)
class Between:
    """A slice along an axis; each bound is a number, the object that it is, or None where it is missing."""

    lower: Any
    upper: Any
    step: Any


@dataclass(frozen=True, slots=True)
class Rest:
    """``...``"""


Axis = At | Between | Rest


@dataclass(frozen=True, slots=True)
class Step:
    """One view taken at ``site``.

    ``kind`` is a word of :data:`tensorlint.knowledge.effects.SHARING`, ``piece`` for disjoint parts (``axes``
    holds the number of the part), ``row``, or a word of REFERENCES: the same tensor, reached through one of
    several references that the instruction at ``site`` made. ``readonly``: a write through it raises.
    """

    site: Origin
    kind: str
    axes: tuple[Axis, ...] = ()
    old: bool = False
    readonly: bool = False

    @property
    def is_view(self) -> bool:
        return self.kind not in REFERENCES

    @property
    def selects(self) -> bool:
        """Whether some elements may be left out."""
        return self.kind in SELECTING

    @property
    def leaves_out(self) -> bool:
        """Whether some elements are left out, perhaps: ``x[:, ::-1]`` selects, but takes all."""
        return self.selects and not (self.axes and all(map(_is_whole, self.axes)))

    def sites(self) -> frozenset[Origin]:
        """The instructions whose newest result the step or one of its bounds is."""
        found = {
            bound.site
            for axis in self.axes
            for bound in _bounds(axis)
            if getattr(bound, "old", None) is False
        }
        return frozenset(found if self.old else {self.site, *found})


REFERENCES = {
    "replica": "one of the elements of `[x] * n`",
    "twice": "one of the entries of a display that names the same object for several",
    "repeated": "one of the elements of a comprehension over the same object, `dict.fromkeys`, `repeat`",
    "shallow": "a shallow copy of the tensor",
    "alias": "a second name, by an assignment",
    "shared": "an element of a shallow copy of its container",
}
MANY = frozenset({"expanded", "windows"})  # views of which some cell certainly stands for several elements
SELECTING = ("part", "piece", "subset", "strided", "row", "reach", "some")


def _is_whole(axis: Axis) -> bool:
    """Whether a selector takes every position, in whatever direction."""
    if isinstance(axis, Between):
        return axis.lower is axis.upper is None and axis.step in (None, 1, -1)
    return isinstance(axis, Rest)


def _bounds(axis: Axis) -> tuple[Any, ...]:
    if isinstance(axis, At):
        return (axis.position,)
    return (axis.lower, axis.upper, axis.step) if isinstance(axis, Between) else ()


def _is_new(bound: Any, site: Origin) -> bool:
    return getattr(bound, "site", None) == site and not bound.old


def age_step(step: Step, site: Origin) -> Step:
    """The step as one of an earlier turn, where the instruction at ``site`` runs again."""
    if site not in step.sites():
        return step
    if any(_is_new(bound, site) for axis in step.axes for bound in _bounds(axis)):
        step = replace(step, axes=(), kind=step.kind if step.kind != "piece" else "part")
        return replace(step, old=step.old or step.site == site, kind="some" if step.selects else step.kind)
    return replace(step, old=True)


def rename_step(step: Step, site: Origin, rename: Callable[[Any], Any], to: Origin) -> Step:
    """The step as if the instruction at ``to`` had taken it instead of the one at ``site``."""
    axes = tuple(
        At(rename(axis.position))
        if isinstance(axis, At)
        else Between(rename(axis.lower), rename(axis.upper), rename(axis.step))
        if isinstance(axis, Between)
        else axis
        for axis in step.axes
    )
    return replace(step, site=to if step.site == site and not step.old else step.site, axes=axes)


def extend(path: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """The path with one more step; repeated old steps and long paths are blurred so that loops end."""
    if step.old and any(known.old and known.site == step.site for known in path):
        kind = "some" if step.selects or any(known.selects for known in path) else step.kind
        kept = tuple(known for known in path if not (known.old and known.site == step.site))
        return (*kept, Step(step.site, kind, (), True))
    if len(path) >= MOST_STEPS:
        return (*path[: MOST_STEPS - 1], Step(step.site, "some", (), True))
    return (*path, step)


def same_region(first: Step, second: Step) -> bool:
    """Whether two steps, taken from the same elements, lead to the same elements in every execution."""
    if first.old or second.old:
        return False
    if first.site == second.site:
        return first == second
    return first.kind == second.kind == "subset" and first.axes == second.axes and bool(first.axes)


def compare_paths(first: tuple[Step, ...], second: tuple[Step, ...]) -> Overlap:
    """Whether two paths from the same storage lead to common elements."""
    common = 0
    while common < min(len(first), len(second)) and same_region(first[common], second[common]):
        common += 1
    many = any(step.kind in OVERLAPPING for step in (*first, *second))
    first, second = first[common:], second[common:]
    if not any(s.selects for s in first) or not any(s.selects for s in second):
        return Overlap.ALWAYS
    left, right = _first_selection(first), _first_selection(second)
    if left is None or right is None:
        return Overlap.PERHAPS
    if _disjoint(left, right):
        return Overlap.PERHAPS if many else Overlap.NEVER
    if len([step for step in (*first, *second) if step.selects]) > 2:
        return Overlap.PERHAPS
    if _meet(left, right, _always_meet):
        return Overlap.ALWAYS
    return Overlap.USUALLY if _meet(left, right, _usually_meet) else Overlap.PERHAPS


def _first_selection(path: tuple[Step, ...]) -> Step | None:
    """The first selecting step, if nothing before it changes what its axes mean."""
    for step in path:
        if step.selects:
            return step
        if step.is_view and step.kind != "same_layout":
            return None
    return None


def _disjoint(first: Step, second: Step) -> bool:
    if first.old or second.old:
        return False
    if first.kind == second.kind == "piece":
        pairs = list(zip(first.axes, second.axes, strict=False))
        same_split = first.site == second.site and len(first.axes) == len(second.axes) == len(pairs)
        return same_split and bool(pairs) and all(_axes_disjoint(a, b) for a, b in pairs)
    if not first.kind == second.kind == "subset":
        return False
    return any(_axes_disjoint(a, b) for a, b in _aligned(first.axes, second.axes))


LONG = 97  # stands for the length of an axis that is not very short


def _meet(first: Step, second: Step, on_axis: Callable[[Axis, Axis], bool]) -> bool:
    """Whether two selections meet on every axis that both select from."""
    if first.old or second.old or not first.kind == second.kind == "subset":
        return False
    if any(isinstance(axis, Rest) for step in (first, second) for axis in step.axes):
        return False
    return all(on_axis(a, b) for a, b in _aligned(first.axes, second.axes))


def _usually_meet(first: Axis, second: Axis) -> bool:
    """Whether two literal selectors pick a common position from every axis of a good length."""
    return bool(_positions(first) & _positions(second))


def _always_meet(first: Axis, second: Axis) -> bool:
    """Whether two selectors that both pick something always pick a common position."""
    if first == second:
        return True
    left, right = _as_range(first), _as_range(second)
    if (
        not isinstance(left, Between)
        or not isinstance(right, Between)
        or not (_forward(left) and _forward(right))
    ):
        return False
    if left.lower in (None, 0) and right.lower in (None, 0):
        return True  # the first position
    if left.step in (None, 1) and right.step in (None, 1):
        if left.upper is None and right.upper is None:
            return True  # the last position
        bounds = [0 if cut.lower is None else cut.lower for cut in (left, right)]
        ends = [LONG if cut.upper is None else cut.upper for cut in (left, right)]
        if all(isinstance(bound, int) and bound >= 0 for bound in (*bounds, *ends)):
            return max(bounds) < min(ends)  # where the later one begins
    return False


def _positions(axis: Axis) -> frozenset[int]:
    """The positions that a literal selector picks from a long axis; none where it is not literal."""
    bounds = _bounds(axis)
    if not all(bound is None or isinstance(bound, int) for bound in bounds):
        return frozenset()
    if isinstance(axis, At):
        return frozenset(range(LONG)[axis.position : axis.position + 1 or None])
    assert isinstance(axis, Between)
    return frozenset(range(LONG)[axis.lower : axis.upper : axis.step or 1])


def _aligned(first: tuple[Axis, ...], second: tuple[Axis, ...]) -> list[tuple[Axis, Axis]]:
    """Pairs of selectors that speak of the same axis: from the front, and from the back of ``...``."""
    front_first, back_first = _split(tuple(axis for axis in first if axis != At(None)))
    front_second, back_second = _split(tuple(axis for axis in second if axis != At(None)))
    pairs = list(zip(front_first, front_second, strict=False))
    if back_first is not None and back_second is not None:
        pairs += list(zip(reversed(back_first), reversed(back_second), strict=False))
    return pairs


def _split(axes: tuple[Axis, ...]) -> tuple[tuple[Axis, ...], tuple[Axis, ...] | None]:
    for position, axis in enumerate(axes):
        if isinstance(axis, Rest):
            return axes[:position], axes[position + 1 :]
    return axes, None


def _axes_disjoint(first: Axis, second: Axis) -> bool:
    if isinstance(first, At) and isinstance(second, At):
        return (
            isinstance(first.position, int)
            and isinstance(second.position, int)
            and first.position != second.position
            and (first.position < 0) == (second.position < 0)
        )
    if isinstance(first, At) and isinstance(second, Between):
        first = _as_range(first)
    elif isinstance(second, At) and isinstance(first, Between):
        second = _as_range(second)
    if isinstance(first, Between) and isinstance(second, Between):
        return _before(first, second) or _before(second, first) or _interleaved(first, second)
    return False


def _as_range(axis: Axis) -> Axis:
    """A literal position as a slice of one."""
    at = axis.position if isinstance(axis, At) else None
    if not isinstance(at, int):
        return axis
    return Between(at, at + 1 if at != -1 else None, None)


def _before(first: Between, second: Between) -> bool:
    """Whether the first slice ends where or before the second begins, for every length of the axis."""
    if not _forward(first) or not _forward(second):
        return False
    end, start = first.upper, second.lower
    if end is None or start is None:
        return False
    if isinstance(end, int) and isinstance(start, int):
        return end <= start and (end < 0) == (start < 0)
    return end == start and not getattr(end, "old", False)


def _forward(cut: Between) -> bool:
    return cut.step is None or (isinstance(cut.step, int) and cut.step > 0)


def _interleaved(first: Between, second: Between) -> bool:
    """``x[0::2]`` against ``x[1::2]``."""
    if not (isinstance(first.step, int) and first.step == second.step and first.step > 1):
        return False
    starts = [0 if cut.lower is None else cut.lower for cut in (first, second)]
    if not all(isinstance(start, int) and start >= 0 for start in starts):
        return False
    return bool((starts[0] - starts[1]) % first.step)
