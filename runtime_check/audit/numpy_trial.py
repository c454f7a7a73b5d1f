"""One call of an entry of NumPy's table: which of its cases happens, and whether that is what came out."""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime_check.audit.calling import Decided, flat
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import (
    Applied,
    Atom,
    Many,
    New,
    Param,
    Path,
    Signature,
    Term,
    Typed,
    Word,
    literal,
)
from tensorlint.knowledge.equations import keeps_axes, reorders
from tensorlint.knowledge.grammar import parse_condition

# Where objects that are no arrays keep the one that they are made of.
HOLDERS: Mapping[type, str] = {
    np.poly1d: "coef",
    np.polynomial.Polynomial.__mro__[1]: "coef",
    np.lib.Arrayterator: "var",
}


def resolve(name: str) -> Any:
    """The object of a qualified name. Raises AttributeError when the installed NumPy has none."""
    found: Any = np
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


@dataclass(slots=True)
class Trial(Decided):
    """One call: the arguments by parameter, and how they look before it."""

    entry: Entry
    given: dict[str, Any]
    signature: Signature = field(init=False)
    before: dict[str, list[bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self.signature = self.entry.signature
        self.before = {name: pictures(value) for name, value in self.given.items()}

    def run(self) -> Any:
        name = self.entry.name
        if self.signature.construct == "property":
            return getattr(self.given["self"], name.rpartition(".")[2]) if self.given else resolve(name)
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        complete = True
        for param in self.signature.parameters:
            if param.name == "self" and "self" not in self.given:
                continue  # a method of the one object that has the name
            if param.name not in self.given:
                complete = complete and param.kind == "*"
            elif param.kind == "*":
                positional += self.given[param.name]
            elif complete and param.kind in ("positional", "either"):
                positional.append(self.given[param.name])
            else:
                keywords[param.name] = self.given[param.name]
        return resolve(name)(*positional, **keywords)

    def value(self, path: Path) -> Any:
        """What a path of the signature stands for here."""
        if path.literal:
            return literal(path)
        if path.root in self.given:
            found = self.given[path.root]
        else:
            found = default(next(p for p in self.signature.parameters if p.name == path.root))
        for step in path.steps:
            if step.startswith("."):
                found = getattr(found, step[1:])
            else:
                found = found[0] if step == "[*]" else found[int(step[1:-1])]
        return found

    def arrays(self) -> Iterator[Any]:
        for value in self.given.values():
            yield from arrays_in(value)

    def readonly(self) -> bool:
        """Whether the entry says that a view which comes of this call cannot be written."""
        clause = self.signature.clause("readonly")
        if clause is None or not clause.text:
            return clause is not None
        return self._decide(parse_condition(clause.text)) is True

    def shown(self) -> dict[str, Any]:
        """The arguments, arrays as their shapes and strides."""
        return {n: (v.shape, v.strides) if isinstance(v, np.ndarray) else v for n, v in self.given.items()}

    def _positive(self, atom: Atom) -> bool | None:
        first, *rest = [self.value(path) for path in atom.arguments]
        match atom.relation:
            case "":
                return bool(first)
            case "is none":
                return first is None
            case "==":
                return bool(first == rest[0])
            case "in":
                return first in rest[0]
            case "given":
                return first is not None and not (isinstance(first, (tuple, list)) and len(first) == 0)
            case "array":
                return isinstance(first, np.ndarray)
            case "scalar":
                return bool(np.ndim(first) == 0)
            case "atleast":
                return bool(np.ndim(first) >= rest[0])
            case "contiguous":
                return isinstance(first, np.ndarray) and bool(first.flags.c_contiguous)
            case "fortran":
                return isinstance(first, np.ndarray) and bool(first.flags.f_contiguous)
            case "viewable":
                return viewable(first, rest[0])
            case "matches":
                return matches(first, *(rest or [resolve(self.entry.name)]))
            case "basic":
                return all(is_basic(each) for each in rest_of(self.given["index"]))
            case "deeper":
                index = rest_of(self.given["index"])
                return len(index) < first.ndim or not all(isinstance(each, int) for each in index)
            case "unmasked":
                mask = np.ma.getmask(first)
                return mask.dtype.names is None and not mask.any()
            case "version":
                return _at_least(rest[0])
            case "reordered":
                return reorders(rest[0])
            case "unsummed":
                return keeps_axes(rest[0])
        return None


@dataclass(frozen=True, slots=True)
class Anywhere(Decided):
    """A call of which nothing is known but the installed version."""

    signature: Signature

    def _positive(self, atom: Atom) -> bool | None:
        return _at_least(str(literal(atom.arguments[1]))) if atom.relation == "version" else None


def _at_least(version: str) -> bool:
    installed, wanted = (tuple(map(int, text.split(".")[:2])) for text in (np.__version__, version))
    return installed >= wanted


def rest_of(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def is_basic(index: Any) -> bool:
    names = isinstance(index, list) and all(isinstance(each, str) for each in index)
    return index is None or index is Ellipsis or isinstance(index, (int, slice, str)) or names


def viewable(x: Any, shape: Any) -> bool:
    view = x.view()
    try:
        view.shape = shape[0] if isinstance(shape, tuple) and len(shape) == 1 else shape
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def matches(x: Any, dtype: Any, order: Any = None) -> bool:
    if not isinstance(x, np.ndarray):
        return False
    orders = {"C": x.flags.c_contiguous, "F": x.flags.f_contiguous}
    return (dtype is None or np.dtype(dtype) == x.dtype) and bool(orders.get(order, True))


def default(param: Param) -> Any:
    if param.kind in ("*", "**"):
        return ()
    return ast.literal_eval(param.default)


def arrays_in(value: Any) -> Iterator[Any]:
    """The arrays whose elements a value gives access to; of a masked array its data."""
    if isinstance(value, np.ma.MaskedArray):
        yield value.data
    elif isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, np.flatiter):
        yield value.base
    elif isinstance(value, np.nditer):
        with suppress(ValueError):  # it is closed
            yield from value.operands
    elif isinstance(value, tuple(HOLDERS)):
        yield from (getattr(value, name) for kind, name in HOLDERS.items() if isinstance(value, kind))
    elif isinstance(value, memoryview):
        yield np.asarray(value)
    elif isinstance(value, (bytes, bytearray)):
        yield np.frombuffer(value or b"\0", np.uint8)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from arrays_in(each)


def pictures(value: Any) -> list[bytes]:
    """The bytes of all elements, those of masks included."""
    masks = [each.mask for each in flat(value) if isinstance(each, np.ma.MaskedArray)]
    return [array.tobytes() for array in (*arrays_in(value), *masks)]


def share(first: Any, second: Any) -> bool:
    return any(np.shares_memory(a, b) for a in arrays_in(first) for b in arrays_in(second))


def complaint(trial: Trial, term: Term, result: Any) -> str:
    """What is wrong with a result, empty when it is as the term says."""
    if isinstance(term, Typed):
        if not isinstance(result, (np.generic, resolve_type(term.type))):
            return f"is a {type(result).__name__}"
        return complaint(trial, term.term, result)
    if isinstance(term, Path):
        return "" if result is trial.value(term) else f"is not {term}"
    if isinstance(term, Word):
        return _of_word(trial, term.text, result)
    if isinstance(term, New):
        return _of_new(trial, term, result)
    if isinstance(term, Many):
        return _of_many(trial, term, result)
    return _of_sharing(trial, term, result)


def resolve_type(name: str) -> type:
    module, _, plain = name.rpartition(".")
    found = getattr(builtins, plain) if module == "builtins" else resolve(name)
    return found if isinstance(found, type) else type(found)  # `numpy.r_` is the one object of its kind


def _of_word(trial: Trial, word: str, result: Any) -> str:
    if word == "none":
        return "" if result is None else "is something"
    if word in ("plain", "meta"):
        return "is an array" if isinstance(result, np.ndarray) and result.ndim else ""
    return ""


def _of_new(trial: Trial, term: New, result: Any) -> str:
    independent = all(term.quality(word) is None for word in ("doubtful", "holds"))
    if independent and any(share(result, array) for array in trial.arrays()):
        return "shares memory with an argument"
    if not isinstance(result, np.ndarray) or not result.size:
        return ""
    if term.quality("contiguous") is not None and not result.flags.c_contiguous:
        return "is not contiguous"
    product = term.quality("product")
    if product and result.shape != (trial.value(product[0]) @ trial.value(product[1])).shape:
        return "has not the shape of a matrix product"
    ranked, rank, like = (term.quality(word) for word in ("ranked", "rank", "like"))
    if ranked and result.ndim != literal(ranked[0]):
        return f"has {result.ndim} axes"
    if rank and result.ndim != _entries(trial.value(rank[0])):
        return f"has {result.ndim} axes"
    source = trial.value(like[0]) if like else None
    if not isinstance(source, np.ndarray) or not source.ndim:
        return ""  # a number becomes a vector in many functions
    if any(a.ndim > source.ndim for a in trial.arrays()):
        return ""  # the longer argument decides
    if result.ndim != source.ndim:
        return f"has {result.ndim} axes instead of {source.ndim}"
    if all(a.flags.c_contiguous for a in trial.arrays()) and not result.flags.c_contiguous:
        return "is not contiguous"
    return ""


def _entries(shape: Any) -> int:
    while isinstance(shape, tuple) and len(shape) == 1 and isinstance(shape[0], tuple):
        shape = shape[0]
    return len(shape) if isinstance(shape, tuple) else 1


def _of_many(trial: Trial, term: Many, result: Any) -> str:
    if term.kind != "iter" and not isinstance(result, getattr(builtins, term.kind)):
        return f"is a {type(result).__name__}"
    each = list(result)
    terms = term.terms if len(term.terms) == len(each) else (term.terms[0],) * len(each)
    texts = (complaint(trial, inner, value) for inner, value in zip(terms, each, strict=True))
    found = next(filter(None, texts), "")
    parted = isinstance(term.terms[0], Applied) and term.terms[0].word == "part"
    stretched = any(0 in array.strides for array in trial.arrays())  # its parts are the same cells
    if found or not parted or stretched:
        return found
    return "has parts that overlap" if any(share(a, b) for i, a in enumerate(each) for b in each[:i]) else ""


# What else holds of a view than that it shares memory: (the view, what it was taken from).
STRIDES: Mapping[str, Callable[[Any, Any], bool]] = {
    "same_layout": lambda view, x: view.strides == x.strides or not view.size,
    "permuted": lambda view, x: sorted(view.strides) == sorted(x.strides),
    "swapped": lambda view, x: sorted(view.strides) == sorted(x.strides),
    "moved": lambda view, x: sorted(view.strides) == sorted(x.strides),
    "row": lambda view, x: view.ndim == x.ndim - 1,
    "flipped": lambda view, x: sorted(map(abs, view.strides)) == sorted(map(abs, x.strides)),
    "reshaped": lambda view, x: view.size == x.size and view.flags.c_contiguous >= x.flags.c_contiguous,
    "squeezed": lambda view, x: view.size == x.size and view.flags.c_contiguous >= x.flags.c_contiguous,
    "unsqueezed": lambda view, x: view.size == x.size and view.flags.c_contiguous >= x.flags.c_contiguous,
    "expanded": lambda view, x: view.shape == x.shape or 0 in view.strides,
}


def _of_sharing(trial: Trial, term: Applied, result: Any) -> str:
    source = trial.value(term.arguments[0])
    if term.word == "extents":
        return "" if result == source.shape else "is another shape"
    sources = list(arrays_in(source))
    filled = math.prod(np.shape(result) or (1,)) and (not sources or any(array.size for array in sources))
    if filled and not share(result, sources):
        return f"does not share memory with {term.arguments[0]}"
    if not isinstance(source, np.ndarray):
        return ""
    holds = STRIDES.get(term.word)
    if holds and isinstance(result, np.ndarray) and source.ndim and not holds(result, source):
        return f"is not {term.word}"
    return ""
