"""A value as plain data that can be compared after the value has changed."""

from __future__ import annotations

from typing import Any

from .registry import owner
from .walk import children

# Nested tuples of strings and bytes: hashable, and equal exactly where the values are bitwise equal.
Picture = tuple[Any, ...]

_EXACT = (str, bytes, bool, int, type(None), range)
_CONTAINERS = (list, tuple, dict, set, frozenset)


def picture(value: object) -> Picture:
    """``value`` as it is now. Objects count by their attributes: a twin may have its own class."""
    return _take(value, {})


def _take(value: object, done: dict[int, tuple[object, Picture]]) -> Picture:
    """``done`` keeps each object beside its picture: an id means something only while its object lives."""
    if type(value) in _EXACT:
        return (type(value).__name__, repr(value))
    if isinstance(value, complex):
        return ("complex", value.real.hex(), value.imag.hex())
    if isinstance(value, float):
        return ("float", value.hex())
    if isinstance(value, type):
        return ("class", value.__name__)
    if id(value) in done:
        return done[id(value)][1]
    done[id(value)] = (value, ("itself",))  # what a cycle meets
    taken = _inside(value, done)
    done[id(value)] = (value, taken)
    return taken


def _inside(value: object, done: dict[int, tuple[object, Picture]]) -> Picture:
    asked = owner(value)
    if asked is not None:
        dtype, shape, data = asked.content(value)
        return (
            "tensor",
            asked.NAME,
            dtype,
            shape,
            data,
            tuple(_take(item, done) for item in asked.members(value)),
        )
    kind = next((known.__name__ for known in _CONTAINERS if isinstance(value, known)), "object")
    inside = tuple((repr(key), _take(child, done)) for key, child in children(value))
    if kind == "object" and not inside:
        # Atoms of a library, such as a dtype or a NumPy scalar; the address in a default repr is no value.
        return (kind, repr(value).partition(" at 0x")[0])
    return (kind, inside)
