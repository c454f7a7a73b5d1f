"""How much memory tensors take while something runs.

NumPy reports its arrays to Python, which tells how much there was at most; PyTorch does not, so there the
storages are added up that its operations make, on any device. Of other libraries nothing is known.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from .registry import owner
from .walk import leaves


@dataclass(slots=True)
class Taken:
    """``size`` is in bytes, and None as long as nothing was measured."""

    size: int | None = None


@contextmanager
def taking(name: str) -> Iterator[Taken]:
    """Measure what tensors of a library take inside."""
    taken = Taken()
    with _MEASURES[name](taken) if name in MEASURED else nullcontext():
        yield taken


@contextmanager
def _tracing(taken: Taken) -> Iterator[None]:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield
        taken.size = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@contextmanager
def _counting(taken: Taken) -> Iterator[None]:
    from torch.utils._python_dispatch import TorchDispatchMode

    taken.size = 0

    class Counting(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = function(*args, **(kwargs or {}))
            known = {_storage(tensor) for tensor in leaves((args, kwargs))}
            made = {_storage(tensor): tensor for tensor in leaves(result)}
            new = (tensor for place, tensor in made.items() if place not in known)
            taken.size = (taken.size or 0) + sum(each.untyped_storage().nbytes() for each in new)
            return result

    with Counting():
        yield


_MEASURES = {"numpy": _tracing, "torch": _counting}
MEASURED = tuple(_MEASURES)


def _storage(tensor: Any) -> int:
    return int(tensor.untyped_storage().data_ptr())


def size_of(value: object) -> int:
    """The bytes of the elements of all tensors in a value."""
    total = 0
    for leaf in leaves(value):
        asked = owner(leaf)
        assert asked is not None
        total += len(asked.content(leaf)[2])
    return total
