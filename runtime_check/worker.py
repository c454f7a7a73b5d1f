"""The process in which one library's fixtures run on one device; it speaks JSON lines with its parent.

A fixture may print, crash or hang: the parent keeps the lines that came before, and starts another worker.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from dataclasses import replace

from tensorlint.testing import Fixture, FixtureError, load_fixture

from . import builds
from .cases import run_fixture
from .channel import Send, serve, settled
from .instrument import instrument
from .judge import judge
from .results import ERROR, SKIPPED, FixtureResult


def main() -> int:
    return serve(lambda job, send: work(job["library"], job["device"], job["paths"], send, job["backend"]))


def work(name: str, device: str, paths: list[str], send: Send, backend: str = "") -> None:
    if settled(name, device, backend, send) is None:
        return
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
