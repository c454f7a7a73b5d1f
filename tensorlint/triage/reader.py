"""One pass over a unit's ``ast``: what is bound to a possible view, what is written, what is called."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from tensorlint.knowledge.catalog import LAYER_VARIABLES, PICKING, TENSOR_LIBRARIES
from tensorlint.knowledge.contracts import contracts
from tensorlint.syntax.outline import Unit
from tensorlint.triage.expressions import (
    COMPREHENSIONS,
    DISPLAYS,
    annotated,
    expressions,
    gathering,
    indices,
    is_container,
    is_plain,
    is_text,
    made_once,
    may_select,
    names_in,
    parameters,
)
from tensorlint.triage.keeps import (
    appends_the_same,
    collected,
    declared,
    gathers_weights,
    gives_state,
    hands_out_own,
    kept_gradient,
    lent,
    names_best,
    tie,
)
from tensorlint.triage.look import Called, Look, Made, Path, handed, path_of
from tensorlint.triage.sharing import Sharing
from tensorlint.triage.vocabulary import OUTPUTS
from tensorlint.triage.writes import adds, adds_again, makes_zeros, written_copy, written_from

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

_POINTERS = frozenset({"data_ptr", "ctypes", "__array_interface__", "__cuda_array_interface__"})
_TRAINING = frozenset({"step", "fit"})
_HOOKING = frozenset({"register_forward_hook", "register_full_backward_hook"})
_GRAPH = frozenset({"Parameter", "requires_grad_", "backward", "manual_backward", "parameters"})
_STATES = frozenset({"state_dict", "data", "detach", "numpy"})
_CONTAINER_COPIES = frozenset({"copy", "dict", "list", "OrderedDict", "tuple", "state_dict"})
_REPEATING = frozenset({"builtins.dict.fromkeys", "collections.OrderedDict.fromkeys", "itertools.repeat"})
_REORDERING = frozenset({"shuffle", "sort"})
_LIST_METHODS = frozenset({"append", "extend", "insert", "setdefault", "update", "add", "appendleft", "put"})
_CONTAINERS = frozenset({"builtins.dict", "builtins.list", "builtins.tuple", "builtins.set"})
_COPYING = ("copy.copy", "copy.deepcopy", "keras.Model", "keras.Variable", "keras.models.clone_model")
_LEAVES = frozenset({"grad", "weight", "bias"})  # attributes by which leaves that require grad are reached
_COMPUTED = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call)
_NO_WRITES = frozenset({"requires_grad_", "share_memory_", "retain_grad"})


class Reader(Sharing):
    """Reads the units of one file."""

    def read(self, unit: Unit) -> Look:
        look = Look(unit)
        try:
            self._read(look, unit)
        except RecursionError:  # too deep for lowering as well, which says so
            look.certain = True
        return look

    def _read(self, look: Look, unit: Unit) -> None:
        if not isinstance(unit.node, (ast.Module, ast.ClassDef)):
            look.parameters = tuple(parameters(unit.node))
            look.selecting |= annotated(unit.node.args)
            self.defined(look, unit.node)
            if self.file.contracts:
                look.declared = declared(unit, self.file.lines).intersection(look.parameters)
        if self.file.donating is not None:
            text = "\n".join(self.file.lines[unit.first_line - 1 : unit.last_line])
            look.certain = self.file.donating.search(text) is not None
        own_only = unit.kind in ("module", "class")
        pending: list[ast.AST] = list(unit.statements)
        while pending:
            node = pending.pop()
            kind = type(node)
            if kind in (ast.Name, ast.Constant, ast.Load, ast.Store) or (own_only and kind in _DEFINITIONS):
                continue
            read = _READERS.get(kind)
            if read is not None:
                read(self, look, node)
            for name in node._fields:
                child = getattr(node, name, None)
                if isinstance(child, ast.AST):
                    pending.append(child)
                elif isinstance(child, list):
                    pending.extend(item for item in child if isinstance(item, ast.AST))

    # Bindings

    def bind(self, look: Look, target: ast.expr, value: ast.expr | None, source: ast.expr) -> None:
        """``target = value``; without a value the target receives an element of the source."""
        if isinstance(target, ast.Starred):
            target = target.value
        if isinstance(target, (ast.Tuple, ast.List)):
            values: list[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
                values = list(value.elts)
            elif value is not None and not self.shares(value):
                return
            for inner, part in zip(target.elts, values, strict=True):
                self.bind(look, inner, part, part or source)
            return
        path = path_of(target)
        if path is None:
            return
        if isinstance(target, ast.Subscript):
            written_copy(look, target.value)
            written = path_of(target.value) or path
            look.written.add(Path(written.root, written.deep, keyed=is_text(target.slice)))
            if value is None or not is_plain(value):
                look.holders.add(path.root)
                collected(look, value, self.shares)
        elif value is not None and (is_container(value) or self._makes_container(value)):
            if not is_plain(value):  # even fresh elements may get a second container: xs[:]
                look.holders.add(path.root)
            if isinstance(value, ast.Call):
                look.copied.setdefault(path.root, set()).update(names_in(source))
        elif value is None or self.shares(value):
            look.bound(path.root, names_in(source))
            if isinstance(target, ast.Name):
                look.lent |= lent(value)
            if isinstance(value, (ast.Name, ast.Attribute)) and (named := path_of(value)) is not None:
                look.bound(named.root, ())  # both are names of it: either may be written
            if value is None or not isinstance(value, ast.Call):
                look.indexed.add(path.root)
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            look.received.append((path.root, value.func.attr, names_in(source)))

    def _makes_container(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and not _CONTAINERS.isdisjoint(self.qualified(node.func))

    def _made(self, name: str, value: ast.expr) -> Made:
        calls = [node for node in expressions(value) if isinstance(node, ast.Call)]
        makers = {path.root.rpartition(".")[2] for call in calls if (path := path_of(call.func)) is not None}
        return Made(
            name,
            frozenset(makers),
            in_place=any(keyword.arg == "inplace" for call in calls for keyword in call.keywords),
            shares=any(
                self.effect(name, call).shares for call in calls for name in self.qualified(call.func)
            ),
        )

    # Nodes

    def defined(self, look: Look, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """A function whose defaults a tensor library makes, once."""
        if node is not look.unit.node:
            look.nests = True
            look.inner |= {*parameters(node)} - {*gathering(node)}
        for name, call in made_once(node.args):
            if any(made.startswith(TENSOR_LIBRARIES) for made in self.qualified(call.func)):
                look.defaults.add(name)
                look.certain = True

    def assigned(self, look: Look, node: ast.Assign) -> None:
        for target in node.targets:
            self.bind(look, target, node.value, node.value)
            for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                if isinstance(part, ast.Subscript):
                    written_from(look, part, node.value)
                    adds_again(look, part, node.value)
            if may_select(node.value):
                look.selecting |= names_in(target)
            best = names_best(target, node.value)
            look.keeps_state |= bool(best)  # a second name of a model, perhaps, or of what is written
            look.lent |= best
            makes_zeros(look, target, node.value)
            path = path_of(target)
            if path is None:
                continue
            picking = isinstance(node.value, ast.Call) and getattr(node.value.func, "attr", "") in PICKING
            if isinstance(target, ast.Name) and (picking or isinstance(node.value, ast.Subscript)):
                look.picks.add(target.id)
            if isinstance(target, ast.Name):
                if isinstance(node.value, _COMPUTED) or target.id in names_in(node.value):
                    look.recomputed.add(target.id)
            if len(node.targets) > 1 and not isinstance(node.value, ast.Constant):
                look.bound(path.root, names_in(node.value))
            look.certain = look.certain or kept_gradient(target, node.value)
            if ("." in path.root or isinstance(target, ast.Subscript)) and gives_state(node.value):
                look.certain = True  # another method may load it
            gathers = isinstance(target, ast.Subscript) or isinstance(node.value, COMPREHENSIONS)
            if "." in path.root and (
                gathers_weights(node.value) or (gathers and contracts().follows(path.root))
            ):
                look.certain = True  # another method may write it, or look at it
            kept = (ast.Name, ast.Attribute, ast.Subscript)
            if isinstance(target, ast.Attribute) and isinstance(node.value, kept):
                names = (target.attr, getattr(node.value, "attr", ""))
                look.certain |= any(map(contracts().is_earlier, names))  # another method may write it
                look.certain |= contracts().stands_apart(target.attr)  # or train it
                tie(look, path.root, node.value)
            if isinstance(node.value, (ast.Call, ast.List)):
                look.made.append(self._made(path.root.rpartition(".")[2], node.value))

    def annotated(self, look: Look, node: ast.AnnAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self.bind(look, node.target, node.value, node.value)
            if look.unit.kind == "class" and isinstance(node.target, ast.Name):
                look.made.append(self._made(node.target.id, node.value))

    def augmented(self, look: Look, node: ast.AugAssign) -> None:
        path = path_of(node.target)
        if path is None:
            return
        if isinstance(node.target, ast.Name):
            look.recomputed.add(node.target.id)
        if isinstance(node.value, (*DISPLAYS, *COMPREHENSIONS)):
            look.holders.add(path.root)  # xs += [view]
            collected(look, node.value, self.shares)
        elif not isinstance(node.value, ast.JoinedStr) and not is_text(node.value):
            look.written.add(path)
            written_from(look, node.target, node.value)
            adds(look, node)
            if isinstance(node.target, ast.Subscript):
                written_copy(look, node.target.value)

    def received(self, look: Look, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
        look.certain = look.certain or (isinstance(node, ast.For) and appends_the_same(node))
        iterable = node.iter
        names = self.qualified(iterable.func) if isinstance(iterable, ast.Call) else ()
        target = node.target
        if names == ("builtins.range",):
            return
        if names == ("builtins.enumerate",) and isinstance(target, ast.Tuple):
            target = target.elts[-1]
        self.bind(look, target, None, iterable)
        if not isinstance(node, ast.comprehension):
            look.looped |= names_in(target)

    def entered(self, look: Look, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            self.bind(look, node.optional_vars, None, node.context_expr)

    def matched(self, look: Look, node: ast.Match) -> None:
        for pattern in ast.walk(node):
            if isinstance(pattern, (ast.MatchAs, ast.MatchStar)) and pattern.name is not None:
                look.bound(pattern.name, names_in(node.subject))

    def comprehended(
        self, look: Look, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        element = node.value if isinstance(node, ast.DictComp) else node.elt
        if isinstance(element, ast.Call):
            collected(look, element, self.shares)
        if isinstance(element, (ast.Name, ast.Attribute)):
            targets = {
                name.id
                for part in node.generators
                for name in ast.walk(part.target)
                if isinstance(name, ast.Name)
            }
            path = path_of(element)
            look.certain = look.certain or path is None or path.root.partition(".")[0] not in targets

    def multiplied(self, look: Look, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Add) and isinstance(node.right, ast.List):  # xs = xs + [view]
            collected(look, node.right, self.shares)
        if isinstance(node.op, ast.Sub):
            sides = [path_of(side) for side in (node.left, node.right) if isinstance(side, ast.Attribute)]
            look.taken_from.add(frozenset(path.root for path in sides if path is not None))
        if isinstance(node.op, ast.Mult):
            for side in (node.left, node.right):
                if isinstance(side, (ast.List, ast.Tuple)) and not all(map(is_plain, side.elts)):
                    look.certain = True

    def subscripted(self, look: Look, node: ast.Subscript) -> None:
        slices = [part for part in indices(node) if isinstance(part, ast.Slice)]
        if slices:
            look.strides = True
            look.copies_container = look.copies_container or slices[0].lower is slices[0].upper is None

    def dotted(self, look: Look, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            look.in_graph = look.in_graph or self.file.leaves
        elif isinstance(node.ctx, ast.Store):
            look.certain |= node.attr == "inplace"  # of a layer
            look.attributes.setdefault(node.attr, set()).add("set")
        elif isinstance(node.ctx, ast.Load):
            look.attributes.setdefault(node.attr, set()).add("read")
        look.keeps_state = look.keeps_state or node.attr in _STATES
        look.certain |= node.attr in LAYER_VARIABLES and look.unit.name.startswith("on_")  # of a callback
        look.in_graph = look.in_graph or node.attr in _LEAVES
        if node.attr in _POINTERS or (self.file.unchecked and node.attr == "is_contiguous"):
            look.certain = True
        elif node.attr in self.file.known.sharing and node.attr not in ("view", "reshape"):
            look.strides = True

    def returned(self, look: Look, node: ast.Return | ast.Yield | ast.YieldFrom) -> None:
        look.returns = look.returns or node.value is not None
        name = look.unit.name
        look.gives_own |= hands_out_own(node.value)
        if (
            not isinstance(node, ast.Return)
            or name in contracts().steps
            or contracts().advances(name)
            or (look.unit.kind == "method" and isinstance(node.value, ast.Call))  # another library's, perhaps
        ):
            collected(look, node.value, self.shares)

    def discarded(self, look: Look, node: ast.Expr) -> None:
        """A statement that throws away what a pure function or method gives."""
        if not isinstance(node.value, ast.Call):
            return
        function = node.value.func
        names = self.qualified(function)
        if names:
            look.drops = look.drops or any(self.effect(name, node.value).pure for name in names)
        elif isinstance(function, ast.Attribute):
            look.drops = look.drops or function.attr in self.file.known.pure

    def called(self, look: Look, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Subscript):
            look.certain = look.certain or self.file.kernels
        last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        look.certain = look.certain or last in self.file.extensions
        look.certain = look.certain or (last == "Sequential" and any(map(_works_in_place, node.args[1:])))
        look.certain |= last in _HOOKING
        if last == "fill" and len(node.args) == 1:
            look.certain |= isinstance(node.args[0], (ast.Call, ast.Name, *DISPLAYS)) and self.file.objects
        if last == "setattr" and any(map(_names_in_place, node.args[1:2])):
            look.certain = True
            look.attributes.setdefault("inplace", set()).add("set")
        look.certain |= last == "apply" and len(node.args) == 1 and isinstance(node.args[0], ast.Name)
        names = self.qualified(function)
        for effect in (self.effect(name, node) for name in names):
            look.certain = look.certain or effect.misreads or (self.file.backwards and effect.demands)
        receiver = function.value if isinstance(function, ast.Attribute) and not names else None
        call = Called(
            last,
            path_of(receiver),
            tuple(map(path_of, node.args)),
            tuple((keyword.arg, path_of(keyword.value)) for keyword in node.keywords),
            starred=any(isinstance(argument, ast.Starred) for argument in node.args),
        )
        look.calls.append(call)
        if (
            last == "register_buffer"
            and receiver is not None
            and len(node.args) > 1
            and is_text(node.args[0])
        ):
            kept = ast.Attribute(receiver, ast.literal_eval(node.args[0]), ast.Store())
            self.bind(look, kept, node.args[1], node.args[1])
        if last in self.file.methods and call.receiver is not None:
            for argument in node.args:  # a memory, perhaps: `memory.push(state)`
                collected(look, argument, self.shares)
        if last in _LIST_METHODS and call.receiver is not None:
            if any(map(self.shares, node.args)):
                look.holders.add(call.receiver.root)
            for argument in node.args:
                collected(look, argument, self.shares)
                look.certain = look.certain or gives_state(argument)
            own = any("." in root for root in look.collected)
            if own and "." in call.receiver.root and contracts().tells_of_times(call.receiver.root):
                look.certain = True  # another method may write it
        look.reshapes = look.reshapes or last in ("view", "view_as")
        look.trains = look.trains or last in _TRAINING or last.startswith(("train", "fit", "optimize"))
        look.steps = look.steps or last == "step"
        asks = any(keyword.arg == "requires_grad" for keyword in node.keywords)
        look.in_graph = look.in_graph or asks or last in _GRAPH
        look.copies_container = look.copies_container or last in _CONTAINER_COPIES
        written = self._written(node, call, names)
        look.written.update(call.handed(written))
        if written:
            if receiver is not None and node.args:
                written_from(look, receiver, node.args[0])
            look.certain = look.certain or "random.shuffle" in names or (last == "shuffle" and not names)
            named = [(keyword.arg, keyword.value) for keyword in node.keywords]
            for part in handed(written, receiver, node.args, named, starred=call.starred):
                written_copy(look, part)
                if last in _REORDERING and isinstance(part, ast.Subscript):  # the slice of a list is a copy
                    look.certain = look.certain or isinstance(part.slice, ast.Slice)
        canonical = [self.file.catalog.canonical(name) for name in names]
        layers = (
            "keras.Sequential" in canonical and getattr(next(iter(node.args), None), "attr", "") == "layers"
        )
        if layers or any(name.startswith(_COPYING) for name in canonical):
            look.certain = True
        look.certain = look.certain or not _REPEATING.isdisjoint(names)

    def _written(self, node: ast.Call, call: Called, names: tuple[str, ...]) -> set[int | str]:
        """The parameters of the callee that are written."""
        written: set[int | str] = {part.arg for part in node.keywords if part.arg in OUTPUTS}
        if names:
            for name in names:
                written |= self.effect(name, node).written
        elif call.receiver is not None:
            # A method's parameters count from its receiver.
            for item in self.file.known.writing.get(call.name, ()):
                written.add(item if isinstance(item, str) else "self" if item == 0 else item - 1)
        if _works_in_place(node.func):
            written.add(0)  # `nn.ReLU(inplace=True)(x)`
        if call.name.endswith("_") and not call.name.endswith("__") and call.name not in _NO_WRITES:
            written.update((0, "self") if call.receiver is None else ("self",))
        return written


def _names_in_place(node: ast.expr) -> bool:
    """``setattr(m, "inplace", True)``"""
    return isinstance(node, ast.Constant) and node.value == "inplace"


def _works_in_place(node: ast.expr) -> bool:
    """``nn.Dropout(0.5, inplace=True)``, ``nn.ReLU(True)``"""
    if not isinstance(node, ast.Call):
        return False
    options = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "inplace")]
    return any(isinstance(option, ast.Constant) and option.value is True for option in options)


_READERS: dict[type[ast.AST], Callable[[Reader, Look, Any], None]] = {
    ast.FunctionDef: Reader.defined,
    ast.AsyncFunctionDef: Reader.defined,
    ast.Lambda: Reader.defined,
    ast.Assign: Reader.assigned,
    ast.AnnAssign: Reader.annotated,
    ast.NamedExpr: Reader.annotated,
    ast.AugAssign: Reader.augmented,
    ast.Expr: Reader.discarded,
    ast.Return: Reader.returned,
    ast.Yield: Reader.returned,
    ast.YieldFrom: Reader.returned,
    ast.For: Reader.received,
    ast.AsyncFor: Reader.received,
    ast.comprehension: Reader.received,
    ast.withitem: Reader.entered,
    ast.Match: Reader.matched,
    ast.ListComp: Reader.comprehended,
    ast.SetComp: Reader.comprehended,
    ast.GeneratorExp: Reader.comprehended,
    ast.DictComp: Reader.comprehended,
    ast.BinOp: Reader.multiplied,
    ast.Subscript: Reader.subscripted,
    ast.Attribute: Reader.dotted,
    ast.Call: Reader.called,
}
