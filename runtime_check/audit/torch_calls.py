"""Calls to try PyTorch's entries with: one battery of layouts, and what may follow a tensor in a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import torch

from runtime_check.audit.calling import Decided, bound, flat
from runtime_check.storage import values_overlap
from tensorlint.knowledge.effects import (
    Applied,
    Atom,
    Case,
    ElementsWritten,
    Many,
    New,
    Path,
    Signature,
    Term,
    Typed,
    Word,
)

Tensor = Any
KINDS = ("bfloat16", "complex32", "complex128", "int8", "int16", "int32", "uint8")
NOT_POSSIBLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)

BATTERY: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {
        "contiguous": lambda: torch.arange(1.0, 13).reshape(3, 4) / 13,
        "negative": lambda: torch.tensor([[-4.0, -1], [-2, -3]]),
        "transposed": lambda: (torch.arange(1.0, 13).reshape(4, 3) / 13).t(),
        "square": lambda: torch.eye(3) * 2 + 0.1,
        "one axis": lambda: torch.arange(1.0, 7) / 7,
        "strided": lambda: (torch.arange(1.0, 13) / 13)[::2],
        "no axes": lambda: torch.tensor(0.5),
        "integers": lambda: torch.arange(12).reshape(3, 4),
        "positions": lambda: torch.arange(4),
        "boolean": lambda: torch.arange(12).reshape(3, 4) % 2 == 0,
        "complex": lambda: torch.arange(12.0).reshape(3, 4) + 1j,
        "double": lambda: torch.arange(1.0, 13, dtype=torch.double).reshape(3, 4) / 13,
        "images": lambda: torch.arange(1.0, 65).reshape(2, 2, 4, 4) / 65,
        "channels last": lambda: (torch.arange(1.0, 65).reshape(2, 2, 4, 4) / 65).to(
            memory_format=torch.channels_last
        ),
        "volumes": lambda: torch.arange(1.0, 65).reshape(1, 1, 4, 4, 4) / 65,
        "matrices": lambda: torch.arange(1.0, 19).reshape(2, 3, 3) / 19,
        "an axis of one": lambda: torch.ones(1, 4),
        "expanded": lambda: torch.ones(1, 4).expand(3, 4),
        "narrow": lambda: torch.arange(1.0, 11).reshape(5, 2) / 11,
        "half": lambda: (torch.arange(1.0, 13).reshape(3, 4) / 13).half(),
    }
)
NOT_NUMBERS: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {"not numbers": lambda: torch.tensor([float("nan"), 1, float("inf")])}
)
TYPES: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {kind: partial(torch.ones, 2, dtype=getattr(torch, kind)) for kind in KINDS}
)
SPARSE: Mapping[str, Callable[[], Tensor]] = MappingProxyType(
    {
        "sparse": lambda: torch.eye(3).to_sparse(),
        "compressed": lambda: torch.eye(3).to_sparse_csr(),
        "compressed columns": lambda: torch.eye(3).to_sparse_csc(),
    }
)


def following(x: Tensor) -> Iterator[tuple[Any, ...]]:
    """What may be passed behind ``x``: numbers, tensors of its shape, indices, shapes, dtypes."""
    if x.layout is not torch.strided:
        yield from ((), (0,), (0, 1))
        return
    same, first = x.clone(), x.clone()[:2] if x.dim() else x.clone()
    half = x.real > 0.5 if x.is_complex() else x > 0.5
    index, indices = torch.zeros(2, dtype=torch.long), torch.zeros_like(x, dtype=torch.long)
    yield from (
        (),
        (same,),
        (2,),
        (0,),
        (1,),
        (0.5,),
        (0, 1),
        (0, 2),
        (-1,),
        (5,),
        (0.2, 0.8),
        (1, 2),
        (0.5, True),
        (0.5, False),
        (torch.float64,),
        (x.dtype,),
    )
    yield from (
        (same, x.clone()),
        (same, x.clone(), x.clone()),
        (0, 0, 1),
        (1, 2, 1),
        (1, 0, 3),
        (2.0, 0, 1.0),
    )
    yield from ((half, 0), (half,), (half, same), (index,), (index, torch.ones(2, dtype=x.dtype)))
    yield from ((0, index), (0, index, first), (0, index, 1.0), (0, index, first, "mean"), (0, indices))
    yield from ((0, indices, same), (0, indices, 1), (0, indices, same, "sum"))
    yield from (((torch.tensor([0]),), torch.ones(1, dtype=x.dtype)), ((torch.tensor([0]),), torch.ones(())))
    yield from (
        (tuple(x.shape),),
        ((-1,),),
        ((2, 2),),
        ([1, 2],),
        ([1, 2], 0),
        ([3, 4], 0),
        ([1, 3], 1),
        (tuple(x.shape), x.stride()),
    )
    yield from (("cpu",), (torch.Tensor,), (1, (2, 2)), (0, (3, 1)))
    if x.dim() > 1:
        yield from ((same.t(),) if x.dim() == 2 else (same,), (same[:, 0],), (same[0], 0), (same[0], 0, 0))
        yield from (
            (torch.diagonal(same),),
            (first, 0, 0, 2),
            (same, same.transpose(0, 1).clone()),
            ((x.shape[-1],),),
        )
        yield from (
            (torch.zeros(x.shape[1]), torch.ones(x.shape[1])),
            (same, torch.zeros(2)),
            (same, None, 2),
        )
    yield from ((lambda value: value + 1,), (same, lambda value, other: value + 1), (0.5, True, True))


def started(signature: Signature, x: Tensor) -> Tensor:
    """What a call begins with: the tensor itself, or several where the first parameter takes them."""
    first = signature.parameters[0]
    return [x, x.clone()] if first.name == "tensors" and first.kind != "*" else x


def fresh(arguments: Any) -> Any:
    """The same arguments, their tensors copied: a call may write to them."""
    if isinstance(arguments, (tuple, list)):
        return type(arguments)(map(fresh, arguments))
    return arguments.clone() if isinstance(arguments, torch.Tensor) else arguments


@dataclass(frozen=True, slots=True)
class Call(Decided):
    """What one call did: its result, and which of its first and its other tensors it wrote."""

    signature: Signature
    given: Mapping[str, Any]
    result: Any
    cells: bool  # bytes of the first tensor's memory differ
    version: bool  # its version counter went on: written, or other metadata
    others: bool  # another argument was written

    def _positive(self, atom: Atom) -> bool | None:
        value = self.value(atom.arguments[0])
        match atom.relation:
            case "given":
                return value is not None and value != ()
            case "is none":
                return value is None
            case "":
                return bool(value)
            case "on_cpu":
                return True
            case "contiguous":
                return bool(value.is_contiguous())
            case "scalar":
                return isinstance(value, (int, float))
            case "atleast":
                return bool(value.dim() >= int(str(atom.arguments[1])))
        return None

    def value(self, path: Path) -> Any:
        """What a path stands for in this call, the parameter's default where nothing was passed."""
        if path.root in self.given:
            return self.given[path.root]
        default = next(p.default for p in self.signature.parameters if p.name == path.root)
        return {"": (), "None": None, "True": True, "False": False}.get(default, default)

    def agrees(self, case: Case) -> bool:
        """Whether the outcome is what a case says."""
        first = self.signature.parameters[0].name
        writes = {w.what for w in case.writes if isinstance(w, ElementsWritten) and w.path.root == first}
        if case.term == Word("unknown"):
            return True
        if self.cells > ("" in writes) or self.version > bool(writes):
            return False
        return self._is(case.term, self.result)

    def _is(self, term: Term, result: Any) -> bool:
        if isinstance(term, Typed):
            return self._is(term.term, result)
        if isinstance(term, Many):
            size = len(result) if isinstance(result, (tuple, list)) else 0
            terms = term.terms if len(term.terms) > 1 else term.terms * size
            return (
                isinstance(result, (tuple, list))
                and all(map(self._is, terms, result))
                and self._parted(term, result)
            )
        if isinstance(term, Path):
            return result is self.value(term)
        if isinstance(term, Applied):
            source = self.value(term.arguments[0])
            if term.word in ("extent", "extents"):
                return not isinstance(result, torch.Tensor)
            sources = source if isinstance(source, tuple) else (source,)
            return not _elements(result) or values_overlap(result, sources) is not False
        if isinstance(term, New):
            return self._is_new(term, result)
        if term.text == "none":
            return result is None
        return term.text == "unknown" or not isinstance(result, torch.Tensor)  # plain, meta

    def _is_new(self, term: New, result: Any) -> bool:
        if not (hasattr(result, "shape") or isinstance(result, torch.Tensor)):
            return False
        if _elements(result) and values_overlap(result, list(self.given.values())):
            return False
        like = term.quality("like")
        if not isinstance(result, torch.Tensor) or result.layout is not torch.strided:
            return True
        if term.quality("contiguous") is not None and not result.is_contiguous():
            return False
        if like:
            source = self.value(like[0])
            if isinstance(source, torch.Tensor) and source.layout is torch.strided:
                return bool(result.shape == source.shape and result.is_contiguous() >= source.is_contiguous())
        return True

    def _parted(self, term: Many, result: Any) -> bool:
        """Within a tuple of parts no two have an element in common."""
        inner = term.terms[0]
        if not isinstance(inner, Applied) or inner.word not in ("part", "row"):
            return True
        source = self.value(inner.arguments[0])
        repeated = 0 in source.stride() if source.layout is torch.strided else True
        return repeated or not any(values_overlap(a, b) for i, a in enumerate(result) for b in result[:i])


