"""A Code Quality report for GitLab: a list of issues, each with a fingerprint that survives other changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from tensorlint.baseline import fingerprints
from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic
from tensorlint.report.place import message, one_line


def write(found: Sequence[Checked], out: TextIO) -> None:
    issues = [
        _issue(diagnostic, fingerprint, checked)
        for checked in found
        for diagnostic, fingerprint in zip(checked.diagnostics, fingerprints(checked), strict=True)
    ]
    json.dump(issues, out, indent=2)
    out.write("\n")


def _issue(each: Diagnostic, fingerprint: str, checked: Checked) -> dict[str, Any]:
    # The lines of a notebook are those of its JSON: the message names the cell.
    lines = {"begin": 1, "end": 1} if checked.cells else {"begin": each.line, "end": each.end_line}
    return {
        "type": "issue",
        "check_name": each.code,
        "description": message(checked, each, one_line(checked, each)),
        "categories": ["Bug Risk"],
        "fingerprint": fingerprint,
        "severity": "critical" if checked.failed else "major",
        "location": {"path": each.path, "lines": lines},
    }
