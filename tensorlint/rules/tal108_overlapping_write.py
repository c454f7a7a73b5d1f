"""A write that reads its own target may read what it has just overwritten.

``a[i], a[j] = a[j], a[i]`` swaps numbers and list items. Of rows and slices, which are views, the first
store overwrites what the second one reads, so that one of the two is lost; ``random.shuffle`` swaps rows in
the same way. PyTorch, other than NumPy, does not take care of a target that overlaps its source:
``t[1:] = t[:-1]`` raises, ``t[:, 1:] = t[:, :-1]`` and ``t -= t[:, :1]`` give wrong values; on a GPU others
than on the CPU.
An index that names an element several times reads it each time as it was: of ``counts[bins] += 1`` each bin
gets one, however many fall into it.

Instead: copy what is read (``a[i], a[j] = a[j], a[i].copy()``, ``t[1:] = t[:-1].clone()``), swap by one index
(``a[[i, j]] = a[[j, i]]``), and shuffle with ``numpy.random.shuffle``. Add with ``np.add.at``,
``np.bincount``, ``index_add_`` or ``index_put_(…, accumulate=True)``.

Known limits: an array that may have only one axis, whose elements are numbers, is not reported, nor are
slices whose bounds are computed, but for ``t[n:] = t[:-n]`` and ``t[n + 1 :].copy_(t[: -n - 1])``, where
``n`` is taken to be less than half of the axis; a shift of PyTorch towards the front of a later axis comes
out right on the CPU and is not reported either, though nothing promises it. What an index names is known to
repeat where it was put together from bins (``(x / width).astype(int)``, ``x // width``, ``digitize``) or is
one end of edges, and what is added to was zero until then; and where pixels are counted:
``counts[image.ravel()] += 1`` in a table of so many entries,
``matrix[truth.ravel(), predicted.ravel()] += 1``; and where a list that is written out has a number twice:
``counts[[0, 1, 1]] += 1``. And where zeros get nothing else than one: by two arrays of labels,
``matrix[truth, predicted] += 1``, by one in a table that is called counts, votes or the like, or as many ones
as an index has elements, ``seen[index] += torch.ones(len(index))``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note, Quote
from tensorlint.rule import Evidence, rule

SWAPPED = "`{view}` is a view and was overwritten before it is stored here: one side of the swap is lost"
SHUFFLED = "`random.shuffle` swaps rows of `{base}`, which are views: some are lost and others doubled"
REPEATED = "additions to `{base}` are lost: what `{index}` names more than once gets only the last of them"
INDEXED = "`{base}` is changed while it is its own index: PyTorch raises"


@rule(
    code="TAL108",
    name="overlapping-write",
    message="`{view}` overlaps what is written here: PyTorch raises, or reads what it has just overwritten",
    evidence=(Evidence.WRONG, Evidence.RAISES, Evidence.DIFFERS),
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    base = {"base": facts.name(write.operand, write.through, write.origin)}
    if facts.shuffles_rows(write):
        yield Finding(write.origin, base, message=SHUFFLED)
    elif facts.indexes_itself(write):
        yield Finding(write.origin, base, message=INDEXED)
    elif (index := facts.added_once(write) or facts.counted_once(write)) is not None:
        yield Finding(write.origin, {**base, "index": facts.written_as(index, write)}, message=REPEATED)
    elif (found := facts.overlapping(write)) is not None:
        taken = Note(found.taken, "the view is taken here")
        view = {"view": Quote(found.taken)}
        fix = facts.copied_at(found.taken, write.through)
        if found.overwritten is None:
            yield Finding(write.origin, view, (taken,), fix=fix)
        else:
            overwritten = Note(found.overwritten, "it is overwritten here")
            yield Finding(write.origin, view, (taken, overwritten), SWAPPED, fix)
