"""Many files, checked in several processes: what was found in each, in the order in which they were named."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from tensorlint.config import Options
from tensorlint.failure import crash, failure
from tensorlint.finding import Diagnostic
from tensorlint.notebooks import LANGUAGES, SUFFIX, Notebook, as_written, cell_starts
from tensorlint.reading import read_file
from tensorlint.source import Source, SourceError, imports_tensors
from tensorlint.suppress import reported

FEWEST_FILES = 8  # for a process of its own: to start one takes as long as to check some files
ENDED = "the process that checked this file was ended"


@dataclass(frozen=True, slots=True)
class Target:
    """A file and the name under which it is reported; `data` where it is read already."""

    name: str
    path: Path | None = None
    data: bytes | str = b""

    def read(self) -> bytes | str:
        return read_file(self.path) if self.path is not None else self.data

    @property
    def is_notebook(self) -> bool:
        return self.name.endswith(SUFFIX)


class Memory(Protocol):
    """What remembers earlier runs. Neither raises; it goes along to every process."""

    def recall(self, name: str, data: bytes) -> Checked | None:
        """What was found in a file with these bytes; None where that is not known."""

    def keep(self, data: bytes, checked: Checked) -> None:
        """Remember what was found in these bytes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How every file is to be checked."""

    options: Options = Options()
    noqa: bool = True
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file; the lines of its text where something was.

    ``failed`` where it could not be checked: its one diagnostic then says why. ``notices`` tell what was left
    out. ``cells``: of a notebook, whose cells are one text, the line before each of them.
    """

    name: str
    diagnostics: tuple[Diagnostic, ...] = ()
    lines: tuple[str, ...] = ()
    failed: bool = False
    notices: tuple[str, ...] = ()
    cells: tuple[int, ...] = ()

    def without(self, codes: tuple[str, ...]) -> Checked:
        """Without the findings of some rules; why a file could not be checked is always told."""
        if not codes or self.failed:
            return self
        kept = tuple(each for each in self.diagnostics if not each.code.startswith(codes))
        return replace(self, diagnostics=kept)


def check(target: Target, plan: Plan) -> Checked:
    """Check one file. Never raises but for an interruption: one file must not end the whole run."""
    return _glance(target, plan) or _lint(target, plan)


def _glance(target: Target, plan: Plan) -> Checked | None:
    """What can be said without the linter, which takes longer to import than many a run; None where it has
    to be asked.
    """
    if target.is_notebook:
        return None  # to read one takes long as well
    try:
        data = target.read()
        if plan.memory is not None and isinstance(data, bytes):
            known = plan.memory.recall(target.name, data)
            if known is not None:
                return known
        source = Source.read(data, target.name)
    except OSError as error:
        return failed(failure(target.name, f"cannot be read: {error.strerror or error}"))
    except SourceError as error:
        return failed(failure(target.name, error.message, error.line))
    return None if imports_tensors(source.text, plan.options.libraries) else Checked(target.name)


def _lint(target: Target, plan: Plan) -> Checked:
    try:
        if target.is_notebook:
            return _lint_notebook(target, plan)
        data = target.read()
        checked = _found(Source.read(data, target.name), plan)
        # Text is what somebody is still writing.
        if plan.memory is not None and isinstance(data, bytes):
            plan.memory.keep(data, checked)
        return checked
    except OSError as error:
        return failed(failure(target.name, f"cannot be read: {error.strerror or error}"))
    except SourceError as error:
        return failed(failure(target.name, error.message, error.line))
    except SyntaxError as error:
        return failed(failure(target.name, f"cannot be parsed: {error.msg}", error.lineno or 1))
    except Exception as error:
        return failed(crash(target.name, error))


def _lint_notebook(target: Target, plan: Plan) -> Checked:
    notebook = Notebook.read(target.read())
    if notebook.language not in LANGUAGES:
        return Checked(target.name, notices=(f"passed over: its language is {notebook.language}",))
    if not imports_tensors(notebook.text, plan.options.libraries):
        return Checked(target.name)
    found = _found(Source.read(notebook.text, target.name), plan)
    notices = (*notebook.broken, *found.notices)
    return replace(found, cells=cell_starts(notebook.text), notices=notices)


def _found(source: Source, plan: Plan) -> Checked:
    from tensorlint.lint import lint

    notices: list[str] = []
    found = lint(source, None, plan.options, notices.append)
    found = reported(source, found) if plan.noqa else found
    lines = as_written(source.lines) if found else ()
    return Checked(source.path, tuple(found), lines, notices=tuple(notices))


def failed(diagnostic: Diagnostic) -> Checked:
    return Checked(diagnostic.path, (diagnostic,), failed=True)


def check_all(
    targets: Sequence[Target], plan: Plan, jobs: int, done: Callable[[], None] = lambda: None
) -> list[Checked]:
    """Check files in up to ``jobs`` processes and call ``done`` after each. The order is that of ``targets``.

    An interruption ends it: what was checked by then is returned, so there are fewer results than targets.
    """
    found: dict[int, Checked] = {}
    with suppress(KeyboardInterrupt):
        for index, checked in _each(targets, plan, jobs):
            found[index] = checked
            done()
    return [found[index] for index in sorted(found)]


def _each(targets: Sequence[Target], plan: Plan, jobs: int) -> Iterator[tuple[int, Checked]]:
    waiting: dict[int, Target] = {}
    for index, target in enumerate(targets):
        checked = _glance(target, plan)
        if checked is None:
            waiting[index] = target
        else:
            yield index, checked
    jobs = min(jobs, len(waiting) // FEWEST_FILES)
    if jobs > 1:
        yield from _in_processes(waiting, plan, jobs)
    else:
        yield from ((index, _lint(target, plan)) for index, target in waiting.items())


def _in_processes(targets: Mapping[int, Target], plan: Plan, jobs: int) -> Iterator[tuple[int, Checked]]:
    # Here, as it takes long to import: a tree that did not change does without.
    from tensorlint.processes import in_processes

    if sys.platform == "linux":
        importlib.import_module("tensorlint.lint")  # once, and not in each of the forked processes
    for index, checked in in_processes(partial(_lint, plan=plan), targets, jobs):
        yield index, checked or failed(failure(targets[index].name, ENDED))
