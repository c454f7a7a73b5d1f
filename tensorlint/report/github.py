"""Workflow commands that GitHub shows as annotations beside the changed lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic
from tensorlint.report.place import one_line, place
from tensorlint.report.visible import visible


def write(found: Sequence[Checked], out: TextIO) -> None:
    for checked in found:
        level = "error" if checked.failed else "warning"
        for each in checked.diagnostics:
            properties = ",".join(
                f"{key}={_property(value)}" for key, value in _properties(each, checked).items()
            )
            text = f"{place(checked, each)}: {one_line(checked, each)}"
            out.write(f"::{level} {properties}::{_data(text)}\n")


def _properties(each: Diagnostic, checked: Checked) -> dict[str, str]:
    found = {"title": f"{each.code} ({each.name})", "file": each.path}
    if checked.cells:
        return found  # the lines of a notebook are those of its JSON: the message names the cell
    found |= {"line": str(each.line), "endLine": str(each.end_line)}
    if each.line == each.end_line:  # columns are allowed within one line only
        found |= {"col": str(each.column + 1), "endColumn": str(each.end_column + 1)}
    return found


def _data(text: str) -> str:
    """The escapes of a command's message; what else cannot be seen is written out."""
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
