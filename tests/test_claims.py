"""Every statement about tensor copies has fixtures that decide it, and a verdict that a run can change."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runtime_check import claims_table, layout_cost
from runtime_check.__main__ import main
from runtime_check.claims import (
    FALSE,
    HALF,
    TRUE,
    UNDECIDED,
    UNMEASURED,
    VERDICTS,
    Decision,
    Part,
    Saying,
    decide,
    load,
    recorded,
)
from runtime_check.layout_cost import Cost
from runtime_check.results import (
    ERROR,
    HELD,
    NOT_APPLICABLE,
    PROVED,
    REFUTED,
    SKIPPED,
    ClaimResult,
    FixtureResult,
)
from tensorlint.testing import Fixture, default_root, load_fixture, load_fixtures

SAYINGS = load()
FIXTURES = {fixture.name: fixture for fixture in load_fixtures()}

# Two functions with a claim each: lines 4 to 6 and 9 to 11.
TEXT = """\
import numpy as np

# nothing
def case_first():
    x = np.zeros(2)
    x += 1  # changes: x


def case_second():
    x = np.zeros(2)
    x = x + 1  # keeps: x
"""
BOTH = Saying(
    1, "topic", "said", HALF, "", (Part("folklore/x", "case_first"),), (Part("folklore/x", "case_second"),)
)


@pytest.fixture
def written(tmp_path: Path) -> Fixture:
    path = tmp_path / "folklore" / "x.py"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    return load_fixture(path)


def result(first: str = HELD, second: str = HELD, status: str = PROVED, **more: object) -> FixtureResult:
    claims = (
        ClaimResult(6, "changes: x", first, "`x` changed"),
        ClaimResult(11, "keeps: x", second, "`x` kept"),
    )
    return replace(FixtureResult("folklore/x", "numpy", "cpu", status, claims=claims), **more)  # type: ignore[arg-type]


# The rows


def test_every_number_has_one_row() -> None:
    assert len(SAYINGS) >= 22
    assert [saying.number for saying in SAYINGS] == list(range(1, len(SAYINGS) + 1))


def test_the_recorded_verdicts() -> None:
    by_verdict = {
        verdict: {saying.number for saying in SAYINGS[:22] if saying.verdict == verdict}
        for verdict in VERDICTS
    }
    assert by_verdict[FALSE] == {3, 11, 14, 17, 19}
    assert by_verdict[HALF] == {7, 13, 20}
    assert by_verdict[UNMEASURED] == {22} == {saying.number for saying in SAYINGS if saying.measured}
    assert sum(map(len, by_verdict.values())) == 22


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: str(saying.number))
def test_its_fixtures_exist_and_claim_something(saying: Saying) -> None:
    sides = {TRUE: (True, False), FALSE: (False, True), HALF: (True, True)}
    if saying.verdict in sides:
        assert (bool(saying.supports), bool(saying.opposes)) == sides[saying.verdict]
    for part in saying.parts:
        fixture = FIXTURES[part.fixture]
        held = tuple(ClaimResult(claim.line, str(claim), HELD, "") for claim in fixture.claims)
        device = "cpu" if fixture.runs_on("cpu") else "cuda"
        assert device == "cpu" or saying.verdict == UNMEASURED, f"{part}: no machine has decided"
        ran = FixtureResult(fixture.name, fixture.library, device, PROVED, claims=held)
        alone = replace(saying, supports=(part,), opposes=())
        assert decide(alone, [fixture], [ran]).verdict == TRUE, f"{part} claims nothing"


def test_a_row_that_names_no_fixture_is_refused() -> None:
    lost = replace(BOTH, supports=(Part("folklore/x", "case_third"),))
    with pytest.raises(LookupError, match="case_third"):
        decide(lost, list(FIXTURES.values()), [])


# How a run decides


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [(HELD, HELD, HALF), (HELD, REFUTED, TRUE), (REFUTED, HELD, FALSE), (REFUTED, REFUTED, HALF)],
)
def test_a_refuted_claim_counts_for_the_other_side(
    written: Fixture, first: str, second: str, verdict: str
) -> None:
    decision = decide(BOTH, [written], [result(first, second)])
    assert decision.verdict == verdict
    assert decision.differs is (verdict != HALF)
    assert sum("REFUTED" in reason for reason in claims_table.reasons(decision)) == [first, second].count(
        REFUTED
    )


def test_what_ran_without_an_answer_is_undecided(written: Fixture) -> None:
    crashed = result(problems=("case_second raised ValueError at line 10: no",))
    never = result(second=REFUTED)
    never = replace(never, claims=(never.claims[0], replace(never.claims[1], seen="never executed")))
    for ran in (crashed, never, result(status=ERROR, problems=("took longer than 60 s",))):
        decision = decide(BOTH, [written], [ran])
        assert decision.verdict == UNDECIDED and decision.differs
    assert decide(BOTH, [written], []).verdict == UNDECIDED
    assert decide(BOTH, [written], [result(second=NOT_APPLICABLE)]).verdict == UNDECIDED


def test_another_problem_of_the_fixture_does_not_count(written: Fixture) -> None:
    assert decide(BOTH, [written], [result(problems=("case_third raised ValueError",))]).verdict == HALF


def test_each_backend_is_asked(written: Fixture) -> None:
    only = replace(BOTH, verdict=TRUE, opposes=())
    runs = [result(backend="jax"), result(REFUTED, backend="torch")]
    decision = decide(only, [written], runs)
    assert decision.verdict == HALF and decision.differs
    assert [answer.where for answer in decision.answers] == ["jax", "torch"]


def test_a_missing_library_skips_and_does_not_fail(written: Fixture) -> None:
    missing = result(status=SKIPPED, lacks="tensorflow", problems=("tensorflow is not installed",))
    decision = decide(BOTH, [written], [missing])
    assert (decision.verdict, decision.lacks, decision.differs) == (SKIPPED, ("tensorflow",), False)
    assert claims_table.verdict(decision) == "skipped (without tensorflow)"


def test_half_of_a_statement_decides_only_what_it_can(tmp_path: Path, written: Fixture) -> None:
    other = tmp_path / "folklore" / "y.py"
    other.write_text(TEXT, encoding="utf-8")
    lacking = FixtureResult("folklore/y", "numpy", "cpu", SKIPPED, lacks="keras")
    fixtures = [written, load_fixture(other)]
    there, absent = Part("folklore/x", "case_first"), Part("folklore/y", "case_first")
    half = replace(BOTH, supports=(there,), opposes=(absent,))
    assert decide(half, fixtures, [result(), lacking]).verdict == SKIPPED
    true = replace(BOTH, verdict=TRUE, supports=(there, absent), opposes=())
    assert decide(true, fixtures, [result(), lacking]).verdict == TRUE
    assert decide(true, fixtures, [result(REFUTED), lacking]).differs


# What needs a GPU


def test_time_on_a_gpu_is_measured_or_not_decided() -> None:
    saying = SAYINGS[21]
    assert decide(saying, [], []).verdict == UNMEASURED and not decide(saying, [], []).differs
    for ratios, verdict in (([3.0, 2.0], TRUE), ([3.0, 1.0], HALF), ([1.0, 0.9], FALSE)):
        cost = Cost("a device", "2", dict(zip("ab", ratios, strict=True)))
        decision = decide(saying, [], [], cost)
        assert decision.verdict == verdict and not decision.differs
        assert "a: " in claims_table.reasons(decision)[0]


def test_what_only_a_gpu_decides_waits_for_one(tmp_path: Path) -> None:
    path = tmp_path / "folklore" / "x.py"
    path.parent.mkdir()
    path.write_text(f"# devices: cuda\n{TEXT.partition(chr(10))[2]}import numpy\n", encoding="utf-8")
    there = load_fixture(path)
    waiting = replace(BOTH, verdict=UNMEASURED)
    lacking = FixtureResult("folklore/x", "cupy", "cuda", SKIPPED, lacks="cupy")
    for results in ([], [lacking]):
        for saying in (waiting, BOTH):  # and where another machine has decided
            decision = decide(saying, [there], results)
            assert (decision.verdict, decision.differs) == (UNMEASURED, False)
        assert claims_table.summary([decision]) == "1 statements: 1 not measured"
    decision = decide(waiting, [there], [result(device="cuda")])
    assert (decision.verdict, decision.differs) == (HALF, False)
    assert claims_table.verdict(decision) == "half (measured)"
    refuted = decide(BOTH, [there], [result(REFUTED, device="cuda")])
    assert (refuted.verdict, refuted.differs) == (FALSE, True)


def test_nothing_is_measured_without_a_device(tmp_path: Path) -> None:
    assert layout_cost.read(tmp_path) is None
    cost = Cost("a device", "2", {"a": 1.5})
    assert layout_cost.write(cost, tmp_path).name == layout_cost.FILE
    assert layout_cost.read(tmp_path) == cost
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="no CUDA device"):
            layout_cost.measure()


# The evidence files


def test_evidence_that_is_older_than_its_fixture_decides_nothing(tmp_path: Path, written: Fixture) -> None:
    place = {"library": "numpy", "version": "2", "device": "cpu", "device_name": "x", "python": "3"}
    entry = {"hash": written.hash, "status": PROVED, "place": place, "expectations": [], "problems": []}
    entry["claims"] = [{"line": 6, "claim": "changes: x", "status": HELD, "seen": "`x` changed"}]
    older = {**entry, "hash": "0"}
    (tmp_path / "numpy-cpu.json").write_text(json.dumps({"folklore/x": entry}), encoding="utf-8")
    (tmp_path / "torch-cpu.json").write_text(json.dumps({"folklore/x": older}), encoding="utf-8")
    layout_cost.write(Cost("a device", "2", {"a": 1.5}), tmp_path)
    found = list(recorded([written], tmp_path))
    assert [(one.name, where.library) for one, where in found] == [("folklore/x", "numpy")]
    only = replace(BOTH, verdict=TRUE, opposes=())
    assert decide(only, [written], [one for one, _ in found]).verdict == TRUE


# The command


def test_the_command_decides_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "1", "2"]) == 0
    shown = capsys.readouterr().out
    assert " 1  true: a basic slice" in shown and "`image` changed" in shown
    assert "numpy " in shown and "2 statements: 2 as recorded" in shown


def test_another_verdict_ends_in_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for group in ("folklore", "alias", "TAL201"):
        shutil.copytree(default_root() / group, tmp_path / group)
    path = tmp_path / "folklore" / "numpy_image_segments.py"
    path.write_text(path.read_text(encoding="utf-8").replace("np.copy(image[1:3, 1:3])", "image[1:3, 1:3]"))
    assert main(["claims", "1", "2", "--fixtures", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert " 2  false (recorded: true)" in shown and "REFUTED" in shown
    assert "DIFFERS: 2 is false, and recorded as true" in shown and "1 otherwise" in shown


def test_a_wrong_question_ends_in_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["99"], ["1", "--fixtures", str(tmp_path)]):
        with pytest.raises(SystemExit) as ended:
            main(["claims", *arguments])
        assert ended.value.code == 2
    assert "no statement has this number" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table(written: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    decisions: list[Decision] = [decide(BOTH, [written], [result()])]
    drawn = Terminal()
    claims_table.show(decisions, drawn)
    assert "decided by" in drawn.getvalue() and "half" in drawn.getvalue()
    monkeypatch.setitem(sys.modules, "rich.console", None)
    bare = Terminal()
    claims_table.show(decisions, bare)
    assert bare.getvalue().startswith(" 1  half: said\n")
