"""What people say about tensor copies, and what the fixtures say: ``claims.toml`` holds both.

A saying names the functions of fixtures whose claims bear it out when they hold (``supports``) and those
whose claims speak against it (``opposes``). A claim that is refuted counts for the other side: so each run
decides anew, and a library that changes its mind changes the verdict.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorlint.testing import Fixture

from .layout_cost import Cost
from .results import ERROR, HELD, NOT_APPLICABLE, REFUTED, SKIPPED, ClaimResult, FixtureResult, Place

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DATA = Path(__file__).with_name("claims.toml")
TRUE, FALSE, HALF = "true", "false", "half"
UNDECIDED, UNMEASURED = "undecided", "not yet proved on cuda"
VERDICTS = frozenset({TRUE, FALSE, HALF, UNMEASURED})


@dataclass(frozen=True, slots=True)
class Part:
    """A top-level function of a fixture, with the claims on its lines: ``GROUP/NAME:function``."""

    fixture: str
    function: str

    def __str__(self) -> str:
        return f"{self.fixture}:{self.function}"


@dataclass(frozen=True, slots=True)
class Saying:
    """A statement, the verdict on record, and what decides; ``note`` says what holds instead."""

    number: int
    topic: str
    statement: str
    verdict: str
    note: str
    supports: tuple[Part, ...]
    opposes: tuple[Part, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.supports + self.opposes

    @property
    def measured(self) -> bool:
        """It speaks of time on a device: no claim of a fixture can decide it."""
        return not self.parts


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run of a part says: for the saying (True), against it (False), or nothing; and why."""

    part: Part
    agrees: bool | None
    seen: str
    where: str = ""
    refuted: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict of a run, its reasons, and the libraries for lack of which something was not asked."""

    saying: Saying
    verdict: str
    answers: tuple[Answer, ...] = ()
    lacks: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """The run decided otherwise than the record, or could not decide what it ran."""
        if self.saying.measured or UNMEASURED in (self.verdict, self.saying.verdict):
            return False
        return self.verdict not in (self.saying.verdict, SKIPPED)


def load(path: Path = DATA) -> tuple[Saying, ...]:
    """The sayings in the order of their numbers."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["saying"]
    return tuple(sorted(map(_saying, rows), key=lambda saying: saying.number))


def _saying(row: Mapping[str, Any]) -> Saying:
    return Saying(
        row["number"],
        row["topic"],
        row["statement"],
        row["verdict"],
        row["note"],
        _parts(row.get("supports", ())),
        _parts(row.get("opposes", ())),
    )


def _parts(texts: Iterable[str]) -> tuple[Part, ...]:
    return tuple(Part(*text.split(":")) for text in texts)


def decide(
    saying: Saying, fixtures: Sequence[Fixture], results: Sequence[FixtureResult], cost: Cost | None = None
) -> Decision:
    """The verdict that ``results`` allow; ``cost`` decides a saying about time, if it was measured."""
    if saying.measured:
        return _by_cost(saying, cost)
    lines = {part: _lines(part, fixtures) for part in saying.parts}
    answers: list[Answer] = []
    lacks: set[str] = set()
    for part in saying.parts:
        for result in results:
            if result.name != part.fixture:
                continue
            if result.status == SKIPPED:
                lacks.add(result.lacks or "; ".join(result.problems))
            elif (answer := _answer(part, part in saying.supports, lines[part], result)) is not None:
                answers.append(answer)
    missing = {part for part in saying.parts if part not in {answer.part for answer in answers}}
    if not answers and _need_a_gpu(saying, fixtures):
        return Decision(saying, UNMEASURED)
    return Decision(
        saying, _verdict(saying, answers, bool(lacks), missing), tuple(answers), tuple(sorted(lacks))
    )


def _need_a_gpu(saying: Saying, fixtures: Iterable[Fixture]) -> bool:
    """Whether nothing that decides runs on a CPU."""
    deciding = {part.fixture for part in saying.parts}
    return not any(fixture.runs_on("cpu") for fixture in fixtures if fixture.name in deciding)


