"""Questions about states of a model that are collected, one after the other: all are that model as it is."""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias.after import events_after
from tensorlint.alias.copies import chain
from tensorlint.alias.events import Called, Event, Write
from tensorlint.alias.facts.reuse import APPENDING, Reuse
from tensorlint.alias.facts.snapshots import Snapshots, Stale, is_load
from tensorlint.alias.lattice import Allocation, Object, Value, is_old


class States(Snapshots, Reuse):
    """States that pile up."""

    def collected_state(self, call: Called) -> Stale | None:
        """What becomes of a ``state_dict()`` that is put into a list or dictionary which outlasts it.

        Either the model goes on training before the same call asks it for the next state, or the state was
        copied before it was kept: it is a new dictionary already, and whoever copies it wants new tensors.
        """
        if call.receiver is None or not any(name.endswith("Module.state_dict") for name in call.names):
            return None
        instr = self.instruction(call)
        if not isinstance(instr, ir.CallMethod) or instr.arguments:
            return None
        collected = list(self._collected(instr.target))
        if not collected:
            return None
        for moved, model in events_after(self.solution, *self.places[id(call)], call.receiver[1]):
            if self._trains(moved, model) and not is_old(model.object):
                for again, now in events_after(self.solution, *self.places[id(moved)], model):
                    if again is call and now.object == call.receiver[1].object:
                        return Stale(moved.origin, call.origin)
        return Stale(None, None) if any(copied for copied in collected) else None

    def stale_parameters(self, call: Called) -> tuple[Stale, Value, bool] | None:
        """What becomes of ``dict(model.named_parameters())``, which holds the very parameters: training, or a
        write, moves them before they are compared with those of the model, or loaded back into it. With it,
        the model, and whether they are loaded.
        """
        given = call.arguments[0][1] if len(call.arguments) == 1 else ""
        made = self.uses.made.get(str(given)) if "builtins.dict" in call.names else None
        if not isinstance(made, ir.CallMethod) or made.name != "named_parameters":
            return None
        model = self.value_at(made, made.receiver)
        if model is None or not isinstance(call.result.object, Allocation):
            return None
        place = getattr(self.instruction(call), "target", "")
        replaced = self.uses.changed_in_place(place)  # then other tensors may be loaded
        for moved, aged in events_after(self.solution, *self.places[id(call)], model):
            trained = self._trains(moved, aged)
            if not is_old(aged.object) and (trained or _writes_to(moved, aged)):
                for event in self.following(moved, without=call.origin):
                    if trained and self._compares_state(event, call.result.object):
                        return Stale(moved.origin, event.origin), model, False
                    if replaced is None and _loads_back(event, call.result.object, aged):
                        return Stale(moved.origin, event.origin), model, True
        return None

    def _collected(self, state: ir.Place) -> Iterator[bool]:
        """The ways on which a state gets into a container that outlasts it, and for each, whether a shallow
        copy of it does.
        """
        pending, seen = [(state, False)], {state}
        while pending:
            place, copied = pending.pop()
            if self.uses.changed_in_place(place) is not None:
                continue
            for user in self.uses.mentions.get(place, ()):
                if self._keeps(user, place):
                    yield copied
                made = getattr(user, "target", "")
                shallow = self._is_shallow(user)
                if made and made not in seen and (shallow or isinstance(user, ir.Build | ir.Bind)):
                    seen.add(made)
                    pending.append((made, copied or shallow))
            for made in self._made_of_items(place):
                if made not in seen:
                    seen.add(made)
                    pending.append((made, True))

    def _keeps(self, user: ir.Instr, place: ir.Place) -> bool:
        """Whether an instruction puts what is in a place into a container from outside of every loop, or of
        the function.
        """
        if isinstance(user, ir.CallMethod) and APPENDING.get(user.name) == len(user.arguments):
            kept, container = user.arguments[-1].value, user.receiver
        elif isinstance(user, ir.SetItem) and not user.augmented:
            kept, container = user.value, user.base
        else:
            return False
        value = self.value_at(user, container)
        return kept == place and value is not None and self._outlasts_a_turn(value.object)


def _writes_to(event: Event, model: Value) -> bool:
    """Whether an event writes what a model holds, where it is."""
    return isinstance(event, Write) and event.how != "store" and model.object in chain(event.region.object)


def _loads_back(event: Event, kept: Object, model: Value) -> bool:
    """Whether a model gets what was kept of it."""
    if not is_load(event) or event.receiver is None or event.receiver[1].object != model.object:
        return False
    return any(value.object == kept for _, _, value in event.arguments[:1])
