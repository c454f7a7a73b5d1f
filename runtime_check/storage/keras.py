"""Keras variables, and the objects that hold them, on whichever backend this process runs.

Where two variables share depends on the backend. On TensorFlow and PyTorch the value of a variable is memory
that is written in place, so its memory is the variable's. On JAX a value is never written: ``assign`` puts
another into the variable, and only who holds the very same variable sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import keras

from .extent import Extent
from .registry import Library, library, owner

NAME = "keras"

_HOLDERS = (keras.Layer, keras.Optimizer, keras.Metric, keras.random.SeedGenerator)
_LEAVES = (keras.Variable, keras.KerasTensor, *_HOLDERS)


def backend() -> Library:
    """The library that Keras stands on. Raises KeyError for one that cannot be asked."""
    return library(keras.backend.backend())


def version() -> str:
    return str(keras.__version__)


def devices() -> tuple[str, ...]:
    return backend().devices()


def device_name(device: str) -> str:
    return backend().device_name(device)


def scope(device: str) -> AbstractContextManager[Any]:
    found: AbstractContextManager[Any] = keras.device("cpu" if device == "cpu" else "gpu:0")
    return found


def seed() -> None:
    keras.utils.clear_session()  # forgets the state of `keras.random`'s own generator, and numbered names
    keras.utils.set_random_seed(0)


def synchronize() -> None:
    backend().synchronize()


def is_tensor(value: object) -> bool:
    return isinstance(value, _LEAVES)


def extents(tensor: Any) -> tuple[Extent, ...]:
    """The memory of a variable; a layer has none of its own, and a symbolic tensor none at all."""
    value = _value(tensor)
    if value is None:
        return ()
    if backend().NAME == "jax":
        # The memory that `assign` changes is the reference that the variable holds.
        shape = tuple(tensor.shape)
        return (Extent("variable", id(tensor), 1, shape, (0,) * len(shape), id(tensor)),)
    return backend().extents(value)


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    value = _value(tensor)
    if value is not None:
        return backend().content(value)
    if isinstance(tensor, _HOLDERS):
        return "object", (), b""  # what it holds are its members
    return f"no value, {tensor.dtype}", tuple(tensor.shape), b""


def members(tensor: Any) -> Iterable[object]:
    """A holder's variables, and what a program keeps in its public attributes.

    The other attributes are machinery: names that are numbered through, compiled functions, locks.
    """
    if not isinstance(tensor, _HOLDERS):
        return ()
    return [*getattr(tensor, "variables", ()), *_data(vars(tensor))]


def _data(attributes: dict[str, object]) -> Iterator[object]:
    for name, value in attributes.items():
        holds = isinstance(value, (list, tuple, dict, set)) or owner(value) is not None
        if holds and not name.startswith("_"):
            yield value


def _value(tensor: Any) -> Any:
    """A variable's value, past the scopes in which Keras shows another; None where there is none yet."""
    return tensor._value if isinstance(tensor, keras.Variable) else None
