"""A write through ``.data`` changes what the backward pass computes with, and nobody notices.

PyTorch counts writes, to refuse a backward pass that would compute with changed tensors. What is written
through ``x.data`` is not counted: the gradient comes out wrong, without an error. (``x.detach()`` shares the
count: there, the backward pass raises.) And what is clipped, scaled or zeroed through either of them keeps
the gradient that it had before: ``y.data.clamp_(-1, 1)`` lets through what ``y.clamp(-1, 1)`` stops.

Instead: compute a new tensor (``y = y * 2``), so that the gradient knows of it, or write under
``torch.no_grad()`` after all backward passes.

Known limits: as for TAL602: what requires grad is followed within one function. What is added, rounded,
copied or masked with ``-inf`` so, and only later operations read, is taken to be meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note, Quote
from tensorlint.rule import Evidence, rule

BYPASSED = "write to `{tensor}` that autograd does not see: the gradient is that of `{operation}` without it"


@rule(
    code="TAL603",
    name="detached-write",
    message="write to `{tensor}` that autograd does not see: the gradient of `{operation}` comes out wrong",
    evidence=(Evidence.WRONG, Evidence.CHANGES),
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    needed = facts.needed(write) if facts.is_hidden(write) else None
    bypassed = facts.bypassed(write) if needed is None else None
    found = needed or bypassed
    if found is None:
        return
    said = "what is written is kept for the backward pass" if needed else "what is written is computed here"
    notes = [Note(found.kept, said)]
    if found.asked is not None:
        notes.append(Note(found.asked, "the backward pass runs here"))
    values = {
        "tensor": facts.name(write.operand, write.through, write.origin),
        "operation": Quote(found.kept),
    }
    yield Finding(write.origin, values, tuple(notes), None if needed else BYPASSED)
