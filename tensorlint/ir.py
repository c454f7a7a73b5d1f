"""A lowered function: pure data, the only thing that the front end and the alias engine share.

A function is a graph of basic blocks; a block is a list of small instructions over *places*. A place is
a local name (``"patch"``) or a temporary (``"%4"``); each temporary is assigned by exactly one
instruction, but for the result of ``and``, ``or`` and ``if`` expressions, which each branch binds.
Every instruction carries an :data:`Origin`, an opaque number that only the front end can turn back into
a position or a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

Origin = int
Place = str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant written in the source: number, string, bytes, bool, ``None`` or ``...``."""

    value: object


Operand = Place | Literal


@dataclass(frozen=True, slots=True)
class Pick:
    """One subscript that is no slice: ``x[3]``, ``x[i]``, ``x[mask]``, ``d["key"]``, ``x[None]``, ``x[...]``.

    A sign is folded into its number: ``x[-1]`` is Literal(-1).
    """

    value: Operand


@dataclass(frozen=True, slots=True)
class Cut:
    """One slice: ``x[lower:upper:step]``; a missing bound is ``Literal(None)``."""

    lower: Operand
    upper: Operand
    step: Operand


Selector = Pick | Cut
# x[1:, i] has two selectors, x[(a, b)] written out likewise, x[()] none; x[a, *b] has one: a tuple.
Index = tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call; ``stars`` is 1 for ``*xs`` and 2 for ``**options``."""

    value: Operand
    keyword: str | None = None
    stars: int = 0


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a container display; ``starred`` for ``*xs`` and (without key) ``**d``."""

    value: Operand
    key: Operand | None = None
    starred: bool = False


@dataclass(frozen=True, slots=True)
class Instr:
    origin: Origin


@dataclass(frozen=True, slots=True)
class Reference(Instr):
    """``target`` is what a global name stands for: qualified names, all candidates, sorted.

    ``numpy.zeros`` for an import, ``builtins.list`` for a builtin, ``.Net.forward`` (leading dot) for a
    definition or a top-level variable of this file; no name at all when nothing is known.
    """

    target: Place
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bind(Instr):
    """``target = source``: a second name for the same object."""

    target: Place
    source: Operand


@dataclass(frozen=True, slots=True)
class Build(Instr):
    """A display or the empty result of a comprehension; ``kind`` is list, tuple, set or dict.

    ``lazy`` marks a generator expression: its elements are computed when somebody asks for them.
    """

    target: Place
    kind: str
    elements: tuple[Element, ...]
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Collect(Instr):
    """A comprehension adds one element to its result ``container``."""

    container: Place
    element: Element


@dataclass(frozen=True, slots=True)
class GetAttribute(Instr):
    target: Place
    base: Place
    name: str


@dataclass(frozen=True, slots=True)
class GetItem(Instr):
    target: Place
    base: Operand
    index: Index


@dataclass(frozen=True, slots=True)
class Call(Instr):
    """``function(arguments)``; the function is a place (see :class:`Reference`)."""

    target: Place
    function: Operand
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class CallMethod(Instr):
    """``receiver.name(arguments)`` where the receiver is a value and no module."""

    target: Place
    receiver: Operand
    name: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Operate(Instr):
    """Unary, binary, comparison and boolean operators, f-strings: ``operator`` is its Python spelling.

    ``and``, ``or`` and ``if`` (a conditional expression) give one of their operands: the front end lowers
    them to branches and :class:`Bind`, so they never appear here. A chained comparison ``a < b <= c`` has all
    its operands under its first operator; ``"match"`` is what a pattern takes out of its subject unseen.
    """

    target: Place
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Augment(Instr):
    """``target operator= value`` on a place: an in-place write when the object is mutable, else a rebinding.

    ``operator`` is spelled without ``=``. A global ``g += v`` is Bind(t, g), Augment(t, v), StoreGlobal(g).

    ``b[i] += v`` is GetItem(t, b, i); Augment(t, v); SetItem(b, i, t, augmented=True), attributes likewise.
    """

    target: Place
    operator: str
    value: Operand


