"""What the server does for its client, one function for each request and notification."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer

from tensorlint.checking import Checked, Target, check, failed
from tensorlint.config import ConfigError
from tensorlint.failure import failure
from tensorlint.mending import mend_reported
from tensorlint.server import actions, saying
from tensorlint.server.buffer import Buffer
from tensorlint.server.documents import QUIET, Documents
from tensorlint.server.project import Project
from tensorlint.server.worker import Ended, Worker


class Server(LanguageServer):
    """The server and what it knows: open documents, and the process that checks them."""

    def __init__(self) -> None:
        super().__init__(
            "tensorlint",
            metadata.version("tensorlint"),
            # The whole text with each change: pygls cuts lines where Python and the protocol do not.
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
        )
        self.documents = Documents(self._check, self._tell)
        self.worker = Worker()
        self._complaint = ""

    @property
    def related(self) -> bool:
        """Can the client show other places of a finding?"""
        asked = "text_document.publish_diagnostics.related_information"
        return bool(get_capability(self.client_capabilities, asked, False))

    def project(self, buffer: Buffer) -> Project | None:
        """The project of a document; None, and the user is told once, where its configuration is wrong."""
        try:
            project = Project.around(self._folder(buffer))
        except ConfigError as error:
            self.complain(str(error))
            return None
        self._complaint = ""
        return project

    def complain(self, text: str) -> None:
        """Show an error, but not again with every key."""
        if text != self._complaint:
            self._complaint = text
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"tensorlint: {text}"))

    def _folder(self, buffer: Buffer) -> Path:
        root = self.workspace.root_path
        return buffer.path.parent if buffer.path is not None else Path(root) if root else Path.cwd()

    async def _check(self, buffer: Buffer) -> Checked:
        nothing = Checked(buffer.name)
        project = self.project(buffer)
        if project is None or (buffer.path is not None and project.excludes(buffer.path)):
            return nothing
        try:
            found = await self.worker.run(check, Target(buffer.name, data=buffer.text), project.plan)
        except Ended as error:
            return failed(failure(buffer.name, str(error)))
        try:
            return project.reported(found)
        except ConfigError as error:
            self.complain(str(error))
            return nothing

    def _tell(self, checked: Checked, buffer: Buffer) -> None:
        said = saying.diagnostics(checked, buffer, related=self.related)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(buffer.uri, said, buffer.version)
        )


def server() -> Server:
    """A server with all that it can do."""
    made = Server()

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        if params.text_document.language_id in ("", "python"):
            ls.documents.put(Buffer.of(ls.workspace.get_text_document(params.text_document.uri)))

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        if any(buffer.uri == uri for buffer in ls.documents):
            ls.documents.put(Buffer.of(ls.workspace.get_text_document(uri)), quiet=QUIET)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        ls.documents.drop(uri)
        ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    @made.feature(types.INITIALIZED)
    def initialized(ls: Server, params: types.InitializedParams) -> None:
        if get_capability(
            ls.client_capabilities, "workspace.did_change_watched_files.dynamic_registration", False
        ):
            watched = types.DidChangeWatchedFilesRegistrationOptions(
                [types.FileSystemWatcher("**/pyproject.toml")]
            )
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            wish = types.Registration("tensorlint-configuration", method, watched)
            ls.client_register_capability(types.RegistrationParams([wish]))

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def configured(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        for buffer in ls.documents:
            ls.documents.put(buffer)

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        known = await ls.documents.found(params.text_document.uri)
        return saying.hover(*known, params.position) if known is not None else None

    @made.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=list(actions.KINDS))
    )
    async def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        known = await ls.documents.found(params.text_document.uri)
        if known is None:
            return []
        checked, buffer = known
        offered: list[types.CodeAction] = []
        if actions.wants(params.context, types.CodeActionKind.QuickFix):
            offered += actions.quick_fixes(checked, buffer, params.range, related=ls.related)
        if actions.wants(params.context, actions.FIX_ALL):
            offered += await _fix_all(ls, checked, buffer)
        return offered

    return made


async def _fix_all(ls: Server, checked: Checked, buffer: Buffer) -> list[types.CodeAction]:
    """The action for all safe fixes, where there is one to make."""
    if not any(each.repair is not None and each.repair.safe for each in checked.diagnostics):
        return []
    project = ls.project(buffer)
    if project is None:
        return []
    codes = frozenset(each.code for each in checked.diagnostics)
    try:
        mended = await ls.worker.run(mend_reported, buffer.text, buffer.name, project.plan, codes)
    except Ended:
        return []
    return [actions.fix_all(buffer, mended.text)] if mended.mended else []


def serve() -> None:
    """Serve a client on standard input and output until it goes."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that is printed may get between the answers
    made = server()
    try:
        made.start_io(stdout=answers)
    finally:
        made.worker.stop()
