"""Mend a file: fix after fix, until none is left or nothing changes any more."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tensorlint.checking import Plan
from tensorlint.config import Options
from tensorlint.finding import Diagnostic
from tensorlint.fixes import applied, compatible
from tensorlint.lint import lint
from tensorlint.source import Source
from tensorlint.suppress import reported

MOST_ROUNDS = 10  # one fix may uncover another one

Wanted = Callable[[Source, list[Diagnostic]], list[Diagnostic]]
_Kind = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mended:
    """A file after its fixes: the text, what was mended, and what is left."""

    text: str
    mended: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


def mend(
    text: str,
    filename: str = "<text>",
    *,
    unsafe: bool = False,
    options: Options = Options(),
    wanted: Wanted = lambda source, found: found,
) -> Mended:
    """Mend what is ``wanted`` of the findings and has a fix: a safe one, or with ``unsafe`` any one.

    A second run changes nothing more. Line ends, blanks and comments outside of the edits stay; a change that
    would be no Python, or after which a finding still stands that it was made for, is not kept. Raises what
    :func:`tensorlint.lint_text` raises.
    """

    def look(text: str) -> list[Diagnostic]:
        source = Source.read(text, filename)
        return wanted(source, lint(source, None, options))

    mended: list[Diagnostic] = []
    vain: set[_Kind] = set()
    found = look(text)
    for _ in range(MOST_ROUNDS):
        wished = [d for d in found if _kind(d) not in vain]
        fixes = {id(d.repair): d for d in wished if d.repair is not None and (unsafe or d.repair.safe)}
        chosen = compatible(d.repair for d in fixes.values() if d.repair is not None)
        new = applied(text, chosen)
        if not chosen or not _is_python(new, filename):
            break
        left = look(new)
        before, after = Counter(map(_kind, found)), Counter(map(_kind, left))
        made = [fixes[id(repair)] for repair in chosen]
        in_vain = {kind for kind in map(_kind, made) if after[kind] >= before[kind]}
        vain |= in_vain
        if not in_vain:
            text, found = new, left
            mended += made
    return Mended(text, tuple(mended), tuple(found))


def _kind(finding: Diagnostic) -> _Kind:
    """What a finding says and how it would be mended, wherever it stands."""
    return finding.code, finding.message, finding.repair.title if finding.repair is not None else ""


def mend_reported(text: str, name: str, plan: Plan, codes: frozenset[str], *, unsafe: bool = False) -> Mended:
    """Mend what is reported of some rules, and nothing that a comment silences."""

    def wanted(source: Source, found: list[Diagnostic]) -> list[Diagnostic]:
        seen = reported(source, found) if plan.noqa else found
        return [each for each in seen if each.code in codes]

    return mend(text, name, unsafe=unsafe, options=plan.options, wanted=wanted)


def _is_python(text: str, filename: str) -> bool:
    try:
        ast.parse(text, filename)
    except (SyntaxError, ValueError):
        return False
    return True
