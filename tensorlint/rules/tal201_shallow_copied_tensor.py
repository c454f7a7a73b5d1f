"""A shallow copy of a tensor or variable does not copy its memory.

``copy.copy(t)`` of a PyTorch tensor or parameter makes a new Python object over the same storage, with the
same attributes. ``copy.copy(v)`` of a ``tf.Variable`` returns ``v`` itself. ``copy.copy`` of a
``keras.Variable``, and ``keras.Variable(v.value)``, wrap the same value once more. Writing to either changes
both.

Instead: ``t.clone()`` (part of the graph), ``t.detach().clone()`` or ``copy.deepcopy(t)``;
``tf.Variable(v)``; ``keras.Variable(v.numpy())``.

Known limits: only where the argument certainly is a tensor or variable. NumPy arrays are not reported:
``copy.copy`` copies them. On Keras' JAX backend values are never written, so nothing goes wrong there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.alias.lattice import Value
from tensorlint.finding import DEEP_COPY, Finding, Fix, Rewriting
from tensorlint.rule import Evidence, rule

ITSELF = (
    "`copy.copy` of the variable `{tensor}` returns the variable itself: use `tf.Variable` or `copy.deepcopy`"
)
WRAPPED = "this is another wrapper around the value of `{tensor}`, not a copy: use `copy.deepcopy`"


@rule(
    code="TAL201",
    name="shallow-copied-tensor",
    message="`copy.copy` of the tensor `{tensor}` shares its memory: use `.clone()` or `copy.deepcopy`",
    evidence=(Evidence.SHARES, Evidence.CHANGES),
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    if not call.arguments:
        return
    _, operand, value = call.arguments[0]
    tensor = {"tensor": facts.name(operand, value, call.origin)}
    deep = Fix(Rewriting.COPY_ARGUMENT, call.origin, DEEP_COPY)
    if "copy.copy" in call.names:
        if facts.is_tensor(value, "torch"):
            yield Finding(call.origin, tensor, fix=_fix(call, value, facts))
        elif facts.is_tensor(value, "tensorflow.Variable"):
            yield Finding(call.origin, tensor, message=ITSELF, fix=deep)
        elif facts.is_tensor(value, "keras.Variable"):
            yield Finding(call.origin, tensor, message=WRAPPED, fix=deep)
    elif "keras.Variable" in call.names and facts.is_tensor(value, "keras.Value"):
        yield Finding(call.origin, tensor, message=WRAPPED)


def _fix(call: Called, value: Value, facts: Facts) -> Fix | None:
    """`clone` loses what was hung on a tensor as an attribute; of a parameter, a deep copy does as well."""
    if not facts.hangs_attributes():
        return Fix(Rewriting.COPY_ARGUMENT, call.origin, "{}.clone()")
    lost = facts.is_tensor(value, "torch.nn.Parameter")
    return None if lost else Fix(Rewriting.COPY_ARGUMENT, call.origin, DEEP_COPY)
