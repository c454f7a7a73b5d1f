"""Every entry of the libraries beside the tensor libraries, called: what is new, shared and written."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from types import ModuleType

import pytest

from runtime_check.audit import Verdict
from runtime_check.audit.by_name import resolve
from runtime_check.audit.calling import misplaced
from tensorlint.knowledge.catalog import NEIGHBOURS, Catalog, Entry
from tests.audit.turned import turned_entries

ENTRIES = [entry for name in NEIGHBOURS for entry in sorted(Catalog().entries(name), key=lambda e: e.name)]
# What an entry of another name stands for: objects have it where their class has not.
OF_OBJECTS = frozenset(f"scipy.sparse.csr_matrix.{name}" for name in ("data", "indices", "indptr"))


def module_of(library: str) -> ModuleType:
    """What audits a library; the test is skipped where that is not installed."""
    pytest.importorskip(library)
    return importlib.import_module(f"runtime_check.audit.{library.lower()}")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_does_what_it_says(entry: Entry) -> None:
    module = module_of(entry.library)
    row = module.audit(entry)
    known = {name for names in module.WORDS.unproved.values() for name in names}
    assert row.verdict is (Verdict.UNPROVED if entry.name in known else Verdict.CONFIRMED), row.reason


@pytest.mark.parametrize("library", NEIGHBOURS)
def test_few_entries_are_unproved(library: str) -> None:
    module = module_of(library)
    counted = Counter(module.audit(entry).verdict for entry in module.entries())
    assert counted[Verdict.UNPROVED] <= 0.05 * counted.total()


@pytest.mark.parametrize("library", [name for name in NEIGHBOURS if name != "numba"])
def test_entries_turned_round_are_refuted(library: str) -> None:
    found = list(turned_entries(module_of(library), seed=4, count=10))
    assert {row.name: row.effect for _, row in found if row.verdict is not Verdict.REFUTED} == {}
    assert len(found) >= 2


WRONG = {
    "cv2.rectangle": "(img, pt1, pt2, color) -> new",
    "cv2.GaussianBlur": "(src, ksize, sigmaX, dst=None) -> src",
    "cv2.split": "(m) -> list[some(m)]",
    "cv2.randu": "(dst, low, high) -> dst",
    "cv2.Mat": "(arr) -> new",
    "scipy.ndimage.sobel": "(input, axis=-1, output=None) -> input",
    "scipy.linalg.inv": "(a, overwrite_a=False) -> new if overwrite_a | new",
    "scipy.linalg.toeplitz": "(c) -> new(ranked(1))",
    "scipy.sparse.csr_matrix.data": "property (self) -> new as numpy.ndarray",
    "PIL.Image.Image.paste": "(self, im, box=None) -> none",
    "PIL.Image.Image.copy": "(self) -> self",
    "PIL.Image.fromarray": "(obj, mode=None) -> new as PIL.Image.Image",
    "pandas.DataFrame.values": "property (self) -> view(self) as numpy.ndarray",
    "pandas.DataFrame.copy": "(self, deep=True) -> view(self) as pandas.DataFrame",
    "pandas.DataFrame.fillna": "(self, value=None, *, inplace=False) -> unknown if inplace | unknown",
    "einops.rearrange": "(tensor, pattern, **axes_lengths) -> new(like(tensor))",
    "einops.repeat": "(tensor, pattern, **axes_lengths) -> view(tensor)",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_refuted(name: str) -> None:
    library = name.partition(".")[0]
    entry = Entry(name, WRONG[name], "", Catalog().tensor_type(library))
    assert module_of(library).audit(entry).verdict is Verdict.REFUTED


@pytest.mark.parametrize("library", [name for name in NEIGHBOURS if name != "cv2"])
def test_parameters_have_the_names_and_places_of_the_real_ones(library: str) -> None:
    entries = [entry for entry in module_of(library).entries() if entry.name not in OF_OBJECTS]
    assert {e.name: wrong for e in entries if (wrong := misplaced(e, resolve(e.name)))} == {}


def test_parameters_have_the_places_that_opencv_documents() -> None:
    wrong = {}
    for entry in module_of("cv2").entries():
        documented = re.match(r"\w+\((.*)\) ->", resolve(entry.name).__doc__ or "")
        if documented is None or any(param.kind == "*" for param in entry.signature.parameters):
            continue
        names = [name for name in re.findall(r"\w+", documented[1]) if name != "hint"]
        ours = [param.name for param in entry.signature.parameters if param.name != "self"]
        if ours != names[: len(ours)]:
            wrong[entry.name] = ours
    assert wrong == {}
