"""TensorFlow. A tensor lies where its buffer lies, a variable in its handle: it has no fixed address.

TensorFlow lets a variable and the tensors read from it share a buffer and copies it before the next write: an
``assign`` reaches whoever holds the same handle, and never a tensor.
"""

from __future__ import annotations

import ctypes
import hashlib
import platform
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tensorflow as tf

from .extent import Extent

NAME = "tensorflow"

_NO_ELEMENTS = (tf.string, tf.resource, tf.variant)  # their bytes lie elsewhere; asking for an address aborts

_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]


def version() -> str:
    return str(tf.__version__)


def devices() -> tuple[str, ...]:
    return ("cpu", "cuda") if _gpus() else ("cpu",)


def device_name(device: str) -> str:
    if device == "cpu":
        return platform.machine()
    return str(tf.config.experimental.get_device_details(_gpus()[0]).get("device_name", "GPU"))


def _gpus() -> list[Any]:
    return list(tf.config.list_physical_devices("GPU"))


def scope(device: str) -> AbstractContextManager[Any]:
    """Where there is a GPU, TensorFlow takes it without being asked."""
    if not _gpus():
        return nullcontext()
    place: AbstractContextManager[Any] = tf.device("GPU:0" if device == "cuda" else "CPU:0")
    return place


def seed() -> None:
    tf.random.set_seed(0)


def synchronize() -> None:
    if _gpus():
        tf.test.experimental.sync_devices()


def is_tensor(value: object) -> bool:
    return isinstance(value, (tf.Tensor, tf.Variable))


def extents(tensor: Any) -> tuple[Extent, ...]:
    if isinstance(tensor, tf.Variable):
        return _in_handle(tensor)
    if tf.is_symbolic_tensor(tensor) or tensor.dtype in _NO_ELEMENTS:
        return ()
    address = _address(tensor)
    space = "host" if "CPU" in tensor.device else tensor.device
    size = tensor.dtype.size
    return (Extent(space, address, size, tuple(tensor.shape), _strides(tensor.shape, size), address),)


def _in_handle(variable: Any) -> tuple[Extent, ...]:
    handle = variable.handle
    size = variable.dtype.size or 1  # of a string: its bytes lie elsewhere, and an assign still reaches it
    shape = tuple(variable.shape) if variable.shape.is_fully_defined() else (1,)
    return (Extent(f"variable {id(handle)}", 0, size, shape, _strides(shape, size), id(handle)),)


def _strides(shape: Iterable[int], size: int) -> tuple[int, ...]:
    """Of a row-major tensor: there are no others."""
    strides: list[int] = []
    for length in reversed(tuple(shape)):
        strides.append(size)
        size *= length
    return tuple(reversed(strides))


def _address(tensor: Any) -> int:
    """Where the first element lies. DLPack tells it on every device, and knows no rare dtypes."""
    with tf.init_scope():
        try:
            capsule = tf.experimental.dlpack.to_dlpack(tensor)
        except tf.errors.InvalidArgumentError:
            return int(tf.reshape(tensor, [-1]).__array__().ctypes.data)
    structure = ctypes.cast(_pointer_of(capsule, b"dltensor"), ctypes.POINTER(ctypes.c_void_p))
    return structure[0] or 0  # none when there are no elements


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    if isinstance(tensor, tf.Variable):
        with tf.init_scope():
            # Not `read_value`, which tells every gradient tape that the variable takes part.
            tensor = tf.raw_ops.ReadVariableOp(resource=tensor.handle, dtype=tensor.dtype)
    name = tensor.dtype.name
    if tf.is_symbolic_tensor(tensor):
        shape = tuple(tensor.shape.as_list()) if tensor.shape.rank is not None else ()
        return name, shape, _formula(tensor, {}).encode()
    if tensor.dtype in (tf.resource, tf.variant):
        return name, tuple(tensor.shape), b""
    with tf.init_scope():
        if tensor.dtype == tf.string:
            data = repr(tf.reshape(tensor, [-1]).numpy().tolist()).encode()
        else:
            data = tensor.numpy().tobytes()
    return name, tuple(tensor.shape), data


def _formula(tensor: Any, known: dict[Any, str]) -> str:
    """What a tensor of a graph will be, as text: two of one formula have the same value."""
    operation = tensor.op
    if operation.name not in known:
        inputs = ", ".join(_formula(each, known) for each in operation.inputs)
        constant = operation.get_attr("value") if operation.type == "Const" else ""
        given = operation.name if operation.type == "Placeholder" else ""
        text = f"{operation.type}({given}{constant}{inputs})"
        # The digest keeps the formula of a tensor that is used many times from doubling at each use.
        known[operation.name] = f"{operation.type} {hashlib.sha256(text.encode()).hexdigest()}"
    return f"{known[operation.name]}:{tensor.value_index}"


def members(tensor: Any) -> Iterable[object]:
    return ()
