"""Who requires grad: leaves, results of operations on them, what is apart from the graph; where grad is off.

All are traits of values: ``grad`` for what requires grad, ``derived`` for what an operation made of it,
``leaf`` for a leaf that requires grad and every view of one, ``apart`` for what certainly has no place in
the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tensorlint import ir
from tensorlint.alias.events import Called
from tensorlint.alias.lattice import Value, alternatives, is_plain
from tensorlint.ir import Place
from tensorlint.knowledge.catalog import Catalog

GRAD, DERIVED, LEAF, APART = "grad", "derived", "leaf", "apart"
RESULT = frozenset({GRAD, DERIVED})
INSIDE = frozenset({GRAD, DERIVED, LEAF})
SUSPENDS = frozenset(
    "torch.no_grad torch.inference_mode torch.autograd.no_grad torch.autograd.inference_mode".split()
)
SWITCHES = frozenset(  # whoever calls them turns grad on and off as he goes
    "torch.set_grad_enabled torch.autograd.set_grad_enabled torch.is_grad_enabled"
    " torch.autograd.grad_mode.set_grad_enabled torch.is_inference_mode_enabled".split()
)
RESUMES = frozenset({"enable_grad", "no_sync", "accumulate", "autocast"})
PARAMETER = "torch.nn.Parameter"
LEAVES = "torch.Tensor.detach_"  # takes a tensor out of the graph, and it does not require grad any more
ASKED = frozenset({"is_leaf", "requires_grad", "grad_fn"})  # who looks at them knows
# Their results are integers, booleans, or cut off from the graph on purpose.
_WITHOUT = frozenset(
    "detach detach_ data grad numpy item tolist argmax argmin argsort eq ne lt le gt ge equal isnan"
    " isinf isfinite long int bool short byte size numel nonzero bincount zeros_like ones_like"
    " empty_like rand_like randn_like full_like tensor as_tensor new_zeros new_ones new_empty"
    " new_full randint_like is_nonzero deepcopy copy allclose isclose searchsorted bucketize"
    " multinomial bernoulli logical_and logical_or logical_not zeros ones empty".split()
)
_CREATES = frozenset(
    "zeros ones empty full rand randn randint randperm arange linspace logspace eye tensor from_numpy"
    " zeros_like ones_like empty_like full_like rand_like randn_like randint_like new_zeros new_ones"
    " new_empty new_full new_tensor tril_indices triu_indices".split()
)
_TELLS = frozenset({"requires_grad_", "requires_grad", "retain_grad"})
_CUTS = frozenset({"detach", "data"})
_NUMBERS = _WITHOUT - _CREATES - _CUTS - {"grad", "detach_", "as_tensor", "deepcopy", "copy"}


def passes(callee: str) -> bool:
    """Whether gradients pass through a function or method, by its name."""
    return callee.rpartition(".")[2] not in _WITHOUT


def is_leaf(value: Value, frozen: bool) -> bool:
    """Whether a value certainly is a leaf that requires grad, or a view of one; where weights are ``frozen``,
    theirs do not count.
    """
    leaves = [leaf for leaf, _ in alternatives(value)]
    return bool(leaves) and all(
        not (frozen and leaf.type == PARAMETER)
        and (LEAF in leaf.traits or (leaf.type == PARAMETER and APART not in leaf.traits))
        for leaf in leaves
    )


def requires(values: Iterable[Value], frozen: bool) -> bool:
    """Whether one of the values certainly requires grad; where weights are ``frozen``, theirs do not
    count.
    """
    return any(
        GRAD in leaf.traits
        or (not frozen and APART not in leaf.traits and (leaf.type == PARAMETER or "weights" in leaf.traits))
        for value in values
        for leaf, _ in alternatives(value)
    )


def is_apart(values: Iterable[Value]) -> bool:
    """Whether none of the values has a place in the graph."""
    return all(is_plain(leaf) or APART in leaf.traits for value in values for leaf, _ in alternatives(value))


def is_result(value: Value) -> bool:
    """Whether a value certainly is the result of an operation that autograd tracks: no leaf."""
    leaves = [leaf for leaf, _ in alternatives(value)]
    return bool(leaves) and all(leaf.traits >= RESULT for leaf in leaves)


def tracked(result: Value, callee: str, operands: list[Value], *, suspended: bool, frozen: bool) -> Value:
    """The result of an operation, with what it inherits from its operands, and whether grad is off here."""
    if result.type != "torch.Tensor":
        return result
    name = callee.rpartition(".")[2]
    if name in _CREATES or name in _CUTS or name in _NUMBERS:
        return number(result)
    if suspended or name in _WITHOUT:
        return replace(result, traits=result.traits - INSIDE)
    if requires(operands, frozen):
        inherited = {LEAF for each in operands if each.object == result.object and is_leaf(each, frozen)}
        return replace(result, traits=result.traits - {APART} | RESULT | inherited)
    return replace(result, traits=result.traits | {APART}) if operands and is_apart(operands) else result


def number(result: Value) -> Value:
    """What a comparison gives: nothing that could require grad."""
    return replace(result, traits=result.traits - INSIDE | {APART})


def given(result: Value, asked: Value, before: Value | None) -> Value:
    """What ``requires_grad=…`` or ``requires_grad_(…)`` makes of a tensor; ``before``: what it was, if it was
    there already.
    """
    wanted = getattr(asked.object, "value", None)
    if wanted is False:
        return replace(result, traits=result.traits - INSIDE | {APART})
    if wanted is not True:
        return replace(result, traits=result.traits - {APART})
    leaf = {LEAF} if before is None or APART in before.traits or LEAF in before.traits else set()
    return replace(result, traits=result.traits - {APART} | {GRAD} | leaf)


def known_as(names: Mapping[Place, Value], value: Value, now: Value) -> dict[Place, Value]:
    """The names after ``x.requires_grad = True``: whoever holds the very tensor sees it."""
    return {
        name: replace(known, traits=known.traits - INSIDE - {APART} | now.traits & (INSIDE | {APART}))
        if (known.object, known.path) == (value.object, value.path)
        else known
        for name, known in names.items()
    }


def written(names: Mapping[Place, Value], target: Value, operands: list[Value]) -> dict[Place, Value]:
    """The names after a write in place: what is written from the graph has its place in it as well."""
    if is_apart(operands) or not any(APART in leaf.traits for leaf, _ in alternatives(target)):
        return dict(names)
    return {
        name: replace(known, traits=known.traits - {APART}) if known.object == target.object else known
        for name, known in names.items()
    }


def shown(function: ir.Function) -> frozenset[Place]:
    """The parameters that certainly are leaves that require grad: the function runs a backward pass, reads
    the gradient of what was handed in, and says nothing of whether it is to have one.
    """
    steps = [*ir.instructions(function)]
    if not any(isinstance(instr, ir.CallMethod) and instr.name == "backward" for instr in steps):
        return frozenset()
    bound = {place for instr in steps if not isinstance(instr, ir.Augment) for place in ir.bound(instr)}
    told = {i.receiver for i in steps if isinstance(i, ir.CallMethod) and i.name in _TELLS}
    told |= {i.base for i in steps if isinstance(i, ir.SetAttribute) and i.name in _TELLS}
    read = {i.base for i in steps if isinstance(i, ir.GetAttribute) and i.name == "grad"}
    return frozenset(read.intersection(p.name for p in function.parameters) - bound - told)


def starts_suspended(function: ir.Function, catalog: Catalog) -> bool:
    """Whether grad is, or may be, off in a function from its beginning."""
    if not SUSPENDS.isdisjoint(function.decorators):
        return True
    if function.class_name and catalog.is_kind_of(f".{function.class_name}", "torch.autograd.Function"):
        return True
    references = (instr for instr in ir.instructions(function) if isinstance(instr, ir.Reference))
    return any(not SWITCHES.isdisjoint(reference.names) for reference in references)


def may_suspend(context: Value, call: Called | None) -> bool:
    """Whether a ``with`` block may turn grad off: by its type, or because nobody knows what it enters."""
    if any(leaf.type in SUSPENDS for leaf, _ in alternatives(context)):
        return True
    if context.type:
        return False
    return call is None or any(map(_may_suspend, call.names))


def _may_suspend(name: str) -> bool:
    last = name.rpartition(".")[2]
    if last in RESUMES:
        return False
    return name.startswith((".", "?", "<")) or any(word in last for word in ("grad", "inference", "freeze"))


def is_kept_by(decorators: Iterable[str]) -> bool:
    """Whether a function certainly runs with grad as its caller has it, whatever decorates it."""
    known = ("builtins.", "pytest.", "torch.jit.", "torch.compile", "typing.", "abc.", "functools.")
    return all(name.startswith(known) for name in decorators)
