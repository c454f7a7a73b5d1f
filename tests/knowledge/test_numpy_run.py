"""Every entry of NumPy's table, called: nothing is refuted, and next to nothing unproved."""

from __future__ import annotations

import inspect

import pytest

np = pytest.importorskip("numpy")

from runtime_check.audit import numpy as audited  # noqa: E402
from runtime_check.audit.numpy_trial import resolve  # noqa: E402
from runtime_check.audit.row import Row, Verdict  # noqa: E402
from tensorlint.knowledge.catalog import Entry  # noqa: E402
from tests.audit.turned import assert_all_are_caught  # noqa: E402

ENTRIES = audited.entries()
# Names of other versions of NumPy.
GONE = frozenset(
    "numpy.alltrue numpy.byte_bounds numpy.cumproduct numpy.float_ numpy.in1d numpy.product numpy.round_"
    " numpy.row_stack numpy.sometrue numpy.trapz numpy.ndarray.itemset numpy.ndarray.ptp"
    " numpy.ndarray.tostring"
    " numpy.lib.stride_tricks.broadcast_arrays numpy.lib.stride_tricks.broadcast_to".split()
)
KNOWN_UNPROVED = frozenset(name for names in audited.UNPROVED.values() for name in names)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_does_what_it_says(entry: Entry) -> None:
    found = audited.audit(entry)
    expected = {Verdict.CONFIRMED}
    if entry.name in GONE:
        expected.add(Verdict.LACKING)
    if entry.name in KNOWN_UNPROVED:
        expected = {Verdict.UNPROVED}
    assert found.verdict in expected, found.reason
    assert (found.reason == "") == (found.verdict is Verdict.CONFIRMED)


def test_next_to_nothing_is_unproved() -> None:
    assert len(KNOWN_UNPROVED) <= 0.05 * len(ENTRIES)
    assert {entry.name for entry in ENTRIES} >= KNOWN_UNPROVED


@pytest.mark.parametrize("name", audited.EXEMPT)
def test_what_is_exempt_needs_to_be(name: str) -> None:
    found = audited.Outcome(next(entry for entry in ENTRIES if entry.name == name))
    for make in audited.calls(found.entry):
        found.judge(make)
    assert found.exempted > 0


def refuted(name: str, effect: str) -> Row:
    found = audited.audit(Entry(name, effect, "", "numpy.ndarray"))
    assert found.verdict is Verdict.REFUTED, found
    return found


WRONG = {
    "numpy.flip": "(m, axis=None) -> new",
    "numpy.copy": "(a, order='K', subok=False) -> view(a)",
    "numpy.asarray": "(a, dtype=None) -> a",
    "numpy.ravel": "(a, order='C') -> reshaped(a, -1)",
    "numpy.ascontiguousarray": "(a, dtype=None) -> new(contiguous)",
    "numpy.swapaxes": "(a, axis1, axis2) -> same_layout(a)",
    "numpy.sum": "(a, axis=None) -> plain",
    "numpy.sort": "(a, axis=-1) -> new(ranked(1))",
    "numpy.fill_diagonal": "(a, val) -> none",
    "numpy.ndarray.fill": "(self, value) -> self, self!",
    "numpy.split": "(ary, indices_or_sections) -> list[ary]",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_refuted(name: str) -> None:
    assert refuted(name, WRONG[name]).reason


def test_ten_entries_turned_round_at_random_are_caught() -> None:
    assert_all_are_caught("numpy")


def test_a_write_that_never_happens_is_noticed() -> None:
    found = audited.audit(Entry("numpy.sin", "(x) -> new, x!", "", "numpy.ndarray"))
    assert (found.verdict, found.reason) == (Verdict.UNPROVED, "never seen to be written: ['x']")


def test_a_case_that_never_happens_is_noticed() -> None:
    found = audited.audit(Entry("numpy.sin", "(x) -> x if x is none | new", "", "numpy.ndarray"))
    assert (found.verdict, found.reason) == (Verdict.UNPROVED, "never seen: x if x is none")


def test_a_case_of_another_version_is_not_missed() -> None:
    effect = "(x) -> x if not version('numpy', '1') | new if version('numpy', '1') | unknown"
    found = audited.audit(Entry("numpy.sin", effect, "", "numpy.ndarray"))
    assert (found.verdict, found.seen) == (Verdict.CONFIRMED, ("new if version('numpy', '1')",))


def test_a_name_that_numpy_does_not_have_is_lacking() -> None:
    found = audited.audit(Entry("numpy.sine", "(x) -> new", "", "numpy.ndarray"))
    assert found.verdict is Verdict.LACKING


# Parameters that other tested versions have.
VERSIONED = frozenset(
    "start newshape copy device interpolation ndmax mean correction keepdims stable trim".split()
)


def test_parameters_have_the_names_and_places_of_the_real_ones() -> None:
    wrong = {}
    for entry in ENTRIES:
        if entry.signature.construct == "property" or entry.name in GONE:
            continue
        try:
            real = inspect.signature(resolve(entry.name))
        except (ValueError, TypeError):
            continue
        names = list(real.parameters)
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in real.parameters.values()):
            continue
        ours = [p for p in entry.signature.parameters if p.kind in ("either", "keyword")]
        unknown = [p.name for p in ours if p.name not in names and p.name not in VERSIONED]
        places = [names.index(p.name) for p in ours if p.kind == "either" and p.name in names]
        if unknown or places != sorted(places):
            wrong[entry.name] = unknown or places
    assert wrong == {}
