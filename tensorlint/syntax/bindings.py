"""Which names a function binds, and what a name means where it is read (libcst)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

import libcst as cst

from tensorlint.ir import Place
from tensorlint.syntax.names import Names

# Fields of libcst nodes that hold only layout and punctuation.
_LAYOUT = frozenset(
    {"lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "comma", "semicolon", "equal", "colon",
     "header", "footer", "indent", "leading_lines", "lines_after_decorators", "trailing_whitespace",
     "newline", "dot", "asynchronous", "separator"}
)  # fmt: skip


@cache
def _semantic_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = (item.name for item in fields(kind))
    return tuple(name for name in names if name not in _LAYOUT and not name.startswith("whitespace"))


# What stands in semantic fields beside nodes. libcst's classes are abstract base classes: to ask isinstance
# of every child took a third of the time of lowering.
_ATOMS = frozenset({str, bool, type(None), cst.MaybeSentinel})


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The children that carry meaning, in source order; far cheaper than libcst's own ``children``."""
    for name in _semantic_fields(type(node)):
        child = getattr(node, name)
        kind = type(child)
        if kind is tuple or kind is list:
            yield from child
        elif kind not in _ATOMS:
            yield child


@dataclass(frozen=True, slots=True)
class Bindings:
    """The names that one scope binds: ``imported`` only by imports, with all candidates."""

    stored: frozenset[str]
    imported: dict[str, tuple[str, ...]]
    global_names: frozenset[str]
    nonlocal_names: frozenset[str]
    is_generator: bool


def bindings(body: Iterable[cst.CSTNode], parameters: Iterable[str] = ()) -> Bindings:
    """Read the names bound by statements, not looking into nested functions and classes."""
    stored: set[str] = set(parameters)
    imported: defaultdict[str, set[str]] = defaultdict(set)
    outer: dict[type[cst.CSTNode], set[str]] = {cst.Global: set(), cst.Nonlocal: set()}
    generator = False
    pending: list[Any] = list(body)
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is cst.Import or kind is cst.ImportFrom:
            for name, qualified in imports(node):
                imported[name].update(qualified)
        elif kind is cst.Global or kind is cst.Nonlocal:
            outer[kind].update(item.name.value for item in node.names)
        elif kind is cst.FunctionDef or kind is cst.ClassDef:
            stored.add(node.name.value)
        elif kind is not cst.Lambda and kind not in _LEAVES:
            generator = generator or kind is cst.Yield
            if kind in _STORES:
                stored.update(_STORES[kind](node))
            pending.extend(children(node))
    only_imported = {
        name: tuple(sorted(found)) for name, found in sorted(imported.items()) if name not in stored
    }
    elsewhere = outer[cst.Global] | outer[cst.Nonlocal]
    return Bindings(
        frozenset((stored | imported.keys()) - elsewhere),
        {name: found for name, found in only_imported.items() if name not in elsewhere},
        frozenset(outer[cst.Global]),
        frozenset(outer[cst.Nonlocal]),
        generator,
    )


def target_names(target: cst.BaseExpression) -> Iterator[str]:
    """The names that an assignment target binds."""
    pending: list[cst.BaseExpression] = [target]
    while pending:
        node = pending.pop()
        if isinstance(node, cst.Name):
            yield node.value
        elif isinstance(node, (cst.Tuple, cst.List)):
            pending.extend(element.value for element in reversed(node.elements))
        elif isinstance(node, cst.StarredElement):
            pending.append(node.value)


_LEAVES = frozenset({cst.Name, cst.Integer, cst.Float, cst.SimpleString, cst.Pass, cst.Break, cst.Continue})
_STORES: dict[type[cst.CSTNode], Callable[[Any], Iterable[str]]] = {
    cst.AssignTarget: lambda node: target_names(node.target),
    cst.AnnAssign: lambda node: target_names(node.target),
    cst.AugAssign: lambda node: target_names(node.target),
    cst.NamedExpr: lambda node: target_names(node.target),
    cst.For: lambda node: target_names(node.target),
    cst.Del: lambda node: target_names(node.target),
    cst.AsName: lambda node: target_names(node.name),
    cst.MatchAs: lambda node: () if node.name is None else (node.name.value,),
    cst.MatchStar: lambda node: () if node.name is None else (node.name.value,),
    cst.MatchMapping: lambda node: () if node.rest is None else (node.rest.value,),
}


