"""Notebooks on the command line: cells are one module, and what is written is their code alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tensorlint.notebooks import Notebook, as_written, cell_starts, sources
from tests.cli.conftest import PLAIN, Process, Run, Tensorlint, write
from tests.cli.test_known import git
from tests.conftest import ROOT

CONCISE = ("check", "--output-format", "concise")
IMPORT = "%matplotlib inline\nimport numpy as np\n!pip install photos \\\n    --quiet it's"
VIEW = "photo = np.arange(16.0).reshape(4, 4)\nface = photo[1:3, 1:3]"
WRITE = "%%time\nß = !ls\nface -= face.mean()  # ß\nnp.sort?\nphoto, face"
PLACE = "a.ipynb:cell_3:3:1: TAL101"
LAYOUT: dict[str, Any] = {"indent": 1, "ensure_ascii": False}


def notebook(*cells: str, language: str = "python", **changes: Any) -> dict[str, Any]:
    """A notebook as Jupyter writes it, with a text before the code and outputs after it."""
    outputs = [{"name": "stdout", "output_type": "stream", "text": ["größe\n", "1e3"]}]
    code = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {"tags": ["Ünïcode"]},
            "outputs": outputs,
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    return {
        "cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# A photo"]}, *code],
        "metadata": {"kernelspec": {"display_name": "x", "language": language, "name": "x"}},
        "nbformat": 4,
        "nbformat_minor": 4,
        **changes,
    }


def dumped(content: object, **layout: Any) -> str:
    return json.dumps(content, **{**LAYOUT, **layout}) + "\n"


PHOTO = dumped(notebook(IMPORT, VIEW, WRITE))
MENDED = dumped(notebook(IMPORT, VIEW.replace("3]", "3].copy()"), WRITE))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write(tmp_path, "a.ipynb", PHOTO)


TEXT = """\
a.ipynb:cell_3:3:1: TAL101 in-place write to `face` also changes `photo`, which it is a view of
         |
cell_2:2 | face = photo[1:3, 1:3]
         |        --------------- the view is taken here
      ...
cell_3:3 | face -= face.mean()  # ß
         | ^^^^^^^^^^^^^^^^^^^
cell_3:4 | np.sort?
cell_3:5 | photo, face
         | ----------- `photo` is read again here
         |
