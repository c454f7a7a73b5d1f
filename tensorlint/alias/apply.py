"""Apply a signature to the arguments of one call: its result, its writes, and who was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias import containers, layout, lengths, reshape
from tensorlint.alias.axes import CONTIGUOUS
from tensorlint.alias.events import Event, Merged, Read, Write
from tensorlint.alias.guards import ABOUT_AXES, ABOUT_DATA, DTYPE, Actual, Bound, Verdicts, dtype_trait
from tensorlint.alias.lattice import (
    PLAIN_TYPE,
    Allocation,
    Alternative,
    Constant,
    Held,
    Opaque,
    Value,
    alternatives,
    is_plain,
)
from tensorlint.alias.region import At, Axis, Step, extend
from tensorlint.alias.state import State, chosen, join_values
from tensorlint.alias.views import View
from tensorlint.knowledge import effects
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Applied, Many, New, Path, Signature, Term, Typed, Word
from tensorlint.knowledge.grammar import parse_atom


def bind(
    signature: Signature, arguments: list[tuple[str | None, int, Actual]]
) -> dict[str, Actual | tuple[Actual, ...]]:
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
        verdicts = Verdicts(
            self.catalog, self.bound, self._follow, self.index, plain, self.used_as_array, self._viewable
        )
        taken: list[tuple[effects.Case, str]] = []
        for case in signature.cases:
            verdict = True if case.guard is None else verdicts.guard(case.guard)
            if verdict is False:
                continue
            if verdict is None and any(
                atom.relation not in ABOUT_DATA | ABOUT_AXES and verdicts.atom(atom) is None
                for atom in _atoms(case)
            ):
                return self._not_known(signature)
            taken.append((case, self._condition(case, verdicts)))
            if verdict is True:
                break
        self._read(signature, [case for case, _ in taken])
        self._check_demand(signature)
        outcomes = [(self._known_by_guard(case, self._perform(case)), condition) for case, condition in taken]
        if not outcomes:
            return containers.unknown(self.site)
        if len(outcomes) == 1 and not (outcomes[0][1] and _returns_argument(taken[0][0])):
            return outcomes[0][0]
        return self._either(outcomes)

    def _known_by_guard(self, case: effects.Case, value: Value) -> Value:
        """What is returned because it already is an array, is one; likewise contiguous."""
        if value.type != self.tensor and any(
            atom.relation == "array" and not atom.negated for atom in _atoms(case)
        ):
            value = replace(value, type=self.tensor)
        if not any(atom.relation == "contiguous" and not atom.negated for atom in _atoms(case)):
            return value
        known, rank = layout.packed(value)
        return replace(value, layout=known, rank=rank)

    def _condition(self, case: effects.Case, verdicts: Verdicts) -> str:
        """What the case says of the data at run time, in words; also where it is known to be so here."""
        atoms = tuple(
            atom
            for atom in _atoms(case)
            if atom.relation in ABOUT_DATA and not (atom.relation == "matches" and verdicts.atom(atom))
        )
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
        if _is_measured(term) or (isinstance(term, Word) and term.text == "plain"):
            return PLAIN_TYPE
        return self.tensor if isinstance(term, (New, Applied)) else ""

    def _either(self, outcomes: list[tuple[Value, str]]) -> Value:
        # The same instruction decides anew whenever it runs, so the choice is made at its own site.
        options = tuple(Alternative(value, condition) for value, condition in outcomes)
        return chosen(options, self.site, "")

    # Reads and writes

    def _read(self, signature: Signature, cases: list[effects.Case]) -> None:
        if cases and all(_is_measured(case.term) for case in cases):
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
        operand: ir.Operand = next(
            (a.operand for name in roots for a in self._actuals(name)), ir.Literal(None)
        )
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
        return self._measured(term) if term.word in effects.MEASURES else self._applied(term)

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
        doubtful = term.quality("doubtful") is not None
        made = Opaque(self.site, self._slot()) if doubtful else Allocation(self.site, self._slot())
        result = Value(made, type=self.tensor)
        like = self._one(term.quality("like"))
        if like is not None:
            known, rank = layout.like(like) if term.quality("contiguous") is None else layout.packed(like)
            result = replace(result, layout=known, rank=rank)
            if not result.type:
                result = replace(result, type=like.type, traits=like.traits)
        elif term.quality("contiguous") is not None:
            result = replace(result, layout=CONTIGUOUS)
        if (factors := term.quality("product")) is not None:
            first, second = (self._one((factor,)) for factor in factors)
            if first is not None and second is not None:
                known, rank = layout.matrix_product(first, second)
                result = replace(result, layout=known, rank=rank)
        if (shape := term.quality("rank")) is not None:
            result = self._shaped(result, self._all(shape[0]))
        if (number := term.quality("ranked")) is not None:
            result = replace(result, rank=int(str(number[0])))
        if term.quality("blank") is not None:
            self.state.blank |= {result.object}
        traits = {word for word in ("weights", "stateless", "grad") if term.quality(word) is not None}
        if dtype := self._dtype_asked() or self._dtype_of(term.quality("integers")):
            traits.add(dtype)
        result = replace(result, traits=result.traits | traits)
        for word in ("holds", "filled"):
            if (paths := term.quality(word)) is not None:
                for value in self._all(paths[0]):
                    inner = [value, *containers.elements(self.state, value)] if word == "filled" else [value]
                    for each in inner[1:] or inner:
                        containers.add(self.state, result, each, self.site)
                        if any("weights" in leaf.traits for leaf, _ in alternatives(each)):
                            result = replace(result, traits=result.traits | {"weights"})
        return result

    def _dtype_of(self, numbers: tuple[Path, ...] | None) -> str:
        """The trait of a tensor made of numbers written out; empty where they are not all integers."""
        pending = [value for path in numbers or () for value in self._all(path)]
        if not pending:
            return ""
        while pending:
            value = pending.pop()
            literal = value.object.value if isinstance(value.object, Constant) else None
            contents = containers.elements(self.state, value)
            if isinstance(value.object, Constant) and literal is None:
                continue
            if not contents and (not isinstance(literal, int) or isinstance(literal, bool)):
                return ""
            pending += contents
        return f"{DTYPE}int64"

    def _dtype_asked(self) -> str:
        """The trait of a tensor that is made with a literal ``dtype=``."""
        asked = self.bound.get("dtype")
        return dtype_trait(asked.value) if isinstance(asked, Actual) else ""

    def _shaped(self, result: Value, asked: list[Value]) -> Value:
        """A new tensor with the lengths that were asked for."""
        wanted = lengths.requested(self.state, asked)
        if (
            wanted is None
            and len(asked) == 1
            and is_plain(asked[0])
            and isinstance(asked[0].object, Allocation)
        ):
            return replace(result, rank=1)
        if not wanted:
            return result
        known, rank = reshape.reshaped(replace(result, layout=CONTIGUOUS), wanted, ())
        return replace(result, layout=known if result.layout == CONTIGUOUS else result.layout, rank=rank)

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
                {"self": Actual("", value)}, used_as_array=self.used_as_array, slots=self.slots,
            )
            result = self._row(rows.result(entry.signature), value)
            self.slots = rows.slots
            return result
        if isinstance(value.object, (Allocation, Opaque)) and value.type not in containers.CONTAINERS:
            return containers.unknown(self.site, self._slot())
        return containers.held(value, containers.REST, self.site)

    def _row(self, rows: Value, base: Value) -> Value:
        if rows.type == "builtins.iter":
            picked = containers.pick(self.state, rows, self.site)
            if picked is not None and picked.path and not is_plain(picked):
                step = Step(self.site, "row", (At(Allocation(self.site, 9)),))
                return base.step(step, *layout.row(base), picked.type)
            return picked if picked is not None else containers.unknown(self.site, self._slot())
        return rows if not rows.type or is_plain(rows) else containers.unknown(self.site, self._slot())

    def _many(self, term: Many) -> Value:
        result = Value(Allocation(self.site, self._slot()), type=f"builtins.{term.kind}")
        self.state.heap[result.object] = {}
        position = 0
        for inner in term.terms:
            for value in self._spread(inner, term.kind):
                if term.kind == "tuple" and not (
                    isinstance(inner, Applied) and inner.word in ("part", "row", "reach")
                ):
                    containers.store(self.state, result, f"[{position}]", value)
                    position += 1
                else:
                    containers.add(
                        self.state, result, _many_of(value) if _makes_new(inner) else value, self.site
                    )
        return result

    def _spread(self, term: Term, kind: str) -> list[Value]:
        """The values of one term inside a container; a starred parameter gives several."""
        if isinstance(term, Path) and isinstance(self.bound.get(term.root), tuple):
            return self._all(term)
        if isinstance(term, Path) and kind != "tuple" and term.steps and term.steps[-1] == containers.REST:
            return [
                inner
                for value in self._all(replace(term, steps=term.steps[:-1]))
                for inner in self._contents(value)
            ]
        if isinstance(term, Applied) and term.word in ("part", "row"):
            return [self._sharing(value, term, "piece") for value in self._all(term.arguments[0])]
        if kind != "tuple" and isinstance(term.term if isinstance(term, Typed) else term, Applied):
            return [_any_of(self.evaluate(term))]
        return [self.evaluate(term)]

    def _contents(self, value: Value) -> list[Value]:
        return containers.elements(self.state, value) or [_stands_for_many(self.element(value))]

    def _measured(self, term: Applied) -> Value:
        """The lengths of a tensor's axes, or one of them."""
        base = self._one(term.arguments[:1])
        if base is None:
            return containers.plain(self.site, self._slot())
        shape = layout.shape(base)
        if term.word == "extents":
            return shape
        axis = lengths.requested(self.state, self._asked(term.arguments[1]))
        number = axis[0].number if axis and len(axis) == 1 and axis[0] is not None else None
        found = lengths.entry(shape, number, self.site) if number is not None else None
        return found if found is not None else containers.plain(self.site, self._slot())

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
            type = (
                base.type
                if self.tensor == self.catalog.tensor_type(base.type) and base.type != "torch.nn.Parameter"
                else type
            )
        axes = tuple(axis for axis, _ in self.index_values) if kind == "subset" else ()
        if kind in ("permuted", "swapped"):
            axes = self._view(base, term.arguments[1:], kind, Step(self.site, kind)).order()
        if kind in (
            "part",
            "some",
        ):  # which part is not known: another one each time that the signature takes one
            axes = (At(Allocation(self.site, f"part{self._slot()}")),)
        step = Step(self.site, kind, axes)
        shape = "row" if term.word == "row" else kind
        return base.step(step, *self._view(base, term.arguments[1:], shape, step).ranked(), type)

    def _view(self, base: Value, arguments: tuple[Path, ...], kind: str, step: Step) -> View:
        asked = [self._asked(path) for path in arguments]
        return View(
            self.state, base, kind, asked, [axis for axis, _ in self.index_values], extend(base.path, step)
        )

    def _asked(self, path: Path) -> list[Value]:
        if path.literal:
            return [containers.constant(effects.literal(path))]
        return self._all(path)

    def _check_demand(self, signature: Signature) -> None:
        """Tell of axes that a view would have to merge although they are apart in memory."""
        clause = signature.clause("demands")
        atom = parse_atom(clause.text) if clause is not None else None
        if atom is None or atom.relation != "viewable":
            return
        for actual in self._actuals(atom.arguments[0].root):
            view = self._view(actual.value, atom.arguments[1:], "reshaped", Step(self.site, "reshaped"))
            verdict = reshape.verdict(actual.value, view.lengths())
            if verdict.legal is False:
                self.emit(Merged(self.site, actual.operand, actual.value, verdict.merges))

    def _viewable(self, atom: effects.Atom) -> bool | None:
        """Whether the tensor of a guard can be seen as it asks for without a copy."""
        base = self._one(atom.arguments[:1])
        if base is None:
            return None
        kind = {"viewable": "reshaped", "mergeable": "merged"}[atom.relation]
        return reshape.viewable(
            base, self._view(base, atom.arguments[1:], kind, Step(self.site, kind)).lengths()
        )


