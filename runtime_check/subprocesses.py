"""Worker processes: their jobs, their answers, and how they ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

IMPORT_LIMIT = 300.0  # seconds; a cold import of a large library on a busy machine


class Worker:
    """A process that runs a module: it is given one job, which names a device, and answers in JSON lines.

    ``begun`` is whether it is inside a part of the job, ``ending`` says in words how it ended.
    """

    def __init__(self, module: str, job: Mapping[str, Any]) -> None:
        self.begun = False
        self.ending = ""
        self._timed_out = False
        # A file, because a pipe that nobody reads would stop a talkative fixture.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        # It starts here: what is written to a relative path goes with it.
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment_of(job["device"], job["backend"]),
            cwd=self._folder.name,
            start_new_session=os.name == "posix",  # so that compilers that it started end with it
        )
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it ended already: `ending` will say how

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._complaints.close()
        self._folder.cleanup()

    def receive(self, limit: float) -> dict[str, Any] | None:
        """The next answer, or None at the end; after ``limit`` seconds of silence the worker is killed."""
        watchdog = threading.Timer(limit, self._expire)
        watchdog.start()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line.endswith("\n"):
            code = self._process.wait()
            self.ending = f"took longer than {limit:g} s" if self._timed_out else self._how_it_ended(code)
            return None
        message: dict[str, Any] = json.loads(line)
        self.begun = "begin" in message
        return message

    def kill(self) -> None:
        """End the process and what it started; harmless when it has ended."""
        if self._process.poll() is None:
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _expire(self) -> None:
        self._timed_out = True
        self.kill()

    def _how_it_ended(self, code: int) -> str:
        if code < 0:
            return f"the worker was killed by {signal.Signals(-code).name}"
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no message")
        return f"the worker ended with code {code}: {last}"


class Workers:
    """The workers of one run, side by side: :meth:`stop` ends them, and none goes on after it."""

    def __init__(self) -> None:
        self.stopped = False
        self._running: set[Worker] = set()

    @contextmanager
    def start(self, module: str, job: Mapping[str, Any]) -> Iterator[Worker]:
        with Worker(module, job) as worker:
            self._running.add(worker)
            if self.stopped:  # while it was being started
                worker.kill()
            try:
                yield worker
            finally:
                self._running.discard(worker)

    def stop(self) -> None:
        self.stopped = True
        for worker in tuple(self._running):
            worker.kill()


def environment_of(device: str, backend: str) -> dict[str, str]:
    """The worker's environment: it finds this package, and kernels run where the proof is made."""
    home = str(Path(__file__).resolve().parents[1])
    given = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    paths = [home, *map(os.path.abspath, given)]  # it starts in another folder
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}
    # JAX would take most of a device's memory at its first array; others prove on that device too.
    environment.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    environment.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # so that the last line of a failure is its reason
    environment["KERAS_BACKEND"] = backend or "tensorflow"  # `tf.keras` in a TensorFlow fixture is that one
    # Read when triton and numba are imported: kernels run on the CPU and read memory as on a device.
    on_host = "1" if device == "cpu" else "0"
    environment.update(TRITON_INTERPRET=on_host, NUMBA_ENABLE_CUDASIM=on_host)
    return environment
