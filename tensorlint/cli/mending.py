"""`--fix`: findings that have a fix are mended, in the file or in a diff."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from tensorlint.checking import Checked, Plan, failed
from tensorlint.failure import failure
from tensorlint.finding import Diagnostic
from tensorlint.mending import Mended, decoded, mend
from tensorlint.rewriting import rewrite
from tensorlint.source import Source
from tensorlint.suppress import reported


@dataclass(slots=True)
class Mending:
    """How files are to be mended: written anew, or shown as a diff on ``out``."""

    plan: Plan
    unsafe: bool
    out: TextIO | None = None
    mended: int = field(default=0)

    def all(self, found: Sequence[Checked]) -> list[Checked]:
        """What is left of the findings; a file that cannot be mended is told, and stays as it was."""
        return [self._one(checked) if self._has_fixes(checked) else checked for checked in found]

    def _has_fixes(self, checked: Checked) -> bool:
        return any(
            each.repair is not None and (self.unsafe or each.repair.safe) for each in checked.diagnostics
        )

    def _one(self, checked: Checked) -> Checked:
        path = Path(checked.name)
        try:
            data = path.read_bytes()
            text, encoding = decoded(data)
            if Source.read(data, checked.name).lines != checked.lines:
                return failed(failure(checked.name, "stays as it was: changed while it was checked"))
            after = self._mend(text, checked)
            if self.out is not None:
                self.out.writelines(_diff(checked.name, text, after.text))
            elif path.read_bytes() != data:
                return failed(failure(checked.name, "stays as it was: changed while it was mended"))
            else:
                rewrite(path, after.text.encode(encoding))
        except OSError as error:
            return failed(failure(checked.name, f"cannot be written: {error.strerror}"))
        self.mended += len(after.mended)
        return replace(checked, diagnostics=after.left, lines=Source.read(after.text).lines)

    def _mend(self, text: str, checked: Checked) -> Mended:
        """Mend what was reported: no other rule's findings, and nothing that a comment silences."""
        codes = {each.code for each in checked.diagnostics}

        def wanted(source: Source, found: list[Diagnostic]) -> list[Diagnostic]:
            seen = reported(source, found) if self.plan.noqa else found
            return [each for each in seen if each.code in codes]

        return mend(text, checked.name, unsafe=self.unsafe, options=self.plan.options, wanted=wanted)


def _diff(name: str, before: str, after: str) -> list[str]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, name, name)
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
