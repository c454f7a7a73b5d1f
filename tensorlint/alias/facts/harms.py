"""Who is harmed by a write: the elements that it changes, seen through somebody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from tensorlint import ir
from tensorlint.alias import results
from tensorlint.alias.after import Observer, certain, derived
from tensorlint.alias.events import Read, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.borrowing import Borrowing
from tensorlint.alias.facts.naming import Naming
from tensorlint.alias.facts.values import describe
from tensorlint.alias.lattice import Choice, Held, Value, alternatives, family, is_plain, same_elements
from tensorlint.finding import Quote
from tensorlint.knowledge.effects import PREDICATES

TRANSPOSING = frozenset({"permuted", "swapped"})  # kinds of views that two axes at least are asked for


@dataclass(frozen=True, slots=True)
class Harm:
    """A write through one value that somebody sees through another.

    ``view`` and ``base`` are what a person calls the two; ``taken`` is where the view was taken (``views``:
    all steps that lead from the base to it, the last one first), ``read`` where the base is read again
    (nowhere, when it is state that outlives the call); ``condition`` says when they share, empty for always.
    ``second_name`` says that the two are one tensor under two names, ``bridge`` that they are of two
    libraries, ``siblings`` that the one which is read is a view as well.
    """

    through: Value
    view: str | Quote
    base: str | Quote
    taken: ir.Origin
    views: tuple[ir.Origin, ...]
    read: ir.Origin | None
    condition: str
    second_name: bool
    bridge: bool
    siblings: bool = False


class Harms(Borrowing, Naming):
    """Writes, and who sees them; what several rules ask is worked out once."""

    @cached_property
    def _harms(self) -> dict[int, Harm | None]:
        return {}

    def base_of(self, write: Write) -> str:
        """What a person calls the tensor that the written one certainly is a view of; empty where it is
        none.
        """
        leaves = [leaf for leaf, _ in alternatives(write.through)]
        known = self.certainty(write.operand, write.through) is not Certainty.GUESSED
        if not known or not self.is_tensor(write.through):
            return ""
        names = [self._named_base(leaf) for leaf in leaves]
        return names[0] if all(names) else ""

    def _named_base(self, value: Value) -> str:
        """The nearest tensor with a name that a value is a view of."""
        views = [position for position, step in enumerate(value.path) if step.is_view]
        found = (self.name_of(replace(value, path=value.path[:position])) for position in reversed(views))
        return next(filter(None, found), "")

    def harm_of(self, write: Write) -> Harm | None:
        """The harm of a write through a named view: the view is read afterwards, and so is its base."""
        if id(write) not in self._harms:
            found = self._harm_of(write)
            told = found is not None and not found.bridge and self.broadcast(write) is not None
            self._harms[id(write)] = None if told else found
        return self._harms[id(write)]

    def is_told(self, write: Write) -> bool:
        """Whether a write is one of this function that harms by itself."""
        return id(write) in self.places and self.harm_of(write) is not None

    def _harm_of(self, write: Write) -> Harm | None:
        if isinstance(write.operand, ir.Literal) or self._may_be_number(write.through):
            return None
        if (stencil := self.stencil(write) or self.exchanged(write)) is not None:
            view = self.name(write.operand, write.through, write.origin)
            return Harm(
                write.through, view, stencil.name, stencil.taken, (), stencil.read, "", True, bridge=False
            )
        if (given := self.activated(write)) is not None:
            return Harm(
                write.through, given.result, given.name, write.origin, (), given.read, "", True, bridge=False
            )
        after = self.after(write)
        if after.view is None:
            return None
        item = None
        if after.base is not None:
            if results.root_name(after.base.read.operand, self.uses) == write.operand:
                return None  # reached by the very name that is written, whatever became of it in a loop
            if self._is_named_since(write, after.base.read):
                return None
            leaf = self._sharing_leaf(write.through, after.base.read.value)
            read: ir.Origin | None = after.base.read.origin
            base, condition = self.base_name(after.base, write.through), after.base.condition
        else:
            leaf, condition = self._lasting_leaf(write, after.view)
            item = self._taken_out(write, leaf) if leaf is not None else None
            read, base = None, "" if leaf is None else self.name_of(Value(leaf.object))
            if leaf is not None and item is not None:  # the name that is written is one of its own
                base = describe(family(leaf.object))
                condition = "" if self._is_cached(leaf) else condition
        if (
            leaf is None
            or not base
            or self._is_declared(leaf)
            or self.is_readonly(leaf)
            or not self._can_be_changed(leaf, after.base)
            or PREDICATES["path"] in condition
            or self.is_void(condition, leaf)
            or _changes_nothing(write, condition)
            or any(self.references(leaf, "shallow"))
        ):
            return None
        named = tuple(self.references(leaf, "alias"))
        if after.base is not None and derived(after.base.read.value, write.through):
            # The base was reached from what is written: an older name of the very same tensor.
            seen = self._sharing_leaf(after.base.read.value, write.through) or after.base.read.value
            named = tuple(self.references(seen, "alias"))
            taken, same = next(iter(named), None), True
        else:
            taken = next(iter((*self.views_of(leaf), *named)), item)
            same = (bool(named) or item is not None) and not self.is_view(leaf)
        site = self.choice_site(write.through) if condition else taken
        if site is None:
            return None
        if self._is_filling(write) and not (same and self._is_read_by_name(after.base)):
            return None
        view = self.name(self._named_as(write), write.through, write.origin)
        # One name at two times: nobody else holds it. And an array's own methods are there to write it.
        known = (view, self.name_of(write.through), self._path_of(write.operand), self.function.receiver)
        if base in known or self._is_meant(write, base, after.base, site):
            return None
        holder = after.base.read.value if after.base is not None else self._as_made(leaf.object)
        bridge = self._are_of_two_libraries(leaf, holder)
        common = self.views_of(after.base.read.value) if after.base is not None else ()
        views = tuple(origin for origin in self.views_of(write.through) if origin not in common)
        siblings = after.base is not None and _are_siblings(leaf, after.base.read)
        return Harm(leaf, view, base, site, views, read, condition, same, bridge, siblings)

    def _is_meant(self, write: Write, base: str | Quote, seen: Observer | None, taken: ir.Origin) -> bool:
        """Whether the code around a write shows that the other name is to have what is written."""
        return (
            self.is_put_back(write, seen)
            or self.is_filled_by_helper(write, base)
            or (seen is None and self.is_given_back(write, base))
            or self.is_stored_twice(write, base)
            or self.is_masked_on_both_sides(write, seen)
            or self.says_in_place(write, base, taken, *self.references(write.through, "alias"))
        )

    def _is_named_since(self, write: Write, read: Read) -> bool:
        """Whether a name that is read was given only after the write, to what was written or a copy of it."""
        name = read.operand
        if not isinstance(name, str) or name.startswith("%") or not isinstance(read.value.object, Choice):
            return False
        before = self.value_before(write, name)
        if before is not None and certain(before, write.through)[0]:
            return False
        written = {(leaf.object, leaf.path) for leaf, _ in alternatives(write.through)}
        return any((leaf.object, leaf.path) in written for leaf, _ in alternatives(read.value))

    def _is_declared(self, value: Value) -> bool:
        """Whether the function declares to write what a value is part of: ``# tensorlint: mutates x``."""
        thing = value.object
        while True:
            if describe(thing) in self.function.mutates:
                return True
            if not isinstance(thing, Held):
                return False
            thing = thing.owner

    def _can_be_changed(self, written: Value, base: Observer | None) -> bool:
        """Whether both sides are of libraries whose tensors are written by name.

        What TensorFlow, JAX and pandas lend to others is read-only, or it is a bridge between libraries:
        another harm.
        """
        kinds = {written.type} | ({base.read.value.type} if base is not None else set())
        known = (kind for kind in kinds if self.catalog.is_tensor(kind) or self.catalog.lends(kind))
        fixed = (kind for kind in known if not self.catalog.is_writable(kind))
        return all(self.catalog.is_variable(kind) for kind in fixed)

    def _are_of_two_libraries(self, first: Value, second: Value) -> bool:
        """Whether two values over one memory are of different libraries: an array over a tensor or bytes."""
        names = {self._library(first), self._library(second)}
        return len(names) == 2 and "" not in names and names != {"tensorflow", "keras"}

    def _library(self, value: Value) -> str:
        """The library of a value's class, or of the tensors that it derives from or holds:
        NumPy's for SciPy's objects.
        """
        bases = self.catalog.bases(value.type)
        tensor = next((base for base in bases if base == self.catalog.tensor_type(base)), "")
        return (tensor or self.catalog.tensor_type(value.type) or value.type).partition(".")[0]

    def _is_filling(self, write: Write) -> bool:
        """Whether the write fills storage that was made blank here."""
        return any(leaf.object in write.blank for leaf, _ in alternatives(write.through))

    def _is_read_by_name(self, observer: Observer | None) -> bool:
        """Whether elements are read by a local name, beside the one by which they are written."""
        if observer is None:
            return False
        value = observer.read.value
        if not isinstance(value.object, Choice):
            return (value.object, value.path) in self.solution.named
        name = results.root_name(observer.read.operand, self.uses)
        return isinstance(name, str) and not name.startswith("%")

    def _may_be_number(self, value: Value) -> bool:
        """Whether the value may be a number, as ``x[i]`` of one axis is: writing that rebinds.

        An element of what is transposed is none: nobody transposes what has one axis.
        """
        leaves = [leaf for leaf, _ in alternatives(value)]
        turned = any(step.kind in TRANSPOSING for leaf in leaves for step in leaf.path)
        return any(map(is_plain, leaves)) and not turned

    def _sharing_leaf(self, through: Value, base: Value) -> Value | None:
        """The alternative of a written value that certainly overlaps the base."""
        if through.object == base.object:
            return through
        for leaf, _ in alternatives(through):
            if certain(leaf, base)[0]:
                return leaf
        return None


def _changes_nothing(write: Write, condition: str) -> bool:
    """Whether a tensor is assigned to itself under a condition: ``x.copy_(packed)`` for ``packed =
    x.contiguous()``.
    """
    return bool(condition) and any(
        when == condition and same_elements(leaf, write.region)
        for assigned in write.assigned
        for leaf, when in alternatives(assigned)
    )


def _are_siblings(written: Value, read: Read) -> bool:
    """Whether what is read by its name is no ancestor of the view that is written, but another view."""
    paths = [tuple(step for step in each.path if step.is_view) for each in (written, read.value)]
    named = isinstance(read.operand, str) and not read.operand.startswith("%")
    return named and paths[0][: len(paths[1])] != paths[1]
