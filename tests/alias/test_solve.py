"""Loops come to an end: states that would swing between two answers settle on the weaker one."""

from __future__ import annotations

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
