"""TensorFlow's entries, audited: what comes back and what is written is what a case says that applies."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

tf = pytest.importorskip("tensorflow")

from runtime_check.audit import tensorflow_examples  # noqa: E402
from runtime_check.audit.row import Verdict  # noqa: E402
from runtime_check.audit.tensorflow import CONCRETE, audit, entries, resolve  # noqa: E402
from runtime_check.audit.tensorflow_calls import aligned  # noqa: E402
from runtime_check.storage import picture, values_overlap  # noqa: E402
from tensorlint.knowledge.catalog import Catalog, Entry  # noqa: E402
from tests.audit.turned import assert_all_are_caught, copy_to_argument, written_to_kept  # noqa: E402

CATALOG = Catalog()
ENTRIES = entries()
UNPROVED = frozenset().union(*tensorflow_examples.UNPROVED.values())
NAMESPACES = (
    "",
    *(
        "math math.special linalg nn image random signal strings bitwise sparse ragged sets io "
        "quantization dtypes debugging data train nest summary saved_model config autograph audio "
        "experimental data.experimental random.experimental lookup queue distribute sysconfig test "
        "experimental.dlpack experimental.numpy"
    ).split(),
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_does_what_it_says(entry: Entry) -> None:
    row = audit(entry)
    assert row.verdict is (Verdict.UNPROVED if entry.name in UNPROVED else Verdict.CONFIRMED), row.reason


def test_little_is_left_unproved() -> None:
    assert len(UNPROVED) <= len(ENTRIES) // 20
    assert {entry.name for entry in ENTRIES} >= UNPROVED


def test_ten_entries_turned_round_at_random_are_caught() -> None:
    # A tensor that nobody can write is as good as new: the audit asks for memory of Variables and of NumPy.
    assert_all_are_caught("tensorflow", (copy_to_argument, written_to_kept))


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("tensorflow.cast", "(x, dtype, name=None) -> new"),
        ("tensorflow.Variable.assign_add", "(self, delta, *args, **options) -> new"),
        ("tensorflow.Variable.assign", "(self, value, *args, **options) -> self, self!"),
        ("tensorflow.Variable.value", "(self) -> self"),
        ("tensorflow.expand_dims", "(input, axis) -> new"),
        ("tensorflow.expand_dims", "(input, axis) -> view(input)"),
        ("tensorflow.identity", "(input) -> input"),
        ("tensorflow.nest.flatten", "(structure) -> list[new]"),
        ("tensorflow.Tensor.shape", "property (self) -> none"),
        ("tensorflow.VariableSlice.assign", "(self, value) -> new"),
        ("tensorflow.train.Checkpoint.restore", "(self, *args) -> unknown"),
        ("tensorflow.Variable.scatter_nd_add", "(self, indices, updates) -> view(self)"),
    ],
)
def test_a_wrong_entry_is_found_out(name: str, effect: str) -> None:
    assert audit(Entry(name, effect, "", "tensorflow.Tensor")).verdict is Verdict.REFUTED


def test_an_array_of_a_tensor_can_be_written() -> None:
    tensor = tf.constant([1.0, 2.0])
    tensor.__array__()[0] = 9.0
    assert tensor.numpy()[0] == 9.0


def members(namespace: str) -> Iterator[str]:
    """The public names of one of TensorFlow's modules, which are no modules themselves."""
    module: Any = tf
    for part in filter(None, namespace.split(".")):
        module = getattr(module, part)
    for name in dir(module):
        if not name.startswith("_") and not _is_module(getattr(module, name, None)):
            yield ".".join(filter(None, ("tensorflow", namespace, name)))


def _is_module(value: Any) -> bool:
    return inspect.ismodule(value) or type(value).__name__ in ("KerasLazyLoader", "LazyLoader")


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_no_name_of_a_namespace_lacks_an_entry(namespace: str) -> None:
    lacking = [name for name in members(namespace) if CATALOG.lookup(name) is None]
    assert lacking == (["tensorflow.Tensor"] if not namespace else [])  # nobody calls it


