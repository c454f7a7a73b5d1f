"""Where a value that is read goes to: flow-insensitive, over the instructions of one function.

A read counts only if its result leaves. A result that flows into nothing but further writes of the same
storage is the read half of a read-modify-write; a condition on the view that guards such writes is part of
it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tensorlint import ir

FLOWING = (
    ir.Bind, ir.Build, ir.GetAttribute, ir.GetItem, ir.Operate, ir.Unpack, ir.Next, ir.Call, ir.CallMethod,
)  # fmt: skip
Spot = tuple[int, int]  # a block, and the position of an instruction in it
CHANGING = frozenset(
    "append extend insert remove pop clear sort reverse add discard update setdefault popitem"
    " appendleft".split()
)
PURE = (
    "numpy.", "torch.", "math.", "builtins.abs", "builtins.bool", "builtins.float", "builtins.int",
    "builtins.len", "builtins.max", "builtins.min", "builtins.sum",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Uses:
    """Who mentions which place, and which instruction makes which temporary."""

    mentions: Mapping[ir.Place, tuple[ir.Instr, ...]]
    made: Mapping[ir.Place, ir.Instr]
    names: Mapping[ir.Place, tuple[str, ...]]
    exports: bool = False  # whether a name outlives the code: that of a module

    @classmethod
    def of(cls, function: ir.Function) -> Uses:
        mentions: defaultdict[ir.Place, list[ir.Instr]] = defaultdict(list)
        made: dict[ir.Place, ir.Instr] = {}
        names: dict[ir.Place, tuple[str, ...]] = {}
        for block in function.blocks:
            for instr in block.instructions:
                if isinstance(instr, ir.Reference):
                    names[instr.target] = instr.names
                made.setdefault(getattr(instr, "target", ""), instr)
                for place in set(ir.mentioned(instr)):
                    mentions[place].append(instr)
        known = {place: tuple(found) for place, found in mentions.items()}
        return cls(known, made, names, function.kind == "module")

    def is_computed_from(self, instr: ir.Instr, place: ir.Place) -> bool:
        """Whether an instruction, or what it is given by others of its expression, reads a place."""
        behind = self.behind(_temporaries(instr), _temporaries)
        return place in reads(instr) or any(place in reads(made) for made in behind)

    def behind(
        self, operands: Iterable[ir.Operand], sources: Callable[[ir.Instr], Iterable[ir.Operand]]
    ) -> Iterator[ir.Instr]:
        """The instructions that make some operands, and those of what these are made of, by ``sources``."""
        pending = [*operands]
        seen: set[ir.Operand] = set()
        while pending:
            operand = pending.pop()
            made = self.made.get(operand) if isinstance(operand, str) else None
            if made is not None and operand not in seen:
                seen.add(operand)
                yield made
                pending += sources(made)

    def called_name(self, instr: ir.Instr | None) -> str:
        """The last name of the one function or method that an instruction calls."""
        if isinstance(instr, ir.CallMethod):
            return instr.name
        names = self.names.get(str(instr.function), ()) if isinstance(instr, ir.Call) else ()
        return names[0].rpartition(".")[2] if len(names) == 1 else ""

    def changed_in_place(self, place: ir.Place) -> ir.Origin | None:
        """Where the list, dict or set in a place is changed; None where it is only read."""
        for instr in self.mentions.get(place, ()):
            if isinstance(instr, ir.CallMethod) and instr.receiver == place and instr.name in CHANGING:
                return instr.origin
            if isinstance(instr, ir.SetItem) and instr.base == place:
                return instr.origin
            if isinstance(instr, ir.Augment) and instr.target == place:
                return instr.origin
        return None

    def unpacked(self, place: ir.Operand, by: ir.Instr | None = None) -> ir.Operand:
        """The name, or value, that a place gets by itself out of a display: ``y`` of ``a, b = x, y``, the
        first time, or ``by`` one instruction.
        """
        mentions = self.mentions.get(place, ()) if isinstance(place, str) else ()
        for instr in mentions if by is None else (by,):
            if isinstance(instr, ir.Unpack) and place in instr.targets and instr.star is None:
                made = self.made.get(instr.source) if isinstance(instr.source, str) else None
                if isinstance(made, ir.Build) and len(made.elements) == len(instr.targets):
                    return made.elements[instr.targets.index(place)].value
        return place

    def leaves(self, reader: ir.Instr, own: frozenset[ir.Operand]) -> bool:
        """Whether what ``reader`` computes goes anywhere but into conditions and writes of ``own`` names."""
        seen: set[int] = set()
        pending = [reader]
        while pending:
            instr = pending.pop()
            if id(instr) in seen:
                continue
            seen.add(id(instr))
            if isinstance(instr, (ir.Augment, ir.SetItem)):
                written = instr.target if isinstance(instr, ir.Augment) else instr.base
                if written in own:
                    continue
                if not isinstance(instr, ir.Augment):
                    return True
            elif isinstance(instr, (ir.Reference, ir.Evaluate, ir.Forget, ir.Assume)):
                continue
            elif not isinstance(instr, FLOWING) or not self._pure(instr):
                return True
            targets = instr.targets if isinstance(instr, ir.Unpack) else (getattr(instr, "target", ""),)
            for target in targets:
                if self.exports and target and not target.startswith("%"):
                    return True
                pending += [user for user in self.mentions.get(target, ()) if user is not instr]
        return False

    def _pure(self, instr: ir.Instr) -> bool:
        """Whether a call only computes its result."""
        if isinstance(instr, ir.Call):
            names = self.names.get(instr.function, ()) if isinstance(instr.function, str) else ()
            return bool(names) and all(name.startswith(PURE) for name in names)
        if isinstance(instr, ir.CallMethod):
            storing = ("append", "add", "write", "update", "put")
            return isinstance(instr.receiver, str) and not instr.name.startswith(storing)
        return True


def given_to(instr: ir.Instr | None) -> ir.Operand:
    """The receiver of a method, the first argument of a function."""
    if isinstance(instr, ir.CallMethod):
        return instr.receiver
    return instr.arguments[0].value if isinstance(instr, ir.Call) and instr.arguments else ir.Literal(None)


def reads(instr: ir.Instr) -> list[ir.Place]:
    """The places that an instruction reads, and not those that it only binds."""
    found = list(ir.mentioned(instr))
    for target in () if isinstance(instr, ir.Augment | ir.Declare) else binds(instr):
        found.remove(target)
    return found


def binds(instr: ir.Instr) -> tuple[ir.Place, ...]:
    """The places that an instruction binds, or makes known."""
    return (instr.target,) if isinstance(instr, ir.Declare) else ir.bound(instr)


def times_bound(function: ir.Function) -> Counter[ir.Place]:
    """How often each place gets another object."""
    return Counter(
        place
        for instr in ir.instructions(function)
        if not isinstance(instr, ir.Augment | ir.Forget)
        for place in ir.bound(instr)
    )


def until_bound(
    function: ir.Function, start: Spot, name: ir.Place, *, augmented: bool = True
) -> Iterator[tuple[Spot, ir.Instr]]:
    """What may run after an instruction, until it binds a name: ``augmented``, also by ``x += y``."""
    pending, seen = [(start[0], start[1] + 1)], set[int]()
    while pending:
        block, position = pending.pop()
        for number, instr in enumerate(function.blocks[block].instructions[position:], position):
            yield (block, number), instr
            if name in binds(instr) and (augmented or not isinstance(instr, ir.Augment)):
                break
        else:
            following = [each for each in function.blocks[block].successors if each not in seen]
            seen.update(following)
            pending += [(each, 0) for each in following]


def _temporaries(instr: ir.Instr) -> list[ir.Place]:
    """What an instruction is given by others of its expression."""
    return [read for read in reads(instr) if read.startswith("%")]


def text_key(instr: ir.GetItem | ir.SetItem) -> str:
    """The text under which an entry stands; empty for any other key."""
    index = instr.index[0] if len(instr.index) == 1 else None
    value = index.value if isinstance(index, ir.Pick) else None
    return value.value if isinstance(value, ir.Literal) and isinstance(value.value, str) else ""
