"""Watches the bindings of a running program: whose elements overlap, whose bytes a statement changed.

Answers are kept as bits: one bit for a name or for a pair of names, in one integer for each line. What an
execution showed is added to the counts of all executions when it ends.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any

from runtime_check.storage import Extent, Library, loaded_libraries

MOST_ELEMENTS = 3  # of a list that are named from its front


@dataclass(frozen=True, slots=True)
class Line:
    """What an instrumented statement says of itself: the names that it reads, and whether it may ``move``.

    A statement that is an expression, or that sets an attribute, may change where a tensor lies that was
    bound before (``x.resize_(3)``, ``x.data = y``); any other binds names.
    """

    number: int
    reads: tuple[str, ...]
    moves: bool


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The memory of a tensor: ``cells`` has one byte of ones for each byte of an element, from ``low`` on."""

    space: str
    low: int
    high: int
    cells: int
    read: Callable[[], bytes] = field(repr=False)

    def meets(self, other: Block) -> bool:
        return self.has(other.space, other.low, other.high, other.cells)

    def has(self, space: str, low: int, high: int, cells: int) -> bool:
        """Whether one of these bytes is an element's."""
        if self.space != space or self.high <= low or high <= self.low:
            return False
        apart = 8 * (self.low - low)
        return bool(cells & self.cells << apart if apart >= 0 else cells << -apart & self.cells)

    def content(self) -> int:
        """The elements' bytes, as a number; what lies between them reads as zero."""
        return int.from_bytes(self.read(), "little") & self.cells


@dataclass(frozen=True, slots=True)
class Held:
    """What a name is bound to; no block for what has no elements, or lies in several pieces.

    ``contiguous`` as it decides something: None for what is contiguous only since an axis has length one.
    """

    value: object
    block: Block | None
    contiguous: bool | None


class Tally:
    """For each line, in how many executions each bit was set; one integer for each digit of the counts."""

    def __init__(self) -> None:
        self.current: dict[int, int] = {}
        self._digits: dict[int, list[int]] = {}

    def add(self, line: int, bits: int) -> None:
        """In this execution."""
        self.current[line] = self.current.get(line, 0) | bits

    def end(self) -> None:
        """The execution is over."""
        for line, carry in self.current.items():
            digits = self._digits.setdefault(line, [])
            for place in count():
                if not carry:
                    break
                if place == len(digits):
                    digits.append(0)
                digits[place], carry = digits[place] ^ carry, digits[place] & carry
        self.current = {}

    def counts(self, line: int) -> dict[int, int]:
        """The bits of a line that were set at all, each with its count."""
        found: dict[int, int] = {}
        for place, digit in enumerate(self._digits.get(line, ())):
            for at in _bits(digit):
                found[at] = found.get(at, 0) + (1 << place)
        return found

    def lines(self) -> list[int]:
        return sorted(self._digits)


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


