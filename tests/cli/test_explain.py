"""`tensorlint explain`: what the engine knows at a line, and why nothing is reported where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tensorlint, write
from tests.conftest import CROP


@pytest.fixture
def explain(tensorlint: Tensorlint, tmp_path: Path):
    """The parts of an explanation: heading -> lines."""

    def run(text: str, line: int, *arguments: str) -> dict[str, list[str]]:
        write(tmp_path, "file.py", text)
        done = tensorlint("explain", f"file.py:{line}", *arguments)
        assert (done.status, done.errors) == (0, "")
        parts = [part.splitlines() for part in done.output.strip().split("\n\n")]
        return {part[0]: [said.strip() for said in part[1:]] for part in parts}

    return run


def test_a_write_that_is_reported(explain) -> None:
    said = explain(CROP, 7)
    assert said["file.py:7, in `crop`"] == ["patch -= patch.mean()"]
    assert said["Names after this line"][1] == (
        "`patch`: `image`, a view of it: what basic indexing selects, taken in line 6: `image[1:3, 1:3]`"
    )
    assert said["Shared memory"] == ["`image` and `patch`: always"]
    assert said["Written by this line"] == ["`patch -= patch.mean()` changes `image`, `patch`"]
    assert said["Reported here"][0].startswith("TAL101 in-place write to `patch` also changes `image`")


def test_where_a_finding_has_its_other_places(explain) -> None:
    assert explain(CROP, 8)["Part of a finding"][0].startswith("line 7: TAL101 ")


def test_a_condition_is_told(explain) -> None:
    text = "import numpy as np\n\n\ndef f(x):\n    y = np.asarray(x, float)\n    y += 1\n    return y, x\n"
    said = explain(text, 6)
    assert said["Shared memory"][0].startswith("`x` and `y`: if `x` already ")
    assert said["Written by this line"] == ["`y += 1` changes `y`, and perhaps `x`"]


def test_what_a_function_does_to_its_arguments(explain) -> None:
    text = "import numpy as np\n\n\ndef f(x: np.ndarray):\n    x -= x.mean()\n    return x[1:]\n"
    [said] = explain(text, 6)["What `f` returns, and does to its arguments"]
    assert "a view of `x`" in said
    assert "writes `x`" in said


REASONS = {
    "what is written was blank until now: it is being filled": """\
    table = np.zeros((4, 4))
    row = table[0]
    row += 1  # here
    return row, table
""",
    "nobody is known to read what is written by another name afterwards": """\
    table = np.arange(16.0)
    table += 1  # here
    return table
""",
    "the name that is written is not read afterwards: that is a readable way to write what it views": """\
    table = np.arange(16.0)
    part = table[1:]
    part[:] = 1  # here
    return table
""",
    "the line writes nothing in place": """\
    table = np.arange(16.0)
    return table + 1  # here
""",
}


@pytest.mark.parametrize("reason", REASONS)
def test_why_nothing_is_reported(explain, reason: str) -> None:
    text = f"import numpy as np\n\n\ndef f():\n{REASONS[reason]}"
    line = text[: text.index("# here")].count("\n") + 1
    assert explain(text, line)["Nothing is reported here"] == [reason]


def test_a_declared_write(explain) -> None:
    text = (
        "import numpy as np\n\n\ndef f(x: np.ndarray):  # tensorlint: mutates x\n    x += 1\n    return x\n"
    )
    assert explain(text, 5)["Nothing is reported here"] == ["the function declares that it writes this"]


def test_a_silenced_finding(explain) -> None:
    silenced = CROP.replace("patch.mean()", "patch.mean()  # noqa: TAL101")
    [said] = explain(silenced, 7)["Reported here"]
    assert said.startswith("silenced by `noqa`: TAL101 ")


def test_a_statement_over_several_lines(explain) -> None:
    text = CROP.replace("patch.mean()", "(\n        patch.mean()\n    )")
    for line in (7, 8, 9):
        assert "Reported here" in explain(text, line)


def test_a_file_without_tensors(explain) -> None:
    assert explain("import os\n", 1) == {"Not looked at": ["the file imports no library of tensors"]}


def test_lines_between_functions(explain) -> None:
    assert "Nothing runs here" in explain(CROP, 2)


def test_what_the_configuration_knows(explain, tmp_path: Path) -> None:
    text = "import mylib\n\n\ndef f(image):\n    patch = mylib.crop(image)\n    return patch\n"
    assert "Not looked at" in explain(text, 5)
    line = '"mylib.crop" = "(image) -> view(image) as numpy.ndarray"\n'
    write(tmp_path, "pyproject.toml", f"[tool.tensorlint.knowledge]\n{line}")
    assert explain(text, 5)["Shared memory"] == ["`image` and `patch`: always"]
    assert "Not looked at" in explain(text, 5, "--isolated")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("crop.py", "crop.py: expected FILE:LINE, such as model.py:12"),
        ("crop.py:x", "crop.py:x: expected FILE:LINE"),
        ("crop.py:99", "crop.py: has no line 99, but 9"),
        ("crop.py:0", "crop.py: has no line 0, but 9"),
        ("gone.py:1", "gone.py: cannot be read: No such file or directory"),
        ("bytes.py:1", "bytes.py:1: cannot decode source"),
        ("broken.py:1", "broken.py:2: cannot be parsed: "),
    ],
)
def test_a_place_that_is_none(tensorlint: Tensorlint, tmp_path: Path, place: str, expected: str) -> None:
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "bytes.py", b"\xff\n")
    write(tmp_path, "broken.py", "import numpy\nf(\n")
    run = tensorlint("explain", place)
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith(f"tensorlint: {expected}")


def test_every_line_of_real_code_can_be_explained(explain) -> None:
    """Whatever stands there: an answer, and no crash."""
    for path in sorted((Path(__file__).parents[2] / "fixtures" / "demo").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for line in range(1, text.count("\n") + 1):
            assert explain(text, line)
