"""Leave out what is known already: findings of a baseline, or those of a revision."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from tensorlint.baseline import Baseline, BaselineError
from tensorlint.checking import Checked, Plan, Target, check_all
from tensorlint.config import ConfigError, Settings
from tensorlint.revision import Revision, RevisionError


def since(revision: str, targets: Sequence[Target], plan: Plan, jobs: int) -> tuple[list[Target], Baseline]:
    """Those of the files that changed since a revision, and what was found in them then.

    Raises ConfigError where git cannot tell.
    """
    here = Path.cwd()
    try:
        then = Revision.find(revision, here)
        changed = then.changed()
        now = [target for target in targets if _place(target) in changed]
        before = [
            Target(target.name, data=then.read(name)) for target in now if (name := changed[_place(target)])
        ]
    except RevisionError as error:
        raise ConfigError(f"--new-from-rev: {error}") from error
    found = check_all(before, plan, jobs)
    if len(found) < len(before):
        raise KeyboardInterrupt  # what is not known of then would be taken for new
    return now, Baseline.of(found, here)


def _place(target: Target) -> Path:
    return (target.path or Path(target.name)).resolve()


def baseline_file(arguments: Namespace, settings: Settings) -> Path | None:
    """Where the baseline is, if anywhere. Raises ConfigError where it is to be written and has no name."""
    file: Path | None = arguments.baseline or settings.baseline
    if arguments.write_baseline and file is None:
        raise ConfigError(
            "--write-baseline: say where, with --baseline FILE or `baseline` in [tool.tensorlint]"
        )
    return file


def read_baseline(file: Path) -> Baseline:
    """Raises ConfigError where there is none."""
    try:
        return Baseline.read(file)
    except BaselineError as error:
        raise ConfigError(str(error)) from error


def write_baseline(file: Path, found: Sequence[Checked]) -> int:
    """Write what was found; the number of findings.

    Raises ConfigError, also where something else stands there: a repository may name any file.
    """
    if file.exists():
        read_baseline(file)
    try:
        Baseline.of(found, file.parent.absolute()).write(file)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
    return sum(len(checked.diagnostics) for checked in found if not checked.failed)