@dataclass(frozen=True, slots=True)
class SetAttribute(Instr):
    base: Place
    name: str
    value: Operand
    augmented: bool = False


@dataclass(frozen=True, slots=True)
class SetItem(Instr):
    base: Operand
    index: Index
    value: Operand
    augmented: bool = False


@dataclass(frozen=True, slots=True)
class Unpack(Instr):
    """``a, *b, c = source``; ``star`` is the position of the starred target."""

    targets: tuple[Place, ...]
    source: Operand
    star: int | None = None


@dataclass(frozen=True, slots=True)
class Next(Instr):
    """``target`` is the next element of ``iterable``: the first instruction of a loop's body."""

    target: Place
    iterable: Operand


@dataclass(frozen=True, slots=True)
class Forget(Instr):
    """``del name``, or a name that an ``except`` clause unbinds."""

    name: Place


@dataclass(frozen=True, slots=True)
class DeleteItem(Instr):
    base: Operand
    index: Index


@dataclass(frozen=True, slots=True)
class Define(Instr):
    """A nested function, lambda or local class: ``function`` indexes :attr:`Function.nested`, -1 for a class.

    ``captures`` are the enclosing function's places that its body reads or writes. In a module or class body,
    whose functions are units of their own, ``function`` is -1 and they are the variables of the module in it.
    """

    target: Place
    function: int
    captures: tuple[Place, ...]
    defaults: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class Enter(Instr):
    """``with source as target``, ``async`` or not: ``target`` is a temporary where there is no ``as``."""

    target: Place
    source: Operand


@dataclass(frozen=True, slots=True)
class Leave(Instr):
    """The end of the ``with`` block that entered ``source``; a ``return`` or ``break`` passes it as well."""

    source: Operand


@dataclass(frozen=True, slots=True)
class Declare(Instr):
    """``target: annotation``, after the assignment if there is one."""

    target: Place
    annotation: Hint


@dataclass(frozen=True, slots=True)
class Assume(Instr):
    """On this branch ``test`` of ``operand`` holds (or not): narrowing at the head of a branch.

    ``test`` is ``"none"`` (``x is None``), ``"truth"`` (``if x``), ``"instance"`` (``argument``: qualified
    type names), ``"dtype"`` (that of ``x`` is one of those named) or ``"equal"`` (``argument``: one literal's
    repr). ``operand`` may be a dotted path such as ``"self.inplace"``.
    """

    operand: Place
    test: str
    holds: bool
    argument: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluate(Instr):
    """An expression statement: its value is thrown away."""

    value: Operand


@dataclass(frozen=True, slots=True)
class StoreGlobal(Instr):
    """An assignment to a ``global`` or ``nonlocal`` name."""

    name: str
    value: Operand


@dataclass(frozen=True, slots=True)
class Yield(Instr):
    """``target = yield value`` (or ``yield from`` when ``delegated``), ``await`` is a plain Bind."""

    target: Place
    value: Operand
    delegated: bool = False


@dataclass(frozen=True, slots=True)
class Return(Instr):
    value: Operand


