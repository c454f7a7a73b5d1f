"""Whether the harm that a rule tells of showed in some execution of the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from runtime_check.programs import Traced
from runtime_check.trace import trace
from tensorlint.finding import Diagnostic

DRAWS = 8  # runs with other decisions, before a verdict is held to be a false alarm
_READ_AGAIN = re.compile(r"is read again here$")


def judged(diagnostic: Diagnostic, traced: Traced) -> str | None:
    """What speaks against a diagnostic, empty when its harm was seen; None where that cannot be told.

    That is so where no judge knows the rule, and where the executions never came that far. Conditions that
    depend on one another are no fault of a rule: a harm that is not seen is looked for with others.
    """
    judge = _JUDGES.get(diagnostic.code)
    complaint = judge(diagnostic, traced) if judge is not None else None
    if judge is None or not complaint:
        return complaint
    for number in range(DRAWS):
        program = traced.program
        seen = trace(
            program.library,
            program.seed,
            program.source,
            program.parameters,
            program.aliased,
            Random(f"{program.seed}:{number}"),
        )
        if judge(diagnostic, replace(traced, trace=seen)) == "":
            return ""
    return complaint


def _write(diagnostic: Diagnostic, traced: Traced) -> str | None:
    """Another name's bytes changed at the line, and where it is said to be read again, they were read."""
    view, base = _quoted(diagnostic)[:2]
    line = diagnostic.line
    if not _tracked(traced, line):
        return None
    if diagnostic.code == "TAL102" and _never_met(traced, line, view, base):
        return None
    again = {note.line for note in diagnostic.notes if _READ_AGAIN.search(note.message)}
    if base in _tracked(traced, line) and not {base, f"{base}@"} & _changed(traced, line):
        if any(
            row.write == line and row.read in again and row.name == base for row in traced.trace.read_after
        ):
            return ""  # what has that name when it is read again was changed under another one
        return None if line in traced.program.unsure else f"no byte of {base} changed"
    for read in sorted(again):
        names = {row.name for row in traced.trace.read_after if (row.write, row.read) == (line, read)}
        if not names:
            return None
        if names == {""}:
            return f"line {read} did not read what was changed"
    return ""


def _never_met(traced: Traced, line: int, first: str, second: str) -> bool:
    """Whether two names lay apart after a line in every execution: they may share memory under a condition
    that the message names, and that held for no input.
    """
    pair = {_root(first), second}
    return any(
        fact.line == line and {fact.a, fact.b} == pair and not fact.overlapped for fact in traced.trace.facts
    )


def _shallow_copy(diagnostic: Diagnostic, traced: Traced) -> str | None:
    tensor = next(name for name in _quoted(diagnostic) if not name.startswith("copy."))
    copies = _bound(traced, diagnostic.line)
    if not copies - {tensor} or not _tracked(traced, diagnostic.line):
        return None
    for fact in traced.trace.facts:
        if fact.line == diagnostic.line and fact.overlapped:
            if (fact.a in copies and fact.b == tensor) or (fact.b in copies and fact.a == tensor):
                return ""
    return f"nothing bound there shares memory with {tensor}"


def _copied_container(diagnostic: Diagnostic, traced: Traced) -> str | None:
    """A write that the note shows changed an element of either container."""
    if not _shows(diagnostic, traced):
        return None
    container = _quoted(diagnostic)[0]
    copies = _bound(traced, diagnostic.line)
    for note in diagnostic.notes:
        roots = {_root(name) for name in _changed(traced, note.line) if "[" in name}
        if container in roots and roots & copies:
            return ""
    return "no write changed an element of both"


def _replicated(diagnostic: Diagnostic, traced: Traced) -> str | None:
    """One write changed an element of a container and another tensor, or another element; two tensors, where
    the container was emptied before. That cannot be told of elements that are not watched.
    """
    if not _shows(diagnostic, traced):
        return None
    containers = _bound(traced, diagnostic.line)
    unwatched = True
    for note in diagnostic.notes:
        changed = {name for name in _changed(traced, note.line) if not name.endswith(("[-1]", "@"))}
        watched = any("[" in name and _root(name) in containers for name in _tracked(traced, note.line))
        if len(changed) > 1 and (not watched or any("[" in name for name in changed)):
            return ""
        unwatched = unwatched and not watched and not changed
    return None if unwatched else "no write changed an element and something else"


def _shows(diagnostic: Diagnostic, traced: Traced) -> bool:
    """Whether one of the writes that the notes show ran, and had to change bytes."""
    lines = {note.line for note in diagnostic.notes} - traced.program.unsure
    return any(_tracked(traced, line) for line in lines)


def _callers(diagnostic: Diagnostic, traced: Traced) -> str | None:
    """A write that the caller sees changed the argument that the message names."""
    argument = _quoted(diagnostic)[:2][-1]
    lines = {diagnostic.line, *(note.line for note in diagnostic.notes if "written" in note.message)}
    if " may change " in diagnostic.message and _never_met(traced, diagnostic.line, *_quoted(diagnostic)[:2]):
        return None
    given = f"{argument}@"
    if any(given in _changed(traced, line) for line in lines):
        return ""
    reached = any(given in _tracked(traced, line) for line in lines - traced.program.unsure)
    if " may change " in diagnostic.message and argument in _bound(traced):
        reached = False  # what the condition speaks of goes by no name any more: it may not have held
    return f"{argument} never changed" if reached else None


def _collected(diagnostic: Diagnostic, traced: Traced) -> str | None:
    """The write that the note shows changed what a container holds."""
    if not _shows(diagnostic, traced):
        return None
    changed = {name for note in diagnostic.notes for name in _changed(traced, note.line)}
    return "" if any("[" in name for name in changed) else "nothing that was collected changed"


def _discarded(diagnostic: Diagnostic, traced: Traced) -> str:
    tensor = _quoted(diagnostic)[-1]
    return f"{tensor} was changed" if tensor in _changed(traced, diagnostic.line) else ""


def _raises(diagnostic: Diagnostic, traced: Traced) -> str:
    raised = any(text.startswith(f"{diagnostic.line}: ") for text in traced.trace.raised)
    return "" if raised else "it never raised"


_JUDGES: Mapping[str, Callable[[Diagnostic, Traced], str | None]] = {
    "TAL101": _write,
    "TAL102": _write,
    "TAL103": _callers,
    "TAL104": _write,
    "TAL106": _collected,
    "TAL110": _write,
    "TAL201": _shallow_copy,
    "TAL202": _copied_container,
    "TAL301": _replicated,
    "TAL302": _replicated,
    "TAL401": _discarded,
    "TAL402": _discarded,
    "TAL501": _raises,
}


def _quoted(diagnostic: Diagnostic) -> list[str]:
    """The expressions that a message names, written as the tracer writes them."""
    return [_normal(text) for text in re.findall(r"`([^`]*)`", diagnostic.message)]


def _normal(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except SyntaxError:
        return text


def _tracked(traced: Traced, line: int) -> set[str]:
    return {row.name for row in traced.trace.written if row.line == line}


def _changed(traced: Traced, line: int) -> set[str]:
    return {row.name for row in traced.trace.written if row.line == line and row.changed}


def _bound(traced: Traced, line: int | None = None) -> set[str]:
    """The names that the statement on a line binds, or any statement."""
    names = (node for node in ast.walk(ast.parse(traced.program.source)) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store) and line in (None, node.lineno)}


def _root(name: str) -> str:
    return re.split(r"[\[.]", name, maxsplit=1)[0]
