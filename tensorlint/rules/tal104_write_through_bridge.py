"""An array of one library over the memory of another: a write through either shows in both.

``torch.from_numpy``, ``.numpy()``, ``as_tensor``, ``np.asarray(tensor)``, ``np.frombuffer`` and
``from_dlpack`` hand over memory, not values. Normalising the tensor changes the array that it was made of,
and the data set behind that.

Instead: copy on the way (``torch.tensor(a)``, ``torch.from_numpy(a.copy())``, ``t.numpy().copy()``,
``np.array(t)``), or compute a new tensor (``t = t / 255``).

Known limits: as for TAL101; memory that several processes share, and what ``tf.numpy_function`` is handed,
are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

SOMETIMES = "in-place write to `{view}` also changes `{base}`, of another library, if {condition}"


@rule(
    code="TAL104",
    name="write-through-bridge",
    message="in-place write to `{view}` also changes `{base}`: two libraries share its memory",
    evidence=Evidence.CHANGES,
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    harm = facts.harm_of(write)
    if harm is None or not harm.bridge:
        return
    notes = [Note(harm.taken, "the memory is handed over here")]
    if harm.read is not None:
        notes.append(Note(harm.read, "`{base}` is read again here", {"base": harm.base}))
    values = {"view": harm.view, "base": harm.base, "condition": harm.condition}
    message = SOMETIMES if harm.condition else None
    yield Finding(write.origin, values, tuple(notes), message, facts.copied_at(harm.taken, harm.through))
