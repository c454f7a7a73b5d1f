"""The questions that rules may ask about one function, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import copies, grad, layout, results
from tensorlint.alias.after import HANDED_OUT, Aftermath, Observer, aftermath, certain, derived, reads_after
from tensorlint.alias.axes import contiguity
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.events import (
    AttributeRead,
    AttributeSet,
    Called,
    Donated,
    Event,
    Inspected,
    Read,
    Write,
)
from tensorlint.alias.lattice import (
    Allocation,
    Choice,
    Given,
    Held,
    Object,
    Sharing,
    Value,
    alternatives,
    family,
    is_old,
    is_plain,
    root,
    sharing,
)
from tensorlint.alias.module import Module
from tensorlint.alias.pointers import handed_over
from tensorlint.alias.solve import Solution, replay
from tensorlint.alias.uses import Uses
from tensorlint.finding import Quote
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import PREDICATES

SAYS_SHARED = re.compile(
    r"[Ss]har(?:e|ed|ing)|\b[Tt]ied?\b|Tied|_tied?\b|\btied?_|[Tt]ying|[Ss]iamese|[Rr]ecurrent"
)
CALLED = frozenset("f fun func fn function callable map_func".split())  # parameters that take a function
LOSE_ATTRIBUTES = frozenset({"torch.nn.Parameter", "tensorflow.Variable"})  # when they are deep-copied
CHANGEABLE = frozenset("builtins.list builtins.dict builtins.set collections.deque".split())


@dataclass(frozen=True, slots=True)
class Harm:
    """A write through one value that somebody sees through another.

    ``view`` and ``base`` are what a person calls the two; ``taken`` is where the view was taken, ``read``
    where the base is read again (nowhere, when it is state that outlives the call); ``condition`` says when
    they share, empty for always. ``second_name`` says that the two are one tensor under two names.
    """

    through: Value
    view: str | Quote
    base: str | Quote
    taken: ir.Origin
    read: ir.Origin | None
    condition: str
    second_name: bool


@dataclass(frozen=True)
class Facts:
    """What the engine found out about one function; what several rules ask is worked out once."""

    solution: Solution
    catalog: Catalog
    module: Module

    @property
    def function(self) -> ir.Function:
        return self.solution.function

    def events(self) -> Iterator[Event]:
        """Everything that happens, in the order of the blocks."""
        for _, _, event in self._placed():
            yield event

    def _placed(self) -> Iterator[tuple[int, int, Event]]:
        for block in sorted(self.solution.occurrences):
            for position, occurrence in enumerate(self.solution.occurrences[block]):
                for event in occurrence.events:
                    yield block, position, event

    @cached_property
    def _places(self) -> dict[int, tuple[int, int]]:
        """The block and position of every event, by its identity."""
        return {id(event): (block, position) for block, position, event in self._placed()}

    @cached_property
    def _uses(self) -> Uses:
        return Uses.of(self.function)

    @cached_property
    def _harms(self) -> dict[int, Harm | None]:
        return {}

    def after(self, write: Write) -> Aftermath:
        """Who sees the written elements afterwards: through the same view, and another way."""
        return aftermath(self.solution, *self._places[id(write)], write, self._uses)

    def following(self, event: Event) -> Iterator[Event]:
        """Every event that control flow may reach after this one."""
        start = self._places[id(event)]
        seen: set[int] = set()
        pending = [(start[0], start[1] + 1)]
        while pending:
            block, position = pending.pop()
            for occurrence in self.solution.occurrences.get(block, ())[position:]:
                yield from occurrence.events
            for successor in self.solution.function.blocks[block].successors:
                if successor not in seen:
                    seen.add(successor)
                    pending.append((successor, 0))

    # Results, attributes, donations

    def is_trial(self, origin: ir.Origin) -> bool:
        """Whether a statement is made to be tried, timed or warmed up, or stands where it is meant to fail."""
        named = results.TRIAL.match(self.function.name) is not None or self.module.is_benchmark
        return named or bool(
            results.TRIES.search(self.module.around(origin))
        )

    def left_unchanged(self, call: Called) -> tuple[ir.Operand, Value] | None:
        """The tensor that a call with a thrown away result leaves as it was, held by somebody; else None."""
        entry = results.pure_entry(call, self.catalog)
        named = any(keyword == "name" for keyword, _, _ in call.arguments)  # a node of TensorFlow's graph
        if entry is None or named or any(isinstance(e, Write) and e.origin == call.origin for e in self.events()):
            return None
        operands = [call.receiver] if call.receiver else [(o, v) for _, o, v in call.arguments]
        held = [(o, v) for o, v in operands if not is_plain(v) and results.of_somebody(o, self._uses)]
        if entry.signature.clause("must_use") is not None:
            if entry.signature.parameters[0].name in CALLED and call.arguments:
                held = [(operand, value) for operand, value in held if operand != call.arguments[0][1]]
                if not self._only_computes(call.arguments[0][2]):
                    return None
            return held[0] if held else None
        if not held:  # `torch.cat([history, step])`
            held = [(ir.Literal(None), v) for v in call.contents if self.name_of(v)]
        if not held or not self.is_tensor(held[0][1]):
            return None
        # Modules, pipelines, boxes and loggers have methods of the same names that change them in place.
        enough = {Certainty.STATED, Certainty.DOCUMENTED}
        if entry.name.rpartition(".")[2] not in results.NOT_ONLY_TENSORS:
            enough.add(Certainty.SHOWN)
        return held[0] if self.certainty(*held[0]) in enough else None

    def certainty(self, operand: ir.Operand, value: Value) -> Certainty:
        """How it is known that a value is of its type: made by a known call, stated, shown by use or guessed."""
        evidence = self.solution.evidence
        if all(isinstance(leaf.object, Allocation) for leaf, _ in alternatives(value)):
            return Certainty.STATED
        names = (operand, self.name_of(value))
        found = (evidence.certainty.get(name) for name in names if isinstance(name, str))
        return next((how for how in found if how is not None), Certainty.STATED)

    def _only_computes(self, function: Value) -> bool:
        """Whether calling a function certainly does nothing but compute its result."""
        name = function.object.name if isinstance(function.object, Given) else ""
        entry = self.catalog.lookup(name)
        if entry is not None:
            return entry.signature.is_pure
        lowered = (
            self.function.nested[int(name.removeprefix("<nested>"))]
            if name.startswith("<nested>") and not name.endswith("-1")
            else self.module.function_of(name)
        )
        return lowered is not None and results.only_computes(lowered, self.catalog)

    def read_after_donation(self, donated: Donated) -> Read | None:
        """The first read of an array, or of what it holds, after a call took its memory."""
        places = self._places[id(donated)]
        for read, value in reads_after(self.solution, *places, donated.value):
            # What the donated container held counts where another container holds it, too: `kept = dict(params)`.
            contents = donated.contents if self._through_another(read, donated.operand) else ()
            if not self.is_tensor(read.value, "numpy") and any(_is_or_holds(each, read.value) for each in (value, *contents)):
                return read
        return None

    def _through_another(self, read: Read, operand: ir.Operand) -> bool:
        """Whether a read reaches an element through another container, or another name of the same one."""
        if any(step.kind in ("shared", "alias") for step in read.value.path):
            return True
        made = self._uses.made.get(read.operand) if isinstance(read.operand, str) else None
        return isinstance(made, ir.GetItem) and made.base != operand and not str(made.base).startswith("%")

    def is_result_with_grad(self, value: Value) -> bool:
        """Whether a value certainly is a PyTorch result that requires grad, and so has a place in the graph."""
        if not grad.is_result(value) or not self.is_tensor(value, "torch.Tensor"):
            return False
        asked = (
            i.name
            for block in self.function.blocks
            for i in block.instructions
            if isinstance(i, ir.GetAttribute)
        )
        return grad.ASKED.isdisjoint(asked)

    def attributes_change(self, call: Called, value: Value) -> bool:
        """Whether an attribute of a tensor, or of what a call makes of it, is set or changed afterwards."""
        pair = {value.object, call.result.object}
        return any(
            (isinstance(event, AttributeSet) and event.value.object in pair)
            or (
                isinstance(event, AttributeRead)
                and event.value.object in pair
                and self._uses.changed_in_place(event.target) is not None
            )
            for event in self.following(call)
        )

    def attribute_lost(self, read: AttributeRead) -> ir.Origin | None:
        """Where the attribute was set that a tensor lacks, because it was made from the one that has it."""
        if read.found is not None or isinstance(read.value.object, Choice) or self._asks_for(read.name):
            return None
        events = tuple(self.events())
        if any(results.sets_attribute(event, read.value, read.name) for event in events):
            return None
        for ancestor in self._ancestors(read.value, events):
            for event in events:
                if results.sets_attribute(event, ancestor, read.name):
                    return event.origin
        return None

    def _ancestors(self, value: Value, events: tuple[Event, ...]) -> Iterator[Value]:
        """The tensors that a tensor was made from and whose attributes it did not take over."""
        pending, seen = [value], {value}
        while pending:
            current = pending.pop()
            found = [
                replace(current, path=current.path[:cut])
                for cut, step in enumerate(current.path)
                if step.is_view
            ]
            if not found:
                found = [
                    source
                    for callee, source in results.sources(current, events)
                    if not callee.startswith("copy.") or source.type in LOSE_ATTRIBUTES
                ]
            for source in (leaf for each in found for leaf, _ in alternatives(each)):
                if source not in seen and self.is_tensor(source):
                    seen.add(source)
                    pending.append(source)
                    yield source

    def _asks_for(self, name: str) -> bool:
        """Whether the function asks for an attribute, or sets it, in another way: ``hasattr(x, "name")``."""
        return any(
            (isinstance(instr, ir.Call) and any(a.value == ir.Literal(name) for a in instr.arguments))
            or (isinstance(instr, ir.Reference) and "builtins.setattr" in instr.names)
            or (isinstance(instr, ir.GetAttribute) and instr.name == "__dict__")
            for block in self.function.blocks
            for instr in block.instructions
        )

    def shared_attribute_changed(self, read: AttributeRead) -> ir.Origin | None:
        """Where a container is changed in place that hangs on a tensor and on its shallow copy, both in use."""
        if read.found is None or read.found.type not in CHANGEABLE:
            return None
        side = set(self.references(read.value, "shallow"))
        other_side = any(
            isinstance(event, AttributeRead)
            and event.name == read.name
            and event.value.object == read.value.object
            and set(self.references(event.value, "shallow")) != side
            for event in self.following(read)
        )
        return self._uses.changed_in_place(read.target) if other_side else None

    def references(self, value: Value, kind: str) -> Iterator[ir.Origin]:
        """Where the references of one kind (see ``region.REFERENCES``) were made that lead to the value."""
        for leaf, _ in alternatives(value):
            yield from (step.site for step in leaf.path if step.kind == kind)

    def is_among(self, value: Value, elements: tuple[Value, ...]) -> bool:
        """Whether a tensor is one of several elements, or one of the many that one of them stands for."""
        return any(
            certain(element, value)[0]
            or (isinstance(element.object, Held) and family(element.object) == family(leaf.object))
            or _is_member(leaf.object, element.object)
            or _is_picked(leaf.object, element.object)
            or (self.catalog.is_module(leaf.type) and _is_held_by(element.object, leaf.object))
            for each in elements
            for element, _ in alternatives(each)
            for leaf, _ in alternatives(value)
        )

    def says_shared(self, origin: ir.Origin, value: Value) -> bool:
        """Whether the code around an origin, or around where the value was made, says that sharing is meant.

        That is a name, a comment or an enclosing condition.
        """
        made = value.object.site if isinstance(value.object, Allocation) else origin
        return any(SAYS_SHARED.search(self.module.around(place)) for place in (origin, made))

    # Values

    def is_tensor(self, value: Value, library: str = "") -> bool:
        """Whether a value certainly is a tensor (of one library)."""
        kinds = {leaf.type for leaf, _ in alternatives(value)}
        if not kinds or not all(kind and self.catalog.is_tensor(kind) for kind in kinds):
            return False
        return not library or all(kind.startswith(library) for kind in kinds)

    def is_module(self, value: Value, base: str = "") -> bool:
        """Whether a value certainly is a module, a layer or a model (of one library)."""
        return bool(value.type) and (
            self.catalog.is_kind_of(value.type, base) if base else self.catalog.is_module(value.type)
        )

    def has_weights(self, value: Value) -> bool:
        """Whether a module certainly has parameters or running state."""
        return self.is_module(value) and "weights" in value.traits

    # Models that are taken for copies

    def used_as_copy(self, call: Called, model: Value) -> bool:
        """Whether the clone that a call makes is used, or kept, without ever getting weights or training."""
        clone = call.result
        following = tuple(self.following(call))
        if any(copies.trains(event, clone) or copies.loads(event, clone) for event in following):
            return False
        kept = [event for event in following if copies.touches(event, clone)]
        if any(isinstance(event, Read) and event.how in HANDED_OUT for event in kept):
            # Whoever it is handed to may load it; here it is a copy if the model was trained before.
            trained = any(copies.trains(event, model) for event in self.events())
            return trained and not self.module.gives_weights
        model_used = any(copies.touches(event, model) for event in following)
        return model_used and any(copies.uses(event, clone) for event in following)

    def is_held(self, value: Value) -> bool:
        """Whether a value has a name, or is kept by somebody, and is not only passed on in one expression."""
        if any((leaf.object, leaf.path) in self.solution.named for leaf, _ in alternatives(value)):
            return True
        return any(
            isinstance(event, Read) and event.how in HANDED_OUT and event.value.object == value.object
            for event in self.events()
        )

    def whole_model(self, call: Called) -> Value | None:
        """The model whose inputs and outputs, all of them, a call makes a new model of."""
        owners: list[ir.Place] = []
        for wanted, (keyword, operand, _) in zip((("inputs", "input"), ("outputs", "output")), call.arguments[:2]):
            made = self._uses.made.get(operand) if isinstance(operand, str) else None
            if keyword not in (None, wanted[0]) or not isinstance(made, ir.GetAttribute) or made.name not in wanted:
                return None
            owners.append(made.base)
        if len(owners) != 2 or owners[0] != owners[1]:
            return None
        block, position = self._places[id(call)]
        _, state = replay(self.solution, self.catalog, self.module, block)[position]
        value = state.names.get(owners[0])
        return value if value is not None and self.is_module(value, "keras.Model") else None

    def both_used(self, call: Called, model: Value) -> bool:
        """Whether a new model and the one that it was made of are both used, and one is trained or written."""
        following = tuple(self.following(call))
        pair = call.result, model
        changed = any(
            copies.trains(event, one) or (isinstance(event, Write) and copies.touches(event, one))
            for event in following
            for one in pair
        )
        return changed and all(any(copies.touches(event, one) for event in following) for one in pair)

    def is_view(self, value: Value) -> bool:
        """Whether the value was reached by at least one view step."""
        return any(step.is_view for step in value.path)

    def choice_site(self, value: Value) -> ir.Origin | None:
        """Where it was decided which of several objects the value is; ``None`` where branches met."""
        thing = value.object
        return thing.site if isinstance(thing, Choice) and thing.site >= 0 else None

    def persists(self, thing: Object) -> bool:
        """Whether the object outlives this call and is no argument: state of ``self``, a global."""
        if not isinstance(thing, (Held, Given)):
            return False
        owner = root(thing)
        if not isinstance(owner, Given):
            return False
        return owner.kind in ("global", "captured") or (isinstance(thing, Held) and self._is_self(owner))

    def _is_self(self, owner: Given) -> bool:
        parameters = self.function.parameters
        return self.function.kind == "method" and bool(parameters) and owner.name == parameters[0].name

    def harm_of(self, write: Write) -> Harm | None:
        """The harm of a write through a named view: the view is read afterwards, and so is its base."""
        if id(write) not in self._harms:
            self._harms[id(write)] = self._harm_of(write)
        return self._harms[id(write)]

    def _harm_of(self, write: Write) -> Harm | None:
        if (
            isinstance(write.operand, ir.Literal)
            or self._is_filling(write)
            or self._may_be_number(write.through)
        ):
            return None
        after = self.after(write)
        if after.view is None:
            return None
        if after.base is not None:
            if results.root_name(after.base.read.operand, self._uses) == write.operand:
                return None  # reached by the very name that is written, whatever became of it in a loop
            leaf = self._sharing_leaf(write.through, after.base.read.value)
            read: ir.Origin | None = after.base.read.origin
            base, condition = self.base_name(after.base, write.through), after.base.condition
        else:
            leaf, condition = self._lasting_leaf(write, after.view)
            read, base = None, self.name_of(Value(leaf.object)) if leaf else ""
        if (
            leaf is None
            or not base
            or self._is_declared(leaf)
            or not self._can_be_changed(leaf, after.base)
            or PREDICATES["path"] in condition
            or any(self.references(leaf, "shallow"))
        ):
            return None
        named = tuple(self.references(leaf, "alias"))
        if after.base is not None and derived(after.base.read.value, write.through):
            # The base was reached from what is written: an older name of the very same tensor.
            named = tuple(self.references(after.base.read.value, "alias"))
            taken, same = next(iter(named), None), True
        else:
            taken = next(iter((*self.views_of(leaf), *named)), None)
            same = bool(named) and not self.is_view(leaf)
        site = self.choice_site(write.through) if condition else taken
        if site is None:
            return None
        view = self.name(self._chained_from(write.operand), write.through, write.origin)
        if base in (view, self.name_of(write.through)):  # one name at two times: nobody else holds it
            return None
        return Harm(leaf, view, base, site, read, condition, same)

    def _is_declared(self, value: Value) -> bool:
        """Whether the function declares to write what a value is part of: ``# tensorlint: mutates x``."""
        thing = value.object
        while True:
            if describe(thing) in self.function.mutates:
                return True
            if not isinstance(thing, Held):
                return False
            thing = thing.owner

    def _can_be_changed(self, written: Value, base: Observer | None) -> bool:
        """Whether both sides are of libraries whose tensors are written by name.

        What TensorFlow and JAX lend to others is read-only, or it is a bridge between libraries: another harm.
        """
        kinds = {written.type} | ({base.read.value.type} if base is not None else set())
        fixed = (kind for kind in kinds if self.catalog.is_tensor(kind) and not self.catalog.is_writable(kind))
        return all(self.catalog.is_variable(kind) for kind in fixed)

    def _is_filling(self, write: Write) -> bool:
        """Whether the write fills storage that was made blank here."""
        return any(leaf.object in write.blank for leaf, _ in alternatives(write.through))

    def _may_be_number(self, value: Value) -> bool:
        """Whether the value may be a number, as ``x[i]`` of one axis is: writing that rebinds."""
        return any(is_plain(leaf) for leaf, _ in alternatives(value))

    def _sharing_leaf(self, through: Value, base: Value) -> Value | None:
        """The alternative of a written value that certainly overlaps the base."""
        if through.object == base.object:
            return through
        for leaf, _ in alternatives(through):
            if certain(leaf, base)[0]:
                return leaf
        return None

    def _lasting_leaf(self, write: Write, observer: Observer) -> tuple[Value | None, str]:
        """The written value, and when it is one, where it is a view of state that outlives the call.

        State is written on purpose all the time; it is taken for a mistake only where the view is handed out,
        or where what is written was computed from the view itself (``column -= column.min()``).
        """
        if observer.read.how not in HANDED_OUT and not self._transforms(write):
            return None, ""
        for leaf, condition in alternatives(write.through):
            if self.persists(leaf.object) and (self.is_view(leaf) or condition):
                return leaf, condition
        return None, ""

    def _transforms(self, write: Write) -> bool:
        """Whether an augmented assignment to a name computes its right-hand side from that very name."""
        if write.how != "augmented" or not isinstance(write.operand, str):
            return False
        made = self._uses.made
        pending = [
            user.value
            for user in self._uses.mentions.get(write.operand, ())
            if isinstance(user, ir.Augment) and user.origin == write.origin
        ]
        seen: set[object] = set()
        while pending:
            place = pending.pop()
            if place == write.operand:
                return True
            if isinstance(place, str) and place.startswith("%") and place in made and place not in seen:
                seen.add(place)
                pending += ir.mentioned(made[place])
        return False

    def views_of(self, value: Value) -> tuple[ir.Origin, ...]:
        """Where the view steps were taken that lead to a value, the last one first."""
        sites = [step.site for leaf, _ in alternatives(value) for step in reversed(leaf.path) if step.is_view]
        return tuple(dict.fromkeys(sites))

    def is_apart(self, value: Value) -> bool:
        """Whether a tensor is not contiguous (for axes longer than one, if the caller's own are)."""
        return self.is_tensor(value) and layout.known(value, front=1).is_contiguous is False

    def is_apart_in_both_orders(self, value: Value) -> bool:
        """Whether a tensor is contiguous neither by rows nor by columns."""
        axes = layout.known(value, front=1).axes
        return self.is_apart(value) and axes is not None and contiguity(axes[::-1]) is False

    def inspects(self, value: Value, names: frozenset[str]) -> bool:
        """Whether the function looks at ``names`` (strides, flags …) of a tensor or of its storage."""
        return any(
            isinstance(event, Inspected)
            and event.name in names
            and {leaf.object for leaf, _ in alternatives(event.value)}
            & {leaf.object for leaf, _ in alternatives(value)}
            for event in self.events()
        )

    def handed_over(self, place: ir.Place) -> str:
        """How an address reaches somebody: see :func:`tensorlint.alias.pointers.handed_over`."""
        return handed_over(self.function, place)

    # Words for messages

    def name(self, operand: ir.Operand, value: Value, origin: ir.Origin) -> str | Quote:
        """What a person calls this value: its local name, its attribute path, or its source text."""
        if isinstance(operand, str) and operand and not operand.startswith("%"):
            return operand.partition("%")[0]
        return self.name_of(value) or Quote(self._made_at(operand, origin))

    def _chained_from(self, operand: ir.Operand) -> ir.Operand:
        """What a chain of in-place methods began with: ``x`` of ``x.mul_(2).add_(1)``."""
        while isinstance(operand, str) and operand.startswith("%"):
            instr = self._uses.made.get(operand)
            if not isinstance(instr, ir.CallMethod) or not instr.name.endswith("_"):
                break
            operand = instr.receiver
        return operand

    def _made_at(self, operand: ir.Operand, origin: ir.Origin) -> ir.Origin:
        """Where a temporary was computed: its expression says more than the one around it."""
        instr = self._uses.made.get(operand) if isinstance(operand, str) and operand else None
        return instr.origin if instr is not None else origin

    def name_of(self, value: Value) -> str:
        """The local name or attribute path of a value; empty where it has none."""
        known = self.solution.named.get((value.object, value.path))
        if known:
            return known.partition("%")[0]
        if not value.path:
            return describe(value.object)
        return ""

    def base_name(self, observer: Observer, written: Value) -> str | Quote:
        """What to call the storage that the write also changes, as the observer sees it."""
        value, read = observer.read.value, observer.read
        if isinstance(read.operand, str) and not read.operand.startswith("%"):
            if self.solution.named.get((value.object, value.path)) in (
                None,
                read.operand,
            ) or not self.name_of(value):
                return read.operand
        for length in range(len(value.path), -1, -1):  # else what it is a part of
            known = self.name_of(replace(value, path=value.path[:length]))
            if known:
                return known
        return Quote(read.origin)


