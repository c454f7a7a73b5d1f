"""The reference pages: what each call gives back and writes, in words, and where that was proved.

A page is made of a library's table and of what the audit recorded of it: an entry that no audit confirmed is
shown as documented only, with the reason, and one whose line has changed since as not audited yet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from runtime_check.audit import Row, Verdict, record
from runtime_check.audit.report import says_nothing, where
from runtime_check.audit.subjects import SUBJECTS, Subject
from tensorlint.knowledge.catalog import Catalog, Entry
from tensorlint.knowledge.effects import (
    MEASURES,
    Applied,
    Case,
    ElementsWritten,
    Guard,
    Many,
    New,
    Path,
    ReferenceStored,
    Signature,
    Term,
    Typed,
    Word,
)
from tensorlint.knowledge.wording import cases

TITLES = {
    "numpy": "NumPy",
    "torch": "PyTorch",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "jax": "JAX",
    "cupy": "CuPy",
    "python": "Python",
    "scipy": "SciPy",
    "cv2": "OpenCV",
    "PIL": "Pillow",
    "pandas": "pandas",
    "einops": "einops",
    "numba": "Numba",
}
SECTIONS = {
    "either": ("It depends", "A view, the very same object or a copy: what comes back depends on the call."),
    "shared": ("Always shared", "A view of an argument, or an argument itself: who writes one changes both."),
    "written": ("Writes its arguments", "The elements of an argument change, or what describes them."),
    "kept": ("Keeps a reference", "An object holds what it was given, and no copy of it."),
    "copied": ("Always new", "What comes back shares no memory with an argument."),
    "value": ("No tensor comes back", "Numbers, shapes, names, or nothing; no argument is written."),
    "unknown": ("Not known", "The linter is silent about what comes back."),
}
INDEX = """\
# View, copy, or either?

What the calls of each library give back: a view of an argument, an argument itself, new memory, or now this
and now that, and on what it depends; and which arguments they write. The linter knows no more of a library
than these tables say. `python -m runtime_check audit` calls every entry on a battery of inputs (contiguous,
strided, transposed, broadcast, empty, of other types) and holds what happens against it: an entry is
*proved* when every call agreed and everything that it says was seen, and *documented only* when the battery
could not show it."""
SHAPES = frozenset({"like", "rank", "ranked", "nested", "integers", "product", "contiguous"})
LACKING, NOT_YET, SILENT = "lacking", "not yet audited", "nothing to prove"
TALLY = {
    "proved": "proved",
    "**refuted**": "refuted",
    "documented only": "documented only",
    SILENT: "nothing known",
    LACKING: "not in this version",
    NOT_YET: "not yet audited",
}
_ALONE = 3  # calls that are told alike, at most, that have lines of their own
_FOLDED = 30  # names, at least, that a reader opens first


@dataclass(frozen=True, slots=True)
class Known:
    """One entry with what comes back, in words, and where that was proved."""

    entry: Entry
    section: str
    lines: tuple[str, ...]
    proof: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the audits of one subject on one device recorded; ``label`` tells it from the page's others."""

    label: str
    place: str
    rows: Mapping[str, Row]


def pages() -> dict[str, str]:
    """The file names of all pages with their texts, the index among them."""
    subjects = dict.fromkeys(subject.library for subject in SUBJECTS)
    found = {f"{name.lower()}.md": page(name) for name in subjects}
    return {"README.md": index(subjects), **found}


def index(libraries: Iterable[str]) -> str:
    heads = ("library", "calls", *TALLY.values(), "called with")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name in libraries:
        found = evidence(name)
        listed = entries(name)
        places = "; ".join(each.place for each in found) or "not yet recorded"
        cells = (f"[{TITLES[name]}]({name.lower()}.md)", len(listed), *tally(listed, found), places)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n\n".join([INDEX, "\n".join(lines)]) + "\n"


def tally(listed: Sequence[Entry], found: Sequence[Evidence]) -> list[int]:
    """How many entries are proved, and so on, in the order of ``TALLY``."""
    proofs = Counter(proof(entry, found).partition(" on ")[0].partition(":")[0] for entry in listed)
    return [proofs[each] for each in TALLY]


