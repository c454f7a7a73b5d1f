"""What the audit says of one entry, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


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
