"""Which elements of which sequences the names of a function are, as far as its instructions say.

Blind to the flow of control; sequences are told by how expressions are written: ``self.model.weights``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.uses import CHANGING, Uses, binds, reads

COPYING = frozenset({"builtins.list", "builtins.tuple", "copy.copy"})
TABULATING = frozenset({"builtins.dict", "collections.OrderedDict"})  # of pairs
GIVING = frozenset({"parameters", "named_parameters"})  # methods that give the same sequence each time
KEYED = frozenset({"named_parameters()", "items()"})  # sequences of a key and a value
SHARING = frozenset({"data", "detach"})  # members that give a variable's memory
SHOWING = SHARING | {"numpy", "cpu"}  # or its value now
# Methods that give all elements of a weight in another shape: the same memory, as weights have no gaps.
RESHAPING = frozenset({"view", "view_as", "flatten", "reshape", "ravel"})
# Functions that give a variable's value now.
READING = frozenset({"tensorflow.convert_to_tensor", "keras.ops.convert_to_tensor", "tensorflow.identity"})
PERSISTING = frozenset("weights variables trainable_weights trainable_variables".split())
NOTHING = ir.Literal(None)


@dataclass(frozen=True, slots=True)
class Element:
    """What a loop takes out of the sequence ``source`` in each ``turn``.

    ``name`` and ``taken`` are the copied list that it takes it from, and where that was copied; of the
    sequence itself, empty and None. Of a copied list, ``turn`` is None.
    """

    source: str
    turn: ir.Origin | None
    name: str = ""
    taken: ir.Origin | None = None


@dataclass(frozen=True)
class Names:
    """The names of one function and their ``uses``, and a copied list that an attribute holds, ``known`` from
    elsewhere.
    """

    function: ir.Function
    uses: Uses
    known: Element | None = None

    def written(self, operand: ir.Operand) -> str:
        """An expression as it is written, with names that stand for one: empty where it may differ from time
        to time.
        """
        if not isinstance(operand, str):
            return ""
        made = self.maker(operand)
        if made is None:
            return operand if self._is_fixed(operand) else ""
        if isinstance(made, ir.Bind):
            return self.written(made.source)
        if isinstance(made, ir.GetAttribute):
            base = self.written(made.base)
            return f"{base}.{made.name}" if base else ""
        if isinstance(made, ir.CallMethod) and made.name in GIVING and not made.arguments:
            base = self.written(made.receiver)
            return f"{base}.{made.name}()" if base else ""
        return operand if not operand.startswith("%") and self.copied(operand) is None else ""

    def copied(self, operand: ir.Operand) -> Element | None:
        """The sequence of which a list, tuple or dictionary was made by copying references."""
        if not isinstance(operand, str) or operand in self._asked:
            return None
        self._asked.append(operand)
        try:
            return self._copied(operand)
        finally:
            self._asked.pop()

    @cached_property
    def _asked(self) -> list[ir.Place]:
        """What is being worked out: a loop may bind two names to each other."""
        return []

    def _copied(self, operand: ir.Place) -> Element | None:
        if self.known is not None and self.written(operand) == self.known.name:
            return self.known
        made = self.maker(operand)
        if isinstance(made, ir.Bind):
            found = self.copied(made.source)
        elif isinstance(made, ir.Build) and not made.elements:
            found = self._gathered(made)
        elif (generator := self._generator(self._source(made))) is not None and made is not None:
            found = self._gathered(generator)
            found = replace(found, taken=made.origin) if found is not None else None
        else:
            source = self.written(self._source(made) if not self._asks_anew(made, operand) else operand)
            found = Element(source, None, taken=made.origin) if made is not None and source else None
        return found if found is None or operand.startswith("%") else replace(found, name=operand)

    def element(
        self, operand: ir.Operand, reader: ir.Origin, through: Collection[str] = SHOWING
    ) -> Element | None:
        """What a name is in each turn of a loop, where an instruction reads it, ``through`` some members."""
        if not isinstance(operand, str):
            return None
        made = self.maker(operand) or self._latest_step(operand, reader)
        if isinstance(made, ir.GetAttribute) and made.name in through:
            return self.element(made.base, made.origin, through)
        if isinstance(made, ir.CallMethod) and made.name in through and not made.arguments:
            return self.element(made.receiver, made.origin, through)
        if isinstance(made, ir.CallMethod) and made.name in RESHAPING:
            return self.element(made.receiver, made.origin, through)
        if isinstance(made, ir.Call) and through is SHOWING and len(made.arguments) == 1:
            if not READING.isdisjoint(self.uses.names.get(str(made.function), ())):
                return self.element(made.arguments[0].value, made.origin, through)
        if isinstance(made, ir.Bind):
            return self.element(made.source, made.origin, through)
        if isinstance(made, ir.GetItem):
            return self._looked_up(made)
        step, way = self._step(made, operand)
        return self._at(step.iterable, way, step.origin) if step is not None else None

    def chained_from(self, operand: ir.Operand) -> ir.Operand:
        """What a chain of in-place methods began with."""
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand.startswith("%") else None
        chained = isinstance(made, ir.CallMethod) and made.name.endswith("_")
        return self.chained_from(made.receiver) if isinstance(made, ir.CallMethod) and chained else operand

    def behind(self, operands: Iterable[ir.Operand]) -> Iterator[ir.Place]:
        """Places that expressions are made of, and they themselves."""
        pending = [*operands]
        while pending:
            operand = pending.pop()
            if not isinstance(operand, str):
                continue
            yield operand
            made = self.uses.made.get(operand) if operand.startswith("%") else None
            pending += reads(made) if made is not None else []

    def is_changed(self, source: str) -> bool:
        """Whether a sequence, or the object that has it, may get other elements."""
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.SetItem | ir.DeleteItem) and self.written(instr.base) == source:
                return True
            if isinstance(instr, ir.CallMethod) and instr.name in CHANGING:
                if self.written(instr.receiver) == source:
                    return True
            if isinstance(instr, ir.SetAttribute) and self.function.name != "__init__":
                name = f"{self.written(instr.base)}.{instr.name}"
                if source == name or source.startswith(f"{name}."):
                    return True
        return False

    def maker(self, place: ir.Operand) -> ir.Instr | None:
        """The instruction that binds a place; None where several do, or none, or it is made of itself."""
        made = self._makers.get(place) if isinstance(place, str) else None
        if made is None or str(place).startswith("%"):
            return made
        pending, seen = [made], set[ir.Place]()
        while pending:
            found = reads(pending.pop())
            if place in found:
                return None
            new = [read for read in found if read not in seen]
            seen.update(new)
            pending += [self._makers[read] for read in new if read in self._makers]
            pending += [each for read in new for each in self._collects.get(read, ())]
        return made

    @cached_property
    def _collects(self) -> Mapping[ir.Place, list[ir.Instr]]:
        """What fills the results of comprehensions."""
        found: dict[ir.Place, list[ir.Instr]] = {}
        for instr in ir.instructions(self.function):
            if isinstance(instr, ir.Collect):
                found.setdefault(instr.container, []).append(instr)
        return found

    @cached_property
    def _makers(self) -> Mapping[ir.Place, ir.Instr]:
        """What binds each place that is bound once, and was not before."""
        found: dict[ir.Place, ir.Instr | None] = {p.name: None for p in self.function.parameters}
        for instr in ir.instructions(self.function):
            for place in () if isinstance(instr, ir.Declare) else binds(instr):
                bound = self._bound(place, instr)
                if not _is_nothing(bound):
                    found[place] = None if place in found else bound
        return {place: made for place, made in found.items() if made is not None}

    def _bound(self, place: ir.Place, instr: ir.Instr) -> ir.Instr:
        """An instruction that binds a place, that one alone: of ``best, lowest = weights, loss``, a half."""
        made = self.uses.made.get(str(instr.source)) if isinstance(instr, ir.Unpack) else None
        if not isinstance(instr, ir.Unpack) or not isinstance(made, ir.Build) or instr.star is not None:
            return instr
        elements = made.elements
        if len(elements) != len(instr.targets) or any(each.starred for each in elements):
            return instr
        return ir.Bind(instr.origin, place, elements[instr.targets.index(place)].value)

    def _latest_step(self, name: ir.Place, reader: ir.Origin) -> ir.Instr | None:
        """Of the loops that bind a name, where nothing else does, the last one before it is read."""
        found = [i for i in self.uses.mentions.get(name, ()) if name in binds(i)]
        steps = [i for i in found if isinstance(i, ir.Next | ir.Unpack)]
        augments = [i for i in found if isinstance(i, ir.Augment)]  # of what an earlier loop took
        known = len(steps) + len(augments) == len(found)
        before = [i for i in (steps + augments if known else []) if i.origin < reader]
        latest = max(before, key=lambda instr: instr.origin, default=None)
        return None if isinstance(latest, ir.Augment) else latest

    def _is_fixed(self, place: ir.Place) -> bool:
        """Whether a name means the same all the time: nothing binds it."""
        return not any(place in binds(i) for i in self.uses.mentions.get(place, ()))

    def _source(self, made: ir.Instr | None) -> ir.Operand:
        """What a call or a slice copies the references of."""
        if isinstance(made, ir.Call):
            called = self.uses.names.get(str(made.function), ())
            plain = len(made.arguments) == 1 and made.arguments[0] == ir.Argument(made.arguments[0].value)
            pairs = plain and self._is_keyed(made.arguments[0].value)
            copies = not (COPYING | TABULATING if pairs else COPYING).isdisjoint(called)
            return made.arguments[0].value if plain and copies else NOTHING
        if isinstance(made, ir.CallMethod):
            return made.receiver if made.name == "copy" and not made.arguments else NOTHING
        if isinstance(made, ir.GetItem) and made.index == (ir.Cut(NOTHING, NOTHING, NOTHING),):
            return made.base
        return NOTHING

    def _generator(self, operand: ir.Operand) -> ir.Build | None:
        """The generator that an expression stands for: ``tuple(p.detach() for p in parameters)``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) and operand.startswith("%") else None
        return made if isinstance(made, ir.Build) and made.lazy and not made.elements else None

    def _is_keyed(self, operand: ir.Operand) -> bool:
        """Whether a sequence is one of a model's weights, each with its name."""
        return self.written(operand).endswith(".named_parameters()")

    def _asks_anew(self, made: ir.Instr | None, place: ir.Place) -> bool:
        """Whether a name gets what a model makes a list of each time that it is asked."""
        asked = isinstance(made, ir.GetAttribute) and made.name in PERSISTING
        return asked and not place.startswith("%")

    def _gathered(self, made: ir.Build) -> Element | None:
        """A comprehension of all elements of a sequence, in their order."""
        for block in self.function.blocks if made.target in self._collects else ():
            for instr in block.instructions:
                if not isinstance(instr, ir.Collect) or instr.container != made.target:
                    continue
                element = self.element(instr.element.value, instr.origin, SHARING)
                steps = [each for each in block.instructions if isinstance(each, ir.Next)]
                whole = element is not None and [each.origin for each in steps] == [element.turn]
                if element is None or not whole or instr.element.starred:
                    return None
                key = instr.element.key
                if key is not None and self._key_turn(key, instr.origin) != element.turn:
                    return None
                return Element(element.source, None, taken=made.origin)
        return None

    def _step(self, made: ir.Instr | None, place: ir.Place) -> tuple[ir.Next | None, tuple[int, ...]]:
        """The step of a loop that binds a place, and where in what it takes that stands."""
        way: tuple[int, ...] = ()
        while isinstance(made, ir.Unpack) and made.star is None and isinstance(made.source, str):
            way = (made.targets.index(place), *way)
            place = made.source
            made = self.maker(place)
        return (made, way) if isinstance(made, ir.Next) else (None, ())

    def _at(self, iterable: ir.Operand, way: tuple[int, ...], turn: ir.Origin) -> Element | None:
        """What stands somewhere in what a loop takes."""
        made, called = self._called(iterable)
        if made is not None and way and not any(each.stars for each in made.arguments):
            if called == ("builtins.zip",) and way[0] < len(made.arguments):
                return self._at(made.arguments[way[0]].value, way[1:], turn)
            if called == ("builtins.enumerate",) and way[0] == 1:
                return self._at(made.arguments[0].value, way[1:], turn)
        copied = self.copied(iterable)
        source = copied.source if copied is not None else self.written(iterable)
        if not source or way not in (((1,),) if source.rpartition(".")[2] in KEYED else ((),)):
            return None
        element = Element(source, turn) if copied is None else replace(copied, turn=turn)
        return element if copied is None or element.name else None

    def _looked_up(self, made: ir.GetItem) -> Element | None:
        """What a copied list has under the number or key of a turn."""
        copied = self.copied(made.base)
        index = made.index[0] if len(made.index) == 1 else None
        turn = None
        if copied is not None and isinstance(index, ir.Pick):
            turn = self._key_turn(index.value, made.origin)
        return replace(copied, turn=turn) if copied is not None and copied.name and turn is not None else None

    def _key_turn(self, key: ir.Operand, reader: ir.Origin) -> ir.Origin | None:
        """The turn whose number or key something is, or whose element it belongs to alone: ``v.name``."""
        if not isinstance(key, str):
            return None
        made = self.maker(key) or self._latest_step(key, reader)
        if isinstance(made, ir.GetAttribute | ir.CallMethod):
            owner = self.element(
                made.base if isinstance(made, ir.GetAttribute) else made.receiver, made.origin
            )
            return owner.turn if owner is not None and made.name in ("name", "path", "ref") else None
        step, way = self._step(made, key)
        iterable: ir.Operand = step.iterable if step is not None else NOTHING
        source, called = self._called(iterable)
        if (
            source is not None
            and called == ("builtins.zip",)
            and len(way) > 0
            and way[0] < len(source.arguments)
        ):
            iterable, way = source.arguments[way[0]].value, way[1:]
            source, called = self._called(iterable)
        if step is None or way != (0,):
            return None
        keyed = self.written(iterable).rpartition(".")[2] in KEYED
        return step.origin if keyed or called == ("builtins.enumerate",) else None

    def _called(self, place: ir.Operand) -> tuple[ir.Call | None, tuple[str, ...]]:
        """The call that gives something, and the names of what is called."""
        made = self.uses.made.get(str(place))
        return (
            (made, self.uses.names.get(str(made.function), ())) if isinstance(made, ir.Call) else (None, ())
        )


def _is_nothing(instr: ir.Instr) -> bool:
    """Whether a name is only made known: ``old = None``."""
    return isinstance(instr, ir.Bind) and instr.source == NOTHING
