"""Un-copy recall: delete one copy that an author wrote, and see whether the linter misses it.

    python -m bench.uncopy CHECKOUT … --samples 300 --seed 0 --out FILE [--explain]

A mutant is found when the linter reports something in the same function, on a line where it was silent
before. No linter can reach the whole: many authors copy out of caution, for layout alone, or against code in
another file. The number is worth comparing with itself, over time.
``--explain`` prints the functions of the missed mutants, so that a reader can say why; the reason goes into
the record's ``why`` and is kept when the measurement is run again.

What counts as an author's copy is described in ``bench.copies``.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import checkouts
from bench.checkouts import Checkout, Report
from bench.copies import Copy, find_copies, remove

Record = dict[str, Any]
Linter = Callable[[bytes, str], list[Report]]


@dataclass(frozen=True, slots=True)
class Site:
    """One copy in one file of one repository."""

    checkout: Checkout
    path: str
    copy: Copy

    @property
    def place(self) -> str:
        return f"{self.checkout.place(self.path, self.copy.line)}:{self.copy.column}"


@dataclass(frozen=True, slots=True)
class Job:
    """The sampled copies of one file."""

    file: Path
    sites: tuple[Site, ...]
    linter: str


def all_sites(places: list[Checkout], *, tests: bool) -> Iterator[Site]:
    """Every author-written copy of a tensor, in an order that does not depend on the machine.

    A function that stands word for word in several files speaks once: pasted code would otherwise decide.
    """
    seen = set()
    for checkout in places:
        for path in checkouts.python_files(checkout, tests=tests):
            data = (checkout.root / path).read_bytes()
            if not checkouts.imports_tensors(data):
                continue
            lines = data.splitlines()
            for copy in find_copies(data):
                unit = b"\n".join(lines[copy.first_line - 1 : copy.last_line])
                key = (sha256(unit).digest(), copy.line - copy.first_line, copy.column)
                if key not in seen:
                    seen.add(key)
                    yield Site(checkout, path, copy)


def choose(sites: list[Site], samples: int, seed: int) -> list[Site]:
    """A seeded sample, in the order of the population."""
    if samples >= len(sites):
        return sites
    return [sites[i] for i in sorted(random.Random(seed).sample(range(len(sites)), samples))]


def measure(job: Job, lint: Linter = checkouts.lint) -> list[Record]:
    """Lint one file as it is, and once without each of the sampled copies."""
    data = job.file.read_bytes()
    name = job.sites[0].path
    try:
        before = {report.line for report in lint(data, name)}
    except Exception as error:  # a crash of the linter is a result, and must not lose the others
        return [_record(site, job.linter, error=repr(error)) for site in job.sites]
    records = []
    for site in job.sites:
        try:
            after = lint(remove(data, site.copy), name)
        except Exception as error:
            records.append(_record(site, job.linter, error=repr(error)))
        else:
            records.append(_record(site, job.linter, *_news(before, after, data, site.copy)))
    return records


def _news(
    before: set[int], after: list[Report], data: bytes, copy: Copy
) -> tuple[Report | None, list[Report]]:
    """The first new report in the copy's function, and the new ones elsewhere in the file."""
    lost = data.count(b"\n") - remove(data, copy).count(b"\n")
    inside, elsewhere = None, []
    for report in after:
        line = report.line + lost if report.line > copy.line else report.line
        if report.code == "TAL000" or line in before:
            continue
        if copy.first_line <= line <= copy.last_line:
            inside = inside or report
        else:
            elsewhere.append(report)
    return inside, elsewhere


def _record(
    site: Site,
    linter: str,
    report: Report | None = None,
    elsewhere: list[Report] | None = None,
    error: str | None = None,
) -> Record:
    return {
        "place": site.place,
        "kind": site.copy.kind,
        "use": site.copy.use,
        "found": report is not None,
        "code": report.code if report else None,
        "line": report.line if report else None,
        "message": report.message if report else None,
        "elsewhere": sorted({r.code for r in elsewhere or ()}),
        "error": error,
        "why": None,
        "linter": linter,
    }


