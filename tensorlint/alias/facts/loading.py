"""Questions about states of a model that are loaded back into it: kept by reference, they are what it is."""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias.after import events_after
from tensorlint.alias.copies import chain
from tensorlint.alias.events import Called, ContainerCopied, Event, Write
from tensorlint.alias.facts.snapshots import Stale, gives_state, is_load
from tensorlint.alias.facts.states import States
from tensorlint.alias.lattice import Allocation, Constant, Given, Value, alternatives, is_old
from tensorlint.alias.uses import reads
from tensorlint.knowledge.contracts import contracts

LENDING = frozenset({"items", "keys", "values", "get", "copy", "load_state_dict"})
# Methods of a model that may give its weights other memory: what was kept of them stays as it was.
MOVING = frozenset("to to_empty cuda cpu half float double bfloat16 type share_memory apply _apply".split())
REPLACING = frozenset({"data", "_parameters", "_buffers", "_modules"})


class Loading(States):
    """States that are there to be put back."""

    def loaded_back(self, call: Called) -> Stale | None:
        """What becomes of a ``state_dict()`` that its model gets back, after its weights were written or
        others were loaded: by then, it is the written one.
        """
        if call.receiver is None or not gives_state(call):
            return None
        instr = self.instruction(call)
        kept = self._same_tensors(getattr(instr, "target", ""))
        if not kept or self._gets_other_memory(call.receiver[1], call):
            return None
        sites = self._made_at_sites(kept)
        for moved, model in events_after(self.solution, *self.places[id(call)], call.receiver[1]):
            if is_old(model.object) or not self._changes_weights(moved, model, kept):
                continue
            for event in self.following(moved, without=call.origin):
                if _puts_back(event, model, sites):
                    return Stale(moved.origin, event.origin)
        return None

    def copies_of_state(self, call: Called) -> Iterator[ContainerCopied]:
        """The shallow copies that are made of what a call gives."""
        sites = self._made_at_sites(self._same_tensors(getattr(self.instruction(call), "target", "")))
        yield from (e for e in self.events() if isinstance(e, ContainerCopied) and e.origin in sites)

    def kept_by_a_stopper(self, call: Called) -> Stale | None:
        """What becomes of the ``state_dict()`` of a model that is handed in, which the method of a class that
        watches a training and stops it keeps as the best one, and does not look at itself.
        """
        if call.receiver is None or not gives_state(call):
            return None
        attribute, model = self._stored_as(call), call.receiver[1].object
        if not contracts().keeps(attribute) or not isinstance(model, Given) or self._is_self(model):
            return None
        own = [i for i in ir.instructions(self.function) if isinstance(i, ir.GetAttribute)]
        if any((each.base, each.name) == (self.function.receiver, attribute) for each in own):
            return None  # it may be saved at once
        return Stale(None, None) if self._stops_a_training() else None

    def _stops_a_training(self) -> bool:
        """Whether a class is there to stop a training, by its name, or by what it holds."""
        owner = (self.function.class_name or "").rpartition(".")[2]
        held = {
            instr.name
            for method in self.class_methods()
            for instr in ir.instructions(method)
            if isinstance(instr, ir.GetAttribute | ir.SetAttribute) and instr.base == method.receiver
        }
        return any(map(contracts().stops, sorted({owner, *held})))

    def _changes_weights(self, event: Event, model: Value, kept: frozenset[ir.Place]) -> bool:
        """Whether an event writes the weights of a model where they are, and not by way of what was kept."""
        if not isinstance(event, Write) or event.how == "store":
            return False
        if model.object not in chain(event.region.object):
            return False
        instr = self.instruction(event)
        by = [event.operand] if event.region.object != model.object else reads(instr)
        return not any(kept.intersection(reads(made)) for made in self.uses.behind(by, reads)) and not (
            kept.intersection(by)
        )

    def _same_tensors(self, state: ir.Place) -> frozenset[ir.Place]:
        """The places of a state, and of dictionaries that are made of all its items; nothing, if one of them
        may get other tensors.
        """
        pending, found = [state], {state}
        while pending:
            place = pending.pop()
            if self.uses.changed_in_place(place) is not None:
                return frozenset()
            for made in (*self._named_or_copied(place), *self._made_of_items(place)):
                if made and made not in found:
                    found.add(made)
                    pending.append(made)
            if any(self._is_given_away(user, place) for user in self.uses.mentions.get(place, ())):
                return frozenset()
        return frozenset(found)

    def _made_at_sites(self, places: frozenset[ir.Place]) -> set[ir.Origin]:
        return {made.origin for place in places if (made := self.uses.made.get(place)) is not None}

    def _named_or_copied(self, place: ir.Place) -> Iterator[ir.Place]:
        for user in self.uses.mentions.get(place, ()):
            if isinstance(user, ir.Bind) or self._is_shallow(user):
                yield getattr(user, "target", "")

    def _is_given_away(self, user: ir.Instr, place: ir.Place) -> bool:
        """Whether somebody is handed what is in a place, and may change it."""
        if isinstance(user, ir.CallMethod):
            return user.name not in LENDING if place in reads(user) else False
        return isinstance(user, ir.Call) and place in reads(user) and not self._is_shallow(user)

    def _gets_other_memory(self, model: Value, call: Called) -> bool:
        """Whether the weights of a model may be replaced here, or be moved elsewhere."""
        for event in self.following(call):
            if isinstance(event, Called) and event.receiver is not None:
                moves = any(name.rpartition(".")[2] in MOVING for name in event.names)
                if moves and event.receiver[1].object == model.object:
                    return True
                if is_load(event) and any(keyword == "assign" for keyword, _, _ in event.arguments):
                    return True
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.SetAttribute):
                base = self.value_at(instr, instr.base)
                if instr.name in REPLACING or (base is not None and model.object in chain(base.object)):
                    return True
        return False


def _puts_back(event: Event, model: Value, sites: set[ir.Origin]) -> bool:
    """Whether a model gets a state that was made at one of some sites, and certainly no other one."""
    if not is_load(event) or event.receiver is None or event.receiver[1].object != model.object:
        return False
    given = event.arguments[0][2] if event.arguments else None
    leaves = [leaf.object for leaf, _ in alternatives(given)] if given is not None else []
    states = [thing for thing in leaves if not isinstance(thing, Constant)]
    return bool(states) and all(isinstance(each, Allocation) and each.site in sites for each in states)
