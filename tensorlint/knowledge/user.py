"""What users say of their own libraries, in the lines that the tables are written in.

``[tool.tensorlint.knowledge]`` of a ``pyproject.toml`` holds them, or a TOML file by itself, at its root::

    "mylib.normalize_" = "(x, mean, std) -> x, x!"

    ["mylib.crop"]
    effect = "(image, box) -> view(image) as numpy.ndarray"
    source = "<where that is said>"

    [[group]]
    effect = "(image) -> new(like(image))"
    names = ["mylib.blur", "mylib.sharpen"]

Every line is checked when it is read: what is wrong is told with its file and line, all of it at once.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorlint.knowledge.catalog import Catalog, Entry
from tensorlint.knowledge.checks import complaints, types
from tensorlint.knowledge.effects import EffectError
from tensorlint.reading import read_file
from tensorlint.toml import TomlError, read_toml

PROJECT = "pyproject.toml"
_HEADER = re.compile(r"^\s*\[+\s*tool\s*\.\s*tensorlint\b", re.MULTILINE)
_QUALIFIED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_EXAMPLE = '"(image, box) -> view(image)"'


class KnowledgeError(ValueError):
    """What a user says cannot be understood; the message has one line for each thing that is wrong."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One entry and where it stands."""

    entry: Entry
    file: _File
    line: int


def read_knowledge(files: Iterable[str | Path]) -> tuple[Entry, ...]:
    """The entries of some files; what a later one says of a name counts.

    Raises KnowledgeError with every wrong line of all of them.
    """
    read = [_File(Path(file)) for file in files]
    said = {each.entry.name: each for file in read for each in file.said()}
    own = tuple(each.entry for each in said.values())
    catalog = Catalog(own=own)
    for each in said.values():
        for name in sorted(types(each.entry.signature)):
            if not _is_class(catalog, name):
                expected = "expected one that tensorlint knows, or that a line here tells of"
                each.file.refuse(each.line, f"{each.entry.name}: no class {name!r} is known: {expected}")
    wrong = [f"{file.path}:{line}: {why}" for file in read for line, why in sorted(file.wrong)]
    if wrong:
        raise KnowledgeError("\n".join(wrong))
    return own


def _is_class(catalog: Catalog, name: str) -> bool:
    module, _, last = name.rpartition(".")
    if module == "builtins":
        return isinstance(getattr(builtins, last, None), type)
    return catalog.is_class(catalog.canonical(name))


class _File:
    """One file while it is read; ``wrong`` are the lines that cannot be understood, and why."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wrong: list[tuple[int, str]] = []
        self.text = ""
        self.first = 1  # the line from which on the user speaks to tensorlint

    def refuse(self, line: int, why: str) -> None:
        self.wrong.append((line, why))

    def said(self) -> Iterator[_Said]:
        data = self._table()
        groups = data.pop("group", [])
        for group in groups if isinstance(groups, list) else [groups]:
            yield from self._group(group)
        for name, row in data.items():
            effect = row.get("effect") if isinstance(row, dict) else row
            source = row.get("source", "") if isinstance(row, dict) else ""
            yield from self._entries((name,), effect, source)

    def _table(self) -> dict[str, Any]:
        """The table that speaks to tensorlint; empty where there is none."""
        try:
            content = read_file(self.path)
            data = read_toml(content)
        except OSError as error:
            self.refuse(1, f"cannot be read: {error.strerror}")
            return {}
        except TomlError as error:
            self.refuse(error.line or 1, str(error))
            return {}
        self.text = content.decode("utf-8")
        if self.path.name != PROJECT and "tool" not in data:
            return data
        header = _HEADER.search(self.text)
        self.first = self.text.count("\n", 0, header.start()) + 1 if header is not None else 1
        found: Any = data.get("tool", {})
        for name in ("tensorlint", "knowledge"):
            found = found.get(name, {}) if isinstance(found, dict) else found
        if not isinstance(found, dict):
            self.refuse(self.first, "expected a table [tool.tensorlint.knowledge]")
            return {}
        return dict(found)

    def _group(self, group: object) -> Iterator[_Said]:
        names = group.get("names") if isinstance(group, dict) else None
        if not isinstance(group, dict) or not isinstance(names, list) or not names:
            self.refuse(self._line_of("group"), 'expected a [[group]] with an effect and names = ["…"]')
            return
        yield from self._entries(tuple(map(str, names)), group.get("effect"), group.get("source", ""))

    def _entries(self, names: tuple[str, ...], effect: object, source: object) -> Iterator[_Said]:
        """The entries of some names that have one effect in common, if it is one."""
        line = self._line_of(names[0])
        for name in names:
            if not _QUALIFIED.fullmatch(name):
                expected = f'expected a dotted name in quotes, such as "mylib.crop" = {_EXAMPLE}'
                self.refuse(self._line_of(name), f"{name!r} is no qualified name: {expected}")
                return
        if not isinstance(effect, str):
            self.refuse(line, f"{names[0]}: expected a line of text such as {_EXAMPLE}")
            return
        found = [Entry(name, effect, str(source), "") for name in names]
        try:
            why = list(complaints(found[0].signature))
        except EffectError as error:
            why = [str(error)]
        for each in why:
            self.refuse(line, f"{names[0]}: {each}")
        if not why:
            yield from (_Said(entry, self, self._line_of(entry.name)) for entry in found)

    def _line_of(self, name: str) -> int:
        """The line where a name stands; TOML itself does not tell."""
        bare = rf"[\s\[]*(?:tool\.tensorlint\.knowledge\.)?{re.escape(name)}\b"
        written = re.compile(rf"""^(?!\s*#)(?:{bare}|.*(["']){re.escape(name)}\1)""")
        for number, line in enumerate(self.text.splitlines(), 1):
            if number >= self.first and written.search(line):
                return number
        return self.first
