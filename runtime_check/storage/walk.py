"""Finds the leaves in a value: through containers and attributes, which is where modules keep theirs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from .extent import Extent, overlaps
from .registry import owner

_ATOMS = (str, bytes, int, float, complex, type(None), type, range)
# A function is code, and what its closure holds is not its value.
_CODE = (ModuleType, FunctionType, BuiltinFunctionType)


def leaves(value: object) -> tuple[Any, ...]:
    """The tensors and arrays that can be reached from ``value``, each once, in a fixed order."""
    return tuple(_search(value))


def _search(value: object) -> Iterator[Any]:
    seen: dict[int, object] = {}  # the objects are kept: an id means something only while its object lives
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, _ATOMS) or id(current) in seen:
            continue
        seen[id(current)] = current
        asked = owner(current)
        if asked is not None:
            yield current
            pending.extend(asked.members(current))
        else:
            pending.extend(reversed([child for _, child in children(current)]))


def children(value: object) -> Iterable[tuple[object, object]]:
    """What a value that is no leaf holds, with the key, index or attribute that leads there."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, (list, tuple, deque)):
        return list(enumerate(value))
    if isinstance(value, (set, frozenset)):
        return [("item", item) for item in sorted(value, key=repr)]
    if isinstance(value, _CODE):
        return ()
    if isinstance(value, MethodType):
        return [("__self__", value.__self__)]
    return list(_attributes(value))


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)


def extents(value: object) -> tuple[Extent, ...]:
    """The memory of all leaves in ``value`` that have elements."""
    blocks: list[Extent] = []
    for leaf in leaves(value):
        asked = owner(leaf)
        assert asked is not None
        blocks.extend(block for block in asked.extents(leaf) if not block.empty)
    return tuple(blocks)


def values_overlap(a: object, b: object) -> bool | None:
    """Whether an element of ``a`` shares a byte with one of ``b``; None where either has no elements."""
    left, right = extents(a), extents(b)
    if not left or not right:
        return None
    return any(overlaps(x, y) for x in left for y in right)


def one_storage(values: Iterable[object]) -> bool:
    """Whether all elements lie in one allocation."""
    return len({(block.space, block.storage) for value in values for block in extents(value)}) == 1
