"""Objects, paths of view steps, values and states; whether two values share elements; how states join.

A value names exactly one object. Where control flow or an undecided guard leaves several, that object is a
:class:`Choice` made once, at the place where the doubt arises: two names bound to the same choice still share
definitely, because whatever it was, it was the same for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Union

from tensorlint.alias.region import Overlap, Step, age_step, compare_paths, extend
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
    slot: int = 0
    old: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; holds no memory that could be shared. ``kind`` keeps ``1`` apart from ``True``."""

    value: object
    kind: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a parameter, a captured name or a global was bound to at entry. ``kind``: parameter, captured, global."""

    name: str
    kind: str = "parameter"


@dataclass(frozen=True, slots=True)
class Held:
    """What ``owner`` held under ``key`` when it was first looked at: ``.weight``, ``['image']``, ``[0]``, ``[*]``.

    An unknown element (``[*]``) is one that the instruction at ``site`` picked, so it has a newest and older ones.
    """

    owner: "Object"
    key: str
    site: Origin = 0
    old: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """The result of something the engine knows nothing about."""

    site: Origin
    slot: int = 0
    old: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, decided at ``site`` (an instruction, or ``-1 - block`` where branches meet)."""

    site: Origin
    alternatives: tuple["Alternative", ...]
    old: bool = False


