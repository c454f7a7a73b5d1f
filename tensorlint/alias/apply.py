"""Apply a signature to the arguments of one call: its result, its writes, and who was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias import containers, directions, layout, lengths, reshape
from tensorlint.alias.axes import UNKNOWN_LAYOUT
from tensorlint.alias.events import Event, Merged, Read, Unmet
from tensorlint.alias.guards import ABOUT_AXES, ABOUT_DATA, Actual, Bound, Verdicts
from tensorlint.alias.lattice import (
    PLAIN_TYPE,
    Allocation,
    Alternative,
    Opaque,
    Value,
    alternatives,
    is_plain,
)
from tensorlint.alias.making import Making
from tensorlint.alias.region import At, Axis, Step, extend
from tensorlint.alias.state import State, chosen, join_values
from tensorlint.alias.terms import atoms_of, gives_number, is_measured, returns_argument, sources
from tensorlint.alias.views import View
from tensorlint.alias.writing import Writing
from tensorlint.knowledge import effects
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Applied, Many, New, Path, Signature, Term, Typed, Word
from tensorlint.knowledge.grammar import parse_condition, parse_demand


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
    readonly: bool = False  # whether writing to a view that it gives raises

    def result(self, signature: Signature) -> Value:
        """Do what the signature says and give its result."""
        verdicts = Verdicts(
            self.catalog,
            self.bound,
            self.follow,
            self.index,
            self.index_values,
            self.used_as_array,
            self._viewable,
            else_number=any(gives_number(case.term) for case in signature.cases),
        )
        readonly = signature.clause("readonly")
        if readonly is not None:
            self.readonly = not readonly.text or verdicts.atom(parse_condition(readonly.text)) is True
        taken: list[tuple[effects.Case, str]] = []
        for case in signature.cases:
            verdict = True if case.guard is None else verdicts.guard(case.guard)
            if verdict is False:
                continue
            if verdict is None and any(
                atom.relation not in ABOUT_DATA | ABOUT_AXES and verdicts.atom(atom) is None
                for atom in atoms_of(case)
            ):
                return self._not_known(signature)
            taken.append((case, self._condition(case, verdicts)))
            if verdict is True:
                break
        self._read(signature, [case for case, _ in taken])
        self._check_demand(signature)
        outcomes = [
            (self._known_by_guard(case, self._perform(case, signature)), condition)
            for case, condition in taken
        ]
        if not outcomes:
            return containers.unknown(self.site)
        if len(outcomes) == 1 and not (outcomes[0][1] and returns_argument(taken[0][0])):
            return outcomes[0][0]
        undecided = effects.PREDICATES["path"]
        if any(undecided in condition for _, condition in outcomes):  # so is whatever is left
            outcomes = [(value, condition or undecided) for value, condition in outcomes]
        return self.either(outcomes)

    def _viewable(self, atom: effects.Atom) -> bool | None:
        """Whether the tensor of a guard can be seen as it asks for without a copy."""
        base = self.first(atom.arguments[:1])
        if base is None:
            return None
        kind = {"viewable": "reshaped", "mergeable": "merged"}[atom.relation]
        return reshape.viewable(
            base, self._view(base, atom.arguments[1:], kind, Step(self.site, kind)).lengths()
        )

    def _check_demand(self, signature: Signature) -> None:
        """Tell of axes that a view would have to merge although they are apart in memory, and of axes that
        run backwards where they must not.
        """
        clause = signature.clause("demands")
        if clause is None:
            return
        atom, failure = parse_demand(clause.text)
        if atom.arguments[0].steps:
            return
        for actual in self.actuals(atom.arguments[0].root):
            if atom.relation in effects.FORWARD and any(
                directions.runs_backwards(leaf) for leaf, when in alternatives(actual.value) if not when
            ):
                self.emit(Unmet(self.site, actual.operand, actual.value, self.callee, failure))
            if atom.relation != "viewable":
                continue
            view = self._view(actual.value, atom.arguments[1:], "reshaped", Step(self.site, "reshaped"))
            verdict = reshape.verdict(actual.value, view.lengths())
            if verdict.legal is False:
                self.emit(Merged(self.site, actual.operand, actual.value, verdict.merges))

    def _known_by_guard(self, case: effects.Case, value: Value) -> Value:
        """What is returned because it already is an array, is one; likewise contiguous."""
        if value.type != self.tensor and any(
            atom.relation == "array" and not atom.negated for atom in atoms_of(case)
        ):
            value = replace(value, type=self.tensor)
        if not any(atom.relation == "contiguous" and not atom.negated for atom in atoms_of(case)):
            return value
        known, rank = layout.packed(value)
        return replace(value, layout=known, rank=rank)

    def _condition(self, case: effects.Case, verdicts: Verdicts) -> str:
        """What the case says of the data at run time, in words; also where it is known to be so here."""
        atoms = tuple(
            atom
            for atom in atoms_of(case)
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
        if is_measured(term) or (isinstance(term, Word) and term.text == "plain"):
            return PLAIN_TYPE
        return self.tensor if isinstance(term, (New, Applied)) else ""

    def either(self, outcomes: list[tuple[Value, str]]) -> Value:
        """One of several outcomes, each with its condition."""
        first = outcomes[0][0]
        if all(map(self._is_new, (value for value, _ in outcomes))):  # whichever case it is
            return join_values([replace(v, object=first.object) for v, _ in outcomes], self.site, "")
        # The same instruction decides anew whenever it runs, so the choice is made at its own site.
        options = tuple(Alternative(value, condition) for value, condition in outcomes)
        return chosen(options, self.site, "")

    def _is_new(self, value: Value) -> bool:
        """Whether a value is a tensor that this call made, filled, and nothing but that."""
        made = value.object
        own = isinstance(made, Allocation) and made.site == self.site and not made.old
        return own and not value.path and made not in self.state.heap and made not in self.state.blank

    # Reads and writes

    def _read(self, signature: Signature, cases: list[effects.Case]) -> None:
        if signature.clause("measured") is not None or (
            cases and all(is_measured(case.term) for case in cases)
        ):
            return
        handed_on: set[str] = set()
        for case in cases:
            if any(atom.relation == "path" for atom in atoms_of(case)):
                continue  # the function looks at what it is given before it decides
            handed_on |= set(sources(case.term))
            handed_on |= {write.path.root for write in case.writes}
            for write in case.writes:
                if isinstance(write, effects.ReferenceStored):
                    handed_on |= set(sources(write.term))
        for name, bound in self.bound.items():
            if name in handed_on and not self._converts(bound):
                continue
            for actual in bound if isinstance(bound, tuple) else (bound,):
                for value in containers.reachable(self.state, actual.value):
                    if not is_plain(value):
                        self.emit(Read(self.site, actual.operand, value, "use"))

    def _converts(self, bound: Actual | tuple[Actual, ...]) -> bool:
        """Whether a tensor of a library that lends no writable memory is handed to another one: it is
        read.
        """
        kind = bound.value.type if isinstance(bound, Actual) else ""
        return self.catalog.is_tensor(kind) and not self.catalog.is_writable(kind) and kind != self.tensor

    def _perform(self, case: effects.Case, signature: Signature) -> Value:
        clause = signature.clause("assigns")
        assigned = tuple(self.values(Path(clause.text))) if clause is not None else ()
        writing = Writing(self)
        for write in case.writes:
            if isinstance(write, effects.ElementsWritten):
                writing.elements(write, assigned)
        value = self.evaluate(case.term)
        for write in case.writes:
            if isinstance(write, effects.ReferenceStored):
                writing.reference(write)
            elif write.what == "axes" and write.path == case.term:
                value = replace(value, layout=UNKNOWN_LAYOUT, rank=None)
        return value

    def actuals(self, name: str) -> tuple[Actual, ...]:
        """What was given for a parameter: several for ``*args``."""
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
            return Making(self).new(term)
        if isinstance(term, Path):
            return self._path(term)
        if isinstance(term, Many):
            return Making(self).many(term)
        return self._measured(term) if term.word in effects.MEASURES else self._applied(term)

    def slot(self) -> int:
        """A number of its own for each thing that the call makes."""
        self.slots += 1
        return self.slots - 1

    def _word(self, word: str) -> Value:
        if word == "none":
            return containers.constant(None)
        if word in ("plain", "meta"):
            return containers.plain(self.site, self.slot())
        return containers.unknown(self.site, self.slot())

    def first(self, paths: tuple[Path, ...] | None) -> Value | None:
        """The first value that a term's first path leads to."""
        if not paths:
            return None
        return next(iter(self.values(paths[0])), None)

    def values(self, path: Path) -> list[Value]:
        """What a path leads to from each argument of its parameter."""
        found = [self.follow(actual.value, path.steps) for actual in self.actuals(path.root)]
        return [value for value in found if value is not None]

    def _path(self, path: Path) -> Value:
        # One of several things, decided by the call; a loop takes all of them, one after the other.
        when = effects.PREDICATES["path"] if path.steps[-1:] == (containers.REST,) else ""
        ways = [self.follow(actual.value, path.steps, when) for actual in self.actuals(path.root)]
        found = [value for value in ways if value is not None]
        if not found:
            return containers.unknown(self.site, self.slot())
        return join_values(found, self.site, "")

    def follow(self, value: Value, steps: tuple[str, ...], when: str = "") -> Value | None:
        """What is reached from ``value``: attributes, elements."""
        for step in steps:
            if step == containers.REST:
                value = self.element(value, when)
            else:
                stored = containers.load(self.state, value, step)
                value = stored if stored is not None else containers.held(value, step, self.site)
        return value

    def element(self, value: Value, when: str = "") -> Value:
        """One element at a position that is not known: of a container, or a row of a tensor.

        ``when`` is the condition under which it is one of several.
        """
        if is_plain(value):
            return containers.plain(self.site, self.slot())
        picked = containers.pick(self.state, value, self.site, when=when)
        if picked is not None:
            return picked
        entry = self.catalog.method(value.type, "__iter__") if value.type else None
        if entry is not None and self.catalog.is_tensor(value.type):
            rows = Application(
                self.catalog,
                self.state,
                self.site,
                self.emit,
                entry.name,
                entry.tensor,
                {"self": Actual("", value)},
                used_as_array=self.used_as_array,
                slots=self.slots,
            )
            result = self._row(rows.result(entry.signature), value)
            self.slots = rows.slots
            return result
        if isinstance(value.object, (Allocation, Opaque)) and value.type not in containers.CONTAINERS:
            return containers.unknown(self.site, self.slot())
        return containers.held(value, containers.REST, self.site)

    def _row(self, rows: Value, base: Value) -> Value:
        if rows.type == "builtins.iter":
            picked = containers.pick(self.state, rows, self.site)
            if picked is not None and picked.path and not is_plain(picked):
                step = Step(self.site, "row", (At(Allocation(self.site, 9)),))
                return base.step(step, *layout.row(base), picked.type)
            return picked if picked is not None else containers.unknown(self.site, self.slot())
        return rows if not rows.type or is_plain(rows) else containers.unknown(self.site, self.slot())

    def _measured(self, term: Applied) -> Value:
        """The lengths of a tensor's axes, or one of them."""
        base = self.first(term.arguments[:1])
        if base is None:
            return containers.plain(self.site, self.slot())
        shape = layout.shape(base)
        if term.word == "extents":
            return shape
        axis = lengths.requested(self.state, self._asked(term.arguments[1]))
        number = axis[0].number if axis and len(axis) == 1 and axis[0] is not None else None
        found = lengths.entry(shape, number, self.site) if number is not None else None
        return found if found is not None else containers.plain(self.site, self.slot())

    def _applied(self, term: Applied) -> Value:
        found = [self.sharing(value, term, term.word) for value in self.values(term.arguments[0])]
        if not found:
            return containers.unknown(self.site, self.slot())
        return join_values(found, self.site, "")

    def sharing(self, base: Value, term: Applied, kind: str) -> Value:
        """``base`` through the view that the term names."""
        if is_plain(base) or (base.type in containers.CONTAINERS and kind != "reach"):
            rank = 0 if is_plain(base) else None
            base = Value(Allocation(self.site, self.slot()), type=self.tensor, rank=rank)
            if kind not in effects.OVERLAPPING:
                return replace(base, rank=None)
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
        if kind in ("part", "some"):  # not known which: another one each time that the signature takes one
            axes = (At(Allocation(self.site, f"part{self.slot()}")),)
        if kind in effects.OVERLAPPING:
            kind = self._overlapping(base, term)
        step = Step(self.site, kind, axes, readonly=self.readonly)
        shape = term.word if term.word in ("row", *effects.OVERLAPPING) else kind
        return base.step(step, *self._view(base, _asked_of(term), shape, step).ranked(), type)

    def _overlapping(self, base: Value, term: Applied) -> str:
        """The kind of a view that may be many times one cell, as far as its axes tell."""
        repeats = self._view(base, _asked_of(term), term.word, Step(self.site, term.word)).repeats()
        if repeats is None:
            return "overlaid"
        whole = term.word in ("expanded", "broadcast")
        return ("expanded" if whole else "windows") if repeats else ("view" if whole else "strided")

    def _view(self, base: Value, arguments: tuple[Path, ...], kind: str, step: Step) -> View:
        asked = [self._asked(path) for path in arguments]
        return View(
            self.state, base, kind, asked, [axis for axis, _ in self.index_values], extend(base.path, step)
        )

    def _asked(self, path: Path) -> list[Value]:
        if path.literal:
            return [containers.constant(effects.literal(path))]
        return self.values(path)


def _asked_of(term: Applied) -> tuple[Path, ...]:
    """What a view is asked for; what is broadcast, for the shape of all that it is broadcast with."""
    return term.arguments if term.word == "broadcast" else term.arguments[1:]
