"""Load the tables and look things up in them. A table is read when a name of its library is first asked for.

A table is a TOML file: ``tensor`` names the type of its tensors, ``[types]`` maps a class to the class whose
methods it inherits, ``[aliases]`` maps other spellings of a name, ``[prefixes]`` other spellings of a module
(``"tensorflow.keras." = "keras."``), ``[telling]`` lists for a class the members that tell it from other
objects, and every other section is one entry::

    ["numpy.asarray"]
    effect = "(a, dtype=None, *, copy=None) -> new if copy | a if matches(a) | new"
    source = "<documentation page>"

    [[group]]                     # many names, one effect
    effect = "(x, /, out=None) -> out, out! if out | new(like(x))"
    names = ["numpy.exp", "numpy.log"]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType

from tensorlint.knowledge.effects import EffectError, Signature, Typed
from tensorlint.knowledge.grammar import parse
from tensorlint.toml import tomllib

NUMPY = (
    "numpy.toml",
    "numpy_views.toml",
    "numpy_ufunc.toml",
    "numpy_math.toml",
    "numpy_random.toml",
    "numpy_array.toml",
    "numpy_objects.toml",
    "numpy_masked.toml",
    "numpy_masked_math.toml",
    "numpy_text.toml",
    "numpy_polynomial.toml",
)
TORCH = (
    "torch.toml",
    "torch_views.toml",
    "torch_math.toml",
    "torch_nn.toml",
    "torch_functional.toml",
    "torch_schemas.toml",
)
TENSORFLOW = (
    "tensorflow.toml",
    "tensorflow_variable.toml",
    "tensorflow_math.toml",
    "tensorflow_nn.toml",
    "tensorflow_objects.toml",
    "tensorflow_parts.toml",
)
KERAS = ("keras.toml", "keras_layers.toml", "keras_training.toml", "keras_ops.toml")
JAX = ("jax.toml", "jax_array.toml", "jax_numpy.toml", "jax_lax.toml")
PYTHON = ("python.toml",)
# Modules of the standard library that the table speaks of.
STANDARD = tuple(
    "builtins copy itertools collections random functools operator heapq queue dataclasses pickle weakref"
    " array mmap multiprocessing ctypes math io socket".split()
)
# Methods of files and sockets that no other objects have, whatever class those are of.
FILLING = {
    "readinto": "io.BytesIO",
    "readinto1": "io.BytesIO",
    "recv_into": "socket.SocketType",
    "recvfrom_into": "socket.SocketType",
}
# Libraries whose arrays are those of others; their tables are read where a file imports them.
NEIGHBOURS = {
    name: (f"{name.lower()}.toml",) for name in ("scipy", "cv2", "PIL", "pandas", "einops", "numba")
}
TABLES = {
    **NEIGHBOURS,
    "numpy": NUMPY,
    "torch": TORCH,
    "triton": TORCH,
    "tensorflow": TENSORFLOW,
    "keras": KERAS,
    "jax": JAX,
    "cupy": ("cupy.toml",),
    **dict.fromkeys(STANDARD, PYTHON),
}
MODULES = frozenset({"torch.nn.Module", "tensorflow.Module", "keras.Layer"})
MOST_SPELLINGS = 4  # of one name, one leading to the next
TENSOR_LIBRARIES = ("numpy", "torch", "tensorflow", "keras", "jax")
# Functions and methods that copy what they pick, beside others that give views: nobody writes `copy()` and
# takes what it gives for the original.
PICKING = frozenset(
    "flatten take take_along_dim take_along_axis gather index_select masked_select compress extract".split()
)
# Attributes of layers of Keras that hold a variable, always the same one.
LAYER_VARIABLES = frozenset(
    "kernel bias embeddings gamma beta moving_mean moving_variance recurrent_kernel depthwise_kernel".split()
)
# An array that is NumPy's or PyTorch's, no telling which: a file that imports both may index either.
EITHER = "either.Array"
# What both kinds of arrays have, and what does the same to their memory.
ALIKE = frozenset(
    "T __getitem__ __setitem__ __iadd__ __isub__ __imul__ __itruediv__ __ifloordiv__ __imod__ __ipow__"
    " __iand__ __ior__ __ixor__ __ilshift__ __irshift__ reshape swapaxes shape ndim dtype sum mean std var"
    " prod min max any all argmin argmax cumsum cumprod".split()
)


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


@dataclass(frozen=True)
class Table:
    tensor: str
    entries: Mapping[str, Entry]
    types: Mapping[str, str]
    aliases: Mapping[str, str]
    prefixes: Mapping[str, str]
    telling: Mapping[str, frozenset[str]]

    @cached_property
    def classes(self) -> frozenset[str]:
        """Every class that an entry makes, or that has members."""
        made = {name for name, entry in self.entries.items() if entry.signature.construct == "class"}
        owners = {name.rpartition(".")[0] for name in self.entries}
        cased = {owner for owner in owners if owner.rpartition(".")[2][:1].isupper()}
        return frozenset(made | cased | {self.tensor} | set(self.types))

    def canonical(self, name: str) -> str:
        """The spelling under which the tables know a name; the name itself where they know no other."""
        if name in self.aliases:
            return self.aliases[name]
        for prefix, other in self.prefixes.items():
            if name.startswith(prefix):
                return other + name[len(prefix) :]
        return name


def read_table(text: str, where: str = "<table>") -> Table:
    """Read one table from TOML text. Raises :class:`EffectError` that names ``where``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EffectError(f"{where}: {error}") from error
    tensor = str(data.pop("tensor", ""))
    types = data.pop("types", {})
    aliases = data.pop("aliases", {})
    prefixes = data.pop("prefixes", {})
    telling = {name: frozenset(words.split()) for name, words in data.pop("telling", {}).items()}
    entries: dict[str, Entry] = {}
    for group in data.pop("group", []):
        for name in group["names"]:
            entries[name] = Entry(name, group["effect"], group.get("source", ""), tensor)
    for name, row in data.items():
        if not isinstance(row, dict) or "effect" not in row:
            raise EffectError(f"{where}: [{name!r}] has no effect")
        entries[name] = Entry(name, row["effect"], row.get("source", ""), tensor)
    return Table(
        tensor,
        MappingProxyType(entries),
        MappingProxyType(types),
        MappingProxyType(aliases),
        MappingProxyType(prefixes),
        MappingProxyType(telling),
    )


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
        MappingProxyType({name: other for part in parts for name, other in part.prefixes.items()}),
        MappingProxyType({name: words for part in parts for name, words in part.telling.items()}),
    )


