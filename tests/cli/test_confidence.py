"""What is reported at least: through each door, what the file does not show in full is left out on demand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tensorlint import lint_text
from tensorlint.config import Options
from tensorlint.finding import Confidence
from tests.cli.conftest import Tensorlint, write
from tests.conftest import Flake8

TWO = """\
import numpy as np


def clip(image: np.ndarray):
    image[image < 0] = 0
    return image


def limit(image: np.ndarray):
    image[image > 1] = 1
    return image


def main():
    picture = np.zeros(3)
    return limit(picture), picture
"""
BOTH, SURE = [5, 10], [10]  # a caller shows the second


@pytest.mark.parametrize(("how", "lines"), [("medium", BOTH), ("high", SURE)])
def test_each_door_leaves_out_what_is_less_certain(
    tensorlint: Tensorlint, flake8: Flake8, tmp_path: Path, how: str, lines: list[int]
) -> None:
    write(tmp_path, "two.py", TWO)
    done = tensorlint("check", "--output-format", "json", "--confidence", how)
    assert [each["line"] for each in json.loads(done.output)] == lines
    found = flake8("--tensorlint-confidence", how, "two.py").reports
    assert [report.line for report in found] == lines
    write(tmp_path, "pyproject.toml", f'[tool.tensorlint]\nconfidence = "{how}"\n')
    said = json.loads(tensorlint("check", "--output-format", "json").output)
    assert [each["line"] for each in said] == lines
    assert [report.line for report in flake8("two.py").reports] == lines


def test_reports_tell_it(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "two.py", TWO)
    said = json.loads(tensorlint("check", "--output-format", "json").output)
    assert [each["confidence"] for each in said] == ["medium", "high"]
    (run,) = json.loads(tensorlint("check", "--output-format", "sarif").output)["runs"]
    assert [each["properties"]["confidence"] for each in run["results"]] == ["medium", "high"]


def test_an_unknown_word_is_an_error(tensorlint: Tensorlint, flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, "two.py", TWO)
    done = tensorlint("check", "--confidence", "low")
    assert done.status == 2 and "medium" in done.errors
    write(tmp_path, "setup.cfg", "[flake8]\ntensorlint-confidence = low\n")
    run = flake8("--config", "setup.cfg", "two.py")
    assert "'low' is none of medium, high" in run.output
    write(tmp_path, "pyproject.toml", '[tool.tensorlint]\nconfidence = "low"\n')
    done = tensorlint("check")
    assert done.status == 2 and "confidence" in done.errors


CONDITIONAL = """\
import numpy as np


def f(x: np.ndarray):
    y = x.astype(np.float32, copy=False)
    y += 1
    return y, x
"""
EMPTY = "import numpy as np\n\nrows = [np.zeros(3)] * 4\nrows[0] += 1\nprint(rows)\n"


@pytest.mark.parametrize(
    ("text", "expected"), [(CONDITIONAL, [Confidence.MEDIUM]), (EMPTY, [Confidence.HIGH])]
)
def test_a_condition_takes_confidence_away(text: str, expected: list[Confidence]) -> None:
    assert [each.confidence for each in lint_text(text)] == expected
    sure = lint_text(text, options=Options(confidence=Confidence.HIGH))
    assert len(sure) == expected.count(Confidence.HIGH)
