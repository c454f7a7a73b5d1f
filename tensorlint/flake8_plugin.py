"""The flake8 door: options in, one line per diagnostic out.

flake8 imports this module for every run, whatever the files are, so the linter itself is imported only for
the first file that has something to do with tensors.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.exceptions import ExecutionError

from tensorlint.choosing import chosen, known_of_libraries
from tensorlint.config import CONFIDENCES, Choice, ConfigError, Options, Settings, nearest_settings
from tensorlint.failure import crash
from tensorlint.source import imports_tensors

if TYPE_CHECKING:
    from argparse import Namespace

    from flake8.options.manager import OptionManager

    from tensorlint.finding import Diagnostic

_LOG = logging.getLogger("flake8.tensorlint")
Report = tuple[int, int, str, type[Any]]


class Plugin:
    """One file's check, as flake8 calls it."""

    options: ClassVar[Options] = Options()  # flake8 hands options to the class, before any file

    def __init__(self, tree: ast.Module, lines: list[str], filename: str) -> None:
        self._tree = tree
        self._lines = lines
        self._filename = filename

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        manager.add_option(
            "--tensorlint-enable",
            metavar="CODES",
            default=None,
            comma_separated_list=True,
            parse_from_config=True,
            help="Opt-in tensorlint rules to run as well (codes or prefixes, comma-separated).",
        )
        manager.add_option(
            "--tensorlint-disable",
            metavar="CODES",
            default=None,
            comma_separated_list=True,
            parse_from_config=True,
            help="tensorlint rules not to run at all (codes or prefixes, comma-separated).",
        )
        manager.add_option(
            "--tensorlint-confidence",
            metavar="HOW",
            default=None,
            choices=tuple(CONFIDENCES),
            parse_from_config=True,
            help="What is reported at least: `medium` (all) or `high` (only what the file shows in full).",
        )
        manager.add_option(
            "--tensorlint-knowledge",
            metavar="FILES",
            default=None,
            comma_separated_list=True,
            normalize_paths=True,
            parse_from_config=True,
            help="TOML files that say what the functions of your own libraries do (comma-separated), instead"
            " of [tool.tensorlint.knowledge] in the nearest pyproject.toml.",
        )

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        """What flake8 was told counts; where it was told nothing, what the project that it runs in says."""
        try:
            settings = nearest_settings(Path.cwd())
            cls.options = cls._chosen(options, settings)
        except ConfigError as error:
            raise ExecutionError(str(error)) from error

    @classmethod
    def _chosen(cls, options: Namespace, settings: Settings) -> Options:
        files = options.tensorlint_knowledge
        knowledge = known_of_libraries(settings.knowledge if files is None else files)
        choice = Choice(
            settings.choice.profile,
            enable=settings.choice.enable,
            disable=settings.choice.disable,
            confidence=options.tensorlint_confidence or settings.choice.confidence,
        )
        if options.tensorlint_enable is not None:
            choice = replace(choice, enable=tuple(options.tensorlint_enable))
        if options.tensorlint_disable is not None:
            choice = replace(choice, disable=tuple(options.tensorlint_disable))
        if choice.is_default:
            return Options(knowledge=knowledge, words=settings.words)
        return chosen(choice, settings, knowledge, "--tensorlint-")

    def run(self) -> Iterator[Report]:
        """(line from 1, column from 0 in code points, "CODE message", type) for each diagnostic."""
        try:
            found = self._lint()
        except Exception as error:  # one file must never end the user's whole flake8 run
            found = [crash(self._filename, error)]
        if not found:
            return
        from tensorlint.report.visible import visible

        yield from ((each.line, each.column, visible(each.one_line), type(self)) for each in found)

    def _lint(self) -> list[Diagnostic]:
        text = "".join(self._lines)
        if not imports_tensors(text, self.options.libraries):
            return []  # before the linter is imported: that takes longer than many a flake8 run
        from tensorlint import lint_text

        def notice(text: str) -> None:
            _LOG.info("%s: %s", self._filename, text)  # shown by `flake8 -v`

        return lint_text(text, self._filename, tree=self._tree, options=self.options, notice=notice)
