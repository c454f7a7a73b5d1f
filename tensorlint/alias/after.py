"""Who looks after a write: follow control flow from the write and see who reads the elements that it changed.

Observers are on the *view's side* when they reach the elements through the value that was written, on the
*base's side* when they reach them another way. Both count together only on one common path of control flow,
and an element counts only while it is certainly the same one: what an earlier turn of a loop wrote is not
what the next turn's view shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias.events import Event, PutBack, Read, Write
from tensorlint.alias.lattice import (
    Allocation,
    Choice,
    Held,
    Object,
    Opaque,
    Sharing,
    Value,
    alternatives,
    is_old,
    is_picked,
    is_plain,
    objects,
    root,
    shared_when,
    unfolded,
)
from tensorlint.alias.region import Overlap, compare_paths, same_region
from tensorlint.alias.solve import Occurrence, Solution
from tensorlint.alias.state import age_value
from tensorlint.alias.uses import Uses

MOST_POSITIONS = 4000
HANDED_OUT = frozenset({"return", "yield", "store"})


@dataclass(frozen=True, slots=True)
class Observer:
    """A later read of written elements. ``condition`` says in words when they are the same ones."""

    read: Read
    condition: str


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The first observer on either side, on one common path of control flow."""

    view: Observer | None
    base: Observer | None


def certain(first: Value, second: Value) -> tuple[bool, str]:
    """Whether two values certainly overlap, each choice being open: (overlap, condition in words)."""
    if first.object == second.object:
        return _overlap_surely(first, second), ""
    if _of_two_turns(first, second):
        return False, ""
    renewed = _renewed(first, second)  # then neither is what else the loop makes, as far as is known
    together = _taken_together(first, second)
    for left, when_left in alternatives(first):
        for right, when_right in alternatives(second):
            if together and _sites_of_parts(left) & together != _sites_of_parts(right) & together:
                continue  # the one is of a way on which the other one is something else
            if _overlap_surely(left, right) and not (renewed and isinstance(left.object, Allocation)):
                return True, " and ".join(filter(None, dict.fromkeys((when_left, when_right))))
    return False, ""


def _taken_together(first: Value, second: Value) -> frozenset[ir.Origin]:
    """Where both values were taken out of something, on some of the ways to them: two names that one
    assignment gives, ``a, b = rows``, and that other ways give to something else.
    """
    if not isinstance(first.object, Choice) or not isinstance(second.object, Choice):
        return frozenset()
    sites = [[_sites_of_parts(leaf) for leaf, _ in alternatives(value)] for value in (first, second)]
    left, right = (frozenset().union(*each) - frozenset.intersection(*each) for each in sites)
    return left & right


def _sites_of_parts(value: Value) -> frozenset[ir.Origin]:
    return frozenset(step.site for step in value.path if step.selects)


def _of_two_turns(first: Value, second: Value) -> bool:
    """Whether a loop chose one value in an earlier turn: what it was then, the other one mostly is not."""
    left, right = first.object, second.object
    if not isinstance(left, Choice) or not isinstance(right, Choice):
        return False
    return (left.site == right.site and left.old != right.old) or _renewed(first, second, Opaque)


def _renewed(first: Value, second: Value, kind: type[Allocation] | type[Opaque] = Allocation) -> bool:
    """Whether an instruction made one value in an earlier turn of a loop and the other one in a later."""
    if not isinstance(first.object, Choice) or not isinstance(second.object, Choice):
        return False
    made = [
        {thing for leaf, _ in alternatives(value) if isinstance(thing := root(leaf.object), kind)}
        for value in (first, second)
    ]
    newest = [{thing for thing in things if not thing.old} for things in made]
    older = [{replace(thing, old=False) for thing in things if thing.old} for things in made]
    return any((older[this] - newest[this]) & (newest[that] - older[that]) for this, that in ((0, 1), (1, 0)))


def _overlap_surely(first: Value, second: Value) -> bool:
    """DEFINITE, or as good as: the same object, and selections that meet unless an axis is very short."""
    if shared_when(first, second)[0] is Sharing.DEFINITE:
        return True
    return (
        first.object == second.object
        and not is_old(first.object)
        and not is_plain(first)
        and compare_paths(first.path, second.path) is Overlap.USUALLY
    )


def derived(value: Value, ancestor: Value) -> bool:
    """Whether ``value`` is ``ancestor``, or was taken from that view of its storage, on some way here."""
    if any(_taken_from(each, ancestor) for each in unfolded(value)):
        return True
    # Where ways meet it may be lost which choice a value came from, but not what the choice was between.
    wanted = [leaf for leaf, _ in alternatives(ancestor)]
    found = [leaf for leaf, _ in alternatives(value)]
    return len({leaf.object for leaf in wanted}) > 1 and all(
        any(_taken_through(leaf, option) for leaf in found) for option in wanted
    )


