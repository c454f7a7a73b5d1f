"""Questions about models, one of which is taken for a copy of another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tensorlint import ir
from tensorlint.alias import copies
from tensorlint.alias.after import HANDED_OUT
from tensorlint.alias.calls import COPIES_CONTAINER
from tensorlint.alias.elements import Names
from tensorlint.alias.events import Called, Event, Kept, Read, Write
from tensorlint.alias.facts.values import Values
from tensorlint.alias.lattice import Allocation, Given, Held, Object, Value, alternatives
from tensorlint.alias.solve import replay
from tensorlint.knowledge.contracts import contracts, words

MODULE_LISTS = frozenset(
    f"torch.nn.{name}" for name in "ModuleDict ModuleList ParameterList Sequential".split()
)
OF_MODULES = frozenset(
    f"torch.nn.Module.{name}" for name in "parameters named_parameters buffers modules".split()
)
LENDING = frozenset("base backbone pretrained".split())  # models that are there to be built upon
HOLDING = frozenset({"_modules", "_parameters"})  # where a module of PyTorch keeps what it holds
# The last words of what people call a model, or a part of one.
MODELS = frozenset("model net network module backbone encoder decoder actor critic policy agent".split())
# Words in the names of layers: of those that own weights, and of those that mostly own none.
LAYERS = MODELS | frozenset(
    "layer block cell conv attention attn head expert mlp ffn stage branch linear lin unit tower".split()
)
WEIGHTLESS = frozenset(
    "act activation nonlin nonlinearity relu gelu dropout drop pool pooling identity flatten pad".split()
)


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
        shown = {getattr(display, "target", ""), *held}
        given = {place for place, instr in self.uses.made.items() if instr.origin == origin}
        remade = {made for place in given for made in self._made_of_items(place)}
        return not shown.isdisjoint(given | remade)

    def _is_shallow(self, instr: ir.Instr) -> bool:
        """Whether a call copies a container, and nothing that it holds."""
        if isinstance(instr, ir.CallMethod):
            return instr.name == "copy" and not instr.arguments
        made = self.uses.made.get(str(instr.function)) if isinstance(instr, ir.Call) else None
        return isinstance(made, ir.Reference) and not COPIES_CONTAINER.isdisjoint(made.names)

    def _made_of_items(self, place: ir.Place) -> Iterator[ir.Place]:
        """The dictionaries that are made of all items of one, or of what these show: ``{k: v.detach() for k,
        v in state.items()}``.
        """
        for items in self.uses.mentions.get(place, ()):
            if not isinstance(items, ir.CallMethod) or items.name != "items" or items.receiver != place:
                continue
            for user in self.uses.mentions.get(items.target, ()):
                if self._is_shallow(user):
                    yield getattr(user, "target", "")
                elif isinstance(user, ir.Next):
                    yield from self._gathered(user)

    def _gathered(self, turn: ir.Next) -> Iterator[ir.Place]:
        """The dictionaries that a comprehension makes of all the pairs that it goes through, as they are."""
        for pair in self.uses.mentions.get(turn.target, ()):
            if not isinstance(pair, ir.Unpack) or len(pair.targets) != 2:
                continue
            name, weight = pair.targets
            for user in self.uses.mentions.get(name, ()):
                if isinstance(user, ir.Collect) and user.element.key == name:
                    block = self._block_of(user)
                    same = self._shown(user.element.value) == weight
                    if same and block is not None and turn in block.instructions:  # under no condition
                        yield user.container

    def _shown(self, operand: ir.Operand) -> ir.Operand:
        """The name of which an expression shows all the memory: ``weight`` of ``weight.detach()``."""
        temporary = isinstance(operand, str) and operand.startswith("%")
        made = self.uses.made.get(str(operand)) if temporary else None
        if isinstance(made, ir.CallMethod) and made.name == "detach":
            return self._shown(made.receiver)
        if isinstance(made, ir.GetAttribute) and made.name == "data":
            return self._shown(made.base)
        return operand

    def _block_of(self, instr: ir.Instr) -> ir.Block | None:
        return next((block for block in self.function.blocks if instr in block.instructions), None)

    def is_used_as_module(self, call: Called) -> bool:
        """Whether what a call gives is used as PyTorch's modules alone are: it is put into a list of them, or
        asked for its weights, here or by another method that finds it in an attribute.
        """
        made = call.result.object
        found = any(
            _asks_for_weights(event, made) or _registers(event, made) for event in self.following(call)
        )
        return found or self._is_kept_as_module(call)

    def gets_other_parts(self, call: Called) -> bool:
        """Whether what a call gives is told which modules or parameters it holds: a shell around others."""
        stores = [i for i in ir.instructions(self.function) if isinstance(i, ir.SetAttribute)]
        bases = [self.value_at(each, each.base) for each in stores if each.name in HOLDING]
        return any(base is not None and base.object == call.result.object for base in bases)

    def _is_kept_as_module(self, call: Called) -> bool:
        """Whether a method asks for the weights of what a call alone, of all methods, leaves in an
        attribute.
        """
        attribute = self._stored_as(call)
        known = self.module.class_info(f".{self.function.class_name}") if attribute else None
        methods = sorted(known.methods.values()) if known is not None else ()
        functions = [function for name in methods if (function := self.module.function_of(name)) is not None]
        given = [
            instr
            for function in functions
            for instr in ir.instructions(function)
            if isinstance(instr, ir.SetAttribute) and instr.name == attribute and isinstance(instr.value, str)
        ]
        if len(given) != 1:
            return False
        for name in methods:
            solution = self.module.solved(name) if name != f".{self.function.qualname}" else None
            if solution is not None:
                kept = Held(Given(solution.function.receiver), f".{attribute}")
                if any(_asks_for_weights(event, kept) for event in solution.events()):
                    return True
        return False

    def is_layer_by_name(self, value: Value) -> bool:
        """Whether a module that was handed in, or made by somebody unknown, goes by the name of a layer that
        owns weights.
        """
        things = {leaf.object for leaf, _ in alternatives(value)}
        if value.type not in ("", "torch.nn.Module") or len(things) != 1:
            return False
        named = words(self.name_of(Value(things.pop())).rpartition(".")[2])
        return not LAYERS.isdisjoint(named) and WEIGHTLESS.isdisjoint(named)

    def layer_each_turn(self, event: Called | Kept) -> Value | None:
        """The layer with weights, made before a loop, that goes into one list in every turn of it."""
        if isinstance(event, Kept):
            container, value = event.container, event.value
        elif event.receiver is None or len(event.arguments) != 1:
            return None
        else:
            container, value = event.receiver[1], event.arguments[0][2]
            if not any(name.rpartition(".")[2] == "append" for name in event.names):
                return None
        listed = container.type == "torch.nn.ModuleList"
        if container.type == "builtins.list":  # what Keras finds in attributes, whatever holds it
            listed = self.is_module(value, "keras.Layer") or (
                isinstance(event, Called) and self._is_registered(event, container, value)
            )
        looping, made = self.solution.looping, value.object
        weighted = self.has_weights(value) or (isinstance(made, Given) and self.is_layer_by_name(value))
        if not listed or not weighted or value.path or event.origin not in looping:
            return None
        # Made in a loop as well, it may be another one in each of its turns.
        once = isinstance(made, Given) or (
            isinstance(made, Allocation) and made.site not in looping and not made.old
        )
        kept = isinstance(container.object, Held) or getattr(container.object, "site", None) not in looping
        block, position = self.places[id(event)]
        before = self.function.blocks[block].instructions[:position]
        always = any(isinstance(instr, ir.Next) for instr in before)
        return value if once and kept and always else None

    def _is_registered(self, event: Called | Kept, container: Value, item: Value) -> bool:
        """Whether a list, or ``*`` all its items, is handed to a module that holds them, afterwards."""
        return any(
            isinstance(each, Called)
            and not MODULE_LISTS.isdisjoint(each.names)
            and any(given.object in (container.object, item.object) for _, _, given in each.arguments)
            for each in self.following(event)
        )

    def whole_model(self, call: Called) -> tuple[str, Value] | None:
        """The model whose inputs and outputs, all of them, a call makes a new model of, and how it is
        written.
        """
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
        names = Names(self.function, self.uses)
        if len(owners) != 2 or len({names.written(owner) or owner for owner in owners}) != 1:
            return None
        block, position = self.places[id(call)]
        replayed = replay(self.solution, self.catalog, self.module, block)
        _, state = next(islice(replayed, position, None))
        value = state.names.get(owners[0])
        # What is not known to be anything else is a model: no other object has both.
        known = value is not None and (not value.type or self.is_module(value, "keras.Model"))
        return (names.written(owners[0]), value) if known and value is not None else None

    def over_layers(self, call: Called) -> str:
        """The model of all whose layers a call makes a new one that is to have weights of its own, by the
        name that it gets, or by that of the function that hands it out; empty for any other call.
        """
        keyword, operand, _ = call.arguments[0] if len(call.arguments) == 1 else ("", "", None)
        made = self.uses.made.get(operand) if isinstance(operand, str) and not keyword else None
        if not isinstance(made, ir.GetAttribute) or made.name != "layers":
            return ""
        value, source = self.value_at(made, made.base), Names(self.function, self.uses).written(made.base)
        known = value is not None and (not value.type or self.is_module(value, "keras.Model"))
        own = contracts().follows_another(source) or not LENDING.isdisjoint(words(source))
        named = {getattr(self.instruction(call), "target", ""), self._stored_as(call)}
        if any(_is_handed_out(event, call.result.object) for event in self.following(call)):
            named.add(self.function.name)
        apart = any(map(contracts().follows_another, sorted(named)))
        return source if known and apart and not own else ""

    def stands_apart(self, call: Called, model: Value) -> bool:
        """Whether a new model is kept in an attribute of ``self`` that is to have other weights than the one
        that it was made of, which another attribute has: the target of an online network.
        """
        own = Given(self.function.receiver)
        if not isinstance(model.object, Held) or model.object.owner != own:
            kept = self.state_before(call).heap.get(own, {}).items()
            if not any(value.object == model.object for key, value in kept if key.startswith(".")):
                return False
        attribute = self._stored_as(call)
        return contracts().stands_apart(attribute) and model.object != Held(own, f".{attribute}")

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


def _is_handed_out(event: Event, thing: Object) -> bool:
    return isinstance(event, Read) and event.how == "return" and event.value.object == thing


def _registers(event: Event, thing: Object) -> bool:
    """Whether an event is a module's making that holds, in the list that it is given, a thing."""
    return (
        isinstance(event, Called)
        and not MODULE_LISTS.isdisjoint(event.names)
        and any(leaf.object == thing for value in event.contents for leaf, _ in alternatives(value))
    )


def _asks_for_weights(event: Event, thing: Object) -> bool:
    """Whether an event asks an object for what modules alone have: ``teacher.parameters()``."""
    if not isinstance(event, Called) or event.receiver is None or event.receiver[1].object != thing:
        return False
    return not OF_MODULES.isdisjoint(event.names)
