"""Views that follow a permutation, with the statements of their function that they need, made to run alone.

Of the function around a view only the assignments are kept that its tensor and its lengths come from, one
list for every way through the branches between. What else they speak of becomes a symbol, to be drawn:
parameters, attributes, and calls that are not PyTorch's, of which the first argument is kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice

REORDERING = frozenset(
    "permute transpose swapaxes swapdims movedim moveaxis t adjoint expand expand_as broadcast_to".split()
)
TRANSPOSED = frozenset({"T", "mT", "H", "mH"})
COPYING = frozenset({"contiguous", "reshape", "flatten", "repeat"})
MOST_WAYS = 8  # through the branches before one view
_PLACED = frozenset("to cuda cpu float half double bfloat16 type type_as detach requires_grad_".split())
_PLACING = frozenset({"dtype", "device", "requires_grad", "memory_format"})
_SIZED = REORDERING | frozenset("view reshape unflatten repeat size unsqueeze squeeze split chunk".split())
_ATTRIBUTES = TRANSPOSED | {"shape", "ndim"}
_BUILTINS = frozenset("int len min max range tuple list sum abs float round slice".split())
_MODULES = {"torch": "torch", "math": "math", "torch.nn.functional": "F"}
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Binding = ast.Assign | ast.AnnAssign | ast.AugAssign


@dataclass(frozen=True, slots=True)
class Program:
    """``steps`` run one after the other and leave the tensor in ``viewed``; ``view`` is what is asked.

    Each symbol has a kind, as far as its uses tell: tensor, layer, int, lengths, flag, any.
    """

    steps: tuple[str, ...]
    view: str
    symbols: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Site:
    """One call of ``view`` behind a permutation; ``copied``: after something that copies."""

    line: int
    column: int
    end: tuple[int, int]
    reordering: str
    copied: bool
    programs: tuple[Program, ...]


def sites(text: str, methods: frozenset[str]) -> list[Site]:
    """The views of one file; ``methods`` are those of a tensor."""
    tree = ast.parse(text)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    modules = _imported(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_view(node):
            site = _site(node, parents, modules, methods)
            if site is not None:
                found.append(site)
    return sorted(found, key=lambda site: (site.line, site.column, site.end))


def _imported(tree: ast.Module) -> dict[str, str]:
    """Local names of what is run as it is: modules, and functions of them."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _MODULES and (alias.asname or "." not in alias.name):
                    names[alias.asname or alias.name] = _MODULES[alias.name]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                if f"{node.module}.{alias.name}" in _MODULES:
                    names[alias.asname or alias.name] = _MODULES[f"{node.module}.{alias.name}"]
    return names if "torch" in names.values() or "F" in names.values() else {}


def _is_view(node: ast.Call) -> bool:
    """Whether a call asks for other lengths, and not for another type."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "view" or node.keywords or not node.args:
        return False
    asked = ast.unparse(node.args[0])
    return not asked.startswith(("torch.", "np.", "jnp.", "numpy.")) and "type" not in asked


def _site(
    node: ast.Call, parents: Mapping[ast.AST, ast.AST], modules: Mapping[str, str], methods: frozenset[str]
) -> Site | None:
    before = list(_before(node, parents))
    programs, reorderings = [], []
    for taken in islice(_ways(tuple(before), _loads(node), ()), MOST_WAYS):
        reordering = _reordering(node, taken)
        if reordering is not None and modules:
            reorderings.append(reordering)
            program = _Symbols(modules, methods).program(node, taken)
            if program not in programs:
                programs.append(program)
    if not programs:
        return None
    name = ", ".join(dict.fromkeys(name for name, _ in reorderings))
    copied = all(copied for _, copied in reorderings)
    end = node.end_lineno or node.lineno, node.end_col_offset or 0
    return Site(node.lineno, node.col_offset, end, name, copied, tuple(programs))


# What a view needs


def _before(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[ast.stmt]:
    """The statements of a function that stand before a node, without those of branches beside it."""
    found: list[ast.stmt] = []
    while node in parents and not isinstance(node, _FUNCTION):
        parent = parents[node]
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            if isinstance(block, list) and node in block:
                found[:0] = block[: block.index(node)]
        node = parent
    yield from found


def _loads(*nodes: ast.AST) -> frozenset[str]:
    return frozenset(
        each.id
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    )


def _binds(statement: ast.stmt) -> frozenset[str]:
    return frozenset(
        each.id
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    )


def _ways(
    before: tuple[ast.stmt, ...], needed: frozenset[str], taken: tuple[_Binding, ...]
) -> Iterator[tuple[_Binding, ...]]:
    """The assignments that names come from, one list for every way through the branches that bind them."""
    while before:
        *earlier, statement = before
        before = tuple(earlier)
        bound = _binds(statement) & needed
        if not bound:
            continue
        if isinstance(statement, ast.With):
            before = (*before, *statement.body)
        elif isinstance(statement, ast.If):
            for branch in (statement.body, statement.orelse):
                if not (branch and isinstance(branch[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)):
                    yield from _ways((*before, *branch), needed, taken)
            return
        elif isinstance(statement, _Binding) and statement.value is not None and _plain(statement):
            taken = (statement, *taken)
            kept = needed if isinstance(statement, ast.AugAssign) else needed - bound
            needed = kept | _loads(statement.value)
        else:
            needed = needed - bound
    yield taken


def _plain(statement: _Binding) -> bool:
    """Whether an assignment binds names only."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    parts = [
        part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])
    ]
    return all(isinstance(part, ast.Name) for part in parts)


