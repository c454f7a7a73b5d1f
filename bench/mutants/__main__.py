"""``python -m bench.mutants``: make mistakes in the engine and the rules, and see whether a test notices.

Everything is imported once; each mistake is made in a forked process, in the code of one function, and tried
with what calls that function: fixtures against their markers, then the tests of the engine. A run that was
interrupted goes on where it stopped. Mistakes outside of functions are not made.
"""

from __future__ import annotations

import argparse
import functools
import gc
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

import pytest

import tensorlint
from bench.checkouts import as_line, fingerprint, read_lines
from bench.mutants.killers import Called, Killer, killers, watched
from bench.mutants.mutations import Mutant, mutants, mutated

PACKAGE = Path(tensorlint.__file__).parent
MUTATED = ("alias", "rules")
TESTS = ("tests/alias", "tests/test_callers.py", "tests/test_classes.py")
LONGEST = 20.0  # CPU seconds for one mistake; what takes longer counts as noticed only if it never ends
MEMORY = 4 << 30  # bytes

SURVIVED, NOTICED, RAISED, ENDLESS, UNTRIED = "survived", "noticed", "raised", "endless", "not called"
NOTICING = (NOTICED, RAISED, ENDLESS)
NOT_MADE = "not made"  # the code of a running function cannot be exchanged for it; no part of the score


