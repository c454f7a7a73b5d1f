"""The linter against a share of the random programs, and the oracle against linters that lie."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from runtime_check import programs
from runtime_check.generate import Program, generate
from runtime_check.programs import Traced
from runtime_check.trace import Fact, trace
from tensorlint.alias.lattice import Sharing
from tensorlint.finding import Diagnostic, Related
from tests.conftest import ROOT
from tests.oracle.compare import Comparison
from tests.oracle.engine import Linter
from tests.oracle.progress import compared
from tests.oracle.report import report, shrunk, summary
from tests.oracle.shrink import shrink

COUNT = 300
FEW = 40  # of the libraries that are slow to load
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


WRITES = """import numpy as np


def program(case, x: np.ndarray, y: np.ndarray):
    view = x[1:]
    other = x.copy()
    view += 1
    if case > 7:
        y.fill(100)
    total = x.sum() + other.sum()
    return view
"""


@dataclass(frozen=True)
class Stub:
    """A linter that gives one answer to everything."""

    answer: Sharing
    write: Sharing | None = None
    said: tuple[Diagnostic, ...] = ()
    laid: bool | None = None

    def sharing(self, function: str, line: int, first: str, second: str) -> Sharing:
        return self.answer

    def written(self, function: str, line: int, expression: str) -> Sharing | None:
        return self.write

    def contiguous(self, function: str, line: int, expression: str) -> bool | None:
        return self.laid

    def diagnostics(self) -> Sequence[Diagnostic]:
        return self.said


def traced(source: str, aliased: bool = False) -> Traced:
    """A program of our own as it would come from another process."""
    seen = trace("numpy", "seed", source, ("x", "y"), aliased)
    tags = dict.fromkeys(range(source.count("\n") + 1), "statement")
    return Traced(0, Program("numpy", "seed", source, ("x", "y"), tags, frozenset(), aliased), seen)


def seen(program: Traced, line: int, a: str, b: str) -> tuple[int, int]:
    (fact,) = [fact for fact in program.trace.facts if fact[:3] == (line, a, b)]
    return fact.overlapped, fact.apart


def compare(program: Traced, stub: Stub) -> Comparison:
    comparison = Comparison()
    comparison.add(program, lambda _: stub)
    assert not comparison.failed
    return comparison


def says(code: str, line: int, message: str, read: int) -> Diagnostic:
    note = Related(read, 0, "`x` is read again here")
    return Diagnostic(code, "", message, line, 0, line, 1, (note,))


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_execution_refutes_the_linter(
    library: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    comparison = compared(library, 0, COUNT, Linter, tmp_path, show=False)
    text = report(library, comparison, shrunk(library, 0, comparison, 5, Linter))
    with capsys.disabled():
        print("\n" + summary(library, comparison))
    record_property("uniform pairs answered", f"{comparison.bindings.rate:.3f}")
    assert comparison.programs == COUNT
    assert not comparison.failed, text
    assert not comparison.refutations, text
    assert comparison.bindings.uniform > 100 * COUNT, "programs this small decide nothing"
    assert comparison.bindings.rate >= RATE, text
    assert comparison.written["changed", "DEFINITE"] > COUNT, "too few writes to decide anything"
    assert comparison.laid["contiguous", "contiguous"] > COUNT, "too few layouts to decide anything"
    assert comparison.laid["strided", "strided"] > 0


@pytest.mark.parametrize("library", ("tensorflow", "jax"))
def test_no_execution_refutes_the_linter_where_tensors_are_not_written(library: str, tmp_path: Path) -> None:
    """In a process of its own: PyTorch and TensorFlow do not always go together."""
    command = [sys.executable, "-m", "tests.oracle", "--library", library, "--programs", str(FEW)]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert f"{library}: {FEW} programs, 0 answers refuted" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
    called = re.search(r"entries of the tables called: (\d+)", done.stdout)
    assert called and int(called[1]) > FEW / 4


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
    assert not [fact for fact in program.trace.facts if "none" in (fact.a, fact.b)]


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
    assert compare(program, Stub(Sharing.NONE)).bindings.varying["NONE"] > 0


def test_an_exception_ends_a_trace_and_keeps_what_was_seen() -> None:
    program = traced("def program(case, x, y):\n    a = x\n    if case == 3:\n        a = x[99]\n    b = a\n")
    assert len(program.trace.raised) == 1
    assert seen(program, 2, "a", "x") == (16, 0)
    assert seen(program, 5, "b", "x") == (15, 0)


def test_an_endless_loop_ends() -> None:
    program = traced("def program(case, x, y):\n    while True:\n        a = x\n")
    assert len(program.trace.raised) == 16


def test_traces_see_which_bytes_a_statement_changes() -> None:
    rows = {(row.line, row.name): (row.changed, row.inputs) for row in traced(WRITES).trace.written}
    assert rows[7, "view"] == rows[7, "x"] == (16, 16)
    assert rows[7, "other"] == rows[7, "y"] == (0, 16)
    assert rows[9, "y"] == (8, 8)
    assert (6, "other") not in rows, "it was not bound before"


def test_the_first_statement_is_watched_too() -> None:
    program = traced("def program(case, x, y):\n    x += 1\n")
    assert {row.name: row.changed for row in program.trace.written} == {"x": 16, "y": 0, "x@": 16, "y@": 0}


def test_traces_see_who_reads_what_was_changed() -> None:
    rows = {row[:3]: row.inputs for row in traced(WRITES).trace.read_after}
    assert rows[7, 10, "x"] == rows[7, 11, "view"] == 16
    assert (7, 10, "other") not in rows
    assert rows[9, 11, ""] == 8


def test_a_tensor_that_moves_is_looked_at_anew() -> None:
    program = traced(
        "import numpy as np\n\n\ndef program(case, x: np.ndarray, y: np.ndarray):\n"
        "    a = np.zeros(4)\n    b = a[:]\n    del b\n    a.resize(400, refcheck=False)\n    b = a[300:]\n"
    )
    assert seen(program, 9, "a", "b") == (16, 0)


@pytest.mark.parametrize("answer", [Sharing.NONE, Sharing.DEFINITE])
def test_an_engine_that_lies_is_refuted(answer: Sharing) -> None:
    comparison = compare(traced(VIEWS), Stub(answer))
    told = {(r.line, *r.claim[1:3]) for r in comparison.refutations}
    assert (6, "flat", "x") in told, "one execution refutes either"
    assert ((5, "whole", "x") in told) == (answer is Sharing.NONE)
    assert ((7, "other", "x") in told) == (answer is Sharing.DEFINITE)


@pytest.mark.parametrize("answer", [Sharing.NONE, Sharing.DEFINITE])
def test_an_engine_that_lies_about_writes_is_refuted(answer: Sharing) -> None:
    comparison = compare(traced(WRITES), Stub(Sharing.UNKNOWN, answer))
    told = {(r.line, r.claim[1]) for r in comparison.refutations if r.claim[0] == "write"}
    assert ((7, "x") in told) == (answer is Sharing.NONE)
    assert ((7, "other") in told) == (answer is Sharing.DEFINITE)


def test_a_write_that_the_engine_does_not_see_is_counted() -> None:
    comparison = compare(traced(WRITES), Stub(Sharing.UNKNOWN))
    assert comparison.unseen == {"statement": 3}


MESSAGE = "in-place write to `{}` also changes `{}`, which it is a view of"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (says("TAL101", 7, MESSAGE.format("view", "x"), 10), "shown"),
        (says("TAL101", 7, MESSAGE.format("view", "other"), 10), "false alarm"),
        (says("TAL101", 7, MESSAGE.format("view", "x"), 8), "false alarm"),
        (says("TAL101", 7, MESSAGE.format("view", "x"), 4), "not judged"),
        (says("TAL402", 7, "the result of `f(…)` is thrown away: `other` stays as it was", 10), "shown"),
        (says("TAL402", 7, "the result of `f(…)` is thrown away: `x` stays as it was", 10), "false alarm"),
        (says("TAL501", 7, "this raises", 10), "false alarm"),
        (says("TAL999", 7, "of `x`", 10), "not judged"),
    ],
)
def test_what_a_rule_says_must_show(said: Diagnostic, outcome: str) -> None:
    comparison = compare(traced(WRITES), Stub(Sharing.UNKNOWN, Sharing.UNKNOWN, (said,)))
    assert comparison.verdicts == {(said.code, outcome): 1}
    assert bool(comparison.refutations) == (outcome == "false alarm")


SHALLOW = """import numpy as np