def _elements(result: Any) -> bool:
    """Whether there is an element that could be shared."""
    size = result.numel() if isinstance(result, torch.Tensor) else getattr(result, "size", 1)
    return bool(size)


def observe(signature: Signature, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Call | None:
    """Call a function and look at what it did; ``None`` where it does not take these arguments."""
    given = bound(signature, arguments)
    if given is None:
        return None
    tensors = [value for value in flat(arguments) if isinstance(value, torch.Tensor)]
    before = [(_cells(tensor), tensor._version) for tensor in tensors]
    try:
        result = function(*arguments)
    except NOT_POSSIBLE:
        return None
    if result is NotImplemented:
        return None
    result = list(result) if hasattr(result, "__next__") else result
    cells = [_differ(old, _cells(tensor)) for tensor, (old, _) in zip(tensors, before, strict=True)]
    version = [tensor._version != old for tensor, (_, old) in zip(tensors, before, strict=True)]
    return Call(
        signature, given, result, True in cells[:1], True in version[:1], True in cells[1:] + version[1:]
    )


def _differ(old: Tensor, new: Tensor) -> bool:
    """Whether bytes differ; memory that was taken or given up is none."""
    size = min(len(old), len(new))
    return not torch.equal(old[:size], new[:size])


def _cells(tensor: Tensor) -> Tensor:
    """All bytes of a tensor's storage, copied."""
    if tensor.layout is not torch.strided:
        return torch.empty(0)
    return torch.empty(0, dtype=torch.uint8).set_(tensor.untyped_storage()).clone()
