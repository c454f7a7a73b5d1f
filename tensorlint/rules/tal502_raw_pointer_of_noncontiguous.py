"""The address of a tensor says nothing of its strides, and does not keep it alive.

Whoever is handed ``x.data_ptr()`` or ``a.ctypes.data`` reads memory in the order in which it lies there: of a
transposed or sliced tensor those are other elements. And the address of a copy that nobody keeps
(``x.contiguous().data_ptr()``) is that of freed memory as soon as the expression has been evaluated.

Instead: make the tensor contiguous first, keep it in a name for as long as the address is used, or hand over
the strides as well.

Known limits: an address that is returned or stored is not followed; comparing, hashing and printing it is
harmless.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Inspected
from tensorlint.alias.facts import Facts
from tensorlint.alias.pointers import ADDRESSES
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

ASKED = frozenset({"stride", "strides", "is_contiguous", "flags"})
FREED = "the address of a temporary is handed over: its memory is freed before it is used"


@rule(
    code="TAL502",
    name="raw-pointer-of-noncontiguous",
    message="the address of `{tensor}`, which is not contiguous, is handed over without its strides",
    evidence=Evidence.WRONG,
)
def check(look: Inspected, facts: Facts) -> Iterator[Finding]:
    if look.name not in ADDRESSES:
        return
    how = facts.handed_over(look.target)
    if not how:
        return
    tensor = facts.name(look.operand, look.value, look.origin)
    if facts.is_apart(look.value) and facts.is_blank_by_columns(look):
        return
    if facts.is_apart(look.value) and not facts.inspects(look.value, ASKED):
        taken = facts.views_of(look.value)
        notes = tuple(Note(origin, "this view leaves gaps or another order") for origin in taken)
        fix = facts.packed_at(taken, look.value) if not look.temporary else None  # nobody would keep the copy
        yield Finding(look.origin, {"tensor": tensor}, notes, fix=fix)
    elif look.temporary and how == "call" and facts.is_tensor(look.value):
        yield Finding(look.origin, {}, message=FREED)
