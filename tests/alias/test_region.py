"""Which elements two views have in common, against every axis of up to eleven elements."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tensorlint.alias.region import At, Axis, Between, Overlap, Rest, Step, compare_paths

LENGTHS = range(12)
LONG = 97
POSITIONS = [At(number) for number in (-2, -1, 0, 1, 2)]
BOUNDS = (None, -2, -1, 0, 1, 2)
CUTS = [Between(lower, upper, step) for lower, upper, step in product(BOUNDS, BOUNDS, (None, 2, 3))]


def overlap(first: Axis | tuple[Axis, ...], second: Axis | tuple[Axis, ...], kind: str = "subset") -> Overlap:
    """How two selections from one storage overlap; each by an instruction of its own."""
    axes = [each if isinstance(each, tuple) else (each,) for each in (first, second)]
    return compare_paths(*((Step(site, kind, each),) for site, each in enumerate(axes)))


def taken(axis: Axis, length: int) -> set[int] | None:
    """The positions that a selector takes from an axis; none where it raises."""
    if isinstance(axis, At):
        return {axis.position % length} if -length <= axis.position < length else None
    assert isinstance(axis, Between)
    return set(range(length)[axis.lower : axis.upper : axis.step])


def common(first: Axis, second: Axis) -> Iterator[bool]:
    """For each length of an axis on which both take something, whether they take a common position."""
    for length in LENGTHS:
        pair = taken(first, length), taken(second, length)
        if pair[0] and pair[1]:
            yield not pair[0].isdisjoint(pair[1])


@pytest.mark.parametrize("first", POSITIONS + CUTS, ids=str)
def test_nothing_is_said_that_some_length_contradicts(first: Axis) -> None:
    for second in POSITIONS + CUTS:
        said, meet = overlap(first, second), list(common(first, second))
        assert said is overlap(second, first), second
        if said is Overlap.NEVER:
            assert not any(meet), second
        elif said is Overlap.ALWAYS:
            assert all(meet), second
        elif said is Overlap.USUALLY:
            pair = taken(first, LONG), taken(second, LONG)
            assert pair[0] and pair[1] and not pair[0].isdisjoint(pair[1]), second


def is_from(axis: Axis, sign: int) -> bool:
    """Whether a selector counts from the front (1) or from the back (-1) only, without steps."""
    if isinstance(axis, At):
        return (axis.position >= 0) == (sign > 0)
    assert isinstance(axis, Between)
    bounds = [bound for bound in (axis.lower, axis.upper) if bound is not None]
    return axis.step is None and all((bound >= 0) == (sign > 0) for bound in bounds)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_counts_from_one_end_is_told_apart_exactly(sign: int) -> None:
    known = [axis for axis in POSITIONS + CUTS if is_from(axis, sign)]
    empty = [axis for axis in known if not any(taken(axis, length) for length in LENGTHS)]
    for first, second in product(known, known):
        if first not in empty and second not in empty:
            apart = not any(common(first, second))
            assert (overlap(first, second) is Overlap.NEVER) == apart, (first, second)


def test_steps_that_interleave_are_apart() -> None:
    for step, first, second in product((2, 3), (None, 0, 1, 2), (None, 0, 1, 2)):
        pair = Between(first, None, step), Between(second, None, step)
        assert (overlap(*pair) is Overlap.NEVER) == (not any(common(*pair))), pair


SEVERAL = [
    # axes from the front, and from the back of `...`
    ((At(0), At(1)), (At(0), At(2)), Overlap.NEVER),
    ((At(0), At(1)), (At(0),), Overlap.ALWAYS),
    ((Rest(), At(0)), (Rest(), At(1)), Overlap.NEVER),
    ((At(0), Rest(), At(0)), (At(0), Rest(), At(0), At(1)), Overlap.NEVER),
    ((At(0), Rest(), At(1)), (At(0), Rest(), At(0), At(1)), Overlap.PERHAPS),
    ((Rest(), At(0)), (At(1),), Overlap.PERHAPS),
    # a new axis counts for none
    ((At(None), At(0)), (At(1),), Overlap.NEVER),
    ((At(None), At(0)), (At(0),), Overlap.ALWAYS),
    # what is no number
    ((At("i"),), (At("j"),), Overlap.PERHAPS),
    ((Between(None, "n", None),), (Between("n", None, None),), Overlap.NEVER),
    ((Between(None, "n", None),), (Between("m", None, None),), Overlap.PERHAPS),
    ((Between(None, "n", -1),), (Between("n", None, None),), Overlap.PERHAPS),
]


@pytest.mark.parametrize(("first", "second", "expected"), SEVERAL, ids=str)
def test_several_axes(first: tuple[Axis, ...], second: tuple[Axis, ...], expected: Overlap) -> None:
    assert overlap(first, second) is expected
    assert overlap(second, first) is expected


def test_pieces_are_apart_where_one_call_made_them() -> None:
    first, second = Step(1, "piece", (At(0),)), Step(1, "piece", (At(1),))
    assert compare_paths((first,), (second,)) is Overlap.NEVER
    assert compare_paths((first,), (first,)) is Overlap.ALWAYS
    assert compare_paths((first,), (Step(2, "piece", (At(1),)),)) is Overlap.PERHAPS
    nested = Step(1, "piece", (At(0), At(1))), Step(1, "piece", (At(0), At(2)))
    assert compare_paths((nested[0],), (nested[1],)) is Overlap.PERHAPS  # the first numbers are alike
    assert compare_paths((Step(1, "piece"),), (Step(1, "piece", (At(0),)),)) is Overlap.PERHAPS


def test_what_a_loop_took_before_may_be_anything() -> None:
    assert compare_paths((Step(1, "subset", (At(0),), old=True),), (Step(2, "subset", (At(1),)),)) is (
        Overlap.PERHAPS
    )


def test_axes_are_compared_only_where_nothing_moved_them() -> None:
    turned = Step(3, "permuted")
    assert compare_paths((turned, Step(1, "subset", (At(0),))), (Step(2, "subset", (At(1),)),)) is (
        Overlap.PERHAPS
    )
    alike = Step(3, "same_layout")
    assert compare_paths((alike, Step(1, "subset", (At(0),))), (Step(2, "subset", (At(1),)),)) is (
        Overlap.NEVER
    )
