"""What PyTorch itself says of its operators, held against the tables.

``python -m runtime_check.torch_schemas`` prints where they differ, and how much of PyTorch the tables cover;
with ``--write`` it writes the table of what the schemas alone say (``torch_derived``). Every operator schema
names the results that may alias an argument (``Tensor(a)``) and the arguments that are written
(``Tensor(a!)``). An operator of either sort that can be called as ``torch.name`` or as a method of
``torch.Tensor`` needs an entry, and one that does not contradict its schema. A schema cannot tell *always*
from *sometimes*: the probes decide that.
"""

from __future__ import annotations

import inspect
import operator
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from runtime_check import torch_coverage, torch_derived
from tensorlint.knowledge import effects
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Applied, Case, Many, Term, Typed, Word


@dataclass(frozen=True, slots=True)
class Operator:
    """One name under which an operator that shares or writes can be called."""

    name: str  # qualified, such as torch.Tensor.add_
    shares: bool  # some overload can return (part of) an argument
    writes: bool  # it is the in-place form


def reachable_operators() -> tuple[Operator, ...]:
    """Operators of the installed PyTorch that share or write and have a public name, sorted by it."""
    import torch

    shares, writes = _by_schema(torch._C._jit_get_all_schemas())
    found: dict[str, Operator] = {}
    for prefix, home in (("torch", torch), ("torch.Tensor", torch.Tensor)):
        for name in dir(home):
            if inspect.ismodule(getattr(home, name, None)):
                continue
            in_place = _in_place(name, writes, method=home is torch.Tensor)
            public = not name.startswith("_") or name.endswith("__")
            if public and (in_place or name in shares):
                found[f"{prefix}.{name}"] = Operator(f"{prefix}.{name}", name in shares, in_place)
    return tuple(found[name] for name in sorted(found))


def _by_schema(schemas: list[Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Names of ATen operators that may return an argument's elements, and of those that write an argument."""
    shares: set[str] = set()
    writes: set[str] = set()
    for schema in schemas:
        space, _, name = schema.name.partition("::")
        if space != "aten":
            continue
        returned = [result.alias_info for result in schema.returns if result.alias_info is not None]
        taken = [argument.alias_info for argument in schema.arguments if argument.alias_info is not None]
        if any(not alias.is_write for alias in returned):
            shares.add(name)
        if any(alias.is_write for alias in taken):
            writes.add(name)
    return frozenset(shares), frozenset(writes)


def _in_place(name: str, writes: frozenset[str], *, method: bool) -> bool:
    """Whether the name is that of an in-place form: ``add_``, or ``__iadd__`` for ``+=``."""
    if name.startswith("__"):
        return method and (name == "__setitem__" or (name.startswith("__i") and _is_augmented(name)))
    return name.endswith("_") and name in writes


def _is_augmented(name: str) -> bool:
    return hasattr(operator, name) and hasattr(operator, f"__{name[3:]}")


def complaints(catalog: Catalog) -> list[str]:
    """One line for each operator whose entry is lacking or contradicts the schema."""
    found: list[str] = []
    for known in reachable_operators():
        entry = catalog.lookup(known.name)
        if entry is None:
            found.append(f"{known.name}: no entry")
            continue
        cases = entry.signature.cases
        if known.writes and not any(case.writes or _is_unknown(case) for case in cases):
            found.append(f"{known.name}: writes an argument; the entry says: {entry.effect}")
        if known.shares and not any(_may_share(case.term) for case in cases):
            found.append(f"{known.name}: may return its argument's elements; the entry says: {entry.effect}")
    return found


def _is_unknown(case: Case) -> bool:
    return case.term == Word("unknown")


def _may_share(term: Term) -> bool:
    if isinstance(term, Typed):
        return _may_share(term.term)
    if isinstance(term, Many):
        return any(_may_share(inner) for inner in term.terms)
    return isinstance(term, (effects.Path, Applied)) or term == Word("unknown")


def main(arguments: list[str]) -> int:
    """Print what the tables lack; the exit status is 1 if they lack anything."""
    if arguments == ["--write"]:
        table = Path(str(resources.files("tensorlint.knowledge"))) / torch_derived.FILE
        table.write_text(torch_derived.text(), encoding="utf-8")
        print(f"{table.name}: {len(torch_derived.derived())} names")
        return 0
    found = complaints(Catalog())
    missing = [name for names in torch_coverage.lacking(Catalog()).values() for name in names]
    print("\n".join([*torch_coverage.summary(Catalog()), *found, *(f"{name}: no entry" for name in missing)]))
    return int(bool(found or missing))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
