"""The flake8 door: options in, one line per diagnostic out.

flake8 imports this module for every run, whatever the files are, so the linter itself is imported only for
the first file that has something to do with tensors.
"""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.exceptions import ExecutionError

from tensorlint.config import ConfigError, Options, project_files
from tensorlint.source import imports_tensors

if TYPE_CHECKING:
    from argparse import Namespace

    from flake8.options.manager import OptionManager

    from tensorlint.finding import Diagnostic
    from tensorlint.knowledge.catalog import Entry

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
            default="",
            comma_separated_list=True,
            parse_from_config=True,
            help="Opt-in tensorlint rules to run as well (codes or prefixes, comma-separated).",
        )
        manager.add_option(
            "--tensorlint-disable",
            metavar="CODES",
            default="",
            comma_separated_list=True,
            parse_from_config=True,
            help="tensorlint rules not to run at all (codes or prefixes, comma-separated).",
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
        knowledge = cls._knowledge(options)
        enable, disable = options.tensorlint_enable, options.tensorlint_disable
        if not enable and not disable:
            cls.options = Options(knowledge=knowledge)
            return
        from tensorlint.rule import registry

        try:
            cls.options = Options.parse(enable, disable, [rule.code for rule in registry()], knowledge)
        except ConfigError as error:
            raise ExecutionError(f"--tensorlint-{error}") from error

    @classmethod
    def _knowledge(cls, options: Namespace) -> tuple[Entry, ...]:
        """What the files of the option say, or else the project that flake8 runs in; checked once, here."""
        files = options.tensorlint_knowledge
        if files is None:
            files = project_files(Path.cwd())
        if not files:
            return ()
        from tensorlint.knowledge.user import KnowledgeError, read_knowledge

        try:
            return read_knowledge(files)
        except KnowledgeError as error:
            raise ExecutionError(str(error)) from error

    def run(self) -> Iterator[Report]:
        """(line from 1, column from 0 in code points, "CODE message", type) for each diagnostic."""
        try:
            reports = [(d.line, d.column, _one_line(d), type(self)) for d in self._lint()]
        except Exception as error:  # one file must never end the user's whole flake8 run
            reports = [(1, 0, f"TAL000 tensorlint could not check this file: {_cause(error)}", type(self))]
        yield from reports

    def _lint(self) -> list[Diagnostic]:
        text = "".join(self._lines)
        if not imports_tensors(text, self.options.libraries):
            return []  # before the linter is imported: that takes longer than many a flake8 run
        from tensorlint import lint_text

        return lint_text(text, self._filename, tree=self._tree, options=self.options)


def _one_line(diagnostic: Diagnostic) -> str:
    """The message with its other places: flake8 shows nothing but this line."""
    notes = "; ".join(f"line {note.line}: {note.message}" for note in diagnostic.notes)
    return f"{diagnostic.code} {diagnostic.message}" + (f" ({notes})" if notes else "")


def _cause(error: Exception) -> str:
    """The error, on one line, and the place in tensorlint that raised it: enough for a report."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else text
