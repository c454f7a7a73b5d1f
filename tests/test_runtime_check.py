"""runtime_check ends 1 on what is not so, 2 on a wrong question, and outlives fixtures that go wild."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runtime_check import record
from runtime_check.__main__ import main
from runtime_check.instrument import instrument
from runtime_check.results import ERROR, PROVED, REFUTED, SKIPPED, FixtureResult
from runtime_check.worker import prove, work
from tensorlint.testing import Claim, Fixture, FixtureError, load_fixture, load_fixtures

ROOT = Path(__file__).resolve().parents[1]

TWINS = """\
import numpy as np

def bad_crop():
    image = np.arange(16.0).reshape(4, 4)
    crop = image[1:3]  # alias: crop ~ image
    crop -= 1  # expect: TAL101; changes: image
    return image

def good_crop():
    image = np.arange(16.0).reshape(4, 4)
    crop = image[1:3].copy()  # alias: crop !~ image
    crop -= 1  # keeps: image
    return image
"""


def fixture(folder: Path, text: str, name: str = "x", group: str = "TAL101") -> Fixture:
    path = folder / group / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_fixture(path)


def body(*lines: str) -> str:
    """A file with one case, whose own lines begin at line 5."""
    head = "import numpy as np\n\ndef case_x():\n    x = np.arange(6.0)\n"
    return head + "".join(f"    {line}\n" for line in lines)


def run(folder: Path, *arguments: str) -> int:
    return main(["--fixtures", str(folder), "--device", "cpu", *arguments])


def complaints(result: FixtureResult) -> str:
    claims = [f"{claim.claim}: {claim.seen}" for claim in result.claims if claim.status == REFUTED]
    expected = [f"{e.code}: {e.seen}" for e in result.expectations if e.status == REFUTED]
    return "\n".join([*claims, *expected, *result.problems])


# What the project's own fixtures say


def numpy_fixtures() -> list[Fixture]:
    return [fixture for fixture in load_fixtures() if fixture.libraries == ("numpy",) and not fixture.needs]


def turned(original: Fixture, claim: Claim) -> str | None:
    """The fixture's text with this one claim turned round."""
    opposite = claim.turned_round()
    if opposite is None:
        return None
    lines = original.text.splitlines(keepends=True)
    code = lines[claim.line - 1].partition("  # ")[0]
    clauses = [
        str(opposite if other is claim else other) for other in original.claims if other.line == claim.line
    ]
    clauses += [
        f"expect: {e.code}" + (f"[{e.evidence}]" if e.evidence else "")
        for e in original.expectations
        if e.line == claim.line
    ]
    lines[claim.line - 1] = f"{code}  # {'; '.join(clauses)}\n"
    return "".join(lines)


def all_turned() -> Iterator[tuple[Fixture, Claim, str]]:
    for original in numpy_fixtures():
        for claim in original.claims:
            text = turned(original, claim) if claim.applies_on("cpu") else None
            if text is not None:
                yield original, claim, text


def test_ten_claims_turned_round_end_in_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    candidates = list(all_turned())
    assert len(candidates) >= 100
    for number, (original, claim, text) in enumerate(random.Random(20240501).sample(candidates, 10)):
        root = tmp_path / str(number)
        fixture(root, text, original.path.stem, original.group)
        assert run(root) == 1, f"{original.name}:{claim.line}: {claim} turned round"
        assert f"REFUTED {original.name}" in capsys.readouterr().out


def test_no_claim_survives_being_turned_round(tmp_path: Path) -> None:
    survivors = [
        f"{original.name}:{claim.line}: {claim}"
        for original, claim, text in all_turned()
        if prove(fixture(tmp_path, text, original.path.stem, original.group), "cpu").status != REFUTED
    ]
    assert survivors == []


def test_every_fixture_can_be_instrumented() -> None:
    for each in load_fixtures():
        assert {site.line for site in instrument(each).sites} <= set(each.markers.lines)


# What a claim means


