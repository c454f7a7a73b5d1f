"""From what a user chose to what a run needs: the rules that run, and what is known of libraries.

Both doors come through here. The registry of the rules and the tables take longer to import than a run on
files without tensors: they are imported only where something is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tensorlint.config import Choice, ConfigError, Options, Settings
from tensorlint.discovery import matches

if TYPE_CHECKING:
    from tensorlint.knowledge.catalog import Entry


def chosen(choice: Choice, settings: Settings, knowledge: tuple[Entry, ...], prefix: str) -> Options:
    """The rules that a choice runs, of those there are; ``prefix`` stands before the names of its options.

    Raises ConfigError for a code that means nothing, in the choice or in the settings that it comes from.
    """
    from tensorlint.rule import registry

    known = {rule.code: rule.default_on for rule in registry()}
    settings.check(known)
    try:
        return replace(choice.options(known, knowledge), words=settings.words)
    except ConfigError as error:
        raise ConfigError(f"{prefix}{error}") from error


def known_of_libraries(files: Sequence[str | Path]) -> tuple[Entry, ...]:
    """What files say of libraries. Raises ConfigError with every wrong line."""
    if not files:
        return ()
    from tensorlint.knowledge.user import KnowledgeError, read_knowledge

    try:
        return read_knowledge(files)
    except KnowledgeError as error:
        raise ConfigError(str(error)) from error


def ignored_in(name: str, settings: Settings) -> tuple[str, ...]:
    """The codes that `per-file-ignores` takes away from a file."""
    if not settings.per_file_ignores or settings.file is None:
        return ()
    return tuple(
        code
        for pattern, codes in settings.per_file_ignores.items()
        if matches(Path(name), pattern, settings.file.parent)
        for code in codes
    )