def dotted(node: cst.BaseExpression) -> tuple[str, ...]:
    """``("np", "random", "rand")`` for a chain of attributes on a name, else nothing."""
    path: list[str] = []
    while isinstance(node, cst.Attribute):
        path.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ()
    path.append(node.value)
    return tuple(reversed(path))


def imports(node: cst.Import | cst.ImportFrom) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that an import statement binds, as :func:`tensorlint.syntax.names.imports` reads them."""
    if isinstance(node, cst.Import):
        for alias in node.names:
            path = dotted(alias.name)
            if alias.asname is not None:
                for name in target_names(alias.asname.name):
                    yield name, (".".join(path),)
            elif path:
                yield path[0], (path[0],)
    elif not isinstance(node.names, cst.ImportStar):
        module = "" if node.relative or node.module is None else ".".join(dotted(node.module))
        for alias in node.names:
            name = ".".join(dotted(alias.name))
            names = target_names(alias.asname.name) if alias.asname is not None else iter((name,))
            for bound in names:
                yield bound, (f"{module}.{name}",) if module else ()


@dataclass(frozen=True, slots=True)
class Qualified:
    """A global name: its candidates, and whether an attribute of it continues the path."""

    names: tuple[str, ...]
    is_path: bool


Meaning = Place | Qualified


@dataclass(slots=True)
class Scope:
    """One function's names. ``renamed`` is the stack of comprehension scopes that are open."""

    kind: str
    names: Names
    bound: Bindings
    parent: Scope | None = None
    renamed: list[dict[str, Place]] = field(default_factory=list)
    captured: set[Place] = field(default_factory=set)

    def read(self, name: str) -> Meaning:
        """What a name means here."""
        for renames in reversed(self.renamed):
            if name in renames:
                return renames[name]
        return self._own(name) or self._outer(name)

    def store(self, name: str) -> Place | None:
        """The place that an assignment to a name binds; None for a ``global`` or ``nonlocal`` name."""
        for renames in reversed(self.renamed):
            if name in renames:
                return renames[name]
        return self.walrus(name)

    def walrus(self, name: str) -> Place | None:
        """As :meth:`store` for ``:=``, which looks past comprehensions."""
        if name in self.bound.global_names or name in self.bound.nonlocal_names:
            return None
        return name

    def _own(self, name: str) -> Meaning | None:
        if self.kind == "module":
            # Imports and definitions are the file's own names; what is only ever assigned is a place here.
            own = self.names.is_variable(name) or name not in self.names.bindings
            return name if own and name in self.bound.stored else None
        if name in self.bound.imported:
            found = self.bound.imported[name]
            return Qualified(found, bool(found))
        return name if name in self.bound.stored else None

    def _outer(self, name: str) -> Meaning:
        if name not in self.bound.global_names:
            scope = self.parent
            passed = [self]
            while scope is not None:
                meaning = scope.enclosed(name)
                if isinstance(meaning, str):
                    for inner in passed:
                        inner.captured.add(meaning)
                if meaning is not None:
                    return meaning
                passed.append(scope)
                scope = scope.parent
        found = self.names.resolve(name)
        if not found and name in self.bound.global_names:
            found = (f".{name}",)  # a global that only functions ever bind
        return Qualified(found, bool(found) and not self.names.is_variable(name))

    def enclosed(self, name: str) -> Meaning | None:
        """What a name means to a function nested here: a class body lends none of its names."""
        for renames in reversed(self.renamed):
            if name in renames:
                return renames[name]
        return None if self.kind == "class" else self._own(name)
