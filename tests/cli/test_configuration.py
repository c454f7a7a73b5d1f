"""What decides which rules run: options, `[tool.tensorlint]` and profiles; and what is told of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tensorlint, write
from tests.conftest import CROP, Flake8

# One finding each of TAL101, TAL301 and TAL402.
THREE = CROP + "\n\nrows = [np.zeros(3)] * 4\nrows[0] += 1\nnp.sort(rows[1])\n"
ALL = ["TAL101", "TAL301", "TAL402"]
STRICT = ["TAL101", "TAL901", "TAL301", "TAL402"]  # with the rule that is off by default


@pytest.fixture
def codes(tensorlint: Tensorlint, tmp_path: Path):
    """Run `check` on the file with three findings; the codes that are reported."""
    write(tmp_path, "three.py", THREE)

    def run(*arguments: str) -> list[str]:
        done = tensorlint("check", "--output-format", "concise", *arguments)
        assert done.status in (0, 1), done.errors
        return [line.split()[1] for line in done.output.splitlines()]

    return run


def configure(folder: Path, text: str) -> None:
    write(folder, "pyproject.toml", f"[tool.tensorlint]\n{text}\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ALL),
        (["--select", "TAL"], ALL),
        (["--select", "TAL1"], ["TAL101"]),
        (["--select", "TAL1,TAL301"], ["TAL101", "TAL301"]),
        (["--select", "TAL1", "--select", "TAL301"], ["TAL101", "TAL301"]),
        (["--ignore", "TAL1,TAL3"], ["TAL402"]),
        (["--select", "TAL4,TAL3", "--ignore", "TAL402"], ["TAL301"]),
        (["--select", "TAL402", "--ignore", "TAL4"], ["TAL402"]),
        (["--select", "TAL1", "--ignore", "TAL1"], []),
        (["--disable", "TAL101"], ["TAL301", "TAL402"]),
        (["--disable", "TAL1", "--select", "TAL101"], []),
        (["--enable", "TAL101", "--disable", "TAL1"], ["TAL301", "TAL402"]),
    ],
)
def test_options(codes, flake8: Flake8, arguments: list[str], expected: list[str]) -> None:
    assert codes(*arguments) == expected
    own = {"--enable": "--tensorlint-enable", "--disable": "--tensorlint-disable"}
    theirs = [own.get(argument, argument) for argument in arguments]
    if theirs.count("--select") > 1:  # flake8 knows the last one only
        theirs = ["--select", ",".join(theirs[1::2])]
    run = flake8(*theirs, "three.py", select="")
    assert [report.code for report in run.reports if report.code.startswith("TAL")] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('select = ["TAL1"]', ["TAL101"]),
        ('ignore = ["TAL1", "TAL4"]', ["TAL301"]),
        ('disable = ["TAL3"]', ["TAL101", "TAL402"]),
        ('per-file-ignores = { "three.py" = ["TAL1"], "two.py" = ["TAL4"] }', ["TAL301", "TAL402"]),
        ('per-file-ignores = { "*.py" = ["TAL"] }', []),
        ('exclude = ["three.py"]', []),
        ('profile = "strict"', STRICT),
        ("", ALL),
    ],
)
def test_the_table_of_a_project(codes, tmp_path: Path, text: str, expected: list[str]) -> None:
    configure(tmp_path, text)
    assert codes() == expected
    assert codes("--isolated") == ALL


def test_the_command_line_counts_for_more(codes, tmp_path: Path) -> None:
    configure(tmp_path, 'select = ["TAL1"]\ndisable = ["TAL4"]')
    assert codes("--select", "TAL") == ["TAL101", "TAL301"]
    assert codes("--disable", "TAL3") == ["TAL101"]


def test_the_nearest_table_counts(codes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tmp_path, 'select = ["TAL1"]')
    folder = write(tmp_path, "inner/three.py", THREE).parent
    monkeypatch.chdir(folder)
    assert codes() == ["TAL101"]
    configure(folder, 'select = ["TAL3"]')
    assert codes() == ["TAL301"]
    assert codes("--config", "../pyproject.toml") == ["TAL101"]


def test_patterns_are_read_from_the_folder_of_the_table(
    codes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tmp_path, 'exclude = ["/inner/old.py"]\nper-file-ignores = { "inner/three.py" = ["TAL1"] }')
    folder = write(tmp_path, "inner/three.py", THREE).parent
    write(folder, "old.py", THREE)
    monkeypatch.chdir(folder)
    assert codes() == ["TAL301", "TAL402"]


def test_the_output_format_of_a_project(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    configure(tmp_path, 'output-format = "concise"')
    assert tensorlint("check").places == ["crop.py:7:5: TAL101"]


def test_knowledge(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP.replace("import numpy as np", "import mylib as np"))
    line = '"mylib.arange" = "(n) -> new as numpy.ndarray"\n'
    said = ("check", "--output-format", "concise")
    assert tensorlint(*said).places == []
    write(tmp_path, "lines.toml", line)
    assert tensorlint(*said, "--knowledge", "lines.toml").places == ["crop.py:7:5: TAL101"]
    configure(tmp_path, f"[tool.tensorlint.knowledge]\n{line}")
    assert tensorlint(*said).places == ["crop.py:7:5: TAL101"]
    assert tensorlint(*said, "--isolated").places == []
    write(tmp_path, "lines.toml", line.replace("->", ">"))
    run = tensorlint(*said, "--knowledge", "lines.toml")
    assert run.status == 2
    assert "lines.toml:1: mylib.arange: " in run.errors


WRITES = """\
import numpy as np
import solver


