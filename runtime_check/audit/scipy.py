"""SciPy's entries, called: `output=` is written, what may be overwritten is, the rest is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.linalg
import scipy.signal
import scipy.sparse
import scipy.spatial.transform

from runtime_check.audit import by_name
from runtime_check.audit.by_name import ArrayOutcome, Vocabulary
from runtime_check.audit.row import Row, entries_of
from tensorlint.knowledge.catalog import Entry

Array = Any


def image() -> Array:
    """A bright square with a slope on it."""
    found = np.zeros((9, 9))
    found[2:7, 2:7] = np.arange(25.0).reshape(5, 5) + 1
    return found


def columns() -> Array:
    """Positive definite, by columns: what LAPACK may overwrite."""
    return np.asfortranarray(rows())


def rows() -> Array:
    return np.array([[6.0, 1, 0.5, 2], [1, 5, 2, 1.5], [0.5, 2, 6, -1], [2, 1.5, -1, 7]])


def part() -> Array:
    """Every second element of a larger matrix."""
    return np.kron(rows(), np.ones((2, 2)))[::2, ::2]


def triangle() -> Array:
    return np.triu(rows())


def bands() -> Array:
    return np.asfortranarray([[0.0, 1, 1, 1], [5, 6, 7, 8], [2, 2, 2, 0]])


def right() -> Array:
    return np.array([1.0, 2, 3, 4])


def wave() -> Array:
    return np.sin(np.arange(64.0)) + np.arange(64.0) / 10


def complex_wave() -> Array:
    return np.exp(1j * np.arange(16.0))


def sparse() -> Any:
    return scipy.sparse.csr_matrix([[1.0, 0, 2], [0, 3, 0], [4, 0, 5]])


def untidy() -> Any:
    """With a zero that is stored, columns out of order, and one cell that is the sum of two."""
    columns, starts = np.array([2, 0, 1, 1, 1]), np.array([0, 2, 4, 5])
    return scipy.sparse.csr_matrix((np.array([1.0, 2, 3, 4, 0]), columns, starts), shape=(3, 3))


def definite() -> Any:
    return scipy.sparse.csc_matrix(rows())


def rotation() -> Any:
    return scipy.spatial.transform.Rotation.from_euler("z", 0.5)


def places() -> Array:
    return np.array([[0.0, 0], [1, 0], [0, 2], [3, 3]])


VALUES: Mapping[str, tuple[str, ...]] = {
    "input": ("image()", "image().T", "image()[::-1]", "image().astype(np.float32)", "image() > 3"),
    "matrix": ("np.eye(2)",),
    "structure": ("None",),
    "weights": ("np.ones((3, 3))",),
    "sigma": ("1.0",),
    "size": ("3",),
    "percentile": ("50",),
    "rank": ("1",),
    "angle": ("10.0",),
    "shift": ("1.0",),
    "zoom": ("1.0", "2.0"),
    "coordinates": ("np.array([[0.5, 2.0], [1.0, 3.0]])",),
    "index": ("None", "[1]"),
    "rank_filter.rank": ("1",),
    "iterations": ("1",),
    "overwrite_a": ("False", "True"),
    "overwrite_b": ("False", "True"),
    "overwrite_ab": ("False", "True"),
    "overwrite_x": ("False", "True"),
    "overwrite_data": ("False", "True"),
    "eigvals_only": ("False", "True"),
    "return_rank": ("False", "True"),
    "return_indices": ("False", "True"),
    "return_eigenvectors": ("True", "False"),
    "full_output": ("False", "True"),
    "exact": ("False", "True"),
    "copy": ("False", "True"),
    "a": ("columns()", "rows()", "part()"),
    "A": ("rows()", "columns()"),
    "b": ("right()",),
    "ab": ("np.ascontiguousarray(bands())", "bands()"),
    "l_and_u": ("(1, 1)",),
    "lu_and_piv": ("scipy.linalg.lu_factor(rows())",),
    "c_and_lower": ("scipy.linalg.cho_factor(rows())",),
    "arrs": ("[rows(), rows()]",),
    "c": ("right()",),
    "n": ("4",),
    "x": ("complex_wave()", "complex_wave().reshape(4, 4)", "wave()", "rows()", "part()", "wave()[::2]"),
    "data": ("wave()", "rows()"),
    "in1": ("rows()",),
    "in2": ("np.ones((2, 2))",),
    "volume": ("rows()",),
    "im": ("rows()",),
    "sos": ("scipy.signal.butter(2, 0.2, output='sos')",),
    "window_length": ("5",),
    "polyorder": ("2",),
    "q": ("2",),
    "up": ("2",),
    "down": ("3",),
    "h": ("np.ones(3)",),
    "numtaps": ("5",),
    "cutoff": ("0.3",),
    "zi": ("None",),
    "t": ("None", "np.arange(64.0)"),
    "num": ("32",),
    "window": ("'hann'",),
    "Nx": ("8",),
    "M": ("8",),
    "std": ("2.0",),
    "x1": ("np.full((2, 2), 2.0)", "np.full((2, 2), 2.0).T"),
    "x2": ("np.full((2, 2), 0.5)",),
    "arg1": ("rows()", "sparse()", "(np.ones(2), np.array([0, 1]), np.array([0, 1, 2]))"),
    "blocks": ("[sparse(), sparse()]",),
    "mats": ("[sparse(), sparse()]",),
    "axis": ("None", "0"),
    "dtype": ("float", "np.float32"),
    "values": ("9.0",),
    "k": ("1",),
    "other": ("np.ones(3)", "sparse()"),
    "m": ("3",),
    "diagonals": ("np.ones(3)",),
    "B": ("sparse()",),
    "y": ("np.arange(8.0) ** 2",),
    "points": ("places()",),
    "xi": ("places() / 2",),
    "fun": ("lambda x: (x - 1) ** 2",),
    "func": ("lambda x: x * 2 - 1",),
    "f": ("lambda x: x - 0.3",),
    "x0": ("np.array([0.3])",),
    "xdata": ("np.arange(8.0)",),
    "ydata": ("np.arange(8.0) * 2 + 1",),
    "cost_matrix": ("rows()",),
    "XA": ("places()",),
    "XB": ("places() + 1",),
    "X": ("places()",),
    "u": ("right()",),
    "v": ("right() * 2 + 1",),
    "y0": ("[1.0]",),
    "t_span": ("(0.0, 1.0)",),
    "quat": ("np.array([0.0, 0, 0, 1])",),
    "rotvec": ("np.array([0.0, 0, 1])",),
    "seq": ("'z'",),
    "angles": ("0.3",),
    # Of one function
    "convolve1d.weights": ("np.ones(3)",),
    "correlate1d.weights": ("np.ones(3)",),
    "binary_closing.input": ("image() > 3",),
    "generic_filter.function": ("np.mean",),
    "generic_filter.size": ("3",),
    "black_tophat.size": ("3",),
    "grey_closing.size": ("3",),
    "grey_dilation.size": ("3",),
    "grey_erosion.size": ("3",),
    "grey_opening.size": ("3",),
    "maximum_filter.size": ("3",),
    "median_filter.size": ("3",),
    "minimum_filter.size": ("3",),
    "morphological_gradient.size": ("3",),
    "morphological_laplace.size": ("3",),
    "percentile_filter.size": ("3",),
    "rank_filter.size": ("3",),
    "white_tophat.size": ("3",),
    "rotate.reshape": ("False", "True"),
    "distance_transform_edt.input": ("image() > 3",),
    "distance_transform_edt.distances": ("None", "np.zeros((9, 9))"),
    "iterate_structure.structure": ("np.ones((3, 3), bool)",),
    "generate_binary_structure.rank": ("2",),
    "generate_binary_structure.connectivity": ("1",),
    "find_objects.input": ("(image() > 3).astype(int)",),
    "center_of_mass.input": ("image()",),
    "center_of_mass.labels": ("None", "(image() > 3).astype(int)"),
    "triangular.a": ("triangle()",),
    "solve_triangular.a": ("triangle()",),
    "solve.b": ("np.asfortranarray(np.ones((4, 2)))", "right()"),
    "lstsq.b": ("np.asfortranarray(np.ones((4, 2)))", "right()"),
    "hilbert.n": ("4",),
    "lstsq.lapack_driver": ("'gelss'",),
    "as_euler.seq": ("'xyz'",),
    "toeplitz.c": ("right()",),
    "khatri_rao.a": ("rows()",),
    "khatri_rao.b": ("rows()",),
    "fftfreq.n": ("8",),
    "rfftfreq.n": ("8",),
    "next_fast_len.target": ("13",),
    "hilbert.x": ("wave()",),
    "signal.convolve.mode": ("'same'",),
    "filtfilt.a": ("np.array([1.0, -0.5])",),
    "filtfilt.b": ("np.ones(2)",),
    "lfilter.a": ("np.array([1.0, -0.5])",),
    "lfilter.b": ("np.ones(2)",),
    "lfilter.zi": ("None", "np.ones(1)"),
    "lfilter.x": ("wave()",),
    "lfilter_zi.a": ("np.array([1.0, -0.5])",),
    "lfilter_zi.b": ("np.ones(2)",),
    "sosfilt.x": ("wave()",),
    "sosfilt.zi": ("None", "scipy.signal.sosfilt_zi(scipy.signal.butter(2, 0.2, output='sos'))"),
    "filtfilt.x": ("wave()",),
    "sosfiltfilt.x": ("wave()",),
    "savgol_filter.x": ("wave()",),
    "decimate.x": ("wave()",),
    "resample.x": ("wave()",),
    "resample_poly.x": ("wave()",),
    "upfirdn.x": ("wave()",),
    "find_peaks.x": ("wave()",),
    "argrelextrema.data": ("wave()",),
    "argrelextrema.comparator": ("np.greater",),
    "welch.x": ("wave()",),
    "periodogram.x": ("wave()",),
    "spectrogram.x": ("wave()",),
    "stft.x": ("wave()",),
    "istft.Zxx": ("scipy.signal.stft(wave())[2]",),
    "freqz.b": ("np.ones(2)",),
    "symiirorder1.signal": ("wave()",),
    "symiirorder1.c0": ("1.0",),
    "symiirorder1.z1": ("0.5",),
    "medfilt2d.input": ("rows()",),
    "kaiser.beta": ("2.0",),
    "special.x": ("np.full((2, 2), 0.5)", "np.full((2, 2), 0.5).T", "np.full(4, 0.25)[::2]"),
    "ndtri.x": ("np.full((2, 2), 0.3)",),
    "binom.x2": ("np.full((2, 2), 1.0)",),
    "factorial.n": ("np.array([1, 2])",),
    "dok_array.arg1": ("rows()",),
    "csr_matrix.self": ("sparse()",),
    **{f"{name}.self": ("untidy()",) for name in ("sum_duplicates", "sort_indices", "eliminate_zeros")},
    "csr_matrix.setdiag.self": ("scipy.sparse.csr_matrix(rows())",),
    "csr_matrix.setdiag.k": ("0",),
    "csr_matrix.transpose.axes": ("None",),
    "eye.m": ("3",),
    "kron.A": ("sparse()",),
    "kron.B": ("sparse()",),
    "tril.A": ("sparse()",),
    "triu.A": ("sparse()",),
    "find.A": ("sparse()",),
    "issparse.x": ("sparse()",),
    "eigsh.k": ("2",),
    "eigh.b": ("None", "columns()"),
    "spsolve.A": ("definite()",),
    "cg.A": ("definite()",),
    "gmres.A": ("definite()",),
    "eigsh.A": ("definite()",),
    "sparse.random.n": ("3",),
    "sparse.random.density": ("0.5",),
    "interp1d.x": ("np.arange(8.0)",),
    "CubicSpline.x": ("np.arange(8.0)",),
    "CubicSpline.y": ("np.arange(8.0) ** 2",),
    "RegularGridInterpolator.points": ("(np.arange(3.0), np.arange(3.0))",),
    "RegularGridInterpolator.values": ("np.ones((3, 3))",),
    "RegularGridInterpolator.xi": ("np.array([[0.5, 1.5]])",),
    "griddata.values": ("right()",),
    "splev.x": ("np.arange(3.0)",),
    "splev.tck": ("(np.array([0.0, 0, 1, 1]), np.array([1.0, 2]), 1)",),
    "splrep.x": ("np.arange(8.0)",),
    "make_interp_spline.x": ("np.arange(8.0)",),
    "minimize.fun": ("lambda x: float((x[0] - 1) ** 2)",),
    "differential_evolution.func": ("lambda x: float((x[0] - 1) ** 2)",),
    "differential_evolution.bounds": ("[(0, 2)]",),
    "least_squares.fun": ("lambda x: x - 1",),
    "linprog.c": ("[1.0, 1.0]",),
    "curve_fit.f": ("lambda x, a, b: a * x + b",),
    "nnls.A": ("rows()",),
    "brentq.a": ("0.0",),
    "brentq.b": ("1.0",),
    "bisect.a": ("0.0",),
    "bisect.b": ("1.0",),
    "squareform.X": ("np.arange(3.0)", "np.ones((3, 3)) - np.eye(3)"),
    "distance_matrix.x": ("places()",),
    "distance_matrix.y": ("places() + 1",),
    "KDTree.data": ("places()",),
    "cKDTree.data": ("places()",),
    "KDTree.self": ("scipy.spatial.KDTree(places())",),
    "KDTree.x": ("places()",),
    "Rotation.self": ("rotation()",),
    "from_matrix.matrix": ("np.eye(3)",),
    "norm.x": ("np.arange(3.0)",),
    "norm.q": ("np.array([0.2, 0.5])",),
    "zscore.a": ("rows()",),
    "rankdata.a": ("rows()",),
    "describe.a": ("rows()",),
    "mode.a": ("rows()",),
    "ttest_ind.a": ("right()",),
    "pearsonr.x": ("right()",),
    "pearsonr.y": ("right() ** 2",),
    "spearmanr.a": ("rows()",),
    "cumulative_trapezoid.y": ("rows()",),
    "odeint.func": ("lambda y, t: -y",),
    "odeint.t": ("np.arange(3.0)",),
    "solve_ivp.fun": ("lambda t, y: -y",),
    "quad.func": ("lambda x: x",),
    "quad.a": ("0",),
    "quad.b": ("1",),
}


class Outcome(ArrayOutcome):
    """Arrays of SciPy's own hold several; the table has one class for all of their formats."""

    __slots__ = ()

    def is_a(self, value: Any, name: str) -> bool:
        if name.startswith("scipy.sparse."):
            return bool(scipy.sparse.issparse(value))
        return ArrayOutcome.is_a(self, value, name)


WORDS = Vocabulary(globals(), VALUES, Outcome)


def entries() -> list[Entry]:
    return entries_of("scipy")


def audit(entry: Entry) -> Row:
    return by_name.prove(entry, WORDS)