def run(sample: list[Site], out: Path, processes: int, lint: Linter | None = None) -> list[Record]:
    """Measure what the file does not hold yet for this linter; results are appended as they come."""
    linter = checkouts.fingerprint()
    earlier = {record["place"]: record for record in checkouts.read_lines(out)}
    done = {place: record for place, record in earlier.items() if record["linter"] == linter}
    waiting: defaultdict[Path, list[Site]] = defaultdict(list)
    for site in sample:
        if site.place not in done:
            waiting[site.checkout.root / site.path].append(site)
    jobs = [Job(file, tuple(sites), linter) for file, sites in waiting.items()]
    function = measure if lint is None else partial(measure, lint=lint)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Appended, never rewritten, until all is there: an interrupted run loses neither a result nor a `why`.
    with out.open("a", encoding="utf-8") as stream:
        for records in checkouts.run_jobs(function, jobs, processes, len(jobs)):
            for record in records:
                if not record["found"]:
                    record["why"] = earlier.get(record["place"], {}).get("why")
                done[record["place"]] = record
                stream.write(checkouts.as_line(record))
            stream.flush()
    results = [done[site.place] for site in sample]
    checkouts.write_lines(out, results)
    return results


def summary(records: list[Record]) -> str:
    """Share found per kind, per use and overall, with the codes that found them."""
    lines = [f"un-copy recall: {_share(records)}"]
    for column in ("kind", "use"):
        lines.append(f"by {column}:")
        for value, _ in Counter(record[column] for record in records).most_common():
            lines.append(f"  {value:<22} {_share([r for r in records if r[column] == value])}")
    codes = Counter(record["code"] for record in records if record["found"])
    missed = [record for record in records if not record["found"]]
    lines.append("found as: " + (", ".join(f"{code} {n}" for code, n in codes.most_common()) or "nothing"))
    lines.append(f"reported only outside the function: {sum(bool(r['elsewhere']) for r in missed)}")
    lines.append(f"linter failed or ran out of time: {sum(r['error'] is not None for r in missed)}")
    lines.append(f"misses with a reason: {sum(bool(r['why']) for r in missed)} of {len(missed)}")
    return "\n".join(lines)


def _share(records: list[Record]) -> str:
    found = sum(record["found"] for record in records)
    return f"{found}/{len(records)} = {100 * found / len(records):.1f} %" if records else "0/0"


def explain(sample: list[Site], records: list[Record], limit: int) -> Iterator[str]:
    """The functions of the first missed mutants, the line of the deleted copy marked."""
    by_place = {record["place"]: record for record in records}
    missed = [site for site in sample if not by_place[site.place]["found"]]
    for site in missed[:limit]:
        copy = site.copy
        yield f"\n=== {site.place}  {copy.kind}, {copy.use}; why: {by_place[site.place]['why']}"
        text = checkouts.text_lines((site.checkout.root / site.path).read_bytes())
        for number in range(copy.first_line, min(copy.last_line, len(text)) + 1):
            yield f"{number:>6} {'>' if number == copy.line else ' '} {text[number - 1]}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.uncopy", description=__doc__)
    parser.add_argument("checkout", type=Path, nargs="+")
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="JSON Lines; an interrupted run goes on here")
    parser.add_argument("--tests", action="store_true", help="copies in test files too")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--explain", type=int, nargs="?", const=50, default=0, metavar="N",
                        help="print the functions of the first N misses (default 50)")  # fmt: skip
    options = parser.parse_args(arguments)
    places = sorted(map(checkouts.identify, options.checkout), key=lambda checkout: checkout.repository)
    sites = list(all_sites(places, tests=options.tests))
    sample = choose(sites, options.samples, options.seed)
    print(f"{len(sample)} of {len(sites)} copies in {len(places)} repositories", file=sys.stderr)
    records = run(sample, options.out, options.processes)
    for line in explain(sample, records, options.explain):
        print(line)
    print(summary(records))
    return 0


if __name__ == "__main__":
    sys.exit(main())
