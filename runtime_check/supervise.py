"""Runs a worker for each library, backend and device, and loses nothing when one is killed or hangs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from tensorlint.testing import Fixture

from .results import ERROR, SKIPPED, FixtureResult, Place, titled
from .subprocesses import IMPORT_LIMIT, Worker, Workers

_COMPILE_LIMIT = 600.0  # seconds; the first build of an extension


@dataclass(frozen=True, slots=True)
class Row:
    """All results of one library on one backend and device; ``place`` is None where nothing could run."""

    library: str
    device: str
    place: Place | None
    results: tuple[FixtureResult, ...]
    offered: tuple[str, ...] = ()  # the devices that the library finds on this machine
    backend: str = ""  # of Keras

    @property
    def title(self) -> str:
        return titled(self.library, self.backend)


@dataclass(slots=True)
class Supervisor:
    """Proves fixtures in other processes. ``limit`` is for one fixture, in seconds."""

    progress: Callable[[FixtureResult], None]
    limit: float = 60.0
    _workers: Workers = field(default_factory=Workers)

    def prove(self, fixtures: Sequence[Fixture], device: str) -> tuple[Row, ...]:
        """Prove on ``device``, with ``auto`` on all that there are; libraries run side by side."""
        parts = list(_parts(fixtures))
        with ThreadPoolExecutor(max(1, min(len(parts), os.cpu_count() or 1))) as pool:
            try:
                jobs = [pool.submit(self._library, row, members, device) for row, members in parts]
                return tuple(row for job in jobs for row in job.result())
            except BaseException:
                self._workers.stop()  # the pool waits for its threads, and they for their workers
                raise

    def _library(self, row: Row, fixtures: Sequence[Fixture], device: str) -> tuple[Row, ...]:
        if device != "auto":
            # NumPy knows the CPU only: its proofs are the same whatever device is asked for.
            return (self._device(row, fixtures, "cpu" if row.library == "numpy" else device),)
        if not any(fixture.runs_on("cpu") for fixture in fixtures):
            return (self._device(row, fixtures, "cuda"),)
        first = self._device(row, fixtures, "cpu")
        return (first, *(self._device(row, fixtures, other) for other in first.offered if other != "cpu"))

    def _device(self, row: Row, fixtures: Sequence[Fixture], device: str) -> Row:
        """Feed workers until no fixture is left; the one in which a worker ended becomes an error."""
        left = [fixture for fixture in fixtures if fixture.runs_on(device)]
        row = replace(row, device=device)
        while left and not self._workers.stopped:
            with self._workers.start("runtime_check.worker", _job(row, left)) as worker:
                row = self._listen(worker, row, left)
            if left:
                # When not even the first fixture was begun, the others would fare no better.
                fallen = [left[0]] if worker.begun else list(left)
                row = self._finish(row, left, [(fixture, ERROR, worker.ending) for fixture in fallen])
        return row

    def _listen(self, worker: Worker, row: Row, left: list[Fixture]) -> Row:
        limit = IMPORT_LIMIT
        while (message := worker.receive(limit)) is not None:
            offered = tuple(message.get("devices", row.offered))
            place = Place(**message["place"]) if "place" in message else row.place
            row = replace(row, place=place, offered=offered)
            if "missing" in message:
                lacks = message.get("lacks", row.library)
                return self._finish(row, left, [(f, SKIPPED, message["missing"]) for f in left], lacks)
            if "result" in message:
                result = FixtureResult.from_json(message["result"])
                self.progress(result)
                row = replace(row, results=(*row.results, result))
                left.pop(0)
            limit = self._limit_of(left[0]) if left else self.limit
        return row

    def _finish(
        self, row: Row, left: list[Fixture], unrun: Sequence[tuple[Fixture, str, str]], lacks: str = ""
    ) -> Row:
        """Give fixtures that did not run to their end a result: a status and the reason."""
        results = list(row.results)
        for fixture, status, reason in unrun:
            result = FixtureResult(
                fixture.name,
                fixture.library,
                row.device,
                status,
                fixture.hash,
                problems=(reason,),
                lacks=lacks,
                backend=row.backend,
            )
            self.progress(result)
            results.append(result)
            left.remove(fixture)
        return replace(row, results=tuple(results))

    def _limit_of(self, fixture: Fixture) -> float:
        return max(self.limit, _COMPILE_LIMIT) if "compiler" in fixture.needs else self.limit


def _job(row: Row, fixtures: Sequence[Fixture]) -> dict[str, Any]:
    paths = [str(fixture.path.resolve()) for fixture in fixtures]
    return {"library": row.library, "device": row.device, "backend": row.backend, "paths": paths}


def _parts(fixtures: Sequence[Fixture]) -> Iterator[tuple[Row, list[Fixture]]]:
    """An empty row for each library and backend, with the fixtures that belong to it."""
    for name in sorted({fixture.library for fixture in fixtures}):
        members = [fixture for fixture in fixtures if fixture.library == name]
        backends = {backend for fixture in members for backend in fixture.backends} or {""}
        for backend in sorted(backends):
            bound = [f for f in members if not backend or backend in f.backends]
            yield Row(name, "", None, (), backend=backend), bound
