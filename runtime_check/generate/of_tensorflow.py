"""What random programs say in TensorFlow: variables are written, tensors are read from them."""

from __future__ import annotations

from .forms import Dialect, Form, Kind, back, doubled, fixed, flat, rest, same, spelled, two

PRELUDE = """import copy
import itertools

import keras
import numpy as np
import tensorflow as tf
"""
_SHIFT = "t.assign_add(tf.ones_like(t))"
_HELPERS = (
    ("tensor", "def same(t):\n    return t\n"),
    ("tensor", "def fresh(t):\n    return COPY\n"),
    ("tensor", f"def shifted(t):\n    {_SHIFT}\n    return t\n"),
    ("choice", "def either(t, u, flag):\n    if flag:\n        return t\n    return u\n"),
    ("choice", f"def mixed(t, u, flag):\n    {_SHIFT}\n    return u if flag else t\n"),
    ("several", "def every(*variables):\n    return list(variables)\n"),
    ("store", "def keep(items, t):\n    items.append(t)\n"),
    ("store", "def keep_copy(items, t):\n    items.append(COPY)\n"),
    ("none", "def reset(t):\n    t.assign(tf.zeros_like(t))\n"),
)
_HOLDER = f"""class NAME:
    def __init__(self, t):
        self.t = KEPT

    def held(self):
        return self.t

    def put(self, t):
        self.t = t

    def put_copy(self, t):
        self.t = COPY

    def shift(self):
        self.{_SHIFT.replace("(t)", "(self.t)")}
"""
_CLASSES = (
    ("Holder", _HOLDER.replace("NAME", "Holder").replace("KEPT", "t")),
    ("Owner", _HOLDER.replace("NAME", "Owner").replace("KEPT", "COPY")),
)
COPY = "tf.Variable({a})"

TENSORFLOW = Dialect(
    library="tensorflow",
    prelude=PRELUDE,
    tensor="tf.Variable",
    copy=COPY,
    fresh=(
        Form("tf.Variable(tf.zeros((4, 6)))", lambda _: fixed(4, 6)),
        Form("tf.Variable(np.ones((6, 4)))", lambda _: fixed(6, 4)),
        Form("tf.Variable(tf.zeros_like({a}))", same),
        Form("tf.Variable(initial_value={a})", same),
    ),
    copies=(
        Form(COPY, same),
        Form("copy.deepcopy({a})", same),
        Form("tf.Variable({a}.read_value())", same),
        Form("tf.Variable({a} + 1)", same),
        Form("tf.Variable(tf.transpose({a}))", back, 2),
    ),
    views=(Form("copy.copy({a})", same),),
    writes=(
        Form("{a}.assign({a} + {n})", same),
        Form("{a}.assign_add(tf.ones_like({a}) * {n})", same),
        Form("{a}.assign_sub(tf.ones_like({a}) * {n})", same),
        Form("{a}[0].assign({a}[0] + {n})", same),
        Form("{a}[:, 0].assign({a}[:, 0] + {n})", same, 2),
        Form("{a}.assign(tf.zeros_like({a}))", same, shows="perhaps"),
    ),
    outs=(
        Form("{a}.assign_add(tf.ones_like({a}))", same),
        Form("{a}.assign(tf.ones_like({a}))", same),
    ),
    others=(
        Form("{a}.read_value()", same, gives="tensor"),
        Form("{a}.value()", same, gives="tensor"),
        Form("tf.convert_to_tensor({a})", same, gives="tensor"),
        Form("tf.identity({a})", same, gives="tensor"),
        Form("{a} + 1", same, gives="tensor"),
        Form("tf.reshape({a}, (-1,))", flat, gives="tensor"),
        Form("tf.transpose({a})", back, 2, gives="tensor"),
        Form("{a}[0]", rest, 2, gives="tensor"),
        Form("{a}.numpy()", same, gives="array"),
        Form("tf.identity({a})", same, of="tensor", gives="tensor"),
        Form("tf.convert_to_tensor({a})", same, of="tensor", gives="tensor"),
        Form("tf.stop_gradient({a})", same, of="tensor", gives="tensor"),
        Form("tf.concat([{a}, {b}], 0)", doubled, of="tensor", gives="tensor"),
        Form("{a}[:2]", two, of="tensor", gives="tensor"),
        Form("tf.tensor_scatter_nd_update({a}, [[0]], {a}[:1] + 1)", same, of="tensor", gives="tensor"),
        Form("{a}.numpy()", same, of="tensor", gives="array"),
        Form("tf.Variable({a})", same, of="tensor"),
        Form("tf.constant({a})", same, of="array", gives="tensor"),
        Form("tf.convert_to_tensor({a})", same, of="array", gives="tensor"),
        Form("{a}.copy()", same, of="array", gives="array"),
        Form("tf.Variable({a})", same, of="array"),
    ),
    prefixes=(
        ("tensorflow.Variable.", "{a}."),
        ("tensorflow.VariableSlice.", "{a}[0]."),
        ("tensorflow.Tensor.", "{a}."),
        ("tensorflow.", "tf."),
        ("tensorflow.", "tf.math."),
        ("keras.ops.", "keras.ops."),
        ("keras.activations.", "keras.activations."),
        ("keras.losses.", "keras.losses."),
        ("keras.random.", "keras.random."),
    ),
    other_kinds=(
        Kind("tensor", "tf.Tensor", "{a}.read_value()"),
        Kind("array", "np.ndarray", "{a}.numpy().copy()"),
    ),
    helpers=spelled(_HELPERS, COPY),
    classes=spelled(_CLASSES, COPY),
    subset_gives="tensor",
    iterates=False,
    stores=False,
    augments=False,
)
