"""What the oracle asks the linter about one program: the engine's answers, and what the rules say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from tensorlint.alias.lattice import Sharing
from tensorlint.finding import Diagnostic
from tensorlint.inspection import Inspection
from tensorlint.lint import diagnose
from tensorlint.rule import RuleInfo, registry
from tensorlint.source import Source


class Engine(Protocol):
    """What is asked of the analysis of one program's text."""

    def sharing(self, function: str, line: int, first: str, second: str) -> Sharing:
        """Whether two names share elements after the last statement that ends on ``line``."""

    def written(self, function: str, line: int, expression: str) -> Sharing | None:
        """Whether that statement writes elements of a name; None where it writes nothing at all."""

    def contiguous(self, function: str, line: int, expression: str) -> bool | None:
        """Whether a name is certainly bound to a contiguous tensor, or to another one, after ``line``."""

    def diagnostics(self) -> Sequence[Diagnostic]:
        """What the rules say of the program."""


Analyse = Callable[[str], Engine]


class Linter(Inspection):
    """The engine and the rules over one analysis."""

    def __init__(self, text: str) -> None:
        super().__init__(Source.read(text))

    def diagnostics(self) -> list[Diagnostic]:
        return diagnose(self.analysis, list(_rules()))


@lru_cache(maxsize=1)
def _rules() -> tuple[RuleInfo, ...]:
    return tuple(rule for rule in registry() if rule.default_on)
