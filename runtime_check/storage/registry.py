"""The libraries that can be asked, each behind the same few questions and imported when it is needed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import cache
from types import ModuleType
from typing import Any, Protocol, cast

from .extent import Extent

NAMES = ("numpy", "torch", "tensorflow", "jax", "keras", "cupy", "pandas", "PIL")


class Library(Protocol):
    """What a module of this package answers for its library. Values are anything a program can hold."""

    NAME: str

    def version(self) -> str:
        """The installed version."""

    def devices(self) -> tuple[str, ...]:
        """``cpu`` and what else this machine offers."""

    def device_name(self, device: str) -> str:
        """What a person calls the device."""

    def scope(self, device: str) -> AbstractContextManager[Any]:
        """Inside, new tensors are made on ``device``."""

    def seed(self) -> None:
        """Make the library's own random numbers start again."""

    def synchronize(self) -> None:
        """Wait until what was launched has written its results."""

    def is_tensor(self, value: object) -> bool:
        """Whether the value is a leaf of this library."""

    def extents(self, tensor: Any) -> tuple[Extent, ...]:
        """The memory of a leaf's elements; several blocks for a sparse tensor."""

    def content(self, tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
        """Dtype, shape and the elements' bytes in row-major order."""

    def members(self, tensor: Any) -> Iterable[object]:
        """Values that a leaf itself refers to: the items of an object array."""


@cache
def library(name: str) -> Library:
    """The library called ``name``. Raises ImportError when it is not installed, KeyError if unknown."""
    if name not in NAMES:
        raise KeyError(name)
    importlib.import_module(name)
    module: ModuleType = importlib.import_module(f".{name.lower()}", __package__)
    return cast(Library, module)


def loaded_libraries() -> tuple[Library, ...]:
    """Those that the running program has imported: only their tensors can exist."""
    return tuple(library(name) for name in NAMES if name in sys.modules)


def owner(value: object) -> Library | None:
    """The library that a leaf belongs to, None for every other value."""
    return next((candidate for candidate in loaded_libraries() if candidate.is_tensor(value)), None)
