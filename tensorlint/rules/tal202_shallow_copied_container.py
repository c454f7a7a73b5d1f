"""A copied list or dict still holds the same tensors.

``dict(state)``, ``state.copy()``, ``copy.copy(state)``, ``list(tensors)`` and ``tensors[:]`` copy the container, not the
tensors in it. What is written in place to an element afterwards, by hand or by an optimizer's step, shows in both.

Instead: copy the elements (``{k: v.clone() for k, v in state.items()}``) or ``copy.deepcopy`` the container.

Known limits: elements must certainly be tensors; training is recognised by a call of ``step`` or ``fit`` in the
same function.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, ContainerCopied, Read, Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

TRAINING = ("step", "fit")


@rule(
    code="TAL202",
    name="shallow-copied-container",
    message="the copy of `{container}` holds the same tensors, which are written in place afterwards",
    evidence=(Evidence.CHANGES, Evidence.SHARES),
)
def check(copied: ContainerCopied, facts: Facts) -> Iterator[Finding]:
    for event in facts.following(copied):
        if isinstance(event, Write) and _changes_the_other(event, copied, facts):
            yield _finding(copied, facts, Note(event.origin, "an element is written in place here"))
            return
        if isinstance(event, Called) and _trains(event) and _of_a_module(copied, facts) and _copy_read(event, copied, facts):
            yield _finding(copied, facts, Note(event.origin, "training changes the tensors in place here"))
            return


def _finding(copied: ContainerCopied, facts: Facts, note: Note) -> Finding:
    return Finding(copied.origin, {"container": facts.name(copied.operand, copied.source, copied.origin)}, (note,))


def _changes_the_other(write: Write, copied: ContainerCopied, facts: Facts) -> bool:
    """Whether a tensor is written through one of the two containers and read through the other afterwards."""
    through_copy = copied.origin in facts.references(write.through, "shared")
    for event in facts.following(write):
        if isinstance(event, Read) and facts.definitely_overlaps(event.value, write.region):
            if (copied.origin in facts.references(event.value, "shared")) != through_copy:
                return through_copy or facts.is_element(write, copied)
    return False


def _trains(call: Called) -> bool:
    return call.receiver is not None and call.names[0].rpartition(".")[2] in TRAINING


def _of_a_module(copied: ContainerCopied, facts: Facts) -> bool:
    return any(facts.belongs_to_module(value) for value in copied.elements)


def _copy_read(call: Called, copied: ContainerCopied, facts: Facts) -> bool:
    return any(
        isinstance(event, Read) and copied.origin in facts.references(event.value, "shared")
        for event in facts.following(call)
    )
