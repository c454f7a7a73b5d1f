"""An editor for the tests: pygls' own client, and a server in a process of its own behind pipes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

TENSORLINT = ("-m", "tensorlint", "server")
SECONDS = 60.0  # to wait for anything: a first check imports the linter


class Editor(LanguageClient):
    """Keeps what the server says."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.said: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.shown: asyncio.Queue[types.ShowMessageParams] = asyncio.Queue()
        self.wished: list[types.Registration] = []
        self._open: list[str] = []
        self.capabilities: types.ServerCapabilities = types.ServerCapabilities()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.said.put_nowait(params)

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        def show(params: types.ShowMessageParams) -> None:
            self.shown.put_nowait(params)

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)
        def wish(params: types.RegistrationParams) -> None:
            self.wished += params.registrations

    def open(self, path: Path, text: str, *, version: int = 1, language: str = "python") -> str:
        """Open a document with a text that need not be that of its file; its URI."""
        document = types.TextDocumentItem(path.as_uri(), language, version, text)
        self.open_document(document)
        return document.uri

    def open_document(self, document: types.TextDocumentItem) -> None:
        self._open.append(document.uri)
        self.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def close(self, uri: str) -> None:
        self.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    async def close_all(self) -> None:
        """Close what is open, and wait until the server has said so."""
        closed = set(self._open)
        self._open.clear()
        for uri in closed:
            self.close(uri)
        while closed:
            said = await asyncio.wait_for(self.said.get(), SECONDS)
            closed -= {said.uri} if not said.diagnostics and said.version is None else set()

    def change(self, uri: str, text: str, version: int) -> None:
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version, uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def diagnostics(self, *, version: int | None = 1) -> list[types.Diagnostic]:
        """What is said next, which must be of this version."""
        said = await asyncio.wait_for(self.said.get(), SECONDS)
        assert said.version == version
        return list(said.diagnostics)

    async def message(self) -> str:
        return (await asyncio.wait_for(self.shown.get(), SECONDS)).message

    async def hover(self, uri: str, line: int, character: int) -> types.Hover | None:
        return await self.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        )

    async def actions(
        self, uri: str, line: int, character: int = 0, only: Sequence[str] | None = None
    ) -> list[types.CodeAction]:
        at = types.Position(line, character)
        context = types.CodeActionContext([], list(only) if only is not None else None)
        found = await self.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), types.Range(at, at), context)
        )
        assert all(isinstance(action, types.CodeAction) for action in found or [])
        return [action for action in found or [] if isinstance(action, types.CodeAction)]


@asynccontextmanager
async def editor(
    folder: Path,
    *,
    encodings: Sequence[types.PositionEncodingKind] | None = None,
    related: bool = True,
    command: Sequence[str] = TENSORLINT,
) -> AsyncIterator[Editor]:
    """An editor whose workspace is a folder; afterwards its server must have ended as it should."""
    client = Editor()
    await client.start_io(sys.executable, *command, cwd=folder, env=dict(os.environ))
    starting = client.initialize_async(
        types.InitializeParams(
            types.ClientCapabilities(
                general=types.GeneralClientCapabilities(position_encodings=encodings),
                text_document=types.TextDocumentClientCapabilities(
                    publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                        related_information=related
                    )
                ),
                workspace=types.WorkspaceClientCapabilities(
                    did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                        dynamic_registration=True
                    )
                ),
            ),
            root_uri=folder.as_uri(),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
        )
    )
    client.capabilities = (await asyncio.wait_for(starting, SECONDS)).capabilities
    client.initialized(types.InitializedParams())
    yield client
    await asyncio.wait_for(client.shutdown_async(None), SECONDS)
    client.exit(None)
    server = client._server
    assert server is not None
    status = await asyncio.wait_for(server.wait(), SECONDS)
    assert status == 0, (await server.stderr.read()).decode() if server.stderr else status
    await client.stop()


def edited(text: str, action: types.CodeAction) -> str:
    """A text after an action, as an editor that counts in UTF-16 makes it."""
    assert action.edit is not None and action.edit.document_changes is not None
    [change] = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def offset(at: types.Position) -> int:
        line = [*lines, ""][at.line]
        before = line.encode("utf-16-le")[: 2 * at.character].decode("utf-16-le")
        return starts[at.line] + len(before)

    for edit in sorted(change.edits, key=lambda edit: offset(edit.range.start), reverse=True):
        assert isinstance(edit, types.TextEdit)
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text
