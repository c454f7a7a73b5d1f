"""Apply a signature to the arguments of one call: its result, its writes, and who was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias import containers, layout
from tensorlint.alias.events import Event, Read, Write
from tensorlint.alias.guards import ABOUT_DATA, Actual, Bound, Verdicts
from tensorlint.alias.lattice import (
    CONTIGUOUS,
    PLAIN_TYPE,
    UNKNOWN_LAYOUT,
    Allocation,
    Alternative,
    Choice,
    Constant,
    Layout,
    Opaque,
    State,
    Value,
    alternatives,
    is_plain,
    join_values,
)
from tensorlint.alias.region import At, Axis, Between, Rest, Step
from tensorlint.knowledge import effects
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Applied, Many, New, Path, Signature, Term, Typed, Word


def bind(signature: Signature, arguments: list[tuple[str | None, int, Actual]]) -> dict[str, Actual | tuple[Actual, ...]]:
    """Arguments (keyword, stars, actual) to parameters; what is missing takes its default."""
    bound: dict[str, Actual | tuple[Actual, ...]] = {}
    positional = [actual for keyword, stars, actual in arguments if keyword is None and stars == 0]
    unpacked = [actual for _, stars, actual in arguments if stars]
    keywords = {keyword: actual for keyword, stars, actual in arguments if keyword is not None}
    for parameter in signature.parameters:
        if parameter.kind == "*":
            bound[parameter.name] = (*positional, *unpacked)
            positional = []
        elif parameter.kind == "**":
            bound[parameter.name] = tuple(actual for name, actual in keywords.items() if name not in bound)
        elif parameter.kind in ("either", "positional") and positional:
            bound[parameter.name] = positional.pop(0)
        elif parameter.name in keywords:
            bound[parameter.name] = keywords[parameter.name]
        elif parameter.default:
            bound[parameter.name] = _default(parameter.default)
    return bound


def _default(text: str) -> Actual:
    if text == "()":
        return Actual(ir.Literal(()), Value(Constant((), "tuple"), type="builtins.tuple"))
    try:
        value = effects.literal(Path("", (), text))
    except (ValueError, SyntaxError):
        return Actual(ir.Literal(text), Value(Opaque(0)))
    return Actual(ir.Literal(value), containers.constant(value))


@dataclass(slots=True)
class Application:
    """One call of a known signature at ``site``; ``tensor`` is the type of tensors that it makes."""

    catalog: Catalog
    state: State
    site: ir.Origin
    emit: Callable[[Event], None]
    callee: str
    tensor: str
    bound: Bound
    index: ir.Index | None = None
    index_values: tuple[tuple[Axis, bool | None], ...] = ()
    used_as_array: bool = False
    slots: int = 0

    def result(self, signature: Signature) -> Value:
        """Do what the signature says and give its result."""
        plain = tuple(is_integer for _, is_integer in self.index_values)
        verdicts = Verdicts(self.catalog, self.bound, self._follow, self.index, plain, self.used_as_array)
        taken: list[tuple[effects.Case, str]] = []
        for case in signature.cases:
            verdict = True if case.guard is None else verdicts.guard(case.guard)
            if verdict is False:
                continue
            if verdict is None and any(
                atom.relation not in ABOUT_DATA and verdicts.atom(atom) is None for atom in _atoms(case)
            ):
                return self._not_known(signature)
            taken.append((case, self._condition(case)))
            if verdict is True:
                break
        self._read(signature, [case for case, _ in taken])
        outcomes = [(self._perform(case), condition) for case, condition in taken]
        if not outcomes:
            return containers.unknown(self.site)
        if len(outcomes) == 1 and (not outcomes[0][1] or isinstance(taken[0][0].term, New)):
            return outcomes[0][0]
        return self._either(outcomes)

    def _condition(self, case: effects.Case) -> str:
        """What the case says of the data at run time, in words; also where it is known to be so here."""
        atoms = tuple(atom for atom in _atoms(case) if atom.relation in ABOUT_DATA)
        if not atoms or case.guard is None:
            return ""
        return effects.prose(effects.Guard(case.guard.connective, atoms), self._texts())

    def _texts(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, actual in self.bound.items():
            if isinstance(actual, Actual) and isinstance(actual.operand, str):
                found[name] = "it" if actual.operand.startswith("%") else f"`{actual.operand}`"
        return found

    def _not_known(self, signature: Signature) -> Value:
        """A case could not be decided: nothing is known of the result, and everything may have been read."""
        self._read(signature, [])
        types = {self._type_of(case.term) for case in signature.cases}
        return containers.unknown(self.site, type=types.pop() if len(types) == 1 else "")

    def _type_of(self, term: Term) -> str:
        if isinstance(term, Typed):
            return term.type
        if isinstance(term, Word) and term.text in ("plain", "meta"):
            return PLAIN_TYPE
        return self.tensor if isinstance(term, (New, Applied)) else ""

    def _either(self, outcomes: list[tuple[Value, str]]) -> Value:
        # The same instruction decides anew whenever it runs, so the choice is made at its own site.
        options = tuple(Alternative(value, condition) for value, condition in outcomes)
        first = outcomes[0][0]
        alike = [replace(value, path=first.path, object=first.object) for value, _ in outcomes]
        return replace(join_values(alike, self.site, ""), object=Choice(self.site, options), path=())

    # Reads and writes

    def _read(self, signature: Signature, cases: list[effects.Case]) -> None:
        if cases and all(isinstance(case.term, Word) and case.term.text == "meta" for case in cases):
            return
        handed_on: set[str] = set()
        for case in cases:
            handed_on |= set(_sources(case.term))
            handed_on |= {write.path.root for write in case.writes}
            for write in case.writes:
                if isinstance(write, effects.ReferenceStored):
                    handed_on |= set(_sources(write.term))
        for name, bound in self.bound.items():
            if name in handed_on:
                continue
            for actual in bound if isinstance(bound, tuple) else (bound,):
                for value in containers.reachable(self.state, actual.value):
                    if not is_plain(value):
                        self.emit(Read(self.site, actual.operand, value, "use"))

    def _perform(self, case: effects.Case) -> Value:
        for write in case.writes:
            if isinstance(write, effects.ElementsWritten):
                self._write(write)
        value = self.evaluate(case.term)
        for write in case.writes:
            if isinstance(write, effects.ReferenceStored):
                self._store(write)
        return value

    def _write(self, write: effects.ElementsWritten) -> None:
        if write.what == "meta":
            return
        for actual in self._actuals(write.path.root):
            value = self._follow(actual.value, write.path.steps)
            if value is None or is_plain(value) or value.type in containers.CONTAINERS:
                continue
            self.emit(Write(self.site, actual.operand, value, value, "call", self.callee, self.state.blank))
            self.state.filled(value)

    def _store(self, write: effects.ReferenceStored) -> None:
        value = self.evaluate(write.term)
        for actual in self._actuals(write.path.root):
            owner = self._follow(actual.value, write.path.steps[:-1])
            if owner is None:
                continue
            key = write.path.steps[-1]
            if key == containers.REST:
                containers.add(self.state, owner, value, self.site)
            else:
                containers.store(self.state, owner, key, value)
            if not isinstance(owner.object, Allocation):
                for operand, inner in self._stored(write.term, value):
                    self.emit(Read(self.site, operand, inner, "store"))

    def _stored(self, term: Term, value: Value) -> Iterator[tuple[ir.Operand, Value]]:
        roots = _sources(term)
        operand: ir.Operand = next((a.operand for name in roots for a in self._actuals(name)), ir.Literal(None))
        for inner in containers.reachable(self.state, value):
            if not is_plain(inner):
                yield operand, inner

    def _actuals(self, name: str) -> tuple[Actual, ...]:
        found = self.bound.get(name, ())
        return found if isinstance(found, tuple) else (found,)

    # Terms

    def evaluate(self, term: Term) -> Value:
        """The value that a term stands for."""
        if isinstance(term, Typed):
            inner = self.evaluate(term.term)
            return inner if is_plain(inner) else replace(inner, type=term.type)
        if isinstance(term, Word):
            return self._word(term.text)
        if isinstance(term, New):
            return self._new(term)
        if isinstance(term, Path):
            return self._path(term)
        if isinstance(term, Many):
            return self._many(term)
        return self._applied(term)

    def _slot(self) -> int:
        self.slots += 1
        return self.slots - 1

    def _word(self, word: str) -> Value:
        if word == "none":
            return containers.constant(None)
        if word in ("plain", "meta"):
            return containers.plain(self.site, self._slot())
        return containers.unknown(self.site, self._slot())

    def _new(self, term: New) -> Value:
        result = Value(Allocation(self.site, self._slot()), type=self.tensor)
        like = self._one(term.quality("like"))
        if like is not None:
            result = replace(result, rank=like.rank, layout=like.layout if like.layout == CONTIGUOUS else UNKNOWN_LAYOUT)
            if not result.type:
                result = replace(result, type=like.type, traits=like.traits)
        if term.quality("contiguous") is not None:
            result = replace(result, layout=CONTIGUOUS)
        if (shape := term.quality("rank")) is not None:
            result = replace(result, rank=self._rank(shape[0]))
        if (number := term.quality("ranked")) is not None:
            result = replace(result, rank=int(str(number[0])))
        if term.quality("blank") is not None:
            self.state.blank |= {result.object}
        traits = {word for word in ("weights", "stateless", "grad") if term.quality(word) is not None}
        result = replace(result, traits=result.traits | traits)
        for word in ("holds", "filled"):
            if (paths := term.quality(word)) is not None:
                for value in self._all(paths[0]):
                    inner = [value, *containers.elements(self.state, value)] if word == "filled" else [value]
                    for each in inner[1:] or inner:
                        containers.add(self.state, result, each, self.site)
        return result

    def _rank(self, path: Path) -> int | None:
        found = self.bound.get(path.root)
        if isinstance(found, tuple):
            if len(found) != 1:
                return len(found) or None
            found = found[0]
        if found is None:
            return None
        value = found.value
        if isinstance(value.object, Constant):
            return 1 if isinstance(value.object.value, int) else None
        contents = self.state.heap.get(value.object, {})
        if value.type in ("builtins.tuple", "builtins.list") and contents and containers.REST not in contents:
            return len(contents)
        return 1 if value.type == PLAIN_TYPE and isinstance(value.object, Allocation) and found.operand else None

    def _one(self, paths: tuple[Path, ...] | None) -> Value | None:
        if not paths:
            return None
        return next(iter(self._all(paths[0])), None)

    def _all(self, path: Path) -> list[Value]:
        found = [self._follow(actual.value, path.steps) for actual in self._actuals(path.root)]
        return [value for value in found if value is not None]

    def _path(self, path: Path) -> Value:
        found = self._all(path)
        if not found:
            return containers.unknown(self.site, self._slot())
        return join_values(found, self.site, "")

    def _follow(self, value: Value, steps: tuple[str, ...]) -> Value | None:
        """What is reached from ``value``: attributes, elements."""
        for step in steps:
            if step == containers.REST:
                value = self.element(value)
            else:
                stored = containers.load(self.state, value, step)
                value = stored if stored is not None else containers.held(value, step, self.site)
        return value

    def element(self, value: Value) -> Value:
        """One element at a position that is not known: of a container, or a row of a tensor."""
        if is_plain(value):
            return containers.plain(self.site, self._slot())
        picked = containers.pick(self.state, value, self.site)
        if picked is not None:
            return picked
        entry = self.catalog.method(value.type, "__iter__") if value.type else None
        if entry is not None and self.catalog.is_tensor(value.type):
            rows = Application(
                self.catalog, self.state, self.site, self.emit, entry.name, entry.tensor,
                {"self": Actual("", value)}, used_as_array=self.used_as_array,
            )
            return self._row(rows.result(entry.signature), value)
        if isinstance(value.object, (Allocation, Opaque)) and value.type not in containers.CONTAINERS:
            return containers.unknown(self.site, self._slot())
        return containers.held(value, containers.REST, self.site)

    def _row(self, rows: Value, base: Value) -> Value:
        if rows.type == "builtins.iter":
            picked = containers.pick(self.state, rows, self.site)
            if picked is not None and picked.path and not is_plain(picked):
                step = Step(self.site, "row", (At(Allocation(self.site, 9)),))
                rank = base.rank - 1 if base.rank else None
                kept = CONTIGUOUS if base.layout == CONTIGUOUS else UNKNOWN_LAYOUT
                return base.step(step, kept, rank, picked.type)
            return picked if picked is not None else containers.unknown(self.site, self._slot())
        return rows if not rows.type or is_plain(rows) else containers.unknown(self.site, self._slot())

    def _many(self, term: Many) -> Value:
        result = Value(Allocation(self.site, self._slot()), type=f"builtins.{term.kind}")
        self.state.heap[result.object] = {}
        position = 0
        for inner in term.terms:
            for value in self._spread(inner, term.kind):
                if term.kind == "tuple" and not (isinstance(inner, Applied) and inner.word in ("part", "reach")):
                    containers.store(self.state, result, f"[{position}]", value)
                    position += 1
                else:
                    containers.add(self.state, result, value, self.site)
        return result

    def _spread(self, term: Term, kind: str) -> list[Value]:
        """The values of one term inside a container; a starred parameter gives several."""
        if isinstance(term, Path) and isinstance(self.bound.get(term.root), tuple):
            return self._all(term)
        if isinstance(term, Path) and kind != "tuple" and term.steps and term.steps[-1] == containers.REST:
            return [inner for value in self._all(replace(term, steps=term.steps[:-1])) for inner in self._contents(value)]
        if isinstance(term, Applied) and term.word == "part":
            return [self._sharing(value, term, "piece") for value in self._all(term.arguments[0])]
        return [self.evaluate(term)]

    def _contents(self, value: Value) -> list[Value]:
        return containers.elements(self.state, value) or [self.element(value)]

    def _applied(self, term: Applied) -> Value:
        found = [self._sharing(value, term, term.word) for value in self._all(term.arguments[0])]
        if not found:
            return containers.unknown(self.site, self._slot())
        return join_values(found, self.site, "")

    def _sharing(self, base: Value, term: Applied, kind: str) -> Value:
        """``base`` through the view that the term names."""
        if is_plain(base):
            return Value(Allocation(self.site, self._slot()), type=self.tensor)
        if base.type in containers.CONTAINERS and kind != "reach":
            return Value(Allocation(self.site, self._slot()), type=self.tensor)
        type = self.tensor or base.type
        if kind == "reach":
            summary = containers.held(base, containers.REST, self.site)
            if isinstance(summary.object, Opaque):
                return replace(summary, type="torch.Tensor" if not self.tensor else self.tensor)
            return Value(replace(summary.object, old=True, site=0), type=self.tensor or "torch.Tensor")  # type: ignore[arg-type]
        if base.type and self.catalog.is_kind_of(base.type, type):
            type = base.type if self.tensor == self.catalog.tensor_type(base.type) and base.type != "torch.nn.Parameter" else type
        axes = tuple(axis for axis, _ in self.index_values) if kind == "subset" else ()
        step = Step(self.site, kind, axes)
        return base.step(step, *self._shape(base, term, kind), type)

    def _shape(self, base: Value, term: Applied, kind: str) -> tuple[Layout, int | None]:
        """Layout and number of axes after a view."""
        arguments = [self._numbers(path) for path in term.arguments[1:]]
        if kind in layout.KEEPING:
            kept = base.layout if kind != "squeezed" or base.layout.kind == "contiguous" else UNKNOWN_LAYOUT
            return kept, base.rank if kind != "squeezed" else None
        if kind == "permuted":
            axes = arguments[0] if arguments else None
            return layout.permuted(base, axes if axes else None), base.rank or (len(axes) if axes else None)
        if kind == "swapped":
            first, second = [(a[0] if a and len(a) == 1 else None) for a in (*arguments, None, None)[:2]]
            return layout.swapped(base, first, second), base.rank
        if kind == "reshaped":
            rank = self._rank(term.arguments[1]) if len(term.arguments) > 1 else None
            return (CONTIGUOUS if base.layout == CONTIGUOUS else UNKNOWN_LAYOUT), rank
        if kind == "subset":
            return self._subset_shape(base)
        kinds = {"flipped": "reversed", "expanded": "broadcast", "windows": "broadcast", "strided": "strided"}
        rank = base.rank if kind in ("flipped", "view") else None
        return (Layout(kinds[kind]) if kind in kinds else UNKNOWN_LAYOUT), rank

    def _subset_shape(self, base: Value) -> tuple[Layout, int | None]:
        dropped, leading, simple = 0, True, base.layout == CONTIGUOUS
        kind = base.layout if base.layout == CONTIGUOUS else UNKNOWN_LAYOUT
        for position, (axis, _) in enumerate(self.index_values):
            if isinstance(axis, At):
                dropped += axis.position is not None
                leading = leading and axis.position is not None
            elif isinstance(axis, Between) and simple:
                whole = axis.lower is None and axis.upper is None and axis.step in (None, 1)
                negative = isinstance(axis.step, int) and axis.step < 0
                if negative:
                    return Layout("reversed"), _less(base.rank, self.index_values)
                if isinstance(axis.step, int) and axis.step > 1:
                    kind = Layout("strided")
                elif not whole and position > 0 and kind == CONTIGUOUS:
                    kind = UNKNOWN_LAYOUT
                if whole and position == 0 and len(self.index_values) > 1:
                    kind = Layout("strided") if _cuts_later(self.index_values[1:]) else kind
            elif isinstance(axis, Rest) and simple and len(self.index_values) > 1:
                kind = Layout("strided") if _cuts_later(self.index_values[position + 1 :]) else kind
        return kind, _less(base.rank, self.index_values)

    def _numbers(self, path: Path) -> list[int] | None:
        """The literal integers that a parameter was given, ``None`` where one is not known."""
        if path.literal:
            value = effects.literal(path)
            return [value] if isinstance(value, int) else None
        found: list[int] = []
        for actual in self._actuals(path.root):
            values = [actual.value]
            if actual.value.type in ("builtins.tuple", "builtins.list"):
                contents = self.state.heap.get(actual.value.object, {})
                if containers.REST in contents:
                    return None
                values = [contents[f"[{i}]"] for i in range(len(contents)) if f"[{i}]" in contents]
            for value in values:
                if not isinstance(value.object, Constant) or not isinstance(value.object.value, int):
                    return None
                found.append(value.object.value)
        return found


def _atoms(case: effects.Case) -> tuple[effects.Atom, ...]:
    return case.guard.atoms if case.guard is not None else ()


def _cuts_later(axes: tuple[tuple[Axis, bool | None], ...]) -> bool:
    """Whether a later axis loses some of its positions (or is picked), so that gaps remain."""
    return any(
        isinstance(axis, At) and axis.position is not None or isinstance(axis, Between) and axis.lower not in (None, 0)
        for axis, _ in axes
    )


def _less(rank: int | None, index: tuple[tuple[Axis, bool | None], ...]) -> int | None:
    if rank is None:
        return None
    for axis, _ in index:
        if isinstance(axis, At):
            rank += 1 if axis.position is None else -1
    return rank


def _sources(term: Term) -> tuple[str, ...]:
    """The parameters that a term's value may be or share with."""
    if isinstance(term, Typed):
        return _sources(term.term)
    if isinstance(term, Path):
        return (term.root,) if not term.literal else ()
    if isinstance(term, Applied):
        return (term.arguments[0].root,)
    if isinstance(term, Many):
        return tuple(name for inner in term.terms for name in _sources(inner))
    if isinstance(term, New):
        paths = [*(term.quality("holds") or ()), *(term.quality("filled") or ())]
        return tuple(path.root for path in paths)
    return ()


__all__ = ["Application", "Actual", "bind", "alternatives"]
