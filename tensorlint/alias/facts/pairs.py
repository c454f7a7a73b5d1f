"""Questions about lists of variables that were copied as lists: they hold what they were copied from.

``before = list(model.trainable_variables)`` is a new list of the same variables. A loop that goes through
both at once, ``zip(model.trainable_variables, before)``, has one variable under two names in every turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.elements import PERSISTING, SHARING, Element, Names
from tensorlint.alias.events import ContainerCopied, Event, Read, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.arguments import Arguments
from tensorlint.alias.facts.lookbacks import COMPARED, COMPARING
from tensorlint.alias.uses import Uses
from tensorlint.knowledge.contracts import contracts, is_marked

KERAS = frozenset({"keras", "tensorflow"})
MODELS = frozenset({"tensorflow.Module", "keras.Model", "keras.layers.Layer"})
PARAMETERS = frozenset({"parameters()", "named_parameters()"})
ASSIGNING = frozenset("assign assign_add assign_sub scatter_add scatter_sub scatter_update".split())
OPTIMIZING = frozenset({"apply_gradients", "apply"})
NO_WRITES = frozenset({"requires_grad_", "share_memory_"})


@dataclass(frozen=True, slots=True)
class Paired:
    """A copied list, ``kept``, made of ``source`` at ``taken``, is gone through beside that at ``looked_at``.

    ``how`` is ``compared``, ``put back`` or ``moved``: that is done with two names of one variable.
    ``moved_at`` is where the variables change in between, if that is to be seen.
    """

    taken: ir.Origin
    kept: str
    source: str
    looked_at: ir.Origin
    how: str
    moved_at: ir.Origin | None = None


class Pairs(Arguments):
    """Variables and copied lists of them."""

    def paired(self, event: Event) -> Paired | None:
        """The copied list that an event goes through beside what it was copied from, or that it keeps in an
        attribute for another method to do so.
        """
        pair = self._pairs.get(id(event))
        if pair is not None:
            copies = (each for each in self.events() if isinstance(each, ContainerCopied))
            told = any(each.origin == pair.taken and self.written_in_both(each) for each in copies)
            return None if told else pair  # another rule's
        instr = self.instruction(event) if isinstance(event, Read) and event.how == "store" else None
        return self._kept_pair(instr) if isinstance(instr, ir.SetAttribute) else None

    def written_in_both(self, copied: ContainerCopied) -> Write | None:
        """The write of an element that a container and its copy hold, which shows through the other one."""
        if not self.is_held(copied.result):
            return None
        if self.is_made_with(copied.source, copied.elements):
            return None  # `list(torch._foreach_mul(xs, 2))`: there is no other one
        if self._is_made_when_asked(copied) and not self._is_looked_at(copied):
            return None  # nor is there of `list(model.weights)`
        tensors = any(map(self.is_tensor, copied.elements))
        following = (event for event in self.following(copied) if isinstance(event, Write))
        writes = (write for write in following if tensors or self._writes_tensor(write))
        return next((write for write in writes if self._shows_in_the_other(write, copied)), None)

    def _writes_tensor(self, write: Write) -> bool:
        """Whether the write itself shows that a tensor is written: ``total[k].add_(x)``."""
        return (
            self.is_tensor(write.through) and self.certainty(write.operand, write.through) > Certainty.GUESSED
        )

    def _shows_in_the_other(self, write: Write, copied: ContainerCopied) -> bool:
        """Whether an element is written, and afterwards read through the other one of the two containers."""
        through_copy = copied.origin in self.references(write.through, "shared")
        if not through_copy and not self.is_among(write.region, copied.elements):
            return False
        if through_copy and self.is_copied_for_caller(copied):
            return True
        return any(
            isinstance(event, Read)
            and self.is_among(event.value, copied.elements)
            and (copied.origin in self.references(event.value, "shared")) != through_copy
            for event in self.following(write)
        )

    def _is_made_when_asked(self, copied: ContainerCopied) -> bool:
        """Whether a list is copied that a model made just for that."""
        made = self.uses.made.get(copied.operand) if isinstance(copied.operand, str) else None
        return isinstance(made, ir.GetAttribute) and made.name in PERSISTING

    def _is_looked_at(self, copied: ContainerCopied) -> bool:
        return any(pair.taken == copied.origin for pair in self._pairs.values())

    @cached_property
    def _spoken(self) -> Names:
        return Names(self.function, self.uses)

    @cached_property
    def _pairs(self) -> dict[int, Paired]:
        """The looks of this function at lists that it copied itself, each by one event of the function."""
        names = self._spoken
        events = {event.origin: event for event in self.events()}
        found: dict[int, Paired] = {}
        for look in _looks(names):
            source = look.kept.source
            if look.kept.taken is None or not look.kept.taken < look.origin:
                continue
            if names.is_changed(source) or self._may_be_another(source):
                continue
            moved = _moved_between(names, look.kept, look.origin)
            event = events.get(look.origin) or events.get(look.kept.taken) or next(self.events())
            if moved is not None or self._persists(source):
                found.setdefault(id(event), _told(look, moved))
        return found

    def _kept_pair(self, stored: ir.SetAttribute) -> Paired | None:
        """How a method of the class looks at the list that an assignment keeps in an attribute."""
        names, receiver = self._spoken, self.function.receiver
        if not receiver or stored.base != receiver:
            return None
        itself = self._kept_itself(stored)
        copied = itself or names.copied(stored.value)
        if copied is None:
            return None
        kept = replace(copied, name=f"{receiver}.{stored.name}", taken=stored.origin)
        others = [*self._other_methods()]
        for method, source in self._written_elsewhere(copied.source, stored, others):
            there = replace(kept, source=source)
            if any(_replaces(other, there) for other in others):
                continue  # what it was copied from may be another one by now
            for look in _looks(Names(method, Uses.of(method), there)):
                if itself is not None and not _is_plain_look(look, method):
                    continue  # an optimizer may have two names of what it moves
                if look.kept.taken == kept.taken and (self._persists(source) or look.how == "moved"):
                    return _told(look, None)
        return None

    def _kept_itself(self, stored: ir.SetAttribute) -> Element | None:
        """The variables of a model that an assignment keeps as the model gives them."""
        made = self._spoken.maker(stored.value)
        asked = isinstance(made, ir.GetAttribute) and made.name in PERSISTING
        source = self._spoken.written(stored.value) if asked else ""
        return Element(source, None, taken=stored.origin) if source else None

    def _written_elsewhere(
        self, source: str, stored: ir.SetAttribute, others: list[ir.Function]
    ) -> Iterator[tuple[ir.Function, str]]:
        """How methods write what a list was copied from, each with that: an attribute, or what was handed in
        and is kept in one, or handed in again by the same name.
        """
        receiver, (root, dot, rest) = self.function.receiver, source.partition(".")
        if root == receiver:
            yield from ((method, source) for method in others)
        elif any(parameter.name == root for parameter in self.function.parameters):
            for instr in self.uses.mentions.get(root, ()):
                if isinstance(instr, ir.SetAttribute) and (instr.base, instr.value) == (receiver, root):
                    yield from ((method, f"{receiver}.{instr.name}{dot}{rest}") for method in others)
            yield self.function, source
            if self._is_snapshot(stored):
                for method in others:
                    if any(parameter.name == root for parameter in method.parameters):
                        yield method, source

    def _is_snapshot(self, stored: ir.SetAttribute) -> bool:
        """Whether an assignment means to keep what is there now, by what is done for it, or by its name."""
        if contracts().is_earlier(stored.name) or contracts().stands_apart(stored.name):
            return True
        made = self.uses.made.get(str(stored.value))
        gathered = (i for i in self.uses.mentions.get(str(stored.value), ()) if isinstance(i, ir.Collect))
        values = (self.uses.made.get(str(instr.element.value)) for instr in gathered)
        return isinstance(made, ir.Build) and any(
            isinstance(value, ir.GetAttribute | ir.CallMethod) and value.name in SHARING for value in values
        )

    def _other_methods(self) -> Iterator[ir.Function]:
        info = self.module.class_info(f".{self.function.class_name}")
        for name in sorted(info.methods.values()) if info is not None else ():
            method = self.module.function_of(name)
            if method is not None and method.qualname != self.function.qualname:
                if method.receiver == self.function.receiver:
                    yield method

    def _may_be_another(self, source: str) -> bool:
        """Whether a method that is called here gives its object another model, or other variables."""
        receiver = self.function.receiver
        called = {
            instr.name
            for instr in ir.instructions(self.function)
            if isinstance(instr, ir.CallMethod) and instr.receiver == receiver
        }
        methods = (self.module.function_of(f".{self.function.class_name}.{name}") for name in sorted(called))
        return any(each is not None and Names(each, Uses.of(each)).is_changed(source) for each in methods)

    def _is_model(self) -> bool:
        """Whether a class of the file has its variables from TensorFlow or Keras, and no others."""
        known = self.module.class_info(f".{self.function.class_name}")
        derived = any(base in MODELS for base in self.catalog.bases(f".{self.function.class_name}"))
        return derived and known is not None and PERSISTING.isdisjoint(known.methods)

    def _persists(self, source: str) -> bool:
        """Whether what is written so gives a model's own variables, each time the very same ones."""
        owner, _, last = source.rpartition(".")
        if last in PARAMETERS:
            return "torch" in self.module.libraries
        # A class may give an attribute of this name anything.
        own = owner == self.function.receiver and not self._is_model()
        return last in PERSISTING and not own and not KERAS.isdisjoint(self.module.libraries)


