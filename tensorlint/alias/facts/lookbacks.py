"""Questions about what was kept of a tensor by another name, and is looked at as if it had stayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import containers, results
from tensorlint.alias.events import Called, Computed, Event, Read, Write
from tensorlint.alias.facts.harms import Harms
from tensorlint.alias.lattice import (
    Allocation,
    Constant,
    Held,
    Object,
    Opaque,
    Value,
    alternatives,
    is_old,
    is_plain,
    objects,
)
from tensorlint.alias.region import Between, Rest, Step, same_region
from tensorlint.alias.uses import binds

COMPARING = frozenset("- == != < > <= >=".split())
COMPARED = frozenset(
    "equal allclose isclose array_equal assert_close assert_allclose assert_array_equal subtract sub"
    " cosine_similarity mse_loss l1_loss dist".split()
)
NAMING = ir.Bind | ir.GetAttribute | ir.GetItem | ir.CallMethod | ir.Call
WRAPPING = frozenset({"copy.copy", "keras.Variable"})  # another rule tells of them
WHOLE = frozenset({"view", "same_layout", "alias"})  # steps to all elements, in their order
EVERYTHING = Between(None, None, None)

Named = Mapping[tuple[int, int], ir.Origin]


@dataclass(frozen=True, slots=True)
class LookedBack:
    """A tensor was kept at ``taken`` by another name, ``kept``, was written at ``moved``, and is compared
    with that, or gets it back, ``put_back``.
    """

    taken: ir.Origin
    kept: ir.Place
    moved: ir.Origin
    put_back: bool


class Lookbacks(Harms):
    """Tensors that are compared with themselves, or put back into themselves."""

    def looked_back(self, event: Event) -> LookedBack | None:
        """What an event takes for a tensor as it was, and what is that very tensor."""
        return self._lookbacks.get(id(event))

    @cached_property
    def _lookbacks(self) -> dict[int, LookedBack]:
        if not self._written:
            return {}
        found = (
            (event, self._compared_with_itself(event) or self._put_back(event)) for event in self.events()
        )
        return {id(event): look for event, look in found if look is not None}

    @cached_property
    def _written(self) -> frozenset[Object]:
        """Everything that the function writes."""
        writes = (event for event in self.events() if isinstance(event, Write))
        return frozenset(thing for write in writes for thing in objects(write.region))

    def _compared_with_itself(self, event: Event) -> LookedBack | None:
        """The two sides of a comparison are one tensor."""
        sides = self._compared(event)
        if sides is None:
            return None
        (left, first), (right, second) = sides
        names = {results.root_name(each, self.uses) for each in (left, right)}
        same = len(names) > 1 and (_is_same(first, second) or _is_same(second, first))
        found = self._kept_and_moved(event, names, first) if same else None
        return None if found is None or self._is_kept_beside_a_copy(found) else found

    def _is_kept_beside_a_copy(self, found: LookedBack) -> bool:
        """Whether a second name was given beside a copy of the same tensor that has a name as well: whoever
        wrote that knows which one is which, and looks whether they are one: ``kept = x.copy(); ref = x``.
        """
        for block in self.function.blocks:
            for instr in block.instructions:
                if isinstance(instr, ir.Bind) and instr.origin == found.taken:
                    return any(
                        isinstance(other, ir.CallMethod)
                        and (other.name, other.receiver) in (("copy", instr.source), ("clone", instr.source))
                        and not other.target.startswith("%")
                        for other in block.instructions
                    )
        return False

    def _compared(self, event: Event) -> tuple[tuple[ir.Operand, Value], tuple[ir.Operand, Value]] | None:
        """The two sides of a comparison, or of a difference."""
        if isinstance(event, Computed) and len(event.operands) == 2:
            instr = self.instruction(event)
            if isinstance(instr, ir.Operate) and instr.operator in COMPARING:
                return (instr.operands[0], event.operands[0]), (instr.operands[1], event.operands[1])
        if isinstance(event, Called) and any(name.rpartition(".")[2] in COMPARED for name in event.names):
            given = [(operand, value) for keyword, operand, value in event.arguments if keyword is None]
            sides = [*filter(None, (event.receiver,)), *given]
            return (sides[0], sides[1]) if len(sides) > 1 else None
        return None

    def _put_back(self, event: Event) -> LookedBack | None:
        """A tensor, or an attribute, gets what it is: nothing changes."""
        instr = self.instruction(event) if isinstance(event, Read | Write) else None
        put = event.value if isinstance(event, Read) else event.region if isinstance(event, Write) else None
        if put is None or self._written.isdisjoint(objects(put)):
            return None
        if isinstance(event, Write) and isinstance(instr, ir.SetItem) and isinstance(instr.value, str):
            value = self.value_before(event, instr.value)
            if value is not None and not instr.augmented and _is_same(value, event.region):
                names = {results.root_name(instr.value, self.uses)}
                return self._kept_and_moved(event, names, value, put_back=True)
        if isinstance(event, Read) and isinstance(instr, ir.SetAttribute) and event.how == "store":
            base = self.value_before(event, instr.base)
            if base is not None and not instr.augmented and self._holds_already(event, base, instr.name):
                names = {results.root_name(instr.value, self.uses)}
                return self._kept_and_moved(event, names, base, event.value, put_back=True)
        return None

    def _holds_already(self, stored: Read, base: Value, name: str) -> bool:
        """Whether what an attribute is given is what it holds."""
        held = containers.load(self.state_before(stored), base, f".{name}")
        if held is None and name == "data" and stored.value.object == base.object:
            held = base
        if held is None and stored.value.object == Held(base.object, f".{name}"):
            held = Value(stored.value.object)
        return held is not None and _is_same(stored.value, held)

    def _kept_and_moved(
        self, look: Event, names: Iterable[ir.Operand], *values: Value, put_back: bool = False
    ) -> LookedBack | None:
        """How a look goes back to one of some names, that was given before a write of one of some values."""
        things = {leaf.object for value in values for leaf, _ in alternatives(value)}
        for name in sorted(name for name in names if isinstance(name, str)):
            named = self._named_at(name)
            for place, taken in named.items():
                between = self._written_between(place, frozenset(named.values()), look, things)
                # What is written by the kept name is meant to be put there: `x += 1; self.x = x`
                # or through what was taken of it: `hour = x[4:5]; hour[0] = 1; whole[i:j] = x`
                if put_back:
                    between = [w for w in between if not self._is_by_name(w, name)]
                if between and not any(map(self._is_told, between)):
                    return LookedBack(taken, name, between[0].origin, put_back)
        return None

    def _is_by_name(self, write: Write, name: ir.Place) -> bool:
        """Whether a write goes to what a name keeps by that name, or by what was taken of it."""
        if results.root_name(write.operand, self.uses) == name:
            return True
        made = self.uses.behind([write.operand], _taken_from)
        return any(name in ir.read(each) for each in made)

    def _written_between(
        self, place: tuple[int, int], taken: frozenset[ir.Origin], look: Event, things: set[Object]
    ) -> list[Write]:
        """The writes of some things between where one got a name and a look."""
        return [
            event
            for event in self.after_place(*place, taken)
            if isinstance(event, Write) and event is not look and event.region.object in things
            if any(later is look for later in self.after_place(*self.places[id(event)], taken))
        ]

    def _is_told(self, write: Write) -> bool:
        """Whether a write harms by itself, or gives a tensor other memory: what was kept of it stays."""
        instr = self.instruction(write)
        replaces = isinstance(instr, ir.SetAttribute) and not instr.augmented
        return replaces or self.harm_of(write) is not None

    def _named_at(self, name: ir.Place) -> Named:
        """Where a name is given to what may have another one; nowhere, if what is made anew gets it."""
        found: dict[tuple[int, int], ir.Origin] = {}
        for block, occurrences in self.solution.occurrences.items():
            for position, occurrence in enumerate(occurrences):
                instr = occurrence.instr
                if name in binds(instr) and not _is_nothing(instr):
                    if not isinstance(instr, NAMING) or self._makes(occurrence.events):
                        return {}
                    found[block, position] = instr.origin
        return found

    def _makes(self, events: Iterable[Event]) -> bool:
        """Whether a call makes what it gives, or wraps what it is given, as another rule tells."""
        return any(
            isinstance(event, Called)
            and (_is_made_at(event.result.object, event.origin) or not WRAPPING.isdisjoint(event.names))
            for event in events
        )


def _taken_from(made: ir.Instr) -> tuple[ir.Operand, ...]:
    """What a view was taken of."""
    if isinstance(made, ir.GetItem | ir.GetAttribute):
        return (made.base,)
    return (made.receiver,) if isinstance(made, ir.CallMethod) else ()


def _is_made_at(thing: Object, site: ir.Origin) -> bool:
    return isinstance(thing, Allocation | Opaque) and thing.site == site


def _is_nothing(instr: ir.Instr) -> bool:
    """Whether a name is only made known: ``old = None``."""
    return isinstance(instr, ir.Bind) and not isinstance(instr.source, str)


def _is_same(kept: Value, value: Value) -> bool:
    """Whether what was kept, if anything, certainly is all of the same elements, in the same order."""
    leaves = [leaf for leaf, _ in alternatives(kept) if not isinstance(leaf.object, Constant)]
    if not leaves or is_old(value.object) or any(map(is_plain, [value, *leaves])):
        return False  # a number, as an element of one axis is, is kept as it was
    if kept.object == value.object:
        leaves = [kept]
    return all(leaf.object == value.object and _is_same_part(leaf, value) for leaf in leaves)


def _is_same_part(first: Value, second: Value) -> bool:
    left, right = ([step for step in value.path if not _keeps_all(step)] for value in (first, second))
    return len(left) == len(right) and all(map(same_region, left, right))


def _keeps_all(step: Step) -> bool:
    """Whether a step leads to all elements, and leaves them where they are: ``x.data``, ``x[:]``."""
    everything = all(isinstance(axis, Rest) or axis == EVERYTHING for axis in step.axes)
    return step.kind in WHOLE or (step.kind == "subset" and bool(step.axes) and everything)
