"""What was hung on a tensor as an attribute is lost by most copies, and shared by ``copy.copy``.

A Python attribute belongs to one tensor object. ``clone()``, ``detach()``, a cast, a slice, ``tf.identity``
and any other operation make another object without it: reading it there raises ``AttributeError``.
``copy.copy`` of a PyTorch tensor keeps the attribute, but it is the same list or dict: changing it through
one shows in the other.

Instead: carry the attribute over by name (``u.tag = t.tag``), copy it (``u.tags = list(t.tags)``), or keep it
beside the tensor rather than on it.

Known limits: the attribute is set, and read or changed, in one function.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import AttributeRead
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

SHARED = (
    "`{tensor}.{attribute}` is the same object as on the tensor that it was copied from, and is changed here"
)


@rule(
    code="TAL205",
    name="attribute-lost-or-shared",
    message="`{tensor}` has no `{attribute}`: it was set on the tensor that this one was made from",
    evidence=(Evidence.RAISES, Evidence.CHANGES, Evidence.SHARES),
)
def check(read: AttributeRead, facts: Facts) -> Iterator[Finding]:
    values = {"tensor": facts.name(read.operand, read.value, read.origin), "attribute": read.name}
    lost = facts.attribute_lost(read)
    if lost is not None and not facts.is_trial(read.origin):
        notes = [Note(lost, "the attribute is set here")]
        made = facts.made_at(read.value)
        if made is not None:
            notes.append(Note(made, "another tensor, without it, is made here"))
        yield Finding(read.origin, values, tuple(notes))
    changed = facts.shared_attribute_changed(read)
    if changed is not None:
        yield Finding(changed, values, message=SHARED)
