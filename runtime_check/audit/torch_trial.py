"""One call of a PyTorch entry: what came back, what was written, and whether a case says so."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import torch

from runtime_check.audit.calling import Decided, bound, flat
from runtime_check.audit.torch_layout import depth, is_basic, mergeable, shape, strides_fit, viewable
from runtime_check.audit.torch_memory import Change, looks
from runtime_check.storage import leaves, values_overlap
from tensorlint.knowledge.effects import (
    Applied,
    Atom,
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
)
from tensorlint.knowledge.equations import keeps_axes, reorders

Tensor = Any
UNKNOWN = Word("unknown")


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of one call, made for it alone."""

    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)


def given(*positional: Any, **named: Any) -> Given:
    return Given(positional, named)


def resolve(name: str) -> Any:
    """The object of a qualified name. Raises ImportError or AttributeError where there is none."""
    module, *rest = name.split(".")
    found: Any = importlib.import_module(module)
    for part in rest:
        if not hasattr(found, part) and hasattr(found, "__path__"):
            importlib.import_module(f"{found.__name__}.{part}")
        found = getattr(found, part)
    return found


@dataclass(frozen=True, slots=True)
class Call(Decided):
    """What one call did."""

    signature: Signature
    given: Mapping[str, Any]
    result: Any
    taken: tuple[Tensor, ...]  # every tensor and array that it was given
    changes: tuple[Change, ...]
    keeps: bool  # what was called on holds another argument's tensor, and did not before
    before: Mapping[Path, list[Any]]  # what the paths of the cases led to: a call may take it away

    def agrees(self, case: Case) -> bool:
        """Whether the outcome is what a case says."""
        if case.term == UNKNOWN and not case.writes:
            return True
        stored = (write for write in case.writes if isinstance(write, ReferenceStored))
        return (
            all(self._is_told(change, case) for change in self.changes if change.any)
            and (not self.keeps or any(isinstance(write, ReferenceStored) for write in case.writes))
            and (case.term == UNKNOWN or self._is(case.term, self.result))
            and all(map(self._is_held, stored))
        )

    def shown(self, case: Case) -> bool:
        """Whether every write that a case claims was seen, and elements that could be shared."""
        tensors = [leaf for leaf in flat(self.result) if isinstance(leaf, torch.Tensor)]
        if tensors and not any(tensor.numel() for tensor in tensors):
            return False
        claims = [write for write in case.writes if isinstance(write, ElementsWritten)]
        return all(
            any(change.any and self._is_claimed(change, write) for change in self.changes) for write in claims
        )

    def _is_told(self, change: Change, case: Case) -> bool:
        if any(
            self._is_claimed(change, write) for write in case.writes if isinstance(write, ElementsWritten)
        ):
            return True
        rebound = [
            w.path for w in case.writes if isinstance(w, ReferenceStored) and w.path.steps[-1] == ".data"
        ]
        owners = (owner for path in rebound for owner in self.members(Path(path.root, path.steps[:-1])))
        return not change.cells and any(change.leaf is owner for owner in owners)

    def _is_claimed(self, change: Change, write: ElementsWritten) -> bool:
        """Whether a write speaks of what changed. One of metadata does not cover elements."""
        covers = not write.what or not change.cells
        reached = leaves(self.before[write.path])
        return covers and any(change.leaf is leaf or values_overlap(change.leaf, leaf) for leaf in reached)

    def _is_held(self, stored: ReferenceStored) -> bool:
        """Whether every tensor of what is stored can be reached from where it was stored."""
        held = self.members(Path(stored.path.root, stored.path.steps[:1]))
        return all(values_overlap(held, leaf) is not False for leaf in leaves(self._sources(stored.term)))

    def _sources(self, term: Term) -> list[Any]:
        if isinstance(term, Typed):
            return self._sources(term.term)
        if isinstance(term, Many):
            return [source for inner in term.terms for source in self._sources(inner)]
        if isinstance(term, Applied):
            return self.members(term.arguments[0])
        return self.members(term) if isinstance(term, Path) else []

    # What a path stands for

    def value(self, path: Path) -> Any:
        """What a path stands for in this call, the parameter's default where nothing was passed."""
        if path.literal:
            return ast.literal_eval(path.literal)
        if path.root in self.given:
            found = self.given[path.root]
        else:
            default = next(p.default for p in self.signature.parameters if p.name == path.root)
            found = ast.literal_eval(default) if default else ()
        for step in path.steps:
            found = getattr(found, step[1:])
        return found

    def members(self, path: Path) -> list[Any]:
        """All that a path stands for: ``[*]`` is each member of a container, and all that an object holds."""
        found = [self.value(Path(path.root))]
        for step in path.steps:
            if step == "[*]":
                found = [member for value in found for member in _members(value)]
            else:
                found = [getattr(value, step[1:], None) for value in found]
        return found

    # Whether a result is what a term says

    def _is(self, term: Term, result: Any) -> bool:
        if isinstance(term, Typed):
            made = (
                self._is_new(term.term, result) if isinstance(term.term, New) else self._is(term.term, result)
            )
            return made and isinstance(result, resolve(term.type))
        if isinstance(term, Many):
            return self._are(term, result)
        if isinstance(term, Path):
            return any(_same(result, value) for value in (*self.before[term], *self.members(term)))
        if isinstance(term, Applied):
            return self._shares(term, result)
        if isinstance(term, New):  # of the library's own type, where no other is named
            return hasattr(result, "shape") and self._is_new(term, result)
        if term.text == "none":
            return result is None
        return term == UNKNOWN or not leaves(result)  # plain, meta

    def _are(self, term: Many, result: Any) -> bool:
        if term.kind == "dict":
            return isinstance(result, Mapping) and all(self._is(term.terms[0], v) for v in result.values())
        if not isinstance(result, list if term.kind in ("list", "iter") else tuple):
            return False
        terms = term.terms if len(term.terms) > 1 else term.terms * len(result)
        fits = len(terms) == len(result) and all(map(self._is, terms, result))
        return fits and self._parted(term, result)

    def _shares(self, term: Applied, result: Any) -> bool:
        if term.word in ("extent", "extents"):
            return not leaves(result)
        source = self.members(term.arguments[0])
        if isinstance(result, torch.UntypedStorage):
            result = torch.empty(0, dtype=torch.uint8).set_(result)
        if term.word == "reach":
            return all(values_overlap(leaf, source) is not False for leaf in leaves(result))
        if not leaves(result) or values_overlap(result, source) is False:
            return False
        whole = source[0] if len(source) == 1 else None
        plain = isinstance(whole, torch.Tensor) and isinstance(result, torch.Tensor)
        return not plain or strides_fit(term.word, result, whole)

    def _is_new(self, term: New, result: Any) -> bool:
        if isinstance(result, torch.nn.Module) or not leaves(result):
            return self._is_new_object(term, result)
        holding = term.quality("holds") is not None or term.quality("filled") is not None
        if not holding and values_overlap(result, self.taken):
            return term.quality("doubtful") is not None
        if not isinstance(result, torch.Tensor) or result.layout is not torch.strided:
            return self._is_new_object(term, result)
        return self._fits(term, result)

    def _fits(self, term: New, result: Tensor) -> bool:
        """Whether a new tensor has the layout, the axes and the type that its qualities promise."""
        contiguous, like, rank = term.quality("contiguous"), term.quality("like"), term.quality("rank")
        nested, ranked, integers = term.quality("nested"), term.quality("ranked"), term.quality("integers")
        fits = contiguous is None or result.is_contiguous()
        if ranked:
            fits = fits and result.dim() == self.value(ranked[0])
        if rank:
            fits = fits and result.dim() == len(shape(self.value(rank[0])))
        if like and isinstance(source := self.value(like[0]), torch.Tensor):
            if source.layout is torch.strided:
                dense = result.is_contiguous() >= source.is_contiguous()
                fits = fits and bool(result.shape == source.shape and dense)
        if nested and isinstance(data := self.value(nested[0]), (list, tuple)):
            fits = fits and result.dim() == depth(data)
        if integers and isinstance(data := self.value(integers[0]), int) and not isinstance(data, bool):
            fits = fits and result.dtype == torch.int64
        return fits

    def _is_new_object(self, term: New, result: Any) -> bool:
        if any(result is value for value in self.given.values()):
            return False
        if term.quality("weights") is not None and not [*_state(result)]:
            return False
        if term.quality("stateless") is not None and [*_state(result)]:
            return False
        for word in ("holds", "filled"):
            paths = term.quality(word) or ()
            parts = [leaf for path in paths for leaf in leaves(self.members(path))]
            if not all(values_overlap(result, part) is not False for part in parts):
                return False
        return result is not None

    def _parted(self, term: Many, result: Any) -> bool:
        """Within a tuple of parts no two have an element in common."""
        inner = term.terms[0]
        if not isinstance(inner, Applied) or inner.word not in ("part", "row"):
            return True
        source = self.value(inner.arguments[0])
        repeated = 0 in source.stride() if source.layout is torch.strided else True
        return repeated or not any(values_overlap(a, b) for i, a in enumerate(result) for b in result[:i])

    # Whether a guard holds

    def _positive(self, atom: Atom) -> bool | None:
        with suppress(AttributeError, RuntimeError, TypeError):
            return self._holds(atom)
        return None  # a question that this argument does not answer

    def _holds(self, atom: Atom) -> bool | None:
        value = self.value(atom.arguments[0])
        match atom.relation:
            case "given":
                return value is not None and not (isinstance(value, tuple) and not value)
            case "is none":
                return value is None
            case "==":
                return bool(value == self.value(atom.arguments[1]))
            case "":
                return bool(value)
            case "on_cpu":
                return bool(value.device.type == "cpu")
            case "grad":
                return bool(value.requires_grad)
            case "contiguous":
                return bool(value.is_contiguous())
            case "scalar":
                return isinstance(value, (int, float))
            case "tuple":
                return isinstance(value, (tuple, list))
            case "array":
                return isinstance(value, (torch.Tensor, resolve("numpy.ndarray")))
            case "type":
                return isinstance(value, resolve(self.value(atom.arguments[1])))
            case "atleast":
                return bool(value.dim() >= self.value(atom.arguments[1]))
            case "basic":
                return is_basic(value)
            case "reordered":
                return reorders(self.value(atom.arguments[1]))
            case "unsummed":
                return keeps_axes(self.value(atom.arguments[1]))
            case "viewable":
                return viewable(value, self.value(atom.arguments[1]))
            case "mergeable":
                return mergeable(value, *(self.value(path) for path in atom.arguments[1:]))
            case "matches" if len(atom.arguments) == 2 and atom.arguments[1].literal:
                return bool(value.dtype == getattr(torch, self.value(atom.arguments[1])))
        return None


