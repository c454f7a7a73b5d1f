"""Random tensor programs, run and traced: what really shared memory, as JSON Lines.

``python -m runtime_check.programs --library numpy --count 1000 --seed 0 --out FILE`` writes a header and then
one line per program: its source, its constructs by line, the executions that raised, and for each pair of
live bindings after each statement in how many inputs their elements overlapped. A second call with that file
goes on where the first one stopped. Programs run in processes of their own; one that exceeds the time limit
is recorded as failed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from runtime_check.generate import generate
from runtime_check.trace import trace

BATCH = 250  # programs per process: what one of them leaves behind does not live long
PATIENCE = 30.0  # seconds for the import of a library, beyond the limit of the first program


def main(argv: list[str] | None = None) -> int:
    """The command line: 0 when every program ran, 1 when some did not end, 2 on misuse."""
    parser = argparse.ArgumentParser(
        prog="python -m runtime_check.programs", description="Trace random tensor programs."
    )
    parser.add_argument("--library", choices=("numpy", "torch"), required=True)
    parser.add_argument("--count", type=int, default=1000, help="how many programs (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="JSON Lines; an existing file is continued")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds for one program (%(default)s)")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    options = parser.parse_args(argv)
    try:
        header = {"library": options.library, "seed": options.seed, "made_by": digest(options.library)}
    except PackageNotFoundError:
        parser.error(f"{options.library} is not installed")
    done = _resume(options.out, header)
    if done is None:
        parser.error(f"{options.out} holds programs of another kind")
    slow = 0
    with options.out.open("a", encoding="utf-8") as out:
        if not done:
            out.write(json.dumps(header) + "\n")
        for row in _run(options.library, options.seed, _missing(done, options.count), options.limit):
            out.write(json.dumps(row, separators=(",", ":")) + "\n")
            out.flush()
            done.add(row["index"])
            slow += "failed" in row
            if "failed" in row or (not options.quiet and len(done) % 100 == 0):
                print(
                    f"{options.library}: {len(done)}/{options.count} {row.get('failed', '')}", file=sys.stderr
                )
    return 1 if slow else 0


def digest(library: str) -> str:
    """Names the generator, the tracer and the versions: traces of other ones are not continued.

    Raises PackageNotFoundError when the library is not installed.
    """
    here = Path(__file__).parent
    files = [here / "trace.py", *sorted((here / "generate").glob("*.py"))]
    parts = [version(library), sys.version, *(file.read_text("utf-8") for file in files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The programs of a file, in the order of their numbers; a line that was cut off is left out."""
    rows = [row for row in _rows(path) if "index" in row]
    yield from sorted(rows, key=lambda row: int(row["index"]))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _resume(path: Path, header: dict[str, Any]) -> set[int] | None:
    """The programs that ``path`` holds; None when it is of another kind. Mends a last line without end."""
    if not path.exists() or not path.stat().st_size:
        return set()
    rows = list(_rows(path))
    if not rows or rows[0] != header:
        return None
    if not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as out:
            out.write("\n")
    return {row["index"] for row in rows[1:]}


def _missing(done: set[int], count: int) -> list[int]:
    return [index for index in range(count) if index not in done]


def _run(library: str, seed: int, indices: list[int], limit: float) -> Iterator[dict[str, Any]]:
    """Every program's row; a process that dies or exceeds the limit costs one program and is replaced."""
    context = get_context("spawn")
    while indices:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(library, seed, indices[:BATCH], sender), daemon=True)
        process.start()
        sender.close()
        patience, batch = PATIENCE, indices[:BATCH]
        try:
            for index in batch:
                row = _receive(receiver, limit + patience)
                patience = 0.0
                indices = indices[1:]
                yield {"index": index, **row}
                if "failed" in row:
                    break
        finally:
            process.kill()
            process.join()


def _receive(receiver: Connection, limit: float) -> dict[str, Any]:
    if not receiver.poll(limit):
        return {"failed": f"no answer within {limit:g} s"}
    try:
        row: dict[str, Any] = receiver.recv()
    except EOFError:
        return {"failed": "the process died"}
    return row


def _work(library: str, seed: int, indices: list[int], sender: Connection) -> None:
    warnings.simplefilter("ignore")  # overflows of small integers and the like are of no interest here
    module = importlib.import_module(library)
    if library == "torch":
        module.set_num_threads(1)
    for index in indices:
        program = generate(library, seed, index)
        seen = trace(library, program.seed, program.source, program.parameters, program.aliased)
        facts = [[f.line, f.a, f.b, f.overlapped, f.apart, f.inputs] for f in seen.facts]
        sender.send({**asdict(program), "raised": seen.raised, "facts": facts})
    sender.close()


if __name__ == "__main__":
    sys.exit(main())
