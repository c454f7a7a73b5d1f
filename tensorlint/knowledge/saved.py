"""What PyTorch's operations keep for the backward pass: tensors that must not change until that has run.

The table is ``torch_saved.toml``; a line of it is a list of tensors, each perhaps with a guard of the grammar
in :mod:`tensorlint.knowledge.effects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from tensorlint.knowledge.effects import Guard
from tensorlint.knowledge.grammar import parse_guarded
from tensorlint.toml import tomllib

TAKEN = ("first", "second", "third")
RESULT = "result"
_TABLE = "torch_saved.toml"
_FUNCTIONS = ("torch.nn.functional.", "torch.Tensor.", "torch.special.", "torch.")
_LAYERS = "torch.nn."
# Methods by which a module computes in training, too.
COMPUTING = frozenset(
    "forward _forward _forward_impl forward_features forward_train training_step loss".split()
)
OPERATORS = MappingProxyType({"*": "mul", "/": "div", "**": "pow", "@": "matmul"})


@dataclass(frozen=True, slots=True)
class Saved:
    """One tensor that is kept: a word of ``TAKEN``, or ``RESULT``; always, where no ``guard`` says when."""

    tensor: str
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class Backward:
    """The table: what an operation keeps, by its name, and the functions whose views are never written."""

    saved: Mapping[str, tuple[Saved, ...]]
    parts: frozenset[str]

    def of(self, callee: str, in_place: bool) -> tuple[Saved, ...]:
        """What a call of a function, method or layer of PyTorch's keeps; ``in_place`` by its argument."""
        name = operation(callee)
        return self.saved.get(f"{name}_" if in_place and not name.endswith("_") else name, ())


def operation(callee: str) -> str:
    """The name in the table of a qualified one: ``exp`` for ``torch.Tensor.exp``, ``ReLU`` for the layer."""
    prefix, _, name = callee.rpartition(".")
    if f"{prefix}." == _LAYERS and name[:1].isupper():
        return name
    return name if f"{prefix}." in _FUNCTIONS and name[:1].islower() else ""


@cache
def backward() -> Backward:
    """The table, read once."""
    data = tomllib.loads(resources.files(__package__).joinpath(_TABLE).read_text("utf-8"))
    saved: dict[str, tuple[Saved, ...]] = {}
    for row in data["saved"]:
        kept = tuple(_read(part) for part in row["what"].split(";"))
        saved.update(dict.fromkeys(row["names"].split(), kept))
    return Backward(MappingProxyType(saved), frozenset(data["parts"].split()))


def _read(text: str) -> Saved:
    path, guard = parse_guarded(text)
    return Saved(path.root, guard)
