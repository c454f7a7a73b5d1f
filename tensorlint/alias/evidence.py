"""What a name's type is before anything is solved: flow-insensitive, one pass over its uses.

A parameter carries no type of its own. An annotation states one and a docstring describes one; a member that
only tensors have shows one; an index by a tuple, or being handed to a library's function, lets one guess. How
certain each is, is kept: see :class:`Certainty`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from tensorlint import ir
from tensorlint.alias.dictionaries import dictionaries
from tensorlint.alias.kinds import NONE, UNKNOWN, made_type, only_tensor, stated
from tensorlint.alias.lattice import PLAIN_TYPE, Kind
from tensorlint.alias.uses import times_bound
from tensorlint.alias.votes import CONVERTING, RESHAPING, Reader, Votes
from tensorlint.knowledge.catalog import EITHER, TENSOR_LIBRARIES, Catalog
from tensorlint.knowledge.contracts import contracts

NUMBER_DEFAULTS = (bool, int, float, str)


class Certainty(IntEnum):
    """How a type is known, from the weakest to the strongest."""

    GUESSED = 1  # numbers and lists may be handed to the same functions, and be indexed alike
    DOCUMENTED = 2
    SHOWN = 3  # by a member that nothing else has, or by what callers hand in
    STATED = 4  # an annotation, or a call that makes it


@dataclass(frozen=True, slots=True)
class Evidence:
    """Kinds of places by their use, the places that are used as arrays (not as numbers), and how many axes
    some have at least. Of parameters that are ``converted``, only what they are bound to later is known.
    """

    kinds: Mapping[ir.Place, Kind]
    certainty: Mapping[ir.Place, Certainty]
    arrays: frozenset[ir.Place]
    converted: frozenset[ir.Place] = frozenset()
    axes: Mapping[ir.Place, int] = field(default_factory=dict)

    def kind_of(self, place: object) -> Kind:
        return self.kinds.get(place, UNKNOWN) if isinstance(place, str) else UNKNOWN

    def kind_given(self, parameter: ir.Place) -> Kind:
        """The kind of what a caller hands in."""
        return UNKNOWN if parameter in self.converted else self.kind_of(parameter)

    def type_of(self, place: object) -> str:
        return self.kind_of(place).type

    def is_array(self, place: object) -> bool:
        return isinstance(place, str) and place in self.arrays


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
    reader = Reader(votes, catalog, imported)
    reader.read(function)
    bound = times_bound(function)
    _carry_back(function, votes, reader.matched, bound, catalog)
    _share_names(function, votes, bound)
    _share_items(function, votes, bound)
    returned = stated(function.returns, catalog, imported)
    kinds: dict[ir.Place, Kind] = {}
    certainty: dict[ir.Place, Certainty] = {}
    for place, found in votes.items():
        type, how = decide(found, imported, catalog)
        if type:
            kinds[place], certainty[place] = Kind(type), how
    converted = set()
    for name, before in _before_conversion(function, reader.names, catalog):
        own = Reader(defaultdict(Votes), catalog, imported)
        own.names = reader.names
        own.read_all(before)
        if not decide(own.votes[name], imported, catalog)[0]:
            converted.add(name)
    replaced = _replaced(function, reader.names, catalog)
    mapped = set(dictionaries(function, reader.names, votes))
    overriding = _overriding(function, catalog)
    for parameter in function.parameters:
        uses = votes[parameter.name]
        kind, how = _of_parameter(parameter, uses, bound[parameter.name] > 0, catalog, imported)
        if not kind.type and parameter in overriding and not (uses.foreign or uses.keyed):
            kind, how = Kind(overriding[parameter]), Certainty.DOCUMENTED
        if not kind.type and parameter.name in replaced and not uses.foreign:
            kind, how = Kind(replaced[parameter.name]), Certainty.SHOWN
            votes[parameter.name].indexed = True
        if not kind.type and parameter.name in mapped and bound[parameter.name] == 0:
            kind, how = Kind("builtins.dict"), Certainty.SHOWN
        known = certainty.get(parameter.name)
        if kind.type or parameter.name in handed:
            converted.discard(parameter.name)
        if kind.type and (known is None or how >= known or kinds[parameter.name].type == EITHER):
            kinds[parameter.name], certainty[parameter.name] = kind, max(how, known or how)
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
    axes = {place: found.axes for place, found in votes.items() if found.axes > 1 and bound[place] < 2}
    return Evidence(kinds, certainty, frozenset(arrays), frozenset(converted), axes)


def _before_conversion(
    function: ir.Function, names: Mapping[ir.Place, tuple[str, ...]], catalog: Catalog
) -> Iterator[tuple[ir.Place, list[ir.Instr]]]:
    """The parameters that are bound anew to what an unknown function makes, ``x = convert(x)``, and for each
    the instructions that may run before that: only these see what was handed in.
    """
    parameters = {parameter.name for parameter in function.parameters}
    calls = [i for i in ir.instructions(function) if isinstance(i, ir.Call) and i.target in parameters]
    unknown = [call for call in calls if not any(map(catalog.lookup, names.get(str(call.function), ())))]
    for name in dict.fromkeys(call.target for call in unknown):
        before: list[ir.Instr] = []
        pending, seen = [0], {0}
        while pending:
            block = function.blocks[pending.pop()]
            for instr in block.instructions:
                before.append(instr)
                if instr in unknown and getattr(instr, "target", "") == name:
                    break
            else:
                pending.extend(each for each in block.successors if each not in seen)
                seen.update(block.successors)
        yield name, before


def _replaced(
    function: ir.Function, names: Mapping[ir.Place, tuple[str, ...]], catalog: Catalog
) -> dict[ir.Place, str]:
    """The parameters for which a tensor stands in where they are not given, and its class: what stands in is
    what may be given. What is returned may be a result that goes from call to call.
    """
    made: dict[ir.Place, str] = {}
    for instr in ir.instructions(function):
        if isinstance(instr, ir.Call) and isinstance(instr.function, str) and names.get(instr.function):
            made[instr.target] = made_type(ir.Made(instr.origin, names[instr.function]), catalog)
    bound: defaultdict[ir.Place, set[str]] = defaultdict(set)
    for instr in ir.instructions(function):
        if isinstance(instr, ir.Bind) and instr.source != instr.target:
            bound[instr.target].add(made.get(instr.source, "") if isinstance(instr.source, str) else "")
        elif isinstance(instr, ir.Call):
            bound[instr.target].add(made.get(instr.target, ""))
    handed_back = {instr.value for instr in ir.instructions(function) if isinstance(instr, ir.Return)}
    optional = {each.name for each in function.parameters if each.default == ir.Literal(None)}
    found = {
        place: next(iter(kinds))
        for place, kinds in bound.items()
        if place in optional and len(kinds) == 1 and all(kinds) and place not in handed_back
    }
    for instr in ir.instructions(function):  # `zeros(n) if x is None else x`
        if isinstance(instr, ir.Assume) and instr.test == "none":
            optional.add(instr.operand)
        elif isinstance(instr, ir.Bind) and instr.target.startswith("%") and made.get(instr.target):
            if isinstance(instr.source, str) and instr.source in optional - handed_back:
                found.setdefault(instr.source, made[instr.target])
    return found


def _overriding(function: ir.Function, catalog: Catalog) -> dict[ir.Parameter, str]:
    """What the library hands to a method that overwrites one of its own, behind ``self``."""
    bases = catalog.bases(f".{function.class_name}")[1:] if function.class_name else ()
    given = contracts().given_to(function.name, bases)
    return {parameter: given for parameter in function.parameters[1:2] if given}


def _share_names(
    function: ir.Function, votes: defaultdict[ir.Place, Votes], bound: Counter[ir.Place]
) -> None:
    """``y = x``: what the uses of either say, they say of both, where ``y`` is bound only there. The same
    holds for ``self.x = x``; and of ``y = x / t if t else x`` the uses of ``y`` speak for ``x``.
    """
    chosen = {
        instr.target: instr.source
        for instr in ir.instructions(function)
        if isinstance(instr, ir.Bind) and instr.target.startswith("%") and isinstance(instr.source, str)
    }
    kept = {
        (instr.base, instr.name): instr.value
        for instr in ir.instructions(function)
        if isinstance(instr, ir.SetAttribute) and not instr.augmented
    }
    for instr in ir.instructions(function):
        if isinstance(instr, ir.GetAttribute):
            source = kept.get((instr.base, instr.name))
            if isinstance(source, str) and not source.startswith("%") and bound[source] == 0:
                votes[source].take(votes[instr.target])
        elif isinstance(instr, ir.Bind) and isinstance(instr.source, str) and bound[instr.target] == 1:
            way = chosen.get(instr.source, "%")
            if not way.startswith("%") and bound[way] == 0:
                votes[way].take(votes[instr.target])
            if not instr.source.startswith("%") and bound[instr.source] <= 1:
                votes[instr.target].take(votes[instr.source])
                votes[instr.source].take(votes[instr.target])


def _share_items(
    function: ir.Function, votes: defaultdict[ir.Place, Votes], bound: Counter[ir.Place]
) -> None:
    """``sample["image"]``, ``state[k]``: what the uses of an item say of it, wherever it is taken out."""
    items: defaultdict[tuple[ir.Place, object], list[ir.Place]] = defaultdict(list)
    for instr in ir.instructions(function):
        if isinstance(instr, ir.GetItem) and isinstance(instr.base, str) and bound[instr.base] <= 1:
            only = instr.index[0] if len(instr.index) == 1 else None
            key = only.value if isinstance(only, ir.Pick) else None
            if isinstance(key, str) and bound[key] <= 1:
                items[instr.base, key].append(instr.target)
            elif isinstance(key, ir.Literal) and isinstance(key.value, str):
                items[instr.base, key].append(instr.target)
    for places in items.values():
        together = Votes()
        for place in places:
            together.take(votes[place])
        for place in places:
            votes[place].take(together)


def _carry_back(
    function: ir.Function,
    votes: defaultdict[ir.Place, Votes],
    matched: Container[ir.Operand],
    bound: Counter[ir.Place],
    catalog: Catalog,
) -> None:
    """What is taken out of an array is one of the same library: ``top = image[0]; top.astype(...)``. A slice
    is of the same class as the whole, and so is what a mask picks, ``x[labels == c].mean(axis=0)``, and what
    a conversion, a copy or another shape gives: ``y = x.float(); y /= y.max()``.
    """
    for instr in ir.instructions(function):
        if isinstance(instr, ir.CallMethod) and isinstance(instr.receiver, str):
            given, source = votes[instr.target], votes[instr.receiver]
            copied = instr.name == "copy" and bound[instr.target] <= 1
            alike = copied or instr.name in CONVERTING | RESHAPING
            if alike and given.is_plain and not given.foreign:
                source.shown = True
                source.members |= given.members
            if instr.name in RESHAPING:
                source.types |= {each for each in given.types if catalog.is_tensor(each)}
        if not isinstance(instr, ir.GetItem) or not isinstance(instr.base, str):
            continue
        whole, taken = votes[instr.base], votes[instr.target]
        if whole.members:
            whole.types |= {name for name in taken.types if "Module" not in name}
        only = instr.index[0] if len(instr.index) == 1 else None
        if isinstance(only, ir.Cut):
            whole.types |= {each for each in taken.types if catalog.is_tensor(each)}
        if isinstance(only, ir.Cut) or (isinstance(only, ir.Pick) and only.value in matched):
            if taken.is_plain and not taken.foreign:
                whole.members |= taken.members
                whole.shown |= taken.shown


def _used_as_array(votes: Votes) -> bool:
    return bool(
        votes.members
        or votes.indexed
        or (votes.subscripted and not votes.keyed)  # a single record has fields as well
        or votes.takers
        or (votes.scaled and votes.sized)
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


def decide(votes: Votes, libraries: tuple[str, ...], catalog: Catalog) -> tuple[str, Certainty]:
    """The class of what is used so, and how it is known."""
    if votes.foreign:
        return "", Certainty.GUESSED
    modules = {name for name in votes.types if not catalog.is_tensor(name)}
    tensors = votes.types - modules
    if modules and not tensors:
        alone = len(modules) == 1 and not (votes.indexed or votes.sliced or votes.optimizes)
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
    plainly = votes.is_plain
    if len(votes.takers) == 1:
        library = next(iter(votes.takers))
        how = Certainty.SHOWN if plainly or library != "numpy" else Certainty.GUESSED
        return catalog.tensor_type(library), how
    if plainly or votes.members or votes.indexed:
        how = Certainty.SHOWN if plainly else Certainty.GUESSED
        return _array_of(votes, libraries, catalog), how
    if votes.layered and not votes.subscripted:  # perhaps a list of tensors
        return "torch.Tensor", Certainty.GUESSED
    return "", Certainty.GUESSED


def _array_of(votes: Votes, libraries: tuple[str, ...], catalog: Catalog) -> str:
    """The class of an array that is known only by its use: of the libraries that allow that."""
    having = [name for name in libraries if _has_all(catalog, name, votes.members)]
    if votes.stored:
        having = [name for name in having if catalog.is_writable(catalog.tensor_type(name))]
    if votes.copied:
        having = [name for name in having if catalog.method(catalog.tensor_type(name), "copy") is not None]
    if votes.reversed:
        having = [name for name in having if name != "torch"]
    return EITHER if having == ["numpy", "torch"] else only_tensor(catalog, having)


def _has_all(catalog: Catalog, library: str, members: set[str]) -> bool:
    """Whether a library's tensors have all of these members."""
    tensor = catalog.tensor_type(library)
    return all(catalog.method(tensor, member) is not None for member in members)


# Functions of these libraries are handed the other's tensors as well.
FOLLOWING = {"torch": frozenset({"numpy"}), "numpy": frozenset({"tensorflow", "keras", "jax"})}