def takes(function: Callable[..., Any], arguments: Given) -> bool:
    """Whether a function can be called with these arguments."""
    try:
        function(*arguments.positional, **arguments.named)
    except Exception:  # whatever it is, it shows nothing of what an entry says: another call has to
        return False
    return True


def observe(signature: Signature, function: Callable[..., Any], arguments: Given) -> Call | None:
    """Call a function and look at what it did; ``None`` where it does not take these arguments."""
    held = _bound(signature, arguments)
    if held is None:
        return None
    pending = Call(signature, held, None, (), (), False, {})
    before = {path: pending.members(path) for case in signature.cases for path in _paths(case)}
    taken = leaves(held)
    owner = next(iter(held.values()), None)
    owned = {id(leaf) for leaf in leaves(owner)}
    seen = looks((*taken, *leaves(list(before.values()))))
    try:
        result = function(*arguments.positional, **arguments.named)
    except Exception:  # whatever it is, it shows nothing of what the entry says: another call has to
        return None
    if result is NotImplemented:
        return None
    if any(isinstance(case.term, Many) and case.term.kind == "iter" for case in signature.cases):
        result = list(result)
    changes = tuple(look.change() for look in seen)
    gained = {id(leaf) for leaf in leaves(owner)} - owned
    keeps = any(id(leaf) in gained for leaf in taken)
    return Call(signature, held, result, taken, changes, keeps, before)


