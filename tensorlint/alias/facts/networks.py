"""Questions about two networks of one object, of which the second one is to have weights of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.elements import PERSISTING, Names
from tensorlint.alias.events import Event, Read
from tensorlint.alias.facts.values import Values
from tensorlint.alias.uses import Uses, reads
from tensorlint.knowledge.contracts import contracts, words

OPTIMIZERS = re.compile(r"(?:^|_|\.)opt(?:im|$|_)", re.I)  # how people call what holds an optimizer
TRAINED_BY = frozenset({"apply_gradients", "apply", "minimize"})
FITTED_BY = frozenset({"fit", "train_on_batch"})
KERAS = frozenset({"keras", "tensorflow"})
# What is done to a network whatever it is there for.
HANDLED = frozenset(
    "parameters named_parameters state_dict train eval to cuda cpu half float share_memory summary compile"
    " build requires_grad_ zero_grad get_weights".split()
)
# What takes the weights of another network over, and what gives them.
LOADING = {"load_state_dict": "state_dict", "set_weights": "get_weights"}
OTHER_DOMAIN = frozenset({"source", "src"})  # beside which `target` is no target network
MOST_WRAPPERS = 6


@dataclass(frozen=True, slots=True)
class OneNetwork:
    """``apart``, an attribute that is to hold another network, holds ``online``; ``shown`` is where that is
    trained, or, if it is ``synced``, where the other one is to get its weights.
    """

    apart: str
    online: str
    shown: ir.Origin
    synced: bool


class Networks(Values):
    """Networks in attributes of ``self``."""

    def one_network(self, event: Event) -> OneNetwork | None:
        """The attribute that an assignment gives the very network that another attribute holds, though its
        name says that it stands apart: the class trains that one, and both are used, or it hands over
        weights from the one to the other.
        """
        instr = self.instruction(event) if isinstance(event, Read) and event.how == "store" else None
        own = self.function.receiver
        if not isinstance(instr, ir.SetAttribute) or instr.augmented or not own or instr.base != own:
            return None
        if not contracts().stands_apart(instr.name):
            return None
        online = self._held_as(instr)
        if not online or contracts().stands_apart(online) or not OTHER_DOMAIN.isdisjoint(words(online)):
            return None
        if self._gets_another(instr, online):
            return None
        found = [origin for names in self._methods for origin in _handed_over(names, online, instr.name)]
        synced = bool(found)
        if not synced and self._both_used(instr.name, online):
            found = [origin for names in self._methods for origin in _trained(names, online, self._has_keras)]
        return OneNetwork(f"{own}.{instr.name}", f"{own}.{online}", found[0], synced) if found else None

    @cached_property
    def _methods(self) -> tuple[Names, ...]:
        """The methods of the class, this one among them."""
        info = self.module.class_info(f".{self.function.class_name}")
        found = [self.module.function_of(name) for name in sorted(info.methods.values())] if info else []
        return tuple(Names(each, Uses.of(each)) for each in found if each is not None and each.receiver)

    @property
    def _has_keras(self) -> bool:
        return not KERAS.isdisjoint(self.module.libraries)

    def _held_as(self, given: ir.SetAttribute) -> str:
        """Another attribute that holds the very object that an assignment gives; empty for none."""
        made = self.uses.made.get(given.value) if isinstance(given.value, str) else None
        if isinstance(made, ir.GetAttribute):
            return made.name if made.base == given.base and made.name != given.name else ""
        own = Names(self.function, self.uses)
        for instr in self.uses.mentions.get(str(given.value), ()):
            if isinstance(instr, ir.SetAttribute) and (instr.base, instr.value) == (given.base, given.value):
                once = str(given.value).startswith("%") or own.written(given.value)
                if instr.name != given.name and once and not instr.augmented:
                    return instr.name
        return ""

    def _gets_another(self, given: ir.SetAttribute, online: str) -> bool:
        """Whether one of two attributes is given something else as well: on another branch, or later."""
        making = self.function.name == "__init__"
        for names in self._methods:
            here, made_first = names.function.name == self.function.name, names.function.name == "__init__"
            for instr in _stores(names):
                same = _is_same(instr, online, names) or (here and instr.value == given.value)
                if instr.name == given.name and not same and (here or making):
                    return True
                if instr.name == online and not made_first and not same:
                    return True
        return False

    def _both_used(self, apart: str, online: str) -> bool:
        used = {name for names in self._methods for name in _used(names)}
        return {apart, online} <= used


def _is_same(instr: ir.SetAttribute, online: str, names: Names) -> bool:
    """Whether an assignment gives nothing, or the network that an attribute holds."""
    given = names.written(instr.value)
    return instr.value == ir.Literal(None) or given == f"{instr.base}.{online}"


def _stores(names: Names) -> Iterator[ir.SetAttribute]:
    """What a method gives to the attributes of its object."""
    for instr in ir.instructions(names.function):
        if isinstance(instr, ir.SetAttribute) and instr.base == names.function.receiver:
            yield instr


def _used(names: Names) -> Iterator[str]:
    """The attributes whose objects a method calls, or asks for what only a network gives."""
    own = names.function.receiver
    for instr in ir.instructions(names.function):
        if not isinstance(instr, ir.CallMethod):
            continue
        if instr.receiver == own:
            yield instr.name
        elif instr.name not in HANDLED and names.written(instr.receiver).startswith(f"{own}."):
            yield names.written(instr.receiver).removeprefix(f"{own}.")


def _handed_over(names: Names, online: str, apart: str) -> Iterator[ir.Origin]:
    """Where a method hands the weights of the one network to the other:
    ``target.set_weights(q.get_weights())``.
    """
    own = names.function.receiver
    for instr in ir.instructions(names.function):
        if isinstance(instr, ir.CallMethod) and instr.name in LOADING and instr.arguments:
            given = names.maker(instr.arguments[0].value)
            if isinstance(given, ir.CallMethod) and given.name == LOADING[instr.name]:
                both = names.written(instr.receiver), names.written(given.receiver)
                if both == (f"{own}.{apart}", f"{own}.{online}"):
                    yield instr.origin


def _trained(names: Names, online: str, has_keras: bool) -> Iterator[ir.Origin]:
    """Where a method hands the weights of a network to an optimizer, or fits it."""
    network = f"{names.function.receiver}.{online}"
    for instr in ir.instructions(names.function):
        if isinstance(instr, ir.CallMethod) and names.written(instr.receiver) == network:
            if instr.name in ("parameters", "named_parameters"):
                yield from (each.origin for each in _handed_on(names, instr) if _optimizes(names, each))
            elif has_keras and instr.name in FITTED_BY:
                yield instr.origin
        elif isinstance(instr, ir.GetAttribute) and instr.name in PERSISTING and has_keras:
            if names.written(instr.base) == network:
                for each in _handed_on(names, instr):
                    if isinstance(each, ir.CallMethod) and each.name in TRAINED_BY:
                        yield each.origin


def _handed_on(names: Names, made: ir.Instr) -> Iterator[ir.Instr]:
    """The instructions that read what an instruction makes, or what is made of that in one expression, or
    under one name.
    """
    pending = [made]
    for _ in range(MOST_WRAPPERS):
        users = [
            user
            for each in pending
            for user in names.uses.mentions.get(getattr(each, "target", ""), ())
            if user is not each and getattr(each, "target", "") in reads(user)
        ]
        yield from users
        pending = [user for user in users if isinstance(user, ir.Bind | ir.Build | ir.Call | ir.Operate)]


def _optimizes(names: Names, call: ir.Instr) -> bool:
    """Whether a call makes an optimizer, by what it is, or by the name that it gets."""
    if not isinstance(call, ir.Call | ir.CallMethod):
        return False
    called = names.uses.names.get(str(call.function), ()) if isinstance(call, ir.Call) else ()
    if any(name.startswith("torch.optim.") for name in called):
        return True
    kept = names.uses.mentions.get(call.target, ())
    given = [call.target, *(user.name for user in kept if isinstance(user, ir.SetAttribute))]
    return any(OPTIMIZERS.search(name) for name in given)
