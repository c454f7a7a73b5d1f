"""A lowered function as text: for tests, and for `python -m tensorlint.syntax`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from tensorlint.ir import Argument, Cut, Element, Function, Hint, Instr, Literal, Pick


def show_function(function: Function, indent: str = "") -> Iterator[str]:
    """The blocks of a function and of those nested in it, one instruction a line."""
    parameters = ", ".join(
        {"*": "*", "**": "**"}.get(parameter.kind, "") + parameter.name for parameter in function.parameters
    )
    yield f"{indent}{function.kind} {function.qualname}({parameters})"
    for number, block in enumerate(function.blocks):
        after = " ".join(map(str, block.successors))
        yield f"{indent}  {number} -> {after}" if after else f"{indent}  {number}"
        for instr in block.instructions:
            yield f"{indent}    {show(instr)}"
    for nested in function.nested:
        yield from show_function(nested, indent + "    ")


def show(instr: Instr) -> str:
    """One instruction: its kind and its fields in order, without the origin."""
    told = [item.name for item in fields(instr) if item.name not in ("origin", "lazy")]
    parts = [
        *(_part(getattr(instr, name)) for name in told),
        *(["lazy"] if getattr(instr, "lazy", False) else []),
    ]
    return " ".join([type(instr).__name__, *parts])


def _part(value: object) -> str:
    if isinstance(value, Literal):
        return "..." if value.value is ... else repr(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, Pick):
        return _part(value.value)
    if isinstance(value, Cut):
        bounds = (value.lower, value.upper, value.step)
        written = ["" if bound == Literal(None) else _part(bound) for bound in bounds]
        return ":".join(written if written[2] else written[:2])
    if isinstance(value, Argument):
        return "*" * value.stars + (f"{value.keyword}=" if value.keyword else "") + _part(value.value)
    if isinstance(value, Element):
        key = "" if value.key is None else _part(value.key) + ": "
        return "*" * value.starred + key + _part(value.value)
    if isinstance(value, Hint):
        parts = f"[{', '.join(map(_part, value.parts))}]" if value.parts else ""
        return "|".join(value.names) + parts
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_part, value)) + "]"
    return str(value)
