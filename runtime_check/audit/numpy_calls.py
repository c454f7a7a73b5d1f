"""Calls of NumPy that no array of the battery begins: files, text, equations, settings."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Call = Callable[[], dict[str, Any]]  # the arguments by parameter, made anew


def _file(suffix: str = "") -> Path:
    """A file that holds twelve floats, or these as an array where it is to be loaded."""
    folder = Path(tempfile.mkdtemp(prefix="runtime-check-"))
    path = folder / f"twelve{suffix}"
    if suffix:
        np.save(path, np.arange(12.0))
    else:
        np.arange(12.0).tofile(path)
    return path


CALLS: Mapping[str, Sequence[Call]] = {
    "numpy.fromfile": [lambda: {"file": _file()}],
    "numpy.load": [
        lambda: {"file": _file(".npy")},
        lambda: {"file": _file(".npy"), "mmap_mode": "r+"},
    ],
    "numpy.memmap": [lambda: {"filename": _file(), "dtype": np.float64}],
    "numpy.memmap.flush": [lambda: {"self": np.memmap(_file(), np.float64)}],
    "numpy.genfromtxt": [lambda: {"fname": io.StringIO("1 2\n3 4")}],
    "numpy.loadtxt": [lambda: {"fname": io.StringIO("1 2\n3 4")}],
    "numpy.ndarray.dump": [lambda: {"self": np.arange(3.0), "args": [_file()]}],
    "numpy.ndarray.tofile": [lambda: {"self": np.arange(3.0), "args": [_file()]}],
    "numpy.ndarray.itemset": [lambda: {"self": np.arange(3.0), "args": [1, 9]}],
    "numpy.save": [lambda: {"args": [io.BytesIO(), np.arange(3.0)]}],
    "numpy.savetxt": [lambda: {"args": [io.StringIO(), np.arange(3.0)]}],
    "numpy.savez": [lambda: {"args": [io.BytesIO(), np.arange(3.0)]}],
    "numpy.savez_compressed": [lambda: {"args": [io.BytesIO(), np.arange(3.0)]}],
    "numpy.set_printoptions": [lambda: {"args": [4]}],
    "numpy.seterr": [lambda: {"args": ["ignore"]}],
    "numpy.random.seed": [lambda: {"args": [0]}],
    "numpy.random.set_state": [lambda: {"args": [np.random.get_state()]}],
    "numpy.random.RandomState.seed": [lambda: {"args": [np.random.RandomState(0), 0]}],
    "numpy.random.RandomState.set_state": [
        lambda: {"args": [np.random.RandomState(0), np.random.get_state()]}
    ],
}
