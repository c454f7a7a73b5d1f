"""What is known at one program point: states, how they age when a loop comes round, how they join."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tensorlint.alias import axes
from tensorlint.alias.axes import UNKNOWN_LAYOUT
from tensorlint.alias.events import Write
from tensorlint.alias.lattice import (
    PLAIN_TYPE,
    Allocation,
    Alternative,
    Choice,
    Given,
    Held,
    Object,
    Opaque,
    Quantity,
    Shape,
    Value,
    alternatives,
    is_newest,
    is_plain,
    newest,
    newest_of_atom,
    objects,
    unfolded,
)
from tensorlint.alias.region import Step, age_step, extend, rename_step
from tensorlint.ir import Operand, Origin, Place
from tensorlint.knowledge.effects import PREDICATES


@dataclass(slots=True)
class State:
    """What is known at one program point. States are copied, never shared, when they change; what an object
    holds is shared between states until one of them asks for ``contents`` to change.
    """

    names: dict[Place, Value] = field(default_factory=dict)
    heap: dict[Object, Mapping[str, Value]] = field(default_factory=dict)
    blank: frozenset[Object] = frozenset()
    no_grad: frozenset[Place] = frozenset()  # what was entered and not left, and switches autograd off
    recent: set[Origin] = field(default_factory=set, compare=False)  # no other newest results are mentioned

    def fork(self) -> State:
        """The same state for somebody who lets it age, and changes nothing else: maps are not copied."""
        return State(self.names, self.heap, self.blank, self.no_grad, set(self.recent))

    def copy(self) -> State:
        return State(dict(self.names), dict(self.heap), self.blank, self.no_grad, set(self.recent))

    def forget(self, needed: Container[Place]) -> None:
        """Forget the names that nobody asks for any more, and the containers that nothing reaches."""
        self.names = {name: value for name, value in self.names.items() if name in needed}
        left = {owner for owner in self.heap if isinstance(owner, Allocation)}
        pending = list(self.names.values()) if left else []
        pending += [
            v for owner, held in self.heap.items() if not isinstance(owner, Allocation) for v in held.values()
        ]
        while left and pending:  # most often all of them are soon found
            for thing in objects(pending.pop()):
                if isinstance(thing, Allocation) and thing in left:
                    left.remove(thing)
                    pending += self.heap[thing].values()
        if left:
            self.heap = {owner: held for owner, held in self.heap.items() if owner not in left}

    def recall(self) -> None:
        """Keep of the recent results those that are still mentioned: no other has to be looked for again."""
        self.recent = set().union(
            *(value.sites for value in self.names.values()),
            *(newest(owner) for owner in self.heap),
            *(value.sites for held in self.heap.values() for value in held.values()),
        )

    def contents(self, owner: Object) -> dict[str, Value]:
        """What an object holds, for this state to change."""
        self.heap[owner] = held = dict(self.heap.get(owner, ()))
        return held

    def write(
        self,
        origin: Origin,
        operand: Operand,
        through: Value,
        how: str,
        region: Value | None = None,
        callee: str = "",
        assigned: tuple[Value, ...] = (),
    ) -> Write:
        """The event of a write here; without a ``region`` all elements of what it goes through are
        written.
        """
        written = through if region is None else region
        others = self.second_names(through)
        return Write(origin, operand, through, written, how, callee, self.blank, others, assigned)

    def second_names(self, value: Value) -> frozenset[Origin]:
        """Where names were given to the very object of a value, beside the one that the value was reached
        by.
        """
        known = len(value.path)
        return frozenset(
            step.site
            for name in self.names.values()
            for other in unfolded(name)
            if other.object == value.object and other.path[:known] == value.path
            for step in other.path[known : known + 1]
            if step.kind == "alias"
        )

    def filled(self, value: Value) -> None:
        """The whole of a storage was written by its own name: from now on it holds data."""
        if self.blank and not value.path:
            self.blank -= {leaf.object for leaf, _ in alternatives(value)}

    def relaid(self, tensor: Value) -> None:
        """A tensor has other axes from now on, under whichever name it goes."""
        self.names = _relaid(self.names, tensor)
        self.heap = {owner: _relaid(contents, tensor) for owner, contents in self.heap.items()}

    def age(self, site: Origin) -> None:
        """The instruction at ``site`` runs again: what it made before becomes one of the older ones."""
        if site not in self.recent:
            return
        self.recent.remove(site)
        aging = {name: age_value(value, site) for name, value in self.names.items() if site in value.sites}
        if aging:
            self.names = {**self.names, **aging}
        heap: dict[Object, Mapping[str, Value]] = {}
        for owner, contents in self.heap.items():
            aged = contents
            if any(site in value.sites for value in contents.values()):
                aged = {key: age_value(value, site) for key, value in contents.items()}
            target = age_object(owner, site)
            heap[target] = _join_maps([heap[target], aged], site, target) if target in heap else aged
        self.heap = heap
        self.blank = frozenset(age_object(thing, site) for thing in self.blank)


def age_object(thing: Object, site: Origin) -> Object:
    if not is_newest(thing, site):
        return thing
    if isinstance(thing, Choice):
        options = tuple(Alternative(age_value(o.value, site), o.condition) for o in thing.alternatives)
        return Choice(thing.site, options, thing.key, thing.old or thing.site == site)
    if isinstance(thing, Held):
        return replace(thing, owner=age_object(thing.owner, site), old=thing.old or thing.site == site)
    if isinstance(thing, (Quantity, Shape)):
        return Opaque(site, "lengths", True)  # of another turn: nothing is known of how they relate
    assert isinstance(thing, (Allocation, Opaque))
    return replace(thing, old=True)


def age_value(value: Value, site: Origin) -> Value:
    if site not in value.sites:
        return value
    path: tuple[Step, ...] = ()
    for step in value.path:
        path = extend(path, age_step(step, site))
    thing = age_object(value.object, site)
    known = () if value.layout.axes is None else axes.atoms(value.layout)
    layout = (
        axes.without_atoms(value.layout) if any(site in newest_of_atom(a) for a in known) else value.layout
    )
    return Value(thing, path, value.type, layout, value.rank, value.traits)


def renamed(value: Value, site: Origin, to: Origin) -> Value:
    """The value as if the instruction at ``to`` had made what the newest run of ``site`` made."""
    if site not in value.sites:
        return value
    path = tuple(rename_step(step, site, lambda bound: _renamed(bound, site, to), to) for step in value.path)
    return replace(value, object=_renamed(value.object, site, to), path=path)


def _renamed(thing: Object, site: Origin, to: Origin) -> Object:
    if isinstance(thing, (Allocation, Opaque)):
        return replace(thing, site=to) if thing.site == site and not thing.old else thing
    if isinstance(thing, Held):
        moved = to if thing.site == site and not thing.old else thing.site
        return replace(thing, owner=_renamed(thing.owner, site, to), site=moved)
    if isinstance(thing, Choice):
        options = tuple(replace(o, value=renamed(o.value, site, to)) for o in thing.alternatives)
        return replace(thing, alternatives=options, site=to if thing.site == site else thing.site)
    return thing


MOST_ALTERNATIVES = 6
DEEPEST_CHOICE = 1


def _relaid(values: Mapping[str, Value], tensor: Value) -> dict[str, Value]:
    """The values, with nothing known of the axes of those that are ``tensor`` itself, and no view of it."""
    views = [step for step in tensor.path if step.is_view]
    found = {
        name: replace(value, layout=UNKNOWN_LAYOUT, rank=None)
        for name, value in values.items()
        if value.object == tensor.object and [step for step in value.path if step.is_view] == views
    }
    return {**values, **found}


def join_values(values: Sequence[Value], site: Origin, key: str) -> Value:
    """One value that stands for whichever of ``values`` came, in the order of the ways that meet at ``site``.

    ``key`` names the holder that they are joined for.
    """
    first = values[0]
    if all(value is first or value == first for value in values):
        return first
    if all(value.object == first.object and value.path == first.path for value in values):
        return _blur_all(list(values))
    if all(is_plain(value) for value in values):
        return Value(Allocation(site, key), type=PLAIN_TYPE)
    if any(_is_too_much(value, key) for value in values):
        return _any(site, key, _blur_all(list(values)))  # and stays so: a loop settles
    if any(_decided_at(value, site) or _depth(value) >= DEEPEST_CHOICE for value in values):
        return one_of([leaf for value in values for leaf in alternatives(value)], site, key)
    return chosen(tuple(Alternative(value) for value in values), site, "")


def one_of(leaves: Sequence[tuple[Value, str]], site: Origin, key: str) -> Value:
    """Any one of several values without choices, each with its condition; ``key`` names the holder."""
    merged: dict[tuple[Object, tuple[Step, ...]], Alternative] = {}
    for value, condition in leaves:
        place = value.object, value.path
        known = merged.get(place)
        if known is not None:
            value = _blur_all([known.value, value])
            condition = condition if known.condition == condition else ""
        merged[place] = Alternative(value, condition)
    found = tuple(sorted(merged.values(), key=_order))
    return found[0].value if len(found) == 1 else chosen(found, site, key)


def _order(option: Alternative) -> tuple[str, ...]:
    """A fixed order of alternatives, whatever order they were met in."""
    value = option.value
    return _word_for(value.object), str([(step.site, step.kind, step.old) for step in value.path]), value.type


def chosen(options: tuple[Alternative, ...], site: Origin, key: str) -> Value:
    """A choice that is made at ``site``, with what all tensors among its alternatives agree on."""
    memory = [option.value for option in options if not is_plain(option.value)]
    common = _blur_all(memory) if memory else options[0].value
    if len(options) > MOST_ALTERNATIVES:
        return _any(site, key, common)
    choice = Choice(site, options, key)
    return Value(choice, (), common.type, common.layout, common.rank, common.traits)


def _any(site: Origin, key: str, common: Value) -> Value:
    """Any one of too many values to tell apart, with what all of them have in common."""
    return Value(Opaque(site, key), type=common.type, rank=common.rank)


def _is_too_much(value: Value, key: str) -> bool:
    """Whether it was too much to tell apart, where ways met before, what the holder ``key`` has."""
    thing = value.object
    many = key.endswith("[*]")  # whatever else a container gets, is one of its things as well
    return isinstance(thing, Opaque) and thing.site < 0 and thing.slot == key and not (value.path or many)


def _decided_at(value: Value, site: Origin) -> bool:
    thing = value.object
    if not isinstance(thing, Choice):
        return False
    return thing.site == site or any(_decided_at(option.value, site) for option in thing.alternatives)


def _depth(value: Value) -> int:
    thing = value.object
    return 1 + max(_depth(option.value) for option in thing.alternatives) if isinstance(thing, Choice) else 0


def _blurred(first: Value, second: Value) -> Value:
    """The first value, with only what both agree on."""
    if first is second:
        return first
    type = first.type if first.type == second.type else ""
    layout = first.layout if first.layout == second.layout else UNKNOWN_LAYOUT
    rank = first.rank if first.rank == second.rank else None
    traits = first.traits & second.traits
    if (type, rank, traits) == (first.type, first.rank, first.traits) and layout is first.layout:
        return first
    return Value(first.object, first.path, type, layout, rank, traits)


def _blur_all(values: list[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = _blurred(result, value)
    return result


def _join_maps(
    maps: Sequence[Mapping[str, Value]], site: Origin, owner: Object | None = None
) -> dict[str, Value]:
    """What the names mean where several ways meet, or the keys of one owner."""
    joined = dict(maps[0])
    prefix = None
    for name in _differing(maps, joined):
        if prefix is None:
            prefix = "" if owner is None else _word_for(owner)
        joined[name] = join_values([values[name] for values in maps if name in values], site, prefix + name)
    rest = joined.get("[*]")
    if rest is not None and isinstance(rest.object, Opaque) and owner is not None:
        # Too many to tell apart: it stands for all of them, not for one.
        if rest.object == Opaque(site, _word_for(owner) + "[*]"):
            joined["[*]"] = replace(rest, object=replace(rest.object, old=True))
    return joined


def _is_lost(contents: Mapping[str, Value], site: Origin) -> bool:
    """Whether it was too much to tell the things of a container apart where ways meet at ``site``."""
    rest = contents.get("[*]")
    return rest is not None and isinstance(rest.object, Opaque) and rest.object.site == site


def _differing(maps: Sequence[Mapping[str, Value]], joined: dict[str, Value]) -> list[str]:
    """The names that do not mean the same on all ways; what only later ways know is added to the joined."""
    found: dict[str, None] = {}
    for values in maps[1:]:
        for name, value in values.items():
            known = joined.setdefault(name, value)
            if known is not value:  # of most names, nothing changed
                found[name] = None
    return list(found)


def _filled_up(
    owner: Object, maps: Sequence[Mapping[str, Value]], site: Origin
) -> Sequence[Mapping[str, Value]]:
    """Contents with a value for every key: what a key that only some ways stored meant on the others."""
    keys = {key: None for contents in maps for key in contents}
    if all(len(contents) == len(keys) for contents in maps):
        return maps
    filled = []
    for contents in maps:
        initial = (
            {} if isinstance(owner, Allocation) else {k: Value(Held(owner, k)) for k in keys if k != "[*]"}
        )
        unknown = contents.get("[*]")
        rest = {k: _any_of(unknown, site, k) for k in keys if unknown is not None and k.startswith("[")}
        filled.append({**initial, **rest, **contents})
    return filled


def _any_of(rest: Value, site: Origin, key: str) -> Value:
    """What stands under a key among those that a container holds somewhere: no branch decides which."""
    if not isinstance(rest.object, Choice):
        return rest
    return one_of([(leaf, PREDICATES["path"]) for leaf, _ in alternatives(rest)], site, f"any{key}")


def _word_for(owner: Object) -> str:
    """A short name that tells objects apart in one function."""
    if isinstance(owner, (Allocation, Opaque)):
        return f"{type(owner).__name__[0]}{owner.site}.{owner.slot}{'-' * owner.old}"
    if isinstance(owner, Given):
        return owner.name
    if isinstance(owner, Held):
        return f"{_word_for(owner.owner)}{owner.key}{owner.site}.{owner.slot}{'-' * owner.old}"
    return repr(owner)


def join_states(states: Sequence[State], site: Origin) -> State:
    """What is known where several ways meet. A name bound on one of them only stays bound."""
    if len(states) == 1:
        return states[0].copy()
    names = _join_maps([state.names for state in states], site)
    heap: dict[Object, Mapping[str, Value]] = {}
    for owner in {owner: None for state in states for owner in state.heap}:
        found = [state.heap[owner] for state in states if owner in state.heap]
        if len(found) == len(states) or isinstance(owner, Allocation):
            if all(contents == found[0] for contents in found) and not _is_lost(found[0], site):
                heap[owner] = found[0]  # the very same map, so that it is soon compared where it comes again
                continue
        if len(found) < len(states) and not isinstance(owner, Allocation):
            # It was there on the other ways, too, and held its items; attributes were mostly nothing.
            found.append({key: value for key, value in found[0].items() if key.startswith(".")})
        filled = _filled_up(owner, found, site) if len(found) > 1 else found
        heap[owner] = _join_maps(filled, site, owner) if len(found) > 1 else found[0]
    recent = {site}.union(*(state.recent for state in states))
    no_grad = frozenset[Place]().union(*(state.no_grad for state in states))
    return State(names, heap, _still_blank(states), no_grad, recent)


def stubborn(state: State, before: State, site: Origin) -> State:
    """``state``, where what was too much to tell apart at ``site`` before stays so, and a loop settles."""

    def kept(known: Mapping[str, Value], values: Mapping[str, Value]) -> dict[str, Value]:
        unknown = {key for key, v in known.items() if isinstance(v.object, Opaque) and v.object.site == site}
        return {key: known[key] if key in unknown else value for key, value in values.items()}

    names = kept(before.names, state.names)
    heap: dict[Object, Mapping[str, Value]] = {
        owner: kept(before.heap.get(owner, {}), values) for owner, values in state.heap.items()
    }
    return State(names, heap, state.blank, state.no_grad, state.recent)


def _still_blank(states: Sequence[State]) -> frozenset[Object]:
    """Storages that are blank on every way that made them at all."""
    every = frozenset().union(*(state.blank for state in states))
    if not every or all(state.blank == every for state in states):
        return every
    known = [_objects(state) for state in states]
    return frozenset(
        thing
        for thing in every
        if all(thing in state.blank or thing not in has for state, has in zip(states, known, strict=True))
    )


def _objects(state: State) -> set[Object]:
    found = {thing for value in state.names.values() for thing in objects(value)}
    for contents in state.heap.values():
        for value in contents.values():
            found.update(objects(value))
    return found
