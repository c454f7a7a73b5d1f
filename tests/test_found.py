"""Scripts that reproduce defects of released packages say which, where, and by which rule it was found."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from bench.found.__main__ import Defect, defects, reproduce
from tensorlint.rule import registry

SCRIPT = '''\
"""A package: what is wrong.

package: {package} {version}
place: pytest/__init__.py: import
finding: TAL101
"""
{body}
'''


@pytest.mark.parametrize("defect", list(defects()), ids=lambda defect: defect.script.stem)
def test_a_script_says_what_it_shows(defect: Defect) -> None:
    assert defect.code in {rule.code for rule in registry()}
    assert "tensorlint" not in defect.script.read_text("utf-8")  # it stands alone
    assert defect.title.endswith(".")


@pytest.mark.parametrize(
    ("body", "shows"), [("print('seen')", True), ("raise AssertionError('gone')", False)]
)
def test_a_script_is_run_where_its_package_is(tmp_path: Path, body: str, shows: bool) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(package="pytest", version=metadata.version("pytest"), body=body))
    outcome = reproduce(Defect.read(script))
    assert outcome is not None
    assert (outcome.shows, outcome.reported, outcome.agrees) == (shows, False, False)
    assert ("seen" if shows else "AssertionError: gone") in outcome.said


def test_a_package_that_is_not_there_is_skipped(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(package="no-such-package", version="1", body=""))
    assert reproduce(Defect.read(script)) is None


def test_a_script_without_its_place_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("print('hello')\n")
    with pytest.raises(ValueError, match="expected lines"):
        Defect.read(script)
