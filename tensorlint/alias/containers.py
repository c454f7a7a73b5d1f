"""Lists, tuples, dicts and attributes: what is stored where, and what comes out again.

Contents live in :attr:`State.heap` under string keys: ``[0]`` and ``['name']`` for known positions, ``[*]``
for all others, ``.name`` for attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tensorlint.alias.lattice import (
    PICKED,
    PLAIN_TYPE,
    Allocation,
    Choice,
    Constant,
    Given,
    Held,
    Object,
    Opaque,
    Shape,
    Value,
    alternatives,
    is_old,
    is_plain,
)
from tensorlint.alias.region import At, Step
from tensorlint.alias.state import State, one_of
from tensorlint.ir import Origin

REST = "[*]"
SNAPSHOTS = ("tensorflow.VariableSlice",)  # hold a variable to be assigned, and have elements of their own
DEEPEST = 6
CONTAINERS = (
    "builtins.list",
    "builtins.tuple",
    "builtins.dict",
    "builtins.set",
    "builtins.iter",
    "collections.deque",
)


def plain(site: Origin, slot: int = 0) -> Value:
    """A number or string computed at ``site``."""
    return Value(Allocation(site, slot), type=PLAIN_TYPE)


def constant(value: object) -> Value:
    return Value(Constant(value, type(value).__name__), type=PLAIN_TYPE)


def unknown(site: Origin, slot: int | str = 0, type: str = "") -> Value:
    return Value(Opaque(site, slot), type=type)


def key_of(value: object) -> str:
    """The heap key of a literal subscript."""
    return f"[{value!r}]"


def store(state: State, container: Value, key: str, value: Value) -> None:
    """``container`` holds ``value`` under ``key`` from now on; strongly where it is one known object."""
    for owner, only in _owners(container):
        contents = state.contents(owner)
        if key != REST and only and not is_old(owner):
            contents[key] = value
        elif key in contents:
            contents[key] = _summary([contents[key], value], _site_of(owner), key)
        else:
            contents[key] = value


def add(state: State, container: Value, value: Value, site: Origin) -> None:
    """``container`` holds ``value`` too, at a position that is not known."""
    for owner, _ in _owners(container):
        contents = state.contents(owner)
        contents[REST] = _summary([contents[REST], value], site, REST) if REST in contents else value


def add_to_held(state: State, container: Value, value: Value, site: Origin) -> None:
    """A dictionary of unknown contents holds ``value`` too, beside the like: others were there before."""
    for owner, only in _owners(container):
        if only and owner not in state.heap and isinstance(owner, (Given, Held)):
            state.contents(owner)[REST] = Value(Held(owner, REST, 0, True), type=value.type)
    add(state, container, value, site)


def _summary(values: list[Value], site: Origin, key: str) -> Value:
    """What stands for several elements at once; :func:`pick` makes one of them out of it."""
    found = one_of([leaf for value in values for leaf in alternatives(value)], site, key)
    if found.object == Opaque(site, key):  # too many to tell apart: it stands for all of them
        return replace(found, object=replace(found.object, old=True))
    return found


def _owners(container: Value) -> list[tuple[Object, bool]]:
    if isinstance(container.object, Choice):
        return [(leaf.object, False) for leaf, _ in alternatives(container)]
    return [(container.object, True)]


def _site_of(owner: Object) -> Origin:
    return getattr(owner, "site", 0)


def load(state: State, container: Value, key: str) -> Value | None:
    """What is stored under one known key, ``None`` where nothing is known of it, or only what it may be."""
    contents = state.heap.get(container.object)
    if contents is None:
        return None
    rest = contents.get(REST)
    if rest is None and key.startswith("[-") and key[2:-1].isdigit():
        key = f"[{len(contents) - int(key[2:-1])}]"
    if key in contents:
        return contents[key]
    if rest is None or key.startswith("."):
        return None
    if _is_any_piece(rest):
        return numbered(rest, key)
    many = is_old(rest.object) or any(step.old for step in rest.path)
    several = many or isinstance(rest.object, Choice) or len(contents) > 1
    return None if several else rest


def item_of_many(state: State, container: Value, key: str) -> Value | None:
    """What a known key holds, where only a summary of all elements is known: always the same object."""
    rest = state.heap.get(container.object, {}).get(REST)
    if rest is None or not (isinstance(rest.object, Held) and rest.object.old and rest.object.key == REST):
        return None
    item = Held(rest.object.owner, key)
    _hold_alike(state, item, rest.object)
    return replace(rest, object=item)


def _hold_alike(state: State, item: Object, summary: Object) -> None:
    """What all that a summary stands for hold at first, one of them holds: tensors, in a list of dicts."""
    if item in state.heap:
        return
    for key, value in state.heap.get(summary, {}).items():
        if isinstance(value.object, Held) and value.object.owner == summary:
            inner = replace(value.object, owner=item)
            state.contents(item)[key] = replace(value, object=inner)
            _hold_alike(state, inner, value.object)


def forget_positions(state: State, container: Value, site: Origin) -> None:
    """Elements were removed, inserted or reordered: from now on any of them may be anywhere."""
    for owner, _ in _owners(container):
        found = [key for key in state.heap.get(owner, {}) if key.startswith("[")]
        if found:
            contents = state.contents(owner)
            moved = [contents.pop(key) for key in found]
            contents[REST] = _summary(moved, site, REST) if len(moved) > 1 else moved[0]


def _is_any_piece(value: Value) -> bool:
    """Whether a value stands for all the disjoint parts of one split; a numbered one is just that part."""
    return bool(value.path) and value.path[-1].kind == "piece" and not value.path[-1].axes


def numbered(value: Value, key: str) -> Value:
    """Part ``key`` of several disjoint parts, where the container's elements are such parts."""
    if _is_any_piece(value) and key[1:-1].lstrip("-").isdigit():
        last = value.path[-1]
        return replace(value, path=(*value.path[:-1], replace(last, axes=(At(int(key[1:-1])),))))
    return value


