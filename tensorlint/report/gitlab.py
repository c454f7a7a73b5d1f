"""A Code Quality report for GitLab: a list of issues, each with a fingerprint that survives other changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from tensorlint.baseline import fingerprints
from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic


def write(found: Sequence[Checked], out: TextIO) -> None:
    issues = [
        _issue(diagnostic, fingerprint, "critical" if checked.failed else "major")
        for checked in found
        for diagnostic, fingerprint in zip(checked.diagnostics, fingerprints(checked), strict=True)
    ]
    json.dump(issues, out, indent=2)
    out.write("\n")


def _issue(each: Diagnostic, fingerprint: str, severity: str) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": each.code,
        "description": each.one_line,
        "categories": ["Bug Risk"],
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": each.path, "lines": {"begin": each.line, "end": each.end_line}},
    }
