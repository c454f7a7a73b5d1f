"""flake8 with the plugin, as python-lsp-server shows it: the editor needs nothing of this linter's own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import Any

from pylsp_jsonrpc.streams import JsonRpcStreamReader, JsonRpcStreamWriter

from tests.cli.conftest import PLAIN, write
from tests.conftest import CROP
from tests.test_pages import blocks

SECONDS = 60
SETTINGS = json.loads(blocks("editors.md", "json")[0])  # as the page about editors has them


def test_findings_in_an_unsaved_buffer(tmp_path: Path) -> None:
    path = write(tmp_path, "crop.py", PLAIN)
    messages: Queue[dict[str, Any]] = Queue()
    with subprocess.Popen(
        [sys.executable, "-m", "pylsp"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        reader, writer = JsonRpcStreamReader(server.stdout), JsonRpcStreamWriter(server.stdin)
        threading.Thread(target=reader.listen, args=(messages.put,), daemon=True).start()

        def send(method: str, params: object, number: int | None = None) -> None:
            message = {"jsonrpc": "2.0", "method": method, "params": params}
            writer.write(message if number is None else {**message, "id": number})

        def diagnostics() -> list[dict[str, Any]]:
            while (said := messages.get(timeout=SECONDS)).get("method") != "textDocument/publishDiagnostics":
                pass
            found: list[dict[str, Any]] = said["params"]["diagnostics"]
            return found

        try:
            send("initialize", {"capabilities": {}, "rootUri": tmp_path.as_uri()}, 1)
            assert "capabilities" in messages.get(timeout=SECONDS)["result"]
            send("initialized", {})
            send("workspace/didChangeConfiguration", {"settings": SETTINGS})
            document = {"uri": path.as_uri(), "languageId": "python", "version": 1}
            send("textDocument/didOpen", {"textDocument": {**document, "text": CROP}})
            [found] = diagnostics()
            assert (found["code"], found["source"]) == ("TAL101", "flake8")
            assert found["range"]["start"] == {"line": 6, "character": 4}
            assert found["message"].endswith("`image` is read again here)")
            send(
                "textDocument/didChange",
                {"textDocument": {**document, "version": 2}, "contentChanges": [{"text": PLAIN}]},
            )
            assert diagnostics() == []
        finally:
            server.kill()
