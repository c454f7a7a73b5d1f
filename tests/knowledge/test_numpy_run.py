"""Every entry of NumPy's table, called: the result is, shares or is new as it says, no more is written."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from runtime_check.audit import numpy_probes as probes  # noqa: E402
from runtime_check.audit.numpy_trial import Trial, complaint, pictures, resolve, share  # noqa: E402
from tensorlint.knowledge.catalog import Catalog, Entry  # noqa: E402
from tensorlint.knowledge.effects import ElementsWritten  # noqa: E402

ENTRIES = sorted(Catalog().entries("numpy"), key=lambda entry: entry.name)
# Names of other versions of NumPy.
GONE = frozenset(
    "numpy.alltrue numpy.byte_bounds numpy.cumproduct numpy.float_ numpy.in1d numpy.product numpy.round_"
    " numpy.row_stack numpy.sometrue numpy.trapz numpy.ndarray.itemset numpy.ndarray.ptp"
    " numpy.ndarray.tostring numpy.bool"
    " numpy.lib.stride_tricks.broadcast_arrays numpy.lib.stride_tricks.broadcast_to".split()
)
# What needs a file, and what changes how NumPy prints or reports for whoever runs next.
ELSEWHERE = frozenset(
    "numpy.fromfile numpy.genfromtxt numpy.load numpy.loadtxt numpy.memmap numpy.memmap.flush"
    " numpy.ndarray.dump numpy.ndarray.tofile numpy.save numpy.savetxt numpy.savez numpy.savez_compressed"
    " numpy.set_printoptions numpy.seterr numpy.random.seed numpy.random.set_state"
    " numpy.random.RandomState.seed numpy.random.RandomState.set_state".split()
)
# What NumPy raises for arguments that a function cannot be called with.
NOT_POSSIBLE = (TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RuntimeError, BufferError)


@dataclass(frozen=True, slots=True)
class Exempt:
    """Where an entry knowingly says more than holds, and why its line stays short all the same."""

    where: Callable[[Any], bool]
    why: str


def _real(x: Any) -> bool:
    return not np.iscomplexobj(x)


def _no_axes(x: Any) -> bool:
    return bool(np.ndim(x) == 0)


def _one_axis(x: Any) -> bool:
    return bool(np.ndim(x) == 1)


SMALL = "a single number as an array is rare"
EXEMPT: Mapping[str, Exempt] = {
    "numpy.ascontiguousarray": Exempt(_no_axes, SMALL),
    "numpy.fft.fftn": Exempt(_no_axes, SMALL),
    "numpy.fft.ifftn": Exempt(_no_axes, SMALL),
    "numpy.flip": Exempt(_no_axes, SMALL),
    "numpy.imag": Exempt(_real, "zeros that cannot be written"),
    "numpy.nan_to_num": Exempt(_no_axes, SMALL),
    "numpy.ndarray.imag": Exempt(_real, "zeros that cannot be written"),
    "numpy.tril": Exempt(_one_axis, "a triangle of a vector is rare"),
    "numpy.triu": Exempt(_one_axis, "a triangle of a vector is rare"),
}


@dataclass(slots=True)
class Outcome:
    """What many calls of one entry showed."""

    applied: int = 0
    exempted: int = 0
    complaints: list[str] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)  # parameters that some case says are written
    changed: set[str] = field(default_factory=set)

    def judge(self, trial: Trial) -> Any:
        """Call, and hold what happens against the case that the arguments decide for."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                result = trial.run()
        except NOT_POSSIBLE:
            return None
        self.applied += 1
        case = trial.case()
        if case is None:
            return result
        written = {w.path.root for w in case.writes if isinstance(w, ElementsWritten)}
        changed = {name for name, before in trial.before.items() if pictures(trial.given[name]) != before}
        self.claimed |= {w.path.root for w in case.writes if isinstance(w, ElementsWritten) and not w.what}
        self.changed |= changed
        found = complaint(trial, case.term, result)
        if not found and changed - written:
            found = f"writes {sorted(changed - written)}"
        exempt = EXEMPT.get(trial.entry.name)
        if found and exempt is not None and exempt.where(next(iter(trial.arrays()))):
            self.exempted += 1
        elif found:
            self.complaints.append(f"{case}: {found}: {trial.shown()}")
        return result


def trials(entry: Entry) -> Iterator[Callable[[], Trial]]:
    """Every way to call an entry that the probes offer; each one makes its arguments anew."""
    signature = entry.signature
    parts = entry.name.split(".")
    owner = parts[2] if parts[1] == "random" and len(parts) == 4 else ""
    if owner and len(signature.parameters) == 1:
        return
    place = 1 if owner else 0
    first = signature.parameters[place]
    for probe in probes.BATTERY:
        if probe == "not numbers" and parts[1] in ("linalg", "polyfit"):
            continue  # the library below prints complaints of its own
        for start, x in enumerate(probes.starts(entry.name, first, probe)):
            for number, _ in enumerate(probes.choices(signature, place + 1, x, entry.name)):

                def make(probe: str = probe, start: int = start, number: int = number) -> Trial:
                    x = probes.starts(entry.name, first, probe)[start]
                    given = next(islice(probes.choices(signature, place + 1, x, entry.name), number, None))
                    given = {first.name: x.flat if parts[1] == "flatiter" else x, **given}
                    return Trial(entry, {"self": _generator(owner), **given} if owner else given)

                yield make


def _generator(owner: str) -> Any:
    return np.random.RandomState(0) if owner == "RandomState" else np.random.default_rng(0)


def with_out(make: Callable[[], Trial], result: Any) -> Trial | None:
    """The same call once more, with an array to write its result to."""
    trial = make()
    if not isinstance(result, np.ndarray) or all(p.name != "out" for p in trial.signature.parameters):
        return None
    return Trial(trial.entry, {**trial.given, "out": np.full_like(result, 77, subok=False)})


def outcome(entry: Entry) -> Outcome:
    found = Outcome()
    for make in trials(entry):
        result = found.judge(make())
        again = with_out(make, result)
        if again is not None and not share(result, list(again.arrays())):
            found.judge(again)
    return found


CALLED = [e for e in ENTRIES if e.name not in GONE | ELSEWHERE and e.signature.parameters]


@pytest.mark.parametrize("entry", CALLED, ids=lambda entry: entry.name)
def test_an_entry_does_what_it_says(entry: Entry) -> None:
    found = outcome(entry)
    assert found.complaints[:3] == []
    assert found.applied > 0
    assert found.claimed <= found.changed, "never seen to be written"
    assert (found.exempted > 0) == (entry.name in EXEMPT)


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
    assert outcome(Entry(name, WRONG[name], "", "numpy.ndarray")).complaints != []


def test_a_write_that_never_happens_is_noticed() -> None:
    found = outcome(Entry("numpy.sin", "(x) -> new, x!", "", "numpy.ndarray"))
    assert found.claimed - found.changed == {"x"}


def test_every_name_is_one_of_numpy() -> None:
    lacking = set()
    for entry in ENTRIES:
        try:
            resolve(entry.name)
        except AttributeError:
            lacking.add(entry.name)
    assert lacking <= GONE


# Parameters that other tested versions have.
VERSIONED = frozenset(
    "start newshape copy device interpolation ndmax mean correction keepdims stable trim".split()
)


def test_parameters_have_the_names_and_places_of_the_real_ones() -> None:
    wrong = {}
    for entry in CALLED:
        if entry.signature.construct == "property":
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
