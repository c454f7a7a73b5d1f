"""What NumPy's functions are tried with beside an array of the battery: values by the parameter's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Array = Any  # an array of any type and number of axes


def _axis_of_one(x: Array) -> list[Any]:
    return [tuple(i for i, n in enumerate(np.shape(x)) if n == 1), None]


def _shapes(x: Array) -> list[Any]:
    return [(-1,), (*np.shape(x), 1), tuple(reversed(np.shape(x))), (2, -1)]


def _part(x: Array) -> Any:
    """A letter, of the kind of text that an array holds."""
    return b"a" if np.asarray(x).dtype.kind == "S" else "a"


def _indices(x: Array) -> list[Any]:
    names = np.asarray(x).dtype.names
    if names:
        return [0, slice(0, 1), names[0], list(names)]
    single = [0, slice(0, 2), slice(None, None, -1), Ellipsis, None]
    several = [(0, 0), (slice(None), 0), (Ellipsis, -1), (0, None)]
    return [*single, *several, np.array([0, 1]), [0], np.ones(np.shape(x), dtype=bool), (slice(None), [0, 1])]


Values = Callable[[Array], Sequence[Any]]
SAME: Values = lambda x: [np.array(x)]  # noqa: E731
NUMBERS: Values = lambda x: [2]  # noqa: E731

# Of a distribution: none, one, two or three numbers, or arrays of them.
PARAMETERS = [
    [],
    [0.5],
    [2.0],
    [2, 0.5],
    [3, [0.5, 0.5]],
    [[0.5, 0.5]],
    [1.0, 2.0, 3.0],
    [[0.0], [[1.0]]],
    [3, 4, 2],
]

PREFIXES = ("poly", "cheb", "herm", "herme", "lag", "leg")  # of functions of polynomials, by their kind

# What a parameter of this name is given, for an array ``x`` in the first place.
VALUES: Mapping[str, Values] = {
    "shape": lambda x: [(2, 3), 4],
    "new_shape": lambda x: [(2, 3)],
    "axes": lambda x: [None, tuple(range(np.ndim(x)))],
    "axis": lambda x: [0, None, -1],
    "axis1": lambda x: [0],
    "axis2": lambda x: [1],
    "source": lambda x: [0],
    "destination": lambda x: [-1],
    "dtype": lambda x: [np.asarray(x).dtype, np.float32, None],
    "order": lambda x: ["C", "F", "K", "A"],
    "copy": lambda x: [True, False, None],
    "index": _indices,
    "inplace": lambda x: [False, True],
    "overwrite_input": lambda x: [False, True],
    "keepdims": lambda x: [False, True],
    "retstep": lambda x: [False, True],
    "return_index": lambda x: [False, True],
    "return_inverse": lambda x: [False, True],
    "return_counts": lambda x: [False, True],
    "return_indices": lambda x: [False, True],
    "returned": lambda x: [False, True],
    "compute_uv": lambda x: [True, False],
    "sparse": lambda x: [False, True],
    "full": lambda x: [False, True],
    "cov": lambda x: [False, True],
    "mode": lambda x: ["raise"],
    "n": lambda x: [1, 2, 0],
    "size": lambda x: [None, 3, (2, 3)],
    "indices_or_sections": lambda x: [2, 3, [1]],
    "window_shape": lambda x: [(2,) * np.ndim(x)],
    "indices": lambda x: [0, np.array([0, 1])],
    "ind": lambda x: [np.array([0])],
    "mask": lambda x: [np.ones(np.shape(x), dtype=bool)],
    "condition": lambda x: [np.array([True])],
    "kth": lambda x: [1],
    "choices": lambda x: [[np.array(x)] * 12],
    "repeats": lambda x: [2, 1],
    "reps": lambda x: [2, 1],
    "pad_width": lambda x: [1, 0, 2, 3],
    "shift": lambda x: [1, 0, 2, 3],
    "obj": lambda x: [0],
    "q": lambda x: [0.5],
    "func1d": lambda x: [np.sort],
    "condlist": lambda x: [[np.ones(np.shape(x), dtype=bool)]],
    "choicelist": lambda x: [[np.array(x)]],
    "funclist": lambda x: [[lambda part: part * 2]],
    "device": lambda x: ["cpu"],
    "multi_index": lambda x: [(np.array([0, 1]), np.array([1, 0]))],
    "dims": lambda x: [(4, 4)],
    "bins": lambda x: [np.array([0.0, 1, 2]), 10],
    "fill_value": lambda x: [3.0],
    "newshape": lambda x: [None],
    "dimensions": lambda x: [(2, 3)],
    "values": lambda x: [np.full(np.shape(x), 9).astype(np.asarray(x).dtype)],
    "vals": lambda x: [[9, 8]],
    "weights": lambda x: [None],
    "d": lambda x: [1.0],
    "deg": lambda x: [1],
    "beta": lambda x: [2.0],
    "second": lambda x: [np.array(x)],
    "buffer": lambda x: [None, np.arange(16.0)],
    "where": lambda x: [True],
    "value": lambda x: [9],
    "decimals": lambda x: [0, 1],
    "type": lambda x: [None],
    "high": lambda x: [9],
    "low": lambda x: [2],
    "parameters": lambda x: PARAMETERS,
    "sep": lambda x: [" "],
    "args": lambda x: [[x[0] if isinstance(x, list) and x else np.array(x)]],
    "memo": lambda x: [{}],
    "stop": lambda x: [5],
    "arr": lambda x: [x],
    "operand": lambda x: [x],
    "test_elements": lambda x: [[1.0, 2.0]],
    "loc": lambda x: [0.0],
    "element": lambda x: [x],
    "length": lambda x: [3],
    "n_children": lambda x: [2],
    "colors": lambda x: [[3, 4]],
    "nsample": lambda x: [2],
    "mask_func": lambda x: [np.triu],
    "c": lambda x: [np.array([1.0, 2.0])],
    "c1": SAME,
    "c2": SAME,
    "r": lambda x: [False, True],
    "z": SAME,
    "pow": lambda x: [0, 1, 2],
    "scl": lambda x: [2.0],
    "v1": lambda x: [1],
    "v2": lambda x: [2],
    "kind": lambda x: [None],
    "i": lambda x: [2],
    "width": lambda x: [6],
    "sub": lambda x: [_part(x), _part(x)[:0]],
    "prefix": lambda x: [_part(x)],
    "suffix": lambda x: [_part(x)],
    "table": lambda x: [None],
    "cmp": lambda x: ["=="],
    "rstrip": lambda x: [False],
}
SECOND = (
    "a2",
    "b",
    "x2",
    "other",
    "v",
    "y",
    "ar2",
    "B",
    "a_min",
    "min",
    "fill",
    "src",
    "p",
    "xp",
    "fp",
    "val",
)
LISTS = ("alist", "arrays", "tup", "operands", "keys", "xi")


def values(name: str, x: Array, entry: str) -> Sequence[Any]:
    """What to try for a parameter of this name."""
    special = SPECIAL.get((entry, name)) or SPECIAL.get((entry.rpartition(".")[2], name))
    if special is not None:
        return special(x)
    if name in LISTS:
        return [[x, np.array(x)]]
    if name in VALUES:
        return VALUES[name](x)
    return [np.array(x), 2] if name in SECOND else []


SPECIAL: Mapping[tuple[str, str], Values] = {
    ("numpy.reshape", "shape"): _shapes,
    ("numpy.ndarray.reshape", "shape"): _shapes,
    ("numpy.squeeze", "axis"): _axis_of_one,
    ("numpy.ndarray.squeeze", "axis"): _axis_of_one,
    ("numpy.broadcast_to", "shape"): lambda x: [(3, *np.shape(x)), np.shape(x)],
    ("numpy.lib.stride_tricks.broadcast_to", "shape"): lambda x: [(3, *np.shape(x))],
    ("numpy.lib.stride_tricks.as_strided", "shape"): lambda x: [(3, 2)],
    ("numpy.lib.stride_tricks.as_strided", "strides"): lambda x: [(8, 8)],
    ("numpy.random.Generator.standard_gamma", "shape"): lambda x: [2.0],
    ("numpy.flatiter.__getitem__", "index"): lambda x: [0, slice(0, 2), [0, 1]],
    ("numpy.flatiter.__setitem__", "index"): lambda x: [0, slice(0, 2)],
    ("numpy.ndarray.__setitem__", "index"): lambda x: [0, Ellipsis, slice(None)],
    ("numpy.where", "x"): SAME,
    ("numpy.where", "y"): SAME,
    ("__array__", "dtype"): lambda x: [np.asarray(x).dtype, np.float32],
    ("clip", "a_max"): lambda x: [9],
    ("numpy.ndarray.clip", "max"): lambda x: [9],
    ("numpy.linalg.qr", "mode"): lambda x: ["reduced", "r"],
    ("numpy.pad", "mode"): lambda x: ["constant", "edge"],
    ("numpy.ndarray.view", "dtype"): lambda x: [np.uint8],
    ("numpy.apply_along_axis", "arr"): lambda x: [np.ones((2, 3))],
    ("numpy.einsum", "operand"): lambda x: [np.arange(4.0), np.arange(9.0).reshape(3, 3)],
    ("numpy.einsum", "second"): lambda x: [np.arange(4.0)],
    ("numpy.require", "requirements"): lambda x: [None, "F"],
    ("numpy.ndarray.getfield", "dtype"): lambda x: [np.uint8],
    ("numpy.ndarray.setfield", "dtype"): lambda x: [np.uint8],
    ("numpy.put_along_axis", "indices"): lambda x: [np.zeros((1,) * np.ndim(x), dtype=int)],
    ("numpy.put_along_axis", "values"): lambda x: [9],
    ("numpy.take_along_axis", "indices"): lambda x: [np.zeros((1,) * np.ndim(x), dtype=int)],
    ("numpy.kaiser", "beta"): lambda x: [2.0],
    ("numpy.ix_", "args"): lambda x: [[[0, 1], [1, 2]]],
    ("numpy.ndarray.resize", "new_shape"): lambda x: [(2, 2)],
    ("numpy.ndarray.to_device", "device"): lambda x: ["cpu"],
    ("numpy.choose", "a"): lambda x: [x],
    ("numpy.choose", "choices"): lambda x: [[np.array(x)] * 12],
    ("numpy.ndarray.choose", "choices"): lambda x: [[[np.array(x)] * 12], [np.array(x)] * 12],
    ("numpy.meshgrid", "xi"): lambda x: [[x, np.array(x)]],
    ("numpy.histogram", "range"): lambda x: [None],
    ("numpy.gradient", "axis"): lambda x: [None, 0],
    ("numpy.ndarray.searchsorted", "v"): lambda x: [1.0, np.array([1.0, 2.0])],
    ("numpy.searchsorted", "v"): lambda x: [1.0, np.array([1.0, 2.0])],
    ("at", "b"): lambda x: [2],
    ("at", "indices"): lambda x: [0, np.array([0, 1])],
    ("astype", "dtype"): lambda x: [np.asarray(x).dtype, np.float32],
    ("numpy.compress", "a"): lambda x: [np.arange(4.0)],
    ("numpy.ma.compress", "a"): lambda x: [np.ma.arange(4.0)],
    ("numpy.ma.where", "x"): SAME,
    ("numpy.ma.where", "y"): SAME,
    ("numpy.ma.reshape", "new_shape"): _shapes,
    ("numpy.ma.MaskedArray.reshape", "shape"): _shapes,
    ("numpy.ma.MaskedArray.view", "dtype"): lambda x: [np.uint8],
    ("numpy.ma.MaskedArray.__setitem__", "index"): lambda x: [0, Ellipsis, slice(None)],
    ("numpy.ma.squeeze", "axis"): _axis_of_one,
    ("numpy.ma.MaskedArray.squeeze", "axis"): _axis_of_one,
    ("numpy.ma.apply_along_axis", "arr"): lambda x: [np.ones((2, 3))],
    ("numpy.ma.choose", "choices"): lambda x: [[np.array(x)] * 12],
    ("numpy.emath.logn", "x"): SAME,
    ("mapdomain", "old"): lambda x: [[0, 1]],
    ("mapdomain", "new"): lambda x: [[1, 2]],
    ("replace", "old"): lambda x: [_part(x)],
    ("replace", "new"): lambda x: [_part(x) * 3],
    ("mod", "values"): lambda x: [()],
    ("partition", "sep"): lambda x: [_part(x)],
    ("rpartition", "sep"): lambda x: [_part(x)],
    ("translate", "table"): lambda x: [b"\0" * 256 if _part(x) == b"a" else {97: "b"}],
    ("numpy.strings.slice", "start"): lambda x: [1],
    **{(f"{kind}vander2d", "deg"): lambda x: [[1, 1]] for kind in PREFIXES},
    **{(f"{kind}vander3d", "deg"): lambda x: [[1, 1, 1]] for kind in PREFIXES},
    **{
        (f"{kind}{what}2d", "c"): lambda x: [np.ones((2, 2))] for kind in PREFIXES for what in ("val", "grid")
    },
    **{
        (f"{kind}{what}3d", "c"): lambda x: [np.ones((2, 2, 2))]
        for kind in PREFIXES
        for what in ("val", "grid")
    },
    ("numpy.extract", "arr"): lambda x: [np.arange(4.0)],
    ("numpy.polyint", "m"): lambda x: [1, 0, 2, 3],
    ("numpy.polyder", "m"): lambda x: [1, 0, 2, 3],
    ("numpy.polyval", "x"): lambda x: [np.arange(4.0)],
    ("numpy.linspace", "axis"): lambda x: [],
    ("numpy.digitize", "bins"): lambda x: [np.array([0.0, 1, 2])],
}
# First parameters that are no array of the battery, by their name or by the entry's.
FIRST: Mapping[str, Sequence[Any]] = {
    "shape": [(2, 3), (4,)],
    "N": [3],
    "n": [3],
    "M": [5],
    "start": [1],
    "dimensions": [(2, 3)],
    "low": [3],
    "numpy.linspace": [1, np.array([1.0, 2.0])],
    "numpy.logspace": [1, np.array([1.0, 2.0])],
    "numpy.geomspace": [1, np.array([1.0, 2.0])],
    "numpy.random.uniform": [0],
    "numpy.random.Generator.uniform": [0],
    "values": [[1]],
    "numpy.linalg.tensorinv": [np.eye(4).reshape(2, 2, 2, 2)],
    "numpy.testing.assert_array_less": [[np.zeros(3), np.ones(3)]],
    "numpy.linalg.cross": [np.arange(3.0)],
    "numpy.linalg.outer": [np.arange(3.0)],
    "loc": [0.0],
    "size": [None, 3, (2, 3)],
    "seed": [0],
    "iter": [range(3)],
    "string": ["1 2 3"],
    "indices": [3, np.array([1, 2])],
    "value": [1],
    "bit_generator": [np.random.PCG64(0)],
    "subscripts": ["i->i", "i,i->i", "ij->ji", "...j->j...", "ji", "ii->i", "ij->i", "ii"],
    "condlist": [[np.array([True, False])]],
    "bins": [10, np.array([0.0, 1, 2])],
    "deg": [3],
    "npts": [3],
    "off": [1.0],
    "length": [3],
    "length_or_data": [b"abcd"],
    "legacy": [True, False],
    "colors": [[3, 4]],
    "pyfunc": [abs],
    "sep": ["-"],
    "func1d": [np.sort],
    "multi_index": [(np.array([0, 1]), np.array([1, 0]))],
    "condition": [np.array([True, False])],
    "parameters": PARAMETERS,
    "numpy.can_cast": [["f4", "f8"]],
    "numpy.dtype": [["f4"]],
    "numpy.finfo": [["f4"]],
    "numpy.iinfo": [["i4"]],
    "numpy.isdtype": [[np.dtype("f4"), "real floating"]],
    "numpy.issubdtype": [["f4", "f8"]],
    "numpy.promote_types": [["f4", "f8"]],
    "numpy.einsum_path": [["ij,jk->ik", np.ones((2, 2)), np.ones((2, 2))]],
    "numpy.broadcast_shapes": [[(2, 1), (3,)]],
    "numpy.binary_repr": [[3]],
    "numpy.base_repr": [[3]],
    "numpy.array_repr": [[np.arange(3.0)]],
}

# Tried one at a time where no guard depends on them.
VARIED = ("axis", "copy", "dtype", "keepdims", "order")
# Not needed by every call of the name, yet by those that are tried.
FORCED = frozenset(
    {
        ("at", "b"),
        ("numpy.fromstring", "sep"),
        ("numpy.ndarray.__deepcopy__", "memo"),
        ("numpy.where", "y"),
        ("clip", "a_min"),
        ("clip", "a_max"),
        ("numpy.ma.where", "y"),
        ("numpy.strings.slice", "start"),
        ("numpy.ndarray.clip", "min"),
        ("numpy.ndarray.clip", "max"),
    }
)
NEEDED = ("shape", "axes", "new_shape", "parameters", "choices")  # starred, and nothing happens without them
