"""A copied list, dict or object still holds the same tensors.

``dict(state)``, ``state.copy()``, ``copy.copy(state)``, ``list(tensors)`` and ``tensors[:]`` copy the
container, not the tensors in it. What is written in place to an element afterwards, by hand or by an
optimizer's step, shows in both. So it does with ``copy.copy(self)`` and what is written to an attribute of
the new object, there or, where a ``clone`` or ``fork`` is made of it, by the methods of the class.

Instead: copy the elements (``{k: v.clone() for k, v in state.items()}``) or ``copy.deepcopy`` the container.

Known limits: elements must certainly be tensors, and both the write and the later read stand in the same
function, unless the copy of what was handed in is given back; of objects, only those of a class in the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import ContainerCopied, Read
from tensorlint.alias.facts import Facts
from tensorlint.finding import DEEP_COPY, Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule

CLONE = "the copy of `{container}` holds the same arrays, which the methods of either object write in place"


@rule(
    code="TAL202",
    name="shallow-copied-container",
    message="the copy of `{container}` holds the same tensors, and they are written in place afterwards",
    evidence=(Evidence.CHANGES, Evidence.SHARES),
)
def check(copied: ContainerCopied | Read, facts: Facts) -> Iterator[Finding]:
    if isinstance(copied, Read):
        total = facts.sum_in_first(copied)
        if total is not None and total.copied is not None:
            note = Note(total.summed, "an element is written in place here")
            fix = Fix(Rewriting.COPY_DEEPLY, total.copied, DEEP_COPY)
            yield Finding(total.copied, {"container": f"{total.states}[0]"}, (note,), fix=fix)
        return
    write = facts.written_in_both(copied)
    if write is not None:
        container = facts.name(copied.operand, copied.source, copied.origin)
        note = Note(write.origin, "an element is written in place here")
        fix = Fix(Rewriting.COPY_DEEPLY, copied.origin, DEEP_COPY)
        yield Finding(copied.origin, {"container": container}, (note,), fix=fix)
        return
    write = facts.written_in_clones(copied)
    if write is not None:
        note = Note(write.origin, "one of them is written in place here")
        fix = Fix(Rewriting.COPY_DEEPLY, copied.origin, DEEP_COPY)
        container = facts.name(copied.operand, copied.source, copied.origin)
        yield Finding(copied.origin, {"container": container}, (note,), CLONE, fix)
