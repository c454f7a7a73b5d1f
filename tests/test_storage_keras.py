"""Keras's side of the storage questions, on the backend of this process: run it with any KERAS_BACKEND."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from runtime_check.storage import keras as keras_storage  # noqa: E402
from runtime_check.storage import leaves, library, one_storage, picture, values_overlap  # noqa: E402

BACKEND = keras.backend.backend()
WRITTEN_IN_PLACE = BACKEND != "jax"


def variable(size: int = 3) -> Any:
    return keras.Variable(np.arange(float(size), dtype="float32"))


def model() -> Any:
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()])


def test_overlap_is_what_a_write_reaches() -> None:
    v = variable()
    wrapped, copied = keras.Variable(v.value), keras.Variable(v.numpy())
    assert values_overlap(v, v) is True
    assert values_overlap(v, wrapped) is WRITTEN_IN_PLACE
    assert values_overlap(v, copy.copy(v)) is WRITTEN_IN_PLACE
    assert values_overlap(v, v.value) is WRITTEN_IN_PLACE
    assert values_overlap(v, copied) is False
    assert values_overlap(v, copy.deepcopy(v)) is False
    assert values_overlap(v, v.numpy()) is False
    seen = picture(wrapped), picture(copied)
    v.assign_add(np.ones(3, "float32"))
    assert (picture(wrapped) != seen[0], picture(copied) != seen[1]) == (WRITTEN_IN_PLACE, False)


def test_what_has_no_elements() -> None:
    assert values_overlap(variable(0), variable(0)) is None
    assert keras_storage.extents(keras.Input((2,))) == ()
    assert picture(keras.Input((2,))) == picture(keras.Input((2,))) != picture(keras.Input((3,)))


def test_a_look_leaves_no_trace() -> None:
    v = variable()
    held = v.value
    first = picture([v, model()])
    assert first[0] == "list"
    assert v.value is held
    assert v.numpy().tolist() == [0.0, 1.0, 2.0]


def test_models_hold_their_variables_and_what_is_kept_in_public() -> None:
    whole = model()
    whole.best = [np.zeros(2)]
    found = leaves(whole)
    assert {id(v) for v in whole.variables} <= {id(leaf) for leaf in found}
    assert any(leaf is whole.best[0] for leaf in found)
    assert values_overlap(whole, whole.layers[0].kernel) is True
    assert values_overlap(whole.layers[0], whole.layers[1]) is False
    assert values_overlap(whole, keras.Model(whole.inputs, whole.outputs)) is True
    assert values_overlap(whole, keras.models.clone_model(whole)) is False
    assert one_storage([whole.layers[0].kernel]) is True
    assert one_storage([whole.layers[0].kernel, whole.layers[0].bias]) is False


def test_pictures_tell_values_apart_and_not_names() -> None:
    keras_storage.seed()
    first = model()
    before = picture(first)
    keras_storage.seed()
    second = model()
    assert picture(second) == before
    second.layers[1].moving_mean.assign(np.ones(2, "float32"))
    assert picture(second) != before == picture(first)
    mean = keras.metrics.Mean()
    empty = picture(mean)
    mean.update_state([1.0, 2.0])
    assert picture(mean) != empty


def test_random_numbers_start_again() -> None:
    drawn = []
    for _ in range(2):
        keras_storage.seed()
        seeded = keras.random.uniform((2,), seed=keras.random.SeedGenerator(3))
        drawn.append(picture([keras.random.normal((2,)), keras.layers.Dropout(0.5).seed_generator, seeded]))
    assert drawn[0] == drawn[1]


def test_the_backend_answers_for_the_device() -> None:
    assert keras_storage.backend() is library(BACKEND)
    assert keras_storage.devices()[0] == "cpu"
    assert keras_storage.device_name("cpu") == library(BACKEND).device_name("cpu")
    assert keras_storage.version() == keras.__version__
    with keras_storage.scope("cpu"):
        assert keras_storage.extents(variable()) != ()
    keras_storage.synchronize()
