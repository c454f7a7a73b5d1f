"""What the written-out calls of TensorFlow's entries are made of, and the entries that nothing calls."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from runtime_check.audit.tensorflow_calls import aligned

np_, v1 = tf.experimental.numpy, tf.compat.v1


GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"  # one pixel
BMP = b"BM" + struct.pack("<IIIIiiHHIIiiII4s", 58, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0, bytes(4))


def t(*shape: int) -> Any:
    return tf.ones(shape)


def x() -> Any:
    return tf.constant([[2.0, 0.5], [0.5, 3.0]])


def whole(*numbers: int) -> Any:
    return tf.constant(numbers or (0, 1, 2))


def v(*numbers: float) -> Any:
    return tf.Variable(numbers or (1.0, 2.0, 3.0))


def counter() -> Any:
    return tf.Variable(0)


def lent(count: int = 3, start: int = 0) -> Any:
    """A NumPy array that begins ``start`` items behind a multiple of 64."""
    return aligned(np.arange(count + start, dtype="f4"))[start:]


def matrix() -> Any:
    return aligned(np.arange(6, dtype="f4").reshape(2, 3))


def words(*texts: str) -> Any:
    return tf.constant(texts or ("a b", "c"))


def ragged(value: Any = 1.0) -> Any:
    return tf.ragged.constant([[value, value], [value]])


def deep() -> Any:
    return tf.ragged.constant([[[1.0], []], [[2.0, 3.0]]])


def sparse(value: Any = 1.0) -> Any:
    return tf.SparseTensor([[0, 1], [1, 0]], [value, value], [2, 2])


def slices() -> Any:
    return tf.IndexedSlices(t(1, 2), whole(0), whole(2, 2))


def ds() -> Any:
    return tf.data.Dataset.range(4)


def rows() -> Any:
    return tf.data.Dataset.from_tensors(t(2))


def array(count: int = 2) -> Any:
    made = tf.TensorArray(tf.float32, count, clear_after_read=False)
    return made.unstack(t(count)) if count else made


def taped(of: Any, persistent: bool = False) -> Any:
    """A tape that saw a computation, with its result and what it began with."""
    with tf.GradientTape(persistent=persistent) as tape:
        return tape, of * of, of


def under(tape: tuple[Any, Any, Any]) -> Any:
    return tape[0]


class Scale(tf.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.factor = v()
        self.count = tf.Variable(0, trainable=False)
        self.inner = tf.Module()


class Pair(tf.experimental.ExtensionType):  # type: ignore[misc]
    left: tf.Tensor
    right: tf.Tensor


def checkpoint() -> Any:
    return tf.train.Checkpoint(weight=v())


def saved_checkpoint() -> str:
    return str(tf.train.Checkpoint(weight=v(7.0, 8.0, 9.0)).write(str(folder() / "saved")))


def averages() -> Any:
    made = tf.train.ExponentialMovingAverage(0.5)
    made.weight = v()
    made.apply([made.weight])
    return made


def generator() -> Any:
    return tf.random.Generator.from_seed(1)


def folder() -> Path:
    return Path(tempfile.mkdtemp())


def file(text: str = "1,2\n") -> str:
    name = folder() / "file"
    name.write_text(text)
    return str(name)


def saved_model() -> str:
    name = str(folder() / "model")
    tf.saved_model.save(Scale(), name)
    return name


def saved_data() -> str:
    name = str(folder() / "data")
    ds().save(name)
    return name


def records() -> str:
    name = str(folder() / "records")
    with tf.io.TFRecordWriter(name) as writer:
        writer.write(example())
    return name


def example() -> bytes:
    feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    return tf.train.Example(features=tf.train.Features(feature={"a": feature})).SerializeToString()  # type: ignore[no-any-return]


def sequence_example() -> bytes:
    return tf.train.SequenceExample().SerializeToString()  # type: ignore[no-any-return]


def image(format: str = "png") -> Any:
    encode = tf.io.encode_png if format == "png" else tf.io.encode_jpeg
    return encode(tf.zeros((4, 4, 3), tf.uint8))


def table() -> Any:
    return tf.lookup.KeyValueTensorInitializer(words("a", "b"), tf.constant([1, 2], tf.int64))


def operator() -> Any:
    return tf.linalg.LinearOperatorFullMatrix(x(), is_positive_definite=True, is_self_adjoint=True)


def strategy() -> Any:
    return tf.distribute.get_strategy()


def column() -> Any:
    return tf.feature_column.categorical_column_with_identity("a", 3)


def spec(*shape: int) -> Any:
    return tf.TensorSpec(shape, tf.float32)


def same(value: Any) -> Any:
    return value


def yes(*values: Any) -> Any:
    return tf.constant(True)


def one(count: Any = None) -> Any:
    yield np.float32(1)


def add(a: Any, b: Any) -> Any:
    return a + b


def shift(a: Any) -> Any:
    return a + np.float32(1)


UNPROVED: Mapping[str, frozenset[str]] = {
    reason: frozenset(f"tensorflow.{name}" for name in names.split())
    for reason, names in {
        "changes how TensorFlow behaves for whoever runs next": """
        config.experimental_connect_to_cluster config.experimental_connect_to_host
        config.set_logical_device_configuration config.set_visible_devices
        distribute.experimental_set_strategy disable_eager_execution disable_resource_variables
        disable_v2_behavior disable_v2_tensorshape debugging.enable_check_numerics
        experimental.numpy.experimental_enable_numpy_behavior data.experimental.enable_debug_mode
        experimental.enable_strict_mode experimental.unregister_dispatch_for
        register_tensor_conversion_function test.main""",
        "needs several machines or processes, another device, or a library to load": """
        Tensor.gpu distribute.MultiWorkerMirroredStrategy distribute.ParameterServerStrategy
        distribute.Server distribute.TPUStrategy data.experimental.distributed_save
        experimental.register_filesystem_plugin load_library load_op_library test.create_local_cluster
        """,
        "has no kernel for the CPU": """
        conv2d_backprop_filter_v2 conv2d_backprop_input_v2 image.generate_bounding_box_proposals
        approx_max_k approx_min_k approx_top_k nn.approx_max_k nn.approx_min_k check_pinned fftnd ifftnd
        irfftnd rfftnd signal.fftnd signal.ifftnd signal.irfftnd signal.rfftnd""",
        "is about a tensor of PyTorch too, which no process holds beside those of TensorFlow": """
        constant convert_to_tensor""",
        "needs cells of Keras 2": "nn.dynamic_rnn nn.static_rnn",
        "wants the behaviour of NumPy to be switched on for the whole process": """
        Tensor.__round__ experimental.numpy.around experimental.numpy.round""",
        "is for sessions of TensorFlow 1, and raises": "TensorArray.grad Variable.initialized_value",
        "needs TensorBoard": "summary.audio summary.histogram summary.image summary.scalar summary.text",
        "needs a description of a protocol": "io.decode_proto io.encode_proto",
        "needs a session of TensorFlow 1": "Tensor.eval Variable.create",
        "needs a picture that TensorFlow cannot write": """
        io.decode_jxl io.decode_webp image.decode_jxl image.decode_webp""",
        "is a base of others or made by TensorFlow itself": """
        data.Dataset data.Iterator data.NumpyIterator data.IteratorSpec distribute.DistributedDataset
        distribute.DistributedIterator
        distribute.StrategyExtended experimental.ExtensionTypeSpec Operation
        experimental.StructuredTensor linalg.LinearOperator
        data.experimental.DatasetInitializer RaggedTensor TypeSpec data.experimental.Optional
        experimental.Optional distribute.DistributedValues experimental.ExtensionType
        experimental.RowPartition experimental.numpy.inexact experimental.numpy.ndarray""",
    }.items()
}
