"""Questions about tensors that are made once and shared: defaults of parameters, attributes of a class."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.values import Values, describe
from tensorlint.alias.kinds import made_type
from tensorlint.alias.lattice import Given, Held, Value, alternatives
from tensorlint.knowledge.effects import PREDICATES

KEEPS_STATE = re.compile(r"^_|cache|memo")  # parameters that are given a default in order to keep it


@dataclass(frozen=True, slots=True)
class SharedDefault:
    """A tensor that was made once, at ``made``, for all calls, or ``by_objects`` for all of a class."""

    name: str
    made: ir.Origin
    by_objects: bool


class Defaults(Values):
    """Tensors that all calls of a function, or all objects of a class, share."""

    def shared_default(self, value: Value) -> SharedDefault | None:
        """The default that a value may be, or may be a view of."""
        for leaf, condition in alternatives(value):
            if PREDICATES["path"] in condition:
                continue
            found = self._of_parameter(leaf) or self._of_attribute(leaf)
            if found is not None:
                return found
        return None

    def is_only_handed_out(self, default: SharedDefault) -> bool:
        """Whether the function itself does not write a default."""
        return not any(
            isinstance(event, Write) and self.shared_default(event.through) == default
            for event in self.events()
        )

    def _of_parameter(self, value: Value) -> SharedDefault | None:
        for parameter in self.function.parameters:
            if parameter.made is None or value.object != Given(parameter.name):
                continue
            kind = made_type(parameter.made, self.catalog)
            writable = self.catalog.is_writable(kind) or self.catalog.is_variable(kind)
            if kind and writable and not KEEPS_STATE.search(parameter.name):
                return SharedDefault(parameter.name, parameter.made.origin, by_objects=False)
        return None

    def _of_attribute(self, value: Value) -> SharedDefault | None:
        """A tensor in the body of the class, or a default that its constructor keeps."""
        held, class_name = value.object, self.function.class_name
        if class_name is None or "builtins.classmethod" in self.function.decorators:
            return None
        if not isinstance(held, Held) or not isinstance(held.owner, Given) or not self._is_self(held.owner):
            return None
        made = self.module.shared_default(f".{class_name}", held.key.removeprefix("."))
        return SharedDefault(describe(held), made, by_objects=True) if made is not None else None
