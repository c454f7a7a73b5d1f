"""Decide the predicates of a signature's cases for the arguments at hand: true, false, or undecided."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias import layout
from tensorlint.alias.axes import ZERO
from tensorlint.alias.lattice import (
    PLAIN_TYPE,
    Constant,
    Given,
    Held,
    Value,
    alternatives,
    is_plain,
)
from tensorlint.alias.region import At, Axis, Rest
from tensorlint.knowledge import effects, equations
from tensorlint.knowledge.catalog import Catalog

# Undecided, these are a fact about the data at run time that a message can name; any other undecided
# predicate means that the engine does not know what happens.
ABOUT_AXES = frozenset({"deeper", "atleast"})  # undecided, the result may be a number: nothing that is shared
ABOUT_DATA = frozenset(
    "matches contiguous fortran aligned viewable mergeable on_cpu array unit unmasked path version uniform"
    " as_is regrouped whole".split()
)


@dataclass(frozen=True, slots=True)
class Actual:
    """One argument as it was passed: what is written there, and its value."""

    operand: ir.Operand
    value: Value


Bound = Mapping[str, "Actual | tuple[Actual, ...]"]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the guards of one call are decided against."""

    catalog: Catalog
    bound: Bound
    follow: Callable[[Value, tuple[str, ...]], Value | None]  # what is reached from a value: `self.inplace`
    index: ir.Index | None = None
    # Per selector what it selects, and whether that is basic: certainly, certainly not, unknown.
    index_values: tuple[tuple[Axis, bool | None], ...] = ()
    used_as_array: bool = False  # the result is used as only an array can be
    viewable: Callable[[effects.Atom], bool | None] = lambda atom: None  # whether a view needs no copy
    else_number: bool = False  # where there are too few axes, the result is a number

    def guard(self, guard: effects.Guard) -> bool | None:
        found = [self.atom(atom) for atom in guard.atoms]
        if guard.connective == "and":
            return False if False in found else None if None in found else True
        return True if True in found else None if None in found else False

    def atom(self, atom: effects.Atom) -> bool | None:
        verdict = self._positive(atom)
        return verdict if verdict is None or not atom.negated else not verdict

    def _positive(self, atom: effects.Atom) -> bool | None:
        first = self.value(atom.arguments[0])
        match atom.relation:
            case "":
                return _truth(first)
            case "is none":
                return _is_none(first)
            case "==" | "in":
                return self._compare(atom)
            case "basic":
                return self._basic()
            case "deeper":
                return self._deeper(first)
            case "whole":
                return self._whole()
            case "matches":
                asked = (each for path in atom.arguments[1:] for each in self._asked(path))
                return self._matches(first, list(asked))
            case "contiguous":
                if first is not None and _is_never_contiguous(first):
                    return False  # there always is something to copy
                return layout.is_contiguous(first) if first else None
            case "regrouped":
                return self._says(self.value(atom.arguments[1]), equations.regroups)
            case "reordered":
                return self._says(self.value(atom.arguments[1]), equations.reorders)
            case "unsummed":
                return self._says(self.value(atom.arguments[1]), equations.keeps_axes)
            case "viewable" | "mergeable":
                return self.viewable(atom)
            case "type" | "array":
                return self._type(atom, first)
            case "scalar":
                return None if first is None or not first.type else is_plain(first)
            case "tuple":
                return (
                    None
                    if first is None or not first.type
                    else first.type in ("builtins.tuple", "builtins.list")
                )
            case "given":
                return self._given(atom.arguments[0].root)
            case "atleast":
                return self._atleast(first, atom)
        return None

    def value(self, path: effects.Path) -> Value | None:
        """The value of a parameter; ``None`` for an absent one or several."""
        found = self.bound.get(path.root)
        if isinstance(found, tuple):
            found = found[0] if len(found) == 1 else None
        if found is None:
            return None
        return self.follow(found.value, path.steps) if path.steps else found.value

    def _asked(self, path: effects.Path) -> list[Value | None]:
        """A literal, or the value of a parameter: of a starred one, of each of its arguments."""
        if path.literal:
            return [Value(Constant(effects.literal(path), "str"))]
        found = self.bound.get(path.root)
        return [each.value for each in found] if isinstance(found, tuple) else [self.value(path)]

    def _given(self, name: str) -> bool:
        """Whether anything but ``None`` was passed; for a starred parameter: at all."""
        found = self.bound.get(name, ())
        return any(not _absent(actual.value) for actual in (found if isinstance(found, tuple) else (found,)))

    def _matches(self, value: Value | None, asked: list[Value | None]) -> bool | None:
        """Whether a tensor already is as asked: nothing was asked for, or certainly another dtype."""
        if asked and all(_absent(each) or _is_dtype_of(value, each) for each in asked):
            return True
        wanted = {trait for each in asked if each is not None and (trait := dtype_trait(each))}
        if value is None or not wanted:
            return None
        if FRACTIONS in value.traits and all(INTEGER.match(trait) for trait in wanted):
            return False
        known = {trait for trait in value.traits if trait.startswith(DTYPE)}
        excluded = {NOT + trait for trait in wanted} <= value.traits
        return False if excluded or (known and not wanted & known) else None

    def _compare(self, atom: effects.Atom) -> bool | None:
        left, right = atom.arguments
        values = []
        for path in (left, right):
            if path.literal:
                values.append(effects.literal(path))
                continue
            value = self.value(path)
            if value is None or not isinstance(value.object, Constant):
                return None
            values.append(value.object.value)
        if atom.relation == "==":
            return bool(values[0] == values[1])
        return values[0] in values[1] if isinstance(values[1], (str, tuple)) else None

    def _basic(self) -> bool | None:
        if self.index is None:
            return None
        verdicts = [plain for _, plain in self.index_values]
        return False if False in verdicts else None if None in verdicts else True

    def _whole(self) -> bool | None:
        """Whether the index selects everything as it is; what is cut off at the end may be nothing."""
        if self.index is None:
            return None
        verdicts = [_takes_all(axis, plain) for axis, plain in self.index_values]
        return False if False in verdicts else None if None in verdicts else True

    def _deeper(self, base: Value | None) -> bool | None:
        if self.index is None or base is None:
            return None
        if any(isinstance(s, ir.Cut) or _is_marker(s) for s in self.index):
            return True
        if base.rank is not None:
            return base.rank > len(self.index)
        return True if self.used_as_array else None

    def _type(self, atom: effects.Atom, value: Value | None) -> bool | None:
        if value is None:
            return None
        if isinstance(value.object, Constant) or dtype_trait(value):
            return False
        kinds = {leaf.type for leaf, _ in alternatives(value)}
        if "" in kinds:
            return None
        if atom.relation == "array":
            if any(map(self.catalog.lends, kinds)):
                return None
            # What cannot be written is lent to others as read-only memory, or copied.
            if any(self.catalog.is_tensor(kind) and not self.catalog.is_writable(kind) for kind in kinds):
                return None
            found = {self.catalog.is_tensor(kind) for kind in kinds}
        else:
            wanted = str(effects.literal(atom.arguments[1]))
            if any((kind in OF_A_BACKEND) != (wanted in OF_A_BACKEND) for kind in kinds if self._backs(kind)):
                return None
            found = {self.catalog.is_kind_of(kind, wanted) for kind in kinds}
        return found.pop() if len(found) == 1 else None

    def _backs(self, kind: str) -> bool:
        """Whether values of a class may be what Keras takes and gives."""
        return self.catalog.is_tensor(kind) and not self.catalog.is_kind_of(kind, "keras.Variable")

    def _says(self, pattern: Value | None, asked: Callable[[str], bool | None]) -> bool | None:
        """What a pattern says that is written out."""
        text = pattern.object.value if pattern is not None and isinstance(pattern.object, Constant) else None
        return asked(text) if isinstance(text, str) else None

    def _atleast(self, value: Value | None, atom: effects.Atom) -> bool | None:
        if value is not None and value.rank is not None:
            return value.rank >= int(str(atom.arguments[1]))
        return True if self.used_as_array and self.else_number else None


