"""What the methods of a class tell of an attribute that a constructor keeps as it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tensorlint import ir
from tensorlint.alias.evidence import Certainty, decide
from tensorlint.alias.lattice import Allocation, Value
from tensorlint.alias.uses import times_bound
from tensorlint.alias.votes import Reader, Votes
from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog


def used_as(
    methods: Iterable[ir.Function], attribute: str, catalog: Catalog, libraries: tuple[str, ...]
) -> str:
    """The class of which an attribute plainly is, by all that methods do with it; empty for none."""
    imported = tuple(library for library in TENSOR_LIBRARIES if library in libraries)
    together = Votes()
    for method in methods:
        reader = Reader(defaultdict(Votes), catalog, imported)
        reader.read(method)
        bound = times_bound(method)
        for instr in ir.instructions(method):
            if isinstance(instr, ir.GetAttribute) and (instr.base, instr.name) == (
                method.receiver,
                attribute,
            ):
                if bound[instr.target] == 1:  # of what else has that name, other things are told
                    together.take(reader.votes[instr.target])
    kind, how = decide(together, imported, catalog)
    return kind if how > Certainty.GUESSED and catalog.is_tensor(kind) else ""


def is_picked_from(attribute: str, value: Value, method: ir.Function) -> bool:
    """Whether a method leaves a copy of some elements of an attribute in that itself, which has as many axes
    as before: ``self.members = self.members[order]``.
    """
    steps = {getattr(each, "target", ""): each for each in ir.instructions(method)}
    site = value.object.site if isinstance(value.object, Allocation) else None
    made = next((each for each in steps.values() if each.origin == site), None)
    source = steps.get(made.base) if isinstance(made, ir.GetItem) and isinstance(made.base, str) else None
    return isinstance(source, ir.GetAttribute) and (source.base, source.name) == (method.receiver, attribute)
