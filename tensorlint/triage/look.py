"""What one unit does, in any order: the result of the look at its ``ast``."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from tensorlint.knowledge.contracts import contracts
from tensorlint.knowledge.saved import COMPUTING
from tensorlint.syntax.outline import Unit
from tensorlint.triage.expressions import gathering


@dataclass(frozen=True, slots=True)
class Path:
    """A dotted path such as ``"self.x"``.

    ``deep`` where an element of it is meant: ``self.x[0]``; ``keyed`` for a store ``x["name"] = v``, most
    likely one to a dictionary.
    """

    root: str
    deep: bool = False
    keyed: bool = False


NOTHING: Mapping[str, set[str]] = MappingProxyType({})
Given = TypeVar("Given")  # what stands for an argument: its path, or its expression


@dataclass(frozen=True, slots=True)
class Called:
    """A call, with what is handed to it; ``name`` is the last name of the callee."""

    name: str
    receiver: Path | None
    positional: tuple[Path | None, ...]
    keywords: tuple[tuple[str | None, Path | None], ...]
    starred: bool

    def handed(self, wanted: Collection[int | str]) -> Iterator[Path]:
        """What the wanted parameters get, as far as it is a path."""
        found = handed(wanted, self.receiver, self.positional, self.keywords, starred=self.starred)
        return (path for path in found if path is not None)


def handed(
    wanted: Collection[int | str],
    receiver: Given,
    positional: Iterable[Given],
    keywords: Iterable[tuple[str | None, Given]],
    *,
    starred: bool,
) -> Iterator[Given]:
    """What the wanted parameters of a call get: positions and names, ``"self"`` for the receiver."""
    if "self" in wanted:
        yield receiver
    yield from (each for position, each in enumerate(positional) if starred or position in wanted)
    yield from (each for keyword, each in keywords if keyword is None or keyword in wanted)


@dataclass(frozen=True, slots=True)
class Made:
    """A name or attribute bound to a new object: who makes it, and what calling it may do."""

    name: str
    makers: frozenset[str]
    in_place: bool
    shares: bool


@dataclass(slots=True)
class Look:
    """What one unit does, in any order."""

    unit: Unit
    parameters: tuple[str, ...] = ()
    certain: bool = False  # holds what is reportable by itself
    drops: bool = False  # throws away a result, or writes to a copy that nobody holds
    nests: bool = False  # defines functions
    inner: set[str] = field(default_factory=set)  # the parameters of those that have names
    views: dict[str, set[str]] = field(
        default_factory=dict
    )  # root bound to what may share -> names in its value
    copied: dict[str, set[str]] = field(default_factory=dict)  # root of a new container -> its names
    indexed: set[str] = field(default_factory=set)  # those views that a subscript or an attribute gave
    holders: set[str] = field(default_factory=set)  # roots of containers that may hold such a thing
    lent: set[str] = field(default_factory=set)  # roots that got local names by what is all of them: `x[:]`
    written: set[Path] = field(default_factory=set)
    stored: list[tuple[str, str]] = field(default_factory=list)  # roots: `x[i] = name`
    looped: set[str] = field(default_factory=set)  # variables of `for` statements
    recomputed: set[str] = field(default_factory=set)  # names that get what is computed: `x = x * 2`
    picks: set[str] = field(default_factory=set)  # names of what may be picked by a mask: `y = x[mask]`
    picked: set[str] = field(default_factory=set)  # names that index what is written: `x[name][0] = 1`
    selecting: set[str] = field(default_factory=set)  # names that may be a mask, or indices
    added: set[str] = field(default_factory=set)  # names that index what is added to: `x[name] += y`
    counted: set[str] = field(default_factory=set)  # names of what is counted up: `x[index] += 1`
    zeros: set[str] = field(default_factory=set)  # names that get zeros
    calls: list[Called] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    received: list[tuple[str, str, set[str]]] = field(default_factory=list)  # root = x.attribute(names)
    defaults: set[str] = field(default_factory=set)  # parameters whose default is a call: made once
    declared: set[str] = field(default_factory=set)  # parameters that a contract says are written
    attributes: dict[str, set[str]] = field(default_factory=dict)  # of other objects than `self`: set, read
    tied: set[tuple[str, str]] = field(default_factory=set)  # roots of attributes: `self.x = self.y`
    taken_from: set[frozenset[str]] = field(default_factory=set)  # roots of attributes: `self.x - self.y`
    copies_container: bool = False
    collected: set[str] = field(default_factory=set)  # roots kept by reference: appended, stored, yielded
    keeps_state: bool = False  # takes what follows the training of a model: its state, a view of a weight
    trains: bool = False
    steps: bool = False  # calls the `step` of something
    in_graph: bool = False  # makes leaves that require grad, mentions some, or asks for gradients
    reshapes: bool = False
    strides: bool = False
    returns: bool = False  # or yields something
    gives_own: bool = False  # returns attributes, or what other methods give

    def bound(self, root: str, names: Iterable[str]) -> bool:
        """Bind a root to what may share memory with these names; tell whether that is news."""
        known = self.views.get(root)
        if known is None:
            self.views[root] = set(names)
            return True
        before = len(known)
        known.update(names)
        return len(known) > before

    def writes_shared(self) -> bool:
        """Whether something is written that may be a view, or an element of a container."""
        return any(
            _covered(path.root, self.indexed if path.keyed else self.views)
            or (path.deep and _covered(path.root, self.holders))
            for path in self.written
        )

    def writes_lent(self) -> bool:
        """Whether something is written that has another name, or holds what has one: by ``.data``, too."""
        return any(path.root.removesuffix(".data") in self.lent for path in self.written)

    def writes_collected(self) -> bool:
        """Whether something is written that is also kept by reference, turn by turn or call by call."""
        names = {path.root for path in self.written if not path.keyed}
        return any(
            root in names or root.partition(".")[0] in names or not names.isdisjoint(self.views.get(root, ()))
            for root in self.collected  # a method that is called on an object writes its attributes
        )

    def writes_for_caller(self) -> bool:
        """Whether a parameter may be written by a function that does not say so."""
        name, told = self.unit.name, contracts()
        if self.unit.kind not in ("function", "method") or told.declared_by_name(name):
            return False
        if not (self.returns or name == "__init__" or told.only_looks(name)):
            return False
        own = self.parameters[:1] if self.unit.kind == "method" else ()
        own = (*own, *gathering(self.unit.node))  # those that hold what was handed in are made by the call
        written = {path.root.partition(".")[0] for path in self.written if not path.keyed}
        handed = self._reached(written, {*self.parameters, *self.inner}) - {*own}
        return any(not told.parameters.fit(each) for each in handed)

    def replaces_for_caller(self) -> bool:
        """Whether a parameter that holds what is trained may get other entries, or what it holds."""
        written = {path.root.partition(".")[0] for path in self.written}
        reached = self.written_parameters() | self._reached(written, self.parameters, self.copied)
        return any(contracts().is_trained(each) for each in reached)

    def stores_own_view(self) -> bool:
        """Whether something is stored to a part of what it may be a view of: ``row = x[0]; x[1] = row``."""
        return any(target in self.views.get(source, ()) for target, source in self.stored)

    def loses(self) -> bool:
        """Whether what it does may be lost, and it is not made to try things, as a test is."""
        return self.drops and (self.nests or not contracts().is_trial(self.unit.name))

    def writes_element(self) -> bool:
        """Whether an element or an attribute is written that a container may hold: ``model.weight``."""
        return any(path.deep or ("." in path.root and not path.keyed) for path in self.written)

    def writes_in_graph(self) -> bool:
        """Whether something is written where a backward pass may still need it, or refuses it."""
        return bool(self.written) and (self.in_graph or self.unit.name in COMPUTING)

    def hangs_on_tensors(self) -> bool:
        """Whether an attribute is both set and read, on objects that may be tensors."""
        return any(len(how) == 2 for how in self.attributes.values())

    def written_parameters(self) -> set[str]:
        """The parameters that are written, or whose elements may be."""
        written = {*self.declared, *(path.root.partition(".")[0] for path in self.written)}
        return self._reached(written, self.parameters)

    def _reached(
        self, written: Iterable[str], parameters: Iterable[str], copied: Mapping[str, set[str]] = NOTHING
    ) -> set[str]:
        """The parameters among some written names and what they may be views of, or shallow copies."""
        held: defaultdict[str, set[str]] = defaultdict(set)
        for root, names in (*self.views.items(), *copied.items()):
            held[root.partition(".")[0]].update(names)
        pending = [*written]
        seen: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                pending.extend(held[name])
        return seen.intersection(parameters)


def _covered(root: str, roots: Container[str]) -> bool:
    """Whether a root, or what it is an attribute of, is among the others."""
    while root:
        if root in roots:
            return True
        root = root.rpartition(".")[0]
    return False


def path_of(node: ast.expr | None) -> Path | None:
    """The path that a target, a receiver or an argument begins with."""
    tail: list[str] = []
    deep = False
    while node is not None:
        if isinstance(node, ast.Name):
            return Path(".".join([node.id, *reversed(tail)]), deep)
        if isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
            continue
        tail.clear()
        deep = deep or isinstance(node, ast.Subscript)
        if isinstance(node, (ast.Subscript, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        elif isinstance(node, ast.NamedExpr):
            node = node.target
        else:
            return None
    return None
