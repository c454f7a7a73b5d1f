"""Repositories that mean harm: nothing of them is run, nothing waits or fills the memory, nothing is lost.

`docs/threat-model.md` names these tests, one for each of its rows.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tensorlint import analysis
from tensorlint.checking import Plan, Target, check
from tensorlint.config import FORMATS, ConfigError
from tensorlint.discovery import DEEPEST, Discovery, matches
from tensorlint.reading import read_file
from tensorlint.source import imports_tensors
from tests.cli.conftest import PLACE, PLAIN, Process, Tensorlint, write
from tests.conftest import CROP, Flake8

CONCISE = ("check", "--output-format", "concise")
MENDED = CROP.replace("image[1:3, 1:3]", "image[1:3, 1:3].copy()")
EXPLAIN = ["tensorlint", "explain", "crop.py:9"]
FIX = ("check", "--fix", "--unsafe-fixes", "--output-format", "concise")


def quick(seconds: float = 30) -> Callable[[], float]:
    """CPU seconds since then, held against a bound that only a runaway exceeds."""
    start = time.process_time()

    def spent() -> float:
        took = time.process_time() - start
        assert took < seconds
        return took

    return spent


# Files


def test_a_pipe_or_a_device_that_is_named_is_refused(tensorlint: Tensorlint, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    run = tensorlint(*CONCISE, "pipe.py", "/dev/zero", "/dev/tty")
    assert run.status == 2
    assert run.output.count("TAL000") == 3
    assert run.output.count("cannot be read: no regular file") >= 2


def test_no_pipe_or_device_is_opened_that_a_repository_brings(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    (tmp_path / ".git").mkdir()
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    for name in ("pipe.py", ".gitignore", "pyproject.toml", "known.json"):
        os.mkfifo(tmp_path / name)
    assert tensorlint(*CONCISE).places == [f"crop.py:{PLACE}"]
    for option in ("--baseline", "--knowledge", "--config"):
        name = {"--baseline": "known.json", "--knowledge": "pipe.py", "--config": "pyproject.toml"}[option]
        run = tensorlint(*CONCISE, option, name)
        assert (run.status, run.output) == (2, "")
        assert "no regular file" in run.errors


def test_links_that_lead_in_circles(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "a/crop.py", CROP)
    (tmp_path / "a" / "up").symlink_to("..", target_is_directory=True)
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "there.py").symlink_to("back.py")
    (tmp_path / "back.py").symlink_to("there.py")
    assert tensorlint(*CONCISE).places == [f"a/crop.py:{PLACE}"]
    run = tensorlint(*CONCISE, "self.py")
    assert run.status == 2
    assert "cannot be read" in run.output


def test_a_file_of_holes_does_not_fill_the_memory(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    for name in ("huge.py", "pyproject.toml", "known.json"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(1 << 40)
    run = tensorlint(*CONCISE, "--isolated")
    assert (run.status, run.places) == (2, [f"crop.py:{PLACE}", "huge.py:1:1: TAL000"])
    assert "cannot be read: more than 32 MB" in run.output
    assert "more than 32 MB" in tensorlint(*CONCISE).errors
    assert "more than 32 MB" in tensorlint(*CONCISE, "--isolated", "--baseline", "known.json").errors


def test_a_file_that_may_not_be_read_is_told(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "secret.py", CROP)

    def refusing(path: Path) -> bytes:
        if path.name == "secret.py":
            raise PermissionError(13, "Permission denied", str(path))
        return read_file(path)

    monkeypatch.setattr("tensorlint.checking.read_file", refusing)
    run = tensorlint(*CONCISE)
    assert (run.status, run.places) == (2, [f"crop.py:{PLACE}", "secret.py:1:1: TAL000"])
    assert "Permission denied" in run.output


def test_folders_without_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * (DEEPEST + 5))
    deep.mkdir(parents=True)
    write(deep, "x.py", "")
    write(tmp_path, "d/d/y.py", "")
    discovery = Discovery(tmp_path)
    assert discovery.files([tmp_path]) == [tmp_path / "d/d/y.py"]
    assert list(discovery.unreadable.values()) == [f"more than {DEEPEST} folders deep"]


# Patterns


EXPLODING = ["*a" * 12 + "*b", "a" + "*" * 3000 + "b", "**/a/" * 12 + "b", "[!a-" * 500, "*/" * 500 + "b"]
NO_PATTERNS = ["\\", "[z-a]", "(\\|$/?$\\", "[^]-)]}"]


@pytest.mark.parametrize("pattern", EXPLODING)
def test_patterns_that_take_for_ever(tensorlint: Tensorlint, tmp_path: Path, pattern: str) -> None:
    spent = quick()
    (tmp_path / ".git").mkdir()
    write(tmp_path, ".gitignore", f"{pattern}\nleft.py\n")
    write(tmp_path, f"{'a' * 240}.py", CROP)
    write(tmp_path, "/".join(["a"] * 60) + "/c.py", CROP)
    write(tmp_path, "left.py", CROP)
    assert len(tensorlint(*CONCISE).places) == 2
    run = tensorlint(*CONCISE, "--exclude", pattern)
    assert run.status == 2 or len(run.places) == 2
    spent()


@pytest.mark.parametrize("pattern", NO_PATTERNS)
def test_what_is_no_pattern_is_passed_over_or_told(
    tensorlint: Tensorlint, tmp_path: Path, pattern: str
) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, ".gitignore", f"{pattern}\nleft.py\n")
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "left.py", CROP)
    assert tensorlint(*CONCISE).places == [f"crop.py:{PLACE}"]
    run = tensorlint(*CONCISE, "--exclude", pattern)
    assert (run.status, run.output) == (2, "")
    assert "cannot be read as a pattern of gitignore" in run.errors
    with pytest.raises(ConfigError, match="cannot be read as a pattern"):
        matches(tmp_path / "crop.py", pattern, tmp_path)


def test_patterns_of_people_are_read(tmp_path: Path) -> None:
    for pattern in ("**/tests/**/test_*_*.py", "*.egg-info/", "/docs/**", "a***.py", "**/__pycache__/**"):
        matches(tmp_path / "a.py", pattern, tmp_path)
    assert matches(tmp_path / "abc.py", "a***.py", tmp_path)
    assert matches(tmp_path / "x/tests/y/test_a_b.py", "**/tests/**/test_*_*.py", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "import (\n" * 100_000,
        ";import" * 100_000,
        "import " + "(" * 100_000,
        "import \\\n" * 100_000,
        ":" * 10**6,
    ],
    ids=["brackets", "one line", "nested", "backslashes", "colons"],
)
def test_the_look_at_imports_takes_its_time_once(text: str) -> None:
    spent = quick()
    assert not imports_tensors(f"# numpy\n'''\n{text}\n'''\n")
    assert imports_tensors(f"'''\n{text}\n'''\nimport numpy\n")
    spent()


# Configuration


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"\x00\xff\xfe tensorlint", id="binary"),
        pytest.param(b"[tool.tensorlint]\nselect = " + b"[" * 100_000, id="nested lists"),
        pytest.param(b"[tool.tensorlint]\nselect = " + b"[" * 400 + b"]" * 400, id="a nested value"),
        pytest.param(b"[tool.tensorlint]\nselect = " + b"{a=" * 100_000, id="nested tables"),
        pytest.param(b"[tool.tensorlint]\nselect = " + b"9" * 100_000, id="a long number"),
        pytest.param(b'[tool.tensorlint]\nselect = ["' + b"T" * 1_000_000 + b'"]', id="a long code"),
        pytest.param(b"[tool.tensorlint]\nprofile = '\\u001b[2J'", id="an unknown profile"),
        pytest.param(b'[tool.tensorlint]\n"\\u001b[2J" = 1', id="an escape sequence as a key"),
        pytest.param(b"[tool.tensorlint]\nexclude = [" + b'"*a*a*a*a*b",' * 10 + b"]", id="stars"),
    ],
)
def test_a_configuration_that_means_harm_is_told(
    tensorlint: Tensorlint, flake8: Flake8, tmp_path: Path, text: bytes
) -> None:
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "pyproject.toml", text)
    run = tensorlint(*CONCISE)
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith("tensorlint: ")
    assert "Traceback" not in run.errors
    assert "\x1b" not in run.errors
    assert len(run.errors) < 5_000


def test_such_a_configuration_ends_flake8_without_a_traceback(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "pyproject.toml", b"[tool.tensorlint]\nselect = " + b"[" * 100_000)
    run = flake8("crop.py")
    assert run.status == 1
    assert "nested too deep" in run.output + run.errors
    assert "Traceback" not in run.output + run.errors


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"mylib.f" = "(x) -> ' + "view(" * 5_000 + "x" + ")" * 5_000 + '"', id="nested"),
        pytest.param('"mylib.f" = "(x) -> ' + "new | " * 50_000 + 'new"', id="long"),
        pytest.param('"mylib.f" = "\\u001b[2J"', id="escape sequence"),
        pytest.param("\"mylib.f\" = \"(__import__('os').system('touch ran')) -> new\"", id="code"),
        pytest.param("[[group]]\n" * 10_000, id="groups"),
        pytest.param('"' + "a." * 50_000 + 'b" = "(x) -> new"', id="a long name"),
    ],
)
def test_knowledge_that_means_harm(tensorlint: Tensorlint, tmp_path: Path, text: str) -> None:
    spent = quick(60)
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "own.toml", text)
    run = tensorlint(*CONCISE, "--knowledge", "own.toml")
    assert run.status in (1, 2)
    assert "Traceback" not in run.errors
    assert "\x1b" not in run.output + run.errors
    assert not (tmp_path / "ran").exists()
    spent()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"version": 1, "findings": []}', "9" * 100_000, "\x00"])
def test_a_baseline_that_is_none(tensorlint: Tensorlint, tmp_path: Path, text: str) -> None:
    write(tmp_path, "crop.py", CROP)
    write(tmp_path, "known.json", text)
    run = tensorlint(*CONCISE, "--baseline", "known.json")
    assert (run.status, run.output) == (2, "")
    assert "no baseline that tensorlint wrote" in run.errors


def test_a_repository_cannot_have_another_file_overwritten(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP)
    profile = write(tmp_path, "home/.profile", "export PATH\n")
    write(tmp_path, "pyproject.toml", '[tool.tensorlint]\nbaseline = "home/.profile"\n')
    run = tensorlint("check", "--write-baseline")
    assert (run.status, profile.read_text()) == (2, "export PATH\n")
    assert "no baseline that tensorlint wrote" in run.errors


# What is shown


ESCAPES = CROP.replace("image", "größe").replace(
    "    return", '    größe.astype("\x1b]0;x\x07\x9b2J\u202e \x1b[2J")[0] = 1\n    return'
)
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def test_escape_sequences_in_a_message_of_flake8(flake8: Flake8, tmp_path: Path) -> None:
    """The message quotes the source."""
    write(tmp_path, "crop.py", ESCAPES)
    run = flake8("crop.py")
    assert {report.code for report in run.reports} >= {"TAL101", "TAL401"}
    assert "\\x1b[2J" in run.output
    assert not HIDDEN.search(run.output)


@pytest.mark.parametrize("output_format", FORMATS)
def test_escape_sequences_in_quoted_source(
    tensorlint: Tensorlint, tmp_path: Path, output_format: str
) -> None:
    write(tmp_path, "crop.py", ESCAPES)
    run = tensorlint("check", "--output-format", output_format)
    assert run.output.count("TAL401") >= 1
    assert not HIDDEN.search(run.output)


def test_a_diff_on_a_terminal_shows_what_a_tool_would_get_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "two\nlines.py", CROP.replace("return", 'a = "\x1b[2J"  # \f\n    return'))
    command = [sys.executable, "-m", "tensorlint", "check", "--diff", "--unsafe-fixes"]
    shown, hidden = os.openpty()
    subprocess.run(command, cwd=tmp_path, stdout=hidden, stderr=subprocess.DEVNULL, timeout=120, check=False)
    os.close(hidden)
    on_terminal = b""
    try:
        while part := os.read(shown, 65536):
            on_terminal += part
    except OSError:  # how a terminal ends
        pass
    finally:
        os.close(shown)
    assert b"\x1b" not in on_terminal
    assert (
        b'+    patch = image[1:3, 1:3].copy()\r\n     patch -= patch.mean()\r\n     a = "\\x1b[2J"'
        in on_terminal
    )
    assert b"--- two\\nlines.py\r\n" in on_terminal
    exact = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False).stdout
    assert b'     a = "\x1b[2J"  # \x0c\n     return image, patch\n' in exact


def test_names_of_folders_in_errors(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "\x1b[2J/own.toml", "1")
    run = tensorlint(*CONCISE, "--knowledge", "\x1b[2J/own.toml")
    assert run.status == 2
    assert "\\x1b[2J/own.toml" in run.errors
    assert "\x1b" not in run.errors


# Fixes


def test_two_fixers_on_one_tree(tmp_path: Path) -> None:
    files = [write(tmp_path, f"crop{number}.py", CROP) for number in range(12)]
    command = [sys.executable, "-m", "tensorlint", *FIX, "--no-cache", "-j", "1"]
    both = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=240)[0] for process in both]
    assert {path.read_text() for path in files} == {MENDED}
    assert sorted(os.listdir(tmp_path)) == sorted(path.name for path in files)
    strangers = [
        line for text in said for line in text.splitlines() if "stays as it was: changed" not in line
    ]
    assert strangers == []


def test_a_file_that_changes_while_it_is_mended_stays(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crop = write(tmp_path, "crop.py", CROP)
    from tensorlint import mending

    mend = mending.mend

    def slow(text: str, name: str, **options: object) -> mending.Mended:
        crop.write_text("saved meanwhile = 1\n")
        return mend(text, name, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(mending, "mend", slow)
    run = tensorlint(*FIX)
    assert run.status == 2
    assert "stays as it was: changed" in run.output
    assert crop.read_text() == "saved meanwhile = 1\n"


KILLED = """
import os, signal, sys
from tensorlint import writing
from tensorlint.cli import main

