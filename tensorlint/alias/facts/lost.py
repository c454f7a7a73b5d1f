"""Questions about writes that nobody sees: to a copy that is gone once its statement is done."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.events import ContainerCopied, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.guards import DTYPE, SELECTING
from tensorlint.alias.lattice import Allocation, Choice, Given, Held, Value, alternatives, root
from tensorlint.alias.region import Between
from tensorlint.alias.uses import CHANGING, given_to
from tensorlint.finding import Quote
from tensorlint.knowledge.contracts import contracts

SHUFFLE = ("random.shuffle",)
# Functions and methods whose results, used as an index, are masks, or indices along an axis.
SELECTORS = frozenset(
    "isnan isinf isfinite isin isclose logical_and logical_or logical_not logical_xor eq ne lt le gt ge"
    " where nonzero argwhere argsort topk randperm ix_ triu_indices tril_indices diag_indices".split()
)
LAYING_OUT = frozenset({"contiguous", "ascontiguousarray"})
MERGING = frozenset({"flatten", "ravel"})  # all axes into one, which those that were turned round never allow
TURNED = frozenset({"permuted", "swapped", "moved"})


@dataclass(frozen=True, slots=True)
class LostCopy:
    """A copy that is written and dropped in one statement: where it is made, and what it is a copy of."""

    origin: ir.Origin
    source: str | Quote


class Lost(Outcomes):
    """Copies that are written and dropped."""

    def lost_copy(self, event: Write | ContainerCopied) -> LostCopy | None:
        """The copy that a write goes to, or that is made of a list, where nobody holds it."""
        found = self._lost_list(event) if isinstance(event, ContainerCopied) else self._lost_tensor(event)
        return None if found is None or self.is_trial(event.origin) else found

    def _lost_list(self, copied: ContainerCopied) -> LostCopy | None:
        """``random.shuffle(names[:3])``, ``names[:3].sort()``"""
        made = self.instruction(copied)
        place = getattr(made, "target", "")
        users = [instr for instr in self.uses.mentions.get(place, ()) if instr is not made]
        if len(users) != 1 or not results.of_somebody(copied.operand, self.uses):
            return None
        (user,) = users
        if isinstance(user, ir.CallMethod):
            changes = user.receiver == place and user.name in CHANGING
        else:
            changes = isinstance(user, ir.Call) and self.uses.names.get(str(user.function)) == SHUFFLE
        if not changes or not place.startswith("%") or self._is_used(user):
            return None
        return LostCopy(copied.origin, self._called(copied.operand, made))

    def _lost_tensor(self, write: Write) -> LostCopy | None:
        """``x[mask][0] = 1``, ``x[[0, 2]].clamp_(0, 1)``, ``rng.shuffle(x[idx])``"""
        site, user = self._copied_at(write.through), self.instruction(write)
        # A function of the file that is given a copy may do more than write to it.
        if site is None or write.callee.startswith((".", "<")) or self._is_used(user):
            return None
        place: ir.Operand = write.operand
        while isinstance(place, str) and place.startswith("%"):
            made = self.uses.made.get(place)
            if made is None or not all(
                instr is made or _goes_with(instr, user) for instr in self.uses.mentions[place]
            ):
                return None
            if made.origin == site:
                return self._copied(made)
            place, user = _taken_from(made), made
        return None

    def _copied_at(self, value: Value) -> ir.Origin | None:
        """The instruction that made the storage of a value: also one that copies only what does not lie in
        memory as it is asked to, where that certainly does not: ``x.t().flatten()``. What a caller handed in
        may be laid out otherwise, and a function that returns something is told of that; not one that is
        there to write it: ``def clip_inplace(t): flat = t.t().flatten(); flat.clamp_(0)``.
        """
        thing = value.object
        if not isinstance(thing, Choice) or value.path or thing.site < 0:
            return made_at(value)
        fresh = [leaf for leaf, _ in alternatives(value) if made_at(leaf) == thing.site]
        made = next((each for each in ir.instructions(self.function) if each.origin == thing.site), None)
        named = self.uses.called_name(made)
        if not fresh or made is None or named not in LAYING_OUT | MERGING:
            return None
        source = self.value_at(made, given_to(made))
        if source is None or not self.is_apart(source) or (named in MERGING and not _is_turned(source)):
            return None
        handed = {root(leaf.object) for leaf, _ in alternatives(source)}
        told = any(isinstance(each, Given) and not self._is_to_write(each.name) for each in handed)
        return None if told and self._returns_something else thing.site

    def _is_to_write(self, parameter: str) -> bool:
        """Whether a function says that it writes what it is handed, and the write ought not to be lost."""
        return contracts().declare(self.function, parameter)

    @cached_property
    def _returns_something(self) -> bool:
        given = (each.value for each in ir.instructions(self.function) if isinstance(each, ir.Return))
        return any(value != ir.Literal(None) for value in given)

    def _is_used(self, instr: ir.Instr) -> bool:
        """Whether anybody looks at what a call gives; further in-place methods hand on what was written."""
        if not isinstance(instr, ir.Call | ir.CallMethod):
            return False
        if not instr.target.startswith("%"):
            return True
        for user in self.uses.mentions[instr.target]:
            chained = (
                isinstance(user, ir.CallMethod) and user.receiver == instr.target and user.name[-1] == "_"
            )
            if user is instr or isinstance(user, ir.Evaluate) or (chained and not self._is_used(user)):
                continue
            return True
        return False

    def _copied(self, made: ir.Instr) -> LostCopy | None:
        """What an instruction copies, where that certainly is a tensor, or a model, of somebody."""
        given = [argument.value for argument in made.arguments] if isinstance(made, ir.Call) else []
        for operand in given or [_taken_from(made)]:
            source = self.value_at(made, operand)
            if source is None or not results.of_somebody(operand, self.uses):
                continue
            if self._is_copy(made, operand, source):
                return LostCopy(made.origin, self._called(operand, made))
        return None

    def _called(self, operand: ir.Operand, made: ir.Instr) -> str | Quote:
        """An operand as it is written: its name, or its text."""
        named = isinstance(operand, str) and not operand.startswith("%")
        return str(operand).partition("%")[0] if named else Quote(self._made_at(operand, made.origin))

    def _is_certain(self, operand: ir.Operand, value: Value) -> bool:
        """Whether a value certainly is what it is taken for, or an unnamed view of what certainly is."""
        if self.certainty(operand, value) > Certainty.GUESSED:
            return True
        unnamed = isinstance(operand, str) and operand.startswith("%")
        made = self.uses.made.get(str(operand)) if unnamed and value.path else None
        if not isinstance(made, ir.CallMethod | ir.GetAttribute):
            return False
        source = self.value_at(made, _taken_from(made))
        viewed = source is not None and source.object == value.object and self.is_tensor(source)
        return viewed and source is not None and self._is_certain(_taken_from(made), source)

    def _is_copy(self, made: ir.Instr, operand: ir.Operand, source: Value) -> bool:
        """Whether what is made is a copy of a tensor or a model; of a subscript, whether it certainly picks
        by a mask or indices: neither numbers nor lists can be indexed so.
        """
        if not isinstance(made, ir.GetItem) or not self.is_tensor(source):
            known = self.is_tensor(source) or self.is_module(source)
            return known and self._is_certain(operand, source)
        picked = (selector.value for selector in made.index if isinstance(selector, ir.Pick))
        return any(self._picks_many(index, made) for index in picked)

    def _picks_many(self, index: ir.Operand, made: ir.Instr) -> bool:
        """Whether an index is a list, a mask, an array or a tuple of arrays; to PyTorch a tensor without axes
        is a number.
        """
        value = self.value_at(made, index)
        if value is None or value.type == "builtins.list" or SELECTING in value.traits:
            return value is not None
        if value.type == "builtins.tuple":
            return self._is_selector(value)
        if not self.is_tensor(value) or not self._is_certain(index, value):
            return False
        return bool(value.rank) or self.is_tensor(value, "numpy") or self._is_selector(value)

    def _is_selector(self, value: Value) -> bool:
        """Whether a tensor is a mask, or was found by a function that gives one index after the other."""
        if f"{DTYPE}bool" in value.traits:
            return True
        cut = (any(isinstance(axis, Between) for axis in step.axes) for step in value.path if step.selects)
        if not all(cut):
            return False
        calls = self.makers(value.object) if isinstance(value.object, Allocation) else ()
        return any(name.rpartition(".")[2] in SELECTORS for call in calls for name in call.names)


def made_at(value: Value) -> ir.Origin | None:
    """The instruction that made the storage of a value, or the list that it is an element of."""
    thing = value.object
    if isinstance(thing, Held) and thing.key == "[*]" and isinstance(thing.owner, Allocation):
        return thing.owner.site
    return thing.site if isinstance(thing, Allocation) and not thing.old else None


def _is_turned(value: Value) -> bool:
    """Whether axes certainly stand in another order than in memory: the last thing that was done to them."""
    return all(leaf.path and leaf.path[-1].kind in TURNED for leaf, _ in alternatives(value))


def _taken_from(made: ir.Instr) -> ir.Operand:
    """The operand that a view, a part or a copy was taken from."""
    if isinstance(made, ir.GetItem | ir.GetAttribute):
        return made.base
    return made.receiver if isinstance(made, ir.CallMethod) else ""


def _goes_with(instr: ir.Instr, user: ir.Instr) -> bool:
    """Whether an instruction is the user of a value, or the reading half of ``value[i] += v``."""
    reads = isinstance(user, ir.SetItem) and user.augmented and getattr(instr, "target", "") == user.value
    return instr is user or reads
