"""One call of a PyTorch entry: what came back, what was written, and whether a case says so."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch

from runtime_check.audit.calling import Decided, bound
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

Tensor = Any
UNKNOWN = Word("unknown")
# Terms over every element of what they are taken from; those that keep the strides, in some order.
WHOLE = frozenset(
    "reshaped merged split permuted swapped moved squeezed unsqueezed flipped same_layout shallow".split()
)
REORDERED = frozenset("permuted swapped moved same_layout".split())


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
class Change:
    """A tensor that was there before the call, and what the call did to it."""

    leaf: Tensor
    cells: bool  # bytes of the memory that it had differ
    version: bool  # its version counter went on: written, or other metadata

    @property
    def any(self) -> bool:
        return self.cells or self.version


@dataclass(frozen=True, slots=True)
class Call(Decided):
    """What one call did."""

    signature: Signature
    given: Mapping[str, Any]
    result: Any
    changes: tuple[Change, ...]
    claimed: Mapping[ElementsWritten, tuple[Tensor, ...]]  # what the writes of the cases speak of

    def agrees(self, case: Case) -> bool:
        """Whether the outcome is what a case says."""
        if case.term == UNKNOWN and not case.writes:
            return True
        stored = (write for write in case.writes if isinstance(write, ReferenceStored))
        return (
            all(self._is_told(change, case) for change in self.changes if change.any)
            and (case.term == UNKNOWN or self._is(case.term, self.result))
            and all(map(self._is_held, stored))
        )

    def shown(self, case: Case) -> bool:
        """Whether every write that a case claims was seen."""
        claims = [write for write in case.writes if isinstance(write, ElementsWritten)]
        return all(
            any(change.any and self._is_claimed(change, write) for change in self.changes) for write in claims
        )

    def _is_told(self, change: Change, case: Case) -> bool:
        return any(
            self._is_claimed(change, write)
            for write in case.writes
            if isinstance(write, ElementsWritten) and (not write.what or not change.cells)
        )

    def _is_claimed(self, change: Change, write: ElementsWritten) -> bool:
        return any(change.leaf is leaf or values_overlap(change.leaf, leaf) for leaf in self.claimed[write])

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
            return isinstance(result, resolve(term.type)) and self._is(term.term, result)
        if isinstance(term, Many):
            return self._are(term, result)
        if isinstance(term, Path):
            return any(_same(result, value) for value in self.members(term))
        if isinstance(term, Applied):
            return self._shares(term, result)
        if isinstance(term, New):
            return self._is_new(term, result)
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
        if not isinstance(whole, torch.Tensor) or not isinstance(result, torch.Tensor):
            return True
        if result.layout is not torch.strided or whole.layout is not torch.strided:
            return True
        sized = _bytes(result) == _bytes(whole) or term.word not in WHOLE
        kept = sorted(result.stride()) == sorted(whole.stride()) or term.word not in REORDERED
        return sized and kept

    def _is_new(self, term: New, result: Any) -> bool:
        if isinstance(result, torch.nn.Module) or not leaves(result):
            return self._is_new_object(term, result)
        holding = term.quality("holds") is not None or term.quality("filled") is not None
        if not holding and values_overlap(result, list(self.given.values())):
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
            fits = fits and result.dim() == len(_shape(self.value(rank[0])))
        if like and isinstance(source := self.value(like[0]), torch.Tensor):
            if source.layout is torch.strided:
                dense = result.is_contiguous() >= source.is_contiguous()
                fits = fits and bool(result.shape == source.shape and dense)
        if nested and isinstance(data := self.value(nested[0]), (list, tuple)):
            fits = fits and result.dim() == _depth(data)
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
                return _is_basic(value)
            case "viewable":
                return _viewable(value, self.value(atom.arguments[1]))
            case "mergeable":
                return _mergeable(value, *(self.value(path) for path in atom.arguments[1:]))
            case "matches" if len(atom.arguments) == 2 and atom.arguments[1].literal:
                return bool(value.dtype == getattr(torch, self.value(atom.arguments[1])))
        return None


def observe(signature: Signature, function: Callable[..., Any], arguments: Given) -> Call | None:
    """Call a function and look at what it did; ``None`` where it does not take these arguments."""
    held = _bound(signature, arguments)
    if held is None:
        return None
    pending = Call(signature, held, None, (), {})
    writes = {
        write for case in signature.cases for write in case.writes if isinstance(write, ElementsWritten)
    }
    claimed = {write: leaves(pending.members(write.path)) for write in writes}
    tensors = [leaf for leaf in leaves(held) if isinstance(leaf, torch.Tensor)]
    before = [(_storage(tensor), _cells(_storage(tensor)), tensor._version) for tensor in tensors]
    # Whatever a call raises, it shows nothing of what the entry says: another call has to.
    with suppress(Exception):
        result = function(*arguments.positional, **arguments.named)
        if result is NotImplemented:
            return None
        if any(isinstance(case.term, Many) and case.term.kind == "iter" for case in signature.cases):
            result = list(result)
        changes = [
            Change(tensor, _differ(cells, _cells(storage)), tensor._version != version)
            for tensor, (storage, cells, version) in zip(tensors, before, strict=True)
        ]
        return Call(signature, held, result, tuple(changes), claimed)
    return None


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


def _shape(size: Any) -> Any:
    """The lengths that a size stands for: numbers, one tuple of them, or a tensor of that shape."""
    if isinstance(size, torch.Tensor):
        return size.shape
    while len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    return size


def _depth(data: Any) -> int:
    return 1 + _depth(data[0]) if isinstance(data, (list, tuple)) else 0


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice)
        or (isinstance(part, int) and part == int(part))
        for part in parts
        if not isinstance(part, bool)
    ) and not any(isinstance(part, bool) for part in parts)


def _viewable(tensor: Tensor, shape: Any) -> bool | None:
    """Whether the strides allow a shape, decided by what refuses to copy."""
    try:
        tensor.view(_shape(shape))
    except RuntimeError:
        return False
    return True


def _mergeable(tensor: Tensor, first: int, last: int) -> bool:
    """Whether axes lie one behind the other in memory, those of size one left aside."""
    first, last = (axis % max(tensor.dim(), 1) for axis in (first, last))
    axes = [
        (tensor.shape[axis], tensor.stride(axis))
        for axis in range(first, min(last + 1, tensor.dim()))
        if tensor.shape[axis] != 1
    ]
    return all(outer[1] == inner[0] * inner[1] for outer, inner in pairwise(axes))


def _storage(tensor: Tensor) -> Any:
    return tensor.untyped_storage() if tensor.layout is torch.strided else None


def _bytes(tensor: Tensor) -> int:
    return int(tensor.numel() * tensor.element_size())


def _cells(storage: Any) -> Tensor:
    """All bytes of a storage, copied."""
    if storage is None or storage.device.type == "meta":
        return torch.empty(0)
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage).clone()


def _differ(old: Tensor, new: Tensor) -> bool:
    """Whether bytes differ; memory that was taken or given up is none."""
    size = min(len(old), len(new))
    return not torch.equal(old[:size], new[:size])
