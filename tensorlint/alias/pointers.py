"""Addresses of tensors: whether the memory behind one outlives it, and whether somebody is handed it.

An address that is compared, hashed, printed or taken modulo a number only names or measures a tensor. Handing
it over means that it becomes an argument of a call, directly or after arithmetic, or a pointer
(``ctypes.data_as``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tensorlint import ir
from tensorlint.alias.lattice import Allocation, Value, alternatives
from tensorlint.alias.state import State

LOOKS = frozenset(
    "data_ptr ctypes __array_interface__ __cuda_array_interface__ stride strides is_contiguous flags"
    " setflags is_floating_point is_complex".split()
)
ADDRESSES = frozenset({"data_ptr", "ctypes", "__array_interface__", "__cuda_array_interface__"})

_HARMLESS = frozenset(
    "print set hash len id hex str repr format min max sorted bool frozenset isinstance dict".split()
)
_HARMLESS_METHODS = frozenset(
    "add discard get pop setdefault append info debug warning format index count".split()
)
_LEADING = re.compile(r"ld[abc]?", re.IGNORECASE)
_ARITHMETIC = frozenset({"+", "-", "*", "//", "|", "&", "<<", ">>"})


def is_temporary(operand: ir.Operand, value: Value, state: State) -> bool:
    """Whether memory that was made in this expression has no other holder than the expression."""
    if not isinstance(operand, str) or not operand.startswith("%"):
        return False
    made = {leaf.object for leaf, _ in alternatives(value) if isinstance(leaf.object, Allocation)}
    held = {
        leaf.object
        for name, known in state.names.items()
        if not name.startswith("%")
        for leaf, _ in alternatives(known)
    }
    for contents in state.heap.values():
        held.update(leaf.object for inner in contents.values() for leaf, _ in alternatives(inner))
    return bool(made - held)


def are_taken(function: ir.Function) -> bool:
    """Whether a function asks for the address of anything."""
    return any(
        isinstance(instr, (ir.GetAttribute, ir.CallMethod)) and instr.name in ADDRESSES
        for instr in ir.instructions(function)
    )


def handed_over(function: ir.Function, place: ir.Place) -> str:
    """How an address in a temporary gets to somebody: ``call``, ``pointer`` (keeps an array alive), or ''."""
    instructions = [*ir.instructions(function)]
    names = {i.target: i.names for i in instructions if isinstance(i, ir.Reference)}
    pending, seen = [place], {place}
    while pending:
        place = pending.pop()
        for instr in instructions:
            how = _use(instr, place, names)
            if how:
                return how
            for target in _onward(instr, place):
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
    return ""


def _use(instr: ir.Instr, place: ir.Place, names: dict[ir.Place, tuple[str, ...]]) -> str:
    if isinstance(instr, (ir.Call, ir.CallMethod)):
        if isinstance(instr, ir.CallMethod) and instr.receiver == place:
            return "pointer" if instr.name == "data_as" else ""
        if any(argument.value == place for argument in instr.arguments):
            if any(map(_is_leading_dimension, instr.arguments)):
                return ""  # what it is handed over with says how the elements lie
            if isinstance(instr, ir.CallMethod):
                return "" if instr.name in _HARMLESS_METHODS else "call"
            called = names.get(instr.function, ()) if isinstance(instr.function, str) else ()
            return "" if any(name.removeprefix("builtins.") in _HARMLESS for name in called) else "call"
    return ""


def _is_leading_dimension(argument: ir.Argument) -> bool:
    """Whether an argument is named as BLAS and LAPACK name the distance of columns: ``lda``."""
    named = (argument.keyword, argument.value if isinstance(argument.value, str) else None)
    return any(_LEADING.fullmatch(name) is not None for name in named if name is not None)


def _onward(instr: ir.Instr, place: ir.Place) -> Iterator[ir.Place]:
    """Where the address, or what holds it, goes from here."""
    if isinstance(instr, ir.Bind) and instr.source == place:
        yield instr.target
    elif (
        isinstance(instr, ir.GetAttribute)
        and instr.base == place
        and instr.name in ("data", "_as_parameter_")
    ):
        yield instr.target
    elif isinstance(instr, ir.GetItem) and instr.base == place and _is_data(instr.index):
        yield instr.target
    elif isinstance(instr, ir.Unpack) and instr.source == place:
        yield instr.targets[0]
    elif isinstance(instr, ir.Operate) and instr.operator in _ARITHMETIC and place in instr.operands:
        yield instr.target
    elif isinstance(instr, ir.Call) and place in [argument.value for argument in instr.arguments]:
        yield instr.target  # `int(address)`


def _is_data(index: ir.Index) -> bool:
    """``["data"]``, and ``[0]`` of that."""
    return (
        len(index) == 1
        and isinstance(index[0], ir.Pick)
        and (isinstance(index[0].value, ir.Literal) and index[0].value.value in ("data", 0))
    )
