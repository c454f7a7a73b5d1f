"""What a proof says, as plain data: workers send it, tables show it, evidence files keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

HELD, REFUTED, NOT_APPLICABLE = "held", "refuted", "not applicable"
PROVED, SKIPPED, ERROR = "proved", "skipped", "error"


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim after all runs: held, refuted or not applicable, and what was seen."""

    line: int
    claim: str
    status: str
    seen: str


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """An expected report: ``witness`` is the kind of harm that was seen at its statement."""

    line: int
    code: str
    status: str
    witness: str
    seen: str


@dataclass(frozen=True, slots=True)
class FixtureResult:
    """One fixture on one device: proved, refuted, skipped or error; ``problems`` are not about a claim.

    ``lacks`` names what was missing when it was skipped: a library, a module or a compiler.
    """

    name: str
    library: str
    device: str
    status: str
    hash: str = ""
    seconds: float = 0.0
    claims: tuple[ClaimResult, ...] = ()
    expectations: tuple[ExpectationResult, ...] = ()
    problems: tuple[str, ...] = ()
    lacks: str = ""
    backend: str = ""  # of Keras

    @property
    def group(self) -> str:
        return self.name.partition("/")[0]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> FixtureResult:
        claims = tuple(ClaimResult(**claim) for claim in data["claims"])
        expectations = tuple(ExpectationResult(**expected) for expected in data["expectations"])
        rest = {"claims": claims, "expectations": expectations, "problems": tuple(data["problems"])}
        return FixtureResult(**{**data, **rest})


@dataclass(frozen=True, slots=True)
class Place:
    """Where proofs ran: the library's version, the device's name, and the Python."""

    library: str
    version: str
    device: str
    device_name: str
    python: str
    backend: str = ""  # with its version


def titled(library: str, backend: str) -> str:
    """What a person calls a library on one of its backends: ``keras (jax)``."""
    return f"{library} ({backend})" if backend else library