def held(owner: Value, key: str, site: Origin, type: str = "") -> Value:
    """What an object of unknown contents holds under ``key``, looked up at ``site``; anything, if too deep.

    A known key is the same thing whoever asks; an element at an unknown position is the one that ``site``
    picked.
    """
    depth, thing = 0, owner.object
    while isinstance(thing, Held):
        depth, thing = depth + 1, thing.owner
    if depth >= DEEPEST:
        return unknown(site, key, type)
    return Value(Held(owner.object, key, site if key == REST else 0), type=type)


def elements(state: State, container: Value) -> list[Value]:
    """Everything known that a container holds at any position."""
    found: dict[Value, None] = {}
    for owner, _ in _owners(container):
        for key, value in state.heap.get(owner, {}).items():
            if key.startswith("["):
                found[value] = None
    return list(found)


def fields(state: State, record: Value) -> list[Value]:
    """What an object of a class of this file, made here, has in its attributes."""
    if not record.type.startswith(".") or not isinstance(record.object, Allocation):
        return []
    held = state.heap.get(record.object, {})
    return [value for key, value in held.items() if key.startswith(".")]


def is_listed(state: State, container: Value) -> bool:
    """Whether all elements and their order are known; of a shape, they are its lengths."""
    contents = state.heap.get(container.object)
    return isinstance(container.object, Shape) if contents is None else REST not in contents


def pick(
    state: State, container: Value, site: Origin, position: int | str = "", when: str = ""
) -> Value | None:
    """An element at a position that is not known; ``None`` where nothing is known of the contents.

    ``position`` tells elements apart that one instruction takes out. ``when`` is the condition under which it
    is one of several.
    """
    found = elements(state, container)
    if not found:
        return None
    leaves = [
        (_picked(leaf, site, position), when or known)
        for value in found
        for leaf, known in alternatives(value)
    ]
    for owner, only in _owners(container):
        # One of several containers, and nothing is known of what it holds; None holds nothing.
        if not only and owner not in state.heap and not isinstance(owner, Constant):
            leaves.append((held(Value(owner), REST, site), when))
    return one_of(leaves, site, f"pick{position}")


def _picked(value: Value, site: Origin, position: int | str) -> Value:
    """One of the many that a summary stands for."""
    if _is_any_piece(value):
        last = value.path[-1]
        number = At(Allocation(site, f"piece{position}"))
        return replace(value, path=(*value.path[:-1], Step(last.site, "piece", (number,), last.old)))
    if value.path and value.path[-1].old and value.path[-1].selects:
        number = At(Allocation(site, f"some{position}"))
        return replace(value, path=(*value.path[:-1], Step(site, "some", (number,))))
    if is_plain(value) or value.type in CONTAINERS:
        return value
    if is_old(value.object) and isinstance(value.object, (Allocation, Held, Opaque)):
        return replace(value, object=Held(value.object, REST, site, slot=f"{PICKED}{position}"))
    return value


def reachable(state: State, value: Value, depth: int = 3) -> Iterator[Value]:
    """A value and what its containers hold, a few levels deep."""
    yield value
    if depth == 0 or is_plain(value) or value.type in SNAPSHOTS:
        return
    for leaf, _ in alternatives(value):
        for inner in state.heap.get(leaf.object, {}).values():
            if inner.object != leaf.object:
                yield from reachable(state, inner, depth - 1)