def _atoms(case: effects.Case) -> tuple[effects.Atom, ...]:
    return case.guard.atoms if case.guard is not None else ()


def _returns_argument(case: effects.Case) -> bool:
    """Whether the case gives back what it was given, or a view, only because that already was an array."""
    term = case.term.term if isinstance(case.term, Typed) else case.term
    return isinstance(term, Path) or (
        isinstance(term, Applied) and any(a.relation == "array" for a in _atoms(case))
    )


def _makes_new(term: Term) -> bool:
    inner = term.term if isinstance(term, Typed) else term
    return isinstance(inner, New) or (isinstance(inner, Word) and inner.text == "unknown")


def _stands_for_many(value: Value) -> Value:
    """An element that a call takes out of something unknown, for all that it takes out."""
    if value.path and value.path[-1].selects:
        return _any_of(value)
    return (
        replace(value, object=replace(value.object, old=True))
        if isinstance(value.object, (Held, Opaque))
        else value
    )


def _any_of(value: Value) -> Value:
    """A view that stands for many of its kind: each element of the container may be another one."""
    last = value.path[-1:]
    return replace(value, path=(*value.path[:-1], *(replace(step, old=True) for step in last)))


def _many_of(value: Value) -> Value:
    """What a call newly made for each element of a container: one object that stands for many."""
    if isinstance(value.object, (Allocation, Opaque)) and not is_plain(value):
        return replace(value, object=replace(value.object, old=True))
    return value


def _is_measured(term: Term) -> bool:
    """Whether a result comes from metadata alone."""
    if isinstance(term, Applied):
        return term.word in effects.MEASURES
    return isinstance(term, Word) and term.text == "meta"


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


__all__ = ["Actual", "Application", "alternatives", "bind"]
