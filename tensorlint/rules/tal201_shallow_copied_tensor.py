"""``copy.copy`` of a tensor does not copy its memory.

``copy.copy(t)`` of a PyTorch tensor or parameter makes a new Python object over the same storage, with the
same attributes. Writing to either changes both.

Instead: ``t.clone()`` (part of the graph), ``t.detach().clone()`` or ``copy.deepcopy(t)``.

Known limits: only where the argument certainly is a tensor. NumPy arrays are not reported: ``copy.copy``
copies them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL201",
    name="shallow-copied-tensor",
    message="`copy.copy` of the tensor `{tensor}` shares its memory: use `.clone()` or `copy.deepcopy`",
    evidence=(Evidence.SHARES, Evidence.CHANGES),
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    if "copy.copy" not in call.names or not call.arguments:
        return
    _, operand, value = call.arguments[0]
    if facts.is_tensor(value, "torch"):
        yield Finding(call.origin, {"tensor": facts.name(operand, value, call.origin)})
