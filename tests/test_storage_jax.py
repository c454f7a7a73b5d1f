"""JAX's side of the storage questions: buffers, donated arrays, and looks that do not stop a donation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

from runtime_check.storage import jax as jax_storage  # noqa: E402
from runtime_check.storage import leaves, overlaps, picture, values_overlap  # noqa: E402

STEP = jax.jit(lambda state: jax.tree.map(lambda leaf: leaf + 1, state), donate_argnums=0)


def aligned(count: int, offset: int = 0) -> Any:
    """A NumPy array ``offset`` bytes behind a multiple of 64, where XLA takes a buffer as it is."""
    raw: Any = np.zeros(count * 4 + 128, dtype=np.uint8)
    first = -raw.ctypes.data % 64 + offset
    return raw[first : first + count * 4].view(np.float32)


def test_arrays_share_as_their_buffers_do() -> None:
    x = jnp.arange(6.0)
    assert values_overlap(x, x) is True
    assert values_overlap({"w": [x]}, x.addressable_shards[0].data) is True
    assert values_overlap(x, jax.device_put(x, jax.devices()[0])) is True
    for copied in (x.copy(), x + 0, x[1:], x.reshape(2, 3), jnp.array(x)):
        assert values_overlap(copied, x) is False
    assert values_overlap(jnp.zeros((0, 3)), x) is None


def test_host_memory_is_shared_with_numpy() -> None:
    x = jnp.arange(6.0)
    assert values_overlap(np.asarray(x), x) is True
    assert values_overlap(np.asarray(x)[:2], np.asarray(x)[2:]) is False
    assert values_overlap(np.array(x), x) is False
    array = aligned(16)
    assert values_overlap(jax.device_put(array), array) is True
    assert values_overlap(jnp.asarray(array), array) is False
    array = aligned(16, offset=4)
    assert values_overlap(jax.device_put(array), array) is False


def test_a_donated_array_is_gone() -> None:
    state = {"w": jnp.ones(4), "n": jnp.zeros(())}
    before = picture(state)
    after = STEP(state)
    assert state["w"].is_deleted()
    assert jax_storage.extents(state["w"]) == ()
    assert values_overlap(state, after) is None
    assert picture(state) != before
    assert picture(state["w"]) != picture(state["n"])
    assert len(leaves(state)) == 2


def test_looking_does_not_stop_a_donation() -> None:
    x = jnp.arange(6.0)
    address = x.unsafe_buffer_pointer()
    picture([x, {"x": x}])
    assert values_overlap(x, [x]) is True
    after = STEP(x)
    assert x.is_deleted()
    assert after.unsafe_buffer_pointer() == address, "the buffer was not reused"


def test_pictures_tell_values_apart() -> None:
    nan = jnp.array([1.0, jnp.nan])
    assert picture(nan) == picture(nan.copy())
    column_major = jnp.from_dlpack(np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)))
    assert picture(column_major) == picture(jnp.arange(6.0).reshape(2, 3))
    key = jax.random.key(1)
    assert picture(key) == picture(jax.random.key(1))
    different = [nan, nan[:1], nan.astype(jnp.bfloat16), nan.reshape(2, 1), jnp.zeros(0), jnp.zeros((0, 1))]
    different += [key, jax.random.split(key), jax.random.PRNGKey(1), jnp.ones(2, "int4"), jnp.ones(2, "int8")]
    different += [np.array([1.0, np.nan], dtype=np.float32), column_major]
    assert len({picture(value) for value in different}) == len(different)


def test_what_others_write_is_seen() -> None:
    buffer = aligned(6).reshape(2, 3).T
    for shared in (jnp.from_dlpack(buffer), jax.device_put(aligned(16))):
        before = picture(shared)
        np.asarray(buffer if shared.ndim == 2 else np.from_dlpack(shared))
        buffer[1, 0] += 3.0
        assert (picture(shared) != before) == (shared.ndim == 2)
        assert picture(shared) == picture(shared.copy())


def test_parts_of_a_byte_are_compared_by_value() -> None:
    assert picture(jnp.ones(3, "int4")) == picture(jnp.ones(3, "int4"))
    (block,) = jax_storage.extents(jnp.ones(3, "int4"))
    assert overlaps(block, block)


def test_a_traced_array_has_no_content() -> None:
    asked: list[object] = []

    def traced(x: Any) -> Any:
        asked.append(values_overlap(x, x))
        with pytest.raises(TypeError, match="inside jit"):
            picture(x)
        return x

    jax.jit(traced)(jnp.ones(2))
    assert asked == [None]


def test_devices() -> None:
    assert jax_storage.devices()[0] == "cpu"
    with jax_storage.scope("cpu"):
        assert jnp.zeros(1).devices() == {jax.devices("cpu")[0]}
    jax_storage.seed()
    jax_storage.synchronize()
    assert jax_storage.version() == jax.__version__
    assert jax_storage.device_name("cpu")
