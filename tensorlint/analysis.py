"""One file, understood on demand: lowers its units, solves them, and answers what they ask of one another."""

from __future__ import annotations

import ast
import re
import weakref
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias.facts import Facts
from tensorlint.alias.lattice import Kind, Value
from tensorlint.alias.module import Attribute, ClassInfo, HandedIn
from tensorlint.alias.results import gives
from tensorlint.alias.solve import Solution, solve
from tensorlint.alias.summaries import declared, summarize
from tensorlint.callers import Callers
from tensorlint.classes import Classes
from tensorlint.finding import Span
from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog, Entry
from tensorlint.knowledge.effects import New, Signature, Typed
from tensorlint.source import Source
from tensorlint.syntax.hooked import overwritten_hooks
from tensorlint.syntax.jitted import jitted_functions
from tensorlint.syntax.native import native_code
from tensorlint.syntax.outline import Outline, Unit, outline
from tensorlint.syntax.switched import clears_in_place

if TYPE_CHECKING:
    from tensorlint.syntax.lowering import Lowered

DEEPEST_CALLS = 12
# Values that the solver may look at in a whole file; real ones were seen to need up to 53,000 in 16 KB.
MOST_WORK, MOST_WORK_PER_CHARACTER = 100_000, 2
CELLS = re.compile(r"^# (?:%%|In ?\[|\S+\.ipynb$)", re.MULTILINE)
WEIGHTS = ("torch.nn.Parameter", "tensorflow.Variable", "keras.Variable")
FREEZING = re.compile(r"requires_grad_?\s*(?:=|\()\s*(?:requires_grad\s*=\s*)?False")
TESTS = re.compile(r"(?:^|[/\\])(?:tests?[/\\][^/\\]*|(?:test_|conftest\b)[^/\\]*|[^/\\]*_tests?)\.py$")
CONCURRENT = re.compile(
    r"thread|multiprocess|shared_?mem|mmap|ctypes|\bLock\(|concurrent|asyncio|\bawait\b", re.IGNORECASE
)
SUSPENDING = re.compile(r"no_grad|inference_mode|set_grad_enabled")
PLAIN_DECORATORS = frozenset(
    "builtins.staticmethod builtins.classmethod torch.no_grad torch.inference_mode torch.jit.script"
    " torch.compile abc.abstractmethod typing.override functools.lru_cache functools.cache"
    " tensorflow.function jax.jit builtins.property functools.cached_property"
    " keras.saving.register_keras_serializable tensorflow.Module.with_name_scope".split()
)


