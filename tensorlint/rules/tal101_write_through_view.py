"""Writing through a view changes the tensor that it was taken from.

A slice, a transpose, a row of an iteration or ``.view(...)`` has no memory of its own. An in-place operation
on it changes the tensor that it was taken from as well, and whoever reads that tensor afterwards gets the
changed values.

Instead: copy before writing (``x[1:3].copy()``, ``x[1:3].clone()``), or write to the base by its name if that
is meant.

Known limits: a view that is never read again counts as a readable way to write its base; filling a fresh
buffer (``zeros``, ``empty``) through its rows is not reported, nor what a private method writes that is
handed a part of the object's own state; a caller's own argument is not yet looked at unless this function
reads it again.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

SIBLINGS = "in-place write to `{view}` also changes `{base}`: both are views of one tensor"
MOST_VIEWS = 3  # notes; one is the rule, several where branches or a chain took the view


@rule(
    code="TAL101",
    name="write-through-view",
    message="in-place write to `{view}` also changes `{base}`, which it is a view of",
    evidence=Evidence.CHANGES,
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    harm = facts.harm_of(write)
    if harm is None or harm.condition or harm.second_name or harm.bridge or not facts.is_view(harm.through):
        return
    taken = harm.views[:MOST_VIEWS] or (harm.taken,)
    notes = [Note(origin, "the view is taken here") for origin in taken]
    if harm.read is not None:
        notes.append(Note(harm.read, "`{base}` is read again here", {"base": harm.base}))
    values = {"view": harm.view, "base": harm.base}
    fix = facts.copied_at(harm.taken, harm.through)
    yield Finding(write.origin, values, tuple(notes), SIBLINGS if harm.siblings else None, fix)
