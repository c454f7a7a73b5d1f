"""flake8 with some of its plugins only: `python -m bench.speed.door TAL,B FILE …`; `none` for none of them.

An option cannot do that: flake8 runs pycodestyle and pyflakes even where nothing they say is selected.
"""

from __future__ import annotations

import sys
from typing import Any

from flake8.main.cli import main
from flake8.plugins import finder


def keep(names: set[str]) -> None:
    """Let flake8 find no checks but these."""
    find = finder.find_plugins

    def some(*arguments: Any, **options: Any) -> list[Any]:
        found = find(*arguments, **options)
        return [
            each
            for each in found
            if each.entry_point.group != "flake8.extension" or each.entry_point.name in names
        ]

    finder.find_plugins = some


if __name__ == "__main__":
    keep(set(sys.argv[1].split(",")))
    sys.exit(main(["--isolated", "--jobs=1", *sys.argv[2:]]))