class Analysis:
    """Implements :class:`tensorlint.alias.module.Module` for one file; computes everything at most once.

    ``own`` is what the user says of libraries. ``keeps_names`` for whoever asks what a name means where the
    code itself does so no more.
    """

    def __init__(
        self, source: Source, tree: ast.Module, own: tuple[Entry, ...] = (), *, keeps_names: bool = False
    ) -> None:
        self.source = source
        self.keeps_names = keeps_names
        self.outline: Outline = outline(tree)
        self.libraries = tuple(
            name
            for name in TENSOR_LIBRARIES
            if re.search(rf"^\s*(?:import|from)\s+{name}\b", source.text, re.MULTILINE)
        )
        self.catalog = Catalog(
            {f".{name}": info.bases[0] if info.bases else "" for name, info in self.outline.classes.items()},
            own,
        )
        self.freezes = FREEZING.search(source.text) is not None
        self.suspends = SUSPENDING.search(source.text) is not None
        self.is_notebook = CELLS.search(source.text) is not None
        self.is_benchmark = "bench" in source.path.lower()
        self.skipped: dict[str, str] = {}
        self._work = 0
        self._lowered: dict[int, Lowered | None] = {}
        self._solutions: dict[int, Solution | None] = {}
        self._own_solutions: dict[int, Solution | None] = {}
        self._signatures: dict[tuple[ir.Origin, tuple[tuple[str, Kind], ...]], Signature] = {}
        self._class_infos: dict[str, ClassInfo | None] = {}
        self._calls: dict[int, tuple[HandedIn, ...]] = {}
        self._in_progress: list[ir.Origin] = []
        self._too_large: dict[ir.Origin, Solution] = {}
        # These ask the file and do not keep it: all of it goes when nobody needs it, without a search.
        self.classes = Classes(weakref.proxy(self))
        self.callers = Callers(weakref.proxy(self))

    # What the engine asks (tensorlint.alias.module.Module)

    @cached_property
    def clears_in_place(self) -> bool:
        return clears_in_place(self.outline.tree, self.source.text)

    @cached_property
    def overwritten_hooks(self) -> frozenset[str]:
        if "register_forward_hook" not in self.source.text or "inplace" not in self.source.text:
            return frozenset()
        return overwritten_hooks(self.outline.tree, self.outline.names)

    @cached_property
    def is_test(self) -> bool:
        return TESTS.search(self.source.path) is not None

    @cached_property
    def is_concurrent(self) -> bool:
        return CONCURRENT.search(self.source.text) is not None

    def affords(self, work: int) -> bool:
        self._work += work
        return self._work <= MOST_WORK + MOST_WORK_PER_CHARACTER * len(self.source.text)

    def class_info(self, name: str) -> ClassInfo | None:
        if name not in self._class_infos:
            self._class_infos[name] = self._class_info(name)
        return self._class_infos[name]

    def _class_info(self, name: str) -> ClassInfo | None:
        info = self.outline.classes.get(name.removeprefix("."))
        if info is None or not name.startswith("."):
            return None
        qualified = {method: f".{info.name}.{method}" for method in info.methods}
        methods = {m: full for m, full in qualified.items() if full not in self.classes.patched}
        properties = self.classes.properties[info.name]
        plain, derives = self.classes.is_plain(info), self.classes.derives(info)
        return ClassInfo(name, info.bases, methods, properties, plain, derives)

    def class_with(self, members: frozenset[str]) -> str:
        return self.classes.having(members)

    def parameters(self, name: str) -> tuple[ir.Parameter, ...]:
        function = self.function_of(name)
        return function.parameters if function else ()

    def function_of(self, name: str) -> ir.Function | None:
        unit = self._unit(name)
        lowered = self.lowered(unit) if unit else None
        return lowered.function if lowered else None

    def signature(self, name: str, handed: Mapping[str, Kind]) -> Signature | None:
        function = self.function_of(name)
        if function is None and name.endswith(".__init__"):
            return self.classes.constructor(name.removesuffix(".__init__"))
        return self.summary(function, handed) if function is not None else None

    def summary(self, function: ir.Function, handed: Mapping[str, Kind]) -> Signature | None:
        if set(function.decorators) - PLAIN_DECORATORS or function.origin in self._too_large:
            return declared(function) if function.mutates else None
        key = function.origin, tuple((name, handed[name]) for name in sorted(handed))
        if key not in self._signatures:
            if function.origin in self._in_progress or len(self._in_progress) > DEEPEST_CALLS:
                return None  # recursion: nothing is assumed of a call that is being summarized
            self._in_progress.append(function.origin)
            solution = self._solve(function, handed)
            self._in_progress.pop()
            self._signatures[key] = summarize(solution)
        return self._signatures[key]

    def attribute(self, class_name: str, attribute: str) -> Attribute | None:
        return self.classes.attribute(class_name, attribute)

    def stored(self, class_name: str, attribute: str) -> tuple[Value, ...]:
        return self.classes.stored(class_name, attribute)

    @property
    def is_solving(self) -> bool:
        """Whether some method is being solved, so that nothing is known of what it does."""
        return bool(self._in_progress)

    def solved_before(self, name: str) -> Solution | None:
        """A method, solved with what is known by now, also while it is being solved."""
        function = self.function_of(name)
        return self._solve(function, {}) if function is not None else None

    def method_solution(self, name: str) -> Solution | None:
        """A method of a class of this file, solved; None while it is being solved."""
        unit, function = self._unit(name), self.function_of(name)
        if unit is None or function is None or function.origin in self._in_progress:
            return None
        self._in_progress.append(function.origin)
        solution = self._alone(unit)
        self._in_progress.pop()
        return solution

    def solved(self, name: str) -> Solution | None:
        unit = self._unit(name)
        return self.solution(unit) if unit is not None else None

    def shared_default(self, class_name: str, attribute: str) -> ir.Origin | None:
        return self.classes.shared_default(class_name, attribute)

    def body_solution(self, class_name: str) -> Solution | None:
        """The body of a class of this file, solved; None while it is being solved."""
        units = (unit for unit in self.outline.units if unit.kind == "class")
        unit = next((unit for unit in units if unit.qualname == class_name), None)
        lowered = self.lowered(unit) if unit is not None else None
        if unit is None or lowered is None or lowered.function.origin in self._in_progress:
            return None
        self._in_progress.append(lowered.function.origin)
        solution = self._alone(unit)
        self._in_progress.pop()
        return solution

    def handed_to(self, name: str) -> Mapping[str, Kind]:
        """The types that callers in the file hand to a function, where all of them agree."""
        unit, function = self._unit(name), self.function_of(name)
        return self.callers.handed(unit, function) if unit is not None and function is not None else {}

    def calls_of(self, function: ir.Function) -> tuple[HandedIn, ...]:
        unit = self._unit(f".{function.qualname}")
        if unit is None:
            return ()
        if unit.index not in self._calls:
            self._calls[unit.index] = tuple(self.callers.calls_of(unit, function))
        return self._calls[unit.index]

    def giver(self, function: ir.Function) -> ir.Function | None:
        pending = [self._owner(function.origin).function]
        while pending:
            outer = pending.pop()
            if any(nested.origin == function.origin for nested in outer.nested):
                return outer if gives(outer, function) else None
            pending += outer.nested
        return None

    def called_with_grad(self, function: ir.Function) -> bool:
        unit = self._unit(f".{function.qualname}")
        return unit is not None and self.callers.train(unit)

    def traits(self, class_name: str) -> frozenset[str]:
        info = self.outline.classes.get(class_name.removeprefix("."))
        if info is None or not self.catalog.is_module(class_name):
            return frozenset()
        for attribute in info.attributes:
            known = self.attribute(class_name, attribute)
            if known is not None and _has_weights(known.value, self.catalog):
                return frozenset({"weights"})
        return frozenset()

    def layers(self, class_name: str) -> int:
        info = self.outline.classes.get(class_name.removeprefix("."))
        known = [self.attribute(class_name, name) for name in info.attributes] if info is not None else []
        found = [attribute.value for attribute in known if attribute is not None]
        return sum(1 + _is_nested(value) for value in found if _has_weights(value, self.catalog))

    def traits_of(self, type_name: str) -> frozenset[str]:
        if type_name.startswith("."):
            return self.traits(type_name)
        entry = self.catalog.lookup(type_name)
        if entry is None or entry.signature.construct != "class":
            return frozenset()
        terms = [
            case.term.term if isinstance(case.term, Typed) else case.term for case in entry.signature.cases
        ]
        always = all(isinstance(term, New) and term.quality("weights") is not None for term in terms)
        return frozenset({"weights"}) if always else frozenset()

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

    def left_out(self) -> Mapping[str, str]:
        """The units that were asked for and could not be understood, each with the reason."""
        solved = {**self._own_solutions, **self._solutions}
        given_up = [index for index, each in solved.items() if each is not None and each.gave_up]
        endless = {self.outline.units[index].qualname: "no fixed point" for index in sorted(given_up)}
        return {**self.skipped, **endless}

    def span(self, origin: ir.Origin) -> Span:
        """Where an origin of any lowered unit stands in the file."""
        return self._owner(origin).origins.span(origin)

    def text(self, origin: ir.Origin) -> str:
        """The source text of an origin of any lowered unit, on one line."""
        return self._owner(origin).origins.text(origin)

    def has_native(self) -> bool:
        return bool(self._native)

    def native(self, name: str) -> ir.Native | None:
        return self._native.get(name)

    @cached_property
    def _native(self) -> Mapping[str, ir.Native]:
        return native_code(self.outline.tree, self.outline.names, self.source.text)

    def display(self, name: str) -> str:
        plain = name.removeprefix(".")
        rebound = rf"^\s*global\b.*\b{re.escape(plain)}\b"
        display = self.outline.names.display(plain)
        return "" if display and re.search(rebound, self.source.text, re.MULTILINE) else display

    def jitted(self, name: str) -> ir.Jitted | None:
        return self._jitted.get(name)

    @cached_property
    def _jitted(self) -> Mapping[str, ir.Jitted]:
        return jitted_functions(self.outline) if "jax" in self.libraries else {}

    def gives_weights(self, attribute: str) -> bool:
        used = rf"\.{re.escape(attribute)}\b\.(?:\w*weights|\w*variables|layers|compile|fit|train_on_batch)\b"
        return re.search(used, self.source.text) is not None

    def restores(self, attribute: str, model: str) -> bool:
        name = re.escape(model.rpartition(".")[2])
        # By the object's own method, or by whoever has it: `net.load_state_dict(stopper.best)`.
        loads = rf"\b{name}\.load_state_dict\(\s*[A-Za-z_]\w*\.{re.escape(attribute)}\b"
        return re.search(loads, self.source.text) is not None

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
        """A unit, solved, with what its callers in the file tell of its parameters."""
        if unit.index not in self._solutions:
            lowered = self.lowered(unit)
            self._solutions[unit.index] = None  # while it is solved: a caller may be asked about its callee
            handed = self.callers.handed(unit, lowered.function) if lowered is not None else {}
            self._solutions[unit.index] = (
                self._solve(lowered.function, handed) if lowered is not None and handed else self._alone(unit)
            )
        return self._solutions[unit.index]

    def _alone(self, unit: Unit) -> Solution | None:
        """A unit, solved by itself."""
        if unit.index not in self._own_solutions:
            lowered = self.lowered(unit)
            self._own_solutions[unit.index] = (
                self._solve(lowered.function, {}) if lowered is not None else None
            )
        return self._own_solutions[unit.index]

    def _solve(self, function: ir.Function, handed: Mapping[str, Kind]) -> Solution:
        """A function, solved; one that took too long once is not tried again with other arguments."""
        known = self._too_large.get(function.origin)
        if known is not None:
            return known
        solution = solve(function, self.catalog, self, handed)
        if solution.gave_up:
            self._too_large[function.origin] = solution
        return solution

    def facts(self, unit: Unit) -> Iterator[Facts]:
        """What rules may ask about a unit, and about every function nested in it."""
        solution = self.solution(unit)
        if solution is None:
            return
        pending = [solution]
        while pending:
            solution = pending.pop()
            if solution.gave_up:
                self.skipped[solution.function.qualname] = "took too long to come to a stable state"
            else:
                yield Facts(solution, self.catalog, self)
            pending += [self._solve(nested, {}) for nested in solution.function.nested]


def _has_weights(value: Value, catalog: Catalog) -> bool:
    return "weights" in value.traits or any(catalog.is_kind_of(value.type, kind) for kind in WEIGHTS)


def _is_nested(value: Value) -> bool:
    """Whether a module with weights most likely has several layers: a sequence, a class of this file."""
    return value.type == "torch.nn.Sequential" or value.type.startswith(".")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
