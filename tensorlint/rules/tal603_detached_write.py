"""A write through ``.data`` changes what the backward pass computes with, and nobody notices.

PyTorch counts writes, to refuse a backward pass that would compute with changed tensors. What is written
through ``x.data`` is not counted: the gradient comes out wrong, without an error. (``x.detach()`` shares the
count: there, the backward pass raises.)

Instead: compute a new tensor (``y = y * 2``), so that the gradient knows of it, or write under
``torch.no_grad()`` after all backward passes.

Known limits: as for TAL602: what requires grad is followed within one function; what only later operations
read, changed, is taken to be meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note, Quote
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL603",
    name="detached-write",
    message="write to `{tensor}` that autograd does not see: the gradient of `{operation}` comes out wrong",
    evidence=(Evidence.WRONG, Evidence.CHANGES),
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    needed = facts.needed(write) if facts.is_hidden(write) else None
    if needed is None:
        return
    notes = [Note(needed.kept, "what is written is kept for the backward pass")]
    if needed.asked is not None:
        notes.append(Note(needed.asked, "the backward pass runs here"))
    tensor = facts.name(write.operand, write.through, write.origin)
    yield Finding(write.origin, {"tensor": tensor, "operation": Quote(needed.kept)}, tuple(notes))
