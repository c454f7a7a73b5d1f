"""Loops come to an end: states that would swing between two answers settle on the weaker one."""

from __future__ import annotations

from typing import Any

import pytest

from tensorlint import analysis, ir, lint_text
from tensorlint.alias import solve
from tensorlint.alias.lattice import Allocation, Choice, Opaque, Value
from tensorlint.alias.state import State, join_states
from tensorlint.inspection import analyse

COLLECTED_FROM_EITHER = """import numpy as np


def program(case, x: np.ndarray, y: np.ndarray):
    either = y if case % 2 == 0 else x
    for row in y:
        rows = [r for r in either]
        either = y
        if case == 3:
            turned = either.transpose()
            turned = np.subtract(turned, turned, out=turned)
    return either
"""


def test_a_container_of_too_many_things_in_a_loop_settles() -> None:
    assert not analyse(COLLECTED_FROM_EITHER).gave_up("program")


HOLDING_ITSELF = """import numpy as np


def distinct(symbols):
    return np.array(list(dict.fromkeys(symbols)))


def nested(lines):
    tree = [1]
    for line in lines:
        tree = [tree, 2]
        tree.append(tree)
    return np.array(tree)
"""


def test_what_seems_to_hold_itself_is_looked_through_once() -> None:
    analysed = analyse(HOLDING_ITSELF)
    assert not any(map(analysed.gave_up, ("distinct", "nested")))


ENTERED_AGAIN = """import torch


def loaded(state, given: dict, problems: list):
    for name, weight in state.items():
        if name in given:
            try:
                with torch.no_grad():
                    weight.copy_(given[name])
            except Exception as error:
                problems.append(error)
    return problems
"""


def test_a_context_that_an_exception_leaves_in_a_loop_is_entered_once() -> None:
    assert not analyse(ENTERED_AGAIN).gave_up("loaded")


def test_what_was_too_much_to_tell_apart_stays_so_where_ways_meet_again() -> None:
    """Else each of many branches in a loop makes another unknown, and they take turns."""
    lost, made = Value(Opaque(-3, "x")), Value(Allocation(7))
    joined = join_states([State({"x": lost}), State({"x": made})], -9)
    assert joined.names["x"].object == Opaque(-9, "x")
    other = join_states([State({"y": lost}), State({"y": made})], -9)
    assert isinstance(other.names["y"].object, Choice)  # of another name, it is one thing


CALLED_BY_MANY = """import numpy as np


def long(x, turns):
    for _ in range(turns):
        for _ in range(turns):
            y = x[0]
            y += x[1]
    return x


def first(image: np.ndarray):
    image = image.copy()
    row = image[0]
    row -= row.mean()
    long(row, 3)
    return image, row


def second(image: np.ndarray):
    return long(image, 3), image
"""


def test_what_takes_too_long_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def counted(function: ir.Function, *arguments: Any) -> solve.Solution:
        tried.append(function.name)
        return solve.solve(function, *arguments)

    monkeypatch.setattr(solve, "MOST_WORK", 30)
    monkeypatch.setattr(analysis, "solve", counted)
    found = lint_text(CALLED_BY_MANY)
    assert tried.count("long") == 1
    assert [(each.line, each.code) for each in found] == [(15, "TAL101")]
