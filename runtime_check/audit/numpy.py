"""Every entry of NumPy's table, called: the result is, shares or is new as it says, no more is written."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime_check.audit.numpy_probes import calls
from runtime_check.audit.numpy_trial import Anywhere, Trial, arrays_in, complaint, pictures, resolve, share
from runtime_check.audit.row import Row, Verdict, entries_of
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Case, ElementsWritten, Word


@dataclass(frozen=True, slots=True)
class Exempt:
    """Where an entry knowingly says more than holds, and why its line stays short all the same."""

    where: Callable[[Any], bool]
    why: str


def _real(x: Any) -> bool:
    return not np.iscomplexobj(x)


def _no_axes(x: Any) -> bool:
    return bool(np.ndim(x) == 0)


def _no_axis_left(x: Any) -> bool:
    return bool(np.ndim(x) < 2)


SMALL = "a single number as an array is rare"
NUMBER = "two vectors give a number, also where an array is given for it"
EXEMPT: Mapping[str, Exempt] = {
    "numpy.ascontiguousarray": Exempt(_no_axes, SMALL),
    "numpy.asfortranarray": Exempt(_no_axes, SMALL),
    "numpy.dot": Exempt(_no_axis_left, NUMBER),
    "numpy.fft.fftn": Exempt(_no_axes, SMALL),
    "numpy.fft.ifftn": Exempt(_no_axes, SMALL),
    "numpy.flip": Exempt(_no_axes, SMALL),
    "numpy.imag": Exempt(_real, "zeros that cannot be written"),
    "numpy.linalg.multi_dot": Exempt(_no_axis_left, NUMBER),
    "numpy.ma.MaskedArray.imag": Exempt(_real, "zeros that nobody else holds"),
    "numpy.nan_to_num": Exempt(_no_axes, SMALL),
    "numpy.ndarray.dot": Exempt(_no_axis_left, NUMBER),
    "numpy.ndarray.imag": Exempt(_real, "zeros that cannot be written"),
}
# What no call of the battery can show, and why.
UNPROVED: Mapping[str, frozenset[str]] = {
    "writes what stands there already": frozenset({"numpy.positive.at"}),
}


def entries() -> list[Entry]:
    return entries_of("numpy")


def audit(entry: Entry) -> Row:
    """What calling an entry on the battery showed of it."""
    with _settings_kept():
        try:
            resolve(entry.name)
        except AttributeError:
            return Row(entry.name, entry.effect, Verdict.LACKING, f"NumPy {np.__version__} has no such name")
        found = Outcome(entry)
        try:
            for make in calls(entry):
                found.judge(make)
        except Exception as error:  # of the judging itself: it says nothing of the entry
            return Row(entry.name, entry.effect, Verdict.UNPROVED, f"cannot be judged: {error!r}")
    return found.row()


@contextmanager
def _settings_kept() -> Iterator[None]:
    """No warning, nothing printed, and what is set for the whole process as it was before."""
    state = np.random.get_state()
    silence = redirect_stdout(io.StringIO())
    with silence, warnings.catch_warnings(), np.errstate(all="ignore"), np.printoptions():
        warnings.simplefilter("ignore")
        yield
    np.random.set_state(state)


@dataclass(slots=True)
class Outcome:
    """What many calls of one entry showed."""

    entry: Entry
    probes: int = 0
    exempted: int = 0
    complaints: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # cases that happened
    absent: set[str] = field(default_factory=set)  # cases that take a parameter of other versions
    claimed: set[str] = field(default_factory=set)  # parameters that some case says are written
    changed: set[str] = field(default_factory=set)

    def judge(self, make: Callable[[], dict[str, Any]]) -> None:
        """Call, once more with ``out`` where the entry takes it, and hold what happens against the entry."""
        result = self._call(Trial(self.entry, make()))
        for out in _outs(self.entry, result):
            trial = Trial(self.entry, {**make(), **out})
            if not share(result, list(trial.arrays())):
                self._call(trial)

    def _call(self, trial: Trial) -> Any:
        try:
            result = trial.run()
        except Exception as error:  # of many kinds: NumPy does not take these arguments
            if "keyword argument" in str(error):
                self.absent |= set(map(str, trial.possible()))
            return None
        self.probes += 1
        changed = {name for name, before in trial.before.items() if pictures(trial.given[name]) != before}
        self.changed |= changed
        cases = list(trial.possible())
        wrong = {str(case): found for case in cases if (found := _disagreement(trial, case, result, changed))}
        exempt = EXEMPT.get(self.entry.name)
        if len(wrong) < len(cases):
            self._note(next(case for case in cases if str(case) not in wrong))
        elif exempt is not None and exempt.where(next(iter(trial.arrays()))):
            self.exempted += 1
        else:
            self.complaints += [f"{case}: {found}: {trial.shown()}" for case, found in wrong.items()]
        return result

    def _note(self, case: Case) -> None:
        self.seen.add(str(case))
        self.claimed |= {w.path.root for w in case.writes if isinstance(w, ElementsWritten) and not w.what}

    def row(self) -> Row:
        reason = self._reason()
        verdict = Verdict.REFUTED if self.complaints else Verdict.UNPROVED if reason else Verdict.CONFIRMED
        seen = tuple(text for case in self.entry.signature.cases if (text := str(case)) in self.seen)
        return Row(self.entry.name, self.entry.effect, verdict, reason, self.probes, seen)

    def _reason(self) -> str:
        """Why the entry is refuted or unproved; empty where everything that it says was seen."""
        if self.complaints:
            return self.complaints[0]
        known = [why for why, names in UNPROVED.items() if self.entry.name in names]
        possible = map(str, Anywhere(self.entry.signature).possible())
        unseen = [case for case in possible if case not in self.seen | self.absent]
        unwritten = sorted(self.claimed - self.changed)
        if self.probes and not unseen and not unwritten:
            return ""
        if known:
            return known[0]
        if not self.probes:
            return "no call of the battery ends without an error"
        return f"never seen: {' | '.join(unseen)}" if unseen else f"never seen to be written: {unwritten}"


def _disagreement(trial: Trial, case: Case, result: Any, changed: set[str]) -> str:
    """What is wrong with a call, were it the case; empty when all is as the case says."""
    written = {write.path.root for write in case.writes if isinstance(write, ElementsWritten)}
    found = complaint(trial, case.term, result)
    if not found and changed - written:
        return f"writes {sorted(changed - written)}"
    says_nothing = isinstance(case.term, Word) and case.term.text == "unknown"
    return found or ("" if says_nothing else _wrongly_protected(trial, result))


def _wrongly_protected(trial: Trial, result: Any) -> str:
    """Whether views can be written although the entry says that they cannot, or the other way round."""
    given = list(trial.arrays())
    if not all(array.flags.writeable for array in given):
        return ""
    views = [array for array in arrays_in(result) if array.size and share(array, given)]
    readonly = trial.readonly()
    if any(array.flags.writeable == readonly for array in views):
        return "can be written" if readonly else "cannot be written"
    return ""


def _outs(entry: Entry, result: Any) -> Iterator[dict[str, Any]]:
    """Arrays to write such a result to, by the parameters that take them."""
    names = {param.name for param in entry.signature.parameters}

    def blank(each: Any) -> Any:
        logical = np.asarray(each).dtype == bool
        return np.logical_not(each) if logical and np.ndim(each) else np.full_like(each, 77, subok=False)

    if isinstance(result, (np.ndarray, np.generic)) and "out" in names:
        yield {"out": blank(result)}
    if isinstance(result, tuple) and "out1" in names and all(map(np.ndim, result)):
        yield {"out": tuple(map(blank, result))}
        yield {"out1": blank(result[0]), "out2": blank(result[1])}
