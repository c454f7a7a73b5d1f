"""The process in which one library's fixtures run on one device; it speaks JSON lines with its parent.

A fixture may print, crash or hang: the parent keeps the lines that came before, and starts another worker.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from tensorlint.testing import Fixture, FixtureError, load_fixture

from . import builds
from .cases import run_fixture
from .instrument import instrument
from .judge import judge
from .results import ERROR, SKIPPED, FixtureResult, Place
from .storage import library

Send = Callable[[Mapping[str, Any]], None]


def main() -> int:
    """Read one job from standard input; answer on what was standard output."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what fixtures and compilers print must not mix with the answers

    def send(message: Mapping[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    job = json.loads(sys.stdin.readline())
    work(job["library"], job["device"], job["paths"], send, job["backend"])
    return 0


def work(name: str, device: str, paths: list[str], send: Send, backend: str = "") -> None:
    lacking = [each for each in (name, backend) if each and importlib.util.find_spec(each) is None]
    if lacking:
        send({"missing": f"{lacking[0]} is not installed", "lacks": lacking[0]})
        return
    try:
        asked = library(name)
    except ImportError as error:
        send({"missing": f"{name} is not installed ({error})"})
        return
    except KeyError:
        send({"missing": f"{name} cannot be proved yet"})
        return
    if device not in asked.devices():
        send({"missing": f"{name} finds no {device} device", "devices": asked.devices()})
        return
    place = Place(
        name,
        asked.version(),
        device,
        asked.device_name(device),
        platform.python_version(),
        f"{backend} {library(backend).version()}" if backend else "",
    )
    send({"place": asdict(place), "devices": asked.devices()})
    for path in paths:
        send({"begin": path})
        send({"result": prove(load_fixture(path), device, backend).as_json()})


def prove(fixture: Fixture, device: str, backend: str = "") -> FixtureResult:
    """Run one fixture in this process, whose Keras stands on ``backend``."""
    nothing = FixtureResult(fixture.name, fixture.library, device, SKIPPED, fixture.hash, backend=backend)
    lacks, reason = _lacking(fixture)
    if lacks:
        return replace(nothing, problems=(reason,), lacks=lacks)
    if "compiler" in fixture.needs:
        builds.prepare()
    began = time.perf_counter()
    try:
        instrumented = instrument(fixture)
        runs = run_fixture(fixture, instrumented, device, backend)
        result = judge(fixture, instrumented, runs, device, backend)
    except FixtureError as error:
        return replace(nothing, status=ERROR, problems=(str(error),))
    return replace(result, seconds=round(time.perf_counter() - began, 3))


def _lacking(fixture: Fixture) -> tuple[str, str]:
    """What this machine lacks for a fixture, and the reason in words; empty when it can run."""
    for name in (*fixture.libraries, *fixture.needs):
        if name == "compiler":
            missing = builds.lacking()
            if missing:
                return name, missing
        elif importlib.util.find_spec(name) is None:
            return name, f"{name} is not installed"
    return "", ""


if __name__ == "__main__":
    sys.exit(main())
