"""Reviewdog's diagnostic format. Its columns count bytes of UTF-8, from 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic, Related
from tensorlint.report.place import message


def write(found: Sequence[Checked], out: TextIO) -> None:
    diagnostics = [_diagnostic(each, checked) for checked in found for each in checked.diagnostics]
    json.dump(
        {"source": {"name": "tensorlint"}, "severity": "WARNING", "diagnostics": diagnostics}, out, indent=2
    )
    out.write("\n")


def _diagnostic(each: Diagnostic, checked: Checked) -> dict[str, Any]:
    return {
        "message": message(checked, each, each.message),
        "location": _location(each, checked),
        "severity": "ERROR" if checked.failed else "WARNING",
        "code": {"value": each.code},
        "relatedLocations": [
            {"message": message(checked, note, note.message), "location": _location(note, checked)}
            for note in each.notes
        ],
    }


def _location(at: Diagnostic | Related, checked: Checked) -> dict[str, Any]:
    if checked.cells:
        return {"path": checked.name}  # its lines are those of its JSON: the message names the cell
    start = {"line": at.line, "column": _column(checked, at.line, at.column)}
    end = {"line": at.end_line, "column": _column(checked, at.end_line, at.end_column)}
    return {"path": checked.name, "range": {"start": start, "end": end}}


def _column(checked: Checked, line: int, column: int) -> int:
    text = checked.lines[line - 1] if line <= len(checked.lines) else ""
    return len(text[:column].encode("utf-8", "surrogatepass")) + 1
