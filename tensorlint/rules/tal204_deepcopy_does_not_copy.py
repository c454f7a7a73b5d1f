"""``copy.deepcopy`` that does not copy.

A PyTorch tensor that is the result of an operation on something that requires grad has a place in the graph:
``copy.deepcopy`` of it, or of a container that holds it, raises ``RuntimeError``. An eager TensorFlow tensor
is immutable, so ``copy.deepcopy`` returns the very same object: what was hung on it as an attribute stays
shared.

Instead: ``t.detach().clone()`` for a result of PyTorch's; for TensorFlow, copy the attribute itself.

Known limits: whether a result requires grad is followed within one function, from parameters, layers with
weights and ``requires_grad=True``; attributes of TensorFlow's tensors likewise.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding
from tensorlint.rule import Evidence, rule

SAME = "`copy.deepcopy` returns `{tensor}` itself, with the same attributes: an eager tensor is not copied"


@rule(
    code="TAL204",
    name="deepcopy-does-not-copy",
    message="`copy.deepcopy` of `{tensor}` raises: it is the result of an operation that needs grad",
    evidence=(Evidence.RAISES, Evidence.SHARES, Evidence.CHANGES),
)
def check(call: Called, facts: Facts) -> Iterator[Finding]:
    if "copy.deepcopy" not in call.names or not call.arguments or facts.is_trial(call.origin):
        return
    _, operand, value = call.arguments[0]
    tensor = {"tensor": facts.name(operand, value, call.origin)}
    if facts.is_result_with_grad(value) or any(map(facts.is_result_with_grad, call.contents)):
        yield Finding(call.origin, tensor)
    elif facts.is_tensor(value, "tensorflow.Tensor") and facts.attributes_change(call, value):
        yield Finding(call.origin, tensor, message=SAME)
