"""Objects, paths of view steps, values and states; whether two values share elements; how states join.

A value names exactly one object. Where control flow or an undecided guard leaves several, that object is a
:class:`Choice` made once, at the place where the doubt arises: two names bound to the same choice still share
definitely, because whatever it was, it was the same for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from tensorlint.alias import axes
from tensorlint.alias.axes import UNKNOWN_LAYOUT, Layout, Size
from tensorlint.alias.region import Overlap, Step, age_step, compare_paths, extend, rename_step
from tensorlint.ir import Origin, Place


class Sharing(Enum):
    """Whether the elements of two values overlap: in no execution, in some, in every one, or not known."""

    NONE = "none"
    POSSIBLE = "possible"
    DEFINITE = "definite"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Allocation:
    """What the instruction at ``site`` made when it last ran; ``old``: in all its earlier runs together.

    A computed number is an allocation too: its identity tells ``x[i]`` from ``x[i]`` after ``i`` changed.
    """

    site: Origin
    slot: int | str = 0
    old: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; holds no memory that could be shared. ``kind`` keeps ``1`` apart from ``True``."""

    value: object
    kind: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a parameter, a captured name or a global was bound to at entry.

    ``kind``: parameter, captured, global.
    """

    name: str
    kind: str = "parameter"


@dataclass(frozen=True, slots=True)
class Held:
    """What ``owner`` held under ``key`` when first looked at: ``.weight``, ``['image']``, ``[0]``, ``[*]``.

    An unknown element (``[*]``) is one that the instruction at ``site`` picked, so it has a newest and older
    ones.
    """

    owner: Object
    key: str
    site: Origin = 0
    old: bool = False
    slot: int | str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """The result of something the engine knows nothing about."""

    site: Origin
    slot: int | str = 0
    old: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, decided at ``site`` (an instruction, or ``-1 - block`` where branches meet).

    Where branches meet, two names with the same alternatives in the same order hold the same value whichever
    way control came. Where that order is lost (a loop comes round, choices are nested too deep), ``key``
    names the one holder that the choice was made for, and only copies of that holder are known to be equal.
    """

    site: Origin
    alternatives: tuple[Alternative, ...]
    key: str = ""
    old: bool = False


@dataclass(frozen=True, slots=True)
class Extent:
    """The length of one axis, an atom of :class:`~tensorlint.alias.axes.Size`; ``axis`` also ``"2:"``."""

    of: Object
    path: tuple[Step, ...]
    axis: int | str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number computed at ``site`` out of the lengths of axes: ``H * W``."""

    size: Size
    site: Origin
    old: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The lengths of (some of) a tensor's axes, as ``x.shape`` gives them; ``None`` for an unknown number."""

    of: Object
    path: tuple[Step, ...]
    sizes: tuple[Size, ...] | None = None


Object = Allocation | Constant | Given | Held | Opaque | Choice | Quantity | Shape


@dataclass(frozen=True, slots=True)
class Value:
    """What a name is bound to. ``type`` is a class name, empty when unknown; ``rank`` the number of axes.

    ``traits`` are words such as ``weights`` or ``stateless`` for modules. ``sites`` are the instructions
    whose newest result it mentions anywhere: :meth:`State.age` asks that of every value, so it is worked out
    once.
    """

    object: Object
    path: tuple[Step, ...] = ()
    type: str = ""
    layout: Layout = UNKNOWN_LAYOUT
    rank: int | None = None
    traits: frozenset[str] = frozenset()
    sites: frozenset[Origin] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sites = _newest(self.object)
        for step in self.path:
            sites |= step.sites()
        if self.layout.axes is not None:
            for atom in axes.atoms(self.layout):
                sites |= _newest_of_atom(atom)
        object.__setattr__(self, "sites", sites)

    def step(
        self, step: Step, layout: Layout = UNKNOWN_LAYOUT, rank: int | None = None, type: str | None = None
    ) -> Value:
        """This value seen through one more view step."""
        return replace(
            self,
            path=extend(self.path, step),
            layout=layout,
            rank=rank,
            type=self.type if type is None else type,
        )


@dataclass(frozen=True, slots=True)
class Alternative:
    """One value that a choice may be, and the condition in words; empty where a branch decides."""

    value: Value
    condition: str = ""


PLAIN_TYPE = "plain"
MUTABLE_PLAIN = ("builtins.list", "builtins.dict", "builtins.set")


def is_old(thing: Object) -> bool:
    return isinstance(thing, (Allocation, Held, Opaque, Choice, Quantity)) and thing.old


