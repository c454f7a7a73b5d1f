"""einops' entries, called on NumPy's arrays and on PyTorch's tensors, where that is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import numpy as np

from runtime_check.audit import by_name
from runtime_check.audit.by_name import ArrayOutcome, Vocabulary
from runtime_check.audit.row import Row, entries_of
from tensorlint.knowledge.catalog import EITHER, Entry
from tensorlint.knowledge.effects import Atom

torch: Any = importlib.import_module("torch") if importlib.util.find_spec("torch") else None


def array() -> Any:
    return np.arange(24.0).reshape(2, 3, 4)


def tensor() -> Any:
    """One of PyTorch's; where that is not installed, what is said of it stays unproved."""
    return torch.arange(24.0).reshape(2, 3, 4) if torch else array()


class EitherArray(np.ndarray):
    """An array of which the linter would not know whether it is NumPy's."""


if torch:

    class EitherTensor(torch.Tensor):  # type: ignore[misc]
        """A tensor of which the linter would not know whether it is PyTorch's."""


def either() -> Any:
    return array().view(EitherArray)


def either_tensor() -> Any:
    return tensor().as_subclass(EitherTensor) if torch else either()


class Outcome(ArrayOutcome):
    """What a call did; whether strides allow axes to be merged is seen by what came back."""

    __slots__ = ()

    def is_a(self, value: Any, name: str) -> bool:
        if isinstance(value, EitherArray) or (torch and isinstance(value, EitherTensor)):
            return name == EITHER
        return name != EITHER and ArrayOutcome.is_a(self, value, name)

    def _positive(self, atom: Atom) -> bool | None:
        if atom.relation != "regrouped":
            return ArrayOutcome._positive(self, atom)
        pattern = self.value(atom.arguments[1])
        return True if isinstance(pattern, str) and "(" not in pattern.partition("->")[2] else None


PATTERNS = ("'a b c -> a b c'", "'a b c -> b a c'", "'a b c -> (b a) c'", "'a b c -> (a b) c'")
VALUES: Mapping[str, tuple[str, ...]] = {
    "tensor": ("array()", "tensor()", "either()", "either_tensor()", "[array(), array()]", "array().T"),
    "input": ("tensor()",),
    "x": ("array()",),
    "rearrange.pattern": PATTERNS,
    "Rearrange.pattern": PATTERNS,
    "reduction": ("'mean'",),
    "reduce.pattern": ("'a b c -> a c'", "'a b c -> a b c'"),
    "repeat.pattern": ("'a b c -> a b c 2'", "'a b c -> a b c'", "'a b c -> 2 a b c'"),
    "pack.tensors": ("[array(), array()]", "[tensor()]"),
    "pack.pattern": ("'* b c'",),
    "unpack.packed_shapes": ("[(1,), (1,)]",),
    "unpack.pattern": ("'* b c'",),
    "einsum.tensors_and_pattern": ("(array(), 'a b c -> a')",),
    "parse_shape.pattern": ("'a b c'",),
    "asnumpy.tensor": ("array()", "tensor()"),
    "Reduce.pattern": ("'a b c -> a c'",),
}
WORDS = Vocabulary(globals(), VALUES, Outcome)


def entries() -> list[Entry]:
    return entries_of("einops")


def audit(entry: Entry) -> Row:
    return by_name.prove(entry, WORDS)
