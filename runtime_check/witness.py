"""Watches one run of a fixture: what was seen each time a site was executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tensorlint.testing import Claim, Kind

from .instrument import EFFECTS, Site
from .storage import Picture, one_storage, picture, size_of, values_overlap

Thunk = Callable[[], object]

# An operand that does not exist (yet) at a site.
_ABSENT_ERRORS = (NameError, AttributeError, LookupError, TypeError)


@dataclass(frozen=True, slots=True)
class Seen:
    """One execution of a claim: ``answer`` is what the claim asks about, None when nothing could be asked."""

    claim: Claim
    answer: bool | None
    detail: str = ""
    value: Picture | None = None
    size: int = 0  # in bytes


@dataclass(frozen=True, slots=True)
class _Absent:
    """Stands for an operand that could not be evaluated."""

    error: Exception


@dataclass(slots=True)
class _Entry:
    """A site that was entered: its operands then, and what they held."""

    values: dict[str, object]
    pictures: dict[str, Picture]


@dataclass(slots=True)
class Witness:
    """Receives the calls that the instrumented code makes, in one run of one case on one device."""

    sites: Sequence[Site]
    device: str
    backend: str = ""
    seen: list[Seen] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)
    revealed: dict[str, list[Picture]] = field(default_factory=dict)
    expected_error: BaseException | None = None
    _entries: dict[int, list[_Entry]] = field(default_factory=dict)

    def before(self, number: int, *thunks: Thunk) -> None:
        """The site is about to be executed: keep the contents that its claims are about."""
        site = self.sites[number]
        self.reached.add(number)
        values = dict(zip(site.operands, map(_evaluate, thunks), strict=True))
        wanted = {claim.operands[0] for claim in self._claims(site) if claim.kind in EFFECTS}
        pictures = {name: picture(values[name]) for name in wanted if not isinstance(values[name], _Absent)}
        self._entries.setdefault(number, []).append(_Entry(values, pictures))

    def after(self, number: int, *thunks: Thunk) -> None:
        """The site was executed, or its body is entered: answer every claim."""
        site = self.sites[number]
        entry = self._leave(site)
        values = dict(zip(site.operands, map(_evaluate, thunks), strict=True))
        for claim in self._claims(site):
            if claim.kind is Kind.RAISES:
                self.seen.append(Seen(claim, False, "nothing was raised"))
            elif claim.kind in EFFECTS:
                self.seen.append(_effect(claim, entry, values))
            else:
                self.seen.append(_state(claim, values))

    def raised(self, number: int, error: BaseException) -> None:
        """The site ended in an exception: only what it did to memory can still be asked."""
        if isinstance(error, GeneratorExit):
            return
        site = self.sites[number]
        entry = self._leave(site)
        for claim in self._claims(site):
            if claim.kind is Kind.RAISES:
                names = [kind.__name__ for kind in type(error).__mro__]
                held = claim.operands[0].rpartition(".")[2] in names
                self.seen.append(Seen(claim, held, f"raised {type(error).__name__}: {error}"))
                self.expected_error = error if held else self.expected_error
            elif claim.kind in EFFECTS and claim.kind is not Kind.LOST:
                self.seen.append(_effect(claim, entry, entry.values))

    def reveal(self, text: str, thunk: Thunk) -> None:
        """A good twin returns: keep the value that its bad twin calls wrong."""
        value = _evaluate(thunk)
        if not isinstance(value, _Absent):
            self.revealed.setdefault(text, []).append(picture(value))

    def _claims(self, site: Site) -> Iterator[Claim]:
        return (claim for claim in site.claims if claim.applies_on(self.device, self.backend))

    def _leave(self, site: Site) -> _Entry:
        """The innermost entry of the site; a loop's header is entered once and left at each turn."""
        entries = self._entries[site.number]
        return entries.pop() if len(entries) > 1 else entries[0]


def _evaluate(thunk: Thunk) -> object:
    try:
        return thunk()
    except _ABSENT_ERRORS as error:
        return _Absent(error)


def _effect(claim: Claim, entry: _Entry, values: dict[str, object]) -> Seen:
    """Whether the object that the operand named before the statement holds other contents now."""
    name = claim.operands[0]
    now = values[name]
    if claim.kind is Kind.LOST and isinstance(now, _Absent):
        gone = not isinstance(now.error, NameError)
        return Seen(claim, True if gone else None, f"`{name}`: {now.error}")
    if name not in entry.pictures:
        return Seen(claim, None, f"`{name}` did not exist before the statement")
    current = picture(entry.values[name])
    changed = current != entry.pictures[name]
    detail = f"`{name}` {'changed' if changed else 'kept its contents'}"
    if claim.kind is Kind.LOST:
        return Seen(claim, not changed, detail, current)
    return Seen(claim, changed == (claim.kind is Kind.CHANGES), detail)


def _state(claim: Claim, values: dict[str, object]) -> Seen:
    operands = [values[name] for name in claim.operands]
    for name, value in zip(claim.operands, operands, strict=True):
        if isinstance(value, _Absent):
            return Seen(claim, None, f"`{name}`: {value.error}")
    if claim.kind is Kind.SAME:
        same = operands[0] is operands[1]
        return Seen(claim, same == (claim.relation == "is"), "one object" if same else "two objects")
    if claim.kind is Kind.ALIAS:
        return _overlap(claim, operands[0], operands[1])
    if claim.kind is Kind.PARTS:
        return _parts(claim, operands)
    size = size_of(operands[0]) if claim.kind is Kind.WASTED else 0
    return Seen(claim, None, "to be compared", picture(operands[0]), size)


def _overlap(claim: Claim, a: object, b: object) -> Seen:
    overlap = values_overlap(a, b)
    if overlap is None:
        return Seen(
            claim, None, f"no tensor with elements in `{claim.operands[0]}` or in `{claim.operands[1]}`"
        )
    # For `?~` the answer is what was seen: the judge wants both.
    answer = overlap if claim.relation == "?~" else overlap == (claim.relation == "~")
    return Seen(claim, answer, "elements overlap" if overlap else "no element overlaps")


def _parts(claim: Claim, operands: Sequence[Any]) -> Seen:
    answers = [values_overlap(a, b) for index, a in enumerate(operands) for b in operands[index + 1 :]]
    if None in answers:
        return Seen(claim, None, "one of them has no elements")
    if any(answers):
        return Seen(claim, False, "elements overlap")
    together = one_storage(operands)
    return Seen(claim, together, "parts of one storage" if together else "not parts of one storage")