def is_plain(value: Value) -> bool:
    """Numbers, strings, shapes: nothing that a write could reach."""
    return value.type == PLAIN_TYPE or isinstance(value.object, Constant)


def alternatives(value: Value) -> Iterator[tuple[Value, str]]:
    """The values without choices that ``value`` may be, each with the conditions on the way to it."""
    if not isinstance(value.object, Choice):
        yield value, ""
        return
    for option in value.object.alternatives:
        for leaf, condition in alternatives(_seen_as(option.value, value)):
            yield leaf, " and ".join(filter(None, (option.condition, condition)))


def _seen_as(inner: Value, outer: Value) -> Value:
    """One alternative of ``outer``, through the view steps that were taken from the choice."""
    if not outer.path:
        if outer.type in ("", inner.type) or is_plain(inner) or inner.type:
            return inner
        return Value(inner.object, inner.path, outer.type, inner.layout, inner.rank, outer.traits)
    if is_plain(inner):
        return inner
    path = inner.path
    for step in outer.path:
        path = extend(path, step)
    return Value(inner.object, path, outer.type or inner.type, outer.layout, outer.rank, outer.traits)


def unfolded(value: Value) -> Iterator[Value]:
    """The value as it is, and with its choices opened one after the other."""
    yield value
    if isinstance(value.object, Choice):
        for option in value.object.alternatives:
            path = option.value.path
            for step in value.path:
                path = extend(path, step)
            yield from unfolded(replace(value, object=option.value.object, path=path))


def sharing(first: Value, second: Value) -> Sharing:
    """Whether the elements of two values overlap."""
    return shared_when(first, second)[0]


def shared_when(first: Value, second: Value) -> tuple[Sharing, str]:
    """Like :func:`sharing`, with the condition in words under which a possible sharing happens."""
    if first.object == second.object and not isinstance(first.object, Constant):
        if is_plain(first) or is_plain(second):
            return Sharing.NONE, ""
        return _of_paths(first, second), ""
    outcomes: set[Sharing] = set()
    condition = ""
    for left, when_left in _memories(first):
        for right, when_right in _memories(second):
            outcome = _without_choice(left, right)
            outcomes.add(outcome)
            if outcome in (Sharing.DEFINITE, Sharing.POSSIBLE):
                condition = condition or " and ".join(filter(None, dict.fromkeys((when_left, when_right))))
    if len(outcomes) == 1:
        return outcomes.pop(), condition
    if outcomes & {Sharing.DEFINITE, Sharing.POSSIBLE}:
        return Sharing.POSSIBLE, condition
    return Sharing.UNKNOWN, ""


def _memories(value: Value) -> list[tuple[Value, str]]:
    """The alternatives that are memory; where a value may be a number instead, that one shares nothing."""
    found = list(alternatives(value))
    return [option for option in found if not is_plain(option[0])] or found


def _of_paths(first: Value, second: Value) -> Sharing:
    overlap = compare_paths(first.path, second.path)
    if is_old(first.object) and overlap is Overlap.ALWAYS:
        return Sharing.POSSIBLE
    return {Overlap.ALWAYS: Sharing.DEFINITE, Overlap.NEVER: Sharing.NONE}.get(overlap, Sharing.POSSIBLE)


def _without_choice(first: Value, second: Value) -> Sharing:
    if is_plain(first) or is_plain(second):
        return Sharing.NONE
    if first.object == second.object:
        return _of_paths(first, second)
    kinds = {type(first.object), type(second.object)}
    if kinds <= {Allocation, Given}:
        return Sharing.NONE
    return Sharing.UNKNOWN


def root(thing: Object) -> Object:
    """Who held the object first: the outermost owner."""
    while isinstance(thing, Held):
        thing = thing.owner
    return thing


def family(thing: Object) -> Object:
    """What an element was picked from: all parameters of a module, all items of a caller's list."""
    while (
        isinstance(thing, Held) and thing.key == "[*]" and isinstance(thing.owner, Held) and thing.owner.old
    ):
        thing = thing.owner
    return (
        replace(thing, site=0, slot="", old=True) if isinstance(thing, Held) and thing.key == "[*]" else thing
    )


