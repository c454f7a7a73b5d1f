"""The rules about autograd against a share of the programs, and their oracle against linters that lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime_check.backward import Ending, Ran
from runtime_check.generate.backward import Graph, Hidden, generate
from runtime_check.programs import BACKWARD
from tensorlint.alias.lattice import Sharing
from tensorlint.finding import Diagnostic
from tests.oracle.backward import Backwards, judged
from tests.oracle.engine import Linter
from tests.oracle.progress import compared_backward

COUNT = 400
RECALL = {"leaf": 0.9, "modified": 0.7, "part": 0.9}  # of the programs that raise
GRAPH = Graph("seed", "", {7: "write", 8: "write", 9: "backward"}, {7: Hidden("y.mul_(2)", "y", True)})


@dataclass(frozen=True)
class Stub:
    """A linter that says one thing."""

    said: tuple[Diagnostic, ...] = ()

    def sharing(self, function: str, line: int, first: str, second: str) -> Sharing:
        return Sharing.UNKNOWN

    def written(self, function: str, line: int, expression: str) -> Sharing | None:
        return None

    def contiguous(self, function: str, line: int, expression: str) -> bool | None:
        return None

    def diagnostics(self) -> Sequence[Diagnostic]:
        return self.said


def ran(kind: str, line: int, reached: Sequence[int] = (7, 8, 9), did: str = "") -> Ran:
    """A program that ended so in its one execution."""
    return Ran(0, GRAPH, (Ending(kind, line, "", frozenset(reached)),), {7: did} if did else {})


def says(code: str, line: int, message: str = "in-place write to `y`") -> Diagnostic:
    return Diagnostic(code, "", message, line, 0, line, 1, ())


def test_no_backward_pass_refutes_the_linter(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared_backward(0, COUNT, Linter, tmp_path, show=False)
    with capsys.disabled():
        print("\n" + found.summary())
    assert found.programs == COUNT
    assert not found.failed, found.report()
    assert not found.refutations, found.report()
    assert COUNT // 3 < found.silent < COUNT * 3 // 4, "either ending must be frequent"
    for kind, least in RECALL.items():
        told, missed = found.raising[kind, True], found.raising[kind, False]
        record_property(f"{BACKWARD}, {kind}", f"{told} of {told + missed}")
        assert told + missed > COUNT // 20, f"too few programs raise: {kind}"
        assert told >= least * (told + missed), found.report()
    assert found.said["TAL603", "confirmed"] > 0


@pytest.mark.parametrize(
    ("said", "program", "outcome"),
    [
        (says("TAL602", 7), ran("modified", 9), "confirmed"),
        (says("TAL602", 7), ran("", 0), "refuted"),
        (says("TAL602", 7), ran("", 0, reached=(8, 9)), "undecided"),
        (says("TAL602", 7), ran("leaf", 8, reached=(7, 8)), "undecided"),
        (says("TAL602", 7), ran("no gradient", 9), "undecided"),
        (says("TAL602", 7, "in-place write to `y`, one of the parts of a"), ran("part", 7), "confirmed"),
        (says("TAL602", 7, "in-place write to `y`, one of the parts of a"), ran("modified", 9), "refuted"),
        (says("TAL601", 7), ran("leaf", 7, reached=(7,)), "confirmed"),
        (says("TAL601", 7), ran("part", 7, reached=(7,)), "confirmed"),
        (says("TAL601", 7), ran("leaf", 8), "refuted"),
        (says("TAL601", 7), ran("", 0, reached=(8,)), "undecided"),
        (says("TAL603", 7), ran("", 0, did="saved"), "confirmed"),
        (says("TAL603", 7), ran("", 0, did="bypassed"), "confirmed"),
        (says("TAL603", 7), ran("", 0, did="nothing"), "refuted"),
        (says("TAL603", 8), ran("", 0, did="nothing"), "undecided"),
    ],
)
def test_what_is_said_of_a_backward_pass_must_show(said: Diagnostic, program: Ran, outcome: str) -> None:
    assert judged(program, said) == outcome
    counted = Backwards()
    counted.add(program, lambda _: Stub((said,)))
    assert counted.said == {(said.code, outcome): 1}
    assert bool(counted.refutations) == (outcome == "refuted")


def test_a_program_that_raises_where_nothing_is_said_is_a_miss() -> None:
    counted = Backwards()
    counted.add(ran("modified", 9), lambda _: Stub())
    counted.add(ran("modified", 9), lambda _: Stub((says("TAL602", 7),)))
    counted.add(ran("leaf", 8), lambda _: Stub((says("TAL602", 7),)))
    counted.add(ran("", 0, did="saved"), lambda _: Stub())
    assert counted.raising == {("modified", False): 1, ("modified", True): 1, ("leaf", False): 1}
    assert counted.wrong == {("saved", False): 1}
    assert sum(counted.missed.values()) == 3
    assert not counted.refutations


def test_graphs_depend_on_the_seed_alone() -> None:
    assert generate(7, 3) == generate(7, 3)
    assert generate(7, 3).source != generate(8, 3).source


def test_graphs_cover_leaves_modules_parts_and_hidden_writes() -> None:
    graphs = [generate(0, index) for index in range(300)]
    for word in (
        "requires_grad",
        "nn.Module",
        ".chunk(2)",
        "no_grad",
        "inplace=True",
        "autograd.grad",
        "for ",
    ):
        assert sum(word in graph.source for graph in graphs) >= 5, word
    assert sum(bool(graph.hidden) for graph in graphs) >= 30