OWN = ("tensorflow.Tensor", "tensorflow.Variable", "tensorflow.TensorArray", "tensorflow.data.Dataset")
OPERATORS = frozenset(
    (
        "__abs__ __add__ __and__ __array__ __bool__ __complex__ __copy__ __deepcopy__ __dlpack__ "
        "__dlpack_device__ __eq__ __float__ __floordiv__ __ge__ __getitem__ __gt__ __index__ __int__ "
        "__invert__ __iter__ __le__ __len__ __lt__ __matmul__ __mod__ __mul__ __ne__ __neg__ __or__ "
        "__pow__ __radd__ __rand__ __rfloordiv__ __rmatmul__ __rmod__ __rmul__ __ror__ __round__ "
        "__rpow__ __rsub__ __rtruediv__ __rxor__ __sub__ __truediv__ __xor__"
    ).split()
)


@pytest.mark.parametrize("name", OWN)
def test_no_method_lacks_an_entry(name: str) -> None:
    kind = CONCRETE.get(name.rpartition(".")[2], resolve(name))
    public = [each for each in dir(kind) if not each.startswith("_") or each in OPERATORS]
    own = [each for each in public if getattr(object, each, None) is not getattr(kind, each)]
    assert [each for each in own if CATALOG.method(name, each) is None] == []


@pytest.mark.parametrize("operator", ["__iadd__", "__isub__", "__imul__", "__setitem__"])
def test_a_tensor_has_no_operator_that_writes(operator: str) -> None:
    assert not hasattr(tf.constant(1.0), operator)
    assert CATALOG.method("tensorflow.Tensor", operator) is None
    assert CATALOG.method("tensorflow.Variable", operator) is None


def test_a_variable_refuses_to_be_written_by_operators() -> None:
    variable = tf.Variable([1.0])
    with pytest.raises(RuntimeError, match="not supported"):
        variable += 1.0
    with pytest.raises(TypeError):
        variable[0] = 1.0


def test_what_a_slice_of_a_variable_assigns_is_the_variable() -> None:
    entry = CATALOG.lookup("tensorflow.VariableSlice.assign")
    assert entry is not None and "self[*]!" in entry.effect
    variable = tf.Variable([1.0, 2.0, 3.0])
    part = variable[1:]
    before = picture(part)
    result = part.assign([7.0, 8.0])
    assert variable.numpy().tolist() == [1.0, 7.0, 8.0]
    assert picture(part) == before
    assert values_overlap(result, variable) is True
    assert not hasattr(part[1:], "assign")


def test_a_graph_loses_what_a_tensor_array_is_told() -> None:
    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def traced(method: str, *arguments: Any) -> Any:
        array = tf.TensorArray(tf.float32, 2, element_shape=[])
        getattr(array, method)(*arguments)
        return array.stack()

    for call in (("write", 0, 5.0), ("unstack", [5.0, 6.0]), ("scatter", [0], [5.0])):
        entry = CATALOG.lookup(f"tensorflow.TensorArray.{call[0]}")
        assert entry is not None and "must_use" in entry.effect
        assert traced(*call).numpy().tolist() == [0.0, 0.0]


def test_a_method_of_a_data_set_leaves_it_alone() -> None:
    dataset = tf.data.Dataset.range(4)
    tried_methods = {
        "batch": (2,),
        "map": (lambda x: x + 1,),
        "shuffle": (4,),
        "repeat": (2,),
        "filter": (lambda x: x > 1,),
        "take": (1,),
        "skip": (1,),
        "cache": (),
        "prefetch": (1,),
        "enumerate": (),
        "shard": (2, 0),
        "concatenate": (dataset,),
        "window": (2,),
        "flat_map": (tf.data.Dataset.from_tensors,),
        "interleave": (tf.data.Dataset.from_tensors,),
        "unique": (),
        "padded_batch": (2,),
        "ignore_errors": (),
        "with_options": (tf.data.Options(),),
    }
    for method, arguments in tried_methods.items():
        entry = CATALOG.lookup(f"tensorflow.data.Dataset.{method}")
        assert entry is not None and entry.effect.endswith("must_use"), method
        assert getattr(dataset, method)(*arguments) is not dataset
    assert list(dataset.as_numpy_iterator()) == [0, 1, 2, 3]


@pytest.mark.parametrize("make", ["from_tensor_slices", "from_tensors"])
def test_a_data_set_copies_the_arrays_that_go_in(make: str) -> None:
    array = aligned([[1.0, 2.0]])
    dataset = getattr(tf.data.Dataset, make)(array)
    array[:] = -1.0
    assert next(iter(dataset)).numpy().ravel().tolist() == [1.0, 2.0]
    assert not next(dataset.as_numpy_iterator()).flags.writeable


