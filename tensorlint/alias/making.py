"""What a call makes: new tensors, and containers of its results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tensorlint.alias import containers, layout, lengths, reshape
from tensorlint.alias.axes import CONTIGUOUS, UNKNOWN_LAYOUT
from tensorlint.alias.guards import DTYPE, Actual, dtype_trait
from tensorlint.alias.lattice import (
    DEEP,
    Allocation,
    Constant,
    Held,
    Object,
    Opaque,
    Sharing,
    Value,
    alternatives,
    is_old,
    is_plain,
    sharing,
)
from tensorlint.alias.region import Step
from tensorlint.alias.state import State
from tensorlint.ir import Origin
from tensorlint.knowledge.effects import Applied, Many, New, Path, Term, Typed, Word

if TYPE_CHECKING:
    from tensorlint.alias.apply import Application

MOST_AXES = 8  # of numbers written out
LISTS = ("builtins.list", "builtins.tuple")
LOSE_ATTRIBUTES = frozenset({"torch.nn.Parameter", "tensorflow.Variable"})  # when they are deep-copied


class Making:
    """What one call makes, for its :class:`~tensorlint.alias.apply.Application`."""

    def __init__(self, call: Application) -> None:
        self.call = call
        self.state = call.state

    def new(self, term: New) -> Value:
        """``new(...)``: a tensor with storage of its own."""
        doubtful = term.quality("doubtful") is not None
        copied = self.call.first(term.quality("deep"))
        slot = self.call.slot() if copied is None else DEEP
        made = (Opaque if doubtful else Allocation)(self.call.site, slot)
        if copied is not None:
            self._copy_contents(copied, made, [])
        result = Value(made, type=self.call.tensor)
        like = self.call.first(term.quality("like"))
        if like is not None:
            known, rank = layout.like(like) if term.quality("contiguous") is None else layout.packed(like)
            result = replace(result, layout=known, rank=rank)
            if not result.type:
                result = replace(result, type=like.type, traits=like.traits)
        elif term.quality("contiguous") is not None:
            result = replace(result, layout=CONTIGUOUS)
        if (factors := term.quality("product")) is not None:
            first, second = (self.call.first((factor,)) for factor in factors)
            if first is not None and second is not None:
                known, rank = layout.matrix_product(first, second)
                result = replace(result, layout=known, rank=rank)
        if (shape := term.quality("rank")) is not None:
            result = self._shaped(result, self.call.values(shape[0]))
        if (number := term.quality("ranked")) is not None:
            result = replace(result, rank=int(str(number[0])))
        if (numbers := self.call.first(term.quality("nested"))) is not None and result.rank is None:
            result = replace(result, rank=self._nesting(numbers) or None)
            if result.rank is not None and result.layout == UNKNOWN_LAYOUT and "order" not in self.call.bound:
                result = replace(result, layout=CONTIGUOUS)
        if term.quality("blank") is not None:
            self.state.blank |= {result.object}
        if term.quality("backwards") is not None:
            result = result.step(Step(self.call.site, "flipped"))
        traits = {word for word in ("weights", "stateless", "grad") if term.quality(word) is not None}
        if dtype := self._dtype_asked() or self._dtype_of(term.quality("integers")):
            traits.add(dtype)
        result = replace(result, traits=result.traits | traits)
        for word in ("holds", "filled"):
            if (paths := term.quality(word)) is not None:
                for value in self.call.values(paths[0]):
                    inner = [value, *containers.elements(self.state, value)] if word == "filled" else [value]
                    for each in inner[1:] or inner:
                        containers.add(self.state, result, each, self.call.site)
                        if any("weights" in leaf.traits for leaf, _ in alternatives(each)):
                            result = replace(result, traits=result.traits | {"weights"})
        return result

    def _copy_contents(
        self, source: Value, made: Object, copied: list[tuple[Value, Value]], depth: int = 3
    ) -> None:
        """What a deep copy holds: copies of what is known of its source's contents.

        ``copied`` are the pairs so far: what is held twice is copied once.
        """
        contents = self.state.heap.get(source.object)
        if contents is None or depth == 0 or source.type in LOSE_ATTRIBUTES:
            return
        self.state.heap[made] = copies = {}
        for key, value in contents.items():
            if is_plain(value):
                copies[key] = value
                continue
            known = next((copy for original, copy in copied if _is_same(original, value)), None)
            if known is not None:
                copies[key] = known
                continue
            many = key == containers.REST
            # Whether views of one storage are copied together is the library's affair.
            apart = all(sharing(original, value) is Sharing.NONE for original, _ in copied)
            slot = f"{DEEP}{self.call.slot()}"
            inner = (Allocation if apart else Opaque)(self.call.site, slot, many)
            copies[key] = Value(inner, (), value.type, value.layout, value.rank, value.traits)
            copied.append((value, copies[key]))
            self._copy_contents(value, inner, copied, depth - 1)

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

    def _nesting(self, numbers: Value) -> int | None:
        """How deep lists are nested around numbers; ``None`` where something else is among them."""
        level = {numbers}
        for depth in range(MOST_AXES + 1):
            if all(map(is_plain, level)):
                return depth
            inner = [containers.elements(self.state, value) for value in level]
            if not all(inner) or any(value.type not in LISTS for value in level):
                return None
            level = {each for contents in inner for each in contents}
        return None

    def _dtype_asked(self) -> str:
        """The trait of a tensor that is made with a literal ``dtype=``."""
        asked = self.call.bound.get("dtype")
        return dtype_trait(asked.value) if isinstance(asked, Actual) else ""

    def _dtype_of(self, numbers: tuple[Path, ...] | None) -> str:
        """The trait of a tensor made of numbers written out; empty where they are not all integers."""
        pending = [value for path in numbers or () for value in self.call.values(path)]
        if not pending:
            return ""
        seen: set[Value] = set()  # a list may come to hold itself
        while pending:
            value = pending.pop()
            if isinstance(value.object, Constant):
                literal = value.object.value
                if literal is not None and (not isinstance(literal, int) or isinstance(literal, bool)):
                    return ""
            elif value not in seen:
                seen.add(value)
                contents = [] if is_plain(value) else containers.elements(self.state, value)
                if not contents:
                    return ""
                pending += contents
        return f"{DTYPE}int64"

    def many(self, term: Many) -> Value:
        """``list[...]`` and the like: a container of what its terms stand for."""
        result = Value(Allocation(self.call.site, self.call.slot()), type=f"builtins.{term.kind}")
        self.state.heap[result.object] = {}
        used = self.call.used_as_array
        self.call.used_as_array = False  # the container is: its elements may be numbers
        position = 0
        for inner in term.terms:
            for value in self._spread(inner, term.kind):
                # One term of a library's stands for any number of elements.
                several = len(term.terms) == 1 and _makes_new(inner)
                if (
                    (term.kind == "tuple" or self._is_starred(inner))
                    and not several
                    and not (isinstance(inner, Applied) and inner.word in ("part", "row", "reach", "some"))
                ):
                    containers.store(self.state, result, f"[{position}]", value)
                    position += 1
                else:
                    containers.add(
                        self.state, result, many_of(value) if _makes_new(inner) else value, self.call.site
                    )
        self.call.used_as_array = used
        return result

    def _spread(self, term: Term, kind: str) -> list[Value]:
        """The values of one term inside a container; a starred parameter gives several."""
        if isinstance(term, Path) and isinstance(self.call.bound.get(term.root), tuple):
            return self.call.values(term)
        if isinstance(term, Path) and kind != "tuple" and term.steps and term.steps[-1] == containers.REST:
            return [
                inner
                for value in self.call.values(replace(term, steps=term.steps[:-1]))
                for inner in self._contents(value)
            ]
        if isinstance(term, Applied):
            starred = self._is_starred(term)
            if starred or term.word in ("part", "row"):
                kind = term.word if starred else "piece"
                return [self.call.sharing(value, term, kind) for value in self.call.values(term.arguments[0])]
        inner = term.term if isinstance(term, Typed) else term
        if isinstance(inner, Applied) and (kind != "tuple" or inner.word == "some"):
            return [_any_of(self.call.evaluate(term))]
        return [self.call.evaluate(term)]

    def _is_starred(self, term: Term) -> bool:
        """Whether a term makes one thing of each of a starred parameter's arguments."""
        return isinstance(term, Applied) and isinstance(self.call.bound.get(term.arguments[0].root), tuple)

    def _contents(self, value: Value) -> list[Value]:
        return containers.elements(self.state, value) or [_stands_for_many(self.call.element(value))]


def _is_same(first: Value, second: Value) -> bool:
    """Whether two values are one object in every execution."""
    if is_old(first.object) or any(step.old for step in first.path):
        return False
    return first.object == second.object and _views(first) == _views(second)


def _views(value: Value) -> list[Step]:
    return [step for step in value.path if step.is_view]


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


def many_of(value: Value) -> Value:
    """What was newly made, or picked, for each element of a container: one object that stands for many."""
    if value.path and value.path[-1].selects:
        return _any_of(value)
    if isinstance(value.object, (Allocation, Held, Opaque)) and not is_plain(value):
        return replace(value, object=replace(value.object, old=True))
    return value


def dict_of_pairs(state: State, source: Value, origin: Origin) -> Value | None:
    """``dict(model.named_parameters())``; None where nothing is known of pairs that the source gives."""
    pairs = containers.elements(state, source) if source.type == "builtins.iter" else []
    held = [containers.load(state, pair, "[1]") for pair in pairs if pair.type == "builtins.tuple"]
    if not pairs or len(held) < len(pairs) or None in held:
        return None
    result = Value(Allocation(origin), type="builtins.dict")
    state.heap[result.object] = {}
    for value in held:
        if value is not None:
            containers.add(state, result, many_of(value), origin)
    return result
