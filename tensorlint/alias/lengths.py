"""Numbers that are lengths of axes: what ``.shape`` gives, what is computed of it, what a view asks for."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from tensorlint import ir
from tensorlint.alias import axes, containers
from tensorlint.alias.axes import Size
from tensorlint.alias.lattice import (
    PLAIN_TYPE,
    Choice,
    Constant,
    Extent,
    Given,
    Held,
    Object,
    Quantity,
    Shape,
    Value,
    is_old,
    is_plain,
)
from tensorlint.alias.state import State

MOST_FACTORS = 8
SPREAD = "spread"  # trait of what a call hands over as `*lengths`: as many as there are
REMAINING = axes.length(-1)  # "whatever is left", as in `view(n, -1)`

_EXACT: Mapping[str, Callable[[int, int], int]] = MappingProxyType(
    {"+": operator.add, "-": operator.sub, "%": operator.mod, "**": operator.pow}
)


def is_aged(thing: Object) -> bool:
    """Whether an object stands for several of earlier turns: then its lengths are no atoms."""
    while isinstance(thing, Held):
        if thing.old:
            return True
        thing = thing.owner
    return is_old(thing)


def size_of(value: Value) -> Size | None:
    """The number that a value is, ``None`` where it is none or may differ between two looks."""
    thing = value.object
    if isinstance(thing, Constant):
        return (
            axes.length(thing.value)
            if isinstance(thing.value, int) and not isinstance(thing.value, bool)
            else None
        )
    if isinstance(thing, Quantity):
        return thing.size
    if isinstance(thing, Shape) or is_aged(thing) or value.path:
        return None
    return axes.unknown(thing)


def is_number(value: Value) -> bool:
    """Whether a value holds one or several lengths."""
    return is_plain(value) or value.type in ("builtins.tuple", "builtins.list")


def number(size: Size, site: ir.Origin) -> Value:
    """A length as a value."""
    if size.number is not None:
        return containers.constant(size.number)
    if size.atom is not None and not isinstance(size.atom, Extent):
        return Value(size.atom, type=PLAIN_TYPE)
    return Value(Quantity(size, site), type=PLAIN_TYPE)


def entry(shape: Value, index: int, site: ir.Origin) -> Value | None:
    """``shape[index]``"""
    if not isinstance(shape.object, Shape):
        return None
    size = shape.object.size(index)
    return None if size is None else number(size, site)


def item(shape: Value, index: ir.Index, site: ir.Origin) -> Value | None:
    """A subscript of a shape with literal numbers."""
    thing = shape.object
    if not isinstance(thing, Shape) or len(index) != 1:
        return None
    selector = index[0]
    if isinstance(selector, ir.Pick):
        literal = selector.value.value if isinstance(selector.value, ir.Literal) else None
        return entry(shape, literal, site) if isinstance(literal, int) else None
    bounds = [
        b.value if isinstance(b, ir.Literal) else b for b in (selector.lower, selector.upper, selector.step)
    ]
    if not all(bound is None or isinstance(bound, int) for bound in bounds):
        return None
    lower, upper, step = (bound if isinstance(bound, int) else None for bound in bounds)
    if thing.sizes is not None:
        return Value(Shape(thing.of, thing.path, thing.sizes[lower:upper:step]), type=PLAIN_TYPE)
    if step is None and lower in (None, 0) and upper is not None and upper > 0:
        return Value(Shape(thing.of, thing.path, _sizes(thing, range(upper))), type=PLAIN_TYPE)
    if step is None and upper is None and lower is not None and lower < 0:
        return Value(Shape(thing.of, thing.path, _sizes(thing, range(lower, 0))), type=PLAIN_TYPE)
    return None


def _sizes(shape: Shape, wanted: Iterable[int]) -> tuple[Size, ...]:
    return tuple(size for axis in wanted if (size := shape.size(axis)) is not None)


def entries(shape: Value, site: ir.Origin) -> list[Value]:
    """All entries of a shape, none where their number is not known."""
    if not isinstance(shape.object, Shape) or shape.object.sizes is None:
        return []
    return [number(size, site) for size in shape.object.sizes]


def computed(operation: str, values: Sequence[Value], state: State, site: ir.Origin) -> Value | None:
    """Arithmetic on lengths, and shapes put one behind the other."""
    if len(values) == 1:
        size = size_of(values[0])
        if operation == "-" and size is not None and size.number is not None:
            return containers.constant(-size.number)
        return None
    if len(values) != 2:
        return None
    if operation == "+" and any(isinstance(value.object, Shape) for value in values):
        return _concatenated(values, state)
    if not all(is_plain(value) or not value.type for value in values):
        return None
    type = PLAIN_TYPE if all(is_plain(value) for value in values) else ""  # a tensor, perhaps: who knows
    first, second = map(size_of, values)
    if (
        first is None
        or second is None
        or (first.number is None and second.number is None and operation in _EXACT)
    ):
        return None
    if operation == "*":
        return _product(first * second, site, type)
    if first.number is not None and second.number is not None:
        if operation in _EXACT and not (operation == "%" and second.number == 0) and abs(second.number) < 64:
            return (
                containers.constant(_EXACT[operation](first.number, second.number))
                if second.number >= 0
                else None
            )
        return (
            containers.constant(first.number // second.number)
            if operation == "//" and second.number
            else None
        )
    return _product(first / second, site, type) if operation == "//" and second.factor else None


def _product(size: Size, site: ir.Origin, type: str) -> Value | None:
    if len(size.powers) > MOST_FACTORS:
        return None
    return number(size, site) if type else Value(Quantity(size, site))


def _concatenated(values: Sequence[Value], state: State) -> Value | None:
    sizes: list[Size] = []
    shape: Shape | None = None
    for value in values:
        found = requested(state, [value])
        if found is None:
            return None
        shape = value.object if isinstance(value.object, Shape) else shape
        sizes += [size if size is not None else REMAINING for size in found]
    return Value(Shape(shape.of, shape.path, tuple(sizes)), type=PLAIN_TYPE) if shape is not None else None


def requested(state: State, values: Sequence[Value]) -> tuple[Size | None, ...] | None:
    """The lengths that the arguments of a view ask for, as numbers or as one tuple or shape.

    ``None`` stands for a length that is not known; for all of them where not even their number is known.
    """
    if len(values) == 1:
        thing, contents = values[0].object, state.heap.get(values[0].object, {})
        if isinstance(thing, Shape):
            return thing.sizes
        if values[0].type in ("builtins.tuple", "builtins.list"):
            if containers.REST in contents or isinstance(thing, Choice):
                return None
            values = [contents[key] for key in (f"[{n}]" for n in range(len(contents))) if key in contents]
        elif not isinstance(thing, (Constant, Quantity)):
            return None
    if any(_is_no_number(value) or SPREAD in value.traits for value in values):
        return None
    return tuple(size_of(value) for value in values)


def _is_no_number(value: Value) -> bool:
    if isinstance(value.object, Constant):
        return size_of(value) is None
    return (
        isinstance(value.object, Given)
        and value.object.kind == "global"
        and not value.object.name.startswith(".")
    )
