"""`# noqa` means to the command line what it means to flake8: both are asked about every comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import PLACE, Tensorlint, write
from tests.conftest import CROP, Flake8

COMMENTS = {
    "# noqa": True,
    "#noqa": False,
    "#  noqa": False,
    "# NOQA": True,
    "# NoQa:TAL101": True,
    "# noqa: TAL101": True,
    "# noqa:TAL101": True,
    "# noqa :TAL101": True,  # no codes follow the word itself
    "# noqa: TAL1": True,
    "# noqa: tal101": None,  # versions of flake8 differ
    "# noqa: TAL": True,  # no code, so all of them
    "# noqa: TAL102": False,
    "# noqa: E501,TAL101": True,
    "# noqa: E501, TAL101": True,
    "# noqa: E501 TAL101": True,
    "# noqa: E501;TAL101": None,
    "# noqa: E501,W5": False,
    "# noqa: TAL1012": False,
    "# noqa:  TAL101": None,
    "# noqa: TAL101 because it is meant": True,
    "# because: # noqa: TAL101": True,
    "# noqa because it is meant": True,
    "# type: ignore # noqa": True,
    "# noqa-TAL102": True,
    "# NOQA:E501,TAL102": False,
    "# flake8: noqa: TAL101": None,
    "# pylint: disable=all": False,
}


def silenced(tensorlint: Tensorlint, flake8: Flake8, folder: Path, texts: list[str]) -> list[bool]:
    """Which of the texts are silent; asserts that flake8 says the same of every one."""
    names = [write(folder, f"file{number:02}.py", text).name for number, text in enumerate(texts)]
    run = tensorlint("check", "--output-format", "concise", *names)
    theirs = flake8(*names)
    assert sorted(run.output.splitlines()) == sorted(theirs.output.splitlines())
    return [f"{name}:" not in run.output for name in names]


def test_comments_on_the_reported_line(tensorlint: Tensorlint, flake8: Flake8, tmp_path: Path) -> None:
    texts = [CROP.replace("patch.mean()", f"patch.mean()  {comment}") for comment in COMMENTS]
    found = dict(zip(COMMENTS, silenced(tensorlint, flake8, tmp_path, texts), strict=True))
    assert {comment: found[comment] for comment, said in COMMENTS.items() if said is not None} == {
        comment: said for comment, said in COMMENTS.items() if said is not None
    }


def test_comments_elsewhere(tensorlint: Tensorlint, flake8: Flake8, tmp_path: Path) -> None:
    write_ = "    patch -= patch.mean()\n"
    texts = {
        CROP.replace("return image, patch", "return image, patch  # noqa"): False,
        CROP.replace(write_, "    # noqa\n" + write_): False,
        CROP.replace(write_, "    patch -= (  # noqa\n        patch.mean()\n    )\n"): True,
        CROP.replace(write_, "    patch -= (\n        patch.mean()  # noqa\n    )\n"): False,
        CROP.replace(write_, "    patch -= \\\n        patch.mean()  # noqa\n"): True,
        CROP.replace(write_, '    patch -= float("""\n1\n""")  # noqa: TAL101\n'): True,
        CROP.replace(write_, '    patch -= float("""# noqa\n1\n""")\n'): True,
        CROP.replace(write_, '    patch -= len("# noqa")\n'): True,
        "# flake8: noqa\n" + CROP: True,
        "# FLAKE8=NOQA\n" + CROP: True,
        CROP + "# flake8: noqa\n": True,
        CROP + "    # flake8: noqa\n": True,
        CROP + "x = 1  # flake8: noqa\n": False,
        '"""\n# flake8: noqa\n"""\n' + CROP: True,
        "# flake8: noqa: TAL101\n" + CROP: True,  # flake8 reads it as a whole file that is silenced
        "# flake8: noqa: E501\n" + CROP: True,
        "\ufeff# flake8: noqa\n" + CROP: True,
        CROP.replace("\n", "\r\n").replace("patch.mean()", "patch.mean()  # noqa"): True,
    }
    found = silenced(tensorlint, flake8, tmp_path, list(texts))
    assert dict(zip(texts, found, strict=True)) == texts


def test_noqa_can_be_passed_over(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", "# flake8: noqa\n" + CROP.replace("patch.mean()", "patch.mean()  # noqa"))
    said = ("check", "--output-format", "concise", "crop.py")
    assert tensorlint(*said).places == []
    assert tensorlint(*said, "--ignore-noqa").places == ["crop.py:8:5: TAL101"]


def test_noqa_in_standard_input(tensorlint: Tensorlint) -> None:
    said = ("check", "--output-format", "concise", "-")
    assert tensorlint(*said, stdin=CROP.encode()).places == [f"stdin:{PLACE}"]
    silent = CROP.replace("patch.mean()", "patch.mean()  # noqa: TAL101")
    assert tensorlint(*said, stdin=silent.encode()).places == []


@pytest.mark.parametrize(
    "text", ["import numpy\ndef f(:  # noqa\n", "# flake8: noqa\nimport numpy\ndef f(:\n"]
)
def test_noqa_does_not_hide_that_a_file_was_not_checked(tensorlint: Tensorlint, text: str) -> None:
    assert tensorlint("check", "-", stdin=text.encode()).status == 2
