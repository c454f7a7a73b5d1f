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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distributions, version
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from runtime_check import backward
from runtime_check.generate import Program, generate
from runtime_check.generate.backward import Graph
from runtime_check.generate.backward import generate as generate_backward
from runtime_check.trace import Trace, trace

LIBRARIES = ("numpy", "torch", "tensorflow", "jax")
BACKWARD = "torch-backward"  # PyTorch's programs that end with a backward pass
PACKAGES = {"tensorflow": ("tensorflow", "tensorflow-cpu")}  # where it is not the name of the library
BATCH = 2000  # programs per process: what one of them leaves behind does not live long
PATIENCE = 300.0  # seconds for the import of a library, beyond the limit of the first program
LIMIT = 180.0  # seconds for one program, of which some compile a lot


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
    files = [
        here / "trace.py",
        here / "recorder.py",
        here / "backward.py",
        *sorted((here / "generate").glob("*.py")),
    ]
    found = (package for name in PACKAGES.get(library, ()) for package in distributions(name=name))
    package = min((each.metadata["Name"] for each in found), default=library)
    parts = [version(package), sys.version, *(file.read_text("utf-8") for file in files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def run(library: str, seed: int, indices: Iterable[int], limit: float = LIMIT) -> Iterator[Traced]:
    """The programs of these numbers, executed in another process."""
    none = Program(library, "", "", (), {}, frozenset(), False)
    for index, found in served(_work, (library, seed), indices, limit):
        yield (
            found if isinstance(found, Traced) else Traced(index, none, Trace((), (), (), (), ()), str(found))
        )


def run_backward(seed: int, indices: Iterable[int], limit: float = LIMIT) -> Iterator[backward.Ran]:
    """The programs with a backward pass of these numbers, executed in another process."""
    for index, found in served(_work_backward, (seed,), indices, limit):
        none = Graph("", "", {}, {})
        yield found if isinstance(found, backward.Ran) else backward.Ran(index, none, (), {}, str(found))


def served(
    work: Callable[..., None], arguments: tuple[object, ...], indices: Iterable[int], limit: float
) -> Iterator[tuple[int, object]]:
    """What ``work`` sends of each number, in a process of its own; a text says why there is nothing."""
    context = get_context("spawn")
    pending = iter(indices)
    while batch := list(islice(pending, BATCH)):
        while batch:
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(*arguments, batch, sender), daemon=True)
            process.start()
            sender.close()
            patience = PATIENCE
            try:
                for index in tuple(batch):
                    found = _receive(receiver, limit + patience)
                    patience = 0.0
                    batch.remove(index)
                    yield index, found
                    if isinstance(found, str):
                        break
            finally:
                process.kill()
                process.join()


def _receive(receiver: Connection, limit: float) -> object:
    if not receiver.poll(limit):
        return f"no answer within {limit:g} s"
    try:
        found: object = receiver.recv()
    except EOFError:
        return "the process died"
    return found


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


def _work_backward(seed: int, indices: list[int], sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    importlib.import_module("torch").set_num_threads(1)
    for index in indices:
        sender.send(backward.execute(index, generate_backward(seed, index)))
    sender.close()
