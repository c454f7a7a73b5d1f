"""Questions about what an object or a generator hands out, turn by turn or call by call, and writes again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.after import certain
from tensorlint.alias.events import Event, Read, Write
from tensorlint.alias.facts.values import Values, describe
from tensorlint.alias.lattice import Choice, Held, Object, Value, alternatives, is_old
from tensorlint.alias.region import At, Axis, Between, Rest, Step
from tensorlint.alias.uses import Uses, binds
from tensorlint.knowledge.contracts import contracts

CUTTING = frozenset({"part", "subset"})  # steps to an array that is a part of another
SHUFFLES = "shuffle"  # the same elements in another order, for whoever goes through all of them again
ANY_ITEM = "[*]"
REPLACING = frozenset({"copy_", "fill_", "zero_", "set_"})  # methods in place that leave nothing of what was
ADDING = frozenset({"assign_add", "assign_sub", "iadd", "isub"})
COUNTING = {"builtins.range": 1, "builtins.enumerate": 1}  # from the first one, with that many arguments


@dataclass(frozen=True, slots=True)
class Collected:
    """A tensor that is kept by reference: in a ``container``, or by whoever iterates or calls (None).

    ``inside`` says that it is kept as a part of what is kept: ``memory.append((state, action))``.
    ``part`` says that it is a part of what may be overwritten: a row, always the same one, or a slice.
    ``condition`` is when it is kept itself, and no copy of it; empty for always. ``put_by`` is where a method
    that is handed the tensor keeps it.
    """

    operand: ir.Operand
    value: Value
    container: Value | None
    inside: bool = False
    part: bool = False
    condition: str = ""
    put_by: ir.Origin | None = None


class Handing(Values):
    """What is handed out by reference and overwritten."""

    def _handed_out(self, read: Read) -> Iterator[Collected]:
        """What whoever asks time after time may keep: each of the items that are written, of a dictionary of
        the object's own.
        """
        if contracts().reuses(self.function.docstring or ""):
            return
        if read.how == "yield":
            yield Collected(read.operand, read.value, None)
            return
        if not self._is_asked_again(read.value) or self._is_told_beside(read.value):
            return
        thing = read.value.object
        if not isinstance(thing, Held) or thing.key != ANY_ITEM or not self._is_own_state(thing.owner):
            told = self._is_told_by_another(read) or self._is_lent_by_name(read.value)
            yield from () if told else (Collected(read.operand, read.value, None),)
        elif not contracts().tells_beside(describe(thing.owner)):
            yield from (
                Collected(read.operand, item, None, True) for item in self._written_items(thing.owner)
            )

    def _is_asked_again(self, value: Value) -> bool:
        """Whether people keep what a method gives from one call to the next, or give it to JAX."""
        name = self.function.name
        if self._is_asked_by_a_step or self.function.kind != "method" or name.startswith("_"):
            return self._is_asked_by_a_step
        return contracts().advances(name) or any(
            self._looks_at_other(leaf) for leaf, _ in alternatives(value)
        )

    def _is_lent_by_name(self, value: Value) -> bool:
        """Whether an attribute says that it is there for results, which the next ones replace: ``self._out``.
        Of what steps hand out, nobody looks at the name.
        """
        names = {thing.key.strip("._") for thing in leaves(value) if isinstance(thing, Held)}
        return not self._is_asked_by_a_step and any(map(contracts().parameters.fit, names))

    def _looks_at_other(self, value: Value) -> bool:
        """Whether an array of JAX looks at memory of NumPy's: nobody writes it by its own name."""
        return self.is_tensor(value, "jax") and any(step.is_view for step in value.path)

    @cached_property
    def _is_asked_by_a_step(self) -> bool:
        """Whether a method is a step, or gives a step of the class what that hands out."""
        if self.function.name in contracts().steps:
            return True
        known = self.module.class_info(f".{self.function.class_name}")
        names = known.methods.items() if known is not None else ()
        steps = (self.module.function_of(method) for name, method in names if name in contracts().steps)
        return any(self.function.name in _asks_itself(step) for step in steps if step is not None)

    def _written_items(self, owner: Object) -> Iterator[Value]:
        """The items of a dictionary of the object's own whose elements a method of the class writes."""
        found: dict[Object, Value] = {}
        for write in (*self.events(), *self._events_of_others()):
            thing = write.through.object if isinstance(write, Write) else None
            if isinstance(write, Write) and isinstance(thing, Held) and thing.owner == owner:
                if thing.key.startswith("['") and thing not in found:
                    found[thing] = Value(thing, type=write.through.type)
        yield from found.values()

    def _is_told_by_another(self, read: Read) -> bool:
        """Whether what is returned is what another method of the object gives that is told of itself."""
        return any(
            self._tells(made.name, read.value)
            for made in _own_calls(self.uses, self.function.receiver, read.operand)
        )

    def _tells(self, method: str, value: Value) -> bool:
        if method in contracts().steps:
            return True
        known = self.module.class_info(f".{self.function.class_name}")
        name = known.methods.get(method, "") if known is not None else ""
        solution = self.module.solved(name) if name else None
        given = (
            (event for event in solution.events() if isinstance(event, Read)) if solution is not None else ()
        )
        return any(event.how == "return" and event.value.object == value.object for event in given)

    def _overwritten_by_next_call(self, read: Read, kept: Collected) -> Write | None:
        """The write that changes what was handed out, when the next one is asked for; of all of what a step
        hands out, also one in another method.
        """
        whole = self._is_asked_by_a_step and not kept.part
        for write in self.following(read) if read.how == "yield" else self.events():
            if isinstance(write, Write) and self._overwrites(write, kept, kept.value):
                if read.how == "yield" or whole or self._puts_there_again(write):
                    return write
        return self._in_another_method(kept.value) if read.how == "return" and whole else None

    def _puts_there_again(self, write: Write) -> bool:
        """Whether a method puts what it gives into the same elements whenever it is called: a sum that goes
        on, and a cache that grows, are there to be looked at as they are.
        """
        callee = write.callee.rpartition(".")[2]
        goes_on = write.callee.startswith(".") or (callee.endswith("_") and callee not in REPLACING)
        if write.how == "augmented" or goes_on or callee in ADDING:
            return False
        instr = self.instruction(write)
        if isinstance(instr, ir.SetItem):
            if instr.augmented or not all(map(self._picks_the_same, instr.index)):
                return False
        return all(map(_is_written_out, write.through.path))

    def _picks_the_same(self, selector: ir.Selector) -> bool:
        """Whether a selector picks the same positions in every call: numbers, or all of them in turn."""
        if isinstance(selector, ir.Pick):
            return isinstance(selector.value, ir.Literal) or self._counts_through(selector.value)
        bounds = (selector.lower, selector.upper, selector.step)
        return all(isinstance(bound, ir.Literal) for bound in bounds)

    def _counts_through(self, position: ir.Place) -> bool:
        """Whether a position is the number of a loop that counts from the first one on."""
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.Next | ir.Unpack) and position in binds(instr):
                taken = self.uses.made.get(str(instr.source)) if isinstance(instr, ir.Unpack) else instr
                made = self.uses.made.get(str(taken.iterable)) if isinstance(taken, ir.Next) else None
                names = self.uses.names.get(str(made.function), ()) if isinstance(made, ir.Call) else ()
                return isinstance(made, ir.Call) and any(
                    COUNTING.get(name) == len(made.arguments) for name in names
                )
        return False

    def _overwrites(self, write: Write, kept: Collected, value: Value) -> bool:
        """Whether a write changes what is kept, which is ``value`` by then; of a part, for certain."""
        if kept.part and any(step.selects for step in write.region.path):
            return kept.container is None and certain(write.region, value)[0]
        if kept.part and write.callee.endswith(SHUFFLES):
            return False
        return self._writes(write, value)

    def _writes(self, write: Write, value: Value) -> bool:
        written = leaves(write.through)
        if isinstance(value.object, Choice):
            return take_turns(value.object) and written == leaves(value)
        return value.object in written

    def _in_another_method(self, value: Value) -> Write | None:
        """Where another method of the class writes an attribute of ``self`` in place."""
        writes = (event for event in self._events_of_others() if isinstance(event, Write))
        return next((write for write in writes if self._writes(write, value)), None)

    def _events_of_others(self) -> Iterator[Event]:
        """What happens in the other methods of the class, but for its constructor."""
        for solution in self.solutions_of_others():
            yield from solution.events()

    def put_at(self, event: Event, kept: Collected) -> ir.Origin | None:
        """Where what is returned was put into a dictionary that has a name: ``info = {"sum": self.sum}``."""
        if not isinstance(event, Read) or event.how != "return":
            return None
        for made in self.uses.behind([kept.operand], handed_on):
            if isinstance(made, ir.Build) and made.kind == "dict" and not made.target.startswith("%"):
                for each in made.elements:
                    read = self.uses.made.get(str(each.value))
                    value = self.value_at(made, each.value)
                    if isinstance(read, ir.GetAttribute) and value is not None:
                        if value.object == kept.value.object:
                            return read.origin
        return None

    def _is_told_beside(self, value: Value) -> bool:
        """Whether a step puts a tensor into what it tells beside its result: ``infos["sum"] = self.sum``."""
        put = (
            self.uses.made.get(instr.value)
            for instr in ir.instructions(self.function)
            if isinstance(instr, ir.SetItem)
            and isinstance(instr.base, str)
            and isinstance(instr.value, str)
            and contracts().tells_beside(instr.base)
        )
        read = (made for made in put if isinstance(made, ir.GetAttribute))
        return describe(value.object) in {f"{made.base}.{made.name}" for made in read}


