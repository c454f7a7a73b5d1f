"""What command line and configuration choose together: which rules run, and what is known of libraries."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tensorlint.config import Choice, ConfigError, Options, Settings, nearest_settings, read_settings

if TYPE_CHECKING:
    from tensorlint.knowledge.catalog import Entry


def settings_of(arguments: Namespace) -> Settings:
    """What `[tool.tensorlint]` says, of the file that is named or of the nearest one."""
    if arguments.isolated:
        return Settings()
    return read_settings(arguments.config) if arguments.config else nearest_settings(Path.cwd())


def choice_of(arguments: Namespace, configured: Choice) -> Choice:
    """What the command line says counts; where it says nothing, the configuration."""

    def codes(given: list[str] | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        return otherwise if given is None else tuple(given)

    return Choice(
        profile=arguments.profile or configured.profile,
        select=codes(arguments.select, configured.select),
        ignore=codes(arguments.ignore, configured.ignore),
        enable=codes(arguments.enable, configured.enable),
        disable=codes(arguments.disable, configured.disable),
    )


def options_of(arguments: Namespace, settings: Settings, choice: Choice) -> Options:
    """The rules to run, and what to know of libraries. Raises ConfigError for what means nothing."""
    files = settings.knowledge if arguments.knowledge is None else arguments.knowledge
    knowledge = _knowledge(files) if files else ()
    if choice.is_default and not settings.per_file_ignores:
        return Options(knowledge=knowledge)
    from tensorlint.rule import registry

    known = {rule.code: rule.default_on for rule in registry()}
    settings.check(known)
    try:
        return choice.options(known, knowledge)
    except ConfigError as error:
        raise ConfigError(f"--{error}") from error


def _knowledge(files: Sequence[Path]) -> tuple[Entry, ...]:
    from tensorlint.knowledge.user import KnowledgeError, read_knowledge

    try:
        return read_knowledge(files)
    except KnowledgeError as error:
        raise ConfigError(str(error)) from error