# What Keras takes and gives is a tensor of TensorFlow, PyTorch, JAX or NumPy: no telling of which.
OF_A_BACKEND = frozenset({"keras.KerasTensor", "keras.Value"})
DTYPE = "dtype "
NOT = "not "  # before a dtype: a branch that was taken rules it out
FRACTIONS = "fractions"  # trait of what a true division gave: whatever its dtype, no integers
SELECTING = "selecting"  # trait of what `~` or a comparison gave: as an index, it picks a copy
INTEGER = re.compile(rf"{DTYPE}(?:u?int|bool)")
DTYPES = frozenset(
    f"{DTYPE}{name}"
    for name in "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64"
    " complex64 complex128".split()
)
SAME_DTYPE = {"float": "float64", "double": "float64", "half": "float16", "long": "int64", "int": "int64"}


def dtype_trait(value: Value) -> str:
    """The trait that a dtype argument gives: ``np.uint8``, ``torch.float``, ``"float32"``; or empty."""
    if isinstance(value.object, Given) and value.object.kind == "global":
        return named_dtype(value.object.name) if "|" not in value.object.name else ""
    if isinstance(value.object, Constant) and isinstance(value.object.value, str):
        return named_dtype(value.object.value)
    return ""


def named_dtype(qualified: str) -> str:
    """The trait of a dtype by its name, with the library or without; or empty."""
    library, _, name = qualified.rpartition(".")
    if library == "torch" and name in ("float", "int"):
        name += "32"
    name = SAME_DTYPE.get(name, name)
    return DTYPE + name if re.fullmatch(r"(u?int|float|complex|bfloat)\d+|bool", name) else ""


