"""The algebra of axes against PyTorch: which views are legal, and with which strides."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pytest
import torch

from tensorlint.alias import axes, directions
from tensorlint.alias.axes import Axis, Layout, Size, adjacent, contiguity, judge, length, unknown
from tensorlint.alias.lattice import Allocation, Value
from tensorlint.inspection import Inspection
from tensorlint.source import Source

ROUNDS = 4000


def layout_of(tensor: torch.Tensor) -> axes.Axes:
    return tuple(Axis(length(n), length(step)) for n, step in zip(tensor.shape, tensor.stride(), strict=True))


def random_tensor(rng: random.Random) -> torch.Tensor:
    """A view of a fresh tensor after some permutations, slices and expansions."""
    tensor = torch.zeros([rng.choice((1, 2, 3, 4, 6)) for _ in range(rng.randint(1, 4))])
    for _ in range(rng.randint(0, 3)):
        rank = tensor.dim()
        how = rng.choice(("permute", "permute", "step", "cut", "expand", "pick"))
        if how == "permute":
            tensor = tensor.permute(rng.sample(range(rank), rank))
        elif how == "expand":
            tensor = tensor.unsqueeze(0).expand(rng.choice((1, 2, 3)), *tensor.shape)
        elif how == "pick" and rank > 1:
            tensor = tensor.select(rng.randrange(rank), 0)
        elif how == "step":
            axis = rng.randrange(rank)
            tensor = tensor[(slice(None),) * axis + (slice(None, None, 2),)]
        elif how == "cut":
            axis = rng.randrange(rank)
            if tensor.shape[axis] > 1:
                tensor = tensor.narrow(axis, 0, tensor.shape[axis] - 1)
    return tensor


def groupings(rng: random.Random, shape: Sequence[int]) -> Iterator[list[int]]:
    """Lengths with the same product: neighbours merged, axes split, and something else altogether."""
    merged: list[int] = []
    for n in shape:
        if merged and rng.random() < 0.5:
            merged[-1] *= n
        else:
            merged.append(n)
    yield merged
    split: list[int] = []
    for n in merged:
        divisors = [d for d in range(1, n + 1) if n % d == 0]
        first = rng.choice(divisors)
        split += [first, n // first]
    yield split
    rest, other = prod(shape), []
    while rest > 1:
        other.append(rng.choice([d for d in range(2, rest + 1) if rest % d == 0]))
        rest //= other[-1]
    yield other or [1]


def is_legal(tensor: torch.Tensor, target: list[int]) -> bool:
    try:
        tensor.view(target)
    except RuntimeError:
        return False
    return True


def test_known_lengths_are_decided_as_torch_does() -> None:
    rng = random.Random(5)
    verdicts = []
    for _ in range(ROUNDS):
        tensor = random_tensor(rng)
        for target in groupings(rng, tensor.shape):
            verdict = judge(layout_of(tensor), [length(n) for n in target])
            assert verdict.legal is is_legal(tensor, target), (tensor.shape, tensor.stride(), target)
            verdicts.append(verdict.legal)
    assert 0.2 < verdicts.count(False) / len(verdicts) < 0.8


def test_a_legal_view_has_the_strides_that_torch_gives_it() -> None:
    rng = random.Random(6)
    for _ in range(ROUNDS):
        tensor = random_tensor(rng)
        for target in groupings(rng, tensor.shape):
            if is_legal(tensor, target):
                found = axes.reshaped(layout_of(tensor), [length(n) for n in target])
                expected = [
                    step for n, step in zip(target, tensor.view(target).stride(), strict=True) if n != 1
                ]
                assert [
                    axis.stride and axis.stride.number for axis in found if axis.size != axes.ONE
                ] == expected


def test_contiguity_of_known_lengths() -> None:
    rng = random.Random(7)
    found = set()
    for _ in range(ROUNDS):
        tensor = random_tensor(rng)
        assert contiguity(layout_of(tensor)) is tensor.is_contiguous()
        found.add(tensor.is_contiguous())
    assert found == {True, False}


def symbols(rng: random.Random, values: dict[str, int]) -> list[Size]:
    return [unknown(name) for name in values]


def test_unknown_lengths_are_never_contradicted() -> None:
    """Lengths longer than one behind letters: whatever is answered holds for their values."""
    rng = random.Random(8)
    answers: list[bool | None] = []
    for _ in range(ROUNDS):
        values = {name: rng.choice((2, 3, 4, 5)) for name in "abcd"[: rng.randint(2, 4)]}
        names = list(values)
        base = axes.contiguous([unknown(name) for name in names])
        moved = rng.sample(range(len(names)), len(names))
        tensor = torch.zeros(list(values.values())).permute(moved)
        permuted = tuple(base[axis] for axis in moved)
        target, numbers = [], []
        for axis in moved if rng.random() < 0.8 else range(len(names)):
            if target and rng.random() < 0.4:
                target[-1] = target[-1] * unknown(names[axis])
                numbers[-1] *= values[names[axis]]
            else:
                target.append(unknown(names[axis]))
                numbers.append(values[names[axis]])
        verdict = judge(permuted, target)
        answers.append(verdict.legal)
        assert verdict.legal in (None, is_legal(tensor, numbers)), (values, moved, target)
    assert answers.count(None) < 0.2 * len(answers)


def test_lengths_that_nothing_tells_are_never_contradicted() -> None:
    """As above, with a target of which only the number of axes and some lengths are known."""
    rng = random.Random(9)
    answers: list[bool | None] = []
    for _ in range(ROUNDS):
        values = {name: rng.choice((2, 3, 4, 5)) for name in "abcd"[: rng.randint(2, 4)]}
        moved = rng.sample(range(len(values)), len(values))
        tensor = torch.zeros(list(values.values())).permute(moved)
        base = axes.contiguous([unknown(name) for name in values])
        numbers = rng.choice(list(groupings(rng, tensor.shape)))
        if 1 in numbers:
            continue
        told = [unknown(f"length {axis}") for axis, _ in enumerate(numbers)]
        if numbers[0] == tensor.shape[0] and rng.random() < 0.7:
            told[0] = base[moved[0]].size
        verdict = judge(tuple(base[axis] for axis in moved), told)
        answers.append(verdict.legal)
        assert verdict.legal in (None, is_legal(tensor, numbers)), (values, moved, numbers)
    assert 0.2 < answers.count(False) / len(answers) < 0.8


def test_division_is_exact() -> None:
    channels, heads = unknown("channels"), unknown("heads")
    width = channels / heads
    split = axes.contiguous([unknown("batch"), heads, width])
    swapped = (split[1], split[0], split[2])
    assert heads * width == channels
    assert judge(split, [unknown("batch"), channels]).legal is True
    assert judge(swapped, [heads, unknown("batch"), width]).legal is True
    assert judge(swapped, [heads * unknown("batch"), width]).legal is False


def test_the_clashing_axes_are_named() -> None:
    batch, channels, pixels = map(unknown, ("batch", "channels", "pixels"))
    base = axes.contiguous([batch, channels, pixels])
    last = (base[0], base[2], base[1])
    (merge,) = judge(last, [batch, channels * pixels]).merges
    assert (merge.outer, merge.inner, merge.expanded) == (1, 2, False)
    (merge,) = judge(last, [unknown("rows"), unknown("width")]).merges
    assert (merge.outer, merge.inner, merge.between) == (0, 2, True)
    (merge,) = judge(last, [batch, unknown("width")]).merges
    assert (merge.outer, merge.inner, merge.between) == (1, 2, False)
    copied = (Axis(batch, axes.ZERO), *base[1:])
    (merge,) = judge(copied, [batch * channels, pixels]).merges
    assert (merge.outer, merge.inner, merge.expanded) == (0, 1, True)


def test_lengths_that_cannot_be_compared_are_left_open() -> None:
    base = axes.contiguous([unknown("n"), unknown("m")])
    transposed = (base[1], base[0])
    assert judge(transposed, [unknown("p"), unknown("q")]).legal is None
    assert adjacent(Axis(unknown("n"), unknown("m")), Axis(unknown("k"), axes.ONE)) is None
    cut = Axis(unknown("k"), axes.ONE, whole=unknown("m"))
    assert adjacent(Axis(unknown("n"), unknown("m")), cut) is False


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (length(2), length(3), -1),
        (unknown("n"), unknown("n"), 0),
        (unknown("n") * length(2), unknown("n"), 1),
        (unknown("n"), length(2), None),
        (unknown("n"), unknown("m"), None),
        (axes.ONE, unknown("m"), -1),
    ],
)
def test_order(first: Size, second: Size, expected: int | None) -> None:
    assert axes.order(first, second) == expected


def test_windows_cut_out_of_an_image_and_put_together_again() -> None:
    batch, height, width, side = map(unknown, ("batch", "height", "width", "side"))
    split = axes.contiguous([batch, height / side, side, width / side, side])
    windows = tuple(split[axis] for axis in (0, 1, 3, 2, 4))
    assert judge(windows, [batch * height / side * width / side, side, side]).legal is False
    assert judge(split, [batch, height, width]).legal is True


def test_whether_cells_repeat() -> None:
    rng = random.Random(5)
    decided = 0
    for _ in range(ROUNDS):
        tensor = random_tensor(rng)
        for axis in range(tensor.dim()):
            if rng.random() < 0.4:
                size = rng.randint(1, tensor.shape[axis])
                tensor = tensor.unfold(axis, size, rng.randint(1, 3))
        cells = torch.arange(tensor.storage_offset() + 1 + sum(map(spread, tensor.shape, tensor.stride())))
        places = cells.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
        found = axes.repeats(layout_of(tensor))
        if found is not None:
            assert found == (len(places.unique()) < places.numel()), (tensor.shape, tensor.stride())
            decided += 1
    assert decided > ROUNDS * 0.9


def spread(size: int, stride: int) -> int:
    """How far the last position along an axis is from the first."""
    return (size - 1) * stride


@pytest.mark.parametrize("quarters", range(-4, 9))
@pytest.mark.parametrize("plane", [(0, 1), (1, 0), (0, 2), (2, 1)])
def test_a_turned_array_has_the_strides_that_numpy_gives_it(quarters: int, plane: tuple[int, int]) -> None:
    array = np.zeros((2, 3, 4), np.int8)
    sizes = [length(n) for n in array.shape]
    base = Value(Allocation(1), type="numpy.ndarray", layout=Layout(axes.contiguous(sizes)), rank=3)
    layout, rank = directions.turned(base, quarters, *plane)
    turned = np.rot90(array, quarters, plane)
    assert rank == 3 and layout.axes is not None
    assert [axis.size.number for axis in layout.axes] == list(turned.shape)
    assert [axis.stride and axis.stride.number for axis in layout.axes] == list(turned.strides)
    backwards = any(stride < 0 for stride in turned.strides)
    assert directions.runs_backwards(replace(base, layout=layout)) == backwards


def test_lengths_handed_over_with_a_star_may_be_several() -> None:
    text = """import torch


