"""What one instruction does to a state, and the events that it gives rise to: one method per kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tensorlint import ir
from tensorlint.alias import containers, layout, lengths, pointers
from tensorlint.alias.apply import Application
from tensorlint.alias.calls import Calls
from tensorlint.alias.events import ContainerCopied, Event, Inspected, Read, Replicated, Write
from tensorlint.alias.evidence import Evidence
from tensorlint.alias.guards import Actual
from tensorlint.alias.lattice import (
    PLAIN_TYPE,
    Allocation,
    Choice,
    Constant,
    Given,
    Held,
    Object,
    Value,
    alternatives,
    is_old,
    is_plain,
)
from tensorlint.alias.module import Module
from tensorlint.alias.region import At, Axis, Between, Rest, Step, same_region
from tensorlint.alias.state import State, one_of, renamed
from tensorlint.knowledge.catalog import Catalog, Entry

INPLACE = {
    "+": "__iadd__", "-": "__isub__", "*": "__imul__", "/": "__itruediv__", "//": "__ifloordiv__",
    "%": "__imod__", "**": "__ipow__", "@": "__imatmul__", "&": "__iand__", "|": "__ior__", "^": "__ixor__",
    "<<": "__ilshift__", ">>": "__irshift__",
}  # fmt: skip
BINARY = {operator: f"__{name[3:]}" for operator, name in INPLACE.items()}


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

    def run(self, instr: ir.Instr) -> None:
        if instr.origin in self.looping:
            self.state.age(instr.origin)
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
        if (
            not value.type
            and not isinstance(value.object, Choice)
            and (known := self.evidence.type_of(place))
        ):
            value = replace(value, type=known)
        self.state.names[place] = value

    def read(self, origin: ir.Origin, operand: ir.Operand, how: str = "use") -> None:
        """The elements of an operand, and of what its containers hold, are read."""
        for value in containers.reachable(self.state, self.value(operand)):
            if not is_plain(value):
                self.emit(Read(origin, operand, value, how))

    # Names

    def reference(self, instr: ir.Reference) -> None:
        entry = self.catalog.lookup(instr.names[0]) if len(instr.names) == 1 else None
        if (
            entry is not None and entry.signature.construct == "property"
        ):  # a constant such as `numpy.newaxis`
            self.state.names[instr.target] = self._application(
                instr.origin, entry.name, entry.tensor, {}, instr.target
            ).result(entry.signature)
            return
        self.state.names[instr.target] = Value(
            Given("|".join(instr.names) or f"?{instr.origin}", "global"),
            type=self.evidence.type_of(instr.target),
        )

    def bind(self, instr: ir.Bind) -> None:
        value = self.value(instr.source)
        second_name = isinstance(instr.source, str) and not instr.source.startswith("%") and not instr.target.startswith("%")
        if second_name and self.catalog.is_tensor(value.type):
            value = value.step(Step(instr.origin, "alias"), value.layout, value.rank)
        self.set(instr.target, value)

    def delete_item(self, instr: ir.DeleteItem) -> None:
        containers.forget_positions(self.state, self.value(instr.base), instr.origin)

    def forget(self, instr: ir.Forget) -> None:
        self.state.names.pop(instr.name, None)

    def unpack(self, instr: ir.Unpack) -> None:
        source = self.value(instr.source)
        count = len(instr.targets)
        if instr.star is None:
            layout.learn_rank(self.state, source, count)
        for position, target in enumerate(instr.targets):
            if position == instr.star:
                rest = Value(Allocation(instr.origin, position), type="builtins.list")
                self.state.heap[rest.object] = {containers.REST: self._element(instr.origin, source, target)}
                self.set(target, rest)
                continue
            index = position if instr.star is None or position < instr.star else position - count
            self.set(target, self._part(instr.origin, source, index, target))

    def _part(self, origin: ir.Origin, source: Value, index: int, target: ir.Place) -> Value:
        """Element ``index`` of an unpacked value."""
        if is_plain(source):
            return lengths.entry(source, index, origin) or containers.plain(origin, index)
        if not isinstance(source.object, Choice):
            stored = containers.load(self.state, source, f"[{index}]")
            if stored is not None:
                return stored
        if self.catalog.is_tensor(source.type):
            return self.item(origin, source, (ir.Pick(ir.Literal(index)),), target)
        if source.type == "builtins.tuple" and containers.elements(self.state, source):
            return containers.unknown(origin, index)
        picked = containers.pick(self.state, source, origin, index)
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
            self.state.heap[moved.object] = {key: self._taken(v, call, origin) for key, v in contents.items()}
        return moved

    def _element(self, origin: ir.Origin, source: Value, target: ir.Place) -> Value:
        return self._application(origin, "", "", {}, target).element(source)

    def _application(
        self,
        origin: ir.Origin,
        callee: str,
        tensor: str,
        bound: dict[str, Actual | tuple[Actual, ...]],
        target: ir.Place,
    ) -> Application:
        return Application(
            self.catalog, self.state, origin, self.emit, callee, tensor, bound,
            used_as_array=self.evidence.is_array(target),
        )

    # Containers

    def build(self, instr: ir.Build) -> None:
        result = Value(Allocation(instr.origin), type=f"builtins.{instr.kind}")
        self.state.heap[result.object] = {}
        known = True
        for position, element in enumerate(instr.elements):
            value = self.value(element.value)
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
        before = self.state.heap.get(container.object, {}).get(containers.REST)
        replica = value.step(Step(instr.origin, "repeated"), value.layout, value.rank)
        # The very same object as in an earlier turn: had it been made in the loop, it would be an older one.
        if (
            before is not None
            and before in (value, replica)
            and self._mutable(value)
            and _is_one_object(value)
        ):
            self.emit(Replicated(instr.origin, value, instr.element.value, container, "comprehension"))
            self.state.heap[container.object][containers.REST] = replica
            return
        for inner in containers.elements(self.state, value) if instr.element.starred else [value]:
            containers.add(self.state, container, inner, instr.origin)

    def _mutable(self, value: Value) -> bool:
        return not is_plain(value) and not (isinstance(value.object, Given) and value.object.kind == "global")

    # Subscripts

    def get_item(self, instr: ir.GetItem) -> None:
        base = self.value(instr.base)
        self._read_index(instr.origin, instr.index)
        self.set(instr.target, self.item(instr.origin, base, instr.index, instr.target, instr.base))

    def _read_index(self, origin: ir.Origin, index: ir.Index) -> None:
        """``x[order]`` reads the elements of ``order``."""
        for selector in index:
            if isinstance(selector, ir.Pick):
                self.read(origin, selector.value)

    def item(
        self, origin: ir.Origin, base: Value, index: ir.Index, target: ir.Place, operand: ir.Operand = ""
    ) -> Value:
        if is_plain(base):
            return lengths.item(base, index, origin) or containers.plain(origin)
        entry = self.catalog.method(base.type, "__getitem__") if base.type else None
        if entry is not None and self.catalog.is_tensor(base.type):
            application = self._application(
                origin,
                entry.name,
                entry.tensor,
                {"self": Actual(operand, base), "index": Actual("", Value(Constant(None, "index")))},
                target,
            )
            application.index = index
            application.index_values = tuple(self._axis(selector) for selector in index)
            return application.result(entry.signature)
        if len(index) == 1 and isinstance(index[0], ir.Cut):
            return self._slice_of_container(origin, base, operand)
        if len(index) == 1 and isinstance(index[0], ir.Pick) and isinstance(index[0].value, ir.Literal):
            key = containers.key_of(index[0].value.value)
            stored = containers.load(self.state, base, key)
            if stored is not None:
                return stored
            if (item := containers.item_of_many(self.state, base, key)) is not None:
                return item
            if (
                base.type in containers.CONTAINERS
                and (picked := containers.pick(self.state, base, origin)) is not None
            ):
                return picked
            self._read_item(origin, base, index, operand)
            return containers.held(base, key, origin)
        picked = containers.pick(self.state, base, origin)
        if picked is None:
            self._read_item(origin, base, index, operand)
        return picked if picked is not None else containers.held(base, containers.REST, origin)

    def _read_item(self, origin: ir.Origin, base: Value, index: ir.Index, operand: ir.Operand) -> None:
        """Whatever an unknown object is: if it is an array, taking a number out of it reads that element."""
        if not base.type and operand:
            axes = tuple(axis for axis, _ in (self._axis(selector) for selector in index))
            self.emit(Read(origin, operand, base.step(Step(origin, "subset", axes)), "use"))

    def _slice_of_container(self, origin: ir.Origin, base: Value, operand: ir.Operand) -> Value:
        if base.type not in ("builtins.list", "builtins.tuple"):
            return containers.unknown(origin)
        result = Value(Allocation(origin), type=base.type)
        self.state.heap[result.object] = {}
        for value in containers.elements(self.state, base):
            containers.add(self.state, result, self.shared(value, origin), origin)
        self.emit(
            ContainerCopied(origin, operand, base, result, tuple(containers.elements(self.state, base)))
        )
        return result

    def _axis(self, selector: ir.Selector) -> tuple[Axis, bool | None]:
        """A selector for regions, and whether it is basic: an integer, a slice, ``None`` or ``...``."""
        if isinstance(selector, ir.Cut):
            return Between(*(self._bound(b) for b in (selector.lower, selector.upper, selector.step))), True
        if isinstance(selector.value, ir.Literal):
            literal = selector.value.value
            if literal is Ellipsis:
                return Rest(), True
            if (
                literal is None
                or isinstance(literal, str)
                or (isinstance(literal, int) and not isinstance(literal, bool))
            ):
                return At(literal), True  # a string names a field of a structured array
            return At(Allocation(0)), False
        value = self.value(selector.value)
        if is_plain(value):
            return At(self._bound(selector.value)), True
        if isinstance(value.object, Given) and self._counts(value.object.name):
            return At(value.object), True
        return At(value.object), False if value.type else None

    def _counts(self, name: str) -> bool:
        """Whether a parameter is an integer by custom: ``i``, or the index that a data set is asked for."""
        parameters = self.function.parameters
        asked = self.function.name == "__getitem__" and len(parameters) == 2 and parameters[1].name == name
        return asked or name in COUNTERS

    def _bound(self, operand: ir.Operand) -> object:
        if isinstance(operand, ir.Literal):
            return operand.value
        value = self.value(operand)
        return value.object.value if isinstance(value.object, Constant) else value.object

    def set_item(self, instr: ir.SetItem) -> None:
        base, value = self.value(instr.base), self.value(instr.value)
        self._read_index(instr.origin, instr.index)
        axes = (
            tuple(self._axis(selector) for selector in instr.index)
            if self.catalog.is_tensor(base.type)
            else ()
        )
        basic = all(plain for _, plain in axes)
        step = Step(instr.origin, "subset", tuple(axis for axis, _ in axes))
        region = base.step(step) if axes and basic else base  # a mask may pick any element
        if not instr.augmented and not _same_elements(value, region):
            self._read_stored(instr.origin, instr.value, base, value)
        if is_plain(base):
            return
        if self.catalog.is_tensor(base.type):
            how = "augmented" if instr.augmented else "store"
            self.emit(Write(instr.origin, instr.base, base, region, how, blank=self.state.blank))
            if all(axis in (Rest(), Between(None, None, None)) for axis, _ in axes):
                self.state.filled(base)
            return
        if instr.augmented and self.catalog.is_tensor(value.type) and not self._rebound(value):
            self.emit(Write(instr.origin, instr.value, value, value, "augmented", blank=self.state.blank))
        literal = len(instr.index) == 1 and isinstance(instr.index[0], ir.Pick) and instr.index[0].value
        if isinstance(literal, ir.Literal):
            containers.store(self.state, base, containers.key_of(literal.value), value)
        elif base.type in containers.CONTAINERS:
            containers.add(self.state, base, value, instr.origin)

    def _rebound(self, value: Value) -> bool:
        """Whether an augmented assignment made a new object instead of writing to the one it took out."""
        return (
            isinstance(value.object, Allocation)
            and not value.path
            and value.object not in self._stored_objects()
        )

    def _stored_objects(self) -> frozenset[Object]:
        stored = (value for held in self.state.heap.values() for value in held.values())
        return frozenset(leaf.object for value in stored for leaf, _ in alternatives(value))

    def _read_stored(self, origin: ir.Origin, operand: ir.Operand, base: Value, value: Value) -> None:
        """Storing copies elements into a tensor; anything else keeps the reference."""
        if self.catalog.is_tensor(base.type):
            self.read(origin, operand)
        elif not isinstance(base.object, Allocation) and not is_plain(value):
            self.read(origin, operand, "store")

    # Attributes

    def get_attribute(self, instr: ir.GetAttribute) -> None:
        self.set(instr.target, self._attribute(instr))

    def inspected(self, instr: ir.GetAttribute | ir.CallMethod, value: Value) -> None:
        """The memory of a tensor is looked at."""
        operand = instr.base if isinstance(instr, ir.GetAttribute) else instr.receiver
        temporary = pointers.is_temporary(operand, value, self.state)
        self.emit(Inspected(instr.origin, operand, value, instr.name, instr.target, temporary))

    def _attribute(self, instr: ir.GetAttribute) -> Value:
        base = self.value(instr.base)
        if is_plain(base):
            return containers.plain(instr.origin)
        if instr.name in pointers.LOOKS:
            self.inspected(instr, base)
        return self.attribute(instr, base)

    def attribute(self, instr: ir.GetAttribute, base: Value) -> Value:
        """What ``base.name`` is: stored before, a property that the tables know, or something held."""
        stored = containers.load(self.state, base, f".{instr.name}")
        if stored is not None:
            return stored
        entry = (
            self.catalog.method(base.type, instr.name) if base.type else self._property_of_tensors(instr.name)
        )
        if entry is not None and entry.signature.construct == "property":
            tensor = entry.tensor
            return self._application(
                instr.origin, entry.name, tensor, {"self": Actual(instr.base, base)}, instr.target
            ).result(entry.signature)
        result = containers.held(base, f".{instr.name}", instr.origin)
        if isinstance(base.object, Given) and base.type.startswith("."):
            result = self._own_attribute(result, base.type, instr.name)
        return result

    def _property_of_tensors(self, name: str) -> Entry | None:
        """The property of that name where every tensor library of the file says the same of it."""
        found = [self.catalog.method(self.catalog.tensor_type(lib), name) for lib in self.module.libraries]
        entries = [e for e in found if e is not None and e.signature.construct == "property"]
        same = {str(e.signature) for e in entries}
        if name in UNMISTAKABLE and len(entries) == len(self.module.libraries) and len(same) == 1:
            return entries[0]
        return None

    def _own_attribute(self, value: Value, class_name: str, name: str) -> Value:
        known = self.module.attribute(class_name, name)
        if known is None:
            return value
        result = replace(value, type=known.value.type, rank=known.value.rank, traits=known.value.traits)
        result = replace(result, layout=layout.elsewhere(known.value.layout, result))
        if known.element is not None and result.object not in self.state.heap:
            inner = replace(known.element, object=Held(result.object, containers.REST, 0, True))
            self.state.heap[result.object] = {containers.REST: inner}
        return result

    def set_attribute(self, instr: ir.SetAttribute) -> None:
        base, value = self.value(instr.base), self.value(instr.value)
        if not isinstance(base.object, Allocation) and not instr.augmented:
            self.read(instr.origin, instr.value, "store")
        if self.catalog.is_tensor(base.type) and instr.name == "data":
            self.emit(Write(instr.origin, instr.base, base, base, "store", blank=self.state.blank))
            return
        if (
            instr.augmented
            and self.catalog.is_tensor(value.type)
            and not isinstance(value.object, Allocation)
        ):
            self.emit(Write(instr.origin, instr.value, value, value, "augmented", blank=self.state.blank))
        containers.store(self.state, base, f".{instr.name}", value)

    # Operators

    def operate(self, instr: ir.Operate) -> None:
        for operand in instr.operands:
            if instr.operator not in ("is", "is not"):
                self.read(instr.origin, operand)
        values = [self.value(operand) for operand in instr.operands]
        self.set(instr.target, self._operated(instr, values))

    def _operated(self, instr: ir.Operate, values: list[Value]) -> Value:
        number = lengths.computed(instr.operator, values, self.state, instr.origin)
        if number is not None:
            return number
        if instr.operator in ("+", "*") and len(values) == 2:
            sequence = self._concatenated(instr, values)
            if sequence is not None:
                return sequence
        tensors = [value for value in values if self.catalog.is_tensor(value.type)]
        if tensors and instr.operator not in ("is", "is not", "in", "not in", "not", "f-string"):
            kind = next((v.type for v in tensors if v.type.startswith("torch")), tensors[0].type)
            kind = "torch.Tensor" if kind.startswith("torch") else kind
            strides, rank = layout.operated(instr.operator, values, tensors)
            return Value(Allocation(instr.origin), type=kind, layout=strides, rank=rank)
        if all(is_plain(value) for value in values) or instr.operator in COMPARING:
            return containers.plain(instr.origin)
        return containers.unknown(instr.origin)

    def _concatenated(self, instr: ir.Operate, values: list[Value]) -> Value | None:
        """``list + list`` and ``list * number``: a new list of the same elements."""
        sequences = ("builtins.list", "builtins.tuple")
        lists = [value for value in values if value.type in sequences]
        if not lists:
            return None
        result = Value(Allocation(instr.origin), type=lists[0].type)
        self.state.heap[result.object] = {}
        if instr.operator == "+":
            for value in values:
                for inner in containers.elements(self.state, value) or (
                    [] if value in lists else [containers.unknown(instr.origin)]
                ):
                    containers.add(self.state, result, inner, instr.origin)
            return result
        operand = instr.operands[values.index(lists[0])]
        for inner in containers.elements(self.state, lists[0]):
            if self._mutable(inner):
                for deep in self._innermost(inner):
                    self.emit(Replicated(instr.origin, deep, operand, result, "product"))
                inner = self.marked(inner, instr.origin, "replica")
            containers.add(self.state, result, inner, instr.origin)
        return result

    def _innermost(self, value: Value) -> Iterable[Value]:
        """What a list of lists holds in the end."""
        found = containers.elements(self.state, value) if value.type in containers.CONTAINERS else []
        return [deep for inner in found for deep in self._innermost(inner)] if found else [value]

    def shared(self, value: Value, origin: ir.Origin) -> Value:
        """An element that a shallow copy of its container holds as well."""
        return value if is_plain(value) else value.step(Step(origin, "shared"), value.layout, value.rank)

    def marked(self, value: Value, origin: ir.Origin, kind: str) -> Value:
        """The value, and what it holds, as one of several references to it that ``origin`` made."""
        if is_plain(value):
            return value
        if value.type in containers.CONTAINERS:
            contents = self.state.heap.get(value.object, {})
            for key, inner in list(contents.items()):
                contents[key] = self.marked(inner, origin, kind)
        return value.step(Step(origin, kind), value.layout, value.rank)

    def augment(self, instr: ir.Augment) -> None:
        target, value = self.value(instr.target), self.value(instr.value)
        if self.catalog.is_tensor(target.type) and target.rank != 0:
            entry = self.catalog.method(target.type, INPLACE.get(instr.operator, ""))
            self.read(instr.origin, instr.value)
            if entry is None or not any(case.writes for case in entry.signature.cases):
                self.set(instr.target, Value(Allocation(instr.origin), type=target.type))
            elif not instr.target.startswith("%"):  # a temporary is stored back: the write is reported there
                self.emit(
                    Write(instr.origin, instr.target, target, target, "augmented", blank=self.state.blank)
                )
                self.state.filled(target)
            return
        if target.type == "builtins.list":
            inner = containers.pick(self.state, value, instr.origin) or containers.unknown(instr.origin)
            containers.add(self.state, target, inner, instr.origin)
            return
        self.read(instr.origin, instr.target)
        self.read(instr.origin, instr.value)
        both_plain = is_plain(target) and is_plain(value)
        self.state.names[instr.target] = (
            containers.plain(instr.origin) if both_plain else containers.unknown(instr.origin)
        )

    # Calls

    def call(self, instr: ir.Call) -> None:
        self.set(instr.target, Calls(self).function(instr))

    def call_method(self, instr: ir.CallMethod) -> None:
        self.set(instr.target, Calls(self).method(instr))

    def enter(self, instr: ir.Enter) -> None:
        self.set(instr.target, containers.held(self.value(instr.source), "<entered>", instr.origin))

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
        elif instr.test == "instance" and instr.holds and not known.type and len(instr.argument) == 1:
            name = instr.argument[0]
            if name in ("builtins.int", "builtins.float", "builtins.str", "builtins.bool"):
                self.state.names[instr.operand] = replace(known, type=PLAIN_TYPE)
            elif name.startswith(("numpy.ndarray", "torch.", "builtins.", ".")):
                self.state.names[instr.operand] = replace(known, type=name)

    def _assume_none(self, place: ir.Place, known: Value, holds: bool) -> None:
        if holds:
            if isinstance(known.object, (Given, Choice, Constant)):
                self.state.names[place] = containers.constant(None)
            return
        if not isinstance(known.object, Choice):
            return
        kept = [
            leaf for leaf, _ in alternatives(known)
            if not (isinstance(leaf.object, Constant) and leaf.object.value is None)
        ]
        if kept and len(kept) < len(known.object.alternatives):
            self.state.names[place] = one_of([(leaf, "") for leaf in kept], known.object.site, place)

    def evaluate(self, instr: ir.Evaluate) -> None:
        """A value that is thrown away was computed for its effects: nothing happens here."""

    def store_global(self, instr: ir.StoreGlobal) -> None:
        self.read(instr.origin, instr.value, "store")

    def yield_(self, instr: ir.Yield) -> None:
        self.read(instr.origin, instr.value, "yield")
        self.set(instr.target, containers.unknown(instr.origin))

    def return_(self, instr: ir.Return) -> None:
        self.read(instr.origin, instr.value, "return")


def _is_one_object(value: Value) -> bool:
    """Whether the value is certainly one and the same object each time, and not picked out of several."""
    thing = value.object
    while isinstance(thing, Held):
        if thing.key == containers.REST or thing.old:
            return False
        thing = thing.owner
    picked = any(step.kind in ("row", "piece", "some") or step.old for step in value.path)
    return isinstance(thing, (Allocation, Given)) and not is_old(thing) and not picked


def _same_elements(value: Value, region: Value) -> bool:
    """Whether what is stored to a region is that one: ``x[:, 0] = np.clip(x[:, 0], 0, 1, out=x[:, 0])``."""
    return (
        value.object == region.object
        and len(value.path) == len(region.path) > 0
        and all(same_region(a, b) for a, b in zip(value.path, region.path, strict=True))
    )


COUNTERS = frozenset({"i", "j", "k", "n", "t"})
UNMISTAKABLE = frozenset({"T", "mT", "shape", "ndim", "dtype"})
COMPARING = frozenset({"==", "!=", "<", ">", "<=", ">=", "in", "not in", "is", "is not", "not", "f-string"})

_HANDLERS: dict[type[ir.Instr], str] = {
    ir.Reference: "reference", ir.Bind: "bind", ir.Build: "build", ir.Collect: "collect",
    ir.GetAttribute: "get_attribute", ir.GetItem: "get_item", ir.Call: "call", ir.CallMethod: "call_method",
    ir.Operate: "operate", ir.Augment: "augment", ir.SetAttribute: "set_attribute", ir.SetItem: "set_item",
    ir.Unpack: "unpack", ir.Next: "next", ir.Forget: "forget", ir.Define: "define", ir.Enter: "enter",
    ir.Assume: "assume", ir.StoreGlobal: "store_global", ir.Yield: "yield_", ir.Return: "return_",
    ir.DeleteItem: "delete_item",
}  # fmt: skip

