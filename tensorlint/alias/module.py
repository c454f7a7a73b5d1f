"""What the engine may ask about the rest of the file: functions, classes, globals, lowered on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from tensorlint import ir
from tensorlint.alias.lattice import Kind, Value
from tensorlint.knowledge.effects import Signature

if TYPE_CHECKING:
    from tensorlint.alias.solve import Solution


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A class of this file.

    ``bases`` are qualified names, ``methods`` maps a name to the function's qualified name, ``properties``
    are the methods that are read as attributes; ``is_plain`` where calling the class makes such an object;
    ``derives`` where one of its bases stands in another file of the project.
    """

    name: str
    bases: tuple[str, ...]
    methods: Mapping[str, str]
    properties: frozenset[str] = frozenset()
    is_plain: bool = True
    derives: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """What methods leave in an attribute of ``self``: the value, one of its elements if any, one of what that
    holds and so on, its options.

    Options are literal arguments of a constructor: ``inplace=True``. ``same_as`` names another attribute of
    ``self`` whose very object it holds, ``same_at`` where it was given that; ``told`` is where an option was
    set later.
    """

    value: Value
    elements: tuple[Value, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict)
    same_as: str = ""
    same_at: ir.Origin = 0
    told: ir.Origin | None = None


class How(Enum):
    """What a caller hands to a function, and what becomes of it there."""

    FRESH = "fresh"  # something of its own that it does not look at again
    PASSED_ON = "passed on"  # what it was handed itself
    USED_AGAIN = "used again"
    STATE = "state"  # what outlives the caller: an attribute, a global
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One argument of a call in this file: for which parameter, and what becomes of it.

    ``name`` is what the caller calls it, ``call`` where it is handed in, ``origin`` where it is used again;
    ``for_effect`` says that the caller throws away what the call gives.
    """

    parameter: str
    how: How
    name: str
    call: ir.Origin
    origin: ir.Origin
    for_effect: bool = False

    @property
    def is_used_again(self) -> bool:
        return self.how is How.USED_AGAIN


class Module(Protocol):
    """The file around a function. Every answer may be None: then nothing is known."""

    libraries: tuple[str, ...]
    keeps_names: bool  # also those that the function asks for no more: somebody else does
    freezes: bool  # whether the file says of some parameters that they need no grad
    suspends: bool  # whether the file switches autograd off, or mentions that somebody does
    is_notebook: bool  # whether the file's cells show what their last expression gives
    is_benchmark: bool  # whether the file's name says that it only times what it calls

    @property
    def clears_in_place(self) -> bool:
        """Whether the file takes ``inplace=True`` away from layers that it does not name."""

    @property
    def overwritten_hooks(self) -> frozenset[str]:
        """The functions that the file gives as hooks to layers whose outputs are overwritten in place."""

    @property
    def is_test(self) -> bool:
        """Whether the file's name says that it holds tests."""

    @property
    def is_concurrent(self) -> bool:
        """Whether the file speaks of threads, processes, or memory that it has with others."""

    def affords(self, work: int) -> bool:
        """Whether the solver may do so much more work on functions of this file."""

    def class_info(self, name: str) -> ClassInfo | None:
        """The class of a name such as ``.Net``."""

    def class_with(self, members: frozenset[str]) -> str:
        """The class of this file that alone has all of some members; empty where there is none."""

    def signature(self, name: str, handed: Mapping[str, Kind]) -> Signature | None:
        """What a function of this file does when it is handed arguments of these types: its summary."""

    def function_of(self, name: str) -> ir.Function | None:
        """A function of this file, lowered."""

    def parameters(self, name: str) -> tuple[ir.Parameter, ...]:
        """The parameters of a function of this file."""

    def summary(self, function: ir.Function, handed: Mapping[str, Kind]) -> Signature | None:
        """What a function nested in another one does."""

    def solved(self, name: str) -> Solution | None:
        """A function or method of this file with what its callers tell of its parameters; None while that is
        being solved.
        """

    def calls_of(self, function: ir.Function) -> tuple[HandedIn, ...]:
        """What the calls in this file hand to a function of it."""

    def giver(self, function: ir.Function) -> ir.Function | None:
        """The function of this file that gives its callers one that is nested in it, if it does."""

    def called_with_grad(self, function: ir.Function) -> bool:
        """Whether a function of this file that certainly runs with autograd switched on calls another one."""

    def attribute(self, class_name: str, attribute: str) -> Attribute | None:
        """What ``__init__`` of a class of this file leaves in an attribute."""

    def stored(self, class_name: str, attribute: str) -> tuple[Value, ...]:
        """What a method stores in a dictionary that is empty at first: an element, one of that, and so on."""

    def shared_default(self, class_name: str, attribute: str) -> ir.Origin | None:
        """Where the tensor was made, once, that all objects of a class have in an attribute at first."""

    def layers(self, class_name: str) -> int:
        """How many layers with weights the objects of a module class of this file certainly have."""

    def traits(self, class_name: str) -> frozenset[str]:
        """``weights`` or ``stateless`` for a module class of this file, where that can be told."""

    def traits_of(self, type_name: str) -> frozenset[str]:
        """``weights`` for a layer's class that always has some, of this file or of a library."""

    def has_native(self) -> bool:
        """Whether this file holds any kernel or compiled function."""

    def display(self, name: str) -> str:
        """The type of a variable of this file that is a list of numbers written out; empty for others."""

    def native(self, name: str) -> ir.Native | None:
        """The kernel or compiled function of this file that is called by a plain name."""

    def jitted(self, name: str) -> ir.Jitted | None:
        """How JAX compiles a function or variable of this file, if it does."""

    def gives_weights(self, attribute: str) -> bool:
        """Whether the file looks at, sets or loads the weights of the model in an attribute."""

    def restores(self, attribute: str, model: str) -> bool:
        """Whether the file loads the state in an attribute of ``self`` back into a model of that name."""

    def around(self, origin: ir.Origin) -> str:
        """The source around an origin: its statement, comments beside and above, headers that enclose it."""
