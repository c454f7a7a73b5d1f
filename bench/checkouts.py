"""Checkouts of public repositories: what they are called, which files count, and one way to lint them.

Everything that two runs must agree on stands here: the name of a place (``repository@revision:path:line``),
the order of the files, and the fingerprint of the linter that made a result.
"""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
SECONDS_PER_FILE = 60
_TENSOR_IMPORT = re.compile(
    rb"^[ \t]*(?:import|from)[ \t]+(?:[\w., ]*\b)?(?:numpy|torch|tensorflow|keras|jax)\b", re.M
)
_NOT_SOURCE = {".git", ".venv", "venv", "node_modules", "build", "dist", "__pycache__"}
_TEST_PART = re.compile(r"^(?:tests?|testing|conftest\.py|test_.*\.py|.*_test\.py)$")

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A work tree of a public repository at one revision."""

    root: Path
    repository: str
    revision: str

    def place(self, path: str, line: int) -> str:
        return f"{self.repository}@{self.revision}:{path}:{line}"


@dataclass(frozen=True, slots=True)
class File:
    """One file of one checkout."""

    checkout: Checkout
    path: str


@dataclass(frozen=True, slots=True)
class Report:
    """One diagnostic, reduced to what a measurement compares."""

    line: int
    column: int
    code: str
    message: str
    confidence: str = ""


def identify(root: Path) -> Checkout:
    """Name a checkout: a git clone by its own remote and HEAD, a bare tree by ``repositories.toml``.

    A clone of a clone that is kept as ``owner+name/repo`` is named as the first one is: ``owner/name``.
    """
    root = root.resolve()
    if (root / ".git").exists():
        remote = re.sub(r"\.git$", "", _git(root, "remote", "get-url", "origin"))
        owner, name = re.split(r"[/:]", remote)[-2:]
        if name == "repo" and "+" in owner:
            owner, name = owner.split("+", 1)
        return Checkout(root, f"{owner}/{name}", _git(root, "rev-parse", "HEAD"))
    known = tomllib.loads((HERE / "repositories.toml").read_text()).get(root.name)
    if known is None:
        return Checkout(root, root.name, "unknown")
    return Checkout(root, known["repository"], known["revision"])


def chosen_by_hash(file: Path = HERE / "candidates.txt", count: int = 6) -> list[str]:
    """The repositories that nobody picked: of the candidates, those whose name has the smallest SHA-256."""
    lines = file.read_text().splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())[:count]


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def python_files(checkout: Checkout, *, tests: bool) -> list[str]:
    """Paths of the Python files, relative and sorted; without the tests unless asked for."""
    found = []
    for path in checkout.root.rglob("*.py"):
        parts = path.relative_to(checkout.root).parts
        if _NOT_SOURCE.isdisjoint(parts) and (tests or not any(map(_TEST_PART.match, parts))):
            found.append("/".join(parts))
    return sorted(found)


def imports_tensors(data: bytes) -> bool:
    """Whether a file imports NumPy, PyTorch, TensorFlow, Keras or JAX anywhere, by its import lines alone."""
    return _TENSOR_IMPORT.search(data) is not None


@contextmanager
def time_limit(seconds: int = SECONDS_PER_FILE) -> Iterator[None]:
    """Ends the block with TimeoutError when it takes longer."""

    def expired(signum: int, frame: object) -> None:
        raise TimeoutError(f"over {seconds} s")

    previous = signal.signal(signal.SIGALRM, expired)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def lint(data: bytes, filename: str) -> list[Report]:
    """The linter's reports on a whole file.

    Raises:
        TimeoutError: when one file takes longer than ``SECONDS_PER_FILE``.
    """
    from tensorlint import lint_text

    with time_limit():
        found = lint_text(data, filename)
    return [Report(d.line, d.column, d.code, d.message, d.confidence.word) for d in found]


def fingerprint() -> str:
    """Names the sources of the linter that is imported, so that a result is never mistaken for another's."""
    import tensorlint

    package = Path(tensorlint.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in package.rglob("*") if p.suffix in {".py", ".toml"}):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def text_lines(data: bytes) -> list[str]:
    """Lines as Python counts them: unlike ``str.splitlines``, a form feed ends none."""
    return [line.decode("utf-8", errors="replace") for line in data.splitlines()]


def line_key(line: str) -> str:
    """Identifies a source line without repeating it: results are committed, other people's code is not."""
    return hashlib.sha256(line.strip().encode()).hexdigest()[:12]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file; a last line cut short by an interruption is dropped."""
    records = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def as_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Replace a JSON Lines file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text("".join(map(as_line, records)))
    partial.replace(path)


def run_jobs(
    function: Callable[[Job], Result], jobs: Iterable[Job], processes: int, total: int
) -> Iterator[Result]:
    """Yield results as they come, with progress on the terminal; few jobs wait in the queue, so that an
    interruption ends at once."""
    waiting = iter(jobs)
    started = time.monotonic()
    if processes == 1:
        for done, job in enumerate(waiting, 1):
            result = function(job)
            _show_progress(done, total, time.monotonic() - started)
            yield result
        return
    with ProcessPoolExecutor(processes) as pool:
        running = {pool.submit(function, job) for job in islice(waiting, 4 * processes)}
        done = 0
        try:
            while running:
                finished = next(as_completed(running))
                running.remove(finished)
                running |= {pool.submit(function, job) for job in islice(waiting, 1)}
                done += 1
                _show_progress(done, total, time.monotonic() - started)
                yield finished.result()
        finally:
            for future in running:
                future.cancel()


def _show_progress(done: int, total: int, seconds: float) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done}/{total} files, {seconds:.0f} s", end=end, file=sys.stderr, flush=True)
    elif done == total or done % max(1, total // 10) == 0:
        print(f"{done}/{total} files, {seconds:.0f} s", file=sys.stderr, flush=True)
