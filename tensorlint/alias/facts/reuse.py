"""Questions about one buffer that is used again: collected by reference, and overwritten in the next turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TypeGuard

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import events_after
from tensorlint.alias.copies import chain
from tensorlint.alias.events import Called, Event, Kept, Read, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.handing import Collected, Handing, handed_on, is_cut_out, leaves
from tensorlint.alias.lattice import (
    Allocation,
    Choice,
    Given,
    Held,
    Object,
    Value,
    alternatives,
    is_old,
    root,
)
from tensorlint.alias.region import At
from tensorlint.alias.uses import Uses, binds
from tensorlint.knowledge.contracts import contracts
from tensorlint.knowledge.effects import PREDICATES

APPENDING = {"append": 1, "appendleft": 1, "add": 1, "insert": 2}  # and with how many arguments
OVER_BYTES = frozenset({"numpy.frombuffer", "torch.frombuffer"})
QUEUING = frozenset({"put", "put_nowait"})
QUEUE = re.compile(r"(?:^|_|\.)(?:q|queue)s?$|[a-z]Queue$", re.I)  # how people call a queue, or its class
ON_CPU = PREDICATES["on_cpu"].partition("}")[2]
VIEWABLE = PREDICATES["viewable"].partition("{")[0]


class Reuse(Handing):
    """Buffers that are kept while they are used again."""

    def collected(self, event: Event) -> Collected | None:
        """The whole tensor that an event keeps by reference, or a view of all of it (``x[:]``), if it surely
        is one, or a numbered row of it.
        """
        for each in self._kept_by(event):
            known = self._unless_copied(each)
            whole = all(not s.leaves_out or s.site in self._over_all_bytes for s in known.value.path)
            if not whole and self._is_part_to_keep(event, known.value):
                whole, known = True, replace(known, part=True)
            certain = self.certainty(known.operand, known.value) > Certainty.GUESSED
            if whole and certain and self.is_tensor(known.value) and self._changes_in_place(known):
                return known
        return None

    @cached_property
    def _over_all_bytes(self) -> frozenset[ir.Origin]:
        """Where arrays are made over all of some memory: ``np.frombuffer(buffer, dtype)``."""
        return frozenset(
            instr.origin
            for instr in ir.instructions(self.function)
            if isinstance(instr, ir.Call)
            and not OVER_BYTES.isdisjoint(self.uses.names.get(str(instr.function), ()))
            and all(each.keyword == "dtype" for each in instr.arguments[2:])
            and all(each.keyword in (None, "dtype") and not each.stars for each in instr.arguments)
        )

    def _is_part_to_keep(self, event: Event, value: Value) -> bool:
        """Whether an event keeps a part that certainly is an array: a row, or what slices cut out."""
        if isinstance(event, Called):
            return self._is_numbered_row(value)
        return isinstance(event, Read) and self.function.name != "__getitem__" and is_cut_out(value)

    def _is_numbered_row(self, value: Value) -> bool:
        """Whether a value is the row of a tensor by a number that is written out; of NumPy's, that may be a
        number.
        """
        steps = [step for step in value.path if step.selects]
        numbers = [axis for step in steps for axis in step.axes]
        written = all(isinstance(axis, At) and isinstance(axis.position, int) for axis in numbers)
        return bool(numbers) and written and self.is_tensor(value, "torch")

    def _changes_in_place(self, kept: Collected) -> bool:
        """Whether the elements of what is kept can change. What assigning to a variable gives is there to be
        run, in a graph; of what ``copy.copy`` gives, another rule tells.
        """
        if self.catalog.is_variable(kept.value.type):
            return not self._gives_assigned(kept.operand)
        return self.catalog.is_writable(kept.value.type) or self._looks_at_other(kept.value)

    def _gives_assigned(self, operand: ir.Operand) -> bool:
        """Whether an operand is, or holds, what a method of a variable gives that writes it, or a copy."""
        return any(self._gives_it(made) for made in self.uses.behind([operand], handed_on))

    def _gives_it(self, made: ir.Instr) -> bool:
        if isinstance(made, ir.Call):
            return "copy.copy" in self.uses.names.get(str(made.function), ())
        return isinstance(made, ir.CallMethod) and made.name.startswith("assign")

    def _unless_copied(self, kept: Collected) -> Collected:
        """What is kept on a CPU, or where JAX takes memory over: ``x`` of ``x.cpu()``; or where what gets
        another shape, ``x.reshape(-1)``, lies as most memory does. Other conversions are mostly there to
        convert, but for those of what is known to be an array: ``np.asarray(x)``.
        """
        if self.choice_site(kept.value) is None:
            return kept
        found = list(alternatives(kept.value))
        if len(found) == 1:
            return replace(kept, value=found[0][0])
        made = self.uses.made.get(kept.operand) if isinstance(kept.operand, str) else None
        reshaped = made is not None and made.origin == self.choice_site(kept.value)  # in order to be kept
        for leaf, condition in found:
            known = condition.endswith(ON_CPU) or (reshaped and condition.startswith(VIEWABLE))
            if known or self._looks_at_other(leaf):
                return replace(kept, value=leaf, condition=condition)
        return kept

    def _kept_by(self, event: Event) -> Iterator[Collected]:
        if isinstance(event, Kept):
            if self._is_thrown_away(event):
                return
            yield Collected(event.operand, event.value, event.container)
        elif isinstance(event, Called) and self._is_of_this_file(event):
            yield from self._kept_by_method(event)
        elif isinstance(event, Called) and event.receiver is not None and event.arguments:
            if appends(event) or _queues(event):
                keyword, operand, value = event.arguments[0 if _queues(event) else -1]
                if keyword is None and not self.is_tensor(event.receiver[1]):
                    yield Collected(operand, value, event.receiver[1])
                    yield from (
                        Collected(operand, each, event.receiver[1], inside=True) for each in event.contents
                    )
            elif len(event.arguments) == 1 and any(name.endswith("list.extend") for name in event.names):
                yield from self._displayed(event.arguments[0][1], event.receiver[1])
        elif isinstance(event, Read) and event.how == "use":
            yield from self._extended_by(event)
        elif isinstance(event, Read) and event.how in ("yield", "return"):
            yield from self._handed_out(event)

    def _is_thrown_away(self, kept: Kept) -> bool:
        """Whether a comprehension is a statement, for what its calls do: nobody gets what it collects."""
        instr = self.instruction(kept) if id(kept) in self.places else None  # else it is of a method
        if not isinstance(instr, ir.Collect):
            return False
        mentions = self.uses.mentions.get(instr.container, ())
        return all(isinstance(each, ir.Collect | ir.Build | ir.Evaluate) for each in mentions) and any(
            isinstance(each, ir.Evaluate) for each in mentions
        )

    def _extended_by(self, event: Read) -> Iterator[Collected]:
        """What a display holds by which a list is made longer: ``path += [x]``, ``path = path + [x]``."""
        if event.value.type != "builtins.list" or not isinstance(event.operand, str):
            return
        instr = self.instruction(event)
        if isinstance(instr, ir.Operate) and self._makes_longer(instr, event.operand):
            yield from self._displayed(event.operand, None)
        if not isinstance(instr, ir.Augment) or instr.operator != "+" or instr.value != event.operand:
            return
        container = self.value_before(event, instr.target)
        holder = self.uses.made.get(instr.target)
        if isinstance(holder, ir.GetAttribute) and holder.base == self.function.receiver:
            container = Value(Held(Given(holder.base), f".{holder.name}"))
        if container is not None and not self.is_tensor(container):
            yield from self._displayed(event.operand, container)

    def _makes_longer(self, instr: ir.Operate, display: ir.Place) -> bool:
        """Whether a local list gets a longer one in a loop, ``path = path + [x]``, and nothing else there."""
        name = next((each for each in instr.operands if each != display), "")
        if instr.operator != "+" or not isinstance(name, str) or name.startswith("%"):
            return False
        given = [each for each in ir.instructions(self.function) if name in binds(each)]
        inside = [each for each in given if each.origin in self.solution.looping]
        longer = [instr.target, name]
        return bool(inside) and all(
            each is instr or (isinstance(each, ir.Bind) and each.source in longer) for each in inside
        )

    def _displayed(self, display: ir.Operand, container: Value | None) -> Iterator[Collected]:
        """What a display holds that a list takes over."""
        made = self.uses.made.get(display) if isinstance(display, str) else None
        for element in made.elements if isinstance(made, ir.Build) else ():
            value = self.value_at(made, element.value) if made is not None else None
            own = container is None and value is not None and self._is_own_state(value.object)
            if value is not None and not element.starred and not own:
                yield Collected(element.value, value, container, inside=True)

    def _is_of_this_file(self, call: Called) -> bool:
        """Whether a call is one of a method that a class of the file has, and no other."""
        known = call.receiver is not None and len(call.names) == 1 and call.names[0].startswith(".")
        return known and self.module.function_of(call.names[0]) is not None

    def _kept_by_method(self, call: Called) -> Iterator[Collected]:
        """What a method puts into a list that its object has: ``memory.push(state, reward)``."""
        solution = self.module.solved(call.names[0])
        if solution is None or solution.gave_up or call.receiver is None:
            return
        own = Given(solution.function.receiver)
        given = _bound(call, solution.function)
        for event in solution.events():
            if not isinstance(event, (Called, Kept)) or (
                isinstance(event, Called) and self._is_of_this_file(event)
            ):
                continue  # what that hands on again is not followed
            for kept in self._kept_by(event):
                thing, container = kept.value.object, kept.container
                if not isinstance(thing, Given) or any(step.kind != "alias" for step in kept.value.path):
                    continue
                if thing.name in given and container is not None and _is_attribute(container.object, own):
                    holder = replace(container.object, owner=call.receiver[1].object)
                    operand, value = given[thing.name]
                    yield Collected(
                        operand, value, replace(container, object=holder), True, put_by=event.origin
                    )

    def stands_at(self, event: Event, kept: Collected) -> ir.Origin | None:
        """Where a copy of what is kept can be made: in a display or comprehension, where that is computed."""
        if not isinstance(event, Kept) or isinstance(self.instruction(event), ir.SetItem):
            return event.origin
        computed = isinstance(kept.operand, str) and kept.operand.startswith("%")
        made = self.uses.made.get(str(kept.operand)) if computed else None
        return made.origin if made is not None else None

    def overwritten_while_kept(self, event: Event, kept: Collected) -> Write | None:
        """The write that changes what an event keeps, before that event keeps the very same tensor again."""
        if is_old(kept.value.object):  # one of many, and in the next turn another one
            return None
        if self.is_picked_by_anything(kept.value.object):
            return None
        if kept.container is not None and kept.container.object in chain(kept.value.object):
            return None  # back where it was taken out
        if kept.container is not None and not self._outlasts_a_turn(kept.container.object):
            return None
        if self._is_own_state(kept.value.object):
            if isinstance(event, Read):
                return self._overwritten_by_next_call(event, kept)
            if kept.part:
                return None
            if kept.container is not None and self._is_replaced(kept.value.object, kept.container.object):
                return None  # each entry may be another one
            if kept.container is None or self._is_own_state(kept.container.object):
                own = (write for write in self.events() if isinstance(write, Write))
                found = next((write for write in own if self._writes(write, kept.value)), None)
                elsewhere = self._is_in_a_history(kept)
                return found or (self._in_another_method(kept.value) if elsewhere else None)
        place = self.places[id(event)]
        for later, aged in events_after(self.solution, *place, kept.value):
            if isinstance(later, Write) and self._overwrites(later, kept, aged):
                for again, now in events_after(self.solution, *self.places[id(later)], aged):
                    if again is event and _is_same(now, kept.value):
                        return None if self._is_let_go(event, kept.value.object, later) else later
        return None

    def _is_let_go(self, event: Event, kept: Object, write: Write) -> bool:
        """Whether the name by which something is written is made to mean nothing on every way there, and gets
        that only where it is made: ``out = None`` in each turn, and then ``if out is None: out = empty(n)``.
        """
        name = results.root_name(write.operand, self.uses)
        given = [instr for instr in ir.instructions(self.function) if name in binds(instr)]
        nothing = {i.origin for i in given if isinstance(i, ir.Bind) and isinstance(i.source, ir.Literal)}
        made = {instr.origin for instr in given if isinstance(instr, ir.Call)}
        if not nothing or len(nothing | made) < len(given):
            return False
        if not isinstance(kept, Allocation) or kept.site not in made:
            return False
        return all(later is not write for later in self.after_place(*self.places[id(event)], nothing | made))

    def _is_in_a_history(self, kept: Collected) -> bool:
        """Whether an attribute that collects says by its name that each entry is of another time, in a method
        that is there to be called time after time.
        """
        name = _attribute(kept.container.object) if kept.container is not None else ""
        return contracts().tells_of_times(name) and not contracts().makes_ready(self.function.name)

    def _is_replaced(self, thing: Object, container: Object) -> bool:
        """Whether a method of the class, other than its constructor, gives an attribute something else than
        what it takes out of the one that collects it, and not that one something as well.
        """
        for method in self.class_methods():
            if method.name != "__init__":
                uses = Uses.of(method)
                given = {
                    instr.name
                    for instr in ir.instructions(method)
                    if isinstance(instr, ir.SetAttribute)
                    and not instr.augmented
                    and not _is_taken_out_of(_attribute(container), instr.value, uses)
                }
                if _attribute(thing) in given and _attribute(container) not in given:
                    return True
        return False

    def _outlasts_a_turn(self, container: Object) -> bool:
        """Whether a container was made outside of every loop."""
        if isinstance(container, Allocation):
            return container.site not in self.solution.looping and not container.old
        owner = root(container)
        return isinstance(owner, Given) or (owner != container and self._outlasts_a_turn(owner))


def _bound(call: Called, method: ir.Function) -> dict[str, tuple[ir.Operand, Value]]:
    """The arguments of a call by the parameters of a method, but for what is unpacked."""
    names = [each.name for each in method.parameters[1:] if each.kind in ("either", "positional")]
    placed = [(operand, value) for keyword, operand, value in call.arguments if keyword is None]
    if any(keyword in ("*", "**") for keyword, _, _ in call.arguments):
        return {}
    named = {keyword: (operand, value) for keyword, operand, value in call.arguments if keyword is not None}
    return {**dict(zip(names, placed, strict=False)), **named}


def _is_taken_out_of(attribute: str, operand: ir.Operand, uses: Uses) -> bool:
    """Whether an operand is an item of what an attribute holds: ``self.history.pop()``."""
    made = uses.made.get(operand) if isinstance(operand, str) else None
    holder = made.receiver if isinstance(made, ir.CallMethod) else getattr(made, "base", "")
    source = uses.made.get(holder) if isinstance(holder, str) else None
    return isinstance(source, ir.GetAttribute) and source.name == attribute


def _is_attribute(thing: Object, owner: Object) -> TypeGuard[Held]:
    return isinstance(thing, Held) and thing.owner == owner and thing.key.startswith(".")


def appends(event: Called) -> bool:
    """Whether a call puts what it is handed into a container: ``xs.append(x)``, ``xs.insert(0, x)``."""
    return any(APPENDING.get(name.rpartition(".")[2]) == len(event.arguments) for name in event.names)


def _queues(event: Called) -> bool:
    """Whether something is put into a queue, where others find it later."""
    if event.receiver is None or not any(name.rpartition(".")[2] in QUEUING for name in event.names):
        return False
    return bool(QUEUE.search(str(event.receiver[0])) or QUEUE.search(event.receiver[1].type))


def _attribute(thing: Object) -> str:
    return thing.key.removeprefix(".") if isinstance(thing, Held) else ""


def _is_same(value: Value, kept: Value) -> bool:
    """Whether a value is what was kept, in a later turn: of buffers that take turns, any of them."""
    if isinstance(kept.object, Choice):
        return leaves(value) == leaves(kept)
    return value.object == kept.object
