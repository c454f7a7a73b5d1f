"""Print how a file is lowered: `python -m tensorlint.syntax FILE [QUALNAME]`."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tensorlint.source import Source
from tensorlint.syntax import LoweringSkipped, lower, outline
from tensorlint.syntax.printing import show_function


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    source = Source.read(Path(arguments[0]).read_bytes(), arguments[0])
    drawn = outline(ast.parse(source.text))
    for unit in drawn.units:
        if arguments[1:] and unit.qualname != arguments[1]:
            continue
        try:
            print("\n".join(show_function(lower(source, drawn, unit).function)), end="\n\n")
        except LoweringSkipped as skipped:
            print(f"{unit.kind} {unit.qualname}: skipped, {skipped.reason}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
