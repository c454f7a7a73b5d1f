"""What a name's uses say about its type, before anything is solved: flow-insensitive, one pass.

A parameter carries no type of its own. An annotation, a method that only tensors have, an index by a tuple or
being handed to a library function tell that it is a tensor, and of which library.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tensorlint import ir
from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog

TORCH_ONLY = frozenset(
    "unsqueeze permute detach cuda cpu size clone contiguous expand expand_as view_as masked_fill unbind"
    " chunk numel requires_grad_ new_zeros new_ones backward is_contiguous index_select type_as grad is_cuda"
    " requires_grad".split()
)
NUMPY_ONLY = frozenset("astype nbytes tobytes itemsize".split())
EITHER = frozenset(
    "shape ndim T reshape transpose squeeze flatten ravel mean std sum max min argmax argsort dtype view"
    " clip swapaxes diagonal cumsum prod nonzero fill sort".split()
)
MODULE_ONLY = frozenset(
    "parameters named_parameters modules named_modules children named_children eval buffers"
    " named_buffers".split()
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Types of places by their use, and the places that are used as arrays (not as numbers)."""

    types: dict[ir.Place, str]
    arrays: frozenset[ir.Place]
    elements: Mapping[ir.Place, str] = field(
        default_factory=dict
    )  # of annotated containers: `dict[str, Tensor]`

    def type_of(self, place: object) -> str:
        return self.types.get(place, "") if isinstance(place, str) else ""

    def is_array(self, place: object) -> bool:
        return isinstance(place, str) and place in self.arrays


def gather(
    function: ir.Function,
    catalog: Catalog,
    libraries: tuple[str, ...],
    handed: Mapping[ir.Place, str] = MappingProxyType({}),
) -> Evidence:
    """Read all uses of all places.

    ``libraries`` are the tensor libraries that the file imports, ``handed`` the types that a call hands to
    parameters; they count where neither annotation nor use tells the type.
    """
    votes: dict[ir.Place, set[str]] = defaultdict(set)
    arrays: set[ir.Place] = set()
    elements: dict[ir.Place, str] = {}
    names: dict[ir.Place, tuple[str, ...]] = {}
    for instr in _instructions(function):
        if isinstance(instr, ir.Reference):
            names[instr.target] = instr.names
        for place, vote in _uses(instr, names):
            votes[place].add(vote)
            if vote in ("array", "indexed", "subscripted", "numpy", "torch"):
                arrays.add(place)
    for parameter in function.parameters:
        # Several names, as in `list[torch.Tensor]`: a container's name is the outer one.
        stated = [known for name in parameter.annotation if (known := _stated(name, catalog))]
        stated.sort(key=lambda known: not known.startswith("builtins."))
        if stated:
            votes[parameter.name] = {f"={stated[0]}"}
        tensors = [name for name in stated if not name.startswith("builtins.") and catalog.is_tensor(name)]
        if stated and stated[0].startswith("builtins.") and len(tensors) == 1:
            elements[parameter.name] = tensors[0]
    imported = tuple(library for library in TENSOR_LIBRARIES if library in libraries)
    types = {place: _decide(found, imported, catalog) for place, found in votes.items()}
    known_types = {**handed, **{place: name for place, name in types.items() if name}}
    return Evidence(known_types, frozenset(arrays), elements)


def _stated(name: str, catalog: Catalog) -> str:
    """The type that an annotation's name states; empty for names that say nothing here."""
    if name in ANNOTATIONS:
        return ANNOTATIONS[name]
    known = name.startswith(".") or catalog.is_tensor(name) or catalog.is_kind_of(name, "torch.nn.Module")
    return name if known else ""


ANNOTATIONS = {
    "torch.FloatTensor": "torch.Tensor",
    "torch.HalfTensor": "torch.Tensor",
    "torch.IntTensor": "torch.Tensor",
    "torch.LongTensor": "torch.Tensor",
    "torch.BoolTensor": "torch.Tensor",
    "torch.ByteTensor": "torch.Tensor",
    "numpy.typing.NDArray": "numpy.ndarray",
    "builtins.list": "builtins.list",
    "builtins.tuple": "builtins.tuple",
    "builtins.dict": "builtins.dict",
    "typing.List": "builtins.list",
    "typing.Tuple": "builtins.tuple",
    "typing.Dict": "builtins.dict",
    "typing.Sequence": "builtins.list",
    "builtins.slice": "plain",
    "builtins.int": "plain",
    "builtins.float": "plain",
    "builtins.str": "plain",
    "builtins.bool": "plain",
}


