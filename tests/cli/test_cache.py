"""The cache of the command line: it saves work, and never changes what is said."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tensorlint import checking
from tensorlint.cli import cache
from tensorlint.config import FORMATS
from tests.cli.conftest import PLAIN, Tensorlint, write
from tests.conftest import ROOT, ROW

COPIES = 16  # enough for two processes


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A fixture, many small files, and one that has nothing to do with tensors."""
    demo = ROOT / "fixtures" / "demo"
    for path in sorted(demo.glob("*.py"))[:2]:
        write(tmp_path, f"src/{path.name}", path.read_bytes())
    for number in range(COPIES):
        write(tmp_path, f"src/view_{number}.py", ROW)
    write(tmp_path, "src/plain.py", "print(1)\n")
    return tmp_path


@pytest.fixture
def never_lints(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on, whatever is linted fails the test."""

    def forbid() -> None:
        def lint(target: checking.Target, plan: checking.Plan) -> checking.Checked:
            raise AssertionError(f"{target.name} is linted")

        monkeypatch.setattr(checking, "_lint", lint)

    return forbid


def entries(folder: Path) -> list[Path]:
    return sorted((folder / cache.FOLDER).glob("*.json"))


@pytest.mark.parametrize("output_format", FORMATS)
def test_says_the_same_cold_and_warm_and_without(
    tree: Path, tensorlint: Tensorlint, never_lints: Callable[[], None], output_format: str
) -> None:
    options = ("src", "--output-format", output_format)
    without = tensorlint("check", *options, "--no-cache")
    assert not entries(tree)
    cold = tensorlint("check", *options)
    assert len(entries(tree)) == COPIES + 2
    never_lints()
    assert tensorlint("check", *options) == cold == without
    assert cold.status == 1


def test_what_was_left_out_is_said_warm_as_well(
    tmp_path: Path, tensorlint: Tensorlint, never_lints: Callable[[], None]
) -> None:
    strings = " ".join(["'a'"] * 200)
    write(tmp_path, "view.py", ROW + f"\n\ndef big(x: np.ndarray):\n    y = x[0]\n    y += len({strings})\n")
    cold = tensorlint("check", "view.py")
    assert "`big` is not checked" in cold.errors
    assert cold.status == 1
    never_lints()
    assert tensorlint("check", "view.py") == cold


def test_a_tree_that_did_not_change_is_checked_without_libcst(tree: Path, tensorlint: Tensorlint) -> None:
    cold = tensorlint("check", "src", "--output-format=concise")
    code = (
        "import sys\nfrom tensorlint.cli import main\n"
        "main(['check', 'src', '--output-format=concise'])\n"
        "assert not {'libcst', 'tensorlint.lint', 'tensorlint.analysis'} & set(sys.modules)\n"
    )
    warm = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tree)
    assert (warm.stdout, warm.stderr) == (cold.output, "")


@pytest.mark.parametrize(("jobs", "seed"), [("-j1", "1"), ("-j2", "2")])
def test_bytes_are_the_same_for_every_order_seed_and_number_of_processes(
    tree: Path, tensorlint: Tensorlint, jobs: str, seed: str
) -> None:
    names = [f"src/{path.name}" for path in sorted((tree / "src").iterdir())]
    expected = tensorlint("check", *names, "--no-cache", "--output-format=json").output
    for order in (names, names[::-1]):
        for _ in range(2):  # cold, then warm
            command = [sys.executable, "-m", "tensorlint", "check", *order, jobs, "--output-format=json"]
            ended = subprocess.run(
                command, capture_output=True, text=True, cwd=tree, env={**os.environ, "PYTHONHASHSEED": seed}
            )
            assert ended.stdout == expected, ended.stderr
        shutil.rmtree(tree / cache.FOLDER)


@pytest.mark.parametrize(
    "options",
    [("--ignore=TAL101",), ("--disable=TAL101",), ("--enable=TAL901",), ("--knowledge=own.toml",)],
    ids=lambda options: options[0],
)
def test_asks_again_for_another_choice(
    tmp_path: Path, tensorlint: Tensorlint, options: tuple[str, ...]
) -> None:
    write(tmp_path, "view.py", ROW)
    write(tmp_path, "own.toml", '"mylib.fresh" = "(x) -> new"\n')
    tensorlint("check", "view.py")
    before = entries(tmp_path)
    with_options = tensorlint("check", "view.py", *options)
    assert len(entries(tmp_path)) == len(before) + 1
    assert with_options == tensorlint("check", "view.py", *options, "--no-cache")


def test_asks_again_for_another_text_name_or_comment(tmp_path: Path, tensorlint: Tensorlint) -> None:
    write(tmp_path, "view.py", ROW)
    assert tensorlint("check", "view.py").status == 1
    write(tmp_path, "view.py", ROW.replace("row.mean()", "row.mean()  # noqa"))
    assert tensorlint("check", "view.py").status == 0
    assert tensorlint("check", "view.py", "--ignore-noqa").status == 1
    write(tmp_path, "other.py", ROW)
    assert "other.py" in tensorlint("check", "other.py").output


def test_a_change_of_the_linter_is_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = checking.Plan()
    before = cache.Cache.of(plan, tmp_path)
    assert cache.Cache.of(plan, tmp_path) == before
    monkeypatch.setattr(cache, "_linter", lambda: iter([b"rules"]))
    assert cache.Cache.of(plan, tmp_path) != before


def spoiled(entry: Path, change: Callable[[list[Any]], object]) -> None:
    rows, notices = json.loads(entry.read_text())
    entry.write_text(json.dumps([change(rows), notices]))


def with_value(place: int, value: object) -> Callable[[list[Any]], object]:
    return lambda rows: [[*rows[0][:place], value, *rows[0][place + 1 :]]]


SPOILED: dict[str, Callable[[Path], object]] = {
    "cut short": lambda entry: entry.write_bytes(entry.read_bytes()[:-7]),
    "empty": lambda entry: entry.write_bytes(b""),
    "binary": lambda entry: entry.write_bytes(bytes(range(256))),
    "nested": lambda entry: entry.write_text("[" * 100_000),
    "no list": lambda entry: entry.write_text("{}"),
    "text": lambda entry: entry.write_text('""'),
    "findings that are text": lambda entry: entry.write_text('["", []]'),
    "a notice that is no text": lambda entry: entry.write_text("[[], [1]]"),
    "huge": lambda entry: os.truncate(entry, cache.LARGEST + 1),
    "row of another shape": lambda entry: spoiled(entry, lambda rows: [rows[0][:-1]]),
    "another code": lambda entry: spoiled(entry, with_value(0, "E501")),
    "line past the end": lambda entry: spoiled(entry, with_value(3, 10_000)),
    "line before the start": lambda entry: spoiled(entry, with_value(3, 0)),
    "column that is no number": lambda entry: spoiled(entry, with_value(4, "4")),
    "truth for a number": lambda entry: spoiled(entry, with_value(5, True)),
    "message that is no text": lambda entry: spoiled(entry, with_value(2, None)),
    "notes that are none": lambda entry: spoiled(entry, with_value(7, ["x"])),
    "fix that is none": lambda entry: spoiled(entry, with_value(8, ["title", [], "yes"])),
    "a folder": lambda entry: (entry.unlink(), entry.mkdir()),
    "a pipe": lambda entry: (entry.unlink(), os.mkfifo(entry)),
    "a link": lambda entry: (
        entry.rename(entry.with_suffix(".real")),
        entry.symlink_to(entry.with_suffix(".real")),
    ),
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_has_another_shape_is_not_believed(tmp_path: Path, tensorlint: Tensorlint, how: str) -> None:
    write(tmp_path, "view.py", ROW)
    cold = tensorlint("check", "view.py")
    (entry,) = entries(tmp_path)
    SPOILED[how](entry)
    assert tensorlint("check", "view.py") == cold
    assert cold.status == 1


def test_a_fix_is_never_taken_from_the_cache(tmp_path: Path, tensorlint: Tensorlint) -> None:
    """Whoever can write to the cache must not write to the sources by it."""
    path = write(tmp_path, "view.py", ROW)
    tensorlint("check", "view.py", "--fix", "--unsafe-fixes", "--no-cache")
    mended = path.read_text()
    assert mended != ROW
    write(tmp_path, "view.py", ROW)
    tensorlint("check", "view.py")
    (entry,) = entries(tmp_path)
    spoiled(entry, with_value(8, ["copy", [[1, 0, 1, 0, "import os; os.abort()\n"]], True]))
    tensorlint("check", "view.py", "--fix", "--unsafe-fixes")
    assert path.read_text() == mended


def test_a_full_disk_only_costs_time(
    tmp_path: Path, tensorlint: Tensorlint, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "view.py", ROW)
    expected = tensorlint("check", "view.py", "--no-cache")

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert tensorlint("check", "view.py") == expected
    assert [path.name for path in (tmp_path / cache.FOLDER).iterdir()] == [".gitignore"]


def test_a_place_that_cannot_be_written_to_is_told_once(tmp_path: Path, tensorlint: Tensorlint) -> None:
    write(tmp_path, "view.py", ROW)
    write(tmp_path, "taken", "")
    found = tensorlint("check", "view.py", "--cache-dir", "taken")
    assert found.output == tensorlint("check", "view.py", "--no-cache").output
    assert found.errors.splitlines() == [
        "tensorlint: taken cannot be written to: nothing is added to the cache"
    ]


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path, tensorlint: Tensorlint) -> None:
    write(tmp_path, "view.py", ROW)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / cache.FOLDER).symlink_to(elsewhere)
    assert "is a link" in tensorlint("check", "view.py").errors
    assert not list(elsewhere.iterdir())


def test_git_is_told_to_look_away(tmp_path: Path, tensorlint: Tensorlint) -> None:
    write(tmp_path, "plain.py", PLAIN)
    tensorlint("check", ".")
    assert (tmp_path / cache.FOLDER / ".gitignore").read_text().endswith("*\n")
    assert len(entries(tmp_path)) == 1


def test_several_runs_may_share_a_folder(tree: Path, tensorlint: Tensorlint) -> None:
    expected = tensorlint("check", "src", "--no-cache", "--output-format=concise").output
    command = [sys.executable, "-m", "tensorlint", "check", "src", "--output-format=concise", "-j2"]
    runs = [subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [run.communicate()[0] for run in runs] == [expected] * 2
    assert not list((tree / cache.FOLDER).glob("*.partial"))
