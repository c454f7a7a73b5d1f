"""What may notice a mistake: each fixture held against its markers and twins, and each test of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from _pytest.runner import runtestprotocol

from tensorlint import lint_text
from tensorlint.alias.lattice import Sharing
from tensorlint.config import Options
from tensorlint.finding import Diagnostic
from tensorlint.inspection import analyse
from tensorlint.testing import Fixture, Kind, differences, load_fixtures

_CONTRADICTING = {"~": (Sharing.NONE,), "!~": (Sharing.DEFINITE,), "?~": (Sharing.NONE, Sharing.DEFINITE)}


@dataclass(frozen=True, slots=True)
class Killer:
    """``notices`` says whether the linter does something else than it should; it may raise as well."""

    name: str
    group: str
    notices: Callable[[], bool]


def killers(items: list[pytest.Item]) -> Iterator[Killer]:
    for fixture in load_fixtures():
        if fixture.group != "demo":
            yield Killer(fixture.name, fixture.group, lambda fixture=fixture: _is_wrong(fixture))  # type: ignore[misc]
    for item in items:
        yield Killer(item.nodeid, "", lambda item=item: _fails(item))  # type: ignore[misc]


def _is_wrong(fixture: Fixture) -> bool:
    enable = frozenset({fixture.group}) if fixture.group.startswith("TAL") else frozenset()
    found = lint_text(fixture.text, str(fixture.path), options=Options(enable=enable))
    reported = {(each.line, each.code) for each in found}
    if reported != {(each.line, each.code) for each in fixture.expectations}:
        return True
    if _cured_elsewhere(fixture, found):
        return True
    claims = [claim for claim in fixture.alias_claims if claim.kind is Kind.ALIAS]
    if not claims:
        return False
    inspection = analyse(fixture.text)
    for claim in claims:
        first, second = claim.operands
        function = inspection.function_at(claim.line)
        if inspection.sharing(function, claim.line, first, second) in _CONTRADICTING[claim.relation]:
            return True
    return False


def _fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _cured_elsewhere(fixture: Fixture, found: list[Diagnostic]) -> bool:
    """Whether a finding says nothing of the place in which the good case differs from its bad twin."""
    if fixture.misses or not fixture.expectations:
        return False
    named = {note.line for each in found for note in each.notes}
    named.update(line for each in found for line in range(each.line, each.end_line + 1))
    return any(
        named.isdisjoint(differences(fixture, case.stem)[0].bad)
        for case in fixture.cases
        if case.kind == "bad"
    )
