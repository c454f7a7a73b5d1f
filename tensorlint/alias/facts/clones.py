"""Questions about objects that are copied by `copy.copy`, with all the arrays that their methods write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias.copies import chain
from tensorlint.alias.events import ContainerCopied, Write
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import Given, Held, alternatives

CLONING = frozenset(
    {"clone", "copy", "duplicate", "fork"}
)  # methods that give another object of the same state
SHALLOW = re.compile(r"shallow|shar(?:e|es|ed|ing)\b|\bviews?\b", re.I)


class Clones(Values):
    """Objects that are copied by one of their methods."""

    def written_in_clones(self, copied: ContainerCopied) -> Write | None:
        """Where another method writes, in place, an array that an object shares with the copies which its
        method for that gives.
        """
        own, function = self.function.receiver, self.function
        if not own or copied.operand != own or function.name.strip("_") not in CLONING:
            return None
        if function.name.startswith("__") or len(function.parameters) > 1:  # `copy(self, deep=False)`
            return None
        if SHALLOW.search(function.docstring or "") or SHALLOW.search(self.module.around(copied.origin)):
            return None
        if not self._is_given_as_it_is(copied):
            return None
        own_arrays = self._replaced_in(copied)
        return next((write for attribute, write in self._array_writes() if attribute not in own_arrays), None)

    def _is_given_as_it_is(self, copied: ContainerCopied) -> bool:
        """Whether the copy is returned, and nobody is called that may give it arrays of its own."""
        made = self.instruction(copied)
        place = getattr(made, "target", "")
        users = [user for user in self.uses.mentions.get(place, ()) if user is not made]
        known = all(isinstance(user, ir.Return | ir.SetAttribute) for user in users)
        kept = all(user.base == place for user in users if isinstance(user, ir.SetAttribute))
        return known and kept and any(isinstance(user, ir.Return) for user in users)

    def _replaced_in(self, copied: ContainerCopied) -> frozenset[str]:
        """The attributes of the copy that get something else."""
        place = getattr(self.instruction(copied), "target", "")
        users = self.uses.mentions.get(place, ())
        return frozenset(user.name for user in users if isinstance(user, ir.SetAttribute))

    def _array_writes(self) -> Iterator[tuple[str, Write]]:
        """What other methods than the constructor write of arrays in attributes, and the attribute."""
        for solution in self.solutions_of_others():
            own = Given(solution.function.receiver)
            for write in solution.events():
                if not isinstance(write, Write) or not self.is_tensor(write.through):
                    continue
                for leaf, _ in alternatives(write.through):
                    for thing in chain(leaf.object):
                        if isinstance(thing, Held) and thing.owner == own and thing.key.startswith("."):
                            yield thing.key.removeprefix("."), write
