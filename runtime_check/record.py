"""Evidence files: what was proved on devices that the next machine may lack.

``DIR/LIBRARY-DEVICE.json`` (``DIR/keras-BACKEND-DEVICE.json``) holds one entry for each fixture: the hash of
its code and claims, what each claim saw, and where. An entry whose hash is no longer the fixture's is older
than its fixture and proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tensorlint.testing import Fixture

from .results import PROVED, REFUTED, FixtureResult, Place, titled
from .supervise import Row

HOME = Path(__file__).resolve().parent / "evidence"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A group of fixtures on a device that this run did not use: what the evidence files say of it."""

    group: str
    library: str
    backend: str
    device: str
    total: int
    proved: int
    older: int
    device_names: tuple[str, ...]

    @property
    def title(self) -> str:
        return titled(self.library, self.backend)

    @property
    def verdict(self) -> str:
        parts = []
        if self.proved:
            parts.append(f"{self.proved} recorded on {', '.join(self.device_names)}")
        if self.older:
            parts.append(
                f"{self.older} older than their fixtures" if self.older > 1 else "1 older than its fixture"
            )
        missing = self.total - self.proved - self.older
        if missing:
            parts.append(
                f"{missing} not yet proved on {self.device}" if parts else f"not yet proved on {self.device}"
            )
        return ", ".join(parts)

    @property
    def complete(self) -> bool:
        return self.proved == self.total


def write(rows: Iterable[Row], folder: Path) -> tuple[Path, ...]:
    """Write what was proved or refuted; entries of fixtures that did not run stay as they are."""
    written = []
    for row in rows:
        if row.place is None:
            continue
        path = _file(folder, row.library, row.backend, row.device)
        entries = _entries(path)
        entries.update(
            (result.name, _entry(result, row.place))
            for result in row.results
            if result.status in (PROVED, REFUTED)
        )
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(_one_line_each(entries), encoding="utf-8")
        written.append(path)
    return tuple(written)


def _file(folder: Path, library: str, backend: str, device: str) -> Path:
    return folder / f"{'-'.join(filter(None, (library, backend, device)))}.json"


def _one_line_each(entries: Mapping[str, Any]) -> str:
    """JSON in which a fixture is a line, so that a difference between two versions can be read."""
    lines = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(entries.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _entries(path: Path) -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return entries


def _entry(result: FixtureResult, place: Place) -> Mapping[str, Any]:
    return {
        "hash": result.hash,
        "status": result.status,
        "place": asdict(place),
        "claims": [asdict(claim) for claim in result.claims],
        "expectations": [asdict(expected) for expected in result.expectations],
        "problems": list(result.problems),
    }


def elsewhere(fixtures: Sequence[Fixture], rows: Sequence[Row], folder: Path = HOME) -> tuple[Elsewhere, ...]:
    """For each group and library what is recorded of the GPU, unless this run proved it there itself."""
    ran = {(row.library, row.backend) for row in rows if row.device == "cuda" and row.place is not None}
    members: dict[tuple[str, str, str], list[Fixture]] = {}
    for fixture in fixtures:
        for backend in (fixture.backends or ("",)) if runs_on(fixture, "cuda") else ():
            members.setdefault((fixture.group, fixture.library, backend), []).append(fixture)
    return tuple(
        _recorded(*key, "cuda", fixtures, _entries(_file(folder, *key[1:], "cuda")))
        for key, fixtures in sorted(members.items())
        if key[1:] not in ran
    )


def runs_on(fixture: Fixture, device: str) -> bool:
    """NumPy knows the CPU only."""
    return fixture.library != "numpy" and fixture.runs_on(device)


def _recorded(
    group: str, name: str, backend: str, device: str, members: Sequence[Fixture], entries: Mapping[str, Any]
) -> Elsewhere:
    known = [(fixture, entries[fixture.name]) for fixture in members if fixture.name in entries]
    valid = [entry for fixture, entry in known if entry["hash"] == fixture.hash]
    proved = [entry for entry in valid if entry["status"] == PROVED]
    names = tuple(sorted({entry["place"]["device_name"] for entry in proved}))
    return Elsewhere(group, name, backend, device, len(members), len(proved), len(known) - len(valid), names)
