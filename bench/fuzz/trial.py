"""One file through every door of the linter, watched: what it says, what it raises, how long it takes."""

from __future__ import annotations

import ast
import signal
import time
import traceback
import warnings
import zlib
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar, TypeVar

from flake8.checker import FileChecker
from flake8.plugins.finder import Checkers, LoadedPlugin
from flake8.plugins.finder import Plugin as Installed

from tensorlint.checking import Checked, Plan, Target, check
from tensorlint.finding import Diagnostic, Edit, Repair
from tensorlint.fixes import applied, compatible
from tensorlint.flake8_plugin import Plugin, Report
from tensorlint.mending import mend
from tensorlint.report.visible import visible
from tensorlint.source import Source, SourceError, decoded, imports_tensors
from tensorlint.syntax import LoweringSkipped, lower, outline

# The linter may take this long for one file: so many times what flake8 itself takes, and what is needed
# for a very small one.
TIMES, AT_LEAST = 40, 3.0
LONGEST = 120  # seconds until a trial is ended
LARGEST_LOWERED = 20_000  # bytes of a file of which every unit is lowered, whatever the triage says,
LOWERED = 4  # and only of one file in so many

_STYLE = {
    "hang_closing": False, "indent_size": 4, "max_line_length": 79, "max_doc_length": None, "verbose": 0,
    "disable_noqa": True, "stdin_display_name": "stdin",
}  # fmt: skip
T = TypeVar("T")
_CRASH = "tensorlint could not check this file"


@dataclass(slots=True)
class Trial:
    """What came of one file. ``wrong`` are the things that must not happen, each with what tells of it."""

    bare: float = 0.0  # CPU seconds of flake8 without a plugin
    seconds: float = 0.0  # CPU seconds that the slower door added
    checked: Checked = field(default_factory=lambda: Checked(""))
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def bound(self) -> float:
        return AT_LEAST + TIMES * self.bare


class Endless(BaseException):
    """A trial that takes too long; no `except Exception` of the linter may hold it up."""


def attempt(path: Path) -> Trial:
    """Try one file, which is read from where it stands, as both doors do it."""
    trial = Trial()
    doors: list[Callable[[Path, Trial], None]] = [_through_the_doors, _lowered, _mended]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for door in doors:
            try:
                with _ended_after(LONGEST):
                    door(path, trial)
            except Endless:
                trial.wrong.append(("endless", traceback.format_exc()))
            except Exception:
                trial.wrong.append(("crash", traceback.format_exc()))
    if trial.seconds > trial.bound:
        trial.wrong.append(("slow", f"{trial.seconds:.2f} s; the bound is {trial.bound:.2f} s"))
    return trial


@contextmanager
def _ended_after(seconds: int) -> Iterator[None]:
    def ended(signum: int, frame: object) -> None:
        raise Endless(f"over {seconds} s")

    previous = signal.signal(signal.SIGPROF, ended)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


# The doors


class _Watched(Plugin):
    """The plugin, and the CPU time that it spends."""

    spent: ClassVar[float] = 0.0

    def run(self) -> Iterator[Report]:
        seconds, found = _timed(lambda: [*super(_Watched, self).run()])
        type(self).spent += seconds
        yield from found


_PLUGIN = LoadedPlugin(
    Installed("tensorlint", "", EntryPoint("TAL", "", "flake8.extension")),
    _Watched,
    {"tree": True, "lines": True, "filename": True},
)
_PLUGINS = Checkers([_PLUGIN], [], [])


def _through_the_doors(path: Path, trial: Trial) -> None:
    by_command, checked = _timed(lambda: check(Target(str(path), path), Plan(noqa=False)))
    trial.seconds, trial.checked = by_command, checked
    trial.counts["parsed"] += not checked.failed
    trial.counts["findings"] += 0 if checked.failed else len(checked.diagnostics)
    _expect_no_crash(path, trial, [each.one_line for each in checked.diagnostics])
    _Watched.spent = 0.0
    try:
        checker = FileChecker(filename=str(path), plugins=_PLUGINS, options=Namespace(**_STYLE))
        together, (_, results, _) = _timed(checker.run_checks)
    except (LookupError, ValueError, RecursionError, MemoryError):  # flake8 itself cannot read it
        return
    trial.bare = together - _Watched.spent
    trial.seconds = max(trial.seconds, _Watched.spent)
    said = [(line, column, f"{code} {text}") for code, line, column, text, _ in results if code[0] != "E"]
    _expect_no_crash(path, trial, [text for _, _, text in said])
    expected = [(each.line, each.column, visible(each.one_line)) for each in checked.diagnostics]
    trial.counts["functions left out"] += len(checked.notices)
    # What cannot be decoded is read as Latin-1 by flake8, so only the command line says that.
    if not checked.failed and said != expected:
        trial.wrong.append(("doors differ", f"flake8: {said}\ncommand line: {expected}"))


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def _expect_no_crash(path: Path, trial: Trial, said: list[str]) -> None:
    for text in said:
        if _CRASH in text:
            trial.wrong.append(("crash", text))


