"""Random tensor programs, run and traced: what really shared memory, what was written, what was read.

Programs run in processes of their own, one after the other, ahead of whoever takes what they showed. One that
exceeds the time limit costs itself, and the process is replaced.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distributions, version
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from runtime_check.generate import Program, generate
from runtime_check.trace import Trace, trace

LIBRARIES = ("numpy", "torch", "tensorflow", "jax")
PACKAGES = {"tensorflow": ("tensorflow", "tensorflow-cpu")}  # where it is not the name of the library
BATCH = 2000  # programs per process: what one of them leaves behind does not live long
PATIENCE = 300.0  # seconds for the import of a library, beyond the limit of the first program
LIMIT = 60.0  # seconds for one program, of which some compile a lot


@dataclass(frozen=True, slots=True)
class Traced:
    """Program ``index`` and what its executions showed; ``failed`` says why there is none of it."""

    index: int
    program: Program
    trace: Trace
    failed: str = ""


def digest(library: str) -> str:
    """Names the generator, the tracer and the versions: other ones show other things.

    Raises PackageNotFoundError when the library is not installed.
    """
    here = Path(__file__).parent
    files = [here / "trace.py", here / "recorder.py", *sorted((here / "generate").glob("*.py"))]
    found = (package for name in PACKAGES.get(library, ()) for package in distributions(name=name))
    package = min((each.metadata["Name"] for each in found), default=library)
    parts = [version(package), sys.version, *(file.read_text("utf-8") for file in files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def run(library: str, seed: int, indices: Iterable[int], limit: float = LIMIT) -> Iterator[Traced]:
    """The programs of these numbers, executed in another process."""
    context = get_context("spawn")
    pending = iter(indices)
    while batch := list(islice(pending, BATCH)):
        while batch:
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(library, seed, batch, sender), daemon=True)
            process.start()
            sender.close()
            patience = PATIENCE
            try:
                for index in tuple(batch):
                    traced = _receive(receiver, limit + patience)
                    patience = 0.0
                    batch.remove(index)
                    if isinstance(traced, str):
                        none = Program(library, "", "", (), {}, frozenset(), False)
                        yield Traced(index, none, Trace((), (), (), (), ()), traced)
                        break
                    yield traced
            finally:
                process.kill()
                process.join()


def _receive(receiver: Connection, limit: float) -> Traced | str:
    if not receiver.poll(limit):
        return f"no answer within {limit:g} s"
    try:
        traced: Traced = receiver.recv()
    except EOFError:
        return "the process died"
    return traced


def _work(library: str, seed: int, indices: list[int], sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for whoever takes the programs
    module = importlib.import_module(library)
    if library == "torch":
        module.set_num_threads(1)
    gc.freeze()  # nothing that an import made goes away
    gc.set_threshold(100_000)
    for index in indices:
        program = generate(library, seed, index)
        seen = trace(library, program.seed, program.source, program.parameters, program.aliased)
        sender.send(Traced(index, program, seen))
    sender.close()