@dataclass(slots=True)
class State:
    """What is known at one program point. States are copied, never shared, when they change."""

    names: dict[Place, Value] = field(default_factory=dict)
    heap: dict[Object, dict[str, Value]] = field(default_factory=dict)
    blank: frozenset[Object] = frozenset()

    def copy(self) -> State:
        return State(dict(self.names), {key: dict(value) for key, value in self.heap.items()}, self.blank)

    def filled(self, value: Value) -> None:
        """The whole of a storage was written by its own name: from now on it holds data."""
        if self.blank and not value.path:
            self.blank -= {leaf.object for leaf, _ in alternatives(value)}

    def age(self, site: Origin) -> None:
        """The instruction at ``site`` runs again: what it made before becomes one of the older ones."""
        if not any(site in value.sites for value in self.names.values()) and not any(
            any(site in value.sites for value in contents.values()) or site in _newest(owner)
            for owner, contents in self.heap.items()
        ):
            return
        self.names = {name: age_value(value, site) for name, value in self.names.items()}
        heap: dict[Object, dict[str, Value]] = {}
        for owner, contents in self.heap.items():
            aged = {key: age_value(value, site) for key, value in contents.items()}
            target = age_object(owner, site)
            heap[target] = (
                _join_maps([heap[target], aged], site, _word_for(target)) if target in heap else aged
            )
        self.heap = heap
        self.blank = frozenset(age_object(thing, site) for thing in self.blank)


NO_SITES: frozenset[Origin] = frozenset()


def _newest(thing: Object) -> frozenset[Origin]:
    """The instructions whose newest result an object is or is made of."""
    if isinstance(thing, (Allocation, Opaque)):
        return NO_SITES if thing.old else frozenset((thing.site,))
    if isinstance(thing, (Constant, Given)):
        return NO_SITES
    if isinstance(thing, Held):
        return _newest(thing.owner) | (NO_SITES if thing.old else {thing.site})
    if isinstance(thing, Choice):
        found = NO_SITES.union(*(option.value.sites for option in thing.alternatives))
        return found if thing.old else found | {thing.site}
    if isinstance(thing, Quantity):
        return NO_SITES.union({thing.site}, *(_newest_of_atom(atom) for atom, _ in thing.size.powers))
    sizes = thing.sizes or ()
    found = NO_SITES.union(*(_newest_of_atom(atom) for size in sizes for atom, _ in size.powers))
    return found | _newest_of_atom(Extent(thing.of, thing.path, 0))


def _newest_of_atom(atom: Object | Extent) -> frozenset[Origin]:
    if isinstance(atom, Extent):
        return _newest(atom.of).union(*(step.sites() for step in atom.path))
    return _newest(atom)


def age_object(thing: Object, site: Origin) -> Object:
    if site not in _newest(thing):
        return thing
    if isinstance(thing, Choice):
        options = tuple(replace(o, value=age_value(o.value, site)) for o in thing.alternatives)
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
    known = () if value.layout.axes is None else axes.atoms(value.layout)
    layout = (
        axes.without_atoms(value.layout) if any(site in _newest_of_atom(a) for a in known) else value.layout
    )
    return replace(value, object=age_object(value.object, site), path=path, layout=layout)


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
        return Value(Opaque(site, key), type=common.type)
    return replace(common, object=Choice(site, options, key), path=())


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


def _join_maps(maps: Sequence[Mapping[str, Value]], site: Origin, prefix: str) -> dict[str, Value]:
    joined: dict[str, Value] = {}
    for name in {name: None for values in maps for name in values}:
        found = [values[name] for values in maps if name in values]
        joined[name] = join_values(found, site, prefix + name) if len(found) > 1 else found[0]
    return joined


def _filled_up(owner: Object, maps: Sequence[dict[str, Value]]) -> Sequence[dict[str, Value]]:
    """Contents with a value for every key: what a key that only some ways stored meant on the others."""
    keys = {key: None for contents in maps for key in contents}
    if all(len(contents) == len(keys) for contents in maps):
        return maps
    filled = []
    for contents in maps:
        initial = (
            {} if isinstance(owner, Allocation) else {k: Value(Held(owner, k)) for k in keys if k != "[*]"}
        )
        rest = {key: contents["[*]"] for key in keys if "[*]" in contents and key.startswith("[")}
        filled.append({**initial, **rest, **contents})
    return filled


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
    names = _join_maps([state.names for state in states], site, "")
    heap: dict[Object, dict[str, Value]] = {}
    for owner in {owner: None for state in states for owner in state.heap}:
        found = [state.heap[owner] for state in states if owner in state.heap]
        filled = _filled_up(owner, found) if len(found) > 1 else found
        heap[owner] = _join_maps(filled, site, _word_for(owner)) if len(found) > 1 else dict(found[0])
    return State(names, heap, _still_blank(states))


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
    found: set[Object] = set()
    for value in state.names.values():
        found.update(leaf.object for leaf, _ in alternatives(value))
    for contents in state.heap.values():
        for value in contents.values():
            found.update(leaf.object for leaf, _ in alternatives(value))
    return found
