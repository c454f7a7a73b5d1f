"""What command line and configuration choose together: which rules run, and what is known of libraries."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from tensorlint.choosing import chosen, known_of_libraries
from tensorlint.config import Choice, Options, Settings, nearest_settings, read_settings


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
        confidence=arguments.confidence or configured.confidence,
    )


def options_of(arguments: Namespace, settings: Settings, choice: Choice) -> Options:
    """The rules to run, and what to know of libraries. Raises ConfigError for what means nothing."""
    knowledge = known_of_libraries(settings.knowledge if arguments.knowledge is None else arguments.knowledge)
    if choice.is_default and not settings.per_file_ignores:
        return Options(knowledge=knowledge, words=settings.words)
    return chosen(choice, settings, knowledge, "--")
