"""Questions about writes whose source and target overlap: what is read has been overwritten already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias.after import certain
from tensorlint.alias.events import Called, Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.facts.outcomes import Outcomes
from tensorlint.alias.lattice import Allocation, Choice, Value, is_old
from tensorlint.alias.region import At, Axis, Between, Overlap, Rest, Step, compare_paths, same_region

Path = tuple[Step, ...]

FULL = Between(None, None, None)
REORDERING = frozenset({"permuted", "swapped", "moved"})
KEEPING = frozenset({"same_layout", "squeezed", "unsqueezed", "expanded"})  # the same elements
SHUFFLES = frozenset({"random.shuffle", "random.Random.shuffle"})
STACKING = frozenset(
    f"numpy.{name}"
    for name in "vstack row_stack column_stack stack dstack atleast_2d atleast_3d outer".split()
)
_ELEMENTWISE = "add sub mul div pow maximum minimum"
ARITHMETIC = frozenset(f"torch.Tensor.{name}_" for name in _ELEMENTWISE.split())
INTO = frozenset(  # what they compute they give in `out`, element by element
    f"torch.{name}" for name in f"{_ELEMENTWISE} exp log sqrt abs neg sigmoid tanh clamp where".split()
)


@dataclass(frozen=True, slots=True)
class Overlapping:
    """What a write reads of its own target: where that view was taken, and where it was overwritten before.

    ``overwritten`` is None where the write itself does that.
    """

    taken: ir.Origin
    overwritten: ir.Origin | None


class Overlaps(Outcomes):
    """Sources that overlap their targets."""

    def shuffles_rows(self, write: Write) -> bool:
        """Whether ``random.shuffle`` swaps views: rows of an array, or even the elements of a tensor."""
        shuffled = write.through
        if write.callee not in SHUFFLES or self.certainty(write.operand, shuffled) is Certainty.GUESSED:
            return False
        rows = (shuffled.rank or 0) > 1 or self._is_stacked(shuffled)
        return self.is_tensor(shuffled, "torch") or (rows and self.is_tensor(shuffled, "numpy"))

    def _is_stacked(self, value: Value) -> bool:
        """Whether an array was made by a function that gives two axes or more, and none was taken away."""
        if any(step.selects for step in value.path) or not isinstance(value.object, Allocation):
            return False
        made = (e for e in self.events() if isinstance(e, Called) and e.origin == value.object.site)
        return any(name in STACKING for call in made for name in call.names)

    def overlapping(self, write: Write) -> Overlapping | None:
        """The view of its own target that a write reads too late, or while it is overwritten; else None."""
        if self.certainty(write.operand, write.through) is Certainty.GUESSED:
            return None
        found = self._overlapping(write)
        return None if found is None or self.is_trial(write.origin) else found

    def _overlapping(self, write: Write) -> Overlapping | None:
        user = self.instruction(write)
        for operand, repeats in self._sources(user, write):
            source = self.value_at(user, operand)
            if source is None or not self._is_part(source, write.region):
                continue
            target, part = _apart(write.region, source)
            if self._is_shift(user, operand):
                target, part = _shifted_by_one(target), _shifted_by_one(part)
            overwritten = self._overwritten(write, source, part) if isinstance(user, ir.SetItem) else None
            if overwritten is not None:
                return Overlapping(part[-1].site, overwritten)
            if self.is_tensor(source, "torch") and _clashes(target, part, repeats):
                return Overlapping(part[-1].site, None)
        return None

    def indexes_itself(self, write: Write) -> bool:
        """Whether a tensor of PyTorch is the index of a store to itself, and a tensor is stored."""
        user = self.instruction(write)
        if not isinstance(user, ir.SetItem) or user.augmented or not self.is_tensor(write.through, "torch"):
            return False
        value = self.value_at(user, user.value)
        picked = [selector.value for selector in user.index if isinstance(selector, ir.Pick)]
        return value is not None and self.is_tensor(value, "torch") and picked == [user.base]

    def _sources(self, user: ir.Instr, write: Write) -> Iterator[tuple[ir.Operand, bool]]:
        """What a write takes its values from, and whether an operator may repeat it over the target."""
        if isinstance(user, ir.SetItem) and not user.augmented:
            yield user.value, False
        elif isinstance(user, ir.SetItem):  # `x[i] += v`
            for instr in self.uses.mentions.get(str(user.value), ()):
                if isinstance(instr, ir.Augment):
                    yield instr.value, True
        elif isinstance(user, ir.Augment):
            yield user.value, True
        elif isinstance(user, ir.CallMethod) and user.receiver == write.operand and user.arguments:
            if write.callee == "torch.Tensor.copy_" or write.callee in ARITHMETIC:
                yield user.arguments[0].value, write.callee in ARITHMETIC
        elif isinstance(user, ir.Call) and write.callee in INTO:
            if ir.Argument(write.operand, "out") in user.arguments:
                yield from ((argument.value, False) for argument in user.arguments if not argument.keyword)

    def _is_shift(self, user: ir.Instr, operand: ir.Operand) -> bool:
        """Whether a tensor is moved along an axis by a number with a name: ``t[:, n:] = t[:, :-n]``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) else None
        if isinstance(user, ir.CallMethod) and isinstance(user.receiver, str):  # `t[n:].copy_(t[:-n])`
            written = self.uses.made.get(user.receiver)
        else:
            written = user
        if not isinstance(made, ir.GetItem) or not isinstance(written, (ir.GetItem, ir.SetItem)):
            return False
        if len(made.index) != len(written.index):
            return False
        different = [pair for pair in zip(written.index, made.index, strict=True) if pair[0] != pair[1]]
        if len(different) != 1 or not all(isinstance(each, ir.Cut) for each in different[0]):
            return False
        cuts = [each for each in different[0] if isinstance(each, ir.Cut)]
        begins, ends = sorted(cuts, key=lambda cut: cut.lower == ir.Literal(None))
        if not begins.upper == begins.step == ends.lower == ends.step == ir.Literal(None):
            return False
        first, last = self._count(begins.lower), self._count(ends.upper)
        if first is None or last is None:
            return False
        return self._is_same(first[0], last[0]) and first[1:] == (1, -last[2]) and last[1] == -1

    def _count(self, operand: ir.Operand) -> tuple[ir.Operand, int, int] | None:
        """What is computed of one number with a name: ``(s, -1, -2)`` for ``-s - 2``."""
        made = self.uses.made.get(operand) if isinstance(operand, str) else None
        if not isinstance(made, ir.Operate) or made.operator not in ("+", "-"):
            return (operand, 1, 0) if isinstance(operand, str) else None
        sign = 1 if made.operator == "+" else -1
        if len(made.operands) == 1:
            found = self._count(made.operands[0])
            return None if found is None else (found[0], sign * found[1], sign * found[2])
        first, second = made.operands
        found = self._count(first)
        number = second.value if isinstance(second, ir.Literal) else None
        if found is None or type(number) is not int:
            return None
        return found[0], found[1], found[2] + sign * number

    def _is_same(self, first: ir.Operand, second: ir.Operand) -> bool:
        """Whether two operands are one name, or one attribute of the same name."""
        made = [self.uses.made.get(each) if isinstance(each, str) else None for each in (first, second)]
        read = [(each.base, each.name) for each in made if isinstance(each, ir.GetAttribute)]
        return first == second or (len(read) == 2 and read[0] == read[1])

    def _is_part(self, source: Value, target: Value) -> bool:
        """Whether a source certainly is a view of the storage that is written."""
        if source.object != target.object or isinstance(source.object, Choice) or is_old(source.object):
            return False
        return self.is_tensor(source) and bool(_apart(target, source)[1])

    def _overwritten(self, write: Write, source: Value, part: Path) -> ir.Origin | None:
        """Where another part of the same tensor was stored over a view, since that was taken: half a swap."""
        block, position = self.places[id(write)]
        taken = {step.site for step in part}
        for occurrence in reversed(self.solution.occurrences[block][:position]):
            instr = occurrence.instr
            if instr.origin in taken:
                return None
            for event in occurrence.events:
                if not isinstance(event, Write) or not isinstance(instr, ir.SetItem) or instr.augmented:
                    continue
                stored = self.value_at(instr, instr.value)
                if stored is None or not self._is_part(stored, source) or event.region == event.through:
                    continue  # a mask may leave the view alone
                if certain(event.region, source)[0]:
                    return event.origin
        return None


