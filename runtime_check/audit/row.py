"""What the audit says of one entry, as plain data."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from tensorlint.knowledge.catalog import Catalog, Entry


class Verdict(str, Enum):
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNPROVED = "unproved"
    LACKING = "lacking"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry on one device. ``reason`` is empty only for what is confirmed.

    ``probes`` counts the calls that ended without an error. ``seen`` are the cases of the entry, as they
    print, that some probe showed: a page that says "view or copy" stands on both having been seen.
    """

    name: str
    effect: str
    verdict: Verdict
    reason: str = ""
    probes: int = 0
    seen: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Row:
        return Row(**{**data, "verdict": Verdict(data["verdict"]), "seen": tuple(data["seen"])})


def entries_of(library: str) -> list[Entry]:
    """Every entry of a library's tables, sorted by name."""
    return sorted(Catalog().entries(library), key=lambda entry: entry.name)


def reason_against(entry: Entry, unproved: Mapping[str, Container[str]]) -> str:
    """Why an entry is not called, of the reasons that stand above names; empty where it is."""
    return next((reason for reason, names in unproved.items() if entry.name in names), "")
