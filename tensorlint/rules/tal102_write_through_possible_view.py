"""Writing to what is sometimes a view, sometimes a copy.

``reshape``, ``ravel``, ``contiguous``, ``to``, ``cpu``, ``asarray`` and their like return the same memory
when nothing has to be done, and a copy otherwise. An in-place operation on the result then changes the input
on one machine, dtype or memory layout and not on another.

Instead: copy explicitly (``.copy()``, ``.clone()``, ``np.array(x)``, ``.to(..., copy=True)``) before writing.

Known limits: as for TAL101; a condition that the engine can rule out (a tensor that certainly is contiguous,
a dtype that certainly differs) is judged only as far as strides are known, dtypes are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL102",
    name="write-through-possible-view",
    message="in-place write to `{view}` also changes `{base}` if {condition}",
    evidence=Evidence.CHANGES,
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    harm = facts.harm_of(write)
    if harm is None or not harm.condition or harm.bridge:
        return
    notes = [Note(harm.taken, "the same memory or a copy, decided here")]
    if harm.read is not None:
        notes.append(Note(harm.read, "`{base}` is read again here", {"base": harm.base}))
    values = {"view": harm.view, "base": harm.base, "condition": harm.condition}
    yield Finding(write.origin, values, tuple(notes), fix=facts.copied_at(harm.taken, harm.through))