def page(library: str) -> str:
    found = evidence(library)
    known = [told(entry, found) for entry in entries(library)]
    parts = [f"# {TITLES[library]}: view, copy, or either?", summary(library, found)]
    for key, (title, meaning) in SECTIONS.items():
        here = [each for each in known if each.section == key and each.proof != LACKING]
        if here:
            parts += [f"## {title}", meaning, *tabulated(here)]
    if absent := [each for each in known if each.proof == LACKING]:
        parts += ["## Not in these versions", "Known from other versions.", by_owner(absent)]
    return "\n\n".join(parts) + "\n"


def summary(library: str, found: Sequence[Evidence]) -> str:
    listed = entries(library)
    devices = {device for subject in SUBJECTS if subject.library == library for device in subject.devices}
    needs = "" if "cpu" in devices else " --device cuda"
    so_far = "not yet audited" if not needs else "not yet proved on cuda: this is what the documentation says"
    lines = [f"{len(listed)} calls, {so_far}."] if not found else []
    for each in found:
        counts = zip(tally(listed, [each]), TALLY.values(), strict=True)
        said = ", ".join(f"{count} {what}" for count, what in counts if count)
        lines.append(f"{len(listed)} calls, tried with {each.place}: {said}.")
    again = f"`python -m runtime_check audit --library {library}{needs}` calls them again."
    return "  \n".join([*lines, again])


def entries(library: str) -> list[Entry]:
    table = "builtins" if library == "python" else library
    return sorted(Catalog().entries(table), key=lambda entry: entry.name)


def evidence(library: str) -> list[Evidence]:
    found = []
    for subject in (each for each in SUBJECTS if each.library == library):
        for device in subject.devices:
            recorded = record.read(subject, device)
            if recorded is not None:
                rows = {row.name: row for row in recorded.rows}
                found.append(Evidence(_label(subject, device), where(recorded.place), rows))
    return found


def _label(subject: Subject, device: str) -> str:
    """``cpu``, for Keras ``torch`` or ``torch on cuda``."""
    if not subject.backend:
        return device
    return subject.backend if device == "cpu" else f"{subject.backend} on {device}"


def told(entry: Entry, found: Sequence[Evidence]) -> Known:
    notes = [f"Note: {clause.text}." for clause in entry.signature.clauses if clause.word == "note"]
    lines = (*cases(shortened(entry.signature), entry.tensor), *notes)
    return Known(entry, section(entry.signature), lines, proof(entry, found))


def shortened(signature: Signature) -> Signature:
    """Without what tells the shape of something new, and without cases that then end like the next one."""
    kept: list[Case] = []
    for case in reversed(signature.cases):
        case = replace(case, term=shapeless(case.term))
        if not (kept and like(case, kept[-1]) and implies(case.guard, kept[-1].guard)):
            kept.append(case)
    return replace(signature, cases=tuple(reversed(kept)))


def shapeless(term: Term) -> Term:
    match term:
        case New():
            told_of = (each.word if isinstance(each, Applied) else each.text for each in term.qualities)
            kept = (each for each, word in zip(term.qualities, told_of, strict=True) if word not in SHAPES)
            return replace(term, qualities=tuple(kept))
        case Many():
            return replace(term, terms=tuple(map(shapeless, term.terms)))
        case Typed():
            return replace(term, term=shapeless(term.term))
    return term


def like(one: Case, other: Case) -> bool:
    return (one.term, one.writes) == (other.term, other.writes)


def implies(one: Guard | None, other: Guard | None) -> bool:
    """Whether what fulfils one guard is sure to fulfil the other."""
    if other is None or one == other:
        return True
    if one is None or "or" in (one.connective, other.connective):
        return False
    return {*other.atoms} <= {*one.atoms}


def states_of(entry: Entry, found: Sequence[Evidence]) -> dict[Verdict, list[tuple[Evidence, Row]]]:
    """What the audits said of an entry as it stands."""
    states: dict[Verdict, list[tuple[Evidence, Row]]] = {}
    for each in found:
        row = each.rows.get(entry.name)
        if row is not None and row.effect == entry.effect:
            states.setdefault(row.verdict, []).append((each, row))
    return states


