"""What the names of a file stand for: local name -> qualified names, all candidates, sorted."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tensorlint.source import LIBRARIES

_BUILTINS = frozenset(dir(builtins))
_COMPOUND = (ast.If, ast.Try, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.Match)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a file's top level.

    ``bindings`` maps a name to its candidates, ``variables`` are those bound by an assignment (so they are
    objects, and an attribute of one is no qualified name), ``stars`` the tensor modules imported with ``*``.
    ``values`` are the expressions that names are bound to which are assigned exactly once.
    """

    bindings: Mapping[str, tuple[str, ...]]
    variables: frozenset[str]
    stars: tuple[str, ...] = ()
    values: Mapping[str, ast.expr] = field(default_factory=dict)

    def resolve(self, name: str) -> tuple[str, ...]:
        """The qualified names that a global name may stand for; none when nothing is known."""
        found = self.bindings.get(name)
        if found is not None:
            return found
        if name in _BUILTINS:
            return (f"builtins.{name}",)
        return tuple(f"{module}.{name}" for module in self.stars)

    def display(self, name: str) -> str:
        """``builtins.list`` for a name that is assigned once, to a list of numbers that is written out."""
        value = self.values.get(name)
        whole = isinstance(value, ast.List) and all(
            isinstance(
                part, ast.List | ast.Tuple | ast.Constant | ast.UnaryOp | ast.unaryop | ast.expr_context
            )
            for part in ast.walk(value)
        )
        return "builtins.list" if whole else ""

    def is_variable(self, name: str) -> bool:
        """Whether the name is only ever bound by assignments here: a value, not a path into a module."""
        return name in self.variables


def module_names(tree: ast.Module) -> Names:
    """Read the imports, definitions and assignments of a file's top level, inside ``if`` and ``try`` too."""
    imported: defaultdict[str, set[str]] = defaultdict(set)
    defined: defaultdict[str, set[str]] = defaultdict(set)
    assigned: defaultdict[str, list[ast.expr | None]] = defaultdict(list)
    stars: set[str] = set()
    for statement in top_level(tree.body):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
                module = statement.module or ""
                if not statement.level and module.partition(".")[0] in LIBRARIES:
                    stars.add(module)
                continue
            for name, qualified in imports(statement):
                imported[name].update(qualified)
        elif isinstance(statement, _DEFINITIONS):
            defined[statement.name].add(f".{statement.name}")
        else:
            for target, value in _assignments(statement):
                assigned[target].append(value)

    bindings: dict[str, tuple[str, ...]] = {}
    variables: set[str] = set()
    for name in sorted({*imported, *defined, *assigned}):
        candidates = imported[name] | defined[name]
        values = [value for value in assigned[name] if not isinstance(value, ast.Constant)]
        if assigned[name] and (values or not candidates):  # `torch = None` beside an import says nothing
            alias = _alias(values, imported) if not candidates else None
            replaced = (
                {f"?{name}"} if defined[name] and values else set()
            )  # a function, and then something else
            candidates = candidates | (alias or {f".{name}"}) | replaced
        if not imported[name] and not defined[name] and f".{name}" in candidates:
            variables.add(name)
        bindings[name] = tuple(sorted(candidates))
    once = {name: values[0] for name, values in assigned.items() if name in variables and len(values) == 1}
    known = {name: value for name, value in once.items() if value is not None}
    return Names(bindings, frozenset(variables), tuple(sorted(stars)), known)


def imports(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that an import statement binds; a relative import brings the unknown."""
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            if alias.asname:
                yield alias.asname, (alias.name,)
            else:
                head = alias.name.partition(".")[0]
                yield head, (head,)
        elif statement.level or not statement.module:
            yield alias.asname or alias.name, ()
        elif alias.name != "*":
            yield alias.asname or alias.name, (f"{statement.module}.{alias.name}",)


def top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class body in source order, those inside compound statements included."""
    pending = list(body)[::-1]
    while pending:
        statement = pending.pop()
        yield statement
        if isinstance(statement, _COMPOUND) or type(statement).__name__ == "TryStar":
            pending.extend(reversed(list(_inner(statement))))


# Those that hold nothing: literals, and the marks of how a name is used and of operators.
_BARE = frozenset({ast.Constant, ast.Load, ast.Store, ast.Del, ast.And, ast.Or})


def nodes(roots: Iterable[ast.AST], without: frozenset[type[ast.AST]] = frozenset()) -> Iterator[ast.AST]:
    """Some nodes and all that hold something below them, in no order; not those of certain kinds, nor what is
    below these. Far cheaper than ``ast.walk``.
    """
    pending = [*roots]
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind in _BARE or kind in without:
            continue
        yield node
        for name in node._fields if kind is not ast.Name else ():
            child = getattr(node, name, None)
            if isinstance(child, ast.AST):
                pending.append(child)
            elif isinstance(child, list):
                pending.extend(item for item in child if isinstance(item, ast.AST))


def _inner(statement: ast.stmt) -> Iterator[ast.stmt]:
    for part in ("body", "handlers", "cases", "orelse", "finalbody"):
        for child in getattr(statement, part, ()):
            if isinstance(child, (ast.ExceptHandler, ast.match_case)):
                yield from child.body
            else:
                yield child


def _assignments(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a statement's own header or targets bind, and the value of a plain assignment."""
    targets: list[ast.expr] = []
    value: ast.expr | None = None
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) or type(statement).__name__ == "TypeAlias":
        targets, value = _named(statement)
    elif isinstance(statement, (ast.AugAssign, ast.For, ast.AsyncFor)):
        targets = [statement.target]
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        targets = [item.optional_vars for item in statement.items if item.optional_vars]
    elif isinstance(statement, (ast.If, ast.While)):
        targets = [node.target for node in ast.walk(statement.test) if isinstance(node, ast.NamedExpr)]
    elif isinstance(statement, ast.Match):
        for case in statement.cases:
            for node in ast.walk(case.pattern):
                name = getattr(node, "name", None) or getattr(node, "rest", None)
                if isinstance(name, str):
                    yield name, None
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, value
        else:
            for name in target_names(target):
                yield name, None


def _named(statement: Any) -> tuple[list[ast.expr], ast.expr | None]:
    """The target and value of ``x: T = value`` and of ``type X = value``, which Python knows since 3.12."""
    return [getattr(statement, "target", None) or statement.name], statement.value


def target_names(target: ast.expr) -> Iterator[str]:
    """The names that an assignment target binds."""
    pending = [target]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, (ast.Tuple, ast.List)):
            pending.extend(reversed(node.elts))
        elif isinstance(node, ast.Starred):
            pending.append(node.value)


def _alias(values: list[ast.expr | None], imported: Mapping[str, set[str]]) -> set[str]:
    """``Tensor = torch.Tensor``: a name assigned once to a path of an import is another name for it."""
    if len(values) != 1:
        return set()
    path: list[str] = []
    node = values[0]
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or not path:
        return set()
    return {".".join([base, *reversed(path)]) for base in imported.get(node.id, ())}
