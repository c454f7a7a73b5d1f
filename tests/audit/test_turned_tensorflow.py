"""Ten of TensorFlow's entries turned round at random are all caught; run apart from other frameworks."""

from __future__ import annotations

import pytest

from tests.audit.turned import assert_all_are_caught

pytest.importorskip("tensorflow")


def test_entries_turned_round_are_caught() -> None:
    assert_all_are_caught("tensorflow")
