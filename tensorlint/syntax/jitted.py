"""Functions that JAX compiles: which of their arguments they are given for good (``donate_argnums``).

Read from the ``ast`` that the outline has: ``@jax.jit``, ``@partial(jax.jit, donate_argnums=0)``, and
``step = jax.jit(update, donate_argnums=(0, 1))`` at the top level of the file.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from tensorlint.ir import Jitted
from tensorlint.syntax.names import Names
from tensorlint.syntax.outline import FunctionNode, Outline

COMPILERS = frozenset({"jax.jit", "jax.pmap", "jax.api.jit"})
PARTIAL = "functools.partial"
DONATING = ("donate_argnums", "donate_argnames")


def jitted_functions(outline: Outline) -> Mapping[str, Jitted]:
    """Qualified name in this file (``.step``, ``.Trainer.step``) -> what compiling it means for a call."""
    found: dict[str, Jitted] = {}
    for unit in outline.units:
        if isinstance(unit.node, FunctionNode):
            for decorator in unit.node.decorator_list:
                jitted = _compiled(decorator, outline.names)
                if jitted is not None:
                    found[f".{unit.qualname}"] = jitted
    for name, value in outline.names.values.items():
        jitted = _compiled(value, outline.names)
        if jitted is not None:
            found[f".{name}"] = jitted
    return found


def donating(tree: ast.Module) -> frozenset[str]:
    """The plain names that what may take its arguments' memory is defined or kept by, anywhere in a file."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, FunctionNode) and any(map(_donates, node.decorator_list)):
            found.add(node.name)
        elif isinstance(node, ast.Assign) and _donates(node.value):
            kept = [part for target in node.targets for part in ast.walk(target)]
            found |= {part.id for part in kept if isinstance(part, ast.Name)}
            found |= {part.attr for part in kept if isinstance(part, ast.Attribute)}
    return frozenset(found)


def _donates(node: ast.expr) -> bool:
    return any(isinstance(part, ast.keyword) and part.arg in DONATING for part in ast.walk(node))


def _compiled(node: ast.expr, names: Names) -> Jitted | None:
    """What an expression compiles; None where it is no compiler, nor a call of one."""
    if not isinstance(node, ast.Call):
        return Jitted() if COMPILERS.intersection(qualified(node, names)) else None
    function = qualified(node.func, names)
    arguments = list(node.args)
    if PARTIAL in function and arguments:
        function, arguments = qualified(arguments[0], names), arguments[1:]
    elif isinstance(node.func, ast.Call):  # partial(jax.jit, donate_argnums=0)(update)
        outer = _compiled(node.func, names)
        if outer is None:
            return None
        wrapped = qualified(arguments[0], names) if arguments else ()
        return Jitted(wrapped, outer.donated)
    if not COMPILERS.intersection(function):
        return None
    donated = tuple(
        item for keyword in node.keywords if keyword.arg in DONATING for item in _literals(keyword.value)
    )
    return Jitted(qualified(arguments[0], names) if arguments else (), donated)


def _literals(node: ast.expr) -> tuple[int | str, ...]:
    items = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
    values = [item.value for item in items if isinstance(item, ast.Constant)]
    return tuple(value for value in values if isinstance(value, (int, str)))


def qualified(node: ast.expr, names: Names) -> tuple[str, ...]:
    """The qualified names of a dotted path; none where it is a value."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or (path and names.is_variable(node.id)):
        return ()
    return tuple(".".join((name, *reversed(path))) for name in names.resolve(node.id))
