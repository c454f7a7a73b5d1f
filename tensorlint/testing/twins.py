"""Where a bad case and its good twin differ: in the mended expression, and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .fixture import Fixture

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Difference:
    """The lines of the smallest statement or expression that reads otherwise in the good case."""

    bad: range
    good: range


def differences(fixture: Fixture, stem: str) -> tuple[Difference, ...]:
    """Compare ``bad_STEM`` with ``good_STEM``. Raises KeyError where there is no such pair.

    Where the two use functions or classes of the file under different names, these are compared as well.
    """
    known = {node.name: node for node in ast.walk(fixture.tree) if isinstance(node, _DEFINITIONS)}
    comparison = _Comparison(known, {(f"bad_{stem}", f"good_{stem}")})
    found = comparison.fields(known[f"bad_{stem}"], known[f"good_{stem}"])
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """``met`` holds the pairs of names that are compared already, for functions that call themselves."""

    known: Mapping[str, ast.AST]
    met: set[tuple[str, str]]

    def nodes(self, bad: ast.AST, good: ast.AST) -> list[Difference]:
        if type(bad) is not type(good):
            return [_difference(bad, good)]
        names = _name(bad), _name(good)
        if names[0] != names[1] and all(name in self.known for name in names):
            found = self.definitions(*names)
        else:
            found = [] if names[0] == names[1] else [_difference(bad, good)]
        found.extend(self.fields(bad, good))
        # An expression of which more than one part differs is another expression.
        return [_difference(bad, good)] if len(found) > 1 and isinstance(bad, ast.expr) else found

    def definitions(self, bad: str, good: str) -> list[Difference]:
        if (bad, good) in self.met:
            return []
        self.met.add((bad, good))
        return list(self.fields(self.known[bad], self.known[good]))

    def fields(self, bad: ast.AST, good: ast.AST) -> Iterator[Difference]:
        for field in bad._fields:
            if field in ("id", "attr", "name"):
                continue  # names are compared with what they stand for
            ours, theirs = getattr(bad, field, None), getattr(good, field, None)
            if isinstance(ours, ast.AST) and isinstance(theirs, ast.AST):
                found = self.nodes(ours, theirs)
                # An operator has no place of its own: the expression around it differs.
                yield from found if hasattr(ours, "lineno") or not found else [_difference(bad, good)]
            elif isinstance(ours, list) and isinstance(theirs, list):
                yield from self.lists(ours, theirs, bad, good)
            elif ours != theirs:
                yield _difference(bad, good)

    def lists(
        self, bad: Sequence[object], good: Sequence[object], bad_owner: ast.AST, good_owner: ast.AST
    ) -> Iterator[Difference]:
        if len(bad) == len(good):
            for ours, theirs in zip(bad, good, strict=True):
                if isinstance(ours, ast.AST) and isinstance(theirs, ast.AST):
                    yield from self.nodes(ours, theirs)
                elif ours != theirs:
                    yield _difference(bad_owner, good_owner)
            return
        dumps = [_dump(item) for item in bad], [_dump(item) for item in good]
        shorter = min(len(bad), len(good))
        first = next((i for i in range(shorter) if dumps[0][i] != dumps[1][i]), shorter)
        rest = shorter - first
        last = next((i for i in range(rest) if dumps[0][-1 - i] != dumps[1][-1 - i]), rest)
        yield Difference(_between(bad, first, last, bad_owner), _between(good, first, last, good_owner))


def _name(node: ast.AST) -> str:
    for field in ("id", "attr", "name"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            return value
    return ""


def _dump(item: object) -> str:
    return ast.dump(item) if isinstance(item, ast.AST) else repr(item)


def _difference(bad: ast.AST, good: ast.AST) -> Difference:
    return Difference(_lines(bad), _lines(good))


def _between(items: Sequence[object], first: int, last: int, owner: ast.AST) -> range:
    """The lines of the items without a counterpart, or those of the item that follows."""
    own = [item for item in items[first : len(items) - last] if isinstance(item, ast.stmt)]
    if own:
        return range(_lines(own[0]).start, _lines(own[-1]).stop)
    following = items[first] if first < len(items) else None
    return _lines(following if isinstance(following, ast.stmt) else owner)


def _lines(node: ast.AST) -> range:
    first = getattr(node, "lineno", 0)
    return range(first, (getattr(node, "end_lineno", None) or first) + 1)
