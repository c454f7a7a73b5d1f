"""Arguments to try NumPy's functions with: a battery of layouts, and values for other parameters by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from runtime_check.audit.numpy_calls import CALLS
from runtime_check.audit.numpy_values import FIRST, FORCED, LISTS, NEEDED, VARIED, Array, values
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Param, Signature


def _square() -> Array:
    return np.array([[4.0, 1, 0.5, 2], [-1, 5, 2, 1.5], [0.25, 1, 6, -2], [3, 2, 1, 7]])


def _read_only() -> Array:
    square = _square()
    square.flags.writeable = False
    return square


# Arrays that differ in layout, type and number of axes; each is made anew for every call.
BATTERY: Mapping[str, Callable[[], Array]] = {
    "contiguous": _square,
    "fortran": lambda: np.asfortranarray(_square()),
    "transposed": lambda: np.arange(8.0)[::-1].reshape(2, 4).copy().T,
    "strided": lambda: (np.arange(128.0)[::-1].reshape(8, 16) % 13 + 1)[::2, ::4],
    "reversed": lambda: _square()[::-1],
    "broadcast": lambda: np.broadcast_to(np.array([3.0, 1, 2, 5]), (4, 4)),
    "read-only": _read_only,
    "float32": lambda: _square().astype(np.float32),
    "integers": lambda: np.array([[7, 3, 1, 2], [5, 9, 2, 2], [1, 0, 8, 6], [4, 4, 3, 11]]),
    "complex": lambda: _square() + 1j * _square()[::-1],
    "boolean": lambda: _square() > 1,
    "one axis": lambda: np.array([5.0, 3, 1, 2, 4, 0.5]),
    "one axis, strided": lambda: np.array([5.0, 3, 1, 2, 4, 0.5, 7, 8])[::2],
    "three axes": lambda: np.arange(32.0)[::-1].reshape(2, 4, 4).copy(),
    "an axis of one": lambda: np.array([[3.0, 1, 2, 4]]),
    "no axes": lambda: np.array(2.5),
    "unit interval": lambda: np.array([0.5, 0.25, 0.75, 0.125]),
    "nothing": lambda: np.zeros((0, 4)),
    "not numbers": lambda: np.array([np.nan, 1.0, np.inf, 0.0]),
    "bytes": lambda: np.array([3, 1, 0, 2], dtype=np.uint8),
    "an integer": lambda: np.array(3),
    "dates": lambda: np.array(["2020-01-02", "2020-01-01", "NaT"], dtype="M8[D]"),
    "records": lambda: np.array([(1.0, 2), (3.0, 4)], dtype=[("a", float), ("b", int)]),
}
TEXT: Mapping[str, Callable[[], Array]] = {
    "words": lambda: np.array([["b a", "1"], ["Ab", " c "]]),
    "bytes": lambda: np.array([b"b a", b"1", b" c "]),
    "one word": lambda: np.array("word"),
}


def _masked(x: Array) -> list[Array]:
    """An array without a mask, with a mask of nothing, with one element masked; all over its memory."""
    first = np.zeros(np.shape(x), dtype=bool)
    first.flat[:1] = True
    return [
        np.ma.masked_array(x),
        np.ma.masked_array(x, mask=first & False),
        np.ma.masked_array(x, mask=first),
    ]


# What a method is called on: made of an array of the battery, or of nothing.
RECEIVERS: Mapping[str, Callable[[Array], Sequence[Any]]] = {
    "numpy.flatiter": lambda x: [x.flat],
    "numpy.nditer": lambda x: [np.nditer(x), np.nditer(x, ["multi_index"]), np.nditer(x, ["c_index"])],
    "numpy.matrix": lambda x: [np.matrix(x, copy=False)],
    "numpy.recarray": lambda x: [x.view(np.recarray)],
    "numpy.poly1d": lambda x: [np.poly1d(x)],
    "numpy.polynomial.Polynomial": lambda x: [np.polynomial.Polynomial(x)],
    "numpy.lib.Arrayterator": lambda x: [np.lib.Arrayterator(x, 2)] if x.ndim else [],
    "numpy.ma.MaskedArray": _masked,
}
APART: Mapping[str, Callable[[], Any]] = {
    "numpy.random.Generator": lambda: np.random.default_rng(0),
    "numpy.random.RandomState": lambda: np.random.RandomState(0),
}


def calls(entry: Entry) -> Iterator[Callable[[], dict[str, Any]]]:
    """The arguments, by parameter, of every call that is tried; each makes its own anew."""
    if entry.name in CALLS:
        yield from CALLS[entry.name]
        return
    signature = entry.signature
    owner = entry.name.rpartition(".")[0]
    skipped = 1 if owner in APART else 0
    if len(signature.parameters) == skipped:
        yield lambda: _received(owner, {})
        return
    first = signature.parameters[skipped]
    for probe in _probes(entry, first):
        for start, x in enumerate(starts(entry, first, probe)):
            for number, _ in enumerate(choices(signature, skipped + 1, x, entry.name)):

                def make(probe: str = probe, start: int = start, number: int = number) -> dict[str, Any]:
                    x = starts(entry, first, probe)[start]
                    chosen = choices(signature, skipped + 1, x, entry.name)
                    return _received(owner, {first.name: x, **next(islice(chosen, number, None))})

                yield make


def _received(owner: str, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments, with the object of nothing that a method is called on."""
    return {"self": APART[owner](), **given} if owner in APART else given


