"""Questions about what a backward pass needs: which operation kept a tensor that is written before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import copies, grad
from tensorlint.alias.after import events_after
from tensorlint.alias.events import Called, Computed, Event, Read, Write
from tensorlint.alias.facts.autograd import BACKWARD, GRADIENTS, Autograd
from tensorlint.alias.lattice import (
    Allocation,
    Choice,
    Object,
    Opaque,
    Value,
    alternatives,
    family,
    is_old,
    is_plain,
    root,
)
from tensorlint.finding import Quote
from tensorlint.knowledge.effects import Guard
from tensorlint.knowledge.saved import OPERATORS, RESULT, TAKEN, backward, operation

# Other names of one memory whose writes PyTorch does not count for the tensor, or not always.
UNCOUNTED = frozenset({"data", "numpy", "from_numpy", "as_tensor", "asarray", "Variable", "from_dlpack"})
METHOD = "torch.Tensor."
STEP = "torch.optim.Optimizer.step"
ITERATION = "unbind"  # what iterating over a tensor does
ORDERING = frozenset(
    {"linear", "Linear", "matmul"}
)  # of more than two axes, they put what they take in order
REORDERED = frozenset({"permuted", "swapped", "moved", "flipped", "expanded"})
# In-place methods that change the gradient, without those that are hidden on purpose: `round_`, `copy_`.
SCALING = frozenset("mul_ div_ clamp_ clip_ clamp_min_ clamp_max_ relu_ zero_ abs_".split())
SUMS = frozenset({"builtins.sum"})


@dataclass(frozen=True, slots=True)
class Needed:
    """What is written is kept at ``kept`` for a backward pass that runs afterwards.

    It runs at ``asked``, and ``of`` is what a person calls the loss; both are empty where whoever calls
    ``forward`` runs it.
    """

    kept: ir.Origin
    asked: ir.Origin | None
    of: str | Quote = ""


class Saved(Autograd):
    """What operations keep for the backward pass."""

    def needed(self, write: Write) -> Needed | None:
        """The operation whose backward pass certainly needs what is written, as it was."""
        found = self._needed(write) if grad.is_kept_by(self.function.decorators) else None
        return None if found is None or self.is_trial(write.origin) else found

    def _needed(self, write: Write) -> Needed | None:
        for kept in (*self._kept_before.get(id(write), ()), *self._models_before(write)):
            asked = self._asked_after(write, kept)
            if isinstance(asked, Called):
                return Needed(kept.origin, asked.origin, self._loss(asked))
            if asked is not None:
                return Needed(kept.origin, None)
        return None

    def is_step(self, write: Write) -> bool:
        """Whether an optimizer's step writes."""
        return write.callee == STEP

    def is_counted(self, write: Write) -> bool:
        """Whether PyTorch knows of a write: not of one through ``.data``."""
        return not self._sets_data(write) and not any(
            self._uncounted(leaf) for leaf, _ in alternatives(write.through)
        )

    def is_hidden(self, write: Write) -> bool:
        """Whether a write certainly goes through ``.data`` of a tensor."""
        instr = self.instruction(write)
        if isinstance(instr, ir.SetAttribute) and self._sets_data(write):
            return instr.augmented  # else the tensor gets other memory
        return all(self._uncounted(leaf) == {"data"} for leaf, _ in alternatives(write.through))

    def bypassed(self, write: Write) -> Needed | None:
        """The operation whose result a write certainly changes behind autograd's back, by more than a sum:
        the gradient that is asked for afterwards goes on as if nothing had been written.
        """
        if self.grad_is_off(write):
            return None
        for base in self._taken_behind(write):
            for made in self._tracked():
                asked = self._asked_after(write, made) if made.result.object == base.object else None
                if asked is not None and not self.is_trial(write.origin):
                    return Needed(made.origin, asked.origin if isinstance(asked, Called) else None)
        return None

    def _taken_behind(self, write: Write) -> Iterator[Value]:
        """The results that require grad, through whose ``.data`` or ``.detach()`` a write scales elements."""
        instr = self.instruction(write)
        if self._sets_data(write) and isinstance(instr, ir.SetAttribute):  # `y.data *= 2`
            users = self.uses.mentions.get(str(instr.value), ())
            if any(map(_scales, users)) and grad.is_result(write.through):
                yield write.through
        elif _scales(instr):
            sites = {step.site for leaf, _ in alternatives(write.through) for step in leaf.path}
            for taken in ir.instructions(self.function):
                if taken.origin in sites and isinstance(taken, ir.GetAttribute | ir.CallMethod):
                    passing = taken.name == "detach" and taken.target.startswith("%")
                    base = taken.base if isinstance(taken, ir.GetAttribute) else taken.receiver
                    value = self.value_at(taken, base) if passing or taken.name == "data" else None
                    if value is not None and grad.is_result(value):
                        yield value

    def part_of(self, write: Write) -> ir.Origin | None:
        """Where parts were taken of a tensor that requires grad, one of which a write goes to: it raises."""
        if self.grad_is_off(write) or not grad.is_result(write.through) or not self.is_counted(write):
            return None
        if not (self.trains() or self.runs_forward()):
            return None
        sites = (
            step.site
            for leaf, _ in alternatives(write.through)
            for step in leaf.path
            if self._taken_by.get(step.site) in backward().parts
        )
        return next(sites, None)

    def layer_made_at(self, write: Write) -> ir.Origin | None:
        """Where the layer in an attribute of ``self`` was made whose call writes."""
        instr = self.instruction(write)
        if not isinstance(instr, ir.CallMethod) or not self.function.class_name:
            return None
        known = self.module.attribute(f".{self.function.class_name}", instr.name)
        made = known.value.object if known is not None else None
        return made.site if isinstance(made, Allocation) else None

    def _uncounted(self, value: Value) -> set[str]:
        """The names by which a value was reached from memory that is counted elsewhere."""
        made = (self._taken_by.get(step.site, "") for step in value.path)
        return {name for name in made if name in UNCOUNTED}

    @cached_property
    def _taken_by(self) -> dict[ir.Origin, str]:
        """The attribute, method or function that gives a view, by its origin."""
        found: dict[ir.Origin, str] = {}
        for instr in ir.instructions(self.function):
            if isinstance(instr, (ir.GetAttribute, ir.CallMethod)):
                found[instr.origin] = instr.name
            elif isinstance(instr, ir.Next):
                found[instr.origin] = ITERATION
            elif isinstance(instr, ir.Call) and isinstance(instr.function, str):
                names = self.uses.names.get(instr.function, ())
                found[instr.origin] = names[0].rpartition(".")[2] if names else ""
        return found

    # What is kept

    @cached_property
    def _kept_before(self) -> dict[int, list[Computed | Called]]:
        """By the identity of a write: the operations before it that keep what it writes."""
        found: dict[int, list[Computed | Called]] = {}
        if not any(isinstance(event, Write) for event in self.events()):
            return found
        for event in self._tracked():
            if event.result.type != "torch.Tensor" or not grad.requires([event.result], frozen=False):
                continue
            for value in self._kept(event):
                if isinstance(value.object, Choice) or is_plain(value) or self._uncounted(value):
                    continue
                for later, aged in events_after(self.solution, *self.places[id(event)], value):
                    if isinstance(later, Write) and _writes(later, aged) and later.origin != event.origin:
                        found.setdefault(id(later), []).append(event)
        return found

    def _tracked(self) -> Iterator[Computed | Called]:
        """The operations and calls that autograd certainly follows."""
        for event in self.events():
            if isinstance(event, Computed | Called) and not self.grad_is_off(event):
                yield event

    def _kept(self, event: Computed | Called) -> Iterator[Value]:
        """What an operation keeps for its backward pass."""
        name, taken = self._operation(event)
        in_place = bool(taken) and taken[0].object == event.result.object
        for each in backward().of(name, in_place):
            if each.tensor == RESULT:
                value: Value | None = event.result
            else:
                value = _get(taken, each.tensor)
                if value is None or self._is_copied(name, value):
                    continue
            if value is not None and self._admits(each.guard, taken):
                yield value

    def _is_copied(self, name: str, value: Value) -> bool:
        """Whether a copy may be kept of what an operation takes: in another type, or with its axes in
        order.
        """
        if self._casts:
            return True
        ordered = operation(name) in ORDERING and not value.layout.is_contiguous
        return ordered and (self.is_apart(value) or any(step.kind in REORDERED for step in value.path))

    @cached_property
    def _casts(self) -> bool:
        """Whether the function computes in another type than that of its tensors: ``torch.autocast``."""
        return any(name.endswith("autocast") for names in self.uses.names.values() for name in names)

    def _operation(self, event: Computed | Called) -> tuple[str, list[Value]]:
        """The qualified name of an operation, and the tensors that it takes."""
        if isinstance(event, Computed):
            instr = self.instruction(event)
            operator = instr.operator if isinstance(instr, ir.Operate) and len(event.operands) == 2 else ""
            return f"torch.{OPERATORS.get(operator, '')}", list(event.operands)
        name = event.names[0] if len(event.names) == 1 else ""
        tensors = [(keyword, value) for keyword, _, value in event.arguments if not is_plain(value)]
        if any(keyword is not None for keyword, _ in tensors):
            tensors = tensors[:1] if tensors[0][0] is None else []  # which is which, is not looked at
        taken = [value for _, value in tensors]
        if event.receiver is not None and name.startswith(METHOD):
            taken.insert(0, event.receiver[1])
        return name.removesuffix(".__call__"), taken

    def _admits(self, guard: Guard | None, taken: list[Value]) -> bool:
        """Whether a guard of the table certainly holds."""
        if guard is None:
            return True
        (atom,) = guard.atoms
        value = _get(taken, atom.arguments[0].root)
        if value is None:
            return False
        if atom.relation == "grad":
            return grad.requires([value], self.module.freezes)
        return self.is_tensor(value, "torch")

    def _models_before(self, write: Write) -> Iterator[Called]:
        """The calls, before an optimizer steps, of models whose weights it writes and they keep."""
        if not self.is_step(write) or self.module.freezes:
            return
        written = {thing for leaf, _ in alternatives(write.through) for thing in copies.chain(leaf.object)}
        for event in self._tracked():
            if not isinstance(event, Called) or event.receiver is None or not event.arguments:
                continue
            model = event.receiver[1]
            called = event.names[0].endswith(".__call__") and not is_old(model.object)
            if called and model.object in written and self._keeps_weights(model, event.arguments[0][2]):
                if write in self.following(event):
                    yield event

    def _keeps_weights(self, model: Value, given: Value) -> bool:
        """Whether a model keeps some of its weights: what is deeper than one layer, or is given what needs
        grad.
        """
        if not self.has_weights(model):
            return False
        made = [event for event in self.events() if isinstance(event, Called)]
        layers = sum(
            self.has_weights(value)
            for event in made
            if event.result.object == model.object and "torch.nn.Sequential" in event.names
            for _, _, value in event.arguments
        )
        inner = any(
            event.result.object == given.object and event.receiver and self.has_weights(event.receiver[1])
            for event in made
        )
        deep = layers > 1 or self.module.layers(model.type) > 1
        return deep or inner or grad.requires([given], self.module.freezes)

    # Whether a backward pass follows

    def _asked_after(self, write: Write, kept: Computed | Called) -> Event | None:
        """The event that asks for gradients through an operation after a write, and before it runs again."""
        reached = self._reached(kept)
        returns = self.runs_forward()
        for event in self.following(write, kept.origin):
            if isinstance(event, Called) and _asks(event) and not reached.isdisjoint(_operands(event)):
                return event
            if returns and isinstance(event, Read) and event.how == "return":
                if not reached.isdisjoint(_things(event.value)):
                    return event
        return None

    def _loss(self, asked: Called) -> str | Quote:
        """What a person calls the tensor whose backward pass runs."""
        given = [asked.receiver] if asked.receiver else [(o, value) for _, o, value in asked.arguments]
        return self.name(*given[0], asked.origin) if given else ""

    def _reached(self, event: Computed | Called) -> set[Object]:
        """The tensors that depend on what an operation gave, so that their gradient goes through it."""
        reached = _things(event.result)
        following = [later for later in self.following(event) if not self.grad_is_off(later)]
        before = 0
        while before != len(reached):
            before = len(reached)
            for later in following:
                if isinstance(later, Computed | Called):
                    if _goes_on(later) and not reached.isdisjoint(_operands(later)):
                        reached |= _things(later.result)
                elif isinstance(later, Write) and not reached.isdisjoint(self._stored(later)):
                    reached |= _things(later.through)
        return reached

    def _stored(self, write: Write) -> set[Object]:
        """What a write stores."""
        instr = self.instruction(write)
        operands = [instr.value] if isinstance(instr, (ir.SetItem, ir.Augment, ir.SetAttribute)) else []
        if isinstance(instr, (ir.Call, ir.CallMethod)):
            operands = [argument.value for argument in instr.arguments]
        values = [self.value_at(instr, operand) for operand in operands]
        return {thing for value in values if value is not None for thing in _things(value)}


