"""``python -m tests.oracle``: run random programs and hold the engine and the rules against what they did.

A run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from runtime_check import programs
from runtime_check.generate.backward import generate
from tests.oracle.backward import Backwards
from tests.oracle.compare import Comparison
from tests.oracle.engine import Linter
from tests.oracle.progress import compared, compared_backward
from tests.oracle.report import report, show, shrunk


def main(argv: list[str] | None = None) -> int:
    """0 when nothing was refuted in all programs, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--library", choices=(*programs.LIBRARIES, programs.BACKWARD), required=True)
    parser.add_argument("--programs", type=int, default=1000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("build/oracle"), help="counts (%(default)s)")
    parser.add_argument(
        "--shrink", type=int, default=10, help="how many mistakes to make small (%(default)s)"
    )
    options = parser.parse_args(argv)
    gc.freeze()
    gc.set_threshold(100_000)
    if options.library == programs.BACKWARD:
        backwards = compared_backward(options.seed, options.programs, Linter, options.folder)
        print(backwards.report())
        for refutation in backwards.refutations[: options.shrink]:
            source = generate(options.seed, refutation.index).source
            print("\n".join(["", *show(refutation, source)]))
        return _ending(backwards, options.programs)
    comparison = compared(options.library, options.seed, options.programs, Linter, options.folder)
    small = shrunk(options.library, options.seed, comparison, options.shrink, Linter)
    print(report(options.library, comparison, small))
    return _ending(comparison, options.programs)


def _ending(comparison: Comparison | Backwards, wanted: int) -> int:
    whole = comparison.programs >= wanted
    return int(bool(comparison.refutations or comparison.failed) or not whole)


if __name__ == "__main__":
    sys.exit(main())
