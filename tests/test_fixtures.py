"""What the linter and its engine say of the fixtures, held against what running them shows."""

from __future__ import annotations

import pytest

from tensorlint import lint_text
from tensorlint.alias.lattice import Sharing
from tensorlint.config import Options
from tensorlint.finding import Diagnostic
from tensorlint.inspection import analyse
from tensorlint.rule import registry
from tensorlint.testing import Fixture, Kind, load_fixtures

FIXTURES = [fixture for fixture in load_fixtures() if fixture.group != "demo"]
RULES = {rule.code: rule for rule in registry()}
CONTRADICTING = {"~": (Sharing.NONE,), "!~": (Sharing.DEFINITE,), "?~": (Sharing.NONE, Sharing.DEFINITE)}
ANSWERING = {"~": Sharing.DEFINITE, "!~": Sharing.NONE}


def linted(fixture: Fixture) -> list[Diagnostic]:
    """What the rules say, with the one of the fixture's folder switched on."""
    return lint_text(
        fixture.text, str(fixture.path), options=Options(enable=frozenset({fixture.group}) & RULES.keys())
    )


def named(fixture: Fixture) -> str:
    return fixture.name


@pytest.mark.parametrize("fixture", FIXTURES, ids=named)
def test_reports_exactly_what_is_expected(fixture: Fixture) -> None:
    reported = {(d.line, d.code) for d in linted(fixture)}
    expected = {(e.line, e.code) for e in fixture.expectations}
    assert reported == expected


@pytest.mark.parametrize("fixture", [f for f in FIXTURES if f.misses], ids=named)
def test_known_misses_are_still_missed(fixture: Fixture) -> None:
    reported = {(d.line, d.code) for d in linted(fixture)}
    assert not reported & {(miss.line, miss.code) for miss in fixture.misses}


@pytest.mark.parametrize("fixture", [f for f in FIXTURES if f.expectations], ids=named)
def test_every_expectation_stands_beside_a_claim_that_its_rule_accepts(fixture: Fixture) -> None:
    for expectation in fixture.expectations:
        accepted = {kind.value for kind in RULES[expectation.code].evidence}
        claimed = {claim.evidence for claim in fixture.claims if claim.line == expectation.witnessed}
        assert accepted & claimed, f"{fixture.path}:{expectation.line}"
        assert expectation.evidence is None or expectation.evidence in accepted & claimed


@pytest.mark.parametrize("fixture", [f for f in FIXTURES if f.alias_claims], ids=named)
def test_the_engine_contradicts_no_alias_claim(fixture: Fixture) -> None:
    inspection = analyse(fixture.text)
    for claim in fixture.alias_claims:
        if claim.kind is not Kind.ALIAS:
            continue
        first, second = claim.operands
        answer = inspection.sharing(inspection.function_at(claim.line), claim.line, first, second)
        where = f"{fixture.path}:{claim.line}: {first} {claim.relation} {second} is answered {answer.value}"
        assert answer not in CONTRADICTING[claim.relation], where


def test_the_engine_answers_most_alias_claims() -> None:
    answers = []
    for fixture in FIXTURES:
        inspection = analyse(fixture.text)
        for claim in fixture.alias_claims:
            if claim.kind is Kind.ALIAS and claim.relation in ANSWERING and claim.device is None:
                first, second = claim.operands
                answer = inspection.sharing(inspection.function_at(claim.line), claim.line, first, second)
                answers.append(answer is ANSWERING[claim.relation])
    assert sum(answers) / len(answers) >= 0.69, f"{sum(answers)} of {len(answers)} claims answered"


def test_every_rule_has_a_fixture_that_expects_it() -> None:
    expected = {expectation.code for fixture in FIXTURES for expectation in fixture.expectations}
    assert set(RULES) <= expected
