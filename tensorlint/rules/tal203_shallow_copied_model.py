"""A second model object over the very same parameters is no copy.

``copy.copy`` of a ``torch.nn.Module`` or a ``tf.Module`` makes a new object that holds the same parameters,
buffers and submodules. ``keras.Model(m.inputs, m.outputs)`` is another model over the layers of ``m``, and so
is ``keras.Sequential(m.layers)``. Training or loading one changes the other.

Instead: ``copy.deepcopy(model)``; for Keras also ``clone_model`` with ``set_weights``.

Known limits: only where the argument certainly is a module, by its type, because an optimizer goes on
training it here, or because the copy is asked for its parameters, here or by another method that finds it in
an attribute; ``keras.Model(m.inputs, m.outputs)`` only where both models are used afterwards and one of them
is trained or written, or where ``self`` keeps both, one as the ``target`` or ``teacher`` of the other;
``keras.Sequential(m.layers)`` only where it is named as a target, or as an average.
``copy.copy`` of a Keras 3 model is silent: its weights come out independent.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.finding import DEEP_COPY, Finding, Fix, Rewriting
from tensorlint.rule import Evidence, rule

OVER_LAYERS = "`keras.Model` over the inputs and outputs of `{module}` shares its layers: it is no copy"

OF_LAYERS = "`keras.Sequential` of the layers of `{module}` has its very weights: it is no copy"


@rule(
    code="TAL203",
    name="shallow-copied-model",
    message="`copy.copy` of the module `{module}` shares its parameters and buffers: use `copy.deepcopy`",
    evidence=(Evidence.SHARES, Evidence.CHANGES),
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    if "copy.copy" in call.names and call.arguments:
        _, operand, value = call.arguments[0]
        known = facts.is_module(value, "torch.nn.Module") or facts.is_module(value, "tensorflow.Module")
        used = facts.is_used_as_module(call) or facts.is_trained_module(call)
        if (known or (not value.type and used)) and not facts.gets_other_parts(call):
            fix = Fix(Rewriting.COPY_ARGUMENT, call.origin, DEEP_COPY)
            yield Finding(call.origin, {"module": facts.name(operand, value, call.origin)}, fix=fix)
    elif "keras.Sequential" in call.names:
        source = facts.over_layers(call)
        if source:
            yield Finding(call.origin, {"module": source}, message=OF_LAYERS)
    elif "keras.Model" in call.names:
        found = facts.whole_model(call)
        if found is not None and (facts.both_used(call, found[1]) or facts.stands_apart(call, found[1])):
            name = found[0] or facts.name("", found[1], call.origin)
            yield Finding(call.origin, {"module": name}, message=OVER_LAYERS)
