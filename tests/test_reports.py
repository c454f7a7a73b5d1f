"""Public reports: each names its source, shows its harm beside its cure, and was proved by running it."""

from __future__ import annotations

import json
import re

import pytest

from runtime_check.record import HOME
from tensorlint.testing import Fixture, load_fixtures

REPORTS = [fixture for fixture in load_fixtures() if fixture.group == "reports"]
EVIDENCE = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(HOME.glob("*.json"))]
MENDED = re.compile(r"cop(y|ies|ied)\b|clone|in-?\s?place|mutat|modif", re.IGNORECASE)


def named(fixture: Fixture) -> str:
    return fixture.name


@pytest.mark.parametrize("fixture", REPORTS, ids=named)
def test_a_report_names_its_source_and_shows_harm_and_cure(fixture: Fixture) -> None:
    report = fixture.report
    assert report is not None
    assert re.fullmatch(
        r"https://github\.com/[^/]+/[^/]+/(issues|pull|commit)/(\d+|[0-9a-f]{40})", report.url
    )
    assert {case.kind for case in fixture.cases} == {"bad", "good"}
    assert fixture.expectations or fixture.misses


def test_no_report_is_counted_twice() -> None:
    sources = [fixture.report.url for fixture in REPORTS if fixture.report]
    assert len(set(sources)) == len(sources)


def test_there_are_enough_reports_and_most_are_flagged() -> None:
    flagged = [fixture for fixture in REPORTS if fixture.expectations]
    assert len(flagged) >= 30
    assert len(flagged) / len(REPORTS) >= 0.6
    assert {fixture.library for fixture in flagged} >= {"numpy", "torch", "tensorflow", "keras", "jax"}


def test_changes_that_added_a_copy_are_flagged_before_and_silent_after() -> None:
    titled = [f for f in REPORTS if f.expectations and f.report and MENDED.search(f.report.title)]
    assert len(titled) >= 10  # that nothing else is reported, `test_fixtures.py` holds


@pytest.mark.parametrize("fixture", REPORTS, ids=named)
def test_every_report_was_proved(fixture: Fixture) -> None:
    found = [entries[fixture.name] for entries in EVIDENCE if fixture.name in entries]
    assert any(entry["hash"] == fixture.hash and entry["status"] == "proved" for entry in found)
