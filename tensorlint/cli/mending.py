"""`--fix`: findings that have a fix are mended, in the file or in a diff."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from tensorlint.checking import Checked, Plan
from tensorlint.mending import Mended, mend_reported
from tensorlint.notebooks import as_written, cell_starts, sources
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
        lines = as_written(Source.read(after.text).lines)
        left.append(replace(checked, diagnostics=after.left, lines=lines, cells=cell_starts(after.text)))
    return mended, left


def _mend(checked: Checked, plan: Plan, *, unsafe: bool, diff: TextIO | None) -> Mended:
    """Mend one file: what was reported, no other rule's findings, and nothing that a comment silences."""
    file = Editable.of(checked)
    codes = frozenset(each.code for each in checked.diagnostics)
    after = mend_reported(file.text, checked.name, plan, codes, unsafe=unsafe)
    if diff is not None:
        file.bytes_of(after.text)  # what could not be written is not shown either
        diff.writelines(_diffs(checked, file.text, after.text, exact=not diff.isatty()))
    else:
        file.write(after.text)
    return after


def _diffs(checked: Checked, before: str, after: str, *, exact: bool) -> list[str]:
    if not checked.cells:
        return _diff(checked.name, before, after, exact=exact)
    cells = zip(sources(before), sources(after), strict=True)
    return [
        line
        for number, (old, new) in enumerate(cells, 1)
        for line in _diff(f"{checked.name}:cell_{number}", old, new, exact=exact)
    ]


def _diff(name: str, before: str, after: str, *, exact: bool) -> list[str]:
    """The lines of a diff: ``exact`` for a tool that applies it, else what a terminal can show."""
    old, new = _LINES.findall(before), _LINES.findall(after)
    lines = list(difflib.unified_diff(old, new, visible(name), visible(name)))
    if not exact:
        return [f"{visible(line.rstrip())}\n" for line in lines]
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
