"""The tables have every public name of the installed NumPy, but for those that are left out with a reason."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from runtime_check.audit import numpy_names  # noqa: E402
from runtime_check.audit.numpy_names import Coverage, coverage  # noqa: E402
from tensorlint.knowledge.catalog import Catalog, Entry  # noqa: E402

COVERAGE = coverage()


@pytest.mark.parametrize("found", COVERAGE, ids=lambda found: found.place)
def test_no_public_name_is_lacking(found: Coverage) -> None:
    assert found.lacking == (), str(found)
    assert found.known, "nothing was looked at"


def test_what_is_left_out_has_no_entry_and_exists() -> None:
    left_out = {name for names in numpy_names.LEFT_OUT.values() for name in names}
    assert {name for name in left_out if Catalog().lookup(name) is not None} == set()
    assert left_out == {name for found in COVERAGE for name in found.left_out}


def test_the_names_were_found() -> None:
    known = {found.place: set(found.known) for found in COVERAGE}
    assert {"numpy.add", "numpy.add.at", "numpy.add.outer", "numpy.negative.at"} <= known["numpy"]
    assert "numpy.negative.outer" not in known["numpy"]
    assert {"numpy.ndarray.T", "numpy.ndarray.__iadd__", "numpy.ndarray.__setstate__"} <= known[
        "numpy.ndarray"
    ]
    assert len(known["numpy"]) > 700


class _Forgetful(Catalog):
    """A catalog that lacks two entries."""

    def lookup(self, name: str) -> Entry | None:
        return None if name in ("numpy.add.at", "numpy.ndarray.__iadd__") else super().lookup(name)


def test_a_lacking_entry_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_names, "Catalog", _Forgetful)
    lacking = [name for found in coverage() for name in found.lacking]
    assert lacking == ["numpy.add.at", "numpy.ndarray.__iadd__"]
