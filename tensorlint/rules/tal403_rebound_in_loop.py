"""Assigning to a loop's variable does not change what the loop runs over.

``for row in x: row = row * 2`` gives the name ``row`` a new tensor and drops it at the next turn; so does
``+=`` on the tensors of TensorFlow, Keras and JAX, which cannot be written. Whoever reads ``x``, or the
parameters of the model, finds the old values.

Instead: write in place (``row *= 2``, ``p.data.mul_(2)``, ``v.assign(...)``), store to the place
(``x[i] = row * 2``), or build a new list (``x = [row * 2 for row in x]``).

Known limits: reported where nobody reads the new value, in the loop or after it, and the variable certainly
is a tensor and its new value computed from it by the library's own functions; or where it is any element of
what was handed in, its new value is computed by an operator, and what the loop runs over is given back. A
new value that is not computed from the variable counts where nobody reads that at all, and what the loop runs
over is given back: ``for part in parts: part = x <= edge``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, Computed
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding
from tensorlint.rule import Evidence, rule

UNTOLD = "`{name}` gets another value, which nobody reads: what the loop runs over stays as it was"


@rule(
    code="TAL403",
    name="rebound-in-loop",
    message="`{name}` gets another tensor, which nobody reads: what the loop runs over stays as it was",
    evidence=Evidence.LOST,
)
def check(event: Computed | Called, facts: Facts) -> Iterator[Finding]:
    name = facts.rebound_for_nothing(event)
    if name:
        if facts.is_tensor(event.result):
            yield Finding(event.origin, {"name": name}, fix=facts.reaching(event, name))
        else:
            yield Finding(event.origin, {"name": name}, message=UNTOLD)
