"""Questions about the backward pass: whether autograd is on, and which writes it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import grad
from tensorlint.alias.events import Called, Event, Write
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Allocation, Given, Held, Object, Value, alternatives, family, root
from tensorlint.knowledge.saved import COMPUTING

BACKWARD = frozenset({"backward", "manual_backward"})
GRADIENTS = frozenset({"torch.autograd.backward", "torch.autograd.grad"})
# Functions that write in place and that autograd looks at; what initialises, optimizes and communicates
# writes behind its back.
WATCHED = ("torch.Tensor.", "torch.nn.functional.")
UNWATCHED = frozenset(
    {
        *(f"torch.Tensor.logical_{word}_" for word in ("and", "not", "or", "xor")),
        "torch.nn.functional.embedding",  # whose `max_norm` switches grad off itself
        "torch.nn.Embedding",
        "torch.nn.EmbeddingBag",
    }
)


class Autograd(Outcomes):
    """What autograd sees."""

    def grad_is_off(self, event: Event) -> bool:
        """Whether autograd is, or may be, switched off where an event happens."""
        block, position = self.places[id(event)]
        return self.solution.occurrences[block][position].grad_off

    def trains(self) -> bool:
        """Whether the function certainly runs with autograd switched on.

        It asks for gradients, is the file's own top level, or is called by such a function of the file.
        """
        if not grad.is_kept_by(self.function.decorators):
            return False
        if self.function.kind == "module" or self.asks_for_gradients():
            return True
        return self.module.called_with_grad(self.function)

    def asks_for_gradients(self) -> bool:
        """Whether the function itself runs a backward pass."""
        return any(
            (isinstance(instr, ir.CallMethod) and instr.name in BACKWARD)
            or (isinstance(instr, ir.Reference) and not GRADIENTS.isdisjoint(instr.names))
            for instr in ir.instructions(self.function)
        )

    def is_refused(self, write: Write) -> bool:
        """Whether PyTorch certainly refuses a write: it goes to a leaf that requires grad."""
        if not self._is_leaf(write.through) or self.grad_is_off(write):
            return False
        if not self._is_watched(write):
            return False
        leaves = alternatives(write.through)
        return all(self._certainly_requires(leaf) for leaf, _ in leaves) and not self.is_trial(write.origin)

    def _is_leaf(self, value: Value) -> bool:
        """Whether a tensor certainly is a leaf that requires grad, or a view of one: what was told to require
        it and is asked for its gradient is one, whatever it was made of.
        """
        if grad.is_leaf(value, self.module.freezes):
            return True
        return all(
            leaf.traits & grad.INSIDE == {grad.GRAD} and leaf.object in self._asked_for_gradient
            for leaf, _ in alternatives(value)
        )

    def _is_watched(self, write: Write) -> bool:
        """Whether autograd looks at a write; ``w.data = …`` only gives a tensor other memory."""
        if not write.callee:
            return not self._sets_data(write)
        if write.callee in UNWATCHED or write.callee.startswith("."):
            return False  # a function of this file may switch grad off, or be an optimizer's step
        package, _, name = write.callee.rpartition(".")
        layer = package == "torch.nn" and name[:1].isupper()
        return layer or write.callee.startswith(WATCHED) or write.callee.count(".") == 1

    def _sets_data(self, write: Write) -> bool:
        """Whether a write is ``x.data = …`` or ``x.data += …``."""
        instr = self.instruction(write)
        return isinstance(instr, ir.SetAttribute) and instr.name == "data"

    def _certainly_requires(self, leaf: Value) -> bool:
        """Whether a leaf requires grad whoever calls the function: it was made or told to here, ``forward``
        computes with it, it shows a gradient, or it is a weight with a name and nobody speaks of ``no_grad``.
        """
        thing, kept = leaf.object, grad.is_kept_by(self.function.decorators)
        told = isinstance(thing, Given) and grad.LEAF in leaf.traits
        if told or isinstance(root(thing), Allocation):
            return kept
        if not isinstance(thing, Held):
            return False
        if kept and not self.module.suspends and thing.key != "[*]":
            return True
        own = self._is_own(thing)
        return (own and kept and self.runs_forward()) or (
            self.trains() and (own or self._shows_gradient(thing))
        )

    def runs_forward(self) -> bool:
        """Whether the function is what a module computes, in training as in evaluation."""
        name = self.function.class_name or ""
        asks = (i.operand for i in ir.instructions(self.function) if isinstance(i, ir.Assume))
        if self.function.name not in COMPUTING or any(operand.endswith("training") for operand in asks):
            return False
        return self.catalog.is_kind_of(f".{name}", "torch.nn.Module")

    def _is_own(self, thing: Held) -> bool:
        """Whether something is held by ``self``, whose class is of this file and says what it is."""
        owner = root(thing)
        return owner == Given(self.function.receiver) and thing.key != "[*]"

    def _shows_gradient(self, thing: Held) -> bool:
        """Whether the function reads the gradient of a parameter, or of another one of the same model."""
        return any(family(asked) == family(thing) for asked in self._asked_for_gradient)

    @cached_property
    def _asked_for_gradient(self) -> frozenset[Object]:
        """The tensors whose ``grad`` the function reads, or whose gradients it asks for."""
        return frozenset(leaf.object for leaf in self._asked())

    def _asked(self) -> Iterator[Value]:
        for event in self.events():
            if isinstance(event, Called) and "torch.autograd.grad" in event.names:
                inputs = (value for keyword, _, value in event.arguments[1:2] if keyword in (None, "inputs"))
                yield from (leaf for value in (*inputs, *event.contents) for leaf, _ in alternatives(value))
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.GetAttribute) and instr.name == "grad":
                value = self.value_at(instr, instr.base)
                yield from (leaf for leaf, _ in alternatives(value)) if value is not None else ()