class Recorder:
    """Called after each statement with its line and the local names.

    ``overlapped`` and ``apart`` hold pairs of names; ``contiguous`` and ``strided`` hold names. ``kept`` are
    the names that a statement left bound to the same tensor, ``changed`` those among them whose bytes it
    changed; ``x@`` is what the parameter ``x`` was at entry. ``read_after`` counts executions: (writing line,
    reading line, name) when a line mentions a name that lies over bytes that the writing line changed before;
    without a name for each line that ran after one that changed bytes.
    """

    def __init__(self) -> None:
        self.overlapped, self.apart, self.reached = Tally(), Tally(), Tally()
        self.contiguous, self.strided = Tally(), Tally()
        self.kept, self.changed = Tally(), Tally()
        self.read_after: Counter[tuple[int, int, str]] = Counter()
        self.pairs: list[tuple[str, str]] = []  # by their bits
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._pairs_of: list[int] = []
        self._libraries: tuple[Library, ...] = loaded_libraries()
        self._roles: dict[type, str] = {}
        self.start()

    def start(self) -> None:
        """An execution begins."""
        self._held: dict[str, Held] = {}
        self._given: dict[str, Held] = {}
        self._known: dict[int, Held] = {}  # by the identity of the tensor, which is kept alive
        self._blocks: dict[Extent, Block] = {}
        self._contents: dict[Block, int] = {}
        self._met: dict[tuple[Block, Block], bool] = {}
        self._present = 0  # pairs that are bound now
        self._sharing = 0
        self._written: dict[int, set[tuple[str, int, int, int]]] = {}
        self._read: set[tuple[int, int, str]] = set()

    def begin(self, names: Mapping[str, Any]) -> None:
        """The function is entered: what its parameters hold before the first statement."""
        self._held = self._bindings(names)
        for name in self._held:
            self._rebound(name)
        self._given = {f"{name}@": held for name, held in self._held.items() if held.block is not None}
        blocks = {held.block for held in self._held.values() if held.block is not None}
        self._contents = {block: block.content() for block in blocks}

    def end(self) -> None:
        """The execution is over."""
        for tally in vars(self).values():
            if isinstance(tally, Tally):
                tally.end()
        self.read_after.update(self._read)

    def reads(self, line: Line) -> None:
        """The line is about to look at what its names hold."""
        if not self._written:
            return
        self._read.update((writer, line.number, "") for writer in self._written)
        for name in line.reads:
            for each in (name, *self._elements_of(name)):
                held = self._held.get(each)
                if held is None or held.block is None:
                    continue
                for writer, cells in self._written.items():
                    key = writer, line.number, each
                    if key not in self._read and any(held.block.has(*places) for places in cells):
                        self._read.add(key)

    def _elements_of(self, name: str) -> list[str]:
        return [each for each in self._held if each.startswith((f"{name}[", f"{name}."))]

    def after(self, line: Line, names: Mapping[str, Any]) -> None:
        """The statement has run."""
        self.reads(line)
        if line.moves:
            self._known = {}
        gone, self._held = self._held, self._bindings(names)
        kept, rebound = 0, []
        for name, held in self._held.items():
            old = gone.pop(name, None)
            if old is held or (old is not None and old.value is held.value and old.block is held.block):
                kept |= (held.block is not None) << self._numbers[name]
            else:
                rebound.append(name)
        for name in (*gone, *rebound):
            self._rebound(name)
        self._look(line.number, kept)
        self.reached.add(line.number, self._present)
        self.overlapped.add(line.number, self._sharing)
        self.apart.add(line.number, self._present & ~self._sharing)
        for wanted, tally in ((True, self.contiguous), (False, self.strided)):
            found = (self._numbers[name] for name, held in self._held.items() if held.contiguous is wanted)
            tally.add(line.number, sum(1 << number for number in found))

    def _look(self, line: int, kept: int) -> None:
        """Compare the bytes of what stayed bound with what they were before."""
        contents, before = {}, self._contents
        dirty = set()
        for held in (*self._held.values(), *self._given.values()):
            block = held.block
            if block is None or block in contents:
                continue
            content = contents[block] = block.content()
            if block in before and before[block] != content:
                dirty.add(block)
                places = block.space, block.low, block.high, _filled(before[block] ^ content)
                self._written.setdefault(line, set()).add(places)
        self._contents = contents
        kept |= sum(1 << self._number(name) for name in self._given)
        self.kept.add(line, kept)
        if dirty:
            known = (*self._held.items(), *self._given.items())
            names = (name for name, held in known if held.block in dirty)
            self.changed.add(line, kept & sum(1 << self._numbers[name] for name in names))

    def _number(self, name: str) -> int:
        """The bit of a name; a new one makes those of its pairs."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            first = len(self.pairs)
            for other, known in enumerate(self.names):
                self.pairs.append((min(known, name), max(known, name)))
                self._pairs_of[other] |= 1 << first + other
            self.names.append(name)
            self._pairs_of.append(((1 << number) - 1) << first)
        return number

    def _rebound(self, name: str) -> None:
        """Look at a name's pairs anew."""
        number = self._number(name)
        self._present &= ~self._pairs_of[number]
        self._sharing &= ~self._pairs_of[number]
        block = self._held[name].block if name in self._held else None
        if block is None:
            return
        for other_name, held in self._held.items():
            if held.block is None or other_name == name:
                continue
            low, high = sorted((number, self._number(other_name)))
            bit = 1 << high * (high - 1) // 2 + low
            self._present |= bit
            if block is held.block or self._meet(block, held.block):
                self._sharing |= bit

    def _meet(self, a: Block, b: Block) -> bool:
        if (a, b) not in self._met:
            self._met[a, b] = self._met[b, a] = a.meets(b)
        return self._met[a, b]

    def _bindings(self, names: Mapping[str, Any]) -> dict[str, Held]:
        """The tensors that local names hold, directly or as elements and attributes, by their expressions."""
        found: dict[str, Held] = {}
        known, roles = self._known, self._roles
        for name, value in names.items():
            role = roles.get(type(value))
            if role is None:
                role = self._role(value)
            if role == "tensor":
                found[name] = known.get(id(value)) or self._holding(value)
            elif role:
                for expression, element in _ELEMENTS[role](name, value):
                    if self._role(element) == "tensor":
                        found[expression] = known.get(id(element)) or self._holding(element)
        return found

    def _role(self, value: object) -> str:
        kind = type(value)
        if kind not in self._roles:
            if any(library.is_tensor(value) for library in self._libraries):
                self._roles[kind] = "tensor"
            elif isinstance(value, (list, tuple)):
                self._roles[kind] = "sequence"
            elif isinstance(value, dict):
                self._roles[kind] = "mapping"
            else:  # a class of the program's own
                own = kind.__module__ == "builtins" and hasattr(value, "__dict__")
                self._roles[kind] = "object" if own else ""
        return self._roles[kind]

    def _holding(self, value: Any) -> Held:
        library = next(each for each in self._libraries if each.is_tensor(value))
        extents = library.extents(value)
        if len(extents) != 1 or extents[0].empty:
            held = Held(value, None, None)
        else:
            (extent,) = extents
            decides = not extent.contiguous or 1 not in extent.shape
            held = Held(value, self._block(library, value, extent), extent.contiguous if decides else None)
        self._known[id(value)] = held
        return held

    def _block(self, library: Library, tensor: Any, extent: Extent) -> Block:
        if library.NAME == "tensorflow" and extent.space == "host":
            return _block(library, tensor, extent)
        if extent not in self._blocks:
            self._blocks[extent] = _block(library, tensor, extent)
        return self._blocks[extent]