Object = Union[Allocation, Constant, Given, Held, Opaque, Choice]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of strides. ``kind``: contiguous, permuted, strided, reversed, broadcast, unknown.

    ``order[i]`` is the contiguous source axis that stands at position ``i``, where it is known; axes that are
    not listed stand where they stood.
    """

    kind: str = "unknown"
    order: tuple[int, ...] = ()


UNKNOWN_LAYOUT = Layout()
CONTIGUOUS = Layout("contiguous")


@dataclass(frozen=True, slots=True)
class Value:
    """What a name is bound to. ``type`` is a class name, empty when unknown; ``rank`` the number of axes.

    ``traits`` are words such as ``weights`` or ``stateless`` for modules.
    """

    object: Object
    path: tuple[Step, ...] = ()
    type: str = ""
    layout: Layout = UNKNOWN_LAYOUT
    rank: int | None = None
    traits: frozenset[str] = frozenset()

    def step(self, step: Step, layout: Layout = UNKNOWN_LAYOUT, rank: int | None = None, type: str | None = None) -> "Value":
        """This value seen through one more view step."""
        return replace(
            self, path=extend(self.path, step), layout=layout, rank=rank, type=self.type if type is None else type
        )


@dataclass(frozen=True, slots=True)
class Alternative:
    """One value that a choice may be, and the condition in words; empty where a branch decides."""

    value: Value
    condition: str = ""


PLAIN_TYPE = "plain"
MUTABLE_PLAIN = ("builtins.list", "builtins.dict", "builtins.set")


def is_old(thing: Object) -> bool:
    return isinstance(thing, (Allocation, Held, Opaque, Choice)) and thing.old


def is_plain(value: Value) -> bool:
    """Numbers, strings, shapes: nothing that a write could reach."""
    return value.type == PLAIN_TYPE or isinstance(value.object, Constant)


def alternatives(value: Value) -> Iterator[tuple[Value, str]]:
    """The values without choices that ``value`` may be, each with the conditions on the way to it."""
    if not isinstance(value.object, Choice):
        yield value, ""
        return
    for option in value.object.alternatives:
        inner = option.value
        path = inner.path
        for step in value.path:
            path = extend(path, step)
        merged = replace(value, object=inner.object, path=path, type=value.type or inner.type)
        if is_plain(inner) or (inner.type and not value.path):
            merged = replace(merged, type=inner.type, layout=inner.layout, rank=inner.rank)
        for leaf, condition in alternatives(merged):
            yield leaf, " and ".join(filter(None, (option.condition, condition)))


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
    for left, when_left in alternatives(first):
        for right, when_right in alternatives(second):
            outcome = _without_choice(left, right)
            outcomes.add(outcome)
            if outcome in (Sharing.DEFINITE, Sharing.POSSIBLE):
                condition = condition or " and ".join(filter(None, dict.fromkeys((when_left, when_right))))
    if len(outcomes) == 1:
        return outcomes.pop(), condition
    if outcomes & {Sharing.DEFINITE, Sharing.POSSIBLE}:
        return Sharing.POSSIBLE, condition
    return Sharing.UNKNOWN, ""


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


Contents = Mapping[str, Value]


@dataclass(slots=True)
class State:
    """What is known at one program point. States are copied, never shared, when they change."""

    names: dict[Place, Value] = field(default_factory=dict)
    heap: dict[Object, dict[str, Value]] = field(default_factory=dict)
    blank: frozenset[Object] = frozenset()

    def copy(self) -> "State":
        return State(dict(self.names), {key: dict(value) for key, value in self.heap.items()}, self.blank)

    def filled(self, value: Value) -> None:
        """The whole of a storage was written by its own name: from now on it holds data."""
        if self.blank and not value.path:
            self.blank -= {leaf.object for leaf, _ in alternatives(value)}

    def age(self, site: Origin) -> None:
        """The instruction at ``site`` runs again: what it made before becomes one of the older ones."""
        if not any(_mentions(v, site) for v in self.names.values()) and not any(
            _object_mentions(owner, site) or any(_mentions(v, site) for v in contents.values())
            for owner, contents in self.heap.items()
        ):
            return
        self.names = {name: age_value(value, site) for name, value in self.names.items()}
        heap: dict[Object, dict[str, Value]] = {}
        for owner, contents in self.heap.items():
            aged = {key: age_value(value, site) for key, value in contents.items()}
            target = age_object(owner, site)
            heap[target] = _join_contents(heap[target], aged, site) if target in heap else aged
        self.heap = heap
        self.blank = frozenset(age_object(thing, site) for thing in self.blank)


def _object_mentions(thing: Object, site: Origin) -> bool:
    if isinstance(thing, Choice):
        return (thing.site == site and not thing.old) or any(_mentions(o.value, site) for o in thing.alternatives)
    if isinstance(thing, Held):
        return (thing.site == site and not thing.old) or _object_mentions(thing.owner, site)
    return isinstance(thing, (Allocation, Opaque)) and thing.site == site and not thing.old


def _mentions(value: Value, site: Origin) -> bool:
    return _object_mentions(value.object, site) or any(step.mentions(site) for step in value.path)


def age_object(thing: Object, site: Origin) -> Object:
    if not _object_mentions(thing, site):
        return thing
    if isinstance(thing, Choice):
        options = tuple(replace(o, value=age_value(o.value, site)) for o in thing.alternatives)
        return Choice(thing.site, options, thing.old or thing.site == site)
    if isinstance(thing, Held):
        return replace(thing, owner=age_object(thing.owner, site), old=thing.old or thing.site == site)
    assert isinstance(thing, (Allocation, Opaque))
    return replace(thing, old=True)


def age_value(value: Value, site: Origin) -> Value:
    if not _mentions(value, site):
        return value
    path: tuple[Step, ...] = ()
    for step in value.path:
        path = extend(path, age_step(step, site))
    return replace(value, object=age_object(value.object, site), path=path)


def join_values(first: Value, second: Value, site: Origin) -> Value:
    """One value that stands for either; ``site`` names the place where they meet."""
    if first == second:
        return first
    if first.object == second.object and first.path == second.path:
        return _blurred(first, second)
    if is_plain(first) and is_plain(second):
        return Value(Allocation(site), type=PLAIN_TYPE)
    options = dict.fromkeys((*_options(first, site), *_options(second, site)))
    merged: dict[tuple[Object, tuple[Step, ...]], Alternative] = {}
    for option in options:
        key = option.value.object, option.value.path
        known = merged.get(key)
        if known is None:
            merged[key] = option
        else:
            condition = known.condition if known.condition == option.condition else ""
            merged[key] = Alternative(_blurred(known.value, option.value), condition)
    found = tuple(sorted(merged.values(), key=repr))
    if len(found) == 1:
        return found[0].value
    if len(found) > MOST_ALTERNATIVES:
        return Value(Opaque(site), type=first.type if first.type == second.type else "")
    kept = [option.value for option in found if not is_plain(option.value)]
    return replace(_blur_all(kept) if kept else first, object=Choice(site, found), path=())


MOST_ALTERNATIVES = 12


def _options(value: Value, site: Origin) -> tuple[Alternative, ...]:
    """The alternatives of a value that meets another at ``site``; a choice is opened so that loops end."""
    if not isinstance(value.object, Choice):
        return (Alternative(value),)
    if value.object.site != site and not value.path and not _holds_choice_of(value.object, site):
        return (Alternative(value),)
    return tuple(Alternative(leaf, condition) for leaf, condition in alternatives(value))


def _holds_choice_of(thing: Choice, site: Origin) -> bool:
    return any(isinstance(o.value.object, Choice) for o in thing.alternatives)


def _blurred(first: Value, second: Value) -> Value:
    """The first value with what both agree on."""
    return replace(
        first,
        type=first.type if first.type == second.type else "",
        layout=first.layout if first.layout == second.layout else UNKNOWN_LAYOUT,
        rank=first.rank if first.rank == second.rank else None,
        traits=first.traits & second.traits,
    )


def _blur_all(values: list[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = _blurred(result, value)
    return result


def _join_contents(first: dict[str, Value], second: dict[str, Value], site: Origin) -> dict[str, Value]:
    joined: dict[str, Value] = {}
    for key in {**first, **second}:
        if key in first and key in second:
            joined[key] = join_values(first[key], second[key], site)
        else:
            joined[key] = first.get(key) or second[key]
    return joined


def join_states(first: State, second: State, site: Origin) -> State:
    """What is known where two paths meet. A name bound on one path only stays bound."""
    names: dict[Place, Value] = {}
    for name in {**first.names, **second.names}:
        if name in first.names and name in second.names:
            names[name] = join_values(first.names[name], second.names[name], site)
        else:
            names[name] = first.names.get(name) or second.names[name]
    heap: dict[Object, dict[str, Value]] = {}
    for owner in {**first.heap, **second.heap}:
        if owner in first.heap and owner in second.heap:
            heap[owner] = _join_contents(first.heap[owner], second.heap[owner], site)
        else:
            heap[owner] = dict(first.heap.get(owner) or second.heap[owner])
    return State(names, heap, first.blank & second.blank | _only_known_to_one(first, second))


def _only_known_to_one(first: State, second: State) -> frozenset[Object]:
    """Blank storages that the other path never made."""
    difference = first.blank ^ second.blank
    if not difference:
        return frozenset()
    known_first, known_second = _objects(first), _objects(second)
    return frozenset(t for t in difference if not (t in known_first and t in known_second))


def _objects(state: State) -> set[Object]:
    found: set[Object] = set()
    for value in state.names.values():
        found.update(leaf.object for leaf, _ in alternatives(value))
    for contents in state.heap.values():
        for value in contents.values():
            found.update(leaf.object for leaf, _ in alternatives(value))
    return found
