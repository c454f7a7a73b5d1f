"""Any write through any view, for teaching and for code that allows none.

A slice, a row, a transpose or ``.view(...)`` has no memory of its own: an in-place operation on it changes
the tensor that it was taken from. TAL101 reports that where somebody looks at that tensor afterwards; this
rule reports it wherever it happens, also where it is only a short way to write a part of the tensor.

Instead: write to the tensor by its own name (``x[0] *= 2``), or to a copy.

Known limits: only what certainly is a view counts, taken in the same function or by a function of the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL901",
    name="any-view-write",
    message="in-place write to `{view}`, which is a view of `{base}`",
    evidence=Evidence.CHANGES,
    default_on=False,
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    base = facts.base_of(write)
    if base:
        view = facts.name(write.operand, write.through, write.origin)
        notes = tuple(Note(origin, "the view is taken here") for origin in facts.views_of(write.through)[:1])
        yield Finding(write.origin, {"view": view, "base": base}, notes)
