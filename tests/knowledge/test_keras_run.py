"""Keras's entries, audited on the backend of this process: run it with any KERAS_BACKEND."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np
import pytest

from tensorlint.knowledge.catalog import Catalog, Entry
from tensorlint.knowledge.effects import ElementsWritten, Signature
from tests.audit.turned import assert_all_are_caught

keras = pytest.importorskip("keras")

from runtime_check.audit import keras_examples  # noqa: E402
from runtime_check.audit.keras import audit, entries  # noqa: E402
from runtime_check.audit.keras_examples import model, v  # noqa: E402
from runtime_check.audit.row import Verdict  # noqa: E402
from runtime_check.storage import picture, values_overlap  # noqa: E402

CATALOG = Catalog()
BACKEND = keras.backend.backend()
ENTRIES = entries()
UNPROVED = frozenset().union(*keras_examples.UNPROVED.values())
# What other versions of Keras have.
LACKING = {"keras.Metric.reset_states", "keras.Metric.weights"}
LACKING |= set() if BACKEND == "jax" else {"keras.Model.jax_state_sync"}
LACKING |= set() if BACKEND == "tensorflow" else {f"keras.Value.assign{end}" for end in ("", "_add", "_sub")}
OPERATIONS = sorted(n for n in dir(keras.ops) if not n.startswith("_") and callable(getattr(keras.ops, n)))
LAYERS = sorted(n for n in dir(keras.layers) if inspect.isclass(getattr(keras.layers, n)) and n[0] != "_")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_does_what_it_says(entry: Entry) -> None:
    row = audit(entry)
    unproved = Verdict.UNPROVED if entry.name in UNPROVED else Verdict.CONFIRMED
    assert row.verdict is (Verdict.LACKING if entry.name in LACKING else unproved), row.reason


def test_little_is_left_unproved() -> None:
    assert len(UNPROVED) <= len(ENTRIES) // 20
    assert {entry.name for entry in ENTRIES} >= UNPROVED


def test_ten_entries_turned_round_at_random_are_caught() -> None:
    assert_all_are_caught("keras")


DENSE = "class (*args) -> new(stateless) as keras.Layer; call (self, *args, **options) -> new"


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("keras.Variable.assign", "(self, value) -> new"),
        ("keras.Optimizer.apply", "(self, grads, trainable_variables=None) -> none, self!"),
        ("keras.Sequential.add", "(self, layer, rebuild=True) -> none, layer <- self"),
        ("keras.Model.layers", "property (self) -> list[new as keras.Layer]"),
        ("keras.Model.fit", "(self, *args, **options) -> new as keras.callbacks.History"),
        ("keras.layers.Dense", DENSE),
        ("keras.layers.Identity", "class () -> new as keras.Layer; call (self, inputs) -> none"),
        ("keras.ops.shape", "(x) -> new"),
        ("keras.applications.vgg16.preprocess_input", "(x, data_format=None) -> view(x)"),
    ],
)
def test_a_wrong_entry_is_found_out(name: str, effect: str) -> None:
    assert audit(Entry(name, effect, "", "keras.KerasTensor")).verdict is Verdict.REFUTED


def signature(name: str) -> Signature:
    entry = CATALOG.lookup(name)
    assert entry is not None, f"{name} is not in the table"
    return entry.signature


def written(found: Signature) -> set[str]:
    writes = (write for case in found.cases for write in case.writes)
    return {str(write.path) for write in writes if isinstance(write, ElementsWritten)}


def test_what_may_share_does_so_on_some_backend() -> None:
    """On PyTorch the doubtful ones are views; elsewhere a result cannot be written."""
    for name in ("reshape", "transpose"):
        assert str(signature(f"keras.ops.{name}").cases[0].term) == "new(doubtful)"
    x = v()
    shared = values_overlap(keras.ops.reshape(x, (3, 2)), x), values_overlap(keras.ops.transpose(x), x)
    assert shared == ((True, True) if BACKEND == "torch" else (False, False))
    converted = keras.ops.convert_to_tensor(x)
    assert (converted is x) is (BACKEND == "tensorflow")
    assert (converted is x.value) is (BACKEND != "tensorflow")


# Variables


def test_variables() -> None:
    x = v()
    wrapped, copied = keras.Variable(x.value), keras.Variable(x.numpy())
    assert values_overlap(x, wrapped) is (BACKEND != "jax")
    assert values_overlap(x, copied) is False
    for method in ("assign", "assign_add", "assign_sub"):
        assert written(signature(f"keras.Variable.{method}")) == {"self"}
        before = picture(x)
        value: Any = np.full((2, 3), 9.0, "float32")
        result = getattr(x, method)(value)
        assert picture(x) != before
        assert result is not x
        now = picture(x)
        value += 1.0
        if BACKEND != "jax":  # which may keep the memory of an array that happens to be aligned
            assert picture(x) == now
    kept = x
    x += 1.0
    assert x is not kept
    assert not isinstance(x, keras.Variable)
    array = kept.numpy()
    array += 1.0
    assert not np.array_equal(array, kept.numpy())


# Models


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
    first, second, third = v(), v(), v()
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
    spaces = {"ops": OPERATIONS, "layers": LAYERS, "ops.image": public(keras.ops.image)} | {
        space: public(getattr(keras, space)) for space in SPACES
    }
    names = [f"keras.{space}.{name}" for space, found in spaces.items() for name in found]
    assert [n for n in names if CATALOG.lookup(n) is None and n.rpartition(".")[2] not in BASES] == []


# What other classes derive from.
BASES = frozenset(
    """Callback CallbackList Constraint Initializer Layer Loss Metric MultiOptimizer Optimizer OptimizerMap
    Regularizer""".split()
)
SPACES = (
    "random optimizers losses metrics initializers regularizers constraints activations callbacks"
    " models applications"
).split()


def public(module: Any) -> list[str]:
    return [n for n in dir(module) if n[0] != "_" and not inspect.ismodule(getattr(module, n))]


def _is_of_keras(kind: Any, name: str) -> bool:
    owner = next(base for base in kind.__mro__ if name in vars(base))
    return bool(owner.__module__.startswith("keras.src") and "keras.src.backend." not in owner.__module__)