def program(case, x: np.ndarray, y: np.ndarray):
    shared = x[:]
    apart = x.copy()
    x[case + 99]
    never = x[:]
    return never
"""


@pytest.mark.parametrize(("line", "outcome"), [(5, "shown"), (6, "false alarm"), (8, "not judged")])
def test_a_line_that_never_ran_shows_nothing(line: int, outcome: str) -> None:
    said = says("TAL201", line, "`copy.copy` of the tensor `x` shares its memory", 9)
    comparison = compare(traced(SHALLOW), Stub(Sharing.UNKNOWN, Sharing.UNKNOWN, (said,)))
    assert comparison.verdicts == {("TAL201", outcome): 1}


LAYOUTS = """import numpy as np


def program(case, x: np.ndarray, y: np.ndarray):
    packed = np.zeros((4, 6))
    turned = packed.T
    column = packed[:, :1]
    row = packed[:1]
    return x
"""


def test_traces_see_how_tensors_are_laid_out() -> None:
    rows = {row[:2]: (row.contiguous, row.strided) for row in traced(LAYOUTS).trace.laid}
    assert rows[5, "packed"] == (16, 0)
    assert rows[6, "turned"] == rows[7, "column"] == (0, 16)
    assert (8, "row") not in rows, "it would not be contiguous if it were longer"
    assert all(rows[5, "x"]), "some inputs are, others are not"


@pytest.mark.parametrize("answer", [True, False])
def test_an_engine_that_lies_about_layouts_is_refuted(answer: bool) -> None:
    comparison = compare(traced(LAYOUTS), Stub(Sharing.UNKNOWN, laid=answer))
    told = {(r.line, r.claim[1]) for r in comparison.refutations if r.claim[0] == "layout"}
    assert ((5, "packed") in told) is not answer
    assert ((6, "turned") in told) is answer
    assert (5, "x") in told, "one execution refutes either"


@pytest.mark.parametrize("answer", [Sharing.POSSIBLE, Sharing.UNKNOWN])
def test_an_engine_that_abstains_answers_nothing(answer: Sharing) -> None:
    comparison = compare(traced(VIEWS), Stub(answer))
    assert not comparison.refutations
    assert comparison.bindings.uniform > 10
    assert comparison.bindings.rate == 0


def test_programs_that_alias_their_parameters_count_apart() -> None:
    comparison = compare(traced(VIEWS, aliased=True), Stub(Sharing.NONE))
    assert not comparison.refutations
    assert comparison.refuted_when_aliased["sharing"] > 0
    assert not comparison.bindings.uniform


def test_an_engine_that_raises_is_a_failure() -> None:
    def broken(text: str) -> Stub:
        raise RecursionError(text[:6])

    comparison = Comparison()
    comparison.add(traced(VIEWS), broken)
    assert comparison.failed == ["program 0: RecursionError: import"]


def test_shrinking_leaves_what_the_mistake_needs() -> None:
    @dataclass(frozen=True)
    class Forgetful(Stub):
        """Thinks that a reshaped array never shares."""

        flat: bool = False

        def sharing(self, function: str, line: int, first: str, second: str) -> Sharing:
            return Sharing.NONE if self.flat and {first, second} == {"flat", "x"} else Sharing.UNKNOWN

    def analyse(text: str) -> Forgetful:
        return Forgetful(Sharing.UNKNOWN, flat="flat = x.reshape(-1)" in text)

    comparison = Comparison()
    comparison.add(traced(VIEWS), analyse)
    refutation, source = shrink(comparison.refutations[0], traced(VIEWS), analyse)
    assert source.splitlines() == [
        "import numpy as np",
        "",
        "def program(case, x: np.ndarray, y: np.ndarray):",
        "    flat = x.reshape(-1)",
    ]
    assert refutation.line == 4


def test_programs_depend_on_the_seed_alone() -> None:
    for library in LIBRARIES:
        first, second = generate(library, 7, 3), generate(library, 7, 3)
        assert first == second
        assert first.source != generate(library, 8, 3).source


def test_programs_cover_branches_loops_and_containers() -> None:
    for library in LIBRARIES:
        sources = [generate(library, 0, index).source for index in range(300)]
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


def test_an_interrupted_comparison_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.oracle", "--library", "numpy", "--programs", "100000"]
    process = subprocess.Popen(
        [*command, "--folder", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not (counts := list(tmp_path.glob("*.counts"))) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
    assert b" 0 answers refuted" in process.communicate(timeout=60)[0]
    assert process.returncode == 1, "not all programs were compared"
    assert counts
    before = compared("numpy", 0, 0, Linter, tmp_path, show=False)
    after = compared("numpy", 0, before.programs + 2, Linter, tmp_path, show=False)
    assert before.programs > 0
    assert after.programs == before.programs + 2
    assert after.bindings.uniform > before.bindings.uniform


def test_a_program_without_end_costs_only_itself() -> None:
    found = list(programs.run("numpy", 0, [0, 1], limit=-programs.PATIENCE))
    assert [traced.index for traced in found] == [0, 1]
    assert all(traced.failed.startswith("no answer") for traced in found)


def test_a_fact_is_uniform_when_executions_agree() -> None:
    assert Fact(1, "a", "b", 8, 0, 8).uniform
    assert not Fact(1, "a", "b", 7, 1, 8).uniform


CONTRADICTION = """import numpy as np


def program(case, x: np.ndarray, y: np.ndarray):
    if case % 2:
        if not case % 2:
            x += 1
    for part in y:
        x = x.copy()
    x += 1
    return x
"""


def test_decisions_that_depend_on_one_another_are_drawn_anew() -> None:
    given = traced(CONTRADICTION)
    program = given.program
    drawn = trace("numpy", "0", program.source, program.parameters, False, Random(0))
    assert not any(row.line in (7, 10) and row.name == "x@" and row.changed for row in given.trace.written)
    assert {row.line for row in drawn.written if row.name == "x@" and row.changed} == {7, 10}
