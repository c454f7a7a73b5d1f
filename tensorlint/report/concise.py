"""One line for each finding, the very line that flake8 prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from tensorlint.checking import Checked
from tensorlint.report.place import one_line, place
from tensorlint.report.visible import visible


def write(found: Sequence[Checked], out: TextIO) -> None:
    for checked in found:
        for each in checked.diagnostics:
            out.write(f"{visible(place(checked, each))}: {visible(one_line(checked, each))}\n")