def _lines(part: Part, fixtures: Iterable[Fixture]) -> range:
    """Raises LookupError when there is no such fixture or function."""
    for fixture in fixtures:
        if fixture.name == part.fixture:
            for node in fixture.tree.body:
                if isinstance(node, ast.FunctionDef) and node.name == part.function:
                    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    raise LookupError(f"no `{part}` among the fixtures")


def _answer(part: Part, supports: bool, lines: range, result: FixtureResult) -> Answer | None:
    """None where no claim of the part speaks of this device or backend."""
    where = result.backend or result.device
    if result.status == ERROR:
        return Answer(part, None, "; ".join(result.problems), where)
    problems = [problem for problem in result.problems if problem.startswith(f"{part.function} ")]
    if problems:
        return Answer(part, None, problems[0], where)
    claims = [claim for claim in result.claims if claim.line in lines and claim.status != NOT_APPLICABLE]
    if not claims:
        return None
    refuted = [claim for claim in claims if claim.status == REFUTED]
    if any(claim.seen == "never executed" for claim in refuted):
        return Answer(part, None, "; ".join(f"{claim.claim}: {claim.seen}" for claim in refuted), where)
    seen = "; ".join(dict.fromkeys(map(_seen, refuted or claims)))
    return Answer(part, supports is not bool(refuted), seen, where, bool(refuted))


def _seen(claim: ClaimResult) -> str:
    """What was seen, with the names that it is about."""
    kind, _, body = claim.claim.partition(": ")
    if kind.startswith("raises"):
        return claim.seen.partition(":")[0]
    if kind.startswith("same") and claim.status == HELD:
        return f"`{body}`"
    return claim.seen if claim.seen.startswith("`") else f"`{body}`: {claim.seen}"


def _verdict(saying: Saying, answers: Sequence[Answer], lacking: bool, missing: Iterable[Part]) -> str:
    sides = {answer.agrees for answer in answers}
    if None in sides:
        return UNDECIDED
    if not lacking and any(missing):
        return UNDECIDED
    found = _of_sides(answer.agrees is True for answer in answers)
    # What is true in one library and false in another needs both.
    return SKIPPED if lacking and (not answers or saying.verdict == HALF != found) else found


def _by_cost(saying: Saying, cost: Cost | None) -> Decision:
    if cost is None:
        return Decision(saying, UNMEASURED)
    part = Part("runtime_check/layout_cost", cost.device_name)
    answers = tuple(
        Answer(
            part,
            cost.slow(operation),
            f"{operation}: {ratio:.2f} times the time of a contiguous tensor",
            "cuda",
        )
        for operation, ratio in cost.ratios.items()
    )
    return Decision(saying, _of_sides(map(cost.slow, cost.ratios)), answers)


def _of_sides(agreeing: Iterable[bool]) -> str:
    sides = set(agreeing)
    return HALF if len(sides) > 1 else TRUE if True in sides else FALSE


def recorded(fixtures: Iterable[Fixture], folder: Path) -> Iterator[tuple[FixtureResult, Place]]:
    """What the evidence files hold of these fixtures, unless it is older than its fixture."""
    hashes = {fixture.name: fixture.hash for fixture in fixtures}
    for path in sorted(folder.glob("*.json")):
        for name, entry in json.loads(path.read_text(encoding="utf-8")).items():
            if isinstance(entry, dict) and hashes.get(name) is not None and hashes[name] == entry.get("hash"):
                place = Place(**entry["place"])
                about = {
                    "name": name,
                    "library": place.library,
                    "device": place.device,
                    "backend": place.backend.partition(" ")[0],
                }
                rest = {key: entry[key] for key in ("hash", "status", "claims", "expectations", "problems")}
                yield FixtureResult.from_json({**about, **rest}), place
