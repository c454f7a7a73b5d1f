"""Questions about "before" states: kept by reference, moved by training, and looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import HANDED_OUT, events_after
from tensorlint.alias.copies import chain, touches
from tensorlint.alias.events import Called, Computed, Event, Read, SecondName, Write
from tensorlint.alias.facts.autograd import BACKWARD
from tensorlint.alias.facts.lookbacks import COMPARING
from tensorlint.alias.facts.steps import Steps
from tensorlint.alias.lattice import (
    Allocation,
    Given,
    Held,
    Object,
    Sharing,
    Value,
    alternatives,
    family,
    is_old,
    sharing,
)
from tensorlint.knowledge.contracts import contracts

COMPARES = frozenset("equal allclose isclose array_equal assert_close assert_allclose norm".split())


@dataclass(frozen=True, slots=True)
class Stale:
    """A state kept by reference: where it is moved, and where it is looked at as if it had stayed.

    ``moved`` is None where that happens in another function.
    """

    moved: ir.Origin | None
    looked_at: ir.Origin | None


class Snapshots(Steps):
    """States that people take for copies."""

    def stale_state(self, call: Called) -> Stale | None:
        """What becomes of the ``state_dict()`` that a call gives: training moves it before it is loaded or
        returned.
        """
        if call.receiver is None or not gives_state(call):
            return None
        passed = {id(event) for event in self.following(call, without=call.origin)}
        # As the model ages: what a later turn makes and trains is another one.
        for moved, model in events_after(self.solution, *self.places[id(call)], call.receiver[1]):
            if id(moved) in passed and self._may_move(moved, model, call):
                for event in self.following(moved, without=call.origin):
                    restores = _restores(event, call.result.object) or self._loads_same(event, moved, call)
                    restores = restores or self._returns_record(event, call)
                    if restores or self._compares_state(event, call.result.object):
                        return Stale(moved.origin, event.origin)
        attribute = self._stored_as(call)
        receiver = self.name(*call.receiver, call.origin)
        if attribute and isinstance(receiver, str) and self.module.restores(attribute, receiver):
            stays = self._puts_back_untrained(attribute) or self._is_done_with(call.receiver[1], call)
            return None if stays else Stale(None, None)
        return None

    def _is_done_with(self, model: Value, call: Called) -> bool:
        """Whether a model is made here, kept by nobody and never trained after a call: what ``fit`` keeps of
        it for ``predict`` stays as it is.
        """
        if not self.is_made_anew(model) or self.is_stored(model):
            return False
        again = call.origin in self.solution.looping
        for event, aged in events_after(self.solution, *self.places[id(call)], model):
            if is_old(aged.object):
                continue  # a later turn has made, and trains, another one
            trained = isinstance(event, Called) and any(map(self._is_training, event.names))
            handed = isinstance(event, Read) and event.how == "call" and touches(event, aged)
            if trained or self._moves(event) or (again and handed):
                return False
        return True

    def _may_move(self, event: Event, model: Value, call: Called) -> bool:
        """Whether an event trains a model, or hands it to somebody who does: what a loop keeps of a model as
        the best state is there for what changes the model in other turns.
        """
        if is_old(model.object):
            return False
        kept = call.origin in self.solution.looping and contracts().keeps(self._kept_under(call))
        handed = isinstance(event, Read) and event.how == "call" and touches(event, model)
        return self._trains(event, model) or (kept and handed)

    def _kept_under(self, call: Called) -> str:
        """The name of what a call gives, or of a shallow copy of it; empty where it has none."""
        place = getattr(self.instruction(call), "target", "")
        shallow = (user for user in self.uses.mentions.get(place, ()) if self._is_shallow(user))
        name = next((getattr(user, "target", "") for user in shallow), self.name_of(call.result))
        return name or self._record_of(call)

    def _record_of(self, call: Called) -> str:
        """The name of the dictionary, or tuple, that is made of what a call gives and of what goes with it:
        ``best = {"epoch": epoch, "weights": model.state_dict()}``.
        """
        place = getattr(self.instruction(call), "target", "")
        made = (user for user in self.uses.mentions.get(place, ()) if isinstance(user, ir.Build))
        return next((each.target for each in made if not each.target.startswith("%")), "")

    def _returns_record(self, event: Event, call: Called) -> bool:
        """Whether a record that is made of what a call gives is handed out as a result."""
        record = self._record_of(call)
        return bool(record) and isinstance(event, Read) and event.how == "return" and event.operand == record

    def _compares_state(self, event: Event, state: Object) -> bool:
        """Whether a weight is compared with what a kept state has under a name: ``weight - state[name]``."""
        if not isinstance(event, Computed) or not _compares(event):
            return False
        instr = self.instruction(event)
        if not isinstance(instr, ir.Operate) or instr.operator not in COMPARING:
            return False
        made = [self.uses.made.get(place) for place in instr.operands if isinstance(place, str)]
        bases = [each.base if isinstance(each, ir.GetItem) else "" for each in made]
        found = [self.value_before(event, base) for base in bases if isinstance(base, str)]
        return sum(value is not None and _is_same(value, state) for value in found) == 1

    def _loads_same(self, event: Event, moved: Event, call: Called) -> bool:
        """Whether an event loads the very tensors of a state, in a container that was made of it before they
        moved: ``{name: weight for name, weight in model.state_dict().items()}``.
        """
        if not is_load(event) or call.receiver is None or not event.contents:
            return False
        owner = call.receiver[1]
        owners = {leaf.object for leaf, _ in alternatives(owner)}
        leaves = [(leaf, when) for value in event.contents for leaf, when in alternatives(value)]
        if any(when or owners.isdisjoint(chain(leaf.object)) for leaf, when in leaves):
            return False
        written = any(
            isinstance(each, Write) and each.origin == moved.origin and touches(each, owner)
            for each in self.events()
        )
        if written and any(step.kind == "shared" for leaf, _ in leaves for step in leaf.path):
            return False  # the copy of a container whose elements are seen to be written: another rule's
        return any(
            self._last_state(call, made)
            and any(each is event for each in self.following(moved, without=made))
            for _, _, value in event.arguments
            for made in _made_at(value)
        )

    def _last_state(self, call: Called, made: ir.Origin) -> bool:
        """Whether a call is the last one before an instruction that gives the state of its model."""
        later = (
            event
            for event in self.events()
            if isinstance(event, Called) and event.names == call.names and call.origin < event.origin < made
        )
        return call.origin < made and not any(
            event.receiver is not None and call.receiver is not None and event.receiver[1] == call.receiver[1]
            for event in later
        )

    def _puts_back_untrained(self, attribute: str) -> bool:
        """Whether the call that keeps a state in an attribute of ``self`` puts it back itself, in one of the
        methods that it runs, and none of them trains: what changes meanwhile is no training.
        """
        run = list(self._run_by_itself())
        called = {
            name.rpartition(".")[2]
            for function in run
            for instr in ir.instructions(function)
            for name in _called_names(instr)
        }
        loads = any(
            isinstance(instr, ir.GetAttribute) and instr.name == attribute
            for function in run[1:]
            for instr in ir.instructions(function)
        )
        trains = any(self._is_training(name, "step", "backward") for name in called)
        return loads and "load_state_dict" in called and not trains

    def _run_by_itself(self) -> Iterator[ir.Function]:
        """This function, and the methods that it calls on its own object, and that those call."""
        found = {self.function.name: self.function}
        pending = [self.function]
        while pending:
            function = pending.pop()
            yield function
            for instr in ir.instructions(function):
                if not isinstance(instr, ir.CallMethod) or instr.receiver != function.receiver:
                    continue
                method = self.module.function_of(f".{self.function.class_name}.{instr.name}")
                if method is not None and instr.name not in found:
                    found[instr.name] = method
                    pending.append(method)

    def stale_name(self, named: SecondName) -> Stale | None:
        """What becomes of a model that a loop kept by name as the best one: training moves it before the name
        is used.
        """
        if not contracts().keeps(named.target) or contracts().keeps(named.source):
            return None
        if named.origin not in self.solution.looping:
            return None
        learns = self._learns(named.source)
        if not named.value.type and not (learns and contracts().is_kept_of(named.target, named.source)):
            return None
        # As it ages: what a later turn makes and trains is another model.
        for moved, model in events_after(self.solution, *self.places[id(named)], named.value):
            steps = learns and isinstance(moved, Called) and self._moves(moved) and not is_old(model.object)
            if steps or (touches(moved, model) and self._trains(moved, model)):
                for event in self.following(moved, without=named.origin):
                    if _uses_name(event, named.target) or self._hands_out(event, named.target):
                        return Stale(moved.origin, event.origin)
        return None

    def _learns(self, name: ir.Place) -> bool:
        """Whether the function computes with what has a name, and runs a backward pass: what an optimizer
        moves then, is what was computed with.
        """
        steps = [*ir.instructions(self.function)]
        called = any(isinstance(instr, ir.Call) and instr.function == name for instr in steps)
        return called and any(isinstance(instr, ir.CallMethod) and instr.name in BACKWARD for instr in steps)

    def _hands_out(self, event: Event, name: ir.Place) -> bool:
        """Whether what a function gives holds what a name means: ``return best_model, best_loss``."""
        if not isinstance(event, Read) or event.how not in HANDED_OUT:
            return False
        made = self.uses.made.get(event.operand) if isinstance(event.operand, str) else None
        return isinstance(made, ir.Build) and name in ir.mentioned(made)

    def stale_tensor(self, moved: Event) -> tuple[Event, ir.Origin, Value] | None:
        """A view taken before its tensor moved, and looked at afterwards as if it had stayed: by which event,
        where it was taken, and the view.

        Training moves all that a model holds; any other write, what it writes: that counts where the view is
        put back, which does nothing.
        """
        trained = self._moves(moved)
        if not trained and not (isinstance(moved, Write) and self._puts_back):
            return None
        taken_again: set[ir.Origin] = set()
        for event in self.following(moved):
            taken_again |= {event.origin, *self._made_just_before(event, moved)}
            for kept, owner in self._looked_back_at(event, trained=trained):
                if isinstance(moved, Write) and not self._of_one_model(kept, moved.region):
                    continue
                if isinstance(moved, Write) and not trained and self._is_written_to_be_put(moved, event):
                    continue
                for site in _sites(kept):
                    known = isinstance(moved, Write) or _is_whole_weight(kept)
                    known = known if owner is None else self._of_one_model(kept, owner)
                    if known and site not in taken_again and self._can_move(kept):
                        return event, site, kept
        return None

    def _is_written_to_be_put(self, moved: Write, put: Event) -> bool:
        """Whether what is put back is what was written, by its own name: ``master = p.data.float();
        master.add_(step); p.data.copy_(master)``; in a loop, the last turn put it there.
        """
        if moved.origin == put.origin:
            return True
        given = put.arguments[0][1] if isinstance(put, Called) and put.arguments else None
        name = results.root_name(given, self.uses) if given is not None else ""
        return bool(name) and results.root_name(moved.operand, self.uses) == name

    def _made_just_before(self, event: Event, moved: Event) -> Iterator[ir.Origin]:
        """What ran just before an event, and after what moved: no view that is taken there is an old one."""
        block, position = self.places[id(event)]
        other, moving = self.places[id(moved)]
        first = moving + 1 if block == other and moving < position else 0
        return (instr.origin for instr in self.function.blocks[block].instructions[first:position])

    def _of_one_model(self, first: Value, second: Value) -> bool:
        """Whether both are one object, or are held by one other than ``self``, which holds anything."""
        owners = _common_owners(first, second)
        return any(not (isinstance(thing, Given) and self._is_self(thing)) for thing in owners)

    @cached_property
    def _puts_back(self) -> bool:
        """Whether anything is copied into a tensor that is no local one."""
        return any(_is_copied_into(event) for event in self.events())

    def _looked_back_at(self, event: Event, *, trained: bool) -> Iterator[tuple[Value, Value | None]]:
        """What an event takes for the value from before, and beside which tensor or model, if beside any."""
        if isinstance(event, Called) and event.receiver is not None:
            if _is_copied_into(event):
                kept, weight = event.arguments[0][2], event.receiver[1]
                if _of_one_family(kept, weight) and not _is_another_part(kept, weight):
                    yield kept, weight
            elif trained and any(name.endswith("load_state_dict") for name in event.names):
                yield from ((each, event.receiver[1]) for each in event.contents)
        elif trained and isinstance(event, Read) and self._looks_back(event):
            yield event.value, None

    def _can_move(self, value: Value) -> bool:
        """Whether a view follows what is written to its base: not what TensorFlow or JAX gave."""
        return all(self.catalog.is_writable(leaf.type) for leaf, _ in alternatives(value))

    def _looks_back(self, read: Read) -> bool:
        """Whether a value is read by a name of "before", or beside what it may have been copied from."""
        operand = read.operand.partition("%")[0] if isinstance(read.operand, str) else ""
        if contracts().is_earlier(operand):
            return True
        return any(
            event.origin == read.origin and _compares(event)
            for event in self.events()
            if isinstance(event, (Computed, Called))
        )


def _called_names(instr: ir.Instr) -> tuple[str, ...]:
    """What a call, or the reference to a function, calls it."""
    if isinstance(instr, ir.CallMethod):
        return (instr.name,)
    return instr.names if isinstance(instr, ir.Reference) else ()


def _is_whole_weight(value: Value) -> bool:
    """Whether a value is all of what somebody holds: an optimizer that only its name tells moves weights, and
    neither what a call gave nor parts of a table.
    """
    leaves = [leaf for leaf, _ in alternatives(value)]
    return not any(
        isinstance(leaf.object, Allocation) or any(s.selects for s in leaf.path) for leaf in leaves
    )


def _is_copied_into(event: Event) -> bool:
    """Whether an event is ``weight.copy_(kept)``, for a weight that somebody else holds."""
    if not isinstance(event, Called) or event.receiver is None or not event.arguments:
        return False
    held = all(isinstance(leaf.object, Held) for leaf, _ in alternatives(event.receiver[1]))
    return held and any(name.endswith("Tensor.copy_") for name in event.names)


def _uses_name(event: Event, name: ir.Place) -> bool:
    """Whether an object is used by this very name."""
    if isinstance(event, Called):
        called = [event.receiver[0]] if event.receiver is not None else []
        return name in (*called, *(operand for _, operand, _ in event.arguments))
    if isinstance(event, Read):
        return event.operand == name
    return isinstance(event, SecondName) and event.source == name


def _restores(event: Event, state: Object) -> bool:
    """Whether a kept state is loaded, or handed out as a result."""
    if isinstance(event, Read):
        return event.how in ("return", "yield") and _is_same(event.value, state)
    return is_load(event) and any(_is_same(value, state) for _, _, value in event.arguments)


def gives_state(call: Called) -> bool:
    """Whether a call is one of a model's ``state_dict``."""
    return any(name.endswith("Module.state_dict") for name in call.names)


