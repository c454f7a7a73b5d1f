"""Questions about calls: results nobody looks at, attributes that copies lose, arrays that are given away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tensorlint import ir
from tensorlint.alias import grad, results
from tensorlint.alias.after import events_after
from tensorlint.alias.events import AttributeRead, AttributeSet, Called, Computed, Event, Read
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import (
    Choice,
    Given,
    Value,
    alternatives,
    is_plain,
    objects,
)
from tensorlint.alias.making import LOSE_ATTRIBUTES
from tensorlint.alias.terms import is_measured, returns_argument
from tensorlint.alias.uses import binds
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.contracts import contracts
from tensorlint.knowledge.effects import Applied, New, Path

CALLED = frozenset("f fun func fn function callable map_func".split())  # parameters that take a function
DRAWING = "numpy.random."  # methods of these classes compute from their arguments
REDUCING = frozenset("max min sum mean prod any all".split())
OUT = Path("out")  # given back where it is given
CHANGEABLE = frozenset("builtins.list builtins.dict builtins.set collections.deque".split())


class Outcomes(Values):
    """What comes of calls."""

    def is_trial(self, origin: ir.Origin) -> bool:
        """Whether a statement is made to be tried, timed or warmed up, or stands where it is meant to
        fail.
        """
        shown = self.module.is_notebook and self.function.kind == "module"
        named = contracts().is_trial(self.function.name) or self.module.is_benchmark or shown
        around = self.module.around(origin)
        return named or bool(results.TRIES.search(around) or results.WARMS_UP.search(around))

    def left_unchanged(self, call: Called) -> tuple[ir.Operand, Value] | None:
        """The tensor that a call with a thrown away result leaves as it was, held by somebody; else None."""
        entry = results.pure_entry(call, self.catalog)
        named = any(keyword == "name" for keyword, _, _ in call.arguments)  # a node of TensorFlow's graph
        if entry is None or named or self.writes(call):
            return None
        operands = [(o, v) for _, o, v in call.arguments]
        if call.receiver is not None and not call.receiver[1].type.startswith(DRAWING):
            operands = [call.receiver]
        held = [(o, v) for o, v in operands if not is_plain(v) and results.of_somebody(o, self.uses)]
        must_use = entry.signature.clause("must_use") is not None
        if must_use and entry.signature.parameters[0].name in CALLED and call.arguments:
            held = [(operand, value) for operand, value in held if operand != call.arguments[0][1]]
            if not self._only_computes(call.arguments[0][2]):
                return None
        if must_use and (
            call.receiver is None or operands != [call.receiver]
        ):  # no tensor need be among what it is given: a tree of them
            return held[0] if held else None
        if self.function.kind == "module" and call.receiver is None and not _gives_the_like(entry):
            return None  # `np.dot(a, b)` in a script: it was shown, and nobody thinks that it changes `a`
        if not held:  # `torch.cat([history, step])`
            held = [(ir.Literal(None), v) for v in call.contents if self.name_of(v)]
        # `np.clip(x, 0, 1)` leaves as it is whatever is handed to it. A conversion may check it.
        converts = any(returns_argument(case) for case in entry.signature.cases if case.term != OUT)
        if held and call.receiver is None and _gives_the_like(entry) and not converts:
            return held[0]
        if not held or not (must_use or self.is_tensor(held[0][1])):
            return None
        if not must_use and not _gives_the_like(entry) and entry.name.rpartition(".")[2] in REDUCING:
            return None  # one number for all elements: nobody takes that for a changed tensor
        # Modules, pipelines, boxes and loggers have methods of the same names that change them in place.
        enough = {Certainty.STATED, Certainty.DOCUMENTED}
        if call.receiver is None or entry.name.rpartition(".")[2] not in results.NOT_ONLY_TENSORS:
            enough.add(Certainty.SHOWN)
        return held[0] if self.certainty(*held[0]) in enough else None

    def used_again(self, call: Called, operand: ir.Operand, value: Value) -> ir.Origin | None:
        """Where an argument of a call is read again by its own name, which the result does not take over."""
        if not isinstance(operand, str) or operand.startswith("%") or self._takes_over(call, operand):
            return None
        for event, aged in events_after(self.solution, *self.places[id(call)], value):
            if event is call and aged.object == value.object and not self._is_bound_anew(operand):
                return call.origin  # in the next turn of a loop
            if isinstance(event, Read) and event.value.object == aged.object:
                if self._speaks_of(event.operand, operand):
                    return event.origin
            if isinstance(event, Called) and event is not call and self._is_handed(event, operand, aged):
                if not self._only_measures(event):
                    return event.origin
        return None

    def _is_bound_anew(self, name: ir.Place) -> bool:
        """Whether a loop binds a name in its turns: what it means in one is not what it means in the next."""
        return any(
            name in binds(instr) and instr.origin in self.solution.looping
            for instr in self.uses.mentions.get(name, ())
        )

    def _only_measures(self, call: Called) -> bool:
        """Whether a call looks at no element of what it is handed: ``len(x)``."""
        known = [self.catalog.lookup(name) for name in call.names]
        return bool(known) and all(
            entry is not None and all(is_measured(case.term) for case in entry.signature.cases)
            for entry in known
        )

    def is_filled(self, call: Called, value: Value) -> bool:
        """Whether a call is handed what was made blank and is blank still, and does not give it back: it is
        the place for a result.
        """
        blank = self.state_before(call).blank - set(objects(call.result))
        return all(leaf.object in blank for leaf, _ in alternatives(value))

    def is_renewed(self, call: Called, operand: ir.Operand) -> bool:
        """Whether the result of a call replaces its argument: ``self.x = f(self.x)``."""
        read = self.uses.made.get(operand) if isinstance(operand, str) else None
        return isinstance(read, ir.GetAttribute) and any(
            isinstance(instr, ir.SetAttribute)
            and (instr.base, instr.name) == (read.base, read.name)
            and isinstance(instr.value, str)
            and (made := self.uses.made.get(instr.value)) is not None
            and made.origin == call.origin
            for instr in ir.instructions(self.function)
        )

    def _is_handed(self, call: Called, name: ir.Place, value: Value) -> bool:
        """Whether a call is handed what has a name, by itself or in a display: ``kept.append((y, x))``."""
        holds = any(each.object == value.object for each in call.contents)
        return any(
            (holds or argument.object == value.object) and self._speaks_of(operand, name)
            for _, operand, argument in call.arguments
        )

    def _speaks_of(self, operand: ir.Operand, name: str) -> bool:
        """Whether an operand is a name, a part of that, or a display that holds it: ``return x[0], y``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) else None
        if isinstance(made, ir.GetItem | ir.GetAttribute):
            return operand == name or self._speaks_of(made.base, name)
        held = ir.mentioned(made) if isinstance(made, ir.Build) else ()
        return operand == name or any(self._speaks_of(each, name) for each in held if each != operand)

    def _takes_over(self, call: Called, name: str) -> bool:
        """Whether the result of a call is bound to the name of its argument: ``x = f(x)``."""
        for instr in ir.instructions(self.function):
            if instr.origin == call.origin and getattr(instr, "target", None) == name:
                return True
            if isinstance(instr, (ir.Bind, ir.Unpack)) and isinstance(instr.source, str):
                made = self.uses.made.get(instr.source)
                targets = instr.targets if isinstance(instr, ir.Unpack) else (instr.target,)
                if made is not None and made.origin == call.origin and name in targets:
                    return True
        return False

    def root_name(self, operand: ir.Operand) -> ir.Operand:
        """The name that an operand was reached from by attributes, items and methods."""
        return results.root_name(operand, self.uses)

    def _only_computes(self, function: Value) -> bool:
        """Whether calling a function certainly does nothing but compute its result."""
        name = function.object.name if isinstance(function.object, Given) else ""
        entry = self.catalog.lookup(name)
        if entry is not None:
            return entry.signature.is_pure
        lowered = (
            self.function.nested[int(name.removeprefix("<nested>"))]
            if name.startswith("<nested>") and not name.endswith("-1")
            else self.module.function_of(name)
        )
        return lowered is not None and results.only_computes(lowered, self.catalog)

    def is_result_with_grad(self, value: Value) -> bool:
        """Whether a value certainly is a PyTorch result that requires grad, and so has a place in the
        graph.
        """
        if not grad.is_result(value) or not self.is_tensor(value, "torch.Tensor"):
            return False
        asked = (i.name for i in ir.instructions(self.function) if isinstance(i, ir.GetAttribute))
        return grad.ASKED.isdisjoint(asked)

    def attributes_change(self, call: Called, value: Value) -> bool:
        """Whether an attribute of a tensor, or of what a call makes of it, is set or changed afterwards."""
        pair = {value.object, call.result.object}
        return any(
            (isinstance(event, AttributeSet) and event.value.object in pair)
            or (
                isinstance(event, AttributeRead)
                and event.value.object in pair
                and self.uses.changed_in_place(event.target) is not None
            )
            for event in self.following(call)
        )

    def attribute_lost(self, read: AttributeRead) -> ir.Origin | None:
        """Where the attribute was set that a tensor lacks, because it was made from the one that has it."""
        if read.found is not None or isinstance(read.value.object, Choice) or self._asks_for(read.name):
            return None
        events = tuple(self.events())
        if any(results.sets_attribute(event, read.value, read.name) for event in events):
            return None
        for ancestor in self._ancestors(read.value, events):
            for event in events:
                if results.sets_attribute(event, ancestor, read.name):
                    return event.origin
        return None

    def made_at(self, value: Value) -> ir.Origin | None:
        """Where a tensor was computed, or taken as a view of another one."""
        views = self.views_of(value)
        made = (
            event.origin
            for event in self.events()
            if isinstance(event, Computed | Called) and event.result.object == value.object
        )
        return views[0] if views else next(made, None)

    def _ancestors(self, value: Value, events: tuple[Event, ...]) -> Iterator[Value]:
        """The tensors that a tensor was made from and whose attributes it did not take over."""
        pending, seen = [value], {value}
        while pending:
            current = pending.pop()
            found = [
                replace(current, path=current.path[:cut])
                for cut, step in enumerate(current.path)
                if step.is_view
            ]
            if not found:
                found = [
                    source
                    for callee, source in results.sources(current, events)
                    if not callee.startswith("copy.") or source.type in LOSE_ATTRIBUTES
                ]
            for source in (leaf for each in found for leaf, _ in alternatives(each)):
                if source not in seen and self.is_tensor(source):
                    seen.add(source)
                    pending.append(source)
                    yield source

    def _asks_for(self, name: str) -> bool:
        """Whether the function asks for an attribute, or sets it, in another way: ``hasattr(x, "name")``."""
        return any(
            (isinstance(instr, ir.Call) and any(a.value == ir.Literal(name) for a in instr.arguments))
            or (isinstance(instr, ir.Reference) and "builtins.setattr" in instr.names)
            or (isinstance(instr, ir.GetAttribute) and instr.name == "__dict__")
            for instr in ir.instructions(self.function)
        )

    def shared_attribute_changed(self, read: AttributeRead) -> ir.Origin | None:
        """Where a container is changed in place that hangs on a tensor and on its shallow copy, both in
        use.
        """
        if read.found is None or read.found.type not in CHANGEABLE:
            return None
        side = set(self.references(read.value, "shallow"))
        other_side = any(
            isinstance(event, AttributeRead)
            and event.name == read.name
            and event.value.object == read.value.object
            and set(self.references(event.value, "shallow")) != side
            for event in self.following(read)
        )
        return self.uses.changed_in_place(read.target) if other_side else None


def _gives_the_like(entry: Entry) -> bool:
    """Whether a call gives a view of its argument, or a tensor of as many axes: a changed form of it."""
    terms = [case.term for case in entry.signature.cases]
    return any(
        isinstance(term, Applied) or (isinstance(term, New) and term.quality("like") is not None)
        for term in terms
    )