@pytest.mark.parametrize(
    "lines",
    [
        ["y = x[1:]  # alias: y ~ x; same: y is not x"],
        ["y, z = x[:3], x[3:]  # parts: y | z; alias: y !~ z; alias: y ~ x"],
        ["y = x.reshape(2, 3)[:, 0]", "z = x.reshape(2, 3)[:, 1]  # alias: y !~ z"],
        ["x[0] = np.nan  # changes: x", "x[0] = np.nan  # keeps: x"],
        ["for i in range(2):", "    if i: x[0] = 9  # changes: x"],
        ["for i in range(2):", "    x[0] = 0  # keeps: x"],
        ["for row in x.reshape(2, 3):  # alias: row ~ x", "    pass"],
        ["with np.errstate(all='ignore') as y:  # alias: x ~ x", "    pass"],
        ["xs = [x] * 2  # alias: xs[0] ~ xs[1]; same: xs[0] is xs[1]; alias: xs ~ x"],
        ["for y in (x, x.copy()):  # alias: y ~ x", "    break"],
        ["for y in (x, x.copy()):", "    z = y[:2]  # alias: z ~ y; alias: z ?~ x"],
        ["y = x[:0]", "for y in (y, x):  # alias: y ~ x", "    pass"],
        ["d = {'k': x}", "d['k'] += 1  # changes: x; changes: d['k']"],
        ["x = x + 1  # keeps: x"],
        ["y = np.full(2, x[:1], dtype=object)", "y[0] = x  # alias: y ~ x"],
        [
            "try:",
            "    np.add(x, 1, out=x[:2])  # raises: ValueError; keeps: x",
            "except ValueError:",
            "    return",
        ],
        ["return x[1:].sum()  # alias: x ~ x; keeps: x"],
    ],
)
def test_claims_that_hold(tmp_path: Path, lines: list[str]) -> None:
    result = prove(fixture(tmp_path, body(*lines), group="alias"), "cpu")
    assert result.status == PROVED, complaints(result)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["if x.sum() < 0:", "    x += 1  # changes: x"], "changes: x: never executed"),
        (["y = x[:3].copy()  # parts: y | x[3:]"], "not parts of one storage"),
        (["y = x[:4]  # parts: y | x[3:]"], "elements overlap"),
        (["y = x[:0]  # alias: y ~ x"], "no tensor with elements"),
        (["y = x[:0]  # alias: y !~ x"], "no tensor with elements"),
        (["n = len(x)  # alias: n ~ x"], "no tensor with elements"),
        (["y = x[1:]  # alias: y ?~ x"], "elements overlap in every execution"),
        (["for y in (x, x.copy()):  # alias: y ~ x", "    pass"], "no element overlaps"),
        (["for i in range(2):", "    if i: x[0] = 9  # keeps: x"], "`x` changed"),
        (["y = x  # changes: y"], "`y` did not exist"),
        (["y = x  # alias: typo ~ x"], "`typo`: name 'typo' is not defined"),
        (["x += 1  # raises: ValueError"], "nothing was raised"),
        (["x += 'a'  # raises: ValueError"], "case_x raised "),
        (["x += np.zeros(5)"], "case_x raised ValueError at line 5"),
        (["x += np.random.default_rng().random()", "return x"], "case_x is random"),
        (["return x, x.ctypes.data"], "case_x is random"),
    ],
)
def test_claims_that_are_refuted(tmp_path: Path, lines: list[str], complaint: str) -> None:
    result = prove(fixture(tmp_path, body(*lines), group="alias"), "cpu")
    assert result.status == REFUTED
    assert complaint in complaints(result)


