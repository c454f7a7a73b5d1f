"""A comprehension over the same tensor repeats it without copying.

``[t for _ in range(n)]``, ``dict.fromkeys(keys, t)`` and ``itertools.repeat(t)`` give the same tensor every
time, and so does a loop that stores one tensor under each key. An in-place write to one element shows in all
of them.

Instead: put the constructor or the copy inside: ``[t.clone() for _ in range(n)]``, ``{k: t.copy() for k in
keys}``.

Known limits: as for TAL301.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL302",
    name="replicated-by-comprehension",
    message="every turn gives the same tensor, and one of the elements is written in place",
    evidence=(Evidence.SHARES, Evidence.CHANGES),
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    for origin in facts.references(write.through, "repeated"):
        note = Note(write.origin, "this write changes every element")
        fix = Fix(Rewriting.COPY_EACH, origin, facts.copying(write.through))
        yield Finding(origin, {}, (note,), fix=fix)
