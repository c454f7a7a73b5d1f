"""What a user may choose: opt-in rules to enable, rules to disable."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


class ConfigError(ValueError):
    """A chosen value means nothing; the message names it and says what would."""


@dataclass(frozen=True, slots=True)
class Options:
    """Codes to add to the rules that are on by default, and codes to take away; `disable` wins."""

    enable: frozenset[str] = frozenset()
    disable: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, enable: Iterable[str], disable: Iterable[str], known: Collection[str]) -> Options:
        """Options from codes or prefixes of codes (`TAL5` is all of TAL5xx), checked against `known` codes.

        Raises ConfigError for a value that selects nothing.
        """
        return cls(
            enable=frozenset().union(*(_expand("enable", value, known) for value in enable)),
            disable=frozenset().union(*(_expand("disable", value, known) for value in disable)),
        )

    def active(self, code: str, *, default_on: bool) -> bool:
        """Is the rule `code` to be run?"""
        return (default_on or code in self.enable) and code not in self.disable


def _expand(option: str, value: str, known: Collection[str]) -> frozenset[str]:
    selected = frozenset(code for code in known if value and code.startswith(value))
    if not selected:
        raise ConfigError(f"{option}: no rule is called {value!r}; the rules are {', '.join(sorted(known))}")
    return selected
