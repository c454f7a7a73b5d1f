"""The text of one file, decoded once, and whether it is worth a second look."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from functools import cache

LIBRARIES = ("numpy", "torch", "tensorflow", "keras", "jax", "cupy", "triton", "numba")

# An import statement starts a line, or follows the colon or semicolon of another one on it; brackets and
# backslashes continue it. Each character is looked at once: a name is looked for in what was matched, and
# never by trying every end of it.
_IMPORT = re.compile(
    r"(?:^|[:;])[ \t\f]*(?:from|import)\b[^\n(#\\]*(?:\\\n?[^\n(#\\]*)*(?:\([^)]*)?", re.MULTILINE
)


# Code of notebooks is told what Python's syntax cannot say by comments with a character that no code holds.
# The ends of lines that Python and editors both know; `splitlines` knows more of them.
LINE_END = re.compile(r"\r\n|\r|\n")
MARK = "#\ue000"
DISPLAYED = f"{MARK}displayed"  # ends the line of an expression whose value the reader of a notebook sees


class SourceError(Exception):
    """The bytes are no Python text; ``line`` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Source:
    """Decoded text without byte order mark, every line end a ``\\n``; form feeds stay where they are."""

    path: str
    text: str
    lines: tuple[str, ...]

    @classmethod
    def read(cls, data: str | bytes, path: str = "<text>") -> Source:
        """Decode as Python would; raise :class:`SourceError` where Python could not read it."""
        text = data if isinstance(data, str) else decoded(data)[0]
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        nul = text.find("\0")
        if nul >= 0:
            raise SourceError("source contains a NUL byte", text.count("\n", 0, nul) + 1)
        # Not splitlines(): Python's own line numbers know no line end but these.
        return cls(path, text, tuple(text.split("\n")))


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a file as it stands there, line ends and all, and its encoding. Raises SourceError."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except SyntaxError as error:
        raise SourceError(f"cannot decode source: {error.msg}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"cannot decode source as {error.encoding}: {error.reason}", line) from error
    except (LookupError, UnicodeError) as error:  # `hex`, `rot13`, `undefined`: known, and no text
        raise SourceError(f"cannot decode source: {error}") from error
    if not encoding.startswith("utf-8") and "coding" not in "".join(text.split("\n", 2)[:2]):
        raise SourceError(f"cannot decode source: declared as {encoding}, and not written in it")
    return text, encoding


def line_starts(text: str) -> list[int]:
    """Where each line of a text begins, as an index of it."""
    return [0, *(end.end() for end in LINE_END.finditer(text))]


def first_line_end(text: str) -> str:
    """How the first line ends, as new ones are to end."""
    found = LINE_END.search(text)
    return found[0] if found else "\n"


def imports_tensors(text: str, also: tuple[str, ...] = ()) -> bool:
    """Whether an import statement of the text names a tensor library, or one of ``also``: a prefilter that
    parses nothing.
    """
    if not any(name in text for name in (*LIBRARIES, *also)):
        return False
    named = _named((*LIBRARIES, *also))
    return any(named.search(statement[0]) is not None for statement in _IMPORT.finditer(text))


@cache
def _named(libraries: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, libraries))})")