@dataclass(frozen=True, slots=True)
class _Look:
    kept: Element
    origin: ir.Origin
    how: str


def _replaces(method: ir.Function, kept: Element) -> bool:
    """Whether a method may give its object another sequence than the copied one, or another copy."""
    uses = Uses.of(method)
    given = (each for each in ir.instructions(method) if isinstance(each, ir.SetAttribute))
    values = [uses.unpacked(each.value) for each in given if f"{each.base}.{each.name}" == kept.name]
    return any(isinstance(value, str) for value in values) or Names(method, uses).is_changed(kept.source)


def _told(look: _Look, moved: ir.Origin | None) -> Paired:
    kept = look.kept
    assert kept.taken is not None
    return Paired(kept.taken, kept.name, kept.source, look.origin, look.how, moved)


def _looks(names: Names) -> Iterator[_Look]:
    """Where a variable and the same one, out of a copied list, meet."""
    for instr in ir.instructions(names.function):
        if isinstance(instr, ir.Operate) and instr.operator in COMPARING and len(instr.operands) == 2:
            yield from _meet(names, instr.origin, instr.operands[0], instr.operands[1])
        elif isinstance(instr, ir.Call) and _last(names, instr) in COMPARED and len(instr.arguments) > 1:
            first, second, *_ = instr.arguments
            yield from _meet(names, instr.origin, first.value, second.value)
        elif isinstance(instr, ir.CallMethod) and instr.arguments:
            given = [each.value for each in instr.arguments]
            kept = names.copied(given[0]) if instr.name == "set_weights" else None
            if kept is not None and kept.source == f"{names.written(instr.receiver)}.weights":
                yield _Look(kept, instr.origin, "put back")
            if instr.name in COMPARED:
                yield from _meet(names, instr.origin, instr.receiver, given[0])
            elif _writes(instr):
                yield from _written_from(names, instr, given)


