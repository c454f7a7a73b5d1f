"""The comparison in words and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from runtime_check import programs
from runtime_check.generate import generate
from runtime_check.generate.dialects import DIALECTS
from runtime_check.trace import trace
from tensorlint.knowledge.catalog import Catalog
from tests.oracle.compare import Comparison, Refutation, Tally, distinct
from tests.oracle.engine import Analyse
from tests.oracle.shrink import shrink

MOST_ROWS = 40
TABLE = "table "


def report(library: str, comparison: Comparison, small: Sequence[str] = ()) -> str:
    """Counts per construct, the most frequent abstentions, and the refutations that were made small."""
    return "\n".join([*_lines(library, comparison), *(f"\n{text}" for text in small)]) + "\n"


def summary(library: str, comparison: Comparison) -> str:
    """The first lines of a report."""
    return "\n".join(_summary(library, comparison))


def _summary(library: str, comparison: Comparison) -> Iterator[str]:
    yield f"{library}: {comparison.programs} programs, {len(comparison.refutations)} answers refuted"
    yield (
        f"  executions that raised: {comparison.raised}; refuted in programs that alias their parameters: "
        + _counts(comparison.refuted_when_aliased)
    )
    for name, tally in (
        ("bindings", comparison.bindings),
        ("with elements", comparison.elements),
        ("aliased parameters", comparison.aliased),
    ):
        yield f"  {name}: {_share(tally)}"
        yield f"    where executions differ: {_counts(tally.mixed)}; or are few: {_counts(tally.varying)}"
    for seen in ("changed", "sometimes", "unchanged"):
        found = {answer: n for (kind, answer), n in comparison.written.items() if kind == seen}
        yield f"  bytes {seen} at a statement, and whether they are said to be written: {_counts(found)}"
    for seen in ("contiguous", "strided", "either"):
        found = {answer: n for (kind, answer), n in comparison.laid.items() if kind == seen}
        yield f"  tensors that were {seen}, and what they are said to be: {_counts(found)}"
    used = {tag.removeprefix(TABLE) for tag in comparison.constructs if tag.startswith(TABLE)}
    known = sum(1 for table in DIALECTS[library].tables for _ in Catalog().entries(table))
    yield f"  entries of the tables called: {len(used)} of {known}; other constructs: {others(comparison)}"
    yield f"  what the rules said: {_counts({' '.join(k): n for k, n in comparison.verdicts.items()})}"


def others(comparison: Comparison) -> int:
    """How many constructs were seen that are not an entry of a table."""
    return sum(1 for tag in comparison.constructs if not tag.startswith(TABLE))


def _lines(library: str, comparison: Comparison) -> Iterator[str]:
    yield from _summary(library, comparison)
    yield from (f"  failed: {text}" for text in comparison.failed[:10])
    if len(comparison.failed) > 10:
        yield f"  failed: {len(comparison.failed)} programs in all"
    yield f"  writes that the engine did not see: {_counts(comparison.unseen)}"
    yield "  abstentions on uniform pairs, by the construct at which they begin (bindings):"
    yield from _blame(comparison.bindings)
    yield "  abstentions on uniform pairs, by the construct at which they begin (with elements):"
    yield from _blame(comparison.elements)
    yield "  pairs after each construct (bindings; answered, abstained, refuted):"
    rows = sorted(comparison.bindings.by_construct.items(), key=lambda row: (-row[1][2], -row[1][1], row[0]))
    for tag, (answered, abstained, wrong) in rows[:MOST_ROWS]:
        yield f"    {answered:7} {abstained:6} {wrong:5}  {tag}"


def shrunk(library: str, seed: int, comparison: Comparison, most: int, analyse: Analyse) -> list[str]:
    """Different refutations, each in a small program with what was seen at its line."""
    texts: dict[str, None] = {}
    for refutation in distinct(comparison.refutations)[:most]:
        program = generate(library, seed, refutation.index)
        seen = trace(library, program.seed, program.source, program.parameters, program.aliased)
        small = shrink(refutation, programs.Traced(refutation.index, program, seen), analyse)
        texts["\n".join(show(*small))] = None
    return list(texts)


def show(refutation: Refutation, source: str) -> list[str]:
    """A refuted program with the claim at its line."""
    lines = source.splitlines()
    lines[refutation.line - 1] += f"  # <-- {refutation.story}"
    return [f"REFUTED in program {refutation.index}: {refutation.construct}", *lines]


def _share(tally: Tally) -> str:
    parts = []
    for seen in ("apart", "overlapped"):
        total = tally.answered[seen] + tally.abstained[seen]
        parts.append(f"{seen} {tally.answered[seen]}/{total}")
    return f"answered {tally.rate:.1%} of {tally.uniform} uniform pairs ({', '.join(parts)})"


def _counts(counter: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items()) if count) or "none"


def _blame(tally: Tally) -> Iterator[str]:
    for (answer, tag), count in tally.blame.most_common(MOST_ROWS):
        yield f"    {count:6} {answer:8} {tag}"
