"""What one function of a file means for the others: attributes of `self`, written and restrided arguments."""

from __future__ import annotations

from collections import defaultdict

from tensorlint.knowledge.contracts import contracts
from tensorlint.syntax.outline import Unit
from tensorlint.triage.look import Look

_CALLED = ("forward", "__call__", "call")  # what calling an object runs
_FIRST: frozenset[int | str] = frozenset({0, "input"})  # the parameter of a layer


def share_attributes(looks: list[Look]) -> None:
    """Methods see what others bind to `self`; whether in the same class or in a base is not looked at."""
    views = {root for look in looks for root in look.views if root.startswith("self.")}
    holders = {root for look in looks for root in look.holders if root.startswith("self.")}
    for look in looks:
        if look.unit.class_name:
            look.holders |= holders
            for root in views:
                look.bound(root, ())


def keep_arguments(looks: list[Look]) -> None:
    """A constructor may keep what it was handed, and another method of the class write that."""
    written: defaultdict[str | None, set[str]] = defaultdict(set)
    for look in looks:
        if look.unit.kind == "method" and look.unit.name != "__init__":
            written[look.unit.class_name] |= _written_of_self(look)
    for look in looks:
        if look.unit.name == "__init__":
            kept = {root for root, names in look.views.items() if not names.isdisjoint(look.parameters[1:])}
            found = written[look.unit.class_name]
            look.certain |= bool(kept) if "" in found else not kept.isdisjoint(found)


def _written_of_self(look: Look) -> set[str]:
    """The attributes that a method writes, each with those that hold it; empty text for any of them, by a
    local name of a part.
    """
    found: set[str] = set()
    for path in look.written:
        steps = path.root.split(".")
        found.update(".".join(steps[:length]) for length in range(2, len(steps) + 1))
        if not look.parameters[:1] or look.parameters[0] in look.views.get(steps[0], ()):
            found.add("")
    return found


def hand_out(looks: list[Look]) -> None:
    """A method may write what another one hands out, where people keep that, or where a step asks it."""
    steps = [look for look in looks if look.unit.kind == "method" and look.unit.name in contracts().steps]
    asked = {
        (look.unit.class_name, call.name)
        for look in steps
        for call in look.calls
        if call.receiver is not None and call.receiver.root in look.parameters[:1]
    }
    for look in looks:
        if any(look is step for step in steps):
            own = {path.root for path in look.written if "." in path.root}
            look.certain |= look.gives_own or bool(own)  # put into what is told beside, perhaps
        elif (look.unit.class_name, look.unit.name) in asked:
            look.certain |= look.gives_own


def receive(looks: list[Look], classes: frozenset[str]) -> None:
    """`x = self.layer(x)` may be a view only where a layer of this file, or one in place, was made."""
    sharing = {
        made.name
        for look in looks
        for made in look.made
        if made.shares or made.in_place or not made.makers.isdisjoint(classes)
    }
    for look in looks:
        for root, attribute, names in look.received:
            if attribute in sharing:
                look.bound(root, names)


def tie_attributes(looks: list[Look]) -> None:
    """Methods may write what another method gave a second attribute, ``self.state = self.start``, or take the
    one from the other.
    """
    written = {path.root for look in looks for path in look.written}
    differing = {sides for look in looks for sides in look.taken_from}
    for look in looks:
        look.certain = look.certain or any(frozenset(pair) in differing for pair in look.tied)
        tied = look.tied if look.unit.kind == "method" and look.unit.name != "__init__" else ()
        look.certain = look.certain or any(not written.isdisjoint(pair) for pair in tied)


def share_defaults(looks: list[Look]) -> None:
    """Methods may write what the body of a class, or the default of a parameter that is kept, makes once."""
    shared = {f"self.{made.name}" for look in looks if look.unit.kind == "class" for made in look.made}
    for look in looks:
        shared |= {root for root, names in look.views.items() if not names.isdisjoint(look.defaults)}
    for look in looks:
        look.certain = look.certain or any(path.root in shared for path in look.written)


def carry_writes(looks: list[Look]) -> None:
    """A caller writes what the called function writes of its arguments: by name, to a fixed point."""
    writers: defaultdict[str, set[int | str]] = defaultdict(set)
    objects: defaultdict[str, set[int | str]] = defaultdict(set)  # class -> what calling its objects writes
    made = [item for look in looks for item in look.made]
    told = any("set" in look.attributes.get("inplace", ()) for look in looks)  # `m.inplace = True`
    for item in made:
        if item.in_place or told:
            writers[item.name] |= _FIRST
    changed = True
    while changed:
        before = sum(len(look.written) for look in looks) + sum(map(len, writers.values()))
        for look in looks:
            for call in look.calls:
                wanted = writers.get(call.name)
                if wanted:
                    look.written.update(call.handed(wanted))
            _add(look, writers, objects)
        for item in made:
            for maker in item.makers & objects.keys():
                writers[item.name] |= objects[maker]
        changed = before != sum(len(look.written) for look in looks) + sum(map(len, writers.values()))


def _add(
    look: Look, writers: defaultdict[str, set[int | str]], objects: defaultdict[str, set[int | str]]
) -> None:
    written = look.written_parameters()
    if not written:
        return
    unit = look.unit
    method = unit.kind == "method"
    wanted: set[int | str] = set()
    for position, name in enumerate(look.parameters):
        if name in written:
            wanted |= {"self"} if method and position == 0 else {name, position - method}
    called_as, owner = _called_as(unit)
    writers[called_as] |= wanted
    if owner:
        objects[owner] |= wanted - {"self"}


def carry_strides(looks: list[Look]) -> None:
    """A caller may get a strided tensor from whatever function of the file makes one."""
    striders: set[str] = set()
    objects: set[str] = set()
    made = [item for look in looks for item in look.made]
    changed = True
    while changed:
        before = len(striders) + sum(look.strides for look in looks)
        for look in looks:
            look.strides = look.strides or any(call.name in striders for call in look.calls)
            if look.strides:
                called_as, owner = _called_as(look.unit)
                striders.add(called_as)
                objects.add(owner)
        striders.update(item.name for item in made if not item.makers.isdisjoint(objects))
        changed = before != len(striders) + sum(look.strides for look in looks)


def _called_as(unit: Unit) -> tuple[str, str]:
    """What a call of this unit is written as, and the class whose objects run it when they are called."""
    owner = (unit.class_name or "").rpartition(".")[2]
    if unit.name == "__init__":
        return owner, ""
    return unit.name, owner if unit.name in _CALLED else ""
