"""`--fix`: what it writes, what it leaves, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensorlint.checking import Plan, Target, check
from tensorlint.writing import Refused, unchanged
from tests.cli.conftest import PLACE, PLAIN, Tensorlint, write
from tests.conftest import CROP

MENDED = CROP.replace("image[1:3, 1:3]", "image[1:3, 1:3].copy()")
RAISES = "import torch\n\n\ndef flat():\n    return torch.zeros(2, 3).t().view(6)\n"


def test_safe_fixes_are_made_and_others_are_asked_for(tensorlint: Tensorlint, tmp_path: Path) -> None:
    crop, flat = write(tmp_path, "crop.py", CROP), write(tmp_path, "flat.py", RAISES)
    run = tensorlint("check", "--fix", "--output-format", "concise")
    assert (run.status, run.places, run.errors) == (1, [f"crop.py:{PLACE}"], "findings mended: 1\n")
    assert crop.read_text() == CROP
    assert flat.read_text() == RAISES.replace("view", "reshape")
    run = tensorlint("check", "--fix", "--unsafe-fixes")
    assert (run.status, run.errors) == (0, "findings mended: 1\n")
    assert crop.read_text() == MENDED


def test_a_diff_writes_nothing(tensorlint: Tensorlint, tmp_path: Path) -> None:
    crop = write(tmp_path, "crop.py", CROP)
    run = tensorlint("check", "--diff", "--unsafe-fixes")
    assert run.status == 1
    assert "-    patch = image[1:3, 1:3]\n+    patch = image[1:3, 1:3].copy()\n" in run.output
    assert crop.read_text() == CROP
    assert tensorlint("check", "--diff").status == 0


@pytest.mark.parametrize(("encoding", "end"), [("utf-8-sig", "\r\n"), ("latin-1", "\n"), ("utf-8", "\r\n")])
def test_bytes_outside_of_the_edit_stay(
    tensorlint: Tensorlint, tmp_path: Path, encoding: str, end: str
) -> None:
    header = f"# -*- coding: {encoding} -*-\n# für\t\f\n" if encoding == "latin-1" else "# für \n"
    crop = write(tmp_path, "crop.py", (header + CROP).replace("\n", end).encode(encoding))
    crop.chmod(0o640)
    assert tensorlint("check", "--fix", "--unsafe-fixes").status == 0
    assert crop.read_bytes() == (header + MENDED).replace("\n", end).encode(encoding)
    assert crop.stat().st_mode & 0o777 == 0o640


def test_what_is_silenced_is_not_mended(tensorlint: Tensorlint, tmp_path: Path) -> None:
    text = CROP.replace("patch.mean()", "patch.mean()  # noqa: TAL101")
    crop = write(tmp_path, "crop.py", text)
    assert tensorlint("check", "--fix", "--unsafe-fixes").status == 0
    assert crop.read_text() == text


def test_what_is_not_selected_is_not_mended(tensorlint: Tensorlint, tmp_path: Path) -> None:
    crop = write(tmp_path, "crop.py", CROP)
    assert tensorlint("check", "--fix", "--unsafe-fixes", "--ignore", "TAL101").status == 0
    assert crop.read_text() == CROP


def test_a_file_that_cannot_be_written_is_told(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crop, plain = write(tmp_path, "crop.py", CROP), write(tmp_path, "plain.py", PLAIN)

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tensorlint.writing.rewrite", full)
    run = tensorlint("check", "--fix", "--unsafe-fixes", "--output-format", "concise")
    assert run.status == 2
    assert "cannot be written: No space left on device" in run.output
    assert (crop.read_text(), plain.read_text()) == (CROP, PLAIN)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--fix", "-"], "standard input cannot be written to"),
        (["--fix", "--add-noqa"], "do not go together"),
        (["--unsafe-fixes"], "--unsafe-fixes goes with --fix or --diff"),
    ],
)
def test_what_does_not_go_together_is_told(
    tensorlint: Tensorlint, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    run = tensorlint("check", *arguments)
    assert run.status == 2
    assert expected in run.errors


@pytest.mark.parametrize("now", [CROP.replace("4, 4", "2, 8").encode(), b"\xff", b"image = 1\0"])
def test_other_bytes_than_those_that_were_checked_are_refused(now: bytes) -> None:
    checked = check(Target("crop.py", data=CROP.encode()), Plan())
    assert unchanged(CROP.encode(), checked).lines == checked.lines
    with pytest.raises(Refused, match="changed while it was checked"):
        unchanged(now, checked)
