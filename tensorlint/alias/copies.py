"""What becomes of two models, one of which is taken for a copy of the other: who is trained, loaded and
used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tensorlint.alias.events import Called, Event, Read, Write
from tensorlint.alias.lattice import Held, Object, Value, alternatives

TRAINS = frozenset("fit train_on_batch train_step fit_generator compile".split())
USES = frozenset("predict evaluate predict_on_batch test_on_batch __call__ call get_weights".split())
LOADS = frozenset("set_weights load_weights load_own_variables load_state_dict".split())


def touches(event: Event, value: Value) -> bool:
    """Whether an event reads, writes or calls something of an object or of what it holds."""
    wanted = {leaf.object for leaf, _ in alternatives(value)}
    return any(not wanted.isdisjoint(chain(leaf.object)) for leaf in _values(event))


def trains(event: Event, value: Value) -> bool:
    """Whether an object is trained, or made ready for it."""
    return _calls(event, value, TRAINS)


def uses(event: Event, value: Value) -> bool:
    """Whether an object predicts, or shows its weights."""
    return _calls(event, value, USES)


def loads(event: Event, value: Value) -> bool:
    """Whether an object gets weights from elsewhere, or is handed to somebody who may give it some."""
    if _calls(event, value, LOADS):
        return True
    if isinstance(event, Write):
        return touches(event, value)
    return isinstance(event, Read) and event.how == "call" and touches(event, value)


def _calls(event: Event, value: Value, methods: Iterable[str]) -> bool:
    if not isinstance(event, Called) or event.receiver is None:
        return False
    called = {leaf.object for leaf, _ in alternatives(event.receiver[1])}
    own = {leaf.object for leaf, _ in alternatives(value)}
    return not called.isdisjoint(own) and any(name.rpartition(".")[2] in methods for name in event.names)


def _values(event: Event) -> Iterator[Value]:
    found: list[Value] = []
    if isinstance(event, Write):
        found.append(event.through)
    elif isinstance(event, Read):
        found.append(event.value)
    elif isinstance(event, Called):
        found += [value for _, _, value in event.arguments]
        found += [event.receiver[1]] if event.receiver is not None else []
    for value in found:
        yield from (leaf for leaf, _ in alternatives(value))


def chain(thing: Object) -> Iterator[Object]:
    """An object and what holds it."""
    yield thing
    while isinstance(thing, Held):
        thing = thing.owner
        yield thing
