"""Which functions of a file are hooks of layers whose outputs the layer after them overwrites."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from tensorlint.syntax.jitted import qualified
from tensorlint.syntax.names import Names

SEQUENTIAL = "torch.nn.Sequential"
PARTIAL = "functools.partial"


def overwritten_hooks(tree: ast.Module, names: Names) -> frozenset[str]:
    """The functions, or those that make them, that the file gives as forward hooks only to layers of kinds
    that stand right before a layer working in place, in each ``nn.Sequential`` of the file that has such a
    layer, or to layers that are handed to a class and do so.
    """
    spoilt = _spoilt_kinds(tree, names)
    found: dict[str, bool] = {}
    registered = Counter[str]()
    for call, kinds, owner in _registrations(tree, names):
        hook = _hook(call.args[0], owner, names)
        registered[hook] += 1
        if hook:
            found[hook] = found.get(hook, True) and not spoilt.isdisjoint(kinds)
    for hook, certain in _of_handed_layers(tree, names):
        found[hook] = certain and registered[hook] == 1
    return frozenset(hook for hook, certain in found.items() if certain)


def _of_handed_layers(tree: ast.Module, names: Names) -> Iterator[tuple[str, bool]]:
    """The hooks of layers that are handed to a class of the file, and whether each of these is a numbered one
    of an ``nn.Sequential`` that is made there, before one that works in place: ``Tap(stem[0])``.
    """
    calls: defaultdict[str, list[ast.Call]] = defaultdict(list)
    bound: defaultdict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            calls[node.func.id].append(node)
        elif isinstance(node, ast.Assign):
            for part in (part for target in node.targets for part in ast.walk(target)):
                if isinstance(part, ast.Name):
                    bound[part.id].append(node.value)
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for made in (node for node in owner.body if isinstance(node, ast.FunctionDef)):
            handed = [argument.arg for argument in made.args.args[1:]] if made.name == "__init__" else []
            for call in _registered(made) if handed else ():
                layer, hook = _layer_of(call), _hook(call.args[0], owner.name, names)
                if hook and layer in handed:
                    given = [_at(handed.index(layer), each) for each in calls[owner.name]]
                    yield hook, bool(given) and all(_is_spoilt(each, bound, names) for each in given)


def _registered(node: ast.AST) -> Iterator[ast.Call]:
    yield from filter(_registers, ast.walk(node))


def _registers(node: ast.AST) -> TypeGuard[ast.Call]:
    """``layer.register_forward_hook(hook)``"""
    called = node.func if isinstance(node, ast.Call) and node.args else None
    return isinstance(called, ast.Attribute) and called.attr == "register_forward_hook"


def _layer_of(call: ast.Call) -> str:
    return getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else ""


def _at(position: int, call: ast.Call) -> ast.expr | None:
    """What a call gives at a position."""
    return call.args[position] if position < len(call.args) else None


def _is_spoilt(layer: ast.expr | None, bound: Mapping[str, Sequence[ast.expr]], names: Names) -> bool:
    """Whether a layer is a numbered one of the only sequence of its name, before one that works in place;
    ``bound``: what names are given.
    """
    if not isinstance(layer, ast.Subscript) or not isinstance(layer.value, ast.Name):
        return False
    number = layer.slice.value if isinstance(layer.slice, ast.Constant) else None
    made = bound.get(layer.value.id, ())
    sequence = made[0] if len(made) == 1 and isinstance(made[0], ast.Call) else None
    if sequence is None or SEQUENTIAL not in qualified(sequence.func, names) or not isinstance(number, int):
        return False
    after = sequence.args[number + 1] if 0 <= number < len(sequence.args) - 1 else None
    return _works_in_place(after) and not any(isinstance(each, ast.Starred) for each in sequence.args)


def _spoilt_kinds(tree: ast.Module, names: Names) -> frozenset[str]:
    """The kinds of layers whose outputs are overwritten in every sequence of layers that has one."""
    kinds: dict[str, bool] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and SEQUENTIAL in qualified(node.func, names):
            here: dict[str, bool] = {}
            for layer, after in zip(node.args, [*node.args[1:], None], strict=True):
                for kind in _kinds(layer, names):
                    here[kind] = here.get(kind, False) or _works_in_place(after)
            for kind, overwritten in here.items():
                kinds[kind] = kinds.get(kind, True) and overwritten
    return frozenset(kind for kind, overwritten in kinds.items() if overwritten)


def _kinds(layer: ast.expr, names: Names) -> tuple[str, ...]:
    return qualified(layer.func, names) if isinstance(layer, ast.Call) else ()


def _works_in_place(layer: ast.expr | None) -> bool:
    """``nn.ReLU(inplace=True)``"""
    return isinstance(layer, ast.Call) and any(
        each.arg == "inplace" and isinstance(each.value, ast.Constant) and each.value.value is True
        for each in layer.keywords
    )


def _registrations(tree: ast.Module, names: Names) -> Iterator[tuple[ast.Call, frozenset[str], str]]:
    """Where layers get forward hooks, of which kinds they are, as ``isinstance`` says around it, and in which
    class.
    """
    pending: list[tuple[ast.AST, Mapping[str, frozenset[str]], str]] = [(tree, {}, "")]
    while pending:
        node, known, owner = pending.pop()
        owner = node.name if isinstance(node, ast.ClassDef) else owner
        if isinstance(node, ast.If):
            pending += [(each, known, owner) for each in (node.test, *node.orelse)]
            pending += [(each, {**known, **_told([node.test], names)}, owner) for each in node.body]
            continue
        if isinstance(node, ast.ListComp):
            known = {**known, **_told([test for part in node.generators for test in part.ifs], names)}
        if _registers(node):
            yield node, known.get(_layer_of(node), frozenset()), owner
        pending += [(each, known, owner) for each in ast.iter_child_nodes(node)]


def _told(tests: Sequence[ast.expr], names: Names) -> Mapping[str, frozenset[str]]:
    """What conditions that all hold say of names: ``isinstance(layer, nn.Linear)``."""
    found: dict[str, frozenset[str]] = {}
    for test in tests:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            found.update(_told(test.values, names))
        elif isinstance(test, ast.Call) and len(test.args) == 2 and isinstance(test.args[0], ast.Name):
            if getattr(test.func, "id", "") == "isinstance":
                kinds = test.args[1].elts if isinstance(test.args[1], ast.Tuple) else [test.args[1]]
                found[test.args[0].id] = frozenset(name for kind in kinds for name in qualified(kind, names))
    return found


def _hook(node: ast.expr, owner: str, names: Names) -> str:
    """The function that is given as a hook, or the one that makes it, with the class of a method; empty for a
    lambda.
    """
    if isinstance(node, ast.Call):
        if PARTIAL in qualified(node.func, names) and node.args:
            return _hook(node.args[0], owner, names)
        return _hook(node.func, owner, names)
    own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return f"{owner}.{node.attr}" if isinstance(node, ast.Attribute) and own else getattr(node, "id", "")
