"""`tensorlint rule CODE`: the page of a rule; without a code, all rules on a line each."""

from __future__ import annotations

from argparse import Namespace

from tensorlint.cli import OK
from tensorlint.config import ConfigError
from tensorlint.rule import RuleInfo, registry


def run(arguments: Namespace) -> int:
    """Print pages. Raises ConfigError for a code that is none."""
    rules = registry()
    if not arguments.code:
        print(*(rule.page if arguments.all else _row(rule) for rule in rules), sep="\n")
        return OK
    wanted = [rule for rule in rules if arguments.code in (rule.code, rule.name)]
    if not wanted:
        known = ", ".join(rule.code for rule in rules)
        raise ConfigError(f"no rule is called {arguments.code!r}; the rules are {known}")
    print(wanted[0].page)
    return OK


def _row(rule: RuleInfo) -> str:
    return f"{rule.code}  {rule.name:<28}  {rule.headline}{'' if rule.default_on else ' (opt-in)'}"
