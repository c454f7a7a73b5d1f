"""`make demo` shows one finding of each of the four families, and what it says is true."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import REPORT, ROOT

DEMO = ROOT / "fixtures" / "demo"

# file -> the code it shows, and the text on the reported line
SHOWN = {
    "crop.py": ("TAL101", "face -= face.mean()"),
    "checkpoint.py": ("TAL201", "copy.copy(weights)"),
    "histograms.py": ("TAL301", "[np.zeros(256, dtype=np.int64)] * 3"),
    "attention.py": ("TAL501", "by_position.view("),
}


@pytest.fixture(scope="module")
def demo() -> dict[str, list[tuple[str, int]]]:
    """What the demo's flake8 command prints: file -> (code, line) of each report."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ndemo:")[2].splitlines()[1]
    _, _, arguments = recipe.partition("/flake8 ")
    done = subprocess.run(
        [sys.executable, "-m", "flake8", *arguments.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, list[tuple[str, int]]] = {}
    for line in done.stdout.splitlines():
        if match := REPORT.match(line):
            found.setdefault(match["path"].rpartition("/")[2], []).append((match["code"], int(match["line"])))
    return found


def test_every_file_shows_something() -> None:
    assert sorted(path.name for path in DEMO.iterdir() if path.suffix == ".py") == sorted(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_each_family_is_found(demo: dict[str, list[tuple[str, int]]], name: str) -> None:
    code, text = SHOWN[name]
    lines = (DEMO / name).read_text(encoding="utf-8").splitlines()
    [place] = [number for number, line in enumerate(lines, 1) if text in line]
    assert demo.get(name) == [(code, place)]


def test_what_the_demo_says_is_true(tmp_path) -> None:
    """Run the four files: the hazards that their comments name are real."""
    import numpy as np
    import torch

    names = {name: {} for name in SHOWN}
    for name, scope in names.items():
        exec(compile((DEMO / name).read_text(encoding="utf-8"), name, "exec"), scope)

    path = tmp_path / "photo.npy"
    np.save(path, np.full((200, 200), 7.0))
    photo, face = names["crop.py"]["compare"](str(path))
    assert photo[60, 80] == face[0, 0] == 0.0

    assert names["checkpoint.py"]["step_length"](torch.ones(3), 0.1) == 0.0

    counts = names["histograms.py"]["histograms"](np.dstack([np.full((4, 4), n) for n in range(3)]))
    assert all(np.array_equal(count, counts[2]) for count in counts)
    assert counts[0][2] == 16

    with pytest.raises(RuntimeError, match="view"):
        names["attention.py"]["merge_heads"](2, 4, 8, 16)
