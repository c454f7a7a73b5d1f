"""What one instruction does to a state, and the events that it gives rise to: one method per kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tensorlint import ir
from tensorlint.alias import containers, grad, layout, lengths
from tensorlint.alias.apply import Application
from tensorlint.alias.attributes import Attributes
from tensorlint.alias.calls import Calls
from tensorlint.alias.events import (
    Called,
    Discarded,
    Event,
    Kept,
    Read,
    Replicated,
    SecondName,
)
from tensorlint.alias.evidence import Evidence
from tensorlint.alias.guards import Actual, with_dtype
from tensorlint.alias.kinds import stated
from tensorlint.alias.lattice import (
    PLAIN_TYPE,
    Allocation,
    Choice,
    Constant,
    Given,
    Value,
    alternatives,
    is_plain,
    no_number,
    typed,
)
from tensorlint.alias.making import many_of
from tensorlint.alias.module import Module
from tensorlint.alias.operators import Operators
from tensorlint.alias.region import Step
from tensorlint.alias.replicas import is_one_object, mutable
from tensorlint.alias.state import State, one_of, renamed
from tensorlint.alias.subscripts import MASKED, Subscripts
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.contracts import contracts
from tensorlint.knowledge.effects import PREDICATES


@dataclass(slots=True)
class Transfer:
    """Runs instructions of one function over a state. ``looping`` sites run more than once."""

    catalog: Catalog
    module: Module
    function: ir.Function
    evidence: Evidence
    looping: frozenset[ir.Origin]
    emit: Callable[[Event], None]
    state: State = field(default_factory=State)
    calls: dict[ir.Place, Called] = field(default_factory=dict)  # by the place of the result
    displays: dict[ir.Place, tuple[ir.Operand, ...]] = field(
        default_factory=dict
    )  # what they were written of

    def run(self, instr: ir.Instr) -> None:
        if instr.origin in self.looping:
            self.state.age(instr.origin)
        self.state.recent.add(instr.origin)
        handler = getattr(self, _HANDLERS.get(type(instr), ""), None)
        if handler is not None:
            handler(instr)

    # Values

    def value(self, operand: ir.Operand) -> Value:
        if isinstance(operand, ir.Literal):
            return containers.constant(operand.value)
        found = self.state.names.get(operand)
        if found is None:
            found = Value(Given(operand, "captured"), type=self.evidence.type_of(operand))
        return found

    def set(self, place: ir.Place, value: Value) -> None:
        if not value.type and (known := self.evidence.type_of(place)):
            value = typed(value, known)
        if isinstance(value.object, Choice) and self.evidence.is_array(place):
            value = no_number(value)
        self.state.names[place] = value

    def read(self, origin: ir.Origin, operand: ir.Operand, how: str = "use") -> None:
        """The elements of an operand, and of what its containers hold, are read."""
        for value in containers.reachable(self.state, self.value(operand)):
            if not is_plain(value):
                self.emit(Read(origin, operand, value, how))

    def tracked(self, result: Value, callee: str, operands: list[Value]) -> Value:
        """The result of an operation, with what autograd makes of it."""
        suspended = bool(self.state.no_grad)
        return grad.tracked(result, callee, operands, suspended=suspended, frozen=self.module.freezes)

    # Names

    def reference(self, instr: ir.Reference) -> None:
        entry = self.catalog.lookup(instr.names[0]) if len(instr.names) == 1 else None
        constant = entry is not None and entry.signature.construct == "property"  # such as `numpy.newaxis`
        if entry is not None and constant and entry.name != MASKED:
            self.state.names[instr.target] = self.application(
                instr.origin, entry.name, entry.tensor, {}, instr.target
            ).result(entry.signature)
            return
        name = "|".join(instr.names)
        display = self.module.display(name) if name.startswith(".") else ""
        self.state.names[instr.target] = Value(
            Given(name or f"?{instr.origin}", "global"),
            type=display or self.evidence.type_of(instr.target),
        )

    def bind(self, instr: ir.Bind) -> None:
        self.set(
            instr.target, self._under(instr.origin, instr.target, instr.source, self.value(instr.source))
        )

    def _under(self, origin: ir.Origin, target: ir.Place, source: ir.Operand, value: Value) -> Value:
        """The value of ``source`` as it is known by the name ``target``, if both are names."""
        if not isinstance(source, str) or source.startswith("%") or target.startswith("%"):
            return value
        if not value.type and not isinstance(value.object, Choice):
            value = replace(value, type=self.evidence.type_of(target))
        perhaps = not value.type and contracts().is_kept_of(target, source)
        if perhaps or (value.type and self.catalog.is_module(value.type)):
            self.emit(SecondName(origin, target, source, value))
        return self.second_name(origin, target, value)

    def second_name(self, origin: ir.Origin, target: ir.Place, value: Value) -> Value:
        """A tensor under one more name."""
        if not self.catalog.is_tensor(value.type) or target.startswith("%"):
            return value
        return value.step(Step(origin, "alias"), value.layout, value.rank)

    def forget(self, instr: ir.Forget) -> None:
        self.state.names.pop(instr.name, None)

    def declare(self, instr: ir.Declare) -> None:
        """``target: annotation`` tells the type of what nothing else is known of."""
        value = self.state.names.get(instr.target)
        kind = stated(instr.annotation, self.catalog, self.module.libraries)
        if value is not None and kind.type and not value.type and not isinstance(value.object, Choice):
            self.state.names[instr.target] = replace(value, type=kind.type)

    def unpack(self, instr: ir.Unpack) -> None:
        source = self.value(instr.source)
        count = len(instr.targets)
        shown = self.displays.get(instr.source, ()) if isinstance(instr.source, str) else ()
        moved = not set(instr.targets).isdisjoint(shown)  # `a, b = b, a`: names change places
        if instr.star is None:
            layout.learn_rank(self.state, source, count)
        for position, target in enumerate(instr.targets):
            if position == instr.star:
                rest = Value(Allocation(instr.origin, position), type="builtins.list")
                element = self._element(instr.origin, source, target)
                self.state.heap[rest.object] = {containers.REST: many_of(element)}
                self.set(target, rest)
                continue
            index = position if instr.star is None or position < instr.star else position - count
            part = self._part(instr.origin, source, index, target)
            if len(shown) == count and instr.star is None and not moved:
                part = self._under(instr.origin, target, shown[position], part)
            self.set(target, part)

    def _part(self, origin: ir.Origin, source: Value, index: int, target: ir.Place) -> Value:
        """Element ``index`` of an unpacked value."""
        if is_plain(source):
            return lengths.entry(source, index, origin) or containers.plain(origin, index)
        key = f"[{index}]"
        loaded = [containers.load(self.state, leaf, key) for leaf, _ in alternatives(source)]
        stored = [value for value in dict.fromkeys(loaded) if value is not None]
        if len(stored) == 1 and None not in loaded:  # the same, whichever container it is
            return stored[0]
        if stored and (None not in loaded or source.type == "builtins.tuple"):
            # `for part, most in ((x, w), (y, h))`; of a tuple that was there before, an item is alike.
            found = [
                (leaf, condition or when)
                for (whole, condition), value in zip(alternatives(source), loaded, strict=True)
                for leaf, when in alternatives(value or containers.held(whole, key, origin, stored[0].type))
            ]
            return one_of(found, origin, key)
        if self.catalog.is_tensor(source.type):
            return self.item(origin, source, (ir.Pick(ir.Literal(index)),), target)
        if source.type == "builtins.tuple" and len(containers.elements(self.state, source)) > 1:
            return containers.unknown(origin, index)
        picked = containers.pick(self.state, source, origin, index, PREDICATES["path"])
        if picked is not None:
            return picked
        return containers.held(source, f"[{index}]", origin)

    def next(self, instr: ir.Next) -> None:
        source = self.value(instr.iterable)
        element = self._element(instr.origin, source, instr.target)
        if source.type == "builtins.iter" and isinstance(source.object, Allocation):
            element = self._taken(element, source.object.site, instr.origin)
        self.set(instr.target, element)

    def _taken(self, element: Value, call: ir.Origin, origin: ir.Origin) -> Value:
        """What an iterator hands out is made anew each turn, although the iterator was made only once."""
        moved = renamed(element, call, origin)
        if element.type == "builtins.tuple" and element.object in self.state.heap:
            contents = self.state.heap[element.object]
            # The pairs of `enumerate(zip(...))` are those of another iterator.
            made = element.object.site if isinstance(element.object, Allocation) else call
            self.state.heap[moved.object] = {key: self._taken(v, made, origin) for key, v in contents.items()}
        return moved

    def _element(self, origin: ir.Origin, source: Value, target: ir.Place) -> Value:
        if source.type and self.catalog.is_kind_of(source.type, "builtins.dict"):
            return containers.plain(origin)  # its keys
        return self.application(origin, "", "", {}, target).element(source)

    def application(
        self,
        origin: ir.Origin,
        callee: str,
        tensor: str,
        bound: dict[str, Actual | tuple[Actual, ...]],
        target: ir.Place,
    ) -> Application:
        return Application(
            self.catalog,
            self.state,
            origin,
            self.emit,
            callee,
            tensor,
            bound,
            used_as_array=self.evidence.is_array(target),
        )

    # Containers

    def build(self, instr: ir.Build) -> None:
        if not any(element.starred for element in instr.elements):
            self.displays[instr.target] = tuple(element.value for element in instr.elements)
        result = Value(Allocation(instr.origin), type=f"builtins.{instr.kind}")
        self.state.heap[result.object] = {}
        known = True
        # Most tuples are unpacked: their entries are names, not elements.
        named = [each.value for each in instr.elements if not each.starred and instr.kind != "tuple"]
        for position, element in enumerate(instr.elements):
            value = self.value(element.value)
            if named.count(element.value) > 1 and mutable(value):
                value = value.step(Step(instr.origin, "twice"), value.layout, value.rank)
            if element.starred:
                known = False
                for inner in containers.elements(self.state, value) or [
                    self._element(instr.origin, value, "")
                ]:
                    containers.add(self.state, result, inner, instr.origin)
            elif instr.kind == "dict" and isinstance(element.key, ir.Literal):
                containers.store(self.state, result, containers.key_of(element.key.value), value)
            elif instr.kind in ("list", "tuple") and known:
                containers.store(self.state, result, f"[{position}]", value)
            else:
                containers.add(self.state, result, value, instr.origin)
        self.set(instr.target, result)

    def collect(self, instr: ir.Collect) -> None:
        container, value = self.value(instr.container), self.value(instr.element.value)
        if not instr.element.starred and not is_plain(value):
            self.emit(Kept(instr.origin, container, instr.element.value, value))
        before = self.state.heap.get(container.object, {}).get(containers.REST)
        replica = value.step(Step(instr.origin, "repeated"), value.layout, value.rank)
        # The very same object as in an earlier turn: had it been made in the loop, it would be an older one.
        same = before is not None and all(leaf in (value, replica) for leaf, _ in alternatives(before))
        if same and mutable(value) and is_one_object(value):
            self.emit(Replicated(instr.origin, value, instr.element.value, container, "comprehension"))
            self.state.contents(container.object)[containers.REST] = replica
            return
        for inner in containers.elements(self.state, value) if instr.element.starred else [value]:
            containers.add(self.state, container, inner, instr.origin)

    # Subscripts

    def get_item(self, instr: ir.GetItem) -> None:
        Subscripts(self).get_item(instr)

    def item(self, origin: ir.Origin, base: Value, index: ir.Index, target: ir.Place) -> Value:
        """What ``base[index]`` is."""
        return Subscripts(self).item(origin, base, index, target)

    def set_item(self, instr: ir.SetItem) -> None:
        Subscripts(self).set_item(instr)

    def delete_item(self, instr: ir.DeleteItem) -> None:
        Subscripts(self).delete_item(instr)

    # Attributes

    def get_attribute(self, instr: ir.GetAttribute) -> None:
        Attributes(self).get_attribute(instr)

    def attribute(self, instr: ir.GetAttribute, base: Value) -> Value:
        """What ``base.name`` is."""
        return Attributes(self).attribute(instr, base)

    def inspected(self, instr: ir.GetAttribute | ir.CallMethod, value: Value) -> None:
        """The memory of a tensor is looked at."""
        Attributes(self).inspected(instr, value)

    def set_attribute(self, instr: ir.SetAttribute) -> None:
        Attributes(self).set_attribute(instr)

    # Operators

    def operate(self, instr: ir.Operate) -> None:
        Operators(self).operate(instr)

    def augment(self, instr: ir.Augment) -> None:
        Operators(self).augment(instr)

    # Calls

    def call(self, instr: ir.Call) -> None:
        self.set(instr.target, Calls(self).function(instr))

    def call_method(self, instr: ir.CallMethod) -> None:
        self.set(instr.target, Calls(self).method(instr))

    def enter(self, instr: ir.Enter) -> None:
        source = self.value(instr.source)
        call = self.calls.get(instr.source) if isinstance(instr.source, str) else None
        if isinstance(instr.source, str) and grad.may_suspend(source, call):
            self.state.no_grad |= {instr.source}
        self.set(instr.target, containers.held(self.value(instr.source), "<entered>", instr.origin))

    def leave(self, instr: ir.Leave) -> None:
        if isinstance(instr.source, str):
            self.state.no_grad -= {instr.source}

    def define(self, instr: ir.Define) -> None:
        for place in instr.captures:
            if place in self.state.names:
                self.read(instr.origin, place)
        self.state.names[instr.target] = Value(Given(f"<nested>{instr.function}", "global"))

    # Control

    def assume(self, instr: ir.Assume) -> None:
        known = self.state.names.get(instr.operand)
        if known is None:
            return
        if instr.test == "none":
            self._assume_none(instr.operand, known, instr.holds)
        elif instr.test == "dtype":
            self.state.names[instr.operand] = with_dtype(known, instr.argument, instr.holds)
        elif instr.test == "instance" and not instr.holds and known.type in instr.argument:
            self.state.names[instr.operand] = replace(known, type="")
        elif instr.test == "instance" and instr.holds and not known.type and len(instr.argument) == 1:
            name = instr.argument[0]
            if name in ("builtins.int", "builtins.float", "builtins.str", "builtins.bool"):
                self.state.names[instr.operand] = replace(known, type=PLAIN_TYPE)
            elif name.startswith(("numpy.ndarray", "torch.", "builtins.", ".")):
                self.state.names[instr.operand] = replace(known, type=name)

    def may_enter(self, block: ir.Block) -> bool:
        """Whether what is assumed at the head of a branch can be, by the constants that are known."""
        for instr in block.instructions:
            if not isinstance(instr, ir.Assume):
                break
            known = self.state.names.get(instr.operand)
            if known is None or not isinstance(known.object, Constant):
                continue
            value = known.object.value
            holds = {"none": value is None, "truth": bool(value), "equal": instr.argument == (repr(value),)}
            if holds.get(instr.test, instr.holds) != instr.holds:
                return False
        return True

    def _assume_none(self, place: ir.Place, known: Value, holds: bool) -> None:
        if holds:
            if isinstance(known.object, (Given, Choice, Constant)):
                self.state.names[place] = containers.constant(None)
            return
        if not isinstance(known.object, Choice):
            return
        kept = [
            leaf
            for leaf, _ in alternatives(known)
            if not (isinstance(leaf.object, Constant) and leaf.object.value is None)
        ]
        if kept and len(kept) < len(known.object.alternatives):
            self.state.names[place] = one_of([(leaf, "") for leaf in kept], known.object.site, place)

    def evaluate(self, instr: ir.Evaluate) -> None:
        """A value that is thrown away was computed for its effects."""
        call = self.calls.get(instr.value) if isinstance(instr.value, str) else None
        if call is not None:
            self.emit(Discarded(instr.origin, call))

    def store_global(self, instr: ir.StoreGlobal) -> None:
        self.read(instr.origin, instr.value, "store")

    def yield_(self, instr: ir.Yield) -> None:
        self.read(instr.origin, instr.value, "yield")
        self.set(instr.target, containers.unknown(instr.origin))

    def return_(self, instr: ir.Return) -> None:
        self.read(instr.origin, instr.value, "return")


_HANDLERS: dict[type[ir.Instr], str] = {
    ir.Reference: "reference", ir.Bind: "bind", ir.Build: "build", ir.Collect: "collect",
    ir.GetAttribute: "get_attribute", ir.GetItem: "get_item", ir.Call: "call", ir.CallMethod: "call_method",
    ir.Operate: "operate", ir.Augment: "augment", ir.SetAttribute: "set_attribute", ir.SetItem: "set_item",
    ir.Unpack: "unpack", ir.Next: "next", ir.Forget: "forget", ir.Define: "define", ir.Enter: "enter",
    ir.Assume: "assume", ir.StoreGlobal: "store_global", ir.Yield: "yield_", ir.Return: "return_",
    ir.DeleteItem: "delete_item", ir.Declare: "declare", ir.Evaluate: "evaluate",
    ir.Leave: "leave",
}  # fmt: skip
