"""Load the tables and look things up in them. A table is read when a name of its library is first asked for.

A table is a TOML file: ``tensor`` names the type of its tensors, ``[types]`` maps a class to the class whose
methods
it inherits, ``[aliases]`` maps other spellings of a name, and every other section is one entry::

    ["numpy.asarray"]
    effect = "(a, dtype=None, *, copy=None) -> new if copy | a if matches(a) | new"
    source = "<documentation page>"

    [[group]]                     # many names, one effect
    effect = "(x, /, out=None) -> out, out! if out | new(like(x))"
    names = ["numpy.exp", "numpy.log"]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from tensorlint.knowledge.effects import EffectError, Signature, Typed
from tensorlint.knowledge.grammar import parse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NUMPY = ("numpy.toml", "numpy_views.toml", "numpy_math.toml", "numpy_random.toml", "numpy_array.toml")
TORCH = ("torch.toml", "torch_views.toml", "torch_math.toml", "torch_nn.toml", "torch_functional.toml")
PYTHON = ("python.toml",)
TABLES = {
    "numpy": NUMPY,
    "torch": TORCH,
    "triton": TORCH,
    "builtins": PYTHON,
    "copy": PYTHON,
    "itertools": PYTHON,
    "collections": PYTHON,
    "random": PYTHON,
    "functools": PYTHON,
    "ctypes": PYTHON,
    "math": PYTHON,
}
TENSOR_LIBRARIES = ("numpy", "torch")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a table."""

    name: str
    effect: str
    source: str
    tensor: str  # the type of this library's tensors

    @property
    def library(self) -> str:
        return self.name.partition(".")[0]

    @property
    def signature(self) -> Signature:
        return _parsed(self.effect)


@cache
def _parsed(effect: str) -> Signature:
    return parse(effect)


@dataclass(frozen=True, slots=True)
class Table:
    tensor: str
    entries: Mapping[str, Entry]
    types: Mapping[str, str]
    aliases: Mapping[str, str]


def read_table(text: str, where: str = "<table>") -> Table:
    """Read one table from TOML text. Raises :class:`EffectError` that names ``where``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EffectError(f"{where}: {error}") from error
    tensor = str(data.pop("tensor", ""))
    types = data.pop("types", {})
    aliases = data.pop("aliases", {})
    entries: dict[str, Entry] = {}
    for group in data.pop("group", []):
        for name in group["names"]:
            entries[name] = Entry(name, group["effect"], group.get("source", ""), tensor)
    for name, row in data.items():
        if not isinstance(row, dict) or "effect" not in row:
            raise EffectError(f"{where}: [{name!r}] has no effect")
        entries[name] = Entry(name, row["effect"], row.get("source", ""), tensor)
    return Table(tensor, MappingProxyType(entries), MappingProxyType(types), MappingProxyType(aliases))


@cache
def _table(files: tuple[str, ...]) -> Table:
    """The files of one library as one table."""
    folder = resources.files(__package__)
    parts = [read_table(folder.joinpath(file).read_text("utf-8"), file) for file in files]
    return Table(
        parts[0].tensor,
        MappingProxyType({name: entry for part in parts for name, entry in part.entries.items()}),
        MappingProxyType({name: base for part in parts for name, base in part.types.items()}),
        MappingProxyType({name: other for part in parts for name, other in part.aliases.items()}),
    )


class Catalog:
    """All tables behind one look-up.

    ``local`` maps a class of the linted file to the class it derives from.
    """

    def __init__(self, local: Mapping[str, str] = MappingProxyType({})) -> None:
        self.local = local

    def table(self, name: str) -> Table | None:
        files = TABLES.get(name.partition(".")[0])
        return _table(files) if files else None

    def lookup(self, name: str) -> Entry | None:
        """The entry of a qualified name such as ``numpy.asarray`` or ``torch.Tensor.add_``."""
        table = self.table(name)
        if table is None:
            return None
        if name in table.aliases:
            return self.lookup(table.aliases[name])
        return table.entries.get(name)

    def method(self, type_name: str, method: str) -> Entry | None:
        """The entry of a method or property of a type, looked for along its bases."""
        for base in self.bases(type_name):
            entry = self.lookup(f"{base}.{method}")
            if entry is not None:
                return entry
        return None

    def bases(self, type_name: str) -> Iterator[str]:
        """A type and what it inherits from, nearest first."""
        seen: set[str] = set()
        while type_name and type_name not in seen:
            seen.add(type_name)
            yield type_name
            type_name = self._base(type_name)

    def _base(self, type_name: str) -> str:
        if type_name in self.local:
            return self.local[type_name]
        table = self.table(type_name)
        if table is None:
            return ""
        known = table.aliases.get(type_name) or table.types.get(type_name, "")
        entry = table.entries.get(type_name)
        if known or entry is None or entry.signature.construct != "class":
            return known
        # A class entry says what its objects are: `new as torch.nn.Module`.
        term = entry.signature.cases[0].term
        return term.type if isinstance(term, Typed) else ""

    def is_kind_of(self, type_name: str, base: str) -> bool:
        return base in self.bases(type_name)

    def tensor_type(self, library: str) -> str:
        """The class of a library's tensors, such as ``numpy.ndarray``; empty for a library without any."""
        table = self.table(library)
        return table.tensor if table else ""

    def is_tensor(self, type_name: str) -> bool:
        return any(base == self.tensor_type(base) for base in self.bases(type_name))

    def entries(self, library: str) -> Iterator[Entry]:
        table = self.table(library)
        if table is not None:
            yield from table.entries.values()
