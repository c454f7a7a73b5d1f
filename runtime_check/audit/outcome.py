"""What one call did, held against what an entry says of it: alike for TensorFlow, Keras and JAX."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

from runtime_check.audit.calling import Decided, flat
from runtime_check.storage import leaves, picture, values_overlap
from tensorlint.knowledge.effects import (
    Applied,
    Atom,
    Case,
    ElementsWritten,
    Many,
    New,
    Param,
    Path,
    ReferenceStored,
    Signature,
    Term,
    Typed,
    Word,
    literal,
)

ALIGNMENT = 64  # bytes: XLA and TensorFlow take memory over that begins at a multiple


@dataclass(frozen=True, slots=True)
class Given:
    """What is passed to one call."""

    arguments: tuple[Any, ...]
    options: Mapping[str, Any]


def given(*arguments: Any, **options: Any) -> Given:
    return Given(arguments, options)


@dataclass(frozen=True, slots=True)
class Outcome(Decided):
    """What one call returned, and which parameters hold other elements than before."""

    signature: Signature
    given: Mapping[str, Any]
    result: Any
    changed: frozenset[str]
    held: Mapping[str, list[Any]]  # what the parameters held before, where the entry speaks of that
    before: Sequence[Any]  # the tensors that were passed, at any depth

    # What differs between libraries

    @staticmethod
    def parts(value: Any) -> Sequence[Any]:
        """What of an argument is looked at to see whether it was written: the tensors in it."""
        return leaves(value)

    @staticmethod
    def inside(value: Any) -> Sequence[Any]:
        """What an object holds that is no container."""
        return leaves(value)

    def is_a(self, value: Any, name: str) -> bool:
        """Whether a value is of a class of the tables; of one that cannot be found everything is."""
        kind = named_class(name)
        return kind is None or isinstance(value, kind)

    def matches(self, value: Any, wanted: list[Any]) -> bool | None:
        """Whether a tensor is as was asked."""
        return None

    def lasting(self, value: Any) -> Any:
        """What of an argument a result can be told to share: all of it, if not told otherwise."""
        return value

    # Guards

    def _positive(self, atom: Atom) -> bool | None:
        first, *rest = (self.value(path) for path in atom.arguments)
        verdict: bool | None = None
        match atom.relation:
            case "":
                verdict = bool(first) if isinstance(first, (bool, int, str, type(None))) else None
            case "given":
                verdict = first is not None and not (isinstance(first, tuple) and not first)
            case "is none":
                verdict = first is None
            case "==":
                verdict = bool(first == literal(atom.arguments[1]))
            case "type":
                verdict = self.is_a(first, rest[0])
            case "tuple":
                verdict = isinstance(first, (tuple, list))
            case "matches":
                verdict = self.matches(first, rest)
            case "contiguous":
                verdict = bool(first.flags.c_contiguous) if hasattr(first, "flags") else None
            case "aligned":
                verdict = first.ctypes.data % ALIGNMENT == 0 if hasattr(first, "ctypes") else None
            case "on_cpu":
                verdict = True
        return verdict

    def value(self, path: Path) -> Any:
        """What a path stands for in this call, the parameter's default where nothing was passed."""
        if path.literal:
            return path.literal.strip("'")
        if path.root in self.given:
            return self.given[path.root]
        return default(next(param for param in self.signature.parameters if param.name == path.root))

    # Results

    def agrees(self, case: Case) -> bool:
        """Whether the outcome is what a case says."""
        stored = [write for write in case.writes if isinstance(write, ReferenceStored)]
        written = {write.path.root for write in case.writes}
        held = self.changed <= written and all(map(self._holds, stored))
        return held and self.is_as_said(case.term, self.result)

    def _holds(self, write: ReferenceStored) -> bool:
        """Whether all that was stored can be reached from where it was stored."""
        held = [each for target in self.reached(Path(write.path.root)) for each in self.items(target)]
        terms = [write.term] if isinstance(write.term, Path) else []
        return all(any(each is value for each in held) for term in terms for value in self.reached(term))

    def reached(self, path: Path) -> Iterator[Any]:
        """All that a path may stand for: ``[*]`` is each item, or each tensor inside of what has no items."""
        found = [self.value(path)]
        for number, step in enumerate(path.steps):
            if step == "[*]":
                found = [item for each in found for item in self.items(each)]
                found += self.held.get(path.root, []) if not number else []
            elif step.startswith("["):
                found = [each[int(step[1:-1])] for each in found]
            else:
                found = [getattr(each, step[1:]) for each in found if hasattr(each, step[1:])]
        yield from found

    @classmethod
    def items(cls, value: Any) -> list[Any]:
        """The items of a container at any depth; what any other object holds."""
        if not nests(value):
            return list(cls.inside(value))
        each = value.values() if isinstance(value, Mapping) else value
        return [item for one in each for item in (cls.items(one) if nests(one) else [one])]

    def is_as_said(self, term: Term, result: Any) -> bool:
        if isinstance(term, Typed):
            inner = self._is_new if isinstance(term.term, New) else self.is_as_said
            return self.is_a(result, term.type) and inner(term.term, result)
        if isinstance(term, Many):
            return self._are(term, result)
        if isinstance(term, Path):
            return any(result is each for each in self.reached(term))
        if isinstance(term, Applied):
            return self._shares(term, result)
        if isinstance(term, New):
            made = self.signature.construct == "class" or bool(leaves(result))
            return made and self._is_new(term, result)
        if term.text == "none":
            return result is None
        return term.text == "unknown" or not leaves(self.lasting(result))

    def _are(self, term: Many, result: Any) -> bool:
        if isinstance(result, Mapping) != (term.kind == "dict") or not hasattr(result, "__iter__"):
            return False
        each = list(result.values() if isinstance(result, Mapping) else result)
        terms = term.terms if len(term.terms) == len(each) else term.terms[:1] * len(each)
        return all(map(self.is_as_said, terms, each))

    def _shares(self, term: Applied, result: Any) -> bool:
        if term.word == "extents":
            return tuple(result) == tuple(self.value(term.arguments[0]).shape)
        of = list(self.reached(term.arguments[0]))
        if term.word == "shallow" and any(result is each for each in of):
            return False
        if term.word == "reach" and any(result is item for each in of for item in self.items(each)):
            return True
        return values_overlap(result, of) is not False

    def _is_new(self, term: Any, result: Any) -> bool:
        if result is None or term.quality("doubtful") is not None:
            return result is not None
        if any(result is each for each in flat(list(self.given.values())) if leaves(self.lasting(each))):
            return False
        if term.quality("holds") is not None or term.quality("filled") is not None:
            return True
        return values_overlap(result, self.lasting(list(self.before))) is not True