{decorator}
def {name}({parameter}: np.ndarray, strength=1.0):
    {parameter} *= strength
    return {parameter}.sum()
"""
TRAINS = """\
import torch


def fit(batches):
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    champion, lowest = model, float("inf")
    for batch in batches:
        loss = model(batch).mean()
        loss.backward()
        optimizer.step()
        if loss.item() < lowest:
            lowest = loss.item()
            champion = model
    return champion(batches[0])
"""


@pytest.mark.parametrize(
    ("key", "word", "code", "before", "after"),
    [
        ("functions", "absorb", {"name": "absorb_border"}, ["TAL103"], []),
        ("functions", "border", {"name": "absorb_borders"}, ["TAL103"], ["TAL103"]),  # another word
        ("parameters", "field", {"parameter": "field"}, ["TAL103"], []),
        ("flags", "strength", {}, ["TAL103"], []),
        ("decorators", "stepper", {"decorator": "@solver.stepper"}, ["TAL103"], []),
        ("kept", "champion", None, [], ["TAL105"]),
    ],
)
def test_the_words_of_a_project(
    tensorlint: Tensorlint,
    flake8: Flake8,
    tmp_path: Path,
    key: str,
    word: str,
    code: dict[str, str] | None,
    before: list[str],
    after: list[str],
) -> None:
    names = {"name": "scaled", "parameter": "image", "decorator": "", **(code or {})}
    write(tmp_path, "own.py", TRAINS if code is None else WRITES.format(**names))
    for expected in (before, after):
        told = [
            line.split()[1] for line in tensorlint("check", "--output-format", "concise").output.splitlines()
        ]
        assert told == expected
        assert [report.code for report in flake8("own.py").reports] == expected
        configure(tmp_path, f'contracts = {{ {key} = ["{word}"] }}')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("contracts = 3", "tool.tensorlint.contracts: expected a table such as"),
        (
            "contracts = { verbs = [] }",
            "[tool.tensorlint.contracts] has no key 'verbs'; the keys are functions",
        ),
        ('contracts = { kept = "best" }', "tool.tensorlint.contracts.kept: expected a list of strings"),
        (
            'contracts = { functions = ["absorb_border"] }',
            "tool.tensorlint.contracts.functions: expected one word of a name, not 'absorb_border'",
        ),
        ('contracts = { flags = ["a b"] }', "tool.tensorlint.contracts.flags: expected a name, not 'a b'"),
        ('slect = ["TAL1"]', "[tool.tensorlint] has no key 'slect'; the keys are profile, select"),
        ("select = 3", "tool.tensorlint.select: expected a list of strings, not 3"),
        ('select = "TAL1"', "tool.tensorlint.select: expected a list of strings, not 'TAL1'"),
        ("ignore = [1]", "tool.tensorlint.ignore: expected a list of strings, not [1]"),
        ('enable = ["TAL999"]', "tool.tensorlint.enable: no rule is called 'TAL999'; the rules are TAL101"),
        ('disable = [""]', "tool.tensorlint.disable: no rule is called ''"),
        (
            'profile = "loud"',
            "tool.tensorlint.profile: expected one of default, strict, teaching, not 'loud'",
        ),
        ("profile = true", "tool.tensorlint.profile: expected a string, not True"),
        ('output-format = "xml"', "tool.tensorlint.output-format: expected one of text, concise"),
        ("baseline = []", "tool.tensorlint.baseline: expected a string, not []"),
        ("exclude = {}", "tool.tensorlint.exclude: expected a list of strings, not {}"),
        ('per-file-ignores = ["x"]', "tool.tensorlint.per-file-ignores: expected a table such as"),
        (
            'per-file-ignores = { "a" = 1 }',
            "tool.tensorlint.per-file-ignores.'a': expected a list of strings",
        ),
        ('per-file-ignores = { "a" = ["X"] }', "tool.tensorlint.per-file-ignores.'a': no rule is called 'X'"),
    ],
)
def test_a_wrong_table_is_told_with_file_and_key(
    tensorlint: Tensorlint, tmp_path: Path, text: str, expected: str
) -> None:
    configure(tmp_path, text)
    run = tensorlint("check")
    assert run.status == 2
    assert run.output == ""
    assert run.errors.startswith(f"tensorlint: {tmp_path / 'pyproject.toml'}: {expected}")
    assert run.errors.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[tool]\ntensorlint = 1\n", ": expected a table [tool.tensorlint]"),
        (b"[tool.tensorlint]\nselect == 1\n", ":2: no TOML: "),
        (b"[tool.tensorlint]\nselect = [\n", ": no TOML: "),
        (b"# \xff\n[tool.tensorlint]\n", ": cannot be read: expected text in UTF-8"),
    ],
)
def test_a_wrong_file_is_told(tensorlint: Tensorlint, tmp_path: Path, text: bytes, expected: str) -> None:
    write(tmp_path, "pyproject.toml", text)
    run = tensorlint("check")
    assert run.status == 2
    assert f"pyproject.toml{expected}" in run.errors


def test_a_configuration_that_is_not_there(tensorlint: Tensorlint) -> None:
    run = tensorlint("check", "--config", "gone.toml")
    assert run.status == 2
    assert run.errors == "tensorlint: gone.toml: cannot be read: No such file or directory\n"


@pytest.mark.parametrize("option", ["select", "ignore", "enable", "disable"])
@pytest.mark.parametrize("value", ["TAL999", "E501", "tal101"])
def test_an_unknown_code_is_a_clear_error(tensorlint: Tensorlint, option: str, value: str) -> None:
    run = tensorlint("check", f"--{option}", f"TAL101,{value}")
    assert run.status == 2
    assert run.errors.startswith(f"tensorlint: --{option}: no rule is called {value!r}; the rules are TAL101")


# Opt-in rules and profiles


def test_opt_in_rules(codes, tmp_path: Path) -> None:
    assert codes() == ALL
    assert codes("--select", "TAL9") == []  # as with flake8
    assert codes("--enable", "TAL9") == STRICT
    assert codes("--enable", "TAL9", "--select", "TAL901") == ["TAL901"]
    for profile in ("strict", "teaching"):
        assert codes("--profile", profile) == STRICT
        assert codes("--profile", profile, "--disable", "TAL901") == ALL
    configure(tmp_path, 'profile = "strict"')
    assert codes() == STRICT
    assert codes("--profile", "default") == ALL


def test_teaching_shows_the_page_of_each_rule_once(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "three.py", THREE + THREE.replace("crop", "crop_again"))
    said = tensorlint("check", "--profile", "teaching").output
    assert said.count("Known limits: a view that is never read again") == 1
    assert said.count("= instead: copy before writing") == 1


# What flake8 takes from the table of a project


def test_flake8_runs_the_rules_that_the_project_runs(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, "three.py", THREE)
    configure(tmp_path, 'disable = ["TAL3"]\nprofile = "strict"')
    assert [report.code for report in flake8("three.py").reports] == [
        "TAL101",
        "TAL901",
        "TAL402",
    ]
    run = flake8("--tensorlint-disable", "TAL1,TAL9", "three.py")
    assert [report.code for report in run.reports] == ["TAL301", "TAL402"]


def test_flake8_tells_of_a_wrong_table(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, "three.py", THREE)
    configure(tmp_path, 'disable = ["TAL999"]')
    run = flake8("three.py")
    assert run.status == 1
    assert f"{tmp_path / 'pyproject.toml'}: tool.tensorlint.disable: no rule is called 'TAL999'" in run.output
    assert "Traceback" not in run.output + run.errors
