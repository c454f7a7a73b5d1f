"""What the cases of a signature and their terms say by themselves, whatever the arguments are."""

from __future__ import annotations

from tensorlint.knowledge import effects
from tensorlint.knowledge.effects import Applied, Many, New, Path, Term, Typed, Word


def atoms_of(case: effects.Case) -> tuple[effects.Atom, ...]:
    """The predicates that the case depends on."""
    return case.guard.atoms if case.guard is not None else ()


def returns_argument(case: effects.Case) -> bool:
    """Whether the case gives back what it was given, or a view, only because that already was an array."""
    term = case.term.term if isinstance(case.term, Typed) else case.term
    return isinstance(term, Path) or (
        isinstance(term, Applied) and any(a.relation == "array" for a in atoms_of(case))
    )


def is_measured(term: Term) -> bool:
    """Whether a result comes from metadata alone."""
    if isinstance(term, Applied):
        return term.word in effects.MEASURES
    return isinstance(term, Word) and term.text == "meta"


def gives_number(term: Term) -> bool:
    """Whether a result is a number, or holds numbers."""
    if isinstance(term, Many):
        return any(map(gives_number, term.terms))
    return isinstance(term, Word) and term.text == "plain"


def sources(term: Term) -> tuple[str, ...]:
    """The parameters that a term's value may be or share with."""
    if isinstance(term, Typed):
        return sources(term.term)
    if isinstance(term, Path):
        return (term.root,) if not term.literal else ()
    if isinstance(term, Applied):
        return (term.arguments[0].root,)
    if isinstance(term, Many):
        return tuple(name for inner in term.terms for name in sources(inner))
    if isinstance(term, New):
        paths = [*(term.quality("holds") or ()), *(term.quality("filled") or ())]
        return tuple(path.root for path in paths)
    return ()
