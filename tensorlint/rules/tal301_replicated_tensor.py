"""``[t] * n`` is one tensor n times, not n tensors.

Multiplying a list or tuple repeats references. An in-place write to one element shows in all of them. So it
does where a display names one tensor for several entries: ``{"bid": empty, "ask": empty}``.

Instead: make a tensor for each element, ``[t.clone() for _ in range(n)]`` or ``[torch.zeros(3) for _ in
range(n)]``; give each cell its own.

Known limits: reported where an element is written in place in the same function, or in another method when
the list is an attribute that ``__init__`` sets; a list that leaves the function is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Replicated, Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule

ENTRIES = "entries of one display are one and the same tensor, and one of them is written in place"

CELLS = "all cells are one and the same object, and one of them is changed in place"
TABLES = "all elements are one and the same container of tensors, and an entry of one of them is replaced"


@rule(
    code="TAL301",
    name="replicated-tensor",
    message="all elements are one and the same tensor, and one of them is written in place",
    evidence=(Evidence.SHARES, Evidence.CHANGES),
)
def check(event: Write | Replicated, facts: Facts) -> Iterator[Finding]:
    if isinstance(event, Write):
        yield from _written(event, facts)
    elif (replaced := facts.refilled_replica(event)) is not None:
        yield Finding(event.origin, {}, (Note(replaced, "this entry is replaced in every element"),), TABLES)


def _written(write: Write, facts: Facts) -> Iterator[Finding]:
    changed = facts.filled_with_one(write)
    if changed is not None:
        yield Finding(write.origin, {}, (Note(changed, "this changes the object in all cells"),), CELLS)
    for origin in facts.references(write.through, "twice"):
        yield Finding(origin, {}, (Note(write.origin, "this write changes the others as well"),), ENTRIES)
    for origin in facts.references(write.through, "replica"):
        if facts.is_received_by_turns(write, origin):
            continue
        note = Note(write.origin, "this write changes every element")
        fix = Fix(Rewriting.COPY_EACH, origin, facts.copying(write.through))
        yield Finding(origin, {}, (note,), fix=fix)
