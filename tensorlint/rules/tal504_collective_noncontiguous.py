"""A collective takes a tensor's memory as it lies, and gives its result in place.

``all_reduce``, ``broadcast``, ``reduce``, ``scatter`` and ``recv`` of ``torch.distributed`` work on memory
from the first element on. Of a tensor with gaps or another order (a column, a transpose) NCCL raises; gloo
reads and writes other elements, silently. And the result of a collective is what it wrote: into the copy that
``all_reduce(x.contiguous())`` makes where that is needed, which nobody holds.

Instead: make a contiguous tensor under a name, hand that to the collective, and copy it back where the result
belongs (``part = x[:, 0].contiguous()``, ``all_reduce(part)``, ``x[:, 0] = part``).

Known limits: what is only read (``all_gather``'s input, ``scatter``'s list) is not looked at, nor are
functions that wrap a collective in another file.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Confidence, Finding, Note, Quote
from tensorlint.rule import Evidence, rule

APART = "a collective on `{tensor}`, which is not contiguous, raises or reads and writes other elements"
LOST = "the collective's result is lost: `{copy}` is a copy that nobody holds, `{source}` stays as it was"
SOMETIMES = "the collective's result is lost where `{copy}` has to copy: `{source}` stays as it was"


@rule(
    code="TAL504",
    name="collective-noncontiguous",
    message=APART,
    evidence=(Evidence.WRONG, Evidence.RAISES, Evidence.LOST),
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    if not facts.is_collective(write) or facts.is_trial(write.origin):
        return
    known = facts.lost_result(write)
    if known is not None:
        lost, always = known
        values = {"copy": Quote(lost.origin), "source": lost.source}
        sure = Confidence.HIGH if always else Confidence.MEDIUM
        fix = facts.reduced_back(write, lost)
        yield Finding(write.origin, values, (), LOST if always else SOMETIMES, fix, sure)
    elif facts.is_apart(write.through) and facts.is_tensor(write.through, "torch"):
        tensor = facts.name(write.operand, write.through, write.origin)
        taken = facts.views_of(write.through)
        notes = tuple(Note(origin, "this view leaves gaps or another order") for origin in taken[:1])
        yield Finding(write.origin, {"tensor": tensor}, notes, fix=facts.reduced_apart(write))
