"""What a rule is: a code, a message, the kind of harm that proves it, and a check of one kind of event."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import UnionType

from tensorlint.alias.events import Event
from tensorlint.alias.facts import Facts
from tensorlint.finding import Finding

Check = Callable[..., Iterator[Finding]]


class Evidence(Enum):
    """The kinds of harm that running a fixture can witness; of a waste, that nothing comes of it."""

    CHANGES = "changes"
    SHARES = "shares"
    LOST = "lost"
    RAISES = "raises"
    WRONG = "wrong"
    DIFFERS = "differs"
    WASTED = "wasted"


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """One rule. ``event`` is what its check looks at, one kind or several, ``doc`` its page text, ``module``
    where it lives.
    """

    code: str
    name: str
    message: str
    evidence: tuple[Evidence, ...]
    event: type[Event] | UnionType
    check: Check
    doc: str
    module: str
    default_on: bool

    @property
    def headline(self) -> str:
        """The first sentence of the page, on one line."""
        return " ".join(self.doc.partition("\n\n")[0].replace("``", "`").split())

    @property
    def page(self) -> str:
        """The page, in Markdown."""
        opt_in = "" if self.default_on else f"\nOff by default: --enable {self.code} brings it.\n"
        return f"# {self.code}: {self.name}\n\n{self.doc.replace('``', '`')}\n{opt_in}"


def rule(
    *, code: str, name: str, message: str, evidence: Evidence | tuple[Evidence, ...], default_on: bool = True
) -> Callable[[Check], RuleInfo]:
    """Make a rule of a check ``(event, facts) -> findings``; the first one's annotation is the dispatch."""

    def decorate(check: Check) -> RuleInfo:
        first = next(iter(inspect.signature(check).parameters))
        module = inspect.getmodule(check)
        return RuleInfo(
            code=code,
            name=name,
            message=message,
            evidence=evidence if isinstance(evidence, tuple) else (evidence,),
            event=typing.get_type_hints(check)[first],
            check=check,
            doc=inspect.getdoc(module) or "",
            module=check.__module__,
            default_on=default_on,
        )

    return decorate


@cache
def registry() -> tuple[RuleInfo, ...]:
    """All rules, by code: one per module of :mod:`tensorlint.rules`."""
    package = importlib.import_module("tensorlint.rules")
    found: list[RuleInfo] = []
    for item in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{item.name}")
        found += [value for value in vars(module).values() if isinstance(value, RuleInfo)]
    return tuple(sorted(found, key=lambda info: info.code))


__all__ = ["Evidence", "Facts", "RuleInfo", "registry", "rule"]
