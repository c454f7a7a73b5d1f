"""The text of an open document, and places in it as the client counts them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec, ServerTextPosition, TextDocument

from tensorlint.finding import Diagnostic, Related, Span
from tensorlint.source import LINE_END, first_line_end


@dataclass(frozen=True, slots=True)
class Buffer:
    """One version of a document. Lines count from 1 here and from 0 for the client, columns from 0; here they
    are code points, for the client what was agreed upon.
    """

    uri: str
    version: int | None
    text: str
    lines: tuple[str, ...]
    codec: PositionCodec

    @classmethod
    def of(cls, document: TextDocument) -> Buffer:
        text = document.source
        lines = tuple(LINE_END.split(text))
        return cls(document.uri, document.version, text, lines, document.position_codec)

    @property
    def path(self) -> Path | None:
        """The file of the document, where it has one."""
        path = to_fs_path(self.uri)
        return Path(path) if path else None

    @property
    def name(self) -> str:
        return str(self.path or self.uri)

    @property
    def line_end(self) -> str:
        return first_line_end(self.text)

    def range(self, at: Diagnostic | Related | Span) -> types.Range:
        """A place for the client: what has no end is empty, and TAL000 is told of a whole line."""
        if isinstance(at, Related) and not at.end_line:
            at = Span(at.line, at.column, at.line, at.column)
        elif (at.line, at.column) == (at.end_line, at.end_column) and isinstance(at, Diagnostic):
            at = Span(at.line, 0, at.line, len(self.lines[min(at.line, len(self.lines)) - 1]))
        start = self._position(at.line, at.column)
        return types.Range(start, self._position(at.end_line, at.end_column))

    @property
    def end(self) -> types.Position:
        return self._position(len(self.lines), len(self.lines[-1]))

    def _position(self, line: int, column: int) -> types.Position:
        # A byte order mark is no part of the source that is linted, but of the document.
        column += line == 1 and self.text.startswith("\ufeff")
        return self.codec.position_to_client_units(self.lines, ServerTextPosition(line - 1, column))
