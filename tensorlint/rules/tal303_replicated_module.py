"""A module list of one layer n times has one layer's parameters.

``nn.ModuleList([layer] * n)`` and ``nn.Sequential(*[layer] * n)`` register the same module n times, and so
does ``[layer] * n`` of Keras layers: all entries share weights and running statistics, and the model trains
as if it had one layer. So does a loop that appends a layer which was made before it, and
``nn.ModuleDict({name: layer for name in names})``. A ``nn.ParameterList([weight] * n)`` is one parameter,
under n numbers.

Instead: construct the layer in a comprehension, or ``copy.deepcopy(layer)`` for each entry.

Known limits: only layers that certainly own weights or running state; silent where a name, a comment or an
enclosing condition says that sharing is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, Kept, Replicated
from tensorlint.alias.facts import Facts
from tensorlint.alias.facts.models import MODULE_LISTS
from tensorlint.finding import DEEP_COPY, Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule

PARAMETER = "torch.nn.Parameter"
ONE_PARAMETER = "`{container}` gets the same parameter several times: all entries are one weight"


@rule(
    code="TAL303",
    name="replicated-module",
    message="`{container}` gets the same layer several times, so all entries share its weights",
    evidence=Evidence.SHARES,
)
def check(event: Called | Kept | Replicated, facts: Facts) -> Iterator[Finding]:
    if isinstance(event, Called | Kept):
        yield from _each_turn(event, facts)
    if isinstance(event, Replicated):
        yield from _of_keras(event, facts)
    if not isinstance(event, Called):
        return
    if MODULE_LISTS.isdisjoint(event.names):
        return
    for value in (*event.contents, *(value for _, _, value in event.arguments)):
        alone = facts.is_module(value, PARAMETER)
        if not (alone or facts.has_weights(value) or facts.is_layer_by_name(value)):
            continue
        for origin in (*facts.references(value, "replica"), *facts.references(value, "repeated")):
            if not facts.says_shared(origin, value):
                name = event.names[0].removeprefix("torch.")
                note = Note(event.origin, f"the {'parameters' if alone else 'layers'} are registered here")
                fix = Fix(Rewriting.COPY_EACH, origin, DEEP_COPY)
                yield Finding(origin, {"container": name}, (note,), ONE_PARAMETER if alone else None, fix)
                return


def _each_turn(event: Called | Kept, facts: Facts) -> Iterator[Finding]:
    layer = facts.layer_each_turn(event)
    if layer is not None and not facts.says_shared(event.origin, layer):
        yield Finding(event.origin, {"container": "the list"})


def _of_keras(event: Replicated, facts: Facts) -> Iterator[Finding]:
    """A list of one layer: Keras tracks plain lists, there is no container class to look for."""
    if not facts.is_module(event.element, "keras.Layer") or not facts.has_weights(event.element):
        return
    if not facts.says_shared(event.origin, event.element):
        fix = Fix(Rewriting.COPY_EACH, event.origin, DEEP_COPY)
        yield Finding(event.origin, {"container": "the list"}, fix=fix)