def _decide(votes: set[str], libraries: tuple[str, ...], catalog: Catalog) -> str:
    stated = sorted(vote[1:] for vote in votes if vote.startswith("="))
    if stated:
        return stated[0]
    if "module" in votes and not votes & {"numpy", "indexed"}:
        return "torch.nn.Module" if "torch" in libraries else ""
    if {"numpy", "torch"} <= votes:
        votes = votes - {"numpy"} if "grad" in votes else votes
    for library in libraries:
        if library in votes and not votes & (set(libraries) - {library}):
            return catalog.tensor_type(library)
    if votes & {"array", "indexed"} and len(libraries) == 1 and not votes & set(libraries):
        return catalog.tensor_type(libraries[0]) if "indexed" in votes or "array" in votes else ""
    return ""


def _instructions(function: ir.Function) -> Iterator[ir.Instr]:
    for block in function.blocks:
        yield from block.instructions


def _uses(instr: ir.Instr, names: dict[ir.Place, tuple[str, ...]]) -> Iterator[tuple[ir.Place, str]]:
    if isinstance(instr, ir.CallMethod) and isinstance(instr.receiver, str):
        if instr.name == "view" and _are_lengths(instr.arguments):
            yield instr.receiver, "torch"
        yield from _member(instr.receiver, instr.name)
    elif isinstance(instr, ir.GetAttribute):
        yield from _member(instr.base, instr.name)
    elif isinstance(instr, (ir.GetItem, ir.SetItem)) and isinstance(instr.base, str):
        several = len(instr.index) > 1
        if several or any(
            isinstance(s, ir.Pick) and s.value in (ir.Literal(None), ir.Literal(...)) for s in instr.index
        ):
            yield instr.base, "indexed"
        yield instr.base, "subscripted"
    elif isinstance(instr, ir.Next) and isinstance(instr.iterable, str):
        yield instr.iterable, "subscripted"
    elif isinstance(instr, ir.Call) and isinstance(instr.function, str):
        for name in names.get(instr.function, ()):
            library, _, rest = name.partition(".")
            if library in TENSOR_LIBRARIES and _takes_tensors(library, rest):
                for argument in instr.arguments[:1]:
                    if isinstance(argument.value, str) and not argument.stars:
                        yield argument.value, library
    elif isinstance(instr, ir.Assume) and instr.test == "instance" and instr.holds:
        for name in instr.argument:
            if name in ("numpy.ndarray", "torch.Tensor", "torch.nn.Module"):
                yield instr.operand, "isinstance"


def _are_lengths(arguments: tuple[ir.Argument, ...]) -> bool:
    """Whether `view` is asked for lengths, as a tensor's is, and not for a type, as an array's is."""
    literal = any(isinstance(a.value, ir.Literal) and isinstance(a.value.value, int) for a in arguments)
    return literal or len(arguments) > 2


def _member(place: ir.Place, name: str) -> Iterator[tuple[ir.Place, str]]:
    if name in TORCH_ONLY or (name.endswith("_") and not name.endswith("__") and len(name) > 2):
        yield place, "torch"
    elif name in NUMPY_ONLY:
        yield place, "numpy"
    elif name in EITHER:
        yield place, "array"
    elif name in MODULE_ONLY:
        yield place, "module"


def _takes_tensors(library: str, name: str) -> bool:
    if library == "numpy":
        return name in NUMPY_TAKES
    return name.startswith(("nn.functional.", "fft.")) or name in TORCH_TAKES


NUMPY_TAKES = frozenset(
    "linalg.norm mean std sum max min argmax argsort sort clip reshape transpose copy flip roll pad where"
    " argmin squeeze expand_dims ravel moveaxis swapaxes cumsum fft.fft percentile median unique allclose"
    " array_split split".split()
)
TORCH_TAKES = frozenset(
    "cat sum mean softmax sigmoid exp clamp matmul bmm where transpose permute flatten squeeze"
    " unsqueeze reshape zeros_like ones_like empty_like rand_like randn_like sort topk argmax norm"
    " chunk split clone".split()
)