def _taken_through(value: Value, ancestor: Value) -> bool:
    """Whether ``value`` is the same object, seen through all the views through which ``ancestor`` is; or
    stands for the many that it was picked out of, or was picked out of them as well.
    """
    views = [[step for step in each.path if step.is_view] for each in (value, ancestor)]
    many = value.object.owner if isinstance(value.object, Held) else value.object
    same = value.object == ancestor.object or any(
        is_picked(ancestor.object, thing) for thing in (value.object, many)
    )
    return same and views[0][: len(views[1])] == views[1]


def _taken_from(value: Value, ancestor: Value) -> bool:
    return (
        value.object == ancestor.object
        and value.path[: len(ancestor.path)] == ancestor.path
        and not any(step.old and step.kind != "alias" for step in ancestor.path)
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """One instruction that a walk stops at: a loop may run it again, or it reads or stores something.

    Every event goes with all that its value may be: where none of it is what was written, it does not count.
    """

    position: int
    instr: ir.Instr
    looping: bool
    events: tuple[tuple[Read | Write | PutBack, frozenset[Object]], ...]


Moments = Mapping[int, tuple[Moment, ...]]


def moments(solution: Solution) -> Moments:
    """What a walk stops at in every block: each write has a walk of its own, so this is worked out once."""
    return {
        block: tuple(
            moment
            for position, occurrence in enumerate(occurrences)
            if (moment := _moment(solution, position, occurrence)).looping or moment.events
        )
        for block, occurrences in solution.occurrences.items()
    }


def _moment(solution: Solution, position: int, occurrence: Occurrence) -> Moment:
    looping = occurrence.instr.origin in solution.looping
    return Moment(position, occurrence.instr, looping, tuple(_watched(occurrence)))


def _watched(occurrence: Occurrence) -> Iterator[tuple[Read | Write | PutBack, frozenset[Object]]]:
    for event in occurrence.events:
        if isinstance(event, Read):
            yield event, frozenset(objects(event.value))
        elif isinstance(event, PutBack) or (isinstance(event, Write) and event.how == "store"):
            yield event, frozenset({event.region.object})


@dataclass(frozen=True, slots=True)
class _Trail:
    """Where a walk is and what it has seen; the write's values age on the way. ``named`` are the places that
    gave other names before the write and have not given them again since.
    """

    block: int
    position: int
    through: Value
    region: Value
    view: Observer | None
    base: Observer | None
    named: frozenset[ir.Origin]
    overwritten: bool = False


def nobody(read: Read, region: Value) -> bool:
    """No read is left aside."""
    return False


def aftermath(
    solution: Solution,
    seen_at: Moments,
    block: int,
    position: int,
    write: Write,
    uses: Uses,
    aside: Callable[[Read, Value], bool] = nobody,
) -> Aftermath:
    """Both sides' first observers (on the view's side rather one that hands it out) after ``write``, the
    event of instruction ``position`` in ``block``.

    On the view's side a read counts only if what it computes goes anywhere but into further writes of the
    view; on the base's side none that is ``aside``, asked with what the written region is by then.
    """
    same = {place for (thing, _), place in solution.named.items() if thing == write.through.object}
    own: frozenset[ir.Operand] = frozenset({write.operand, *same})
    best = Aftermath(None, None)
    pending = [_Trail(block, position + 1, write.through, write.region, None, None, write.second_names)]
    seen: set[tuple[int, Value, bool, bool, frozenset[ir.Origin]]] = set()
    apart = solution.apart.get(block, frozenset())
    steps = 0
    while pending and steps < MOST_POSITIONS:
        trail = pending.pop()
        steps += len(solution.occurrences[trail.block]) - trail.position + 1
        trail = _through_block(seen_at[trail.block], trail, own, uses, aside)
        best = _better(best, trail)
        if best.view is not None and best.base is not None:
            return best
        ways = () if trail.overwritten else solution.function.blocks[trail.block].successors
        for successor in reversed(ways):
            key = successor, trail.region, trail.view is not None, trail.base is not None, trail.named
            if successor in solution.occurrences and successor not in apart and key not in seen:
                seen.add(key)
                pending.append(_entering(solution, successor, trail))
    viewed = _first_name(write.through)
    if best.view is None and viewed is not None:
        return aftermath(solution, seen_at, block, position, replace(write, through=viewed), uses, aside)
    return best


def _first_name(value: Value) -> Value | None:
    """A view under the name that was given first, where the value is a second one: ``left = half = x[:,
    :2]``.
    """
    length = len(value.path)
    while length and value.path[length - 1].kind == "alias":
        length -= 1
    is_view = any(step.is_view and step.kind != "same_layout" for step in value.path[:length])
    return replace(value, path=value.path[:length]) if is_view and length < len(value.path) else None


def reads_after(solution: Solution, block: int, position: int, value: Value) -> Iterator[tuple[Read, Value]]:
    """Every read that control may reach after an event, with the value as it has aged on the way there."""
    for event, aged in events_after(solution, block, position, value):
        if isinstance(event, Read):
            yield event, aged


def events_after(
    solution: Solution, block: int, position: int, value: Value
) -> Iterator[tuple[Event, Value]]:
    """Every event that control may reach after another one, with a value as it has aged on the way there."""
    pending = [(block, position + 1, value)]
    apart = solution.apart.get(block, frozenset())
    seen: set[tuple[int, Value]] = set()
    steps = 0
    while pending and steps < MOST_POSITIONS:
        block, position, value = pending.pop()
        for occurrence in solution.occurrences[block][position:]:
            steps += 1
            if occurrence.instr.origin in solution.looping:
                value = age_value(value, occurrence.instr.origin)
            yield from ((event, value) for event in occurrence.events)
        for successor in solution.function.blocks[block].successors:
            aged = age_value(value, -1 - successor) if successor in solution.cyclic else value
            if successor in solution.occurrences and successor not in apart and (successor, aged) not in seen:
                seen.add((successor, aged))
                pending.append((successor, 0, aged))


def _entering(solution: Solution, block: int, trail: _Trail) -> _Trail:
    through, region = trail.through, trail.region
    if block in solution.cyclic:
        through, region = age_value(through, -1 - block), age_value(region, -1 - block)
    return _Trail(block, 0, through, region, trail.view, trail.base, trail.named)


def _better(best: Aftermath, trail: _Trail) -> Aftermath:
    count = (trail.view is not None) + (trail.base is not None)
    if count > (best.view is not None) + (best.base is not None):
        return Aftermath(trail.view, trail.base)
    return best


def _second_name(value: Value, through: Value, named: frozenset[ir.Origin]) -> bool:
    """Whether a value is the written one under another name, given before it was written: ``old = x; x +=
    1``.
    """
    ways = [leaf.path[len(through.path) :] for leaf in unfolded(value) if leaf.object == through.object]
    return bool(ways) and all(
        any(step.kind == "alias" and (step.old or step.site in named) for step in way) for way in ways
    )


def _through_block(
    stops: Sequence[Moment],
    trail: _Trail,
    own: frozenset[ir.Operand],
    uses: Uses,
    aside: Callable[[Read, Value], bool],
) -> _Trail:
    through, region, view, base = trail.through, trail.region, trail.view, trail.base
    named = trail.named
    wanted = frozenset((*objects(through), *objects(region)))
    for moment in stops:
        if moment.position < trail.position:
            continue
        origin = moment.instr.origin
        if moment.looping and origin in named:
            named -= {origin}
        if moment.looping and (origin in through.sites or origin in region.sites):
            through, region = age_value(through, origin), age_value(region, origin)
            wanted = frozenset((*objects(through), *objects(region)))
        for event, things in moment.events:
            if wanted.isdisjoint(things):
                continue
            if not isinstance(event, Read):
                if _covers(event.region, region):
                    return _Trail(trail.block, trail.position, through, region, view, base, named, True)
                continue
            if derived(event.value, through) and not _second_name(event.value, through, named):
                counts = event.how != "use" or uses.leaves(moment.instr, own)
                better = view is None or (view.read.how == "use" and event.how in HANDED_OUT)
                if better and counts and certain(event.value, region)[0]:
                    view = Observer(event, "")
            elif base is None:
                overlaps, condition = certain(event.value, region)
                if overlaps and not aside(event, region):
                    base = Observer(event, condition)
    return _Trail(trail.block, trail.position, through, region, view, base, named)


def _covers(stored: Value, region: Value) -> bool:
    """Whether a direct store overwrites all that was written: ``x[:, :n] = v`` after writing a view of it,
    or puts that view back.

    Of what is sometimes a view, the view counts: where it is a copy, nobody else saw the write.
    """
    return any(
        stored.object == leaf.object
        and len(stored.path) <= len(leaf.path)
        and all(same_region(a, b) for a, b in zip(stored.path, leaf.path, strict=False))
        for leaf in unfolded(region)
    )
