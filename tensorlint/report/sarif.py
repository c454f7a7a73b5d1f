"""SARIF 2.1.0. The code flow of a result tells the alias path: where memory is shared, written and read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path, PurePath
from typing import Any, TextIO
from urllib.parse import quote

from tensorlint.baseline import fingerprints
from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic, Related
from tensorlint.report.place import message, place, row
from tensorlint.rule import RuleInfo, registry

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
Json = dict[str, Any]


def write(found: Sequence[Checked], out: TextIO) -> None:
    json.dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(found)]}, out, indent=2)
    out.write("\n")


def _run(found: Sequence[Checked]) -> Json:
    rules = registry()
    places = {rule.code: index for index, rule in enumerate(rules)}
    driver = {
        "name": "tensorlint",
        "version": metadata.version("tensorlint"),
        "rules": [_rule(rule) for rule in rules],
    }
    failures = [
        _notification(each, checked) for checked in found if checked.failed for each in checked.diagnostics
    ]
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not failures, "toolExecutionNotifications": failures}],
        "results": [
            _result(each, mark, places[each.code], checked)
            for checked in found
            if not checked.failed
            for each, mark in zip(checked.diagnostics, fingerprints(checked), strict=True)
        ],
    }


def _rule(rule: RuleInfo) -> Json:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.headline},
        "fullDescription": {"text": rule.headline},
        "help": {"text": rule.doc.replace("``", "`"), "markdown": rule.doc.replace("``", "`")},
        "defaultConfiguration": {"level": "warning", "enabled": rule.default_on},
        "properties": {"tags": ["correctness", "aliasing"]},
    }


def _result(each: Diagnostic, mark: str, index: int, checked: Checked) -> Json:
    result: Json = {
        "ruleId": each.code,
        "ruleIndex": index,
        "level": "warning",
        "message": {"text": message(checked, each, each.message)},
        "locations": [_location(checked, each)],
        "partialFingerprints": {"tensorlint/v1": mark},
        "properties": {"confidence": each.confidence.word},
    }
    if each.notes:
        result["relatedLocations"] = [
            {"id": number, **_location(checked, note), "message": {"text": note.message}}
            for number, note in enumerate(each.notes, 1)
        ]
        steps = [
            {
                "location": {**_location(checked, step), "message": {"text": step.message}},
                "executionOrder": n,
            }
            for n, step in enumerate(each.story, 1)
        ]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _notification(each: Diagnostic, checked: Checked) -> Json:
    return {
        "descriptor": {"id": each.code},
        "level": "error",
        "message": {"text": message(checked, each, each.message)},
        "locations": [_location(checked, each)],
    }


def _location(checked: Checked, at: Diagnostic | Related) -> Json:
    artifact = {"uri": _uri(checked.name)}
    if checked.cells:  # the lines of a notebook are those of its JSON
        name = row(checked, at.line)
        cell = {"name": name, "fullyQualifiedName": place(checked, at), "kind": "module"}
        return {"physicalLocation": {"artifactLocation": artifact}, "logicalLocations": [cell]}
    region = {"startLine": at.line, "startColumn": at.column + 1}
    if at.end_line:
        region |= {"endLine": at.end_line, "endColumn": at.end_column + 1}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _uri(path: str) -> str:
    """Relative to where the linter ran, where that can be said; every byte that is not plain is escaped."""
    if PurePath(path).is_absolute():
        return Path(path).as_uri()
    return quote(os.fsencode(PurePath(path).as_posix()))
