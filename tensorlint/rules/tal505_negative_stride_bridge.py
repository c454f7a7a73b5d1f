"""PyTorch and OpenCV do not take an array that runs backwards in memory.

``a[::-1]``, ``image[..., ::-1]`` (BGR to RGB), ``np.flip`` and ``np.rot90`` do not move anything: they give a
view with a negative stride. ``torch.from_numpy``, ``torch.as_tensor`` and ``torch.tensor`` raise
``ValueError`` for it, OpenCV's drawing functions raise ``cv2.error``, and ``torch.from_dlpack`` ends the
process.

Instead: copy on the way (``a[::-1].copy()``, ``np.ascontiguousarray(image[..., ::-1])``), or let the library
turn the axis round (``torch.flip``, ``cv2.cvtColor``).

Known limits: an array that is reversed in one function and handed over in another is seen only where both
stand in one file; what torchvision's transforms do with an array is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Unmet
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

BACKWARDS = "`{array}` runs backwards in memory"
RAISES = f"{BACKWARDS}, which `{{callee}}` does not take: it raises"
ABORTS = f"{BACKWARDS}, which `{{callee}}` does not take: the process ends"


@rule(code="TAL505", name="negative-stride-bridge", message=RAISES, evidence=Evidence.RAISES)
def check(unmet: Unmet, facts: Facts) -> Iterator[Finding]:
    if facts.is_trial(unmet.origin):
        return
    array = facts.name(unmet.operand, unmet.value, unmet.origin)
    taken = facts.views_of(unmet.value)
    notes = (Note(taken[0], "it is turned round here"),) if taken and taken[0] != unmet.origin else ()
    values = {"array": array, "callee": unmet.callee}
    message = ABORTS if unmet.failure == "aborts" else RAISES
    yield Finding(unmet.origin, values, notes, message, facts.packed_at(taken, unmet.value, safe=True))