def test_a_good_pair_is_proved(tmp_path: Path) -> None:
    result = prove(fixture(tmp_path, TWINS), "cpu")
    assert (result.status, result.expectations[0].witness) == (PROVED, "changes"), complaints(result)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("def good_crop", "def good_other", "bad_crop has no twin good_crop"),
        ("# expect: TAL101; changes", "# changes", "bad_crop runs no line with an expectation"),
        ("; changes: image", "", "TAL101: no claim of this line shows a harm"),
        ("expect: TAL101;", "expect: TAL101[raises];", "TAL101: no `raises` claim of this line shows a harm"),
        ("    return image\n", "    return None\n", "bad_crop ends like good_crop"),
        ("crop -= 1  # expect", "crop[:0] -= 1  # expect", "TAL101: the harm was not seen: `image` kept"),
    ],
)
def test_what_a_rule_needs(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    result = prove(fixture(tmp_path, TWINS.replace(old, new)), "cpu")
    assert result.status == REFUTED
    assert complaint in complaints(result)


def test_a_known_miss_needs_a_witness_too(tmp_path: Path) -> None:
    missed = TWINS.replace("expect: TAL101", "misses: TAL101")
    assert prove(fixture(tmp_path, missed), "cpu").status == PROVED
    harmless = prove(fixture(tmp_path, missed.replace("; changes: image", "")), "cpu")
    assert "TAL101: no claim of this line shows a harm" in complaints(harmless)


SHARED = """\
import numpy as np

def bad_list():
    xs = [np.zeros(2)] * 2  # expect: TAL301[shares]; alias: xs[0] ~ xs[1]
    return xs

def good_list():
    xs = [np.zeros(2) for _ in range(2)]  # alias: xs[0] !~ xs[1]
    return xs
"""


def test_sharing_alone_is_told_by_the_twin(tmp_path: Path) -> None:
    assert prove(fixture(tmp_path, SHARED), "cpu").status == PROVED
    silent = prove(fixture(tmp_path, SHARED.replace("  # alias: xs[0] !~ xs[1]", "")), "cpu")
    assert "no claim says that tensors are kept apart" in complaints(silent)


WRONG = """\
import numpy as np

def bad_sum(strict=True):
    x = np.arange(6.0)[::2]
    total = x.base[:3].sum()  # expect: TAL502[wrong]; wrong: total
    return total

def good_sum(strict=True):
    x = np.arange(6.0)[::2]
    total = x.sum()
    return total
"""


def test_wrong_values_are_those_that_the_twin_does_not_end_with(tmp_path: Path) -> None:
    assert prove(fixture(tmp_path, WRONG), "cpu").status == PROVED
    right = prove(fixture(tmp_path, WRONG.replace("x.base[:3]", "x")), "cpu")
    assert "wrong: total: `total` is what good_sum ends with" in complaints(right)
    untold = prove(
        fixture(tmp_path, WRONG.replace("    total = x.sum()\n    return total", "    return x")), "cpu"
    )
    assert "good_sum never returned with `total`" in complaints(untold)


LOST = """\
import numpy as np

def bad_mask():
    x = np.arange(4.0)
    x[x > 1][0] = 9  # expect: TAL401[lost]; lost: x
    return x

def good_mask():
    x = np.arange(4.0)
    x[np.argmax(x > 1)] = 9
    return x
"""


def test_a_lost_write_changes_nothing_although_the_twin_does(tmp_path: Path) -> None:
    assert prove(fixture(tmp_path, LOST), "cpu").status == PROVED
    written = prove(fixture(tmp_path, LOST.replace("x[x > 1][0]", "x[0]")), "cpu")
    assert "lost: x: `x` changed" in complaints(written)


WASTED = """\
import numpy as np

def bad_sum():
    x = np.arange(4096.0)
    y = x.copy()  # expect: TAL902; wasted: y
    return y.sum()

def good_sum():
    x = np.arange(4096.0)
    y = x
    return y.sum()
"""


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_waste_changes_nothing_and_takes_more_memory(tmp_path: Path, library: str) -> None:
    text = WASTED
    if library == "torch":
        text = text.replace("numpy as np", "torch").replace("np.", "torch.").replace("copy", "clone")
    assert prove(fixture(tmp_path, text), "cpu").status == PROVED
    both = prove(fixture(tmp_path, text.replace("y = x\n", "y = x + 0\n")), "cpu")
    assert "wasted: y: good_sum ends alike and takes as much memory" in complaints(both)
    other = prove(fixture(tmp_path, text.replace("y = x\n", "y = x[1:]; y = y[:-1]\n")), "cpu")
    assert "wasted: y: good_sum ends otherwise" in complaints(other)


def test_a_waste_needs_a_twin_and_something_to_measure(tmp_path: Path) -> None:
    alone = prove(fixture(tmp_path, WASTED.replace("good_sum", "good_other")), "cpu")
    assert "bad_sum has no twin good_sum" in complaints(alone)
    number = prove(fixture(tmp_path, WASTED.replace("wasted: y", "wasted: y.size")), "cpu")
    assert "wasted: y.size: `y.size` is no tensor" in complaints(number)


def test_claims_of_another_device_are_set_aside(tmp_path: Path) -> None:
    text = body("y = x[1:]  # alias[cuda]: y !~ x; alias[cpu]: y ~ x", "x += 1  # differs: x")
    result = prove(fixture(tmp_path, text, group="alias"), "cpu")
    assert [claim.status for claim in result.claims] == ["not applicable", "held", "not applicable"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (body("if x.any():", "    pass", "else:  # changes: x", "    pass"), ":7: no statement here"),
        (body("x += 1; x += 2  # changes: x"), ":5: a marker needs a line with one statement"),
        (body("for i in x:  # changes: x", "    pass"), ":5: `changes: x` cannot be checked at this header"),
        (body("class A:", "    y = x  # alias: y ~ x"), ":6: claims cannot stand in the body of a class"),
    ],
)
def test_claims_without_a_statement(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(FixtureError, match=complaint):
        instrument(fixture(tmp_path, text, group="alias"))


# Processes


def test_usage_errors_end_in_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixture(tmp_path, TWINS)
    wrong = ("TAL999", "TAL101/y", "--library=caffe", "--library=torch", "--device=tpu", "--require=caffe")
    for argument in wrong:
        with pytest.raises(SystemExit) as caught:
            run(tmp_path, argument)
        assert caught.value.code == 2
    assert "no fixtures for `TAL999`; there are: TAL101" in _error(capsys, tmp_path, "TAL999")
    (tmp_path / "TAL101" / "y.py").write_text("import numpy\nx = 1  # expct: TAL101\n", encoding="utf-8")
    assert "unknown marker `expct`" in _error(capsys, tmp_path)


def _error(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        run(folder, *arguments)
    assert caught.value.code == 2
    return capsys.readouterr().err


def results(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    status = run(folder, "--json", *arguments)
    found = json.loads(capsys.readouterr().out)
    return status, {result["name"]: result for row in found["rows"] for result in row["results"]}


def test_nothing_else_is_lost_when_a_fixture_goes_wild(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixture(tmp_path, TWINS, "a_fine")
    fixture(tmp_path, body("import ctypes", "ctypes.string_at(0)"), "b_crashes", "alias")
    fixture(tmp_path, body("import os", "os._exit(3)"), "c_leaves", "alias")
    fixture(tmp_path, body("while True: pass"), "d_hangs", "alias")
    fixture(
        tmp_path, body("import os", "os.write(1, b'{}\\n')", "print('{', flush=True)"), "e_talks", "alias"
    )
    status, found = results(capsys, tmp_path, "--timeout", "2")
    assert status == 1
    assert {name: result["status"] for name, result in found.items()} == {
        "TAL101/a_fine": PROVED,
        "alias/b_crashes": ERROR,
        "alias/c_leaves": ERROR,
        "alias/d_hangs": ERROR,
        "alias/e_talks": PROVED,
    }
    assert "ended with code 3" in found["alias/c_leaves"]["problems"][0]
    assert found["alias/d_hangs"]["problems"] == ["took longer than 2 s"]


def hidden(folder: Path, *names: str) -> Path:
    """A folder of packages that cannot be imported."""
    for name in names:
        (folder / "missing" / name).mkdir(parents=True)
        (folder / "missing" / name / "__init__.py").write_text("raise ImportError", encoding="utf-8")
    return folder / "missing"


KERAS = """\
import keras
# backends: jax, torch

def case_x():
    v = keras.Variable([1.0, 2.0])
    kept = v.value
    v.assign([3.0, 4.0])  # changes: v; keeps[jax]: kept; changes[torch]: kept
    return v
"""


def test_a_missing_library_is_skipped_unless_required(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(hidden(tmp_path, "keras", "jax")))
    fixture(tmp_path, TWINS)
    fixture(tmp_path, KERAS.replace("jax, torch", "jax"), "k", "alias")
    fixture(tmp_path, "import numpy\nimport no_such_module\ndef case_x(): ...\n", "needs", "alias")
    status, found = results(capsys, tmp_path)
    assert status == 0
    assert [result["status"] for result in found.values()] == [SKIPPED, PROVED, SKIPPED]
    assert found["alias/needs"]["problems"] == ["no_such_module is not installed"]
    assert run(tmp_path) == 0
    assert "SKIPPED (keras (jax), cpu): keras is not installed" in capsys.readouterr().out
    assert run(tmp_path, "--require", "keras") == 1
    assert "REQUIRED keras: 1 fixtures were skipped" in capsys.readouterr().err
    assert run(tmp_path, "--require", "numpy") == 0
    assert run(tmp_path, "--require", "no_such_module") == 1
    assert run(tmp_path, "TAL101", "--require", "keras") == 1
    assert "REQUIRED keras: no selected fixture uses it" in capsys.readouterr().err


def test_keras_has_a_row_for_each_of_its_backends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("keras")
    installed = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]
    assert installed, "Keras without a backend"
    fixture(tmp_path, KERAS, "k", "alias")
    evidence = tmp_path / "evidence"
    assert run(tmp_path, "--library", "keras", "--json", "--record", str(evidence)) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["library"], row["backend"]) for row in rows] == [("keras", "jax"), ("keras", "torch")]
    for row in rows:
        (result,) = row["results"]
        assert result["backend"] == row["backend"]
        if row["backend"] in installed:
            assert row["place"]["backend"].startswith(f"{row['backend']} ")
            assert [claim["status"] for claim in result["claims"]].count("not applicable") == 1
        else:
            assert (result["status"], result["lacks"]) == (SKIPPED, row["backend"])
    files = sorted(path.name for path in evidence.iterdir())
    assert files == [f"keras-{name}-cpu.json" for name in installed]


def test_a_missing_backend_is_what_is_lacking() -> None:
    answers: list[Mapping[str, Any]] = []
    work("numpy", "cpu", [], answers.append, "no_such_backend")
    assert answers == [{"missing": "no_such_backend is not installed", "lacks": "no_such_backend"}]


def test_it_needs_nothing_but_a_tensor_library(tmp_path: Path) -> None:
    fixture(tmp_path / "tree", TWINS)
    missing = hidden(tmp_path, "rich", "libcst", "flake8", "pathspec", "keras")
    arguments = ["-m", "runtime_check", "--fixtures", str(tmp_path / "tree"), "--device", "cpu"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(missing), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert "TAL101  numpy    cpu     1         4       changes 1  proved\n" in done.stdout


# Evidence


def test_evidence_is_recorded_and_grows_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = fixture(tmp_path, TWINS, "a"), fixture(tmp_path, TWINS, "b")
    evidence = tmp_path / "evidence"
    assert run(tmp_path, "--record", str(evidence)) == 0
    path = evidence / "numpy-cpu.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert entries["TAL101/a"]["hash"] == first.hash
    assert entries["TAL101/a"]["place"]["version"] == np.__version__
    assert [claim["status"] for claim in entries["TAL101/a"]["claims"]] == ["held"] * 4
    fixture(tmp_path, TWINS, "c")
    assert run(tmp_path, "TAL101/c", "--record", str(evidence)) == 0
    assert sorted(json.loads(path.read_text(encoding="utf-8"))) == ["TAL101/a", "TAL101/b", "TAL101/c"]

    torch_like = [fixture(tmp_path, f"import torch\n{TWINS}", name) for name in ("a", "b", "d")]
    entries["TAL101/a"]["hash"] = torch_like[0].hash
    entries["TAL101/b"]["hash"] = second.hash
    (evidence / "torch-cuda.json").write_text(json.dumps(entries), encoding="utf-8")
    (group,) = record.elsewhere(torch_like, (), evidence)
    name = entries["TAL101/a"]["place"]["device_name"]
    assert group.verdict == f"1 recorded on {name}, 1 older than its fixture, 1 not yet proved on cuda"
    (unknown,) = record.elsewhere(torch_like, (), tmp_path / "nowhere")
    assert unknown.verdict == "not yet proved on cuda"

    both = fixture(tmp_path, KERAS, "k", "alias")
    entries["alias/k"] = {**entries["TAL101/a"], "hash": both.hash}
    (evidence / "keras-torch-cuda.json").write_text(json.dumps(entries), encoding="utf-8")
    found = {group.title: group.verdict for group in record.elsewhere([both], (), evidence)}
    assert found == {"keras (jax)": "not yet proved on cuda", "keras (torch)": f"1 recorded on {name}"}
