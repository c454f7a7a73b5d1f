"""A list of objects, with all that is known of a finding. Lines and columns count from 1, in
code points."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic, Related
from tensorlint.notebooks import in_cell


def write(found: Sequence[Checked], out: TextIO) -> None:
    said = [_said(diagnostic, checked) for checked in found for diagnostic in checked.diagnostics]
    json.dump(said, out, indent=2)
    out.write("\n")


def _said(diagnostic: Diagnostic, checked: Checked) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "message": diagnostic.message,
        "confidence": diagnostic.confidence.word,
        "path": diagnostic.path,
        **_place(diagnostic, checked),
        "notes": [{"message": note.message, **_place(note, checked)} for note in diagnostic.notes],
    }


def _place(at: Diagnostic | Related, checked: Checked) -> dict[str, int]:
    """In a notebook, lines are those of the code cell, which is named as well."""
    cell, line = in_cell(checked.cells, at.line) if checked.cells else (0, at.line)
    return {
        **({"cell": cell} if cell else {}),
        "line": line,
        "column": at.column + 1,
        "end_line": at.end_line - at.line + line if at.end_line else 0,
        "end_column": at.end_column + 1,
    }
