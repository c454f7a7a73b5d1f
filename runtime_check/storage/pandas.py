"""Tables and columns of pandas: leaves whose memory is that of their columns, where those are NumPy's."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pandas as pd

from . import numpy as arrays
from .extent import Extent

NAME = "pandas"
KINDS = (pd.DataFrame, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)


def version() -> str:
    return str(pd.__version__)


def devices() -> tuple[str, ...]:
    return ("cpu",)


def device_name(device: str) -> str:
    return platform.machine()


def scope(device: str) -> AbstractContextManager[Any]:
    return nullcontext()


def seed() -> None:
    pass  # it draws from NumPy's numbers


def synchronize() -> None:
    pass


def is_tensor(value: object) -> bool:
    return isinstance(value, KINDS)


def extents(tensor: Any) -> tuple[Extent, ...]:
    """One block for each column: what lies next to it in memory may belong to another table."""
    plain = (column for column in _columns(tensor) if isinstance(column.dtype, np.dtype))
    return tuple(block for column in plain for block in arrays.extents(column.to_numpy()))


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    columns = [column.to_numpy() for column in _columns(tensor)]
    data = b"".join(repr(c.tolist()).encode() if c.dtype.hasobject else c.tobytes() for c in columns)
    return " ".join(str(column.dtype) for column in columns), tensor.shape, data


def members(tensor: Any) -> Iterable[object]:
    return ()


def _columns(tensor: Any) -> Iterator[Any]:
    if isinstance(tensor, pd.DataFrame):
        yield from (tensor.iloc[:, number] for number in range(tensor.shape[1]))
    else:
        yield tensor
