"""What a client can do about findings: mend one, mend all that is safe, silence one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lsprotocol import types

from tensorlint.checking import Checked
from tensorlint.finding import Repair
from tensorlint.noqa import with_noqa
from tensorlint.server.buffer import Buffer
from tensorlint.server.saying import said
from tensorlint.source import line_starts
from tensorlint.writing import Refused

FIX_ALL = "source.fixAll.tensorlint"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)


def wants(context: types.CodeActionContext, kind: str) -> bool:
    """Does a client ask for a kind of action, or for one that it belongs to?"""
    return context.only is None or any(
        not wanted or kind == wanted or kind.startswith(wanted + ".") for wanted in context.only
    )


def quick_fixes(
    checked: Checked, buffer: Buffer, at: types.Range, *, related: bool
) -> Iterator[types.CodeAction]:
    """The fixes of what was found in a range, and the comments that would silence it."""
    if checked.failed:
        return
    for each in checked.diagnostics:
        where = buffer.range(each)
        if where.start > at.end or at.start > where.end:
            continue
        cured = [said(each, buffer, failed=False, related=related)]
        if each.repair is not None:
            unsafe = "" if each.repair.safe else " (unsafe: behaviour changes)"
            yield types.CodeAction(
                title=f"tensorlint: {each.repair.title}{unsafe}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=cured,
                is_preferred=each.repair.safe,
                edit=_edit(buffer, _edits(each.repair, buffer)),
            )
        try:
            silenced = with_noqa(buffer.text, replace(checked, diagnostics=(each,)))
        except Refused:
            continue  # no comment can silence it there
        yield types.CodeAction(
            title=f"tensorlint: add # noqa: {each.code}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=cured,
            edit=_edit(buffer, difference(buffer, silenced)),
        )


def fix_all(buffer: Buffer, mended: str) -> types.CodeAction:
    """One action that makes the document what it is after its safe fixes."""
    return types.CodeAction(
        title="tensorlint: make all safe fixes",
        kind=FIX_ALL,
        edit=_edit(buffer, difference(buffer, mended)),
    )


def _edit(buffer: Buffer, edits: Sequence[types.TextEdit]) -> types.WorkspaceEdit:
    document = types.OptionalVersionedTextDocumentIdentifier(buffer.uri, buffer.version)
    return types.WorkspaceEdit(
        changes={buffer.uri: edits},  # for clients that know no versions; others prefer what follows
        document_changes=[types.TextDocumentEdit(document, list(edits))],
    )


def _edits(repair: Repair, buffer: Buffer) -> list[types.TextEdit]:
    return [
        types.TextEdit(buffer.range(edit.span), edit.text.replace("\n", buffer.line_end))
        for edit in repair.edits
    ]


def difference(buffer: Buffer, new: str) -> list[types.TextEdit]:
    """The lines that change between a document and what it is to be."""
    old_lines, new_lines = _lines(buffer.text), _lines(new)
    edits = []
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(
        None, old_lines, new_lines
    ).get_opcodes():
        if kind != "equal":
            # No line begins after the last one, which has no end.
            stop = types.Position(end, 0) if end < len(old_lines) else buffer.end
            at = types.Range(types.Position(start, 0), stop)
            edits.append(types.TextEdit(at, "".join(new_lines[new_start:new_end])))
    return edits


def _lines(text: str) -> list[str]:
    """Lines with their ends."""
    starts = line_starts(text)
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
