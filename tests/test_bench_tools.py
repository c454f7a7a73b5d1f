"""The measuring tools, on a checkout made for the purpose: edits are exact, samples repeat, verdicts last."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import checkouts, typed, uncopy, verdicts
from bench.checkouts import Checkout, Report
from bench.copies import Copy, find_copies, remove

COPIES = """\
import copy
import numpy as np
from copy import deepcopy as deep

def crop(image, config, model):
    patch = image[:4].copy()
    patch -= patch.mean()
    options = config.copy()
    table = {}
    other = table.copy()
    fresh = (image + 1).copy()
    image.contiguous()
    mean = np.array(image, copy=True)
    cast = np.array(image)
    best = deep(model)
    flat = np.ascontiguousarray(
        image
        .real
    )
    längste = image.T.copy(); kürzeste = (
        image  # not. a dot
        .copy()
    )
    return image.detach().clone(memory_format=None), np.copy(image, order="C")
"""
EXPECTED = [
    (6, ".copy()", "local, written"),
    (13, "np.array(copy=True)", "local"),
    (15, "copy.deepcopy", "local"),
    (16, "np.ascontiguousarray", "local"),
    (20, ".copy()", "local"),
    (21, ".copy()", "local"),
    (24, ".clone()", "returned"),
    (24, "np.copy", "returned"),
]
REPLACED = ["image[:4]", "image", "model", "image.real", "image.T", "image", "image.detach()", "image"]


class Replace(ast.NodeTransformer):
    """Does on the tree what removing the copy does on the text."""

    def __init__(self, copy: Copy, operand: ast.expr) -> None:
        self.copy, self.operand = copy, operand

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if (node.lineno, node.col_offset) == (self.copy.line, self.copy.column):
            return self.operand
        self.generic_visit(node)
        return node


def stub(data: bytes, filename: str) -> list[Report]:
    """Stands for the linter: a line that writes an alias taken without a copy two lines above at most."""
    lines = checkouts.text_lines(data)
    return [
        Report(number, 4, "TAL101", "write through `patch`")
        for number, line in enumerate(lines, 1)
        if "patch -=" in line and "copy" not in "".join(lines[max(0, number - 3) : number])
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "somebody"
    (root / "tests").mkdir(parents=True)
    (root / "crops.py").write_text(COPIES, encoding="utf-8")
    (root / "plain.py").write_text("def f(x):\n    return x.copy()\n")
    (root / "tests" / "test_crops.py").write_text(COPIES, encoding="utf-8")
    return checkouts.identify(root)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_removing_a_copy_changes_the_call_and_nothing_else(newline: str, mark: bytes) -> None:
    data = mark + COPIES.replace("\n", newline).encode()
    found = find_copies(data)
    assert [(copy.line, copy.kind, copy.use) for copy in found] == EXPECTED
    for copy, replaced in zip(found, REPLACED, strict=True):
        after = remove(data, copy)
        assert after.startswith(data[: copy.start])
        assert after.endswith(data[copy.end :])
        wanted = Replace(copy, ast.parse(replaced, mode="eval").body).visit(ast.parse(data))
        assert ast.dump(ast.parse(after)) == ast.dump(wanted)


def test_files_without_tensors_and_tests_are_left_out(checkout: Checkout) -> None:
    sites = list(uncopy.all_sites([checkout], tests=False))
    assert {site.path for site in sites} == {"crops.py"}
    assert len(sites) == len(EXPECTED)


def test_a_pasted_function_counts_once(checkout: Checkout) -> None:
    assert len(list(uncopy.all_sites([checkout], tests=True))) == len(EXPECTED)


def test_samples_repeat_for_a_seed_and_differ_between_seeds(checkout: Checkout) -> None:
    sites = list(uncopy.all_sites([checkout], tests=False))
    chosen = [uncopy.choose(sites, 4, seed) for seed in range(8)]
    assert [uncopy.choose(sites, 4, seed) for seed in range(8)] == chosen
    assert len({tuple(site.copy for site in sample) for sample in chosen}) > 1
    assert all(len(sample) == 4 for sample in chosen)


def test_only_the_copy_that_is_missed_counts_as_found(checkout: Checkout, tmp_path: Path) -> None:
    sites = list(uncopy.all_sites([checkout], tests=False))
    records = uncopy.run(sites, tmp_path / "out.jsonl", 1, stub)
    assert [record["line"] for record in records if record["found"]] == [7]
    assert records[0]["place"] == "somebody@unknown:crops.py:6:12"
    assert "un-copy recall: 1/8 = 12.5 %" in uncopy.summary(records)


def test_a_crash_of_the_linter_is_counted_and_not_found(checkout: Checkout, tmp_path: Path) -> None:
    def crash(data: bytes, filename: str) -> list[Report]:
        raise RecursionError("too deep")

    sites = list(uncopy.all_sites([checkout], tests=False))
    records = uncopy.run(sites, tmp_path / "out.jsonl", 1, crash)
    assert not any(record["found"] for record in records)
    assert all("too deep" in record["error"] for record in records)


def test_an_interrupted_run_goes_on_and_keeps_reasons(checkout: Checkout, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    sites = list(uncopy.all_sites([checkout], tests=False))
    first = uncopy.run(sites, out, 1, stub)
    records = checkouts.read_lines(out)
    records[1]["why"] = "nobody writes it"
    records[2]["linter"] = "older"
    records[2]["why"] = "kept when measured again"
    out.write_text("".join(map(checkouts.as_line, records[:3])) + '{"place": "cut sho')
    calls = []

    def counted(data: bytes, filename: str) -> list[Report]:
        calls.append(filename)
        return stub(data, filename)

    again = uncopy.run(sites, out, 1, counted)
    assert len(calls) == 1 + len(sites) - 2
    assert [record["why"] for record in again[:3]] == [None, "nobody writes it", "kept when measured again"]
    assert [record["found"] for record in again] == [record["found"] for record in first]
    assert uncopy.run(sites, out, 1, counted) == again
    assert len(calls) == 1 + len(sites) - 2


def test_misses_are_explained_with_their_function(checkout: Checkout, tmp_path: Path) -> None:
    sites = list(uncopy.all_sites([checkout], tests=False))
    records = uncopy.run(sites, tmp_path / "out.jsonl", 1, stub)
    shown = list(uncopy.explain(sites, records, limit=1))
    assert "crops.py:13" in shown[0]
    assert shown[1].endswith("def crop(image, config, model):")
    assert [line for line in shown[1:] if ">" in line] == ["    13 >     mean = np.array(image, copy=True)"]


def loud(data: bytes, filename: str) -> list[Report]:
    """Stands for the linter: one finding for every line that says so."""
    lines = checkouts.text_lines(data)
    return [Report(n, 4, "TAL101", "a write") for n, line in enumerate(lines, 1) if "-=" in line]


REAL = {"effect": "real", "telling": "no", "reason": "a test"}


def test_a_verdict_survives_a_rerun_and_a_moved_line(checkout: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "verdicts"
    file = folder / "somebody.jsonl"
    verdicts.update(checkout, folder, 1, tests=False, lint=loud)
    (record,) = checkouts.read_lines(file)
    assert record["verdicts"] == {}
    assert "patch" not in json.dumps(record)
    checkouts.write_lines(file, [record | {"verdicts": {"1": REAL}}])

    (checkout.root / "crops.py").write_text("# one more line\n" + COPIES, encoding="utf-8")
    (moved,), outcomes = verdicts.update(checkout, folder, 1, tests=False, lint=loud)
    assert moved["place"] == "somebody@unknown:crops.py:8"
    assert moved["verdicts"] == {"1": REAL}
    assert "TAL101    1: effect real 1, not 0" in verdicts.summary(checkout, [moved], outcomes)

    (checkout.root / "crops.py").write_text(
        COPIES.replace("patch -= patch", "patch -= 2 * patch"), encoding="utf-8"
    )
    records, _ = verdicts.update(checkout, folder, 1, tests=False, lint=loud)
    assert [(r["reported"], r["verdicts"]) for r in records if r["reported"]] == [(True, {})]
    assert [(r["reported"], r["verdicts"]) for r in records if not r["reported"]] == [(False, {"1": REAL})]

    (checkout.root / "crops.py").write_text(COPIES, encoding="utf-8")
    records, _ = verdicts.update(checkout, folder, 1, tests=False, lint=loud)
    assert [(r["reported"], r["verdicts"]) for r in records] == [(True, {"1": REAL})]


def test_internal_failures_of_the_linter_are_listed_not_counted(checkout: Checkout, tmp_path: Path) -> None:
    def failing(data: bytes, filename: str) -> list[Report]:
        if b"import" not in data:
            raise ValueError("no imports here")
        return [Report(1, 0, "TAL000", "gave up"), Report(7, 4, "TAL101", "a write")]

    records, outcomes = verdicts.update(checkout, tmp_path, 1, tests=True, lint=failing)
    text = verdicts.summary(checkout, records, outcomes)
    assert [record["rule"] for record in records] == ["TAL101", "TAL101"]
    assert "FAILED crops.py: TAL000 gave up" in text
    assert "FAILED plain.py: ValueError('no imports here')" in text


def test_what_was_linted_is_noted_once_for_each_repository(checkout: Checkout, tmp_path: Path) -> None:
    for tests in (True, False):
        verdicts.update(checkout, tmp_path, 1, tests=tests, lint=loud)
    ((extent, records),) = verdicts.findings_by_repository(tmp_path)
    lines = COPIES.count("\n")
    assert (extent["repository"], extent["files"], extent["failed"]) == ("somebody", 2, 0)
    assert (extent["lines"], extent["tensor_lines"]) == (lines + 2, lines)
    assert len(records) == 1


def test_repositories_that_nobody_picked_are_those_with_the_smallest_digests(tmp_path: Path) -> None:
    names = [f"somebody/{letter}" for letter in "abcdefgh"]
    file = tmp_path / "candidates.txt"
    file.write_text("# a comment\n\n" + "\n".join(reversed(names)) + "\n")
    chosen = checkouts.chosen_by_hash(file, 3)
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
    assert len(chosen) == 3
    assert max(map(digests.get, chosen)) < min(digests[name] for name in names if name not in chosen)

    linted = {extent["repository"] for extent, _ in verdicts.findings_by_repository()}
    assert set(checkouts.chosen_by_hash()) <= linted


def test_listed_repositories_are_named_by_repository_and_full_revision() -> None:
    listed = checkouts.tomllib.loads((checkouts.HERE / "repositories.toml").read_text())
    assert len(listed) >= 6
    for name, entry in listed.items():
        assert entry["repository"].count("/") == 1, name
        assert len(entry["revision"]) == 40, name
        assert set(entry["revision"]) <= set("0123456789abcdef"), name


def test_two_processes_give_what_one_gives(checkout: Checkout, tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (checkout.root / name).write_text(COPIES.replace("crop", name[0]), encoding="utf-8")
    sites = list(uncopy.all_sites([checkout], tests=False))
    alone = uncopy.run(sites, tmp_path / "one.jsonl", 1, stub)
    assert uncopy.run(sites, tmp_path / "two.jsonl", 2, stub) == alone
    assert len(alone) == 3 * len(EXPECTED)


@pytest.mark.parametrize(
    "line",
    [
        "import numpy as np",
        "    from torch import nn",
        "import os, tensorflow.compat.v2 as tf",
        "from tensorflow import keras",
        "from keras.src import ops",
        "import jax",
        "from jax.experimental import pallas as pl",
        "import jax.numpy as jnp",
    ],
)
def test_a_file_with_tensors_is_known_by_its_imports(line: str) -> None:
    assert checkouts.imports_tensors(f"import os\n{line}\n".encode())


@pytest.mark.parametrize(
    "line", ["import jaxlib", "import tensorflow_datasets", "import pytorch", "# import jax", "x = 'keras'"]
)
def test_other_imports_are_none_of_tensors(line: str) -> None:
    assert not checkouts.imports_tensors(f"import os\n{line}\n".encode())


def git(root: Path, *arguments: str) -> str:
    name = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    ran = subprocess.run(["git", *name, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/somebody/models.git",
        "git@github.com:somebody/models",
        "file:///elsewhere/somebody+models/repo",
        "/elsewhere/somebody+models/repo.git",
    ],
)
def test_a_clone_is_named_by_its_remote(remote: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", remote)
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "start")
    found = checkouts.identify(tmp_path)
    assert found == Checkout(tmp_path.resolve(), "somebody/models", git(tmp_path, "rev-parse", "HEAD"))


def test_a_bare_tree_is_named_by_the_list(tmp_path: Path) -> None:
    (tmp_path / "flax").mkdir()
    found = checkouts.identify(tmp_path / "flax")
    assert (found.repository, len(found.revision)) == ("google/flax", 40)


def test_the_fingerprint_is_that_of_the_imported_linter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tensorlint

    own = checkouts.fingerprint()
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.setattr(tensorlint, "__file__", str(tmp_path / "__init__.py"))
    other = checkouts.fingerprint()
    (tmp_path / "table.toml").write_text("")
    assert len({own, other, checkouts.fingerprint()}) == 3


TYPED = """\
import torch
from torch import Tensor, nn

