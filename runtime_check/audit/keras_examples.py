"""What the written-out calls of Keras's entries are made of, and the entries that nothing calls."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

DATA: Any = np.ones((4, 2), "float32")
IMAGE: Any = np.full((2, 2, 3), 100.0, "float32")
CORNERS: Any = np.array([[[0.0, 0], [0, 3], [3, 0], [3, 3]]], "float32")


def array(*shape: int, dtype: str = "float32") -> Any:
    return np.full(shape, 100, dtype)


def v() -> Any:
    """A variable: 2 × 3 and positive."""
    return keras.Variable(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], "float32"))


def t(*shape: int) -> Any:
    return ops.ones(shape)


def whole(x: Any) -> Any:
    return ops.cast(x, "int32")


def square(x: Any) -> Any:
    return ops.eye(3) + ops.matmul(ops.transpose(x), x) * 0.5


def model(name: str = "m") -> Any:
    built = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()], name=name
    )
    built.compile(optimizer="sgd", loss="mse")
    return built


def functional(made: Any) -> Any:
    return keras.Model(made.inputs, made.outputs)


def trained() -> Any:
    """A model whose metrics and optimizer have their state already."""
    made = model()
    made.train_on_batch(DATA, DATA)
    return made


def dense() -> Any:
    layer = keras.layers.Dense(2)
    layer(t(2, 2))
    return layer


def layer(made: Any, *shape: int) -> Any:
    made(ops.ones(shape or (2, 4, 4, 3)))
    return made


def optimizer(*variables: Any) -> Any:
    made = keras.optimizers.SGD(0.1, momentum=0.5)
    if variables:
        made.build(list(variables))
    return made


def averaging(*variables: Any) -> Any:
    """An optimizer that puts averages in the place of the variables in the end."""
    made = keras.optimizers.SGD(0.1, use_ema=True)
    made.build(list(variables))
    for average in made._model_variables_moving_average:
        average.assign(average + 1)
    return made


def metric() -> Any:
    made = keras.metrics.Mean()
    made.update_state([1.0, 2.0])
    return made


def folder() -> Path:
    return Path(tempfile.mkdtemp())


def saved() -> str:
    name = folder() / "m.keras"
    model().save(name)
    return str(name)


def weights() -> str:
    name = folder() / "m.weights.h5"
    made = model()
    made.set_weights([w + 1 for w in made.get_weights()])
    made.save_weights(name)
    return str(name)


def picture_file() -> str:
    name = folder() / "image.png"
    keras.utils.save_img(name, IMAGE)
    return str(name)


def store(held: Any) -> dict[str, Any]:
    """What a layer or optimizer writes when it is saved, with other numbers."""
    found: dict[str, Any] = {}
    held.save_own_variables(found)
    return {name: np.asarray(value) + 1 for name, value in found.items()}


def tree_of(made: Any) -> Any:
    """The state of a model, with other numbers."""
    return keras.tree.map_structure(lambda x: np.asarray(x) + 1, made.get_state_tree("numpy_array"))


ELSEWHERE = {
    "jax": "keras.Model.predict_step keras.Model.test_step keras.Model.train_step",
    "tensorflow": "keras.Optimizer.stateless_apply",
    "torch": "keras.Model.export",
}
UNPROVED: Mapping[str, frozenset[str]] = {
    "takes minutes to build, or gigabytes": frozenset(
        f"keras.applications.{name}"
        for name in (
            "ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtXLarge DenseNet169 DenseNet201 EfficientNetB2"
            " EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B2"
            " EfficientNetV2B3 EfficientNetV2L EfficientNetV2M EfficientNetV2S InceptionResNetV2 NASNetLarge"
            " ResNet101 ResNet101V2 ResNet152 ResNet152V2"
        ).split()
    ),
    "fetches a file": frozenset(
        {"keras.utils.get_file"}
        | {
            f"keras.applications.{name}.decode_predictions"
            for name in "imagenet_utils inception_v3 mobilenet_v2 resnet50 vgg16".split()
        }
    ),
    "stands on a library that need not be installed": frozenset(
        {"keras.layers.FlaxLayer", "keras.callbacks.OrbaxCheckpoint"}
    ),
    "is refused on this backend, or called otherwise": frozenset(
        ELSEWHERE.get(keras.backend.backend(), "").split()
    ),
    "is called only while a layer is": frozenset({"keras.Layer.add_loss"}),
    "wraps what was made for one backend": frozenset(
        {"keras.layers.JaxLayer", "keras.layers.TFSMLayer", "keras.layers.TorchModuleWrapper"}
    ),
}
