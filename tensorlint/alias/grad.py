"""Who requires grad, as far as `copy.deepcopy` asks: leaves, results of operations on them, and where grad is
off.

Both are traits of values: ``grad`` for what requires grad, ``derived`` for what an operation made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tensorlint.alias.lattice import Value, alternatives
from tensorlint.ir import Place

GRAD, DERIVED = "grad", "derived"
RESULT = frozenset({GRAD, DERIVED})
SUSPENDS = frozenset(
    "torch.no_grad torch.inference_mode torch.autograd.no_grad torch.autograd.inference_mode".split()
)
ASKED = frozenset({"is_leaf", "requires_grad", "grad_fn"})  # who looks at them knows
# Their results are integers, booleans, or cut off from the graph on purpose.
_WITHOUT = frozenset(
    "detach detach_ data grad numpy item tolist argmax argmin argsort eq ne lt le gt ge equal isnan"
    " isinf isfinite long int bool short byte size numel nonzero bincount zeros_like ones_like"
    " empty_like rand_like randn_like full_like tensor as_tensor new_zeros new_ones new_empty"
    " new_full randint_like is_nonzero deepcopy copy allclose isclose searchsorted bucketize"
    " multinomial bernoulli logical_and logical_or logical_not zeros ones empty".split()
)


def requires(values: Iterable[Value], frozen: bool) -> bool:
    """Whether one of the values certainly requires grad; where weights are ``frozen``, theirs do not
    count.
    """
    return any(
        GRAD in leaf.traits
        or (not frozen and (leaf.type == "torch.nn.Parameter" or "weights" in leaf.traits))
        for value in values
        for leaf, _ in alternatives(value)
    )


def is_result(value: Value) -> bool:
    """Whether a value certainly is the result of an operation that autograd tracks: no leaf."""
    leaves = [leaf for leaf, _ in alternatives(value)]
    return bool(leaves) and all(leaf.traits >= RESULT for leaf in leaves)


def tracked(result: Value, callee: str, operands: Iterable[Value], *, suspended: bool, frozen: bool) -> Value:
    """The result of an operation, with what it inherits from its operands, and whether grad is off here."""
    if result.type != "torch.Tensor":
        return result
    name = callee.rpartition(".")[2]
    if suspended or name in _WITHOUT:
        return replace(result, traits=result.traits - RESULT)
    return replace(result, traits=result.traits | RESULT) if requires(operands, frozen) else result


def required(names: Mapping[Place, Value], value: Value) -> dict[Place, Value]:
    """The names after ``x.requires_grad = True``: whoever holds the very tensor sees it."""
    return {
        name: replace(known, traits=known.traits | {GRAD})
        if (known.object, known.path) == (value.object, value.path)
        else known
        for name, known in names.items()
    }
