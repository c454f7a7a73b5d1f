"""Questions about one expression of the ``ast``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


def gathering(node: ast.AST) -> list[str]:
    """The names of the parameters ``*args`` and ``**options`` of a function."""
    arguments = getattr(node, "args", None)
    extra = (arguments.vararg, arguments.kwarg) if isinstance(arguments, ast.arguments) else ()
    return [each.arg for each in extra if each is not None]


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    """The names of all parameters."""
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        yield argument.arg
    yield from gathering(node)


def made_once(arguments: ast.arguments) -> Iterator[tuple[str, ast.Call]]:
    """The parameters whose default is a call, such as ``np.zeros(3)``."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    yield from ((argument.arg, default) for argument, default in pairs if isinstance(default, ast.Call))


def annotated(arguments: ast.arguments) -> set[str]:
    """The names of the parameters whose annotation may be an array's."""
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return {a.arg for a in every if a.annotation is not None and not _is_number(a.annotation)}


def _is_number(annotation: ast.expr) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id in ("int", "float", "bool", "str")


def names_in(node: ast.expr) -> set[str]:
    """All names that an expression reads."""
    return {part.id for part in expressions(node) if isinstance(part, ast.Name)}


def expressions(node: ast.expr) -> Iterator[ast.expr]:
    """An expression and all operands in it: `ast.walk` without contexts and operators."""
    pending: list[ast.expr] = [node]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, (ast.Name, ast.Constant)):
            continue
        for name in part._fields:
            child = getattr(part, name, None)
            if isinstance(child, ast.expr):
                pending.append(child)
            elif isinstance(child, list):
                for item in child:
                    if isinstance(item, ast.expr):
                        pending.append(item)
                    elif isinstance(item, ast.keyword):
                        pending.append(item.value)
                    elif isinstance(item, ast.comprehension):
                        pending += item.iter, *item.ifs


def is_container(node: ast.expr) -> bool:
    """A display, a comprehension, ``[x] * n``, ``xs + [x]``."""
    return any(isinstance(part, (*DISPLAYS, *COMPREHENSIONS)) for part in _operands(node))


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """What binary operators stand between; in a loop, since chains may be longer than the stack is deep."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.BinOp):
            waiting += part.left, part.right
        else:
            yield part


def indices(node: ast.Subscript) -> list[ast.expr]:
    """What stands in the brackets, one for each axis."""
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def may_select(node: ast.expr) -> bool:
    """Whether an expression may be a mask, or indices: an index by it copies."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.BitAnd, ast.BitOr, ast.BitXor))
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Invert)
    return isinstance(node, (ast.Compare, ast.Call, ast.List, ast.ListComp, ast.Subscript))


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))


def is_plain(node: ast.expr) -> bool:
    """A constant, or an expression of constants: numbers are no replicated tensors."""
    if isinstance(node, ast.UnaryOp):
        return is_plain(node.operand)
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(map(is_plain, node.elts))
    if isinstance(node, ast.BinOp):
        return all(map(is_plain, _operands(node)))
    return isinstance(node, (ast.Constant, ast.JoinedStr, ast.Compare))
