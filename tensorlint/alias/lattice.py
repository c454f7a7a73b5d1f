"""Objects, paths of view steps, values and states; whether two values share elements; how states join.

A value names exactly one object. Where control flow or an undecided guard leaves several, that object is a
:class:`Choice` made once, at the place where the doubt arises: two names bound to the same choice still share
definitely, because whatever it was, it was the same for both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from tensorlint.alias import axes
from tensorlint.alias.axes import UNKNOWN_LAYOUT, Layout, Size
from tensorlint.alias.region import Overlap, Step, compare_paths, extend, same_region
from tensorlint.ir import Origin


class Sharing(Enum):
    """Whether the elements of two values overlap: in no execution, in some, in every one, or not known."""

    NONE = "none"
    POSSIBLE = "possible"
    DEFINITE = "definite"
    UNKNOWN = "unknown"


class Hashed:
    """Remembers its hash: objects hold objects, and every state looks all of them up again and again."""

    __slots__ = ("_hash",)
    _hash: int


Made = TypeVar("Made", bound=type[Hashed])


def remembers_hash(made: Made) -> Made:
    """Put a hash that is worked out once in place of the one that a dataclass has."""
    work_out = made.__hash__

    def remembered(self: Hashed) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", work_out(self))  # frozen: only the hash is added
            return self._hash

    made.__hash__ = remembered  # type: ignore[method-assign,assignment]
    return made


@remembers_hash
@dataclass(frozen=True, slots=True)
class Allocation(Hashed):
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


@remembers_hash
@dataclass(frozen=True, slots=True)
class Held(Hashed):
    """What ``owner`` held under ``key`` when first looked at: ``.weight``, ``['image']``, ``[0]``, ``[*]``.

    An unknown element (``[*]``) is one that the instruction at ``site`` picked, so it has a newest and older
    ones.
    """

    owner: Object
    key: str
    site: Origin = 0
    old: bool = False
    slot: int | str = ""


@remembers_hash
@dataclass(frozen=True, slots=True)
class Opaque(Hashed):
    """The result of something the engine knows nothing about."""

    site: Origin
    slot: int | str = 0
    old: bool = False


@remembers_hash
@dataclass(frozen=True, slots=True)
class Choice(Hashed):
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
    """The lengths of (some of) a tensor's axes, as ``x.shape`` gives them; ``None`` for an unknown number, of
    which those at both ``ends`` may be known.
    """

    of: Object
    path: tuple[Step, ...]
    sizes: tuple[Size, ...] | None = None
    ends: tuple[tuple[Size, ...], tuple[Size, ...]] = ((), ())

    def size(self, axis: int) -> Size | None:
        """The length of one axis, negative numbers counting from the end; ``None`` where there is none."""
        if self.sizes is not None:
            return self.sizes[axis] if -len(self.sizes) <= axis < len(self.sizes) else None
        known = self.ends[0] if axis >= 0 else self.ends[1]
        is_known = axis < len(known) if axis >= 0 else -axis <= len(known)
        return known[axis] if is_known else axes.unknown(Extent(self.of, self.path, axis))


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
        sites = newest(self.object)
        for step in self.path:
            sites |= step.sites()
        if self.layout.axes is not None:
            for atom in axes.atoms(self.layout):
                sites |= newest_of_atom(atom)
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
class Kind:
    """A class name, empty when unknown, and of a container what it contains.

    ``parts`` holds one kind for all elements, or with ``each`` one for every position of a tuple.
    ``literal`` is what a call hands to a parameter that is a flag, or leaves at its default: ``copy=False``.
    """

    type: str = ""
    parts: tuple[Kind, ...] = ()
    each: bool = False
    literal: Constant | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """One value that a choice may be, and the condition in words; empty where a branch decides."""

    value: Value
    condition: str = ""


PLAIN_TYPE = "plain"


def is_old(thing: Object) -> bool:
    """Whether an earlier turn of a loop made it, or what holds it: it stands for many, if none was picked."""
    if isinstance(thing, Held) and not str(thing.slot).startswith(PICKED) and is_old(thing.owner):
        return True
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
        for leaf, condition in alternatives(seen_as(option.value, value)):
            yield leaf, " and ".join(filter(None, (option.condition, condition)))


def seen_as(inner: Value, outer: Value) -> Value:
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


def same_elements(first: Value, second: Value) -> bool:
    """Whether two values are the same elements of one object, each in the same place."""
    return (
        first.object == second.object
        and len(first.path) == len(second.path)
        and all(same_region(a, b) for a, b in zip(first.path, second.path, strict=True))
    )


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
    if _is_deep_copy(first.object) != _is_deep_copy(second.object) and not (
        _may_hold(first.object, second.object) or _may_hold(second.object, first.object)
    ):
        return Sharing.NONE
    if {type(first.object), type(second.object)} <= {Allocation, Given}:
        return Sharing.NONE
    makers = _maker(first.object), _maker(second.object)
    apart = None not in makers and makers[0] != makers[1]  # of one maker, they may be the same of many
    return Sharing.NONE if apart else Sharing.UNKNOWN


PICKED = "one"  # begins the slot of one of the many that its owner stands for, and does not hold


def _maker(thing: Object) -> object:
    """What tells memory apart: where it was made, or what was handed in; None where neither is known."""
    if isinstance(thing, Given):
        return thing
    while isinstance(thing, Held) and str(thing.slot).startswith(PICKED):
        thing = thing.owner
    return replace(thing, old=False) if isinstance(thing, Allocation) else None


DEEP = "deep"  # slot of what a deep copy makes: nobody else holds any of it


def _is_deep_copy(thing: Object) -> bool:
    """Whether an object is a deep copy, or is held by one since it was made."""
    made = root(thing)
    return isinstance(made, Allocation) and str(made.slot).startswith(DEEP)


def _may_hold(thing: Object, copy: Object) -> bool:
    """Whether something unknown may have been made of a deep copy, or of what that holds."""
    maker, made = root(thing), root(copy)
    return isinstance(maker, Opaque) and isinstance(made, Allocation) and not 0 < maker.site < made.site


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


def typed(value: Value, type: str) -> Value:
    """A value of which only its use tells the type; of a choice, where all are items of one container."""
    if not isinstance(value.object, Choice):
        return replace(value, type=type)
    options = value.object.alternatives
    if any(each.value.type for each in options) or len({_way_to(each.value.object) for each in options}) > 1:
        return value
    found = tuple(replace(each, value=typed(each.value, type)) for each in options)
    return replace(value, object=replace(value.object, alternatives=found), type=type)


def no_number(value: Value) -> Value:
    """A choice without the numbers that it may be: what is indexed, or reshaped, is an array."""
    if not isinstance(value.object, Choice):
        return value
    options = tuple(each for each in value.object.alternatives if not is_plain(each.value))
    if len(options) == len(value.object.alternatives) or not options:
        return value
    if len(options) == 1:
        return replace(options[0].value, path=(*options[0].value.path, *value.path))
    return replace(value, object=replace(value.object, alternatives=options))


def _way_to(thing: Object) -> tuple[object, ...]:
    """From where an item was reached, and under which keys, whichever of many it is."""
    keys: list[str] = []
    while isinstance(thing, Held):
        if not str(thing.slot).startswith(PICKED):
            keys.append(thing.key)
        thing = thing.owner
    return (thing, *keys)


def is_picked(thing: Object, summary: Object) -> bool:
    """Whether ``thing`` was picked out of the many that ``summary`` stands for: what a loop or a call
    made.
    """
    return isinstance(thing, Held) and thing.key == "[*]" and thing.owner == summary and is_old(summary)


def objects(value: Value) -> Iterator[Object]:
    """All that a value may be, and the choices between them; `alternatives` adds how each is seen."""
    yield value.object
    if isinstance(value.object, Choice):
        for option in value.object.alternatives:
            yield from objects(option.value)


NO_SITES: frozenset[Origin] = frozenset()


def is_newest(thing: Object, site: Origin) -> bool:
    """Whether ``site`` is among :func:`newest`: asked of every object in every turn, so it makes no set."""
    if isinstance(thing, (Allocation, Opaque)):
        return thing.site == site and not thing.old
    if isinstance(thing, (Constant, Given)):
        return False
    if isinstance(thing, Held):
        return (thing.site == site and not thing.old) or is_newest(thing.owner, site)
    return site in newest(thing)


def newest(thing: Object) -> frozenset[Origin]:
    """The instructions whose newest result an object is or is made of."""
    if isinstance(thing, (Allocation, Opaque)):
        return NO_SITES if thing.old else frozenset((thing.site,))
    if isinstance(thing, (Constant, Given)):
        return NO_SITES
    if isinstance(thing, Held):
        return newest(thing.owner) | (NO_SITES if thing.old else {thing.site})
    if isinstance(thing, Choice):
        found = NO_SITES.union(*(option.value.sites for option in thing.alternatives))
        return found if thing.old else found | {thing.site}
    if isinstance(thing, Quantity):
        return NO_SITES.union({thing.site}, *(newest_of_atom(atom) for atom, _ in thing.size.powers))
    sizes = thing.sizes or (*thing.ends[0], *thing.ends[1])
    found = NO_SITES.union(*(newest_of_atom(atom) for size in sizes for atom, _ in size.powers))
    return found | newest_of_atom(Extent(thing.of, thing.path, 0))


def newest_of_atom(atom: Object | Extent) -> frozenset[Origin]:
    if isinstance(atom, Extent):
        return newest(atom.of).union(*(step.sites() for step in atom.path))
    return newest(atom)
