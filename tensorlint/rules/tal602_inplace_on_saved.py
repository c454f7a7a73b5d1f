"""A tensor that the backward pass still needs is written in place.

Many operations keep a tensor until gradients are asked for: ``sigmoid``, ``exp``, ``softmax`` and ``relu``
their result, ``x * w`` both sides, a convolution or a linear layer its input. When such a tensor is written
in between, through whatever name or view and under ``no_grad`` as well, ``backward()`` raises
``RuntimeError``. The parts that ``split``, ``chunk``, ``unbind`` or an iteration give must not be written at
all while the whole requires grad. An optimizer's step writes the weights that a second loss still needs.

Instead: compute a new tensor (``y = y + 1``), leave ``inplace=True`` away, write a ``clone()``, and let all
backward passes run before the optimizer steps.

A layer may be told to work in place after it was made (``for m in net.modules(): … m.inplace = True``), and
a forward hook may write the result that its layer keeps. A layer that works in place and has a full backward
hook raises when it is called.

Known limits: what requires grad is followed within one function, from layers with weights, parameters and
``requires_grad=True``; it is reported where the function asks for gradients afterwards, or is one by which a
module computes in training (``forward``, ``training_step``, ``loss``) and returns what depends on it. A file
that takes ``inplace`` away from layers which it does not name is not looked at for layers that work in place.
Hooks are looked at where one function registers them, calls the layer and asks for gradients. A hook of a
tensor that writes the gradient it is handed (``x.register_hook(lambda g: g.mul_(0.5))``) changes other
gradients too where an addition hands one gradient to both sides, and none where it is ``x``'s alone, as that
of a weight mostly is: which it is, the code does not show.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, Write
from tensorlint.alias.facts import Facts
from tensorlint.alias.facts.hooks import Hooked
from tensorlint.finding import Finding, Note, Quote
from tensorlint.rule import Evidence, rule

PART = "in-place write to `{tensor}`, one of the parts of a tensor that requires grad: PyTorch raises"
STEPPED = "the optimizer steps before the backward pass of `{loss}`, which needs the weights as they were"
SEQUENCE = "`{layer}` overwrites what the backward pass of `{operation}`, right before it, needs as it was"

REFUSED = "`{layer}` calls a layer that works in place and has a full backward hook: PyTorch raises"
TOLD = "the layer is told to work in place here"


@rule(
    code="TAL602",
    name="inplace-on-saved",
    message="in-place write to `{tensor}`, which the backward pass of `{operation}` needs as it was",
    evidence=(Evidence.CHANGES, Evidence.RAISES),
)
def check(event: Write | Called, facts: Facts) -> Iterator[Finding]:
    if isinstance(event, Write):
        yield from _written(event, facts)
    elif (hooked := facts.harmful_hook(event)) is not None:
        yield _hooked(event, hooked)
    elif (pair := facts.overwritten_in_sequence(event)) is not None:
        notes = [Note(pair.kept, "the result of this layer is kept for the backward pass")]
        if pair.told is not None:
            notes.append(Note(pair.told, TOLD))
        values = {"layer": Quote(pair.written), "operation": Quote(pair.kept)}
        yield Finding(pair.written, values, tuple(notes), SEQUENCE)


def _hooked(event: Called, hooked: Hooked) -> Finding:
    notes = [Note(event.origin, "the hook is registered here")]
    if hooked.write is None:
        return Finding(hooked.call, {"layer": Quote(hooked.call)}, tuple(notes), REFUSED)
    notes.append(Note(hooked.call, "the layer, which keeps its result for the backward pass, is called here"))
    if hooked.asked is not None:
        notes.append(Note(hooked.asked, "the backward pass runs here"))
    values: dict[str, str | int | Quote] = {"tensor": hooked.output, "operation": Quote(hooked.call)}
    return Finding(hooked.write, values, tuple(notes))


def _written(write: Write, facts: Facts) -> Iterator[Finding]:
    tensor = facts.name(write.operand, write.through, write.origin)
    part = facts.part_of(write)
    if part is not None:
        yield Finding(write.origin, {"tensor": tensor}, (Note(part, "the parts are taken here"),), PART)
    elif (needed := facts.needed(write)) is not None and facts.is_counted(write):
        notes = [Note(needed.kept, "what is written is kept for the backward pass")]
        if (made := facts.layer_made_at(write)) is not None:
            notes.append(Note(made, "the layer that works in place is made here"))
        if (told := facts.told_in_place(write)) is not None:
            notes.append(Note(told, TOLD))
        if needed.asked is not None:
            notes.append(Note(needed.asked, "the backward pass runs here"))
        if facts.is_step(write):
            yield Finding(write.origin, {"loss": needed.of}, tuple(notes), STEPPED)
        else:
            yield Finding(write.origin, {"tensor": tensor, "operation": Quote(needed.kept)}, tuple(notes))
