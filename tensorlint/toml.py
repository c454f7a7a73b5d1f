"""TOML as Python's own parser reads it, and what to say of a file that is none."""

from __future__ import annotations

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["TomlError", "read_toml", "tomllib"]

_AT_LINE = re.compile(r"\(at line (\d+)")


class TomlError(ValueError):
    """Bytes that are no TOML; ``line`` counts from 1, and is 0 where the parser does not tell."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def read_toml(data: bytes) -> dict[str, Any]:
    """The table of a file. Raises :class:`TomlError`."""
    try:
        table: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise TomlError("cannot be read: expected text in UTF-8") from error
    except ValueError as error:  # also for numbers of more digits than Python reads
        line = _AT_LINE.search(str(error))
        raise TomlError(f"no TOML: {error}", int(line[1]) if line else 0) from error
    except RecursionError as error:
        raise TomlError("nested too deep to be read") from error
    return table
