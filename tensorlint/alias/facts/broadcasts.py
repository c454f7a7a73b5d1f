"""Questions about writes to tensors one cell of which stands for many elements: expanded ones, windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import layout
from tensorlint.alias.after import Observer, aftermath
from tensorlint.alias.axes import ONE, ZERO, Layout
from tensorlint.alias.events import Write
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Allocation, Constant, Held, Value, alternatives
from tensorlint.alias.region import MANY, Step, extend
from tensorlint.finding import Quote

UNLOCKING = frozenset({"flags", "setflags"})  # what may make a view writable
ARRAY, TENSOR = "numpy.ndarray", "torch.Tensor"


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A write to a tensor one cell of which stands for many elements.

    ``taken`` is where the tensor was made so, ``read`` where its other elements are read again (nowhere where
    the write raises, or where other methods may read them). ``raises`` is None where that depends on which of
    its axes was expanded; ``readonly`` says that it raises whatever is written.
    """

    view: str | Quote
    taken: ir.Origin
    read: ir.Origin | None
    raises: bool | None
    readonly: bool


class Broadcasts(Outcomes):
    """Writes to expanded tensors and to windows."""

    def is_readonly(self, value: Value) -> bool:
        """Whether a write through a value raises: a view that NumPy protects, and nobody unlocked."""
        protected = value.type == ARRAY and any(step.readonly for step in value.path)
        return protected and not self.inspects(value, UNLOCKING)

    def broadcast(self, write: Write) -> Broadcast | None:
        """What a write does that reaches more elements than it names, or that is refused for that."""
        if id(write) not in self._broadcasts:
            found = self._broadcast(write)
            tried = found is not None and self.is_trial(write.origin)
            self._broadcasts[id(write)] = None if tried else found
        return self._broadcasts[id(write)]

    @cached_property
    def _broadcasts(self) -> dict[int, Broadcast | None]:
        return {}

    def _broadcast(self, write: Write) -> Broadcast | None:
        for leaf, condition in alternatives(write.through):
            cut = max((n for n, step in enumerate(leaf.path, 1) if step.kind in MANY), default=0)
            if not cut or condition or leaf.type not in (ARRAY, TENSOR):
                continue
            if self._is_copied_since(write.through, leaf.path[cut - 1].site):
                continue
            later = leaf.path[cut:]
            written = write.region.path[len(write.through.path) :]
            readonly = self.is_readonly(leaf)
            raises = readonly or self._is_refused(write, leaf, later, written)
            view = replace(leaf, path=leaf.path[:cut])
            observer = None
            if raises is not True:
                whole = not any(step.leaves_out for step in (*later, *written))
                filled = whole and self._fills(write, written)
                observer = None if filled else self._observer(write, leaf, view)
                if observer is None and (filled or not self._lasts(leaf)):
                    continue
            name = self.name_of(view) or self.name(self._chained_from(write.operand), leaf, write.origin)
            read = None if observer is None else observer.read.origin
            return Broadcast(name, leaf.path[cut - 1].site, read, raises, readonly)
        return None

    def _is_copied_since(self, value: Value, taken: ir.Origin) -> bool:
        """Whether on some way a new tensor took the place of one: who did that knew when to."""
        made = (leaf.object for leaf, _ in alternatives(value) if isinstance(leaf.object, Allocation))
        return any(thing.site > taken for thing in made)

    def _lasts(self, leaf: Value) -> bool:
        """Whether a tensor is what the object holds in an attribute, where other methods read the others."""
        return isinstance(leaf.object, Held) and self.persists(leaf.object)

    def _observer(self, write: Write, leaf: Value, view: Value) -> Observer | None:
        """Who reads elements of a view after some of them were written, by whatever name."""
        path = leaf.path
        for step in write.region.path[len(write.through.path) :]:
            path = extend(path, step)
        seen = replace(write, through=view, region=replace(leaf, path=path))
        return aftermath(self.solution, self.moments, *self.places[id(write)], seen, self.uses).view

    def _is_refused(
        self, write: Write, leaf: Value, later: tuple[Step, ...], written: tuple[Step, ...]
    ) -> bool | None:
        """Whether PyTorch refuses a write: where a cell that stands for many elements is written for several
        of them.
        """
        if leaf.type != TENSOR:
            return False
        if write.how == "call":
            entry = self.catalog.lookup(write.callee)
            if entry is None or entry.signature.clause("stretched") is not None:
                return None if entry is None else False
        elif write.how == "store" and not written:  # by a mask or indices, or by what may be an integer
            return False if self._picks(write) else None
        axes = self._written_axes(leaf, written).axes
        if axes is None:
            return None if any(step.leaves_out for step in (*later, *written)) else True
        if any(axis.stride == ZERO and axis.size != ONE for axis in axes):
            return True
        known = leaf.layout.expanded or later or all(axis.stride is not None for axis in axes)
        return False if known else None

    def _written_axes(self, leaf: Value, written: tuple[Step, ...]) -> Layout:
        """The axes of what is written."""
        if not written:
            return leaf.layout
        (step,) = written
        return layout.subset(leaf, step.axes, extend(leaf.path, step))[0]

    def _picks(self, write: Write) -> bool:
        """Whether a store picks its elements by masks or arrays of indices."""
        instr = self.instruction(write)
        picked = (
            [s.value for s in instr.index if isinstance(s, ir.Pick)] if isinstance(instr, ir.SetItem) else []
        )
        values = [self.value_at(instr, operand) for operand in picked]
        return any(v is not None and (self.is_tensor(v) or v.type == "builtins.list") for v in values)

    def _fills(self, write: Write, written: tuple[Step, ...]) -> bool:
        """Whether all elements of what is written get one value."""
        instr = self.instruction(write)
        if isinstance(instr, ir.SetItem):
            value = self.value_at(instr, instr.value)
            literal = isinstance(instr.value, ir.Literal)
            return bool(written) and (literal or (value is not None and isinstance(value.object, Constant)))
        entry = self.catalog.lookup(write.callee) if write.callee else None
        clause = entry.signature.clause("stretched") if entry is not None else None
        return clause is not None and clause.text == "filled"
