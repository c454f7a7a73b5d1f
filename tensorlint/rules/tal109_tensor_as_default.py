"""A tensor as a default, or in the body of a class, is made once and shared.

``def f(x, total=np.zeros(3))`` makes one array when the function is defined, and every call without ``total``
gets that very array: what one call writes, the next one finds. Likewise for all objects of a class with a
tensor in its body, or as the default of a dataclass.

Instead: ``total=None`` and ``if total is None: total = np.zeros(3)``, ``self.counts = np.zeros(3)`` in
``__init__``, ``field(default_factory=...)``.

Reported where the tensor is made, if the function itself or a method of the class writes it, returns it or
makes it a parameter.

Known limits: a default that is handed on to another object is not followed. Parameters
called ``_x``, ``cache`` or ``memo`` are taken to keep their state on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, Read, Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

RETURNED = "`{name}` is the default argument, made once: every such call hands out the same tensor"
TRAINED = "`{name}` is the default argument, made once: all objects made with it share one parameter"
ATTRIBUTE = "`{name}` is one tensor for all objects of the class: what one of them writes shows in all"


@rule(
    code="TAL109",
    name="tensor-as-default",
    message="`{name}` is the default argument, made once: later calls find what is written to it",
    evidence=(Evidence.CHANGES, Evidence.SHARES),
)
def check(event: Write | Read | Called, facts: Facts) -> Iterator[Finding]:
    if isinstance(event, Write):
        value, message, how = event.through, None, "it is written here"
    elif isinstance(event, Read) and event.how == "return":
        value, message, how = event.value, RETURNED, "it is handed out here"
    elif isinstance(event, Called) and "torch.nn.Parameter" in event.names and event.arguments:
        value, message, how = event.arguments[0][2], TRAINED, "it is made a parameter here"
    else:
        return
    shared = facts.shared_default(value)
    if shared is None or facts.is_trial(event.origin):
        return
    if message and (shared.by_objects or not facts.is_only_handed_out(shared)):
        return
    note = Note(event.origin, how)
    yield Finding(shared.made, {"name": shared.name}, (note,), ATTRIBUTE if shared.by_objects else message)