def is_load(event: Event) -> TypeGuard[Called]:
    return isinstance(event, Called) and any(name.endswith("load_state_dict") for name in event.names)


def _made_at(value: Value) -> Iterator[ir.Origin]:
    """Where a value was made, whichever it is."""
    yield from (leaf.object.site for leaf, _ in alternatives(value) if isinstance(leaf.object, Allocation))


def _is_same(value: Value, state: Object) -> bool:
    """Whether a value is what one call made, at whatever time."""
    return isinstance(state, Allocation) and state.site in _made_at(value)


def _sites(value: Value) -> Iterator[ir.Origin]:
    """Where views of a value were taken."""
    for leaf, _ in alternatives(value):
        yield from (step.site for step in leaf.path if step.is_view)


def _compares(event: Computed | Called) -> bool:
    if isinstance(event, Computed):
        return len(event.operands) == 2 and _of_one_owner(*event.operands)
    values = [value for _, _, value in event.arguments]
    named = any(name.rpartition(".")[2] in COMPARES for name in event.names)
    return named and len(values) > 1 and _of_one_owner(values[0], values[1])


def _of_one_owner(first: Value, second: Value) -> bool:
    """Whether both are one object, or are held by one: parameters of the same model."""
    return bool(_common_owners(first, second))


def _of_one_family(first: Value, second: Value) -> bool:
    """Whether both are one tensor, or were picked from the same ones: two models of a pair are two."""
    own = {family(leaf.object) for leaf, _ in alternatives(first)}
    return any(family(leaf.object) in own for leaf, _ in alternatives(second))


def _is_another_part(first: Value, second: Value) -> bool:
    """Whether two values of one tensor may be other elements: ``masks[0].copy_(masks[-1])``."""
    return first.object == second.object and sharing(first, second) is not Sharing.DEFINITE


def _common_owners(first: Value, second: Value) -> set[Object]:
    """The objects that both are, or are held by."""
    own, other = (
        {thing for leaf, _ in alternatives(value) for thing in chain(leaf.object)}
        for value in (first, second)
    )
    return own & other
