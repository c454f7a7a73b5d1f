"""Expressions: each becomes an operand, with the instructions that compute it (libcst)."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from tensorlint.ir import (
    Argument,
    Bind,
    Build,
    Call,
    CallMethod,
    Cut,
    Element,
    GetAttribute,
    GetItem,
    Index,
    Literal,
    Operand,
    Operate,
    Pick,
    Place,
    Selector,
    SetAttribute,
    StoreGlobal,
    Yield,
)
from tensorlint.syntax.bindings import children
from tensorlint.syntax.lowerer import Expression, Lowerer
from tensorlint.syntax.segment import LARGE_LITERAL

_CONSTANTS: dict[str, object] = {"None": None, "True": True, "False": False}

OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//",
    cst.Modulo: "%", cst.Power: "**", cst.MatrixMultiply: "@", cst.LeftShift: "<<", cst.RightShift: ">>",
    cst.BitAnd: "&", cst.BitOr: "|", cst.BitXor: "^", cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~",
    cst.Not: "not", cst.LessThan: "<", cst.LessThanEqual: "<=", cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=", cst.Equal: "==", cst.NotEqual: "!=", cst.Is: "is", cst.IsNot: "is not",
    cst.In: "in", cst.NotIn: "not in", cst.AddAssign: "+", cst.SubtractAssign: "-", cst.MultiplyAssign: "*",
    cst.DivideAssign: "/", cst.FloorDivideAssign: "//", cst.ModuloAssign: "%", cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@", cst.LeftShiftAssign: "<<", cst.RightShiftAssign: ">>",
    cst.BitAndAssign: "&", cst.BitOrAssign: "|", cst.BitXorAssign: "^",
}  # fmt: skip


def _name(f: Lowerer, node: cst.Name, into: Place | None) -> Operand:
    if node.value in _CONSTANTS:
        return Literal(_CONSTANTS[node.value])
    meaning = f.scope.read(node.value)
    if isinstance(meaning, str):
        return meaning
    return f.reference(node, meaning.names, into)


def _number(f: Lowerer, node: cst.Integer | cst.Float | cst.Imaginary, into: Place | None) -> Operand:
    return Literal(node.evaluated_value)


def _string(f: Lowerer, node: cst.SimpleString | cst.ConcatenatedString, into: Place | None) -> Operand:
    value = node.evaluated_value
    return _formatted(f, node, into) if value is None else Literal(value)


def _formatted(f: Lowerer, node: cst.BaseExpression, into: Place | None) -> Operand:
    operands: list[Operand] = []
    pending: list[cst.CSTNode] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, cst.BaseExpression) and not isinstance(part, cst.BaseString):
            operands.append(f.value(part))
        else:
            pending.extend(reversed(list(children(part))))
    target = into or f.temp()
    f.emit(Operate(f.origin(node), target, "f-string", tuple(operands)))
    return target


def _ellipsis(f: Lowerer, node: cst.Ellipsis, into: Place | None) -> Operand:
    return Literal(...)


def _attribute(f: Lowerer, node: cst.Attribute, into: Place | None) -> Operand:
    names = f.qualified(node)
    if names is not None:
        return f.reference(node, names, into)
    base = f.place(node.value)
    target = into or f.temp()
    f.emit(GetAttribute(f.origin(node), target, base, node.attr.value))
    return target


def index(f: Lowerer, elements: Sequence[cst.SubscriptElement]) -> Index:
    """The selectors of a subscript; a tuple written out gives one for each of its elements."""
    if len(elements) == 1 and isinstance(elements[0].slice, cst.Index):
        only = elements[0].slice.value
        if isinstance(only, cst.Tuple) and not _starred(only.elements):
            return tuple(Pick(f.value(element.value)) for element in only.elements)
    if any(getattr(element.slice, "star", None) for element in elements):
        items = tuple(
            Element(f.value(part.slice.value), starred=bool(part.slice.star))
            for part in elements
            if isinstance(part.slice, cst.Index)
        )
        target = f.temp()
        f.emit(Build(f.origin(elements[0]), target, "tuple", items))
        return (Pick(target),)
    return tuple(_selector(f, element.slice) for element in elements)


def _selector(f: Lowerer, node: cst.BaseSlice) -> Selector:
    if isinstance(node, cst.Index):
        return Pick(f.value(node.value))
    assert isinstance(node, cst.Slice)
    lower, upper, step = (
        Literal(None) if bound is None else f.value(bound) for bound in (node.lower, node.upper, node.step)
    )
    return Cut(lower, upper, step)


def _starred(elements: Sequence[cst.BaseElement]) -> bool:
    return any(isinstance(element, cst.StarredElement) for element in elements)


def _subscript(f: Lowerer, node: cst.Subscript, into: Place | None) -> Operand:
    base = f.value(node.value)
    selectors = index(f, node.slice)
    target = into or f.temp()
    f.emit(GetItem(f.origin(node), target, base, selectors))
    return target


def arguments(f: Lowerer, nodes: Sequence[cst.Arg]) -> tuple[Argument, ...]:
    """The arguments of a call, in source order."""
    return tuple(
        Argument(f.value(node.value), node.keyword.value if node.keyword else None, len(node.star))
        for node in nodes
    )


def _call(f: Lowerer, node: cst.Call, into: Place | None) -> Operand:
    function = node.func
    if isinstance(function, cst.Attribute) and f.qualified(function) is None:
        receiver = f.value(function.value)
        given = arguments(f, node.args)
        target = into or f.temp()
        f.emit(CallMethod(f.origin(node), target, receiver, function.attr.value, given))
        return target
    mapping = _map_of(f, node)
    if mapping is not None and (elements := _spelt_out(mapping.args)) is not None:
        return _mapped(f, mapping, elements, into)
    callee = f.value(function)
    given = arguments(f, node.args)
    if f.qualified(function) == ("builtins.setattr",) and (name := _named_attribute(given)):
        base = f.placed(given[0].value, node)
        f.emit(SetAttribute(f.origin(node), base, name, given[2].value))
        return Literal(None)
    target = into or f.temp()
    f.emit(Call(f.origin(node), target, callee, given))
    return target


def _named_attribute(given: Sequence[Argument]) -> str:
    """The name in ``setattr(x, "name", value)``."""
    if len(given) != 3 or any(argument.keyword or argument.stars for argument in given):
        return ""
    name = given[1].value
    return name.value if isinstance(name, Literal) and isinstance(name.value, str) else ""


def _map_of(f: Lowerer, node: cst.Call) -> cst.Call | None:
    """The call of ``map``, also inside ``list(…)`` and ``tuple(…)``."""
    inner = node.args[0].value if len(node.args) == 1 else None
    if isinstance(inner, cst.Call) and f.qualified(node.func) in (("builtins.list",), ("builtins.tuple",)):
        node = inner
    return node if f.qualified(node.func) == ("builtins.map",) else None


def _spelt_out(args: Sequence[cst.Arg]) -> Sequence[cst.BaseElement] | None:
    """The elements that ``map(function, (a, b, c))`` calls its function with, where they stand there."""
    if len(args) != 2 or not isinstance(args[0].value, (cst.Name, cst.Attribute)):
        return None
    display = args[1].value
    if not isinstance(display, (cst.Tuple, cst.List)) or _starred(display.elements):
        return None
    return display.elements


def _mapped(f: Lowerer, node: cst.Call, elements: Sequence[cst.BaseElement], into: Place | None) -> Operand:
    """``a, b = map(np.asarray, (a, b))``: a call for each."""
    callee = f.value(node.args[0].value)
    results = []
    for element in elements:
        given, result = f.value(element.value), f.temp()
        f.emit(Call(f.origin(element), result, callee, (Argument(given),)))
        results.append(Element(result))
    return _build(f, node, into, "tuple", tuple(results))


def _binary(f: Lowerer, node: cst.BinaryOperation, into: Place | None) -> Operand:
    left = f.value(node.left)
    right = f.value(node.right)
    target = into or f.temp()
    f.emit(Operate(f.origin(node), target, OPERATORS[type(node.operator)], (left, right)))
    return target


def _unary(f: Lowerer, node: cst.UnaryOperation, into: Place | None) -> Operand:
    operand = f.value(node.expression)
    operator = OPERATORS[type(node.operator)]
    if isinstance(operand, Literal) and isinstance(operand.value, (int, float, complex)):
        if operator == "-":
            return Literal(-operand.value)
        if operator == "not":
            return Literal(not operand.value)
    target = into or f.temp()
    f.emit(Operate(f.origin(node), target, operator, (operand,)))
    return target


def _comparison(f: Lowerer, node: cst.Comparison, into: Place | None) -> Operand:
    operands = [f.value(node.left), *(f.value(part.comparator) for part in node.comparisons)]
    operator = OPERATORS[type(node.comparisons[0].operator)]
    target = into or f.temp()
    f.emit(Operate(f.origin(node), target, operator, tuple(operands)))
    return target


def _display(f: Lowerer, node: cst.Tuple | cst.List | cst.Set, into: Place | None) -> Operand:
    elements = tuple(
        Element(f.value(item.value), starred=isinstance(item, cst.StarredElement)) for item in node.elements
    )
    kind = "tuple" if isinstance(node, cst.Tuple) else "list" if isinstance(node, cst.List) else "set"
    return _build(f, node, into, kind, elements)


def _dict(f: Lowerer, node: cst.Dict, into: Place | None) -> Operand:
    elements = tuple(
        Element(f.value(item.value), f.value(item.key))
        if isinstance(item, cst.DictElement)
        else Element(f.value(item.value), starred=True)
        for item in node.elements
    )
    return _build(f, node, into, "dict", elements)


def _build(
    f: Lowerer, node: cst.BaseExpression, into: Place | None, kind: str, elements: tuple[Element, ...]
) -> Operand:
    if len(elements) > LARGE_LITERAL and all(isinstance(item.value, Literal) for item in elements):
        elements = ()
    target = into or f.temp()
    f.emit(Build(f.origin(node), target, kind, elements))
    return target


def _walrus(f: Lowerer, node: cst.NamedExpr, into: Place | None) -> Operand:
    assert isinstance(node.target, cst.Name)
    place = f.scope.walrus(node.target.value)
    if place is None:
        operand = f.value(node.value)
        f.emit(StoreGlobal(f.origin(node), node.target.value, operand))
        return operand
    f.bind(place, node.value, node)
    return place


def _await(f: Lowerer, node: cst.Await, into: Place | None) -> Operand:
    operand = f.value(node.expression)
    target = into or f.temp()
    f.emit(Bind(f.origin(node), target, operand))
    return target


def _yield(f: Lowerer, node: cst.Yield, into: Place | None) -> Operand:
    delegated = isinstance(node.value, cst.From)
    inner = node.value.item if isinstance(node.value, cst.From) else node.value
    operand = Literal(None) if inner is None else f.value(inner)
    target = into or f.temp()
    f.emit(Yield(f.origin(node), target, operand, delegated))
    return target


def _starred_alone(f: Lowerer, node: cst.StarredElement, into: Place | None) -> Operand:
    return f.value(node.value)


EXPRESSIONS: dict[type[cst.CSTNode], Expression] = {
    cst.Name: _name,
    cst.Integer: _number,
    cst.Float: _number,
    cst.Imaginary: _number,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _string,
    cst.FormattedString: _formatted,
    cst.Ellipsis: _ellipsis,
    cst.Attribute: _attribute,
    cst.Subscript: _subscript,
    cst.Call: _call,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.Comparison: _comparison,
    cst.Tuple: _display,
    cst.List: _display,
    cst.Set: _display,
    cst.Dict: _dict,
    cst.NamedExpr: _walrus,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.StarredElement: _starred_alone,
}
if hasattr(cst, "TemplatedString"):  # Python 3.14's t-strings, which older releases do not know
    EXPRESSIONS[cst.TemplatedString] = _formatted
