"""Overlap is exact, pictures are of values, and leaves are found wherever they are held."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from runtime_check.storage import numpy as numpy_storage
from runtime_check.storage import overlaps, picture, values_overlap


def test_overlap_agrees_with_numpy_on_random_views() -> None:
    rng = random.Random(3)
    buffer = np.zeros(112, dtype=np.uint8)
    answers = []
    for _ in range(3000):
        a, b = (_random_view(rng, buffer) for _ in range(2))
        (left,), (right,) = numpy_storage.extents(a), numpy_storage.extents(b)
        answers.append(overlaps(left, right))
        assert answers[-1] == np.shares_memory(a, b), (left, right)
    assert 0.15 < sum(answers) / len(answers) < 0.9


def _random_view(rng: random.Random, buffer: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    dtype = np.dtype(rng.choice(["u1", "i2", "f4", "c8", "f8"]))
    shape = tuple(rng.choice([1, 1, 2, 3]) for _ in range(rng.randint(0, 3)))
    strides = tuple(rng.choice([0, 1, 2, 2, 4, 6, 8, -8]) for _ in shape)
    reach = sum(abs(stride) * (size - 1) for size, stride in zip(shape, strides, strict=True))
    offset = rng.randrange(reach, 112 - reach - dtype.itemsize)
    return np.ndarray(shape, dtype, buffer, offset, strides)


def test_pictures_are_of_values() -> None:
    class Box:
        def __init__(self, value: object) -> None:
            self.value = value

    x = np.array([1.0, np.nan])
    assert picture([x, x]) == picture([x.copy(), x[::-1][::-1]])
    assert picture(Box(x)) == picture(Box(x.copy()))
    assert picture(float("nan")) == picture(float("nan"))
    different = [
        0.0,
        -0.0,
        1,
        True,
        "1",
        None,
        (1,),
        [1],
        np.float32(1),
        x,
        x[:1],
        x.astype("f4"),
        {1: 2},
        {2: 1},
    ]
    different += [Box(1), Box(2), np.array([1, 2], dtype=object), np.array([1, 3], dtype=object)]
    assert len({picture(value) for value in different}) == len(different)
    loop: list[object] = []
    loop.append(loop)
    assert picture(loop) == picture(loop)


def test_leaves_are_found_wherever_they_are_held() -> None:
    class Slotted:
        __slots__ = ("value",)

        def __init__(self, value: object) -> None:
            self.value = value

    x = np.zeros(4)
    for holder in (
        {"k": [x]},
        (1, {2: x}),
        Slotted(x),
        Slotted([Slotted(x)]),
        np.array([x, None], dtype=object),
    ):
        assert values_overlap(holder, x[2:]) is True
        assert values_overlap(holder, x.copy()) is False
    assert values_overlap([], x) is None
