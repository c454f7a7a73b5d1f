"""Starts a worker for each library and device, and loses nothing when one is killed or hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorlint.testing import Fixture

from .results import ERROR, SKIPPED, FixtureResult, Place

_IMPORT_LIMIT = 300.0  # seconds; a cold import of a large library on a busy machine
_COMPILE_LIMIT = 600.0  # an extension's first build


@dataclass(frozen=True, slots=True)
class Row:
    """All results of one library on one device; ``place`` is None where nothing could run."""

    library: str
    device: str
    place: Place | None
    results: tuple[FixtureResult, ...]
    offered: tuple[str, ...] = ()  # the devices that the library finds on this machine
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds`` is for one fixture."""

    seconds: float = 60.0

    def of(self, fixture: Fixture) -> float:
        return max(self.seconds, _COMPILE_LIMIT) if "C++ compiler" in fixture.needs else self.seconds


Progress = Callable[[FixtureResult], None]


def prove_all(
    fixtures: Sequence[Fixture], device: str, limits: Limits, progress: Progress
) -> tuple[Row, ...]:
    """Prove every fixture on ``device``, with ``auto`` on all that there are; libraries run side by side."""
    libraries = sorted({fixture.library for fixture in fixtures})
    with ThreadPoolExecutor(max(1, min(len(libraries), os.cpu_count() or 1))) as pool:
        jobs = [
            pool.submit(_library, name, [f for f in fixtures if f.library == name], device, limits, progress)
            for name in libraries
        ]
        return tuple(row for job in jobs for row in job.result())


def _library(
    name: str, fixtures: Sequence[Fixture], device: str, limits: Limits, progress: Progress
) -> tuple[Row, ...]:
    if device != "auto":
        # NumPy knows the CPU only: its proofs are the same whatever device is asked for.
        return (_device(name, fixtures, "cpu" if name == "numpy" else device, limits, progress),)
    first = _device(name, fixtures, "cpu", limits, progress)
    others = [other for other in first.offered if other != "cpu"]
    return (first, *(_device(name, fixtures, other, limits, progress) for other in others))


def _device(name: str, fixtures: Sequence[Fixture], device: str, limits: Limits, progress: Progress) -> Row:
    """Feed workers until no fixture is left; the one in which a worker ended becomes an error."""
    left = [fixture for fixture in fixtures if not fixture.devices or device in fixture.devices]
    results: list[FixtureResult] = []
    place: Place | None = None
    offered: tuple[str, ...] = ()

    def finish(result: FixtureResult) -> None:
        results.append(result)
        progress(result)

    while left:
        running: Fixture | None = None
        with _Worker(name, device, left) as worker:
            for message in worker.messages(limits):
                offered = tuple(message.get("devices", offered))
                if "missing" in message:
                    for fixture in left:
                        finish(_without_run(fixture, device, SKIPPED, message["missing"]))
                    return Row(name, device, None, tuple(results), offered, message["missing"])
                if "place" in message:
                    place = Place(**message["place"])
                elif "begin" in message:
                    running = left[0]
                elif "result" in message:
                    finish(FixtureResult.from_json(message["result"]))
                    running = None
                    left.pop(0)
        if left:
            # Without a fixture in flight the worker cannot even start: the others would fare no better.
            for fixture in [running] if running else list(left):
                finish(_without_run(fixture, device, ERROR, worker.ending))
                left.remove(fixture)
    return Row(name, device, place, tuple(results), offered)


def _without_run(fixture: Fixture, device: str, status: str, reason: str) -> FixtureResult:
    return FixtureResult(fixture.name, fixture.library, device, status, fixture.hash, problems=(reason,))


class _Worker:
    """A running worker. ``ending`` says in words how it ended."""

    def __init__(self, library: str, device: str, fixtures: Sequence[Fixture]) -> None:
        self.fixtures = fixtures
        self.ending = ""
        self.timed_out = False
        job = {
            "library": library,
            "device": device,
            "paths": [str(fixture.path.resolve()) for fixture in fixtures],
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime_check.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(device),
            start_new_session=os.name == "posix",  # so that compilers that it started end with it
        )
        self.complaints: list[str] = []
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it ended already: `ending` will say how

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self._kill()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.complaints.append(line.rstrip())
            del self.complaints[:-20]

    def messages(self, limits: Limits) -> Iterator[dict[str, Any]]:
        """What the worker answers; it is killed when the next answer takes longer than its limit."""
        assert self.process.stdout is not None
        limit = _IMPORT_LIMIT
        done = 0
        while True:
            watchdog = threading.Timer(limit, self._expire)
            watchdog.start()
            line = self.process.stdout.readline()
            watchdog.cancel()
            if not line.endswith("\n"):
                break
            message: dict[str, Any] = json.loads(line)
            done += "result" in message
            limit = limits.of(self.fixtures[min(done, len(self.fixtures) - 1)])
            yield message
        code = self.process.wait()
        self.listener.join(1.0)
        self.ending = (
            f"took longer than {limit:g} s" if self.timed_out else _how_it_ended(code, self.complaints)
        )

    def _expire(self) -> None:
        self.timed_out = True
        self._kill()

    def _kill(self) -> None:
        if self.process.poll() is not None:
            return
        if os.name == "posix":
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()


def _how_it_ended(code: int, complaints: Sequence[str]) -> str:
    if code < 0:
        return f"the worker was killed by {signal.Signals(-code).name}"
    last = next((line for line in reversed(complaints) if line.strip()), "no message")
    return f"the worker ended with code {code}: {last}"


def _environment(device: str) -> dict[str, str]:
    home = str(Path(__file__).resolve().parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}
    if device == "cpu":
        # Read when triton and numba are imported: kernels run on the CPU and read memory as on a device.
        environment.update(TRITON_INTERPRET="1", NUMBA_ENABLE_CUDASIM="1")
    return environment
