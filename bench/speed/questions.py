"""The questions, each answered by running whole processes."""

from __future__ import annotations

import compileall
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.environments import NotInstalled
from bench.speed import answers
from bench.speed.answers import Answers, Question, Row
from bench.speed.generated import text
from bench.speed.linters import (
    BARE,
    BUGBEAR,
    PYLINT,
    ROOT,
    RUFF,
    TENSORLINT,
    TORCHFIX,
    Linter,
    linter,
)
from bench.speed.measuring import Failed, Sample, Spread, measure
from bench.speed.subjects import Subject, small

Say = Callable[[str], None]
LENGTHS = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000)
_PARSE = "import ast, sys\nfor file in sys.argv[1:]: ast.parse(open(file, 'rb').read())"


def compare(found: Answers, subjects: list[Subject], rounds: int, without: set[str], say: Say) -> None:
    """Several linters on the same sources, one after the other in every round; ratios are of one round."""
    linters: dict[str, Linter] = {}
    missing: dict[str, str] = {}
    for name in (BARE, TENSORLINT, BUGBEAR, RUFF):
        _find(name, without, linters, missing)
    for subject in subjects:
        runs: list[dict[str, Sample]] = []
        for number in range(rounds):
            say(f"{subject.name}: round {number + 1} of {rounds}")
            runs.append({name: each.run(subject.files) for name, each in linters.items()})
        found.seconds[subject.name] = {name: Spread.of(run[name].cpu for run in runs) for name in linters}
        over_bare = answers.TENSORS if subject.has_tensors else answers.CONTROL
        questions = {BARE: over_bare, BUGBEAR: answers.BUGBEAR, RUFF: answers.RUFF}
        for name, question in questions.items():
            ratios = [run[TENSORLINT].cpu / run[name].cpu for run in runs if name in run]
            found.rows.append(_row(question, subject.name, ratios, missing.get(name, "")))
        peaks = [run[TENSORLINT].peak / run[BARE].peak for run in runs]
        found.rows.append(_row(answers.MEMORY, subject.name, peaks))


def slow(found: Answers, without: set[str], say: Say) -> None:
    """Linters that take so long that they run once, on a small part."""
    subject = small()
    own = linter(TENSORLINT).run(subject.files)
    found.seconds[subject.name] = {TENSORLINT: Spread.of([own.cpu])}
    for name, question in ((TORCHFIX, answers.TORCHFIX), (PYLINT, answers.PYLINT)):
        say(f"{subject.name}: {name}")
        linters: dict[str, Linter] = {}
        missing: dict[str, str] = {}
        _find(name, without, linters, missing)
        ratios = []
        if name in linters:
            other = linters[name].run(subject.files)
            found.seconds[subject.name][name] = Spread.of([other.cpu])
            ratios = [own.cpu / other.cpu]
        found.rows.append(_row(question, subject.name, ratios, missing.get(name, "")))


def growth(found: Answers, rounds: int, say: Say) -> None:
    """What a line costs in files of several lengths: flake8 with the linter, less flake8 without it on the
    same file, less the same of a file that holds one function.
    """
    bare, own = linter(BARE), linter(TENSORLINT)
    costs: dict[int, list[float]] = {lines: [] for lines in LENGTHS}
    with tempfile.TemporaryDirectory() as folder:
        files = {lines: Path(folder, f"lines_{lines}.py") for lines in (100, *LENGTHS)}
        for lines, file in files.items():
            file.write_text(text(lines))
        for number in range(rounds):
            say(f"growth: round {number + 1} of {rounds}")
            start = own.run([str(files[100])]).cpu - bare.run([str(files[100])]).cpu
            for lines in LENGTHS:
                each = [str(files[lines])]
                costs[lines].append((own.run(each).cpu - bare.run(each).cpu - start) / lines * 1e6)
    found.growth = {lines: Spread.of(values) for lines, values in costs.items()}
    ratios = [last / first for first, last in zip(costs[LENGTHS[0]], costs[LENGTHS[-1]], strict=True)]
    found.rows.append(_row(answers.GROWTH, f"{LENGTHS[0]:,} to {LENGTHS[-1]:,} lines", ratios))


def command_line(found: Answers, subjects: list[Subject], rounds: int, say: Say) -> None:
    """`tensorlint check`: two processes against one, and a tree that did not change against parsing it."""
    files = [file for subject in subjects if subject.has_tensors for file in subject.files]
    walls: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        say("command line: one process")
        one = _check(files, "--no-cache", "--jobs=1")
        say("command line: two processes")
        two = _check(files, f"--cache-dir={folder}", "--jobs=2")
        walls.append(two.wall / one.wall)
        found.rows.append(_row(answers.PROCESSES, "all tensor code", walls))
        found.seconds["all tensor code"] = {
            "one process": Spread.of([one.wall]),
            "two processes": Spread.of([two.wall]),
        }
        say("command line: warm cache")
        ratios = []
        for _ in range(rounds):
            warm = _check(files, f"--cache-dir={folder}", "--jobs=1").cpu
            ratios.append(warm / measure((sys.executable, "-c", _PARSE, *files)).cpu)
    found.rows.append(_row(answers.WARM, "all tensor code", ratios))


def _check(files: list[str], *options: str) -> Sample:
    command = (sys.executable, "-m", "tensorlint", "check", "--isolated", *options, *files)
    return measure(command, {"PYTHONPATH": str(ROOT)})


def _find(name: str, without: set[str], found: dict[str, Linter], missing: dict[str, str]) -> None:
    if name in without:
        missing[name] = "left out"
        return
    try:
        found[name] = linter(name)
    except NotInstalled as error:
        missing[name] = f"not installed: {error}"


def _row(question: Question, subject: str, ratios: list[float], why: str = "") -> Row:
    return Row(question.name, subject, Spread.of(ratios) if ratios else None, why)


def ask(
    found: Answers, subjects: list[Subject], rounds: int, without: set[str], say: Say
) -> Iterator[tuple[str, Failed]]:
    """All questions; what could not be answered is told, and the others are asked all the same."""
    # As after an installation: whatever else the environment says, the first run compiles nothing.
    compileall.compile_dir(ROOT / "tensorlint", quiet=1)
    parts: dict[str, Callable[[], None]] = {
        "pairs": lambda: compare(found, subjects, rounds, without, say),
        "slow linters": lambda: slow(found, without, say),
        "growth": lambda: growth(found, rounds, say),
        "command line": lambda: command_line(found, subjects, rounds, say),
    }
    for name, part in parts.items():
        try:
            part()
        except Failed as error:
            yield name, error
