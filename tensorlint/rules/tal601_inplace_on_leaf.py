"""A leaf that requires grad cannot be written in place.

A parameter, or a tensor made with ``requires_grad=True``, is where gradients arrive. While autograd watches,
an in-place operation on it, or on a view of it, raises ``RuntimeError``: the value that the gradient is meant
for would be gone.

Instead: write under ``torch.no_grad()`` (a step of gradient descent, an initial value), use
``torch.nn.init``, or compute a new tensor (``w = w - rate * w.grad``).

Known limits: a function that only writes parameters may be called under ``no_grad``; it is reported where it
asks for gradients itself, makes the leaf or its layer itself, is the ``forward`` of a module, is called by
such a function of the same file, or writes one weight by its name in a file that never mentions ``no_grad``
or ``inference_mode``. A file that takes ``requires_grad`` away from weights is not looked at for
writes of weights.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule


@rule(
    code="TAL601",
    name="inplace-on-leaf",
    message="in-place write to `{leaf}`, a leaf that requires grad, raises outside `torch.no_grad()`",
    evidence=Evidence.RAISES,
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    if facts.is_refused(write):
        taken = facts.views_of(write.through)[:1]
        views = tuple(Note(origin, "the view of the leaf is taken here") for origin in taken)
        leaf = facts.name(write.operand, write.through, write.origin)
        yield Finding(write.origin, {"leaf": leaf}, views)
