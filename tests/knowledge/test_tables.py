"""Every line of every table follows the grammar, speaks only of its own parameters, and names its source."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from importlib import resources

import pytest

from tensorlint.knowledge.catalog import TABLES, Catalog
from tensorlint.knowledge.checks import complaints
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


@pytest.mark.parametrize("file", FILES)
def test_every_effect_prints_as_it_was_written(file: str) -> None:
    wrong = {row.effect for row in rows(file) if str(parse(row.effect)) != row.effect}
    assert wrong == set()


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_wrong_with_an_effect(file: str) -> None:
    wrong = {row.effect: found for row in rows(file) if (found := [*complaints(parse(row.effect))])}
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
