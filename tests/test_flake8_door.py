"""The plugin through real flake8 processes: places, options, noqa, and no crash ever."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.conftest import CROP, ROOT, Flake8, Flake8Run

CROP_PLACE = ("TAL101", 7, 5)


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def at_startup(tmp_path: Path, code: str) -> dict[str, str]:
    """The environment of a process that runs `code` before anything else."""
    folder = tmp_path / "startup"
    folder.mkdir()
    write(folder, "sitecustomize.py", code)
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}


def test_reports_line_and_column(flake8: Flake8, tmp_path: Path) -> None:
    run = flake8(write(tmp_path, "crop.py", CROP))
    assert run.status == 1
    assert run.places == [CROP_PLACE]


def test_one_line_names_the_victim_and_the_other_places(flake8: Flake8, tmp_path: Path) -> None:
    [report] = flake8(write(tmp_path, "crop.py", CROP)).reports
    assert "`image`" in report.message
    assert "line 6:" in report.message  # where the view was taken
    assert "line 8:" in report.message  # where the base is read again


@pytest.mark.parametrize("text", ["größe", "日本語", "😀", "e\u0301"])
def test_columns_count_code_points(flake8: Flake8, tmp_path: Path, text: str) -> None:
    prefix = f'    label = "{text}"; '
    source = CROP.replace("    patch -= patch.mean()", f"{prefix}patch -= patch.mean()")
    assert flake8(write(tmp_path, "crop.py", source)).places == [("TAL101", 7, len(prefix) + 1)]


def test_standard_input_with_a_display_name(flake8: Flake8) -> None:
    run = flake8("--stdin-display-name", "photos/crop.py", "-", stdin=CROP.encode())
    assert [(report.path, *report.place) for report in run.reports] == [("photos/crop.py", *CROP_PLACE)]


def test_two_processes_report_the_same_as_one(flake8: Flake8, tmp_path: Path) -> None:
    names = [write(tmp_path, f"crop{number}.py", "\n" * number + CROP) for number in range(6)]
    one, two = flake8("-j", "1", *names), flake8("-j", "2", *names)
    assert one.places == [("TAL101", 7 + number, 5) for number in range(6)]
    assert two.output == one.output


def test_options_reach_every_process(flake8: Flake8, tmp_path: Path) -> None:
    names = [write(tmp_path, f"crop{number}.py", CROP) for number in range(4)]
    assert flake8("-j", "2", "--tensorlint-disable", "TAL101", *names).reports == []


def test_noqa_on_the_reported_line(flake8: Flake8, tmp_path: Path) -> None:
    silenced = CROP.replace("patch.mean()", "patch.mean()  # noqa: TAL101")
    assert flake8(write(tmp_path, "crop.py", silenced)).reports == []


def test_noqa_of_another_code_silences_nothing(flake8: Flake8, tmp_path: Path) -> None:
    other = CROP.replace("patch.mean()", "patch.mean()  # noqa: TAL102")
    assert flake8(write(tmp_path, "crop.py", other)).places == [CROP_PLACE]


def test_noqa_elsewhere_silences_nothing(flake8: Flake8, tmp_path: Path) -> None:
    elsewhere = CROP.replace("return image, patch", "return image, patch  # noqa: TAL101")
    assert flake8(write(tmp_path, "crop.py", elsewhere)).places == [CROP_PLACE]


def test_per_file_ignores(flake8: Flake8, tmp_path: Path) -> None:
    names = [write(tmp_path, name, CROP) for name in ("crop.py", "old.py")]
    run = flake8("--per-file-ignores", "old.py:TAL101", *names)
    assert [report.path for report in run.reports] == ["crop.py"]


def test_runs_by_default_beside_the_other_plugins(flake8: Flake8, tmp_path: Path) -> None:
    run = flake8(write(tmp_path, "crop.py", CROP + "\nimport os\n"), select="")
    assert {report.code for report in run.reports} >= {"TAL101", "F401"}


@pytest.mark.parametrize("config", [".flake8", "setup.cfg", "tox.ini"])
def test_disabling_a_rule_in_a_configuration_file(flake8: Flake8, tmp_path: Path, config: str) -> None:
    name = write(tmp_path, "crop.py", CROP)
    assert flake8(name).places == [CROP_PLACE]
    write(tmp_path, config, "[flake8]\ntensorlint-disable =\n    TAL101,\n    TAL3\n")
    assert flake8(name).reports == []


OPT_IN = """\
from dataclasses import replace

import tensorlint.rule

