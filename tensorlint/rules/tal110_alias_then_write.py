"""An assignment makes a second name, not a second tensor.

``y = x`` copies nothing. An in-place operation on ``y`` changes ``x`` as well, and whoever reads ``x``
afterwards gets the changed values.

Instead: copy where the second tensor is made (``y = x.copy()``, ``y = x.clone()``), or write ``y = y + 1``,
which makes a new one.

Known limits: two local names in one function; a name kept in an attribute or a container is not looked at,
and neither is the caller's argument unless this function reads it again.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL110",
    name="alias-then-write",
    message="in-place write to `{view}` also changes `{base}`: they are two names for one tensor",
    evidence=Evidence.CHANGES,
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    harm = facts.harm_of(write)
    if harm is None or harm.condition or harm.read is None or not harm.second_name:
        return
    notes = (
        Note(harm.taken, "the second name is given here"),
        Note(harm.read, "`{base}` is read again here", {"base": harm.base}),
    )
    values = {"view": harm.view, "base": harm.base}
    yield Finding(write.origin, values, notes, fix=facts.copied_at(harm.taken, harm.through))
