"""The copies that authors wrote of tensors, and how to take one out of a file.

A copy is one of these calls, in a file that imports a tensor library:

=====================  =======================================================================
``.copy()``            also ``.copy(order=…)``; ``.clone()``, ``.contiguous()`` with options likewise
``np.copy(x)``         ``np.array(x, copy=True)``, ``np.ascontiguousarray(x)``
``copy.deepcopy(x)``   under whatever name it was imported
=====================  =======================================================================

Left out, by the look of the code alone (``ast`` has no types):

- copies of something that is a new value anyway: arithmetic, literals, constructors. What is copied must
  be a name, an attribute, a subscript, or a method call that can return a view;
- copies whose result is dropped;
- ``.copy()``/``deepcopy`` of what looks like a container, a configuration or a table: names such as
  ``kwargs``, ``config``, ``options``, ``df``, or ending in ``_dict``, ``_list``, ``_cfg`` (``state_dict``
  stays); names that the function binds to a display, a comprehension, ``dict()``, ``list()``, ``set()``,
  annotates as one, indexes with a string, or calls a method on that only those have (``items``, ``append``,
  ``groupby``, …).
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

_METHODS = {"copy", "clone", "contiguous"}
_FUNCTIONS = {
    "copy.deepcopy": "copy.deepcopy",
    "numpy.copy": "np.copy",
    "numpy.array": "np.array(copy=True)",
    "numpy.ascontiguousarray": "np.ascontiguousarray",
}
_OPTIONS = {"order", "memory_format", "copy"}
_VIEW_METHODS = {
    "cpu", "cuda", "detach", "diagonal", "expand", "expand_as", "flatten", "float", "narrow", "numpy",
    "permute", "ravel", "reshape", "reshape_as", "select", "squeeze", "swapaxes", "swapdims", "t", "to",
    "transpose", "type", "type_as", "unflatten", "unfold", "unsqueeze", "values", "view", "view_as",
}  # fmt: skip
_NOT_TENSORS = re.compile(
    r"^(?:_*(?:kwargs?|args|cfg|conf|config|configuration|env|environ|options?|opts?|settings?|hparams|params_dict"
    r"|metadata|meta|info|attrs|attributes|defaults|context|ctx|namespace|locals|globals|path|names?|keys?|columns"
    r"|df|frame|series|graph|logger|tokenizer|scheduler|transforms?)_*"
    r"|.*_(?:kwargs?|args|cfg|conf|config|options|opts|settings|list|df|frame|names|keys|info|params|attrs|set)"
    r"|(?!state_dict$|.*_state_dict$).*_?dicts?)$"
)  # fmt: skip
_CONTAINER_METHODS = {
    "items", "keys", "get", "update", "setdefault", "popitem", "append", "extend", "insert", "pop", "remove",
    "groupby", "iloc", "loc", "columns", "iterrows", "drop", "merge", "union", "discard", "add_edge",
    "startswith",
}  # fmt: skip
_CONTAINER_TYPES = {
    "dict", "list", "set", "tuple", "Dict", "List", "Set", "Mapping", "MutableMapping", "Sequence",
    "OrderedDict", "DataFrame", "Series", "str", "defaultdict", "Counter",
}  # fmt: skip
_DISPLAYS = (
    ast.Dict, ast.List, ast.Set, ast.Tuple, ast.DictComp, ast.ListComp, ast.SetComp, ast.JoinedStr,
)  # fmt: skip
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Copy:
    """One author-written copy: where, what is replaced by what, and the unit around it.

    ``start``, ``end`` and the operand's bounds are byte offsets into the file; ``column`` counts bytes, as
    ``ast`` does.
    """

    kind: str
    use: str
    line: int
    column: int
    start: int
    end: int
    operand_start: int
    operand_end: int
    brackets: bool
    first_line: int
    last_line: int


def remove(data: bytes, copy: Copy) -> bytes:
    """The file with this copy replaced by what it copied; nothing else changes."""
    operand = data[copy.operand_start : copy.operand_end]
    return data[: copy.start] + (b"(" + operand + b")" if copy.brackets else operand) + data[copy.end :]


def find_copies(data: bytes) -> list[Copy]:
    """The copies of tensors in a file, in source order; none in files that are not Python or not UTF-8."""
    try:
        data.decode("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return []
    offsets = _line_offsets(data)
    imported = _imported(tree)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (matched := _match(node, imported)):
            kind, operand = matched
            function = _function(node, parents)
            if isinstance(parents[node], ast.Expr) or not _plausible(kind, operand, function or tree):
                continue
            unit = _unit(node, parents, len(offsets))
            found.append(_locate(data, offsets, node, operand, kind, _use(node, parents), unit))
    return sorted(found, key=lambda copy: (copy.line, copy.column))


def _line_offsets(data: bytes) -> list[int]:
    """Byte offset of each line's start, counted as ``ast`` counts; column 0 is behind a byte order mark."""
    bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    return [bom, *(match.end() for match in re.finditer(rb"\r\n|\r|\n", data))]