class Os:
    def __getattr__(self, name):
        if name == {when!r}:
            os.kill(os.getpid(), signal.SIGKILL)
        return getattr(os, name)

writing.os = Os()
main(["check", "--fix", "--unsafe-fixes"])
"""


@pytest.mark.parametrize("when", ["fdopen", "fsync", "replace"])
def test_killed_in_the_middle_of_a_fix(tensorlint: Tensorlint, tmp_path: Path, when: str) -> None:
    crop = write(tmp_path, "crop.py", CROP)
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(when=when)], cwd=tmp_path, capture_output=True, timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    assert crop.read_text() == CROP
    run = tensorlint(*FIX)  # what was left behind is no Python file
    assert (run.status, run.output) == (0, "")
    assert crop.read_text() == MENDED


def test_killed_at_any_time(tmp_path: Path) -> None:
    files = [write(tmp_path, f"crop{number}.py", CROP) for number in range(10)]
    chance = random.Random(0)
    command = [sys.executable, "-m", "tensorlint", *FIX, "-j", "1"]
    for _ in range(4):
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.3, 3.0))
        process.kill()
        process.wait()
        assert {path.read_text() for path in files} <= {CROP, MENDED}


def test_a_folder_that_cannot_be_written(
    tensorlint: Tensorlint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crop = write(tmp_path, "crop.py", CROP)

    def refusing(**options: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refusing)
    for option in (FIX, ("check", "--add-noqa", "--output-format", "concise")):
        run = tensorlint(*option)
        assert run.status == 2
        assert "cannot be written: Permission denied" in run.output
        assert crop.read_text() == CROP


# Nothing is run


def test_nothing_of_the_linted_code_is_imported_or_run(
    process: Process, flake8: Flake8, tmp_path: Path
) -> None:
    """Neither at either door nor by a fix; also not what lies where Python looks for modules."""
    ran = tmp_path / "ran"
    trap = f"open({str(ran)!r}, 'w').close()\n"
    crop = CROP.replace("import numpy as np\n", f"import numpy as np\nimport trap\n{trap}")
    write(tmp_path, "crop.py", crop + f"\nassert eval({trap!r}) or __import__('trap')\n")
    for name in ("numpy.py", "torch/__init__.py", "trap.py", "conftest.py", "setup.py", "sitecustomize.py"):
        write(tmp_path, name, f"import numpy\n{trap}")
    python = [sys.executable, "-P", "-m"] if sys.version_info >= (3, 11) else [sys.executable, "-Im"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env["PYTHONPATH"] = str(Path(__file__).parents[2])
    for tool in (["flake8", "--select=TAL", "."], ["tensorlint", *FIX], EXPLAIN):
        done = subprocess.run(
            [*python, *tool], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120
        )
        assert "Traceback" not in done.stderr
        assert done.stdout + done.stderr
    assert "image[1:3, 1:3].copy()" in (tmp_path / "crop.py").read_text()
    assert not ran.exists()


def test_git_runs_no_program_that_a_repository_names(tensorlint: Tensorlint, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    git("init", "-q")
    write(tmp_path, "crop.py", PLAIN)
    write(tmp_path, ".gitattributes", "*.py diff=evil\n")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first")
    write(tmp_path, "crop.py", CROP)
    evil = f"touch {tmp_path}/ran; false"
    for key in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "core.pager"):
        git("config", key, evil)
    hooks = tmp_path / ".git" / "hooks"
    hook = write(hooks, "post-index-change", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    assert tensorlint(*CONCISE, "--new-from-rev", "HEAD").places == [f"crop.py:{PLACE}"]
    assert not (tmp_path / "ran").exists()


# Too large, too deep, too slow


BIG = {
    "sum": " + ".join(["image"] * 1_000),
    "subscripts": "image" + "[0]" * 300,
    "calls": "image" + ".sum()" * 300,
    "lists": "[" * 150 + "]" * 150,
    "strings": " ".join(["'a'"] * 10_000),
}


def big(expression: str) -> str:
    return (
        f"import numpy as np\n\n\ndef big(image):\n    image[0] = 1\n    return {expression}\n\n\n{CROP[20:]}"
    )


@pytest.mark.parametrize("case", BIG)
def test_a_function_that_is_too_much_is_left_out_with_a_notice(
    tensorlint: Tensorlint, tmp_path: Path, case: str
) -> None:
    write(tmp_path, "crop.py", big(BIG[case]))
    run = tensorlint(*CONCISE)
    assert run.places == ["crop.py:13:5: TAL101"]
    assert re.fullmatch(r"tensorlint: crop\.py: `big` is not checked: (nested )?more than .*\n", run.errors)


def test_flake8_tells_of_it_when_it_is_asked_to(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", big(BIG["strings"]))
    assert flake8("crop.py").errors == ""
    run = flake8("-v", "crop.py")
    assert "`big` is not checked: more than 100 adjacent strings" in run.errors


def test_many_notices_are_counted(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", "\n".join(big(BIG["lists"]).replace("big", f"big{n}") for n in range(13)))
    lines = tensorlint(*CONCISE).errors.splitlines()
    assert (len(lines), lines[-1]) == (11, "tensorlint: and 3 more of the kind")


TANGLED = "".join(f"        if x > {n}: a{n % 9} = [a{(n + 1) % 9}, a{(n + 4) % 9}][x]\n" for n in range(200))


def test_a_file_of_tangled_functions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them takes long; all of them together take no longer than the file may."""
    monkeypatch.setattr(analysis, "MOST_WORK", 50_000)
    monkeypatch.setattr(analysis, "MOST_WORK_PER_CHARACTER", 0)
    head = "def f{}(x, a0, a1, a2, a3, a4, a5, a6, a7, a8):\n    for _ in x:\n"
    function = f"{head}{TANGLED}    a0[0] += 1\n    return a0\n"
    text = "import numpy as np\n" + "".join(function.format(number) for number in range(12))
    spent = quick(60)
    checked = check(Target("tangled.py", data=text.encode()), Plan())
    assert any("took too long" in notice for notice in checked.notices)
    assert not checked.failed
    spent()


