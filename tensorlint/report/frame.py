"""The lines of a finding, with a mark under each place of its story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from tensorlint.finding import Diagnostic, Related
from tensorlint.report.visible import visible

LONGEST = 160  # columns of a line that are shown; more would be no line of a person's
BEFORE = 40  # columns of such a line that are shown before its first mark
NEAR = 2  # lines between two marks that are shown as well


@dataclass(frozen=True, slots=True)
class _Mark:
    column: int
    end: int
    label: str
    is_finding: bool


def frame(diagnostic: Diagnostic, lines: Sequence[str], label: Callable[[int], str] = str) -> Iterator[Text]:
    """Source lines from the first place to the last, those without a mark left out where they are many.
    ``label`` names a line.
    """
    marks = _marks(diagnostic, lines)
    width = max(3, *(len(label(number)) for number in marks))
    yield _row(width, "", Text())
    previous = min(marks)
    for number in sorted(marks):
        if number - previous > NEAR + 1:
            yield Text(f"{'':{width - 2}}...", style="blue")
        else:
            for between in range(previous + 1, number):
                yield _row(width, label(between), _Line(lines[between - 1], 0).text)
        line = _Line(lines[number - 1], min(mark.column for mark in marks[number]))
        yield _row(width, label(number), line.text)
        for mark in marks[number]:
            yield _row(width, "", line.under(mark))
        previous = number
    yield _row(width, "", Text())


def _marks(diagnostic: Diagnostic, lines: Sequence[str]) -> dict[int, list[_Mark]]:
    """Line -> its marks, each place once, from left to right."""
    here = Related(diagnostic.line, diagnostic.column, "", diagnostic.end_line, diagnostic.end_column)
    found: defaultdict[int, list[_Mark]] = defaultdict(list)
    for place in dict.fromkeys((here, *diagnostic.notes)):
        if place.line > len(lines):
            continue  # nothing to show: the text ends before
        text = lines[place.line - 1]
        end = place.end_column if place.line == place.end_line else len(text.rstrip())
        mark = _Mark(place.column, max(end, place.column + 1), place.message, place is here)
        found[place.line].append(mark)
    return {line: sorted(marks, key=lambda mark: mark.column) for line, marks in found.items()}


class _Line:
    """One line as it is shown: what cannot be seen is written out, and of a very long one only a part."""

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._start = max(0, first - BEFORE) if len(text) > LONGEST else 0
        self._stop = self._start + LONGEST

    @property
    def text(self) -> Text:
        more = "…" if self._stop < len(self._text) else ""
        return Text(f"{self._before}{visible(self._text[self._start : self._stop])}{more}".rstrip())

    @property
    def _before(self) -> str:
        return "…" if self._start else ""

    def under(self, mark: _Mark) -> Text:
        """The mark below its place, and what it says."""
        first, last = self._column(mark.column), self._column(mark.end)
        sign, style = ("^", "bold red") if mark.is_finding else ("-", "bold blue")
        label = f" {visible(mark.label)}" if mark.label else ""
        return Text.assemble(" " * first, (sign * max(1, last - first) + label, style))

    def _column(self, column: int) -> int:
        """The column on the screen of a column of the text."""
        column = min(max(column, self._start), self._stop)
        return cell_len(self._before + visible(self._text[self._start : column]))


def _row(width: int, number: str, content: Text) -> Text:
    row = Text.assemble((f"{number:>{width}} |", "blue"), " ", content)
    row.rstrip()
    return row
