"""One buffer is collected again and again, and every entry is that buffer.

``frames.append(frame)`` keeps a reference. When ``frame`` is changed in place in the next turn, so are all
the entries that were collected before: in the end they all show the last turn. The same happens to what a
queue or a record holds, to an activation that goes into a list just before ``self.relu(x)`` works on it in
place, to what ``frame.cpu()`` gives where the frame already is on the CPU, to what a generator yields, to
``weight.grad`` under ``zero_grad(set_to_none=False)``, to the results of a method that computes each into the
same array, to what a memory keeps that is handed the buffer (``memory.push(state)``), to the model that the
loop trains, to a dictionary that each turn fills again, to the first entry of a list whose other entries are
copies, to the variable of a layer that a callback appends after each epoch, to the gradient that an optimizer
keeps as its moving average, to the observation that ``step`` returns while the next ``step`` overwrites it,
or a part of it, to the arrays in ``dict(self.message)``, which are those of the message, to the output that
a forward hook keeps while the next layer overwrites it, to what a filter computes for each sample into its
own array (``push``, ``predict``, ``update``), and to what JAX makes of a staging buffer, whose memory it
takes where it can.

Instead: collect a copy (``frames.append(frame.copy())``, ``yield buffer.clone()``), or make a new tensor in
each turn; of a model, ``copy.deepcopy(model)``.

Known limits: the write has to stand in the same function, or for what ``step``, ``reset`` or
``get_observation`` hand out, and what a method appends to ``self.history`` or the like, in a method of the
class; a queue has to be called one, and callbacks and what else hands a buffer on are not followed, but for
methods of classes of the file that put it into a list of their object, nor are attributes that a method
replaces, nor what a step puts into its ``infos`` under a name, which is read at once. A method that returns a
sum that goes on, a cache that grows, or an attribute that is named as memory for results (``self._out``) is
taken to mean it. Of the parts of a buffer, only a numbered row and a slice are looked at, where all of the
buffer, or certainly that part, is overwritten. What a CUDA graph computes into the same tensors at each
``replay()`` is not seen, nor a pinned buffer that is filled again while a ``non_blocking`` copy may still
read it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, Event, Read, Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import Confidence, Finding, Fix, Note, Rewriting
from tensorlint.rule import Evidence, rule

IN_A_LOOP = "`{buffer}` is collected without a copy and overwritten in the next turn: every entry is it"
HANDED_OUT = "`{buffer}` is handed out without a copy: the next call overwrites what this one returned"
PERHAPS = (
    "`{buffer}` is handed out without a copy if {condition}: the next call overwrites what this one gave"
)
LATER = "`{buffer}` is collected without a copy, and another method overwrites it: every entry is it"
SOMETIMES = "`{buffer}` is collected without a copy if {condition}, and overwritten in the next turn"
YIELDED = "`{buffer}` is yielded without a copy and overwritten in the next turn: every result is it"
GRADIENT = (
    "`{buffer}` is collected without a copy, and zeroed and filled again in the next turn: every entry is it"
)

TABLE = "`{buffer}` is collected without a copy and filled again in the next turn: every entry is it"
OWN_TABLE = "`{buffer}` is collected without a copy and filled again by each call: every entry is it"
IN_COPIES = "`{buffer}` is overwritten by each call, and every entry holds it: only its dictionary is copied"
FIRST = (
    "`{buffer}` is the first entry without a copy, and overwritten afterwards; the other entries are copies"
)
VARIABLE = (
    "`{buffer}` is a variable and is collected itself: every entry is that variable as it is in the end"
)
STATE = (
    "the optimizer keeps the gradient itself as `{buffer}`: what updates, zeroes or adds to one changes both"
)
LAYER = "`{buffer}` is collected without a copy, and overwritten by a layer that works in place"
WEIGHT = "`{weight}` is collected without a copy, and trained on in the next turn: every entry is that weight"
MODEL = "`{model}` is collected itself, and trained on in the next turn: every entry is that model"


@rule(
    code="TAL106",
    name="buffer-collected",
    message=IN_A_LOOP,
    evidence=(Evidence.CHANGES, Evidence.SHARES),
)
def check(event: Event, facts: Facts) -> Iterator[Finding]:
    if isinstance(event, Write):
        before = facts.collected_before(event)
        if before is not None:
            note = Note(event.origin, "it is overwritten here")
            yield Finding(before[1], {"buffer": before[0]}, (note,), LAYER)
        return
    output = facts.kept_by_a_hook(event)
    if output is not None:
        yield Finding(event.origin, {"buffer": facts.name(*output, event.origin)}, (), LAYER)
        return
    gradient = facts.refilled_gradient(event)
    if gradient is not None:
        values = {"buffer": facts.name(gradient[0].operand, gradient[0].value, event.origin)}
        yield Finding(event.origin, values, (Note(gradient[1].origin, "it is zeroed here"),), GRADIENT)
        return
    yield from _entries(event, facts)
    table = facts.collected_table(event)
    if table is not None:
        name, filled = table
        message = OWN_TABLE if "." in name else TABLE
        yield Finding(event.origin, {"buffer": name}, (Note(filled, "it is filled again here"),), message)
        return
    copied = facts.collected_copies(event)
    if copied is not None:
        name, written = copied
        yield Finding(event.origin, {"buffer": name}, (Note(written, "it is overwritten here"),), IN_COPIES)
        return
    model = facts.collected_model(event)
    if model is not None:
        yield Finding(
            event.origin, {"model": model[0]}, (Note(model[1].origin, "it is trained here"),), MODEL
        )
        return
    weight = facts.collected_weight(event)
    if weight is not None:
        values = {"weight": facts.name(weight[0].operand, weight[0].value, event.origin)}
        yield Finding(event.origin, values, (Note(weight[1].origin, "it is trained here"),), WEIGHT)
        return
    kept = facts.collected(event)
    if kept is None or facts.kept_in_turn(event) is not None:
        return
    write = facts.overwritten_while_kept(event, kept)
    if write is None:
        return
    how = event.how if isinstance(event, Read) else ""
    if how == "return" and facts.is_told(write):
        return
    message = {"yield": YIELDED, "return": HANDED_OUT}.get(how, IN_A_LOOP)
    if message == IN_A_LOOP and all(each is not write for each in facts.events()):
        message = LATER
    if kept.condition:
        message = PERHAPS if how == "return" else SOMETIMES
    buffer = facts.name(kept.operand, kept.value, event.origin)
    notes = [Note(write.origin, "it is overwritten here")]
    if kept.put_by is not None:
        notes.append(Note(kept.put_by, "it is put into the list here"))
    rewriting = Rewriting.COPY_LAST_ARGUMENT if isinstance(event, Called) else Rewriting.COPY
    copy = facts.copying(kept.value)
    put = facts.put_at(event, kept)
    place = put or facts.stands_at(event, kept)
    fix = Fix(rewriting, place, copy) if copy and place is not None and not kept.inside else None
    values = {"buffer": buffer, "condition": kept.condition}
    # Whether somebody goes on with what was handed out, the file does not show.
    sure = Confidence.MEDIUM if how == "return" else Confidence.HIGH
    yield Finding(put or event.origin, values, tuple(notes), message, fix, sure)


def _entries(event: Event, facts: Facts) -> Iterator[Finding]:
    first = facts.first_entry(event)
    if first is not None:
        operand, origin, write = first
        note = Note(write.origin, "it is overwritten here")
        yield Finding(origin, {"buffer": facts.name(operand, write.through, origin)}, (note,), FIRST)
    variable = facts.kept_variable(event)
    if variable is not None and isinstance(event, Called):
        name = facts.name(variable, event.arguments[0][2], event.origin)
        yield Finding(event.origin, {"buffer": name}, (), VARIABLE)
    state = facts.kept_in_state(event)
    if state is not None:
        note = Note(state[2], "it is updated in place here")
        yield Finding(state[0], {"buffer": state[1]}, (note,), STATE)
