"""Jupyter notebooks: the code cells of one are a module, in their order, each line at its column.

Comments tell what Python's syntax cannot: where a cell begins, and which value is displayed. What IPython
reads and Python does not, such as `%magic`, `!command` and `name?`, becomes one, too. So every text can be
turned back into cells.
"""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tensorlint.source import DISPLAYED, MARK, SourceError

SUFFIX = ".ipynb"
LANGUAGES = ("python", "ipython")
MISSING = "notebooks need nbformat: pip install 'tensorlint[notebooks]'"

_CELL = f"{MARK} cell"
# Cell magics that run the rest of their cell as Python, and in this very session.
_PYTHON_MAGICS = frozenset("capture debug prun time timeit".split())
_LINE_MAGIC = re.compile(r"(?P<before>\s*)(?P<magic>[%!?].*|[\w.%*]+\?\??\s*)")
_ASSIGNED_MAGIC = re.compile(r"(?P<before>\s*[\w.,\[\] ]+=\s*)(?P<magic>[%!].*)")


class NotWritable(ValueError):
    """A notebook that cannot be written without changing more than its code; the message says why."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as Python would see it; ``json`` is the file. ``broken``: the cells that are no Python and
    not in the text, each with the place of its mistake.
    """

    json: str
    text: str
    language: str
    broken: tuple[str, ...]

    @classmethod
    def read(cls, data: bytes | str) -> Notebook:
        """Raises SourceError for what is no notebook, or where nbformat is missing."""
        written = _decoded(data)
        _content(written)
        try:
            from nbformat import convert, reader
        except ModuleNotFoundError as error:
            raise SourceError(MISSING) from error
        try:
            found: Any = reader.reads(written)  # type: ignore[no-untyped-call]
            node = found if found["nbformat"] == 4 else convert(found, 4)  # type: ignore[no-untyped-call]
            sources = [str(cell["source"]) for cell in _code_cells(node)]
            language = _language(node["metadata"])
        except Exception as error:  # nbformat raises whatever the JSON leads to
            why = " ".join(f"{type(error).__name__}: {error}".split())
            raise SourceError(f"no notebook that nbformat can read: {why}") from error
        if any(MARK in source for source in sources):
            raise SourceError("holds the character U+E000, which marks the cells here")
        text, broken = _module(sources)
        return cls(written, text, language, broken)

    def encoded(self, text: str) -> bytes:
        """The notebook with the code of another text, all its other bytes as they are.

        Raises NotWritable where they cannot be kept.
        """
        content = _content(self.json)
        if content.get("nbformat") != 4:
            raise NotWritable(f"a notebook of format {content.get('nbformat')}; only 4 can be written")
        write = next((write for write in _layouts(self.json) if write(content) == self.json), None)
        if write is None:
            raise NotWritable("the layout of its JSON could not be kept; saved by Jupyter, it can")
        for cell, source in zip(_code_cells(content), sources(text), strict=True):
            is_list = isinstance(cell["source"], list)
            if source != ("".join(cell["source"]) if is_list else cell["source"]):
                cell["source"] = source.splitlines(keepends=True) if is_list else source
        return write(content).encode("utf-8")


def cell_starts(text: str) -> tuple[int, ...]:
    """The line before the first one of each code cell; none where a text comes from no notebook."""
    if MARK not in text:
        return ()
    return tuple(number for number, line in enumerate(text.split("\n"), 1) if line == _CELL)


def in_cell(starts: Sequence[int], line: int) -> tuple[int, int]:
    """A line as a person counts: the code cell, from 1, and the line in it."""
    number = max(1, bisect_left(starts, line))
    return number, max(1, line - starts[number - 1])


def sources(text: str) -> list[str]:
    """The code of each cell, as it stands in the notebook."""
    cells = text.removeprefix(f"{_CELL}\n").split(f"\n{_CELL}\n")
    return ["\n".join(as_written(cell.split("\n"))) for cell in cells] if MARK in text else []


