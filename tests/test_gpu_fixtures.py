"""What needs a GPU runs only there: elsewhere it is shown as not yet proved, and passes for nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime_check import record
from runtime_check.__main__ import main
from runtime_check.audit.subjects import SUBJECTS
from runtime_check.results import PROVED, SKIPPED
from tensorlint.knowledge.catalog import Catalog
from tensorlint.testing import Fixture, load_fixture, load_fixtures

pytest.importorskip("numpy")

FIXTURES = load_fixtures()
ALONE = [fixture for fixture in FIXTURES if not fixture.runs_on("cpu")]
TEXT = """\
import {module}

def case_x():
    return 1  # raises: ZeroDivisionError
"""
# As much of CuPy as is asked before anything runs.
CUPY = """\
__version__ = "0"
class ndarray: ...
def is_available(): return {there}
class random:
    seed = staticmethod(lambda number: None)
class cuda:
    class runtime:
        getDeviceProperties = staticmethod(lambda number: {{"name": b"a device"}})
"""


def written(folder: Path, text: str, name: str = "x") -> Fixture:
    path = folder / "alias" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_fixture(path)


def with_cupy(folder: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    package = folder / "packages" / "cupy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(CUPY.format(there=there), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))


def without_cupy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = folder / "packages" / "cupy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('no CuPy here')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))


def test_what_is_asked_for_of_a_gpu_has_its_fixtures() -> None:
    names = {fixture.name for fixture in ALONE}
    assert {"TAL503/cupy_raw_kernel", "TAL503/numba_on_a_gpu", "TAL106/cuda_graph_outputs"} <= names
    assert {"folklore/cuda_non_blocking", "folklore/cuda_overlaps", "TAL101/cupy_views"} <= names


def test_a_fixture_of_cupy_runs_on_a_gpu_only(tmp_path: Path) -> None:
    fixture = written(tmp_path, TEXT.format(module="cupy"))
    assert (fixture.library, fixture.devices) == ("cupy", ("cuda",))
    both = written(tmp_path, TEXT.format(module="cupy, torch"))
    assert (both.library, both.devices) == ("torch", ("cuda",))
    assert fixture.runs_on("cuda") and not fixture.runs_on("cpu")


@pytest.mark.parametrize("fixture", ALONE, ids=lambda fixture: fixture.name)
def test_it_counts_as_not_yet_proved_until_it_was_recorded(fixture: Fixture, tmp_path: Path) -> None:
    (group,) = record.elsewhere([fixture], (), tmp_path)
    assert (group.verdict, group.complete) == ("not yet proved on cuda", False)


def test_no_cpu_has_recorded_one() -> None:
    for path in record.HOME.glob("*-cpu.json"):
        assert {fixture.name for fixture in ALONE}.isdisjoint(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("there", [False, None], ids=["no device", "no package"])
def test_without_a_gpu_it_is_skipped_and_shown(
    there: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if there is None:
        without_cupy(tmp_path, monkeypatch)
    else:
        with_cupy(tmp_path, monkeypatch, there)
    written(tmp_path, TEXT.format(module="cupy"))
    arguments = ["--fixtures", str(tmp_path)]
    for device in ("auto", "cuda"):
        assert main([*arguments, "--device", device]) == 0
        shown = capsys.readouterr().out
        assert shown.count("not yet proved on cuda") == 1 and "1 skipped; 0 claims held" in shown
        assert f"cupy {'is not installed' if there is None else 'finds no cuda device'}" in shown
        assert main([*arguments, "--device", device, "--require", "cupy"]) == 1
        capsys.readouterr()
    assert main([*arguments, "--device", "cpu"]) == 0
    assert "0 fixtures: none; 0 claims held" in capsys.readouterr().out
    assert main([*arguments, "--device", "cpu", "--require", "cupy"]) == 1
    assert "run on another device" in capsys.readouterr().err


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_with_a_gpu_it_runs(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_cupy(tmp_path, monkeypatch, there=True)
    written(tmp_path, TEXT.format(module="cupy"))
    written(tmp_path, TEXT.format(module="cupy").replace("return 1 ", "return 1 / 0 "), "y")
    arguments = ["--fixtures", str(tmp_path), "--device", device, "--record", str(tmp_path / "evidence")]
    assert main([*arguments, "alias/x"]) == 1  # its claim does not hold
    assert main([*arguments, "alias/y"]) == 0
    assert "cupy 0 on cuda (a device)" in capsys.readouterr().out
    found = json.loads((tmp_path / "evidence" / "cupy-cuda.json").read_text(encoding="utf-8"))
    assert [entry["status"] for entry in found.values()] == ["refuted", PROVED]
    assert found["alias/y"]["place"]["device_name"] == "a device"


def test_a_fixture_for_one_device_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, "import numpy\ndef case_x(): return 1\n")
    torch_only = "# devices: cuda\nimport torch\ndef case_x(): return torch.zeros(1)\n"
    pytest.importorskip("torch")
    written(tmp_path, torch_only, "y")
    assert main(["--fixtures", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    statuses = {(row["library"], row["device"]): [r["status"] for r in row["results"]] for row in rows}
    assert statuses[("numpy", "cpu")] == [PROVED]
    assert statuses[("torch", "cuda")] in ([SKIPPED], [PROVED])


def test_cupy_is_audited_on_a_gpu_only() -> None:
    (subject,) = (subject for subject in SUBJECTS if subject.library == "cupy")
    assert subject.devices == ("cuda",)
    assert len(list(Catalog().entries("cupy"))) > 100
