"""Questions about what is done with a tensor from an instruction on: is it only read, and who else acts?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import containers, grad
from tensorlint.alias.events import Called
from tensorlint.alias.facts.quiet import LAZY, LOOKING, Quiet, lays_out_anew, writes_of
from tensorlint.alias.lattice import Allocation, Given, Object, Value, alternatives, is_plain, root
from tensorlint.alias.lives import Life, life
from tensorlint.alias.pointers import LOOKS
from tensorlint.alias.state import State
from tensorlint.alias.uses import Spot
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import ReferenceStored
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
# Methods and functions of PyTorch that keep none of their tensors for the backward pass.
UNSAVED = frozenset(
    "add sub neg sum mean any all argmax argmin eq ne lt le gt ge item tolist size dim numel detach"
    " reshape flatten permute transpose t squeeze unsqueeze expand cat stack concat long int bool round"
    " floor ceil sign isnan isinf isfinite nonzero argsort numpy equal allclose isclose repeat tile flip"
    " roll zeros_like ones_like empty_like rand_like randn_like".split()
)
# Functions of the language that tell nothing of a tensor's class or gradients, as `print` does.
PASSING_ON = frozenset({"len", "float", "int", "bool"})
UNSAVED_OPERATORS = frozenset({"+", "-", "~", "==", "!=", "<", "<=", ">", ">=", "&", "|", "^", "not"})


class Reading(Quiet):
    """What a function does with a tensor while it is in use."""

    def only_read(self, start: Spot, place: ir.Place) -> frozenset[Spot] | None:
        """All that may run while the tensor, or a view of it, is in use that an instruction puts into a
        place; None where anything but reading is done with it, or nobody knows.
        """
        lives = self._lives_of(start, place, written=False)
        return None if lives is None else frozenset(spot for each in lives.values() for spot in each.spots)

    def own_names(self, start: Spot, place: ir.Place) -> frozenset[ir.Place] | None:
        """The places that ever hold the tensor, or a view of it, which an instruction puts into one, where it
        is read and written and nobody else gets it; None where somebody may.
        """
        lives = self._lives_of(start, place, written=True)
        return None if lives is None else frozenset(name for _, name in lives)

    def _lives_of(
        self, start: Spot, place: ir.Place, *, written: bool
    ) -> Mapping[tuple[Spot, ir.Place], Life] | None:
        made = self._bound_at(start, place)
        own = _things(made) if made is not None else frozenset()
        lives: dict[tuple[Spot, ir.Place], Life] = {}
        pending = [(start, place)]
        while pending:
            spot, name = pending.pop()
            if (spot, name) in lives:
                continue
            if name in self._closed_over:
                return None
            lives[spot, name] = found = life(self.function, spot, name)
            for use in found.uses:
                targets = self._written_by(use, name, own) if written else None
                targets = self._read_by(use, name, own) if targets is None else targets
                if targets is None:
                    return None
                pending += [(use, target) for target in targets]
        return lives

    def _written_by(self, use: Spot, place: ir.Place, own: frozenset[Object]) -> tuple[ir.Place, ...] | None:
        """The places that hold what an instruction writes to; None where it does not write to a place."""
        instr, given = self._instr_at(use), self._given_at(use, place)
        if given is None or not self.is_tensor(given):
            return None
        if isinstance(instr, ir.SetItem) and instr.base == place and instr.value != place:
            return ()
        if isinstance(instr, ir.Augment) and instr.target == place:
            return self._put(use, own, place)
        return None

    @cached_property
    def _closed_over(self) -> frozenset[ir.Place]:
        """What nested functions see, and may read or bind whenever they are called."""
        found = (each.captures for each in ir.instructions(self.function) if isinstance(each, ir.Define))
        return frozenset(place for captures in found for place in captures)

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
        if given.type not in containers.CONTAINERS:
            own |= _things(given)  # it may be something else on another way here
        if isinstance(instr, ir.Bind):
            return self._put(use, own, instr.target)
        if isinstance(instr, (ir.Next, ir.Unpack)):
            targets = instr.targets if isinstance(instr, ir.Unpack) else (instr.target,)
            rows = self.is_tensor(given) and not self._forgets("unbind", given)
            return None if rows else self._put(use, own, *targets)
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
            ways = [self._is_shared(leaf, own, state) for leaf, _ in alternatives(value)]
            if None in ways:
                return None
            if any(ways):
                found.append(target)
        return tuple(found)

    def _is_shared(self, value: Value, own: frozenset[Object], state: State) -> bool | None:
        """Whether a result is, or holds, what is followed; None where it is neither that nor new."""
        if is_plain(value):
            return False
        if _newest(value.object) in own:
            return True
        if isinstance(root(value.object), Given):  # was there before, and nothing is stored in it
            return False
        if not isinstance(value.object, Allocation):
            return None
        if value.type in containers.CONTAINERS:
            inner = [each for each in containers.reachable(state, value) if each is not value]
            held = [_newest(leaf.object) for each in inner for leaf, _ in alternatives(each)]
            if any(thing in own for thing in held):
                return True
            return False if all(map(is_plain, inner)) or value.type != LAZY else None
        return False if value.object not in state.heap and self.is_tensor(value) else None

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
            held = given.type in containers.CONTAINERS
            return last in LOOKING and (held or self._forgets(last, given))
        entry = self.catalog.lookup(name)
        if entry is None or library not in ("numpy", "torch", "math") or not _keeps_nothing(entry):
            return False
        return self._forgets(last, given)

    def _forgets(self, operation: str, given: Value) -> bool:
        """Whether an operation keeps nothing of a tensor for a backward pass."""
        leaves = [leaf for leaf, _ in alternatives(given) if not is_plain(leaf)]
        if all(leaf.type == "numpy.ndarray" or grad.APART in leaf.traits for leaf in leaves):
            return True
        if not grad.SUSPENDS.isdisjoint(self.function.decorators):
            return True
        unsaved = operation in UNSAVED and not backward().of(f"torch.{operation}", in_place=False)
        return unsaved or operation in PASSING_ON or operation in UNSAVED_OPERATORS


def _newest(thing: Object) -> Object:
    """An allocation, whichever turn of a loop made it."""
    return Allocation(thing.site, thing.slot) if isinstance(thing, Allocation) else thing


def _things(value: Value) -> frozenset[Object]:
    return frozenset(_newest(leaf.object) for leaf, _ in alternatives(value))


def _keeps_nothing(entry: Entry) -> bool:
    """Whether a call does nothing but give a result, and write where it is told to."""
    signature = entry.signature
    stored = any(isinstance(write, ReferenceStored) for write in writes_of(entry))
    acts = signature.construct == "class" or signature.clause("acts") is not None
    return not (stored or acts or lays_out_anew(entry))
