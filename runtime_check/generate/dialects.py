"""The libraries that random programs are written for."""

from __future__ import annotations

from collections.abc import Mapping

from .forms import Dialect
from .of_numpy import NUMPY
from .of_torch import TORCH

DIALECTS: Mapping[str, Dialect] = {"numpy": NUMPY, "torch": TORCH}