def _imported(tree: ast.Module) -> dict[str, str]:
    """Local name -> qualified name, for the modules and functions that copy."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in {"numpy", "copy"}:
                    names[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module in {"numpy", "copy"}:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _match(node: ast.Call, imported: dict[str, str]) -> tuple[str, ast.expr] | None:
    """The kind of copy that a call is, and what it copies."""
    options = {keyword.arg for keyword in node.keywords}
    if not options <= _OPTIONS:
        return None
    qualified = ""
    match node.func:
        case ast.Name(id=name):
            qualified = imported.get(name, "")
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in imported:
            qualified = f"{imported[module]}.{name}"
        case ast.Attribute(value=operand, attr=name) if name in _METHODS and not node.args:
            return (f".{name}()", operand) if "copy" not in options else None
    if qualified not in _FUNCTIONS or len(node.args) != 1 or isinstance(node.args[0], ast.Starred):
        return None
    if qualified == "numpy.array" and not any(
        k.arg == "copy" and isinstance(k.value, ast.Constant) and k.value.value is True for k in node.keywords
    ):
        return None
    return _FUNCTIONS[qualified], node.args[0]


def _plausible(kind: str, operand: ast.expr, scope: ast.AST) -> bool:
    """Whether what is copied looks like a tensor that somebody else may hold."""
    only_tensors = kind in {".clone()", ".contiguous()"}
    match operand:
        case ast.Call(func=ast.Attribute(attr=name)):
            return kind == ".contiguous()" or name in _VIEW_METHODS
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            pass
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name)):
            return only_tensors or _NOT_TENSORS.match(re.sub("s$", "", name)) is None
        case ast.Name(id=name) | ast.Attribute(attr=name):
            pass
        case _:
            return isinstance(operand, ast.Subscript)
    if only_tensors or name == "state_dict" or name.endswith("_state_dict"):
        return True
    return _NOT_TENSORS.match(name) is None and not _used_as_container(ast.unparse(operand), scope)


def _used_as_container(expression: str, scope: ast.AST) -> bool:
    """Whether the code around treats this expression as a dict, a list, a set or a table."""

    def same(node: ast.AST) -> bool:
        return isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and ast.unparse(node) == expression

    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=targets, value=value) if _is_container(value) and any(map(same, targets)):
                return True
            case ast.AnnAssign(target=target, annotation=kind, value=value) if same(target):
                if _names_container(kind) or (value is not None and _is_container(value)):
                    return True
            case ast.arg(arg=name, annotation=ast.expr() as kind) if name == expression:
                if _names_container(kind):
                    return True
            case ast.Attribute(value=value, attr=name) if name in _CONTAINER_METHODS and same(value):
                return True
            case ast.Subscript(value=value, slice=ast.Constant(value=str())) if same(value):
                return True
    return False


def _is_container(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name in _CONTAINER_TYPES
        case _:
            return isinstance(value, _DISPLAYS)


def _names_container(annotation: ast.expr) -> bool:
    words = set(re.findall(r"\w+", ast.unparse(annotation)))
    return bool(words & _CONTAINER_TYPES) and not words & {"Tensor", "ndarray", "NDArray", "ArrayLike"}


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> _Function | None:
    """The outermost function around a node: nested ones belong to it."""
    outermost = None
    while node in parents:
        node = parents[node]
        if isinstance(node, _Function):
            outermost = node
    return outermost


def _unit(node: ast.AST, parents: dict[ast.AST, ast.AST], last_line: int) -> tuple[int, int]:
    """First and last line of the function around a node, decorators included; else those of the file."""
    function = _function(node, parents)
    if function is None:
        return 1, last_line
    return min(n.lineno for n in (function, *function.decorator_list)), function.end_lineno or last_line


def _use(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """What becomes of the copy, in a word: the first question when a reader asks why nothing is reported."""
    parent = parents[node]
    while isinstance(parent, ast.Tuple | ast.List | ast.Dict | ast.IfExp | ast.Starred | ast.NamedExpr):
        node, parent = parent, parents[parent]
    match parent:
        case ast.Return() | ast.Yield() | ast.Lambda():
            return "returned"
        case ast.Call() | ast.keyword():
            return "argument"
        case ast.Attribute() | ast.Subscript():
            return "chained"
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            scope = _function(node, parents)
            return "local, written" if scope is not None and _written(name, scope) else "local"
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return "stored"
        case _:
            return "other"


def _written(name: str, scope: ast.AST) -> bool:
    """Whether a name is written in place somewhere in a function, by its syntax alone."""
    for node in ast.walk(scope):
        match node:
            case ast.Subscript(value=ast.Name(id=base), ctx=ast.Store()) if base == name:
                return True
            case ast.AugAssign(target=ast.Name(id=base)) if base == name:
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=base), attr=method)) if base == name:
                if method == "sort" or (method.endswith("_") and not method.endswith("__")):
                    return True
            case ast.keyword(arg="out", value=ast.Name(id=base)) if base == name:
                return True
    return False


def _bounds(node: ast.expr, offsets: list[int]) -> tuple[int, int]:
    """Byte offsets of an expression in its file."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return offsets[node.lineno - 1] + node.col_offset, offsets[end_line - 1] + end_column


def _locate(
    data: bytes,
    offsets: list[int],
    node: ast.Call,
    operand: ast.expr,
    kind: str,
    use: str,
    unit: tuple[int, int],
) -> Copy:
    """Bounds of the call and of what stays of it."""
    start, end = _bounds(node, offsets)
    operand_start, operand_end = _bounds(operand, offsets)
    brackets = False
    if kind.startswith("."):
        # Brackets around the receiver belong to the call, not to the operand: keep all up to the last dot.
        dot = data.rindex(b".", operand_end, _bounds(node.func, offsets)[1])
        gap = data[operand_end:dot]
        operand_start, operand_end = start, dot
        if b"#" not in gap:
            operand_end = len(data[:dot].rstrip(b" \t\r\n\\"))
    else:
        brackets = b"\n" in data[operand_start:operand_end]
    return Copy(
        kind=kind,
        use=use,
        line=node.lineno,
        column=node.col_offset,
        start=start,
        end=end,
        operand_start=operand_start,
        operand_end=operand_end,
        brackets=brackets,
        first_line=unit[0],
        last_line=unit[1],
    )
