"""What a name's type is before anything is solved: flow-insensitive, one pass over its uses.

A parameter carries no type of its own. An annotation states one and a docstring describes one; a member that
only tensors have shows one; an index by a tuple, or being handed to a library's function, lets one guess. How
certain each is, is kept: see :class:`Certainty`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from tensorlint import ir
from tensorlint.alias.kinds import NONE, UNKNOWN, made_type, only_tensor, stated
from tensorlint.alias.lattice import PLAIN_TYPE, Kind
from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog

# Members that arrays of several libraries have, and few other objects.
ARRAY_MEMBERS = frozenset(
    "shape ndim T reshape transpose squeeze flatten ravel mean std sum max min argmax argsort dtype view"
    " clip swapaxes diagonal cumsum prod nonzero fill sort var argmin cumprod".split()
)
# Members of what is no array although it may be indexed like one: containers, text, tables, images, files.
FOREIGN_MEMBERS = frozenset(
    "append extend insert items keys setdefault popitem update pop appendleft popleft discard join"
    " strip lower upper startswith endswith encode decode iloc loc iat columns groupby merge dropna"
    " fillna iterrows itertuples reset_index set_index value_counts convert crop thumbnail getpixel"
    " putpixel tocsr tocsc tocoo toarray todense nnz indptr read write close readline".split()
)
MODULES_TOO = frozenset({"requires_grad_", "share_memory_", "apply_"})  # in-place methods of modules as well
NUMBER_DEFAULTS = (bool, int, float, str)


class Certainty(IntEnum):
    """How a type is known, from the weakest to the strongest."""

    GUESSED = 1  # numbers and lists may be handed to the same functions, and be indexed alike
    DOCUMENTED = 2
    SHOWN = 3  # by a member that nothing else has, or by what callers hand in
    STATED = 4  # an annotation, or a call that makes it


@dataclass(frozen=True, slots=True)
class Evidence:
    """Kinds of places by their use, and the places that are used as arrays (not as numbers)."""

    kinds: Mapping[ir.Place, Kind]
    certainty: Mapping[ir.Place, Certainty]
    arrays: frozenset[ir.Place]

    def kind_of(self, place: object) -> Kind:
        return self.kinds.get(place, UNKNOWN) if isinstance(place, str) else UNKNOWN

    def type_of(self, place: object) -> str:
        return self.kind_of(place).type

    def is_array(self, place: object) -> bool:
        return isinstance(place, str) and place in self.arrays


@dataclass(slots=True)
class Votes:
    """What the uses of one place say."""

    types: set[str] = field(default_factory=set)  # classes that alone have a member which is used
    takers: set[str] = field(default_factory=set)  # libraries whose functions take it
    members: set[str] = field(default_factory=set)  # of arrays, in several libraries
    sliced: bool = False  # indexed by a mask, or a tuple with a slice: nothing but arrays can be
    indexed: bool = False  # by a tuple: a dict can be, too
    subscripted: bool = False
    foreign: bool = False

    def take(self, other: Votes) -> None:
        """Count what is said of another name of the same object."""
        self.types |= other.types
        self.takers |= other.takers
        self.members |= other.members
        for name in ("sliced", "indexed", "subscripted", "foreign"):
            setattr(self, name, getattr(self, name) or getattr(other, name))


def gather(
    function: ir.Function,
    catalog: Catalog,
    libraries: tuple[str, ...],
    handed: Mapping[ir.Place, Kind] = MappingProxyType({}),
) -> Evidence:
    """Read all uses of all places.

    ``libraries`` are the tensor libraries that the file imports, ``handed`` the kinds of what a call hands to
    parameters; they count where neither annotation nor use tells the type.
    """
    votes: defaultdict[ir.Place, Votes] = defaultdict(Votes)
    imported = tuple(library for library in TENSOR_LIBRARIES if library in libraries)
    _Reader(votes, catalog, imported).read(function)
    _carry_back(function, votes)
    _share_names(function, votes)
    _share_items(function, votes)
    returned = stated(function.returns, catalog, imported)
    kinds: dict[ir.Place, Kind] = {}
    certainty: dict[ir.Place, Certainty] = {}
    for place, found in votes.items():
        type, how = _decide(found, imported, catalog)
        if type:
            kinds[place], certainty[place] = Kind(type), how
    rebound = {place for instr in ir.instructions(function) for place in _bound(instr)}
    for parameter in function.parameters:
        kind, how = _of_parameter(
            parameter, votes[parameter.name], parameter.name in rebound, catalog, imported
        )
        known = certainty.get(parameter.name)
        if kind.type and (known is None or how >= known):
            kinds[parameter.name], certainty[parameter.name] = kind, how
        elif how is Certainty.STATED:  # stated, and contradicted by use
            kinds.pop(parameter.name, None)
            certainty.pop(parameter.name, None)
        given = handed.get(parameter.name)
        if given is not None and given.literal is None and certainty.get(parameter.name, 0) < Certainty.SHOWN:
            kinds[parameter.name], certainty[parameter.name] = given, Certainty.SHOWN
    arrays = {place for place, found in votes.items() if _used_as_array(found)}
    if catalog.is_tensor(returned.type):  # what a function says that it returns is no number
        for instr in ir.instructions(function):
            if isinstance(instr, ir.Return) and isinstance(instr.value, str):
                arrays.add(instr.value)
    return Evidence(kinds, certainty, frozenset(arrays))


def _share_names(function: ir.Function, votes: defaultdict[ir.Place, Votes]) -> None:
    """``y = x``: what the uses of either say, they say of both, where ``y`` is bound only there."""
    bound = Counter(place for instr in ir.instructions(function) for place in _bound(instr))
    for instr in ir.instructions(function):
        if isinstance(instr, ir.Bind) and isinstance(instr.source, str) and bound[instr.target] == 1:
            if not instr.source.startswith("%") and bound[instr.source] <= 1:
                votes[instr.target].take(votes[instr.source])
                votes[instr.source].take(votes[instr.target])


def _share_items(function: ir.Function, votes: defaultdict[ir.Place, Votes]) -> None:
    """``sample["image"]``: what the uses of an item say, they say of it wherever it is taken out again."""
    bound = Counter(place for instr in ir.instructions(function) for place in _bound(instr))
    items: defaultdict[tuple[ir.Place, str], list[ir.Place]] = defaultdict(list)
    for instr in ir.instructions(function):
        if isinstance(instr, ir.GetItem) and isinstance(instr.base, str) and bound[instr.base] <= 1:
            key = (
                instr.index[0].value if len(instr.index) == 1 and isinstance(instr.index[0], ir.Pick) else ""
            )
            if isinstance(key, ir.Literal) and isinstance(key.value, str):
                items[instr.base, key.value].append(instr.target)
    for places in items.values():
        together = Votes()
        for place in places:
            together.take(votes[place])
        for place in places:
            votes[place].take(together)


def _carry_back(function: ir.Function, votes: defaultdict[ir.Place, Votes]) -> None:
    """What is taken out of an array is one of the same library: ``top = image[0]; top.astype(...)``."""
    for instr in ir.instructions(function):
        if isinstance(instr, ir.GetItem) and isinstance(instr.base, str) and votes[instr.base].members:
            votes[instr.base].types |= {name for name in votes[instr.target].types if "Module" not in name}


def _used_as_array(votes: Votes) -> bool:
    return bool(
        votes.members
        or votes.indexed
        or votes.subscripted
        or votes.takers
        or (votes.types and not votes.types & {"torch.nn.Module"})
    )


def _of_parameter(
    parameter: ir.Parameter, votes: Votes, rebound: bool, catalog: Catalog, libraries: tuple[str, ...]
) -> tuple[Kind, Certainty]:
    kind = stated(parameter.annotation, catalog, libraries)
    if parameter.annotation is not None and parameter.annotation.names:
        contradicted = catalog.is_tensor(kind.type) and votes.foreign and not rebound
        return (UNKNOWN if contradicted or kind == NONE else kind), Certainty.STATED
    kind = stated(parameter.documented, catalog, libraries)
    if kind.type and kind != NONE and not votes.foreign:
        return kind, Certainty.DOCUMENTED
    if parameter.made is not None and not votes.foreign:
        return Kind(made_type(parameter.made, catalog)), Certainty.SHOWN
    default = parameter.default
    if default is not None and isinstance(default.value, NUMBER_DEFAULTS) and not _used_as_array(votes):
        return Kind(PLAIN_TYPE), Certainty.GUESSED
    return UNKNOWN, Certainty.GUESSED


def _decide(votes: Votes, libraries: tuple[str, ...], catalog: Catalog) -> tuple[str, Certainty]:
    if votes.foreign:
        return "", Certainty.GUESSED
    modules = {name for name in votes.types if not catalog.is_tensor(name)}
    tensors = votes.types - modules
    if modules and not tensors:
        alone = len(modules) == 1 and not votes.indexed and not votes.sliced
        return (modules.pop() if alone else ""), Certainty.SHOWN
    if len(tensors) > 1:  # a class and the one that it derives from: the narrower one has it all
        tensors = {t for t in tensors if not any(t != o and catalog.is_kind_of(o, t) for o in tensors)}
    if len(tensors) == 1:
        only = next(iter(tensors))
        elsewhere = (
            votes.takers - {only.partition(".")[0]} - FOLLOWING.get(only.partition(".")[0], frozenset())
        )
        return ("" if elsewhere else only), Certainty.SHOWN
    if tensors:
        return "", Certainty.GUESSED
    if len(votes.takers) == 1:
        library = next(iter(votes.takers))
        how = Certainty.GUESSED if library == "numpy" else Certainty.SHOWN
        return catalog.tensor_type(library), how
    if votes.members or votes.indexed or votes.sliced:
        how = Certainty.SHOWN if votes.sliced or len(votes.members) > 1 else Certainty.GUESSED
        having = [name for name in libraries if _has_all(catalog, name, votes.members)]
        return only_tensor(catalog, having), how
    return "", Certainty.GUESSED


def _has_all(catalog: Catalog, library: str, members: set[str]) -> bool:
    """Whether a library's tensors have all of these members."""
    tensor = catalog.tensor_type(library)
    return all(catalog.method(tensor, member) is not None for member in members)


