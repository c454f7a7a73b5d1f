"""Entries of Keras's table, called on the backend of this process: run it with any KERAS_BACKEND."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import ElementsWritten, Many, New, Signature, Typed

keras = pytest.importorskip("keras")

from runtime_check.audit import keras_calls  # noqa: E402
from runtime_check.storage import picture, values_overlap  # noqa: E402

CATALOG = Catalog()
BACKEND = keras.backend.backend()
CONTROL = frozenset(
    """associative_scan cond custom_gradient fori_loop jvp map scan switch vectorize vectorized_map
    while_loop""".split()
)
OPERATIONS = sorted(n for n in dir(keras.ops) if not n.startswith("_") and callable(getattr(keras.ops, n)))


def signature(name: str) -> Signature:
    entry = CATALOG.lookup(name)
    assert entry is not None, f"{name} is not in the table"
    return entry.signature


def terms(found: Signature) -> Iterator[Any]:
    for case in found.cases:
        yield case.term.term if isinstance(case.term, Typed) else case.term


def written(found: Signature) -> set[str]:
    writes = (write for case in found.cases for write in case.writes)
    return {str(write.path) for write in writes if isinstance(write, ElementsWritten)}


# Operations


def tried(name: str, x: Any) -> Any:
    """The result for a variable; some backends take no variable here, and its value is handed in instead."""
    call = keras_calls.call_of(name)
    for argument in (x, x.value):
        try:
            return call(argument)
        except (AttributeError, TypeError, ValueError):
            continue
    return call(keras.ops.convert_to_tensor(keras_calls.values()))


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_writes_nothing_and_gives_what_the_table_says(name: str) -> None:
    found = signature(f"keras.ops.{name}")
    assert written(found) == set()
    if name in CONTROL:
        return
    x = keras_calls.variable()
    before = picture(x)
    result = tried(name, x)
    assert picture(x) == before
    (*_, last) = terms(found)
    if isinstance(last, Many):
        assert isinstance(result, (list, tuple))
        (*_, last) = last.terms
    first = next(terms(found))
    may_share = str(first) == "x" or (isinstance(last, New) and last.quality("doubtful") is not None)
    if isinstance(last, New) and not may_share:
        assert not values_overlap(result, x), f"{name} shares with its argument"
    if str(found.cases[0].term).endswith("as numpy.ndarray"):
        assert isinstance(result, np.ndarray)


def test_what_may_share_does_so_on_some_backend() -> None:
    """On PyTorch the doubtful ones are views; elsewhere a result cannot be written."""
    for name in ("reshape", "transpose"):
        assert str(signature(f"keras.ops.{name}").cases[0].term) == "new(doubtful)"
    x = keras_calls.variable()
    shared = values_overlap(keras.ops.reshape(x, (3, 2)), x), values_overlap(keras.ops.transpose(x), x)
    assert shared == ((True, True) if BACKEND == "torch" else (False, False))
    converted = keras.ops.convert_to_tensor(x)
    assert (converted is x) is (BACKEND == "tensorflow")
    assert (converted is x.value) is (BACKEND != "tensorflow")


# Variables


def test_variables() -> None:
    v = keras_calls.variable()
    wrapped, copied = keras.Variable(v.value), keras.Variable(v.numpy())
    assert values_overlap(v, wrapped) is (BACKEND != "jax")
    assert values_overlap(v, copied) is False
    for method in ("assign", "assign_add", "assign_sub"):
        assert written(signature(f"keras.Variable.{method}")) == {"self"}
        before = picture(v)
        value: Any = np.full((2, 3), 9.0, "float32")
        result = getattr(v, method)(value)
        assert picture(v) != before
        assert result is not v
        now = picture(v)
        value += 1.0
        if BACKEND != "jax":  # which may keep the memory of an array that happens to be aligned
            assert picture(v) == now
    kept = v
    v += 1.0
    assert v is not kept
    assert not isinstance(v, keras.Variable)
    array = kept.numpy()
    array += 1.0
    assert not np.array_equal(array, kept.numpy())


# Models


def model() -> Any:
    keras.utils.set_random_seed(1)
    built = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()], name="m"
    )
    built.compile(optimizer="sgd", loss="mse")
    return built


DATA: Any = np.ones((4, 2), "float32")
MODEL_CALLS: dict[str, Callable[[Any], Any]] = {
    "fit": lambda m: m.fit(DATA, DATA, verbose=0),
    "train_on_batch": lambda m: m.train_on_batch(DATA, DATA),
    "evaluate": lambda m: m.evaluate(DATA, DATA, verbose=0),
    "test_on_batch": lambda m: m.test_on_batch(DATA, DATA),
    "predict": lambda m: m.predict(DATA, verbose=0),
    "predict_on_batch": lambda m: m.predict_on_batch(DATA),
    "compile": lambda m: m.compile(optimizer="sgd", loss="mse"),
    "get_weights": lambda m: m.get_weights(),
    "set_weights": lambda m: m.set_weights([w + 1 for w in m.get_weights()]),
    "get_layer": lambda m: m.get_layer(index=0),
    "summary": lambda m: m.summary(print_fn=lambda *a, **k: None),
    "count_params": lambda m: m.count_params(),
    "get_config": lambda m: m.get_config(),
}


@pytest.mark.parametrize("name", MODEL_CALLS)
def test_what_a_method_of_a_model_writes(name: str) -> None:
    entry = CATALOG.method("keras.Model", name)
    assert entry is not None
    m = model()
    before = [w.tobytes() for w in m.get_weights()]
    result = MODEL_CALLS[name](m)
    changed = [w.tobytes() for w in m.get_weights()] != before
    assert changed is ("self" in written(entry.signature))
    if name in ("get_weights", "predict", "predict_on_batch"):
        assert not values_overlap(result, m)


def test_lists_of_variables_are_new_and_hold_the_same_variables() -> None:
    m = model()
    for name in ("weights", "trainable_weights", "variables", "trainable_variables"):
        first, second = getattr(m, name), getattr(m, name)
        assert first is not second
        assert all(a is b for a, b in zip(first, second, strict=True))
        entry = CATALOG.method("keras.Sequential", name)
        assert entry is not None
        assert str(entry.signature.cases[0].term) == "list[reach(self) as keras.Variable]"


def test_which_copies_share_weights_and_which_are_fresh() -> None:
    m = model()
    same_layers = keras.Model(m.inputs, m.outputs)
    assert same_layers.weights[0] is m.weights[0]
    for made in (copy.copy(m), copy.deepcopy(m)):
        assert not values_overlap(made, m)
        assert [w.tobytes() for w in made.get_weights()] == [w.tobytes() for w in m.get_weights()]
    for made in (keras.models.clone_model(m), m.__class__.from_config(m.get_config())):
        assert not values_overlap(made, m)
        assert made.get_weights()[0].tobytes() != m.get_weights()[0].tobytes()
    layer = m.layers[0]
    assert not values_overlap(copy.copy(layer), layer)
    assert copy.copy(layer).kernel.numpy().tobytes() == layer.kernel.numpy().tobytes()


def test_optimizers_and_metrics_write_what_they_say() -> None:
    ones = keras.ops.ones((2, 3))
    first, second, third = keras_calls.variable(), keras_calls.variable(), keras_calls.variable()
    before = picture(first)
    keras.optimizers.SGD(0.1).apply([ones], [first])
    keras.optimizers.SGD(0.1).apply_gradients(zip([ones], [second], strict=True))
    built = keras.optimizers.SGD(0.1)
    built.build([third])
    built.apply([ones])
    assert before not in (picture(first), picture(second), picture(third))
    assert written(signature("keras.Optimizer.apply_gradients")) == {"grads_and_vars[*][1]", "self"}
    assert written(signature("keras.Optimizer.apply")) == {"trainable_variables[*]", "self"}
    mean = keras.metrics.Mean()
    empty = picture(mean)
    mean.update_state([1.0, 2.0])
    assert picture(mean) != empty
    mean.reset_state()
    assert picture(mean) == empty


# Layers

LAYER_ARGUMENTS: tuple[tuple[Any, ...], ...] = ((), (2,), (2, 2), ((2, 2),), ("relu",))
SHAPES = ((2, 3), (2, 4, 4), (2, 4, 4, 3), (2, 4, 4, 4, 3))
LAYERS = sorted(n for n in dir(keras.layers) if inspect.isclass(getattr(keras.layers, n)) and n[0] != "_")
FOREIGN = frozenset({"FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"})


def called(name: str) -> Any:
    """A layer of this class that was called once, or None where it takes more than these attempts."""
    for arguments in LAYER_ARGUMENTS:
        for shape in SHAPES:
            try:
                layer = getattr(keras.layers, name)(*arguments)
                layer(keras.ops.ones(shape))
            except Exception:
                continue
            return layer
    return None


def test_layers_have_weights_where_the_table_says_so() -> None:
    wrong, decided = [], 0
    for name in LAYERS:
        if name in ("InputSpec", "Layer", "Wrapper", *FOREIGN):
            continue
        (*_, last) = terms(signature(f"keras.layers.{name}"))
        claimed = {word for word in ("weights", "stateless") if last.quality(word) is not None}
        layer = called(name) if claimed else None
        if layer is not None:
            decided += 1
            if claimed != {"weights" if layer.weights else "stateless"}:
                wrong.append(name)
    assert wrong == []
    assert decided >= 100


# Arrays


@pytest.mark.parametrize(
    "module", ["vgg16", "resnet50", "resnet_v2", "mobilenet_v2", "inception_v3", "efficientnet", "convnext"]
)
def test_preparing_an_array_of_floats_writes_into_it_where_the_table_says_so(module: str) -> None:
    prepare = getattr(keras.applications, module).preprocess_input
    found = signature(f"keras.applications.{module}.preprocess_input")
    floats: Any = np.full((1, 2, 2, 3), 100.0, "float32")
    integers: Any = np.full((1, 2, 2, 3), 100, "uint8")
    before = floats.copy(), integers.copy()
    result = prepare(floats)
    assert np.shares_memory(result, floats)
    assert (not np.array_equal(floats, before[0])) is (written(found) == {"x"})
    prepare(integers)
    assert np.array_equal(integers, before[1])


# What the table lacks

NOT_TOLD = frozenset(
    """Layer.add_metric Layer.compute_mask Layer.metrics Layer.quantized_build Layer.quantized_call
    Layer.rematerialized_call Layer.symbolic_call Model.compute_loss_and_updates Model.jit_compile
    Model.get_quantization_layer_structure Model.make_predict_function Model.make_test_function
    Model.make_train_function Model.metrics_names Model.run_eagerly Model.stateless_compute_loss
    Model.input_shape Model.output_shape Metric.dtype Metric.from_config Metric.get_config
    """.split()
)


def test_what_the_installed_keras_has_is_in_the_table() -> None:
    # On PyTorch a layer is a module too: what Keras itself defines is what counts.
    kinds = ("Variable", "KerasTensor", "Layer", "Model", "Sequential", "Optimizer", "Metric")
    members = [
        f"{kind}.{name}"
        for kind in kinds
        for name in dir(getattr(keras, kind))
        if not name.startswith("_") and _is_of_keras(getattr(keras, kind), name)
    ]
    lacking = [
        m for m in members if CATALOG.method(f"keras.{m.partition('.')[0]}", m.partition(".")[2]) is None
    ]
    told = {name.partition(".")[2] for name in NOT_TOLD}
    assert [name for name in lacking if name.partition(".")[2] not in told] == []
    spaces = {"ops": OPERATIONS, "layers": LAYERS, "random": [n for n in dir(keras.random) if n[0] != "_"]}
    names = [f"keras.{space}.{name}" for space, found in spaces.items() for name in found]
    assert [n for n in names if CATALOG.lookup(n) is None and n != "keras.layers.Layer"] == []


def _is_of_keras(kind: Any, name: str) -> bool:
    owner = next(base for base in kind.__mro__ if name in vars(base))
    return bool(owner.__module__.startswith("keras.src") and "keras.src.backend." not in owner.__module__)