def _reordering(view: ast.Call, taken: Sequence[_Binding]) -> tuple[str, bool] | None:
    """What the viewed tensor was permuted with, and whether it was copied since, by following names back."""
    copied = False
    node: ast.AST = view.func
    remaining = list(taken)
    while True:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=name), args=[first, *_]):
                node = first
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                node = value
            case ast.Attribute(value=value, attr=name):
                node = value
            case ast.Subscript(value=value):
                node, name = value, ""
            case ast.Name(id=bound):
                while remaining and bound not in _binds(remaining[-1]):
                    remaining.pop()
                if not remaining:
                    return None
                statement = remaining.pop()
                if isinstance(statement, ast.AugAssign):
                    continue
                assert statement.value is not None
                node, name = statement.value, ""
            case _:
                return None
        if name in REORDERING or name in TRANSPOSED:
            return name, copied
        copied = copied or name in COPYING


# What can run alone


class _Symbols(ast.NodeTransformer):
    """Puts a symbol for all that is not a tensor's method, a function of PyTorch or a name bound before."""

    def __init__(self, modules: Mapping[str, str], methods: frozenset[str]) -> None:
        self.modules = modules
        self.methods = methods
        self.kinds: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.bound: set[str] = set()
        self.kind = "any"

    def program(self, view: ast.Call, taken: Sequence[_Binding]) -> Program:
        steps = []
        for statement in taken:
            new = self._assigned(statement)
            if new is not None:
                steps.append(ast.unparse(new))
        assert isinstance(view.func, ast.Attribute)
        chain = self._as("tensor", view.func.value)
        parts = _unrolled(chain)
        steps += [f"viewed = {part}" for part in parts]
        wanted = [ast.unparse(self._as("int", each)) for each in view.args]
        return Program(tuple(steps), f"viewed.view({', '.join(wanted)})", tuple(sorted(self.kinds.items())))

    def _assigned(self, statement: _Binding) -> ast.stmt | None:
        assert statement.value is not None
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        unpacked = any(isinstance(target, ast.Tuple) for target in targets)
        conditional = unpacked and isinstance(statement.value, ast.IfExp)
        value = self._as("any", statement.value.body if conditional else statement.value)
        new: ast.stmt
        called = value.func if isinstance(value, ast.Call) else value
        whole = isinstance(called, ast.Name) and called.id in self.kinds and called.id not in self.bound
        if whole and unpacked:  # each of them is drawn for itself
            again = sorted(_binds(statement) & self.bound)
            drawn = [
                self._symbol(ast.parse(f"{ast.unparse(value)}.{name}", mode="eval").body) for name in again
            ]
            new = ast.Assign([_tuple(again)], ast.Tuple(drawn, ast.Load()))
            return ast.fix_missing_locations(new) if again else None
        if isinstance(statement, ast.AugAssign):
            new = ast.AugAssign(statement.target, statement.op, value)
            for name in _binds(statement) - self.bound:
                self.kinds.setdefault(name, "any")
        else:
            new = ast.Assign(targets, value)
        self.bound |= _binds(statement)
        return ast.fix_missing_locations(new)

    def _as(self, kind: str, node: ast.expr) -> ast.expr:
        kind, self.kind = self.kind, kind
        new: ast.expr = self.visit(deepcopy(node))
        self.kind = kind
        return new

    def _symbol(self, node: ast.expr, kind: str = "") -> ast.expr:
        text = ast.unparse(node)
        name = text if isinstance(node, ast.Name) else self.names.setdefault(text, f"_{len(self.names)}")
        known = self.kinds.get(name, "any")
        self.kinds[name] = (kind or self.kind) if known == "any" else known
        return ast.Name(name, ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return node if node.id in self.bound else self._symbol(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if _root(node) != "self" or isinstance(node.value, ast.Attribute | ast.Call | ast.Subscript):
            if node.attr == "data":
                return self._as("tensor", node.value)
            if node.attr in _ATTRIBUTES:
                return ast.Attribute(self._as("tensor", node.value), node.attr, ast.Load())
        return self._symbol(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return self._symbol(node)
        free = isinstance(node.value, ast.Name | ast.Attribute) and _root(node) not in self.bound
        if free and self.kind == "int" and not ast.unparse(node.value).endswith(".shape"):
            return self._symbol(node)
        kind = "any" if self.kind == "int" else self.kind
        return ast.Subscript(self._as(kind, node.value), self._as("int", node.slice), ast.Load())

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        kind = "int" if isinstance(node.op, ast.FloorDiv | ast.Mod) else self.kind
        kind = "any" if kind == "tensor" and not isinstance(node.op, ast.MatMult) else kind
        return ast.BinOp(self._as(kind, node.left), node.op, self._as(kind, node.right))

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self._symbol(node.test, "flag")
        return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node.func:
            case ast.Name(id=name) if name in _BUILTINS and not node.keywords:
                return ast.Call(node.func, [self._as("any", each) for each in node.args], [])
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in self.modules:
                function = ast.Attribute(ast.Name(self.modules[module], ast.Load()), name, ast.Load())
                return self._call(function, "any", node)
            case ast.Attribute(value=receiver, attr=name) if name in self.methods and not _is_self(receiver):
                if name in _PLACED:
                    return self._as("tensor", receiver)
                method = ast.Attribute(self._as("tensor", receiver), name, ast.Load())
                return self._call(method, "int" if name in _SIZED else "any", node)
        if self.kind != "int" and node.args and not isinstance(node.args[0], ast.Starred):
            layer = self._symbol(node, "layer")
            return ast.Call(layer, [self._as("any", node.args[0])], [])
        return self._symbol(node, "any" if self.kind == "int" else "tensor")

    def _call(self, function: ast.expr, kind: str, node: ast.Call) -> ast.expr:
        keywords = [
            ast.keyword(each.arg, self._as(kind, each.value))
            for each in node.keywords
            if each.arg not in _PLACING
        ]
        return ast.Call(function, [self._as(kind, each) for each in node.args], keywords)

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        kind = "lengths" if self.kind == "int" else "any"
        return ast.Starred(self._as(kind, node.value), ast.Load())

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(
            node, ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp | ast.JoinedStr
        ):
            return self._symbol(node)
        return super().generic_visit(node)


def _tuple(names: Sequence[str]) -> ast.Tuple:
    return ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def _unrolled(chain: ast.expr) -> list[str]:
    """A chain of methods as steps, so that it can be told how far a draw gets."""
    calls: list[ast.Call] = []
    while isinstance(chain, ast.Call) and isinstance(chain.func, ast.Attribute):
        if isinstance(chain.func.value, ast.Name) and chain.func.value.id in _MODULES.values():
            break
        calls.append(chain)
        chain = chain.func.value
    steps = [ast.unparse(chain)]
    for call in reversed(calls):
        assert isinstance(call.func, ast.Attribute)
        method = ast.Attribute(ast.Name("viewed", ast.Load()), call.func.attr, ast.Load())
        steps.append(ast.unparse(ast.Call(method, call.args, call.keywords)))
    return steps
