"""Every function of much installed code is lowered, into graphs that keep their promises, or skipped."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tensorlint.ir import Augment, Function, Raise, Return
from tensorlint.source import Source, SourceError
from tensorlint.syntax import LoweringSkipped, lower, outline
from tests.conftest import ROOT

PACKAGES = {
    "json": "", "logging": "", "asyncio": "",
    "numpy.lib": "", "numpy.linalg": "", "numpy.ma": "", "torch.optim": "", "torch.nn": "modules",
}  # fmt: skip


def files(package: str) -> list[Path]:
    top = package.partition(".")[0]
    spec = importlib.util.find_spec(top)  # of the top level only: finding more would import it
    if spec is None or spec.origin is None:
        pytest.skip(f"{top} is not installed")
    folder = Path(spec.origin).parent.joinpath(*package.split(".")[1:], PACKAGES[package])
    return sorted(path for path in folder.rglob("*.py") if "tests" not in path.parts)


def functions(function: Function) -> Iterator[Function]:
    yield function
    for nested in function.nested:
        yield from functions(nested)


def check(function: Function) -> None:
    """What :mod:`tensorlint.ir` promises of every function."""
    blocks = function.blocks
    reached = {0}
    pending = [0]
    while pending:
        fresh = set(blocks[pending.pop()].successors) - reached
        reached |= fresh
        pending.extend(fresh)
    assert reached == set(range(len(blocks)))
    assigned: Counter[str] = Counter()
    for block in blocks:
        for instr in block.instructions:
            places = [getattr(instr, "target", ""), *getattr(instr, "targets", ())]
            if not isinstance(instr, Augment):
                assigned.update(place for place in places if place.startswith("%"))
        ending = block.instructions[-1] if block.instructions else None
        assert block.successors or isinstance(ending, (Return, Raise))
        assert not isinstance(ending, Return) or not block.successors
    # A conditional expression binds its result on two branches, everything else once.
    assert max(assigned.values(), default=0) <= 2


@pytest.mark.parametrize("package", PACKAGES)
def test_lowers_everything(package: str) -> None:
    units = skipped = size = 0
    start = time.process_time()
    for path in files(package):
        try:
            source = Source.read(path.read_bytes(), str(path))
            drawn = outline(ast.parse(source.text))
        except (SourceError, SyntaxError):
            continue  # files that test syntax errors
        size += len(source.text)
        for unit in drawn.units:
            units += 1
            try:
                result = lower(source, drawn, unit)
            except LoweringSkipped:
                skipped += 1
                continue
            for function in functions(result.function):
                check(function)
            last = len(source.lines)
            assert 1 <= result.origins.span(result.function.origin).line <= last
    seconds = time.process_time() - start
    print(f"{package}: {units} units, {skipped} skipped, {seconds / max(size, 1) * 1e6:.1f} s per MB")
    assert units > 20
    assert skipped <= units // 100


def test_the_same_for_every_hash_seed() -> None:
    text = """
import ast, sys
from pathlib import Path
from tensorlint.source import Source
from tensorlint.syntax import lower, outline
from tensorlint.syntax.printing import show_function
for name in sys.argv[1:]:
    source = Source.read(Path(name).read_bytes())
    drawn = outline(ast.parse(source.text))
    print(drawn.names.bindings, [(c.name, c.bases, c.attributes) for c in drawn.classes.values()])
    for unit in drawn.units:
        function = lower(source, drawn, unit).function
        print(*show_function(function), [parameter.annotation for parameter in function.parameters])
"""
    paths = [str(path) for path in files("asyncio")[:6]]
    outputs = set()
    for seed in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-c", text, *paths],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000
