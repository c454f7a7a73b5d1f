"""The vocabulary: what a call returns, what it writes, and on what that depends, as one line of text.

::

    signature  = [construct] "(" parameters ")" "->" case { "|" case } { ";" clause }
    construct  = "class" | "property"                  nothing: a plain call
    case       = term { "," write } [ "if" guard ]     the first case whose guard holds is what happens
    term       = "none"                                no result
               | "plain"                               a number, string, shape …; its arguments were read
               | "meta"                                the same, from metadata alone: no element was read
               | "unknown"                             anything
               | "new" [ "(" quality { "," quality } ")" ]     storage that nobody else holds
               | path                                  the very same object
               | sharing "(" path { "," path } ")"     a tensor over (some of) the same elements, see SHARING
               | measure "(" path { "," path } ")"     a number or shape, see MEASURES; no element was read
               | kind "[" term { "," term } "]"        list, tuple, set, iter (dict: "dict[" key ":" term "]")
               | term "as" type                        a dotted class name; else the table's own tensor type
    quality    = word [ "(" path { "," path } ")" ]    see QUALITIES
    path       = name { "." name | "[*]" | "[" number "]" }    a parameter and what is reached from it
    write      = path "!" [ word ]                     elements written (`x!`), perhaps (`x!perhaps`), or only
                                                       metadata (`x!meta`), its shape or strides (`x!axes`)
               | path "<-" term                        `path` now holds a reference to that
    guard      = atom { ("and" | "or") atom }          one kind of connective only
    atom       = [ "not" ] ( path | path "is none" | path "==" literal | literal "in" path
               | word "(" path { "," path } ")" )      see PREDICATES; `version('numpy', '2')`: this or newer
    clause     = word [ text ]                         see CLAUSES; `call` takes a whole signature
    literal    = number | "'" text "'"

Within ``list[part(x)]`` or ``tuple[part(x)]`` the parts are disjoint. A starred parameter stands for each
of its arguments. Guards are predicates, see PREDICATES; one that cannot be decided leaves both cases
possible, and :func:`prose` says in words on what it depends. Every node prints as it was written.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

SHARING = {
    "view": "all elements, strides unknown",
    "part": "some of the elements, along one axis: (x, axis)",
    "row": "the elements at one position along an axis: (x, axis)",
    "some": "some of the elements, no telling which; several such may overlap one another",
    "reshaped": "all elements, the axes split or merged: (x, shape)",
    "merged": "all elements, neighbouring axes made one: (x, first, last)",
    "split": "all elements, one axis made several: (x, axis, sizes)",
    "permuted": "all elements, the axes reordered: (x, axes); no axes: reversed",
    "swapped": "all elements, two axes exchanged: (x, first, second)",
    "turned": "all elements, turned by a number of quarters: (x, quarters, axes)",
    "moved": "all elements, one axis taken elsewhere: (x, source, destination)",
    "squeezed": "all elements, axes of size one dropped: (x, axes)",
    "unsqueezed": "all elements, an axis of size one added: (x, axis)",
    "flipped": "all elements in another direction, a negative stride: (x, axes)",
    "expanded": "some cell stands for many elements, stride zero: (x, sizes)",
    "broadcast": "all elements, in the shape that several tensors have together",
    "windows": "windows that overlap one another: (x, axis, size, step)",
    "overlaid": "elements at new strides, some of which may be one cell: (x, sizes, strides)",
    "strided": "some of the elements, not adjacent",
    "subset": "what basic indexing selects: (x, index)",
    "same_layout": "all elements, the same strides",
    "shallow": "another object over the same elements, with the same attributes",
    "reach": "every tensor that the object holds",
}
# Of which several elements may be one cell: other positions need not be other elements.
OVERLAPPING = frozenset({"expanded", "broadcast", "windows", "overlaid"})
MEASURES = {
    "extents": "the lengths of all axes of (x)",
    "extent": "the length of one axis: (x, axis)",
}
QUALITIES = {
    "blank": "holds nothing yet: zeros or garbage, waiting to be filled",
    "contiguous": "row-major without gaps",
    "backwards": "some axis runs backwards in memory",
    "like": "as many axes as (x), and contiguous if that is",
    "deep": "with copies of all that (x) holds",
    "product": "the matrix product of (x, y)",
    "rank": "as many axes as (shape) has entries",
    "nested": "as many axes as lists are nested in (x), where numbers are written out",
    "ranked": "a fixed number of axes: (number)",
    "integers": "dtype int64 where every number written out in (x) is an integer",
    "weights": "a module that owns parameters or running state",
    "stateless": "a module without parameters or state",
    "holds": "an object that keeps a reference to (x)",
    "grad": "requires grad",
    "filled": "a container filled with references to (x)",
    "doubtful": "perhaps not new: an argument may come back",
}
PREDICATES = {
    "matches": "{0} already has the requested dtype and device",
    "contiguous": "{0} is already contiguous",
    "fortran": "{0} already is in Fortran's order",
    "aligned": "{0} begins at a multiple of 64 bytes",
    "viewable": "the strides of {0} allow it",
    "mergeable": "the strides of {0} allow it",
    "basic": "the index has only integers, slices, None and ...",
    "deeper": "{0} has more axes than the index takes away",
    "whole": "the index selects all of {0}",
    "array": "{0} already is an array",
    "unit": "the axis has size one",
    "unmasked": "no element of {0} is masked",
    "on_cpu": "{0} is on the CPU",
    "grad": "{0} requires grad",
    "type": "{0} is a {1}",
    "regrouped": "the strides of {0} allow it",
    "reordered": "{1} asks for all axes of {0}",
    "unsummed": "{1} sums no axis of {0}",
    "uniform": "all of {0} has one dtype of NumPy's",
    "scalar": "{0} is a number",
    "tuple": "{0} is a tuple or list",
    "given": "{0} is given",
    "atleast": "{0} has at least {1} axes",
    "version": "{0} is version {1} or newer",
    "path": "the function takes the branch that does so",
    "as_is": "the function makes no copy",
    "forward": "no axis of {0} runs backwards in memory",
    "rowwise": "the pixels of {0} lie side by side, one row behind the other",
    "dense": "{0} has no gaps: its axes in some order are contiguous",
    "paired": "{0} ends in two numbers side by side, an even number of elements from the pairs next to it",
    "retypable": "the last axis of {0} is contiguous, or {1} is as long as one of its elements",
}
# What does not hold where an axis runs backwards in memory.
FORWARD = frozenset({"forward", "contiguous", "dense", "rowwise"})
CLAUSES = {
    "call": "what calling the constructed object does: a whole signature",
    "must_use": "a call whose result is thrown away does nothing, whatever the result is",
    "acts": "the call does more than give a result: throwing that away is no mistake",
    "demands": "what has to hold, as a predicate, and what happens otherwise, see FAILURES",
    "measured": "only sizes and types of the arguments are looked at, no element is read",
    "overlap": "what happens where source and target overlap: right, raises or undefined",
    "stretched": "what happens where one cell stands for many elements of the target: written or filled",
    "readonly": "writing to a view that it gives raises; with a predicate: where that holds",
    "copies": "the elements of the named parameter are copied; no reference to it is kept",
    "assigns": "the same as `copies`, each element to its own place: nothing changes where both are one",
    "keeps": "a reference to the named parameter is kept",
    "note": "anything else, for people",
}
FAILURES = {
    "raises": "an exception",
    "aborts": "the process ends, without an exception",
    "misreads": "other elements are read or written, or an exception: it depends on the backend",
}
KINDS = ("list", "tuple", "set", "iter", "dict")
WORDS = ("none", "plain", "meta", "unknown")


class EffectError(ValueError):
    """A line of knowledge that does not follow the grammar; the message says where and what is expected."""


@dataclass(frozen=True, slots=True)
class Path:
    """``self.buffers[*]``: a parameter and what is reached from it. A bare literal has ``root == ""``."""

    root: str
    steps: tuple[str, ...] = ()
    literal: str = ""

    def __str__(self) -> str:
        return self.literal or self.root + "".join(self.steps)


@dataclass(frozen=True, slots=True)
class Word:
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Applied:
    """A word with arguments: a sharing term, a quality or a predicate."""

    word: str
    arguments: tuple[Path, ...]

    def __str__(self) -> str:
        return f"{self.word}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True, slots=True)
class New:
    qualities: tuple[Word | Applied, ...] = ()

    def __str__(self) -> str:
        return f"new({', '.join(map(str, self.qualities))})" if self.qualities else "new"

    def quality(self, word: str) -> tuple[Path, ...] | None:
        """The arguments of a quality, () for a bare one, None where it is absent."""
        for item in self.qualities:
            if isinstance(item, Word) and item.text == word:
                return ()
            if isinstance(item, Applied) and item.word == word:
                return item.arguments
        return None


@dataclass(frozen=True, slots=True)
class Many:
    """A container of terms; a dict's single term stands for its values."""

    kind: str
    terms: tuple[Term, ...]
    key: Path | None = None

    def __str__(self) -> str:
        inner = ", ".join(map(str, self.terms))
        return f"{self.kind}[{self.key}: {inner}]" if self.kind == "dict" else f"{self.kind}[{inner}]"


