"""Questions about results that go nowhere: how they are brought to where they belong."""

from __future__ import annotations

from tensorlint import ir
from tensorlint.alias import grad
from tensorlint.alias.events import Called, Computed, ContainerCopied, Event, Write
from tensorlint.alias.facts.autograd import Autograd
from tensorlint.alias.facts.collectives import Collectives
from tensorlint.alias.facts.loops import Loops
from tensorlint.alias.facts.lost import LostCopy
from tensorlint.alias.lattice import Value
from tensorlint.finding import Fix, Rewriting

# What they give holds the same elements, of another type, in another place or in another tensor.
CONVERSIONS = frozenset(
    "to cuda cpu float double half bfloat16 int long short bool type astype cast clone copy contiguous"
    " pin_memory detach numpy".split()
)
STORES = frozenset({"builtins.list", "builtins.dict"})
BEFORE_ASYNC = 3  # the most arguments by position before `async_op` may be among them
VARIABLES = ("tensorflow.Variable", "keras.Variable")


class Storing(Autograd, Collectives, Loops):
    """How what is computed reaches somebody."""

    def stored_back(self, event: Write | ContainerCopied, lost: LostCopy) -> Fix | None:
        """The fix by which what is written to a copy reaches whoever holds the tensor, or the list."""
        made = self._making(lost)
        if not isinstance(made, ir.GetItem | ir.CallMethod):
            return None
        source = self.value_at(made, made.base if isinstance(made, ir.GetItem) else made.receiver)
        if source is None:
            return None
        if isinstance(made, ir.GetItem):
            takes = source.type == "builtins.list" or self._takes(event, source)
            return Fix(Rewriting.KEEP, lost.origin) if takes else None
        like = self.is_tensor(source, "torch") or self.is_tensor(source, "numpy")
        kept = made.name in CONVERSIONS and like and self._goes_on(event, made.receiver)
        return Fix(Rewriting.REBIND, lost.origin) if kept else None

    def reduced_back(self, write: Write, lost: LostCopy) -> Fix | None:
        """The fix by which a collective's result reaches the tensor that was copied for it."""
        made = self._making(lost)
        if not self._has_finished(write):
            return None
        if isinstance(made, ir.GetItem):
            return self.stored_back(write, lost)
        if not isinstance(made, ir.CallMethod) or made.name not in CONVERSIONS:
            return None
        source = self.value_at(made, made.receiver)
        takes = source is not None and self._takes(write, source)
        return Fix(Rewriting.KEEP, lost.origin) if takes else None

    def reduced_apart(self, write: Write) -> Fix | None:
        """The fix by which a collective gets contiguous memory, and its result goes where it belongs."""
        if not self._has_finished(write) or not self._takes(write, write.through):
            return None
        return Fix(Rewriting.KEEP_ARGUMENT, write.origin, "{}.contiguous()")

    def reaching(self, event: Computed | Called, name: ir.Place) -> Fix | None:
        """The fix by which what a loop's variable is bound to anew goes to where the variable came from."""
        before = self.value_before(event, name)
        if before is None:
            return None
        called = event.names if isinstance(event, Called) else ()
        converts = any(each.rpartition(".")[2] in CONVERSIONS for each in called)
        if not converts and any(self.is_tensor(before, kind) for kind in VARIABLES):
            return Fix(Rewriting.HAND_OVER, event.origin, f"{name}.assign({{}})")
        if not converts and self.is_tensor(before, grad.PARAMETER):
            return Fix(Rewriting.HAND_OVER, event.origin, f"{name}.data.copy_({{}})")
        store = self._storing(event, name, converts)
        if store:
            return Fix(Rewriting.STORE_ELEMENT, event.origin, store)
        # Not a call's result: it may have another type or shape. Of one axis, an array gives numbers.
        writable = isinstance(event, Computed) and self._takes(event, before)
        numbers = self.is_view(before) and self.is_tensor(before, "numpy") and not before.rank
        return Fix(Rewriting.IN_PLACE, event.origin) if writable and not numbers else None

    def _storing(self, event: Computed | Called, name: ir.Place, converts: bool) -> str:
        """How an element is stored in what a loop goes through by number or key; empty where it cannot be."""
        found = self._gone_through(name)
        if found is None:
            return ""
        user, operand = found
        source = self.value_at(user, operand)
        if source is None:
            return ""
        if source.type in STORES:
            return "{}[{}] = {}"
        if converts:  # what holds the elements has one type and one place for them all
            return ""
        if self.is_tensor(source, "jax") and self._goes_on(event, operand):
            return "{0} = {0}.at[{1}].set({2})"
        return "{}[{}] = {}" if self._takes(event, source) else ""

    def _gone_through(self, name: ir.Place) -> tuple[ir.Instr, ir.Operand] | None:
        """What a loop goes through with a number or a key beside its variable, and where it is asked to."""
        for instr in ir.instructions(self.function):
            if not isinstance(instr, ir.Unpack) or instr.targets[1:] != (name,):
                continue
            step = self.uses.made.get(str(instr.source))
            made = self.uses.made.get(str(step.iterable)) if isinstance(step, ir.Next) else None
            if isinstance(made, ir.CallMethod) and made.name == "items":
                return made, made.receiver
            function = made.function if isinstance(made, ir.Call) else ""
            if isinstance(made, ir.Call) and self.uses.names.get(str(function)) == ("builtins.enumerate",):
                return made, made.arguments[0].value
        return None

    def _making(self, lost: LostCopy) -> ir.Instr | None:
        return next((each for each in ir.instructions(self.function) if each.origin == lost.origin), None)

    def _takes(self, event: Event, value: Value) -> bool:
        """Whether a tensor can be written in place; autograd refuses that of a leaf."""
        if self.is_tensor(value, "torch"):
            return self.grad_is_off(event) or not grad.is_leaf(value, self.module.freezes)
        return self.is_tensor(value, "numpy")

    def _has_finished(self, write: Write) -> bool:
        """Whether a collective certainly has done its work when the call returns."""
        instr = self.instruction(write)
        arguments = instr.arguments if isinstance(instr, ir.Call) else ()
        given = [argument for argument in arguments if argument.keyword is None]
        named = {argument.keyword for argument in arguments}
        stars = any(argument.stars for argument in arguments)
        return 0 < len(given) <= BEFORE_ASYNC and not stars and "async_op" not in named

    def _goes_on(self, event: Event, place: ir.Operand) -> bool:
        """Whether a name is the function's own and is read after an event."""
        own = {parameter.name for parameter in self.function.parameters}
        own.update(name for instr in ir.instructions(self.function) for name in ir.bound(instr))
        if not isinstance(place, str) or "%" in place or place not in own or place in self.function.captured:
            return False
        return place not in self._variables and self._is_read_after(event, place)
