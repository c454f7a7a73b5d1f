"""Numba's few entries, called: what a compiled function writes is its own business."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

import numpy as np

from runtime_check.audit import by_name
from runtime_check.audit.by_name import Vocabulary
from runtime_check.audit.row import Row, entries_of
from tensorlint.knowledge.catalog import Entry

VALUES: Mapping[str, tuple[str, ...]] = {
    "prange.bounds": ("(3,)", "(0, 3)"),
    "ptr": ("np.arange(4.0).ctypes.data_as(ctypes.POINTER(ctypes.c_double))",),
    "shape": ("(4,)",),
    "n": ("1",),
}
WORDS = Vocabulary({"ctypes": ctypes, "np": np}, VALUES)


def entries() -> list[Entry]:
    return entries_of("numba")


def audit(entry: Entry) -> Row:
    return by_name.prove(entry, WORDS)
