"""JAX's entries, called: what comes back is what some case says, nothing is written, no name is missing."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from runtime_check.audit.jax_calls import BATTERY, Call, aligned, following, observe  # noqa: E402
from runtime_check.storage import picture, values_overlap  # noqa: E402
from tensorlint.knowledge.catalog import Catalog, Entry  # noqa: E402
from tensorlint.knowledge.effects import Path, Word  # noqa: E402

CATALOG = Catalog()
ENOUGH = 2  # calls of one entry with one array
PREFIXES = ("Array.", "numpy.", "lax.", "nn.", "device_put", "device_get", "block_", "image.", "ops.")
TRIED = tuple(f"jax.{prefix}" for prefix in PREFIXES)
# What deletes, sets something or writes files; what takes shapes, and hands on whatever else it gets.
ELSEWHERE = frozenset(
    "jax.Array.delete jax.Array.__cuda_array_interface__ jax.numpy.set_printoptions jax.numpy.save"
    " jax.numpy.savez jax.numpy.broadcast_shapes jax.lax.broadcast_shapes jax.lax.conv_shape_tuple"
    " jax.lax.DotDimensionNumbers jax.lax.conv_general_permutations jax.numpy.printoptions"
    " jax.numpy.object_".split()
)
# What begins with a length or a dtype, needs arrays that fit one another, several devices, a file.
UNTRIED = frozenset(
    "jax.Array.__format__ jax.Array.__hash__ jax.Array.__hex__ jax.Array.__index__ jax.Array.__oct__"
    " jax.image.resize jax.image.scale_and_translate jax.lax.ConvGeneralDilatedDimensionNumbers"
    " jax.lax.PrecisionLike jax.lax.argmax jax.lax.argmin jax.lax.axis_index jax.lax.axis_size"
    " jax.lax.broadcasted_iota jax.lax.conv_dimension_numbers jax.lax.conv_general_dilated_local"
    " jax.lax.conv_general_dilated_patches jax.lax.conv_general_shape_tuple jax.lax.conv_transpose"
    " jax.lax.conv_transpose_shape_tuple jax.lax.conv_with_general_padding jax.lax.dot_general"
    " jax.lax.dynamic_update_slice_in_dim jax.lax.empty jax.lax.fft jax.lax.gather jax.lax.imag"
    " jax.lax.index_take jax.lax.iota jax.lax.padtype_to_pads jax.lax.pbroadcast jax.lax.pcast"
    " jax.lax.ragged_dot jax.lax.ragged_dot_general jax.lax.real jax.lax.reduce_window_shape_tuple"
    " jax.lax.rng_bit_generator jax.lax.scan jax.lax.scatter jax.lax.scatter_add jax.lax.scatter_max"
    " jax.lax.scatter_min jax.lax.scatter_mul jax.lax.scatter_sub jax.lax.with_sharding_constraint"
    " jax.nn.scaled_matmul jax.numpy.diag_indices jax.numpy.eye jax.numpy.fill_diagonal"
    " jax.numpy.float6_e2m3fn jax.numpy.float6_e3m2fn jax.numpy.fromfile jax.numpy.fromfunction"
    " jax.numpy.fromiter jax.numpy.fromstring jax.numpy.get_printoptions jax.numpy.identity"
    " jax.numpy.linalg.multi_dot jax.numpy.load jax.numpy.mask_indices jax.numpy.place jax.numpy.put"
    " jax.numpy.put_along_axis jax.numpy.tri jax.numpy.tril_indices jax.numpy.triu_indices jax.numpy.uint1"
    "".split()
)
# An argument comes back only for another kind of device, or where a number fills an array of one element.
NEVER = frozenset("jax.lax.full_like jax.lax.collapse jax.numpy.apply_over_axes".split())


def resolve(name: str) -> Any:
    found: Any = jax
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


def function(entry: Entry) -> Callable[..., Any] | None:
    method = entry.name.rpartition(".")[2]
    if entry.name.startswith("jax.Array."):
        # What a tracer has and an array has not is no name of an array.
        if entry.signature.construct == "property":
            return lambda x: getattr(x, method)
        return lambda x, *rest: getattr(x, method)(*rest)
    found = resolve(entry.name)
    return found if callable(found) and entry.signature.construct != "property" else None


def tried(entry: Entry) -> bool:
    """Entries that say something, apart from what deletes an array, sets something or writes files."""
    terms = [case.term for case in entry.signature.cases]
    if not entry.name.startswith(TRIED) or entry.name in ELSEWHERE | UNTRIED or terms == [Word("unknown")]:
        return False
    called = function(entry)
    return called is not None and not (isinstance(called, type) and terms == [Word("meta")])


ENTRIES = sorted(filter(tried, CATALOG.entries("jax")), key=lambda entry: entry.name)


def always_new(entry: Entry) -> bool:
    """Whether no case says that an argument, or a view of one, may come back."""
    words = {word for case in entry.signature.cases for word in re.findall(r"\w+", str(case.term))}
    return words <= {"new", "list", "tuple", "iter", "plain", "meta", "none"}


def calls(entry: Entry) -> Iterator[tuple[str, Call]]:
    """Some calls with each array where one may come back; a few calls where the result is always new."""
    own = entry.name.startswith("jax.Array.")
    done: set[bool] = set()
    for name, make in BATTERY.items():
        foreign = name.startswith("NumPy")
        if (own and foreign) or (always_new(entry) and foreign in done):
            continue
        for call in islice(possible_calls(entry, make, own), 1 if always_new(entry) else ENOUGH):
            done.add(foreign)
            yield name, call


def possible_calls(entry: Entry, make: Callable[[], Any], own: bool) -> Iterator[Call]:
    called = function(entry)
    assert called is not None
    for rest in following(make()):
        for first in (make(),) if own else (make(), [make()]):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call = observe(entry.signature, called, (first, *rest))
            if call is not None:
                yield call
                break


def wrong(call: Call) -> str:
    """What is wrong with a call, empty when some case says so."""
    cases = [*call.possible()]
    if any(map(call.agrees, cases)):
        return ""
    return f"{type(call.result).__name__} is not {' | '.join(map(str, cases))}, {call.written=}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_does_what_one_of_its_cases_says(entry: Entry) -> None:
    complaints: list[str] = []
    seen: set[str] = set()
    doubted = made = False
    for name, call in calls(entry):
        made = True
        seen |= {str(case) for case in call.possible() if call.agrees(case)}
        doubted = doubted or values_overlap(call.result, [*call.given.values()]) is True
        if text := wrong(call):
            complaints.append(f"{name}: {text}")
    assert complaints[:3] == []
    assert made, "it took none of the arguments"
    doubtful = "doubtful" in entry.effect and not isinstance(function(entry), type)
    assert doubted or not doubtful or entry.name in NEVER, "an argument never came back"
    returned = {str(case) for case in entry.signature.cases if isinstance(case.term, Path)}
    assert returned <= seen, "never seen to return its argument"


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("jax.Array.copy", "(self) -> self"),
        ("jax.Array.clone", "(self) -> new"),
        ("jax.Array.astype", "(self, dtype) -> new"),
        ("jax.Array.block_until_ready", "(self) -> new"),
        ("jax.Array.sum", "(self) -> plain"),
        ("jax.Array.shape", "property (self) -> new"),
        ("jax.numpy.split", "(x, *args) -> list[x]"),
        ("jax.numpy.asarray", "(a) -> a"),
        ("jax.numpy.asarray", "(a) -> new"),
        ("jax.device_put", "(x) -> new"),
        ("jax.device_get", "(x) -> new as numpy.ndarray"),
    ],
)
def test_a_wrong_entry_is_found_out(name: str, effect: str) -> None:
    assert any(wrong(call) for _, call in calls(Entry(name, effect, "", "jax.Array")))


def test_a_write_would_be_seen() -> None:
    entry = Entry("jax.numpy.sort", "(x) -> none", "", "jax.Array")
    call = observe(entry.signature, lambda x: x.fill(3), (np.zeros(2),))
    assert call is not None
    assert wrong(call)


# A NumPy array is taken as it is where it begins at a multiple of 64 and keeps its dtype, `copy` or not.
BRIDGES = {
    "device_put": lambda x: jax.device_put(x),
    "device_put, not aliased": lambda x: jax.device_put(x, may_alias=False),
    "from_dlpack": lambda x: jax.numpy.from_dlpack(x),
    "from_dlpack, copied": lambda x: jax.numpy.from_dlpack(x, copy=True),
}


@pytest.mark.parametrize("bridge", BRIDGES.values(), ids=BRIDGES)
@pytest.mark.parametrize("count", [1, 3, 16, 64, 1000, 100_000])
def test_alignment_decides_whether_numpy_shares(bridge: Callable[[Any], Any], count: int) -> None:
    buffer = aligned(np.zeros(count + 16, dtype=np.float32))
    whole, behind = buffer[:count], buffer[16:]
    assert values_overlap(bridge(whole), whole) is True
    assert values_overlap(bridge(behind), behind) is True
    for start in (1, 2, 4, 8):
        assert values_overlap(bridge(buffer[start : start + count]), buffer) is False
    wide = aligned(np.zeros(count))
    assert values_overlap(bridge(wide), wide) is False
    for function in (jax.numpy.asarray, jax.numpy.array, lambda x: jax.numpy.asarray(x, copy=False)):
        assert values_overlap(function(whole), whole) is False
    own = jax.numpy.asarray(whole, dtype=whole.dtype)
    assert values_overlap(own, whole) is True
    for other in (jax.numpy.array(whole, dtype=whole.dtype), jax.numpy.asarray(whole, dtype=np.int32)):
        assert values_overlap(other, whole) is False


def test_strides_decide_whether_numpy_shares() -> None:
    matrix = aligned(np.zeros((4, 16), dtype=np.float32))
    assert values_overlap(jax.device_put(matrix[1:3]), matrix) is True
    for other in (matrix.T, matrix[::2], matrix[:, ::2], matrix[::-1], np.broadcast_to(matrix[0], (3, 16))):
        assert values_overlap(jax.device_put(other), matrix) is False
    assert values_overlap(jax.numpy.from_dlpack(matrix.T), matrix) is True


def test_a_donated_array_still_has_what_is_only_measured() -> None:
    donated = jax.numpy.ones((2, 3))
    jax.jit(lambda x: x + 1, donate_argnums=0)(donated)
    assert donated.is_deleted()
    entries = [entry for entry in ENTRIES if entry.name.startswith("jax.Array.")]
    answered = {entry.name for entry in entries if answers(entry, donated)}
    measured = {entry.name for entry in entries if entry.signature.cases[0].term == Word("meta")}
    assert measured - answered == set()
    for name in ("zeros_like", "ones_like", "empty_like"):
        assert CATALOG.lookup(f"jax.numpy.{name}").signature.clause("measured") is not None  # type: ignore[union-attr]
        assert getattr(jax.numpy, name)(donated).shape == (2, 3)


def answers(entry: Entry, x: Any) -> bool:
    called = function(entry)
    assert called is not None
    try:
        called(x)
    except Exception:  # of several kinds: the array has been deleted
        return False
    return True


def functions(module: Any, prefix: str) -> set[str]:
    """The public functions and classes of a module by their qualified names."""
    names = (name for name in dir(module) if not name.startswith("_"))
    return {f"{prefix}.{name}" for name in names if callable(getattr(module, name))}


# Primitives (`sort_p`), which programs do not call, and what only types and configures.
NOT_LISTED = frozenset(
    "jax.numpy.ufunc jax.nn.initializers.Initializer jax.tree_util.PyTreeDef jax.tree_util.KeyEntry"
    " jax.Device jax.Shard jax.config jax.debug.DebugEffect jax.debug.OrderedDebugEffect".split()
)
KINDS_OF_LAX = frozenset(
    "AccuracyMode ConvDimensionNumbers DotAlgorithm DotAlgorithmPreset FftType GatherDimensionNumbers"
    " GatherScatterMode Precision RaggedDotDimensionNumbers RandomAlgorithm RoundingMethod"
    " ScatterDimensionNumbers Tolerance".split()
)
NAMESPACES = (
    "numpy numpy.linalg numpy.fft lax nn nn.initializers random tree tree_util dlpack debug scipy.special"
    " scipy.linalg scipy.ndimage scipy.signal scipy.fft scipy.integrate".split()
)


@pytest.mark.parametrize("namespace", ["", *NAMESPACES])
def test_every_public_function_has_an_entry(namespace: str) -> None:
    prefix = f"jax.{namespace}".rstrip(".")
    found = {name for name in functions(resolve(prefix), prefix) if not name.endswith("_p")}
    found -= {f"jax.lax.{name}" for name in KINDS_OF_LAX} | NOT_LISTED
    known = {name for name in found if CATALOG.lookup(name) is not None}
    types = {name for name in found if CATALOG.canonical(name) in ("jax.Array", "jax.Ref")}
    assert sorted(found - known - types) == []
    assert known


def test_every_method_of_an_array_has_an_entry() -> None:
    x = jax.numpy.ones(2)
    of_every_object = {*dir(object), "__module__", "__dict__", "__weakref__", "__slots__", "__annotations__"}
    inside = {
        "__array_module__", "__array_namespace__", "__array_priority__", "__del__", "__getstate__",
        "__numpy_dtype__", "__setitem__", "__sizeof__",
    }  # fmt: skip
    names = {n for n in dir(x) if not n.startswith("_") or n.startswith("__")} - of_every_object - inside
    assert sorted(n for n in names if CATALOG.lookup(f"jax.Array.{n}") is None) == []
    of_index = {n for n in dir(x.at[0]) if not n.startswith("_")} - {"array", "index"}
    assert sorted(n for n in of_index if CATALOG.lookup(f"jax.AtIndex.{n}") is None) == []
    assert CATALOG.lookup("jax.Array.__setitem__") is None
    assert CATALOG.lookup("jax.Array.__iadd__") is None


def test_updates_at_an_index_are_new_and_must_be_used() -> None:
    for name in ("set", "add", "subtract", "multiply", "mul", "divide", "power", "min", "max"):
        x = jax.numpy.ones(3)
        result = getattr(x.at[0], name)(2.0)
        assert values_overlap(result, x) is False
        entry = CATALOG.method("jax.AtIndex", name)
        assert entry is not None
        assert entry.signature.clause("must_use") is not None
        assert str(entry.signature.cases[0]) == "new as jax.Array"


def test_trees_hand_their_leaves_on() -> None:
    tree: Any = {"a": [np.zeros(2), jax.numpy.ones(1)], "b": 3}
    assert jax.tree.leaves(tree)[0] is tree["a"][0]
    flat, structure = jax.tree.flatten(tree)
    assert flat[1] is tree["a"][1]
    again = jax.tree.unflatten(structure, flat)
    assert again is not tree
    assert again["a"][0] is tree["a"][0]
    assert jax.tree.map(lambda leaf: leaf, tree)["a"][1] is tree["a"][1]
    assert CATALOG.canonical("jax.tree_util.tree_map_with_path") == "jax.tree.map_with_path"


def test_random_functions_leave_their_key_alone() -> None:
    key = jax.random.key(0)
    before = picture(key)
    for result in (jax.random.split(key), jax.random.fold_in(key, 1), jax.random.normal(key, (2,))):
        assert values_overlap(result, key) is False
    assert picture(key) == before