# Functions of these libraries are handed the other's tensors as well.
FOLLOWING = {"torch": frozenset({"numpy"}), "numpy": frozenset({"tensorflow", "keras", "jax"})}


def _bound(instr: ir.Instr) -> tuple[ir.Place, ...]:
    if isinstance(instr, ir.Unpack):
        return instr.targets
    if isinstance(instr, (ir.Augment, ir.Declare)):
        return ()
    target = getattr(instr, "target", None)
    return (target,) if isinstance(target, str) else ()


class _Reader:
    """Reads the instructions of one function into votes."""

    def __init__(
        self, votes: defaultdict[ir.Place, Votes], catalog: Catalog, libraries: tuple[str, ...]
    ) -> None:
        self.votes = votes
        self.catalog = catalog
        self.libraries = libraries
        self.names: dict[ir.Place, tuple[str, ...]] = {}
        self.compared: set[ir.Operand] = set()  # results of comparisons: masks, where they index

    def read(self, function: ir.Function) -> None:
        for instr in ir.instructions(function):
            if isinstance(instr, ir.Reference):
                self.names[instr.target] = instr.names
            elif isinstance(instr, ir.Operate) and instr.operator in ("<", ">", "<=", ">=", "~", "&", "|"):
                self.compared.add(instr.target)
            elif isinstance(instr, ir.CallMethod) and isinstance(instr.receiver, str):
                self.method(instr.receiver, instr)
            elif isinstance(instr, ir.GetAttribute):
                self.member(instr.base, instr.name)
            elif isinstance(instr, (ir.GetItem, ir.SetItem)) and isinstance(instr.base, str):
                self.index(instr.base, instr.index)
            elif isinstance(instr, ir.Next) and isinstance(instr.iterable, str):
                self.votes[instr.iterable].subscripted = True
            elif isinstance(instr, ir.Call) and isinstance(instr.function, str):
                self.call(instr)

    def method(self, place: ir.Place, instr: ir.CallMethod) -> None:
        name = instr.name
        if "torch" in self.libraries:
            if name == "view" and _are_lengths(instr.arguments):
                self.votes[place].types.add("torch.Tensor")
            if name.endswith("_") and not name.endswith("__") and name not in MODULES_TOO:
                if self.catalog.lookup(f"torch.Tensor.{name}") is not None:
                    self.votes[place].types.add("torch.Tensor")
        self.member(place, name)

    def member(self, place: ir.Place, name: str) -> None:
        told = set(self.catalog.told_by(name, self.libraries))
        if told:
            self.votes[place].types |= told
        elif name in ARRAY_MEMBERS:
            self.votes[place].members.add(name)
        elif name in FOREIGN_MEMBERS:
            self.votes[place].foreign = True

    def index(self, place: ir.Place, selectors: ir.Index) -> None:
        votes = self.votes[place]
        votes.subscripted = True
        marked = any(
            isinstance(s, ir.Pick) and s.value in (ir.Literal(None), ir.Literal(...)) for s in selectors
        )
        masked = any(isinstance(s, ir.Pick) and s.value in self.compared for s in selectors)
        if len(selectors) > 1 or marked:
            votes.indexed = True
        if masked or (len(selectors) > 1 and any(isinstance(s, ir.Cut) for s in selectors)):
            votes.sliced = True

    def call(self, instr: ir.Call) -> None:
        for name in self.names.get(str(instr.function), ()):
            name = self.catalog.canonical(name)
            library, _, rest = name.partition(".")
            if library in TENSOR_LIBRARIES and _takes_tensors(library, rest):
                for argument in instr.arguments[:1]:
                    if isinstance(argument.value, str) and not argument.stars:
                        self.votes[argument.value].takers.add("tensorflow" if library == "keras" else library)


def _are_lengths(arguments: tuple[ir.Argument, ...]) -> bool:
    """Whether `view` is asked for lengths, as a tensor's is, and not for a type, as an array's is."""
    literal = any(isinstance(a.value, ir.Literal) and isinstance(a.value.value, int) for a in arguments)
    return literal or len(arguments) > 2


def _takes_tensors(library: str, name: str) -> bool:
    if library == "torch":
        return name.startswith(("nn.functional.", "fft.")) or name in TORCH_TAKES
    return name.removeprefix("numpy.").removeprefix("ops.") in NUMPY_TAKES


NUMPY_TAKES = frozenset(
    "linalg.norm mean std sum max min argmax argsort sort clip reshape transpose copy flip roll pad"
    " where argmin squeeze expand_dims ravel moveaxis swapaxes cumsum fft.fft percentile median"
    " unique allclose array_split split reduce_mean reduce_sum reduce_max cast softmax nn.softmax"
    " nn.relu matmul einsum".split()
)
TORCH_TAKES = frozenset(
    "sum mean softmax sigmoid exp clamp matmul bmm where transpose permute flatten squeeze"
    " unsqueeze reshape zeros_like ones_like empty_like rand_like randn_like sort topk argmax norm"
    " chunk split clone".split()
)
