"""Questions about models that a loop trains, and keeps by reference or copies shallowly meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.events import Called, Event, Kept, Read
from tensorlint.alias.facts.handing import Collected
from tensorlint.alias.facts.models import MODELS
from tensorlint.alias.facts.reuse import Reuse, appends
from tensorlint.alias.facts.snapshots import Snapshots
from tensorlint.alias.uses import binds
from tensorlint.knowledge.contracts import contracts, words

MODULE = "torch.nn.Module"
PARAMETER = "torch.nn.Parameter"
WEIGHTS = frozenset({"weight", "bias"})  # what layers call theirs
SHOWING = frozenset({"detach", "numpy"})  # methods that give all of a tensor, over the same memory


class Training(Snapshots, Reuse):
    """Models that are being trained."""

    def collected_model(self, event: Event) -> tuple[ir.Place, Event] | None:
        """The model that a loop collects by reference, and the step of an optimizer that moves it before the
        same call collects it again.
        """
        if not isinstance(event, Called) or event.origin not in self.solution.looping or not event.arguments:
            return None
        if event.receiver is None or not appends(event):
            return None
        container = str(event.receiver[0])
        for name in self._kept_names(event.arguments[-1][1]):
            value = self.value_before(event, name)
            if value is None or (value.type and not self.is_module(value, MODULE)) or not self._learns(name):
                continue
            given = self._rebinds(name, container)
            for moved in self.after_place(*self.places[id(event)], given):
                if self._moves(moved):
                    if any(again is event for again in self.after_place(*self.places[id(moved)], given)):
                        return name, moved
        return None

    def collected_weight(self, event: Event) -> tuple[Collected, Event] | None:
        """The weight of a model, or its memory, that a loop collects by reference, and the step of an
        optimizer that moves it before the same weight is collected again: ``path.append(model.weight.data)``.
        """
        if event.origin not in self.solution.looping or not isinstance(event, (Called, Kept, Read)):
            return None
        for kept in self._kept_by(event):
            model = self._model_of(kept.operand) if kept.container is not None else ""
            if kept.container is None or not model or not self._outlasts_a_turn(kept.container.object):
                continue
            if not self._learns(model):
                continue
            given = self._rebinds(model, self.name_of(kept.container))
            for moved in self.after_place(*self.places[id(event)], given):
                if self._moves(moved):
                    if any(again is event for again in self.after_place(*self.places[id(moved)], given)):
                        return kept, moved
        return None

    def _model_of(self, operand: ir.Operand) -> ir.Place:
        """The name of the model whose weight an operand is, itself or by ``.data``, ``.detach()``,
        ``.numpy()``; empty for anything else.
        """
        chain = list(self.uses.behind([operand], _shown_by))
        made = chain[-1] if chain else None
        if not isinstance(made, ir.GetAttribute) or _shown_by(made):
            return ""
        value = self.value_at(made, made.target)
        known = value is not None and value.type == PARAMETER
        name = results.root_name(made.target, self.uses)
        weight = known or (len(chain) > 1 and made.name in WEIGHTS)
        return name if weight and isinstance(name, str) and not name.startswith("%") else ""

    def is_trained_module(self, call: Called) -> bool:
        """Whether what ``copy.copy`` is given is computed with here, and trained after that by an optimizer:
        nothing but a module is.
        """
        name = call.arguments[0][1]
        if not isinstance(name, str) or name.startswith("%") or not self._learns(name):
            return False
        if MODELS.isdisjoint(words(name)[-1:]) and not contracts().is_kept_of(self._given_name(call), name):
            return False
        return any(
            self._moves(later) for later in self.after_place(*self.places[id(call)], self._rebinds(name))
        )

    def _given_name(self, call: Called) -> str:
        """The name that what a call gives gets; empty for none."""
        return getattr(self.instruction(call), "target", "")

    def _kept_names(self, operand: ir.Operand) -> Iterator[ir.Place]:
        """The names that are appended, alone or in one record with others."""
        made = self.uses.made.get(operand) if isinstance(operand, str) else None
        if isinstance(operand, str) and not operand.startswith("%"):
            yield operand
        elif isinstance(made, ir.Build):
            for element in made.elements:
                if isinstance(element.value, str) and not element.value.startswith("%"):
                    yield element.value

    def _rebinds(self, *names: ir.Place) -> frozenset[ir.Origin]:
        """Where any of some names gets something else."""
        return frozenset(
            instr.origin
            for instr in ir.instructions(self.function)
            if not isinstance(instr, ir.Declare) and not set(names).isdisjoint(binds(instr))
        )


def _shown_by(made: ir.Instr) -> tuple[ir.Operand, ...]:
    """What an instruction shows under another name, over the same memory: ``w`` of ``w.detach()``."""
    if isinstance(made, ir.CallMethod) and made.name in SHOWING and not made.arguments:
        return (made.receiver,)
    return (made.base,) if isinstance(made, ir.GetAttribute) and made.name == "data" else ()
