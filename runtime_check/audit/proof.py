"""What the calls of one entry prove."""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime_check.audit.outcome import Outcome, claimed_writes, claims_nothing
from runtime_check.audit.row import Row, Verdict
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Signature

NO_CALL = "no call of the battery fits"
LACKING = "the installed version has no such name"


@dataclass(slots=True)
class Proof:
    """Gathers outcomes: what an entry claims must show in some of them, and none may say otherwise."""

    entry: Entry
    probes: int = 0
    complaints: list[str] = field(default_factory=list)
    seen: dict[str, None] = field(default_factory=dict)  # cases, in the order in which they showed
    written: set[str] = field(default_factory=set)
    signature: Signature | None = None  # of what the entry makes, where that is called too

    def add(self, outcome: Outcome, where: str) -> None:
        """Hold one call against the cases that its arguments leave possible."""
        self.probes += 1
        if outcome.signature is not self.entry.signature:
            self.signature = outcome.signature
        cases = list(outcome.possible())
        agreeing = [case for case in cases if outcome.agrees(case)]
        if not agreeing:
            shown = (
                f"{type(outcome.result).__name__}, changed: {', '.join(sorted(outcome.changed)) or 'nothing'}"
            )
            self.complaints.append(f"{where}: not {' | '.join(map(str, cases))}, but {shown}")
        self.seen |= dict.fromkeys(map(str, agreeing))
        self.written |= outcome.changed

    def missing(self) -> str:
        """What the entry claims and no call showed, in words; empty where there is nothing."""
        signatures = [self.entry.signature, *([self.signature] if self.signature else [])]
        for signature in signatures:
            if unwritten := claimed_writes(signature) - self.written:
                return f"never seen to be written: {', '.join(sorted(unwritten))}"
            for case in signature.cases:
                if str(case) not in self.seen and not claims_nothing(case):
                    return f"never seen: {case}"
        return ""

    def row(self) -> Row:
        reason = self.complaints[0] if self.complaints else NO_CALL if not self.probes else self.missing()
        verdict = Verdict.REFUTED if self.complaints else Verdict.UNPROVED if reason else Verdict.CONFIRMED
        return Row(self.entry.name, self.entry.effect, verdict, reason, self.probes, tuple(self.seen))


def lacking(entry: Entry) -> Row:
    return Row(entry.name, entry.effect, Verdict.LACKING, LACKING)


def unproved(entry: Entry, reason: str) -> Row:
    return Row(entry.name, entry.effect, Verdict.UNPROVED, reason)
