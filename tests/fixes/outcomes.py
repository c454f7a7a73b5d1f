"""The process in which mended fixtures of one library run: what a bad case gives now, beside its good twin.

Reads ``[[path, mended text], …]`` from its standard input and writes one JSON line for each bad case.
"""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import replace

from runtime_check.cases import run_case
from tensorlint.testing import Fixture, load_fixture


def outcome(fixture: Fixture, name: str) -> str:
    """A picture of how a case ends."""
    case = next(case for case in fixture.cases if case.name == name)
    code = compile(ast.parse(fixture.text), str(fixture.path), "exec")
    return repr(run_case(fixture, code, case, "cpu", None).picture)


def main() -> None:
    for path, mended in json.load(sys.stdin):
        fixture = load_fixture(path)
        for case in fixture.cases:
            if case.kind == "bad":
                row = {
                    "name": f"{fixture.name}:{case.stem}",
                    "before": outcome(fixture, case.name),
                    "after": outcome(replace(fixture, text=mended), case.name),
                    "good": outcome(fixture, f"good_{case.stem}"),
                }
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
