"""Questions about layers: each called with what the one before it gave; and told later to work in place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tensorlint import ir
from tensorlint.alias.events import Called, Write
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Allocation, Constant, Given, Value
from tensorlint.alias.switches import OPTION, Switch, switches
from tensorlint.knowledge.saved import RESULT, backward

SEQUENTIAL = "torch.nn.Sequential"
IN_PLACE = "self.inplace"  # the option that the entry of a layer asks for


@dataclass(frozen=True, slots=True)
class Overwritten:
    """The layer made at ``kept`` keeps its result, the one made at ``written`` overwrites it; ``told`` is
    where that was told to work in place, if later.
    """

    kept: ir.Origin
    written: ir.Origin
    told: ir.Origin | None


class Sequences(Outcomes):
    """Layers of ``nn.Sequential``, and layers with an option that is set later."""

    def overwritten_in_sequence(self, call: Called) -> Overwritten | None:
        """Two neighbours of an ``nn.Sequential`` that has weights before them: what the first one keeps of
        its result, the second one overwrites; None where there are none.
        """
        if SEQUENTIAL not in call.names or self.is_trial(call.origin):
            return None
        trained = False
        given = [value for _, _, value in call.arguments]
        for first, second in pairwise(given):
            trained = trained or self.has_weights(first)
            kept, written = self._made_by(first), self._made_by(second)
            if not trained or kept is None or written is None:
                continue
            works, told = self._works_in_place(written, call)
            if works:
                saved = backward().of(kept.names[0], in_place=self._works_in_place(kept, call)[0])
                if any(each.tensor == RESULT for each in saved):
                    return Overwritten(kept.origin, written.origin, told)
        return None

    def told_in_place(self, write: Write) -> ir.Origin | None:
        """Where the layer whose call writes was told to work in place, after it had been made."""
        instr = self.instruction(write)
        if isinstance(instr, ir.CallMethod):
            known = self.module.attribute(f".{self.function.class_name or ''}", instr.name)
            return known.told if known is not None else None
        layer = self.value_at(instr, instr.function) if isinstance(instr, ir.Call) else None
        told = (
            each.origin
            for each in ir.instructions(self.function)
            if isinstance(each, ir.SetAttribute) and each.name == OPTION and layer is not None
            if (base := self.value_at(each, each.base)) is not None and base.object == layer.object
        )
        return next(told, None)

    def _made_by(self, layer: Value) -> Called | None:
        """The call that made a layer."""
        made = self.makers(layer.object) if isinstance(layer.object, Allocation) else ()
        return next((call for call in made if len(call.names) == 1), None)

    def _works_in_place(self, made: Called, sequence: Called) -> tuple[bool, ir.Origin | None]:
        """Whether a layer looks at ``inplace`` and certainly has it, and where it was told so, if later."""
        entry = self.catalog.lookup(made.names[0])
        if entry is None or IN_PLACE not in str(entry.signature):
            return False, None
        position = next((n for n, each in enumerate(entry.signature.parameters) if each.name == OPTION), -1)
        works = not self.module.clears_in_place and any(
            (keyword == OPTION or (keyword is None and place == position))
            and isinstance(value.object, Constant)
            and value.object.value is True
            for place, (keyword, _, value) in enumerate(made.arguments)
        )
        told = None
        for switch in self._switches_of(sequence):
            if not switch.kinds or any(self.catalog.is_kind_of(made.names[0], kind) for kind in switch.kinds):
                works = switch.value and switch.certain
                told = switch.origin
        return works, told if works else None

    def _switches_of(self, sequence: Called) -> Iterator[Switch]:
        """What is told later to the layers of a sequence, or of the model that keeps it."""
        for switch in self._switches:
            model = self.value_at(switch.at, switch.model)
            if model is None or switch.at.origin < sequence.origin:
                continue
            own = model.object == Given(self.function.receiver) and self._is_kept(sequence.result)
            if own or model.object == sequence.result.object or not switch.value:
                yield switch  # what is taken away may be taken from a part of it

    def _is_kept(self, value: Value) -> bool:
        """Whether ``self`` holds something at the end."""
        kept = self.solution.exit.heap.get(Given(self.function.receiver), {})
        return any(each.object == value.object for each in kept.values())

    @cached_property
    def _switches(self) -> list[Switch]:
        return [*switches(self.function, self.module.function_of)]
