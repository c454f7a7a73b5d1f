"""The calls that are written down for the names of PyTorch."""

from __future__ import annotations

from runtime_check.audit.torch_functions import FUNCTIONAL, PLAIN, UTILITIES
from runtime_check.audit.torch_objects import OBJECTS
from runtime_check.audit.torch_operators import MAKERS, METHODS, OPERATORS, foreach
from runtime_check.audit.torch_tensors import Probes, spelled_out

NAMED = {**spelled_out(MAKERS, METHODS, FUNCTIONAL, UTILITIES, PLAIN), **OBJECTS}


def probes_of(name: str) -> Probes | None:
    """The calls that are known for a name of PyTorch."""
    home, _, last = name.rpartition(".")
    if name in NAMED:
        return NAMED[name]
    if name.startswith("torch._foreach_"):
        return foreach
    if home in ("torch", "torch.Tensor", "torch.linalg", "torch.special", "torch.fft"):
        return OPERATORS.get(last) or OPERATORS.get(last.rstrip("_"))
    return None
