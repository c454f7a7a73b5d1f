"""What is wrong with a line of knowledge that follows the grammar.

It may speak of what is no parameter of its own, or leave a word of the vocabulary without what it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from tensorlint.knowledge.effects import (
    MEASURES,
    PREDICATES,
    QUALITIES,
    Applied,
    Atom,
    Many,
    Path,
    ReferenceStored,
    Signature,
    Typed,
    Word,
    literal,
)
from tensorlint.knowledge.grammar import parse_condition, parse_demand

_BRACKETS = re.compile(r"\((\w+(?:, \w+)*)\)")
_PLACES = re.compile(r"\{\d\}")
_LITERALS = {"atleast": int, "type": str}  # what the second argument of these has to be


def complaints(signature: Signature) -> Iterator[str]:
    """What is wrong, and what is expected in its place; nothing for a line that says what can be said."""
    own = ", ".join(f"`{parameter.name}`" for parameter in signature.parameters) or "none"
    for name in sorted(strangers(signature)):
        yield f"`{name}` is no parameter and no word of the vocabulary; the parameters are {own}"
    for each in _all(signature):
        for node in _nodes(each):
            if isinstance(node, ReferenceStored) and not node.path.steps:
                yield f"`{node}` does not say what holds it: expected a path such as `{node.path}[*]`"
            elif isinstance(node, Atom):
                yield from _unfit_predicate(node)
            elif isinstance(node, (Word, Applied)):
                yield from _unfit_word(node)


def strangers(signature: Signature) -> set[str]:
    """What a signature speaks of without having it as a parameter. A literal has no root."""
    found: set[str] = set()
    for each in _all(signature):
        nodes = [node for node in _nodes(each) if isinstance(node, (Path, Many))]
        keys = {node.key.root for node in nodes if isinstance(node, Many) and node.key is not None}
        roots = {node.root for node in nodes if isinstance(node, Path) and node.root}
        found |= roots - keys - {parameter.name for parameter in each.parameters}
    return found


def types(signature: Signature) -> set[str]:
    """The classes that a signature names: of its results, and in its guards."""
    found: set[str] = set()
    for each in _all(signature):
        for node in _nodes(each):
            if isinstance(node, Typed):
                found.add(node.type)
            elif isinstance(node, Atom) and node.relation == "type":
                found.add(str(literal(node.arguments[1])))
    return found


def takes(meaning: str) -> tuple[str, ...]:
    """What a word stands before, by its meaning in the vocabulary: ``("x", "axis")`` of ``part``."""
    match = _BRACKETS.search(meaning)
    return tuple(match[1].split(", ")) if match is not None else ()


def _all(signature: Signature) -> Iterator[Signature]:
    """A signature, and those of what calling its objects does."""
    yield signature
    for clause in signature.clauses:
        if clause.call is not None:
            yield from _all(clause.call)


def _nodes(part: object) -> Iterator[object]:
    """A part of a signature and all that it consists of, down to the paths."""
    yield part
    if isinstance(part, Signature):
        if (demand := part.clause("demands")) is not None:
            yield from _nodes(parse_demand(demand.text)[0])
        if (readonly := part.clause("readonly")) is not None and readonly.text:
            yield from _nodes(parse_condition(readonly.text))
    for field in fields(part) if is_dataclass(part) else ():
        value = getattr(part, field.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if is_dataclass(inner) and not isinstance(inner, Signature):
                yield from _nodes(inner)


def _unfit_word(node: Word | Applied) -> Iterator[str]:
    """What a quality or a measure lacks."""
    word, given = (node.text, ()) if isinstance(node, Word) else (node.word, node.arguments)
    meaning = QUALITIES.get(word) or MEASURES.get(word)
    if meaning is None:
        return
    if len(given) < len(takes(meaning)):
        yield f"`{node}` does not fit: `{word}` takes ({', '.join(takes(meaning))})"
    elif word == "ranked" and not _is_literal(given[0], int):
        yield f"`{node}` does not fit: expected a number written out"


def _unfit_predicate(atom: Atom) -> Iterator[str]:
    """What a predicate lacks."""
    wanted = len(set(_PLACES.findall(PREDICATES.get(atom.relation, ""))))
    if len(atom.arguments) < wanted:
        yield f"`{atom}` does not fit: `{atom.relation}` takes {wanted} arguments"
    elif atom.relation in _LITERALS and not _is_literal(atom.arguments[1], _LITERALS[atom.relation]):
        written = "a number written out" if _LITERALS[atom.relation] is int else "a class in quotes"
        yield f"`{atom}` does not fit: expected {written} at the end"


def _is_literal(path: Path, kind: type) -> bool:
    return bool(path.literal) and isinstance(literal(path), kind)
