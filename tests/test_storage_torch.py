"""PyTorch's side of the storage questions: exact overlap, and looks that leave no trace."""

from __future__ import annotations

import copy
import random

import numpy as np
import torch

from runtime_check.storage import leaves, one_storage, overlaps, picture, values_overlap
from runtime_check.storage import torch as torch_storage


def test_overlap_is_that_of_the_elements() -> None:
    rng = random.Random(5)
    storage = torch.zeros(40)
    everything = torch.arange(40)
    answers = []
    for _ in range(1500):
        layouts = [_random_layout(rng) for _ in range(2)]
        (a,), (b,) = (torch_storage.extents(torch.as_strided(storage, *layout)) for layout in layouts)
        left, right = (set(torch.as_strided(everything, *layout).flatten().tolist()) for layout in layouts)
        answers.append(overlaps(a, b))
        assert answers[-1] == bool(left & right), layouts
    assert 0.15 < sum(answers) / len(answers) < 0.9


def _random_layout(rng: random.Random) -> tuple[list[int], list[int], int]:
    shape = [rng.choice([1, 2, 3]) for _ in range(rng.randint(0, 3))]
    return shape, [rng.choice([0, 1, 2, 2, 3]) for _ in shape], rng.randrange(40 - 18)


def test_looking_leaves_no_trace() -> None:
    weight = torch.nn.Parameter(torch.ones(3))
    product = weight * weight  # backward fails when a saved tensor's version has moved on
    view = weight.detach()[1:]
    before = weight._version, product._version
    for value in (weight, product, view, [weight, {"k": view}]):
        picture(value)
        values_overlap(value, weight)
    assert (weight._version, product._version) == before
    assert weight.grad is None
    product.sum().backward()
    assert weight.grad is not None


def test_pictures_tell_values_apart() -> None:
    nan = torch.tensor([1.0, float("nan")])
    assert picture(nan) == picture(nan.clone())
    assert picture(nan.t()) == picture(nan)
    z = torch.tensor([1 + 2j])
    assert picture(z.conj()) == picture(torch.tensor([1 - 2j]))
    assert picture(z.conj().imag) == picture(torch.tensor([-2.0]))
    sparse = torch.eye(2).to_sparse()
    assert picture(sparse) == picture(sparse.clone()) != picture((sparse * 2).coalesce())
    different = [
        nan,
        nan[:1],
        nan.double(),
        nan.bfloat16(),
        nan.reshape(2, 1),
        torch.zeros(0),
        torch.zeros(0, 1),
    ]
    different += [nan.to("meta"), nan.numpy(), torch.nn.Linear(1, 1), torch.nn.Linear(2, 1)]
    assert len({picture(value) for value in different}) == len(different)


def test_modules_share_through_their_parameters() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    assert len(leaves(model)) == 7
    assert values_overlap(copy.copy(model), model) is True
    assert values_overlap(model.state_dict(), model[0].weight) is True
    assert values_overlap(copy.deepcopy(model), model) is False
    assert values_overlap(model[0].weight, model[0].bias) is False


def test_libraries_share_host_memory() -> None:
    array = np.arange(6.0)
    tensor = torch.from_numpy(array)
    assert values_overlap(tensor[2:], array) is True
    assert values_overlap(tensor[2:], array[:2]) is False
    assert values_overlap(tensor.clone(), array) is False
    assert values_overlap(tensor.to("meta"), array) is None
    first, second = tensor.chunk(2)
    assert values_overlap(first, second) is False
    assert one_storage([first, second])
    assert not one_storage([first, second.clone()])
