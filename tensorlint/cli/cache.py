"""What was found in files, kept from run to run: what did not change is not linted again.

One file for each entry, named by a digest of all that a finding depends on: the bytes of the source and its
name, the rules and the knowledge that were chosen, and the versions of whatever reads them. So an entry never
grows old; it is only asked for no more, and the folder may be deleted at any time, or be shared. What is read
is text of a fixed shape, or it counts as missing, and so does what cannot be read: an entry may save work,
never change how a run ends. Fixes are never written from here: `--fix` lints the file that it mends.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tensorlint.checking import Checked, Plan
from tensorlint.finding import Confidence, Diagnostic, Edit, Related, Repair, Span
from tensorlint.source import Source, SourceError

FOLDER = ".tensorlint_cache"
SHAPE = 3  # of an entry; another one is another key
LARGEST = 1 << 22  # bytes of an entry
_CODE = re.compile(r"TAL\d{3}")
_READERS = ("libcst", "flake8")  # flake8 says what a comment silences


@dataclass(frozen=True, slots=True)
class Cache:
    """Entries in a folder; ``salt`` is the part of their names that all files have in common."""

    folder: Path
    salt: bytes

    @classmethod
    def of(cls, plan: Plan, folder: Path) -> Cache:
        options = plan.options
        chosen = (
            sorted(options.enable),
            sorted(options.disable),
            options.knowledge,
            options.words,
            options.confidence,
            plan.noqa,
        )
        versions = [_version(name) for name in _READERS]
        said = repr((SHAPE, sys.version, versions, chosen))
        digest = hashlib.sha256(said.encode("utf-8", "surrogatepass"))
        for part in _linter():
            digest.update(part)
        return cls(folder, digest.digest())

    def recall(self, name: str, data: bytes) -> Checked | None:
        """What was found in a file with these bytes; None where that is not known."""
        try:
            text = self._read(self._entry(name, data))
            if text is None:
                return None
            rows, said = map(_list, json.loads(text))
            notices = tuple(map(_text, said))
            if not rows:
                return Checked(name, notices=notices)
            lines = Source.read(data, name).lines
            found = tuple(_diagnostic(row, name, len(lines)) for row in rows)
            return Checked(name, found, lines, notices=notices)
        except (OSError, ValueError, TypeError, RecursionError, SourceError):
            return None

    def keep(self, data: bytes, checked: Checked) -> None:
        """Remember what was found; where that cannot be written, the next run has to look again."""
        with suppress(OSError):
            rows = [_row(each) for each in checked.diagnostics]
            text = json.dumps([rows, checked.notices], separators=(",", ":"))
            self._make_folder()
            # No process reads half of an entry: it is there as a whole, or not at all.
            handle, partial = tempfile.mkstemp(dir=self.folder, suffix=".partial")
            try:
                with open(handle, "w", encoding="ascii") as file:
                    file.write(text)
                os.replace(partial, self._entry(checked.name, data))
            except OSError:
                os.unlink(partial)
                raise

    def _entry(self, name: str, data: bytes) -> Path:
        digest = hashlib.sha256(self.salt)
        digest.update(name.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(data)
        return self.folder / f"{digest.hexdigest()}.json"

    @staticmethod
    def _read(entry: Path) -> str | None:
        try:
            found = entry.lstat()
        except FileNotFoundError:
            return None
        # Neither a pipe, which would wait for a writer, nor a link to somewhere else.
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            return None
        return entry.read_text(encoding="ascii")

    def _make_folder(self) -> None:
        """The folder tells git that nothing in it belongs to the project."""
        if self.folder.is_dir():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / ".gitignore").write_text("# Made by tensorlint.\n*\n", encoding="ascii")


def _version(package: str) -> str:
    """The installed version, by the name of the folder that says it: `importlib.metadata` takes longer to
    import than a small file to lint.
    """
    spec = find_spec(package)
    if spec is not None and spec.origin is not None:
        for folder in Path(spec.origin).parents[1].glob(f"{package}-*.dist-info"):
            return folder.name
    from importlib import metadata

    return metadata.version(package)


def _linter() -> Iterator[bytes]:
    """The linter itself, rules and tables and all: of a checkout, a version alone would not tell enough."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder, folders, files in os.walk(package):
        folders.sort()
        below = folder.removeprefix(package).replace(os.sep, "/")
        for name in sorted(files):
            if name.endswith((".py", ".toml")):
                with open(os.path.join(folder, name), "rb") as file:
                    yield f"{below}/{name}\0".encode() + hashlib.sha256(file.read()).digest()


def _row(each: Diagnostic) -> list[Any]:
    notes = [[note.line, note.column, note.message, note.end_line, note.end_column] for note in each.notes]
    repair = each.repair
    edits = [
        [edit.span.line, edit.span.column, edit.span.end_line, edit.span.end_column, edit.text]
        for edit in (repair.edits if repair is not None else ())
    ]
    mended = [repair.title, edits, repair.safe] if repair is not None else None
    place = [each.line, each.column, each.end_line, each.end_column]
    return [each.code, each.name, each.message, *place, notes, mended, each.confidence]


def _diagnostic(row: Any, path: str, lines: int) -> Diagnostic:
    """Raises ValueError or TypeError for what no diagnostic of a file with so many lines looks like."""
    code, name, message, line, column, end_line, end_column, notes, mended, confidence = row
    if not _CODE.fullmatch(_text(code)):
        raise ValueError(code)
    return Diagnostic(
        code,
        _text(name),
        _text(message),
        _number(line, 1, lines),
        _number(column),
        _number(end_line, 1, lines),
        _number(end_column),
        tuple(_related(note, lines) for note in notes),
        path,
        _repair(mended, lines) if mended is not None else None,
        Confidence(confidence),
    )


def _related(row: Any, lines: int) -> Related:
    line, column, message, end_line, end_column = row
    end = _number(end_line, 0, lines)
    return Related(_number(line, 1, lines), _number(column), _text(message), end, _number(end_column))


def _repair(row: Any, lines: int) -> Repair:
    title, edits, safe = row
    if not isinstance(safe, bool):
        raise TypeError(safe)
    return Repair(_text(title), tuple(_edit(edit, lines) for edit in edits), safe)


def _edit(row: Any, lines: int) -> Edit:
    line, column, end_line, end_column, text = row
    end = _number(end_line, 1, lines)
    return Edit(Span(_number(line, 1, lines), _number(column), end, _number(end_column)), _text(text))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any, least: int = 0, most: int = sys.maxsize) -> int:
    if type(value) is not int:
        raise TypeError(value)
    if not least <= value <= most:
        raise ValueError(value)
    return value