def grown(x: torch.Tensor):
    y = x.expand(3, *x.shape)
    row = y[2, 3]
    z = x.reshape(2, *x.shape[1:])
    return row, z[0, 1]
"""
    inspected = Inspection(Source.read(text))
    assert inspected.contiguous("grown", 6, "row") is None
    assert inspected.contiguous("grown", 7, "z") is None


def test_what_is_tiled_once_lies_as_it_lay() -> None:
    text = """import numpy as np


def tiled(x: np.ndarray):
    y = np.tile(x, 1)
    return y
"""
    assert Inspection(Source.read(text)).contiguous("tiled", 5, "y") is None
    assert np.tile(np.ones((2, 3)).T, 1).flags.c_contiguous is False


def test_a_tensor_turned_in_place_is_turned_under_every_name() -> None:
    text = """import torch


def turned():
    x = torch.zeros(4, 4)
    kept = [x]
    part = x[1:]
    y = x.t_()
    return kept, part, y
"""
    inspected = Inspection(Source.read(text))
    found = {name: inspected.contiguous("turned", 8, name) for name in ("x", "kept[0]", "y", "part")}
    assert found == {"x": None, "kept[0]": None, "y": None, "part": True}


def test_the_shape_of_a_jax_array_is_no_number() -> None:
    text = """import jax
import numpy as np


def host(x: jax.Array):
    y = np.zeros(x.shape).T
    return y
"""
    assert Inspection(Source.read(text)).contiguous("host", 6, "y") is None


def test_the_axes_of_a_row_turned_round_may_be_several() -> None:
    text = """import numpy as np


def turned(x: np.ndarray):
    row = x.copy()[0]
    y = row.transpose()
    return row, y
"""
    inspected = Inspection(Source.read(text))
    assert inspected.contiguous("turned", 6, "row") is True
    assert inspected.contiguous("turned", 6, "y") is None