@dataclass(frozen=True, slots=True)
class Typed:
    term: Term
    type: str

    def __str__(self) -> str:
        return f"{self.term} as {self.type}"


Term = Word | Path | Applied | New | Many | Typed


@dataclass(frozen=True, slots=True)
class ElementsWritten:
    """``path!``: the elements change; ``path!perhaps``: these, or those of a copy; ``path!meta``: only
    flags or type do, ``path!axes``: only shape or strides. ``type`` is the class of what is written, where a
    function of the linted file tells.
    """

    path: Path
    what: str = ""
    type: str = ""

    def __str__(self) -> str:
        return f"{self.path}!{self.what}"

    @property
    def of_elements(self) -> bool:
        return self.what not in ("meta", "axes")


@dataclass(frozen=True, slots=True)
class ReferenceStored:
    """``path <- term``: the container or attribute holds it from now on."""

    path: Path
    term: Term

    def __str__(self) -> str:
        return f"{self.path} <- {self.term}"


@dataclass(frozen=True, slots=True)
class Atom:
    """One predicate; ``relation`` is ``""`` (true), ``"is none"``, ``"=="``, ``"in"`` or in PREDICATES."""

    relation: str
    arguments: tuple[Path, ...]
    negated: bool = False

    def __str__(self) -> str:
        first, *rest = map(str, self.arguments)
        if self.relation == "":
            text = first
        elif self.relation == "is none":
            text = f"{first} is none"
        elif self.relation in ("==", "in"):
            text = f"{first} {self.relation} {rest[0]}"
        else:
            text = f"{self.relation}({', '.join([first, *rest])})"
        return f"not {text}" if self.negated else text


