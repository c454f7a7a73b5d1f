"""``python -m tests.oracle``: trace random programs and compare the engine with them; traces are kept."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runtime_check import programs
from tensorlint.inspection import analyse
from tests.oracle.compare import Comparison, distinct
from tests.oracle.report import report
from tests.oracle.shrink import shrink


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--library", choices=("numpy", "torch"), action="append")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--traces", type=Path, default=Path("build/oracle"), help="folder of traces (%(default)s)"
    )
    parser.add_argument(
        "--shrink", type=int, default=10, help="how many refutations to make small (%(default)s)"
    )
    parser.add_argument("--report", type=Path, help="write the report there as well")
    options = parser.parse_args(argv)
    options.traces.mkdir(parents=True, exist_ok=True)
    texts, wrong = [], False
    for library in options.library or ("numpy", "torch"):
        path = options.traces / f"{library}-{options.seed}-{programs.digest(library)}.jsonl"
        arguments = ["--library", library, "--count", str(options.count), "--seed", str(options.seed)]
        programs.main([*arguments, "--out", str(path)])
        comparison = Comparison()
        for program in programs.read(path):
            if program["index"] < options.count:
                comparison.add(program, analyse)
        small = [
            shrink(refutation, analyse) for refutation in distinct(comparison.refutations)[: options.shrink]
        ]
        texts.append(report(library, comparison, small))
        print(texts[-1], flush=True)
        wrong |= bool(comparison.refutations or comparison.failed)
        if options.report:
            options.report.write_text("\n".join(texts), encoding="utf-8")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