@cache
def _tables_with(own: tuple[Entry, ...]) -> Mapping[str, Table]:
    """The tables of the libraries that users' entries speak of; an entry of theirs takes a built-in one's
    place.
    """
    built_in = Catalog()
    spoken: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    for entry in own:
        name = built_in.canonical(entry.name)
        tensor = built_in.tensor_type(name)
        spoken[name.partition(".")[0]][name] = replace(entry, name=name, tensor=tensor)
    tables: dict[str, Table] = {}
    for library, entries in spoken.items():
        known = built_in.table(library) or read_table("")
        tables[library] = replace(known, entries=MappingProxyType({**known.entries, **entries}))
    return tables


class Catalog:
    """All tables behind one look-up.

    ``local`` maps a class of the linted file to the class it derives from, ``own`` is what the user says of
    libraries.
    """

    def __init__(self, local: Mapping[str, str] = MappingProxyType({}), own: tuple[Entry, ...] = ()) -> None:
        self.local = local
        self.own = own
        self._tables = _tables_with(own) if own else {}
        # The same few names are asked for again and again.
        self._entries: dict[str, Entry | None] = {}
        self._methods: dict[tuple[str, str], Entry | None] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        self._tensors: dict[str, bool] = {}

    def table(self, name: str) -> Table | None:
        library = name.partition(".")[0]
        if library in self._tables:
            return self._tables[library]
        files = TABLES.get(library)
        return _table(files) if files else None

    def canonical(self, name: str) -> str:
        """The one spelling of a qualified name: ``keras.Model`` for ``tensorflow.keras.models.Model``."""
        for _ in range(MOST_SPELLINGS):
            table = self.table(name)
            other = table.canonical(name) if table is not None else name
            if other == name:
                break
            name = other
        return name

    def lookup(self, name: str) -> Entry | None:
        """The entry of a qualified name such as ``numpy.asarray`` or ``torch.Tensor.add_``."""
        if name not in self._entries:
            known = self.canonical(name)
            table = self.table(known)
            self._entries[name] = table.entries.get(known) if table is not None else None
        return self._entries[name]

    def method(self, type_name: str, method: str) -> Entry | None:
        """The entry of a method or property of a type, looked for along its bases."""
        key = type_name, method
        if key not in self._methods:
            found = (self.lookup(f"{base}.{method}") for base in self.bases(type_name))
            own = next((entry for entry in found if entry is not None), None)
            self._methods[key] = self._alike(method) if type_name == EITHER else own
        return self._methods[key]

    def filling(self, method: str) -> Entry | None:
        """The entry of a method by which a file or a socket fills what it is handed: nothing else has it."""
        return self.method(FILLING[method], method) if method in FILLING else None

    def _alike(self, method: str) -> Entry | None:
        """What a member does to an array of either kind; where one kind alone has it, what it does there."""
        known = [self.method(tensor, method) for tensor in ("numpy.ndarray", "torch.Tensor")]
        found = [entry for entry in known if entry is not None]
        if len(found) == 1:
            return found[0]
        return replace(found[0], tensor=EITHER) if found and method in ALIKE else None

    def bases(self, type_name: str) -> tuple[str, ...]:
        """A type and what it inherits from, nearest first."""
        if type_name not in self._bases:
            found: list[str] = []
            base = type_name
            while base and base not in found:
                found.append(base)
                base = self._base(base)
            self._bases[type_name] = tuple(found)
        return self._bases[type_name]

    def _base(self, type_name: str) -> str:
        if type_name in self.local:
            return self.local[type_name]
        table = self.table(type_name)
        if table is None:
            return ""
        other = self.canonical(type_name)
        known = other if other != type_name else table.types.get(type_name, "")
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
        if library == EITHER:
            return EITHER
        table = self.table(library)
        return table.tensor if table else ""

    def is_tensor(self, type_name: str) -> bool:
        if type_name not in self._tensors:
            bases = self.bases(type_name)
            self._tensors[type_name] = any(base == self.tensor_type(base) for base in bases)
        return self._tensors[type_name]

    def lends(self, type_name: str) -> bool:
        """Whether objects that are no arrays may give their own memory as one: a table, a column."""
        return not self.is_tensor(type_name) and self.method(type_name, "__array__") is not None

    def is_module(self, type_name: str) -> bool:
        """Whether objects of a class hold parameters: layers, models."""
        return any(base in MODULES for base in self.bases(type_name))

    def is_writable(self, type_name: str) -> bool:
        """Whether elements of such a tensor can be changed by name: not those of TensorFlow's or JAX's."""
        return self.is_tensor(type_name) and self.method(type_name, "__setitem__") is not None

    def is_variable(self, type_name: str) -> bool:
        """Whether a tensor is written by assigning to it: ``v.assign(...)``."""
        return self.method(type_name, "assign") is not None

    def is_class(self, name: str) -> bool:
        """Whether the tables know a class of that name."""
        table = self.table(name)
        return table is not None and name in table.classes

    def told_by(self, member: str, libraries: Iterable[str]) -> Iterator[str]:
        """The classes of some libraries that a member tells from other objects: ``unsqueeze`` a tensor."""
        for library in libraries:
            table = self.table(library)
            for name, words in table.telling.items() if table is not None else ():
                if member in words:
                    yield name

    def entries(self, library: str) -> Iterator[Entry]:
        table = self.table(library)
        if table is not None:
            yield from table.entries.values()
