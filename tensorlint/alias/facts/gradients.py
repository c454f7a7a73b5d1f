"""Questions about gradients that are collected while the next backward pass adds to them."""

from __future__ import annotations

from tensorlint.alias.events import Called, Event
from tensorlint.alias.facts.handing import Collected
from tensorlint.alias.facts.reuse import Reuse
from tensorlint.alias.lattice import Allocation, Constant, Given, Held, Value, alternatives, root

GRADIENT = ".grad"


class Gradients(Reuse):
    """Gradients that are kept by reference."""

    def refilled_gradient(self, event: Event) -> tuple[Collected, Called] | None:
        """The gradient that a loop collects by reference, and the call that zeroes it in place, for the next
        turn: ``zero_grad(set_to_none=False)``. By itself, ``zero_grad()`` lets each turn make a new one.
        """
        if not isinstance(event, Called):
            return None
        if event.origin not in self.solution.looping:
            return self._refilled_by_next_call(event)
        for kept in self._kept_by(event):
            if kept.container is None or not self._outlasts_a_turn(kept.container.object):
                continue
            if any(self._is_gradient(leaf) for leaf, _ in alternatives(kept.value)):
                for later in self.following(event):
                    if _zeroes(later) and any(again is event for again in self.following(later)):
                        assert isinstance(later, Called)
                        return kept, later
        return None

    def _refilled_by_next_call(self, event: Called) -> tuple[Collected, Called] | None:
        """The same for what a method keeps in a history of its object, where it zeroes gradients itself."""
        for kept in self._kept_by(event):
            if kept.container is None or not self._is_own_state(kept.container.object):
                continue
            if not self._is_in_a_history(kept):
                continue
            if not any(self._is_gradient(leaf) for leaf, _ in alternatives(kept.value)):
                continue
            zeroing = (each for each in self.events() if _zeroes(each))
            zeroed = next((each for each in zeroing if isinstance(each, Called)), None)
            if zeroed is not None:
                return kept, zeroed
        return None

    def _is_gradient(self, value: Value) -> bool:
        """Whether a value is all of the gradient of what was there before every loop."""
        thing, owner = value.object, root(value.object)
        if not isinstance(thing, Held) or thing.key != GRADIENT or any(step.selects for step in value.path):
            return False
        return isinstance(owner, Given) or (
            isinstance(owner, Allocation) and owner.site not in self.solution.looping
        )


def _zeroes(event: Event) -> bool:
    """Whether a call fills gradients with zeros, where they are."""
    return (
        isinstance(event, Called)
        and any(name.endswith(".zero_grad") for name in event.names)
        and any(
            keyword == "set_to_none" and value.object == Constant(False, "bool")
            for keyword, _, value in event.arguments
        )
    )
