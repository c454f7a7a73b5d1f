"""For people: what is wrong, where memory is shared, written and read, and what to write instead."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic
from tensorlint.pages import instead, page
from tensorlint.report.frame import frame
from tensorlint.report.place import place, row
from tensorlint.report.visible import visible

WIDTH = 100
GUTTER = 4


def write(found: Sequence[Checked], out: TextIO, *, pages: bool = False) -> None:
    """``pages``: the first finding of each rule comes with the whole page of the rule."""
    console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if any(each.diagnostics for each in found):
        _write_findings(found, console, pages=pages)
    console.print(_summary(found), style="bold")


def _write_findings(found: Sequence[Checked], console: Console, *, pages: bool) -> None:
    explained: set[str] = set()
    for checked in found:
        for diagnostic in checked.diagnostics:
            for line in _finding(diagnostic, checked):
                console.print(line)
            if page(diagnostic.code):
                in_full = pages and diagnostic.code not in explained
                way_out = _page(diagnostic.code) if in_full else _instead(diagnostic.code)
                console.print(Text("\n".join([*way_out, *_fix(diagnostic)]), style="green"))
                explained.add(diagnostic.code)
            console.print()


def _summary(found: Sequence[Checked]) -> str:
    """How it went, in one sentence for each thing that can be said."""
    if not found:
        return "No Python files found."
    checked = [each for each in found if not each.failed]
    number = sum(len(each.diagnostics) for each in checked)
    files = sum(bool(each.diagnostics) for each in checked)
    where = (
        f" in {_count(files, 'file')} of {len(checked)}" if number else f" in {_count(len(checked), 'file')}"
    )
    said = f"{_count(number, 'finding') if number else 'No findings'}{where}."
    lost = len(found) - len(checked)
    return f"{said} {_count(lost, 'file')} could not be checked." if lost else said


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _finding(diagnostic: Diagnostic, checked: Checked) -> Iterator[Text]:
    where = f"{visible(place(checked, diagnostic))}: "
    yield Text.assemble((where, "bold"), (diagnostic.code, "bold red"), f" {visible(diagnostic.message)}")
    if checked.lines:
        yield from frame(diagnostic, checked.lines, lambda line: row(checked, line))


def _instead(code: str) -> list[str]:
    first = f"{'':{GUTTER}} = instead: "
    return textwrap.wrap(
        f"{first}{instead(code)}",
        WIDTH,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _fix(diagnostic: Diagnostic) -> Iterator[str]:
    if diagnostic.repair is not None:
        option = "--fix" if diagnostic.repair.safe else "--fix --unsafe-fixes"
        yield f"{'':{GUTTER}} = fix: {visible(diagnostic.repair.title)} ({option})"


def _page(code: str) -> list[str]:
    return [f"{'':{GUTTER}} = {line}".rstrip() for line in page(code).splitlines()]
