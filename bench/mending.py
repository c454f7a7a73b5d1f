"""Whether fixes can be made in public code: all of them, also the unsafe ones, in memory.

    python -m bench.mending CHECKOUT … [--diff]

Looks at the files that the verdicts (`bench/verdicts`) name. Of each it is asked whether it is Python still,
whether a second run changes nothing, whether no line changed but those that a fix names, and whether nothing
is found that was not found before. Ends with 1 where one of them is not so.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import checkouts
from bench.checkouts import Checkout
from bench.verdicts import file_of, path_of
from tensorlint import lint_text
from tensorlint.fixes import applied, compatible
from tensorlint.mending import mend
from tensorlint.source import decoded


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``wrong`` says what must not be."""

    path: str
    found: int
    mended: int
    wrong: tuple[str, ...]
    diff: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mending", description=__doc__.partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--diff", action="store_true", help="show what the fixes write")
    options = parser.parse_args(arguments)
    outcomes = []
    for checkout in map(checkouts.identify, options.checkouts):
        mine = [mended(checkout, path) for path in reported(checkout)]
        outcomes += mine
        found, fixed = sum(each.found for each in mine), sum(each.mended for each in mine)
        print(f"{checkout.repository}: {len(mine)} files, {found} findings, {fixed} mended", flush=True)
        for each in mine:
            print("".join(f"    {each.path}: {wrong}\n" for wrong in each.wrong), end="")
            print(each.diff if options.diff else "", end="")
    wrong = sum(bool(each.wrong) for each in outcomes)
    found, fixed = sum(each.found for each in outcomes), sum(each.mended for each in outcomes)
    print(f"{len(outcomes)} files, {found} findings, {fixed} mended, {wrong} files not as they should be")
    return int(wrong > 0)


def reported(checkout: Checkout) -> list[str]:
    """The files of a checkout with a finding that somebody has read."""
    records = checkouts.read_lines(file_of(checkout.repository))
    return sorted({path_of(record) for record in records if record["reported"]})


def mended(checkout: Checkout, path: str) -> Outcome:
    before, _ = decoded((checkout.root / path).read_bytes())
    found = lint_text(before, path)
    after = mend(before, path, unsafe=True)
    once = applied(before, compatible(each.repair for each in found if each.repair is not None))
    edited = {
        line
        for each in found
        if each.repair is not None
        for edit in each.repair.edits
        for line in range(edit.span.line, edit.span.end_line + 1)
    }
    wrong = []
    others = changed(before.splitlines(), once.splitlines()) - edited
    if others:
        wrong.append(f"lines {sorted(others)} changed, which no fix names")
    if mend(after.text, path, unsafe=True).text != after.text:
        wrong.append("a second run changes it again")
    if new := {each.code for each in after.left} - {each.code for each in found}:
        wrong.append(f"{', '.join(sorted(new))} is found where it was not before")
    try:
        ast.parse(after.text)
    except SyntaxError as error:
        wrong.append(f"it is no Python any more: {error}")
    lines = before.splitlines(keepends=True), after.text.splitlines(keepends=True)
    diff = "".join(difflib.unified_diff(*lines, path, path, n=1))
    return Outcome(path, len(found), len(after.mended), tuple(wrong), diff)


def changed(before: Sequence[str], after: Sequence[str]) -> set[int]:
    """The numbers of the lines, from 1, that are others afterwards; what is put in stands at the next one."""

    def numbers() -> Iterator[range]:
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        for kind, first, last, _, _ in matcher.get_opcodes():
            if kind != "equal":
                yield range(first + 1, max(last, first + 1) + 1)

    return {number for each in numbers() for number in each}


if __name__ == "__main__":
    sys.exit(main())
