"""What may notice a mistake: each fixture held against its markers, and each test of the engine.

Which functions each of them calls, and how long it takes, is found out once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType

import pytest
from _pytest.runner import runtestprotocol

from tensorlint import lint_text
from tensorlint.alias.lattice import Sharing
from tensorlint.config import Options
from tensorlint.inspection import analyse
from tensorlint.testing import Fixture, Kind, load_fixtures

_CONTRADICTING = {"~": (Sharing.NONE,), "!~": (Sharing.DEFINITE,), "?~": (Sharing.NONE, Sharing.DEFINITE)}

Called = frozenset[tuple[str, int, str]]  # functions: file, first line, name


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


def watched(killer: Killer, part: str) -> tuple[float, Called]:
    """CPU seconds of a killer, and the functions that it calls in files whose path holds ``part``.

    Raises ValueError where it notices something although no mistake was made.
    """
    codes: set[CodeType] = set()

    def called(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            codes.add(frame.f_code)

    sys.setprofile(called)
    start = time.process_time()
    try:
        noticed = killer.notices()
    finally:
        sys.setprofile(None)
    if noticed:
        raise ValueError(f"{killer.name} fails without a mistake")
    seconds = time.process_time() - start
    return seconds, frozenset(
        (code.co_filename, code.co_firstlineno, code.co_name) for code in codes if part in code.co_filename
    )