def is_cut_out(value: Value) -> bool:
    """Whether a value is cut out of an array, or of bytes, by slices: no row of it, which may be a number."""
    steps = [step for step in value.path if step.selects]
    slices = [isinstance(a, (Between, Rest)) for step in steps for a in step.axes if step.kind == "subset"]
    return all(step.kind in CUTTING for step in steps) and all(slices)


def _is_written_out(step: Step) -> bool:
    """Whether a step picks nothing, or by numbers that are written out."""
    bounds = [
        bound for axis in step.axes for bound in ((axis.position,) if isinstance(axis, At) else _ends(axis))
    ]
    return not step.selects or (bool(step.axes) and all(b is None or isinstance(b, int) for b in bounds))


def _ends(axis: Axis) -> tuple[object, ...]:
    return (axis.lower, axis.upper, axis.step) if isinstance(axis, Between) else ()


def handed_on(made: ir.Instr) -> tuple[ir.Operand, ...]:
    """What a second name is of, or what a display holds."""
    if isinstance(made, ir.Bind):
        return (made.source,)
    return tuple(each.value for each in made.elements) if isinstance(made, ir.Build) else ()


def take_turns(buffers: Choice) -> bool:
    """Whether a value is one of a few buffers by turns: ``current, other = other, current``."""
    return buffers.site < 0 and not any(is_old(thing) for thing in leaves(Value(buffers)))


def leaves(value: Value) -> set[Object]:
    """The objects that a value may be."""
    return {leaf.object for leaf, _ in alternatives(value)}


def _own_calls(uses: Uses, receiver: str, returned: ir.Operand) -> Iterator[ir.CallMethod]:
    """The calls of an object's own methods whose results are returned, or are part of what is."""
    for made in uses.behind([returned], handed_on):
        if isinstance(made, ir.CallMethod) and made.receiver == receiver:
            yield made


def _asks_itself(step: ir.Function) -> Iterator[str]:
    """The methods of its own object whose results a method returns."""
    uses = Uses.of(step)
    for instr in ir.instructions(step):
        if isinstance(instr, ir.Return):
            yield from (made.name for made in _own_calls(uses, step.receiver, instr.value))