def scale(image: Tensor, factor: float, *, offset: int = 0):
    return image * factor + offset

def gather(images: list[Tensor], names):
    return images

class Net(nn.Module):
    def forward(self, net: nn.Module, guess, *rest, **options):
        def inner(nested: Tensor):
            return nested
        return net(guess.unsqueeze(0))

    @staticmethod
    def shift(image: Tensor):
        return image

    @classmethod
    def make(cls):
        return cls()

    def nothing(self):
        return None
"""


def test_parameters_are_counted_by_what_the_engine_takes_them_for() -> None:
    assert typed.count(TYPED.encode(), "net.py") == {
        "tensor": 3,  # image, guess (by its use), image
        "plain": 2,
        "object": 2,  # images, net
        "untyped": 1,  # names
        "functions": 4,  # scale, gather, forward, shift
        "all typed": 3,
        "with a tensor": 3,
        "given up": 0,
    }


def test_what_the_engine_gives_up_on_is_untyped(monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorlint.alias import solve

    monkeypatch.setattr(solve, "MOST_WORK", 0)
    counts = typed.count(TYPED.encode(), "net.py")
    assert (counts["given up"], counts["functions"], counts["untyped"]) == (4, 4, 8)
    assert counts["all typed"] == counts["tensor"] == 0


def test_shares_are_taken_over_all_files_and_failures_are_shown(checkout: Checkout) -> None:
    (checkout.root / "net.py").write_text(TYPED)
    (checkout.root / "broken.py").write_text("import torch\ndef f(:\n")
    (checkout.root / "plain.py").write_text("def f(x: int):\n    return x\n")
    records = typed.run(checkout, 1)
    paths = ["broken.py", "crops.py", "net.py"]
    assert [record["place"].rpartition(":")[2] for record in records] == paths
    text = typed.summary("somebody", records)
    assert "somebody: 3 files" in text
    assert "every parameter typed          3/5 = 60.0 %" in text  # crop() has one `config` and one `model`
    assert "FAILED somebody@unknown:broken.py: SyntaxError" in text
    assert text.count("FAILED") == 1


def test_a_file_that_takes_too_long_is_a_failure(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = checkouts.time_limit
    monkeypatch.setattr(checkouts, "time_limit", lambda: limit(1))

    def endless(data: bytes, path: str) -> typed.Counts:
        while True:
            pass

    (record,) = typed.run(checkout, 1, counter=endless)
    assert record["error"] == "TimeoutError('over 1 s')"
    assert record["counts"] == {}


def test_runs_are_compared_over_the_files_that_both_could_measure() -> None:
    def record(place: str, error: str | None = None) -> dict[str, object]:
        return {"place": place, "error": error}

    before = [record("a"), record("b", "crash"), record("c")]
    now = [record("d"), record("c"), record("b")]
    assert typed.common(before, now) == ([record("c")], [record("c")])


def test_a_sample_of_files_does_not_depend_on_the_other_files(checkout: Checkout) -> None:
    for number in range(12):
        (checkout.root / f"part{number}.py").write_text(TYPED)
    some = {job.path for job in typed.jobs_of(checkout, 3)}
    assert 0 < len(some) < len(typed.jobs_of(checkout, 1))
    for path in {job.path for job in typed.jobs_of(checkout, 1)} - some:
        (checkout.root / path).unlink()
    assert {job.path for job in typed.jobs_of(checkout, 3)} == some