def _apart(first: Value, second: Value) -> tuple[Path, Path]:
    """The views that two values of one storage are, seen from the last view that both were taken from."""
    paths = [tuple(step for step in value.path if step.is_view) for value in (first, second)]
    common = 0
    while all(common < len(path) for path in paths) and same_region(paths[0][common], paths[1][common]):
        common += 1
    return paths[0][common:], paths[1][common:]


def _shifted_by_one(path: Path) -> Path:
    """Slices from ``n`` on and up to ``-n``, as if ``n`` were one: what else it may be, they mostly meet."""
    return tuple(
        replace(step, axes=tuple(map(_from_one, step.axes))) if step.kind == "subset" else step
        for step in path
    )


def _from_one(axis: Axis) -> Axis:
    if not isinstance(axis, Between):
        return axis
    lower, upper = (bound is None or isinstance(bound, int) for bound in (axis.lower, axis.upper))
    return Between(axis.lower if lower else 1, axis.upper if upper else -1, axis.step)


def _clashes(target: Path, source: Path, repeats: bool) -> bool:
    """Whether PyTorch refuses to write a target from a part of itself, or reads what it has just overwritten.

    It refuses where both are in one piece. Else it goes on from the front to the end, so that only a source
    which begins before its target is read too late. ``repeats``: one position may be read for many.
    """
    if compare_paths(target, source) not in (Overlap.ALWAYS, Overlap.USUALLY):
        return False
    written, read = _selected(target), _selected(source)
    if written is None or read is None:
        return False
    if any(step.kind in REORDERING for step in source):
        return written == read and not any(step.kind in REORDERING for step in target)
    length = max(len(written), len(read))
    ours, theirs = (axes + [FULL] * (length - len(axes)) for axes in (written, read))
    different = [place for place in range(length) if ours[place] != theirs[place]]
    if len(different) != 1:
        return False
    (place,) = different
    if not repeats and (_position(ours[place]) or _position(theirs[place])):
        return False  # one position stored to many that it is among: it is stored to itself as well
    if all(isinstance(axis, At) for axis in ours[:place]) and all(axis == FULL for axis in ours[place + 1 :]):
        return True
    begins, one = _begin(theirs[place]), _position(theirs[place])
    return begins is not None and (one or begins < (_begin(ours[place]) or 0))


def _selected(path: Path) -> list[Axis] | None:
    """What is selected from each axis, ``...`` being all of one; None where that is not clear."""
    found: list[Axis] = []
    for step in path:
        axes = [FULL if axis == Rest() else axis for axis in step.axes if axis != At(None)]
        if step.old or step.kind not in ("subset", *KEEPING, *REORDERING):
            return None
        if step.kind == "subset" and any(axis != FULL for axis in axes):
            if found:
                return None
            found = axes
    return found


def _position(axis: Axis) -> bool:
    """Whether one position is selected: an index, or a slice of one."""
    if isinstance(axis, At):
        return True
    if not isinstance(axis, Between):
        return False
    bounds = 0 if axis.lower is None else axis.lower, axis.upper
    return all(isinstance(bound, int) for bound in bounds) and bounds[0] + 1 == bounds[1]


def _begin(axis: Axis) -> int | None:
    """The first position of a selection, where it is known and counted from the front."""
    first = axis.position if isinstance(axis, At) else axis.lower if isinstance(axis, Between) else None
    first = 0 if first is None else first
    return first if isinstance(first, int) and first >= 0 else None
