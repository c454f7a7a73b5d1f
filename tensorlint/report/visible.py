"""Text of linted files and their names, so that it can do nothing to a terminal or a format but be read."""

from __future__ import annotations

import unicodedata

TAB = "    "
# Control characters, what turns the direction of text round, separators of lines, halves of a pair.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_HARMLESS = "\u200d\u200c"  # they join letters and emoji, and are needed to read some scripts


def visible(text: str) -> str:
    """The text on one line, with what cannot be seen written as Python would escape it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return TAB
    if character in _HARMLESS or unicodedata.category(character) not in _HIDDEN:
        return character
    if "\udc80" <= character <= "\udcff":  # a byte of a file name that is no text
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
