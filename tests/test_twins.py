"""Cause: a good case differs from its bad twin in one place, and that is a place which the finding names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensorlint import lint_text
from tensorlint.config import Options
from tensorlint.testing import Difference, Fixture, differences, load_fixture, load_fixtures

FIXTURES = [fixture for fixture in load_fixtures() if any(case.kind == "bad" for case in fixture.cases)]


def stems(fixture: Fixture) -> list[str]:
    return [case.stem for case in fixture.cases if case.kind == "bad"]


def name(fixture: Fixture) -> str:
    return fixture.name


@pytest.mark.parametrize("fixture", FIXTURES, ids=name)
def test_good_differs_from_bad_in_one_place(fixture: Fixture) -> None:
    for stem in stems(fixture):
        found = differences(fixture, stem)
        assert len(found) == 1, f"bad_{stem} and good_{stem} differ in {found}"


@pytest.mark.parametrize("fixture", [f for f in FIXTURES if f.expectations], ids=name)
def test_the_finding_names_the_place_that_cures_it(fixture: Fixture) -> None:
    named: set[int] = set()
    options = Options(enable=frozenset({fixture.group}))
    for diagnostic in lint_text(fixture.text, str(fixture.path), options=options):
        named.update(range(diagnostic.line, diagnostic.end_line + 1))
        named.update(note.line for note in diagnostic.notes)
    unnamed = [stem for stem in stems(fixture) if not named.intersection(differences(fixture, stem)[0].bad)]
    assert unnamed == [] or fixture.misses


PAIR = """\
import numpy as np

class Views:
    def first(self, x):
        return {expression}

class Copies:
    def first(self, x):
        return x[0].copy()

def bad_first(n=2):
    y = Views().first(np.zeros(3))
    return y + 1

def good_first(n=2):
    y = Copies().first(np.zeros(3))
    return y {operator} 1
"""


@pytest.mark.parametrize(
    ("expression", "operator", "expected"),
    [
        ("x[0].copy()", "+", []),
        ("x[0]", "+", [Difference(range(5, 6), range(9, 10))]),
        ("x[1].copy()", "+", [Difference(range(5, 6), range(9, 10))]),
        ("x[0].copy()", "-", [Difference(range(13, 14), range(17, 18))]),
        ("x[0]", "-", [Difference(range(5, 6), range(9, 10)), Difference(range(13, 14), range(17, 18))]),
    ],
)
def test_differences_are_found_where_they_are(
    tmp_path: Path, expression: str, operator: str, expected: list[Difference]
) -> None:
    path = tmp_path / "TAL101" / "x.py"
    path.parent.mkdir()
    path.write_text(PAIR.format(expression=expression, operator=operator), encoding="utf-8")
    assert sorted(differences(load_fixture(path), "first"), key=lambda found: found.bad.start) == expected


def test_a_statement_more_is_one_difference(tmp_path: Path) -> None:
    path = tmp_path / "TAL101" / "x.py"
    path.parent.mkdir()
    bad = "import numpy as np\ndef bad_a():\n    x = np.zeros(2)\n    return x\n"
    path.write_text(
        bad + "def good_a():\n    x = np.zeros(2)\n    x = x.copy()\n    return x\n", encoding="utf-8"
    )
    assert differences(load_fixture(path), "a") == (Difference(range(4, 5), range(7, 8)),)
