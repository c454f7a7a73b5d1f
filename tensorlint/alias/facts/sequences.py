"""Questions about layers that are called one after the other, each with what the one before it gave."""

from __future__ import annotations

from itertools import pairwise

from tensorlint.alias.events import Called
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Allocation, Constant, Value
from tensorlint.knowledge.saved import RESULT, backward

SEQUENTIAL = "torch.nn.Sequential"
IN_PLACE = "self.inplace"  # the option that the entry of a layer asks for


class Sequences(Outcomes):
    """Layers of ``nn.Sequential``."""

    def overwritten_in_sequence(self, call: Called) -> tuple[Called, Called] | None:
        """Two neighbours of an ``nn.Sequential`` that has weights before them: what the first one keeps of
        its result, the second one overwrites; None where there are none.
        """
        if SEQUENTIAL not in call.names or self.is_trial(call.origin):
            return None
        trained = False
        given = [value for _, _, value in call.arguments]
        for first, second in pairwise(given):
            trained = trained or self.has_weights(first)
            kept, written = self._made_by(first), self._made_by(second)
            if trained and kept is not None and written is not None and self._works_in_place(written):
                saved = backward().of(kept.names[0], in_place=self._works_in_place(kept))
                if any(each.tensor == RESULT for each in saved):
                    return kept, written
        return None

    def _made_by(self, layer: Value) -> Called | None:
        """The call that made a layer."""
        site = layer.object.site if isinstance(layer.object, Allocation) else None
        made = (event for event in self.events() if isinstance(event, Called) and event.origin == site)
        return next((event for event in made if len(event.names) == 1), None)

    def _works_in_place(self, made: Called) -> bool:
        """Whether a layer was made with ``inplace=True``, and looks at that."""
        entry = self.catalog.lookup(made.names[0])
        if entry is None or IN_PLACE not in str(entry.signature):
            return False
        position = next(
            (n for n, each in enumerate(entry.signature.parameters) if each.name == "inplace"), -1
        )
        return any(
            (keyword == "inplace" or (keyword is None and place == position))
            and isinstance(value.object, Constant)
            and value.object.value is True
            for place, (keyword, _, value) in enumerate(made.arguments)
        )