ask = tensorlint.rule.registry
OFF = ("TAL101", "TAL901")
tensorlint.rule.registry = lambda: tuple(replace(rule, default_on=rule.code not in OFF) for rule in ask())
"""


def test_opt_in_rules_are_silent_until_enabled(flake8: Flake8, tmp_path: Path) -> None:
    startup = at_startup(tmp_path, OPT_IN)
    name = write(tmp_path, "crop.py", CROP)
    assert flake8(name, env=startup).reports == []  # `--select TAL` alone brings nothing back
    assert flake8("--tensorlint-enable", "TAL1", name, env=startup).places == [CROP_PLACE]
    write(tmp_path, ".flake8", "[flake8]\ntensorlint_enable = TAL101\n")
    assert flake8(name, env=startup).places == [CROP_PLACE]
    assert flake8("--tensorlint-disable", "TAL101", name, env=startup).reports == []


@pytest.mark.parametrize("option", ["enable", "disable"])
@pytest.mark.parametrize("value", ["TAL999", "E501", "tal101"])
def test_an_unknown_code_is_a_clear_error(flake8: Flake8, tmp_path: Path, option: str, value: str) -> None:
    run = flake8(f"--tensorlint-{option}", f"TAL101,{value}", write(tmp_path, "crop.py", CROP))
    assert run.status == 1
    assert f"--tensorlint-{option}: no rule is called {value!r}" in run.output
    assert "TAL101" in run.output  # the rules there are
    assert "Traceback" not in run.output + run.errors


def test_version_names_tensorlint(flake8: Flake8) -> None:
    run = flake8("--version", select="")
    assert re.search(r"tensorlint: \d+\.\d+", run.output)


def test_require_plugins(flake8: Flake8, tmp_path: Path) -> None:
    run = flake8("--require-plugins", "tensorlint", write(tmp_path, "crop.py", CROP))
    assert run.places == [CROP_PLACE]


def test_the_pre_commit_hook_runs_these_rules_only(flake8: Flake8, tmp_path: Path) -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    [entry] = re.findall(r"entry: flake8 (.*)", hooks)
    name = write(tmp_path, "crop.py", "import os\n" + CROP)  # F401 as well
    run = flake8(*entry.split(), name, select="")
    assert run.places == [("TAL101", 8, 5)]


BREAK = """\
import tensorlint


def broken(text, filename="<text>", **_):
    if "np.arange" in text:
        raise {error}
    return []


tensorlint.lint_text = broken
"""


def run_broken(flake8: Flake8, tmp_path: Path, error: str) -> Flake8Run:
    """flake8 over a file on which the linter raises and one on which it does not."""
    startup = at_startup(tmp_path, BREAK.format(error=error))
    names = [write(tmp_path, "crop.py", CROP), write(tmp_path, "fine.py", "import os\n")]
    return flake8(*names, env=startup, select="TAL,F401")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("KeyError('%3')", "KeyError: '%3'"),
        ("RecursionError('too deep')", "RecursionError: too deep"),
        ("ValueError('two\\nlines')", "ValueError: two lines"),
    ],
)
def test_an_exception_becomes_one_line(flake8: Flake8, tmp_path: Path, error: str, cause: str) -> None:
    run = run_broken(flake8, tmp_path, error)
    broken = [report for report in run.reports if report.path == "crop.py"]
    assert [report.place for report in broken] == [("TAL000", 1, 1)]
    assert cause in broken[0].message
    assert "sitecustomize.py:6" in broken[0].message
    assert [report.code for report in run.reports if report.path == "fine.py"] == ["F401"]


LOADED = """\
import atexit
import sys

atexit.register(lambda: print("tensorlint.lint" in sys.modules, file=sys.stderr))
"""


def test_files_without_tensors_do_not_load_the_linter(flake8: Flake8, tmp_path: Path) -> None:
    startup = at_startup(tmp_path, LOADED)
    without = write(tmp_path, "plain.py", CROP.replace("import numpy as np", "from plain import np"))
    assert flake8("-j", "1", without, env=startup).errors == "False\n"
    assert flake8("-j", "1", without, write(tmp_path, "crop.py", CROP), env=startup).errors == "True\n"


CANDIDATES = """\
try:
    import numpy as xp
except ImportError:
    import torch as xp
try:
    from numpy import copy, reshape
except ImportError:
    from torch import clone as copy, reshape


def crop(n):
    image = xp.zeros((4, 4)) + n
    flat = reshape(image, (-1,))
    patch = image[1:3, 1:3]
    patch -= patch.mean()
    rows = [xp.zeros(3)] * n
    rows[0][0] = 1
    flat += 1
    return image, patch, rows, flat
"""


def test_the_same_output_for_every_hash_seed(flake8: Flake8, tmp_path: Path) -> None:
    names = [write(tmp_path, "candidates.py", CANDIDATES), write(tmp_path, "crop.py", CROP)]
    outputs = {
        flake8("-j", "1", *names, env={"PYTHONHASHSEED": seed}).output for seed in ("0", "1", "7", "42")
    }
    assert len(outputs) == 1
    assert "TAL101" in outputs.pop()
