"""Questions about what is somebody else's: what a constructor keeps as it came, what comes out of a cache."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias import grad
from tensorlint.alias.events import Called, Event, Read, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.arguments import Arguments
from tensorlint.alias.facts.keeping import Keeping
from tensorlint.alias.facts.lost import Lost, made_at
from tensorlint.alias.lattice import Given, Held, Value, alternatives
from tensorlint.alias.module import How
from tensorlint.alias.own_attributes import used_as
from tensorlint.knowledge.contracts import contracts, words
from tensorlint.knowledge.effects import PREDICATES

CACHING = frozenset({"functools.lru_cache", "functools.cache"})


@dataclass(frozen=True, slots=True)
class KeptArgument:
    """The ``attribute`` in which a constructor keeps the caller's ``parameter``, and the ``write`` to it in
    another method; ``condition`` says when it is the caller's tensor and no copy, empty for always.
    """

    attribute: str
    parameter: str
    condition: str
    write: Write


class Ownership(Arguments, Keeping, Lost):
    """Tensors that an object takes for its own, and that are still the caller's."""

    def kept_argument(self, event: Event) -> KeptArgument | None:
        """What an assignment in a constructor keeps of the caller's, or in a method where nothing is kept
        yet, where a method writes it in place that is not told to, and nobody ever replaces it.
        """
        if isinstance(event, Read) and (first := self._kept_first(event)) is not None:
            return first
        stored = self._stored_by(event) if self.function.name == "__init__" else None
        if stored is None:
            return None
        name, value = stored
        leaf, condition = next(
            (
                (leaf, when)
                for leaf, when in alternatives(value)
                if self._is_lent(value, self._as_used(leaf, name))
            ),
            (None, ""),
        )
        if leaf is None or not isinstance(leaf.object, Given):
            return None
        own = Held(Given(self.function.receiver), f".{name}")
        write = None if self._is_given_another(own) else self._unasked(own)
        if write is None or self._only_fresh(leaf.object.name):
            return None
        condition = "" if PREDICATES["path"] in condition else condition
        return KeptArgument(f"{self.function.receiver}.{name}", leaf.object.name, condition, write)

    def _unasked(self, own: Held) -> Write | None:
        """The write of a method to what its object keeps, where no caller asks for it by ``box[0] = 1``: that
        is handed on to what the object is a window of.
        """
        return next(
            (
                event
                for solution in self.solutions_of_others()
                if not _is_store(solution.function)
                for event in solution.events()
                if isinstance(event, Write) and self._writes(event, Value(own))
            ),
            None,
        )

    def _kept_first(self, event: Read) -> KeptArgument | None:
        """What a method keeps of the first call, and adds to in later ones: ``if self.m is None: self.m = g``
        and else ``self.m += g``.
        """
        instr = self.instruction(event) if event.how == "store" else None
        thing, own = event.value.object, self.function.receiver
        if not isinstance(instr, ir.SetAttribute) or instr.augmented or instr.base != own or not own:
            return None
        if self.function.name.startswith("_") or not isinstance(thing, Given):
            return None
        if contracts().parameters.fit(thing.name) or thing.name in self.function.mutates:
            return None
        if not self._is_nothing_yet(event, instr) or self._is_set_elsewhere(instr):
            return None
        kind = event.value.type or used_as(
            self.class_methods(), instr.name, self.catalog, tuple(self.module.libraries)
        )
        kept = Held(Given(own), f".{instr.name}")
        write = next(
            (e for e in self.events() if isinstance(e, Write) and e.through.object == kept),
            None,
        )
        if write is None or not self._is_callers(event.value, replace(event.value, type=kind)):
            return None
        if self._only_fresh(thing.name):
            return None
        return KeptArgument(f"{own}.{instr.name}", thing.name, "", write)

    def _is_nothing_yet(self, event: Read, instr: ir.SetAttribute) -> bool:
        """Whether an attribute is only set where it was ``None`` until then."""
        block, position = self.places[id(event)]
        return any(
            isinstance(each, ir.Assume)
            and (each.operand, each.test, each.holds) == (f"{instr.base}.{instr.name}", "none", True)
            for each in self.function.blocks[block].instructions[:position]
        )

    def _is_set_elsewhere(self, own: ir.SetAttribute) -> bool:
        """Whether another assignment gives an attribute anything but ``None``."""
        return any(
            isinstance(instr, ir.SetAttribute)
            and (instr.base, instr.name) == (method.receiver, own.name)
            and not instr.augmented
            and instr.value != ir.Literal(None)
            and instr.origin != own.origin
            for method in self.class_methods()
            for instr in ir.instructions(method)
        )

    def _stored_by(self, event: Event) -> tuple[str, Value] | None:
        """The attribute of ``self`` that an event gives a value, and that: ``self.mean = mean``,
        ``self.register_buffer("mean", mean)``.
        """
        own = self.function.receiver
        if isinstance(event, Called) and event.receiver is not None and len(event.arguments) > 1:
            (_, name, _), (keyword, _, value) = event.arguments[:2]
            known = event.receiver[0] == own and keyword is None and isinstance(name, ir.Literal)
            buffer = known and any(each.endswith("Module.register_buffer") for each in event.names)
            return (str(name.value), value) if buffer and isinstance(name, ir.Literal) else None
        instr = self.instruction(event) if isinstance(event, Read) and event.how == "store" else None
        if not isinstance(event, Read) or not isinstance(instr, ir.SetAttribute) or instr.augmented:
            return None
        return (instr.name, event.value) if instr.base == own else None

    def _as_used(self, value: Value, attribute: str) -> Value:
        """A parameter as what the methods of the class use the attribute that keeps it as it came."""
        if value.type or not isinstance(value.object, Given) or value.path:
            return value
        known = self.module.attribute(f".{self.function.class_name}", attribute)
        same = known is not None and known.value.object == value.object
        return replace(value, type=known.value.type) if known is not None and same else value

    def of_a_cache(self, write: Write) -> tuple[str, ir.Origin] | None:
        """The cached function of this file whose result a write changes, and where it is called; none where
        it gives blank memory, to be written.
        """
        site = made_at(write.through)
        for event in self.events() if site is not None else ():
            if not isinstance(event, Called) or event.origin != site:
                continue
            for name in event.names:
                function = self.module.function_of(name) if name.startswith(".") else None
                if function is not None and not CACHING.isdisjoint(function.decorators):
                    if not self.is_trial(write.origin) and not self._gives_blank(name):
                        return function.name, event.origin
        return None

    def _gives_blank(self, name: str) -> bool:
        """Whether a function of this file may return what was made blank, or it is not known."""
        solution = self.module.solved(name)
        return solution is None or any(
            leaf.object in state.blank
            for value, state in solution.returned
            for leaf, _ in alternatives(value)
        )

    def _is_lent(self, kept: Value, leaf: Value) -> bool:
        """Whether a value certainly is all of a tensor of the caller, who is not told that it is written."""
        thing = leaf.object
        if not isinstance(thing, Given) or not self._is_callers(kept, leaf):
            return False
        owner = (self.function.class_name or "").rpartition(".")[2]
        told = contracts().declare(self.function, thing.name, self._bases)
        return not told and not contracts().draws(owner)

    def _is_callers(self, kept: Value, leaf: Value) -> bool:
        """Whether a value certainly is all of a tensor of the caller, that can be written."""
        thing = leaf.object
        if not isinstance(thing, Given) or thing.kind != "parameter" or thing.name == self.function.receiver:
            return False
        parameter = next((p for p in self.function.parameters if p.name == thing.name), None)
        if parameter is None or parameter.kind in ("*", "**"):
            return False
        if parameter.made is not None or parameter.default not in (None, ir.Literal(None)):
            return False  # what a default makes is shared: another rule's; of a name, it is as the caller's
        if not self.catalog.is_writable(leaf.type) or leaf.type == grad.PARAMETER:
            return False
        if self.catalog.is_variable(leaf.type) or any(step.selects for step in leaf.path):
            return False  # variables are there to be written
        if self.solution.evidence.certainty.get(thing.name, Certainty.STATED) is Certainty.GUESSED:
            if leaf.object == kept.object:  # of a conversion, an array comes whatever is handed in
                return False
        return True

    def _only_fresh(self, parameter: str) -> bool:
        """Whether all that callers in the file hand in is nobody else's."""
        calls = [call for call in self.module.calls_of(self.function) if call.parameter == parameter]
        return bool(calls) and all(call.how is How.FRESH for call in calls)


def _is_store(function: ir.Function) -> bool:
    """Whether a method is ``__setitem__``, or one of the object's own that is named as a part of that."""
    own = function.name.startswith("_") and not function.name.startswith("__")
    return function.name == "__setitem__" or (own and "set" in words(function.name))
