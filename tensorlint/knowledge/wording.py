"""What an effect says, in words for people: the one place that turns terms, writes and cases into prose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tensorlint.knowledge.effects import (
    MEASURES,
    QUALITIES,
    SHARING,
    Applied,
    Case,
    ElementsWritten,
    Many,
    New,
    Path,
    ReferenceStored,
    Signature,
    Term,
    Typed,
    Word,
    prose,
)

_WORDS = {
    "none": "nothing",
    "plain": "a plain value",
    "meta": "a plain value, for which no element is read",
    "unknown": "anything",
}
_KINDS = {"iter": "an iterator", "dict": "a dict", "list": "a list", "tuple": "a tuple", "set": "a set"}


def told(term: Term, tensor: str = "") -> str:
    """What comes back: "a view of `x` (all elements, the axes reordered)". ``tensor`` needs no mention."""
    match term:
        case Word():
            return _WORDS[term.text]
        case Path():
            return _place(term)
        case Applied():
            return _shared(term)
        case New():
            return f"a new {_noun(tensor)}{_qualities(term)}"
        case Many():
            return _many(term, tensor)
        case Typed():
            return _typed(term, tensor)


def written(write: ElementsWritten | ReferenceStored, tensor: str = "") -> str:
    """What a call does to its arguments: "writes `x`"."""
    if isinstance(write, ReferenceStored):
        return f"{_holder(write.path)} then holds {told(write.term, tensor)}"
    place = _place(write.path).removesuffix(" itself")
    if write.what == "perhaps":
        return f"may write {place}"
    changed = {"meta": "changes the metadata of", "axes": "changes the shape or strides of"}
    return f"{changed.get(write.what, 'writes')} {place}"


def condition(case: Case, signature: Signature) -> str:
    """When a case happens, empty for what happens otherwise: "`out` is given"."""
    if case.guard is None:
        return ""
    text = prose(case.guard, {param.name: f"`{param.name}`" for param in signature.parameters})
    return re.sub(r"'([^']*)'", r"`\1`", text)


def cases(signature: Signature, tensor: str = "") -> Sequence[str]:
    """A line for each case: "if `out` is given: `out` itself; writes `out`"."""
    lines: list[str] = []
    for case in signature.cases:
        parts = [told(case.term, tensor), *(written(write, tensor) for write in case.writes)]
        when = condition(case, signature)
        lead = f"if {when}: " if when else "otherwise: " if lines else ""
        lines.append(lead + "; ".join(parts))
    return lines


def _place(path: Path) -> str:
    """A path in words: "`x` itself", and for ``x[*]`` "what `x` holds"."""
    return f"what {_holder(path)} holds" if "[*]" in path.steps else f"{_holder(path)} itself"


def _holder(path: Path) -> str:
    """A path without what stands for its items: "`x.grad`"."""
    return f"`{path.root}{''.join(step for step in path.steps if step != '[*]')}`"


def _shared(term: Applied) -> str:
    first = _place(term.arguments[0]).removesuffix(" itself")
    if term.word in MEASURES:
        return f"{MEASURES[term.word].partition(': (')[0].removesuffix(' of (x)')} of {first}"
    if term.word == "reach":
        return f"every tensor that {first} holds, itself"
    return f"a view of {first} ({SHARING[term.word].partition(': (')[0]})"


def _qualities(term: New) -> str:
    said = []
    for quality in term.qualities:
        paths = quality.arguments if isinstance(quality, Applied) else ()
        names = [path.literal or _place(path).removesuffix(" itself") for path in paths]
        word = quality.word if isinstance(quality, Applied) else quality.text
        # A trait of the engine's own, such as "dtype float32", says itself what it means.
        said.append(re.sub(r"\([^)]*\)", " and ".join(names), QUALITIES.get(word, word)))
    return f" ({'; '.join(said)})" if said else ""


def _noun(tensor: str) -> str:
    """``array`` for ``numpy.ndarray``, ``tensor`` for ``torch.Tensor``."""
    return "array" if tensor.lower().endswith("array") else "tensor"


def _many(term: Many, tensor: str) -> str:
    inner = list(dict.fromkeys(told(each, tensor) for each in term.terms))
    if term.kind == "dict":
        return f"{_KINDS[term.kind]}, each value {inner[0]}"
    if len(inner) == 1:
        return f"{_KINDS[term.kind]}, each item {inner[0]}"
    return f"{_KINDS[term.kind]} of {', '.join(inner[:-1])} and {inner[-1]}"


def _typed(term: Typed, tensor: str) -> str:
    inner = told(term.term, tensor)
    if term.type == tensor:
        return inner
    if isinstance(term.term, New):
        return inner.replace(f"a new {_noun(tensor)}", f"a new `{term.type}`", 1)
    return f"{inner}, as `{term.type}`"