def _meet(names: Names, origin: ir.Origin, left: ir.Operand, right: ir.Operand) -> Iterator[_Look]:
    first, second = names.element(left, origin), names.element(right, origin)
    if first is None or second is None or (first.turn, first.source) != (second.turn, second.source):
        return
    if first.name != second.name:
        yield _Look(max(first, second, key=_age), origin, "compared")


def _written_from(names: Names, instr: ir.CallMethod, given: list[ir.Operand]) -> Iterator[_Look]:
    """A variable is put back, or one that is to follow another gets what is computed from that."""
    written = names.element(names.chained_from(instr.receiver), instr.origin)
    if written is None:
        return
    for operand in names.behind(given):
        read = names.element(operand, instr.origin)
        if read is None or (read.turn, read.source) != (written.turn, written.source):
            continue
        if _age(read) > _age(written):
            yield _Look(read, instr.origin, "put back")
        elif _age(written) > _age(read):
            yield _Look(written, instr.origin, "moved")


def _is_plain_look(look: _Look, method: ir.Function) -> bool:
    """Whether variables are compared with themselves, or given what they are, nothing computed from it."""
    instr = next(each for each in ir.instructions(method) if each.origin == look.origin)
    if not isinstance(instr, ir.CallMethod) or look.how != "put back":
        return look.how == "compared"
    given = instr.arguments[0].value
    return not isinstance(Uses.of(method).made.get(str(given)), ir.Operate | ir.Call)


def _age(element: Element) -> ir.Origin:
    """The list that was copied later is the one that was to be kept."""
    return element.taken if element.taken is not None else -1


def _moved_between(names: Names, kept: Element, look: ir.Origin) -> ir.Origin | None:
    """Where variables change between where their list was copied and a look at both."""
    for instr in ir.instructions(names.function):
        if not isinstance(instr, ir.CallMethod) or not (kept.taken or 0) < instr.origin < look:
            continue
        if instr.name in OPTIMIZING:
            given = [names.written(place) for place in names.behind([a.value for a in instr.arguments])]
            if kept.source in given:
                return instr.origin
        written = names.chained_from(instr.receiver)
        element = names.element(written, instr.origin) if _writes(instr) else None
        if element is not None and element.source == kept.source:
            return instr.origin
    return None


def _writes(instr: ir.CallMethod) -> bool:
    """Whether a method writes what it is called on, by its name."""
    marked = is_marked(instr.name) and instr.name not in NO_WRITES
    return marked or instr.name in ASSIGNING


def _last(names: Names, call: ir.Call) -> str:
    called = names.uses.names.get(str(call.function), ())
    return called[0].rpartition(".")[2] if called else ""
