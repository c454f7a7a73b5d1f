"""A kernel that is handed a pointer and a length reads a non-contiguous tensor in the wrong order.

Triton kernels, CuPy's ``RawKernel`` and compiled extensions see raw memory. If they are not told the strides
of a transposed, sliced or expanded tensor, they take its memory for rows, and compute something else without
any error. Numba refuses a host array that is contiguous in neither order.

Instead: pass ``x.contiguous()``, or the strides together with the tensor.

Known limits: only kernels and extensions of the same file; a kernel that takes any parameter called stride is
trusted. A kernel of CuPy is looked at where a variable holds it, where its source is a string in the file
that speaks of no stride, pitch or leading dimension (``ld``), and where its arguments stand in the call.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Launch
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

ASKED = frozenset({"stride", "strides", "is_contiguous", "flags"})
REFUSED = (
    "`{kernel}` is handed the host array `{tensor}`, which is not contiguous: copying it to the device raises"
)


@rule(
    code="TAL503",
    name="kernel-launch-noncontiguous",
    message="`{kernel}` is handed `{tensor}`, which is not contiguous, without its strides",
    evidence=(Evidence.WRONG, Evidence.RAISES),
)
def check(launch: Launch, facts: Facts) -> Iterator[Finding]:
    numba = launch.native.language == "numba"
    if not numba and any("stride" in parameter.lower() for parameter in launch.native.parameters):
        return
    for _, operand, value in launch.arguments:
        if numba:
            wrong = facts.is_tensor(value, "numpy") and facts.is_apart_in_both_orders(value)
        else:
            wrong = facts.is_apart(value) and not facts.inspects(value, ASKED)
        if wrong:
            tensor = facts.name(operand, value, launch.origin)
            values = {"kernel": launch.kernel, "tensor": tensor}
            taken = facts.views_of(value)
            notes = tuple(Note(origin, "this view leaves gaps or another order") for origin in taken)
            fix = facts.packed_at(taken, value)
            yield Finding(launch.origin, values, notes, REFUSED if numba else None, fix)
            return