def proof(entry: Entry, found: Sequence[Evidence]) -> str:
    """Where an entry was confirmed; why it was not; or that nothing is there to be called or proved."""
    states = states_of(entry, found)
    if Verdict.CONFIRMED in states and says_nothing(entry.effect):
        return SILENT
    if refuted := states.get(Verdict.REFUTED):
        return "**refuted** on " + ", ".join(each.label for each, _ in refuted)
    if confirmed := states.get(Verdict.CONFIRMED):
        return "proved on " + ", ".join(each.label for each, _ in confirmed)
    if unproved := states.get(Verdict.UNPROVED):
        reasons = dict.fromkeys(row.reason.partition("\n")[0] for _, row in unproved)
        return f"documented only: {'; '.join(reasons)}"
    return LACKING if states else NOT_YET


# Sections


def section(signature: Signature) -> str:
    """The part of the page in which people look for a call."""
    usual = [case for case in signature.cases if not writes_out(case)] or list(signature.cases)
    writes = [write for case in usual for write in case.writes]
    kinds = {kind for case in usual for kind in outcomes(case.term)}
    if any(isinstance(write, ElementsWritten) for write in writes):
        return "written"
    if any(isinstance(write, ReferenceStored) for write in writes) or "kept" in kinds:
        return "kept"
    for kind in ("value", "unknown"):
        if kinds == {kind}:
            return kind
    kinds -= {"value"}
    return next(iter(kinds)) if len(kinds) == 1 else "either"


def writes_out(case: Case) -> bool:
    """Whether a case is that of a place given for the result, which most calls have."""
    atoms = case.guard.atoms if case.guard else ()
    given = {atom.arguments[0].root for atom in atoms if atom.relation == "given" and not atom.negated}
    roots = {write.path.root for write in case.writes}
    return bool(roots) and roots <= given


def outcomes(term: Term) -> frozenset[str]:
    """What comes back by kind; of a container, what is in it."""
    match term:
        case Word():
            return frozenset({"unknown" if term.text == "unknown" else "value"})
        case Path():
            return frozenset({"shared"})
        case Applied():
            return frozenset({"value" if term.word in MEASURES else "shared"})
        case New():
            if term.quality("doubtful") is not None:
                return frozenset({"copied", "shared"})
            holds = term.quality("holds") is not None or term.quality("filled") is not None
            return frozenset({"kept" if holds else "copied"})
        case Many():
            return frozenset(kind for inner in term.terms for kind in outcomes(inner))
        case Typed():
            return outcomes(term.term)


# Tables


def tabulated(known: Sequence[Known]) -> Iterator[str]:
    """Calls that are told alike share a list; the others have a row each."""
    alike: dict[tuple[tuple[str, ...], str], list[Known]] = defaultdict(list)
    for each in known:
        alike[each.lines, each.proof].append(each)
    rows = [each for group in alike.values() if len(group) <= _ALONE for each in group]
    if rows:
        lines = ["| call | what comes back | proof |", "|---|---|---|"]
        for each in sorted(rows, key=lambda each: each.entry.name):
            comes_back = "<br>".join(map(cell, each.lines))
            lines.append(f"| {linked(each.entry)} | {comes_back} | {cell(each.proof)} |")
        yield "\n".join(lines)
    lists = [(key, group) for key, group in alike.items() if len(group) > _ALONE]
    for (said, proved), group in sorted(lists, key=lambda item: -len(item[1])):
        yield f"**{'. '.join(line[0].upper() + line[1:] for line in said)}** ({len(group)} calls; {proved})"
        yield by_owner(group)


def by_owner(known: Sequence[Known]) -> str:
    """Names below the class or module that has them, folded where there are many."""
    owners: dict[str, list[str]] = defaultdict(list)
    for each in known:
        owner, _, name = each.entry.name.rpartition(".")
        owners[owner].append(name)
    text = "\n".join(
        f"- `{owner}`: {', '.join(f'`{name}`' for name in names)}" for owner, names in sorted(owners.items())
    )
    if len(known) < _FOLDED:
        return text
    return f"<details><summary>{len(known)} names</summary>\n\n{text}\n\n</details>"


def linked(entry: Entry) -> str:
    return f"[`{entry.name}`]({entry.source})" if entry.source.startswith("http") else f"`{entry.name}`"


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
