"""Reads fixtures and their markers: one reader for tests, proofs and docs; standard library only."""

from .alone import alone
from .fixture import (
    Case,
    Fixture,
    FixtureError,
    Report,
    default_root,
    load_fixture,
    load_fixtures,
    select_fixtures,
)
from .markers import Claim, Expectation, Kind, MarkerError, Markers, Miss, parse_markers
from .twins import Difference, differences

__all__ = [
    "Case",
    "Claim",
    "Difference",
    "Expectation",
    "Fixture",
    "FixtureError",
    "Kind",
    "MarkerError",
    "Markers",
    "Miss",
    "Report",
    "alone",
    "default_root",
    "differences",
    "load_fixture",
    "load_fixtures",
    "parse_markers",
    "select_fixtures",
]
