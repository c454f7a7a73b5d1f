"""A method that is not called is always true: ``if x.is_contiguous:`` checks nothing.

``is_contiguous`` is a method, other than ``is_cuda`` and ``is_sparse``. Without its parentheses the condition
holds for every tensor, so that the copy for other layouts is never made, and the fast path is taken by
transposed tensors as well.

Instead: call it (``if not x.is_contiguous():``).

Known limits: what is only guessed to be a tensor is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Inspected
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL507",
    name="contiguity-check-not-called",
    message="`{tensor}.is_contiguous` is a method that is not called: the condition always holds",
    evidence=(Evidence.WRONG, Evidence.RAISES),
)
def check(look: Inspected, facts: Facts) -> Iterator[Finding]:
    if look.name != "is_contiguous":
        return
    tested = facts.tested_uncalled(look)
    if tested is None:
        return
    tensor = facts.name(look.operand, look.value, look.origin)
    notes = (Note(tested, "it decides here"),)
    yield Finding(look.origin, {"tensor": tensor}, notes, fix=Fix(Rewriting.COPY, look.origin, "{}()"))
