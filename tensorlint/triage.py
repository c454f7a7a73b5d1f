"""Which units could hold anything reportable; the rest is never parsed.

A cheap look at the ``ast``, blind to the order of statements. It must not lose a finding, so whatever could
be a view counts as one. A unit is kept when it writes in place to a name that could be a view or an element,
or when it holds what is reportable by itself: shallow copies, replications, raw pointers, launches,
``.view()`` beside an operation that leaves a tensor non-contiguous.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog
from tensorlint.source import Source
from tensorlint.syntax.names import Names
from tensorlint.syntax.outline import Outline, Unit

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_FRESH_NODES = (ast.Constant, ast.Compare, ast.UnaryOp, ast.JoinedStr, ast.Lambda)

_POINTERS = frozenset({"data_ptr", "ctypes", "__array_interface__", "__cuda_array_interface__"})
_REPEATING = frozenset({"fromkeys", "repeat", "full"})
_SHALLOW = frozenset({"copy", "Variable", "Model"})
_TRAINING = frozenset({"step", "fit"})
_CONTAINER_COPIES = frozenset({"copy", "dict", "list", "OrderedDict", "tuple", "state_dict"})
_WRITING_CALLS = frozenset({
    "sort", "fill", "partition", "put", "itemset", "resize", "byteswap", "setfield", "copyto", "place",
    "putmask", "put_along_axis", "fill_diagonal", "shuffle", "setflags", "at"
})  # fmt: skip
_STRIDING = frozenset({
    "permute", "transpose", "t", "T", "mT", "H", "mH", "swapaxes", "swapdims", "movedim", "moveaxis",
    "rollaxis", "expand", "expand_as", "broadcast_to", "broadcast_tensors", "narrow", "select", "unfold",
    "diagonal", "chunk", "split", "tensor_split", "unbind", "as_strided", "rot90", "rearrange", "adjoint",
    "hsplit", "vsplit", "dsplit", "meshgrid", "einsum", "real", "imag", "view_as_real", "unsafe_chunk",
    "split_with_sizes", "to", "contiguous", "transpose_", "t_", "swapaxes_", "swapdims_", "as_strided_",
    "flip", "fliplr", "flipud"
})  # fmt: skip
_LAUNCHING = (
    "load_inline",
    "RawKernel",
    "RawModule",
    "torch.library",
    "torch.ops",
    "custom_op",
    "triton",
    "cuda.jit",
)


@dataclass(slots=True)
class _Look:
    """What one unit does, whatever the order. A root is a dotted path such as ``"x"`` or ``"self.x"``."""

    unit: Unit
    certain: bool = False
    shares: set[str] = field(default_factory=set)  # roots bound to what may be a view or hold one
    parameters: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)  # last name, roots handed to it
    copies_container: bool = False
    trains: bool = False
    views: bool = False
    strides: bool = False

    def writes_shared(self) -> bool:
        return any(_within(root, self.shares) for root in self.written)

    def writes_parameter(self) -> bool:
        return any(root.partition(".")[0] in self.parameters for root in self.written) or self.writes_shared()


def triage(source: Source, outline: Outline, catalog: Catalog) -> list[Unit]:
    """The units of a file that could hold anything reportable, in order."""
    launches = any(word in source.text for word in _LAUNCHING)
    looks = [_Reader(outline.names, catalog, launches).read(unit) for unit in outline.units]
    inplace_layers = "inplace" in source.text
    writers = {"__call__"} if inplace_layers else set()
    striders: set[str] = set()
    _close(looks, writers, striders, inplace_layers)
    return [look.unit for look in looks if _kept(look, striders)]


def _close(looks: list[_Look], writers: set[str], striders: set[str], inplace_layers: bool) -> None:
    """Carry writes and strides from functions to their callers in the file, by name, to a fixed point."""
    changed = True
    while changed:
        changed = False
        for look in looks:
            name = look.unit.name
            for callee, roots in look.calls:
                if callee in writers or (inplace_layers and callee.startswith("self.")):
                    before = len(look.written)
                    look.written.update(roots)
                    changed = changed or len(look.written) > before
                if callee.rpartition(".")[2] in striders and not look.strides:
                    look.strides = changed = True
            if name not in writers and look.writes_parameter():
                writers.update((name, f"self.{name}"))
                changed = True
            if name not in striders and look.strides:
                striders.add(name)
                changed = True


def _kept(look: _Look, striders: set[str]) -> bool:
    if look.certain or look.writes_shared():
        return True
    if look.views and (look.strides or "__init__" in striders):
        return True
    return look.copies_container and look.trains


def _within(root: str, shares: set[str]) -> bool:
    """Whether a root or what it is an attribute of was bound to a possible view."""
    while root:
        if root in shares:
            return True
        root = root.rpartition(".")[0]
    return False


def _root(node: ast.expr) -> str:
    """The dotted path that a target or receiver begins with, through subscripts, attributes and calls."""
    tail: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        elif isinstance(node, (ast.Subscript, ast.Starred)):
            tail.clear()
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            tail.clear()
            node = node.func.value
        elif isinstance(node, ast.Call) and node.args:
            tail.clear()
            node = node.args[0]
        elif isinstance(node, ast.NamedExpr):
            node = node.target
        else:
            break
    return ".".join([node.id, *reversed(tail)]) if isinstance(node, ast.Name) else ""


class _Reader:
    """Reads one unit in one pass over its nodes."""

    def __init__(self, names: Names, catalog: Catalog, launches: bool) -> None:
        self.names = names
        self.catalog = catalog
        self.launches = launches

    def read(self, unit: Unit) -> _Look:
        look = _Look(unit)
        if not isinstance(unit.node, (ast.Module, ast.ClassDef)):
            look.parameters.update(_parameters(unit.node.args))
        own_only = unit.kind in ("module", "class")
        pending: list[ast.AST] = list(unit.statements)
        while pending:
            node = pending.pop()
            kind = type(node)
            if kind in (ast.Name, ast.Constant, ast.Load, ast.Store) or (own_only and kind in _DEFINITIONS):
                continue
            look_at = _READERS.get(kind)
            if look_at is not None:
                look_at(self, look, node)
            for name in node._fields:
                child = getattr(node, name, None)
                if isinstance(child, ast.AST):
                    pending.append(child)
                elif isinstance(child, list):
                    pending.extend(item for item in child if isinstance(item, ast.AST))
        return look

    def _bind(self, look: _Look, target: ast.expr, value: ast.expr | None) -> None:
        """``target = value``; without a value the target receives an element of something."""
        if isinstance(target, ast.Starred):
            target = target.value
        if isinstance(target, (ast.Tuple, ast.List)):
            values: list[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
                values = list(value.elts)
            elif value is not None and not self._shares(value):
                return
            for inner, part in zip(target.elts, values, strict=True):
                self._bind(look, inner, part)
        elif isinstance(target, ast.Subscript):
            look.written.add(_root(target))
            if value is None or self._shares(value):
                look.shares.add(_root(target))  # a container that may now hold a view
        elif value is None or self._shares(value):
            look.shares.add(_root(target))

    def _shares(self, node: ast.expr) -> bool:
        """Whether the value may be, or hold, memory that something else holds too."""
        if isinstance(node, _FRESH_NODES):
            return False
        if isinstance(node, ast.BinOp):
            # Only `[x] * n`, `xs + ys` and the like keep their elements.
            return isinstance(node.op, (ast.Mult, ast.Add)) and any(
                not isinstance(side, (ast.Constant, ast.BinOp, ast.UnaryOp)) and self._holds(side)
                for side in (node.left, node.right)
            )
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return any(self._shares(item) for item in node.elts)
        if isinstance(node, ast.Dict):
            return any(self._shares(item) for item in node.values)
        if isinstance(node, ast.IfExp):
            return self._shares(node.body) or self._shares(node.orelse)
        if isinstance(node, ast.BoolOp):
            return any(self._shares(item) for item in node.values)
        if isinstance(node, ast.Call):
            return not self._fresh(node)
        return True

    def _holds(self, node: ast.expr) -> bool:
        return isinstance(node, (ast.List, ast.Tuple, *_COMPREHENSIONS)) and self._shares(node)

    def _fresh(self, node: ast.Call) -> bool:
        """Whether the tables say that a call always makes something new."""
        function = node.func
        if isinstance(function, ast.Attribute) and not self._path(function):
            return function.attr in fresh_methods() and not node.keywords
        names = self._path(function)
        if not names or any(keyword.arg in ("out", "copy") for keyword in node.keywords):
            return False
        entries = [self.catalog.lookup(name) for name in names]
        return all(entry is not None and _makes_new(entry.effect) for entry in entries)

    def _path(self, node: ast.expr) -> tuple[str, ...]:
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or self.names.is_variable(node.id):
            return ()
        return tuple(".".join([name, *reversed(tail)]) for name in self.names.resolve(node.id))

    def assigned(self, look: _Look, node: ast.Assign) -> None:
        for target in node.targets:
            self._bind(look, target, node.value)
            if len(node.targets) > 1 and not isinstance(node.value, ast.Constant):
                look.shares.add(_root(target))

    def annotated(self, look: _Look, node: ast.AnnAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self._bind(look, node.target, node.value)

    def augmented(self, look: _Look, node: ast.AugAssign) -> None:
        look.written.add(_root(node.target))
        if isinstance(node.op, ast.Add) and self._holds(node.value):
            look.shares.add(_root(node.target))  # xs += [view]

    def received(self, look: _Look, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
        self._bind(look, node.target, None)

    def entered(self, look: _Look, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            self._bind(look, node.optional_vars, None)

    def matched(self, look: _Look, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name is not None:
            look.shares.add(node.name)

    def comprehended(
        self, look: _Look, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        element = node.value if isinstance(node, ast.DictComp) else node.elt
        if isinstance(element, (ast.Name, ast.Attribute)):
            targets = {
                name.id
                for part in node.generators
                for name in ast.walk(part.target)
                if isinstance(name, ast.Name)
            }
            root = _root(element).partition(".")[0]
            look.certain = look.certain or root not in targets

    def multiplied(self, look: _Look, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Mult):
            for side in (node.left, node.right):
                if isinstance(side, (ast.List, ast.Tuple)) and not all(map(_plain, side.elts)):
                    look.certain = True

    def subscripted(self, look: _Look, node: ast.Subscript) -> None:
        if any(isinstance(part, ast.Slice) for part in _parts(node.slice)):
            look.strides = True
            if isinstance(node.slice, ast.Slice) and node.slice.lower is node.slice.upper is None:
                look.copies_container = True

    def dotted(self, look: _Look, node: ast.Attribute) -> None:
        if node.attr in _POINTERS:
            look.certain = True
        elif node.attr in _STRIDING:
            look.strides = True

    def called(self, look: _Look, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Subscript):
            look.certain = look.certain or self.launches
            return
        last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        roots = [_root(argument) for argument in node.args]
        roots += [_root(keyword.value) for keyword in node.keywords]
        if isinstance(function, ast.Attribute):
            roots.append(_root(function.value))
        handed = tuple(root for root in roots if root)
        path = (
            f"self.{last}"
            if isinstance(function, ast.Attribute) and _root(function.value) == "self"
            else last
        )
        look.calls.append((path, handed))
        if isinstance(function, ast.Attribute):
            look.views = look.views or (last == "view" and bool(node.args))
        if (last.endswith("_") and not last.endswith("__")) or last in _WRITING_CALLS:
            look.written.update(handed)
        for keyword in node.keywords:
            if keyword.arg == "out":
                look.written.add(_root(keyword.value))
            elif keyword.arg == "inplace":
                look.written.update(handed)
        self._special(look, node, last)

    def _special(self, look: _Look, node: ast.Call, last: str) -> None:
        if self.launches:
            look.certain = True  # an extension's function looks like any other
        if last in _SHALLOW or last in _REPEATING or last in _CONTAINER_COPIES:
            names = self._path(node.func)
            shallow = last in _SHALLOW and any(not name.startswith("builtins.") for name in names)
            repeating = last in _REPEATING and bool(names) and not names[0].startswith(TENSOR_LIBRARIES)
            objects = last == "full" and any(keyword.arg == "dtype" for keyword in node.keywords)
            look.certain = look.certain or shallow or repeating or objects
            look.copies_container = look.copies_container or last in _CONTAINER_COPIES
        look.trains = look.trains or last in _TRAINING


_READERS: dict[type[ast.AST], Callable[[_Reader, _Look, Any], None]] = {
    ast.Assign: _Reader.assigned,
    ast.AnnAssign: _Reader.annotated,
    ast.NamedExpr: _Reader.annotated,
    ast.AugAssign: _Reader.augmented,
    ast.For: _Reader.received,
    ast.AsyncFor: _Reader.received,
    ast.comprehension: _Reader.received,
    ast.withitem: _Reader.entered,
    ast.MatchAs: _Reader.matched,
    ast.MatchStar: _Reader.matched,
    ast.ListComp: _Reader.comprehended,
    ast.SetComp: _Reader.comprehended,
    ast.GeneratorExp: _Reader.comprehended,
    ast.DictComp: _Reader.comprehended,
    ast.BinOp: _Reader.multiplied,
    ast.Subscript: _Reader.subscripted,
    ast.Attribute: _Reader.dotted,
    ast.Call: _Reader.called,
}


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.arg
    for extra in (arguments.vararg, arguments.kwarg):
        if extra is not None:
            yield extra.arg


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _plain(node: ast.expr) -> bool:
    """A constant, or an expression of constants: numbers are not replicated tensors."""
    if isinstance(node, ast.UnaryOp):
        return _plain(node.operand)
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(map(_plain, node.elts))
    return isinstance(node, (ast.Constant, ast.JoinedStr, ast.Compare))


def _makes_new(effect: str) -> bool:
    """Whether an entry has the one case ``new``, and writes nothing."""
    result = effect.rpartition("->")[2].strip()
    return result.startswith("new") and "|" not in result and "!" not in result


@cache
def fresh_methods() -> frozenset[str]:
    """The methods whose result is new on every tensor type that has them."""
    found: dict[str, bool] = {}
    catalog = Catalog()
    for library in TENSOR_LIBRARIES:
        prefix = f"{catalog.tensor_type(library)}."
        for entry in catalog.entries(library):
            if entry.name.startswith(prefix):
                method = entry.name.removeprefix(prefix)
                found[method] = found.get(method, True) and _makes_new(entry.effect)
    return frozenset(name for name, fresh in found.items() if fresh and name != "copy")
