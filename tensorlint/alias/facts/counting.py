"""Questions about what is counted by an index: of an element that it names twice, one of both is lost."""

from __future__ import annotations

import re

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.additions import ADDING, KEEPING, LISTING, Additions, arguments_of
from tensorlint.alias.facts.intents import Intents
from tensorlint.alias.facts.lost import made_at
from tensorlint.alias.guards import DTYPE
from tensorlint.alias.lattice import alternatives
from tensorlint.alias.uses import given_to
from tensorlint.knowledge.contracts import words

ONE = (ir.Literal(1), ir.Literal(1.0))
# Words in the name of what counts how often something occurs.
COUNTS = frozenset(
    "count counts counter hist histo histogram freq freqs frequency frequencies votes tally".split()
)
LENGTHS = frozenset({"shape", "size"})
ONES = frozenset({"ones", "ones_like"})
PLURAL = re.compile(r".+(?<![aiosu])s$|.+(?:indices|idcs)$")
SINGULAR = frozenset({"cls", "lens", "obs"})
DISTINCT = re.compile(r"\b(?:unique|distinct|duplicates?|mask)\b", re.I)


class Counting(Additions, Intents):
    """Tables of zeros that are counted up by an index, once."""

    def counted_once(self, write: Write) -> ir.Operand | None:
        """An index by which zeros are counted up, in one statement: who adds, and does not set, takes it for
        naming elements several times. Nothing else does the table get.
        """
        store = self.instruction(write)
        if not isinstance(store, ir.SetItem) or not self.is_tensor(write.through):
            return None
        added = self._counted(store)
        if added is None or not self._is_untouched(write) or self.is_trial(write.origin):
            return None
        places = [each.value for each in store.index if isinstance(each, ir.Pick)]
        if not places or len(places) < len(store.index):
            return None
        if not all(self._is_many(each, store) for each in places):
            return None
        if self._is_written_elsewhere(write) or DISTINCT.search(self.function.docstring or ""):
            return None
        if len(places) == 2:  # two masks pick no rectangle
            return places[0] if added in ONE else None
        named = added in ONE and not COUNTS.isdisjoint(words(str(store.base)))
        counts = (named and self._has_own_length(write)) or self._is_as_long(added, places[0])
        return places[0] if len(places) == 1 and counts else None

    def _counted(self, store: ir.SetItem) -> ir.Operand | None:
        """What is added to what is there: ``x[i] += v``, ``x[i] = x[i] + v``."""
        if store.augmented:
            return self._added(store)
        made = self.uses.made.get(store.value) if isinstance(store.value, str) else None
        if not isinstance(made, ir.Operate) or made.operator not in ADDING or len(made.operands) != 2:
            return None
        before, added = made.operands
        read = self.uses.made.get(before) if isinstance(before, str) else None
        if not isinstance(read, ir.GetItem) or read.base != store.base:
            return None
        return added if self._is_alike(read.index, store.index) else None

    def _is_written_elsewhere(self, write: Write) -> bool:
        thing = write.through.object
        return any(
            isinstance(event, Write)
            and event.origin != write.origin
            and any(leaf.object == thing for leaf, _ in alternatives(event.through))
            for event in self.events()
        )

    def _has_own_length(self, write: Write) -> bool:
        """Whether a table is not as long as anything else: a mask for that would fit it."""
        made = self.instruction_at(made_at(write.through))
        if self.uses.called_name(made) != "zeros" or not arguments_of(made):
            return False
        length = self._made(arguments_of(made)[0].value)
        return not any(
            self.uses.called_name(each) in {"len", "numel", "size"}
            or (isinstance(each, ir.GetAttribute) and each.name in LENGTHS)
            for each in (length, *self._parts_of(length))
        )

    def _parts_of(self, made: ir.Instr | None) -> list[ir.Instr | None]:
        """What makes the parts of a display, or of what is computed."""
        if isinstance(made, ir.Build):
            return [self._made(each.value) for each in made.elements]
        if isinstance(made, ir.GetItem):
            return [self._made(made.base)]
        return [self._made(each) for each in made.operands] if isinstance(made, ir.Operate) else []

    def _is_many(self, index: ir.Operand, store: ir.Instr) -> bool:
        """Whether an index certainly is several numbers that were handed in, or found along an axis, and no
        mask.
        """
        value = self.value_at(store, index) if isinstance(index, str) else None
        if value is None or f"{DTYPE}bool" in value.traits:
            return False
        made = self._made(index)
        if made is None:
            return self._is_parameter(index) and self._is_told_to_be_many(index)
        if isinstance(made, ir.GetItem):
            return all(isinstance(each, ir.Cut) for each in made.index) and self._comes_in(made.base)
        named = self.uses.called_name(made)
        if named == "argmax":
            return len(arguments_of(made)) == (2 if isinstance(made, ir.Call) else 1)
        source = given_to(made)
        listed = named in LISTING and self._comes_in(source)
        return listed or (named in KEEPING and self._is_many(source, made))

    def _is_parameter(self, name: ir.Operand) -> bool:
        return name in {each.name for each in self.function.parameters}

    def _comes_in(self, operand: ir.Operand) -> bool:
        """Whether an operand is a parameter that keeps its meaning, and is not called a mask."""
        return (
            self._is_parameter(operand) and self._made(operand) is None and not DISTINCT.search(str(operand))
        )

    def _is_told_to_be_many(self, name: ir.Operand) -> bool:
        """Whether a parameter is a tensor, or has the name of several things: ``labels``."""
        last = words(str(name))[-1:]
        if DISTINCT.search(" ".join(words(str(name)))):
            return False
        known = self.solution.evidence.certainty.get(str(name), Certainty.GUESSED)
        tensor = known > Certainty.GUESSED and self.catalog.is_tensor(self.solution.evidence.type_of(name))
        return tensor or any(PLURAL.match(each) and each not in SINGULAR for each in last)

    def _is_as_long(self, added: ir.Operand, index: ir.Operand) -> bool:
        """Whether ones are added, as many as an index has elements: ``torch.ones(len(index))``. A mask has
        more of them than it picks.
        """
        made = self._made(added)
        if not isinstance(made, ir.Call) or self.uses.called_name(made) not in ONES or not made.arguments:
            return False
        length = made.arguments[0].value
        return (
            length == index if self.uses.called_name(made) == "ones_like" else self._measures(length, index)
        )

    def _measures(self, operand: ir.Operand, index: ir.Operand) -> bool:
        """``len(index)``, ``index.shape[0]``, ``index.numel()``"""
        made = self._made(operand)
        if isinstance(made, ir.GetItem):
            return self._measures(made.base, index)
        if isinstance(made, ir.GetAttribute):
            return made.name in LENGTHS and made.base == index
        named = self.uses.called_name(made)
        return named in {"len", "numel", "size"} and given_to(made) == index
