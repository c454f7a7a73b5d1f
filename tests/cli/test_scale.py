"""What docs/scale.md builds on: a file's findings depend on nothing but the file and the choice of rules."""

from __future__ import annotations

import json
from pathlib import Path

from tensorlint import lint_text
from tests.cli.conftest import Tensorlint, write
from tests.conftest import ROOT

DEMO = sorted((ROOT / "fixtures" / "demo").glob("*.py"))


def test_files_one_by_one_say_what_all_together_say(tmp_path: Path, tensorlint: Tensorlint) -> None:
    for path in DEMO:
        write(tmp_path, f"src/{path.name}", path.read_bytes())
    options = ("--isolated", "--no-cache", "--jobs=1", "--exit-zero", "--output-format=json")
    whole = tensorlint("check", *options, "src")
    parts = []
    for path in DEMO:
        report = tmp_path / f"{path.name}.json"
        assert tensorlint("check", *options, f"--output-file={report}", f"src/{path.name}").status == 0
        parts += json.loads(report.read_text())
    assert parts == json.loads(whole.output)
    assert parts


def test_lint_text_is_the_same_wherever_it_runs(tmp_path: Path, tensorlint: Tensorlint) -> None:
    (path,) = (path for path in DEMO if path.name == "crop.py")
    write(tmp_path, "crop.py", path.read_bytes())
    found = lint_text(path.read_bytes(), "crop.py")
    reported = json.loads(tensorlint("check", "crop.py", "--isolated", "--output-format=json").output)
    assert [(each.code, each.line, each.message) for each in found] == [
        (each["code"], each["line"], each["message"]) for each in reported
    ]
