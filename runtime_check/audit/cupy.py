"""CuPy's entries, called on a GPU: nothing of it runs elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cupy as cp
import numpy as np

from runtime_check.audit import by_name
from runtime_check.audit.by_name import ArrayOutcome, Vocabulary
from runtime_check.audit.row import Row, entries_of
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Atom


def grid() -> Any:
    return cp.arange(12.0).reshape(3, 4)


class Outcome(ArrayOutcome):
    """What a call did to arrays of a device; whether strides allow a view is seen by what came back."""

    __slots__ = ()

    def _positive(self, atom: Atom) -> bool | None:
        first = self.value(atom.arguments[0])
        match atom.relation:
            case "array":
                return isinstance(first, cp.ndarray)
            case "basic":
                return not isinstance(first, (list, cp.ndarray))
            case "viewable":
                return True if isinstance(first, cp.ndarray) and first.flags.c_contiguous else None
        return ArrayOutcome._positive(self, atom)


ARRAYS = ("grid()", "grid().T", "grid()[:, ::2]", "grid()[::-1]")
VALUES: Mapping[str, tuple[str, ...]] = {
    "self": ARRAYS,
    "a": (*ARRAYS, "cp.float32(1) * grid()"),
    "array.obj": ("grid()", "grid().T", "np.arange(4.0)", "[1.0, 2.0]"),
    "asarray.a": ("grid()", "grid().T", "np.arange(4.0)", "[1.0, 2.0]"),
    "asanyarray.a": ("grid()", "grid().T", "np.arange(4.0)", "[1.0, 2.0]"),
    "array.copy": ("True", "None"),
    "asarray.copy": ("None", "True"),
    "asanyarray.copy": ("None", "True"),
    "reshape.copy": ("None", "True"),
    "dtype": ("cp.float64", "cp.float32"),
    "astype.copy": ("True", "False"),
    "order": ("'C'", "'K'", "'F'"),
    "zeros_like.shape": ("None", "(2, 3)"),
    "empty_like.shape": ("None", "(2, 3)"),
    "ones_like.shape": ("None", "(2, 3)"),
    "full_like.shape": ("None", "(2, 3)"),
    "shape": ("(3, 4)",),
    "broadcast_to.array": ("cp.arange(4.0)",),
    "broadcast_to.shape": ("(3, 4)",),
    "ndarray.reshape.shape": ("((-1,),)", "((4, 3),)"),
    "newshape": ("(-1,)", "(4, 3)"),
    "fill_value": ("2.0",),
    "value": ("2.0",),
    "values": ("cp.ones(2)",),
    "__setitem__.value": ("2.0", "cp.ones(4)"),
    "arange.start": ("4",),
    "N": ("3",),
    "n": ("3",),
    "rand.size": ("(3, 4)",),
    "randn.size": ("(3, 4)",),
    "tup": ("[grid(), grid()]",),
    "shift": ("1",),
    "A": ("grid()",),
    "reps": ("2",),
    "repeats": ("2",),
    "x": ARRAYS,
    "x1": ARRAYS,
    "x2": ("2.0", "cp.ones(1)"),
    "other": ("2.0", "cp.ones(1)"),
    "axis1": ("0",),
    "axis2": ("1",),
    "source": ("0",),
    "destination": ("1",),
    "expand_dims.axis": ("0",),
    "flip.axis": ("0", "None"),
    "dst": ("grid()", "grid().T"),
    "copyto.src": ("1.0",),
    "val": ("1.0",),
    "arr": ("np.ones((3, 4))",),
    "set.self": ("grid()",),
    "index": ("1", "slice(1, 3)", "(slice(None), 1)", "None", "[0, 2]", "cp.array([0, 2])"),
    "indices": ("cp.array([0, 2])",),
    "__matmul__.other": ("cp.ones((4, 2))",),
    "__matmul__.self": ("grid()",),
    "__and__.self": ("grid() > 3",),
    "__or__.self": ("grid() > 3",),
    "__xor__.self": ("grid() > 3",),
    "__iand__.self": ("grid() > 3",),
    "__ior__.self": ("grid() > 3",),
    "__ixor__.self": ("grid() > 3",),
    "__invert__.self": ("grid() > 3",),
    "item.self": ("cp.ones(1)",),
    **{f"__{name}__.other": ("True",) for name in ("and", "or", "xor")},
    "sort.self": ("grid()[:, ::-1].copy()",),
    **{f"__i{name}__.other": ("grid() < 6",) for name in ("and", "or", "xor")},
}
WORDS = Vocabulary({"cp": cp, "np": np, "grid": grid}, VALUES, Outcome)


def entries() -> list[Entry]:
    return entries_of("cupy")


def audit(entry: Entry) -> Row:
    return by_name.prove(entry, WORDS)
