"""Questions about what the caller handed in: is it written, was that declared, and does anybody notice?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.calls import COPIES_CONTAINER
from tensorlint.alias.containers import reachable
from tensorlint.alias.events import Called, ContainerCopied, Event, Replaced, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.harms import Harms
from tensorlint.alias.facts.restoring import Restoring
from tensorlint.alias.lattice import Given, Held, Object, Value, alternatives
from tensorlint.alias.module import HandedIn, How
from tensorlint.alias.uses import Uses
from tensorlint.finding import Quote
from tensorlint.knowledge.contracts import contracts, returns_something, words
from tensorlint.knowledge.effects import PREDICATES

COPIES_THAT_SHARE = frozenset({"shallow", "shared", "replica", "twice", "repeated"})
IF_ARRAY = PREDICATES["array"].format("")  # whatever else may be handed in, of that a copy is made
UNKNOWN = ir.Hint()
DEEPEST_CHAIN = 4  # calls between the caller's tensor and the write


@dataclass(frozen=True, slots=True)
class CallerWrite:
    """A write to what the caller handed in as ``parameter``.

    ``written`` is what a person calls the value that is named in the write, ``condition`` says when it is
    the caller's tensor (empty for always), ``views`` are where views of it were taken, ``named`` where it
    was given other names, ``decided`` where it became either that tensor or a copy. ``caller`` is a call in
    this file after which the change shows; ``chain`` are the places of the calls and of the write itself, in
    functions that this one calls.
    """

    parameter: str
    written: str | Quote
    condition: str
    views: tuple[ir.Origin, ...]
    named: tuple[ir.Origin, ...]
    decided: ir.Origin | None
    caller: HandedIn | None
    chain: tuple[ir.Origin, ...]
    copied: tuple[ir.Origin, ...] = ()


class Arguments(Harms, Restoring):
    """Writes to what a caller handed in."""

    def caller_write(self, write: Write) -> CallerWrite | None:
        """The undeclared write of a caller's tensor, once for each parameter: at its first place."""
        return self._caller_writes.get(id(write))

    @cached_property
    def _caller_writes(self) -> dict[int, CallerWrite]:
        writes = (event for event in self.events() if isinstance(event, Write))
        return self._once((write, self._caller_write(write)) for write in writes)

    def caller_entry(self, replaced: Replaced) -> CallerWrite | None:
        """The first undeclared change of a dictionary that was handed in to JAX code: its arrays cannot be
        written, so that parameters are replaced where they are kept.
        """
        return self._caller_entries.get(id(replaced))

    @cached_property
    def _caller_entries(self) -> dict[int, CallerWrite]:
        replaced = (event for event in self.events() if self._is_of_jax and isinstance(event, Replaced))
        return self._once((event, self._caller_entry(event)) for event in replaced)

    def _once(self, judged: Iterable[tuple[Event, CallerWrite | None]]) -> dict[int, CallerWrite]:
        """What is known of events, by their ids, once for each parameter: at its first place."""
        found: dict[int, CallerWrite] = {}
        told: set[str] = set()
        if self.function.kind in ("function", "method"):
            for event, known in judged:
                if known is not None and known.parameter not in told:
                    told.add(known.parameter)
                    found[id(event)] = known
        return found

    @property
    def _is_of_jax(self) -> bool:
        return "jax" in self.module.libraries and "torch" not in self.module.libraries

    def _caller_entry(self, replaced: Replaced) -> CallerWrite | None:
        owner = _handed_in(replaced.container.object)
        if owner is None or not contracts().is_trained(owner.name) or owner.name == self.function.receiver:
            return None
        parameter = next((p for p in self.function.parameters if p.name == owner.name), None)
        if parameter is None or parameter.kind in ("*", "**"):
            return None
        if any(step.kind != "shared" for step in replaced.container.path):
            return None  # but of a shallow copy, what it holds is the caller's still
        # Elsewhere the name says that what bears it is there to be written; here it holds what cannot be.
        copied = tuple(self._copied_to_give(owner))
        declared = contracts().declare(self.function, "", self._bases) and not copied
        if owner.name in self.function.mutates or declared:
            return None
        noticed, caller = self._who_notices(owner.name, element=isinstance(replaced.container.object, Held))
        if not noticed or self.is_trial(replaced.origin):
            return None
        written = self.name(replaced.operand, replaced.container, replaced.origin)
        shared = tuple(step.site for step in replaced.container.path)
        return CallerWrite(owner.name, written, "", (), (), None, caller, (), copied or shared)

    def _caller_write(self, write: Write) -> CallerWrite | None:
        leaf, condition = next(self._given(write), (None, ""))
        if leaf is None or self._may_be_number(write.through) or self._is_surely_declared(write, leaf):
            return None
        if isinstance(self.instruction(write), ir.SetAttribute) and write.how == "store":
            return None  # `weight.data = weight.clamp(0, 1)`: nobody writes that by mistake
        if any(step.kind in COPIES_THAT_SHARE for step in leaf.path):
            return None  # taken for a copy of it: another mistake, with another cure
        parameter = _parameter(leaf)
        if _is_private(self.function) and write.how == "store" and not self._gives_back(leaf):
            return None  # a helper that fills what its caller made for it
        if self.is_taken_back(write):
            return None  # changed for a moment, to see what a function makes of it
        if write.how != "augmented" and self._is_filling(write):
            return None  # `if out is None: out = np.zeros(n)`: what is handed in is the place for the result
        noticed, caller = self._who_notices(parameter, element=isinstance(leaf.object, Held))
        if not noticed or self.harm_of(write) is not None or self.broadcast(write) is not None:
            return None  # nobody, or the function itself: other rules tell of that
        view = self.name(self._chained_from(write.operand), write.through, write.origin)
        decided = self.choice_site(write.through) if condition else None
        chain = self._chain(write, ()) if write.how == "call" else ()
        named = tuple(self.references(leaf, "alias"))
        return CallerWrite(parameter, view, condition, self.views_of(leaf), named, decided, caller, chain)

    def _given(self, write: Write) -> Iterator[tuple[Value, str]]:
        """The ways in which a written value is a parameter's tensor, and when."""
        # A default that is no literal may be a tensor of its own: another rule's.
        names = {
            p.name
            for p in self.function.parameters
            if p.kind not in ("*", "**") and not (p.has_default and p.default is None)
        } - {self.function.receiver, "self"}  # also of a function that is made a method of something
        # What a table lends is read-only.
        names = {name for name in names if not self.catalog.lends(self.solution.evidence.type_of(name))}
        for leaf, condition in alternatives(write.through):
            owner = _handed_in(leaf.object)
            if owner is None or owner.name not in names or not self.catalog.is_writable(leaf.type):
                continue
            if self.is_void(condition, leaf) or self.is_readonly(leaf):
                continue
            if self.catalog.is_module(self._type_of(owner)):
                continue  # who takes a model and writes its weights by name knows what they are
            if self.is_picked_by_anything(leaf.object, owner):
                continue
            if IF_ARRAY in condition and self._is_asked_for_truth(owner.name):
                continue  # which an array of several elements refuses to tell: lists are handed in
            if self._is_surely_tensor(write, leaf, condition) and PREDICATES["path"] not in condition:
                yield leaf, condition

    def _is_asked_for_truth(self, name: ir.Place) -> bool:
        """Whether a name alone decides where the function goes on: ``if angles:``."""
        return any(
            isinstance(instr, ir.Assume) and instr.test == "truth" and instr.operand == name
            for instr in ir.instructions(self.function)
        )

    def _type_of(self, owner: Given) -> str:
        """The class of what was handed in as a parameter."""
        return self.solution.evidence.type_of(owner.name)

    def _is_surely_tensor(self, write: Write, leaf: Value, condition: str) -> bool:
        """Whether it is known that what was handed in is a tensor, and not only guessed."""
        place = write.operand if isinstance(leaf.object, Held) else _parameter(leaf)
        evidence = self.solution.evidence
        known = evidence.certainty.get(place) if isinstance(place, str) else None
        if known is Certainty.SHOWN and write.how == "augmented" and not condition:
            # Where only callers tell its type, what they hand in may be a number of NumPy's.
            return evidence.is_array(place)
        if known is None or known > Certainty.GUESSED or IF_ARRAY in condition:
            return True
        if any(isinstance(self.instruction_at(site), ir.Call) for site in self.views_of(leaf)):
            return True  # `np.swapaxes(x, 0, 1)` is an array, and shares the memory of whatever is one
        # Who asks for no copy knows that there is an array to be written.
        return write.how == "call" and self._asks_for_no_copy(write)

    def _asks_for_no_copy(self, write: Write) -> bool:
        call = self.instruction(write)
        given = call.arguments if isinstance(call, (ir.Call, ir.CallMethod)) else ()
        return any(each.keyword == "copy" and each.value == ir.Literal(False) for each in given)

    def _is_surely_declared(self, write: Write, leaf: Value) -> bool:
        if contracts().declare(self.function, _parameter(leaf), self._bases):
            return True
        if self._gives_nothing(self.function) and not contracts().only_looks(self.function.name):
            return True
        trains = write.how == "call" and contracts().trains(write.callee)
        told = self._is_namesake(write.callee) or self._is_told_at_callee(write)
        told = told or self.says_of_input(write, _parameter(leaf))
        return trains or told or self.is_trial(write.origin)

    def _gives_nothing(self, function: ir.Function, deepest: int = DEEPEST_CHAIN) -> bool:
        """Whether a function says that it returns nothing, or only returns what others of the file return
        that give nothing: ``return _fill(x)``.
        """
        if function.name == "__init__" or function.is_generator:
            return False
        if (function.returns or UNKNOWN).names == ("None",) or not returns_something(function):
            return True
        uses = self.uses if function is self.function else Uses.of(function)
        given = [instr.value for instr in ir.instructions(function) if isinstance(instr, ir.Return)]
        made = [uses.made.get(str(value)) for value in given if value != ir.Literal(None)]
        return bool(made) and all(self._is_of_nothing(function, call, uses, deepest) for call in made)

    def _is_of_nothing(self, function: ir.Function, made: ir.Instr | None, uses: Uses, deepest: int) -> bool:
        """Whether a call is one of a function of the file that gives nothing."""
        if isinstance(made, ir.Call):
            names = uses.names.get(str(made.function), ())
        elif isinstance(made, ir.CallMethod) and made.receiver == function.receiver:
            names = (f".{function.class_name}.{made.name}",)
        else:
            return False
        called = self.module.function_of(names[0]) if len(names) == 1 else None
        return called is not None and deepest > 0 and self._gives_nothing(called, deepest - 1)

    def _is_namesake(self, callee: str) -> bool:
        """Whether this function bears the name of the one that it hands its argument to, and is made to do
        the same: ``def broadcast(self, tensor)`` around ``torch.distributed.broadcast``.
        """
        owner, _, name = callee.rpartition(".")
        return bool(owner) and name == self.function.name and not self.catalog.is_tensor(owner)

    @property
    def is_of_a_writer(self) -> bool:
        """Whether this is a method of a class that is there to write what it holds: an optimizer."""
        return contracts().is_writer((self.function.class_name or "").rpartition(".")[2], self._bases)

    def _is_told_at_callee(self, write: Write) -> bool:
        """Whether the write is one of a public function of this file that does not declare it."""
        callee = self.module.function_of(write.callee) if write.callee.startswith(".") else None
        return callee is not None and not _is_private(callee) and not self._declares_any(callee)

    def _declares_any(self, callee: ir.Function) -> bool:
        return any(contracts().declare(callee, parameter.name) for parameter in callee.parameters)

    def _who_notices(self, parameter: str, *, element: bool) -> tuple[bool, HandedIn | None]:
        """Whether a caller may see the write, and the call in this file after which one certainly does."""
        known = self.module.function_of(f".{self.function.qualname}")
        if known is None or known.origin != self.function.origin:  # nested, perhaps under the same name
            return self._is_given_out(), None
        calls = [call for call in self.module.calls_of(self.function) if call.parameter == parameter]
        shows = [call for call in calls if call.how in (How.USED_AGAIN, How.STATE)]
        if _is_private(self.function):  # a helper that is called for nothing else is called to write
            shows = [call for call in shows if not call.for_effect]
        if shows:
            return True, shows[0]
        if _is_private(self.function):
            return False, None
        if contracts().only_looks(self.function.name):
            return True, None
        if contracts().draws(self.function.name) or (not calls and self._is_step_of_base()):
            return False, None
        # A fresh container may still hold what somebody else holds, too.
        fresh = bool(calls) and not element and all(call.how is How.FRESH for call in calls)
        return not fresh, None

    def _is_step_of_base(self) -> bool:
        """Whether this is a step of what a class of another file does, by its name, which that calls with
        what it has made ready: ``apply_transform`` of ``class Padding(BaseTransform)``.
        """
        known = self.module.class_info(f".{self.function.class_name}") if self.function.class_name else None
        return known is not None and known.derives and words(self.function.name)[:-1] == ("apply",)

    def _is_given_out(self) -> bool:
        """Whether a nested function is given to whoever calls the one around it, which does not say that what
        it gives writes: ``def make_filter(taps): def run(x): …; return run``.
        """
        giver = self.module.giver(self.function)
        drawn = any(contracts().draws(each.name) for each in (giver, self.function) if each is not None)
        return giver is not None and not drawn and not contracts().declare(giver, "")

    def is_copied_for_caller(self, copied: ContainerCopied) -> bool:
        """Whether a container that the caller handed in is copied to be returned, by a function that does not
        say that it writes.
        """
        owner = _handed_in(copied.source.object)
        if owner is None or contracts().declare(self.function, owner.name, self._bases):
            return False
        itself = copied.source.object == owner  # `copy.copy(self)`, and not what it holds
        return (itself or owner.name != self.function.receiver) and self._gives_back(copied.result)

    def _copied_to_give(self, owner: Given) -> Iterator[ir.Origin]:
        """Where a container that was handed in is copied, and the copy is given: that is to be changed."""
        for event in self.events():
            if isinstance(event, Called) and not COPIES_CONTAINER.isdisjoint(event.names):
                given = [value.object for _, _, value in event.arguments]
                if given == [owner] and self._gives_back(event.result):
                    yield event.origin

    def _gives_back(self, leaf: Value) -> bool:
        """Whether an object is among the results."""
        return any(
            other.object == leaf.object
            for value, state in self.solution.returned
            for result in reachable(state, value)
            for other, _ in alternatives(result)
        )

    def _chain(self, write: Write, before: tuple[str, ...]) -> tuple[ir.Origin, ...]:
        """Where called functions of this file write what they are handed, the innermost last."""
        if not write.callee.startswith(".") or write.callee in before or len(before) >= DEEPEST_CHAIN:
            return ()
        solution = self.module.solved(write.callee)
        if solution is None or solution.gave_up:
            return ()
        names = {parameter.name for parameter in solution.function.parameters}
        for event in solution.events():
            if isinstance(event, Write) and _writes_one_of(event, names):
                return event.origin, *self._chain(event, (*before, write.callee))
        return ()


def _writes_one_of(write: Write, names: set[str]) -> bool:
    return any(
        (owner := _handed_in(leaf.object)) is not None and owner.name in names
        for leaf, _ in alternatives(write.through)
    )


def _parameter(leaf: Value) -> str:
    owner = _handed_in(leaf.object)
    assert owner is not None
    return owner.name


def _handed_in(thing: Object) -> Given | None:
    """The parameter that something is, or is an element of: ``sample["image"]``, but no attribute."""
    while isinstance(thing, Held) and thing.key.startswith("["):
        thing = thing.owner
    return thing if isinstance(thing, Given) and thing.kind == "parameter" else None


def _is_private(function: ir.Function) -> bool:
    """Whether only its own file is meant to call a function, or an object of a class of its own that stands
    for one: ``_Brighten().__call__``.
    """
    owner = (function.class_name or "").rpartition(".")[2]
    name = owner if function.name == "__call__" else function.name
    return name.startswith("_") and not name.startswith("__")