@dataclass(frozen=True, slots=True)
class Guard:
    connective: str  # "and" or "or"
    atoms: tuple[Atom, ...]

    def __str__(self) -> str:
        return f" {self.connective} ".join(map(str, self.atoms))


@dataclass(frozen=True, slots=True)
class Case:
    term: Term
    writes: tuple[ElementsWritten | ReferenceStored, ...] = ()
    guard: Guard | None = None

    def __str__(self) -> str:
        text = ", ".join(map(str, (self.term, *self.writes)))
        return f"{text} if {self.guard}" if self.guard else text


@dataclass(frozen=True, slots=True)
class Param:
    """``kind`` as in :class:`tensorlint.ir.Parameter`; ``default`` is its source text, or empty."""

    name: str
    kind: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    word: str
    text: str = ""
    call: Signature | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, (self.word, str(self.call) if self.call else self.text)))


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known about a callable, a class or a property: the one type of fact that the engine uses."""

    parameters: tuple[Param, ...]
    cases: tuple[Case, ...]
    clauses: tuple[Clause, ...] = ()
    construct: str = ""

    def __str__(self) -> str:
        text = f"({_print_parameters(self.parameters)}) -> {' | '.join(map(str, self.cases))}"
        text = "; ".join([text, *map(str, self.clauses)])
        return f"{self.construct} {text}" if self.construct else text

    def clause(self, word: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.word == word), None)

    @property
    def is_pure(self) -> bool:
        """Whether a call that is not told to write does nothing but give a tensor, or several: a result to
        use.
        """
        if self.clause("must_use") is not None:
            return True
        terms = [case.term for case in self.cases]
        known = [term for term in terms if not (isinstance(term, Word) and term.text == "unknown")]
        pure = bool(known) and all(map(_is_tensor, known)) and not self.cases[-1].writes
        return pure and not self.construct and self.clause("acts") is None


def _is_tensor(term: Term) -> bool:
    if isinstance(term, Typed):
        return _is_tensor(term.term)
    if isinstance(term, Many):
        return all(map(_is_tensor, term.terms))
    return isinstance(term, (New, Path)) or (isinstance(term, Applied) and term.word in SHARING)


def _print_parameters(parameters: tuple[Param, ...]) -> str:
    parts: list[str] = []
    previous = ""
    for param in parameters:
        if previous == "positional" and param.kind != "positional":
            parts.append("/")
        if param.kind == "keyword" and previous not in ("keyword", "*"):
            parts.append("*")
        prefix = param.kind if param.kind in ("*", "**") else ""
        parts.append(f"{prefix}{param.name}" + (f"={param.default}" if param.default else ""))
        previous = param.kind
    if previous == "positional":
        parts.append("/")
    return ", ".join(parts)


def prose(guard: Guard, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A guard in words, for messages and pages: "x already has the requested dtype and device".

    ``names`` maps a signature's parameters to what they are called where the message is read.
    """
    return f" {guard.connective} ".join(_prose(atom, names) for atom in guard.atoms)


def _prose(atom: Atom, named: Mapping[str, str]) -> str:
    names = [path.literal or named.get(path.root, path.root) + "".join(path.steps) for path in atom.arguments]
    if atom.relation in PREDICATES:
        names = [name.strip("'") for name in names]
    if atom.relation == "":
        return f"{names[0]} is {'false' if atom.negated else 'true'}"
    if atom.relation == "is none":
        return f"{names[0]} is {'given' if atom.negated else 'not given'}"
    if atom.relation in ("==", "in"):
        verb = {"==": ("is", "is not"), "in": ("is in", "is not in")}[atom.relation][atom.negated]
        return f"{names[0]} {verb} {names[1]}"
    text = PREDICATES[atom.relation].format(*names, *[""] * 2)
    if not atom.negated:
        return text
    return text.replace(" is ", " is not ", 1) if " is " in text else f"not: {text}"


@cache
def literal(path: Path) -> object:
    """The value of a literal path such as ``'C'`` or ``0``. Raises ValueError for any other path."""
    return ast.literal_eval(path.literal)
