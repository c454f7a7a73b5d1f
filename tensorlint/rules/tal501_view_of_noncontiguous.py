"""``view`` cannot merge axes that are not adjacent in memory.

After ``transpose``, ``permute``, ``expand`` or a slice of an inner axis, neighbouring axes of a tensor may
lie apart in memory. ``view`` only relabels memory, so asking it to make one axis of two such axes raises
``RuntimeError``. It often works for a batch or a channel of one and fails later.

Instead: ``reshape``, which copies where it must, or ``contiguous()`` before ``view``.

Known limits: silent under ``try`` and ``raises``, in tests and timings, and where the function asks whether
the tensor is contiguous; a function's own parameter is taken to be contiguous; silent where the lengths of
the axes cannot be told from the code, and where the layout of a result depends on that of its arguments
(elementwise operations, attention).
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Merged
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule

APART = "`.view()` merges axes {outer} and {inner} of `{tensor}`, which are not adjacent in memory: it raises"
EXPANDED = (
    "`.view()` merges axes {outer} and {inner} of `{tensor}`, one of which is expanded: "
    "it raises for more than one"
)
BETWEEN = (
    "`.view()` merges two of the axes {outer} to {inner} of `{tensor}` that are not adjacent in memory: "
    "it raises"
)
CHECKED = frozenset({"is_contiguous"})


@rule(code="TAL501", name="view-of-noncontiguous", message=APART, evidence=Evidence.RAISES)
def check(merged: Merged, facts: Facts) -> Iterator[Finding]:
    if facts.is_trial(merged.origin) or facts.inspects(merged.value, CHECKED):
        return
    first = merged.axes[0]
    tensor = facts.name(merged.operand, merged.value, merged.origin)
    taken = facts.views_of(merged.value)
    notes = (Note(taken[0], "this view leaves them apart"),) if taken and taken[0] != merged.origin else ()
    values = {"outer": first.outer, "inner": first.inner, "tensor": tensor}
    fix = Fix(Rewriting.RESHAPE, merged.origin, safe=True)
    message = EXPANDED if first.expanded else BETWEEN if first.between else None
    yield Finding(merged.origin, values, notes, message, fix)
