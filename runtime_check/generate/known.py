"""The calls that the knowledge tables describe, as forms: tried out once, so that programs with them run.

An entry is a form when a few arguments make it work on every kind of input that programs run on. What its
result is like is found by looking, so that it does not rest on what the table says; the table only says which
calls do nothing but compute or write tensors.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from tensorlint.knowledge.catalog import Catalog, Entry
from tensorlint.knowledge.effects import ElementsWritten

from .dialects import DIALECTS
from .forms import Dialect, Dim, Kind, Shape
from .inputs import LAYOUTS, tensor

LARGE = 100_000
HUGE = 1_000_000_000  # of what was written before; a thousand more is still another number
WRITTEN = 7799
TURNS = 3
RANKS: Mapping[int, Shape] = {
    1: (Dim("H", 4),),
    2: (Dim("H", 4), Dim("W", 4)),
    3: (Dim("3", 3), Dim("H", 4), Dim("W", 4)),
}
SIDES = ("H", "W")
ARGUMENTS = (
    "",
    "{b}",
    "2",
    "0",
    "1",
    "0.5",
    "0, 1",
    "1, 0",
    "0, 0",
    "-1",
    "2, 0",
    "0, 0, 2",
    "(-1,)",
    "[0, 1]",
    "{a}.shape",
    "{b}, {b}",
    "{a} > 2",
    "{a} > 2, 5",
    "0, {b}",
)
# What is found in memory that nobody wrote, what other threads or handles are needed for, what ends badly;
# the imaginary part, which of real numbers is an array of its own: nobody asks for it; what makes of zeros
# what is no number, and stays so whatever is added.
UNFIT = (
    *("as_strided", "cuda", "empty", "imag", "memory", "_philox", "pin_", "quant", "record_stream", "resize"),
    *("rfft", "set_", "share", "sparse", "divide.", "mod.", "remainder."),
)
_CATALOG = Catalog()


class Call(NamedTuple):
    """A form of a table's entry. ``gives``: ``tensor``, ``several``, ``other`` (no more use), ``nothing``.

    ``kind`` says of which kind the tensor is; several are of the library's.
    """

    entry: str
    text: str
    rank: int
    gives: str
    kind: str = ""
    results: tuple[Shape, ...] = ()

    def shapes(self, actual: Shape) -> list[Shape] | None:
        """The shapes of the results for a tensor of that shape; None for one that it was not tried with."""
        names = RANKS[self.rank]
        if len(actual) != self.rank or any(
            real.least < 4 if name.label in SIDES else real != name
            for name, real in zip(names, actual, strict=True)
        ):
            return None
        known = {name.label: real for name, real in zip(names, actual, strict=True) if name.label in SIDES}
        return [tuple(known.get(dim.label, dim) for dim in shape) for shape in self.results]


@cache
def entries(name: str) -> tuple[Entry, ...]:
    """The entries that a library's programs can spell, whether or not they work on its tensors."""
    dialect = DIALECTS[name]
    known = (entry for table in dialect.tables for entry in _CATALOG.entries(table))
    return tuple(entry for entry in known if any(_spellings(entry, dialect)))


@cache
def calls(name: str, entry: Entry, kind: str, rank: int) -> tuple[Call, ...]:
    """The calls of an entry that work on values of a kind with so many axes. Imports the library."""
    trial = _trial(name, kind)
    texts = (text for spelling in _spellings(entry, DIALECTS[name]) for text in _texts(entry, spelling))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tried = (trial.call(entry, text, rank) for text in texts)
        return tuple(islice((call for call in tried if call is not None), DIALECTS[name].most_forms))


@cache
def _trial(name: str, kind: str) -> _Trial:
    dialect, scope = DIALECTS[name], _scope(name)
    types = {eval(each.type, scope): each.word for each in dialect.kinds}
    given = next(each for each in dialect.kinds if each.word == kind)
    return _Trial(scope, types, {rank: _inputs(dialect, given, rank) for rank in RANKS})


@cache
def _scope(name: str) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(DIALECTS[name].prelude, scope)
    return scope


def _spellings(entry: Entry, dialect: Dialect) -> Iterator[str]:
    """How a program writes the entry's name; none for one that it cannot use."""
    signature = entry.signature
    first = signature.parameters[0].name if signature.parameters else ""
    writes = [write for case in signature.cases for write in case.writes]
    own = all(isinstance(write, ElementsWritten) and write.path.root in (first, "out") for write in writes)
    fit = (signature.is_pure or signature.construct == "property" or writes) and own and first
    last = entry.name.rpartition(".")[2]
    if (
        not fit
        or signature.construct == "class"
        or last.startswith("_")
        or any(w in entry.name for w in UNFIT)
    ):
        return
    owner = entry.name.rpartition(".")[0]
    for prefix, spelling in dialect.prefixes:
        if entry.name.startswith(prefix) and (spelling.startswith("{a}") or not _CATALOG.is_class(owner)):
            yield spelling + entry.name.removeprefix(prefix)


def _texts(entry: Entry, spelling: str) -> Iterator[str]:
    if entry.signature.construct == "property":
        yield spelling
        return
    for arguments in ARGUMENTS:
        if spelling.startswith("{a}"):
            yield f"{spelling}({arguments})"
        else:
            yield f"{spelling}({', '.join(filter(None, ('{a}', arguments)))})"
    if not spelling.startswith("{a}"):
        yield f"{spelling}([{{a}}, {{b}}])"
        yield f"{spelling}(({{a}}, {{b}}))"


