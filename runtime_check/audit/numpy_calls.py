"""Calls of NumPy that no array of the battery begins: files, text, equations, settings."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from runtime_check.audit.numpy_trial import resolve

Call = Callable[[], dict[str, Any]]  # the arguments by parameter, made anew


def _file(suffix: str = "") -> Path:
    """A file that holds twelve floats, or these as an array where it is to be loaded."""
    folder = Path(tempfile.mkdtemp(prefix="runtime-check-"))
    path = folder / f"twelve{suffix}"
    if suffix:
        np.save(path, np.arange(12.0))
    else:
        np.arange(12.0).tofile(path)
    return path


def _days() -> Any:
    return np.array(["2020-01-03", "2020-01-04"], dtype="M8[D]")  # a Friday, a Saturday


def _records() -> Any:
    return np.array([(1.0, 2), (3.0, 4)], dtype=[("a", float), ("b", int)])


def _polynomial() -> Any:
    return np.polynomial.Polynomial(np.arange(1.0, 5.0))


CALLS: Mapping[str, Sequence[Call]] = {
    "numpy.fromfile": [lambda: {"file": _file()}],
    "numpy.load": [
        lambda: {"file": _file(".npy")},
        lambda: {"file": _file(".npy"), "mmap_mode": "r+"},
    ],
    "numpy.memmap": [lambda: {"filename": _file(), "dtype": np.float64}],
    "numpy.memmap.flush": [lambda: {"self": np.memmap(_file(), np.float64)}],
    "numpy.genfromtxt": [lambda: {"fname": io.StringIO("1 2\n3 4")}],
    "numpy.loadtxt": [lambda: {"fname": io.StringIO("1 2\n3 4")}],
    "numpy.ndarray.dump": [lambda: {"self": np.arange(3.0), "args": [_file()]}],
    "numpy.ndarray.tofile": [lambda: {"self": np.arange(3.0), "args": [_file()]}],
    "numpy.ndarray.itemset": [lambda: {"self": np.arange(3.0), "args": [1, 9]}],
    "numpy.save": [lambda: {"args": [io.BytesIO(), np.arange(3.0)]}],
    "numpy.savetxt": [lambda: {"args": [io.StringIO(), np.arange(3.0)]}],
    "numpy.savez": [lambda: {"args": [io.BytesIO(), np.arange(3.0)]}],
    "numpy.savez_compressed": [lambda: {"args": [io.BytesIO(), np.arange(3.0)]}],
    "numpy.set_printoptions": [lambda: {"args": [4]}],
    "numpy.seterr": [lambda: {"args": ["ignore"]}],
    "numpy.random.seed": [lambda: {"args": [0]}],
    "numpy.random.set_state": [lambda: {"args": [np.random.get_state()]}],
    "numpy.random.RandomState.seed": [lambda: {"args": [np.random.RandomState(0), 0]}],
    "numpy.random.RandomState.set_state": [
        lambda: {"args": [np.random.RandomState(0), np.random.get_state()]}
    ],
    "numpy.apply_over_axes": [
        lambda: {"func": np.sum, "a": np.ones((2, 3)), "axes": [0]},
        lambda: {"func": np.sum, "a": np.ones((2, 3)), "axes": []},
    ],
    "numpy.ma.apply_over_axes": [lambda: {"func": np.ma.sum, "a": np.ma.ones((2, 3)), "axes": [0]}],
    "numpy.bmat": [lambda: {"obj": np.ones((2, 2))}, lambda: {"obj": [[np.ones((2, 2)), np.ones((2, 2))]]}],
    "numpy.broadcast": [lambda: {"args": [np.arange(3.0), np.arange(3.0)]}],
    "numpy.busday_count": [
        lambda: {"begindates": _days(), "enddates": _days() + 9},
    ],
    "numpy.busday_offset": [lambda: {"dates": _days(), "offsets": 1, "roll": "forward"}],
    "numpy.is_busday": [lambda: {"dates": _days()}],
    "numpy.busdaycalendar": [dict],
    **{
        f"numpy.matrix.{name}": [lambda: {"self": np.matrix([[3.0, 1], [2, 4]]), "args": [1]}]
        for name in ("argpartition", "argsort", "repeat")
    },
    "numpy.c_.__getitem__": [lambda: {"index": (np.arange(3.0), np.arange(3.0))}],
    "numpy.r_.__getitem__": [
        lambda: {"index": (np.arange(3.0), np.arange(3.0))},
        lambda: {"index": slice(3)},
    ],
    "numpy.mgrid.__getitem__": [lambda: {"index": slice(3)}, lambda: {"index": (slice(3), slice(0, 1, 5j))}],
    "numpy.ogrid.__getitem__": [lambda: {"index": slice(3)}, lambda: {"index": (slice(3), slice(0, 1, 5j))}],
    "numpy.ctypeslib.as_array": [lambda: {"obj": np.ctypeslib.as_ctypes(np.arange(3.0))}],
    "numpy.datetime64": [lambda: {"values": ["2020-01-02"]}],
    "numpy.timedelta64": [lambda: {"values": [2, "D"]}],
    "numpy.datetime_data": [lambda: {"args": ["M8[D]"]}],
    "numpy.fromfunction": [lambda: {"function": lambda i, j: i + j, "shape": (2, 3)}],
    "numpy.ma.fromfunction": [lambda: {"args": [lambda i, j: i + j, (2, 3)]}],
    "numpy.frompyfunc": [lambda: {"func": abs, "nin": 1, "nout": 1}],
    "numpy.fromregex": [
        lambda: {"file": io.StringIO("1 2"), "regexp": r"(\d+)", "dtype": [("number", np.int64)]}
    ],
    "numpy.get_printoptions": [dict],
    "numpy.getbufsize": [dict],
    "numpy.geterr": [dict],
    "numpy.geterrcall": [dict],
    "numpy.get_include": [dict],
    "numpy.info": [lambda: {"args": [np.sin]}],
    "numpy.mintypecode": [lambda: {"args": ["d"]}],
    "numpy.typename": [lambda: {"args": ["d"]}],
    "numpy.setbufsize": [lambda: {"args": [np.getbufsize()]}],
    "numpy.seterrcall": [lambda: {"args": [np.geterrcall()]}],
    "numpy.show_config": [dict],
    "numpy.show_runtime": [dict],
    "numpy.errstate": [dict],
    "numpy.printoptions": [dict],
    "numpy.nested_iters": [lambda: {"op": np.ones((2, 3)), "axes": [[0], [1]]}],
    "numpy.ndarray.__array_function__": [
        lambda: {"self": np.arange(3.0), "args": [np.sum, (np.ndarray,), (np.arange(3.0),), {}]}
    ],
    "numpy.ndarray.__array_ufunc__": [
        lambda: {"self": np.arange(3.0), "args": [np.negative, "__call__", np.arange(3.0)]}
    ],
    "numpy.ndarray.__array_wrap__": [lambda: {"self": np.arange(3.0), "args": [np.arange(3.0)]}],
    "numpy.ndarray.__format__": [lambda: {"self": np.arange(3.0), "args": [""]}],
    "numpy.ndarray.__setstate__": [
        lambda: {"self": np.arange(3.0), "state": np.ones(2).__reduce__()[2]},
    ],
    "numpy.histogramdd": [lambda: {"sample": np.ones((3, 2))}],
    "numpy.polynomial.polyutils.mapparms": [lambda: {"old": [0, 1], "new": [2, 3]}],
    "numpy.polynomial.set_default_printstyle": [lambda: {"style": "unicode"}],
    **{
        f"numpy.polynomial.Polynomial.{name}": [lambda: {"self": _polynomial(), "args": [_polynomial()]}]
        for name in ("has_samecoef", "has_samedomain", "has_sametype", "has_samewindow")
    },
    **{
        f"numpy.polynomial.Polynomial.{name}": [lambda: {"self": _polynomial(), "args": [2]}]
        for name in ("cutdeg", "truncate")
    },
    "numpy.polynomial.Polynomial.basis": [lambda: {"args": [2]}],
    "numpy.polynomial.Polynomial.cast": [lambda: {"args": [_polynomial()]}],
    "numpy.polynomial.Polynomial.fit": [lambda: {"args": [np.arange(4.0), np.arange(4.0), 1]}],
    "numpy.polynomial.Polynomial.fromroots": [lambda: {"args": [np.arange(3.0)]}],
    "numpy.polynomial.Polynomial.identity": [dict],
    "numpy.polynomial.chebyshev.chebinterpolate": [lambda: {"func": np.sin, "deg": 3}],
    "numpy.rec.array": [
        lambda: {"obj": _records()},
        lambda: {"obj": _records(), "copy": False},
        lambda: {"obj": [(1, 2.0), (3, 4.0)]},
    ],
    "numpy.rec.fromarrays": [lambda: {"arrayList": [np.arange(3.0), np.arange(3)]}],
    "numpy.rec.fromrecords": [lambda: {"recList": _records()}, lambda: {"recList": [(1, 2.0), (3, 4.0)]}],
    "numpy.rec.fromstring": [lambda: {"datastring": bytearray(range(16)), "dtype": np.dtype("f8,i4")}],
    "numpy.rec.fromfile": [lambda: {"fd": _file(), "dtype": np.dtype("f8,f8")}],
    "numpy.rec.find_duplicate": [lambda: {"list": ["a", "b", "a"]}],
    "numpy.rec.format_parser": [lambda: {"formats": ["f8"], "names": ["a"], "titles": []}],
    "numpy.recarray": [
        lambda: {"shape": (2,), "dtype": np.dtype("f8,i4")},
        lambda: {"shape": (2,), "dtype": np.dtype("f8,i4"), "buf": np.arange(24, dtype=np.uint8)},
    ],
    "numpy.recarray.field": [
        lambda: {"self": _records().view(np.recarray), "attr": "a"},
        lambda: {"self": _records().view(np.recarray), "attr": "a", "val": 7},
    ],
    "numpy.ma.arange": [lambda: {"args": [3]}],
    "numpy.ma.identity": [lambda: {"n": 3}],
    "numpy.ma.indices": [lambda: {"args": [(2, 3)]}],
    "numpy.ma.mvoid": [lambda: {"args": [np.void(b"abcd")]}],
    "numpy.ma.fromflex": [lambda: {"fxarray": np.ma.arange(3.0).toflex()}],
    "numpy.ma.make_mask_descr": [lambda: {"args": [np.dtype("f8")]}],
    "numpy.ma.make_mask_none": [lambda: {"args": [(3,)]}],
    "numpy.ma.masked_where": [
        lambda: {"condition": [True, False], "a": np.arange(2.0)},
        lambda: {"condition": [True, False], "a": np.arange(2.0), "copy": False},
    ],
    "numpy.ma.flatten_structured_array": [lambda: {"args": [_records()]}],
    "numpy.random.set_bit_generator": [lambda: {"bitgen": resolve("numpy.random.get_bit_generator")()}],
    "numpy.char.join": [lambda: {"sep": "-", "seq": np.array(["abc", "de"])}],
    "numpy.char.compare_chararrays": [
        lambda: {"a1": np.array(["a"]), "a2": np.array(["b"]), "cmp": "==", "rstrip": False}
    ],
    "numpy.char.chararray": [lambda: {"shape": (3,)}],
    "numpy.vectorize": [lambda: {"pyfunc": abs}],
}