def _is_or_holds(holder: Value, value: Value) -> bool:
    """Whether a value certainly is what another one is, or is held by it."""
    thing = value.object
    if sharing(holder, value) is Sharing.DEFINITE:
        return True
    while isinstance(thing, Held) and not thing.old:
        thing = thing.owner
        if thing == holder.object:
            return True
    return False


def _is_held_by(thing: Object, owner: Object) -> bool:
    """Whether an object holds another one, at any depth: what trains a model writes its weights."""
    while isinstance(thing, Held):
        thing = thing.owner
        if thing == owner:
            return True
    return False


def _is_picked(thing: Object, summary: Object) -> bool:
    """Whether ``thing`` was picked out of the many that ``summary`` stands for: what a loop or a call made."""
    return isinstance(thing, Held) and thing.key == "[*]" and thing.owner == summary and is_old(summary)


def _is_member(thing: Object, summary: Object) -> bool:
    """Whether ``thing`` is held, at any depth, by the module whose tensors ``summary`` stands for."""
    if not (isinstance(summary, Held) and summary.key == "[*]" and summary.old):
        return False
    while isinstance(thing, Held):
        thing = thing.owner
        if thing == summary.owner:
            return True
    return False


def describe(thing: Object) -> str:
    """``self.data`` for what ``self`` held in an attribute; empty where there are no words for it."""
    if isinstance(thing, Given):
        if thing.kind == "global":
            return (
                thing.name.lstrip(".")
                if "|" not in thing.name and not thing.name.startswith(("<", "?"))
                else ""
            )
        return thing.name
    if isinstance(thing, Held):
        owner = describe(thing.owner)
        key = "[...]" if thing.key == "[*]" else thing.key
        return f"{owner}{key}" if owner and not key.startswith("<") else ""
    return ""
