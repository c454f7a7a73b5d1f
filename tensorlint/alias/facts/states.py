"""Questions about states of a model that are collected, one after the other: all are that model as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from tensorlint import ir
from tensorlint.alias.after import events_after
from tensorlint.alias.copies import chain
from tensorlint.alias.events import Called, Computed, Event, Write
from tensorlint.alias.facts.reuse import APPENDING, Reuse
from tensorlint.alias.facts.snapshots import Snapshots, Stale, gives_state, is_load
from tensorlint.alias.lattice import Allocation, Held, Object, Value, is_old
from tensorlint.alias.uses import Uses
from tensorlint.knowledge.contracts import contracts

SHRINKING = frozenset("pop popleft popitem remove clear".split())


class States(Snapshots, Reuse):
    """States that pile up."""

    def collected_state(self, call: Called) -> Stale | None:
        """What becomes of a ``state_dict()`` that is put into a list or dictionary which outlasts it.

        Either the model goes on training before the same call asks it for the next state, or the state was
        copied before it was kept: it is a new dictionary already, and whoever copies it wants new tensors.
        """
        if call.receiver is None or not gives_state(call):
            return None
        instr = self.instruction(call)
        if not isinstance(instr, ir.CallMethod) or instr.arguments:
            return None
        collected = list(self._collected(instr.target))
        if not collected:
            return None
        own = self._collected_by_object(call.receiver[1], [container for _, container in collected])
        if own is not None:
            return Stale(own.origin, call.origin)
        for moved, model in events_after(self.solution, *self.places[id(call)], call.receiver[1]):
            if self._trains(moved, model) and not is_old(model.object):
                for again, now in events_after(self.solution, *self.places[id(moved)], model):
                    if again is call and now.object == call.receiver[1].object:
                        return Stale(moved.origin, call.origin)
        return Stale(None, None) if any(copied for copied, _ in collected) else None

    def _collected_by_object(self, model: Value, containers: list[Object]) -> Write | None:
        """The write by which the very method that collects states of its object's model, in a list that only
        grows, changes this model, so that the next call collects the same weights.
        """
        if self.function.name == "__init__" or contracts().makes_ready(self.function.name):
            return None
        thing = model.object
        for container in containers:
            if self._is_own_state(thing) and self._is_own_state(container) and self._only_grows_on(container):
                if not self._is_replaced(thing, container):
                    return next((each for each in self.events() if _changes(each, model)), None)
        return None

    def _only_grows_on(self, container: Object) -> bool:
        """Whether no method takes anything out of what an attribute holds, or gives it another list."""
        name = container.key.removeprefix(".") if isinstance(container, Held) else ""
        for method in self.class_methods():
            made = Uses.of(method).made
            for instr in ir.instructions(method):
                if isinstance(instr, ir.SetAttribute) and instr.name == name and method.name != "__init__":
                    return False
                holder = made.get(str(instr.receiver)) if isinstance(instr, ir.CallMethod) else None
                if isinstance(instr, ir.CallMethod) and isinstance(holder, ir.GetAttribute):
                    if holder.name == name and instr.name in SHRINKING:
                        return False
        return True

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
            if not is_old(aged.object) and (trained or _changes(moved, aged)):
                for event in self.following(moved, without=call.origin):
                    if trained and self._compares_state(event, call.result.object):
                        return Stale(moved.origin, event.origin), model, False
                    if contracts().is_earlier(place) and self._is_change_by(moved, event, place):
                        return Stale(moved.origin, event.origin), model, False
                    if replaced is None and _loads_back(event, call.result.object, aged):
                        return Stale(moved.origin, event.origin), model, True
        return None

    def _is_change_by(self, loaded: Event, event: Event, kept: ir.Place) -> bool:
        """Whether an event takes the weights of a dictionary from those that a model got meanwhile, each from
        that of its name: ``new[name] - weight`` for all of ``old.items()`` after ``load_state_dict(new)``.
        """
        instr = self.instruction(event) if isinstance(event, Computed) else None
        load = self.instruction(loaded)
        if not isinstance(instr, ir.Operate) or instr.operator != "-" or not isinstance(load, ir.CallMethod):
            return False
        if load.name != "load_state_dict" or len(load.arguments) != 1:
            return False
        taken = {self._entry_of(each) for each in instr.operands}
        return (
            len(taken) == 2
            and {base for base, _ in taken} == {kept, load.arguments[0].value}
            and len({key for _, key in taken}) == 1
        )

    def _entry_of(self, operand: ir.Operand) -> tuple[ir.Operand, ir.Operand]:
        """The dictionary that something is a value of, and under which name."""
        made = self.uses.made.get(str(operand))
        if isinstance(made, ir.GetItem) and len(made.index) == 1 and isinstance(made.index[0], ir.Pick):
            return made.base, made.index[0].value
        pair = next((i for i in self.uses.mentions.get(str(operand), ()) if isinstance(i, ir.Unpack)), None)
        step = self.uses.made.get(str(pair.source)) if pair is not None and len(pair.targets) == 2 else None
        items = self.uses.made.get(str(step.iterable)) if isinstance(step, ir.Next) else None
        if pair is None or not isinstance(items, ir.CallMethod) or items.name != "items":
            return "", ""
        return (items.receiver, pair.targets[0]) if pair.targets[1] == operand else ("", "")

    def _collected(self, state: ir.Place) -> Iterator[tuple[bool, Object]]:
        """The ways on which a state gets into a container that outlasts it, and for each, whether a shallow
        copy of it does, and the container.
        """
        pending, seen = [(state, False)], {state}
        while pending:
            place, copied = pending.pop()
            if self.uses.changed_in_place(place) is not None:
                continue
            for user in self.uses.mentions.get(place, ()):
                if (container := self._keeps(user, place)) is not None:
                    yield copied, container
                made = getattr(user, "target", "")
                shallow = self._is_shallow(user)
                if made and made not in seen and (shallow or isinstance(user, ir.Build | ir.Bind)):
                    seen.add(made)
                    pending.append((made, copied or shallow))
            for made in self._made_of_items(place):
                if made not in seen:
                    seen.add(made)
                    pending.append((made, True))

    def _keeps(self, user: ir.Instr, place: ir.Place) -> Object | None:
        """The container, from outside of every loop, or of the function, into which an instruction puts what
        is in a place.
        """
        if isinstance(user, ir.CallMethod) and APPENDING.get(user.name) == len(user.arguments):
            kept, container = user.arguments[-1].value, user.receiver
        elif isinstance(user, ir.SetItem) and not user.augmented:
            kept, container = user.value, user.base
        else:
            return None
        value = self.value_at(user, container)
        lasts = kept == place and value is not None and self._outlasts_a_turn(value.object)
        return value.object if value is not None and lasts else None


def _changes(event: Event, model: Value) -> TypeGuard[Write]:
    """Whether an event writes what a model holds, where it is."""
    return isinstance(event, Write) and event.how != "store" and model.object in chain(event.region.object)


def _loads_back(event: Event, kept: Object, model: Value) -> bool:
    """Whether a model gets what was kept of it."""
    if not is_load(event) or event.receiver is None or event.receiver[1].object != model.object:
        return False
    return any(value.object == kept for _, _, value in event.arguments[:1])
