"""Findings that are known already, kept by the text of their line: they are known again when lines shift."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic
from tensorlint.reading import read_file

VERSION = 1


class BaselineError(ValueError):
    """A file that is no baseline, or cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each finding is known: file -> ``"TAL101: its line"`` -> number. Files are relative to
    ``folder``.
    """

    folder: Path
    known: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, found: Iterable[Checked], folder: Path) -> Baseline:
        """All that was found, but for files that could not be checked."""
        known = {
            _relative(checked.name, folder): Counter(_key(each, checked) for each in checked.diagnostics)
            for checked in found
            if checked.diagnostics and not checked.failed
        }
        return cls(folder, known)

    @classmethod
    def read(cls, file: Path) -> Baseline:
        """Raises BaselineError."""
        try:
            data = json.loads(read_file(file))
            if data["version"] != VERSION:
                raise BaselineError(f"{file}: a baseline of version {data['version']!r}, expected {VERSION}")
            known = {
                str(name): {str(key): int(number) for key, number in keys.items()}
                for name, keys in data["findings"].items()
            }
        except OSError as error:
            raise BaselineError(f"{file}: cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            if isinstance(error, BaselineError):
                raise
            raise BaselineError(f"{file}: no baseline that tensorlint wrote") from error
        return cls(Path(os.path.abspath(file.parent)), known)

    def write(self, file: Path) -> None:
        findings = {name: dict(sorted(keys.items())) for name, keys in sorted(self.known.items())}
        text = json.dumps({"version": VERSION, "findings": findings}, indent=2)
        file.write_text(text + "\n", encoding="utf-8")

    def unknown(self, checked: Checked) -> Checked:
        """What was found in a file and is not in here; of several alike, the first ones count as known."""
        left = Counter(self.known.get(_relative(checked.name, self.folder), {}))
        new: list[Diagnostic] = []
        for each in checked.diagnostics:
            key = _key(each, checked)
            if left[key] and not checked.failed:
                left[key] -= 1
            else:
                new.append(each)
        return replace(checked, diagnostics=tuple(new))


def fingerprints(checked: Checked) -> list[str]:
    """A mark for each finding of a file, the same when other lines come or go."""
    seen: Counter[str] = Counter()
    marks = []
    for each in checked.diagnostics:
        key = _key(each, checked)
        seen[key] += 1
        text = f"{PurePath(checked.name).as_posix()}\n{key}\n{seen[key]}"
        marks.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return marks


def _key(each: Diagnostic, checked: Checked) -> str:
    line = checked.lines[each.line - 1] if each.line <= len(checked.lines) else ""
    return f"{each.code}: {' '.join(line.split())}"


def _relative(name: str, folder: Path) -> str:
    return PurePath(os.path.relpath(name, folder)).as_posix()
