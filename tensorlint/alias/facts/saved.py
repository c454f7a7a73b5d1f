"""Questions about what a backward pass needs: which operation kept a tensor that is written before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import copies, grad
from tensorlint.alias.after import events_after
from tensorlint.alias.events import Called, Computed, Write
from tensorlint.alias.facts.passes import Passes
from tensorlint.alias.lattice import (
    Allocation,
    Choice,
    Value,
    alternatives,
    is_old,
    is_plain,
)
from tensorlint.finding import Quote
from tensorlint.knowledge.effects import Guard
from tensorlint.knowledge.saved import OPERATORS, RESULT, TAKEN, backward, operation

METHOD = "torch.Tensor."
STEP = "torch.optim.Optimizer.step"
ORDERING = frozenset(
    {"linear", "Linear", "matmul"}
)  # of more than two axes, they put what they take in order
REORDERED = frozenset({"permuted", "swapped", "moved", "flipped", "expanded"})
# In-place methods that change the gradient, without those that are hidden on purpose: `round_`, `copy_`.
SCALING = frozenset("mul_ div_ clamp_ clip_ clamp_min_ clamp_max_ relu_ zero_ fill_ abs_".split())


@dataclass(frozen=True, slots=True)
class Needed:
    """What is written is kept at ``kept`` for a backward pass that runs afterwards.

    It runs at ``asked``, and ``of`` is what a person calls the loss; both are empty where whoever calls
    ``forward`` runs it.
    """

    kept: ir.Origin
    asked: ir.Origin | None
    of: str | Quote = ""


class Saved(Passes):
    """What operations keep for the backward pass."""

    def needed(self, write: Write) -> Needed | None:
        """The operation whose backward pass certainly needs what is written, as it was."""
        found = self._needed(write) if grad.is_kept_by(self.function.decorators) else None
        return None if found is None or self.is_trial(write.origin) else found

    def _needed(self, write: Write) -> Needed | None:
        for kept in (*self._kept_before.get(id(write), ()), *self._models_before(write)):
            asked = self.asked_after(write, kept)
            if isinstance(asked, Called):
                return Needed(kept.origin, asked.origin, self.loss_of(asked))
            if asked is not None:
                return Needed(kept.origin, None)
        return None

    def is_step(self, write: Write) -> bool:
        """Whether an optimizer's step writes."""
        return write.callee == STEP

    def is_counted(self, write: Write) -> bool:
        """Whether PyTorch knows of a write: not of one through ``.data``."""
        return not self._sets_data(write) and not any(
            self.uncounted(leaf) for leaf, _ in alternatives(write.through)
        )

    def is_hidden(self, write: Write) -> bool:
        """Whether a write certainly goes through ``.data`` of a tensor."""
        instr = self.instruction(write)
        if isinstance(instr, ir.SetAttribute) and self._sets_data(write):
            return instr.augmented  # else the tensor gets other memory
        return all(self.uncounted(leaf) == {"data"} for leaf, _ in alternatives(write.through))

    def bypassed(self, write: Write) -> Needed | None:
        """The operation whose result a write certainly changes behind autograd's back, by more than a sum:
        the gradient that is asked for afterwards goes on as if nothing had been written.
        """
        if self.grad_is_off(write):
            return None
        for base in self._taken_behind(write):
            for made in self._tracked():
                if made.result.object != base.object:
                    continue
                asked = self.asked_after(write, made, self.reached(write, self.things(base)))
                if asked is not None and not self.is_trial(write.origin):
                    return Needed(made.origin, asked.origin if isinstance(asked, Called) else None)
        return None

    def _taken_behind(self, write: Write) -> Iterator[Value]:
        """The results that require grad, through whose ``.data`` or ``.detach()`` a write scales elements."""
        instr = self.instruction(write)
        if self._sets_data(write) and isinstance(instr, ir.SetAttribute):  # `y.data *= 2`
            users = self.uses.mentions.get(str(instr.value), ())
            if any(map(_scales, users)) and _is_computed(write.through):
                yield write.through
        elif _scales(instr):
            sites = {step.site for leaf, _ in alternatives(write.through) for step in leaf.path}
            for taken in ir.instructions(self.function):
                if taken.origin in sites and isinstance(taken, ir.GetAttribute | ir.CallMethod):
                    passing = taken.name == "detach" and taken.target.startswith("%")
                    base = taken.base if isinstance(taken, ir.GetAttribute) else taken.receiver
                    value = self.value_at(taken, base) if passing or taken.name == "data" else None
                    if value is not None and _is_computed(value):
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
            if self.taken_by.get(step.site) in backward().parts
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
                if isinstance(value.object, Choice) or is_plain(value) or self.uncounted(value):
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


def _is_computed(value: Value) -> bool:
    """Whether a value certainly is the result of an operation that autograd tracks: no view of a leaf."""
    return grad.is_result(value) and not grad.is_leaf(value, frozen=False)


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
