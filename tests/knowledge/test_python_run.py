"""Every entry of Python's own table, called: the references that come out and stay are those that it says."""

from __future__ import annotations

import importlib
import random
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tensorlint.knowledge.catalog import Catalog, Entry
from tensorlint.knowledge.effects import (
    Atom,
    Case,
    Guard,
    Many,
    New,
    Param,
    Path,
    ReferenceStored,
    Term,
    Typed,
    Word,
    literal,
)

ENTRIES = sorted(Catalog().entries("builtins"), key=lambda entry: entry.name)


class Thing:
    """Something to refer to: neither a number nor a container, and never equal to another one."""

    def __lt__(self, other: Thing) -> bool:
        return id(self) < id(other)


def things(count: int) -> list[Thing]:
    return [Thing() for _ in range(count)]


def pairs() -> dict[str, Thing]:
    return {"a": Thing(), "b": Thing()}


def every(_: object) -> bool:
    return True


Arguments = Callable[[], tuple[Any, ...]]
# Positional arguments, each tuple made anew; the first of a method is the object.
CALLS: Mapping[str, tuple[Arguments, ...]] = {
    "builtins.list": (lambda: (things(2),), lambda: ()),
    "builtins.tuple": (lambda: (things(2),),),
    "builtins.set": (lambda: (things(2),), lambda: ()),
    "builtins.frozenset": (lambda: (things(2),),),
    "builtins.dict": (lambda: (), lambda: (pairs(),), lambda: (OrderedDict(pairs()),)),
    "builtins.zip": (lambda: (things(2), things(2)), lambda: (things(2), things(2), things(2))),
    "builtins.enumerate": (lambda: (things(2),),),
    "builtins.reversed": (lambda: (things(2),),),
    "builtins.iter": (lambda: (things(2),),),
    "builtins.next": (lambda: (iter(things(1)),), lambda: (iter(things(1)), None)),
    "builtins.filter": (lambda: (every, things(2)),),
    "builtins.map": (lambda: (every, things(2)),),
    "builtins.sorted": (lambda: (things(2),),),
    "builtins.range": (lambda: (3,), lambda: (0, 3), lambda: (0, 3, 1)),
    "builtins.sum": (lambda: ([1, 2],), lambda: ([things(1), things(1)], [])),
    "builtins.max": (lambda: (things(2),), lambda: (1, 2), lambda: (Thing(), Thing())),
    "builtins.min": (lambda: (things(2),), lambda: (1, 2), lambda: (Thing(), Thing())),
    "builtins.abs": (lambda: (-1,),),
    "builtins.pow": (lambda: (2, 3),),
    "builtins.list.append": (lambda: (things(1), Thing()),),
    "builtins.list.insert": (lambda: (things(1), 0, Thing()),),
    "builtins.list.extend": (lambda: (things(1), things(2)),),
    "builtins.list.pop": (lambda: (things(1),), lambda: (things(1), 0)),
    "builtins.list.copy": (lambda: (things(2),),),
    "builtins.list.sort": (lambda: (things(2),),),
    "builtins.list.reverse": (lambda: (things(2),),),
    "builtins.list.clear": (lambda: (things(2),),),
    "builtins.list.remove": (lambda: ([1, 2], 1),),
    "builtins.list.index": (lambda: ([1, 2], 1), lambda: ([1, 2], 1, 0)),
    "builtins.list.count": (lambda: ([1, 2], 1),),
    "builtins.tuple.index": (lambda: ((1, 2), 1),),
    "builtins.tuple.count": (lambda: ((1, 2), 1),),
    "collections.deque": (lambda: (things(2),), lambda: (things(2), 2), lambda: ()),
    "collections.deque.appendleft": (lambda: (deque(things(1)), Thing()),),
    "collections.deque.extendleft": (lambda: (deque(things(1)), things(2)),),
    "collections.deque.popleft": (lambda: (deque(things(1)),),),
    "collections.deque.copy": (lambda: (deque(things(2)),),),
    "collections.deque.rotate": (lambda: (deque(things(2)),),),
    "collections.OrderedDict": (lambda: (pairs(),),),
    "collections.OrderedDict.fromkeys": (lambda: (["a", "b"], Thing()),),
    "collections.OrderedDict.move_to_end": (lambda: (OrderedDict(pairs()), "a"),),
    "builtins.set.add": (lambda: (set(things(1)), Thing()),),
    "builtins.set.update": (lambda: (set(things(1)), things(2)),),
    "builtins.set.pop": (lambda: (set(things(1)),),),
    "builtins.set.copy": (lambda: (set(things(2)),),),
    "builtins.set.clear": (lambda: (set(things(2)),),),
    "builtins.set.discard": (lambda: ({1, 2}, 1),),
    "builtins.set.remove": (lambda: ({1, 2}, 1),),
    "builtins.dict.items": (lambda: (pairs(),),),
    "builtins.dict.values": (lambda: (pairs(),),),
    "builtins.dict.keys": (lambda: (pairs(),),),
    "builtins.dict.get": (lambda: ({"a": Thing()}, "a"),),
    "builtins.dict.pop": (lambda: ({"a": Thing()}, "a"),),
    "builtins.dict.popitem": (lambda: ({"a": Thing()},),),
    "builtins.dict.setdefault": (lambda: ({}, "a", Thing()),),
    "builtins.dict.update": (lambda: (pairs(), pairs()),),
    "builtins.dict.copy": (lambda: (pairs(),),),
    "builtins.dict.clear": (lambda: (pairs(),),),
    "builtins.dict.fromkeys": (lambda: (["a", "b"], Thing()),),
    "copy.copy": (
        lambda: (things(2),),
        lambda: (pairs(),),
        lambda: ((Thing(), Thing()),),
        lambda: (set(things(2)),),
    ),
    "copy.deepcopy": (lambda: (things(2),), lambda: (pairs(),)),
    "itertools.repeat": (lambda: (Thing(), 2),),
    "itertools.chain": (lambda: (things(2), things(1)),),
    "itertools.chain.from_iterable": (lambda: ([things(2), things(1)],),),
    "itertools.cycle": (lambda: (things(2),),),
    "itertools.islice": (lambda: (things(2), 2),),
    "itertools.dropwhile": (lambda: (lambda _: False, things(2)),),
    "itertools.filterfalse": (lambda: (lambda _: False, things(2)),),
    "itertools.takewhile": (lambda: (every, things(2)),),
    "itertools.compress": (lambda: (things(2), [1, 1]),),
    "itertools.product": (lambda: (things(2), things(2)),),
    "itertools.zip_longest": (lambda: (things(2), things(2)),),
    "itertools.tee": (lambda: (things(2),),),
    "itertools.count": (lambda: (), lambda: (1, 2)),
    "itertools.groupby": (lambda: (things(2), every),),
    "random.shuffle": (lambda: (things(2),),),
    "random.choice": (lambda: (things(1),),),
    "random.choices": (lambda: (things(1),),),
    "random.sample": (lambda: (things(2), 2),),
    "random.seed": (lambda: (0,),),
}
# Read or write an address; the rest give numbers or answers whatever they are given.
ELSEWHERE = ("ctypes.", "math.")
ANSWERS = ("plain", "meta", "none")