def as_written(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines as they stand in the notebook; those of any other text are as they are."""
    return tuple(_revealed(line) if MARK in line else line for line in lines)


def _decoded(data: bytes | str) -> str:
    try:
        return data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"cannot decode notebook as utf-8: {error.reason}") from error


def _content(written: str) -> dict[str, Any]:
    try:
        content = json.loads(written)
    except json.JSONDecodeError as error:
        raise SourceError(f"no notebook: no JSON: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:  # also a number of more digits than Python reads
        raise SourceError("no notebook: nested too deep, or not to be read") from error
    if not isinstance(content, dict) or not isinstance(content.get("nbformat"), int):
        raise SourceError("no notebook: its JSON does not tell the format (nbformat)")
    return content


def _code_cells(content: Any) -> list[Any]:
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def _language(metadata: Any) -> str:
    kernel, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    return str(kernel.get("language") or info.get("name") or "python").lower()


def _module(cells: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The text of all cells, and what is said of those that cannot run: IPython goes on after them."""
    lines: list[str] = []
    broken = []
    for number, cell in enumerate(cells, 1):
        lines.append(_CELL)
        masked, mistake = _masked(cell.split("\n"))
        if mistake is None:
            lines += masked
        else:
            broken.append(f"cell_{number} passed over: line {mistake[0]} cannot be parsed: {mistake[1]}")
            lines += [f"{MARK}{line}" for line in cell.split("\n")]
    return "\n".join(lines), tuple(broken)


def _masked(lines: list[str]) -> tuple[list[str], tuple[int, str] | None]:
    """The lines of a cell, with nothing in them that only IPython reads; and the mistake that is left.

    Python's parser is asked where it stumbles: a line may begin with `%` and be none of IPython's.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if lines[first][2:].split(" ")[0].strip() not in _PYTHON_MAGICS:
            return [f"{MARK}{line}" for line in lines], None
        lines[first] = f"{MARK}{lines[first]}"
    while (mistake := _mistake(lines)) is not None:
        # Brackets and quotes of a command may mislead the parser: then any line that looks like one will do.
        suspects = (_beginning(lines, mistake[0] - 1), *range(len(lines)))
        number = next((suspect for suspect in suspects if _magic(lines[suspect])), None)
        if number is None:
            return lines, mistake
        _mask(lines, number)
    return _with_displayed(lines), None


def _beginning(lines: list[str], number: int) -> int:
    """The line that a line goes on."""
    while number > 0 and lines[number - 1].endswith("\\"):
        number -= 1
    return number


def _magic(line: str) -> re.Match[str] | None:
    return _LINE_MAGIC.fullmatch(line) or _ASSIGNED_MAGIC.fullmatch(line)


def _mask(lines: list[str], number: int) -> None:
    """Make comments of a line that only IPython reads, and of those that it goes on in."""
    magic = _magic(lines[number])
    assert magic is not None
    goes_on = lines[number].endswith("\\")
    lines[number] = f"{magic['before']}0{MARK}{magic['magic']}"
    while goes_on and number + 1 < len(lines):
        number += 1
        goes_on = lines[number].endswith("\\")
        lines[number] = f"{MARK}{lines[number]}"


def _mistake(lines: list[str]) -> tuple[int, str] | None:
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return min(error.lineno or 1, len(lines)), error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error) or "nested too deep"
    return None


def _revealed(line: str) -> str:
    before, _, magic = line.replace(DISPLAYED, "").partition(MARK)
    return before.removesuffix("0") + magic if magic else before


def _with_displayed(lines: list[str]) -> list[str]:
    """The lines of a cell with a mark after its last expression, unless a semicolon hides the value."""
    body = ast.parse("\n".join(lines)).body
    if not body or not isinstance(body[-1], ast.Expr):
        return lines
    last = (body[-1].end_lineno or 1) - 1
    after = lines[last].encode()[body[-1].end_col_offset or 0 :].lstrip()
    if after.startswith(b";") or MARK in lines[last]:
        return lines
    return [*lines[:last], lines[last] + DISPLAYED, *lines[last + 1 :]]


def _layouts(before: str) -> Iterator[Callable[[Any], str]]:
    """Ways to write JSON, one of which may be that of a text: its indentation, escapes and line ends."""
    indent = re.match(r"\{\r?\n([ \t]+)", before)
    line_end = "\r\n" if "\r\n" in before else "\n"
    final = before[len(before.rstrip()) :]
    for is_ascii in (False, True):
        for separators in ((",", ": "), (", ", ": "), (",", ":")):

            def write(content: Any, is_ascii: bool = is_ascii, marks: tuple[str, str] = separators) -> str:
                text = json.dumps(
                    content, ensure_ascii=is_ascii, indent=indent[1] if indent else None, separators=marks
                )
                return text.replace("\n", line_end) + final

            yield write
