"""Questions about cures: how a value is copied, and where."""

from __future__ import annotations

from collections.abc import Sequence

from tensorlint import ir
from tensorlint.alias.events import AttributeSet, Called
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import Given, Value
from tensorlint.finding import Fix, Rewriting


class Cures(Values):
    """How a function is mended."""

    def copying(self, value: Value) -> str:
        """How a tensor is copied, as in a :class:`Fix`; empty where that is not known."""
        if self.is_tensor(value, "torch"):
            return "{}.clone()"
        return "{}.copy()" if self.is_tensor(value, "numpy") else ""

    def copied_at(self, origin: ir.Origin, value: Value) -> Fix | None:
        """The fix that copies a tensor where it is made: as one of the library that it is there of, which may
        be another one before a bridge, ``x.cpu()`` of ``x.cpu().numpy()``.
        """
        made = [
            event.result for event in self.events() if event.origin == origin and isinstance(event, Called)
        ]
        there = made[0] if len({each.type for each in made}) == 1 and self.is_tensor(made[0]) else value
        return self._remade(origin, self.copying(there))

    def copied_before(self, origin: ir.Origin, parameter: str) -> Fix | None:
        """The fix by which a function goes on with a copy of its parameter, from a statement on."""
        copy = self.copying(Value(Given(parameter), type=self.solution.evidence.type_of(parameter)))
        copied = f"{parameter} = {copy.format(parameter)}"
        return Fix(Rewriting.COPY_FIRST, origin, copied) if copy else None

    def packed_at(self, views: Sequence[ir.Origin], value: Value, safe: bool = False) -> Fix | None:
        """The fix that lays a tensor out without gaps, in the order of its axes, behind the last of the
        views that led to it. A clone does not: it keeps the order in which its source lies in memory.
        """
        packed = "{}.contiguous()" if self.is_tensor(value, "torch") else ""
        for library in ("numpy", "cupy"):
            packed = f"{{@{library}.ascontiguousarray}}({{}})" if self.is_tensor(value, library) else packed
        return self._remade(views[0], packed, safe) if views else None

    def hangs_attributes(self) -> bool:
        """Whether the function sets attributes of its own on tensors, which only a deep copy keeps."""
        return any(isinstance(event, AttributeSet) for event in self.events())

    def _remade(self, origin: ir.Origin, copy: str, safe: bool = False) -> Fix | None:
        """Not where a call makes several tensors at once."""
        made = (event for event in self.events() if event.origin == origin and isinstance(event, Called))
        whole = all(self.is_tensor(call.result) for call in made)
        return Fix(Rewriting.COPY, origin, copy, safe) if copy and whole else None
