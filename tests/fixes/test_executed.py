"""Every fix is made in the fixtures and run: the harm is gone, and the outcome is that of the good twin."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from runtime_check.subprocesses import environment_of
from tensorlint import lint_text
from tensorlint.mending import Mended, mend
from tensorlint.testing import Fixture, load_fixtures

FIXTURES = [f for f in load_fixtures() if f.group.startswith("TAL") and f.expectations]
LIBRARIES = ("numpy", "torch", "tensorflow", "keras", "jax")
SECONDS = 600
# Their good twins are right in another way.
OTHERWISE = {"TAL202/jax_numpy_leaves:host_params": "`jax.tree.map` sorts the keys of a dictionary"}


@cache
def fixed(name: str) -> Mended:
    fixture = next(fixture for fixture in FIXTURES if fixture.name == name)
    return mend(fixture.text, str(fixture.path), unsafe=True)


def name(fixture: Fixture) -> str:
    return fixture.name


@pytest.mark.parametrize("fixture", FIXTURES, ids=name)
def test_what_has_a_fix_is_gone_after_it(fixture: Fixture) -> None:
    after = fixed(fixture.name)
    assert [d for d in after.left if d.repair is not None] == []
    codes = {d.code for d in lint_text(fixture.text, str(fixture.path))}
    assert {d.code for d in after.left} <= codes  # a fix makes no finding of another kind


@pytest.mark.parametrize("fixture", FIXTURES, ids=name)
def test_a_second_time_changes_nothing(fixture: Fixture) -> None:
    once = fixed(fixture.name).text
    assert mend(once, str(fixture.path), unsafe=True).text == once


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_mended_case_gives_what_its_good_twin_gives(library: str) -> None:
    # What needs a GPU is proved there as it stands, and its fix is of the kind that others show.
    mended = [f for f in FIXTURES if f.library == library and f.runs_on("cpu") and fixed(f.name).mended]
    rows = list(outcomes([(str(f.path), fixed(f.name).text) for f in mended]))
    assert {row["name"].partition(":")[0] for row in rows} == {
        f.name for f in mended if any(case.kind == "bad" for case in f.cases)
    }
    changed = [row for row in rows if row["after"] != row["before"]]
    assert changed
    wrong = {row["name"] for row in changed if row["after"] != row["good"]}
    assert wrong == {name for name in OTHERWISE if name in {row["name"] for row in rows}}
    # What is as before has no fix, or is a known miss.
    partly = {f.name for f in mended if f.misses or fixed(f.name).left}
    assert {row["name"].partition(":")[0] for row in rows if row["after"] == row["before"]} <= partly


def outcomes(texts: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """What the cases give, in a process of their own: no two libraries' compilers in one."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.fixes.outcomes"],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env=environment_of("cpu", ""),
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return (json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"name"'))
