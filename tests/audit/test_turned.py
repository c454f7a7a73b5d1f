"""What it means to turn an entry round. That turned ones are caught stands in each library's own tests."""

from __future__ import annotations

import pytest

from tensorlint.knowledge.catalog import Entry
from tests.audit.turned import (
    TURNS,
    Turn,
    copy_to_argument,
    shared_to_copy,
    turned,
    written_to_kept,
)


@pytest.mark.parametrize(
    ("turn", "effect", "other"),
    [
        (copy_to_argument, "(x) -> new(like(x))", "(x) -> x"),
        (copy_to_argument, "(x) -> list[new]; must_use", "(x) -> list[x]; must_use"),
        (copy_to_argument, "(x) -> new as numpy.matrix", "(x) -> x"),
        (copy_to_argument, "(x) -> view(x) if x | new", "(x) -> view(x) if x | x"),
        (copy_to_argument, "(self, v) -> none, self!", "(self, v) -> self, self!"),
        (shared_to_copy, "(x) -> view(x) as numpy.matrix", "(x) -> new as numpy.matrix"),
        (shared_to_copy, "(x) -> x if matches(x) | new", "(x) -> new if matches(x) | new"),
        (shared_to_copy, "(x) -> tuple[part(x)]", "(x) -> tuple[new]"),
        (
            written_to_kept,
            "(x, out=None) -> out, out! if given(out) | new",
            "(x, out=None) -> out if given(out) | new",
        ),
    ],
)
def test_what_a_turn_makes_of_an_entry(turn: Turn, effect: str, other: str) -> None:
    entry = Entry("numpy.name", effect, "", "numpy.ndarray")
    found = turned(entry, turn, [str(case) for case in entry.signature.cases])
    assert found is not None and found.effect == other
    assert turned(entry, turn, []) is None, "nothing was seen that it contradicts"


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize(
    "effect",
    [
        "(x) -> plain",
        "(x) -> new(doubtful)",
        "(x, inplace=False) -> x, x!, x!meta if inplace | unknown",
        "() -> new",
        "(self) -> extents(self)",
    ],
)
def test_what_no_call_could_contradict_is_not_turned(turn: Turn, effect: str) -> None:
    entry = Entry("numpy.name", effect, "", "numpy.ndarray")
    assert turned(entry, turn, [str(case) for case in entry.signature.cases]) is None
