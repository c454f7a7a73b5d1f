"""Programs with a backward pass: what the rules about autograd say of them, and what PyTorch did.

A finding is refuted when its line ran, the program came to its end, and nothing was raised, or no gradient
came out otherwise. A program that raises where nothing is said is a *miss*: rules promise no more than they
are certain of, so that it is counted and no mistake.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from runtime_check.backward import Ending, Ran
from tensorlint.finding import Diagnostic
from tests.oracle.compare import Refutation
from tests.oracle.engine import Analyse

LEAF, SAVED, HIDDEN = "TAL601", "TAL602", "TAL603"
CONFIRMED, REFUTED, UNDECIDED = "confirmed", "refuted", "undecided"
RAISING = {"leaf": (LEAF,), "part": (SAVED, LEAF), "modified": (SAVED,), "base of a part": ()}
PART, SEQUENCE = "one of the parts of", "right before it"
KEPT = re.compile(r"output \d+ of (\w+)")
MOST_ROWS = 40


@dataclass
class Backwards:
    """What was said of programs with a backward pass, and what came of it."""

    said: Counter[tuple[str, str]] = field(default_factory=Counter)  # the rule, what became of it
    constructs: dict[str, list[int]] = field(default_factory=dict)  # confirmed, missed, refuted
    raising: Counter[tuple[str, bool]] = field(default_factory=Counter)  # the error, whether it was told
    wrong: Counter[tuple[str, bool]] = field(default_factory=Counter)  # saved or bypassed, whether told
    missed: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # error, what was kept, the write
    examples: dict[tuple[str, str, str], int] = field(default_factory=dict)  # a program for each of them
    refutations: list[Refutation] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    programs: int = 0
    silent: int = 0  # programs that ended without an error

    def add(self, ran: Ran, analyse: Analyse) -> None:
        """Compare one program."""
        self.programs += 1
        if ran.failed:
            self.failed.append(f"program {ran.index}: {ran.failed}")
            return
        try:
            said = [each for each in analyse(ran.graph.source).diagnostics() if each.code in _JUDGES]
        except Exception as error:
            self.failed.append(f"program {ran.index}: {type(error).__name__}: {error}")
            return
        self.silent += not any(ending.kind for ending in ran.endings)
        confirmed = [each for each in said if self._judge(ran, each) == CONFIRMED]
        for ending in {ending.kind: ending for ending in ran.endings if ending.kind in RAISING}.values():
            told = any(_tells(each, ending) for each in confirmed)
            self.raising[ending.kind, told] += 1
            if not told:
                self._miss(ran, ending)
        for line, did in ran.hidden.items():
            if did in ("saved", "bypassed"):
                told = any(each.line == line for each in said if each.code == HIDDEN)
                self.wrong[did, told] += 1
                if not told:
                    self._note(ran, (f"gradient {did}", "", ran.graph.tags[line]))

    def _judge(self, ran: Ran, said: Diagnostic) -> str:
        outcome = judged(ran, said)
        tag = ran.graph.tags.get(said.line, "a layer of the module")
        self.said[said.code, outcome] += 1
        if outcome != UNDECIDED:
            self.constructs.setdefault(tag, [0, 0, 0])[0 if outcome == CONFIRMED else 2] += 1
        if outcome == REFUTED:
            claim = ("verdict", said.code, said.message)
            self.refutations.append(Refutation(ran.index, said.line, tag, claim, "it never showed"))
        return outcome

    def _miss(self, ran: Ran, ending: Ending) -> None:
        kept = next(iter(KEPT.findall(ending.error)), "a leaf") if ending.kind == "modified" else ""
        lines = [ending.line] if ending.kind != "modified" else sorted(_writes(ran) & ending.reached)
        self._note(ran, (ending.kind, kept, "; ".join(ran.graph.tags.get(line, "?") for line in lines)))

    def _note(self, ran: Ran, miss: tuple[str, str, str]) -> None:
        self.missed[miss] += 1
        self.examples.setdefault(miss, ran.index)
        self.constructs.setdefault(miss[2] or "?", [0, 0, 0])[1] += 1

    def report(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def summary(self) -> str:
        return "\n".join(self._summary())

    def _summary(self) -> Iterator[str]:
        yield (
            f"torch-backward: {self.programs} programs, {len(self.refutations)} answers refuted;"
            f" {self.silent} raised nothing"
        )
        said = ", ".join(f"{code} {outcome} {n}" for (code, outcome), n in sorted(self.said.items()))
        yield f"  what the rules said: {said or 'nothing'}"
        for name, counts in (("raised", self.raising), ("wrong gradients", self.wrong)):
            for kind in sorted({kind for kind, _ in counts}):
                told = counts[kind, True]
                yield f"  {name}, {kind}: {told} of {told + counts[kind, False]} told"

    def _lines(self) -> Iterator[str]:
        yield from self._summary()
        yield from (f"  failed: {text}" for text in self.failed[:10])
        yield "  after each construct (told rightly, missed, refuted):"
        rows = sorted(self.constructs.items(), key=lambda row: (-row[1][2], -sum(row[1]), row[0]))
        for tag, (right, missed, wrong) in rows[:MOST_ROWS]:
            yield f"    {right:6} {missed:6} {wrong:5}  {tag}"
        yield "  missed (the error, what was kept, the writes; a program):"
        for miss, count in self.missed.most_common(MOST_ROWS):
            yield f"    {count:6}  {' | '.join(filter(None, miss))}  (program {self.examples[miss]})"


def judged(ran: Ran, said: Diagnostic) -> str:
    """Whether what is said of a line showed there."""
    return _JUDGES[said.code](ran, said)


def _leaf(ran: Ran, said: Diagnostic) -> str:
    part = _raised_at(ran, said, "part")  # of a leaf
    return part if part == CONFIRMED else _raised_at(ran, said, "leaf")


def _saved(ran: Ran, said: Diagnostic) -> str:
    if PART in said.message:
        return _raised_at(ran, said, "part")
    ended = [ending for ending in ran.endings if said.line in ending.reached]
    if any(ending.kind == "modified" for ending in ended):
        return CONFIRMED
    if SEQUENCE in said.message:
        return UNDECIDED  # of a layer, whether or not the program asks for gradients through it
    return REFUTED if any(not ending.kind for ending in ended) else UNDECIDED


def _hidden(ran: Ran, said: Diagnostic) -> str:
    did = ran.hidden.get(said.line, "")
    if not did:
        return UNDECIDED
    return CONFIRMED if did in ("saved", "bypassed") else REFUTED


def _raised_at(ran: Ran, said: Diagnostic, kind: str) -> str:
    ended = [ending for ending in ran.endings if said.line in ending.reached]
    if any((ending.kind, ending.line) == (kind, said.line) for ending in ended):
        return CONFIRMED
    return REFUTED if any(ending.line != said.line for ending in ended) else UNDECIDED


def _tells(said: Diagnostic, ending: Ending) -> bool:
    return said.code in RAISING[ending.kind] and (ending.kind == "modified" or said.line == ending.line)


def _writes(ran: Ran) -> set[int]:
    """The lines that write in place; layers among them are known by their words."""
    return {
        line
        for line, tag in ran.graph.tags.items()
        if tag.startswith("write ") or "inplace=True" in tag or "True)" in tag
    }


_JUDGES = {LEAF: _leaf, SAVED: _saved, HIDDEN: _hidden}
