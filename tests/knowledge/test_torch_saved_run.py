"""What the table of saved tensors says, run backward: whoever is written in between raises, or does not.

A write that changes no value shows the same: PyTorch counts writes, it does not compare.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Guard
from tensorlint.knowledge.saved import OPERATORS, RESULT, TAKEN, Saved, backward, operation

torch = pytest.importorskip("torch")

TABLE = backward()
Make = Callable[[], list[Any]]


def some(*shape: int) -> Any:
    return torch.rand(*shape) * 0.8 + 0.1


def image() -> Any:
    return some(1, 2, 4, 4)


PAIR: Make = lambda: [some(3, 3), some(3, 3)]  # noqa: E731
PLACES = [0, 2, 1]
# The tensors that an operation takes where it is not one square, and what else it is given.
TENSORS: dict[str, Make] = {
    "acosh": lambda: [some(3, 3) + 1.5],
    **dict.fromkeys("mul matmul mm linear div pow maximum minimum atan2 xlogy logaddexp hypot".split(), PAIR),
    **dict.fromkeys("mse_loss smooth_l1_loss huber_loss binary_cross_entropy_with_logits".split(), PAIR),
    "bmm": lambda: [some(1, 3, 3), some(1, 3, 3)],
    "mv": lambda: [some(3, 3), some(3)],
    "dot": lambda: [some(3), some(3)],
    "outer": lambda: [some(3), some(3)],
    "cross": lambda: [some(2, 3), some(2, 3)],
    "conv1d": lambda: [some(1, 2, 4), some(3, 2, 2)],
    "conv2d": lambda: [image(), some(3, 2, 2, 2)],
    "conv3d": lambda: [some(1, 2, 3, 3, 3), some(3, 2, 2, 2, 2)],
    "conv_transpose1d": lambda: [some(1, 2, 4), some(2, 3, 2)],
    "conv_transpose2d": lambda: [image(), some(2, 3, 2, 2)],
    **dict.fromkeys("max_pool2d avg_pool2d MaxPool2d AvgPool2d ReflectionPad2d".split(), lambda: [image()]),
    **dict.fromkeys("Conv2d ConvTranspose2d BatchNorm2d GroupNorm".split(), lambda: [image()]),
    **dict.fromkeys("Conv1d ConvTranspose1d MaxPool1d".split(), lambda: [some(1, 2, 4)]),
    **dict.fromkeys("Conv3d ConvTranspose3d BatchNorm3d MaxPool3d".split(), lambda: [some(2, 2, 4, 4, 4)]),
    "glu": lambda: [some(3, 4)],
    "GLU": lambda: [some(3, 4)],
    "Bilinear": PAIR,
    "Embedding": lambda: [torch.tensor(PLACES)],
    "gather": lambda: [some(3), torch.tensor(PLACES)],
    "index_select": lambda: [some(3), torch.tensor(PLACES)],
    "masked_fill": lambda: [some(3), some(3) > 0.3],
    "masked_select": lambda: [some(3), some(3) > 0.0],
    "cross_entropy": lambda: [some(3, 3), torch.tensor(PLACES)],
}
OPTIONS: dict[str, dict[str, Any]] = {
    **{name: {"dim": -1} for name in "softmax log_softmax softmin cumprod logcumsumexp amax amin".split()},
    "logsumexp": {"dim": -1},
    "gather": {"dim": 0},
    "index_select": {"dim": 0},
    "clamp": {"min": 0.3, "max": 0.6},
    "clamp_min": {"min": 0.3},
    "clamp_max": {"max": 0.6},
    "max_pool2d": {"kernel_size": 2},
    "avg_pool2d": {"kernel_size": 2},
    "threshold": {"threshold": 0.3, "value": 0.0},
    "masked_fill": {"value": 0.0},
}
MADE: dict[str, tuple[Any, ...]] = {
    "Linear": (3, 3),
    "Bilinear": (3, 3, 2),
    "Embedding": (3, 3),
    "LayerNorm": (3,),
    "BatchNorm1d": (3,),
    "GroupNorm": (1, 2),
    "Threshold": (0.3, 0.0),
    **dict.fromkeys("Conv1d Conv2d Conv3d".split(), (2, 2, 2)),
    **dict.fromkeys("ConvTranspose1d ConvTranspose2d ConvTranspose3d".split(), (2, 2, 2)),
    **dict.fromkeys("MaxPool1d MaxPool2d MaxPool3d AvgPool2d BatchNorm2d BatchNorm3d".split(), (2,)),
    "ReflectionPad2d": (1,),
    "Softmax": (1,),
    "LogSoftmax": (1,),
    "Softmin": (1,),
}
FUNCTIONAL_IN_PLACE = frozenset({"leaky_relu_", "elu_", "selu_", "celu_", "rrelu_"})


def called(name: str) -> Callable[..., Any]:
    """An operation of the table as it is called."""
    plain = name.removesuffix("_")
    if name[:1].isupper():
        options = {"inplace": True} if name.endswith("_") else {}
        return getattr(torch.nn, plain)(*MADE.get(plain, ()), **options)  # type: ignore[no-any-return]
    if name in FUNCTIONAL_IN_PLACE:
        return lambda x: getattr(torch.nn.functional, plain)(
            x, inplace=True, **({"training": True} if plain == "rrelu" else {})
        )
    for owner in (torch, torch.nn.functional, torch.Tensor):
        if hasattr(owner, name):
            function = getattr(owner, name)
            if name in ("gather", "index_select"):
                return lambda x, places, dim: function(x, dim, places)
            return function  # type: ignore[no-any-return]
    raise AssertionError(f"PyTorch has no {name}")


def refuses(name: str, tensors: list[Any], written: str) -> bool:
    """Whether the backward pass raises because ``written`` was written after the operation ran."""
    taken = [t * 1 if t.requires_grad else t.clone() for t in tensors]
    operate = called(name)
    result = operate(*taken, **OPTIONS.get(name, {}))
    target = result if written == RESULT else taken[TAKEN.index(written)]
    with torch.no_grad():
        target.copy_(target.clone())
    try:
        result.sum().backward()
    except RuntimeError as error:
        assert "modified by an inplace operation" in str(error)
        return True
    return False


def holds(guard: Guard | None, grads: tuple[bool, ...]) -> bool:
    """Whether a guard of the table admits tensors of which these require grad; there all are tensors."""
    if guard is None:
        return True
    (atom,) = guard.atoms
    return atom.relation == "array" or grads[TAKEN.index(atom.arguments[0].root)]


def cases(name: str) -> Iterator[tuple[list[Any], tuple[bool, ...]]]:
    """Tensors for an operation, each requiring grad or not, but so that the result does."""
    plain = name.removesuffix("_")
    make = TENSORS.get(plain, lambda: [some(3, 3)])
    layer = name[:1].isupper() and any(True for _ in called(name).parameters())  # type: ignore[attr-defined]
    for grads in itertools.product((True, False), repeat=len(make())):
        tensors = make()
        asked = [t.is_floating_point() for t in tensors]
        if any(wanted and not possible for wanted, possible in zip(grads, asked, strict=True)):
            continue
        if any(grads) or layer:
            yield [t.requires_grad_(wanted) for t, wanted in zip(tensors, grads, strict=True)], grads


@pytest.mark.parametrize("name", sorted(TABLE.saved))
def test_what_is_saved_and_nothing_else_is_refused(name: str) -> None:
    saved: tuple[Saved, ...] = TABLE.saved[name]
    ran = 0
    for tensors, grads in cases(name):
        words = [RESULT] if name.endswith("_") else [*TAKEN[: len(tensors)], RESULT]
        for word in words:
            said = any(each.tensor == word and holds(each.guard, grads) for each in saved)
            assert refuses(name, tensors, word) == said, (word, grads)
            ran += 1
    assert ran


def test_numbers_are_not_saved() -> None:
    def refused(compute: Callable[[Any], Any], of_result: bool) -> bool:
        x = some(3).requires_grad_() * 1
        y = compute(x)
        with torch.no_grad():
            (y if of_result else x).add_(0.0)
        try:
            y.sum().backward()
        except RuntimeError:
            return True
        return False

    numbers = [lambda x: x * 2.0, lambda x: 2.0 * x, lambda x: x / 2.0, lambda x: 1.0 / x]
    assert not any(refused(compute, of) for compute in numbers for of in (True, False))
    assert refused(lambda x: x**2, False) and not refused(lambda x: x**2, True)
    assert refused(lambda x: 2.0**x, True)


@pytest.mark.parametrize("name", sorted(TABLE.parts))
def test_parts_are_never_written(name: str) -> None:
    sizes = {"split_with_sizes": ([1, 3],), "unbind": ()}.get(name, (2,))
    whole = some(4, 2).requires_grad_() * 1
    for part in getattr(whole, name)(*sizes):
        with pytest.raises(RuntimeError, match="multiple views"):
            part.add_(1.0)
        with pytest.raises(RuntimeError, match="multiple views"):
            part[0].add_(1.0)
    with torch.no_grad():
        part.add_(1.0)


def test_rows_of_an_iteration_are_never_written() -> None:
    for row in some(2, 2).requires_grad_() * 1:
        with pytest.raises(RuntimeError, match="multiple views"):
            row.add_(1.0)


def test_other_parts_are_written() -> None:
    whole = some(4, 2).requires_grad_() * 1
    for part in (*whole.tensor_split(2), whole[0], whole.select(0, 1), whole.narrow(0, 1, 2)):
        part.add_(1.0)


def test_every_name_is_one_of_the_tables() -> None:
    catalog = Catalog()
    places = ("torch.nn.functional.", "torch.Tensor.", "torch.", "torch.nn.")
    for name in (*TABLE.saved, *TABLE.parts, *OPERATORS.values()):
        found = [place + name.removesuffix("_") for place in places]
        assert any(catalog.lookup(each) for each in found), name
        assert name.removesuffix("_") in map(operation, found)
