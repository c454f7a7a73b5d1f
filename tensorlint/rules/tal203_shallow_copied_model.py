"""``copy.copy`` of a model shares its parameters with the original.

The copy is a new module object that holds the very same parameters, buffers and submodules: training or
loading one changes the other.

Instead: ``copy.deepcopy(model)``.

Known limits: only where the argument certainly is a ``torch.nn.Module``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL203",
    name="shallow-copied-model",
    message="`copy.copy` of the module `{module}` shares its parameters and buffers: use `copy.deepcopy`",
    evidence=(Evidence.SHARES, Evidence.CHANGES),
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    if "copy.copy" not in call.names or not call.arguments:
        return
    _, operand, value = call.arguments[0]
    if facts.is_module(value):
        yield Finding(call.origin, {"module": facts.name(operand, value, call.origin)})
