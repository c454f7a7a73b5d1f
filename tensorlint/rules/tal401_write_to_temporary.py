"""A write to a copy that nobody holds is lost.

Indexing by a mask, a list or an array copies, and so do ``clone()``, ``flatten()`` of NumPy, ``numpy()`` of
TensorFlow and the slice of a list. ``x[mask][0] = 1``, ``x[[0, 2]].clamp_(0, 1)`` and ``rng.shuffle(x[idx])``
write to that copy, which is gone at once; ``x`` stays as it was. What an index, ``flatten`` or ``take``
copied is lost under a name as well, where nothing but writes ever mentions that: ``rows = x[idx]; rows += 1;
return x``. So is what was copied because it does not lie in memory as asked,
``np.ascontiguousarray(x[:, 0])``, or may not be written, ``x.diagonal().copy()``; and ``a = np.array(x)``,
where ``x`` is returned and ``a`` never read; and the weights that a model of Keras gives, where a loop does
nothing but write to each: ``for w in model.get_weights(): w *= 0.5``.

Instead: write with one index (``x[mask, 0] = 1``), store the result back (``x[idx] = x[idx].clamp(0, 1)``),
or keep the copy in a name.

Known limits: only where the index certainly is a list, a mask (what ``~`` gives is taken for one, unless it
is of a counter such as ``i``) or an array with axes, whatever it is called; a conversion that copies only
sometimes (``to``, ``float``, ``flatten`` of PyTorch) is not reported, unless axes were turned round before.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import ContainerCopied, Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note, Quote
from tensorlint.rule import Evidence, rule

UNREAD = "the write is lost: `{copy}` is a copy that nobody reads, `{source}` stays as it was"


@rule(
    code="TAL401",
    name="write-to-temporary",
    message="the write is lost: `{copy}` is a copy that nobody holds, `{source}` stays as it was",
    evidence=Evidence.LOST,
)
def check(event: Write | ContainerCopied, facts: Facts) -> Iterator[Finding]:
    if isinstance(event, Write) and facts.is_collective(event):
        return  # which has a rule of its own
    lost = facts.lost_copy(event)
    if lost is not None:
        fix = facts.stored_back(event, lost)
        yield Finding(event.origin, {"copy": Quote(lost.origin), "source": lost.source}, fix=fix)
    elif isinstance(event, Write) and (unread := facts.unread_copy(event)) is not None:
        values = {"copy": facts.name(event.operand, event.through, event.origin), "source": unread.source}
        yield Finding(event.origin, values, (Note(unread.origin, "the copy is made here"),), UNREAD)