def _block(library: Library, tensor: Any, extent: Extent) -> Block:
    library.synchronize()
    low, high = extent.bounds
    cells = _cells(extent.itemsize, extent.shape, extent.strides, extent.address - low)
    if extent.space != "host":
        return Block(extent.space, low, high, cells, lambda: library.content(tensor)[2])
    # Nobody can tell which tensors of TensorFlow share a buffer: one is another when it is that object.
    space = f"tensor {id(tensor)}" if library.NAME == "tensorflow" else "host"
    return Block(space, low, high, cells, lambda: ctypes.string_at(low, high - low))


@lru_cache(maxsize=1 << 12)
def _cells(itemsize: int, shape: tuple[int, ...], strides: tuple[int, ...], start: int) -> int:
    extent = Extent("", start, itemsize, shape, strides, 0)
    if extent.dense:
        return (1 << 8 * (extent.bounds[1] - extent.bounds[0])) - 1
    covered = bytearray(extent.bounds[1])
    for position in extent.positions(1):
        covered[position] = 0xFF
    return int.from_bytes(covered, "little")


def _filled(difference: int) -> int:
    """The bytes that are not zero, as bytes of ones."""
    size = (difference.bit_length() + 7) // 8
    return int.from_bytes(difference.to_bytes(size, "little").translate(_ONES), "little")


_ONES = bytes([0] + [0xFF] * 255)


def _of_sequence(name: str, values: Any) -> Iterator[tuple[str, object]]:
    for at, value in enumerate(values[:MOST_ELEMENTS]):
        yield f"{name}[{at}]", value
    if len(values) > 1:
        yield f"{name}[-1]", values[-1]


def _of_mapping(name: str, values: Any) -> Iterator[tuple[str, object]]:
    yield from ((f"{name}[{key!r}]", value) for key, value in values.items() if isinstance(key, str))


def _of_object(name: str, value: Any) -> Iterator[tuple[str, object]]:
    yield from ((f"{name}.{attribute}", found) for attribute, found in vars(value).items())


_ELEMENTS: Mapping[str, Callable[[str, Any], Iterator[tuple[str, object]]]] = {
    "sequence": _of_sequence,
    "mapping": _of_mapping,
    "object": _of_object,
}
