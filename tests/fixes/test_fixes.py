"""Edits of the source: what they change, and that they change nothing else."""

from __future__ import annotations

import pytest

from tensorlint import lint_text
from tensorlint.config import Options
from tensorlint.mending import mend

CROP = """\
import numpy as np


def crop():
    image = np.ones((4, 4))
    part = {view}
    part += 1
    return image, part
"""
SHARED = """\
{imports}
import torch
from torch import nn


def twin():
    model = nn.Linear(2, 2)
    return model, {copied}(model)
"""


def mended(text: str) -> str:
    return mend(text, unsafe=True).text


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("image[1:3]", "image[1:3].copy()"),
        ("(image[1:3])", "(image[1:3].copy())"),
        ("(\n        image[1:3]  # the middle\n    )", "(\n        image[1:3].copy()  # the middle\n    )"),
        ("image.T", "image.T.copy()"),
        ("image[{'ä': 1}['ä']:]", "image[{'ä': 1}['ä']:].copy()"),
        ("image if True else image.T", None),
    ],
)
def test_a_view_is_copied_where_it_is_taken(view: str, expected: str | None) -> None:
    text = CROP.format(view=view)
    assert mended(text) == (text if expected is None else CROP.format(view=expected))


def test_two_names_that_are_given_at_once_are_left_alone() -> None:
    text = CROP.format(view="image").replace("part = image", "part = shown = image")
    assert mended(text) == text


@pytest.mark.parametrize(
    ("imports", "copied", "expected_imports", "expected"),
    [
        ("import copy", "copy.copy", "import copy", "copy.deepcopy"),
        ("import copy as c", "c.copy", "import copy as c", "c.deepcopy"),
        ("from copy import copy", "copy", "from copy import deepcopy\nfrom copy import copy", "deepcopy"),
        ("from copy import copy, deepcopy as dc", "copy", "from copy import copy, deepcopy as dc", "dc"),
    ],
)
def test_a_function_has_the_name_that_the_file_gives_it(
    imports: str, copied: str, expected_imports: str, expected: str
) -> None:
    text = SHARED.format(imports=imports, copied=copied)
    assert mended(text) == SHARED.format(imports=expected_imports, copied=expected)


def test_an_import_stands_after_the_docstring_and_those_of_the_future() -> None:
    imports = '"""What this is."""\nfrom __future__ import annotations\n{}from copy import copy'
    text = SHARED.format(imports=imports.format(""), copied="copy")
    expected = imports.format("from copy import deepcopy\n")
    assert mended(text) == SHARED.format(imports=expected, copied="deepcopy")


def test_a_name_that_the_file_has_for_something_else_is_left_alone() -> None:
    text = SHARED.format(imports="from copy import copy\ndeepcopy = None", copied="copy")
    assert mended(text) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_stay(end: str) -> None:
    text = SHARED.format(imports="from copy import copy", copied="copy").replace("\n", end)
    new = mended(text)
    assert new != text
    assert new.count(end) == text.count(end) + 1
    assert new.replace(end, "").isprintable()


def test_a_statement_gets_its_copy_in_a_line_before() -> None:
    text = "import numpy as np\n\n\ndef f(x: np.ndarray):\n\tif x.any():\n\t\tx[0] = 1\n\treturn x.sum()\n"
    assert mended(text) == text.replace("\t\tx[0]", "\t\tx = x.copy()\n\t\tx[0]")


def test_what_runs_in_a_loop_is_not_copied_there() -> None:
    loop = "for i in range(3):\n        x[i] = 1"
    text = f"import numpy as np\n\n\ndef f(x: np.ndarray):\n    {loop}\n    return x.sum()\n"
    assert [d.code for d in lint_text(text)] == ["TAL103"]
    assert mended(text) == text


def test_only_what_worked_before_as_it_does_after_is_safe() -> None:
    text = CROP.format(view="image[1:3]")
    assert mend(text).text == text
    view = "import torch\n\n\ndef f():\n    return torch.zeros(2, 3).t().view(6)\n"
    assert mend(view).text == view.replace(".view", ".reshape")


def test_what_is_not_asked_for_is_not_mended() -> None:
    text = CROP.format(view="image[1:3]")
    assert mend(text, unsafe=True, options=Options(disable=frozenset({"TAL101"}))).text == text


def test_a_change_that_mends_nothing_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CROP.format(view="image[1:3]")
    monkeypatch.setattr("tensorlint.mending.applied", lambda text, repairs: text + "# more\n" * len(repairs))
    found = mend(text, unsafe=True)
    assert (found.text, found.mended) == (text, ())
    assert [d.code for d in found.left] == ["TAL101"]


CALLERS = """\
import torch


def masked(scores: torch.Tensor, keep: torch.Tensor):
    {write}
    return scores


def ranked(scores: torch.Tensor, keep: torch.Tensor):
    best = masked(scores, keep)
    return best, scores.max()
"""


@pytest.mark.parametrize(
    "write",
    [
        "scores[:, -1].masked_fill_(keep, 0.0)",
        "last = scores[:, -1]\n    last.masked_fill_(keep, 0.0)",
        "last = scores.t()[-1]\n    last.masked_fill_(keep, 0.0)",
        "whole = scores\n    last = whole[:, -1]\n    last.masked_fill_(keep, 0.0)",
    ],
)
def test_a_function_goes_on_with_a_copy_of_what_it_gives_back(write: str) -> None:
    """Copying the view would lose the write: the function gives back the whole."""
    text = CALLERS.format(write=write)
    assert "TAL103" in {found.code for found in lint_text(text)}
    assert mended(text) == CALLERS.format(write=f"scores = scores.clone()\n    {write}")


def test_a_row_that_is_handed_on_in_a_loop_is_left_alone() -> None:
    loop = "for i in range(len(scores)):\n        scores[i].masked_fill_(keep, 0.0)"
    text = CALLERS.format(write=loop)
    assert "TAL103" in {found.code for found in lint_text(text)}
    assert mended(text) == text
