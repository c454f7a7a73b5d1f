"""TensorFlow's side of the storage questions: what overlaps is what a write reaches, looks leave no trace."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from runtime_check.storage import leaves, picture, values_overlap  # noqa: E402
from runtime_check.storage import tensorflow as tensorflow_storage  # noqa: E402

READS: dict[str, Callable[[Any], Any]] = {
    "value": lambda v: v.value(),
    "read_value": lambda v: v.read_value(),
    "convert_to_tensor": tf.convert_to_tensor,
    "identity": tf.identity,
    "reshape": lambda v: tf.reshape(v, [-1]),
    "slice": lambda v: v[1:],
    "variable": tf.Variable,
    "deepcopy": copy.deepcopy,
    "numpy": lambda v: v.numpy(),
    "asarray": np.asarray,
    "cast": lambda v: tf.cast(v, v.dtype),
    "copy": copy.copy,
    "assigned": lambda v: v.assign_add(tf.ones_like(v)),
    "nothing": lambda v: v,
}
WRITES: dict[str, Callable[[Any], Any]] = {
    "assign": lambda v: v.assign(v * 2 + 1),
    "assign_add": lambda v: v.assign_add(tf.ones_like(v)),
    "slice assign": lambda v: v[1:].assign(tf.zeros_like(v[1:]) - 7),
    "scatter": lambda v: v.scatter_nd_update([[1, 0]], [-5.0]),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("read", READS)
def test_what_overlaps_a_variable_is_what_a_write_to_it_reaches(read: str, write: str) -> None:
    variable = tf.Variable(np.arange(6.0).reshape(2, 3))
    other = READS[read](variable)
    before = picture(other)
    overlapping = values_overlap(other, variable)
    WRITES[write](variable)
    assert overlapping is (picture(other) != before)
    assert overlapping is (read in ("cast", "copy", "assigned", "nothing"))


def test_a_tensor_lies_where_numpy_sees_it() -> None:
    tensor = tf.constant(np.arange(12.0).reshape(3, 4))
    shared = tensor.__array__()
    before = picture(tensor)
    shared[0, 0] = 100.0
    assert picture(tensor) != before
    for array in (shared, np.asarray(tensor), np.frombuffer(tensor), np.from_dlpack(tensor)):
        assert values_overlap(tensor, array) is True
    assert values_overlap(tensor, shared[1:]) is True
    assert values_overlap(tf.reshape(tensor, [4, 3]), shared[2:]) is True
    assert values_overlap(tensor[1:], shared) is False
    assert values_overlap(tensor, tensor.numpy()) is False


@pytest.mark.parametrize("dtype", ["bfloat16", "bool", "complex128", "float8_e5m2", "qint8", "uint16"])
def test_every_dtype_has_an_address(dtype: str) -> None:
    start = tf.constant([[1, 0, 1]])
    tensor = tf.cast(start if dtype == "qint8" else tf.cast(start, tf.float32), tf.dtypes.as_dtype(dtype))
    assert values_overlap(tensor, tf.reshape(tensor, [3])) is True
    assert values_overlap(tensor, tf.concat([tensor, tensor], 0)) is False
    number = tf.reshape(tensor[:, 0], [])
    assert values_overlap(number, tf.reshape(number, [1])) is True


def test_some_have_none() -> None:
    words = tf.constant(["a", "b"])
    assert values_overlap(words, words) is None
    assert values_overlap(tf.zeros([0, 3]), tf.zeros([0, 3])) is None
    assert picture(words) == picture(tf.identity(words)) != picture(tf.constant(["a", "c"]))
    names = tf.Variable(["a", "b"])
    assert values_overlap(names, copy.copy(names)) is True


def test_looking_leaves_no_trace() -> None:
    weight = tf.Variable([1.0, 2.0])
    frozen = tf.Variable([3.0, 4.0])
    with tf.GradientTape() as tape:
        for value in (weight, frozen, [weight, {"k": frozen}]):
            picture(value)
            values_overlap(value, weight)
        assert tape.watched_variables() == ()
        loss = tf.reduce_sum(weight * weight)
        picture(loss)
    assert tape.watched_variables() == (weight,)
    np.testing.assert_array_equal(tape.gradient(loss, weight), [2.0, 4.0])
    handle, before = weight.handle, weight.numpy()
    picture(weight)
    assert weight.handle is handle
    np.testing.assert_array_equal(weight, before)


def test_looking_works_while_a_function_is_traced() -> None:
    weight = tf.Variable([1.0, 2.0])
    seen = []

    def traced(x: Any) -> Any:
        seen.append((picture(weight), picture(x), values_overlap(x, weight), values_overlap(weight, weight)))
        return x * weight

    graph = tf.function(traced, autograph=False).get_concrete_function(tf.TensorSpec([2]))
    assert seen[0][0] == picture(weight)
    assert seen[0][1][:4] == ("tensor", "tensorflow", "float32", (2,))
    assert seen[0][2:] == (None, True)
    assert "ReadVariableOp" in {node.op for node in graph.graph.as_graph_def().node}
    assert sum(node.op == "ReadVariableOp" for node in graph.graph.as_graph_def().node) == 1


def test_the_picture_of_a_graph_is_its_formula() -> None:
    def look(x: Any) -> None:
        assert picture(x + 1.0) == picture(x + 1.0)
        several = [x, x + 1.0, x + 2.0, x - 1.0, 1.0 - x, (x + 1.0) * x, tf.constant(1.0), *tf.unstack(x)]
        assert len({picture(value) for value in several}) == len(several)
        deep = x
        for _ in range(200):
            deep = deep + deep
        assert picture(deep) != picture(x)
        array = tf.TensorArray(tf.float32, 2, element_shape=[])
        before = picture(array.stack())
        assert picture(array.write(0, 5.0).stack()) != before
        assert picture(array.stack()) == before

    tf.function(look, autograph=False).get_concrete_function(tf.TensorSpec([2]))


def test_pictures_tell_values_apart() -> None:
    tensor = tf.constant([1.0, float("nan")])
    assert picture(tensor) == picture(tf.identity(tensor))
    different = [
        tensor,
        tensor[:1],
        tf.cast(tensor, tf.float64),
        tf.cast(tensor, tf.bfloat16),
        tf.reshape(tensor, [2, 1]),
        tf.zeros([0]),
        tf.zeros([0, 1]),
        tensor.numpy(),
        tf.constant(["a"]),
        tf.RaggedTensor.from_row_lengths(tensor, [1, 1]),
        tf.sparse.from_dense(tensor),
    ]
    assert len({picture(value) for value in different}) == len(different)


class Dense(tf.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.weights = [tf.Variable([[1.0]])]
        self.state = {"step": tf.Variable(0), "of": {"bias": tf.Variable([0.0])}}

    @tf.function  # type: ignore[untyped-decorator]
    def __call__(self, x: Any) -> Any:
        return x @ self.weights[0] + self.state["of"]["bias"]


def test_modules_share_through_their_variables() -> None:
    model = Dense()
    model(tf.zeros([1, 1]))
    assert len(leaves(model)) == 3
    assert values_overlap(copy.copy(model), model) is True
    assert values_overlap(copy.deepcopy(model), model) is False
    assert picture(copy.deepcopy(model)) == picture(model)
    before = picture(model)
    model.state["of"]["bias"].assign([1.0])
    assert picture(model) != before


def test_the_same_random_numbers_come_again() -> None:
    tensorflow_storage.seed()
    first = tf.random.normal([4]), tf.random.uniform([4])
    tensorflow_storage.seed()
    assert picture((tf.random.normal([4]), tf.random.uniform([4]))) == picture(first)
    assert picture(tf.random.normal([4])) != picture(first[0])


def test_a_device_is_where_new_tensors_are_made() -> None:
    assert "cpu" in tensorflow_storage.devices()
    for device in tensorflow_storage.devices():
        with tensorflow_storage.scope(device):
            assert ("CPU" in tf.zeros(3).device) == (device == "cpu")
        assert tensorflow_storage.device_name(device) != ""
    tensorflow_storage.synchronize()
