"""A function writes to a tensor that its caller still holds.

Arguments are passed by reference. An in-place operation on a parameter, on a view of it, or on what
``asarray``, ``reshape`` or ``.to()`` gave back unchanged, changes the caller's own tensor: the data set, the
next epoch's batch, the mask that the next layer uses. Functions that are made to write say so; this one does
not.

An object may take what it was handed for its own state: a constructor keeps it as it came (``self.state =
np.asarray(start)``), and a method moves it. That is told where it is kept. A module may do so by
``self.register_buffer("mean", mean)``, and a method with what it is handed first: ``if self.m is None: self.m
= g``, and from then on ``self.m.add_(g)``.

The arrays of JAX cannot be written. There, a function that puts other arrays into the dictionary of
parameters that it was handed changes what its caller goes on with.

``average = states[0]`` is the first of the states that were handed in, and the sum of all is added up in it.

Instead: write to a copy (``x = x.copy()``, ``x = x.clone()``), compute a new tensor (``x = x - m``), make a
new dictionary (``params = {**params, "w": w}``), or say that the write is meant: a trailing underscore in the
name, an ``out`` or ``inplace`` parameter, a docstring that says "in place", or ``# tensorlint: mutates x`` on
the function.

Known limits: a parameter that is only guessed to be a tensor is not looked at, nor are the weights of a model
that is handed in, nor is a private function, or one that draws by its name, unless a caller in the file uses
the argument again, nor a nested function, unless the one around it returns it. Attributes of what is handed
in (``data.x -= m``) are not followed, nor what a method other than the constructor keeps, but for the first
one, nor a dictionary that gets other tensors, unless it holds the parameters of JAX code. A function that
returns nothing is taken to be called for what it writes, and a parameter that is made blank where it is not
given for the place of the result. An object that is written by item, ``box[0] = 1``, is taken for a window of
what it was handed, and a method ``apply_x`` that nobody here calls for a step of what its base class in
another file does with its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, Read, Replaced, Write
from tensorlint.alias.facts import CallerWrite, Facts
from tensorlint.finding import Confidence, Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule

ALWAYS = "in-place write to `{view}` changes the caller's tensor: `{parameter}` was handed in"
ITSELF = "in-place write to parameter `{parameter}` changes the caller's tensor"
ENTRY = "an entry of `{view}` is replaced in the caller's own dictionary: `{parameter}` was handed in"
KEPT = "`{attribute}` is the caller's `{parameter}`, and is written in place"
KEPT_SOMETIMES = "`{attribute}` may be the caller's `{parameter}`, and is written in place: when {condition}"
FIRST = "`{total}` is the first of the caller's `{parameter}`: the sum is added up in that one"
SOMETIMES = "in-place write to `{view}` may change the caller's `{parameter}`: when {condition}"


@rule(
    code="TAL103",
    name="caller-tensor-mutated",
    message=ALWAYS,
    evidence=(Evidence.CHANGES, Evidence.SHARES),
)
def check(write: Write | Replaced | Read | Called, facts: Facts) -> Iterator[Finding]:
    if isinstance(write, Replaced):
        yield from _entry(write, facts)
        return
    if isinstance(write, Called):
        yield from _kept(write, facts)
        return
    if isinstance(write, Read):
        yield from _kept(write, facts)
        total = facts.sum_in_first(write)
        if total is not None and total.copied is None:
            yield Finding(
                total.summed,
                {"total": total.total, "parameter": total.states},
                (Note(total.taken, "the first one is taken here, without a copy"),),
                message=FIRST,
                confidence=Confidence.MEDIUM,
            )
        return
    known = facts.caller_write(write)
    if known is None:
        return
    itself = known.written == known.parameter
    message = SOMETIMES if known.condition else ITSELF if itself else ALWAYS
    values = {"view": known.written, "parameter": known.parameter, "condition": known.condition}
    yield Finding(
        write.origin, values, tuple(_notes(known)), message, _fix(write, known, facts), _how_sure(known)
    )


def _entry(replaced: Replaced, facts: Facts) -> Iterator[Finding]:
    known = facts.caller_entry(replaced)
    if known is not None:
        values = {"view": known.written, "parameter": known.parameter}
        yield Finding(replaced.origin, values, tuple(_notes(known)), ENTRY, confidence=_how_sure(known))


def _kept(kept: Read | Called, facts: Facts) -> Iterator[Finding]:
    known = facts.kept_argument(kept)
    if known is not None:
        values = {
            "attribute": known.attribute,
            "parameter": known.parameter,
            "condition": known.condition,
        }
        notes = (Note(known.write.origin, "it is written in place here"),)
        message = KEPT_SOMETIMES if known.condition else KEPT
        yield Finding(kept.origin, values, notes, message, confidence=Confidence.MEDIUM)


def _fix(write: Write, known: CallerWrite, facts: Facts) -> Fix | None:
    if known.decided is not None:
        return facts.copied_at(known.decided, write.through)
    name = known.parameter
    if known.views:  # a copy of the view would lose the write, where the function goes on with the parameter
        return facts.copied_before(min((known.views[-1], *known.named)), name)
    if known.written != name or write.operand != name:
        return None
    if write.how == "augmented" and facts.copying(write.through):
        return Fix(Rewriting.OUT_OF_PLACE, write.origin)
    return facts.copied_before(write.origin, name)


def _how_sure(known: CallerWrite) -> Confidence:
    """Whether a caller in the file shows the harm; others may hand in what nobody else holds."""
    return Confidence.MEDIUM if known.caller is None else Confidence.HIGH


def _notes(known: CallerWrite) -> Iterator[Note]:
    if known.decided is not None:
        yield Note(known.decided, "the same memory or a copy, decided here")
    for origin in known.named[:1]:
        yield Note(origin, "the second name is given here")
    for origin in known.copied[:1]:
        yield Note(origin, "it is copied here, but not what it holds")
    for origin in known.views[:1]:
        yield Note(origin, "the view is taken here")
    for origin in known.chain:
        yield Note(origin, "it is written here")
    if known.caller is not None:
        name = {"name": known.caller.name}
        if known.caller.is_used_again:
            yield Note(known.caller.call, "a caller hands in `{name}` here", name)
            yield Note(known.caller.origin, "and uses it again here")
        else:
            yield Note(known.caller.call, "`{name}`, handed in here, outlives the call", name)
