"""`tensorlint server`, a process that is spoken to over its pipes as an editor speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tensorlint.rule import registry
from tests.cli.conftest import PLAIN, Process, write
from tests.cli.test_mending import MENDED, RAISES
from tests.conftest import CROP
from tests.server.editor import Editor, edited, editor

WITH_NOQA = CROP.replace("patch.mean()", "patch.mean()  # noqa: TAL101")
Scenario = Callable[[Editor], Coroutine[Any, Any, None]]
Play = Callable[[Scenario], None]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Run what an editor does, in one session for all tests: each closes its documents."""

    async def run(client: Editor, scenario: Scenario) -> None:
        await scenario(client)
        await client.close_all()

    folder = tmp_path_factory.getbasetemp()
    with asyncio.Runner() as loop:
        session = editor(folder)
        client = loop.run(session.__aenter__())
        yield lambda scenario: loop.run(run(client, scenario))
        loop.run(session.__aexit__(None, None, None))


def play_alone(scenario: Scenario, folder: Path, **options: Any) -> None:
    """Run what an editor does in a session of its own."""

    async def run() -> None:
        async with editor(folder, **options) as client:
            await scenario(client)

    asyncio.run(run())


def place(at: types.Range) -> tuple[int, int, int, int]:
    return at.start.line, at.start.character, at.end.line, at.end.character


def test_a_finding_in_an_unsaved_buffer(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        uri = client.open(write(tmp_path, "crop.py", PLAIN), CROP)
        [found] = await client.diagnostics()
        assert place(found.range) == (6, 4, 6, 25)
        assert found.message == "in-place write to `patch` also changes `image`, which it is a view of"
        assert (found.code, found.source) == ("TAL101", "tensorlint")
        assert found.severity == types.DiagnosticSeverity.Warning
        [rule] = [rule for rule in registry() if rule.code == "TAL101"]
        assert found.code_description is not None
        page = Path(found.code_description.href.removeprefix("file://"))
        assert rule.doc.splitlines()[0] in page.read_text(encoding="utf-8")
        assert [
            (note.location.uri, place(note.location.range), note.message)
            for note in found.related_information or []
        ] == [
            (uri, (5, 12, 5, 27), "The view is taken here"),
            (uri, (7, 4, 7, 23), "`image` is read again here"),
        ]

    play(scenario)


def test_a_client_that_shows_one_line_is_told_the_lines(tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        client.open(tmp_path / "crop.py", CROP)
        [found] = await client.diagnostics()
        assert found.related_information is None
        assert found.message.endswith(
            "view of (line 6: the view is taken here; line 8: `image` is read again here)"
        )

    play_alone(scenario, tmp_path, related=False)


@pytest.mark.parametrize(
    ("encodings", "chosen", "column"),
    [
        (None, "utf-16", 15),
        ([types.PositionEncodingKind.Utf8], "utf-8", 18),
        ([types.PositionEncodingKind.Utf32, types.PositionEncodingKind.Utf16], "utf-32", 14),
    ],
)
def test_columns_are_those_of_the_client(
    tmp_path: Path, encodings: list[types.PositionEncodingKind] | None, chosen: str, column: int
) -> None:
    text = CROP.replace("    patch -=", "    s = 'ß🙂'; patch -=")

    async def scenario(client: Editor) -> None:
        assert client.capabilities.position_encoding == chosen
        uri = client.open(tmp_path / "crop.py", text)
        [found] = await client.diagnostics()
        assert (found.range.start.line, found.range.start.character) == (6, column)
        assert await client.hover(uri, 6, column) is not None
        assert await client.hover(uri, 6, column - 1) is None

    play_alone(scenario, tmp_path, encodings=encodings)


def test_lines_are_those_of_the_client(play: Play, tmp_path: Path) -> None:
    """Python's `splitlines` ends lines at characters that neither Python's parser nor the client does."""
    text = "x = '\x85\u2028'  # \x1c\n\x0c" + CROP.replace("\n", "\r\n")

    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "crop.py", text)
        [found] = await client.diagnostics()
        assert found.range.start == types.Position(7, 4)
        client.change(uri, "# \x0c \u2028\n" + text, 2)
        [found] = await client.diagnostics(version=2)
        assert found.range.start == types.Position(8, 4)

    play(scenario)


def test_only_the_newest_text_is_told(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "crop.py", CROP)
        for version in range(2, 12):
            client.change(uri, f"{'# a line' + chr(10)}" * version + CROP, version)
        [found] = await client.diagnostics(version=11)
        assert found.range.start.line == 6 + 11
        client.change(uri, MENDED, 12)
        assert await client.diagnostics(version=12) == []
        client.close(uri)
        assert await client.diagnostics(version=None) == []
        assert client.said.empty()

    play(scenario)


def test_comments_silence(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        client.open(tmp_path / "crop.py", WITH_NOQA)
        assert await client.diagnostics() == []

    play(scenario)


def test_hover_gives_the_page(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "crop.py", CROP)
        said = await client.hover(uri, 6, 10)  # without waiting for the diagnostics
        assert said is not None and said.range is not None
        assert place(said.range) == (6, 4, 6, 25)
        assert isinstance(said.contents, types.MarkupContent)
        assert said.contents.kind == types.MarkupKind.Markdown
        assert said.contents.value.startswith("# TAL101: write-through-view\n\nWriting through a view")
        assert "Instead: copy before writing (`x[1:3].copy()`" in said.contents.value
        assert await client.hover(uri, 5, 10) is None

    play(scenario)


def test_quick_fixes(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "crop.py", CROP)
        fix, silence = await client.actions(uri, 6, 6)
        assert (fix.title, fix.kind, fix.is_preferred) == (
            "tensorlint: write `image[1:3, 1:3].copy()` (unsafe: behaviour changes)",
            types.CodeActionKind.QuickFix,
            False,
        )
        assert list(fix.diagnostics or []) == await client.diagnostics()
        assert edited(CROP, fix) == MENDED
        assert (silence.title, silence.kind) == (
            "tensorlint: add # noqa: TAL101",
            types.CodeActionKind.QuickFix,
        )
        assert edited(CROP, silence) == WITH_NOQA
        assert await client.actions(uri, 4) == []
        assert await client.actions(uri, 6, 6, only=["refactor"]) == []
        assert await client.actions(uri, 6, 6, only=["source.fixAll"]) == []  # nothing is safe here

    play(scenario)


def test_fix_all_makes_the_safe_fixes(play: Play, tmp_path: Path) -> None:
    text = "# 🙂\n" + (RAISES + CROP.partition("\n\n\n")[2].replace("np.", "torch.")).rstrip("\n")
    text = text.replace("\n", "\r\n") + "  # ß"

    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "flat.py", text)
        assert sorted(str(found.code) for found in await client.diagnostics()) == ["TAL101", "TAL501"]
        for only in (["source.fixAll"], ["source.fixAll.tensorlint"], ["source"]):
            [action] = await client.actions(uri, 0, only=only)
            assert (action.title, action.kind) == (
                "tensorlint: make all safe fixes",
                "source.fixAll.tensorlint",
            )
            assert edited(text, action) == text.replace("view(6)", "reshape(6)")
        fix, *_ = await client.actions(uri, 5, 15)
        assert (fix.title, fix.is_preferred) == ("tensorlint: write `torch.zeros(2, 3).t().reshape`", True)
        assert edited(text, fix) == text.replace("view(6)", "reshape(6)")

    play(scenario)


def test_a_fix_that_needs_an_import(play: Play, tmp_path: Path) -> None:
    text = "import torch\r\n\r\nweights = {'a': torch.zeros(3)}\r\nbest = dict(weights)\r\n"
    text += "weights['a'] += 1\r\nprint(best)\r\n"

    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "best.py", text)
        [found] = await client.diagnostics()
        fixes = [
            action
            for action in await client.actions(uri, found.range.start.line, found.range.start.character)
            if "deepcopy" in action.title
        ]
        assert edited(text, fixes[0]) == "from copy import deepcopy\r\n" + text.replace(
            "dict(weights)", "deepcopy(dict(weights))"
        )

    play(scenario)


