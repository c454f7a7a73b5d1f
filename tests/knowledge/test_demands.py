"""Every ``demands`` clause is true: what does not meet it fails as it says, what meets it does not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tensorlint.knowledge.catalog import TENSOR_LIBRARIES
from tests.conftest import ROOT
from tests.knowledge.demands import LAYOUTS, demanding

DEMANDS = {
    library: found for library in ("builtins", *TENSOR_LIBRARIES) if (found := list(demanding(library)))
}
ABORTS = [
    (library, name) for library, found in DEMANDS.items() for name, _, failure in found if failure == "aborts"
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.knowledge.demands", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_some_calls_demand_a_layout() -> None:
    assert set(DEMANDS) >= {"builtins", "numpy", "torch", "tensorflow", "jax"}
    assert ABORTS


@pytest.mark.parametrize("library", DEMANDS)
def test_raises_where_the_demand_is_not_met_and_only_there(library: str) -> None:
    pytest.importorskip(library)
    done = run(library)
    assert done.returncode == 0, done.stderr
    expected = {}
    for name, predicate, failure in DEMANDS[library]:
        met, violated = LAYOUTS[predicate]
        expected[name] = dict.fromkeys(met, False)
        if failure == "raises":
            expected[name] |= dict.fromkeys(violated, True)
    assert json.loads(done.stdout.splitlines()[-1]) == expected


@pytest.mark.parametrize(("library", "name"), ABORTS)
def test_ends_the_process_where_the_demand_is_not_met(library: str, name: str) -> None:
    pytest.importorskip(library)
    assert run(library, name).returncode < 0
