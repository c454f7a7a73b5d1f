"""One cell of an expanded tensor stands for many elements: writing one of them changes them all, or raises.

``expand``, ``broadcast_to``, ``meshgrid`` and windows that overlap show the same memory at many positions. A
row of an expanded mask that is set is set in every row, silently: PyTorch refuses only a write that reaches
the same cell twice (``mask[:, 0] = 1``, ``weights *= 2``), and NumPy one through ``broadcast_to``.

Instead: give every element memory of its own before writing: ``repeat`` or ``tile``, or ``.clone()``,
``.contiguous()``, ``.copy()`` behind ``expand`` and ``broadcast_to``.

Known limits: an axis that is expanded to a length which is not known is taken to be longer than one, and what
``expand`` is asked for to be more than there is; windows made by strides that are computed are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

MANY = "one cell of `{view}` stands for many elements"
SILENT = f"{MANY}: this write changes them all"
RAISES = f"{MANY}: this write raises"
EITHER = f"{MANY}: this write changes them all, or raises"
READONLY = "`{view}` is a read-only view: this write raises"


@rule(
    code="TAL107",
    name="write-through-broadcast",
    message=SILENT,
    evidence=(Evidence.CHANGES, Evidence.WRONG, Evidence.RAISES),
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    known = facts.broadcast(write)
    if known is None or facts.harm_of(write) is not None:
        return  # across libraries, that is told instead
    view = {"view": known.view}
    notes = [Note(known.taken, "many elements share a cell from here on")]
    if known.read is not None:
        notes.append(Note(known.read, "the others are read here"))
    message = {True: RAISES, False: SILENT, None: EITHER}[known.raises]
    fix = facts.copied_at(known.taken, write.through)
    yield Finding(write.origin, view, tuple(notes), READONLY if known.readonly else message, fix)
