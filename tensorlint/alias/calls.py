"""Calls: who is called, what its signature says, and what is assumed of callees that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias import containers, donation, grad, lengths, pointers
from tensorlint.alias.apply import Application
from tensorlint.alias.binding import Arguments, bind, handed_over
from tensorlint.alias.events import Called, ContainerCopied, Launch, Read, Replicated
from tensorlint.alias.guards import Actual
from tensorlint.alias.kinds import NONE, contain, kind_of, stated
from tensorlint.alias.lattice import (
    Allocation,
    Constant,
    Given,
    Held,
    Object,
    Opaque,
    Value,
    alternatives,
    is_plain,
    root,
)
from tensorlint.alias.making import dict_of_pairs
from tensorlint.alias.replicas import copied_object, marked, shared
from tensorlint.alias.switches import OPTION
from tensorlint.alias.votes import NAMESPACES
from tensorlint.knowledge.catalog import EITHER, Entry
from tensorlint.knowledge.effects import Signature

if TYPE_CHECKING:
    from tensorlint.alias.transfer import Transfer

Calling = ir.Call | ir.CallMethod | ir.GetAttribute

# Builtin container methods that any object may have: without a type, they keep or hand out references.
KEEPS = frozenset("append extend add insert appendleft extendleft put push setdefault update".split())
HANDS_OUT = frozenset("items values get pop popleft keys".split())
COPIES_CONTAINER = frozenset(
    "builtins.list builtins.tuple builtins.dict builtins.list.copy builtins.dict.copy copy.copy"
    " collections.OrderedDict collections.deque".split()
)
DICTS = frozenset({"builtins.dict", "collections.OrderedDict"})
SEEN_AS = frozenset({"view", "as_subclass"})
REGISTERS = frozenset({"register_buffer", "register_parameter"})
REORDERS = frozenset("pop popleft remove insert sort reverse clear appendleft extendleft rotate".split())
TORCH_WORDS = frozenset({"dim", "keepdim"})  # NumPy says `axis` and `keepdims`
REPLICATES = {"builtins.dict.fromkeys": 1, "itertools.repeat": 0, "collections.OrderedDict.fromkeys": 1}


class Calls:
    """The calls of one function, over the state of its :class:`~tensorlint.alias.transfer.Transfer`."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer
        self.catalog = transfer.catalog
        self.module = transfer.module
        self.state = transfer.state

    def function(self, instr: ir.Call) -> Value:
        """``function(arguments)``"""
        arguments = self._arguments(instr.origin, instr.arguments)
        callee = self.transfer.value(instr.function)
        given = callee.object.name.split("|") if isinstance(callee.object, Given) else []
        if any(name.startswith("?") for name in given):  # defined, and then replaced
            given = []
        names = tuple(map(self.catalog.canonical, given))
        if self.module.has_native():
            self._launch_of(instr.origin, callee, arguments)
        result = None
        for name in names:
            result = self._named(instr, name, arguments)
            if result is not None:
                break
        if result is None:
            result = self._object_called(instr, callee, arguments)
        if result is None:
            result = self._unknown(instr.origin, arguments)
        if names:
            self._emit_call(instr, names, None, arguments, result)
        else:  # an object: a layer, a model
            called = f"{callee.type or '?'}.__call__"
            self._emit_call(instr, (called,), Actual(instr.function, callee), arguments, result)
        self._note_copies(instr.origin, names, arguments, result)
        donation.taken(self.transfer, instr.origin, donation.of_callee(self.transfer, callee), arguments)
        return result

    def method(self, instr: ir.CallMethod) -> Value:
        """``receiver.name(arguments)``"""
        arguments = self._arguments(instr.origin, instr.arguments)
        receiver = self.transfer.value(instr.receiver)
        actual = Actual(instr.receiver, receiver)
        name = f"{receiver.type or '?'}.{instr.name}"
        if instr.name in REGISTERS:
            self._register(receiver, arguments)
        if instr.name in REORDERS and receiver.type in ("builtins.list", "collections.deque"):
            containers.forget_positions(self.state, receiver, instr.origin)
        if instr.name in pointers.LOOKS and not is_plain(receiver):
            self.transfer.inspected(instr, receiver)
        if not receiver.type and isinstance(receiver.object, (Opaque, Given, Held)):
            self._launch(instr.origin, instr.name, arguments, "extension")
        called = self._called_attribute(instr, receiver)
        if called is not None:
            result = self._object_called(instr, called, arguments)
        else:
            result = self._of_receiver(instr, actual, arguments)
        if result is None:
            result = self._unknown_method(instr, actual, arguments)
        if instr.name in SEEN_AS and arguments and not is_plain(result):
            result = self._seen_as(result, arguments[0][2].value)
        entry = self.catalog.method(receiver.type, instr.name) if receiver.type else None
        names = (entry.name,) if entry else (name,)
        if called is not None:  # an object that is held: `self.relu(x)`
            names, actual = (f"{called.type or '?'}.__call__",), Actual("", called)
        self._emit_call(instr, names, actual, arguments, result)
        donation.taken_by_method(self.transfer, instr, receiver, arguments, self._own_method)
        self._note_copies(instr.origin, names, [(None, 0, actual), *arguments], result)
        return result

    def _seen_as(self, result: Value, asked: Value) -> Value:
        """``a.view(Image)``: an object of a class of this file."""
        name = asked.object.name if isinstance(asked.object, Given) else ""
        return replace(result, type=name) if self.module.class_info(name) is not None else result

    def _plain_name(self, thing: Object) -> str:
        """What a function of this file is called by: the last part of its name, or a local name."""
        if isinstance(thing, Given) and thing.kind == "global" and not thing.name.startswith("<"):
            return thing.name.rpartition(".")[2]
        return next(
            (name for name, value in self.state.names.items() if value.object == thing and name[0] != "%"), ""
        )

    def _launch_of(self, origin: ir.Origin, callee: Value, arguments: Arguments) -> None:
        """Tell of the launch of a kernel that a value is, or that a subscript of it is."""
        subscripted = next(
            (leaf for leaf, _ in alternatives(callee) if isinstance(leaf.object, Held) or leaf.path), None
        )
        if subscripted is not None:  # `kernel[grid](…)`
            self._launch(origin, self._plain_name(root(subscripted.object)), arguments, "triton", "numba")
        else:
            self._launch(origin, self._plain_name(callee.object), arguments, "cupy")

    def _launch(self, origin: ir.Origin, name: str, arguments: Arguments, *languages: str) -> None:
        """Tell of a kernel's launch, or of a call of a compiled function, in one of the languages."""
        native = self.module.native(name)
        if native is not None and native.language in languages:
            handed = self._in_a_tuple(arguments) if native.language == "cupy" else _flat(arguments)
            self.transfer.emit(Launch(origin, name, native, handed))

    def _in_a_tuple(self, arguments: Arguments) -> tuple[tuple[None, ir.Operand, Value], ...]:
        """What CuPy hands to a kernel: ``kernel(grid, block, (x, n))``."""
        given = [actual for keyword, _, actual in arguments if not keyword][2:3]
        given += [actual for keyword, _, actual in arguments if keyword == "args"]
        tuples = (
            instr
            for instr in ir.instructions(self.transfer.function)
            if isinstance(instr, ir.Build) and given and instr.target == given[0].operand
        )
        operands = [each.value for built in tuples for each in built.elements if not each.starred]
        return tuple((None, operand, self.transfer.value(operand)) for operand in operands)

    def _emit_call(
        self,
        instr: ir.Call | ir.CallMethod,
        names: tuple[str, ...],
        receiver: Actual | None,
        arguments: Arguments,
        result: Value,
    ) -> None:
        contents = tuple(
            inner
            for _, _, actual in arguments
            for inner in (
                *containers.elements(self.state, actual.value),
                *containers.fields(self.state, actual.value),
            )
            if not is_plain(inner)
        )
        seen_as = (receiver.operand, receiver.value) if receiver else None
        kinds = tuple(kind_of(self.state, actual.value) for _, _, actual in arguments)
        call = Called(instr.origin, names, seen_as, _flat(arguments), result, contents, kinds)
        self.transfer.calls[instr.target] = call
        self.transfer.emit(call)

    def _arguments(self, origin: ir.Origin, arguments: tuple[ir.Argument, ...]) -> Arguments:
        found: Arguments = []
        for argument in arguments:
            value = self.transfer.value(argument.value)
            inner = containers.elements(self.state, value) or lengths.entries(value, origin)
            if argument.stars == 1 and inner:
                stars = 0 if containers.is_listed(self.state, value) else 1  # else, who gets which?
                found += [(None, stars, Actual(argument.value, each)) for each in inner]
            elif argument.stars == 1:
                many = replace(value, traits=value.traits | {lengths.SPREAD})
                found.append((None, 1, Actual(argument.value, many)))
            else:
                found.append((argument.keyword, argument.stars, Actual(argument.value, value)))
        return found

    def _register(self, receiver: Value, arguments: Arguments) -> None:
        """``self.register_buffer("frames", tensor)`` sets the attribute that it names."""
        values = [actual.value for _, _, actual in arguments[:2]]
        if len(values) == 2 and isinstance(values[0].object, Constant):
            containers.store(self.state, receiver, f".{values[0].object.value}", values[1])

    # Known callees

    def _named(self, instr: ir.Call, name: str, arguments: Arguments) -> Value | None:
        if name.startswith("<nested>"):
            nested = int(name.removeprefix("<nested>"))
            if nested < 0:
                return None
            function = self.transfer.function.nested[nested]
            signature = self.module.summary(function, handed_over(function.parameters, arguments, self.state))
            return self._apply(instr, signature, name, arguments) if signature else None
        if name.startswith("."):
            info = self.module.class_info(name)
            if info is not None:
                return self._instance(instr, name, arguments) if info.is_plain else None
            result = self._local(instr, name, arguments)
            return self._compiled(instr, result) if result and self.module.jitted(name) else result
        if name in DICTS and arguments and all(keyword and not stars for keyword, stars, _ in arguments):
            return self._dict_of(instr.origin, arguments)
        if name in DICTS and len(arguments) == 1:
            paired = dict_of_pairs(self.state, arguments[0][2].value, instr.origin)
            if paired is not None:
                return paired
        if name == "copy.copy" and arguments:
            copied = copied_object(self.transfer, instr, arguments[0][2])
            if copied is not None:
                return copied
        if name in donation.COMPILERS:
            return donation.compiled(self.state, instr.origin, arguments)
        entry = self.catalog.lookup(name)
        if entry is None:
            return None
        result = self._apply(instr, entry.signature, entry.name, arguments, entry)
        if entry.signature.construct == "class":
            result = replace(result, type=name)
            self._keep_options(entry.signature, arguments, result)
        return result

    def _dict_of(self, origin: ir.Origin, arguments: Arguments) -> Value:
        """``dict(image=x, mask=y)``"""
        result = Value(Allocation(origin), type="builtins.dict")
        self.state.heap[result.object] = {}
        for keyword, _, actual in arguments:
            containers.store(self.state, result, containers.key_of(keyword), actual.value)
        return result

    def _compiled(self, instr: Calling, result: Value) -> Value:
        """What a compiled function gives: arrays of its own, even where its body returns what it was
        given.
        """
        return Value(Opaque(instr.origin), type=result.type if self.catalog.is_tensor(result.type) else "")

    def _instance(self, instr: ir.Call, name: str, arguments: Arguments) -> Value:
        """An object of a class of this file."""
        # No number: those are of what its constructor makes.
        made = Allocation(instr.origin, "object")
        result = Value(made, type=name, traits=self.module.traits(name))
        self.state.heap[result.object] = {}
        if (
            self._local(instr, f"{name}.__init__", [(None, 0, Actual(instr.target, result)), *arguments])
            is None
        ):
            self._unknown(instr.origin, arguments)
        return result

    def _local(self, instr: Calling, name: str, arguments: Arguments) -> Value | None:
        """A function of this file, by its summary for arguments of these types."""
        signature = self.module.signature(
            name, handed_over(self.module.parameters(name), arguments, self.state)
        )
        result = self._apply(instr, signature, name, arguments) if signature else None
        result = self._as_held(result, name.rpartition(".")[0], arguments) if result else None
        function = self.module.function_of(name)
        if function is None or (result is not None and (result.type or is_plain(result))):
            return result
        kind = stated(function.returns, self.catalog, self.module.libraries)
        if not kind.type or kind == NONE or function.is_generator:
            return result
        if result is None:
            result = self._unknown(instr.origin, arguments)
        if isinstance(result.object, Opaque):
            contain(self.state, result.object, kind)
        return replace(result, type=kind.type)

    def _as_held(self, result: Value, owner: str, arguments: Arguments) -> Value:
        """What a method gives: of the type that its object holds, where it is an attribute of that."""
        held = result.object
        if result.type or not isinstance(held, Held) or held.owner != arguments[0][2].value.object:
            return result
        known = self.module.attribute(owner, held.key.removeprefix("."))
        return result if known is None else replace(result, type=known.value.type, rank=known.value.rank)

    def _keep_options(self, signature: Signature, arguments: Arguments, result: Value) -> None:
        """A constructor's literal arguments become attributes: ``inplace=True``."""
        for name, actual in bind(signature, arguments).items():
            cleared = name == OPTION and self.module.clears_in_place
            if isinstance(actual, Actual) and is_plain(actual.value) and not cleared:
                containers.store(self.state, result, f".{name}", actual.value)

    def _apply(
        self,
        instr: Calling,
        signature: Signature,
        name: str,
        arguments: Arguments,
        entry: Entry | None = None,
    ) -> Value:
        application = Application(
            self.catalog,
            self.state,
            instr.origin,
            self.transfer.emit,
            name,
            entry.tensor if entry else "",
            bind(signature, arguments),
            used_as_array=self.transfer.evidence.is_array(instr.target),
        )
        result = application.result(signature)
        if entry is None or entry.tensor != "torch.Tensor":
            return result
        return self._with_grad(result, name, arguments)

    def _with_grad(self, result: Value, name: str, arguments: Arguments) -> Value:
        """The result of a call of PyTorch's, and whether it requires grad."""
        asked = [actual.value for keyword, _, actual in arguments if keyword == "requires_grad"]
        given = [actual.value for _, _, actual in arguments]
        if name in ("torch.Tensor.requires_grad_", grad.LEAVES):
            asked = [*asked, *given[1:], containers.constant(name != grad.LEAVES)]
            now = grad.given(result, asked[0], given[0])
            self.state.names = grad.known_as(self.state.names, given[0], now)
            return now
        given += [inner for value in given for inner in containers.elements(self.state, value)]
        if given and result.object == given[0].object and result.path == given[0].path:
            self.state.names = grad.written(self.state.names, given[0], given[1:])
        result = self.transfer.tracked(result, name, given)
        if name in (grad.PARAMETER, "torch.autograd.Variable"):
            asked = [*asked, *given[1:2], containers.constant(name == grad.PARAMETER)]
            return grad.given(result, asked[0], None if name == grad.PARAMETER else given[0])
        return grad.given(result, asked[0], None) if asked else result

    def _object_called(
        self, instr: ir.Call | ir.CallMethod, callee: Value, arguments: Arguments
    ) -> Value | None:
        """A layer or other callable object."""
        if callee.type == donation.COMPILED:
            inner = donation.inside(self.state, callee)
            names = inner.object.name.split("|") if isinstance(inner.object, Given) else []
            found = (
                (self._named(instr, name, arguments) for name in names) if isinstance(instr, ir.Call) else ()
            )
            result = next((result for result in found if result is not None), None)
            return None if result is None else self._compiled(instr, result)
        if not callee.type:
            return None
        with_self: Arguments = [(None, 0, Actual("", callee)), *arguments]
        entry = self.catalog.lookup(callee.type)
        clause = entry.signature.clause("call") if entry else None
        if entry is not None and clause is not None and clause.call is not None:
            return self._apply(instr, clause.call, callee.type, with_self, entry)
        for method in ("__call__", "forward"):
            name = self._own_method(callee.type, method)
            result = self._local(instr, name, with_self) if name else None
            if result is not None:
                return result
        return None

    def property_of(self, instr: ir.GetAttribute, base: Value) -> Value | None:
        """What a property of an object of this file's class gives; None where the name is no property."""
        for name in self.catalog.bases(base.type):
            info = self.module.class_info(name) if name.startswith(".") else None
            if info is not None and instr.name in info.properties and instr.name in info.methods:
                return self._local(instr, info.methods[instr.name], [(None, 0, Actual(instr.base, base))])
        return None

    def _own_method(self, class_name: str, method: str) -> str | None:
        """The qualified name of a method of a class of this file, its bases included."""
        for base in self.catalog.bases(class_name):
            info = self.module.class_info(base) if base.startswith(".") else None
            if info is not None and method in info.methods:
                return info.methods[method]
        return None

    def _of_receiver(self, instr: ir.CallMethod, receiver: Actual, arguments: Arguments) -> Value | None:
        value = receiver.value
        if is_plain(value):
            self._unknown(instr.origin, arguments)
            return containers.plain(instr.origin)
        with_self: Arguments = [(None, 0, receiver), *arguments]
        name = self._own_method(value.type, instr.name) if value.type.startswith(".") else None
        if name:
            function = self.module.function_of(name)
            is_static = function is not None and function.is_static
            result = self._local(instr, name, arguments if is_static else with_self)
            if result is not None:
                return result
        kind = self._kind_by_words(value.type, arguments)
        entry = self.catalog.method(kind, instr.name) if kind else self._likely(instr)
        entry = entry or self.catalog.filling(instr.name)
        if entry is None or entry.signature.construct == "property":
            return None
        return self._apply(instr, entry.signature, entry.name, with_self, entry)

    def _kind_by_words(self, kind: str, arguments: Arguments) -> str:
        """The class of a receiver; of an array that is NumPy's or PyTorch's, by the words of the call."""
        words = {keyword for keyword, _, _ in arguments}
        return "torch.Tensor" if kind == EITHER and words & TORCH_WORDS else kind

    def _called_attribute(self, instr: ir.CallMethod, receiver: Value) -> Value | None:
        """The object that an attribute holds and that is called: a layer; None where it is a method."""
        if is_plain(receiver):
            return None
        attribute = containers.load(self.state, receiver, f".{instr.name}")
        if attribute is not None or not receiver.type.startswith("."):
            return attribute
        known = self.module.attribute(receiver.type, instr.name)
        if known is None or self._own_method(receiver.type, instr.name):
            return None
        return self.transfer.attribute(ir.GetAttribute(instr.origin, instr.target, "", instr.name), receiver)

    def _likely(self, instr: ir.CallMethod) -> Entry | None:
        """The method of a receiver of unknown type, if only tensors have it and all say the same."""
        method = instr.name
        if instr.receiver in NAMESPACES or any(hasattr(kind, method) for kind in (str, list, dict, set)):
            return None
        tensors = [self.catalog.tensor_type(library) for library in self.module.libraries]
        entries = [entry for entry in (self.catalog.method(tensor, method) for tensor in tensors) if entry]
        return entries[0] if len({str(entry.signature) for entry in entries}) == 1 else None

    # Unknown callees

    def _unknown(self, origin: ir.Origin, arguments: Arguments) -> Value:
        """Whoever is called may read, keep or change what it is given."""
        for _, _, actual in arguments:
            for value in containers.reachable(self.state, actual.value):
                if not is_plain(value):
                    self.transfer.emit(Read(origin, actual.operand, value, "call"))
        return containers.unknown(origin)

    def _unknown_method(self, instr: ir.CallMethod, receiver: Actual, arguments: Arguments) -> Value:
        if instr.name in KEEPS and not receiver.value.type:
            for _, _, actual in arguments:
                if not is_plain(actual.value):
                    containers.add(self.state, receiver.value, actual.value, instr.origin)
                    for value in containers.reachable(self.state, actual.value):
                        self.transfer.emit(Read(instr.origin, actual.operand, value, "store"))
            return containers.constant(None)
        if instr.name in HANDS_OUT and not receiver.value.type:
            return containers.unknown(instr.origin)
        kind = receiver.value.type
        if not kind or self.catalog.is_tensor(kind) or self.catalog.lends(kind):
            self.transfer.read(instr.origin, receiver.operand)
        return self._unknown(instr.origin, arguments)

    # What rules ask about

    def _note_copies(
        self, origin: ir.Origin, names: tuple[str, ...], arguments: Arguments, result: Value
    ) -> None:
        if not arguments:
            return
        source = arguments[0][2]
        if set(names) & COPIES_CONTAINER and result.type in containers.CONTAINERS:
            if self._are_keys(source.value, result):
                self.state.heap[result.object] = {containers.REST: containers.plain(origin)}
            elif source.value.type in containers.CONTAINERS and source.value.type != "builtins.iter":
                for key, value in list(self.state.heap.get(result.object, {}).items()):
                    self.state.contents(result.object)[key] = shared(value, origin)
                inner = tuple(containers.elements(self.state, source.value))
                self.transfer.emit(ContainerCopied(origin, source.operand, source.value, result, inner))
        for name in names:
            position = REPLICATES.get(name)
            if position is None:
                continue
            found = [actual for _, _, actual in arguments][position : position + 1]
            for actual in found:
                if not is_plain(actual.value):
                    self.transfer.emit(Replicated(origin, actual.value, actual.operand, result, name))
                    contents = self.state.contents(result.object)
                    contents[containers.REST] = marked(self.state, actual.value, origin, "repeated")

    def _are_keys(self, source: Value, result: Value) -> bool:
        """Whether a list, or the like, is made of a dictionary."""
        kinds = (source.type, result.type)
        return [self.catalog.is_kind_of(kind, "builtins.dict") for kind in kinds] == [True, False]


def _flat(arguments: Arguments) -> tuple[tuple[str | None, ir.Operand, Value], ...]:
    """The arguments for events: ``*xs`` and ``**options`` have their stars for a keyword."""
    return tuple(
        (keyword or "*" * stars or None, actual.operand, actual.value) for keyword, stars, actual in arguments
    )