def nests(value: Any) -> bool:
    return isinstance(value, (list, tuple, Mapping))


Seen = TypeVar("Seen", bound=Outcome)


def named_class(name: str) -> Any:
    """The class of that name in a library that has been imported, None where there is none."""
    library, *parts = name.split(".")
    try:
        found: Any = reduce(getattr, parts, sys.modules.get(library))
    except AttributeError:
        return None
    return found if isinstance(found, type) else None


def default(param: Param) -> Any:
    """The value of a default that is written out; ``None`` for any other."""
    known = {"True": True, "False": False, "None": None, "0": 0, "1": 1}
    return () if param.kind == "*" else known.get(param.default, param.default.strip("'") or None)


def passed(signature: Signature, what: Given) -> dict[str, Any] | None:
    """What was passed by parameter, ``None`` where the signature takes no such call."""
    values: dict[str, Any] = {}
    rest = list(what.arguments)
    options = dict(what.options)
    for parameter in signature.parameters:
        if parameter.kind == "*":
            values[parameter.name], rest = tuple(rest), []
        elif parameter.kind == "**":
            values[parameter.name], options = options, {}
        elif parameter.kind in ("either", "positional") and rest:
            values[parameter.name] = rest.pop(0)
        elif parameter.name in options:
            values[parameter.name] = options.pop(parameter.name)
    return None if rest or options else values


def observe(kind: type[Seen], signature: Signature, function: Callable[..., Any], what: Given) -> Seen | None:
    """Call a function and look at what it did; ``None`` where it does not take these arguments."""
    values = passed(signature, what)
    if values is None:
        return None
    before = {name: [(part, picture(part)) for part in kind.parts(value)] for name, value in values.items()}
    held = {n: kind.items(v) for n, v in values.items()} if "[*]" in str(signature) else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = function(*what.arguments, **what.options)
            result = list(result) if hasattr(result, "__next__") else result
        except Exception:  # of many kinds: the function does not take these arguments
            return None
    if result is NotImplemented:
        return None
    changed = frozenset(n for n, parts in before.items() if any(picture(p) != was for p, was in parts))
    tensors = [part for parts in before.values() for part, _ in parts]
    return kind(signature, values, result, changed, held, tensors)


def claimed_writes(signature: Signature) -> frozenset[str]:
    """The parameters whose elements some case says are written."""
    writes = (write for case in signature.cases for write in case.writes)
    return frozenset(w.path.root for w in writes if isinstance(w, ElementsWritten) and not w.what)


def claims_nothing(case: Case) -> bool:
    """Whether a case leaves open what comes back, so that nothing about it has to be seen."""
    return case.term == Word("unknown") and not case.writes
