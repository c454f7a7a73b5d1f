"""Write `# noqa: CODE` where something is reported, and nothing else is touched."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping

from tensorlint.checking import Checked
from tensorlint.source import Source
from tensorlint.suppress import noqa_lines, silences
from tensorlint.writing import Refused, unchanged

_LINES = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_CODES = re.compile(r"# noqa:\s?[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*", re.IGNORECASE)


def with_noqa(text: str, checked: Checked) -> str:
    """The text of a file with a comment for each of its findings.

    Raises Refused where the text is not the one that was checked, or a comment would not silence, or
    would change more than itself.
    """
    source = unchanged(text, checked)
    places = noqa_lines(source) or {}
    codes: defaultdict[int, set[str]] = defaultdict(set)
    for each in checked.diagnostics:
        codes[_last_line(each.line, source, places)].add(each.code)
    lines = _LINES.split(text)
    for number, wanted in codes.items():
        lines[number - 1] = _commented(lines[number - 1], sorted(wanted))
    written = "".join(lines)
    _check(source, Source.read(written, checked.name), checked)
    return written


def _last_line(line: int, source: Source, places: Mapping[int, str]) -> int:
    """Where a comment can stand for flake8 to see it: after a string that goes on, not within it."""
    text = places.get(line, "").removesuffix("\n")
    length = text.count("\n") + 1
    for first in range(line, max(0, line - length), -1):
        if "\n".join(source.lines[first - 1 : first - 1 + length]) == text:
            return first + length - 1
    return line


def _commented(line: str, codes: list[str]) -> str:
    content = line.rstrip("\r\n")
    end = line[len(content) :]
    known = _CODES.search(content)
    if known is None:
        return f"{content}  # noqa: {', '.join(codes)}{end}"
    return f"{content[: known.end()]}, {', '.join(codes)}{content[known.end() :]}{end}"


def _check(before: Source, after: Source, checked: Checked) -> None:
    """Hold what would be written against what was meant."""
    if ast.dump(ast.parse(before.text)) != ast.dump(ast.parse(after.text)):
        raise Refused("a comment would change what the code says")
    places = noqa_lines(after) or {}
    for each in checked.diagnostics:
        if not silences(places.get(each.line, ""), each.code):
            raise Refused(f"no comment on line {each.line} can silence {each.code}")