def test_the_configuration_of_the_workspace(play: Play, tmp_path: Path) -> None:
    settings = write(tmp_path, "pyproject.toml", '[tool.tensorlint]\nignore = ["TAL101"]\n')

    async def scenario(client: Editor) -> None:
        [wish] = client.wished
        assert wish.method == "workspace/didChangeWatchedFiles"
        client.open(tmp_path / "source" / "crop.py", CROP)
        assert await client.diagnostics() == []
        for text, number in (
            ("[tool.tensorlint]\n", 1),
            ('[tool.tensorlint]\nexclude = ["source"]\n', 0),
            ('[tool.tensorlint.per-file-ignores]\n"source/*" = ["TAL1"]\n', 0),
        ):
            settings.write_text(text)
            changed = types.FileEvent(settings.as_uri(), types.FileChangeType.Changed)
            client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
            assert len(await client.diagnostics()) == number, text

    play(scenario)


def test_the_baseline_of_the_workspace(play: Play, tmp_path: Path, process: Process) -> None:
    write(tmp_path, "pyproject.toml", '[tool.tensorlint]\nbaseline = "known.json"\n')
    write(tmp_path, "crop.py", CROP)

    async def scenario(client: Editor) -> None:
        client.open(tmp_path / "crop.py", CROP)
        assert "known.json: cannot be read" in await client.message()
        assert await client.diagnostics() == []
        assert process("check", "--write-baseline").status == 0
        client.open(tmp_path / "crop.py", f"\n{CROP}", version=2)
        assert await client.diagnostics(version=2) == []

    play(scenario)


