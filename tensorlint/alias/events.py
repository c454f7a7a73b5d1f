"""What happens while a function runs, as far as rules ask about it."""

from __future__ import annotations

from dataclasses import dataclass

from tensorlint.alias.axes import Merge
from tensorlint.alias.lattice import Kind, Object, Value
from tensorlint.ir import Native, Operand, Origin, Place


@dataclass(frozen=True, slots=True)
class Event:
    origin: Origin


@dataclass(frozen=True, slots=True)
class Write(Event):
    """Elements change in place. ``through`` is the value that was named, ``region`` the elements written.

    ``how``: ``store`` (``x[i] = v``), ``augmented`` (``x += v``) or ``call`` (``x.add_(v)``, ``out=x``).
    ``callee`` is the name of the function that writes, for calls. ``blank`` are the storages that held
    nothing yet, ``second_names`` where other names were given before to the object that is written.
    ``assigned`` are the tensors whose elements are copied, each to its own place: nothing changes where a
    tensor is assigned to itself.
    """

    operand: Operand
    through: Value
    region: Value
    how: str
    callee: str = ""
    blank: frozenset[Object] = frozenset()
    second_names: frozenset[Origin] = frozenset()
    assigned: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Read(Event):
    """Elements are read as values; ``how`` is ``use``, ``return``, ``yield``, ``store`` or ``call``.

    All but ``use`` hand the value on to somebody who may keep it. ``lends`` marks a call that is known not to
    keep it.
    """

    operand: Operand
    value: Value
    how: str


@dataclass(frozen=True, slots=True)
class PutBack(Event):
    """``x[i:j] = part``, where ``part`` is that very view: who wrote it says that ``x`` is to hold it."""

    region: Value


@dataclass(frozen=True, slots=True)
class Called(Event):
    """A call, by every qualified name that the callee may have (a method: the class and its name)."""

    names: tuple[str, ...]
    receiver: tuple[Operand, Value] | None
    arguments: tuple[tuple[str | None, Operand, Value], ...]
    result: Value
    contents: tuple[Value, ...] = ()  # what containers among the arguments hold
    kinds: tuple[Kind, ...] = ()  # of the arguments, in their order


@dataclass(frozen=True, slots=True)
class SecondName(Event):
    """``target = source``: a module or model gets a second name, or what is kept as the best one of its kind
    and may be one: ``best_model = model``.
    """

    target: Place
    source: Place
    value: Value


@dataclass(frozen=True, slots=True)
class Discarded(Event):
    """A call whose result nobody looks at: an expression statement."""

    call: Called


@dataclass(frozen=True, slots=True)
class Computed(Event):
    """An operator made ``result`` out of ``operands``: a tensor, or what gets a name and may be one."""

    result: Value
    operands: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AttributeSet(Event):
    """``value.name = …`` for a tensor, whose class has no such member."""

    value: Value
    name: str


@dataclass(frozen=True, slots=True)
class AttributeRead(Event):
    """``value.name`` of a tensor, whose class has no such member.

    ``found`` is what was set before, ``target`` the place that it is read into.
    """

    operand: Operand
    value: Value
    name: str
    found: Value | None
    target: Place


@dataclass(frozen=True, slots=True)
class Donated(Event):
    """A call hands an argument's memory over: ``donate_argnums`` of ``jax.jit``. ``contents``: of a
    container.
    """

    operand: Operand
    value: Value
    contents: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Replicated(Event):
    """One object becomes several elements of a container: ``[x] * n``, ``[x for _ in r]``, ``dict.fromkeys``.

    ``how`` is ``product``, ``comprehension`` or the name of the function that does it.
    """

    element: Value
    operand: Operand
    container: Value
    how: str


@dataclass(frozen=True, slots=True)
class ContainerCopied(Event):
    """A new container that holds the very same ``elements`` as ``source``."""

    operand: Operand
    source: Value
    result: Value
    elements: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Kept(Event):
    """A dictionary or list keeps a reference under a key that is not written out: ``frames[i] = frame``."""

    container: Value
    operand: Operand
    value: Value


@dataclass(frozen=True, slots=True)
class Replaced(Event):
    """``container[key] = value``, in something that was handed in and is not known to be a tensor."""

    operand: Operand
    container: Value
    value: Value


@dataclass(frozen=True, slots=True)
class Merged(Event):
    """A view asks to merge axes of ``value`` that are not adjacent in memory: it raises."""

    operand: Operand
    value: Value
    axes: tuple[Merge, ...]


@dataclass(frozen=True, slots=True)
class Unmet(Event):
    """A call of ``callee`` demands that no axis of ``value`` runs backwards in memory, but one does.

    ``failure`` is what happens: a word of :data:`tensorlint.knowledge.effects.FAILURES`.
    """

    operand: Operand
    value: Value
    callee: str
    failure: str


@dataclass(frozen=True, slots=True)
class Inspected(Event):
    """The memory of a tensor is looked at: ``name`` is ``data_ptr``, ``ctypes``, ``stride``, ``flags`` ….

    ``target`` is the place of what was found, ``temporary`` says that nobody else holds the memory.
    """

    operand: Operand
    value: Value
    name: str
    target: Place
    temporary: bool


@dataclass(frozen=True, slots=True)
class Launch(Event):
    """Native code is handed tensors: ``kernel[grid](arguments)``, or a function of a compiled extension."""

    kernel: str
    native: Native
    arguments: tuple[tuple[str | None, Operand, Value], ...]
