"""Code of a file that runs on raw memory: Triton, Numba and CuPy kernels, C++ and CUDA compiled in place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from tensorlint.ir import Native
from tensorlint.syntax.names import Names

CALLED = frozenset({"extension", "cupy"})  # without a subscript
_LANGUAGES = {"triton.jit": "triton", "numba.cuda.jit": "numba"}
_WORDS = ("triton", "numba", "load_inline", "cupy")  # one of which a file with such code holds
_EXTENSIONS = frozenset({"load_inline", "torch.utils.cpp_extension.load_inline"})
_KNOWS_STRIDES = re.compile(r"contiguous|stride|accessor", re.IGNORECASE)
_RAW_KERNEL, _RAW_MODULE = "cupy.RawKernel", "cupy.RawModule"
# How far apart rows lie goes by more names in a kernel.
_KNOWS_ROWS = re.compile(r"contiguous|stride|pitch|\bld[a-z]?\b", re.IGNORECASE)


def native_code(tree: ast.Module, names: Names, text: str) -> Mapping[str, Native]:
    """What runs on raw memory, by the plain name that it is called by."""
    if not any(word in text for word in _WORDS):
        return {}  # before the tree is walked three times
    found: dict[str, Native] = {}
    texts: dict[str, str] = {}
    local = dict(_imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                language = _LANGUAGES.get(_qualified(decorator, names, local), "")
                if language:
                    arguments = node.args
                    parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                    found[node.name] = Native(language, tuple(parameter.arg for parameter in parameters))
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            texts.update(
                {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _qualified(node.func, names, local) in _EXTENSIONS:
            found.update(_functions(node, texts))
    if "RawKernel" in text or "RawModule" in text:
        assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
        found.update(_raw_kernels(assigned, lambda function: _qualified(function, names, local), texts))
    return found


def _raw_kernels(
    assigned: Sequence[ast.Assign], qualified: Callable[[ast.expr], str], texts: Mapping[str, str]
) -> Iterator[tuple[str, Native]]:
    """The variables that hold a kernel of CuPy whose source stands in the file, and never speaks of strides.
    One that holds several kernels, one after the other, is nobody's.
    """
    sources: dict[str, str] = {}
    kernels: dict[str, set[str]] = {}
    for node in assigned:
        call, target = node.value, node.targets[0]
        if not (isinstance(call, ast.Call) and isinstance(target, ast.Name) and len(node.targets) == 1):
            continue
        options = {keyword.arg: keyword.value for keyword in call.keywords}
        given = next(_texts(options.get("code", call.args[0] if call.args else None), texts), "")
        if qualified(call.func) == _RAW_MODULE:
            sources[target.id] = "" if target.id in sources else given
        elif qualified(call.func) == _RAW_KERNEL:
            kernels.setdefault(target.id, set()).add(given)
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "get_function":
            owner = call.func.value
            if isinstance(owner, ast.Name):
                kernels.setdefault(target.id, set()).add(sources.get(owner.id, ""))
    for name, each in kernels.items():
        source = next(iter(each))
        if len(each) == 1 and source and not _KNOWS_ROWS.search(source):
            yield name, Native("cupy")


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names imported anywhere, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _qualified(node: ast.expr, names: Names, local: Mapping[str, str]) -> str:
    path: list[str] = []
    node = node.func if isinstance(node, ast.Call) else node
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    known = names.resolve(node.id)
    first = known[0] if known and not known[0].startswith(".") else local.get(node.id, node.id)
    return ".".join([first, *reversed(path)])


def _functions(call: ast.Call, texts: Mapping[str, str]) -> Iterator[tuple[str, Native]]:
    """The functions that one `load_inline` compiles and that read raw memory and never ask for its layout."""
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    sources = [
        *call.args[1:3],
        *(options[name] for name in ("cpp_sources", "cuda_sources") if name in options),
    ]
    source = "\n".join(text for node in sources for text in _texts(node, texts))
    if "data_ptr" not in source or _KNOWS_STRIDES.search(source):
        return
    for name in _texts(options.get("functions"), texts):
        yield name, Native("extension")


def _texts(node: ast.expr | None, texts: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in texts:
        yield texts[node.id]
    elif isinstance(node, (ast.List, ast.Tuple)):
        for element in node.elts:
            yield from _texts(element, texts)
