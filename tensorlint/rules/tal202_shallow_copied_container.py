"""A copied list, dict or object still holds the same tensors.

``dict(state)``, ``state.copy()``, ``copy.copy(state)``, ``list(tensors)`` and ``tensors[:]`` copy the
container, not the tensors in it. What is written in place to an element afterwards, by hand or by an
optimizer's step, shows in both. So it does with ``copy.copy(self)`` and what is written to an attribute of
the new object.

Instead: copy the elements (``{k: v.clone() for k, v in state.items()}``) or ``copy.deepcopy`` the container.

Known limits: elements must certainly be tensors, and both the write and the later read stand in the same
function, unless the copy of what was handed in is given back; of objects, only those of a class in the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import ContainerCopied, Read, Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import DEEP_COPY, Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL202",
    name="shallow-copied-container",
    message="the copy of `{container}` holds the same tensors, and they are written in place afterwards",
    evidence=(Evidence.CHANGES, Evidence.SHARES),
)
def check(copied: ContainerCopied, facts: Facts) -> Iterator[Finding]:
    if not any(map(facts.is_tensor, copied.elements)) or not facts.is_held(copied.result):
        return
    if facts.is_made_with(copied.source, copied.elements):
        return  # `list(torch._foreach_mul(xs, 2))`: there is no other one
    for event in facts.following(copied):
        if isinstance(event, Write) and _shows_in_the_other(event, copied, facts):
            container = facts.name(copied.operand, copied.source, copied.origin)
            yield Finding(
                copied.origin,
                {"container": container},
                (Note(event.origin, "an element is written in place here"),),
                fix=Fix(Rewriting.COPY_DEEPLY, copied.origin, DEEP_COPY),
            )
            return


def _shows_in_the_other(write: Write, copied: ContainerCopied, facts: Facts) -> bool:
    """Whether an element is written, and afterwards read through the other one of the two containers."""
    if not facts.is_among(write.region, copied.elements):
        return False
    through_copy = copied.origin in facts.references(write.through, "shared")
    if through_copy and facts.is_copied_for_caller(copied):
        return True
    return any(
        isinstance(event, Read)
        and facts.is_among(event.value, copied.elements)
        and (copied.origin in facts.references(event.value, "shared")) != through_copy
        for event in facts.following(write)
    )
