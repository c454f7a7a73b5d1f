"""Every entry of Python's own table, called: the references that come out and stay are those that it says."""

from __future__ import annotations

from collections import Counter

import pytest

from runtime_check.audit import Verdict, python
from runtime_check.audit.calling import misplaced
from runtime_check.audit.python_calls import UNPROVED
from tensorlint.knowledge.catalog import Entry

ENTRIES = python.entries()
LATER = frozenset({"itertools.batched"})  # of Python 3.12


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_references_go_where_the_entry_says(entry: Entry) -> None:
    row = python.audit(entry)
    unproved = any(entry.name in names for names in UNPROVED.values())
    allowed = {Verdict.UNPROVED if unproved else Verdict.CONFIRMED}
    assert row.verdict in allowed | ({Verdict.LACKING} if entry.name in LATER else set()), row.reason


def test_few_entries_are_unproved() -> None:
    counted = Counter(python.audit(entry).verdict for entry in ENTRIES)
    assert counted[Verdict.UNPROVED] <= 0.05 * len(ENTRIES)


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
    "heapq.heappush": "(heap, item, /) -> none",
    "queue.Queue.get": "(self, block=True, timeout=None) -> new",
    "dataclasses.astuple": "(obj, *, tuple_factory=tuple) -> new(holds(obj))",
    "builtins.memoryview": "(object) -> new as builtins.memoryview",
    "builtins.bytearray": "(source=None) -> view(source)",
    "array.array.byteswap": "(self, /) -> none",
    "array.array.tobytes": "(self, /) -> plain, self!",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_refuted(name: str) -> None:
    assert python.audit(Entry(name, WRONG[name], "", "")).verdict is Verdict.REFUTED


def test_parameters_have_the_names_and_places_of_the_real_ones() -> None:
    known = [entry for entry in ENTRIES if python.audit(entry).verdict is not Verdict.LACKING]
    wrong = {entry.name: found for entry in known if (found := misplaced(entry, python.resolve(entry.name)))}
    assert wrong == {}
