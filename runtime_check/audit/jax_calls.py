"""Calls to try JAX's entries with: a few arrays, what may follow one in a call, and what a call did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from runtime_check.audit.calling import Decided, bound
from runtime_check.storage import leaves, picture, values_overlap
from tensorlint.knowledge.effects import (
    Applied,
    Atom,
    Case,
    Many,
    New,
    Path,
    Signature,
    Term,
    Typed,
    Word,
)


def aligned(values: Any) -> Any:
    """The values as a NumPy array that begins where XLA would take the memory as it is."""
    values = np.asarray(values)
    raw: Any = np.zeros(values.nbytes + 64, dtype=np.uint8)
    first = -raw.ctypes.data % 64
    array = raw[first : first + values.nbytes].view(values.dtype).reshape(values.shape)
    array[...] = values
    return array


BATTERY: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {
        "matrix": lambda: jnp.arange(1.0, 13).reshape(3, 4) / 13,
        "square": lambda: jnp.eye(3) * 2 + 0.1,
        "vector": lambda: jnp.arange(1.0, 7) / 7,
        "no axes": lambda: jnp.array(0.5, dtype=jnp.float32),
        "integers": lambda: jnp.arange(4, dtype=jnp.int32),
        "boolean": lambda: jnp.arange(4) % 2 == 0,
        "bytes": lambda: jnp.arange(4, dtype=jnp.uint8),
        "images": lambda: jnp.ones((1, 4, 4, 1)),
        "one row": lambda: jnp.ones((1, 4)),
        "NumPy matrix": lambda: aligned(np.arange(1.0, 13, dtype="f4").reshape(3, 4) / 13),
        "NumPy vector": lambda: aligned(np.arange(1.0, 7, dtype="f4") / 7),
        "NumPy integers": lambda: aligned(np.arange(4, dtype="i4")),
    }
)


def following(x: Any) -> Iterator[tuple[Any, ...]]:
    """What may be passed behind ``x``; what leaves nothing to do comes first."""
    zeros, axes = (0,) * x.ndim, tuple(range(x.ndim))
    yield from (
        (x.dtype, False),
        (),
        (x.dtype,),
        (x.shape,),
        (axes,),
        (0, 0),
        (x.ndim,),
        (x.shape, axes),
        (zeros, x.shape),
    )
    yield from ((0, 1), (0, x.shape[0] if x.ndim else 1), (jax.devices()[0],), ((0,),), (0,), (x + 0,))
    yield from ((x + 0, x + 0), (2,), (-1,), (1,), ((-1,),), (0.1, 0.9), (2, 0), (1, 0))
    yield from (((),), ([0], x[:1] if x.ndim else x))
    yield from ((np.array([0, 1]), 2), (zeros, np.ones_like(x)), (np.ones((1,) * x.ndim, x.dtype), zeros))
    yield from ((0.0, 2.0, 0.5), (x[0] if x.ndim else x,), (x + 0, 0), (0, 0, 0), ((2, 2),))
    yield from (([(0, 0, 0)] * x.ndim,), (0.0, [(0, 0, 0)] * x.ndim), (x + 0, (1, 1), "SAME"), ((), (0,)))


@dataclass(frozen=True, slots=True)
class Call(Decided):
    """What one call returned; ``written`` is whether the contents of an argument changed."""

    signature: Signature
    given: Mapping[str, Any]
    result: Any
    written: bool

    def _positive(self, atom: Atom) -> bool | None:
        value, *rest = map(self.value, atom.arguments)
        match atom.relation:
            case "":
                return bool(value) if np.ndim(value) == 0 else None
            case "given":
                return value is not None
            case "type":
                return isinstance(value, jax.Array if rest[0] == "jax.Array" else np.ndarray)
            case "matches":
                return rest[0] is None or (hasattr(value, "dtype") and jnp.dtype(rest[0]) == value.dtype)
            case "contiguous":
                return isinstance(value, np.ndarray) and bool(value.flags.c_contiguous)
            case "tuple":
                return isinstance(value, (tuple, list))
            case "on_cpu":
                return True
        return None

    def value(self, path: Path) -> Any:
        """What a path stands for in this call, the parameter's default where nothing was passed."""
        if path.literal:
            return path.literal.strip("'")
        if path.root in self.given:
            return self.given[path.root]
        default = next(p.default for p in self.signature.parameters if p.name == path.root)
        return {"": (), "None": None, "True": True, "False": False}.get(default, default)

    def agrees(self, case: Case) -> bool:
        """Whether the outcome is what a case says."""
        return not self.written and self._is(case.term, self.result)

    def _is(self, term: Term, result: Any) -> bool:
        if isinstance(term, Typed):
            kinds = {"jax.Array": jax.Array, "numpy.ndarray": np.ndarray}
            known = term.type not in kinds or isinstance(result, kinds[term.type])
            return known and self._is(term.term, result)
        if isinstance(term, Many):
            each = list(result) if hasattr(result, "__iter__") else [None]
            terms = term.terms if len(term.terms) == len(each) else term.terms * len(each)
            return all(map(self._is, terms, each))
        if isinstance(term, Path):
            return result is self.value(term)
        if isinstance(term, Applied):
            return values_overlap(result, self.value(term.arguments[0])) is not False
        if isinstance(term, New):
            return term.quality("doubtful") is not None or self._is_new(term, result)
        if term == Word("none"):
            return result is None
        return term == Word("unknown") or not leaves(result)

    def _is_new(self, term: New, result: Any) -> bool:
        if term.quality("holds") is not None:
            return True
        arrays = leaves(result)
        return bool(arrays) and not values_overlap(list(arrays), list(self.given.values()))


def observe(signature: Signature, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Call | None:
    """Call a function and look at what it did; ``None`` where it does not take these arguments."""
    given = bound(signature, arguments)
    if given is None:
        return None
    before = picture(list(arguments))
    try:
        result = function(*arguments)
    except Exception:  # of many kinds: the function does not take these arguments
        return None
    if result is NotImplemented or isinstance(result, jax.core.Tracer):
        return None
    return Call(signature, given, result, picture(list(arguments)) != before)
