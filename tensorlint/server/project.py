"""What the project of a document says: how it is checked, and what is not reported."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tensorlint.baseline import Baseline, BaselineError
from tensorlint.checking import Checked, Plan
from tensorlint.choosing import chosen, ignored_in, known_of_libraries
from tensorlint.config import ConfigError, Settings, nearest_settings
from tensorlint.discovery import Discovery


@dataclass(frozen=True, slots=True)
class Project:
    """`[tool.tensorlint]` of the nearest `pyproject.toml`, as `tensorlint check` would read it there."""

    settings: Settings
    plan: Plan

    @classmethod
    def around(cls, folder: Path) -> Project:
        """Raises ConfigError for what means nothing."""
        settings = nearest_settings(folder)
        knowledge = known_of_libraries(settings.knowledge)
        return cls(settings, Plan(chosen(settings.choice, settings, knowledge, "")))

    def excludes(self, path: Path) -> bool:
        """Is a file left out, by the project or by git?"""
        folder = self.settings.file.parent if self.settings.file is not None else path.parent
        discovery = Discovery(Path(os.path.abspath(folder)), self.settings.exclude, force_exclude=True)
        return discovery.excludes(path)

    def reported(self, checked: Checked) -> Checked:
        """What is neither ignored nor known already. Raises ConfigError for a baseline that is none."""
        checked = checked.without(ignored_in(checked.name, self.settings))
        if self.settings.baseline is None or not checked.diagnostics:
            return checked
        try:
            return Baseline.read(self.settings.baseline).unknown(checked)
        except BaselineError as error:
            raise ConfigError(str(error)) from error
