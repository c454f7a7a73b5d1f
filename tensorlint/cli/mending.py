"""`--fix`: findings that have a fix are mended, in the file or in a diff."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from tensorlint.checking import Checked, Plan
from tensorlint.mending import Mended, mend_reported
from tensorlint.report.visible import visible
from tensorlint.source import Source
from tensorlint.writing import Editable, Refused, not_written

_LINES = re.compile(r"[^\n]*\n|[^\n]+")  # not splitlines(): a form feed ends no line of a diff


def mend_all(
    found: Sequence[Checked], plan: Plan, *, unsafe: bool, diff: TextIO | None = None
) -> tuple[int, list[Checked]]:
    """Write files anew, or only their ``diff``; how many findings that mends, and what is left."""
    mended = 0
    left = []
    for checked in found:
        if not any(each.repair is not None and (unsafe or each.repair.safe) for each in checked.diagnostics):
            left.append(checked)
            continue
        try:
            after = _mend(checked, plan, unsafe=unsafe, diff=diff)
        except (Refused, OSError) as error:
            left.append(not_written(checked, error))
            continue
        mended += len(after.mended)
        left.append(replace(checked, diagnostics=after.left, lines=Source.read(after.text).lines))
    return mended, left


def _mend(checked: Checked, plan: Plan, *, unsafe: bool, diff: TextIO | None) -> Mended:
    """Mend one file: what was reported, no other rule's findings, and nothing that a comment silences."""
    file = Editable.of(checked)
    codes = frozenset(each.code for each in checked.diagnostics)
    after = mend_reported(file.text, checked.name, plan, codes, unsafe=unsafe)
    if diff is not None:
        diff.writelines(_diff(checked.name, file.text, after.text, exact=not diff.isatty()))
    else:
        file.write(after.text)
    return after


def _diff(name: str, before: str, after: str, *, exact: bool) -> list[str]:
    """The lines of a diff: ``exact`` for a tool that applies it, else what a terminal can show."""
    old, new = _LINES.findall(before), _LINES.findall(after)
    lines = list(difflib.unified_diff(old, new, visible(name), visible(name)))
    if not exact:
        return [f"{visible(line.rstrip())}\n" for line in lines]
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
