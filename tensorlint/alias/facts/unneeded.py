"""Questions about copies that nothing needs: of what is new and nobody's, or only read beside its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from tensorlint import ir
from tensorlint.alias import containers, grad, layout
from tensorlint.alias.axes import UNKNOWN_LAYOUT
from tensorlint.alias.events import Called
from tensorlint.alias.facts.reading import Reading
from tensorlint.alias.grad import INSIDE
from tensorlint.alias.guards import DTYPE
from tensorlint.alias.lattice import Allocation, Given, Object, Value, alternatives, is_plain, root
from tensorlint.alias.lives import life
from tensorlint.alias.region import At, Between, Step
from tensorlint.alias.uses import Spot
from tensorlint.finding import Quote
from tensorlint.knowledge.saved import RESULT, backward, operation

# Calls that certainly copy, and whether what they give lies in C order whatever they are given.
COPIES = {
    "numpy.ndarray.copy": True,
    "numpy.copy": False,
    "numpy.array": False,
    "copy.deepcopy": False,
    "copy.copy": False,
    "torch.Tensor.clone": False,
    "torch.clone": False,
}
EXACT = frozenset({"numpy.copy", "numpy.array"})  # make a plain array of whatever subclass or number they get
ARRAY, TENSOR = "numpy.ndarray", "torch.Tensor"
# What gives a plain array, new and of the class that its name says, whatever it is given.
CONSTRUCTORS = frozenset(
    "zeros ones empty full arange linspace logspace eye identity array tri random.rand random.randn"
    " random.random random.randint random.uniform random.normal random.permutation".split()
)
# Results that may lie in another order than what they are computed from.
UNORDERED = frozenset("einsum asfortranarray array copy indices mgrid ogrid load argwhere".split())
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class UnneededCopy:
    """``source`` is what is copied, as it is written, and ``why`` nothing needs that."""

    source: str | Quote
    why: Why


class Why(Enum):
    """What makes a copy unneeded."""

    NEW = "what is copied was made in the same expression, and nobody else has it"
    DONE = "what is copied was made by the function, which does nothing else with it and gives it to nobody"
    READ = "the copy is only read, and nobody writes to what is copied meanwhile"


class Unneeded(Reading):
    """Copies without which everything would be the same."""

    def unneeded_copy(self, call: Called) -> UnneededCopy | None:
        """What a call copies, where the outcome is the same without that."""
        if len(call.names) != 1 or call.names[0] not in COPIES or self.function.kind not in FUNCTIONS:
            return None
        if self.module.is_test:
            return None
        copied = self._only_argument(call)
        made = self.instruction(call)
        if copied is None or not isinstance(made, (ir.Call, ir.CallMethod)) or self._is_elsewhere(made):
            return None
        operand, source = copied
        if not self._is_plainly_copied(call, operand, source) or self.is_trial(call.origin):
            return None
        spot = self.places[id(call)]
        if self._is_new(operand, source, made):
            return UnneededCopy(self._called(operand, made), Why.NEW)
        if self._is_only_read(spot, made.target, source, call):
            return UnneededCopy(self._called(operand, made), Why.READ)
        if self._is_last_done(spot, operand, source, made.target):
            return UnneededCopy(self._called(operand, made), Why.DONE)
        return None

    def _only_argument(self, call: Called) -> tuple[ir.Operand, Value] | None:
        """The one thing that a call is given: whoever says more of a copy, such as its order, wants that."""
        given = [(operand, value) for keyword, operand, value in call.arguments if keyword is None]
        if len(given) != len(call.arguments):
            return None
        found = [*([call.receiver] if call.receiver is not None else []), *given]
        return found[0] if len(found) == 1 else None

    def _is_elsewhere(self, made: ir.Instr) -> bool:
        """Whether an instruction stands for several, of one place: in a ``finally``."""
        return sum(each.origin == made.origin for each in ir.instructions(self.function)) > 1

    def _is_plainly_copied(self, call: Called, operand: ir.Operand, source: Value) -> bool:
        """Whether a call certainly copies a tensor, and changes nothing else of it: neither its class, nor
        its order in memory, nor the elements, where these are objects.
        """
        name, leaves = call.names[0], _tensors(source)
        kind = TENSOR if name.startswith("torch.") else ARRAY
        if not leaves or any(leaf.type != kind for leaf in leaves) or not self._is_certain(operand, source):
            return False
        if name == "copy.deepcopy" and not any(trait.startswith(DTYPE) for trait in source.traits):
            return False
        if name in EXACT and not self._is_constructed(source):
            return False
        return not COPIES[name] or self._is_in_order(source)

    def _is_constructed(self, source: Value) -> bool:
        names = [name for event in self.makers(source.object) for name in event.names]
        return bool(names) and all(
            name.removeprefix("numpy.") in CONSTRUCTORS or name.startswith(CONSTRUCTED) for name in names
        )

    # New, and nobody's

    def _is_new(self, operand: ir.Operand, source: Value, copying: ir.Instr) -> bool:
        """Whether what is copied is made in the same expression, and the copy is all that becomes of it."""
        thing = source.object
        if not isinstance(operand, str) or not operand.startswith("%") or source.path:
            return False
        made, users = self.uses.made.get(operand), self.uses.mentions.get(operand, ())
        if made is None or not isinstance(thing, Allocation) or thing.old or thing.site != made.origin:
            return False
        if any(user is not made and user is not copying for user in users) or self._is_elsewhere(made):
            return False
        if not all(self._is_known_operand(made, each) for each in self._given_to(made)):
            return False
        if isinstance(made, ir.GetItem) and not self._picks_a_copy(made):
            return False
        return source.type == ARRAY or self._is_free_of_graph(made, source)

    def _is_last_done(self, spot: Spot, operand: ir.Operand, source: Value, target: ir.Place) -> bool:
        """Whether what is copied was made here, nobody else has it, and the copy is the last that is done
        with it: ``out = np.zeros(n); out[0] = 1.0; return out.copy()``.
        """
        thing = source.object
        whole = all(step.kind == "alias" for step in source.path)
        if not isinstance(thing, Allocation) or thing.old or not whole or source.type != ARRAY:
            return False
        made = self._maker_of(thing)
        if made is None or not isinstance(made, MAKING) or self._is_elsewhere(made):
            return False
        if isinstance(made, ir.GetItem) and not self._picks_a_copy(made):
            return False
        if not all(self._is_known_operand(made, each) for each in self._given_to(made)):
            return False
        names = self.own_names(self._spot_in_blocks(made), made.target)
        return names is not None and all(
            name == target or not life(self.function, spot, name).uses for name in names
        )

    def _spot_in_blocks(self, wanted: ir.Instr) -> Spot:
        for number, block in enumerate(self.function.blocks):
            for position, instr in enumerate(block.instructions):
                if instr is wanted:
                    return number, position
        raise LookupError(wanted)

    def _given_to(self, made: ir.Instr) -> Iterator[ir.Operand]:
        """What decides of which class a result is; nothing for calls that always make a plain one."""
        if isinstance(made, ir.GetItem):
            yield made.base
        elif isinstance(made, ir.Operate):
            yield from made.operands
        elif isinstance(made, ir.CallMethod):
            yield made.receiver
        elif isinstance(made, ir.Call):
            names = self.uses.names.get(str(made.function), ())
            constructed = len(names) == 1 and names[0].removeprefix("numpy.") in CONSTRUCTORS
            if not constructed and not (names and names[0].startswith("torch.")):
                yield from (each.value for each in made.arguments)
        else:
            yield ""

    def _picks_a_copy(self, made: ir.GetItem) -> bool:
        """Whether a subscript certainly is one by a mask or indices: a dictionary may stand for a tensor."""
        base = self.value_at(made, made.base)
        return base is not None and self._is_copy(made, made.base, base)

    def _is_known_operand(self, made: ir.Instr, operand: ir.Operand) -> bool:
        """Whether an operand is a tensor or a number: a table of pandas gives others of its kind."""
        if isinstance(operand, ir.Literal):
            return True
        value = self.value_at(made, operand)
        if value is None:
            return False
        if value.type in containers.CONTAINERS or is_plain(value):
            return True
        if _is_named(value):
            return True
        return self.is_tensor(value) and self._is_certain(operand, value)

    def _is_free_of_graph(self, made: ir.Instr, source: Value) -> bool:
        """Whether autograd keeps nothing of a tensor that an instruction makes, and it is no leaf."""
        if not INSIDE.isdisjoint(source.traits) and grad.LEAF in source.traits:
            return False
        if isinstance(made, ir.Operate):
            return made.operator in ("+", "-", "*", "/", "@")
        if isinstance(made, ir.GetItem):
            return True
        calls = self.makers(source.object)
        if len(calls) != 1 or any(keyword == "requires_grad" for keyword, _, _ in calls[0].arguments):
            return False
        name = calls[0].names[0]
        if grad.APART in source.traits:
            return True
        kept = [each.tensor for each in backward().of(name, in_place=False)]
        return (bool(kept) or operation(name) in JOINING) and RESULT not in kept

    # Only read

    def _is_only_read(self, spot: Spot, place: ir.Place, source: Value, call: Called) -> bool:
        """Whether a copy is only read, and nobody writes to its source or to the copy in the meantime."""
        if not self._stays(source) or (source.type == TENSOR and grad.LEAF in source.traits):
            return False
        spots = self.only_read(spot, place)
        return spots is not None and bool(spots) and self.is_quiet(spots, (source, call.result))

    def _stays(self, source: Value) -> bool:
        """Whether a tensor is there as long as its copy anyway, all of it, and only this thread has it."""
        for leaf in _tensors(source):
            owner = root(leaf.object)
            part = any(step.selects for step in leaf.path)
            if not isinstance(owner, (Given, Allocation)) or (part and not isinstance(owner, Given)):
                return False
            if isinstance(owner, Given) and self.module.is_concurrent:
                return False
        return True

    # Order in memory

    def _is_in_order(self, value: Value, depth: int = DEEPEST) -> bool:
        """Whether elements lie in C order without gaps, if what the caller handed in does."""
        return all(self._lies_in_order(leaf, depth) for leaf in _tensors(value))

    def _lies_in_order(self, value: Value, depth: int) -> bool:
        ordered = layout.is_contiguous(value)
        if ordered is not None:
            return ordered
        steps = [step for step in value.path if step.is_view]
        if steps:
            base = replace(value, path=(), layout=UNKNOWN_LAYOUT, rank=None)
            return all(map(_is_of_leading_axes, steps)) and self._lies_in_order(base, depth)
        if isinstance(root(value.object), Given):
            return True
        made = self._maker_of(value.object)
        if made is None or depth == 0:
            return False
        if isinstance(made, ir.GetItem):
            return len(made.index) == 1  # by one array: of the first axis, or of all
        if isinstance(made, (ir.Call, ir.CallMethod)) and not self._keeps_order(made, value.object):
            return False
        operands = self._operands_of(made)
        values = (self.value_at(made, each) for each in operands)
        given = [value for value in values if value is not None]
        tensors = [each for each in given if self.is_tensor(each)]
        known = all(is_plain(each) or self.is_tensor(each) or _is_named(each) for each in given)
        return known and all(self._is_in_order(each, depth - 1) for each in tensors)

    def _keeps_order(self, made: ir.Call | ir.CallMethod, thing: Object) -> bool:
        """Whether what a call makes lies in order where what it is given does: one of several results may be
        a column of them.
        """
        calls = self.makers(thing)
        alone = all(call.result.object == thing and call.names[0].startswith("numpy.") for call in calls)
        return bool(calls) and alone and self.uses.called_name(made) not in UNORDERED

    def _maker_of(self, thing: Object) -> ir.Instr | None:
        return self.instruction_at(thing.site) if isinstance(thing, Allocation) else None

    def _operands_of(self, made: ir.Instr) -> list[ir.Operand]:
        if isinstance(made, ir.Operate):
            return [*made.operands]
        if isinstance(made, (ir.Call, ir.CallMethod)):
            receiver = [made.receiver] if isinstance(made, ir.CallMethod) else []
            return [*receiver, *(each.value for each in made.arguments if each.keyword is None)]
        return []


FUNCTIONS = ("function", "method")
MAKING = (ir.GetItem, ir.Operate, ir.Call, ir.CallMethod)
CONSTRUCTED = ("numpy.random.Generator.", "numpy.random.RandomState.")
# Operations that keep nothing for the backward pass, and make what they give.
JOINING = frozenset(
    "cat stack concat sum mean zeros ones tensor add sub where arange flip roll repeat tile".split()
)


def _tensors(value: Value) -> list[Value]:
    """What a value may be, but for a number: a row of what has one axis."""
    return [leaf for leaf, _ in alternatives(value) if not is_plain(leaf)]


def _is_named(value: Value) -> bool:
    """Whether a value is something of a library, such as a dtype."""
    thing = value.object
    library = isinstance(thing, Given) and thing.kind == "global" and thing.name.partition(".")[0]
    return library in ("numpy", "torch", "builtins")


def _is_of_leading_axes(step: Step) -> bool:
    """Whether a view of what lies in C order is one stretch of memory: ``x[i]``, ``x[a:b]``."""
    if step.kind == "row":
        return True
    if step.kind != "subset":
        return False
    *front, last = step.axes or (None,)
    whole = isinstance(last, At) or (isinstance(last, Between) and last.step in (None, 1))
    return whole and all(isinstance(axis, At) for axis in front)