def _paths(case: Case) -> Iterator[Path]:
    """The paths of a case that stand for a result or for what is written."""
    pending: list[Term] = [case.term]
    while pending:
        term = pending.pop()
        if isinstance(term, Typed):
            pending.append(term.term)
        elif isinstance(term, Many):
            pending.extend(term.terms)
        elif isinstance(term, Path):
            yield term
    yield from (write.path for write in case.writes if isinstance(write, ElementsWritten))


def _bound(signature: Signature, arguments: Given) -> dict[str, Any] | None:
    held = bound(signature, arguments.positional)
    if held is None:
        return None
    names = {parameter.name for parameter in signature.parameters}
    rest = next((parameter.name for parameter in signature.parameters if parameter.kind == "**"), None)
    for name, value in arguments.named.items():
        if name in names:
            held[name] = value
        elif rest is not None:
            held.setdefault(rest, {})[name] = value
        else:
            return None
    return held


def _same(result: Any, value: Any) -> bool:
    if isinstance(value, (tuple, list)) and isinstance(result, (tuple, list)):
        return len(result) == len(value) and all(map(_same, result, value))
    return result is value


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, (list, tuple)):
        yield from value
    elif isinstance(value, torch.nn.Module):
        yield from (*value.children(), *leaves(value))
    else:
        yield from leaves(value)


def _state(module: Any) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()
