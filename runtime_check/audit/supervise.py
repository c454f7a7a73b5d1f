"""Audits libraries in other processes, two at a time, and loses no row when one ends, hangs or is stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

from runtime_check.audit.row import Row, Verdict
from runtime_check.audit.subjects import Subject
from runtime_check.results import Place
from runtime_check.subprocesses import IMPORT_LIMIT, Worker, Workers

_SIDE_BY_SIDE = 2  # each holds a large library in memory


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found of one library on one device; ``place`` is None where nothing could be called.

    ``missing`` says why it was skipped, ``lacks`` for lack of what; ``failure`` why it ended too early.
    """

    subject: Subject
    device: str
    place: Place | None = None
    effects: Mapping[str, str] = field(default_factory=dict)  # of all entries, by name
    rows: tuple[Row, ...] = ()
    missing: str = ""
    lacks: str = ""
    failure: str = ""
    offered: tuple[str, ...] = ()  # the devices that the library finds on this machine

    @property
    def complete(self) -> bool:
        """Whether there were entries, and each has its row."""
        return bool(self.effects) and len(self.rows) == len(self.effects)

    def count(self, verdict: Verdict) -> int:
        return sum(row.verdict is verdict for row in self.rows)

    @property
    def unproved(self) -> float:
        """The percentage of what the installed version has that could not be proved."""
        present = len(self.rows) - self.count(Verdict.LACKING)
        return 100 * self.count(Verdict.UNPROVED) / present if present else 0.0


@dataclass(slots=True)
class Auditor:
    """Calls the entries of libraries. ``limit`` is for one entry, in seconds.

    ``progress`` hears of every row, with what its audit has by then; ``ended`` of every audit at its end.
    """

    progress: Callable[[Audit], None]
    ended: Callable[[Audit], None]
    limit: float = 60.0
    _workers: Workers = field(default_factory=Workers)

    def audit(self, subjects: Sequence[Subject], device: str) -> tuple[Audit, ...]:
        """Audit on ``device``, with ``auto`` on all that there are; an interrupt keeps what was found."""
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            jobs = [pool.submit(self._subject, subject, device) for subject in subjects]
            try:
                wait(jobs)
            except KeyboardInterrupt:
                self._workers.stop()  # the pool waits for its threads, and they for their workers
            return tuple(audit for job in jobs for audit in job.result())

    def _subject(self, subject: Subject, device: str) -> tuple[Audit, ...]:
        first = self._device(Audit(subject, "cpu" if device == "auto" else device))
        others = [each for each in first.offered if each != "cpu"] if device == "auto" else []
        return (first, *(self._device(Audit(subject, other)) for other in others))

    def _device(self, audit: Audit) -> Audit:
        """Start workers until every entry has its row; the one in which a worker ended is unproved."""
        if audit.device not in audit.subject.devices:
            audit = replace(audit, missing=f"{audit.subject.library} knows no {audit.device} device")
        while not (self._workers.stopped or audit.complete or audit.missing or audit.failure):
            with self._workers.start("runtime_check.audit.worker", _job(audit)) as worker:
                audit = self._listen(worker, audit)
        if self._workers.stopped and not audit.complete:
            audit = replace(audit, failure="interrupted")
        self.ended(audit)
        return audit

    def _listen(self, worker: Worker, audit: Audit) -> Audit:
        limit, called = IMPORT_LIMIT, ""
        while (message := worker.receive(limit)) is not None:
            audit = _told(audit, message)
            called = message.get("begin", "")
            if "row" in message:
                self.progress(audit)
            if "place" not in message:  # after which the module is still to be imported
                limit = self.limit
        if self._workers.stopped or audit.complete or audit.missing:
            return audit
        if not called:  # the other entries would fare no better
            return replace(audit, failure=worker.ending)
        row = Row(called, audit.effects[called], Verdict.UNPROVED, worker.ending)
        audit = replace(audit, rows=(*audit.rows, row))
        self.progress(audit)
        return audit


def _job(audit: Audit) -> dict[str, Any]:
    return {
        "library": audit.subject.library,
        "backend": audit.subject.backend,
        "module": audit.subject.home,
        "device": audit.device,
        "done": [row.name for row in audit.rows],
    }


def _told(audit: Audit, message: Mapping[str, Any]) -> Audit:
    """An audit with what its worker said last."""
    if "missing" in message:
        lacks = message.get("lacks", audit.subject.library)
        offered = tuple(message.get("devices", ()))
        return replace(audit, missing=message["missing"], lacks=lacks, offered=offered)
    if "place" in message:
        return replace(audit, place=Place(**message["place"]), offered=tuple(message["devices"]))
    if "entries" in message:
        return replace(audit, effects=message["entries"])
    if "row" in message:
        return replace(audit, rows=(*audit.rows, Row.from_json(message["row"])))
    return audit
