"""Random tensor programs: one function ``program(case, x, y, …)`` and the helpers that it calls.

The text is a function of the library and the seed alone. Each simple statement stands on a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .containers import Containers
from .definitions import Definitions
from .dialects import DIALECTS
from .draft import PARAMETERS, Scope
from .entries import Entries
from .tensors import Tensors


@dataclass(frozen=True, slots=True)
class Program:
    """``tags`` maps a line to its construct; ``parameters`` are the tensor parameters after ``case``.

    What the lines that are ``unsure`` write may be what was there before; all others change bytes.
    """

    library: str
    seed: str
    source: str
    parameters: tuple[str, ...]
    tags: dict[int, str]
    unsure: frozenset[int]
    aliased: bool  # its executions pass one tensor for two parameters, on purpose


def generate(library: str, seed: int, index: int) -> Program:
    """Program number ``index`` of the sequence that ``seed`` starts."""
    return _Writer(DIALECTS[library], f"{library}:{seed}:{index}").program(aliased=index % 20 == 19)


class _Writer(Tensors, Containers, Definitions, Entries):
    def program(self, *, aliased: bool) -> Program:
        names = ["x", "y"] + [name for name in ("row", "batch") if self.chance(0.25)]
        scope = Scope(tensors={name: PARAMETERS[name] for name in names})
        self.left = self.random.randint(7, 13)
        optional = self.chance(0.15)
        if optional:
            fresh = self.random.choice([form for form in self.dialect.fresh if "{a}" in form.text])
            self.line("if out is None:", "header")
            self.depth += 1
            self.line(f"out = {fresh.text.format(a='x')}", "optional parameter")
            self.depth -= 1
            scope.tensors["out"] = scope.tensors["x"]
        self.body(scope)
        self.line(f"return {self.random.choice(list(scope.tensors))}", "return")
        parameters = ["case"] + [f"{name}: {self.dialect.tensor}" for name in names]
        parameters += [f"out: {self.dialect.tensor} | None = None"] if optional else []
        head = f"{self.dialect.prelude}\n\n" + "".join(f"{text}\n\n" for text in self.definitions.values())
        head += f"def program({', '.join(parameters)}):\n"
        start = head.count("\n") + 1
        return Program(
            self.dialect.library,
            self.seed,
            head + "".join(f"{text}\n" for text, _ in self.lines),
            (*names, *(("out",) if optional else ())),
            {start + at: tag for at, (_, tag) in enumerate(self.lines)},
            frozenset(start + at for at in self.unsure),
            aliased,
        )

    def body(self, scope: Scope, statements: int | None = None) -> None:
        """Statements until ``statements`` are written, or the program's budget is spent."""
        written = 0
        for _ in range(100):  # draws, of which some do not fit
            if self.left <= 0 or (statements is not None and written >= statements):
                break
            fits = self.statement(scope)
            written += fits
            self.left -= fits
        if statements and not written:
            self.line("pass", "pass")

    def statement(self, scope: Scope) -> bool:
        """One random statement; False when the one that was drawn did not fit."""
        kinds, weights = zip(*self.kinds(), strict=True)
        kind: Callable[[Scope], bool] = self.random.choices(kinds, weights)[0]
        return kind(scope)

    def kinds(self) -> Sequence[tuple[Callable[[Scope], bool], int]]:
        deep = self.depth >= 4
        return (
            (self.bind_subset, 12),
            (self.bind_view, 9),
            (self.bind_maybe, 6),
            (self.bind_copy, 8),
            (self.bind_fresh, 5),
            (self.bind_other, 8 if self.dialect.others else 0),
            (self.from_tables, 12 if self.dialect.prefixes else 0),
            (self.identity, 5),
            (self.write, 10),
            (self.story, 3 if self.depth < 3 else 0),
            (self.discard, 1),
            (self.out, 4),
            (self.conditional, 4),
            (self.helper, 6),
            (self.use_thing, 6),
            (self.halves, 4),
            (self.container, 7),
            (self.from_container, 10),
            (self.change_container, 6),
            (self.write_element, 3 if self.dialect.stores else 0),
            (self.comprehension, 4),
            (self.transform, 4),
            (self.from_keys, 2),
            (self.starred, 2),
            (self.rebind, 12 if self.loops else 4),
            (self.forget, 1),
            (self.branch, 0 if deep else 9),
            (self.loop, 0 if deep or self.loops > 1 else 8),
            (self.leave, 3 if self.depth > 1 or self.chance(0.3) else 0),
        )

    def block(self, scope: Scope, statements: int) -> Scope:
        inner = scope.copy()
        self.depth += 1
        self.body(inner, statements)
        self.depth -= 1
        return inner

    def branch(self, scope: Scope) -> bool:
        if self.left < 2:
            return False
        if self.depth < 3 and self.chance(0.35):
            return self.choose(scope)
        if self.dialect.contexts and self.chance(0.15):
            self.line(f"with {self.random.choice(self.dialect.contexts)}:", "header")
            inner = self.block(scope, self.random.randint(1, 3))
            self.join(scope, inner, inner)
            return True
        self.line(f"if {self.condition(scope)}:", "header")
        first = self.block(scope, self.random.randint(1, 2))
        second = scope
        if self.left and self.chance(0.5):
            self.line("else:", "header")
            second = self.block(scope, self.random.randint(1, 2))
        self.join(scope, first, second)
        return True

    def choose(self, scope: Scope) -> bool:
        """``if …: a = x  else: a = x.copy()``: one name, bound on both branches."""
        name = self.tensor(scope)
        if name is None:
            return False
        shape = scope.tensors[name]
        target = self.name("t")
        other = self.tensor(scope, shape=shape) or name
        texts = [
            name,
            self.random.choice((other, self.copied(other), other)),
        ]
        self.random.shuffle(texts)
        self.line(f"if {self.condition(scope)}:", "header")
        self.line(f"    {target} = {texts[0]}", "bound on branches")
        self.line("else:", "header")
        self.line(f"    {target} = {texts[1]}", "bound on branches")
        scope.tensors[target] = shape
        return True

    def join(self, scope: Scope, first: Scope, second: Scope) -> None:
        """Keep in ``scope`` what holds after either branch."""
        scope.tensors = {n: s for n, s in first.tensors.items() if second.tensors.get(n) == s}
        kinds = first.others.keys() & second.others.keys()
        scope.others = {
            kind: {n: s for n, s in first.of(kind).items() if second.of(kind).get(n) == s} for kind in kinds
        }
        scope.objects = {n: s for n, s in first.objects.items() if second.objects.get(n) == s}
        scope.tuples = {n: s for n, s in first.tuples.items() if second.tuples.get(n) == s}
        scope.lists = {
            n: [a for a, b in zip(s, second.lists[n], strict=False) if a == b]
            for n, s in first.lists.items()
            if n in second.lists and s[: len(second.lists[n])] == second.lists[n][: len(s)]
        }
        scope.dicts = {
            n: {k: v for k, v in s.items() if second.dicts[n].get(k) == v}
            for n, s in first.dicts.items()
            if n in second.dicts
        }

    def loop(self, scope: Scope) -> bool:
        if self.left < 2:
            return False
        inner = scope.copy()
        kind = self.random.randrange(6)
        name = self.tensor(scope, 2)
        if kind <= 1 or name is None or not self.dialect.iterates:
            index, count = self.name("i"), self.random.randint(2, 3)
            self.line(f"for {index} in range({count}):", "header")
            inner.indices[index] = count
        elif kind == 2:
            item = self.name("t")
            self.line(f"for {item} in {name}:", "header")
            inner.tensors[item] = scope.tensors[name][1:]
        elif kind == 3:
            index, item = self.name("i"), self.name("t")
            self.line(f"for {index}, {item} in enumerate({name}):", "header")
            inner.tensors[item] = scope.tensors[name][1:]
        elif kind == 5:
            first, second = self.name("t"), self.name("t")
            other = self.tensor(scope, 2) or name
            self.line(f"for {first}, {second} in zip({name}, {other}):", "header")
            inner.tensors |= {first: scope.tensors[name][1:], second: scope.tensors[other][1:]}
        else:
            filled = [(n, s) for n, s in (scope.lists | scope.tuples).items() if s and len(set(s)) == 1]
            if not filled:
                return False
            items, shapes = self.random.choice(filled)
            item = self.name("t")
            self.line(f"for {item} in {items}:", "header")
            inner.tensors[item] = shapes[0]
        self.loops += 1
        self.depth += 1
        for items in list(scope.lists) if kind == 4 else ():
            inner.lists.pop(items)  # a list must not grow while the loop walks along it
        self.body(inner, self.random.randint(2, 4))
        self.depth -= 1
        self.loops -= 1
        self.join(scope, inner, scope.copy())
        return True

    def leave(self, scope: Scope) -> bool:
        """An early exit: ``return``, ``continue`` or ``break`` under a condition."""
        word = self.random.choice(("continue", "break")) if self.loops and self.chance(0.7) else "return"
        name = self.tensor(scope)
        if name is None:
            return False
        self.line(f"if {self.condition(scope)}:", "header")
        self.line("    " + (f"return {name}" if word == "return" else word), "leave")
        return True