def _probes(entry: Entry, first: Param) -> Iterator[str]:
    """The arrays of the battery that make a difference to an entry."""
    if entry.name in FIRST or first.name in FIRST:
        yield "contiguous"  # what it is called with is something else
    elif _of_text(entry):
        yield from TEXT
    else:
        for probe in BATTERY:
            # On what is not a number, the library below prints complaints of its own.
            if probe != "not numbers" or not (".linalg." in entry.name or "fit" in entry.name):
                yield probe


def _of_text(entry: Entry) -> bool:
    return entry.name.startswith(("numpy.char.", "numpy.strings."))


def starts(entry: Entry, first: Param, probe: str) -> list[Any]:
    """What the first parameter is given: an array of the battery, or what its name asks for."""
    found = FIRST.get(entry.name, FIRST.get(first.name))
    if found is not None:
        return list(found)
    x = TEXT[probe]() if probe in TEXT and _of_text(entry) else BATTERY[probe]()
    owner = entry.name.rpartition(".")[0]
    if owner in RECEIVERS and first.name == "self":
        return _receivers(owner, x)
    kinds = [x, *_masked(x)] if entry.name.startswith("numpy.ma.") else [x]
    if first.kind == "*":
        return [*([each] for each in kinds), [x, np.array(x)], []]
    if first.name in LISTS:
        return [[each, np.array(x)] for each in kinds]
    if not _asks_for_array(entry.signature, first.name):
        return kinds
    kind = getattr(np, entry.name.rpartition(".")[2], None)
    is_number = isinstance(kind, type) and issubclass(kind, np.generic)
    return [*kinds, x.tolist(), *([np.zeros(2, kind)] if is_number else [])]


def _receivers(owner: str, x: Array) -> list[Any]:
    try:
        return list(RECEIVERS[owner](x))
    except (TypeError, ValueError):
        return []  # such an array makes no such object


def _asks_for_array(signature: Signature, name: str) -> bool:
    """Whether a case depends on a parameter's being an array already."""
    atoms = [atom for case in signature.cases if case.guard is not None for atom in case.guard.atoms]
    return any(atom.relation == "array" and atom.arguments[0].root == name for atom in atoms)


def interesting(signature: Signature) -> set[str]:
    """The parameters on which a guard depends."""
    return {
        path.root
        for case in signature.cases
        if case.guard is not None
        for atom in case.guard.atoms
        for path in atom.arguments
        if path.root
    }


def optional(param: Param) -> bool:
    return bool(param.default) or param.kind in ("*", "**")


def choices(signature: Signature, skip: int, x: Array, entry: str) -> Iterator[dict[str, Any]]:
    """Arguments after the first ``skip``: all combinations of values of those needed or deciding a guard."""
    names = interesting(signature)
    found: list[dict[str, Any]] = [{}]
    for param in signature.parameters[skip:]:
        if param.kind == "**" or param.name in ("out", "out1", "out2"):
            continue
        forced = (entry, param.name) in FORCED or (entry.rpartition(".")[2], param.name) in FORCED
        if optional(param) and not forced and param.name not in names and param.kind != "*":
            continue
        tried = list(values(param.name, x, entry))
        if optional(param) and (param.kind != "*" or param.name not in NEEDED):
            found = [{**known, **more} for known in found for more in ({}, *({param.name: v} for v in tried))]
        elif tried:
            found = [{**known, param.name: v} for known in found for v in tried]
    yield from found
    for param in signature.parameters[skip:]:
        if param.name in VARIED and param.name not in names and optional(param) and param.kind != "*":
            yield from ({**found[0], param.name: value} for value in values(param.name, x, entry))
