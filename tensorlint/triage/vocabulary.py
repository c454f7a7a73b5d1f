"""What the tables say of a call, coarsely: may its result share memory, may it write to its arguments?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from tensorlint.knowledge.catalog import NEIGHBOURS, TABLES, TENSOR_LIBRARIES, Catalog, Entry
from tensorlint.knowledge.effects import FORWARD, MEASURES, OVERLAPPING, ElementsWritten
from tensorlint.knowledge.grammar import parse, parse_demand

# What stands in the brackets of these is only measured, not shared.
_NEW = re.compile(rf"\b(?:new|{'|'.join(MEASURES)})\((?:[^()]|\([^()]*\))*\)")
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_FRESH = frozenset({"new", "plain", "meta", "none", "unknown", "list", "tuple", "set", "iter", "dict", "key"})
_TYPE = re.compile(r" as [\w.]+")
_WRITE = re.compile(r", (?=[\w.\[\]*]+(?:!| <-))")
_LOWER = frozenset({"ndarray", "list", "dict", "deque", "tuple", "set"})
OUTPUTS = ("out", "output", "dst")  # parameters that take a result, in one library or another
_POSITIONAL = frozenset({"positional", "either"})


@dataclass(frozen=True, slots=True)
class Coarse:
    """``written`` are the parameters that a call writes to, by position and by name.

    An ``out`` parameter (see ``OUTPUTS``) is not among them: what is given there is always written, and
    shared by the result. ``out`` is its position where it may be given without its name, else -1.
    """

    shares: bool
    written: frozenset[int | str]
    out: int = -1
    pure: bool = False  # nothing but a tensor comes of it
    misreads: bool = False  # takes memory without regard to strides
    demands: bool = False  # takes nothing that runs backwards in memory
    stretches: bool = False  # one cell of the result may stand for many elements


UNKNOWN = Coarse(shares=False, written=frozenset())


@cache
def coarse(effect: str) -> Coarse:
    """Read one effect line."""
    shares = stretches = False
    for result in effect.split("->")[1:]:
        for case in result.partition(";")[0].split("|"):
            term, _, guard = case.partition(" if ")
            if not any(f"given({name})" in guard for name in OUTPUTS):
                value = _WRITE.split(term)[0]
                words = _WORD.findall(_TYPE.sub("", _NEW.sub("new", value)))
                shares = shares or not _FRESH.issuperset(words) or "<-" in term
                stretches = stretches or not OVERLAPPING.isdisjoint(words)
    signature = parse(effect)
    demands = signature.clause("demands")
    atom, failure = parse_demand(demands.text) if demands is not None else (None, "")
    written: set[int | str] = set()
    for called in (signature, *(clause.call for clause in signature.clauses if clause.call is not None)):
        names = [parameter.name for parameter in called.parameters]
        for outcome in called.cases:
            for write in outcome.writes:
                root = write.path.root
                if isinstance(write, ElementsWritten) and write.of_elements and root not in OUTPUTS:
                    written.update((root, names.index(root)) if root in names else (root,))
    positional = [parameter.name for parameter in signature.parameters if parameter.kind in _POSITIONAL]
    return Coarse(
        shares,
        frozenset(written),
        next((positional.index(name) for name in OUTPUTS if name in positional), -1),
        signature.is_pure,
        failure == "misreads",
        atom is not None and atom.relation in FORWARD and failure in ("raises", "aborts"),
        stretches,
    )


@dataclass(frozen=True, slots=True)
class Methods:
    """Names that are a method or property of any type in the tables, by what they may do."""

    sharing: frozenset[str]
    writing: Mapping[str, frozenset[int | str]]  # the receiver is parameter 0
    fresh: frozenset[str]  # properties of tensors that share nothing
    pure: frozenset[str]  # those of tensors, whose results alone come of them
    stretching: frozenset[str]


SPOKEN_OF = frozenset((*TENSOR_LIBRARIES, *NEIGHBOURS, "triton"))
_ALWAYS = frozenset({"numpy", "builtins"})  # every library hands out arrays and containers
_OF_ANY = frozenset({"keras", "einops"})  # hand out tensors of several libraries


@cache
def methods(own: tuple[Entry, ...] = (), spoken_of: frozenset[str] = SPOKEN_OF) -> Methods:
    """All types at once, for that of a receiver is not known here: those of the libraries that a file speaks
    of, and of what they hand out; with users' ``own`` entries, which may hand out anything, of all libraries.
    """
    libraries = spoken_of | _ALWAYS
    if own or not libraries.isdisjoint(_OF_ANY):
        libraries |= {*TENSOR_LIBRARIES, *(entry.library for entry in own)}
    tables = {TABLES.get(library, library): library for library in sorted(libraries)}
    parts = [_methods_of(library, own) for library in tables.values()]
    writing: dict[str, frozenset[int | str]] = {}
    for part in parts:
        for name, written in part.writing.items():
            writing[name] = writing.get(name, frozenset()) | written
    sharing = frozenset[str]().union(*(part.sharing for part in parts))
    fresh = frozenset[str]().union(*(part.fresh for part in parts)) - sharing
    pure = frozenset[str]().union(*(part.pure for part in parts))
    stretching = frozenset[str]().union(*(part.stretching for part in parts))
    return Methods(sharing, MappingProxyType(writing), fresh, pure, stretching)


@cache
def _methods_of(library: str, own: tuple[Entry, ...]) -> Methods:
    """Those of one library."""
    sharing: set[str] = set()
    writing: dict[str, frozenset[int | str]] = {}
    catalog = Catalog(own=own)
    fresh: set[str] = set()
    pure: set[str] = set()
    stretching: set[str] = set()
    for entry in _method_entries(catalog, library):
        name = entry.name.rpartition(".")[2]
        effect = coarse(entry.effect)
        owner = entry.name.rpartition(".")[0]
        # Nobody can write through what is handed on by a tensor that cannot be written.
        fixed = catalog.is_tensor(owner) and not (catalog.is_writable(owner) or catalog.is_variable(owner))
        if effect.shares and not fixed:
            sharing.add(name)
        elif entry.signature.construct == "property" and catalog.is_tensor(owner):
            fresh.add(name)
        if effect.pure and (catalog.is_tensor(owner) or entry.signature.clause("must_use") is not None):
            pure.add(name)
        if effect.stretches:
            stretching.add(name)
        if effect.written:
            writing[name] = writing.get(name, frozenset()) | effect.written
    return Methods(
        frozenset(sharing),
        MappingProxyType(writing),
        frozenset(fresh),
        frozenset(pure),
        frozenset(stretching),
    )


def _method_entries(catalog: Catalog, library: str) -> Iterator[Entry]:
    cased = library in TABLES and library not in NEIGHBOURS  # its classes are told by how they are spelled
    for entry in catalog.entries(library):
        owner = entry.name.rpartition(".")[0]
        last = owner.rpartition(".")[2]
        if last[:1].isupper() or last in _LOWER or (not cased and catalog.is_class(owner)):
            yield entry
