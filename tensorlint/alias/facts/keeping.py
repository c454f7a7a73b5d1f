"""Questions about states that are kept by reference, in order to go back to them, and moved in place."""

from __future__ import annotations

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import events_after
from tensorlint.alias.copies import chain
from tensorlint.alias.events import Event, Kept, Read, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.reuse import Reuse
from tensorlint.alias.facts.values import describe
from tensorlint.alias.lattice import Allocation, Given, Held, Object, Value, is_old, root
from tensorlint.alias.uses import Uses, binds
from tensorlint.knowledge.contracts import contracts

VARIABLES = frozenset("weights variables trainable_weights trainable_variables".split())
PARAMETER = "torch.nn.Parameter"
KERAS = frozenset({"keras", "tensorflow"})
CALLBACK = "keras.callbacks.Callback"


class Keeping(Reuse):
    """States from before that are no copies."""

    def kept_as_before(self, event: Event) -> tuple[str, Write] | None:
        """The attribute in which an assignment keeps a tensor by reference as the best one, or as it was, and
        the write that changes it: later in this function, or in another method of the class.
        """
        instr = self._keeping(event, parts=True)
        if instr is None or not isinstance(event, Read) or not contracts().is_earlier(instr.name):
            return None
        if any(step.selects for step in event.value.path) and not contracts().keeps(instr.name):
            return None
        if self._is_link(event, instr):
            return None
        given = str(self.uses.unpacked(event.operand))
        if isinstance(event.value.object, Allocation) and given.startswith("%"):
            return None  # made for the attribute: whoever writes it does so by that
        for later, aged in events_after(self.solution, *self.places[id(event)], event.value):
            if isinstance(later, Write) and self._writes(later, aged) and not self._is_through(later, instr):
                return instr.name, later
        if not self._is_own_state(event.value.object):
            return None
        if not contracts().keeps(instr.name) and self._is_given_another(event.value.object, but=instr.name):
            return None
        other = self._in_another_method(event.value)
        return (instr.name, other) if other is not None else None

    def _is_link(self, event: Read, kept: ir.SetAttribute) -> bool:
        """Whether one object, and not this method's own, gets another one of the file's classes that holds
        the tensor: the one before it in a chain, ``node.next.prev = new``.
        """
        whole = self.value_before(event, event.operand) if isinstance(event.operand, str) else None
        linked = whole is not None and whole.type.startswith(".") and whole.object != event.value.object
        return linked and kept.base != self.function.receiver

    def _is_through(self, write: Write, kept: ir.SetAttribute) -> bool:
        """Whether a write names the very attribute that keeps: a best result that is filled bit by bit."""
        made = self.uses.made.get(write.operand) if isinstance(write.operand, str) else None
        return isinstance(made, ir.GetAttribute) and (made.base, made.name) == (kept.base, kept.name)

    def reset_to(self, event: Event) -> tuple[str, Write] | None:
        """The attribute that an assignment sets back to what another one keeps, and the write to it in
        another method, which changes what is kept: ``self.state = self.initial_state``.
        """
        instr = self._keeping(event)
        if instr is None or not isinstance(event, Read) or not isinstance(event.value.object, Held):
            return None
        kept = event.value.object
        if not self.persists(kept) or self.function.name == "__init__":
            return None
        if not contracts().is_earlier(kept.key) or contracts().is_earlier(instr.name):
            return None
        if _gives(self.function, kept):
            return None  # buffers that take turns: what was the earlier one is the next to be written
        other = self._in_another_method(Value(Held(kept.owner, f".{instr.name}")))
        return (f"{instr.base}.{instr.name}", other) if other is not None else None

    def kept_in_turn(self, event: Event) -> tuple[str, Write] | None:
        """The container in which a loop keeps a tensor by reference as it was, and the write to it, by its
        very name, before the next turn.
        """
        if not isinstance(event, Kept):
            return None
        container = self.name_of(event.container) or describe(event.container.object)
        name = results.root_name(event.operand, self.uses)
        if not isinstance(name, str) or not name or not contracts().is_earlier(container):
            return None
        if not self._is_whole_tensor(event.operand, event.value):
            return None
        given = frozenset(i.origin for i in ir.instructions(self.function) if name in binds(i))
        for later in self.after_place(*self.places[id(event)], given):
            if isinstance(later, Write) and later.region.object == event.value.object:
                replaces = isinstance(self.instruction(later), ir.SetAttribute)
                if not replaces and results.root_name(later.operand, self.uses) == name:
                    return container, later
        return None

    def kept_apart(self, event: Event) -> tuple[str, Write] | None:
        """The attribute in whose list or dictionary the memory of weights is kept that is to follow them, and
        the write by which another method of the class moves what is in it, and so the weights themselves.
        """
        if not isinstance(event, Kept) or not isinstance(root(event.value.object), Given):
            return None
        name = self._attribute_of(event)
        if not contracts().follows(name) or not self._is_whole_tensor(event.operand, event.value):
            return None
        if not self.is_tensor(event.value, "torch"):
            return None
        kept = Held(Given(self.function.receiver), f".{name}")
        known = self.module.class_info(f".{self.function.class_name}")
        for method in sorted(known.methods.values()) if known is not None else ():
            solution = self.module.solved(method) if method != f".{self.function.qualname}" else None
            for write in solution.events() if solution is not None else ():
                if isinstance(write, Write) and write.how != "store" and kept in chain(write.through.object):
                    return f"{self.function.receiver}.{name}", write
        return None

    def tied(self, event: Event) -> tuple[str, str] | None:
        """The model whose weights get the very memory of those of another one, and that one, where the first
        is named as one with weights of its own: ``target_weight.data = weight.data``.
        """
        instr = self.instruction(event) if isinstance(event, Write) else None
        if not isinstance(event, Write) or not isinstance(instr, ir.SetAttribute) or instr.augmented:
            return None
        given = self.value_at(instr, instr.value)
        if event.through.type != PARAMETER or instr.name != "data" or given is None:
            return None
        model, trained = _weights_of(event.through), _weights_of(given)
        if model is None or trained is None or model == trained:
            return None
        own, other = describe(model), describe(trained)
        if not other or not contracts().stands_apart(own) or contracts().stands_apart(other):
            return None
        return own, other

    def _attribute_of(self, kept: Kept) -> str:
        """The attribute of the receiver that is, or gets, the container of what is kept; empty for none."""
        container = kept.container.object
        if isinstance(container, Held):
            own = container.owner == Given(self.function.receiver)
            return container.key.removeprefix(".") if own else ""
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.SetAttribute) and instr.base == self.function.receiver:
                value = self.value_at(instr, instr.value)
                if value is not None and value.object == container:
                    return instr.name
        return ""

    def keeps_variables(self, event: Event) -> tuple[str, ir.Origin] | None:
        """The attribute in which an assignment keeps a model's variables as the best ones, which go on being
        those of the model, and the expression that gives them.
        """
        instr = self.instruction(event) if isinstance(event, Read) and event.how == "store" else None
        if not isinstance(instr, ir.SetAttribute):
            return None
        earlier = contracts().is_earlier(instr.name) and self._ends_a_phase()
        if not earlier and not contracts().keeps(instr.name):
            return None
        made = self._variables_in(instr.value)
        if made is None or made.base == self.function.receiver or KERAS.isdisjoint(self.module.libraries):
            return None
        return instr.name, made.origin

    def _ends_a_phase(self) -> bool:
        """Whether this is the method of a callback of Keras that is called after each epoch or batch."""
        own = self.catalog.bases(f".{self.function.class_name}") if self.function.class_name else ()
        return CALLBACK in own and self.function.name.endswith(("epoch_end", "batch_end"))

    def _variables_in(self, operand: ir.Operand) -> ir.GetAttribute | None:
        """What gives the variables that something is, or that a comprehension collects: ``[layer.weights for
        layer in model.layers]``.
        """
        made = self.uses.made.get(operand) if isinstance(operand, str) else None
        if isinstance(made, ir.GetAttribute):
            return made if made.name in VARIABLES else None
        if not isinstance(made, ir.Build) or made.elements:
            return None
        collected = (each for each in self.uses.mentions.get(made.target, ()) if isinstance(each, ir.Collect))
        found = [
            self._variables_in(each.element.value) for each in collected if each.container == made.target
        ]
        return found[0] if len(found) == 1 else None

    def _keeping(self, event: Event, *, parts: bool = False) -> ir.SetAttribute | None:
        """The assignment to an attribute by which an event keeps a whole tensor that can be written, or a
        view of ``parts`` of one.
        """
        if not isinstance(event, Read) or event.how != "store":
            return None
        instr = self.instruction(event)
        if not isinstance(instr, ir.SetAttribute) or instr.augmented or is_old(event.value.object):
            return None
        return instr if self._is_whole_tensor(event.operand, event.value, parts=parts) else None

    def _is_whole_tensor(self, operand: ir.Operand, value: Value, *, parts: bool = False) -> bool:
        """Whether a value certainly is all of a tensor that can be written, or a view of ``parts`` of it."""
        if self.certainty(operand, value) is Certainty.GUESSED:
            return False
        whole = parts or not any(step.selects for step in value.path)
        kind = value.type
        if self.catalog.is_variable(kind):
            return whole and not self._gives_assigned(operand)
        return whole and self.catalog.is_writable(kind)

    def _is_given_another(self, thing: Object, but: str = "") -> bool:
        """Whether a method of the class, other than its constructor, gives an attribute another object, and
        not the one back that the attribute ``but`` keeps: what was kept of the one before is not what a later
        write changes.
        """
        return any(
            method.name != "__init__" and _gives(method, thing, but) for method in self.class_methods()
        )


def _gives(function: ir.Function, thing: Object, but: str = "") -> bool:
    """Whether a function gives an attribute another object than the attribute ``but`` has all the while."""
    given = [i for i in ir.instructions(function) if isinstance(i, ir.SetAttribute) and not i.augmented]
    kept = "" if any((i.base, i.name) == (function.receiver, but) for i in given) else but
    made = Uses.of(function).made if kept else {}
    return any(
        f"{each.base}.{each.name}" == describe(thing) and not _is_read(made.get(str(each.value)), kept)
        for each in given
    )


def _is_read(made: ir.Instr | None, attribute: str) -> bool:
    return isinstance(made, ir.GetAttribute) and bool(attribute) and made.name == attribute


def _weights_of(value: Value) -> Object | None:
    """The model one of whose parameters a value is, all of it; None where it is none."""
    picked = value.object
    many = picked.owner if isinstance(picked, Held) else None
    if not isinstance(many, Held) or not many.old or any(step.selects for step in value.path):
        return None
    return many.owner
