"""`tensorlint check`: files in, findings out."""

from __future__ import annotations

import importlib.util
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tensorlint.checking import Checked, Plan, Target, check_all, failed
from tensorlint.choosing import ignored_in
from tensorlint.cli import ERROR, FINDINGS, OK
from tensorlint.cli.choosing import choice_of, options_of, settings_of
from tensorlint.cli.known import baseline_file, read_baseline, since, write_baseline
from tensorlint.cli.progress import progress
from tensorlint.cli.silencing import silence
from tensorlint.config import Choice, ConfigError, Settings
from tensorlint.discovery import Discovery
from tensorlint.failure import failure
from tensorlint.notebooks import MISSING
from tensorlint.report import statistics, writer
from tensorlint.report.visible import visible

if TYPE_CHECKING:
    from tensorlint.cli.cache import Cache

STDIN = "-"
MOST_NOTICES = 10


def run(arguments: Namespace) -> int:
    """Check what is asked for, report it, and say how it went."""
    settings = settings_of(arguments)
    choice = choice_of(arguments, settings.choice)
    plan = Plan(options_of(arguments, settings, choice), noqa=not arguments.ignore_noqa)
    if arguments.cache:
        plan = replace(plan, memory=_cache(plan, arguments, settings))
    jobs = arguments.jobs or _processors()
    _check_writing(arguments)
    baseline = baseline_file(arguments, settings)
    known = [] if baseline is None or arguments.write_baseline else [read_baseline(baseline)]
    targets, unreadable = _targets(arguments, settings)
    if arguments.new_from_rev is not None:
        targets, before = since(arguments.new_from_rev, targets, plan, jobs)
        known.append(before)
    with progress(len(targets)) as done:
        found = check_all(targets, plan, jobs, done)
    _tell_notices(found)
    missing = len(targets) - len(found)
    found = [each.without(ignored_in(each.name, settings)) for each in (*unreadable, *found)]
    for each in known:
        found = [each.unknown(checked) for checked in found]
    if arguments.diff:
        return _show_diff(found, plan, missing, arguments)
    if arguments.fix:
        from tensorlint.cli.mending import mend_all

        mended, found = mend_all(found, plan, unsafe=arguments.unsafe_fixes)
        print(f"findings mended: {mended}", file=sys.stderr)
    if arguments.add_noqa:
        silenced, found = silence(found)
        print(f"findings silenced: {silenced}", file=sys.stderr)
    elif arguments.write_baseline and baseline is not None and not missing:
        print(f"findings written to {baseline}: {write_baseline(baseline, found)}", file=sys.stderr)
        found = [checked for checked in found if checked.failed]
    if found or not (arguments.add_noqa or arguments.write_baseline):
        with _output(arguments.output_file) as out:
            _report(found, out, arguments, settings, choice)
    return _status(found, missing, exit_zero=arguments.exit_zero)


def _tell_notices(found: Sequence[Checked]) -> None:
    """Say what was left out; that is no finding, so it goes beside the report."""
    notices = [f"{visible(checked.name)}: {visible(each)}" for checked in found for each in checked.notices]
    for notice in notices[:MOST_NOTICES]:
        print(f"tensorlint: {notice}", file=sys.stderr)
    if len(notices) > MOST_NOTICES:
        print(f"tensorlint: and {len(notices) - MOST_NOTICES} more of the kind", file=sys.stderr)


def _show_diff(found: Sequence[Checked], plan: Plan, missing: int, arguments: Namespace) -> int:
    """Show what `--fix` would write, and tell that there is something, as it is told of findings."""
    from tensorlint.cli.mending import mend_all

    mended, found = mend_all(found, plan, unsafe=arguments.unsafe_fixes, diff=sys.stdout)
    print(f"findings that --fix would mend: {mended}", file=sys.stderr)
    failures = [checked for checked in found if checked.failed]
    writer("concise")(failures, sys.stderr)
    status = _status(failures, missing, exit_zero=arguments.exit_zero)
    return status or (FINDINGS if mended and not arguments.exit_zero else OK)


