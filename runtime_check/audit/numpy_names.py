"""The public names of the installed NumPy, and whether the tables have them.

``python -m runtime_check.audit.numpy_names`` prints for each module and class how many of its names have an
entry, how many are left out on purpose, and which are lacking.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from runtime_check.audit.numpy_trial import resolve
from tensorlint.knowledge.catalog import Catalog

# Whose names are looked at. Nobody calculates with what other modules hold: dtypes, exceptions, typing.
PLACES = (
    "numpy",
    "numpy.ndarray",
    "numpy.linalg",
    "numpy.fft",
    "numpy.random",
    "numpy.random.Generator",
    "numpy.random.RandomState",
    "numpy.lib.stride_tricks",
    "numpy.lib.array_utils",
    "numpy.lib.scimath",
    "numpy.emath",
    "numpy.ma",
    "numpy.ma.MaskedArray",
    "numpy.nditer",
    "numpy.flatiter",
    "numpy.matrix",
    "numpy.memmap",
    "numpy.recarray",
    "numpy.rec",
    "numpy.char",
    "numpy.strings",
    "numpy.ctypeslib",
    "numpy.polynomial",
    "numpy.polynomial.polynomial",
    "numpy.polynomial.chebyshev",
    "numpy.polynomial.hermite",
    "numpy.polynomial.hermite_e",
    "numpy.polynomial.laguerre",
    "numpy.polynomial.legendre",
    "numpy.polynomial.polyutils",
    "numpy.poly1d",
    "numpy.testing",
)
METHODS = ("at", "reduce", "accumulate", "reduceat", "outer")  # the first also of functions of one array

LEFT_OUT: Mapping[str, frozenset[str]] = {
    "a class that nobody makes objects of by name": frozenset(
        f"numpy.{name}"
        for name in "character complexfloating flatiter flexible floating generic inexact integer number"
        " signedinteger ufunc unsignedinteger random.BitGenerator".split()
    ),
    "raises whatever it is given": frozenset(
        {"numpy.ndarray.__delitem__", "numpy.ldexp.accumulate", "numpy.ldexp.reduceat"}
        | {"numpy.ma.MaskedArray.resize"}
    ),
    "runs NumPy's own tests": frozenset(
        f"numpy.{name}test" for name in ("", "fft.", "linalg.", "ma.", "polynomial.", "random.")
    ),
    "another spelling of an attribute": frozenset(
        "numpy.ma.MaskedArray.get_imag numpy.ma.MaskedArray.get_real numpy.matrix.getA numpy.matrix.getA1"
        " numpy.matrix.getH numpy.matrix.getI numpy.matrix.getT".split()
    ),
    "changes how an iterator goes on": frozenset(
        f"numpy.nditer.{name}"
        for name in "copy debug_print enable_external_loop remove_axis remove_multi_index".split()
    ),
    "no array goes in or comes out": frozenset(
        "numpy.ctypeslib.as_ctypes_type numpy.ctypeslib.c_intp numpy.ctypeslib.load_library"
        " numpy.ctypeslib.ndpointer numpy.lib.array_utils.normalize_axis_index"
        " numpy.lib.array_utils.normalize_axis_tuple numpy.ma.mr_"
        " numpy.polynomial.polyutils.format_float".split()
    ),
    "the machinery of tests": frozenset(
        f"numpy.testing.{name}"
        for name in "BLAS_SUPPORTS_FPE HAS_LAPACK64 HAS_REFCOUNT IS_64BIT IS_EDITABLE IS_INSTALLED IS_MUSL"
        " IS_PYPY IS_PYSTON IS_WASM NOGIL_BUILD NUMPY_ROOT TestCase assert_array_compare assert_array_max_ulp"
        " assert_no_gc_cycles assert_no_warnings assert_raises assert_raises_regex assert_string_equal"
        " assert_warns break_cycles build_err_msg check_support_sve clear_and_catch_warnings decorate_methods"
        " jiffies measure memusage print_assert_equal run_threaded rundocs runstring suppress_warnings"
        " tempdir temppath verbose".split()
    ),
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The public names of one module or class."""

    place: str
    known: tuple[str, ...]
    left_out: tuple[str, ...]
    lacking: tuple[str, ...]

    def __str__(self) -> str:
        counts = f"{self.place}: {len(self.known)} known, {len(self.left_out)} left out"
        return f"{counts}, lacking: {' '.join(self.lacking) or 'none'}"


def coverage() -> list[Coverage]:
    """What the tables have of every place that the installed NumPy has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [_covered(place) for place in PLACES if _exists(place)]


def _exists(name: str) -> bool:
    try:
        resolve(name)
    except AttributeError:
        return False
    return True


def _covered(place: str) -> Coverage:
    catalog = Catalog()
    left_out = frozenset[str]().union(*LEFT_OUT.values())
    names = set(_names(place))
    known = {
        name
        for name in names - left_out
        if catalog.lookup(name) or catalog.method(place, name.rpartition(".")[2])
    }
    return Coverage(
        place, *(tuple(sorted(found)) for found in (known, names & left_out, names - left_out - known))
    )


def _names(place: str) -> Iterator[str]:
    """The public names of a module or class, and in the main namespace those of its functions' methods."""
    home = resolve(place)
    special = set(dir(np.ndarray)) - set(dir(object)) if home is np.ndarray else set()
    public = home.__all__ if place.startswith(("numpy.polynomial.", "numpy.testing")) else dir(home)
    for name in public:
        if name.startswith("_") and name not in special:
            continue
        found = getattr(home, name, None)
        if isinstance(found, ModuleType) or (isinstance(found, type) and issubclass(found, Exception)):
            continue  # a module has a place of its own
        yield f"{place}.{name}"
        if not isinstance(found, np.ufunc) or place != "numpy":
            continue
        if found.signature is None and found.nout == 1:
            yield from (f"numpy.{name}.{method}" for method in METHODS[: 1 if found.nin == 1 else None])


if __name__ == "__main__":
    print(*coverage(), sep="\n")
