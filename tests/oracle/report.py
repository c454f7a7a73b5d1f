"""The comparison in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.oracle.compare import Comparison, Refutation, Tally


def report(library: str, comparison: Comparison, shrunk: Sequence[Refutation] = ()) -> str:
    """Counts per construct, the most frequent abstentions, and the refutations that were made small."""
    return "\n".join(_lines(library, comparison, shrunk)) + "\n"


def _lines(library: str, comparison: Comparison, shrunk: Sequence[Refutation]) -> Iterator[str]:
    yield f"{library}: {comparison.programs} programs, {len(comparison.refutations)} answers refuted"
    yield (
        f"  executions that raised: {comparison.raised}; refuted in programs that alias their parameters: "
        + str(len(comparison.refuted_when_aliased))
    )
    for name, tally in (
        ("bindings", comparison.bindings),
        ("with elements", comparison.elements),
        ("aliased parameters", comparison.aliased),
    ):
        yield f"  {name}: {_share(tally)}"
        yield f"    where executions differ, or are few: {_counts(tally.varying)}"
    yield from (f"  failed: {text}" for text in comparison.failed[:10])
    if len(comparison.failed) > 10:
        yield f"  failed: {len(comparison.failed)} programs in all"
    yield "  abstentions on uniform pairs, by the construct at which they begin (bindings):"
    yield from _blame(comparison.bindings)
    yield "  abstentions on uniform pairs, by the construct at which they begin (with elements):"
    yield from _blame(comparison.elements)
    yield "  pairs after each construct (bindings; answered, abstained, refuted):"
    rows = sorted(comparison.bindings.by_construct.items(), key=lambda row: (-row[1][2], -row[1][1], row[0]))
    yield from (
        f"    {answered:7} {abstained:6} {wrong:5}  {tag}" for tag, (answered, abstained, wrong) in rows
    )
    known = set()
    for refutation in shrunk:
        text = "\n".join(show(refutation))
        if text.partition("\n")[2] not in known:
            yield f"\n{text}"
        known.add(text.partition("\n")[2])


def _share(tally: Tally) -> str:
    parts = []
    for seen in ("apart", "overlapped"):
        total = tally.answered[seen] + tally.abstained[seen]
        parts.append(f"{seen} {tally.answered[seen]}/{total}")
    return f"answered {tally.rate:.1%} of {tally.uniform} uniform pairs ({', '.join(parts)})"


def _counts(counter: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"


def _blame(tally: Tally, most: int = 40) -> Iterator[str]:
    for (answer, tag), count in tally.blame.most_common(most):
        yield f"    {count:6} {answer:8} {tag}"


def show(refutation: Refutation) -> list[str]:
    """A refuted program with the fact at its line."""
    program, fact = refutation.program, refutation.fact
    lines = str(program["source"]).splitlines()
    lines[fact.line - 1] += f"  # <-- {refutation.story}"
    return [f"REFUTED {program['library']} program {program['index']}: {refutation.story}", *lines]
