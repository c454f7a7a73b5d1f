"""The inputs that a program is run on: layouts, dtypes, shapes and branch decisions."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """What one execution gets; ``layout`` is its first tensor's, the others follow in turn."""

    layout: str
    dtype: str  # "default", "other" or "integer"
    rows: int
    columns: int


LAYOUTS = ("row-major", "column-major", "strided", "padded", "reversed")
SETTINGS = (
    Setting("row-major", "default", 4, 6),
    Setting("column-major", "default", 4, 6),
    Setting("strided", "default", 4, 6),
    Setting("reversed", "default", 4, 6),
    Setting("row-major", "default", 4, 4),
    Setting("column-major", "default", 4, 4),
    Setting("row-major", "other", 4, 6),
    Setting("padded", "default", 6, 4),
    Setting("row-major", "default", 6, 4),
    Setting("strided", "other", 6, 4),
    Setting("row-major", "integer", 4, 6),
    Setting("reversed", "default", 4, 4),
    Setting("row-major", "default", 6, 6),
    Setting("column-major", "other", 6, 4),
    Setting("padded", "integer", 6, 4),
    Setting("row-major", "default", 4, 6),
)


def arguments(library: str, seed: str, parameters: Sequence[str], aliased: bool) -> list[tuple[Any, ...]]:
    """The arguments of every execution, made afresh; ``case`` numbers them in an order of the seed's own.

    ``aliased`` passes ``x`` (or a view of it) for ``y`` in three of four executions.
    """
    cases = list(range(len(SETTINGS)))
    Random(seed).shuffle(cases)
    return [
        (case, *_tensors(library, setting, parameters, case, aliased))
        for case, setting in zip(cases, SETTINGS, strict=True)
    ]


def _tensors(
    library: str, setting: Setting, parameters: Sequence[str], case: int, aliased: bool
) -> list[Any]:
    sides = (setting.rows, setting.columns)
    shapes = {"row": (setting.columns,), "batch": (3, *sides)}
    first = LAYOUTS.index(setting.layout)
    found: list[Any] = []
    for place, name in enumerate(parameters):
        if name == "out" and case % 2:
            found.append(None)
        elif name == "y" and aliased and case % 4:
            whole = case % 4 == 1 or library in ("tensorflow", "jax")  # their slices are copies
            found.append(found[0] if whole else found[0][:])
        else:
            layout = LAYOUTS[(first + 3 * place) % len(LAYOUTS)]
            found.append(tensor(library, shapes.get(name, sides), layout, setting.dtype))
    return found


def tensor(library: str, shape: tuple[int, ...], layout: str, dtype: str) -> Any:
    """A tensor of different numbers; ``dtype`` is ``default``, ``other`` or ``integer``."""
    return _MAKERS[library](shape, layout, dtype)


def _numpy(shape: tuple[int, ...], layout: str, dtype: str) -> Any:
    np = importlib.import_module("numpy")
    kind = {"default": np.float64, "other": np.float32, "integer": np.int64}[dtype]
    if layout == "reversed":
        return np.arange(prod(shape), dtype=kind).reshape(shape)[..., ::-1]
    return _laid_out(lambda sides: np.arange(prod(sides), dtype=kind).reshape(sides), shape, layout)


def _torch(shape: tuple[int, ...], layout: str, dtype: str) -> Any:
    torch = importlib.import_module("torch")
    kind = {"default": torch.float32, "other": torch.float64, "integer": torch.int64}[dtype]
    layout = "padded" if layout == "reversed" else layout  # a stride is never negative
    return _laid_out(lambda sides: torch.arange(prod(sides), dtype=kind).reshape(sides), shape, layout)


def _laid_out(make: Any, shape: tuple[int, ...], layout: str) -> Any:
    *outer, last = shape
    if layout == "column-major" and outer:
        return make((*outer[:-1], last, outer[-1])).swapaxes(-1, -2)
    if layout == "strided":
        return make((*outer, 2 * last))[..., ::2]
    if layout == "padded":
        return make((*outer, last + 2))[..., 1:-1]
    return make(shape)


def _tensorflow(shape: tuple[int, ...], layout: str, dtype: str) -> Any:
    tf = importlib.import_module("tensorflow")
    kind = "float32" if dtype == "default" else "float64"  # most operations take no integers
    return tf.Variable(_numpy(shape, "row-major", "default").astype(kind))


def _jax(shape: tuple[int, ...], layout: str, dtype: str) -> Any:
    jnp = importlib.import_module("jax.numpy")
    kind = {"default": "float32", "other": "float32", "integer": "int32"}[dtype]
    return jnp.array(_numpy(shape, "row-major", "default").astype(kind))


_MAKERS: Mapping[str, Callable[[tuple[int, ...], str, str], Any]] = {
    "numpy": _numpy,
    "torch": _torch,
    "tensorflow": _tensorflow,
    "jax": _jax,
}