"""


def test_names_flow_from_cell_to_cell(tensorlint: Tensorlint, photo: Path) -> None:
    run = tensorlint("check", "a.ipynb")
    assert (run.status, run.errors) == (1, "")
    assert run.output.startswith(TEXT)


def test_folders_are_looked_through(tensorlint: Tensorlint, photo: Path, tmp_path: Path) -> None:
    write(tmp_path, ".ipynb_checkpoints/a-checkpoint.ipynb", PHOTO)
    run = tensorlint(*CONCISE)
    assert run.places == [PLACE]
    assert run.output.endswith("(cell_2:2: the view is taken here; cell_3:5: `photo` is read again here)\n")


def test_standard_input(tensorlint: Tensorlint) -> None:
    run = tensorlint(*CONCISE, "--stdin-filename", "a.ipynb", "-", stdin=PHOTO.encode())
    assert run.places == [PLACE]


def test_formats_name_the_cell(tensorlint: Tensorlint, photo: Path) -> None:
    def said(output_format: str) -> Any:
        output = tensorlint("check", "--output-format", output_format).output
        return output if output_format == "github" else json.loads(output)

    [found] = said("json")
    keys = ("path", "cell", "line", "column", "end_line", "end_column")
    assert [found[key] for key in keys] == ["a.ipynb", 3, 3, 1, 3, 20]
    assert [(note["cell"], note["line"], note["end_line"]) for note in found["notes"]] == [
        (2, 2, 2),
        (3, 5, 5),
    ]
    assert said("github").startswith(
        "::warning title=TAL101 (write-through-view),file=a.ipynb::a.ipynb:cell_3:3:1: TAL101 in-place write"
    )
    [issue] = said("gitlab")
    assert issue["description"].startswith("cell_3:3:1: TAL101 in-place write")
    assert issue["location"] == {"path": "a.ipynb", "lines": {"begin": 1, "end": 1}}
    [diagnostic] = said("rdjson")["diagnostics"]
    assert diagnostic["message"].startswith("cell_3:3:1: in-place write")
    assert diagnostic["location"] == {"path": "a.ipynb"}
    assert diagnostic["relatedLocations"][0]["message"] == "cell_2:2:8: the view is taken here"
    sarif = said("sarif")
    schema = json.loads((ROOT / "tests" / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(sarif, schema)
    [result] = sarif["runs"][0]["results"]
    assert result["message"]["text"].startswith("cell_3:3:1: in-place write")
    assert result["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "a.ipynb"}},
            "logicalLocations": [
                {"name": "cell_3:3", "fullyQualifiedName": "a.ipynb:cell_3:3:1", "kind": "module"}
            ],
        }
    ]


# What IPython reads and Python does not


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline", "0#\ue000%matplotlib inline"),
        ("if x:\n    !ls it's (\n", "if x:\n    0#\ue000!ls it's (\n"),
        ("a = !ls '''\nb", "a = 0#\ue000!ls '''\nb#\ue000displayed"),
        ("x = (7\n  % 2)", "x = (7\n  % 2)"),
        ("s = '''\n%time\n!ls\n?'''\n%time f()", "s = '''\n%time\n!ls\n?'''\n0#\ue000%time f()"),
        ("x?\n?y\nz.f??", "0#\ue000x?\n0#\ue000?y\n0#\ue000z.f??"),
        ("!a \\\n  b \\\n  c\nx = 1", "0#\ue000!a \\\n#\ue000  b \\\n#\ue000  c\nx = 1"),
        ("\n%%time\nx = 1", "\n#\ue000%%time\nx = 1"),
        ("%%bash\nls it's\n", "#\ue000%%bash\n#\ue000ls it's\n#\ue000"),
        ("await x", "await x#\ue000displayed"),
        ("f(\n  x\n)  # y\n# z", "f(\n  x\n)  # y#\ue000displayed\n# z"),
        ("f();", "f();"),
        ("!a {\nx = (1)", "0#\ue000!a {\nx = (1)"),
        ("x = (1)\n!a 'b'c ]", "x = (1)\n0#\ue000!a 'b'c ]"),
        ("", ""),
    ],
)
def test_magics_are_masked_and_can_be_turned_back(cell: str, expected: str) -> None:
    read = Notebook.read(dumped(notebook(cell, "x = 1")))
    assert read.broken == ()
    assert read.text == f"#\ue000 cell\n{expected}\n#\ue000 cell\nx = 1"
    assert sources(read.text) == [cell, "x = 1"]
    assert cell_starts(read.text) == (1, 3 + cell.count("\n"))
    assert as_written(expected.split("\n")) == tuple(cell.split("\n"))


def test_a_displayed_value_is_not_thrown_away(tensorlint: Tensorlint, tmp_path: Path) -> None:
    cells = ("import numpy as np\nx = np.arange(3)", "np.sort(x)", "np.sort(x)\nx", "np.sort(x);")
    write(tmp_path, "a.ipynb", dumped(notebook(*cells)))
    assert tensorlint(*CONCISE).places == ["a.ipynb:cell_3:1:1: TAL402", "a.ipynb:cell_4:1:1: TAL402"]


# Writing


def only_code_changes(before: str, after: str) -> None:
    """Bytes differ only within the strings of the code."""
    old, new = json.loads(before), json.loads(after)
    for cell in (*old["cells"], *new["cells"]):
        if cell["cell_type"] == "code":
            cell["source"] = []
    assert old == new


@pytest.mark.parametrize(
    ("layout", "line_end"),
    [
        ({}, "\n"),
        ({"indent": "\t"}, "\n"),
        ({"indent": 4, "ensure_ascii": True}, "\r\n"),
        ({"indent": None}, "\n"),
        ({"indent": None, "separators": (",", ":")}, "\n"),
    ],
    ids=str,
)
def test_fixes_change_nothing_but_code(
    tensorlint: Tensorlint, tmp_path: Path, layout: dict[str, Any], line_end: str
) -> None:
    def data(*cells: str) -> bytes:
        return dumped(notebook(*cells), **layout).replace("\n", line_end).encode()

    path = write(tmp_path, "a.ipynb", data(IMPORT, VIEW, WRITE))
    run = tensorlint("check", "--fix", "--unsafe-fixes")
    assert (run.status, run.errors) == (0, "findings mended: 1\n")
    assert path.read_bytes() == data(IMPORT, VIEW.replace("3]", "3].copy()"), WRITE)
    assert tensorlint("check", "--fix", "--unsafe-fixes").errors == "findings mended: 0\n"


def test_a_source_that_is_one_string_stays_one(tensorlint: Tensorlint, tmp_path: Path) -> None:
    content = notebook(IMPORT, VIEW, WRITE)
    content["cells"][2]["source"] = VIEW
    path = write(tmp_path, "a.ipynb", dumped(content))
    assert tensorlint("check", "--fix", "--unsafe-fixes").status == 0
    content["cells"][2]["source"] = VIEW.replace("3]", "3].copy()")
    assert path.read_text() == dumped(content)


def test_an_import_stands_before_the_others(tensorlint: Tensorlint, tmp_path: Path) -> None:
    cells = ("# !\n%time\nimport torch", "a = {'w': torch.zeros(3)}\nb = dict(a)\na['w'] += 1\nprint(b)")
    path = write(tmp_path, "a.ipynb", dumped(notebook(*cells)))
    assert tensorlint("check", "--fix", "--unsafe-fixes").status == 0
    mended = (
        "# !\n%time\nfrom copy import deepcopy\nimport torch",
        cells[1].replace("dict(a)", "deepcopy(dict(a))"),
    )
    assert path.read_text() == dumped(notebook(*mended))


def test_a_diff_is_told_cell_by_cell(tensorlint: Tensorlint, photo: Path) -> None:
    run = tensorlint("check", "--diff", "--unsafe-fixes")
    assert run.status == 1
    assert run.output == (
        "--- a.ipynb:cell_2\n+++ a.ipynb:cell_2\n@@ -1,2 +1,2 @@\n"
        " photo = np.arange(16.0).reshape(4, 4)\n"
        "-face = photo[1:3, 1:3]\n\\ No newline at end of file\n"
        "+face = photo[1:3, 1:3].copy()\n\\ No newline at end of file\n"
    )
    assert photo.read_text() == PHOTO


@pytest.mark.parametrize(
    "arguments", [("--fix", "--unsafe-fixes"), ("--diff", "--unsafe-fixes"), ("--add-noqa",)]
)
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PHOTO.replace('"nbformat": 4', '"nbformat":  4'), "the layout of its JSON could not be kept"),
        (PHOTO.replace('"1e3"', '"\\u0031e3"'), "the layout of its JSON could not be kept"),
    ],
    ids=["blanks", "escapes"],
)
def test_what_cannot_be_kept_is_not_written(
    tensorlint: Tensorlint, tmp_path: Path, arguments: tuple[str, ...], text: str, why: str
) -> None:
    path = write(tmp_path, "a.ipynb", text)
    run = tensorlint(*CONCISE, *arguments)
    assert run.status == 2
    assert f"TAL000 stays as it was: {why}" in run.output + run.errors
    assert path.read_text() == text


def test_comments_silence_a_line_of_a_cell(tensorlint: Tensorlint, photo: Path) -> None:
    run = tensorlint("check", "--add-noqa")
    assert (run.status, run.errors) == (0, "findings silenced: 1\n")
    silenced = WRITE.replace("# ß", "# ß  # noqa: TAL101")
    assert photo.read_text() == dumped(notebook(IMPORT, VIEW, silenced))
    assert tensorlint("check").status == 0
    assert tensorlint("check", "--ignore-noqa").status == 1


def test_the_baseline_knows_lines_of_cells(tensorlint: Tensorlint, photo: Path) -> None:
    assert tensorlint("check", "--baseline", "known.json", "--write-baseline").status == 0
    assert json.loads(Path("known.json").read_text())["findings"] == {
        "a.ipynb": {"TAL101: face -= face.mean() # ß": 1}
    }
    write(photo.parent, "a.ipynb", dumped(notebook("x = 1", IMPORT, VIEW, WRITE)))
    assert tensorlint(*CONCISE, "--baseline", "known.json").places == []


def test_what_is_new_since_a_revision(tensorlint: Tensorlint, photo: Path) -> None:
    git(photo.parent, "init", "-q")
    git(photo.parent, "add", ".")
    git(photo.parent, "commit", "-qm", "first")
    again = "part = photo[:2]\npart += 1\nphoto, part"
    write(photo.parent, "a.ipynb", dumped(notebook("x = 1", IMPORT, VIEW, WRITE, again)))
    write(photo.parent, "new.ipynb", PHOTO)
    assert tensorlint(*CONCISE, "--new-from-rev", "HEAD").places == [
        "a.ipynb:cell_5:2:1: TAL101",
        f"new.ipynb{PLACE.removeprefix('a.ipynb')}",
    ]


# What is no notebook of Python


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"import numpy", "a.ipynb:1:1: TAL000 no notebook: no JSON: Expecting value"),
        (b"{\n  numpy", "a.ipynb:2:1: TAL000 no notebook: no JSON: Expecting property name"),
        (b"", "a.ipynb:1:1: TAL000 no notebook: no JSON"),
        (b"[" * 100_000, "a.ipynb:1:1: TAL000 no notebook: nested too deep"),
        (b'{"cells": "\xff"}', "a.ipynb:1:1: TAL000 cannot decode notebook as utf-8"),
        (b"[]", "a.ipynb:1:1: TAL000 no notebook: its JSON does not tell the format"),
        (b'{"cells": []}', "a.ipynb:1:1: TAL000 no notebook: its JSON does not tell the format"),
        (b'{"nbformat": 4, "nbformat_minor": 4}', "a.ipynb:1:1: TAL000 no notebook that nbformat can read"),
        (b'{"nbformat": 9, "nbformat_minor": 4}', "a.ipynb:1:1: TAL000 no notebook that nbformat can read"),
        (dumped(notebook(cells=[{"cell_type": "code"}])).encode(), "a.ipynb:1:1: TAL000 no notebook that"),
        (dumped(notebook("x = '\ue000'", "y = '#\ue000'")).encode(), "a.ipynb:1:1: TAL000 holds the char"),
    ],
)
def test_bad_notebooks(tensorlint: Tensorlint, tmp_path: Path, data: bytes, expected: str) -> None:
    write(tmp_path, "a.ipynb", data)
    run = tensorlint(*CONCISE)
    assert (run.status, run.errors) == (2, "")
    assert run.output.startswith(expected)
    assert run.output.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    [notebook(), notebook(cells=[]), notebook("x = 1"), notebook("import numpy as np", metadata={})],
)
def test_nothing_to_find(tensorlint: Tensorlint, tmp_path: Path, content: object) -> None:
    write(tmp_path, "a.ipynb", dumped(content))
    run = tensorlint(*CONCISE)
    assert (run.status, run.output, run.errors) == (0, "", "")


def test_cells_that_are_no_python_are_passed_over(tensorlint: Tensorlint, tmp_path: Path) -> None:
    """The others are checked, and mended, as they would run."""
    bad = ("x = 1\nif x:", "@manual{photo, title={'A photo'}}", "y = (1,\n!ls")
    path = write(tmp_path, "a.ipynb", dumped(notebook(bad[0], IMPORT, VIEW, bad[1], WRITE, bad[2])))
    run = tensorlint(*CONCISE)
    assert (run.status, run.places) == (1, ["a.ipynb:cell_5:3:1: TAL101"])
    first, second, third = run.errors.splitlines()
    assert "a.ipynb: cell_1 passed over: line 2 cannot be parsed: expected an indented block" in first
    assert "a.ipynb: cell_4 passed over: line 1 cannot be parsed: invalid syntax" in second
    assert "a.ipynb: cell_6 passed over: line 1 cannot be parsed: '(' was never closed" in third
    assert tensorlint("check", "--fix", "--unsafe-fixes").status == 0
    mended = VIEW.replace("3]", "3].copy()")
    assert path.read_text() == dumped(notebook(bad[0], IMPORT, mended, bad[1], WRITE, bad[2]))


def test_other_languages_are_passed_over(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "a.ipynb", dumped(notebook("library(numpy)", language="R")))
    run = tensorlint(*CONCISE)
    assert (run.status, run.output) == (0, "")
    assert run.errors == "tensorlint: a.ipynb: passed over: its language is r\n"


def test_an_old_format_is_read_and_not_written(tensorlint: Tensorlint, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "input": cell, "language": "python", "metadata": {}, "outputs": []}
        for cell in (IMPORT, VIEW, WRITE)
    ]
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    path = write(tmp_path, "a.ipynb", dumped(old))
    assert tensorlint(*CONCISE).places == [PLACE]
    run = tensorlint(*CONCISE, "--fix", "--unsafe-fixes")
    assert run.status == 2
    assert "TAL000 stays as it was: a notebook of format 3; only 4 can be written" in run.output
    assert path.read_text() == dumped(old)


def without_nbformat(process: Process, tmp_path: Path, *arguments: str) -> Run:
    write(tmp_path, "startup/sitecustomize.py", "import sys\nsys.modules['nbformat'] = None\n")
    path = os.pathsep.join([str(tmp_path / "startup"), str(ROOT)])
    return process(*CONCISE, *arguments, env={"PYTHONPATH": path})


def test_without_nbformat_notebooks_are_passed_over(process: Process, photo: Path, tmp_path: Path) -> None:
    write(tmp_path, "plain.py", PLAIN)
    run = without_nbformat(process, tmp_path)
    assert (run.status, run.output) == (0, "")
    assert run.errors == (
        "notebooks passed over: 1 (notebooks need nbformat: pip install 'tensorlint[notebooks]')\n"
    )
    run = without_nbformat(process, tmp_path, "a.ipynb")
    assert (run.status, run.errors) == (2, "")
    assert run.output == (
        "a.ipynb:1:1: TAL000 notebooks need nbformat: pip install 'tensorlint[notebooks]'\n"
    )


@pytest.mark.parametrize("place", ["a.ipynb:3", "a.ipynb:cell_3:3"])
def test_explain_reads_no_notebooks(tensorlint: Tensorlint, photo: Path, place: str) -> None:
    run = tensorlint("explain", place)
    assert (run.status, run.output) == (2, "")
    assert run.errors.endswith("explain reads Python files only, and no notebooks\n")