def with_dtype(value: Value, names: tuple[str, ...], holds: bool) -> Value:
    """A tensor where its dtype is known to be one of some, or none of them."""
    named = {named_dtype(name) for name in names}
    if "" in named:
        return value
    told = {NOT + trait for trait in (DTYPES - named if holds else named)}
    return replace(value, traits=value.traits | told)


def _takes_all(axis: Axis, plain: bool | None) -> bool | None:
    """Whether a selector takes every position in order; an integer or ``None`` changes the axes."""
    if isinstance(axis, Rest):
        return True
    if isinstance(axis, At):
        return False if plain else None
    if (isinstance(axis.lower, int) and axis.lower > 0) or (isinstance(axis.step, int) and axis.step != 1):
        return False
    return True if axis.lower in (None, 0) and axis.upper is None and axis.step in (None, 1) else None


def _is_marker(selector: ir.Selector) -> bool:
    """``...``, ``None`` or a field's name in an index: it takes no axis away."""
    return (
        isinstance(selector, ir.Pick)
        and isinstance(selector.value, ir.Literal)
        and (
            selector.value.value is None
            or selector.value.value is Ellipsis
            or isinstance(selector.value.value, str)
        )
    )


def dtype_of(tensor: Value) -> Value:
    """The dtype of a tensor as it has it itself: a word, no memory. A view may be of another one."""
    views = "".join(f"@{step.kind}{step.site}{'-' * step.old}" for step in tensor.path if step.is_view)
    return Value(Held(tensor.object, f".dtype{views}"), type=PLAIN_TYPE)


def _is_dtype_of(tensor: Value | None, asked: Value | None) -> bool:
    """Whether a tensor's own dtype is asked for: ``x.astype(x.dtype, copy=False)``."""
    return tensor is not None and asked is not None and asked.object == dtype_of(tensor).object


def _absent(value: Value | None) -> bool:
    return value is None or (isinstance(value.object, Constant) and value.object.value is None)


def _is_none(value: Value | None) -> bool | None:
    if value is None or _absent(value):
        return True
    return False if value.type else None


def _truth(value: Value | None) -> bool | None:
    if value is None:
        return False
    if isinstance(value.object, Constant):
        return bool(value.object.value)
    return True if value.type and not is_plain(value) else None


def _is_never_contiguous(value: Value) -> bool:
    """Whether an axis that certainly is longer than one repeats a cell, or runs backwards in memory.

    What was expanded need not have grown, and what was handed in may run backwards itself.
    """
    strides = [
        axis.stride for axis in value.layout.axes or () if axis.stride and axis.size.number not in (None, 1)
    ]
    known = not value.layout.assumed
    return any(stride == ZERO or (known and stride.factor < 0) for stride in strides)
