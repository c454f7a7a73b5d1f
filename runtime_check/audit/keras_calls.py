"""How the functions of Keras's table are called, with small inputs, on the backend of this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

Call = Callable[[Any], Any]  # gets the tensor that the result might share

# Functions of one tensor that are not called with that tensor alone; `x` is 2 × 3 and positive.
CALLS: Mapping[str, Call] = {
    "append": lambda x: ops.append(x, x),
    "argpartition": lambda x: ops.argpartition(x, 1),
    "array_split": lambda x: ops.array_split(x, 3, axis=1),
    "average_pool": lambda x: ops.average_pool(x[None, :, :, None], (1, 1), (1, 1)),
    "adaptive_average_pool": lambda x: ops.adaptive_average_pool(x[None], 2),
    "adaptive_max_pool": lambda x: ops.adaptive_max_pool(x[None], 2),
    "max_pool": lambda x: ops.max_pool(x[None, :, :, None], (1, 1), (1, 1)),
    "batch_normalization": lambda x: ops.batch_normalization(x, x[0], x[0], 1),
    "binary_crossentropy": lambda x: ops.binary_crossentropy(x / 9, x / 9),
    "bincount": lambda x: ops.bincount(ops.cast(x[0], "int32")),
    "bitwise_and": lambda x: ops.bitwise_and(_whole(x), _whole(x)),
    "bitwise_or": lambda x: ops.bitwise_or(_whole(x), _whole(x)),
    "bitwise_xor": lambda x: ops.bitwise_xor(_whole(x), _whole(x)),
    "bitwise_not": lambda x: ops.bitwise_not(_whole(x)),
    "bitwise_invert": lambda x: ops.bitwise_invert(_whole(x)),
    "bitwise_left_shift": lambda x: ops.bitwise_left_shift(_whole(x), _whole(x)),
    "bitwise_right_shift": lambda x: ops.bitwise_right_shift(_whole(x), _whole(x)),
    "left_shift": lambda x: ops.left_shift(_whole(x), _whole(x)),
    "right_shift": lambda x: ops.right_shift(_whole(x), _whole(x)),
    "gcd": lambda x: ops.gcd(_whole(x), _whole(x)),
    "lcm": lambda x: ops.lcm(_whole(x), _whole(x)),
    "ldexp": lambda x: ops.ldexp(x, _whole(x)),
    "broadcast_to": lambda x: ops.broadcast_to(x, (2, 2, 3)),
    "cast": lambda x: ops.cast(x, "float32"),
    "saturate_cast": lambda x: ops.saturate_cast(x, "float32"),
    "categorical_crossentropy": lambda x: ops.categorical_crossentropy(x, x),
    "cholesky": lambda x: ops.cholesky(ops.eye(2) + ops.sum(x) * 0),
    "cholesky_inverse": lambda x: ops.cholesky_inverse(ops.eye(2) + ops.sum(x) * 0),
    "clip": lambda x: ops.clip(x, -100.0, 100.0),
    "concatenate": lambda x: ops.concatenate([x]),
    "conv": lambda x: ops.conv(x[None], ops.ones((1, 3, 3))),
    "conv_transpose": lambda x: ops.conv_transpose(x[None], ops.ones((1, 3, 3)), 1),
    "depthwise_conv": lambda x: ops.depthwise_conv(x[None], ops.ones((1, 3, 1))),
    "separable_conv": lambda x: ops.separable_conv(x[None], ops.ones((1, 3, 1)), ops.ones((1, 3, 3))),
    "cross": lambda x: ops.cross(x, x),
    "correlate": lambda x: ops.correlate(x[0], x[0]),
    "ctc_decode": lambda x: ops.ctc_decode(x[None], np.array([2], "int32")),
    "ctc_loss": lambda x: ops.ctc_loss(
        np.array([[1]], "int32"), x[None], np.array([1], "int32"), np.array([2], "int32")
    ),
    "depth_to_space": lambda x: ops.depth_to_space(ops.ones((1, 2, 2, 4)) * ops.sum(x), 2),
    "space_to_depth": lambda x: ops.space_to_depth(ops.ones((1, 2, 2, 4)) * ops.sum(x), 2),
    "det": lambda x: ops.det(_square(x)),
    "eig": lambda x: ops.eig(_square(x)),
    "eigh": lambda x: ops.eigh(_square(x)),
    "inv": lambda x: ops.inv(_square(x)),
    "slogdet": lambda x: ops.slogdet(_square(x)),
    "logdet": lambda x: ops.logdet(_square(x)),
    "lu_factor": lambda x: ops.lu_factor(_square(x)),
    "solve": lambda x: ops.solve(_square(x), _square(x)),
    "solve_triangular": lambda x: ops.solve_triangular(_square(x), _square(x)),
    "lstsq": lambda x: ops.lstsq(_square(x), _square(x)),
    "diagflat": lambda x: ops.diagflat(x[0]),
    "digitize": lambda x: ops.digitize(x, np.array([1.0, 2.0], "float32")),
    "dot": lambda x: ops.dot(x, ops.transpose(x)),
    "matmul": lambda x: ops.matmul(x, ops.transpose(x)),
    "dot_product_attention": lambda x: ops.dot_product_attention(
        x[None, :, None], x[None, :, None], x[None, :, None]
    ),
    "einsum": lambda x: ops.einsum("ij->ij", x),
    "expand_dims": lambda x: ops.expand_dims(x, 0),
    "extract_sequences": lambda x: ops.extract_sequences(x, 2, 1),
    "fft": lambda x: ops.fft((x, x)),
    "fft2": lambda x: ops.fft2((x, x)),
    "ifft2": lambda x: ops.ifft2((x, x)),
    "irfft": lambda x: ops.irfft((x, x)),
    "istft": lambda x: ops.istft(ops.stft(ops.ones(16) * ops.sum(x), 4, 2, 4), 4, 2, 4),
    "stft": lambda x: ops.stft(ops.ones(16) * ops.sum(x), 4, 2, 4),
    "fold": lambda x: ops.fold(ops.ones((1, 4, 4)) * ops.sum(x), (4, 4), 2, stride=2),
    "unfold": lambda x: ops.unfold(ops.ones((1, 1, 4, 4)) * ops.sum(x), 2),
    "full_like": lambda x: ops.full_like(x, 2.0),
    "get_item": lambda x: ops.get_item(x, 0),
    "glu": lambda x: ops.glu(ops.transpose(x)),
    "heaviside": lambda x: ops.heaviside(x, 0.5),
    "hsplit": lambda x: ops.hsplit(x, 3),
    "vsplit": lambda x: ops.vsplit(x, 2),
    "dsplit": lambda x: ops.dsplit(x[None], 3),
    "in_top_k": lambda x: ops.in_top_k(np.array([0, 1], "int32"), x, 1),
    "isin": lambda x: ops.isin(x, x),
    "moments": lambda x: ops.moments(x, 0),
    "moveaxis": lambda x: ops.moveaxis(x, 0, 1),
    "multi_hot": lambda x: ops.multi_hot(_whole(x), 9),
    "one_hot": lambda x: ops.one_hot(_whole(x), 9),
    "norm": lambda x: ops.norm(x),
    "nextafter": lambda x: ops.nextafter(x, x),
    "pad": lambda x: ops.pad(x, ((0, 0), (0, 0))),
    "percentile": lambda x: ops.percentile(x, 50),
    "nanpercentile": lambda x: ops.nanpercentile(x, 50),
    "quantile": lambda x: ops.quantile(x, 0.5),
    "nanquantile": lambda x: ops.nanquantile(x, 0.5),
    "psnr": lambda x: ops.psnr(x, x, 1.0),
    "rearrange": lambda x: ops.rearrange(x, "a b -> (a b)"),
    "repeat": lambda x: ops.repeat(x, 1),
    "reshape": lambda x: ops.reshape(x, (3, 2)),
    "roll": lambda x: ops.roll(x, 1),
    "rms_normalization": lambda x: ops.rms_normalization(x),
    "scatter": lambda x: ops.scatter(np.array([[0], [1]]), x[0][:2], (4,)),
    "scatter_update": lambda x: ops.scatter_update(x, np.array([[0, 1]]), ops.ones(1)),
    "slice_update": lambda x: ops.slice_update(ops.convert_to_tensor(x), (0, 0), ops.ones((1, 1))),
    "slice": lambda x: ops.slice(ops.convert_to_tensor(x), (0, 0), (1, 2)),
    "searchsorted": lambda x: ops.searchsorted(x[0], x[1]),
    "segment_max": lambda x: ops.segment_max(x, np.array([0, 1]), num_segments=2),
    "segment_min": lambda x: ops.segment_min(x, np.array([0, 1]), num_segments=2),
    "segment_prod": lambda x: ops.segment_prod(x, np.array([0, 1]), num_segments=2),
    "segment_sum": lambda x: ops.segment_sum(x, np.array([0, 1]), num_segments=2),
    "select": lambda x: ops.select([x > 1], [x], 0.0),
    "sparse_categorical_crossentropy": lambda x: ops.sparse_categorical_crossentropy(np.array([0, 1]), x),
    "split": lambda x: ops.split(x, 3, axis=1),
    "stack": lambda x: ops.stack([ops.convert_to_tensor(x) * 1.0] * 2),
    "hstack": lambda x: ops.hstack([x * 1.0]),
    "vstack": lambda x: ops.vstack([x * 1.0]),
    "dstack": lambda x: ops.dstack([x]),
    "swapaxes": lambda x: ops.swapaxes(x, 0, 1),
    "take": lambda x: ops.take(x, np.array([0]), axis=0),
    "take_along_axis": lambda x: ops.take_along_axis(x, np.zeros((2, 3), "int32"), 1),
    "tensordot": lambda x: ops.tensordot(x, x, 2),
    "threshold": lambda x: ops.threshold(x, -1.0, 0.0),
    "tile": lambda x: ops.tile(x, 1),
    "top_k": lambda x: ops.top_k(x, 1),
    "unravel_index": lambda x: ops.unravel_index(_whole(x), (9, 9)),
    "unstack": lambda x: ops.unstack(ops.convert_to_tensor(x)),
    "vander": lambda x: ops.vander(x[0]),
    "view": lambda x: ops.view(x, "int32"),
    "view_as_complex": lambda x: ops.view_as_complex(ops.convert_to_tensor(x)[:, :2]),
    "view_as_real": lambda x: ops.view_as_real(ops.cast(x, "complex64")),
    "where": lambda x: ops.where(x > 0, x, x),
    "cdist": lambda x: ops.cdist(x, x),
    "polar": lambda x: ops.polar(x, x),
    "layer_normalization": lambda x: ops.layer_normalization(x),
    "diag": lambda x: ops.diag(x),
    "meshgrid": lambda x: ops.meshgrid(x[0], x[1]),
    "histogram": lambda x: ops.histogram(x[0]),
    "imag": lambda x: ops.imag(ops.cast(x, "complex64")),
    "real": lambda x: ops.real(ops.convert_to_tensor(x)),
    "conj": lambda x: ops.conj(ops.convert_to_tensor(x)),
    "conjugate": lambda x: ops.conjugate(ops.convert_to_tensor(x)),
    "vdot": lambda x: ops.vdot(x[0], x[0]),
    "nan_to_num": lambda x: ops.nan_to_num(ops.convert_to_tensor(x)),
}
BINARY = frozenset(
    """add allclose arctan2 cdist divide divide_no_nan equal floor_divide fmax fmin fmod greater greater_equal
    hypot inner isclose kron less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor maximum
    minimum mod multiply not_equal outer power subtract true_divide""".split()
)
WITHOUT_A_TENSOR: Mapping[str, Callable[[], Any]] = {
    "arange": lambda: ops.arange(3),
    "bartlett": lambda: ops.bartlett(3),
    "blackman": lambda: ops.blackman(3),
    "hamming": lambda: ops.hamming(3),
    "hanning": lambda: ops.hanning(3),
    "kaiser": lambda: ops.kaiser(3, 1.0),
    "empty": lambda: ops.empty((2,)),
    "eye": lambda: ops.eye(2),
    "full": lambda: ops.full((2,), 1.0),
    "geomspace": lambda: ops.geomspace(1.0, 2.0, 3),
    "identity": lambda: ops.identity(2),
    "linspace": lambda: ops.linspace(0.0, 1.0, 3),
    "logspace": lambda: ops.logspace(0.0, 1.0, 3),
    "ones": lambda: ops.ones((2,)),
    "tri": lambda: ops.tri(2),
    "zeros": lambda: ops.zeros((2,)),
}


def values() -> Any:
    return np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], "float32")


def variable() -> Any:
    return keras.Variable(values())


def call_of(name: str) -> Call:
    """How ``keras.ops.NAME`` is called."""
    if name in CALLS:
        return CALLS[name]
    if name in WITHOUT_A_TENSOR:
        return lambda x: WITHOUT_A_TENSOR[name]()
    function = getattr(ops, name)
    return (lambda x: function(x, x)) if name in BINARY else function


def _whole(x: Any) -> Any:
    return ops.cast(x, "int32")


def _square(x: Any) -> Any:
    return ops.eye(3) + ops.matmul(ops.transpose(x), x) * 0.5
