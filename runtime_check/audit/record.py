"""Evidence files of the audit: ``DIR/audit/LIBRARY-DEVICE.json``, a line for each entry, sorted by name.

A row whose effect is no longer the entry's is older than its entry and proves nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runtime_check.audit.row import Row, Verdict
from runtime_check.audit.subjects import Subject
from runtime_check.audit.supervise import Audit
from runtime_check.record import HOME
from runtime_check.results import Place


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an evidence file holds; ``complete`` is whether the audit came to its end."""

    place: Place
    complete: bool
    rows: tuple[Row, ...]


def write(audit: Audit, folder: Path) -> Path | None:
    """Write what an audit found, over what an earlier one did; None where nothing could be called."""
    if audit.place is None:
        return None
    path = _file(audit.subject, audit.device, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = sorted(f"{json.dumps(row.name)}: {json.dumps(_plain(row))}" for row in audit.rows)
    head = f'"place": {json.dumps(asdict(audit.place))},\n"complete": {json.dumps(audit.complete)}'
    rows = ",\n".join(lines)
    path.write_text(f'{{\n{head},\n"rows": {{\n{rows}\n}}\n}}\n', encoding="utf-8")
    return path


def read(subject: Subject, device: str, folder: Path = HOME) -> Recorded | None:
    """What is recorded of a subject on a device; None where nothing is."""
    path = _file(subject, device, folder)
    if not path.exists():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    rows = (_row(name, row) for name, row in data["rows"].items())
    return Recorded(Place(**data["place"]), data["complete"], tuple(rows))


def _file(subject: Subject, device: str, folder: Path) -> Path:
    parts = filter(None, (subject.library, subject.backend, device))
    return folder / "audit" / f"{'-'.join(parts)}.json"


def _plain(row: Row) -> dict[str, Any]:
    """A row without its name, which stands before it, and without what is empty."""
    return {key: value for key, value in row.as_json().items() if key != "name" and value}


def _row(name: str, data: dict[str, Any]) -> Row:
    return Row(
        name,
        data["effect"],
        Verdict(data["verdict"]),
        data.get("reason", ""),
        data.get("probes", 0),
        tuple(data.get("seen", ())),
    )
