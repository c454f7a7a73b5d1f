"""An array that was donated to a compiled function is gone.

``jax.jit(step, donate_argnums=0)`` takes the memory of its argument for its results. The array that was
handed in is deleted, and reading it afterwards, through any name, attribute or container that still holds it,
raises ``RuntimeError``. So does handing one array to a call twice, once to be donated.

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

TWICE = "`{array}` is donated and given to the same call a second time, which raises"
KEPT = "`{array}` was donated to a compiled function, which deletes it: `{name}` can never be read"

HELD = "`{array}` is donated to a compiled function, which deletes it, while `{name}` still holds it"


@rule(
    code="TAL604",
    name="donated-then-read",
    message="`{array}` was donated to a compiled function, which deletes it: reading it here raises",
    evidence=(Evidence.RAISES, Evidence.LOST, Evidence.CHANGES),
)
def check(donated: Donated, facts: Facts) -> Iterator[Finding]:
    values = {"array": facts.name(donated.operand, donated.value, donated.origin)}
    notes = (Note(donated.origin, "it is donated here"),)
    read, renamed = facts.read_after_donation(donated), facts.named_after_donation(donated)
    twice = facts.given_twice(donated)
    if twice is not None:
        if not facts.is_trial(donated.origin):
            others = tuple(Note(origin, "it gets its other name here") for origin in twice)
            yield Finding(donated.origin, values, others, TWICE)
    elif read is not None:
        if not facts.is_trial(read.origin):
            other = facts.second_name(read, donated)
            named = (Note(other, "it gets its other name here"),) if other is not None else ()
            yield Finding(read.origin, values, (*named, *notes))
    elif renamed is not None:
        origin, name = renamed
        yield Finding(origin, {**values, "name": name}, notes, KEPT)
    elif (before := facts.named_before_donation(donated)) is not None:
        origin, looked_at, name = before
        first = Note(origin, "it gets this name here")
        yield Finding(looked_at, {"array": name}, (first, *notes))
    elif (kept := facts.kept_before_donation(donated)) is not None:
        held = Note(kept[0], "the list gets it here")
        yield Finding(donated.origin, {**values, "name": kept[1]}, (held,), HELD)