def _scales(instr: ir.Instr) -> bool:
    """Whether what an instruction writes has another gradient than what was there: a sum has the same."""
    if isinstance(instr, ir.Augment):
        return instr.operator not in ("+", "-")
    if isinstance(instr, ir.SetItem):
        return not instr.augmented and isinstance(instr.value, ir.Literal) and instr.value.value == 0
    return isinstance(instr, ir.CallMethod) and instr.name in SCALING


def _get(values: list[Value], which: str) -> Value | None:
    position = TAKEN.index(which)
    return values[position] if position < len(values) else None


def _writes(write: Write, value: Value) -> bool:
    """Whether a write certainly goes to the memory of a value; PyTorch counts all writes to it together."""
    if is_old(value.object):
        return False
    if write.callee == STEP:  # every parameter is written
        return any(leaf.object == value.object for leaf, _ in alternatives(write.through))
    return write.through.object == value.object


def _things(value: Value) -> set[Object]:
    """The objects that a value may be: whatever was made at the same places, in any turn of a loop."""
    return {_whenever(leaf.object) for leaf, _ in alternatives(value) if not is_plain(leaf)}


def _whenever(thing: Object) -> Object:
    made = root(thing)
    return replace(made, slot=0, old=False) if isinstance(made, (Allocation, Opaque)) else family(thing)


def _operands(event: Computed | Called) -> set[Object]:
    values = list(event.operands) if isinstance(event, Computed) else [v for _, _, v in event.arguments]
    if isinstance(event, Called):
        values += [*event.contents, *([event.receiver[1]] if event.receiver else [])]
    return {thing for value in values if not grad.is_apart([value]) for thing in _things(value)}


def _goes_on(event: Computed | Called) -> bool:
    """Whether gradients certainly pass through an operation: one of PyTorch's, a layer, a model, a loss."""
    if grad.is_apart([event.result]):
        return False
    name = event.names[0] if isinstance(event, Called) and event.names else "torch."
    return grad.passes(name) and (name.startswith("torch.") or name.endswith(".__call__") or name in SUMS)


def _asks(event: Called) -> bool:
    return event.names[0].rpartition(".")[2] in BACKWARD or not GRADIENTS.isdisjoint(event.names)