def _check_writing(arguments: Namespace) -> None:
    """Raises ConfigError for what cannot be written, or not together."""
    writing = [name for name in ("add_noqa", "fix", "diff") if getattr(arguments, name)]
    options = [f"--{name.replace('_', '-')}" for name in writing]
    if len(options) > 1:
        raise ConfigError(f"{' and '.join(options)} do not go together")
    if writing and STDIN in arguments.paths:
        raise ConfigError(f"{options[0]}: standard input cannot be written to")
    if arguments.unsafe_fixes and not (arguments.fix or arguments.diff):
        raise ConfigError("--unsafe-fixes goes with --fix or --diff")


def _status(found: Sequence[Checked], missing: int, *, exit_zero: bool) -> int:
    if missing:
        left = "1 file was" if missing == 1 else f"{missing} files were"
        print(f"tensorlint: interrupted, {left} not checked", file=sys.stderr)
    if missing or any(checked.failed for checked in found):
        return ERROR
    return FINDINGS if any(checked.diagnostics for checked in found) and not exit_zero else OK


def _cache(plan: Plan, arguments: Namespace, settings: Settings) -> Cache | None:
    """What earlier runs found; None, and a word to the user, where that cannot be kept."""
    from tensorlint.cli.cache import FOLDER, Cache

    here = settings.file.parent if settings.file is not None else Path.cwd()
    folder: Path = arguments.cache_dir or here / FOLDER
    if folder.is_symlink() and arguments.cache_dir is None:  # nobody said to write where it leads
        print(f"tensorlint: {folder} is a link: no cache is used", file=sys.stderr)
        return None
    standing = next((each for each in (folder, *folder.absolute().parents) if each.exists()), folder)
    if not (standing.is_dir() and os.access(standing, os.W_OK)):
        print(f"tensorlint: {folder} cannot be written to: nothing is added to the cache", file=sys.stderr)
    return Cache.of(plan, folder)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _targets(arguments: Namespace, settings: Settings) -> tuple[list[Target], list[Checked]]:
    """The files to check, and the folders that could not be looked into."""
    folder = settings.file.parent if settings.file is not None else Path.cwd()
    discovery = Discovery(
        Path(os.path.abspath(folder)),
        (*settings.exclude, *(arguments.exclude or ())),
        gitignore=arguments.gitignore,
        force_exclude=arguments.force_exclude,
    )
    paths = arguments.paths or ["."]
    targets = [Target(_name(path), path) for path in discovery.files(Path(p) for p in paths if p != STDIN)]
    if STDIN in paths and not (
        arguments.stdin_filename and discovery.excludes(Path(arguments.stdin_filename))
    ):
        targets.append(Target(arguments.stdin_filename or "stdin", data=sys.stdin.buffer.read()))
    if any(target.is_notebook for target in targets) and importlib.util.find_spec("nbformat") is None:
        targets = _without_notebooks(targets, [_name(Path(os.path.abspath(path))) for path in paths])
    unreadable = [
        failed(failure(_name(path), f"cannot be read: {why}")) for path, why in discovery.unreadable.items()
    ]
    return targets, unreadable


def _without_notebooks(targets: Sequence[Target], named: Sequence[str]) -> list[Target]:
    """Pass over notebooks that cannot be read here; what is named itself is told of as not checked."""
    kept = [each for each in targets if not each.is_notebook or each.path is None or each.name in named]
    if len(kept) < len(targets):
        print(f"notebooks passed over: {len(targets) - len(kept)} ({MISSING})", file=sys.stderr)
    return kept


def _name(path: Path) -> str:
    """A path as a person would type it here."""
    here = os.getcwd()  # asked of every file, and a path that is taken apart takes longer than a text
    return "." if str(path) == here else str(path).removeprefix(os.path.join(here, ""))


@contextmanager
def _output(file: Path | None) -> Iterator[TextIO]:
    if file is None:
        yield sys.stdout
        return
    try:
        with file.open("w", encoding="utf-8", errors="backslashreplace") as out:
            yield out
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error


def _report(
    found: Sequence[Checked], out: TextIO, arguments: Namespace, settings: Settings, choice: Choice
) -> None:
    output_format = arguments.output_format or settings.output_format
    if arguments.statistics:
        statistics.write(found, out, as_json=output_format == "json")
    elif output_format == "text":
        from tensorlint.report import text

        text.write(found, out, pages=choice.profile == "teaching")
    else:
        writer(output_format)(found, out)
