"""Functions, lambdas and classes: headers, nested definitions and what they capture (libcst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import libcst as cst

from tensorlint.ir import (
    Argument,
    Call,
    Define,
    Function,
    Hint,
    Literal,
    Made,
    Operand,
    Parameter,
    Place,
    Return,
)
from tensorlint.syntax.bindings import Scope, bindings
from tensorlint.syntax.contracts import declared
from tensorlint.syntax.docstrings import documented
from tensorlint.syntax.lowerer import Expression, Lowerer, Statement, Unit
from tensorlint.syntax.targets import assign


def lower_function(
    unit: Unit,
    node: cst.FunctionDef,
    parent: Lowerer | None,
    kind: str,
    qualname: str,
    class_name: str | None = None,
    before: Sequence[str] = (),
    owner: str | None = None,
) -> Function:
    """Lower a ``def`` with everything nested in it.

    ``before`` are the lines above that its segment lacks, ``owner`` the docstring of the class that it
    constructs.
    """
    statements = node.body.body
    names = [param.name.value for _, param in _params(node.params)]
    scope = Scope(kind, unit.names, bindings(statements, names), parent.scope if parent else None)
    for name in sorted(scope.bound.nonlocal_names):
        scope.read(name)  # captured, even where it is only written
    f = Lowerer(unit, scope)
    outside = parent or Lowerer(unit, Scope("function", unit.names, bindings(())))
    docstring = node.get_docstring()
    described = documented(docstring or owner or "", outside.annotations)
    parameters = _parameters(outside, node.params, described)
    f.body(node.body)
    f.graph.stop(Return(f.origin(node), Literal(None)))
    return Function(
        name=node.name.value,
        qualname=qualname,
        kind=kind,
        origin=f.origin(node),
        parameters=parameters,
        blocks=f.graph.finish(),
        class_name=class_name,
        decorators=_decorators(outside, node.decorators),
        docstring=docstring,
        returns=described.get("return") if node.returns is None else outside.annotated(node.returns),
        mutates=declared(node, parameters, before),
        is_generator=scope.bound.is_generator,
        captured=frozenset(scope.captured),
        nested=tuple(f.nested),
    )


def lower_body(
    unit: Unit, node: cst.CSTNode, statements: Sequence[cst.CSTNode], kind: str, name: str, qualname: str
) -> Function:
    """Lower the own statements of a module or a class body."""
    scope = Scope(kind, unit.names, bindings(statements))
    f = Lowerer(unit, scope)
    for statement in statements:
        f.statement(statement)
    f.graph.stop(Return(f.origin(node), Literal(None)))
    return Function(
        name=name,
        qualname=qualname,
        kind=kind,
        origin=f.origin(node),
        parameters=(),
        blocks=f.graph.finish(),
        class_name=qualname if kind == "class" else None,
        captured=frozenset(scope.captured),
        nested=tuple(f.nested),
    )


def _define(f: Lowerer, node: cst.FunctionDef) -> None:
    """A nested ``def``; in a module or class body a stub, whose function is a unit of its own."""
    name = node.name.value
    defaults = tuple(f.value(param.default) for _, param in _params(node.params) if param.default is not None)
    decorators = [f.value(item.decorator) for item in node.decorators]
    function = -1
    captures = f.unit.captures.get(name, ())
    if f.scope.kind not in ("module", "class"):
        nested = lower_function(f.unit, node, f, "function", name)
        function = len(f.nested)
        f.nested.append(nested)
        captures = tuple(sorted(nested.captured))
    place = f.temp() if decorators else (f.scope.store(name) or f.temp())
    f.emit(Define(f.origin(node), place, function, captures, defaults))
    for item, decorator in zip(reversed(node.decorators), reversed(decorators), strict=True):
        decorated = f.temp()
        f.emit(Call(f.origin(item.decorator), decorated, decorator, (Argument(place),)))
        place = decorated
    if place != f.scope.store(name):
        assign(f, node.name, place, node)


def _class(f: Lowerer, node: cst.ClassDef) -> None:
    """A class inside a function is not looked into: what it captures escapes."""
    name = node.name.value
    place = f.scope.store(name)
    defaults = tuple(f.value(item.value) for item in (*node.bases, *node.keywords))
    captures = f.places_in(node.body)
    target = place or f.temp()
    f.emit(Define(f.origin(node), target, -1, captures, defaults))
    if place is None:
        assign(f, node.name, target, node)


def _lambda(f: Lowerer, node: cst.Lambda, into: Place | None) -> Operand:
    names = [param.name.value for _, param in _params(node.params)]
    scope = Scope("lambda", f.unit.names, bindings([node.body], names), f.scope)
    defaults = tuple(f.value(param.default) for _, param in _params(node.params) if param.default is not None)
    inner = Lowerer(f.unit, scope)
    parameters = _parameters(f, node.params)
    result = inner.value(node.body)
    inner.graph.stop(Return(inner.origin(node.body), result))
    function = Function(
        name="<lambda>",
        qualname="<lambda>",
        kind="lambda",
        origin=inner.origin(node),
        parameters=parameters,
        blocks=inner.graph.finish(),
        is_generator=scope.bound.is_generator,
        captured=frozenset(scope.captured),
        nested=tuple(inner.nested),
    )
    target = into or f.temp()
    captures = tuple(sorted(scope.captured))
    f.emit(Define(f.origin(node), target, len(f.nested), captures, defaults))
    f.nested.append(function)
    return target


def _params(node: cst.Parameters) -> Iterator[tuple[str, cst.Param]]:
    """Each parameter with its kind, in source order."""
    yield from (("positional", param) for param in node.posonly_params)
    yield from (("either", param) for param in node.params)
    if isinstance(node.star_arg, cst.Param):
        yield "*", node.star_arg
    yield from (("keyword", param) for param in node.kwonly_params)
    if node.star_kwarg is not None:
        yield "**", node.star_kwarg


def _parameters(
    outside: Lowerer, node: cst.Parameters, described: Mapping[str, Hint] = MappingProxyType({})
) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            name=param.name.value,
            kind=kind,
            annotation=None if param.annotation is None else outside.annotated(param.annotation),
            documented=described.get(param.name.value),
            default=_literal(param.default),
            has_default=param.default is not None,
            made=_made(outside, param.default),
        )
        for kind, param in _params(node)
    )


def _literal(node: cst.BaseExpression | None) -> Literal | None:
    """The constant that a default is, if it is one."""
    if isinstance(node, (cst.Integer, cst.Float, cst.Imaginary, cst.SimpleString)):
        return Literal(node.evaluated_value)
    if isinstance(node, cst.Name) and node.value in ("None", "True", "False"):
        return Literal({"None": None, "True": True, "False": False}[node.value])
    if isinstance(node, cst.Ellipsis):
        return Literal(...)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        inner = _literal(node.expression)
        if inner is not None and isinstance(inner.value, (int, float, complex)):
            return Literal(-inner.value)
    return None


def _made(outside: Lowerer, node: cst.BaseExpression | None) -> Made | None:
    """The call that a default is, if it is one of a name that the file's top level knows; also by a number:
    ``10 * np.eye(4)``.
    """
    call = node
    while isinstance(call, cst.BinaryOperation):
        call = next((a for a, b in ((call.left, call.right), (call.right, call.left)) if _literal(b)), None)
    names = outside.qualified(call.func) if isinstance(call, cst.Call) else None
    return Made(outside.origin(node), names) if node is not None and names else None


def _decorators(f: Lowerer, nodes: Sequence[cst.Decorator]) -> tuple[str, ...]:
    """The qualified names of decorators; for `@name(...)` those of `name`."""
    found: list[str] = []
    for node in nodes:
        item = node.decorator
        found.extend(f.qualified(item.func if isinstance(item, cst.Call) else item) or ())
    return tuple(found)


EXPRESSIONS: dict[type[cst.CSTNode], Expression] = {cst.Lambda: _lambda}
STATEMENTS: dict[type[cst.CSTNode], Statement] = {cst.FunctionDef: _define, cst.ClassDef: _class}
