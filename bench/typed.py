"""How many parameters of public code the engine knows the type of.

    python -m bench.typed CHECKOUT … [--jobs N] [--every N] [--before FILE] [--out FILE]

For every function and method of the files with tensors, tests left out: what the engine takes each parameter
for where the function begins. ``self``, ``cls``, ``*args`` and ``**kwargs`` do not count, nor do nested
functions. A parameter is typed as a ``tensor`` (arrays and variables too), as ``plain`` (numbers, strings:
nothing that a write could reach), as an ``object`` (a container, a module, a class of the file), or not at
all. Where the engine gives up on a function, none of its parameters are typed.

``--every N`` takes every N-th file, chosen by a digest of its path: the same ones for every linter.
``--before FILE`` compares with the ``--out`` of an earlier run, over the files that both could measure.
"""

from __future__ import annotations

import argparse
import ast
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import checkouts
from bench.checkouts import Checkout
from tensorlint.alias.lattice import PLAIN_TYPE, Value, alternatives
from tensorlint.analysis import Analysis
from tensorlint.knowledge.catalog import Catalog
from tensorlint.source import Source
from tensorlint.syntax.outline import Unit

KINDS = ("tensor", "plain", "object", "untyped")  # of several that a parameter may have, the first counts

Record = dict[str, Any]
Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Job:
    """One file of one checkout."""

    checkout: Checkout
    path: str
    linter: str

    @property
    def place(self) -> str:
        return f"{self.checkout.repository}@{self.checkout.revision}:{self.path}"


def parameters(unit: Unit) -> list[str]:
    """The names of the parameters that count."""
    assert isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef)
    arguments = unit.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if unit.kind == "method":
        del positional[:1]
    return [argument.arg for argument in (*positional, *arguments.kwonlyargs)]


def kind(value: Value | None, catalog: Catalog) -> str:
    """What the engine takes a value for; see ``KINDS``."""
    types = {leaf.type for leaf, _ in alternatives(value)} if value is not None else {""}
    return min((_kind(type, catalog) for type in types), key=KINDS.index)


def _kind(type: str, catalog: Catalog) -> str:
    if type in ("", PLAIN_TYPE):
        return "plain" if type else "untyped"
    variable = any(base.endswith(".Variable") for base in catalog.bases(type))
    return "tensor" if variable or catalog.is_tensor(type) else "object"


def count(data: bytes, path: str) -> Counts:
    """The functions of one file by what is known of their parameters, and the parameters by kind."""
    source = Source.read(data, path)
    analysis = Analysis(source, ast.parse(source.text))
    counts: Counts = Counter()
    for unit in analysis.outline.units:
        if unit.kind not in ("function", "method") or not (names := parameters(unit)):
            continue
        solution = analysis.solution(unit)
        entry = solution.entries.get(0) if solution is not None else None
        known = entry.names if entry is not None else {}
        kinds = [kind(known.get(name), analysis.catalog) for name in names]
        counts.update(kinds)
        counts["functions"] += 1
        counts["all typed"] += "untyped" not in kinds
        counts["with a tensor"] += "tensor" in kinds
        counts["given up"] += entry is None
    return counts


def measure(job: Job, counter: Callable[[bytes, str], Counts] = count) -> Record:
    """Count in one file; a failure of the engine is a result."""
    data = (job.checkout.root / job.path).read_bytes()
    counts: Counts = Counter()
    error = None
    started = time.perf_counter()
    try:
        with checkouts.time_limit():
            counts = counter(data, job.path)
    except Exception as failure:  # a crash of the engine must not lose the other files
        error = repr(failure)
    return {
        "place": job.place,
        "counts": dict(counts),
        "seconds": round(time.perf_counter() - started, 2),
        "error": error,
        "linter": job.linter,
    }


def jobs_of(checkout: Checkout, every: int) -> list[Job]:
    """The files with tensors, without tests; of many only the sample that ``every`` names."""
    linter = checkouts.fingerprint()
    return [
        Job(checkout, path, linter)
        for path in checkouts.python_files(checkout, tests=False)
        if int(sha256(path.encode()).hexdigest(), 16) % every == 0
        and checkouts.imports_tensors((checkout.root / path).read_bytes())
    ]


def run(
    checkout: Checkout, processes: int, every: int = 1, counter: Callable[[bytes, str], Counts] = count
) -> list[Record]:
    """Measure a checkout."""
    jobs = jobs_of(checkout, every)
    results = checkouts.run_jobs(partial(measure, counter=counter), jobs, processes, len(jobs))
    return sorted(results, key=lambda record: str(record["place"]))


def summary(title: str, records: list[Record]) -> str:
    """The shares over some files, and the files on which the engine failed."""
    total: Counts = Counter()
    for record in records:
        total.update(record["counts"])
    functions = total["functions"]
    known = sum(total[kind] for kind in KINDS)
    seconds = sum(record["seconds"] for record in records)
    failed = [record for record in records if record["error"]]
    rows = [
        f"{title}: {len(records)} files, {seconds:.0f} s, failed {len(failed)}",
        f"  functions with parameters      {functions} (given up {total['given up']})",
        f"  every parameter typed          {_share(total['all typed'], functions)}",
        f"  a parameter typed as a tensor  {_share(total['with a tensor'], functions)}",
        f"  parameters typed               {_share(known - total['untyped'], known)}",
    ]
    rows += [f"    {kind:<28} {_share(total[kind], known)}" for kind in KINDS]
    rows += [f"  FAILED {record['place']}: {record['error']}" for record in failed]
    return "\n".join(rows)


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {100 * part / whole:.1f} %" if whole else "0/0"


def common(first: Iterable[Record], second: Iterable[Record]) -> tuple[list[Record], list[Record]]:
    """The records of the files that neither run failed on."""
    ways = [{r["place"]: r for r in records if not r["error"]} for records in (first, second)]
    places = sorted(ways[0].keys() & ways[1].keys())
    return [ways[0][place] for place in places], [ways[1][place] for place in places]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.typed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkout", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="measure one file of N")
    parser.add_argument("--before", type=Path, metavar="FILE", help="an earlier run to compare with")
    parser.add_argument("--out", type=Path, metavar="FILE", help="JSON Lines, one record for each file")
    options = parser.parse_args(arguments)
    results: list[Record] = []
    for checkout in sorted(map(checkouts.identify, options.checkout), key=lambda c: c.repository):
        records = run(checkout, options.jobs, options.every)
        print(summary(f"{checkout.repository}@{checkout.revision[:12]}", records), flush=True)
        results += records
        if options.out:  # an interrupted run keeps the repositories that it finished
            checkouts.write_lines(options.out, results)
    print(summary("all", results))
    if options.before:
        earlier, now = common(checkouts.read_lines(options.before), results)
        print(summary("before, same files", earlier))
        print(summary("now, same files", now))
    return 0


if __name__ == "__main__":
    sys.exit(main())
