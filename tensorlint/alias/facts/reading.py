"""Questions about what is done with a tensor from an instruction on: is it only read, and who else acts?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import containers, grad
from tensorlint.alias.events import Called, Event, Read, Write
from tensorlint.alias.facts.lost import Lost
from tensorlint.alias.lattice import (
    Allocation,
    Given,
    Object,
    Sharing,
    Value,
    alternatives,
    is_plain,
    sharing,
)
from tensorlint.alias.lives import life
from tensorlint.alias.pointers import LOOKS
from tensorlint.alias.state import State
from tensorlint.alias.uses import Spot
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import ElementsWritten, ReferenceStored
from tensorlint.knowledge.saved import backward

# Attributes that tell of a tensor, or are views of it, and that are the same of a copy.
TELLING = frozenset("shape dtype ndim size nbytes itemsize device T mT real imag is_cuda".split())
# What looks at a tensor's memory, or at which object it is, or is given a function to call.
PRYING = LOOKS | frozenset(
    "id view set_ storage untyped_storage resize byteswap tofile dump save savez shares_memory"
    " may_share_memory apply_along_axis apply_over_axes vectorize piecewise fromfunction frompyfunc nditer"
    " from_numpy from_dlpack as_tensor frombuffer register_hook retain_grad backward requires_grad_"
    " share_memory_ pin_memory".split()
)
CALLING = frozenset({"key", "default", "func", "function", "callback"})  # keywords that take a function
# Functions of the language that only look at what they are given, beside those that hand it on one by one.
LOOKING = frozenset(
    "len float int bool complex str repr print isinstance hasattr type abs max min sum round any all divmod"
    " enumerate zip reversed iter list tuple sorted range format".split()
)
UNTOUCHED = frozenset("time.time time.perf_counter time.monotonic warnings.warn".split())
# Methods and functions of PyTorch that keep none of their tensors for the backward pass.
UNSAVED = frozenset(
    "add sub neg sum mean any all argmax argmin eq ne lt le gt ge item tolist size dim numel detach reshape"
    " flatten permute transpose t squeeze unsqueeze expand cat stack concat long int bool round floor ceil"
    " sign isnan isinf isfinite nonzero unique argsort numpy equal allclose isclose split chunk unbind repeat"
    " tile flip roll zeros_like ones_like empty_like rand_like randn_like".split()
)
UNSAVED_OPERATORS = frozenset(
    {"+", "-", "~", "==", "!=", "<", "<=", ">", ">=", "&", "|", "^", "f-string", "not"}
)
LAZY = "builtins.iter"


class Reading(Lost):
    """What a function does with a tensor while it is in use."""

    def only_read(self, start: Spot, place: ir.Place) -> frozenset[Spot] | None:
        """All that may run while the tensor, or a view of it, is in use that an instruction puts into a
        place; None where anything but reading is done with it, or nobody knows.
        """
        made = self._bound_at(start, place)
        own = _things(made) if made is not None else frozenset()
        spots: set[Spot] = set()
        pending, seen = [(start, place)], set[tuple[Spot, ir.Place]]()
        while pending:
            spot, name = pending.pop()
            if (spot, name) in seen:
                continue
            seen.add((spot, name))
            if name in self._closed_over:
                return None
            found = life(self.function, spot, name)
            spots |= found.spots
            for use in found.uses:
                targets = self._read_by(use, name, own)
                if targets is None:
                    return None
                pending += [(use, target) for target in targets]
        return frozenset(spots)

    @cached_property
    def _closed_over(self) -> frozenset[ir.Place]:
        """What nested functions see, and may read or bind whenever they are called."""
        found = (each.captures for each in ir.instructions(self.function) if isinstance(each, ir.Define))
        return frozenset(place for captures in found for place in captures)

    def _instr_at(self, spot: Spot) -> ir.Instr:
        return self.function.blocks[spot[0]].instructions[spot[1]]

    def _events_at(self, spot: Spot) -> tuple[Event, ...]:
        found = self.solution.occurrences.get(spot[0], ())
        return found[spot[1]].events if spot[1] < len(found) else ()

    def _known_at(self, spot: Spot, *, after: bool) -> State | None:
        """What is known before, or after, an instruction; None where it never runs."""
        block, position = spot
        if block not in self.solution.occurrences:
            return None
        if not after:
            return self._replayed(block)[position - 1] if position else self.solution.entries[block]
        return self._replayed(block)[position]

    def _bound_at(self, spot: Spot, place: ir.Operand) -> Value | None:
        state = self._known_at(spot, after=True)
        return state.names.get(place) if state is not None and isinstance(place, str) else None

    def _given_at(self, spot: Spot, operand: ir.Operand) -> Value | None:
        if isinstance(operand, ir.Literal):
            return containers.constant(operand.value)
        state = self._known_at(spot, after=False)
        return state.names.get(operand) if state is not None else None

    # One use

    def _read_by(self, use: Spot, place: ir.Place, own: frozenset[Object]) -> tuple[ir.Place, ...] | None:
        """The places that an instruction puts a tensor into, or a view of it, which it only reads; None where
        it may do anything else with it.
        """
        instr, given = self._instr_at(use), self._given_at(use, place)
        if given is None:
            return None
        if isinstance(instr, (ir.Evaluate, ir.Assume, ir.Declare)):
            return ()
        if isinstance(instr, (ir.Bind, ir.Next)):
            return self._put(use, own, instr.target)
        if isinstance(instr, ir.Unpack):
            return self._put(use, own, *instr.targets)
        if isinstance(instr, (ir.GetItem, ir.SetItem)):
            return self._indexed(use, instr, place, own)
        if isinstance(instr, (ir.Call, ir.CallMethod)):
            return self._call_read(use, instr, given, own)
        if isinstance(instr, ir.Build):
            return self._put(use, own, instr.target)
        if given.type in containers.CONTAINERS:
            return None
        if isinstance(instr, ir.GetAttribute):
            return self._put(use, own, instr.target) if instr.name in TELLING else None
        if isinstance(instr, ir.Operate):
            return self._operated(use, instr, given, own)
        if isinstance(instr, ir.Augment) and instr.target != place and instr.value == place:
            target = self._given_at(use, instr.target)
            known = target is not None and (is_plain(target) or self.is_tensor(target))
            return () if known and self._forgets(instr.operator, given) else None
        return None

    def _put(self, use: Spot, own: frozenset[Object], *targets: ir.Place) -> tuple[ir.Place, ...] | None:
        """Those of the places that an instruction binds which then hold, or share, what is followed; None
        where that is not known.
        """
        found: list[ir.Place] = []
        state = self._known_at(use, after=True)
        for target in targets:
            value = self._bound_at(use, target)
            if state is None or value is None:
                return None
            ways = [self._is_shared(leaf, own, use, state) for leaf, _ in alternatives(value)]
            if None in ways:
                return None
            if any(ways):
                found.append(target)
        return tuple(found)

    def _is_shared(self, value: Value, own: frozenset[Object], use: Spot, state: State) -> bool | None:
        """Whether a result is, or holds, what is followed; None where it is neither that nor new."""
        if is_plain(value):
            return False
        if _newest(value.object) in own:
            return True
        if not isinstance(value.object, Allocation):
            return None
        if value.type in containers.CONTAINERS:
            inner = [each for each in containers.reachable(state, value) if each is not value]
            held = [_newest(leaf.object) for each in inner for leaf, _ in alternatives(each)]
            if any(thing in own for thing in held):
                return True
            return False if all(map(is_plain, inner)) or value.type != LAZY else None
        fresh = value.object.site == self._instr_at(use).origin and value.object not in state.heap
        return False if fresh and self.is_tensor(value) else None

    def _indexed(
        self, use: Spot, instr: ir.GetItem | ir.SetItem, place: ir.Place, own: frozenset[Object]
    ) -> tuple[ir.Place, ...] | None:
        """``x[i]`` reads both; ``y[i] = x`` copies into a tensor, and stores in a container."""
        base = self._given_at(use, instr.base)
        if base is None or (isinstance(instr, ir.SetItem) and instr.base == place):
            return None
        if instr.base != place and not self.is_tensor(base):
            return None
        if isinstance(instr, ir.SetItem):
            return ()
        return self._put(use, own, instr.target)

    def _operated(
        self, use: Spot, instr: ir.Operate, given: Value, own: frozenset[Object]
    ) -> tuple[ir.Place, ...] | None:
        if instr.operator in ("is", "is not"):
            return () if ir.Literal(None) in instr.operands else None
        if instr.operator == "match" or not self._forgets(instr.operator, given):
            return None
        return self._put(use, own, instr.target)

    def _call_read(
        self, use: Spot, instr: ir.Call | ir.CallMethod, given: Value, own: frozenset[Object]
    ) -> tuple[ir.Place, ...] | None:
        """What a call of a known function does that keeps nothing and looks at nothing but elements."""
        calls = [event for event in self._events_at(use) if isinstance(event, Called)]
        if len(calls) != 1 or len(calls[0].names) != 1 or not self._only_looks(calls[0], given):
            return None
        return self._put(use, own, instr.target)

    def _only_looks(self, call: Called, given: Value) -> bool:
        name = call.names[0]
        library, _, short = name.partition(".")
        last = name.rpartition(".")[2]
        if last in PRYING or self._is_given_a_function(call):
            return False
        if library == "builtins" and "." not in short:
            return last in LOOKING
        entry = self.catalog.lookup(name)
        if entry is None or library not in ("numpy", "torch", "math") or not _keeps_nothing(entry):
            return False
        return self._forgets(last, given)

    def _is_given_a_function(self, call: Called) -> bool:
        """Whether a call is handed something that it may call, and that nobody knows."""
        for keyword, _, value in call.arguments:
            name = value.object.name if isinstance(value.object, Given) else ""
            if keyword in CALLING or name.startswith((".", "<", "?")):
                return True
        return False

    def _forgets(self, operation: str, given: Value) -> bool:
        """Whether an operation keeps nothing of a tensor for a backward pass."""
        leaves = [leaf for leaf, _ in alternatives(given)]
        if all(leaf.type == "numpy.ndarray" or grad.APART in leaf.traits for leaf in leaves):
            return True
        if not grad.SUSPENDS.isdisjoint(self.function.decorators):
            return True
        unsaved = operation in UNSAVED and not backward().of(f"torch.{operation}", in_place=False)
        builtin = operation in LOOKING - {"abs", "max", "min", "round", "divmod"}
        return unsaved or builtin or operation in UNSAVED_OPERATORS

    # Everybody else, in the meantime

    def is_quiet(self, spots: frozenset[Spot], values: tuple[Value, ...]) -> bool:
        """Whether nobody may write to one of some tensors while some instructions run: no write may reach
        them, and nobody is called, or given way to, who is not known.
        """
        return all(self._is_tame(spot, values) for spot in spots)

    def _is_tame(self, spot: Spot, values: tuple[Value, ...]) -> bool:
        instr = self._instr_at(spot)
        if isinstance(instr, (ir.Yield, ir.Define, ir.StoreGlobal)):
            return False
        if isinstance(instr, (ir.Enter, ir.Leave)):  # what is entered may be a lock
            return self._type_at(spot, instr.source).startswith(("torch.", "numpy."))
        if isinstance(instr, ir.Next) and not self._is_at_hand(spot, instr.iterable):
            return False
        if isinstance(instr, ir.SetAttribute) and self._may_share(self._given_at(spot, instr.base), values):
            return False
        if isinstance(instr, ir.GetAttribute) and self._is_property(spot, instr):
            return False
        return all(self._leaves_alone(event, values) for event in self._events_at(spot))

    def _type_at(self, spot: Spot, operand: ir.Operand) -> str:
        value = self._given_at(spot, operand)
        return value.type if value is not None else ""

    def _is_at_hand(self, spot: Spot, operand: ir.Operand) -> bool:
        """Whether going on with an iteration runs nobody's code: not that of a generator, or of a reader."""
        value = self._given_at(spot, operand)
        if value is None or is_plain(value) or self.is_tensor(value):
            return value is not None
        if value.type != LAZY:
            return value.type in containers.CONTAINERS
        site = value.object.site if isinstance(value.object, Allocation) else None
        calls = [event for event in self.events() if isinstance(event, Called) and event.origin == site]
        return bool(calls) and all(
            each.type in containers.CONTAINERS or is_plain(each) or self.is_tensor(each)
            for call in calls
            for _, _, each in call.arguments
            if each.type != LAZY or call.names[0].startswith("builtins.")
        )

    def _is_property(self, spot: Spot, instr: ir.GetAttribute) -> bool:
        """Whether an attribute is a property of a class of the file."""
        for name in self.catalog.bases(self._type_at(spot, instr.base)):
            known = self.module.class_info(name) if name.startswith(".") else None
            if known is not None and instr.name in known.properties:
                return True
        return False

    def _may_share(self, value: Value | None, values: tuple[Value, ...]) -> bool:
        """Whether a value may share elements with one of some tensors."""
        return value is None or any(sharing(value, each) is not Sharing.NONE for each in values)

    def _leaves_alone(self, event: Event, values: tuple[Value, ...]) -> bool:
        if isinstance(event, Write):
            return not self._may_share(event.region, values)
        if isinstance(event, Read):
            return event.how != "call"
        return not isinstance(event, Called) or self._is_known(event, values)

    def _is_known(self, call: Called, values: tuple[Value, ...]) -> bool:
        """Whether a call runs nobody's code but that of a library, which writes what its entry says."""
        name = call.names[0] if len(call.names) == 1 else ""
        library, _, short = name.partition(".")
        if self._is_given_a_function(call):
            return False
        if library == "builtins" and "." not in short:
            return short in LOOKING or short.endswith(("Error", "Exception", "Warning"))
        if name in UNTOUCHED or library in ("plain", "math"):
            return True
        entry = self.catalog.lookup(name)
        if (
            entry is None
            or short.startswith(("optim.", "autograd."))
            or short.endswith((".backward", ".step"))
        ):
            return False
        given = [value for _, _, value in call.arguments]
        given += [call.receiver[1]] if call.receiver is not None else []
        return not _lays_out_anew(entry) or not any(self._may_share(each, values) for each in given)


def _newest(thing: Object) -> Object:
    """An allocation, whichever turn of a loop made it."""
    return Allocation(thing.site, thing.slot) if isinstance(thing, Allocation) else thing


def _things(value: Value) -> frozenset[Object]:
    return frozenset(_newest(leaf.object) for leaf, _ in alternatives(value))


def _keeps_nothing(entry: Entry) -> bool:
    """Whether a call does nothing but give a result, and write where it is told to."""
    signature = entry.signature
    stored = any(isinstance(write, ReferenceStored) for write in _writes(entry))
    acts = signature.construct == "class" or signature.clause("acts") is not None
    return not (stored or acts or _lays_out_anew(entry))


def _lays_out_anew(entry: Entry) -> bool:
    """Whether a call changes something else of a tensor than elements: axes, flags."""
    return any(isinstance(write, ElementsWritten) and not write.of_elements for write in _writes(entry))


def _writes(entry: Entry) -> Iterator[ElementsWritten | ReferenceStored]:
    return (write for case in entry.signature.cases for write in case.writes)
