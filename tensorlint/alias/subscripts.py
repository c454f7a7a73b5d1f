"""Subscripts: what ``base[index]`` is, and what storing to it writes or keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias import containers, grad, lengths
from tensorlint.alias.events import ContainerCopied, Kept, PutBack, Read, Replaced
from tensorlint.alias.guards import SELECTING, Actual
from tensorlint.alias.lattice import (
    Allocation,
    Constant,
    Given,
    Held,
    Object,
    Value,
    alternatives,
    is_plain,
    same_elements,
)
from tensorlint.alias.operators import COUNTERS
from tensorlint.alias.region import At, Axis, Between, Rest, Step
from tensorlint.alias.replicas import is_one_object, shared
from tensorlint.knowledge.effects import PREDICATES, New, Signature

if TYPE_CHECKING:
    from tensorlint.alias.transfer import Transfer

FIELDS = ir.Pick(ir.Literal(""))  # takes no axis away, as the name of a single field does not
MASKED = "numpy.ma.masked"  # stored, it hides elements and leaves them as they are


class Subscripts:
    """The subscripts of one function, over the state of its :class:`~tensorlint.alias.transfer.Transfer`."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer
        self.catalog = transfer.catalog
        self.state = transfer.state

    # Taken out

    def get_item(self, instr: ir.GetItem) -> None:
        """``target = base[index]``"""
        base = self.transfer.value(instr.base)
        self._read_index(instr.origin, instr.index)
        index = self._with_slices(instr.index)
        self.transfer.set(instr.target, self.item(instr.origin, base, index, instr.target, instr.base))

    def item(
        self, origin: ir.Origin, base: Value, index: ir.Index, target: ir.Place, operand: ir.Operand = ""
    ) -> Value:
        """What ``base[index]`` is: part of a tensor or a container, or something held."""
        if is_plain(base):
            return lengths.item(base, index, origin) or containers.plain(origin)
        entry = self.catalog.method(base.type, "__getitem__") if base.type else None
        if entry is not None and (self.catalog.is_tensor(base.type) or _makes(entry.signature)):
            application = self.transfer.application(
                origin,
                entry.name,
                entry.tensor,
                {"self": Actual(operand, base), "index": Actual("", Value(Constant(None, "index")))},
                target,
            )
            if self.transfer.evidence.axes.get(str(operand), 0) > len(index):
                application.used_as_array = True  # there are more axes, as another index tells
            application.index = tuple(FIELDS if self._names_fields(each) else each for each in index)
            application.index_values = tuple(self._axis(selector) for selector in index)
            return self.transfer.tracked(application.result(entry.signature), entry.name, [base])
        if len(index) == 1 and isinstance(index[0], ir.Cut):
            return self._slice_of_container(origin, base, operand)
        if len(index) == 1 and isinstance(index[0], ir.Pick) and isinstance(index[0].value, ir.Literal):
            key = containers.key_of(index[0].value.value)
            stored = containers.load(self.state, base, key)
            if stored is not None:
                return stored
            if (item := containers.item_of_many(self.state, base, key)) is not None:
                return item
            # What a dictionary holds under other keys that are written out, it is not.
            named = base.type == "builtins.dict" and containers.is_listed(self.state, base)
            if (
                base.type in containers.CONTAINERS
                and not named
                and (picked := containers.pick(self.state, base, origin, when=PREDICATES["path"])) is not None
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
            self.transfer.emit(Read(origin, operand, base.step(Step(origin, "subset", axes)), "use"))

    def _slice_of_container(self, origin: ir.Origin, base: Value, operand: ir.Operand) -> Value:
        if base.type not in ("builtins.list", "builtins.tuple"):
            return containers.unknown(origin)
        result = Value(Allocation(origin), type=base.type)
        self.state.heap[result.object] = {}
        for value in containers.elements(self.state, base):
            containers.add(self.state, result, shared(value, origin), origin)
        self.transfer.emit(
            ContainerCopied(origin, operand, base, result, tuple(containers.elements(self.state, base)))
        )
        return result

    # Stored and deleted

    def set_item(self, instr: ir.SetItem) -> None:
        """``base[index] = value``, and the last part of ``base[index] += value``."""
        instr = replace(instr, index=self._with_slices(instr.index))
        base, value = self.transfer.value(instr.base), self.transfer.value(instr.value)
        self._read_index(instr.origin, instr.index)
        axes = (
            tuple(self._axis(selector) for selector in instr.index)
            if self.catalog.is_tensor(base.type)
            else ()
        )
        basic = all(plain for _, plain in axes)
        step = Step(instr.origin, "subset", tuple(axis for axis, _ in axes))
        region = base.step(step) if axes and basic else base  # a mask may pick any element
        if not instr.augmented:
            if region.path and same_elements(value, region):
                self.transfer.emit(PutBack(instr.origin, region))
                return  # onto themselves
            if value.object == Given(MASKED, "global"):
                return
            self._read_stored(instr.origin, instr.value, base, value)
        if is_plain(base) or (self.catalog.is_tensor(base.type) and not self.catalog.is_writable(base.type)):
            return
        if self.catalog.is_tensor(base.type):
            how = "augmented" if instr.augmented else "store"
            self.transfer.emit(self.state.write(instr.origin, instr.base, base, how, region))
            self.state.names = grad.written(self.state.names, base, [value])
            if all(axis in (Rest(), Between(None, None, None)) for axis, _ in axes):
                self.state.filled(base)
            return
        puts_back = instr.augmented and self.catalog.is_writable(value.type) and not self._rebound(value)
        if puts_back:
            self.transfer.emit(self.state.write(instr.origin, instr.value, value, "augmented"))
        if isinstance(base.object, (Given, Held)) and not is_plain(value):
            self.transfer.emit(Replaced(instr.origin, instr.base, base, value))
        literal = len(instr.index) == 1 and isinstance(instr.index[0], ir.Pick) and instr.index[0].value
        if isinstance(literal, ir.Literal):
            containers.store(self.state, base, containers.key_of(literal.value), value)
        elif base.type in containers.CONTAINERS and not puts_back:  # the very element that was taken out
            if not self._stored_again(instr, base, value):
                add = containers.add_to_held if base.type == "builtins.dict" else containers.add
                add(self.state, base, value, instr.origin)
            if not instr.augmented:
                self.transfer.emit(Kept(instr.origin, base, instr.value, value))

    def _stored_again(self, instr: ir.SetItem, base: Value, value: Value) -> bool:
        """Whether a loop stores under each key the very tensor that it stored under the one before."""
        if instr.augmented or not self.catalog.is_tensor(value.type) or not is_one_object(value):
            return False
        keys = [self.transfer.value(each.value) for each in instr.index if isinstance(each, ir.Pick)]
        turning = self.transfer.looping
        if len(keys) != 1 or instr.origin not in turning or turning.isdisjoint(keys[0].sites):
            return False
        replica = value.step(Step(instr.origin, "repeated"), value.layout, value.rank)
        before = self.state.heap.get(base.object, {}).get(containers.REST)
        if before is None or any(leaf not in (value, replica) for leaf, _ in alternatives(before)):
            return False
        self.state.contents(base.object)[containers.REST] = replica
        return True

    def _read_stored(self, origin: ir.Origin, operand: ir.Operand, base: Value, value: Value) -> None:
        """Storing copies elements into a tensor; anything else keeps the reference."""
        if self.catalog.is_tensor(base.type):
            self.transfer.read(origin, operand)
        elif not isinstance(base.object, Allocation) and not is_plain(value):
            self.transfer.read(origin, operand, "store")

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

    def delete_item(self, instr: ir.DeleteItem) -> None:
        """``del base[index]``: the others may stand elsewhere from now on."""
        containers.forget_positions(self.state, self.transfer.value(instr.base), instr.origin)

    # The index

    def _read_index(self, origin: ir.Origin, index: ir.Index) -> None:
        """``x[order]`` reads the elements of ``order``."""
        for selector in index:
            if isinstance(selector, ir.Pick):
                self.transfer.read(origin, selector.value)

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
        value = self.transfer.value(selector.value)
        if is_plain(value):
            return At(self._bound(selector.value)), True
        if self._names_fields(selector):
            return At(value.object), True
        if isinstance(value.object, Given) and self._counts(value.object.name):
            return At(value.object), True
        if SELECTING in value.traits:
            return At(value.object), False
        counts = any(is_plain(leaf) for leaf, _ in alternatives(value))  # an item of an array may be a number
        return At(value.object), None if counts or not value.type else False

    def _with_slices(self, index: ir.Index) -> ir.Index:
        """The selectors, with slices for the names that stand for one: ``part = slice(0, n); x[part]``."""
        return tuple(
            ir.Cut(each.value, each.value, ir.Literal(None))
            if isinstance(each, ir.Pick) and self.transfer.value(each.value).type == "builtins.slice"
            else each
            for each in index
        )

    def _names_fields(self, selector: ir.Selector) -> bool:
        """Whether an index is a list of names: those fields of a structured array are a view of it."""
        value = self.transfer.value(selector.value) if isinstance(selector, ir.Pick) else None
        if value is None or value.type != "builtins.list":
            return False
        names = [each.object for each in containers.elements(self.state, value)]
        return bool(names) and all(isinstance(n, Constant) and isinstance(n.value, str) for n in names)

    def _counts(self, name: str) -> bool:
        """Whether a parameter is an integer by custom: ``i``, or the index that a data set is asked for, also
        where another of its methods is handed it.
        """
        function = self.transfer.function
        asked: ir.Function | None = function
        if function.name != "__getitem__":
            asked = self.transfer.module.function_of(f".{function.class_name}.__getitem__")
        parameters = asked.parameters if asked is not None and asked.name == "__getitem__" else ()
        return name in COUNTERS or (len(parameters) == 2 and parameters[1].name == name)

    def _bound(self, operand: ir.Operand) -> object:
        if isinstance(operand, ir.Literal):
            return operand.value
        value = self.transfer.value(operand)
        return value.object.value if isinstance(value.object, Constant) else value.object


def _makes(signature: Signature) -> bool:
    """Whether whatever comes out is a tensor of its own: ``np.r_[a, b]``."""
    return all(isinstance(case.term, New) for case in signature.cases)
