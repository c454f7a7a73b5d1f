"""One file, understood on demand: lowers its units, solves them, and answers what they ask of one another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias.containers import CONTAINERS
from tensorlint.alias.facts import Facts
from tensorlint.alias.lattice import Given, Value, alternatives
from tensorlint.alias.module import Attribute, ClassInfo
from tensorlint.alias.solve import Solution, solve
from tensorlint.alias.summaries import summarize
from tensorlint.finding import Span
from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog
from tensorlint.knowledge.effects import Signature
from tensorlint.source import Source
from tensorlint.syntax.jitted import jitted_functions
from tensorlint.syntax.native import native_code
from tensorlint.syntax.outline import Outline, Unit, outline

if TYPE_CHECKING:
    from tensorlint.syntax.lowering import Lowered

DEEPEST_CALLS = 12
FREEZING = re.compile(r"requires_grad_?\s*(?:=|\()\s*(?:requires_grad\s*=\s*)?False")
PLAIN_DECORATORS = frozenset(
    "builtins.staticmethod builtins.classmethod torch.no_grad torch.inference_mode torch.jit.script"
    " torch.compile abc.abstractmethod typing.override functools.lru_cache tensorflow.function jax.jit"
    " keras.saving.register_keras_serializable tensorflow.Module.with_name_scope".split()
)


class Analysis:
    """Implements :class:`tensorlint.alias.module.Module` for one file; computes everything at most once."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.source = source
        self.outline: Outline = outline(tree)
        self.libraries = tuple(
            name
            for name in TENSOR_LIBRARIES
            if re.search(rf"^\s*(?:import|from)\s+{name}\b", source.text, re.MULTILINE)
        )
        self.catalog = Catalog(
            {f".{name}": info.bases[0] if info.bases else "" for name, info in self.outline.classes.items()}
        )
        self.freezes = FREEZING.search(source.text) is not None
        self.skipped: dict[str, str] = {}
        self._lowered: dict[int, Lowered | None] = {}
        self._solutions: dict[int, Solution | None] = {}
        self._signatures: dict[tuple[ir.Origin, tuple[tuple[str, str], ...]], Signature] = {}
        self._in_progress: list[ir.Origin] = []
        self._too_large: set[ir.Origin] = set()

    # What the engine asks (tensorlint.alias.module.Module)

    def class_info(self, name: str) -> ClassInfo | None:
        info = self.outline.classes.get(name.removeprefix("."))
        if info is None or not name.startswith("."):
            return None
        methods = {method: f".{info.name}.{method}" for method in info.methods}
        return ClassInfo(name, info.bases, methods)

    def parameters(self, name: str) -> tuple[ir.Parameter, ...]:
        function = self.function_of(name)
        return function.parameters if function else ()

    def function_of(self, name: str) -> ir.Function | None:
        unit = self._unit(name)
        lowered = self.lowered(unit) if unit else None
        return lowered.function if lowered else None

    def signature(self, name: str, handed: Mapping[str, str]) -> Signature | None:
        function = self.function_of(name)
        return self.summary(function, handed) if function is not None else None

    def summary(self, function: ir.Function, handed: Mapping[str, str]) -> Signature | None:
        if set(function.decorators) - PLAIN_DECORATORS or function.origin in self._too_large:
            return None
        key = function.origin, tuple(sorted(handed.items()))
        if key not in self._signatures:
            if function.origin in self._in_progress or len(self._in_progress) > DEEPEST_CALLS:
                return None  # recursion: nothing is assumed of a call that is being summarized
            self._in_progress.append(function.origin)
            solution = solve(function, self.catalog, self, handed)
            self._in_progress.pop()
            self._signatures[key] = summarize(solution)
            if solution.gave_up:
                self._too_large.add(function.origin)
        return self._signatures[key]

    def attribute(self, class_name: str, attribute: str) -> Attribute | None:
        for base in self.catalog.bases(class_name):
            known = self._initial(base, attribute)
            if known is not None:
                return known
        return None

    def _initial(self, class_name: str, attribute: str) -> Attribute | None:
        unit = self._unit(f"{class_name}.__init__")
        function = self.function_of(f"{class_name}.__init__")
        if unit is None or function is None or function.origin in self._in_progress:
            return None
        self._in_progress.append(function.origin)
        solution = self.solution(unit)
        self._in_progress.pop()
        if solution is None or not solution.function.parameters:
            return None
        own = Given(solution.function.parameters[0].name)
        value = solution.exit.heap.get(own, {}).get(f".{attribute}")
        if value is None:
            return None
        inner = solution.exit.heap.get(value.object, {}) if value.type in CONTAINERS else {}
        leaves = [leaf for key, e in inner.items() if key.startswith("[") for leaf, _ in alternatives(e)]
        alike = len({leaf.type for leaf in leaves}) == 1
        # In a loop's first turn an element is no repetition yet: the one that says most counts.
        element = max(leaves, key=lambda leaf: len(leaf.path)) if alike else None
        return Attribute(value, element)

    def traits(self, class_name: str) -> frozenset[str]:
        info = self.outline.classes.get(class_name.removeprefix("."))
        if info is None or not self.catalog.is_kind_of(class_name, "torch.nn.Module"):
            return frozenset()
        for attribute in info.attributes:
            known = self.attribute(class_name, attribute)
            if known is not None and _has_weights(known.value, self.catalog):
                return frozenset({"weights"})
        return frozenset()

    # Units

    def _unit(self, name: str) -> Unit | None:
        qualname = name.removeprefix(".")
        return self._by_name.get(qualname) if name.startswith(".") else None

    @cached_property
    def _by_name(self) -> dict[str, Unit]:
        return {unit.qualname: unit for unit in self.outline.units if unit.kind in ("function", "method")}

    def lowered(self, unit: Unit) -> Lowered | None:
        """The unit as the engine reads it; ``None`` where it is too large or too deep (see ``skipped``)."""
        from tensorlint.syntax import LoweringSkipped, lower  # libcst, only where something is lowered

        if unit.index not in self._lowered:
            try:
                self._lowered[unit.index] = lower(self.source, self.outline, unit)
            except LoweringSkipped as skipped:
                self.skipped[unit.qualname] = str(skipped)
                self._lowered[unit.index] = None
        return self._lowered[unit.index]

    def span(self, origin: ir.Origin) -> Span:
        """Where an origin of any lowered unit stands in the file."""
        return self._owner(origin).origins.span(origin)

    def text(self, origin: ir.Origin) -> str:
        """The source text of an origin of any lowered unit, on one line."""
        return self._owner(origin).origins.text(origin)

    def native(self, name: str) -> ir.Native | None:
        return self._native.get(name)

    @cached_property
    def _native(self) -> Mapping[str, ir.Native]:
        return native_code(self.outline.tree, self.outline.names)

    def jitted(self, name: str) -> ir.Jitted | None:
        return self._jitted.get(name)

    @cached_property
    def _jitted(self) -> Mapping[str, ir.Jitted]:
        return jitted_functions(self.outline) if "jax" in self.libraries else {}

    def around(self, origin: ir.Origin) -> str:
        line = self.span(origin).line
        lines = self.source.lines
        found = [lines[line - 1]]
        depth = _indent(lines[line - 1])
        for number in range(line - 2, -1, -1):
            text = lines[number]
            if text.strip().startswith("#") and number == line - 1 - len(found):
                found.append(text)
            elif text.strip() and _indent(text) < depth:
                depth = _indent(text)
                found.append(text)
            if depth == 0:
                break
        return "\n".join(found)

    def _owner(self, origin: ir.Origin) -> Lowered:
        from tensorlint.syntax.spans import unit_of

        lowered = self._lowered[unit_of(origin)]
        assert lowered is not None
        return lowered

    def solution(self, unit: Unit) -> Solution | None:
        if unit.index not in self._solutions:
            lowered = self.lowered(unit)
            self._solutions[unit.index] = (
                None if lowered is None else solve(lowered.function, self.catalog, self)
            )
        return self._solutions[unit.index]

    def facts(self, unit: Unit) -> Iterator[Facts]:
        """What rules may ask about a unit, and about every function nested in it."""
        solution = self.solution(unit)
        if solution is None:
            return
        pending = [solution]
        while pending:
            solution = pending.pop()
            if not solution.gave_up:
                yield Facts(solution, self.catalog, self)
            pending += [solve(nested, self.catalog, self) for nested in solution.function.nested]


def _has_weights(value: Value, catalog: Catalog) -> bool:
    return "weights" in value.traits or (
        bool(value.type) and catalog.is_kind_of(value.type, "torch.nn.Parameter")
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
