"""Run the views that follow a permutation in public code, and compare with what the linter says.

    python -m bench.views CHECKOUT … [--uncopied] [--out FILE] [--show]

One line per view: ``place``, ``after`` (what permuted it), ``copied`` (between the two), ``outcome``, how
many draws fit and in how many it raised, and whether the linter reports it. The outcome is *raises* or
*legal* if it was so in every draw, *depends* if lengths decide that the code does not tell, and *not run*
with the reason. What a reader says of a view (``read``) survives a rerun. Ends with 1 where a legal view is
reported, or one that raises is neither reported nor read.

``--uncopied`` takes every ``.contiguous()`` away by itself, and looks at the views that then follow a
permutation without a copy: whether they need it, and whether the linter misses it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as Expired
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from bench import checkouts
from bench.checkouts import Checkout
from bench.copies import find_copies, remove
from bench.views import FOUND, UNCOPIED, reading, running
from bench.views.reading import Program, Site
from bench.views.running import Outcome
from tensorlint import lint_text

RULE = "TAL501"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.views", description=__doc__.partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--uncopied", action="store_true", help="of copied views, without their copy")
    parser.add_argument("--out", type=Path, help="results (found.jsonl or uncopied.jsonl beside this file)")
    parser.add_argument("--show", action="store_true", help="show what was run where a view is not legal")
    options = parser.parse_args(arguments)
    out = options.out or (UNCOPIED if options.uncopied else FOUND)
    looked_at = uncopied if options.uncopied else views
    records = {record["place"]: record for record in checkouts.read_lines(out)}
    runs = Runs()
    new: list[dict[str, Any]] = []
    for checkout in map(checkouts.identify, options.checkouts):
        earlier = {place: records.pop(place) for place in list(records) if _is_of(place, checkout)}
        for path, site, reported in looked_at(checkout):
            outcome = runs.outcome(site.programs)
            record = told(checkout, path, site, outcome, reported)
            read = earlier.get(record["place"], {}).get("read")
            new.append(record | ({"read": read} if read else {}))
            if options.show and record["outcome"] != "legal":
                print(shown(record, site, outcome), flush=True)
    runs.end()
    kept = sorted((*records.values(), *new), key=lambda record: record["place"])
    checkouts.write_lines(out, kept)
    print("\n".join(summary(new)))
    return int(any(map(is_wrong, new)))


def views(checkout: Checkout) -> Iterator[tuple[str, Site, bool]]:
    """The views of a checkout, each with whether the linter reports it."""
    for path, data in _viewing(checkout):
        yield from _judged(path, data, sites(data))


def uncopied(checkout: Checkout) -> Iterator[tuple[str, Site, bool]]:
    """The views that a copy stands before, as they are without it."""
    for path, data in _viewing(checkout):
        before = sites(data)
        for copy in find_copies(data) if any(site.copied for site in before) else ():
            if copy.kind == ".contiguous()":
                without = remove(data, copy)
                pairs = zip(before, sites(without), strict=True)
                bare = [site for old, site in pairs if old.copied and not site.copied]
                yield from _judged(path, without, bare)


def _viewing(checkout: Checkout) -> Iterator[tuple[str, bytes]]:
    for path in checkouts.python_files(checkout, tests=True):
        data = (checkout.root / path).read_bytes()
        if b".view(" in data and b"torch" in data:
            yield path, data


def sites(data: bytes) -> list[Site]:
    try:
        return reading.sites(data.decode(errors="replace"), running.methods())
    except SyntaxError:
        return []


def _judged(path: str, data: bytes, found: Sequence[Site]) -> Iterator[tuple[str, Site, bool]]:
    if found:
        with checkouts.time_limit():
            reports = lint_text(data, path)
        ends = {(each.end_line, each.end_column) for each in reports if each.code == RULE}
        yield from ((path, site, site.end in ends) for site in found)


class Runs:
    """Programs in a process of their own, each only once: repositories hold copies of each other's code."""

    def __init__(self) -> None:
        self.known: dict[tuple[Program, ...], Outcome] = {}
        self.pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=running.limit_process)

    def outcome(self, programs: tuple[Program, ...], most: float | None = None) -> Outcome:
        """What running them shows, within ``most`` seconds."""
        if programs not in self.known:
            most = most or 30 + 2 * running.SECONDS * len(programs)
            try:
                self.known[programs] = self.pool.submit(running.run, programs).result(most)
            except (Expired, BrokenProcessPool) as error:
                self.known[programs] = Outcome(0, 0, f"{type(error).__name__} after at most {most:.0f} s")
                self.end()
                self.pool = self._started()
        return self.known[programs]

    def end(self) -> None:
        for process in list(self.pool._processes.values()):
            process.terminate()
        self.pool.shutdown(cancel_futures=True)


def told(checkout: Checkout, path: str, site: Site, outcome: Outcome, reported: bool) -> dict[str, Any]:
    return {
        "place": f"{checkout.place(path, site.end[0])}:{site.end[1]}",
        "after": site.reordering,
        "copied": site.copied,
        "outcome": in_a_word(outcome),
        "fits": outcome.fits,
        "raised": outcome.raised,
        **({"why": outcome.why} if outcome.why else {}),
        "reported": reported,
    }


def in_a_word(outcome: Outcome) -> str:
    if not outcome.fits:
        return "not run"
    return "legal" if not outcome.raised else "raises" if outcome.raised == outcome.fits else "depends"


def is_wrong(record: dict[str, Any]) -> bool:
    """Whether what runs and what the linter says contradict each other, and nobody has read why."""
    if record["reported"]:
        return record["outcome"] == "legal"
    return record["outcome"] == "raises" and "read" not in record


def summary(records: Sequence[dict[str, Any]]) -> Iterator[str]:
    repositories = {record["place"].partition("@")[0] for record in records}
    copied = sum(record["copied"] for record in records)
    yield f"{len(records)} views in {len(repositories)} repositories, {copied} of them copied before"
    for (outcome, reported), number in sorted(
        Counter((r["outcome"], r["reported"]) for r in records).items()
    ):
        yield f"{outcome}, {'reported' if reported else 'silent'}: {number}"


def shown(record: dict[str, Any], site: Site, outcome: Outcome) -> str:
    lines = [
        f"{record['outcome']}: {record['place']} after {record['after']}; {outcome.why}{outcome.example}"
    ]
    for program in site.programs:
        lines += [f"    {step}" for step in (*program.steps, program.view)] + ["    --"]
    return "\n".join(lines)


def _is_of(place: str, checkout: Checkout) -> bool:
    return place.startswith(f"{checkout.repository}@")


if __name__ == "__main__":
    sys.exit(main())
