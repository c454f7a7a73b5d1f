"""What every part of the generator draws with: the scope at a point, and the lines written so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from .forms import Dialect, Dim, Form, Shape

LEAST_SIDE = 4  # every input has at least this many rows and columns; both are even
PARAMETERS: dict[str, Shape] = {
    "x": (Dim("H", LEAST_SIDE), Dim("W", LEAST_SIDE)),
    "y": (Dim("H", LEAST_SIDE), Dim("W", LEAST_SIDE)),
    "row": (Dim("W", LEAST_SIDE),),
    "batch": (Dim("3", 3), Dim("H", LEAST_SIDE), Dim("W", LEAST_SIDE)),
}
CONDITIONS = (
    "case % 2 == 0",
    "case % 2",
    "case > 7",
    "case < 12",
    "case == 3",
    "case % 3 == 0",
    "not case % 2",
)


@dataclass(slots=True)
class Scope:
    """What is certainly bound at a point: names with shapes, containers with the shapes of their elements.

    ``others`` are values of other kinds than the library's tensors, by their kind; ``objects`` hold one
    tensor of a shape in an attribute ``t``.
    """

    tensors: dict[str, Shape] = field(default_factory=dict)
    others: dict[str, dict[str, Shape]] = field(default_factory=dict)
    lists: dict[str, list[Shape]] = field(default_factory=dict)
    tuples: dict[str, list[Shape]] = field(default_factory=dict)
    dicts: dict[str, dict[str, Shape]] = field(default_factory=dict)
    objects: dict[str, Shape] = field(default_factory=dict)
    indices: dict[str, int] = field(default_factory=dict)  # loop variables and the size that they stay below

    def of(self, kind: str) -> dict[str, Shape]:
        """The names that hold values of a kind; the library's tensors have none."""
        return self.others.setdefault(kind, {}) if kind else self.tensors

    def copy(self) -> Scope:
        return Scope(
            dict(self.tensors),
            {kind: dict(names) for kind, names in self.others.items()},
            {name: list(shapes) for name, shapes in self.lists.items()},
            {name: list(shapes) for name, shapes in self.tuples.items()},
            {name: dict(shapes) for name, shapes in self.dicts.items()},
            dict(self.objects),
            dict(self.indices),
        )


class Lines:
    """Lines that are drawn by chance, and the names in them."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.lines: list[tuple[str, str]] = []  # text with its indentation, tag
        self.counts: dict[str, int] = {}
        self.depth = 1

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def line(self, text: str, tag: str) -> None:
        self.lines.append(("    " * self.depth + text, tag))

    def name(self, prefix: str) -> str:
        self.counts[prefix] = self.counts.get(prefix, 0) + 1
        return f"{prefix}{self.counts[prefix]}"


class Draft(Lines):
    """A program in the making; its subclasses know the statements."""

    def __init__(self, dialect: Dialect, seed: str) -> None:
        super().__init__(seed)
        self.dialect = dialect
        self.unsure: set[int] = set()  # the lines that may write without changing a byte
        self.definitions: dict[str, str] = {}
        self.loops = 0
        self.left = 0

    def line(self, text: str, tag: str, *, sure: bool = True) -> None:
        if not sure:
            self.unsure.add(len(self.lines))
        super().line(text, tag)

    def tensor(
        self, scope: Scope, low: int = 1, high: int = 3, shape: Shape | None = None, kind: str = ""
    ) -> str | None:
        """A bound tensor; recent ones are likelier, as in real code."""
        names = [
            name
            for name, found in scope.of(kind).items()
            if low <= len(found) <= high and all(dim.least > 0 for dim in found) and shape in (None, found)
        ]
        return self.random.choices(names, range(3, 3 + len(names)))[0] if names else None

    def fill(self, form: Form, scope: Scope, name: str) -> str:
        """The form's text for a tensor; ``{b}`` becomes another tensor of that shape, or itself.

        ``{n}`` becomes a number that hardly any other statement writes.
        """
        known = scope.of(form.of)
        others = [other for other, shape in known.items() if shape == known[name]]
        distinct = [other for other in others if other != name] or others
        return form.text.format(a=name, b=self.random.choice(distinct), n=self.number())

    def sure(self, form: Form) -> bool:
        """Whether a write changes bytes every time that it runs here."""
        return form.shows == "always" or (form.shows == "once" and not self.loops)

    def number(self) -> int:
        return self.random.randrange(1_000, 10_000)

    def copied(self, name: str) -> str:
        """An expression that copies a tensor."""
        return self.dialect.copy.format(a=name)

    def assign(
        self, scope: Scope, text: str, shape: Shape, tag: str, *, kind: str = "", sure: bool = True
    ) -> bool:
        """Bind a new name, now and then an old one."""
        shape = tuple(Dim(self.name("?"), dim.least) if dim.label == "?" else dim for dim in shape)
        target = self.name(kind[:1] or "t")
        if self.chance(0.12):
            known = [name for name, found in scope.of(kind).items() if found == shape and name != text]
            target = self.random.choice(known) if known else target
        self.line(f"{target} = {text}", tag, sure=sure)
        scope.of(kind)[target] = shape
        return True

    def bind(self, scope: Scope, forms: Sequence[Form], group: str) -> bool:
        if not forms:
            return False
        form = self.random.choice(forms)
        name = self.tensor(scope, form.low, form.high, kind=form.of)
        if name is None:
            return False
        text, shape = self.fill(form, scope, name), form.shape(scope.of(form.of)[name])
        return self.assign(scope, text, shape, f"{group} {form.text}", kind=form.gives)

    def bind_list(self, scope: Scope, text: str, shapes: list[Shape], tag: str) -> bool:
        target = self.name("xs")
        self.line(f"{target} = {text}", tag)
        scope.lists[target] = shapes
        return True

    def condition(self, scope: Scope) -> str:
        if scope.indices and self.chance(0.4):
            return f"{self.random.choice(list(scope.indices))} == {self.random.randint(0, 1)}"
        return self.random.choice(CONDITIONS)
