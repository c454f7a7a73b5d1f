"""What the callers in a file hand to a function: the types of parameters that nothing else tells."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from tensorlint import ir
from tensorlint.alias.events import Called, Discarded
from tensorlint.alias.facts import Facts
from tensorlint.alias.lattice import Constant, Given, Held, Kind, Object, Value, alternatives, root
from tensorlint.alias.module import HandedIn, How
from tensorlint.syntax.names import nodes
from tensorlint.syntax.outline import Outline, Unit

MOST_CALLERS = 6
NONE = Constant(None, "NoneType")
DEEPEST = 3  # callers of callers
DEFINITIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
SERVING = (
    "loader",
    "stream",
    "iter",
    "generator",
    "queue",
)  # in the names of what makes its items when asked


class File(Protocol):
    """What is asked of the file around the functions."""

    outline: Outline

    def facts(self, unit: Unit) -> Iterator[Facts]:
        """What is known of a unit and of what is nested in it."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, with the caller around it."""

    facts: Facts
    call: Called
    parameter: str
    operand: ir.Operand
    value: Value
    kind: Kind


class Callers:
    """Who calls whom in one file, by the names that are written in calls."""

    def __init__(self, analysis: File) -> None:
        self.analysis = analysis
        self._asked: list[int] = []

    def handed(self, unit: Unit, function: ir.Function) -> Mapping[str, Kind]:
        """Parameter -> the type that every call in the file hands to it, where all are known and agree."""
        if (
            unit.index in self._asked
            or len(self._asked) >= DEEPEST
            or unit.kind not in ("function", "method")
        ):
            return {}
        own = function.parameters[1:] if unit.kind == "method" else function.parameters
        if all(map(_is_told, own)):
            return {}
        callers = [caller for caller in self._callers.get(_called_as(unit), ()) if caller.index != unit.index]
        if not callers or len(callers) > MOST_CALLERS:
            return {}
        self._asked.append(unit.index)
        try:
            return self._agreed(unit, function, callers)
        finally:
            self._asked.pop()

    def _agreed(self, unit: Unit, function: ir.Function, callers: list[Unit]) -> Mapping[str, Kind]:
        found: defaultdict[str, set[Kind]] = defaultdict(set)
        for argument in self._arguments(unit, function, callers):
            if argument.value.object != NONE:
                found[argument.parameter].add(argument.kind)
        agreed = {name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1}
        return {name: kind for name, kind in agreed.items() if kind.type}

    def calls_of(self, unit: Unit, function: ir.Function) -> Iterator[HandedIn]:
        """What every call in the file hands to a function, and what becomes of it there."""
        callers = [caller for caller in self._callers.get(_called_as(unit), ()) if caller.index != unit.index]
        for argument in self._arguments(unit, function, callers[:MOST_CALLERS]):
            how, origin = _becomes(argument)
            name = argument.facts.name_of(argument.value) or str(argument.operand).lstrip("%")
            call = argument.call
            dropped = any(isinstance(e, Discarded) and e.call is call for e in argument.facts.events())
            yield HandedIn(argument.parameter, how, name, call.origin, origin, dropped)

    def train(self, unit: Unit) -> bool:
        """Whether a caller that certainly runs with autograd switched on calls a unit where it is on."""
        if unit.index in self._asked or len(self._asked) >= DEEPEST:
            return False
        callers = [caller for caller in self._callers.get(_called_as(unit), ()) if caller.index != unit.index]
        self._asked.append(unit.index)
        try:
            return any(
                isinstance(event, Called)
                and f".{unit.qualname}" in event.names
                and not facts.grad_is_off(event)
                for caller in callers[:MOST_CALLERS]
                for facts in self.analysis.facts(caller)
                for event in facts.events()
                if facts.trains()
            )
        finally:
            self._asked.pop()

    def _arguments(self, unit: Unit, function: ir.Function, callers: list[Unit]) -> Iterator[Argument]:
        """The arguments of all calls of a function that some units make, by parameter."""
        name = f".{unit.class_name}" if unit.name == "__init__" else f".{unit.qualname}"
        own = function.parameters[1:] if unit.kind == "method" else function.parameters
        parameters = [p.name for p in own if p.kind in ("positional", "either")]
        known = {p.name for p in own}
        for caller in callers:
            for facts in self.analysis.facts(caller):
                for event in facts.events():
                    if not isinstance(event, Called) or name not in event.names:
                        continue
                    bound = unit.name == "__init__" or "builtins.classmethod" in function.decorators
                    unbound = event.receiver is None and unit.kind == "method" and not bound
                    order = [function.receiver, *parameters] if unbound else parameters
                    for position, (keyword, operand, value) in enumerate(event.arguments):
                        if keyword == "*":
                            break  # whatever follows may stand anywhere
                        target = keyword or (order[position] if position < len(order) else "")
                        if target in known:
                            yield Argument(facts, event, target, operand, value, event.kinds[position])

    @cached_property
    def _callers(self) -> Mapping[str, tuple[Unit, ...]]:
        """The last name of a callee -> the units that write such a call."""
        found: defaultdict[str, dict[int, Unit]] = defaultdict(dict)
        for unit in self.analysis.outline.units:
            elsewhere = DEFINITIONS if unit.kind in ("module", "class") else frozenset()
            for node in nodes(unit.statements, without=elsewhere):
                if isinstance(node, ast.Call):
                    callee = node.func
                    name = callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")
                    found[name][unit.index] = unit
        return {name: tuple(units.values()) for name, units in found.items()}


def _is_told(parameter: ir.Parameter) -> bool:
    """Whether the header tells the type of a parameter; ``x=None`` does not."""
    stated = parameter.annotation is not None or parameter.documented is not None
    return stated or (parameter.default is not None and parameter.default.value is not None)


def _called_as(unit: Unit) -> str:
    """The last name of the callee in calls of a unit."""
    return (unit.class_name or "").rpartition(".")[2] if unit.name == "__init__" else unit.name


def _becomes(argument: Argument) -> tuple[How, ir.Origin]:
    """What becomes of an argument in its caller, and where that shows."""
    facts, call = argument.facts, argument.call
    if facts.is_of_a_writer:
        return How.FRESH, call.origin  # it hands in what it holds in order to have it written
    if facts.is_filled(call, argument.value) or facts.is_renewed(call, argument.operand):
        return How.FRESH, call.origin  # made for the function to fill it, or given up for the result
    for leaf, _ in alternatives(argument.value):
        if facts.persists(leaf.object):
            return How.STATE, call.origin
        if isinstance(leaf.object, Given):
            return How.PASSED_ON, call.origin
    again = facts.used_again(call, argument.operand, argument.value)
    if again is not None:
        return How.USED_AGAIN, again
    parts = any(_is_part_of_given(leaf.object) for leaf, _ in alternatives(argument.value))
    return (How.PASSED_ON if parts else How.FRESH), call.origin


def _is_part_of_given(thing: Object) -> bool:
    """Whether something is held by what the caller was handed itself. What comes out of a loader is made for
    whoever asks.
    """
    owner = root(thing)
    if not isinstance(thing, Held) or not isinstance(owner, Given) or owner.kind != "parameter":
        return False
    return not any(word in owner.name.lower() for word in SERVING)