class _Input(NamedTuple):
    """Values of the same shape for ``a`` and ``b``, and the sizes that labels stand for in it."""

    make: Callable[[], Any]
    sizes: Mapping[str, int]
    most: int = LARGE  # what results may be, so that adding to them changes them


def _inputs(dialect: Dialect, kind: Kind, rank: int) -> Sequence[_Input]:
    """The least and the other sizes, then other layouts and dtypes, then what statements write."""
    scope = _scope(dialect.library)

    def made(text: str, value: Any) -> Any:
        return eval(text.format(a="a"), {**scope, "a": value})

    def plain(rows: int, columns: int, layout: str, dtype: str) -> Any:
        shape = ((rows,), (rows, columns), (3, rows, columns))[rank - 1]
        return tensor(dialect.library, shape, layout, dtype)

    def written(times: int) -> Any:
        return made(kind.made, made(dialect.copy, plain(*found[0]) * times + WRITTEN))

    found = []
    for rows, columns in ((4, 6), (6, 4), (4, 4), (6, 6)):
        found.append((rows, columns, "row-major", "default"))
    found += [(4, 6, layout, "default") for layout in LAYOUTS[1:]]
    found += [(4, 6, "row-major", "other"), (4, 6, "row-major", "integer")]
    inputs = [
        _Input(lambda each=each: made(kind.made, plain(*each)), {"H": each[0], "W": each[1]})  # type: ignore[misc]
        for each in found
    ]
    sizes = inputs[0].sizes
    return [*inputs, _Input(lambda: written(0), sizes, HUGE), _Input(lambda: written(1), sizes, HUGE)]


class _Trial(NamedTuple):
    scope: dict[str, Any]
    kinds: Mapping[type[Any], str]
    inputs: Mapping[int, Sequence[_Input]]

    def call(self, entry: Entry, text: str, rank: int) -> Call | None:
        """The form, when it works on all inputs."""
        code = compile(text.format(a="a", b="b"), "<form>", "eval")
        results = []
        for each in self.inputs[rank]:
            a, b = each.make(), each.make()
            try:
                results.append(eval(code, {**self.scope, "a": a, "b": b}))
                for _ in range(TURNS if any(case.writes for case in entry.signature.cases) else 0):
                    eval(code, {**self.scope, "a": a, "b": b})  # as a loop does
            except Exception:
                return None
            if results[-1] is NotImplemented:
                return None
            if not _is_moderate(a, each.most):
                return None  # what was written to it would hide what is written later
        outcomes = {
            self._given(result, each.make(), each.most)
            for result, each in zip(results, self.inputs[rank], strict=True)
        }
        gives, kind = outcomes.pop() if len(outcomes) == 1 else ("other", "")
        if gives == "tensor":
            results = [[result] for result in results]
        if gives in ("tensor", "several") and len({len(result) for result in results}) == 1:
            sizes = [each.sizes for each in self.inputs[rank]]
            shapes = [
                _shape([tuple(part.shape) for part in parts], sizes) for parts in zip(*results, strict=True)
            ]
            known = tuple(shape for shape in shapes if shape is not None)
            if len(known) == len(shapes):
                return Call(entry.name, text, rank, gives, kind, known)
        return Call(entry.name, text, rank, "nothing" if gives == "nothing" else "other")

    def _given(self, result: Any, first: Any, most: int) -> tuple[str, str]:
        """What a call gave, and of which kind."""
        if result is None:
            return "nothing", ""
        for known, word in self.kinds.items():
            if isinstance(result, known):
                usable = _is_number(result) and _is_number(first) and len(result.shape) in RANKS
                usable = usable and _is_moderate(result, most)
                return ("tensor", word) if usable else ("other", "")
        if isinstance(result, (list, tuple)) and result:
            tensors = all(self._given(each, first, most) == ("tensor", "") for each in result)
            return ("several" if tensors else "other"), ""
        return "other", ""


def _is_moderate(value: Any, most: int) -> bool:
    """Whether adding to the elements changes them: they are finite and not large."""
    np = importlib.import_module("numpy")
    return bool(np.asarray(abs(value) < most).all()) if _is_number(value) else True


def _is_number(value: Any) -> bool:
    """Whether the elements are real numbers of a usual size."""
    name = getattr(value.dtype, "name", str(value.dtype))
    return name.rpartition(".")[2] in ("float64", "float32", "int64", "int32")


def _shape(shapes: Sequence[tuple[int, ...]], sizes: Sequence[Mapping[str, int]]) -> Shape | None:
    """The symbolic shape that all inputs agree on; None where the sizes are none of those that are known."""
    if len({len(shape) for shape in shapes}) != 1:
        return None
    found = []
    for axis in range(len(shapes[0])):
        lengths = [shape[axis] for shape in shapes]
        if len(set(lengths)) == 1:
            found.append(Dim(str(lengths[0]), lengths[0]))
            continue
        label = next((n for n in SIDES if [each[n] for each in sizes] == lengths), None)
        if label is None:
            return None
        found.append(Dim(label, 4))
    return tuple(found)
