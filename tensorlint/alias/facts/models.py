"""Questions about models, one of which is taken for a copy of another."""

from __future__ import annotations

from itertools import islice

from tensorlint import ir
from tensorlint.alias import copies
from tensorlint.alias.after import HANDED_OUT
from tensorlint.alias.calls import COPIES_CONTAINER
from tensorlint.alias.events import Called, Read, Write
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import Given, Held, Value, alternatives
from tensorlint.alias.solve import replay
from tensorlint.knowledge.contracts import words

OF_MODULES = frozenset(
    f"torch.nn.Module.{name}" for name in "parameters named_parameters buffers modules".split()
)
# The last words of what people call a model, or a part of one.
MODELS = frozenset("model net network module backbone encoder decoder actor critic policy agent".split())


class Models(Values):
    """Models and their copies."""

    def used_as_copy(self, call: Called, model: Value) -> bool:
        """Whether the clone that a call makes is used, or kept, without ever getting weights or training."""
        clone = call.result
        following = tuple(self.following(call))
        if any(copies.trains(event, clone) or copies.loads(event, clone) for event in following):
            return False
        attribute = self._stored_as(call)
        if attribute:
            return not self.module.gives_weights(attribute)
        kept = [event for event in following if copies.touches(event, clone)]
        if any(isinstance(event, Read) and event.how in HANDED_OUT for event in kept):
            # Whoever it is handed to may load it; here it is a copy if the model was trained before.
            return any(copies.trains(event, model) for event in self.events())
        model_used = any(copies.touches(event, model) for event in following)
        return model_used and any(copies.uses(event, clone) for event in following)

    def is_made_anew(self, model: Value) -> bool:
        """Whether this function makes a model, by its class, and not out of one that somebody else holds."""
        things = {leaf.object for leaf, _ in alternatives(model)}
        makers = {
            event.result.object: event
            for event in self.events()
            if isinstance(event, Called)
            and event.result.object in things
            and getattr(event.result.object, "site", None) == event.origin
        }
        return things == set(makers) and all(map(self._makes_anew, makers.values()))

    def _makes_anew(self, call: Called) -> bool:
        if call.receiver is not None:  # `Net(...).to(device)`: a method of what has no name yet
            operand, value = call.receiver
            return str(operand).startswith("%") and self.is_made_anew(value)
        named = any(name.rpartition(".")[2][:1].isupper() for name in call.names)
        given = [value for keyword, _, value in call.arguments if keyword != "**"]
        return named and not any(map(self._is_lasting_model, (*given, *call.contents)))

    def _is_lasting_model(self, value: Value) -> bool:
        """Whether a value is, or may be by its name, a model that was there before."""
        for leaf, _ in alternatives(value):
            thing = leaf.object
            if isinstance(thing, (Held, Given)):
                called = words(thing.key if isinstance(thing, Held) else thing.name)
                if self.is_module(leaf) or (not leaf.type and not MODELS.isdisjoint(called[-1:])):
                    return True
        return False

    def is_stored(self, model: Value) -> bool:
        """Whether somebody else is given a model to keep."""
        things = {leaf.object for leaf, _ in alternatives(model)}
        return any(
            isinstance(event, Read)
            and event.how == "store"
            and any(leaf.object in things for leaf, _ in alternatives(event.value))
            for event in self.events()
        )

    def _stored_as(self, call: Called) -> str:
        """The attribute of ``self`` that a call's result is stored in; empty where it is not."""
        for instr in ir.instructions(self.function):
            if not isinstance(instr, ir.SetAttribute) or not isinstance(instr.value, str):
                continue
            made = self.uses.made.get(instr.value)
            if made is not None and (made.origin == call.origin or self._shows(made, call.origin)):
                return instr.name
        return ""

    def _shows(self, display: ir.Instr, origin: ir.Origin) -> bool:
        """Whether a display holds the result of a call, or a shallow copy what that holds: ``self.best =
        score, model.state_dict()``.
        """
        held = ir.mentioned(display) if isinstance(display, ir.Build) or self._is_shallow(display) else ()
        return any(place in self.uses.made and self.uses.made[place].origin == origin for place in held)

    def _is_shallow(self, instr: ir.Instr) -> bool:
        """Whether a call copies a container, and nothing that it holds."""
        if isinstance(instr, ir.CallMethod):
            return instr.name == "copy" and not instr.arguments
        made = self.uses.made.get(str(instr.function)) if isinstance(instr, ir.Call) else None
        return isinstance(made, ir.Reference) and not COPIES_CONTAINER.isdisjoint(made.names)

    def is_used_as_module(self, call: Called) -> bool:
        """Whether what a call gives is used as PyTorch's modules alone are: it is asked for its weights."""
        return any(
            isinstance(event, Called)
            and event.receiver is not None
            and event.receiver[1].object == call.result.object
            and not OF_MODULES.isdisjoint(event.names)
            for event in self.following(call)
        )

    def whole_model(self, call: Called) -> Value | None:
        """The model whose inputs and outputs, all of them, a call makes a new model of."""
        owners: list[ir.Place] = []
        for wanted, (keyword, operand, _) in zip(
            (("inputs", "input"), ("outputs", "output")), call.arguments[:2], strict=False
        ):
            made = self.uses.made.get(operand) if isinstance(operand, str) else None
            if (
                keyword not in (None, wanted[0])
                or not isinstance(made, ir.GetAttribute)
                or made.name not in wanted
            ):
                return None
            owners.append(made.base)
        if len(owners) != 2 or owners[0] != owners[1]:
            return None
        block, position = self.places[id(call)]
        replayed = replay(self.solution, self.catalog, self.module, block)
        _, state = next(islice(replayed, position, None))
        value = state.names.get(owners[0])
        # What is not known to be anything else is a model: no other object has both.
        known = value is not None and (not value.type or self.is_module(value, "keras.Model"))
        return value if known else None

    def both_used(self, call: Called, model: Value) -> bool:
        """Whether a new model and the one that it was made of are both used, and one is trained or
        written.
        """
        following = tuple(self.following(call))
        pair = call.result, model
        changed = any(
            copies.trains(event, one) or (isinstance(event, Write) and copies.touches(event, one))
            for event in following
            for one in pair
        )
        return changed and all(any(copies.touches(event, one) for event in following) for one in pair)