def test_a_numpy_function_writes_its_argument_only_inside_a_graph() -> None:
    def shift(x: Any) -> Any:
        x += 10.0
        return x

    def shifted(x: Any) -> Any:
        doubled = x * 2.0
        return tf.numpy_function(shift, [doubled], tf.float32), doubled

    x = tf.constant([1.0])
    assert [each.numpy().tolist() for each in shifted(x)] == [[12.0], [2.0]]
    assert [each.numpy().tolist() for each in tf.function(shifted, autograph=False)(x)] == [[12.0], [12.0]]


def test_a_cached_data_set_is_changed_by_a_numpy_function() -> None:
    def shift(x: Any) -> Any:
        x += 10.0
        return x

    dataset = tf.data.Dataset.from_tensor_slices([[1.0], [2.0]]).cache()
    shifted = dataset.map(lambda x: tf.numpy_function(shift, [x], tf.float32))
    epochs = [[float(x[0]) for x in shifted] for _ in range(2)]
    assert epochs[0] != epochs[1]


class Scale(tf.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.factor = tf.Variable([2.0])
        self.count = tf.Variable(0, trainable=False)


def test_the_variables_of_a_module_are_its_own() -> None:
    module = Scale()
    for name in ("variables", "trainable_variables", "non_trainable_variables"):
        entry = CATALOG.lookup(f"tensorflow.Module.{name}")
        assert entry is not None and "reach(self)" in entry.effect
        variables = getattr(module, name)
        assert isinstance(variables, tuple) and variables
        assert all(each is module.factor or each is module.count for each in variables)


def test_leaves_of_a_structure_are_the_same_objects() -> None:
    variable, tensor = tf.Variable(1.0), tf.constant(1.0)
    structure = {"a": variable, "b": [tensor]}
    assert [a is b for a, b in zip(tf.nest.flatten(structure), (variable, tensor), strict=True)] == [
        True,
        True,
    ]
    assert tf.nest.map_structure(lambda x: x, structure)["a"] is variable
    assert tf.nest.pack_sequence_as(structure, [tensor, variable])["a"] is tensor


def test_a_moving_average_is_a_variable_of_its_own(tmp_path: Path) -> None:
    variable = tf.Variable([1.0])
    averages = tf.train.ExponentialMovingAverage(0.5)
    averages.apply([variable])
    average = averages.average(variable)
    assert values_overlap(average, variable) is False
    assert averages.average(variable) is average
    saved = tf.train.Checkpoint(weight=variable).write(str(tmp_path / "saved"))
    variable.assign([5.0])
    tf.train.Checkpoint(weight=variable).read(saved)
    assert variable.numpy().tolist() == [1.0]


@pytest.mark.parametrize("name", ["InplaceUpdate", "InplaceAdd", "InplaceSub"])
def test_an_operation_in_place_writes_every_tensor_over_the_buffer(name: str) -> None:
    entry = CATALOG.lookup(f"tensorflow.raw_ops.{name}")
    assert entry is not None and "x!" in entry.effect
    tensor = tf.constant([[1.0], [2.0]])
    other = tf.reshape(tensor, [2])
    getattr(tf.raw_ops, name)(x=tensor, i=[0], v=[[9.0]])
    assert other.numpy()[0] == tensor.numpy()[0, 0] != 1.0


def test_copies_are_what_the_library_says() -> None:
    variable, tensor = tf.Variable([1.0]), tf.constant([1.0])
    assert copy.copy(variable) is variable
    assert values_overlap(copy.deepcopy(variable), variable) is False
    assert copy.copy(tensor) is tensor
    assert copy.deepcopy(tensor) is tensor


def test_other_spellings_lead_to_the_same_entries() -> None:
    spellings = {
        "tensorflow.math.add": "tensorflow.add",
        "tensorflow.compat.v1.assign": "tensorflow.assign",
        "tensorflow.compat.v2.reshape": "tensorflow.reshape",
        "tensorflow.dtypes.cast": "tensorflow.cast",
        "tensorflow.compat.v1.math.log": "tensorflow.log",
        "tensorflow.keras.models.Model": "keras.models.Model",
        "tensorflow.sparse.SparseTensor": "tensorflow.SparseTensor",
    }
    for name, other in spellings.items():
        assert CATALOG.canonical(name) in (other, CATALOG.canonical(other))
    assert CATALOG.is_tensor("tensorflow.Variable")
    assert not CATALOG.is_tensor("tensorflow.data.Dataset")
