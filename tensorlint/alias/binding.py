"""Bind the arguments of a call to the parameters of a signature, or of a function of the file."""

from __future__ import annotations

from typing import TypeGuard

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.guards import Actual
from tensorlint.alias.kinds import kind_of
from tensorlint.alias.lattice import Constant, Kind, Object, Opaque, Value
from tensorlint.alias.state import State
from tensorlint.knowledge import effects
from tensorlint.knowledge.effects import Path, Signature

Arguments = list[tuple[str | None, int, Actual]]  # keyword, stars, what was passed


def bind(signature: Signature, arguments: Arguments) -> dict[str, Actual | tuple[Actual, ...]]:
    """Arguments to parameters; what is missing takes its default."""
    bound: dict[str, Actual | tuple[Actual, ...]] = {}
    positional = [actual for keyword, stars, actual in arguments if keyword is None and stars == 0]
    unpacked = [actual for _, stars, actual in arguments if stars]
    keywords = {keyword: actual for keyword, stars, actual in arguments if keyword is not None}
    for parameter in signature.parameters:
        if parameter.kind == "*":
            bound[parameter.name] = (*positional, *unpacked)
            positional = []
        elif parameter.kind == "**":
            bound[parameter.name] = tuple(actual for name, actual in keywords.items() if name not in bound)
        elif parameter.kind in ("either", "positional") and positional:
            bound[parameter.name] = positional.pop(0)
        elif parameter.name in keywords:
            bound[parameter.name] = keywords[parameter.name]
        elif parameter.default:
            bound[parameter.name] = _default(parameter.default)
    return bound


def _default(text: str) -> Actual:
    if text == "()":
        return Actual(ir.Literal(()), Value(Constant((), "tuple"), type="builtins.tuple"))
    try:
        value = effects.literal(Path("", (), text))
    except (ValueError, SyntaxError):
        return Actual(ir.Literal(text), Value(Opaque(0)))
    return Actual(ir.Literal(value), containers.constant(value))


def handed_over(parameters: tuple[ir.Parameter, ...], arguments: Arguments, state: State) -> dict[str, Kind]:
    """The kinds of what a call hands to parameters that state none, and the flags that it sets or leaves."""
    positions = [p.name for p in parameters if p.kind in ("positional", "either")]
    found: dict[str, Kind] = {}
    flags = {} if any(stars for _, stars, _ in arguments) else _left_at_default(parameters)
    for position, (keyword, stars, actual) in enumerate(arguments):
        name = keyword or (positions[position] if not stars and position < len(positions) else None)
        if not name:
            continue
        flags.pop(name, None)
        if _is_flag(actual.value.object):
            flags[name] = Kind(literal=actual.value.object)
        elif actual.value.type:
            found[name] = kind_of(state, actual.value)
    stated = {p.name for p in parameters if p.annotation is not None or p.kind in ("*", "**")}
    return {name: kind for name, kind in found.items() if name not in stated} | flags


def _left_at_default(parameters: tuple[ir.Parameter, ...]) -> dict[str, Kind]:
    """The flags that a call without arguments leaves as they are."""
    defaults = {p.name: containers.constant(p.default.value).object for p in parameters if p.default}
    return {name: Kind(literal=thing) for name, thing in defaults.items() if _is_flag(thing)}


def _is_flag(thing: Object) -> TypeGuard[Constant]:
    return isinstance(thing, Constant) and (thing.value is None or isinstance(thing.value, bool))
