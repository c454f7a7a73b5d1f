"""Decides, from what the runs saw: did the claims hold, has every report a witness, and what is the cause?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tensorlint.testing import Claim, Expectation, Fixture, Kind, Miss

from .cases import Watched
from .instrument import Instrumented, Site
from .results import (
    HELD,
    NOT_APPLICABLE,
    PROVED,
    REFUTED,
    ClaimResult,
    ExpectationResult,
    FixtureResult,
)
from .storage import Picture
from .witness import Seen

_ANY = frozenset({Kind.CHANGES, Kind.RAISES})


def judge(
    fixture: Fixture, instrumented: Instrumented, runs: Mapping[str, Watched], device: str, backend: str = ""
) -> FixtureResult:
    """The verdict on one fixture on one device; `seconds` is left to the caller."""
    claims = {claim: _claim(claim, runs, device, backend) for claim in fixture.claims}
    markers: list[Expectation | Miss] = [*fixture.expectations, *fixture.misses]
    expectations = [
        _expectation(marker, instrumented.site_at[marker.witnessed], claims) for marker in markers
    ]
    sites = [instrumented.site_at[marker.witnessed].number for marker in markers]
    told = list(zip(sites, expectations, strict=True))
    problems = [*_crashes(runs), *_twins(fixture, runs, claims, told)]
    statuses = [*(result.status for result in claims.values()), *(result.status for result in expectations)]
    return FixtureResult(
        fixture.name,
        fixture.library,
        device,
        REFUTED if problems or REFUTED in statuses else PROVED,
        fixture.hash,
        claims=tuple(claims.values()),
        expectations=tuple(expectations),
        problems=tuple(problems),
        backend=backend,
    )


def _claim(claim: Claim, runs: Mapping[str, Watched], device: str, backend: str) -> ClaimResult:
    if not claim.applies_on(device, backend):
        return ClaimResult(claim.line, str(claim), NOT_APPLICABLE, f"speaks of {claim.scope}")
    if claim.kind is Kind.DIFFERS and device == "cpu":
        return ClaimResult(claim.line, str(claim), NOT_APPLICABLE, "needs a second device")
    executions = [(run, seen) for run in runs.values() for seen in run.witness.seen if seen.claim == claim]
    if not executions:
        return ClaimResult(claim.line, str(claim), REFUTED, "never executed")
    if claim.kind in (Kind.WRONG, Kind.LOST):
        answers = [_against_twin(seen, run, runs) for run, seen in executions]
    elif claim.kind is Kind.WASTED:
        answers = [_saved_by_twin(seen, run, runs) for run, seen in executions]
    elif claim.kind is Kind.DIFFERS:
        answers = [_between_devices(claim, run) for run, _ in executions]
    else:
        answers = [(seen.answer, seen.detail) for _, seen in executions]
    decided = [(answer, detail) for answer, detail in answers if answer is not None]
    if not decided:
        return ClaimResult(claim.line, str(claim), REFUTED, answers[-1][1])
    held, detail = _over_all(claim, decided)
    return ClaimResult(claim.line, str(claim), HELD if held else REFUTED, detail)


def _over_all(claim: Claim, decided: Sequence[tuple[bool, str]]) -> tuple[bool, str]:
    """One answer for all executions: some of them for what may happen, every one for what always holds."""
    answers = [answer for answer, _ in decided]
    if claim.relation == "?~":
        if len(set(answers)) == 2:
            return True, f"elements overlapped in {sum(answers)} of {len(answers)} executions"
        return False, f"{decided[0][1]} in every execution"
    held = any(answers) if claim.kind in _ANY else all(answers)
    # The execution that decides: the one that shows it, or the one that speaks against it.
    return held, next(detail for answer, detail in decided if answer is held)


def _against_twin(seen: Seen, run: Watched, runs: Mapping[str, Watched]) -> tuple[bool | None, str]:
    """Whether the value is another than the good twin ended with."""
    name = seen.claim.operands[0]
    if seen.value is None or (seen.claim.kind is Kind.LOST and not seen.answer):
        return seen.answer, seen.detail
    twin = runs.get(f"good_{run.case.stem}")
    right: Sequence[Picture] = twin.witness.revealed.get(name, ()) if twin else ()
    if not right:
        return None, f"good_{run.case.stem} never returned with `{name}`"
    differs = seen.value not in right
    return differs, f"`{name}` is {'not ' if differs else ''}what good_{run.case.stem} ends with"


def _saved_by_twin(seen: Seen, run: Watched, runs: Mapping[str, Watched]) -> tuple[bool | None, str]:
    """Whether the good twin ends with the same and takes less memory, by most of the bytes of the value."""
    name = f"good_{run.case.stem}"
    twin = runs.get(name)
    if twin is None or run.again.taken is None or twin.again.taken is None:
        return None, f"nobody measured what {name} saves"
    if not seen.size:
        return None, seen.detail if seen.value is None else f"`{seen.claim.operands[0]}` is no tensor"
    if run.outcome.picture != twin.outcome.picture:
        return False, f"{name} ends otherwise"
    saved = run.again.taken - twin.again.taken
    # At its most, a run may hold other things that are gone when the copy is made.
    less = 2 * saved > seen.size
    return less, f"{name} ends alike and takes {'less' if less else 'as much'} memory"


def _between_devices(claim: Claim, run: Watched) -> tuple[bool | None, str]:
    here = [seen.value for seen in run.witness.seen if seen.claim == claim]
    there = [seen.value for seen in run.elsewhere if seen.claim == claim]
    if not here or not there:
        return None, "executed on one device only"
    return (
        here != there,
        f"`{claim.operands[0]}` {'differs' if here != there else 'is the same on both devices'}",
    )


def _expectation(
    marker: Expectation | Miss, site: Site, claims: Mapping[Claim, ClaimResult]
) -> ExpectationResult:
    """A report needs a witness: a claim of the same statement that held and shows a harm."""
    wanted = marker.evidence if isinstance(marker, Expectation) else None
    bearing = [claim for claim in site.claims if claim.evidence and wanted in (None, claim.evidence)]
    for claim in bearing:
        if claims[claim].status == HELD:
            return ExpectationResult(marker.line, marker.code, HELD, claim.evidence or "", claims[claim].seen)
    if not bearing:
        kind = f"`{wanted}` " if wanted else ""
        return ExpectationResult(
            marker.line, marker.code, REFUTED, "", f"no {kind}claim of this line shows a harm"
        )
    results = [claims[claim] for claim in bearing]
    if all(result.status == NOT_APPLICABLE for result in results):
        return ExpectationResult(marker.line, marker.code, NOT_APPLICABLE, "", results[0].seen)
    return ExpectationResult(
        marker.line, marker.code, REFUTED, "", f"the harm was not seen: {results[0].seen}"
    )


def _crashes(runs: Mapping[str, Watched]) -> Iterator[str]:
    for name, run in runs.items():
        if run.unexpected is not None:
            line = _last_line(run.unexpected)
            yield f"{name} raised {type(run.unexpected).__name__} at line {line}: {run.unexpected}"
        elif run.outcome.picture != run.again.picture:
            yield f"{name} is random: it gave another outcome when it ran again"


def _last_line(error: BaseException) -> int:
    """The innermost line of the fixture itself: the frames above it belong to the library."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("fixture_"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _twins(
    fixture: Fixture,
    runs: Mapping[str, Watched],
    claims: Mapping[Claim, ClaimResult],
    expectations: Sequence[tuple[int, ExpectationResult]],
) -> Iterator[str]:
    """The cause: a bad case ends otherwise than its twin, which differs in the mended expression alone.
    ``expectations`` come with the number of the site at which each is witnessed.
    """
    for name, run in runs.items():
        if run.case.kind != "bad":
            continue
        good = runs.get(f"good_{run.case.stem}")
        if good is None:
            yield f"{name} has no twin good_{run.case.stem}"
            continue
        reached = [expected for site, expected in expectations if site in run.witness.reached]
        if not reached:
            if fixture.group.startswith("TAL"):
                yield f"{name} runs no line with an expectation"
            continue
        if all(expected.status == NOT_APPLICABLE for expected in reached):
            continue
        if run.outcome.picture != good.outcome.picture:
            continue
        if all(expected.witness == "wasted" for expected in reached):
            continue  # to end alike is what that claims
        if any(expected.witness != "shares" for expected in reached):
            yield f"{name} ends like good_{run.case.stem}: the reported line is not the cause"
        elif not _keeps_apart(good, claims):
            yield f"{name} ends like good_{run.case.stem}, where no claim says that tensors are kept apart"


def _keeps_apart(run: Watched, claims: Mapping[Claim, ClaimResult]) -> bool:
    executed = {seen.claim for seen in run.witness.seen}
    apart = (claim for claim in executed if claim.relation in ("!~", "is not"))
    return any(claims[claim].status == HELD for claim in apart)
