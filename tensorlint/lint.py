"""The pipeline, top to bottom: source, outline, the units that matter, rules, spans, diagnostics."""

from __future__ import annotations

import ast
import gc
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tensorlint.alias.events import Event
from tensorlint.analysis import Analysis
from tensorlint.config import Options
from tensorlint.finding import Confidence, Diagnostic, Finding, Note, Quote, Related, Value
from tensorlint.fixes import repair
from tensorlint.knowledge.contracts import speaking
from tensorlint.reading import read_file
from tensorlint.rewriter import Rewriter
from tensorlint.rule import RuleInfo, registry
from tensorlint.source import Source, SourceError, imports_tensors
from tensorlint.syntax.outline import Unit
from tensorlint.triage import triage

Notice = Callable[[str], None]


def lint(
    source: Source, tree: ast.Module | None, options: Options, notice: Notice = lambda text: None
) -> list[Diagnostic]:
    """All diagnostics of one file, in the order of the file.

    ``notice`` is told of each function that was left out, and why. Raises SyntaxError for a text that is no
    Python.
    """
    if not imports_tensors(source.text, options.libraries):
        return []
    rules = [rule for rule in registry() if options.active(rule.code, default_on=rule.default_on)]
    with _quiet_collector(), speaking(options.words):
        found, skipped = _diagnosed(source, tree, options, rules)
    for name, why in skipped.items():
        notice(f"`{name}` is not checked: {why}")
    return [diagnostic for diagnostic in found if diagnostic.confidence >= options.confidence]


def _diagnosed(
    source: Source, tree: ast.Module | None, options: Options, rules: list[RuleInfo]
) -> tuple[list[Diagnostic], Mapping[str, str]]:
    """What the rules say, and what was left out; nothing else of the file is kept."""
    analysis = Analysis(source, tree or _parse(source), options.knowledge)
    return diagnose(analysis, rules), analysis.skipped


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """No search for garbage while a file is linted: what is made is needed until the end, and goes then."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def diagnose(
    analysis: Analysis, rules: list[RuleInfo], units: Sequence[Unit] | None = None
) -> list[Diagnostic]:
    """What the rules say of one file, in its order; ``units`` are others than those that could matter."""
    rewriter = Rewriter(analysis.source, analysis.outline.tree)
    found: dict[tuple[object, ...], Diagnostic] = {}
    for unit in _units(analysis, rules) if units is None else units:
        for rule, finding in _findings(analysis, unit, rules):
            diagnostic = _diagnostic(analysis, rule, finding, rewriter)
            found.setdefault((diagnostic.line, diagnostic.column, diagnostic.code), diagnostic)
    return sorted(found.values(), key=lambda diagnostic: diagnostic.sort_key)


def _units(analysis: Analysis, rules: list[RuleInfo]) -> list[Unit]:
    """Those that could hold anything reportable; all of them for rules that are asked for by name."""
    if all(rule.default_on for rule in rules):
        return triage(analysis.source, analysis.outline, analysis.catalog)
    return list(analysis.outline.units)


def _parse(source: Source) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python warns of in the text is not said by this linter
            return ast.parse(source.text, source.path)
    except (RecursionError, MemoryError) as error:
        raise SourceError("nested too deep to be parsed") from error


def _findings(analysis: Analysis, unit: Unit, rules: list[RuleInfo]) -> Iterator[tuple[RuleInfo, Finding]]:
    concerned: dict[type[Event], list[RuleInfo]] = {}  # by kind of event
    for facts in analysis.facts(unit):
        for event in facts.events():
            kind = type(event)
            if kind not in concerned:
                concerned[kind] = [rule for rule in rules if issubclass(kind, rule.event)]
            for rule in concerned[kind]:
                yield from ((rule, finding) for finding in rule.check(event, facts))


def _diagnostic(analysis: Analysis, rule: RuleInfo, finding: Finding, rewriter: Rewriter) -> Diagnostic:
    fix = finding.fix
    span = analysis.span(finding.origin)
    values = {name: _text(analysis, value) for name, value in finding.values.items()}
    return Diagnostic(
        code=rule.code,
        name=rule.name,
        message=(finding.message or rule.message).format(**values),
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        notes=tuple(_related(analysis, note) for note in finding.notes),
        path=analysis.source.path,
        repair=repair(rewriter, fix, analysis.span(fix.origin)) if fix is not None else None,
        confidence=Confidence.MEDIUM if finding.values.get("condition") else finding.confidence,
    )


def _related(analysis: Analysis, note: Note) -> Related:
    span = analysis.span(note.origin)
    values = {name: _text(analysis, value) for name, value in note.values.items()}
    message = note.template.format(**values)
    return Related(span.line, span.column, message, span.end_line, span.end_column)


def _text(analysis: Analysis, value: Value) -> str:
    return analysis.text(value.origin) if isinstance(value, Quote) else str(value)


def lint_text(
    text: str | bytes,
    filename: str = "<text>",
    *,
    tree: ast.Module | None = None,
    options: Options = Options(),
    notice: Notice = lambda text: None,
) -> list[Diagnostic]:
    """Lint Python source; ``notice`` is told of each function that is too much to check.

    Raises :class:`tensorlint.source.SourceError` or SyntaxError for what is no Python.
    """
    return lint(Source.read(text, filename), tree, options, notice)


def lint_path(path: str | Path, *, options: Options = Options()) -> list[Diagnostic]:
    """Lint one file. Raises OSError as well, where it cannot be read."""
    return lint_text(read_file(Path(path)), str(path), options=options)
