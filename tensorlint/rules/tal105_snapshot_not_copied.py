"""A "before" state that was kept by reference goes on training.

``best = model``, ``model.state_dict()``, ``p.data``, ``p.detach()`` and ``w.numpy()`` copy nothing. What is
kept as the best model, or as the weights from before the step, is the model itself: after the next step of
the optimizer it holds the newest values, and loading it back, returning it or comparing with it does nothing.

A new dictionary of the same tensors, ``{k: v.detach() for k, v in model.state_dict().items()}``, is no other
state. States that a loop, or one round after the other, appends to a list are all the model as it is in the
end. A state that is loaded back after ``p.add_(noise)``, or after ``model.load_state_dict(other)``, is the
changed one. And ``best = params`` is the
dictionary whose entries the next step replaces, ``params[name] -= rate * gradient``.

Instead: ``copy.deepcopy(model)``, ``copy.deepcopy(model.state_dict())``,
``{k: v.clone() for k, v in model.state_dict().items()}``, ``p.detach().clone()``, ``w.numpy().copy()``.

The same holds for ``self.best = self.position`` where the position is moved in place, for ``self.state =
self.initial_state``, for ``self.state = self.mean`` in a method that is to set the state back and does so
once, as nothing ever gives it another tensor, for ``self.backup[name] = weight.data`` before the weight is
overwritten, and for ``old = self.u; self.step(); abs(self.u - old).max()``: a tensor is compared with itself,
or put back into itself. An average of weights that begins as ``self.shadow[name] = weight.data`` is no
average: what moves it, moves the weight. And a target network whose weights get ``weight.data`` of another
one is that one: ``target_weight.data.copy_(weight.data)`` copies. So is the target of ``self.target =
self.critic``, where the class trains the critic.

Known limits: a state has to be loaded, put back, returned or compared in the same function, or loaded from
an attribute of ``self`` in another method; a second name of the whole model has to be given in a loop, and
to say that it is the best one; what is kept in an attribute or a container has to be called the best, old,
last, saved … one. What methods of other files write is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorlint.alias.events import Called, Event, Kept, Read, SecondName, Write
from tensorlint.alias.facts import Facts
from tensorlint.finding import DEEP_COPY, Finding, Fix, Note, Quote, Rewriting
from tensorlint.rule import Evidence, rule

STATE = "`{model}.state_dict()` is kept without a copy: it follows the training that it should outlast"
STATE_BACK = "`{model}.state_dict()` is kept without a copy: loading it back changes nothing"
PARAMETERS = "the parameters of `{model}` are kept themselves: they are compared with what they have become"
LOADED = "the parameters of `{model}` are kept themselves: they are loaded back as what they have become"
MODEL = "`{name}` is only another name of `{model}`: it follows the training that it should outlast"
TENSOR = "`{view}` is kept without a copy: it follows the training of `{base}`, with which it is compared"
BACK = "`{view}` is kept without a copy: putting it back into `{base}`, whose memory it is, does nothing"

ITSELF = "`{name}` is kept without a copy: it follows what is written, and is compared with itself"
SAME = "`{name}` is kept without a copy: it follows what is written, and putting it back does nothing"

BEFORE = "`{name}` keeps `{tensor}` without a copy: it follows what is written to it afterwards"
VARIABLES = (
    "`{name}` keeps the variables of `{weights}` themselves, which go on training: use `get_weights()`"
)
TABLE = "`{name}` is only another name of `{table}`, whose entries are replaced: it does not outlast them"
TIED = "`{name}` gets the very memory of the weights of `{tensor}`: what trains one moves the other"
ONE_NETWORK = "`{name}` is `{network}` itself: there is one network under two names"
RESET = (
    "`{name}` is set back to `{tensor}` without a copy: what is written to it afterwards changes that as well"
)

LOOKS = {
    "compared": "a variable is compared with itself here",
    "put back": "a variable is given what is computed from itself here",
    "moved": "what moves one of it here, moves the variable itself",
}
PAIRED = "`{name}` holds the very variables of `{source}`, and no copies: what it holds changes with them"


@rule(
    code="TAL105",
    name="snapshot-not-copied",
    message=STATE,
    evidence=(Evidence.CHANGES, Evidence.SHARES, Evidence.WRONG),
)
def check(event: Event, facts: Facts) -> Iterator[Finding]:
    yield from _looked_back(event, facts)
    yield from _copied_list(event, facts)
    table = facts.kept_table(event)
    if table is not None:
        values, note = (
            {"name": table.kept, "table": table.table},
            Note(table.moved, "an entry is replaced here"),
        )
        yield Finding(table.taken, values, (note,), TABLE)
    if isinstance(event, Called):
        yield from _kept_state(event, facts)
        yield from _kept_parameters(event, facts)
    if isinstance(event, Called | Write):
        yield from _kept_tensor(event, facts)
        if (tied := facts.tied(event)) is not None:
            yield Finding(event.origin, {"name": tied[0], "tensor": tied[1]}, (), TIED)
    elif isinstance(event, SecondName):
        yield from _kept_model(event, facts)
    elif isinstance(event, Read | Kept):
        yield from _kept_as_before(event, facts)
    if isinstance(event, Read):
        yield from _one_network(event, facts)


def _one_network(stored: Read, facts: Facts) -> Iterator[Finding]:
    found = facts.one_network(stored)
    if found is not None:
        how = "it is to get its weights here" if found.synced else "its weights are trained here"
        note = Note(found.shown, how)
        yield Finding(stored.origin, {"name": found.apart, "network": found.online}, (note,), ONE_NETWORK)


def _looked_back(event: Event, facts: Facts) -> Iterator[Finding]:
    look = facts.looked_back(event)
    if look is not None:
        how = "and put back here" if look.put_back else "and compared here"
        notes: tuple[Note, ...] = Note(look.moved, "it is changed here"), Note(event.origin, how)
        yield Finding(look.taken, {"name": look.kept}, notes, SAME if look.put_back else ITSELF)
    never = facts.never_differs(event)
    if never is not None:
        name, moved, taken = never
        notes = (Note(moved, "it is changed here"),) if moved is not None else ()
        notes = *notes, Note(taken, "and compared here" if moved is not None else "it is compared here")
        yield Finding(event.origin, {"name": name}, notes, ITSELF)
    again = facts.read_again(event)
    if again is not None:
        notes = Note(again.moved, "it is changed here"), Note(again.looked_at, "and compared here")
        yield Finding(again.taken, {"name": again.kept}, notes, ITSELF)


def _copied_list(event: Event, facts: Facts) -> Iterator[Finding]:
    pair = facts.paired(event)
    if pair is not None:
        notes = [Note(pair.looked_at, LOOKS[pair.how])]
        if pair.moved_at is not None:
            notes.insert(0, Note(pair.moved_at, "they are changed here"))
        values = {"name": pair.kept, "source": pair.source}
        yield Finding(pair.taken, values, tuple(notes), PAIRED)


def _kept_state(call: Called, facts: Facts) -> Iterator[Finding]:
    stale = facts.stale_state(call) or facts.collected_state(call) or facts.kept_by_a_stopper(call)
    how, message = "used again", STATE
    if stale is None:
        stale, how, message = facts.loaded_back(call), "loaded back", STATE_BACK
        if stale is not None and any(map(facts.written_in_both, facts.copies_of_state(call))):
            return  # another rule's
    if stale is None or call.receiver is None:
        return
    notes: tuple[Note, ...] = ()
    if stale.moved is not None and stale.looked_at is not None:
        notes = Note(stale.moved, "it is changed here"), Note(stale.looked_at, f"and {how} here")
    model = {"model": facts.name(*call.receiver, call.origin)}
    yield Finding(call.origin, model, notes, message, Fix(Rewriting.COPY, call.origin, DEEP_COPY))


def _kept_parameters(call: Called, facts: Facts) -> Iterator[Finding]:
    found = facts.stale_parameters(call)
    if found is None:
        return
    stale, model, loaded = found
    if stale.moved is not None and stale.looked_at is not None:
        then = "loaded back" if loaded else "compared"
        notes = Note(stale.moved, "they are changed here"), Note(stale.looked_at, f"and {then} here")
        message = LOADED if loaded else PARAMETERS
        yield Finding(call.origin, {"model": facts.name("", model, call.origin)}, notes, message)


def _kept_model(named: SecondName, facts: Facts) -> Iterator[Finding]:
    stale = facts.stale_name(named)
    if stale is not None and stale.moved is not None and stale.looked_at is not None:
        notes = Note(stale.moved, "it is trained here"), Note(stale.looked_at, "and used again here")
        yield Finding(named.origin, {"name": named.target, "model": named.source}, notes, MODEL)


def _kept_as_before(kept: Read | Kept, facts: Facts) -> Iterator[Finding]:
    found = facts.kept_as_before(kept) or facts.kept_in_turn(kept) or facts.kept_apart(kept)
    found = found or facts.follows_for_good(kept)
    back = facts.reset_to(kept) or facts.set_for_good(kept) if found is None else None
    for told, message in (found, BEFORE), (back, RESET):
        if told is not None:
            name, write = told
            values = {"name": name, "tensor": facts.name(kept.operand, kept.value, kept.origin)}
            notes = (Note(write.origin, "it is written in place here"),)
            yield Finding(kept.origin, values, notes, message)
    variables = facts.keeps_variables(kept)
    if variables is not None:
        name, taken = variables
        yield Finding(kept.origin, {"name": name, "weights": Quote(taken)}, (), VARIABLES)


def _kept_tensor(moved: Called | Write, facts: Facts) -> Iterator[Finding]:
    found = facts.stale_tensor(moved)
    if found is not None and not facts.tells_of_reread(found[0].origin):
        looked, taken, kept = found
        compared = isinstance(looked, Read)
        view = facts.name(looked.operand, kept, taken) if isinstance(looked, Read) else Quote(taken)
        then = "and compared here" if compared else "and put back here"
        notes = Note(moved.origin, "it is changed here"), Note(looked.origin, then)
        values = {"view": view, "base": facts.owner_name(kept)}
        yield Finding(taken, values, notes, TENSOR if compared else BACK, facts.copied_at(taken, kept))
