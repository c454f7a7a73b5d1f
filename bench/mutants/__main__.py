"""``python -m bench.mutants``: make mistakes in the engine and the rules, and see whether a test notices.

Everything is imported once; each mistake is made in a forked process, in the code of one function, and tried
with what reaches its statement: fixtures against their markers, and the tests of the engine. A run that was
interrupted goes on where it stopped. Mistakes outside of functions are not made.

``--again`` takes the results of an earlier run, of whatever sources, and tries what was not noticed there.
"""

from __future__ import annotations

import argparse
import ast
import builtins
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
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

import tensorlint
from bench.checkouts import as_line, fingerprint, read_lines
from bench.mutants.killers import Killer, killers
from bench.mutants.mutations import Mutant, mutants, mutated, watched
from tensorlint.rule import registry

PACKAGE = Path(tensorlint.__file__).parent
MUTATED = ("alias", "rules")
TESTS = ("tests/alias", "tests/test_callers.py", "tests/test_classes.py")
LONGEST = 20.0  # CPU seconds for one mistake; what takes longer counts as noticed only if it never ends
PROBE = "__reached__"
MEMORY = 4 << 30  # bytes

SURVIVED, NOTICED, RAISED, ENDLESS, UNTRIED = "survived", "noticed", "raised", "endless", "not reached"
NOTICING = (NOTICED, RAISED, ENDLESS)
NOT_MADE = "not made"  # the code of a running function cannot be exchanged for it; no part of the score


def main(argv: list[str] | None = None) -> int:
    """0 when the share of noticed mistakes is what was asked for, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("--mutants", type=int, default=500, help="how many, drawn by chance (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-least", type=int, default=80, help="percent to be noticed (%(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("build/mutants"), help="results (%(default)s)")
    parser.add_argument(
        "--again", type=Path, metavar="RESULTS", help="what was not noticed there, nothing else"
    )
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
        registry()  # a rule that is not imported cannot be changed
        chosen = _chosen(self.options)
        name = f"again-{self.options.again.stem}" if self.options.again else f"{self.options.seed}"
        results = self.options.folder / f"{name}-{fingerprint()}.jsonl"
        done = {row["name"]: row for row in read_lines(results)}
        functions = _functions()
        left = [mutant for mutant in chosen if mutant.name not in done]
        reaching = _reaching(left, functions, list(killers(session.items))) if left else {}
        try:
            with results.open("a", encoding="utf-8") as out:
                for number, mutant in enumerate(chosen, 1):
                    if mutant.name not in done:
                        verdict, by = _tried(mutant, functions, reaching[mutant.name])
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


def _chosen(options: argparse.Namespace) -> list[Mutant]:
    files = [path for folder in MUTATED for path in sorted((PACKAGE / folder).rglob("*.py"))]
    everything = [mutant for path in files for mutant in mutants(path)]
    if options.again:
        earlier = {row["name"]: row["verdict"] for row in read_lines(options.again)}
        again = [each for each in everything if earlier.get(each.name) in (SURVIVED, UNTRIED, NOT_MADE)]
        gone = earlier.keys() - {each.name for each in everything}
        print(f"{len(gone)} of {len(earlier)} mistakes cannot be made any more: their functions were changed")
        return again
    chance = random.Random(options.seed)
    return chance.sample(everything, min(options.mutants, len(everything)))


# Who reaches what

Functions = dict[tuple[str, int, str], list[FunctionType]]


def _reaching(left: list[Mutant], functions: Functions, tried: list[Killer]) -> dict[str, list[Killer]]:
    """For each mistake what would run it, the fixtures of the rule itself first, then the quickest.

    Found out in a process of its own, so that nothing that is kept here hides a mistake later.
    """
    said = _said_by_child(lambda: json.dumps(_watched(left, functions, tried)))[0]
    if not said:
        raise SystemExit("a test fails although no mistake was made, or was interrupted")
    rows = json.loads(said)
    reaching: dict[str, list[Killer]] = {}
    for mutant in left:
        code = mutant.path.stem.partition("_")[0].upper()
        order = sorted(tried, key=lambda killer: (killer.group != code, rows[killer.name]["seconds"]))
        reaching[mutant.name] = [each for each in order if mutant.name in rows[each.name]["reached"]]
    return reaching


def _watched(left: list[Mutant], functions: Functions, tried: list[Killer]) -> dict[str, Any]:
    """CPU seconds of each killer, and the mistakes that it would run."""
    reached: set[str] = set()
    vars(builtins)[PROBE] = reached.add
    for path in {mutant.path for mutant in left}:
        names = {mutant.index: mutant.name for mutant in left if mutant.path == path}
        _exchange(watched(path, names, PROBE), path, {m.place for m in left if m.path == path}, functions)
    rows = {}
    kept = list(_kept_answers())
    for killer in tried:
        _forget(kept)
        reached.clear()
        start = time.process_time()
        if killer.notices():
            raise ValueError(f"{killer.name} fails without a mistake")
        rows[killer.name] = {"seconds": time.process_time() - start, "reached": sorted(reached)}
    return rows


# One mistake


def _functions() -> Functions:
    """Every function that there is, by the place of its code."""
    found: Functions = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename.startswith(str(PACKAGE)):
            code = thing.__code__
            found.setdefault((code.co_filename, code.co_firstlineno, code.co_name), []).append(thing)
    return found


def _tried(mutant: Mutant, functions: Functions, order: list[Killer]) -> tuple[str, str]:
    """What came of a mistake, and which test or fixture noticed it."""
    if not order:
        return UNTRIED, ""
    said, status = _said_by_child(lambda: json.dumps(_outcome(mutant, functions, order)))
    if not said:
        return (ENDLESS if os.WIFSIGNALED(status) else NOT_MADE), ""
    verdict, by = json.loads(said)
    return verdict, by


def _said_by_child(work: Callable[[], str]) -> tuple[bytes, int]:
    """What a forked process answers, and how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            _ended(lambda: print(work(), file=pipe, flush=True))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return said, os.waitpid(child, 0)[1]


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


def _outcome(mutant: Mutant, functions: Functions, order: list[Killer]) -> tuple[str, str]:
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, 2 * LONGEST)  # nobody handles it: it ends the process
    _forget(_kept_answers())
    _exchange(mutated(mutant), mutant.path, {mutant.place}, functions)
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


def _exchange(tree: ast.Module, path: Path, places: set[tuple[str, int, str]], functions: Functions) -> None:
    """Put the code of another version of a file into the functions at some places."""
    codes: dict[tuple[str, int, str], CodeType] = {}
    for code in _codes(compile(tree, str(path), "exec")):
        codes.setdefault((str(path), code.co_firstlineno, code.co_name), code)
    for place in places:
        for function in functions[place]:
            function.__code__ = codes[place]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _kept_answers() -> Iterator[functools._lru_cache_wrapper[Any]]:
    """The functions of the linter that keep their answers."""
    for thing in gc.get_objects():
        if type(thing) is functools._lru_cache_wrapper:
            if any(thing.__module__.startswith(f"tensorlint.{folder}") for folder in MUTATED):
                yield thing


def _forget(kept: Iterable[functools._lru_cache_wrapper[Any]]) -> None:
    for each in kept:
        each.cache_clear()


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
