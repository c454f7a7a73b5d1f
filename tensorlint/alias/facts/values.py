"""Questions about values: what they are, where they come from, and what a person calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tensorlint import ir
from tensorlint.alias import directions, layout
from tensorlint.alias.after import HANDED_OUT, Observer, certain
from tensorlint.alias.axes import UNKNOWN_LAYOUT, contiguity
from tensorlint.alias.events import Called, Inspected, Read, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.solved import Solved
from tensorlint.alias.lattice import (
    PICKED,
    Allocation,
    Choice,
    Given,
    Held,
    Object,
    Opaque,
    Value,
    alternatives,
    family,
    is_picked,
    is_plain,
    root,
)
from tensorlint.alias.pointers import handed_over
from tensorlint.alias.region import Between
from tensorlint.finding import Quote
from tensorlint.knowledge.effects import PREDICATES

SAYS_SHARED = re.compile(
    r"[Ss]har(?:e|ed|ing)|\b[Tt]ied?\b|Tied|_tied?\b|\btied?_|[Tt]ying|[Ss]iamese|[Rr]ecurrent"
)
MATCHES = PREDICATES["matches"].partition("}")[2]
CONTIGUOUS = PREDICATES["contiguous"].partition("}")[2]
WEIGHT = "torch.nn.Parameter"
ASKS_DTYPE = frozenset({"is_floating_point", "is_complex"})


class Values(Solved):
    """What is known of the values of one function."""

    def is_tensor(self, value: Value, library: str = "") -> bool:
        """Whether a value certainly is a tensor (of one library)."""
        kinds = {leaf.type for leaf, _ in alternatives(value)}
        if not kinds or not all(kind and self.catalog.is_tensor(kind) for kind in kinds):
            return False
        return not library or all(kind.startswith(library) for kind in kinds)

    def is_module(self, value: Value, base: str = "") -> bool:
        """Whether a value certainly is a module, a layer or a model (of one library)."""
        return bool(value.type) and (
            self.catalog.is_kind_of(value.type, base) if base else self.catalog.is_module(value.type)
        )

    def has_weights(self, value: Value) -> bool:
        """Whether a module certainly has parameters or running state."""
        return self.is_module(value) and "weights" in value.traits

    def is_view(self, value: Value) -> bool:
        """Whether the value was reached by at least one view step."""
        return any(step.is_view for step in value.path)

    def certainty(self, operand: ir.Operand, value: Value) -> Certainty:
        """How it is known that a value is of its type: made by a known call, stated, shown by use or
        guessed.
        """
        evidence = self.solution.evidence
        made_here = all(self._is_made_here(leaf) for leaf, _ in alternatives(value))
        if made_here or self._is_weight(operand, value):
            return Certainty.STATED
        names = (operand, self.name_of(value))
        found = [evidence.certainty.get(name) for name in names if isinstance(name, str)]
        told = next((how for how in found if how is not None), Certainty.STATED)
        return Certainty(max(told, *(self._told_by_container(leaf) for leaf, _ in alternatives(value))))

    def _is_weight(self, operand: ir.Operand, value: Value) -> bool:
        """Whether a value is a parameter that a module holds, or an attribute of one: ``p.data`` for ``p in
        net.parameters()``. Nothing else gives these, whatever else they are asked for.
        """
        if value.type == WEIGHT and isinstance(value.object, Held):
            return True
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand[:1] == "%" else None
        if not isinstance(made, ir.GetAttribute) or made.name not in ("data", "grad"):
            return False
        base = self.value_at(made, made.base)
        return base is not None and base.type == WEIGHT and isinstance(base.object, Held)

    def _told_by_container(self, value: Value) -> int:
        """How the type of an element is known, by what is said of the parameter that holds it."""
        owner, evidence = root(value.object), self.solution.evidence
        if not isinstance(owner, Given) or owner == value.object:
            return 0
        kind = evidence.kind_of(owner.name)
        told = any(part.type == value.type for part in kind.parts)
        return evidence.certainty.get(owner.name, 0) if told else 0

    def _is_made_here(self, value: Value) -> bool:
        """Whether a value is what a call that the tables know gives."""
        if isinstance(value.object, Allocation):
            return True
        return any(self.catalog.lookup(name) for call in self.makers(value.object) for name in call.names)

    def makers(self, thing: Object) -> list[Called]:
        """The calls that made an object, or gave what nobody knows; none for what no call made."""
        site = thing.site if isinstance(thing, Allocation | Opaque) else None
        return [event for event in self.events() if isinstance(event, Called) and event.origin == site]

    def instruction_at(self, site: ir.Origin | None) -> ir.Instr | None:
        """The first instruction that stands at a place of the source."""
        return next((each for each in ir.instructions(self.function) if each.origin == site), None)

    def own_attribute(self, operand: ir.Operand) -> str:
        """The attribute of the receiver that an expression reads; empty for anything else."""
        made = self.uses.made.get(str(operand))
        return made.name if isinstance(made, ir.GetAttribute) and made.base == self.function.receiver else ""

    def writes(self, call: Called) -> bool:
        """Whether a call, or the layer that is called, writes in place."""
        return any(isinstance(event, Write) and event.origin == call.origin for event in self.events())

    def choice_site(self, value: Value) -> ir.Origin | None:
        """Where it was decided which of several objects the value is; ``None`` where branches met."""
        thing = value.object
        return thing.site if isinstance(thing, Choice) and thing.site >= 0 else None

    def references(self, value: Value, kind: str) -> Iterator[ir.Origin]:
        """Where the references of one kind (see ``region.REFERENCES``) were made that lead to the value."""
        found = [
            (leaf.object, condition, [step.site for step in leaf.path if step.kind == kind])
            for leaf, condition in alternatives(value)
            if not is_plain(leaf)
        ]
        referred = {thing for thing, _, sites in found if sites}
        guessed = any(thing not in referred for thing, _, _ in found)
        for _, condition, sites in found:
            if not (guessed and condition):  # it may be one of the others
                yield from sites

    def views_of(self, value: Value) -> tuple[ir.Origin, ...]:
        """Where the view steps were taken that lead to a value, the last one first."""
        sites = [step.site for leaf, _ in alternatives(value) for step in reversed(leaf.path) if step.is_view]
        return tuple(dict.fromkeys(sites))

    def is_held(self, value: Value) -> bool:
        """Whether a value has a name, or is kept by somebody, and is not only passed on in one expression."""
        if any((leaf.object, leaf.path) in self.solution.named for leaf, _ in alternatives(value)):
            return True
        return any(
            isinstance(event, Read) and event.how in HANDED_OUT and event.value.object == value.object
            for event in self.events()
        )

    def is_made_with(self, container: Value, elements: tuple[Value, ...]) -> bool:
        """Whether one call made a container and all that it holds, and nobody else has either of them."""
        made = container.object.site if isinstance(container.object, Allocation) else None
        sites = {
            leaf.object.site if isinstance(leaf.object, Allocation) else None
            for each in elements
            for leaf, _ in alternatives(each)
        }
        return made is not None and sites == {made} and not self.is_held(container)

    def is_among(self, value: Value, elements: tuple[Value, ...]) -> bool:
        """Whether a tensor is one of several elements, or one of the many that one of them stands for."""
        return any(
            certain(element, value)[0]
            or (isinstance(element.object, Held) and family(element.object) == family(leaf.object))
            or _is_member(leaf.object, element.object)
            or is_picked(leaf.object, element.object)
            or (self.catalog.is_module(leaf.type) and _is_held_by(element.object, leaf.object))
            for each in elements
            for element, _ in alternatives(each)
            for leaf, _ in alternatives(value)
        )

    def says_shared(self, origin: ir.Origin, value: Value) -> bool:
        """Whether the code around an origin, or around where the value was made, says that sharing is meant.

        That is a name, a comment or an enclosing condition.
        """
        made = value.object.site if isinstance(value.object, Allocation) else origin
        return any(SAYS_SHARED.search(self.module.around(place)) for place in (origin, made))

    def is_picked_by_anything(self, thing: Object, owner: Object | None = None) -> bool:
        """Whether an object is ``y[k]`` and nothing tells what either is: a mask gives a copy of an array.
        With an ``owner``, that is what ``y`` has to be.
        """
        if not isinstance(thing, Held) or not thing.site or owner not in (None, thing.owner):
            return False
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.GetItem) and instr.origin == thing.site:
                base = self.value_at(instr, instr.base)
                values = [self.value_at(instr, i.value) for i in instr.index if isinstance(i, ir.Pick)]
                plain = all(value is None or is_plain(value) for value in values)
                return base is not None and not base.type and not plain
        return False

    def persists(self, thing: Object) -> bool:
        """Whether the object outlives this call and is no argument: state of ``self``, a global."""
        if not isinstance(thing, (Held, Given)):
            return False
        owner = root(thing)
        if not isinstance(owner, Given):
            return False
        return owner.kind in ("global", "captured") or (isinstance(thing, Held) and self._is_self(owner))

    def _is_own_state(self, thing: Object) -> bool:
        return isinstance(thing, Held) and self.persists(thing)

    def _is_self(self, owner: Given) -> bool:
        return owner.name == self.function.receiver

    def is_apart(self, value: Value) -> bool:
        """Whether a tensor is not contiguous (for axes longer than one, if the caller's own are)."""
        apart = layout.known(value, front=1).is_contiguous
        return self.is_tensor(value) and (apart is False or (apart is None and self._leaves_gaps(value)))

    def _leaves_gaps(self, value: Value) -> bool:
        """Whether a tensor is every so many elements of another one, by a number that has a name, which is
        there for others than one.
        """
        ones = {Given(each.name) for each in self.function.parameters if each.default == ir.Literal(1)}
        taken = [[step for step in leaf.path if step.kind != "alias"][-1:] for leaf, _ in alternatives(value)]
        return all(
            any(
                isinstance(axis, Between) and isinstance(axis.step, Given | Held) and axis.step not in ones
                for step in last
                for axis in step.axes
            )
            for last in taken
        )

    def is_apart_in_both_orders(self, value: Value) -> bool:
        """Whether a tensor is contiguous neither by rows nor by columns."""
        axes = layout.known(value, front=1).axes
        return self.is_apart(value) and axes is not None and contiguity(axes[::-1]) is False

    def is_blank_by_columns(self, look: Inspected) -> bool:
        """Whether a tensor was made blank to be filled column by column: ``np.empty((n, m)).T``."""
        axes = layout.known(look.value, front=1).axes
        blank = self.state_before(look).blank
        ordered = axes is not None and contiguity(axes[::-1]) is True
        return ordered and all(leaf.object in blank for leaf, _ in alternatives(look.value))

    def inspects(self, value: Value, names: frozenset[str]) -> bool:
        """Whether the function looks at ``names`` (strides, flags …) of a tensor or of its storage."""
        return any(
            isinstance(event, Inspected)
            and event.name in names
            and {leaf.object for leaf, _ in alternatives(event.value)}
            & {leaf.object for leaf, _ in alternatives(value)}
            for event in self.events()
        )

    def is_void(self, condition: str, value: Value) -> bool:
        """Whether a condition cannot hold: that a tensor needs no conversion, where the function asks what
        dtype it has and so converts only what does; or that what was turned round is contiguous, which it is
        only if the caller's own was turned round before, or what was expanded, as nobody expands to the same.
        """
        taken = replace(value, layout=UNKNOWN_LAYOUT)  # not what the condition makes of it
        expanded = any(step.kind == "expanded" for step in value.path)
        if CONTIGUOUS in condition and (expanded or directions.runs_backwards(taken)):
            return True
        return MATCHES in condition and self.inspects(value, ASKS_DTYPE)

    def handed_over(self, place: ir.Place) -> str:
        """How an address reaches somebody: see :func:`tensorlint.alias.pointers.handed_over`."""
        return handed_over(self.function, place)

    def name(self, operand: ir.Operand, value: Value, origin: ir.Origin) -> str | Quote:
        """What a person calls this value: its local name, its attribute path, or its source text."""
        if isinstance(operand, str) and operand and not operand.startswith("%"):
            return operand.partition("%")[0]
        known = self.name_of(value)
        if "[...]" in known and isinstance(self.uses.made.get(str(operand)), ir.GetItem):
            known = ""  # what the code says tells which one
        return known or Quote(self._made_at(operand, origin))

    def _path_of(self, operand: ir.Operand) -> str:
        """The attribute that an operand without a name was read from, as it is written: ``self.data``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand[:1] == "%" else None
        return f"{made.base}.{made.name}" if isinstance(made, ir.GetAttribute) else ""

    def _chained_from(self, operand: ir.Operand) -> ir.Operand:
        """What a chain of in-place methods began with: ``x`` of ``x.mul_(2).add_(1)``."""
        while isinstance(operand, str) and operand.startswith("%"):
            instr = self.uses.made.get(operand)
            if not isinstance(instr, ir.CallMethod) or not instr.name.endswith("_"):
                break
            operand = instr.receiver
        return operand

    def _named_as(self, write: Write) -> ir.Operand:
        """By what a write names what it writes; nothing where it names an object, and writes what that
        holds: ``self.step()``.
        """
        operand = self._chained_from(write.operand)
        named = self.value_before(write, operand) if isinstance(operand, str) and operand else None
        if named is None or self.is_tensor(named):
            return operand
        return "" if _is_held_by(write.through.object, named.object) else operand

    def _made_at(self, operand: ir.Operand, origin: ir.Origin) -> ir.Origin:
        """Where a temporary was computed: its expression says more than the one around it."""
        instr = self.uses.made.get(operand) if isinstance(operand, str) and operand else None
        return instr.origin if instr is not None else origin

    def owner_name(self, value: Value) -> str:
        """What a person calls the tensor that a value is a view of: ``model.weight``."""
        thing = next(alternatives(value))[0].object
        keys: list[str] = []
        while isinstance(thing, Held) and not self.name_of(Value(thing)):
            keys.insert(0, "" if thing.key == "[*]" else thing.key)
            thing = thing.owner
        name = self.name_of(Value(thing))
        return name + "".join(keys) if name else "the tensor"

    def name_of(self, value: Value) -> str:
        """The local name or attribute path of a value; empty where it has none."""
        known = self.solution.named.get((value.object, value.path))
        if known:
            return known.partition("%")[0]
        if not value.path:
            return describe(value.object)
        if value.path[-1].kind == "twice":  # `[x, x]`: what it is called beside the list
            return self.name_of(replace(value, path=value.path[:-1]))
        return ""

    def base_name(self, observer: Observer, written: Value) -> str | Quote:
        """What to call the storage that the write also changes, as the observer sees it."""
        value, read = observer.read.value, observer.read
        if isinstance(read.operand, str) and not read.operand.startswith("%"):
            if self.solution.named.get((value.object, value.path)) in (
                None,
                read.operand,
            ) or not self.name_of(value):
                return read.operand
        made = self.uses.made.get(read.operand) if isinstance(read.operand, str) else None
        if isinstance(made, ir.GetAttribute) and value.path and value.path[-1].kind == "alias":
            return f"{made.base}.{made.name}"
        for leaf, _ in alternatives(value):
            if known := self.solution.named.get((leaf.object, leaf.path)):
                return known.partition("%")[0]
        for length in range(len(value.path), -1, -1):  # else what it is a part of
            known = self.name_of(replace(value, path=value.path[:length]))
            if known:
                return known
        if isinstance(made, ir.GetItem) and isinstance(made.base, str) and not made.base.startswith("%"):
            return made.base
        return Quote(read.origin)


def _is_held_by(thing: Object, owner: Object) -> bool:
    """Whether an object holds another one, at any depth: what trains a model writes its weights."""
    while isinstance(thing, Held):
        thing = thing.owner
        if thing == owner:
            return True
    return False


def _is_member(thing: Object, summary: Object) -> bool:
    """Whether ``thing`` is held, at any depth, by the module whose tensors ``summary`` stands for."""
    if not (isinstance(summary, Held) and summary.key == "[*]" and summary.old):
        return False
    while isinstance(thing, Held):
        thing = thing.owner
        if thing == summary.owner:
            return True
    return False


def describe(thing: Object) -> str:
    """``self.data`` for what ``self`` held in an attribute; empty where there are no words for it."""
    if isinstance(thing, Given):
        if thing.kind == "global":
            return (
                thing.name.lstrip(".")
                if "|" not in thing.name and not thing.name.startswith(("<", "?"))
                else ""
            )
        return thing.name
    if isinstance(thing, Held):
        owner = describe(thing.owner)
        if str(thing.slot).startswith(PICKED) and owner.endswith("[...]"):
            return owner  # one of those that the owner stands for
        key = "[...]" if thing.key == "[*]" else thing.key
        return f"{owner}{key}" if owner and not key.startswith("<") else ""
    return ""
