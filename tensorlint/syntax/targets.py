"""Assignment to names, attributes, subscripts and nested tuples of them (libcst)."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from tensorlint.ir import Bind, Operand, Place, SetAttribute, SetItem, StoreGlobal, Unpack
from tensorlint.syntax.expressions import index
from tensorlint.syntax.lowerer import Lowerer


def assign(f: Lowerer, target: cst.BaseExpression, value: Operand, at: cst.CSTNode) -> None:
    """``target = value``, the value being evaluated already; ``at`` is what a report points to."""
    if isinstance(target, cst.Name):
        place = f.scope.store(target.value)
        if place is None:
            f.emit(StoreGlobal(f.origin(at), target.value, value))
        else:
            f.emit(Bind(f.origin(at), place, value))
    elif isinstance(target, cst.Attribute):
        base = f.place(target.value)
        f.emit(SetAttribute(f.origin(at), base, target.attr.value, value))
    elif isinstance(target, cst.Subscript):
        container = f.value(target.value)
        selectors = index(f, target.slice)
        f.emit(SetItem(f.origin(at), container, selectors, value))
    elif isinstance(target, (cst.Tuple, cst.List)):
        unpack(f, target.elements, value, at)
    elif isinstance(target, cst.StarredElement):
        assign(f, target.value, value, at)


def unpack(f: Lowerer, elements: Sequence[cst.BaseElement], value: Operand, at: cst.CSTNode) -> None:
    """``a, *b, c[0] = value``: names directly, everything else through a temporary."""
    places: list[Place] = []
    later: list[tuple[cst.BaseExpression, Place]] = []
    star: int | None = None
    for position, element in enumerate(elements):
        if isinstance(element, cst.StarredElement):
            star = position
        place = f.scope.store(element.value.value) if isinstance(element.value, cst.Name) else None
        if place is None:
            place = f.temp()
            later.append((element.value, place))
        places.append(place)
    f.emit(Unpack(f.origin(at), tuple(places), value, star))
    for target, place in later:
        assign(f, target, place, at)


def receive(f: Lowerer, target: cst.BaseExpression) -> Place:
    """The place that an instruction may write for a target; :func:`deliver` moves it on where it must."""
    place = f.scope.store(target.value) if isinstance(target, cst.Name) else None
    return f.temp() if place is None else place


def deliver(f: Lowerer, target: cst.BaseExpression, place: Place) -> None:
    """Complete the assignment that :func:`receive` began."""
    if not isinstance(target, cst.Name) or f.scope.store(target.value) is None:
        assign(f, target, place, target)
