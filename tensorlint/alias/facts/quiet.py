"""Questions about what else happens while a tensor is in use: who might write to it?"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.events import Called, Event, Read, Write
from tensorlint.alias.facts.lost import Lost
from tensorlint.alias.lattice import Allocation, Given, Sharing, Value, alternatives, is_plain, root, sharing
from tensorlint.alias.state import State
from tensorlint.alias.uses import Spot
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import ElementsWritten, ReferenceStored

CALLING = frozenset({"key", "default", "func", "function", "callback"})  # keywords that take a function
# Functions of the language that only look at what they are given, beside those that hand it on one by one.
LOOKING = frozenset(
    "len float int bool complex str repr print isinstance hasattr type abs max min sum round any all divmod"
    " enumerate zip reversed iter list tuple sorted range format".split()
)
# Those that take all of an iterator before they give a result.
TAKING_ALL = frozenset({"sum", "any", "all", "max", "min", "list", "tuple", "sorted", "set", "dict", "join"})
UNTOUCHED = frozenset("time.time time.perf_counter time.monotonic warnings.warn".split())
LAZY = "builtins.iter"


class Quiet(Lost):
    """What others do in some instructions of a function."""

    def is_quiet(self, spots: frozenset[Spot], values: tuple[Value, ...]) -> bool:
        """Whether nobody may write to one of some tensors while some instructions run: no write may reach
        them, and nobody is called, or given way to, who is not known.
        """
        return all(self._is_tame(spot, values) for spot in spots)

    def _is_tame(self, spot: Spot, values: tuple[Value, ...]) -> bool:
        instr = self._instr_at(spot)
        if isinstance(instr, (ir.Yield, ir.Define, ir.StoreGlobal)) or self._is_put_off(instr):
            return False
        if isinstance(instr, (ir.Enter, ir.Leave)):  # what is entered may be a lock
            return self._type_at(spot, instr.source).startswith(("torch.", "numpy."))
        if isinstance(instr, ir.Next) and not self._is_at_hand(self._given_at(spot, instr.iterable)):
            return False
        if isinstance(instr, ir.SetAttribute) and self._may_share(self._given_at(spot, instr.base), values):
            return False
        if isinstance(instr, ir.GetAttribute) and self._is_property(spot, instr):
            return False
        return all(self._leaves_alone(event, values) for event in self._events_at(spot))

    def _is_put_off(self, instr: ir.Instr) -> bool:
        """Whether an instruction runs when somebody asks a generator expression for its elements, and that is
        not done on the spot: ``sum(x for x in xs)``.
        """
        made = self.uses.made.get(instr.container) if isinstance(instr, ir.Collect) else None
        if not isinstance(made, ir.Build) or not made.lazy:
            return False
        users = self.uses.mentions.get(made.target, ())
        return not all(
            user is made or isinstance(user, ir.Collect) or self.uses.called_name(user) in TAKING_ALL
            for user in users
        )

    def _type_at(self, spot: Spot, operand: ir.Operand) -> str:
        value = self._given_at(spot, operand)
        return value.type if value is not None else ""

    def _is_at_hand(self, value: Value | None, depth: int = 3) -> bool:
        """Whether going on with an iteration runs nobody's code: not that of a generator, or of a reader."""
        if value is None or is_plain(value) or self.is_tensor(value):
            return value is not None
        if value.type != LAZY or depth == 0:
            return value.type in containers.CONTAINERS and value.type != LAZY
        calls = self.makers(value.object) if isinstance(value.object, Allocation) else []
        given = [each for call in calls for _, _, each in call.arguments]
        return bool(calls) and all(self._is_at_hand(each, depth - 1) for each in given)

    def _is_property(self, spot: Spot, instr: ir.GetAttribute) -> bool:
        """Whether an attribute is a property of a class of the file."""
        for name in self.catalog.bases(self._type_at(spot, instr.base)):
            known = self.module.class_info(name) if name.startswith(".") else None
            if known is not None and instr.name in known.properties:
                return True
        return False

    def _may_share(self, value: Value | None, values: tuple[Value, ...]) -> bool:
        """Whether a value may share elements with one of some tensors: any two parameters may."""
        if value is None or any(sharing(value, each) is not Sharing.NONE for each in values):
            return True
        return _is_given(value) and any(map(_is_given, values))

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
        return not lays_out_anew(entry) or not any(self._may_share(each, values) for each in given)

    def _is_given_a_function(self, call: Called) -> bool:
        """Whether a call is handed something that it may call, and that nobody knows."""
        for keyword, _, value in call.arguments:
            name = value.object.name if isinstance(value.object, Given) else ""
            if keyword in CALLING or name.startswith((".", "<", "?")):
                return True
        return False

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


def _is_given(value: Value) -> bool:
    return any(isinstance(root(leaf.object), Given) for leaf, _ in alternatives(value))


def lays_out_anew(entry: Entry) -> bool:
    """Whether a call changes something else of a tensor than elements: axes, flags."""
    return any(isinstance(write, ElementsWritten) and not write.of_elements for write in writes_of(entry))


def writes_of(entry: Entry) -> Iterator[ElementsWritten | ReferenceStored]:
    return (write for case in entry.signature.cases for write in case.writes)
