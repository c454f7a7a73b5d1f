"""An assignment makes a second name, not a second tensor.

``y = x`` copies nothing. An in-place operation on ``y`` changes ``x`` as well, and whoever reads ``x``
afterwards gets the changed values.

Instead: copy where the second tensor is made (``y = x.copy()``, ``y = x.clone()``), or write ``y = y + 1``,
which makes a new one.

A local name for an attribute of ``self`` counts where a method computes its result in it and does not say
that it writes: ``labels = self.ids; labels[labels == pad] = -100; return labels``. So does a name for what
its lists and dictionaries hold, also where a method looks it up, and keeps what it makes for the next time:
``image = self.load(i); image /= 255; return image``.

A layer that works in place (``nn.ReLU(inplace=True)``) gives its input back: ``out = self.relu(x)`` makes a
second name although nothing in it shows that, and ``out + x`` is not what it looks like. Nor is ``clipped =
ratio.clamp_(0.8, 1.2)`` beside ``torch.min(ratio, clipped)``: an in-place method gives its own tensor.

So it is with what is put aside for an exchange: ``kept = a.weight.data; a.weight.data.copy_(b.weight.data);
b.weight.data.copy_(kept)`` gives ``b`` its own values back.

What a function returns that caches its results is the cache's: a write changes what later calls get.

Known limits: a second name that is kept in a container is not looked at, nor is one in an attribute that more
than the constructor sets, nor the caller's argument unless this function reads it again.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding, Note
from tensorlint.rule import Evidence, rule

CACHED = "in-place write to `{view}` changes what `{function}` has cached: later calls get it as it is now"


EXCHANGED = (
    "`{kept}` is no copy and was overwritten: `{second}` gets back what it holds, nothing is exchanged"
)


@rule(
    code="TAL110",
    name="alias-then-write",
    message="in-place write to `{view}` also changes `{base}`: they are two names for one tensor",
    evidence=(Evidence.CHANGES, Evidence.WRONG),
)
def check(write: Write, facts: Facts) -> Iterator[Finding]:
    cached = facts.of_a_cache(write)
    if cached is not None:
        view = facts.name(write.operand, write.through, write.origin)
        note = Note(cached[1], "it comes out of the cache here")
        yield Finding(write.origin, {"view": view, "function": cached[0]}, (note,), CACHED)
        return
    exchange = facts.half_exchanged(write)
    if exchange is not None:
        taken = Note(exchange.taken, "the second name is given here")
        overwritten = Note(exchange.overwritten, "it is overwritten here")
        values = {"kept": exchange.kept, "second": facts.name(write.operand, write.through, write.origin)}
        yield Finding(write.origin, values, (taken, overwritten), EXCHANGED)
        return
    harm = facts.harm_of(write)
    if harm is None or harm.condition or not harm.second_name:
        return
    notes = [Note(harm.taken, "the second name is given here")]
    if harm.read is not None:
        notes.append(Note(harm.read, "`{base}` is read again here", {"base": harm.base}))
    values = {"view": harm.view, "base": harm.base}
    hidden = harm.taken == write.origin  # by a layer: what would be copied is its result
    fix = None if hidden else facts.copied_at(harm.taken, harm.through)
    yield Finding(write.origin, values, tuple(notes), fix=fix)
