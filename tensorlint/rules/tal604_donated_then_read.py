"""An array that was donated to a compiled function is gone.

``jax.jit(step, donate_argnums=0)`` takes the memory of its argument for its results. The array that was
handed in is deleted, and reading it afterwards, through any name, attribute or container that still holds it,
raises ``RuntimeError``.

Instead: go on with what the call returns (``state = step(state)``), donate a copy, or do not donate what is
needed again.

Known limits: the compiled function and its ``donate_argnums`` stand in the same file, written out; a call
hidden in another function of the file is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Donated
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL604",
    name="donated-then-read",
    message="`{array}` was donated to a compiled function, which deletes it: reading it here raises",
    evidence=Evidence.RAISES,
)
def check(donated: Donated, facts: Facts) -> Iterator[Finding]:
    read = facts.read_after_donation(donated)
    if read is not None and not facts.is_trial(read.origin):
        array = facts.name(donated.operand, donated.value, donated.origin)
        yield Finding(read.origin, {"array": array}, (Note(donated.origin, "it is donated here"),))
