"""State that outlives the call, under a local name: what a method takes out of its object and writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import HANDED_OUT, Observer
from tensorlint.alias.containers import CONTAINERS
from tensorlint.alias.events import Write
from tensorlint.alias.facts.activations import Activations
from tensorlint.alias.lattice import Choice, Given, Held, Object, Value, alternatives
from tensorlint.alias.uses import until_bound
from tensorlint.knowledge.contracts import contracts, returns_something

# Methods that compute what they write from what was there, whatever else they are given.
TRANSFORMING = frozenset(
    "sort partition abs_ clamp_ clip_ exp_ log_ sqrt_ square_ sigmoid_ tanh_ relu_ round_ floor_ neg_".split()
)
ARITHMETIC = frozenset("add_ sub_ mul_ div_ pow_ clamp_ clip_".split())

Instruction = TypeVar("Instruction", ir.Augment, ir.SetItem)


class Borrowing(Activations):
    """What an object has, and a method writes by a name of its own."""

    def _as_made(self, state: Object) -> Value:
        """What ``__init__`` left in an attribute of ``self``; without a type where that is not known."""
        known = None
        if isinstance(state, Held) and isinstance(state.owner, Given) and self._is_self(state.owner):
            known = self.module.attribute(f".{self.function.class_name}", state.key.removeprefix("."))
        return known.value if known is not None else Value(state)

    def _lasting_leaf(self, write: Write, observer: Observer) -> tuple[Value | None, str]:
        """The written value, and when it is one, where it is a view of state that outlives the call.

        State is written on purpose all the time; it is taken for a mistake only where the view is handed out,
        where what is written was computed from the view itself (``column -= column.min()``), or where an
        object is only asked for an item.
        """
        asked = observer.read.how in HANDED_OUT or self.function.name == "__getitem__"
        if not asked and not self._transforms(write):
            return None, ""
        stored = write.how == "store" and not self._transforms(write)
        for leaf, condition in alternatives(write.through):
            if stored and _is_named_like(leaf.object, write.operand):
                continue  # `mean = self.mean[word]; mean[0] = 0`: whoever names it so means it
            if self.persists(leaf.object) and (
                self.is_view(leaf)
                or condition
                or self._is_borrowed(write, leaf)
                or (asked and self._taken_out(write, leaf) is not None)
            ):
                return leaf, condition
        return None, ""

    def _taken_out(self, write: Write, leaf: Value) -> ir.Origin | None:
        """Where what is written got its name by a subscript of a list or dictionary that outlives the call,
        or by a method that looks it up there, to compute a result from: ``image = self.cache[i]; image /=
        255; return image``.
        """
        place = str(write.operand)
        held = isinstance(leaf.object, Held) and leaf.object.key.startswith("[")
        if place.startswith("%") or not held or self.is_view(leaf):
            return None
        # Of an array, an index may pick a copy.
        taken = (each for each in self._given_by(place) if self._holder(each, leaf).type in CONTAINERS)
        made = next(taken, None)
        if made is None:
            return None
        if write.how == "call":
            computes = self._is_cached(leaf) and self._is_changed_by_numbers(write)
        else:
            computes = self._computes_from(write)
        later = (instr for _, instr in until_bound(self.function, self.places[id(write)], place))
        back = any(isinstance(instr, ir.SetItem) and instr.value == place for instr in later)
        accumulates = isinstance(write.through.object, Choice) and self._adds_argument(write)
        return made.origin if computes and not (back or accumulates) else None

    def _given_by(self, place: ir.Place) -> Iterator[ir.Instr]:
        """What a name is bound to, or to a part of: ``image, mask = self.load(i)``."""
        for user in self.uses.mentions.get(place, ()):
            if isinstance(user, ir.Unpack) and place in user.targets and str(user.source) in self.uses.made:
                yield self.uses.made[str(user.source)]
            elif isinstance(user, (ir.GetItem, ir.CallMethod)) and user.target == place:
                yield user

    def _holder(self, made: ir.Instr, leaf: Value) -> Value:
        """The container that an item was taken out of, here or by a method of the same object."""
        if isinstance(made, ir.CallMethod) and made.receiver == self.function.receiver:
            return self._as_made(_holding(leaf.object))
        base = made.base if isinstance(made, ir.GetItem) else getattr(made, "receiver", "")
        return self.value_at(made, base) or Value(leaf.object)

    def _is_cached(self, leaf: Value) -> bool:
        """Whether a method keeps what it makes where an item was taken out: it is found there next time."""
        thing = _holding(leaf.object)
        known = isinstance(thing, Held) and isinstance(thing.owner, Given) and self._is_self(thing.owner)
        attribute = thing.key.removeprefix(".") if isinstance(thing, Held) else ""
        return known and bool(self.module.stored(f".{self.function.class_name}", attribute))

    def _adds_argument(self, write: Write) -> bool:
        """Whether an assignment adds what the caller handed in: an item sums up what each call brings."""
        return any(self._is_handed_in(instr.value) for instr in self._done_by(write, ir.Augment))

    def _is_handed_in(self, operand: ir.Operand) -> bool:
        """Whether an operand is what the caller handed in, or computed from that first."""
        parameters = {parameter.name for parameter in self.function.parameters} - {self.function.receiver}
        return results.root_name(operand, self.uses) in parameters

    def _done_by(self, write: Write, kind: type[Instruction]) -> Iterator[Instruction]:
        """The instructions of one kind that do a write, by the name that is written."""
        users = self.uses.mentions.get(str(write.operand), ())
        return (instr for instr in users if isinstance(instr, kind) and instr.origin == write.origin)

    def _is_borrowed(self, write: Write, leaf: Value) -> bool:
        """Whether state got a local name to compute a result from, by a function that does not say that it
        writes: ``lab = self.ids; lab[lab == pad] = -100; return lab``.
        """
        borrowed = any(self.references(leaf, "alias")) and self._computes_from(write)
        return borrowed and not self.is_emptied_before(write)

    def _computes_from(self, write: Write) -> bool:
        """Whether a write is a step to a result, in a function that does not say that it writes."""
        if write.how not in ("augmented", "store") or not returns_something(self.function):
            return False
        told = self._says_that_it_writes()
        return not told and (self._transforms(write) or write.how == "augmented" or self._erases(write))

    def _is_changed_by_numbers(self, write: Write) -> bool:
        """Whether a method computes with what it writes and no argument of this one: ``x.add_(0.5)``."""
        call = self.instruction(write)
        if not isinstance(call, ir.CallMethod) or call.name not in ARITHMETIC or self._says_that_it_writes():
            return False
        return returns_something(self.function) and not any(
            self._is_handed_in(each.value) for each in call.arguments
        )

    def _erases(self, write: Write) -> bool:
        """Whether a number goes over a part of what an object is asked for: ``image[:8, :8] = 0``."""
        asked = self.function.name == "__getitem__"
        return asked and any(
            isinstance(store.value, ir.Literal) and _is_part(store.index)
            for store in self._done_by(write, ir.SetItem)
        )

    def _says_that_it_writes(self) -> bool:
        """Whether the function, or what its class derives from, says that it changes its object."""
        return contracts().declare(self.function, "", self._bases)

    @property
    def _bases(self) -> tuple[str, ...]:
        """What the class of this method derives from."""
        name = self.function.class_name
        known = self.module.class_info(f".{name}") if name else None
        return known.bases if known is not None else ()

    def _transforms(self, write: Write) -> bool:
        """Whether what is written to a name is computed from that very name, or where it is written:
        ``x -= x.mean()``, ``x[x < 0] = 0``, ``x.sub_(x.mean())``, ``np.exp(x, out=x)``, ``x.sort()``.
        """
        if not isinstance(write.operand, str) or (write.how == "call" and self._says_that_it_writes()):
            return False
        made = self.uses.made
        pending = [
            place
            for user in self.uses.mentions.get(write.operand, ())
            if user.origin == write.origin
            for place in _computed_by(user, write)
        ]
        seen: set[object] = set()
        while pending:
            place = pending.pop()
            if place == write.operand:
                return True
            if isinstance(place, str) and place.startswith("%") and place in made and place not in seen:
                seen.add(place)
                pending += ir.mentioned(made[place])
        return False


def _holding(item: Object) -> Object:
    """The attribute whose list or dictionary holds an item, or one in it; else what holds it at the top."""
    while isinstance(item, Held) and not item.key.startswith("."):
        item = item.owner
    return item


def _is_part(index: ir.Index) -> bool:
    """Whether an index surely leaves some elements out, if what it indexes is larger than that."""
    return any(
        isinstance(each, ir.Pick) or each.lower is not None or each.upper is not None for each in index
    )


def _is_named_like(state: Object, operand: ir.Operand) -> bool:
    """Whether a local name of what an attribute holds is the attribute's own: ``mean = self._mean[0]``."""
    state = _holding(state)
    return isinstance(state, Held) and state.key.strip("._") == str(operand).strip("_")


def _computed_by(instr: ir.Instr, write: Write) -> tuple[ir.Operand, ...]:
    """What says what an assignment or a call writes, or which elements a mask picks for it."""
    if isinstance(instr, ir.Augment) and write.how == "augmented":
        return (instr.value,)
    if isinstance(instr, ir.SetItem) and write.how == "store":
        return tuple(each.value for each in instr.index if isinstance(each, ir.Pick))
    if write.how != "call" or not isinstance(instr, ir.Call | ir.CallMethod):
        return ()
    taken = tuple(argument.value for argument in instr.arguments if argument.keyword != "out")
    if isinstance(instr, ir.CallMethod):
        taken = (instr.receiver, *taken)
    if ir.Argument(write.operand, "out") in instr.arguments:
        alone = all(each == write.operand or isinstance(each, ir.Literal) for each in taken)
    elif taken[:1] == (write.operand,) and isinstance(instr, ir.CallMethod):
        alone = write.callee.rpartition(".")[2] in TRANSFORMING
    else:
        return ()
    return taken if alone else tuple(each for each in taken if each != write.operand)
