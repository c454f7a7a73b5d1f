"""Findings as the client shows them: diagnostics with the other places of their story, pages of rules."""

from __future__ import annotations

import sys
from pathlib import Path

from lsprotocol import types

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic
from tensorlint.rule import RuleInfo, registry
from tensorlint.server.buffer import Buffer

SOURCE = "tensorlint"


def diagnostics(checked: Checked, buffer: Buffer, *, related: bool) -> list[types.Diagnostic]:
    """``related``: whether the client can show other places; if not, the message names their lines."""
    return [said(each, buffer, failed=checked.failed, related=related) for each in checked.diagnostics]


def said(each: Diagnostic, buffer: Buffer, *, failed: bool, related: bool) -> types.Diagnostic:
    """One finding, or why a file could not be checked."""
    rule = _rule(each.code)
    return types.Diagnostic(
        range=buffer.range(each),
        message=each.message if related else each.one_line.removeprefix(f"{each.code} "),
        severity=types.DiagnosticSeverity.Error if failed else types.DiagnosticSeverity.Warning,
        code=each.code,
        code_description=types.CodeDescription(_link(rule)) if rule is not None else None,
        source=SOURCE,
        related_information=[
            types.DiagnosticRelatedInformation(
                types.Location(buffer.uri, buffer.range(note)), note.message[:1].upper() + note.message[1:]
            )
            for note in each.notes
        ]
        if related
        else None,
    )


def hover(checked: Checked, buffer: Buffer, position: types.Position) -> types.Hover | None:
    """The pages of the rules that found something at a place."""
    here = [
        each
        for each in checked.diagnostics
        if (at := buffer.range(each)) and at.start <= position <= at.end and _rule(each.code) is not None
    ]
    if not here:
        return None
    rules = dict.fromkeys(each.code for each in here)
    pages = [rule.page for code in rules if (rule := _rule(code)) is not None]
    return types.Hover(
        types.MarkupContent(types.MarkupKind.Markdown, "\n---\n\n".join(pages)), buffer.range(here[0])
    )


def _rule(code: str) -> RuleInfo | None:
    return next((rule for rule in registry() if rule.code == code), None)


def _link(rule: RuleInfo) -> str:
    """The file of the rule: its docstring is the page, of the very version that runs here."""
    return Path(str(sys.modules[rule.module].__file__)).as_uri()
