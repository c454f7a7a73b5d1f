"""A list of objects, with all that is known of a finding. Lines and columns count from 1, in code points."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic, Related


def write(found: Sequence[Checked], out: TextIO) -> None:
    said = [_said(diagnostic) for checked in found for diagnostic in checked.diagnostics]
    json.dump(said, out, indent=2)
    out.write("\n")


def _said(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "message": diagnostic.message,
        "path": diagnostic.path,
        **_place(diagnostic),
        "notes": [{"message": note.message, **_place(note)} for note in diagnostic.notes],
    }


def _place(at: Diagnostic | Related) -> dict[str, int]:
    return {
        "line": at.line,
        "column": at.column + 1,
        "end_line": at.end_line,
        "end_column": at.end_column + 1,
    }
