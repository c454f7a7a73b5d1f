"""Calls that are written out one by one: for entries that no call of a battery fits.

A text of examples is Python: a line such as ``jax.lax.iota(jnp.int32, 3)`` is one call of the entry of that
name. A method or property is called with its object first, ``jax.Array.at(vector())``, and a class whose
objects are called is written as such, ``keras.layers.Dense(2)(matrix())``. Arguments are made anew each
time, from the names that the text's library offers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import CodeType
from typing import Any

from runtime_check.audit.outcome import Given, given


@dataclass(frozen=True, slots=True)
class Example:
    """The arguments of one call, not evaluated yet, and those of calling what came of it, if it is called."""

    text: str
    first: CodeType
    second: CodeType | None
    names: Mapping[str, Any]

    def given(self) -> Given:
        return eval(self.first, {**self.names, "given": given})  # type: ignore[no-any-return]

    def then(self, made: Any) -> Given | None:
        """What the made object is called with; ``it`` is the object itself."""
        if self.second is None:
            return None
        return eval(self.second, {**self.names, "given": given, "it": made})  # type: ignore[no-any-return]


def read(text: str, names: Mapping[str, Any], spelled: Callable[[str], str]) -> dict[str, list[Example]]:
    """The examples of each entry. ``spelled`` gives the name of an entry for how the text writes it."""
    found: dict[str, list[Example]] = {}
    for line in ast.parse(text).body:
        assert isinstance(line, ast.Expr) and isinstance(line.value, ast.Call), ast.unparse(line)
        outer, call = None, line.value
        if isinstance(call.func, ast.Call):
            outer, call = call, call.func
        name = spelled(ast.unparse(call.func))
        second = _arguments(outer) if outer is not None else None
        example = Example(ast.unparse(line), _arguments(call), second, names)
        found.setdefault(name, []).append(example)
    return found


def alike(patterns: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    """How entries of a kind are called: texts with ``{}`` for the name, to be tried one after the other."""
    return next((texts for pattern, texts in patterns.items() if fnmatchcase(name, pattern)), ())


def _arguments(call: ast.Call) -> CodeType:
    """The arguments of a call as an expression that gathers them."""
    gathering = ast.Call(ast.Name("given", ast.Load()), call.args, call.keywords)
    return compile(ast.fix_missing_locations(ast.Expression(gathering)), "<example>", "eval")