@dataclass(frozen=True, slots=True)
class Raise(Instr):
    value: Operand


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions in order, then a jump to any of ``successors`` (none: the function ends)."""

    instructions: tuple[Instr, ...]
    successors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Native:
    """Code of the file that runs on raw memory and is never lowered.

    ``language`` is ``"triton"``, ``"numba"``, ``"cupy"``, a kernel whose source never speaks of strides, or
    ``"extension"``, a compiled function that never asks for them.
    """

    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Jitted:
    """A function that JAX compiles; ``donated`` are the parameters, by position or name, whose memory a call
    takes.

    ``wrapped`` are the qualified names of the function inside; none where a decorator compiles what it stands
    on.
    """

    wrapped: tuple[str, ...] = ()
    donated: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """What an annotation, or a docstring, says of a type.

    ``names`` are qualified names, all candidates; ``parts`` what stands in the brackets. ``X | Y``, ``Union``
    and ``Optional`` have the name ``"|"``, ``None`` is ``"None"``, a string or number that is no type
    ``repr`` of it. Without any name nothing is known.
    """

    names: tuple[str, ...] = ()
    parts: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A default that a call makes once, where the function is defined: ``np.zeros(3)``.

    ``names`` are those of the callee, all candidates.
    """

    origin: Origin
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """``kind`` is ``"positional"``, ``"either"``, ``"keyword"``, ``"*"`` or ``"**"``.

    ``annotation`` and ``documented`` are what its annotation and the docstring state, ``default`` a literal
    default, ``made`` one that is a call.
    """

    name: str
    kind: str = "either"
    annotation: Hint | None = None
    documented: Hint | None = None
    default: Literal | None = None
    has_default: bool = False
    made: Made | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """One lowered function, lambda, class body or module body. Block 0 is the entry.

    Every block is reachable; a ``try`` body's blocks also jump to its handlers. A ``finally`` body is lowered
    once for each way into it, so several instructions may stand at one place of the source.
    ``kind`` is ``"function"``, ``"method"``, ``"lambda"``, ``"class"`` or ``"module"``. ``mutates`` are the
    paths, such as ``x`` or ``self.cache``, that it declares to write.
    """

    name: str
    qualname: str
    kind: str
    origin: Origin
    parameters: tuple[Parameter, ...]
    blocks: tuple[Block, ...]
    class_name: str | None = None
    decorators: tuple[str, ...] = ()
    docstring: str | None = None
    returns: Hint | None = None
    mutates: frozenset[str] = frozenset()
    is_generator: bool = False
    captured: frozenset[Place] = frozenset()
    nested: tuple[Function, ...] = field(default=())

    @property
    def is_static(self) -> bool:
        """Whether it stands in a class and takes no receiver."""
        return "builtins.staticmethod" in self.decorators

    @property
    def receiver(self) -> Place:
        """What a method calls ``self``; empty for anything else, and for a method that takes nothing."""
        return self.parameters[0].name if self.kind == "method" and self.parameters else ""


NO_PLACES = frozenset({"origin", "name", "names", "operator", "kind", "keyword", "test", "argument"})
BOUND = frozenset({"target", "targets"})


def instructions(function: Function) -> Iterator[Instr]:
    """Every instruction of a function, in the order of its blocks; those of nested functions are theirs."""
    for block in function.blocks:
        yield from block.instructions


def mentioned(instr: Instr) -> Iterator[Place]:
    """Every place that an instruction reads or binds."""
    yield from _places(_held(instr))
    if isinstance(instr, Forget):
        yield instr.name


def read(instr: Instr) -> Iterator[Place]:
    """Every place that an instruction reads."""
    unread = frozenset[str]() if isinstance(instr, (Augment, Declare)) else BOUND
    yield from _places(_held(instr, without=unread))


def bound(instr: Instr) -> tuple[Place, ...]:
    """The places that mean something else, or nothing, once an instruction has run."""
    if isinstance(instr, Unpack):
        return instr.targets
    if isinstance(instr, Forget):
        return (instr.name,)
    if isinstance(instr, Declare):
        return ()
    target = getattr(instr, "target", None)
    return (target,) if isinstance(target, str) else ()


def _places(pending: list[object]) -> Iterator[Place]:
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, tuple):
            pending += item
        elif isinstance(item, (Argument, Element, Pick, Cut)):
            pending += _held(item)


def _held(item: object, without: frozenset[str] = frozenset()) -> list[object]:
    """What stands in those fields of an instruction, or of a part of one, that may hold places."""
    kind: Any = type(item)
    return [getattr(item, name) for name in _holding_places(kind) if name not in without]


@cache
def _holding_places(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in NO_PLACES)
