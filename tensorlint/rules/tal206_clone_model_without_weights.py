"""``clone_model`` copies the architecture of a Keras model, not its weights.

``keras.models.clone_model(model)`` builds the same layers with fresh initial weights. Taken for a copy (a
target network, a frozen reference, the best model so far), it predicts like an untrained model.

Instead: ``clone.set_weights(model.get_weights())`` right after, or ``copy.deepcopy(model)``.

Known limits: reported where the clone is used, or kept, in the same function and never gets weights or
training there; a clone that is trained afresh, as in a cross-validation, is what the function is for. Silent
where the file gives weights to what keeps the clone.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL206",
    name="clone-model-without-weights",
    message="`clone_model` gives fresh weights, not those of `{model}`: `set_weights` is missing",
    evidence=Evidence.WRONG,
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    if "keras.models.clone_model" not in call.names or not call.arguments or facts.is_trial(call.origin):
        return
    _, operand, model = call.arguments[0]
    if facts.used_as_copy(call, model):
        yield Finding(call.origin, {"model": facts.name(operand, model, call.origin)})
