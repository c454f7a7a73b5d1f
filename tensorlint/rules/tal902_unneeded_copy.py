"""A copy that nothing needs: without it everything is the same, and less memory is taken.

Whoever writes to a copy, keeps it or gives it away needs it, and so does whoever keeps a copy while the
original is written. A copy that is only read while nobody writes to the original is work for nothing:
``y = x.copy(); return y.sum()``, ``for row in table.copy(): total += row.sum()``, ``x.copy().astype(t)``.
So is the copy of what is new anyway and that nobody else holds: ``x[mask].copy()``, ``np.zeros(n).copy()``,
``x.flatten().copy()``, ``torch.cat(parts).clone()``; an index with a mask or a list has copied already. And
so is the copy, at the end, of what a function made for itself: ``out = np.zeros(n); …; return out.copy()``.

Instead: leave the copy out.

Known limits: only copies of what certainly is an array of NumPy or a tensor of PyTorch, in functions of which
every call between is known; arrays that are handed in are taken to lie in C order. Silent where a copy may be
there for another reason: an order or class of its own, a lock, gradients, other threads, a test.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.alias.facts.unneeded import Why
from tensorlint.finding import Finding
from tensorlint.rule import Evidence, rule

MESSAGES = {
    Why.NEW: "the copy of `{source}` is not needed: that is new already, and nobody else holds it",
    Why.DONE: "the copy of `{source}` is not needed: nobody else holds that, and it is not used again",
}


@rule(
    code="TAL902",
    name="unneeded-copy",
    message="the copy of `{source}` is not needed: it is only read, and nobody writes to either meanwhile",
    evidence=Evidence.WASTED,
    default_on=False,
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    copy = facts.unneeded_copy(call)
    if copy is not None:
        yield Finding(call.origin, {"source": copy.source}, message=MESSAGES.get(copy.why))