# What the doors do inside


def _read(path: Path) -> tuple[Source, ast.Module] | None:
    """A file that Python can read and that is worth a look."""
    try:
        source = Source.read(path.read_bytes(), str(path))
        return (source, ast.parse(source.text)) if imports_tensors(source.text) else None
    except (OSError, SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_lowered(source: Source) -> bool:
    data = source.text.encode("utf-8", "replace")
    return len(data) <= LARGEST_LOWERED and zlib.crc32(data) % LOWERED == 0


def _lowered(path: Path, trial: Trial) -> None:
    """Lower every unit, and look up where its instructions stand."""
    read = _read(path)
    trial.counts["of tensors"] += read is not None
    if read is None or not _is_lowered(read[0]):
        return
    source, tree = read
    drawn = outline(tree)
    for unit in drawn.units:
        trial.counts["units"] += 1
        try:
            lowered = lower(source, drawn, unit)
        except LoweringSkipped:
            trial.counts["units skipped"] += 1
            continue
        for block in lowered.function.blocks:
            for instr in block.instructions:
                span = lowered.origins.span(instr.origin)
                assert 1 <= span.line <= span.end_line <= len(source.lines), (unit.qualname, span)


def _mended(path: Path, trial: Trial) -> None:
    """Fixes of every kind: valid Python, no change beside the edits, and nothing left for a second run."""
    read = _read(path)
    if read is None:
        return
    repairs = [each.repair for each in trial.checked.diagnostics if each.repair is not None]
    if not repairs or trial.checked.failed:
        return
    text, _ = decoded(path.read_bytes())
    chosen = compatible(repairs)
    after = applied(text, chosen)
    if not _keeps_the_rest(text, after, chosen):
        trial.wrong.append(("fix", f"changes more than its edits:\n{chosen}"))
    for unsafe in {True, not any(repair.safe for repair in repairs)}:
        once = mend(text, str(path), unsafe=unsafe)
        trial.counts["mended"] += len(once.mended)
        ast.parse(once.text)
        twice = mend(once.text, str(path), unsafe=unsafe)
        if twice.text != once.text:
            trial.wrong.append(("fix", f"a second run changes more: {_mendable(twice.mended)}"))
        stuck = [each for each in once.left if each.repair is not None and (unsafe or each.repair.safe)]
        trial.counts["not mended"] += len(stuck)


def _mendable(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{each.line}: {each.code} {each.repair and each.repair.title}" for each in diagnostics]


def _keeps_the_rest(before: str, after: str, repairs: list[Repair]) -> bool:
    """Whether the new text is the pieces between the edits and what the edits put there, in order."""
    edits = sorted({edit for repair in repairs for edit in repair.edits}, key=_place)
    plain, mended = (text.replace("\r\n", "\n").replace("\r", "\n") for text in (before, after))
    lines = plain.split("\n")
    line, column, position = 1, 0, 0
    for edit in edits:
        piece = _between(lines, line, column, edit.span.line, edit.span.column) + edit.text
        if not mended.startswith(piece, position):
            return False
        position += len(piece)
        line, column = edit.span.end_line, edit.span.end_column
    return mended[position:] == _between(lines, line, column, len(lines), len(lines[-1]))


def _place(edit: Edit) -> tuple[int, int]:
    return edit.span.line, edit.span.column


def _between(lines: list[str], line: int, column: int, end_line: int, end_column: int) -> str:
    part = lines[line - 1 : end_line]
    part[-1] = part[-1][:end_column]
    part[0] = part[0][column:]
    return "\n".join(part)
