"""`--add-noqa`: a comment on every line that is reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tensorlint.checking import Checked
from tensorlint.noqa import with_noqa
from tensorlint.reading import read_file
from tensorlint.writing import Refused, not_written, rewrite


def silence(found: Sequence[Checked]) -> tuple[int, list[Checked]]:
    """Write the comments; how many findings they silence, and the files that stay as they were, and why."""
    silenced = 0
    refused = []
    for checked in found:
        if checked.failed:
            refused.append(checked)
        elif checked.diagnostics:
            try:
                path = Path(checked.name)
                rewrite(path, with_noqa(read_file(path), checked))
                silenced += len(checked.diagnostics)
            except (Refused, OSError) as error:
                refused.append(not_written(checked, error))
    return silenced, refused
