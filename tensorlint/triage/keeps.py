"""What is kept by reference, and what a header says of a function's parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from tensorlint.knowledge.contracts import contracts
from tensorlint.syntax.outline import Unit
from tensorlint.triage.expressions import indices
from tensorlint.triage.look import Look, path_of

VARIABLES = frozenset("weights variables trainable_weights trainable_variables".split())


def collected(look: Look, value: ast.expr | None, shares: Callable[[ast.expr], bool]) -> None:
    """What is kept by whoever gets it: a name, or an attribute; what a record is made of, too, and what a
    call gives that ``shares`` memory with its object or with an argument, a numbered row, and a slice.
    """
    pending = [*_parts(value)]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Call):
            if _is_class(part.func) or shares(part):
                pending += [*part.args, *(keyword.value for keyword in part.keywords)]
            if isinstance(part.func, ast.Attribute) and shares(part):
                pending.append(part.func.value)
        elif isinstance(part, ast.Subscript) and (_is_number(part.slice) or _cuts(part)):
            pending.append(part.value)
        elif isinstance(part, (ast.Name, ast.Attribute)) and (path := path_of(part)) is not None:
            look.collected.add(path.root)


def _is_number(index: ast.expr) -> bool:
    """Whether an index is a number, or ``None``, which selects everything."""
    number = index.operand if isinstance(index, ast.UnaryOp) else index
    return isinstance(number, ast.Constant) and isinstance(number.value, (int, type(None)))


def _cuts(node: ast.Subscript) -> bool:
    """Whether an index is nothing but slices, or dots."""
    return all(
        isinstance(part, ast.Slice) or (isinstance(part, ast.Constant) and part.value is ...)
        for part in indices(node)
    )


def _is_class(function: ast.expr) -> bool:
    """Whether what is called is a class, by its name."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return str(name).lstrip("_")[:1].isupper()


def lent(value: ast.expr | None) -> set[str]:
    """What may be written of which a value is all: ``x`` of ``x[:]``, ``self`` and what holds ``self.x``."""
    whole = value
    if isinstance(value, ast.Subscript):
        parts = indices(value)
        whole = (
            value.value if all(isinstance(part, ast.Slice) and part.upper is None for part in parts) else None
        )
    elif isinstance(value, ast.Call):
        whole = value.func.value if isinstance(value.func, ast.Attribute) else None
    if not isinstance(whole, (ast.Name, ast.Attribute)) or (path := path_of(whole)) is None:
        return set()
    steps = path.root.split(".")
    own = len(steps) - (whole is value)  # of an attribute, whatever holds it
    return {".".join(steps[:length]) for length in range(1, own + 1)}


def hands_out_own(value: ast.expr | None) -> bool:
    """Whether attributes, or what other methods give, are returned: one may be written in place later."""
    return any(
        isinstance(part.func if isinstance(part, ast.Call) else part, ast.Attribute) for part in _parts(value)
    )


def _parts(value: ast.expr | None) -> Sequence[ast.expr | None]:
    """A result, or what a display of several holds."""
    if isinstance(value, (ast.Tuple, ast.List)):
        return value.elts
    return value.values if isinstance(value, ast.Dict) else [value]


def appends_the_same(loop: ast.For) -> bool:
    """Whether each turn of a loop appends what has a name that the loop never gives to anything else."""
    calls = [statement.value for statement in loop.body if isinstance(statement, ast.Expr)]
    appended = {
        call.args[0].id
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "append"
        and len(call.args) == 1
        and isinstance(call.args[0], ast.Name)
    }
    if not appended:
        return False
    named = (node for node in ast.walk(loop) if isinstance(node, ast.Name))
    return not appended <= {node.id for node in named if isinstance(node.ctx, ast.Store)}


def gives_state(node: ast.expr) -> bool:
    """Whether an expression is ``model.state_dict()``, holds it, or is made of what it gives."""
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(isinstance(function, ast.Attribute) and function.attr == "state_dict" for function in calls)


def gathers_weights(node: ast.expr) -> bool:
    """Whether an expression gives the variables of a model, or a list or tuple of these; or a comprehension
    goes through its parameters, or collects variables of its layers.
    """
    if (
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("list", "tuple")
        and len(node.args) == 1
    ):
        return gathers_weights(node.args[0])
    if isinstance(node, ast.Attribute):
        return node.attr in VARIABLES
    if not isinstance(node, (ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)):
        return False
    if isinstance(node, ast.ListComp) and getattr(node.elt, "attr", "").endswith(("weights", "variables")):
        return True
    called = (part.iter.func for part in node.generators if isinstance(part.iter, ast.Call))
    return any(getattr(function, "attr", "").endswith("parameters") for function in called)


def names_best(target: ast.expr, value: ast.expr) -> set[str]:
    """The names that get a second one which says that it keeps the best one: also beside its score."""
    pairs = [(target, value)]
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        pairs = list(zip(target.elts, value.elts, strict=False))
    return {
        source.id
        for name, source in pairs
        if isinstance(source, ast.Name)
        and (path := path_of(name)) is not None
        and contracts().keeps(path.root)
    }


def tie(look: Look, root: str, value: ast.expr) -> None:
    """An attribute gets what another one holds: ``self.x = self.y``."""
    if isinstance(value, ast.Attribute) and (other := path_of(value)) is not None:
        look.tied.add((root, other.root))


def kept_gradient(target: ast.expr, value: ast.expr) -> bool:
    """Whether a gradient gets a name of its own."""
    return isinstance(target, ast.Name) and isinstance(value, ast.Attribute) and value.attr == "grad"


def declared(unit: Unit, lines: Sequence[str]) -> set[str]:
    """The words of the contracts that stand in or above the header of a function."""
    first = unit.statements[0] if unit.statements else None
    header = lines[max(0, unit.first_line - 6) : first.lineno if first else unit.last_line]
    comments = (line.partition("tensorlint: mutates")[2] for line in header)
    marked = {
        argument.arg
        for argument in ast.walk(unit.node)
        if isinstance(argument, ast.arg)
        and argument.annotation is not None
        and "utates" in ast.unparse(argument.annotation)
    }
    return marked | {word for comment in comments for word in re.findall(r"\w+", comment)}
