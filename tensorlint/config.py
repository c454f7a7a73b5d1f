"""What a user may choose: opt-in rules to enable, rules to disable, and what to know of libraries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tensorlint.knowledge.catalog import Entry


class ConfigError(ValueError):
    """A chosen value means nothing; the message names it and says what would."""


@dataclass(frozen=True, slots=True)
class Options:
    """Codes to add to the rules that are on by default, and codes to take away; `disable` wins.

    `knowledge` is what the user says of libraries; it wins where a built-in table has the same name.
    """

    enable: frozenset[str] = frozenset()
    disable: frozenset[str] = frozenset()
    knowledge: tuple[Entry, ...] = ()

    @classmethod
    def parse(
        cls,
        enable: Iterable[str],
        disable: Iterable[str],
        known: Collection[str],
        knowledge: tuple[Entry, ...] = (),
    ) -> Options:
        """Options from codes or prefixes of codes (`TAL5` is all of TAL5xx), checked against `known` codes.

        Raises ConfigError for a value that selects nothing.
        """
        return cls(
            enable=frozenset().union(*(_expand("enable", value, known) for value in enable)),
            disable=frozenset().union(*(_expand("disable", value, known) for value in disable)),
            knowledge=knowledge,
        )

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries that `knowledge` speaks of: files that import one are worth a look."""
        return tuple(sorted({entry.library for entry in self.knowledge}))

    def active(self, code: str, *, default_on: bool) -> bool:
        """Is the rule `code` to be run?"""
        return (default_on or code in self.enable) and code not in self.disable


def project_files(folder: Path) -> list[Path]:
    """The nearest `pyproject.toml` in `folder` or above, if it may hold knowledge; no file otherwise.

    A look at its text, so that a project which says nothing pays nothing. Raises OSError.
    """
    places = (above / "pyproject.toml" for above in (folder, *folder.parents))
    nearest = next((place for place in places if place.is_file()), None)
    text = nearest.read_bytes() if nearest is not None else b""
    return [nearest] if nearest is not None and b"tensorlint" in text and b"knowledge" in text else []


def _expand(option: str, value: str, known: Collection[str]) -> frozenset[str]:
    selected = frozenset(code for code in known if value and code.startswith(value))
    if not selected:
        raise ConfigError(f"{option}: no rule is called {value!r}; the rules are {', '.join(sorted(known))}")
    return selected
