"""The comparison: one execution refutes NONE or DEFINITE; POSSIBLE and UNKNOWN are abstentions, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runtime_check.trace import Fact
from tensorlint.alias.lattice import Sharing

ENOUGH = 8  # inputs that agree before a pair counts as uniform


class Engine(Protocol):
    """What is asked of the analysis of one program's text."""

    def sharing(self, function: str, line: int, a: str, b: str) -> Sharing:
        """Whether ``a`` and ``b`` share elements after the last statement that ends on ``line``."""


Analyse = Callable[[str], Engine]


@dataclass(frozen=True)
class Refutation:
    """The engine was certain, and at least one execution showed the opposite."""

    program: Mapping[str, Any]
    fact: Fact
    answer: Sharing

    @property
    def construct(self) -> str:
        return construct(self.program, self.fact.line)

    @property
    def story(self) -> str:
        fact = self.fact
        seen = f"overlapped in {fact.overlapped}, lay apart in {fact.apart} of {fact.inputs} inputs"
        return f"line {fact.line}: {fact.a}, {fact.b}: {self.answer.name}, but {seen}"


@dataclass
class Tally:
    """Pairs of bindings (or with ``xs[0]`` among them), one count per program point."""

    answered: Counter[str] = field(default_factory=Counter)  # of uniform pairs: "apart", "overlapped"
    abstained: Counter[str] = field(default_factory=Counter)
    varying: Counter[str] = field(default_factory=Counter)  # the answers where executions differ, or are few
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
        certain = answer in (Sharing.NONE, Sharing.DEFINITE)
        row = self.by_construct.setdefault(tag, [0, 0, 0])
        if refuted:
            row[2] += 1
        if is_uniform(fact):
            row[not certain] += 1
            (self.answered if certain else self.abstained)["overlapped" if fact.overlapped else "apart"] += 1
        else:
            self.varying[answer.name] += 1


@dataclass
class Comparison:
    """``bindings`` decides; ``elements`` are pairs with ``xs[0]``; ``aliased`` programs count apart."""

    bindings: Tally = field(default_factory=Tally)
    elements: Tally = field(default_factory=Tally)
    aliased: Tally = field(default_factory=Tally)
    refutations: list[Refutation] = field(default_factory=list)
    refuted_when_aliased: list[Refutation] = field(default_factory=list)
    programs: int = 0
    raised: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, program: Mapping[str, Any], analyse: Analyse) -> None:
        """Compare one program; a program that did not end, or that the engine cannot take, is a failure."""
        self.programs += 1
        if "failed" in program:
            self.failed.append(f"program {program['index']}: {program['failed']}")
            return
        self.raised += len(program["raised"])
        try:
            engine = analyse(program["source"])
            self._add(program, engine)
        except Exception as error:
            self.failed.append(f"program {program['index']}: {type(error).__name__}: {error}")

    def _add(self, program: Mapping[str, Any], engine: Engine) -> None:
        begun: dict[tuple[str, str], Sharing] = {}
        for fact in facts(program):
            answer = engine.sharing("program", fact.line, fact.a, fact.b)
            tally = self.aliased if program["aliased"] else self.tally(fact)
            refuted = is_refuted(fact, answer)
            if refuted:
                wrong = self.refuted_when_aliased if program["aliased"] else self.refutations
                wrong.append(Refutation(program, fact, answer))
            tag = construct(program, fact.line)
            tally.count(fact, answer, tag, refuted)
            if answer in (Sharing.POSSIBLE, Sharing.UNKNOWN) and is_uniform(fact):
                if begun.get((fact.a, fact.b)) != answer:
                    tally.blame[answer.name, tag] += 1
                begun[fact.a, fact.b] = answer
            else:
                begun.pop((fact.a, fact.b), None)

    def tally(self, fact: Fact) -> Tally:
        return self.elements if "[" in fact.a + fact.b else self.bindings


def distinct(refutations: list[Refutation]) -> list[Refutation]:
    """The first refutation of each answer at each construct; a pair counts where it first goes wrong."""
    first: dict[tuple[Sharing, str, bool], Refutation] = {}
    begun: set[tuple[int, str, str]] = set()
    for refutation in refutations:
        fact, index = refutation.fact, refutation.program["index"]
        if (index, fact.a, fact.b) not in begun:
            key = refutation.answer, refutation.construct, "[" in fact.a + fact.b
            first.setdefault(key, refutation)
        begun.add((index, fact.a, fact.b))
    return sorted(first.values(), key=lambda refutation: "[" in refutation.fact.a + refutation.fact.b)


def facts(program: Mapping[str, Any]) -> Iterator[Fact]:
    return (Fact(*row) for row in program["facts"])


def construct(program: Mapping[str, Any], line: int) -> str:
    """What kind of statement stands on the line; JSON turned the numbers of lines into text."""
    return str(program["tags"].get(str(line), "?"))


def is_uniform(fact: Fact) -> bool:
    return fact.uniform and fact.inputs >= ENOUGH


def is_refuted(fact: Fact, answer: Sharing) -> bool:
    return bool((answer is Sharing.NONE and fact.overlapped) or (answer is Sharing.DEFINITE and fact.apart))
