"""A module list of one layer n times has one layer's parameters.

``nn.ModuleList([layer] * n)`` and ``nn.Sequential(*[layer] * n)`` register the same module n times: all
entries share weights and running statistics, and the model trains as if it had one layer.

Instead: construct the layer in a comprehension, or ``copy.deepcopy(layer)`` for each entry.

Known limits: only layers that certainly own weights or running state; silent where a name, a comment or an
enclosing condition says that sharing is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

CONTAINERS = frozenset({"torch.nn.ModuleList", "torch.nn.Sequential"})


@rule(
    code="TAL303",
    name="replicated-module",
    message="`{container}` gets the same layer several times, so all entries share its weights",
    evidence=Evidence.SHARES,
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    if not CONTAINERS.intersection(call.names):
        return
    for value in (*call.contents, *(value for _, _, value in call.arguments)):
        if not facts.is_module(value) or "weights" not in value.traits:
            continue
        for origin in (*facts.references(value, "replica"), *facts.references(value, "repeated")):
            if not facts.says_shared(origin, value):
                name = call.names[0].removeprefix("torch.")
                yield Finding(
                    origin, {"container": name}, (Note(call.origin, "the layers are registered here"),)
                )
                return
