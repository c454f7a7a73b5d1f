"""The comparison: one execution refutes NONE or DEFINITE; POSSIBLE and UNKNOWN are abstentions, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from runtime_check.programs import Traced
from runtime_check.trace import Fact, Written
from tensorlint.alias.lattice import Sharing
from tests.oracle.engine import Analyse, Engine
from tests.oracle.verdicts import judged

ENOUGH = 8  # inputs that agree before a pair counts as uniform
CERTAIN = (Sharing.NONE, Sharing.DEFINITE)


@dataclass(frozen=True)
class Refutation:
    """The engine or a rule was certain, and executions of program ``index`` showed otherwise.

    ``claim`` says of what and what: the same words in a smaller program are the same mistake.
    """

    index: int
    line: int
    construct: str
    claim: tuple[str, ...]
    seen: str

    @property
    def story(self) -> str:
        return f"line {self.line}: {' '.join(self.claim)}, but {self.seen}"


@dataclass
class Tally:
    """Pairs of bindings (or with ``xs[0]`` among them), one count per program point."""

    answered: Counter[str] = field(default_factory=Counter)  # of uniform pairs: "apart", "overlapped"
    abstained: Counter[str] = field(default_factory=Counter)
    varying: Counter[str] = field(default_factory=Counter)  # the answers where executions differ, or are few
    mixed: Counter[str] = field(default_factory=Counter)  # those where executions differ
    blame: Counter[tuple[str, str]] = field(default_factory=Counter)  # (answer, construct) where it began
    by_construct: dict[str, list[int]] = field(default_factory=dict)  # answered, abstained, refuted

    @property
    def uniform(self) -> int:
        return self.answered.total() + self.abstained.total()

    @property
    def rate(self) -> float:
        """The share of uniform pairs that were answered."""
        return self.answered.total() / self.uniform if self.uniform else 0.0

    def count(self, fact: Fact, answer: Sharing, tag: str, refuted: bool) -> None:
        certain = answer in CERTAIN
        row = self.by_construct.setdefault(tag, [0, 0, 0])
        if refuted:
            row[2] += 1
        if is_uniform(fact):
            row[not certain] += 1
            (self.answered if certain else self.abstained)["overlapped" if fact.overlapped else "apart"] += 1
        else:
            self.varying[answer.name] += 1
            if not fact.uniform:
                self.mixed[answer.name] += 1


@dataclass
class Comparison:
    """``bindings`` decides; ``elements`` are pairs with ``xs[0]``; ``aliased`` programs count apart."""

    bindings: Tally = field(default_factory=Tally)
    elements: Tally = field(default_factory=Tally)
    aliased: Tally = field(default_factory=Tally)
    written: Counter[tuple[str, str]] = field(default_factory=Counter)  # what was seen, the answer
    unseen: Counter[str] = field(default_factory=Counter)  # constructs that wrote where no write was seen
    laid: Counter[tuple[str, str]] = field(default_factory=Counter)  # what was seen, the answer
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)  # the rule, what became of it
    constructs: Counter[str] = field(default_factory=Counter)
    refutations: list[Refutation] = field(default_factory=list)
    refuted_when_aliased: Counter[str] = field(default_factory=Counter)  # the kinds of claims
    programs: int = 0
    raised: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, traced: Traced, analyse: Analyse) -> None:
        """Compare one program; a program that did not end, or that the engine cannot take, is a failure."""
        self.programs += 1
        if traced.failed:
            self.failed.append(f"program {traced.index}: {traced.failed}")
            return
        self.raised += len(traced.trace.raised)
        self.constructs.update(set(traced.program.tags.values()))
        try:
            engine = analyse(traced.program.source)
            found = [*self._sharing(traced, engine), *self._written(traced, engine)]
            found += [*self._laid(traced, engine), *self._verdicts(traced, engine)]
        except Exception as error:
            self.failed.append(f"program {traced.index}: {type(error).__name__}: {error}")
            return
        if traced.program.aliased:
            self.refuted_when_aliased.update(refutation.claim[0] for refutation in found)
        else:
            self.refutations += found

    def _sharing(self, traced: Traced, engine: Engine) -> Iterator[Refutation]:
        begun: dict[tuple[str, str], Sharing] = {}
        for fact in traced.trace.facts:
            answer = engine.sharing("program", fact.line, fact.a, fact.b)
            tally = self.aliased if traced.program.aliased else self.tally(fact)
            refuted = is_refuted(fact, answer)
            tag = construct(traced, fact.line)
            if refuted:
                seen = f"overlapped in {fact.overlapped}, lay apart in {fact.apart} of {fact.inputs} inputs"
                yield Refutation(traced.index, fact.line, tag, ("sharing", fact.a, fact.b, answer.name), seen)
            tally.count(fact, answer, tag, refuted)
            if answer not in CERTAIN and is_uniform(fact):
                if begun.get((fact.a, fact.b)) != answer:
                    tally.blame[answer.name, tag] += 1
                begun[fact.a, fact.b] = answer
            else:
                begun.pop((fact.a, fact.b), None)

    def _written(self, traced: Traced, engine: Engine) -> Iterator[Refutation]:
        """Bytes that changed without being written, or that were said to be written and stayed."""
        for row in traced.trace.written:
            if row.name.endswith("@"):
                continue  # no name of the program's
            answer = engine.written("program", row.line, row.name)
            if answer is None and not row.changed:
                continue
            tag, sure = construct(traced, row.line), row.line not in traced.program.unsure
            if not traced.program.aliased:
                self.written[seen_of(row), answer.name if answer is not None else "no write"] += 1
            if answer is None:
                self.unseen[tag] += not traced.program.aliased
            elif (answer is Sharing.NONE and row.changed) or (
                answer is Sharing.DEFINITE and sure and row.changed < row.inputs
            ):
                seen = f"changed in {row.changed} of {row.inputs} inputs"
                yield Refutation(traced.index, row.line, tag, ("write", row.name, answer.name), seen)

    def _laid(self, traced: Traced, engine: Engine) -> Iterator[Refutation]:
        """Tensors that are not laid out as they were said to be."""
        for row in traced.trace.laid:
            answer = engine.contiguous("program", row.line, row.name)
            said = "not known" if answer is None else "contiguous" if answer else "strided"
            seen = "contiguous" if not row.strided else "strided" if not row.contiguous else "either"
            if not traced.program.aliased:
                self.laid[seen, said] += 1
            if answer is not None and said != seen:
                counts = f"contiguous in {row.contiguous}, strided in {row.strided} inputs"
                tag = construct(traced, row.line)
                yield Refutation(traced.index, row.line, tag, ("layout", row.name, said), counts)

    def _verdicts(self, traced: Traced, engine: Engine) -> Iterator[Refutation]:
        for diagnostic in engine.diagnostics():
            if diagnostic.line not in traced.program.tags:
                continue  # in a helper, whose statements are not watched
            complaint = judged(diagnostic, traced)
            outcome = "not judged" if complaint is None else "false alarm" if complaint else "shown"
            if not traced.program.aliased:
                self.verdicts[diagnostic.code, outcome] += 1
            if complaint:
                claim = ("verdict", diagnostic.code, diagnostic.message)
                tag = construct(traced, diagnostic.line)
                yield Refutation(traced.index, diagnostic.line, tag, claim, complaint)

    def tally(self, fact: Fact) -> Tally:
        return self.bindings if fact.a.isidentifier() and fact.b.isidentifier() else self.elements


def seen_of(row: Written) -> str:
    return "unchanged" if not row.changed else "changed" if row.changed == row.inputs else "sometimes"


def distinct(refutations: list[Refutation]) -> list[Refutation]:
    """The first refutation of each kind of claim at each construct; a claim counts where it first fails."""
    first: dict[tuple[str, str, str, bool], Refutation] = {}
    begun: set[tuple[int, tuple[str, ...]]] = set()
    for refutation in refutations:
        claim = refutation.claim
        if (refutation.index, claim) not in begun:
            answer = claim[1] if claim[0] == "verdict" else claim[-1]
            first.setdefault((claim[0], answer, refutation.construct, "[" in str(claim)), refutation)
        begun.add((refutation.index, claim))
    return sorted(first.values(), key=lambda refutation: "[" in "".join(refutation.claim))


def construct(traced: Traced, line: int) -> str:
    """What kind of statement stands on the line."""
    return traced.program.tags.get(line, "?")


def is_uniform(fact: Fact) -> bool:
    return fact.uniform and fact.inputs >= ENOUGH


def is_refuted(fact: Fact, answer: Sharing) -> bool:
    return bool((answer is Sharing.NONE and fact.overlapped) or (answer is Sharing.DEFINITE and fact.apart))
