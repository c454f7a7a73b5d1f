"""What a stated type means to the engine: from a :class:`~tensorlint.ir.Hint` to a class and what it
contains.
"""

from __future__ import annotations

from collections.abc import Sequence

from tensorlint.alias.containers import CONTAINERS, REST, elements
from tensorlint.alias.lattice import Held, Kind, Object, Value
from tensorlint.alias.state import State
from tensorlint.ir import Hint, Made
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import New, Typed

DEEPEST = 4


UNKNOWN = Kind()
NONE = Kind("None")
PLAIN = Kind("plain")
TENSOR = "tensor"  # of the one library that the file imports
ANY_ARRAY = frozenset({"numpy.typing.ArrayLike", "jax.typing.ArrayLike", "numpy._typing.ArrayLike"})
SAME_AS_PART = frozenset({"Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "InitVar"})
ARRAY_OF = ("jaxtyping.", "torchtyping.")
LISTS = frozenset({"list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "Iterator"})
TUPLES = frozenset({"tuple", "Tuple"})
DICTS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict"})
SETS = frozenset({"set", "Set", "frozenset", "FrozenSet"})
CONTAINER_MODULES = ("builtins", "typing", "collections.abc", "collections")
NUMBERS = frozenset(
    "builtins.int builtins.float builtins.bool builtins.str builtins.bytes builtins.complex builtins.slice"
    " builtins.range builtins.type typing.Callable collections.abc.Callable typing.Literal pathlib.Path"
    " typing.Type numbers.Number numbers.Real numbers.Integral torch.Size torch.dtype torch.device"
    " torch.memory_format numpy.dtype numpy.float32 numpy.float64 numpy.int32 numpy.int64 numpy.floating"
    " numpy.integer numpy.number numpy.generic numpy.typing.DTypeLike tensorflow.DType tensorflow.TensorShape"
    " enum.Enum datetime.datetime".split()
)


def stated(hint: Hint | None, catalog: Catalog, libraries: Sequence[str], depth: int = 0) -> Kind:
    """The kind that a hint states; unknown for names that say nothing here, and for unions of several
    kinds.
    """
    if hint is None or not hint.names or depth > DEEPEST:
        return UNKNOWN
    if hint.names == ("|",):
        found = {stated(part, catalog, libraries, depth + 1) for part in hint.parts} - {NONE}
        return found.pop() if len(found) == 1 else UNKNOWN
    kinds = {_named(name, hint.parts, catalog, libraries, depth) for name in hint.names}
    return kinds.pop() if len(kinds) == 1 else UNKNOWN


def made_type(made: Made, catalog: Catalog) -> str:
    """The class of tensors that a call makes; empty where it makes anything else."""
    entry = catalog.lookup(made.names[0]) if len(made.names) == 1 else None
    for case in entry.signature.cases if entry is not None else ():
        term = case.term.term if isinstance(case.term, Typed) else case.term
        if entry is not None and isinstance(term, New):
            kind = case.term.type if isinstance(case.term, Typed) else entry.tensor
            return kind if catalog.is_tensor(kind) else ""
    return ""


def _named(
    name: str, parts: tuple[Hint, ...], catalog: Catalog, libraries: Sequence[str], depth: int
) -> Kind:
    module, _, last = name.rpartition(".")
    if name == "None":
        return NONE
    if name in NUMBERS:
        return PLAIN
    if name == TENSOR:
        return Kind(only_tensor(catalog, libraries))
    if last in SAME_AS_PART or (name.startswith(ARRAY_OF) and parts):
        return stated(parts[0], catalog, libraries, depth + 1) if parts else UNKNOWN
    if module in CONTAINER_MODULES:
        return _container(last, parts, catalog, libraries, depth)
    if name in ANY_ARRAY:
        return UNKNOWN
    name = catalog.canonical(name)
    known = name in catalog.local if name.startswith(".") else catalog.is_class(name)
    return Kind(name) if known else UNKNOWN


def _container(
    last: str, parts: tuple[Hint, ...], catalog: Catalog, libraries: Sequence[str], depth: int
) -> Kind:
    inner = tuple(stated(part, catalog, libraries, depth + 1) for part in parts)
    if last in TUPLES:
        if len(parts) == 2 and parts[1].names == ("Ellipsis",):
            return Kind("builtins.tuple", inner[:1])
        return Kind("builtins.tuple", inner, each=True)
    if last in LISTS:
        return Kind("builtins.list", inner[:1])
    if last in DICTS:
        return Kind("builtins.dict", inner[1:2])
    if last in SETS:
        return Kind("builtins.set", inner[:1])
    return Kind("collections.deque", inner[:1]) if last == "deque" else UNKNOWN


def contain(state: State, owner: Object, kind: Kind) -> None:
    """What a container of a stated kind holds, as far as nothing else is known of it."""
    for position, part in enumerate(kind.parts):
        if part.type and part != PLAIN:  # numbers are told apart by where they stand, if at all
            inner = Held(owner, f"[{position}]") if kind.each else Held(owner, REST, old=True)
            state.contents(owner)[inner.key] = Value(inner, type=part.type)
            contain(state, inner, part)


def kind_of(state: State, value: Value, depth: int = 0) -> Kind:
    """What is known of a value, with what its elements have in common."""
    if value.type not in CONTAINERS or depth > 1:
        return Kind(value.type)
    inner = {kind_of(state, element, depth + 1) for element in elements(state, value)}
    part = inner.pop() if len(inner) == 1 else UNKNOWN
    return Kind(value.type, (part,) if part.type else ())


def only_tensor(catalog: Catalog, libraries: Sequence[str]) -> str:
    """The type of tensors where a file imports one library that has any; Keras beside TensorFlow counts
    once.
    """
    several = [name for name in libraries if name != "keras" or "tensorflow" not in libraries]
    return catalog.tensor_type(several[0]) if len(several) == 1 else ""
