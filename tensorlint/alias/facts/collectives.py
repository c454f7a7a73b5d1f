"""Questions about collectives: operations of several processes, each on the memory of its own tensor."""

from __future__ import annotations

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.lost import Lost, LostCopy
from tensorlint.alias.lattice import Allocation, alternatives
from tensorlint.knowledge.grammar import parse_demand


class Collectives(Lost):
    """Writes by collectives."""

    def is_collective(self, write: Write) -> bool:
        """Whether a call reads and writes memory without regard to strides, as the tables say."""
        entry = self.catalog.lookup(write.callee) if write.how == "call" else None
        clause = entry.signature.clause("demands") if entry is not None else None
        return clause is not None and parse_demand(clause.text)[1] == "misreads"

    def lost_result(self, write: Write) -> tuple[LostCopy, bool] | None:
        """The copy of somebody's tensor that a collective's result goes to, and whether it surely copies."""
        operand = write.operand
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand.startswith("%") else None
        if not isinstance(made, ir.CallMethod | ir.GetItem | ir.Call):
            return None
        copies = [
            isinstance(leaf.object, Allocation) and leaf.object.site == made.origin and not leaf.path
            for leaf, _ in alternatives(write.through)
        ]
        found = self._copied(made) if any(copies) else None
        return None if found is None else (found, all(copies))
