"""Questions about hooks of layers: what they overwrite, and which layers cannot have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias import grad
from tensorlint.alias.events import Called, Event, Kept, Read, Write
from tensorlint.alias.facts.reuse import appends
from tensorlint.alias.facts.saved import Saved
from tensorlint.alias.facts.sequences import Sequences
from tensorlint.alias.lattice import Given, Value
from tensorlint.knowledge.saved import RESULT, backward

TABLES = frozenset({"builtins.dict", "collections.OrderedDict"})
AFTER_FORWARD = "torch.nn.Module.register_forward_hook"
FULL_BACKWARD = "torch.nn.Module.register_full_backward_hook"
OUTPUT = 2  # the position of what the layer gave, among what a forward hook is called with


@dataclass(frozen=True, slots=True)
class Hooked:
    """A hook is called after ``call``; ``write`` is where it writes what that keeps, and calls ``output``;
    ``asked`` is where the backward pass runs. They are empty where the layer itself works in place, which
    PyTorch refuses.
    """

    call: ir.Origin
    write: ir.Origin | None = None
    asked: ir.Origin | None = None
    output: str = ""


class Hooks(Saved, Sequences):
    """Hooks that the function itself gives to a layer that it calls afterwards."""

    def harmful_hook(self, event: Called) -> Hooked | None:
        """What a hook does to the backward pass of the layer that it is given to, if anything is certain."""
        after_forward = AFTER_FORWARD in event.names
        if not after_forward and FULL_BACKWARD not in event.names:
            return None
        if event.receiver is None or not event.arguments or self._removes() or self.is_trial(event.origin):
            return None
        if any(keyword == "with_kwargs" for keyword, _, _ in event.arguments):
            return None  # it is called with more
        if not after_forward:
            return self._refused(event)
        write = self._changed_by(event.arguments[0][1])
        return self._spoilt(event, write) if write is not None else None

    def kept_by_a_hook(self, event: Event) -> tuple[ir.Operand, Value] | None:
        """What a hook puts into something that outlasts it of what its layer gave, which the layer after that
        one overwrites in place: ``self.outputs.append(output.detach())``.
        """
        kept = self._put_away_by(event) if self.module.overwritten_hooks else None
        if kept is None or not isinstance(kept[1].object, Given) or not self._is_overwritten_hook():
            return None
        own = [each.name for each in self.function.parameters if each.name != self.function.receiver]
        given = own[-3:][OUTPUT:]  # before them stands what `partial` gives
        whole = not any(step.selects for step in kept[1].path)
        return kept if given == [kept[1].object.name] and whole else None

    def _put_away_by(self, event: Event) -> tuple[ir.Operand, Value] | None:
        if isinstance(event, Kept):
            return event.operand, event.value
        if isinstance(event, Called) and event.arguments and appends(event):
            _, operand, value = event.arguments[-1]
            return operand, value
        instr = self.instruction(event) if isinstance(event, Read) and event.how == "store" else None
        stored = isinstance(instr, ir.SetAttribute) and not instr.augmented
        if isinstance(instr, ir.SetItem) and not instr.augmented:
            stored = self._is_own_table(instr.base)  # a store into a tensor copies
        return (event.operand, event.value) if isinstance(event, Read) and stored else None

    def _is_own_table(self, operand: ir.Operand) -> bool:
        """Whether something is the dictionary that an object holds whose method this is, or makes this."""
        made, maker = self.uses.made.get(str(operand)), self.function
        if not maker.class_name:
            maker = self.module.giver(self.function) or maker
        if not isinstance(made, ir.GetAttribute) or made.base != maker.receiver or not maker.class_name:
            return False
        known = self.module.attribute(f".{maker.class_name}", made.name)
        return known is not None and known.value.type in TABLES

    def _is_overwritten_hook(self) -> bool:
        hooks, giver = self.module.overwritten_hooks, self.module.giver(self.function)
        makers = (self.function, giver) if giver is not None else (self.function,)
        return any(f"{each.class_name or ''}.{each.name}".lstrip(".") in hooks for each in makers)

    def _spoilt(self, event: Called, write: Write) -> Hooked | None:
        for call in self._calls_after(event):
            saved = backward().of(call.names[0].removesuffix(".__call__"), in_place=self.writes(call))
            if any(each.tensor == RESULT for each in saved):
                asked = self.asked_after(call, call)
                if isinstance(asked, Called):
                    return Hooked(call.origin, write.origin, asked.origin, _name(write))
        return None

    def _refused(self, event: Called) -> Hooked | None:
        calls = (call for call in self._calls_after(event) if self.writes(call))
        return next((Hooked(call.origin) for call in calls), None)

    def _calls_after(self, event: Called) -> Iterator[Called]:
        """The calls of a layer, after it got a hook, that autograd certainly follows."""
        layer = event.receiver[1].object if event.receiver is not None else None
        for call in self.following(event):
            if isinstance(call, Called) and call.receiver is not None and call.receiver[1].object == layer:
                if call.names[0].endswith(".__call__") and not self.grad_is_off(call):
                    if grad.requires([call.result], frozen=False):
                        yield call

    def _changed_by(self, hook: ir.Operand) -> Write | None:
        """The write by which a function of this file certainly changes the output that it is handed."""
        name = next(iter(self.uses.names.get(str(hook), ())), "")
        function = self.module.function_of(name) if name.startswith(".") else None
        solution = self.module.solved(name) if function is not None else None
        if function is None or solution is None or len(function.parameters) <= OUTPUT:
            return None
        output = Given(function.parameters[OUTPUT].name)
        inside = replace(self, solution=solution)
        for occurrence in solution.occurrences.get(0, ()):  # before any condition
            for each in occurrence.events:
                if isinstance(each, Write) and each.through.object == output and inside.is_counted(each):
                    return each
        return None

    def _removes(self) -> bool:
        """Whether the function takes something away again, such as a hook."""
        steps = ir.instructions(self.function)
        return any(isinstance(each, ir.CallMethod) and each.name == "remove" for each in steps)


def _name(write: Write) -> str:
    thing = write.through.object
    return thing.name if isinstance(thing, Given) else ""
