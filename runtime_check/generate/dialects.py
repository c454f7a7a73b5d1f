"""The libraries that random programs are written for."""

from __future__ import annotations

from collections.abc import Mapping

from .forms import Dialect
from .of_jax import JAX
from .of_numpy import NUMPY
from .of_tensorflow import TENSORFLOW
from .of_torch import TORCH

DIALECTS: Mapping[str, Dialect] = {dialect.library: dialect for dialect in (NUMPY, TORCH, TENSORFLOW, JAX)}
