"""The tools that try to break the linter, on a small scale, and that they notice what they are made for."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.fuzz import __main__ as fuzz
from bench.fuzz.mutations import MUTATIONS, mutated
from bench.fuzz.trial import attempt
from bench.mutants.mutations import mutants, watched
from bench.mutants.mutations import mutated as with_mistake
from tests.conftest import CROP, ROOT

TEXTS = [path.read_text("utf-8") for path in sorted((ROOT / "fixtures").glob("TAL*/*.py"))[::9]]


@settings(max_examples=60, deadline=None)
@given(text=st.sampled_from(TEXTS), seed=st.integers(0, 2**32))
def test_broken_copies_of_fixtures_break_nothing(
    text: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("broken") / "copy.py"
    data, done = mutated(text, Random(seed))
    path.write_bytes(data)
    assert attempt(path).wrong == [], done


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_seed_stands_for_one_mutation(name: str) -> None:
    texts = {seed: MUTATIONS[name](CROP, Random(seed)) for seed in range(8)}
    assert texts == {seed: MUTATIONS[name](CROP, Random(seed)) for seed in range(8)}
    assert any(text != CROP for text in texts.values())
    assert all(MUTATIONS[name]("", Random(seed)) is not None for seed in range(8))


def test_many_mutations_leave_python_behind() -> None:
    parsed = 0
    for seed in range(200):
        try:
            ast.parse(mutated(CROP, Random(seed))[0])
        except (SyntaxError, ValueError):
            continue
        parsed += 1
    assert parsed > 60


def test_what_goes_wrong_is_kept_and_forgotten_once_it_goes_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "real" / "crop.py"
    source.parent.mkdir()
    source.write_text(CROP)
    folder = tmp_path / "kept"
    arguments = ["--real", "1", "--mutated", "3", "--folder", str(folder)]
    monkeypatch.setattr(fuzz, "_real_files", lambda folders: [source])
    with monkeypatch.context() as broken:
        broken.setattr("tensorlint.fixes.applied", lambda text, repairs: text.replace("np", "pn"))
        broken.setattr("bench.fuzz.trial.applied", lambda text, repairs: text.replace("np", "pn"))
        assert fuzz.main(arguments) == 1
    assert "changes more than its edits" in capsys.readouterr().out
    assert fuzz.main(arguments) == 0
    assert "0 files go wrong" in capsys.readouterr().out
    assert [path.name for path in folder.iterdir()] == ["0.json"]


def test_a_trial_that_ended_its_process_is_told(tmp_path: Path) -> None:
    progress = fuzz.Progress(running="gone.py")
    progress.write(tmp_path / "0.json")
    assert fuzz.Progress.read(tmp_path / "0.json").running == "gone.py"


MISTAKEN = """
LIMIT = 3

def f(x, y):
    '''Says what it does.'''
    if x > 1 and not y:
        x += 2
        return x + 1
    return None
"""


def test_the_mistakes_of_a_function(tmp_path: Path) -> None:
    path = tmp_path / "f.py"
    path.write_text(MISTAKEN)
    found = mutants(path)
    assert [(mutant.line, mutant.change) for mutant in found] == [
        (6, "`if x > 1 and (not y)` -> `if True`"),
        (6, "`if x > 1 and (not y)` -> `if False`"),
        (6, "And -> Or in `x > 1 and (not y)`"),
        (6, "Gt -> GtE in `x > 1`"),
        (6, "1 -> 2"),
        (6, "`not` left out of `not y`"),
        (7, "`x += 2` left out"),
        (7, "2 -> 3"),
        (8, "`return x + 1` -> `return None`"),
        (8, "Add -> Sub in `x + 1`"),
        (8, "1 -> 2"),
    ]
    texts = {ast.unparse(with_mistake(mutant)) for mutant in found}
    assert len(texts) == len(found)
    assert ast.unparse(ast.parse(MISTAKEN)) not in texts


def test_what_is_falsy_anyway_is_not_made_none(tmp_path: Path) -> None:
    path = tmp_path / "f.py"
    path.write_text("def f(x):\n    if x:\n        return False\n    return ''\n")
    assert [mutant.change for mutant in mutants(path) if "-> `return None`" in mutant.change] == []


def test_the_name_of_a_mistake_stays_when_other_functions_change(tmp_path: Path) -> None:
    path = tmp_path / "f.py"
    path.write_text(MISTAKEN)
    names = [mutant.name for mutant in mutants(path)]
    path.write_text(f"\ndef g(x):\n    return x + 1\n{MISTAKEN}")
    assert [mutant.name for mutant in mutants(path) if mutant.function == "f"] == names
    assert len(set(names)) == len(names)


def test_what_runs_a_mistake_is_seen_at_its_statement(tmp_path: Path) -> None:
    path = tmp_path / "f.py"
    path.write_text(MISTAKEN)
    reached: set[str] = set()
    space: dict[str, Any] = {"seen": reached.add}
    found = mutants(path)
    exec(compile(watched(path, {each.index: each.name for each in found}, "seen"), "f", "exec"), space)
    assert (space["f"](1, 0), {each.line for each in found if each.name in reached}) == (None, {6})
    assert (space["f"](2, 0), {each.line for each in found if each.name in reached}) == (5, {6, 7, 8})
