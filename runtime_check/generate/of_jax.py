"""What random programs say in JAX: its arrays are never written, NumPy's over the same memory are."""

from __future__ import annotations

from .forms import (
    CLASSES,
    HELPERS,
    Dialect,
    Form,
    Kind,
    back,
    doubled,
    fixed,
    flat,
    grown,
    half,
    rest,
    same,
    spelled,
    two,
)

PRELUDE = """import copy
import itertools

import jax
import jax.numpy as jnp
import jax.scipy
import numpy as np
"""
COPY = "{a}.copy()"

JAX = Dialect(
    library="jax",
    prelude=PRELUDE,
    tensor="jax.Array",
    copy=COPY,
    fresh=(
        Form("jnp.zeros((4, 6))", lambda _: fixed(4, 6)),
        Form("jnp.ones((6, 4))", lambda _: fixed(6, 4)),
        Form("jnp.arange(8.0)", lambda _: fixed(8)),
        Form("jnp.zeros_like({a})", same),
        Form("jnp.full((4, 4), 2.0)", lambda _: fixed(4, 4)),
    ),
    views=(Form("jnp.asarray({a})", same),),
    copies=(
        Form(COPY, same),
        Form("jnp.array({a})", same),
        Form("jnp.copy({a})", same),
        Form("copy.deepcopy({a})", same),
        Form("{a} + 1", same),
        Form("-{a}", same),
        Form("{a}.at[0].set({n})", same),
        Form("{a}.at[0].add({n})", same),
        Form("{a}.T", back, 2),
        Form("{a}.reshape(-1)", flat, 2),
        Form("jnp.ravel({a})", flat, 2),
        Form("{a}[::-1]", same),
        Form("{a}[None]", grown, 1, 2),
        Form("{a}.sum(axis=0)", rest, 2),
        Form("jnp.sin({a})", same),
        Form("jnp.where({a} > 0, {a}, {b})", same),
        Form("jnp.concatenate([{a}, {b}])", doubled),
        Form("{a}.astype(jnp.float16)", same),
    ),
    halves=(Form("jnp.split({a}, 2)", half),),
    writes=(
        Form("{a} += {n}", same, of="array"),
        Form("{a}[0] = {n}", same, shows="once", of="array"),
        Form("np.add({a}, {n}, out={a})", same, of="array"),
    ),
    others=(
        Form("np.ones({a}.shape, dtype=np.float32)", same, gives="array"),
        Form("np.asarray({a})", same, gives="array"),
        Form("np.array({a})", same, gives="array"),
        Form("jnp.asarray({a})", same, of="array"),
        Form("jnp.array({a})", same, of="array"),
        Form("jax.device_put({a})", same, of="array"),
        Form("{a}.copy()", same, of="array", gives="array"),
        Form("{a}[:2]", two, of="array", gives="array"),
        Form("{a}.T", back, 2, of="array", gives="array"),
    ),
    prefixes=(
        ("jax.Array.", "{a}."),
        ("jax.AtIndex.", "{a}.at[0]."),
        ("jax.numpy.", "jnp."),
        ("jax.", "jax."),
    ),
    other_kinds=(Kind("array", "np.ndarray", "np.array({a})"),),
    most_forms=1,  # each is compiled for each shape
    helpers=spelled(HELPERS, COPY, without=("t[...]",)),
    classes=spelled(CLASSES, COPY),
    stores=False,
    negative_steps=True,
)
