"""Questions about arrays whose memory a compiled function takes: who still has them afterwards."""

from __future__ import annotations

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import reads_after
from tensorlint.alias.containers import REST
from tensorlint.alias.events import Called, Donated, Read
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Allocation, Held, Object, Sharing, Value, alternatives, sharing
from tensorlint.alias.uses import Spot, binds, reads, until_bound


class Donations(Outcomes):
    """Arrays that are given away."""

    def read_after_donation(self, donated: Donated) -> Read | None:
        """The first read of an array, or of what it holds, after a call took its memory."""
        places = self.places[id(donated)]
        for read, value in reads_after(self.solution, *places, donated.value):
            # What the donated container held counts where another container holds it, too: `kept =
            # dict(params)`.
            contents = donated.contents if self._through_another(read, donated.operand) else ()
            if self.is_tensor(read.value, "numpy"):
                continue
            if any(_is_or_holds(each, read.value) for each in (value, *contents)):
                return read
            if any(self._is_one_of(each.object, read.value) for each in donated.contents):
                return read
        return None

    def second_name(self, read: Read, donated: Donated) -> ir.Origin | None:
        """Where what is read got another name than the one by which it was donated."""
        name = results.root_name(read.operand, self.uses)
        made = self.uses.made.get(name) if isinstance(name, str) and name != donated.operand else None
        return made.origin if isinstance(made, ir.Bind) else None

    def _is_one_of(self, summary: Object, value: Value) -> bool:
        """Whether a value is one of the many arrays, all made by one call, that a summary stands for."""
        if not isinstance(summary, Allocation) or not summary.old or summary.site in self.solution.looping:
            return False
        return isinstance(value.object, Held) and value.object.owner == summary

    def given_twice(self, donated: Donated) -> list[ir.Origin] | None:
        """Where the array whose memory a call takes got the other names by which it is handed to the same
        call; None where it is handed over once.
        """
        block, position = self.places[id(donated)]
        for event in self.solution.occurrences[block][position].events:
            if isinstance(event, Called):
                given = [o for _, o, v in event.arguments if sharing(v, donated.value) is Sharing.DEFINITE]
                names = [name for name in given if isinstance(name, str) and name != donated.operand]
                made = [self.uses.made[name].origin for name in names if name in self.uses.made]
                return made if len(given) > 1 else None
        return None

    def named_after_donation(self, donated: Donated) -> tuple[ir.Origin, ir.Place] | None:
        """Where an array gets another name after a call took its memory, and the name, by which somebody goes
        on with it.
        """
        own, start = donated.operand, self.places[id(donated)]
        if not isinstance(own, str) or own.startswith("%") or own in binds(self.at(start)):
            return None
        for place, instr in until_bound(self.function, start, own):
            name = self._renamed(instr, own)
            if name and self._goes_on_by(name, place) is not None:
                return instr.origin, name
        return None

    def named_before_donation(self, donated: Donated) -> tuple[ir.Origin, ir.Origin, ir.Place] | None:
        """Where an array got another name, where it is read by that, and the name: in one branch only, or in
        one turn of a loop, and a call takes its memory on every way from there.
        """
        own, taken = donated.operand, self.places[id(donated)]
        if not isinstance(own, str) or self._was_on_the_host(donated):
            return None
        for block, occurrences in self.solution.occurrences.items():
            for position, occurrence in enumerate(occurrences):
                name = self._renamed(occurrence.instr, own) or self._began_as(occurrence.instr, own)
                if not name or name in binds(self.at(taken)):
                    continue
                if self._certainly_reaches((block, position), taken, {name, own}):
                    read = self._goes_on_by(name, taken)
                    if read is not None:
                        return occurrence.instr.origin, read, name
        return None

    def kept_before_donation(self, donated: Donated) -> tuple[ir.Origin, ir.Place] | None:
        """Where a list got an array before a call takes its memory, in this turn of a loop or in the next
        one, and the list, which somebody goes on with.
        """
        taken = self.places[id(donated)]
        if self._was_on_the_host(donated):
            return None
        for event in self.events():
            if isinstance(event, Called) and _appends(event) and event.receiver is not None:
                holder, name, place = event.receiver[0], event.arguments[0][1], self.places[id(event)]
                if name == donated.operand and isinstance(holder, str) and isinstance(name, str):
                    same = all(self.comes_to(place, taken, each) for each in (holder, name))
                    if same and self._is_looked_into(holder, taken):
                        return event.origin, holder
        return None

    def _was_on_the_host(self, donated: Donated) -> bool:
        """Whether what is donated was NumPy's in the first turn: it is copied to the device then."""
        return any(self.is_tensor(leaf, "numpy") for leaf, _ in alternatives(donated.value))

    def _is_looked_into(self, name: ir.Place, start: Spot) -> bool:
        """Whether what a container holds is used: it is handed on, or run over."""
        return any(
            name in reads(instr)
            and not isinstance(instr, ir.CallMethod | ir.Assume | ir.Bind)
            and not (
                isinstance(instr, ir.Call) and "builtins.len" in self.uses.names.get(str(instr.function), ())
            )
            for _, instr in until_bound(self.function, start, name)
        )

    def _certainly_reaches(self, start: Spot, goal: Spot, names: set[ir.Place]) -> bool:
        """Whether every way from an instruction comes to another one before it binds any of some names; a
        loop over something that holds the other one runs.
        """
        pending, seen = [(start[0], start[1] + 1)], set[int]()
        while pending:
            block, position = pending.pop()
            for number, instr in enumerate(self.function.blocks[block].instructions[position:], position):
                if (block, number) == goal:
                    break
                if not names.isdisjoint(binds(instr)):
                    return False
            else:
                successors = self.function.blocks[block].successors
                turns = [each for each in successors if self._is_turn(each, block, goal[0])]
                if not successors or not seen.isdisjoint(turns or successors):
                    return False
                seen.update(turns or successors)
                pending += [(each, 0) for each in turns or successors]
        return True

    def _is_turn(self, body: int, header: int, goal: int) -> bool:
        """Whether a block begins the body of a loop over something, in which another block lies."""
        if not isinstance(next(iter(self.function.blocks[body].instructions), None), ir.Next):
            return False
        pending, seen = [body], {body, header}
        while pending:
            following = [e for e in self.function.blocks[pending.pop()].successors if e not in seen]
            seen.update(following)
            pending += following
        return goal in seen

    def _renamed(self, instr: ir.Instr, name: ir.Operand) -> ir.Place:
        """The name that an assignment gives to what another one means: ``best, least = params, loss``."""
        if isinstance(instr, ir.Bind):
            return instr.target if instr.source == name and not instr.target.startswith("%") else ""
        targets = instr.targets if isinstance(instr, ir.Unpack) else ()
        given = (each for each in targets if self.uses.unpacked(each, instr) == name != each)
        return next(given, "")

    def _began_as(self, instr: ir.Instr, name: ir.Place) -> ir.Place:
        """The name of what another one is given: ``total = first``."""
        if not isinstance(instr, ir.Bind) or instr.target != name or not isinstance(instr.source, str):
            return ""
        return "" if instr.source.startswith("%") else instr.source

    def _goes_on_by(self, name: ir.Place, start: Spot) -> ir.Origin | None:
        """Where what a name was just bound to is handed on, or computed with."""
        for _, instr in until_bound(self.function, start, name):
            if name in reads(instr) and self._needs_elements(instr):
                return instr.origin
        return None

    def _needs_elements(self, instr: ir.Instr) -> bool:
        """Whether an instruction hands a value on, or computes with it; functions of libraries may only ask
        for its shape.
        """
        if isinstance(instr, ir.Return | ir.Yield | ir.Build | ir.GetItem | ir.SetAttribute | ir.SetItem):
            return True
        if isinstance(instr, ir.Call):
            called = self.uses.names.get(str(instr.function), ())
            return bool(called) and all(name.startswith(".") for name in called)
        return isinstance(instr, ir.Operate) and instr.operator not in ("is", "is not", "not")

    def _through_another(self, read: Read, operand: ir.Operand) -> bool:
        """Whether a read reaches an element through another container, or another name of the same one."""
        if any(step.kind in ("shared", "alias") for step in read.value.path):
            return True
        made = self.uses.made.get(read.operand) if isinstance(read.operand, str) else None
        return isinstance(made, ir.GetItem) and made.base != operand and not str(made.base).startswith("%")


def _appends(event: Called) -> bool:
    return len(event.arguments) == 1 and any(name.endswith("append") for name in event.names)


def _is_or_holds(holder: Value, value: Value) -> bool:
    """Whether a value certainly is what another one is, or is held by it: any of the elements, too."""
    thing = value.object
    if sharing(holder, value) is Sharing.DEFINITE:
        return True
    while isinstance(thing, Held) and (not thing.old or thing.key == REST):
        thing = thing.owner
        if thing == holder.object:
            return True
    return False