def main(argv: list[str] | None = None) -> int:
    """0 when the share of noticed mistakes is what was asked for, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("--mutants", type=int, default=500, help="how many, drawn by chance (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-least", type=int, default=80, help="percent to be noticed (%(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("build/mutants"), help="results (%(default)s)")
    options = parser.parse_args(argv)
    options.folder.mkdir(parents=True, exist_ok=True)
    server = _Server(options)
    arguments = ["-q", "-s", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", *TESTS]
    pytest.main(arguments, plugins=[server])
    return server.status


class _Server:
    """A pytest plugin: once all tests are collected, they are run on one mistake after another."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.status = 2

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        tried = list(killers(session.items))
        known = _known_calls(tried, self.options.folder)
        chosen = _chosen(self.options.mutants, self.options.seed)
        results = self.options.folder / f"{self.options.seed}-{fingerprint()}.jsonl"
        done = {row["name"]: row for row in read_lines(results)}
        functions = _functions()
        try:
            with results.open("a", encoding="utf-8") as out:
                for number, mutant in enumerate(chosen, 1):
                    if mutant.name not in done:
                        verdict, by = _tried(mutant, functions, _order(mutant, tried, known))
                        row = {"name": mutant.name, "verdict": verdict, "by": by}
                        done[mutant.name] = row
                        out.write(as_line(row))
                        out.flush()
                    if sys.stderr.isatty():
                        print(f"\r{number}/{len(chosen)} mistakes", end="", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            print("\ninterrupted: the same command goes on", file=sys.stderr)
        self.status = _report(chosen, done, self.options.at_least)
        return True


def _chosen(count: int, seed: int) -> list[Mutant]:
    files = [path for folder in MUTATED for path in sorted((PACKAGE / folder).rglob("*.py"))]
    everything = [mutant for path in files for mutant in mutants(path)]
    chance = random.Random(seed)
    return chance.sample(everything, min(count, len(everything)))


# Who calls what


def _known_calls(tried: list[Killer], folder: Path) -> dict[str, tuple[float, Called]]:
    """Found out in a process of its own, so that nothing that is kept here hides a mistake later."""
    file = folder / f"calls-{fingerprint()}.jsonl"
    known = {row["name"]: row for row in read_lines(file)}
    left = [killer for killer in tried if killer.name not in known]
    if left:
        child = os.fork()
        if child == 0:
            _ended(lambda: _watch(left, file))
        if os.waitpid(child, 0)[1]:
            raise SystemExit("a test fails although no mistake was made, or was interrupted")
        known = {row["name"]: row for row in read_lines(file)}
    return {name: (row["seconds"], frozenset(map(tuple, row["called"]))) for name, row in known.items()}


def _watch(left: list[Killer], file: Path) -> None:
    with file.open("a", encoding="utf-8") as out:
        for killer in left:
            seconds, called = watched(killer, str(PACKAGE))
            out.write(as_line({"name": killer.name, "seconds": seconds, "called": sorted(called)}))
            out.flush()


def _order(mutant: Mutant, tried: list[Killer], known: dict[str, tuple[float, Called]]) -> list[Killer]:
    """What calls the function, the fixtures of the rule itself first, then the quickest."""
    calling = [killer for killer in tried if mutant.place in known[killer.name][1]]
    code = mutant.path.stem.partition("_")[0].upper()
    return sorted(calling, key=lambda killer: (killer.group != code, known[killer.name][0]))


# One mistake


def _functions() -> dict[tuple[str, int, str], list[FunctionType]]:
    """Every function that there is, by the place of its code."""
    found: dict[tuple[str, int, str], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(str(PACKAGE)):
            code = thing.__code__
            found.setdefault((code.co_filename, code.co_firstlineno, code.co_name), []).append(thing)
    return found


def _tried(
    mutant: Mutant, functions: dict[tuple[str, int, str], list[FunctionType]], order: list[Killer]
) -> tuple[str, str]:
    """What came of a mistake, and which test or fixture noticed it."""
    if not order:
        return UNTRIED, ""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _ended(lambda: os.write(writing, json.dumps(_outcome(mutant, functions, order)).encode()))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if not said:
        return (ENDLESS if os.WIFSIGNALED(status) else NOT_MADE), ""
    verdict, by = json.loads(said)
    return verdict, by


def _ended(work: Callable[[], object]) -> None:
    """Do some work and end this process, whatever comes of it."""
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _outcome(
    mutant: Mutant, functions: dict[tuple[str, int, str], list[FunctionType]], order: list[Killer]
) -> tuple[str, str]:
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, 2 * LONGEST)  # nobody handles it: it ends the process
    _forget()
    code = next(
        each
        for each in _codes(compile(mutated(mutant), str(mutant.path), "exec"))
        if (each.co_firstlineno, each.co_name) == mutant.place[1:]
    )
    for function in functions[mutant.place]:
        function.__code__ = code
    start = time.process_time()
    for killer in order:
        try:
            if killer.notices():
                return NOTICED, killer.name
        except Exception:
            return RAISED, killer.name
        if time.process_time() - start > LONGEST:
            break
    return SURVIVED, ""


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _forget() -> None:
    """Empty what functions of the linter keep of their answers."""
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper) and thing.__module__.startswith("tensorlint."):
            if any(thing.__module__.startswith(f"tensorlint.{folder}") for folder in MUTATED):
                thing.cache_clear()


def _report(chosen: list[Mutant], done: dict[str, dict[str, str]], at_least: int) -> int:
    known = [(mutant, done[mutant.name]["verdict"]) for mutant in chosen if mutant.name in done]
    tried = [(mutant, verdict) for mutant, verdict in known if verdict != NOT_MADE]
    counts = Counter(verdict for _, verdict in tried)
    noticed = sum(counts[verdict] for verdict in NOTICING)
    for mutant, verdict in sorted(tried, key=lambda row: (row[0].path, row[0].line)):
        if verdict not in NOTICING:
            print(f"{mutant.path.relative_to(PACKAGE.parent)}:{mutant.line}: {verdict}: {mutant.change}")
    share = 100 * noticed / max(1, len(tried))
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    print(f"{len(tried)} of {len(chosen)} mistakes tried: {told}; {share:.1f} % are noticed")
    print(f"{len(known) - len(tried)} could not be made in a running process and do not count")
    return int(share < at_least or len(known) < len(chosen))


if __name__ == "__main__":
    sys.exit(main())
