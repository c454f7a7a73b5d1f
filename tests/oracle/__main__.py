"""``python -m tests.oracle``: run random programs and hold the engine and the rules against what they did.

A run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from runtime_check import programs
from tests.oracle.engine import Linter
from tests.oracle.progress import compared
from tests.oracle.report import report, shrunk


def main(argv: list[str] | None = None) -> int:
    """0 when nothing was refuted in all programs, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--library", choices=programs.LIBRARIES, required=True)
    parser.add_argument("--programs", type=int, default=1000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("build/oracle"), help="counts (%(default)s)")
    parser.add_argument(
        "--shrink", type=int, default=10, help="how many mistakes to make small (%(default)s)"
    )
    options = parser.parse_args(argv)
    gc.freeze()
    gc.set_threshold(100_000)
    comparison = compared(options.library, options.seed, options.programs, Linter, options.folder)
    small = shrunk(options.library, options.seed, comparison, options.shrink, Linter)
    print(report(options.library, comparison, small))
    whole = comparison.programs >= options.programs
    return int(bool(comparison.refutations or comparison.failed) or not whole)


if __name__ == "__main__":
    sys.exit(main())
