"""One line for each finding, the very line that flake8 prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from tensorlint.checking import Checked
from tensorlint.report.visible import visible


def write(found: Sequence[Checked], out: TextIO) -> None:
    for each in (diagnostic for checked in found for diagnostic in checked.diagnostics):
        out.write(f"{visible(each.path)}:{each.line}:{each.column + 1}: {visible(each.one_line)}\n")
