"""Attributes: what ``base.name`` is, and what setting it writes or keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias import containers, grad, layout, pointers
from tensorlint.alias.calls import Calls
from tensorlint.alias.events import AttributeRead, AttributeSet, Inspected
from tensorlint.alias.guards import Actual, dtype_of
from tensorlint.alias.lattice import Allocation, Held, Value, alternatives, is_plain, root
from tensorlint.alias.region import MANY, Step
from tensorlint.knowledge.catalog import Entry

if TYPE_CHECKING:
    from tensorlint.alias.transfer import Transfer

MODULE = "torch.nn.Module"
UNMISTAKABLE = frozenset({"T", "mT", "shape", "ndim", "dtype"})


class Attributes:
    """The attributes of one function, over the state of its :class:`~tensorlint.alias.transfer.Transfer`."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer
        self.catalog = transfer.catalog
        self.module = transfer.module
        self.state = transfer.state

    def get_attribute(self, instr: ir.GetAttribute) -> None:
        value = self._attribute(instr)
        held = not any(step.is_view for step in value.path) and not isinstance(value.object, Allocation)
        self.transfer.set(
            instr.target, self.transfer.second_name(instr.origin, instr.target, value) if held else value
        )

    def inspected(self, instr: ir.GetAttribute | ir.CallMethod, value: Value) -> None:
        """The memory of a tensor is looked at."""
        operand = instr.base if isinstance(instr, ir.GetAttribute) else instr.receiver
        temporary = pointers.is_temporary(operand, value, self.state)
        self.transfer.emit(Inspected(instr.origin, operand, value, instr.name, instr.target, temporary))

    def _attribute(self, instr: ir.GetAttribute) -> Value:
        base = self.transfer.value(instr.base)
        if is_plain(base):
            return containers.plain(instr.origin)
        if instr.name in pointers.LOOKS:
            self.inspected(instr, base)
        return self.attribute(instr, base)

    def attribute(self, instr: ir.GetAttribute, base: Value) -> Value:
        """What ``base.name`` is: stored before, a property that the tables know, or something held."""
        stored = self._stored_attribute(base, instr.name)
        entry = self._member(base.type, instr.name) if base.type else self._property_of_tensors(instr.name)
        if entry is None and self._is_bare_tensor(base):
            self.transfer.emit(
                AttributeRead(instr.origin, instr.base, base, instr.name, stored, instr.target)
            )
        if stored is not None:
            return stored
        if instr.name == "dtype" and entry is not None:
            return dtype_of(base)
        if entry is not None and entry.signature.construct == "property":
            tensor = entry.tensor
            found = self.transfer.application(
                instr.origin, entry.name, tensor, {"self": Actual(instr.base, base)}, instr.target
            ).result(entry.signature)
            return self.transfer.tracked(found, entry.name, [base])
        if base.type.startswith("."):
            return self._own_attribute(instr, base)
        return containers.held(base, f".{instr.name}", instr.origin)

    def _stored_attribute(self, base: Value, name: str) -> Value | None:
        """What was set before."""
        return containers.load(self.state, base, self._attribute_key(base, name))

    def _attribute_key(self, base: Value, name: str) -> str:
        """A view of a tensor is an object of its own, with attributes of its own."""
        if not self.catalog.is_tensor(base.type):
            return f".{name}"
        return f".{name}" + "".join(f"@{step.kind}{step.site}" for step in base.path if step.is_view)

    def _is_bare_tensor(self, value: Value) -> bool:
        """Whether a value certainly is of a library's own tensor class, and not of a class that derives
        from it.
        """
        kinds = {leaf.type for leaf, _ in alternatives(value)}
        return all(self.catalog.is_tensor(kind) and not kind.startswith(".") for kind in kinds)

    def _member(self, kind: str, name: str) -> Entry | None:
        """The member of a class that the tables know. That modules have a ``weight`` and a ``bias`` holds for
        layers of a library: a class of this file has what its own methods set.
        """
        entry = self.catalog.method(kind, name)
        if entry is None or not kind.startswith(".") or entry.name.rpartition(".")[0] != MODULE:
            return entry
        layer = next((base for base in self.catalog.bases(kind) if not base.startswith(".")), MODULE)
        own = layer == MODULE or self.module.attribute(kind, name) is not None
        return None if own and entry.signature.construct == "property" else entry

    def _property_of_tensors(self, name: str) -> Entry | None:
        """The property of that name where every tensor library of the file says the same of it."""
        found = [self.catalog.method(self.catalog.tensor_type(lib), name) for lib in self.module.libraries]
        entries = [e for e in found if e is not None and e.signature.construct == "property"]
        same = {str(e.signature) for e in entries}
        if name in UNMISTAKABLE and len(entries) == len(self.module.libraries) and len(same) == 1:
            return entries[0]
        return None

    def _own_attribute(self, instr: ir.GetAttribute, base: Value) -> Value:
        """An attribute of an object of a class of this file, or what a property of it gives."""
        read = Calls(self.transfer).property_of(instr, base)
        if read is not None:
            return read
        info = self.module.class_info(base.type)
        if info is not None and "__getattribute__" in info.methods:
            return containers.unknown(instr.origin)
        value = containers.held(base, f".{instr.name}", instr.origin)
        known = self.module.attribute(base.type, instr.name)
        if known is None:
            return value
        if known.same_as and known.same_as != instr.name:
            other = self._own_attribute(replace(instr, name=known.same_as), base)
            known_since = Step(known.same_at or instr.origin, "alias", old=True)
            return other.step(known_since, other.layout, other.rank)
        result = replace(value, type=known.value.type, rank=known.value.rank, traits=known.value.traits)
        many = tuple(step for step in known.value.path[-1:] if step.kind in MANY)
        result = replace(result, layout=layout.elsewhere(known.value.layout, result), path=many)
        if result.object not in self.state.heap:
            contents = {f".{name}": option for name, option in known.options.items()}
            if contents:
                self.state.heap[result.object] = contents
            owner = result.object
            for element in known.elements or self._stored_in(result, base.type, instr.name):
                held = Held(owner, containers.REST, 0, True)
                self.state.contents(owner)[containers.REST] = _as_held(element, held)
                owner = held
        return result

    def _stored_in(self, container: Value, owner: str, name: str) -> tuple[Value, ...]:
        """What is found in a dictionary in an attribute, where a method of the class puts it."""
        if container.type != "builtins.dict":
            return ()
        return tuple(Value(each.object, type=each.type) for each in self.module.stored(owner, name))

    def set_attribute(self, instr: ir.SetAttribute) -> None:
        base, value = self.transfer.value(instr.base), self.transfer.value(instr.value)
        if not isinstance(base.object, Allocation) and not instr.augmented:
            self.transfer.read(instr.origin, instr.value, "store")
        if self.catalog.is_writable(base.type) and instr.name == "data":
            self.transfer.emit(self.state.write(instr.origin, instr.base, base, "store"))
            return
        if self._is_bare_tensor(base):
            if self.catalog.method(base.type, instr.name) is None:
                self.transfer.emit(AttributeSet(instr.origin, base, instr.name))
            elif instr.name == "requires_grad":
                self.state.names = grad.known_as(self.state.names, base, grad.given(base, value, base))
        part = self.catalog.is_tensor(base.type) and value.object == base.object  # `x.real *= 2`
        written = part or not isinstance(value.object, Allocation)
        if instr.augmented and self.catalog.is_writable(value.type) and written:
            operand, through = (instr.base, base) if part else (instr.value, value)
            self.transfer.emit(self.state.write(instr.origin, operand, through, "augmented", value))
        containers.store(self.state, base, self._attribute_key(base, instr.name), value)


def _as_held(element: Value, held: Held) -> Value:
    """An element of what a constructor left in an attribute, as one of all that are held there. What was made
    for it, and seen through a view such as ``clone().detach()``, is all that there is: a view of nobody
    else's.
    """
    if not isinstance(root(element.object), Allocation):
        return replace(element, object=held)
    path = tuple(step for step in element.path if not step.is_view or step.selects or step.kind in MANY)
    return replace(element, object=held, path=path)
