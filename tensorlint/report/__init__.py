"""What was found, for people and for machines: one module for each format, each with ``write``."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TextIO

from tensorlint.checking import Checked

Write = Callable[[Sequence[Checked], TextIO], None]


def writer(output_format: str) -> Write:
    """What writes a format, by its name."""
    write: Write = importlib.import_module(f"{__name__}.{output_format}").write
    return write
