"""Write a file as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tensorlint.checking import Checked, failed
from tensorlint.failure import failure
from tensorlint.notebooks import Notebook, NotWritable, as_written
from tensorlint.reading import read_file
from tensorlint.source import Source, SourceError, decoded

CHANGED = "changed while it was checked"


class Refused(ValueError):
    """A file that stays as it was; the message says why."""


@dataclass(frozen=True, slots=True)
class Editable:
    """A file as it was read: its text, and how a new text is written as its bytes."""

    path: Path
    data: bytes
    text: str
    encoded: Callable[[str], bytes]

    @classmethod
    def of(cls, checked: Checked) -> Editable:
        """Raises OSError, and Refused where the file is not the one that was checked."""
        path = Path(checked.name)
        data = read_file(path)
        if checked.cells:
            try:
                notebook = Notebook.read(data)
            except SourceError as error:
                raise Refused(CHANGED) from error
            unchanged(notebook.text, checked)
            return cls(path, data, notebook.text, notebook.encoded)
        unchanged(data, checked)
        text, encoding = decoded(data)
        return cls(path, data, text, lambda new: new.encode(encoding))

    def bytes_of(self, text: str) -> bytes:
        """The file with a new text. Raises Refused where that would change more than the text."""
        try:
            return self.encoded(text)
        except NotWritable as error:
            raise Refused(str(error)) from error

    def write(self, text: str) -> None:
        """Raises OSError, and Refused where the file was written by somebody else by now."""
        data = self.bytes_of(text)
        if read_file(self.path) != self.data:
            raise Refused(CHANGED)
        rewrite(self.path, data)


def unchanged(data: bytes | str, checked: Checked) -> Source:
    """The source that was checked. Raises Refused where the file is another one by now."""
    try:
        source = Source.read(data, checked.name)
    except SourceError as error:
        raise Refused(CHANGED) from error
    if as_written(source.lines) != checked.lines:
        raise Refused(CHANGED)
    return source


def rewrite(path: Path, data: bytes) -> None:
    """Put new bytes in the place of a file, with its permissions; a link stays one. Raises OSError."""
    target = path.resolve()
    with target.open("r+b"):
        pass  # what may not be written is not replaced
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)  # or after a power cut there may be neither the old bytes nor the new ones
        shutil.copymode(target, name)
        _give_to(name, target.stat())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _give_to(name: str, before: os.stat_result) -> None:
    """Keep the owner, where root mends the file of somebody else."""
    if hasattr(os, "chown") and os.stat(name).st_uid != before.st_uid:
        with suppress(OSError):
            os.chown(name, before.st_uid, before.st_gid)


def not_written(checked: Checked, error: Refused | OSError) -> Checked:
    """What is said of a file that was to be written and was not."""
    why = (
        f"stays as it was: {error}" if isinstance(error, Refused) else f"cannot be written: {error.strerror}"
    )
    return failed(failure(checked.name, why))