def resolve(name: str) -> Any:
    module, _, rest = name.partition(".")
    found: Any = importlib.import_module(module)
    for part in rest.split("."):
        found = getattr(found, part)
    return found


def within(value: Any, depth: int = 4) -> Iterator[Thing]:
    """The things that a value is or holds, a few levels and elements deep."""
    if isinstance(value, Thing):
        yield value
    elif isinstance(value, Mapping):
        yield from within([*value.values()], depth)
    elif depth and not isinstance(value, (str, bytes)) and hasattr(value, "__iter__"):
        for _, each in zip(range(6), value):  # noqa: B905 - a cycle never ends
            yield from within(each, depth - 1)


def elements(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else list(value)


class Bound:
    """The arguments of one call by parameter, with the elements that they had before it."""

    def __init__(self, entry: Entry, arguments: tuple[Any, ...]) -> None:
        self.entry = entry
        self.values: dict[str, Any] = {}
        rest = list(arguments)
        for param in entry.signature.parameters:
            if param.kind == "*":
                self.values[param.name], rest = tuple(rest), []
            elif rest and param.kind in ("positional", "either"):
                self.values[param.name] = rest.pop(0)
            else:
                self.values[param.name] = _default(param)
        self.before = {name: self._kept(value) for name, value in self.values.items()}

    def _kept(self, value: Any) -> Any:
        if isinstance(value, (list, set, dict, deque, tuple, frozenset)):
            return elements(value)
        return [*within(value)] if not isinstance(value, type(iter([]))) else [*value.__reduce__()[1][0]]

    def reached(self, path: Path) -> list[Any]:
        """What a path stood for before the call."""
        starred = any(p.name == path.root and p.kind == "*" for p in self.entry.signature.parameters)
        found = list(self.values[path.root]) if starred else [self.values[path.root]]
        for number, step in enumerate(path.steps):
            assert step == "[*]"
            inner = [self.before[path.root]] if not number and not starred else map(elements, found)
            found = [each for many in inner for each in many]
        return found

    def decide(self, guard: Guard) -> bool:
        found = [self._decide(atom) != atom.negated for atom in guard.atoms]
        return all(found) if guard.connective == "and" else any(found)

    def _decide(self, atom: Atom) -> bool:
        value = self.values[atom.arguments[0].root]
        match atom.relation:
            case "given":
                return value is not None and value != ()
            case "scalar":
                return isinstance(value, (int, float))
            case "tuple":
                return isinstance(value, (tuple, list))
            case "type":
                name = str(literal(atom.arguments[1]))
                return name.startswith("builtins.") and isinstance(value, resolve(name))
        raise AssertionError(f"no way to decide {atom}")

    def case(self) -> Case:
        return next(c for c in self.entry.signature.cases if c.guard is None or self.decide(c.guard))

    def things(self, term: Term) -> set[Thing] | None:
        """The things that a term speaks of, ``None`` where it says nothing."""
        if isinstance(term, Typed):
            return self.things(term.term)
        if isinstance(term, Path):
            return {thing for value in self.reached(term) for thing in within(value)}
        if isinstance(term, Many):
            parts = [self.things(inner) for inner in term.terms]
            return None if None in parts else {thing for part in parts if part for thing in part}
        assert isinstance(term, (New, Word))
        return None if isinstance(term, Word) and term.text == "unknown" else set()


def _default(param: Param) -> Any:
    return (
        ()
        if param.kind in ("*", "**")
        else literal(Path("", (), param.default))
        if param.default != "()"
        else ()
    )


def complaint(entry: Entry, arguments: tuple[Any, ...]) -> str:
    bound = Bound(entry, arguments)
    case = bound.case()
    expected = bound.things(case.term)
    stored = [(w.path.root, bound.things(w.term)) for w in case.writes if isinstance(w, ReferenceStored)]
    own = {thing for value in bound.before.values() for thing in within(value)}
    got = set(within(resolve(entry.name)(*arguments))) & own
    if expected is not None:
        allowed = expected.union(*(kept or () for _, kept in stored))
        lacking = expected - got if isinstance(case.term, Many) else expected and not got
        if got - allowed or lacking:
            return f"{case}: hands out {len(got)} things, not {len(expected)}"
    for root, kept in stored:
        if kept is not None and not kept <= set(within(bound.values[root])):
            return f"{case}: does not keep them"
    return ""


def silent(entry: Entry) -> bool:
    """Whether the entry only says that no reference comes out or stays."""
    return all(
        isinstance(c.term, Word) and c.term.text in ANSWERS and not c.writes for c in entry.signature.cases
    )


CALLED = [e for e in ENTRIES if not e.name.startswith(ELSEWHERE) and (e.name in CALLS or not silent(e))]


@pytest.mark.parametrize("entry", CALLED, ids=lambda entry: entry.name)
def test_references_go_where_the_entry_says(entry: Entry) -> None:
    random.seed(0)
    assert [text for make in CALLS[entry.name] if (text := complaint(entry, make()))] == []


WRONG = {
    "builtins.list.append": "(self, v, /) -> v",
    "builtins.dict.clear": "(self, /) -> none, self[*] <- self[*]",
    "builtins.list.pop": "(self, i=-1, /) -> plain",
    "builtins.dict.keys": "(self, /) -> iter[self[*]]",
    "builtins.enumerate": "(iterable, start=0) -> iter[plain]",
    "copy.copy": "(x) -> new",
    "builtins.zip": "(*iterables, strict=False) -> iter[tuple[plain, plain]]",
    "copy.deepcopy": "(x, memo=None) -> x",
    "itertools.chain": "(*iterables) -> iter[plain]",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_refuted(name: str) -> None:
    entry = Entry(name, WRONG[name], "", "")
    assert any(complaint(entry, make()) for make in CALLS[name])


def test_every_name_exists() -> None:
    for entry in ENTRIES:
        resolve(entry.name)
