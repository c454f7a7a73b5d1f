"""Questions about what is added to elements that an index names more than once: all but the last is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.events import Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Allocation, Value, alternatives, is_plain
from tensorlint.alias.uses import given_to
from tensorlint.finding import Quote

ADDING = ("+", "-")
# Where several elements end up in one bin: functions and methods whose results repeat.
BINNING = frozenset("digitize searchsorted bucketize floor_divide".split())
LISTING = frozenset("array asarray tensor as_tensor LongTensor".split())  # of a list, they make an array
WHOLE = frozenset({"int", "int8", "int16", "int32", "int64", "uint8", "uint16", "long"})
# What the elements of an index still are when it went through this.
KEEPING = frozenset(
    "clip clamp minimum maximum ravel flatten reshape view squeeze astype to long int copy clone"
    " contiguous cpu cuda numpy asarray".split()
)
FLAT = frozenset({"ravel", "flatten"})
RESHAPING = frozenset({"reshape", "view"})
ALL_IN_ONE = ir.Literal(-1)


class Additions(Outcomes):
    """Sums over an index that repeats."""

    def added_once(self, write: Write) -> ir.Operand | None:
        """An index of ``x[index] += v`` that certainly names elements several times, of which each gets only
        the last addition.
        """
        store = self.instruction(write)
        if not isinstance(store, ir.SetItem) or not store.augmented or not self.is_tensor(write.through):
            return None
        if self.is_trial(write.origin):
            return None
        added = self._added(store)
        picks = [each.value for each in store.index if isinstance(each, ir.Pick)]
        places = [each for each in picks if isinstance(each, str) and self._may_be_array(store, each)]
        if added is None or not places:
            return None
        if self._counts_pairs(places, added) or self._names_twice(places):
            return places[0]
        if not self._is_untouched(write):
            return None  # of others than zeros, what a unique index names may get its share as well
        if len(places) > 1:
            return None  # pairs may be unique where neither of both is
        index = places[0]
        bins = self._repeats(index) and self._has_axes(index, store)
        told = bins or self._ends_edges(index, added) or self._counts(write, index, added)
        return index if told else None

    def written_as(self, index: ir.Operand, write: Write) -> str | Quote:
        """An index as it is written: its name, or its text."""
        named = isinstance(index, str) and not index.startswith("%")
        return str(index).partition("%")[0] if named else Quote(self._made_at(index, write.origin))

    def _added(self, store: ir.SetItem) -> ir.Operand | None:
        """What is added to what is there, or taken from it."""
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.Augment) and instr.target == store.value and instr.operator in ADDING:
                return instr.value
        return None

    def _may_be_array(self, store: ir.SetItem, place: ir.Place) -> bool:
        value = self.value_at(store, place)
        return value is not None and not is_plain(value)

    def _is_untouched(self, write: Write) -> bool:
        """Whether a tensor was made blank on the way here, and nobody wrote it yet: adding to it is setting
        it, but where an index repeats.
        """
        thing = write.through.object
        if not isinstance(thing, Allocation) or thing not in write.blank or write.through.path:
            return False
        block, position = self.places[id(write)]
        same = any(each.origin == thing.site for each in self._instructions_of(block))
        if write.origin in self.solution.looping and not same:
            return False
        return not any(
            any(leaf.object == thing for leaf, _ in alternatives(event.through))
            for where, before, event in self.placed()
            if isinstance(event, Write) and (where, before) < (block, position)
        )

    def _instructions_of(self, block: int) -> Iterator[ir.Instr]:
        return iter(self.function.blocks[block].instructions)

    # The index

    def _names_twice(self, places: list[ir.Place]) -> bool:
        """``counts[[0, 1, 1]] += 1``: an element that is written out more than once."""
        written = [self._written_out(place) for place in places]
        numbers = [each for each in written if each is not None]
        if len(numbers) < len(places) or len({len(each) for each in numbers}) != 1:
            return False
        elements = list(zip(*numbers, strict=True))
        return len(set(elements)) < len(elements)

    def _written_out(self, index: ir.Operand) -> list[int] | None:
        """The numbers of a list, or of an array that is made of one and that nobody writes."""
        made = self._made(index)
        if isinstance(made, ir.Call) and self.uses.called_name(made) in LISTING:
            listed = arguments_of(made)
            given = self._made(listed[0].value) if len(listed) == 1 else None
        else:
            given = made
        if not isinstance(given, ir.Build) or given.kind != "list":
            return None
        names = {index, made.target, given.target} if isinstance(made, (ir.Call, ir.Build)) else set()
        if any(self._may_change(name) for name in names if isinstance(name, str)):
            return None
        numbers = [each.value.value for each in given.elements if isinstance(each.value, ir.Literal)]
        whole = [number for number in numbers if type(number) is int]  # of truths, it is a mask
        return whole if len(whole) == len(given.elements) else None

    def _may_change(self, name: ir.Place) -> bool:
        """Whether a list or an array may have other elements than it was made with."""
        return any(
            (isinstance(instr, ir.SetItem) and instr.base == name)
            or (isinstance(instr, ir.Augment) and instr.target == name)
            or (isinstance(instr, ir.CallMethod) and instr.receiver == name)
            for instr in ir.instructions(self.function)
        )

    def _repeats(self, index: ir.Operand) -> bool:
        """Whether an index was put together from what is in the same bin: ``(x / width).astype(int)``."""
        made = self._made(index)
        if made is None:
            return False
        if isinstance(made, ir.Operate):
            return made.operator == "//" or (made.operator in ADDING and self._repeats(made.operands[0]))
        named = self.uses.called_name(made)
        if named in BINNING:
            return True
        source = given_to(made)
        if self._makes_whole(made, named):
            computed = self._made(source)
            return self._is_quotient(computed) or self._repeats(source)
        return named in KEEPING and self._repeats(source)

    def _has_axes(self, operand: ir.Operand, user: ir.Instr) -> bool:
        """Whether an index was computed from a whole array, or from a slice of one, and is no number."""
        made, value = self._made(operand), self.value_at(user, operand)
        if value is not None and value.rank is not None:
            return value.rank > 0
        if isinstance(made, ir.Operate):
            return any(self._has_axes(each, made) for each in made.operands)
        if isinstance(made, ir.Call | ir.CallMethod):
            given = [*(each.value for each in made.arguments), given_to(made)]
            return any(self._has_axes(each, made) for each in given)
        if isinstance(made, ir.GetItem):
            return any(isinstance(each, ir.Cut) for each in made.index)
        known = self.solution.evidence.certainty.get(str(operand), Certainty.GUESSED)
        handed = operand in {each.name for each in self.function.parameters}
        kind = self.solution.evidence.type_of(operand)
        return made is None and handed and known > Certainty.GUESSED and self.catalog.is_tensor(kind)

    def _makes_whole(self, made: ir.Instr, named: str) -> bool:
        """Whether a conversion gives integers: ``astype(int)``, ``long()``."""
        if named in ("long", "int"):
            return True
        if named not in ("astype", "to"):
            return False
        given = [each.value for each in arguments_of(made)]
        names = (name for each in given for name in self.uses.names.get(str(each), ()))
        return any(name.rpartition(".")[2] in WHOLE for name in names)

    def _is_quotient(self, made: ir.Instr | None) -> bool:
        """Whether numbers were scaled, to be cut to whole ones: ``x / width * cells``."""
        if isinstance(made, ir.Operate):
            scaled = made.operator in ("*", "+", "-") and any(
                self._is_quotient(self._made(each)) for each in made.operands
            )
            return made.operator == "/" or scaled
        named = self.uses.called_name(made)
        return named in ("floor", "clip", "clamp") and self._is_quotient(self._made(given_to(made)))

    def _ends_edges(self, index: ir.Operand, added: ir.Operand) -> bool:
        """``source, target = edges; out[target] += x[source]``: where several edges end, they meet."""
        made = self._made(added)
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.Unpack) and len(instr.targets) == 2 and index in instr.targets:
                other = next(each for each in instr.targets if each != index)
                picks = made.index if isinstance(made, ir.GetItem) else ()
                return any(isinstance(each, ir.Pick) and each.value == other for each in picks)
        return False

    def _counts(self, write: Write, index: ir.Operand, added: ir.Operand) -> bool:
        """``counts = np.zeros(256); counts[image.ravel()] += 1``: a mask would be as long as what it picks
        from, which is as long as is written here.
        """
        maker = next((i for i in ir.instructions(self.function) if i.origin == _site(write.through)), None)
        length = arguments_of(maker)[0].value if arguments_of(maker) else None
        counted = isinstance(length, ir.Literal) and type(length.value) is int and length.value > 1
        return counted and isinstance(added, ir.Literal) and self._is_flat(index)

    def _counts_pairs(self, places: list[ir.Place], added: ir.Operand) -> bool:
        """``matrix[truth.ravel(), predicted.ravel()] += 1``, of what was handed in: labels of many pixels."""
        one = added in (ir.Literal(1), ir.Literal(1.0))
        return one and len(places) == 2 and all(self._is_flat(each) for each in places)

    def _is_flat(self, index: ir.Operand) -> bool:
        """Whether an index is all of what a parameter holds, one after the other."""
        made = self._made(index)
        if not isinstance(made, ir.CallMethod):
            return False
        given = [each.value for each in made.arguments]
        flat = (made.name in FLAT and not given) or (made.name in RESHAPING and given == [ALL_IN_ONE])
        root = results.root_name(made.receiver, self.uses)
        return flat and root == made.receiver and root in {each.name for each in self.function.parameters}

    @cached_property
    def _binding(self) -> Mapping[ir.Place, list[ir.Instr]]:
        """For every place the instructions that bind it."""
        found: defaultdict[ir.Place, list[ir.Instr]] = defaultdict(list)
        for instr in ir.instructions(self.function):
            for place in ir.bound(instr):
                found[place].append(instr)
        return found

    def _made(self, operand: ir.Operand) -> ir.Instr | None:
        """The only instruction that binds a place, seen through its other names."""
        binding = self._binding.get(operand, ()) if isinstance(operand, str) else ()
        if len(binding) != 1:
            return None
        only = binding[0]
        return self._made(only.source) if isinstance(only, ir.Bind) and only.source != operand else only


def arguments_of(made: ir.Instr | None) -> tuple[ir.Argument, ...]:
    """The arguments of a call; none of anything else."""
    return made.arguments if isinstance(made, ir.Call | ir.CallMethod) else ()


def _site(value: Value) -> ir.Origin | None:
    return value.object.site if isinstance(value.object, Allocation) else None