def test_a_bad_configuration_is_shown_once(play: Play, tmp_path: Path) -> None:
    settings = write(tmp_path, "pyproject.toml", '[tool.tensorlint]\nignore = ["TAL1x"]\n')

    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "crop.py", CROP)
        assert f"{settings}: tool.tensorlint.ignore: no rule is called 'TAL1x'" in await client.message()
        assert await client.diagnostics() == []
        client.change(uri, f"{CROP}\n", 2)
        assert await client.diagnostics(version=2) == []
        assert client.shown.empty()
        settings.write_text("[tool.tensorlint]\n")
        client.change(uri, CROP, 3)
        assert len(await client.diagnostics(version=3)) == 1

    play(scenario)


BAD = {
    "syntax": ("import numpy\ndef f(:\n", 1, "cannot be parsed: invalid syntax"),
    "nul": ("import numpy\n\0\n", 1, "source contains a NUL byte"),
    "half of a pair": ("import numpy\nx = '\ud800'\n", 0, "tensorlint could not check this file"),
    "deep": ("import numpy\nx = " + "-" * 100_000 + "1\n", 0, "nested too deep"),
}


def test_what_cannot_be_checked_is_told_and_the_server_goes_on(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        for name, (text, line, message) in BAD.items():
            uri = client.open(tmp_path / "bad.py", text)
            [found] = await client.diagnostics()
            assert found.message.startswith(message), name
            assert (found.range.start.line, found.code) == (line, "TAL000"), name
            assert found.severity == types.DiagnosticSeverity.Error
            assert await client.hover(uri, line, 0) is None
            assert await client.actions(uri, line) == []
        client.change(uri, CROP, 2)
        assert len(await client.diagnostics(version=2)) == 1

    play(scenario)


UNUSUAL = {
    "nothing": ("", []),
    "only a mark": ("\ufeff", []),
    "a mark": (f"\ufeff{CROP}", [6]),
    "a form feed": (CROP.replace("\ndef", "\n\fdef"), [6]),
    "carriage returns": (CROP.replace("\n", "\r\n"), [6]),
    "a long line": (f"{CROP}\n# {'x' * 1_000_000}\n", [6]),
    "half of a cell": ("%matplotlib inline\nimport numpy\n", [0]),
}


def test_what_is_unusual_is_checked(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        for name, (text, lines) in UNUSUAL.items():
            uri = client.open(tmp_path / "unusual.py", text)
            found = await client.diagnostics()
            assert [each.range.start.line for each in found] == lines, name
            client.close(uri)
            await client.diagnostics(version=None)
        folder = tmp_path / "folder.py"
        folder.mkdir()
        client.open(folder, CROP)  # a buffer for it all the same
        assert len(await client.diagnostics()) == 1

    play(scenario)


def test_what_is_no_document(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        nowhere = (tmp_path / "nowhere.py").as_uri()
        client.change(nowhere, CROP, 2)
        assert await client.hover(nowhere, 0, 0) is None
        assert await client.actions(nowhere, 0) == []
        client.close(nowhere)
        assert await client.diagnostics(version=None) == []
        client.open(tmp_path / "notes.md", CROP, language="markdown")
        untitled = types.TextDocumentItem("untitled:Untitled-1", "python", 7, CROP)
        client.open_document(untitled)
        assert len(await client.diagnostics(version=7)) == 1
        assert await client.hover(untitled.uri, 99, 99) is None

    play(scenario)


def test_bytes_that_are_no_message(play: Play, tmp_path: Path) -> None:
    async def scenario(client: Editor) -> None:
        server = client._server
        assert server is not None and server.stdin is not None
        for body in (b'{"jsonrpc": "2.0", "method": "x\xff"}', b"[1]", b"{"):
            server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        client.open(tmp_path / "crop.py", CROP)
        assert len(await client.diagnostics()) == 1

    play(scenario)


def test_a_long_file_is_checked_while_the_server_answers(play: Play, tmp_path: Path) -> None:
    long = CROP + "".join(
        CROP.partition("\n\n\n")[2].replace("crop", f"crop{number}") for number in range(200)
    )

    async def scenario(client: Editor) -> None:
        uri = client.open(tmp_path / "long.py", long)
        client.open(tmp_path / "crop.py", CROP)
        nowhere = (tmp_path / "nowhere.py").as_uri()
        assert await asyncio.wait_for(client.hover(nowhere, 0, 0), 5) is None
        assert client.said.empty()
        assert len(await client.diagnostics()) == 201
        assert len(await client.diagnostics()) == 1
        assert len(await client.actions(uri, 6, 6)) == 2

    play(scenario)


@pytest.mark.parametrize("said", [b"", b"Content-Length: 99\r\n\r\n{", b"hello\n\n"])
def test_the_server_ends_with_its_client(process: Process, said: bytes) -> None:
    assert process("server", stdin=said).status == 0


def test_without_pygls_the_extra_is_named(process: Process, tmp_path: Path) -> None:
    write(tmp_path, "startup/sitecustomize.py", "import sys\nsys.modules['pygls'] = None\n")
    run = process("server", env={"PYTHONPATH": f"{tmp_path / 'startup'}:{Path(__file__).parents[2]}"})
    assert (run.status, run.output) == (2, "")
    assert run.errors == "tensorlint: the server needs pygls: pip install 'tensorlint[lsp]'\n"
