"""What PyTorch refuses to write in place: run on a leaf, on a view of one, and under `no_grad`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tensorlint.alias.facts.autograd import UNWATCHED
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import ElementsWritten

torch = pytest.importorskip("torch")

PREFIX = "torch.Tensor."
CALLABLES = frozenset({"apply_", "map_", "map2_"})  # they refuse whatever requires grad, leaf or not


def writing_methods() -> Iterator[str]:
    """The methods of tensors that write the elements of the tensor they are called on."""
    for entry in Catalog().entries("torch"):
        writes = (write for case in entry.signature.cases for write in case.writes)
        elements = [w for w in writes if isinstance(w, ElementsWritten) and w.path.root == "self"]
        name = entry.name.removeprefix(PREFIX)
        if entry.name.startswith(PREFIX) and any(not w.what for w in elements) and name not in CALLABLES:
            yield name


def arguments() -> list[tuple[Any, ...]]:
    """What one in-place method or another takes on a square of floats."""
    square, places = torch.full((3, 3), 0.5), torch.zeros(3, dtype=torch.long)
    many, mask, batch, row = places.repeat(3, 1), square > 0.1, square[None], square[0]
    return [
        (), (square,), (2.0,), (1,), (mask, 1.0), (mask, torch.ones(9)), (square, square), (0, places, 1.0),
        (0, places, square), (0, many, square), (0, many, 1.0), (row, row), (square, 0.5), (2.0, 0, 1.0),
        (places, row), ((places,), square), (0, places, square, "mean"), (0, many, square, "sum"),
        (batch, batch), ((3, 3),), (square.double(),), (0, 1),
    ]  # fmt: skip


def outcomes(name: str, tensor: Any) -> set[str]:
    """What the calls of a method say that fit it: ``fine``, or that the tensor is a leaf."""
    found = set()
    for given in arguments():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                if getattr(tensor, name)(*given) is not NotImplemented:
                    found.add("fine")
            except (RuntimeError, TypeError, IndexError, ValueError, NotImplementedError) as error:
                if "leaf Variable" in str(error):
                    found.add("refused")
    return found


@pytest.mark.parametrize("name", sorted({*writing_methods()} - {"float_power_"}))
def test_a_leaf_is_refused(name: str) -> None:
    def leaf() -> Any:
        return torch.full((3, 3), 0.5, requires_grad=True)

    if PREFIX + name in UNWATCHED:
        assert outcomes(name, leaf()) == {"fine"}
    else:
        assert outcomes(name, leaf()) == {"refused"}
        assert outcomes(name, leaf().view(3, 3)) == {"refused"}


def test_a_leaf_of_doubles_is_refused_where_the_method_wants_doubles() -> None:
    assert outcomes("float_power_", torch.ones(3, 3, dtype=torch.double, requires_grad=True)) == {"refused"}


def test_nothing_is_refused_under_no_grad() -> None:
    leaf = torch.ones(3, 3, requires_grad=True)
    with torch.no_grad():
        assert "refused" not in outcomes("add_", leaf)
