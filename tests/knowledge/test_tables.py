"""Every line of every table follows the grammar, speaks only of its own parameters, and names its source."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import pytest

from tensorlint.knowledge.catalog import TABLES, Catalog
from tensorlint.knowledge.effects import (
    Applied,
    Case,
    ElementsWritten,
    Many,
    New,
    Path,
    Signature,
    Term,
    Typed,
)
from tensorlint.knowledge.grammar import parse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILES = sorted({file for files in TABLES.values() for file in files})


@dataclass(frozen=True, slots=True)
class Row:
    effect: str
    source: str
    names: tuple[str, ...]


def rows(file: str) -> list[Row]:
    data = tomllib.loads(resources.files("tensorlint.knowledge").joinpath(file).read_text("utf-8"))
    for header in ("tensor", "types", "aliases", "prefixes", "telling"):
        data.pop(header, None)
    groups = [Row(g["effect"], g.get("source", ""), tuple(g["names"])) for g in data.pop("group", [])]
    return groups + [Row(row["effect"], row.get("source", ""), (name,)) for name, row in data.items()]


def roots(term: Term) -> Iterator[str]:
    """The parameters that a term speaks of."""
    if isinstance(term, Typed):
        yield from roots(term.term)
    elif isinstance(term, Path):
        yield term.root
    elif isinstance(term, Applied):
        yield from (path.root for path in term.arguments)
    elif isinstance(term, Many):
        yield from (root for inner in term.terms for root in roots(inner))
    elif isinstance(term, New):
        applied = [quality for quality in term.qualities if isinstance(quality, Applied)]
        yield from (path.root for quality in applied for path in quality.arguments)


def named(case: Case) -> Iterator[str]:
    """The parameters that a case speaks of, its writes and guard included."""
    yield from roots(case.term)
    for write in case.writes:
        yield write.path.root
        if not isinstance(write, ElementsWritten):
            yield from roots(write.term)
    if case.guard is not None:
        yield from (path.root for atom in case.guard.atoms for path in atom.arguments)


def strangers(signature: Signature) -> set[str]:
    """What a signature speaks of without having it as a parameter. A literal has no root."""
    own = {parameter.name for parameter in signature.parameters}
    found = {root for case in signature.cases for root in named(case) if root} - own
    for clause in signature.clauses:
        if clause.call is not None:
            found |= strangers(clause.call)
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_effect_prints_as_it_was_written(file: str) -> None:
    wrong = {row.effect for row in rows(file) if str(parse(row.effect)) != row.effect}
    assert wrong == set()


@pytest.mark.parametrize("file", FILES)
def test_an_effect_speaks_of_its_own_parameters(file: str) -> None:
    wrong = {row.effect: found for row in rows(file) if (found := strangers(parse(row.effect)))}
    assert wrong == {}


@pytest.mark.parametrize("file", FILES)
def test_every_row_names_a_public_page(file: str) -> None:
    assert [row.names[0] for row in rows(file) if not row.source.startswith("https://")] == []


@pytest.mark.parametrize("file", FILES)
def test_every_row_names_something(file: str) -> None:
    assert [row.effect for row in rows(file) if not row.names] == []


def test_no_name_stands_in_two_rows() -> None:
    counted = Counter(name for file in FILES for row in rows(file) for name in row.names)
    assert [name for name, count in counted.items() if count > 1] == []


def test_a_name_stands_in_the_table_of_its_library() -> None:
    astray = [
        name
        for file in FILES
        for row in rows(file)
        for name in row.names
        if file not in TABLES.get(name.partition(".")[0], ())
    ]
    assert astray == []


def test_bases_end_and_are_known() -> None:
    catalog = Catalog()
    assert [*catalog.bases("torch.nn.Linear")] == ["torch.nn.Linear", "torch.nn.Module"]
    assert catalog.is_tensor("torch.nn.Parameter")
    assert not catalog.is_tensor("torch.nn.Linear")


def test_a_stranger_is_found() -> None:
    signature = parse("(self, x) -> new(like(y)) if given(z) | part(x), w! ; call (self) -> v")
    assert strangers(signature) == {"y", "z", "w", "v"}
