"""The layer picture of CONTRIBUTING.md, held against what the files import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import ROOT

TENSOR_LIBRARIES = {"numpy", "torch", "tensorflow", "keras", "jax", "triton", "numba", "cupy"}

# The package's own module re-exports the public API: whoever may use `lint` may use it.
FACADE = {"tensorlint": "lint"}


def picture() -> list[list[list[str]]]:
    """The chains of CONTRIBUTING.md: each a list of levels, from left to right."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    match = re.search(r"```layers\n(.*?)```", text, re.DOTALL)
    assert match, "CONTRIBUTING.md has no block of layers"
    return [
        [[name.strip() for name in level.split(",")] for level in line.split("<")]
        for line in match[1].splitlines()
        if line.strip()
    ]


def allowed() -> dict[str, set[str]]:
    """layer -> every layer to its left, within a chain and from one chain on to the next."""
    left: dict[str, set[str]] = {name: set() for chain in picture() for level in chain for name in level}
    for chain in picture():
        for nearer, farther in pairwise(chain):
            for name in farther:
                left[name] |= set(nearer)
    order = list(left)
    for _ in order:  # as many rounds as the longest chain could need
        for name in order:
            left[name] |= {farther for nearer in left[name] for farther in left[nearer]}
    return left


def layer(module: str) -> str:
    """`tensorlint.alias.solve` -> `alias`; what has no layer of its own in the picture keeps its name."""
    if module in FACADE:
        return FACADE[module]
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "tensorlint" else package


def files(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"no files in {package}"
    return [path for path in found if "fixtures" not in path.relative_to(ROOT / package).parts]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute module) for every import of the file, those inside functions included."""
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            )
            module = ".".join(part for part in (base, node.module) if part)
            if module in ("tensorlint", "runtime_check"):  # `from tensorlint import alias`
                for alias in node.names:
                    submodule = ROOT / module / alias.name
                    known = submodule.is_dir() or submodule.with_suffix(".py").is_file()
                    yield node.lineno, f"{module}.{alias.name}" if known else module
            else:
                yield node.lineno, module


OWN = [path for package in ("tensorlint", "runtime_check") for path in files(package)]


@pytest.mark.parametrize("path", OWN, ids=module_name)
def test_imports_stand_to_the_left(path: Path) -> None:
    left = allowed()
    own = layer(module_name(path))
    if module_name(path) in ("tensorlint", "tensorlint.__main__"):
        return  # the doors of the package: they may use everything
    assert own in left, f"`{own}` is not in the layer picture of CONTRIBUTING.md"
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: `{own}` may not import `{module}`"
        for line, module in imports(path)
        if module.partition(".")[0] in ("tensorlint", "runtime_check")
        and layer(module) not in left[own] | {own}
    ]
    assert not wrong, "\n".join(wrong)


def test_no_cycle_in_the_picture() -> None:
    assert not [name for name, left in allowed().items() if name in left]


def test_the_picture_names_only_what_exists() -> None:
    later = {"cache"}  # a planned place, empty so far
    missing = {
        name
        for name in allowed()
        if not any(
            (ROOT / base / end).exists() for base in ("", "tensorlint") for end in (name, f"{name}.py")
        )
    }
    assert missing <= later


def test_linting_needs_no_tensor_library() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: imports {module}"
        for path in files("tensorlint")
        for line, module in imports(path)
        if module.partition(".")[0] in TENSOR_LIBRARIES
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_front_end_reads_syntax_with_libcst() -> None:
    """And without its slow parts: matchers and codemods cost more to import than libcst itself."""
    for path in OWN:
        for line, module in imports(path):
            where = f"{path.relative_to(ROOT)}:{line}: imports {module}"
            if module.partition(".")[0] == "libcst":
                assert layer(module_name(path)) == "syntax", where
                assert not module.startswith(("libcst.matchers", "libcst.codemod")), where


def test_the_oracle_is_independent_of_what_it_proves() -> None:
    permitted = {"testing", "knowledge", "finding", "ir", "source"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: imports {module}"
        for path in files("runtime_check")
        for line, module in imports(path)
        if module.partition(".")[0] == "tensorlint" and layer(module) not in permitted
    ]
    assert not wrong, "\n".join(wrong)
