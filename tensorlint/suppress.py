"""``# noqa`` exactly as flake8 understands it: flake8 itself is asked."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tensorlint.finding import Diagnostic
from tensorlint.source import Source

if TYPE_CHECKING:
    from flake8.processor import FileProcessor

# What flake8 wants to know of a file beside its lines; none of it has to do with `noqa`.
_STYLE = {
    "hang_closing": False,
    "indent_size": 4,
    "max_line_length": 79,
    "max_doc_length": None,
    "verbose": 0,
    "disable_noqa": False,
}


def reported(source: Source, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics that no comment of the file silences."""
    kept = list(diagnostics)
    if not kept or "noqa" not in source.text.lower():
        return kept  # before flake8 is imported
    lines = noqa_lines(source)
    return [each for each in kept if not _is_silenced(each, lines)] if lines is not None else []


def noqa_lines(source: Source) -> Mapping[int, str] | None:
    """Line (from 1) -> the text in which flake8 looks for a comment: that of a whole string, where one goes
    over several lines. None for a file that is silenced as a whole.
    """
    processor = _processor(source)
    if processor.should_ignore_file():
        return None
    return {number: processor.noqa_line_for(number) or line for number, line in enumerate(source.lines, 1)}


def silences(text: str, code: str) -> bool:
    """Does a line of source silence a code?"""
    from flake8.violation import Violation

    return bool(Violation(code, "", 1, 1, "", text).is_inline_ignored(disable_noqa=False))


def _is_silenced(diagnostic: Diagnostic, lines: Mapping[int, str]) -> bool:
    return silences(lines.get(diagnostic.line, ""), diagnostic.code)


def _processor(source: Source) -> FileProcessor:
    from flake8.processor import FileProcessor

    return FileProcessor(source.path, Namespace(**_STYLE), [f"{line}\n" for line in source.lines])
