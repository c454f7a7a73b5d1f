"""A call whose result is thrown away changes nothing.

``x.contiguous()``, ``x.to(device)``, ``x.unsqueeze(0)``, ``np.sort(x)``, ``x.at[i].set(v)`` and
``tf.tensor_scatter_nd_update(…)`` give a new tensor and leave the old one as it is. As a statement of its own
such a call does nothing: whoever reads ``x`` afterwards gets the old values, shape, type or device.

Instead: bind the result (``x = x.to(device)``), or use the in-place form where there is one (``x.sort()``,
``x.unsqueeze_(0)``).

Known limits: only calls that certainly are a tensor's, as those of a module's parameters are; silent in
tests, timings and warm-ups, under ``try`` and ``raises``, and in the cells of a notebook.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Discarded
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Fix, Rewriting
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL402",
    name="result-discarded",
    message="the result of `{call}` is thrown away: `{tensor}` stays as it was",
    evidence=(Evidence.LOST, Evidence.WRONG, Evidence.RAISES),
)
def check(discarded: Discarded, facts: Facts) -> Iterator[Finding]:
    call = discarded.call
    kept = facts.left_unchanged(call)
    if kept is None or facts.is_trial(discarded.origin):
        return
    operand, value = kept
    if value.type.startswith("jax.At"):  # `x.at[i]`: nobody calls that a tensor
        operand = facts.root_name(operand)
    tensor = facts.name(operand, value, call.origin)
    name = call.names[0].rpartition(".")[2]
    again = facts.is_tensor(call.result) and (facts.is_tensor(value) or value.type.startswith("jax.At"))
    again = again and isinstance(tensor, str) and not call.names[0].startswith("jax.random.")
    fix = Fix(Rewriting.KEEP_RESULT, call.origin, str(tensor)) if again else None
    yield Finding(call.origin, {"call": f"{name}(…)", "tensor": tensor}, fix=fix)
