"""The engine against 1,000 random programs per library, and the oracle against engines that lie."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime_check import programs
from runtime_check.generate import generate
from runtime_check.trace import Fact, trace
from tensorlint.alias.lattice import Sharing
from tensorlint.inspection import analyse
from tests.conftest import ROOT
from tests.oracle.compare import Comparison, distinct, facts
from tests.oracle.report import report
from tests.oracle.shrink import shrink

COUNT = 1000
RATE = 0.9  # of the pairs that are the same in every execution
LIBRARIES = ("numpy", "torch")

VIEWS = """import numpy as np


def program(case, x: np.ndarray, y: np.ndarray):
    whole = x[:]
    flat = x.reshape(-1)
    other = x.copy()
    same = other
    if case > 7:
        either = x
    else:
        either = y
    return either
"""


class Stub:
    """An engine that gives one answer to everything."""

    def __init__(self, answer: Sharing) -> None:
        self.answer = answer

    def sharing(self, function: str, line: int, a: str, b: str) -> Sharing:
        return self.answer


def traced(source: str, aliased: bool = False) -> dict[str, Any]:
    """A program of our own as the tracer would have written it."""
    seen = trace("numpy", "seed", source, ("x", "y"), aliased)
    rows = [[f.line, f.a, f.b, f.overlapped, f.apart, f.inputs] for f in seen.facts]
    kept = {"source": source, "parameters": ["x", "y"], "tags": {}, "aliased": aliased, "library": "numpy"}
    return {"index": 0, "seed": "seed", "raised": list(seen.raised), "facts": rows, **kept}


def seen(program: dict[str, Any], line: int, a: str, b: str) -> tuple[int, int]:
    (fact,) = [fact for fact in facts(program) if (fact.line, fact.a, fact.b) == (line, a, b)]
    return fact.overlapped, fact.apart


def compared(program: dict[str, Any], answer: Sharing) -> Comparison:
    comparison = Comparison()
    comparison.add(program, lambda _: Stub(answer))
    assert not comparison.failed
    return comparison


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_execution_refutes_the_engine(
    library: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "traces.jsonl"
    command = [sys.executable, "-m", "runtime_check.programs", "--library", library, "--count", str(COUNT)]
    subprocess.run([*command, "--out", str(path), "--quiet"], cwd=ROOT, check=True, timeout=600)
    comparison = Comparison()
    for program in programs.read(path):
        comparison.add(program, analyse)
    small = [shrink(refutation, analyse) for refutation in distinct(comparison.refutations)[:5]]
    text = report(library, comparison, small)
    with capsys.disabled():
        print("\n" + "\n".join(text.splitlines()[:9]))
    record_property("uniform pairs answered", f"{comparison.bindings.rate:.3f}")
    assert comparison.programs == COUNT
    assert not comparison.failed, text
    assert not comparison.refutations, text
    assert comparison.bindings.uniform > 100 * COUNT, "programs this small decide nothing"
    assert comparison.bindings.rate >= RATE, text


def test_traces_see_what_overlaps() -> None:
    program = traced(VIEWS)
    assert seen(program, 7, "other", "x") == (0, 16)
    assert seen(program, 8, "other", "same") == (16, 0)
    overlapped, apart = seen(program, 6, "flat", "x")
    assert overlapped and apart and overlapped + apart == 16
    assert seen(program, 10, "either", "x") == (8, 0)
    assert seen(program, 12, "either", "x") == (0, 8)


def test_disjoint_parts_of_one_array_lie_apart() -> None:
    program = traced(
        "import numpy as np\n\n\ndef program(case, x: np.ndarray, y: np.ndarray):\n"
        "    left, right = x[:, :2], x[:, 2:]\n    even, odd = x[::2], x[1::2]\n    none = x[:0]\n"
    )
    assert seen(program, 5, "left", "right") == (0, 16)
    assert seen(program, 6, "even", "odd") == (0, 16)
    assert seen(program, 6, "left", "odd") == (16, 0)
    assert not [fact for fact in facts(program) if "none" in (fact.a, fact.b)]


def test_elements_of_containers_are_asked_too() -> None:
    program = traced(
        "def program(case, x, y):\n    xs = [x, y.copy()]\n    xs.append(y)\n"
        "    d = {'k': xs[0]}\n    del xs\n"
    )
    assert seen(program, 2, "x", "xs[0]") == (16, 0)
    assert seen(program, 3, "xs[-1]", "y") == (16, 0)
    assert seen(program, 3, "xs[1]", "y") == (0, 16)
    assert seen(program, 5, "d['k']", "x") == (16, 0)


def test_a_loop_may_show_both_in_one_execution() -> None:
    program = traced(
        "def program(case, x, y):\n    a = x\n    for i in range(3):\n        b = a\n        a = y\n"
    )
    assert seen(program, 4, "b", "x") == (16, 16)
    assert compared(program, Sharing.NONE).bindings.varying["NONE"] > 0


def test_an_exception_ends_a_trace_and_keeps_what_was_seen() -> None:
    program = traced("def program(case, x, y):\n    a = x\n    if case == 3:\n        a = x[99]\n    b = a\n")
    assert len(program["raised"]) == 1
    assert seen(program, 2, "a", "x") == (16, 0)
    assert seen(program, 5, "b", "x") == (15, 0)


def test_an_endless_loop_ends() -> None:
    program = traced("def program(case, x, y):\n    while True:\n        a = x\n")
    assert len(program["raised"]) == 16


@pytest.mark.parametrize("answer", [Sharing.NONE, Sharing.DEFINITE])
def test_an_engine_that_lies_is_refuted(answer: Sharing) -> None:
    comparison = compared(traced(VIEWS), answer)
    told = {(r.fact.line, r.fact.a, r.fact.b) for r in comparison.refutations}
    assert (6, "flat", "x") in told, "one execution refutes either"
    assert ((5, "whole", "x") in told) == (answer is Sharing.NONE)
    assert ((7, "other", "x") in told) == (answer is Sharing.DEFINITE)


@pytest.mark.parametrize("answer", [Sharing.POSSIBLE, Sharing.UNKNOWN])
def test_an_engine_that_abstains_answers_nothing(answer: Sharing) -> None:
    comparison = compared(traced(VIEWS), answer)
    assert not comparison.refutations
    assert comparison.bindings.uniform > 10
    assert comparison.bindings.rate == 0


def test_programs_that_alias_their_parameters_count_apart() -> None:
    comparison = compared(traced(VIEWS, aliased=True), Sharing.NONE)
    assert not comparison.refutations
    assert any({"x", "y"} == {r.fact.a, r.fact.b} for r in comparison.refuted_when_aliased)
    assert not comparison.bindings.uniform


def test_an_engine_that_raises_is_a_failure() -> None:
    def broken(text: str) -> Stub:
        raise RecursionError(text[:6])

    comparison = Comparison()
    comparison.add(traced(VIEWS), broken)
    assert comparison.failed == ["program 0: RecursionError: import"]


def test_shrinking_leaves_what_the_mistake_needs() -> None:
    class Forgetful:
        """Thinks that a reshaped array never shares."""

        def __init__(self, text: str) -> None:
            self.flat = "flat = x.reshape(-1)" in text

        def sharing(self, function: str, line: int, a: str, b: str) -> Sharing:
            return Sharing.NONE if self.flat and {a, b} == {"flat", "x"} else Sharing.UNKNOWN

    comparison = Comparison()
    comparison.add(traced(VIEWS), Forgetful)
    small = shrink(comparison.refutations[0], Forgetful)
    assert small.program["source"].splitlines() == [
        "import numpy as np",
        "",
        "def program(case, x: np.ndarray, y: np.ndarray):",
        "    flat = x.reshape(-1)",
    ]
    assert small.fact.overlapped


def test_programs_depend_on_the_seed_alone() -> None:
    for library in LIBRARIES:
        first, second = generate(library, 7, 3), generate(library, 7, 3)
        assert first == second
        assert first.source != generate(library, 8, 3).source


def test_programs_cover_branches_loops_and_containers() -> None:
    for library in LIBRARIES:
        sources = [generate(library, 0, index).source for index in range(200)]
        for word in (
            "    for ",
            "    if ",
            "    else:",
            ".append(",
            " if case",
            "return ",
            "out is None",
            "] * 2",
        ):
            assert sum(word in source for source in sources) >= 5, (library, word)


def test_a_file_of_traces_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    arguments = ["--library", "numpy", "--quiet", "--out", str(path)]
    assert programs.main([*arguments, "--count", "2"]) == 0
    whole = path.read_text("utf-8")
    path.write_text(whole[:-40], "utf-8")  # the last line was cut off
    assert programs.main([*arguments, "--count", "3"]) == 0
    assert [row["index"] for row in programs.read(path)] == [0, 1, 2]
    assert json.loads(whole.splitlines()[2]) == list(programs.read(path))[1]
    with pytest.raises(SystemExit) as stopped:
        programs.main([*arguments, "--count", "3", "--seed", "1"])
    assert stopped.value.code == 2


def test_a_fact_is_uniform_when_executions_agree() -> None:
    assert Fact(1, "a", "b", 8, 0, 8).uniform
    assert not Fact(1, "a", "b", 7, 1, 8).uniform