SHAPES: dict[str, Callable[[int], str]] = {
    "sum": lambda n: " + ".join(["a"] * n),
    "and": lambda n: " and ".join(["a"] * n),
    "subscripts": lambda n: "a" + "[0]" * n,
    "attributes": lambda n: "a" + ".T" * n,
    "calls": lambda n: "a" + ".sum()" * n,
    "minus": lambda n: "-" * n + "1",
    "lists": lambda n: "[" * n + "a" + "]" * n,
    "indices": lambda n: "a[" * n + "0" + "]" * n,
    "lambdas": lambda n: "lambda: " * n + "a",
    "conditions": lambda n: " if a else ".join(["1"] * n),
    "strings": lambda n: " ".join(["'a'"] * n),
    "targets": lambda n: "0\n    " + "b = " * n + "a",
    "stores": lambda n: "0\n    a" + "[0]" * n + " = 1",
    "nested targets": lambda n: "0\n    " + "[" * n + "b" + "]" * n + " = a",
    "annotation": lambda n: "0\n    b: " + "List[" * n + "a" + "]" * n + " = a",
    "elif": lambda n: "0\n    if a: pass\n" + "    elif a: a[0] = 1\n" * n,
    "views": lambda n: "0\n" + "".join(f"    v{i} = {'a' if not i else f'v{i - 1}'}[1:]\n" for i in range(n)),
    "calls of calls": lambda n: (
        "0\n\n" + "".join(f"def f{i}(x):\n    y = f{i + 1}(x)\n    y += 1\n    return y\n" for i in range(n))
    ),
    "patterns": lambda n: "0\n    match a:\n        case " + "[" * n + "b" + "]" * n + ": a[0] = 1",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_depth_is_a_crash(shape: str) -> None:
    """Sizes around every bound, up to where Python itself gives up: an answer or a clear message, in time."""
    spent = quick(120)
    for size in (50, 95, 150, 300, 900, 3_000, 10_000):
        text = big(SHAPES[shape](size))
        checked = check(Target("deep.py", data=text.encode()), Plan())
        said = [each.one_line for each in checked.diagnostics]
        assert not any("could not check" in line for line in said), (size, said)
        assert any("TAL101" in line for line in said) or checked.failed, (size, said)
    spent()


def test_the_report_of_a_hostile_file_is_json(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, 'a"b\\c\n{}.py', ESCAPES)
    for output_format in ("json", "gitlab", "rdjson", "sarif"):
        json.loads(tensorlint("check", "--output-format", output_format).output)
