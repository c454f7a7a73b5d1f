"""JAX's entries, audited: what comes back is what some case says, nothing is written, no name is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from runtime_check.audit import jax_examples, outcome  # noqa: E402
from runtime_check.audit.jax import JaxOutcome, audit, entries, function, outcomes, resolve  # noqa: E402
from runtime_check.audit.jax_calls import aligned  # noqa: E402
from runtime_check.audit.proof import Proof  # noqa: E402
from runtime_check.audit.row import Verdict  # noqa: E402
from runtime_check.storage import picture, values_overlap  # noqa: E402
from tensorlint.knowledge.catalog import Catalog, Entry  # noqa: E402
from tensorlint.knowledge.effects import Word  # noqa: E402
from tests.audit.turned import assert_all_are_caught  # noqa: E402

CATALOG = Catalog()
ENTRIES = entries()
UNPROVED = frozenset().union(*jax_examples.UNPROVED.values())
# An argument comes back only for another kind of device, or where a number fills an array of one element.
NEVER = frozenset("jax.lax.full_like jax.lax.collapse jax.numpy.apply_over_axes".split())
DOUBTFUL = [e for e in ENTRIES if "doubtful" in e.effect and e.name not in NEVER | UNPROVED]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_does_what_it_says(entry: Entry) -> None:
    row = audit(entry)
    assert row.verdict is (Verdict.UNPROVED if entry.name in UNPROVED else Verdict.CONFIRMED), row.reason


def test_little_is_left_unproved() -> None:
    assert len(UNPROVED) <= len(ENTRIES) // 20
    assert {entry.name for entry in ENTRIES} >= UNPROVED


@pytest.mark.parametrize("entry", DOUBTFUL, ids=lambda entry: entry.name)
def test_what_may_come_back_does(entry: Entry) -> None:
    called = function(entry)
    if not isinstance(called, type):
        shared = [values_overlap(seen.result, [*seen.given.values()]) for _, seen in outcomes(entry, called)]
        assert True in shared


def test_ten_entries_turned_round_at_random_are_caught() -> None:
    assert_all_are_caught("jax")


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("jax.Array.copy", "(self) -> self"),
        ("jax.Array.clone", "(self) -> new"),
        ("jax.Array.astype", "(self, dtype, *, copy=False) -> new"),
        ("jax.Array.block_until_ready", "(self) -> new"),
        ("jax.Array.sum", "(self) -> plain"),
        ("jax.Array.shape", "property (self) -> new"),
        ("jax.numpy.split", "(x, *args) -> list[x]"),
        ("jax.numpy.asarray", "(a, dtype=None, *, copy=None) -> a"),
        ("jax.numpy.asarray", "(a, dtype=None, *, copy=None) -> new"),
        ("jax.numpy.asarray", "(a, dtype=None, *, copy=None) -> new if aligned(a) | a"),
        ("jax.device_put", "(x, *args, **options) -> new"),
        ("jax.Ref.__setitem__", "(self, index, value) -> none"),
        ("jax.tree.leaves", "(tree) -> list[new]"),
    ],
)
def test_a_wrong_entry_is_found_out(name: str, effect: str) -> None:
    assert audit(Entry(name, effect, "", "jax.Array")).verdict is Verdict.REFUTED


def test_a_write_would_be_seen() -> None:
    entry = Entry("jax.numpy.sort", "(x) -> none", "", "jax.Array")
    seen = outcome.observe(JaxOutcome, entry.signature, lambda x: x.fill(3), outcome.given(np.zeros(2)))
    assert seen is not None
    proof = Proof(entry)
    proof.add(seen, "zeros")
    assert proof.row().verdict is Verdict.REFUTED


def test_an_index_that_selects_nothing_gives_the_array_itself() -> None:
    """The entries of ``.at`` say new all the same: that is what such a line is written for."""
    x = jax.numpy.ones(3)
    assert x.at[:0].set(2.0) is x
    assert values_overlap(x.at[...].get(), x) is True
    for name in ("set", "get"):
        entry = CATALOG.lookup(f"jax.AtIndex.{name}")
        assert entry is not None and "gives the array itself" in entry.effect


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
    for copying in (jax.numpy.asarray, jax.numpy.array, lambda x: jax.numpy.asarray(x, copy=False)):
        assert values_overlap(copying(whole), whole) is False
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
    methods = [e for e in ENTRIES if e.name.startswith("jax.Array.") and e.name not in UNPROVED]
    measured = [entry for entry in methods if entry.signature.cases[0].term == Word("meta")]
    assert len(measured) > 10
    for entry in measured:
        function(entry)(donated)
    for name in ("zeros_like", "ones_like", "empty_like"):
        assert CATALOG.lookup(f"jax.numpy.{name}").signature.clause("measured") is not None  # type: ignore[union-attr]
        assert getattr(jax.numpy, name)(donated).shape == (2, 3)


def functions(module: Any, prefix: str) -> set[str]:
    """The public functions and classes of a module by their qualified names."""
    names = (name for name in dir(module) if not name.startswith("_"))
    return {f"{prefix}.{name}" for name in names if callable(getattr(module, name))}


# Primitives (`sort_p`), which programs do not call, and what only types and configures.
NOT_LISTED = frozenset(
    "jax.numpy.ufunc jax.nn.initializers.Initializer jax.tree_util.PyTreeDef jax.tree_util.KeyEntry"
    " jax.image.ResizeMethod jax.scipy.optimize.OptimizeResults jax.scipy.stats.gaussian_kde"
    " jax.lax.linalg.EigImplementation jax.lax.linalg.EighImplementation jax.lax.linalg.SvdAlgorithm"
    " jax.Device jax.Shard jax.config jax.debug.DebugEffect jax.debug.OrderedDebugEffect".split()
)
KINDS_OF_LAX = frozenset(
    "AccuracyMode ConvDimensionNumbers DotAlgorithm DotAlgorithmPreset FftType GatherDimensionNumbers"
    " GatherScatterMode Precision RaggedDotDimensionNumbers RandomAlgorithm RoundingMethod"
    " ScatterDimensionNumbers Tolerance".split()
)
NAMESPACES = (
    "numpy numpy.linalg numpy.fft lax lax.linalg nn nn.initializers random tree tree_util dlpack debug image"
    " ops scipy.special scipy.linalg scipy.ndimage scipy.signal scipy.fft scipy.integrate scipy.cluster.vq"
    " scipy.sparse.linalg scipy.optimize scipy.interpolate scipy.stats scipy.stats.norm scipy.stats.beta"
    " scipy.stats.gamma scipy.stats.t scipy.stats.uniform scipy.stats.poisson".split()
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
