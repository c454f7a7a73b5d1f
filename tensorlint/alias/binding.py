"""Bind the arguments of a call to the parameters of a signature."""

from __future__ import annotations

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.guards import Actual
from tensorlint.alias.lattice import Constant, Opaque, Value
from tensorlint.knowledge import effects
from tensorlint.knowledge.effects import Path, Signature


def bind(
    signature: Signature, arguments: list[tuple[str | None, int, Actual]]
) -> dict[str, Actual | tuple[Actual, ...]]:
    """Arguments (keyword, stars, actual) to parameters; what is missing takes its default."""
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
