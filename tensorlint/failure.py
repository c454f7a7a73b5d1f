"""What is said of a file that could not be checked."""

from __future__ import annotations

import traceback
from pathlib import Path

from tensorlint.finding import Diagnostic

NOT_CHECKED = "TAL000"


def failure(path: str, why: str, line: int = 1) -> Diagnostic:
    """A diagnostic that stands for all that may be wrong with a file, and why nobody knows."""
    return Diagnostic(NOT_CHECKED, "not-checked", why, line, 0, line, 0, path=path)


def crash(path: str, error: Exception) -> Diagnostic:
    """The error, on one line, and the place in tensorlint that raised it: enough for a report."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return failure(path, f"tensorlint could not check this file: {text}{place}")
