"""Statements that bind, write and forget tensors."""

from __future__ import annotations

from .draft import PARAMETERS, Draft, Scope
from .forms import Dim, Shape, cut


class Tensors(Draft):
    """Views, parts, copies, writes, conditional expressions, calls of helpers."""

    def bind_view(self, scope: Scope) -> bool:
        return self.bind(scope, self.dialect.views, "view")

    def bind_maybe(self, scope: Scope) -> bool:
        return self.bind(scope, self.dialect.maybes, "maybe")

    def bind_copy(self, scope: Scope) -> bool:
        return self.bind(scope, self.dialect.copies, "copy")

    def bind_fresh(self, scope: Scope) -> bool:
        return self.bind(scope, self.dialect.fresh, "new")

    def bind_other(self, scope: Scope) -> bool:
        return self.bind(scope, self.dialect.others, "bridge")

    def discard(self, scope: Scope) -> bool:
        """A statement whose result nobody takes."""
        forms = self.dialect.copies + self.dialect.views + self.dialect.maybes
        form = self.random.choice(forms)
        name = self.tensor(scope, form.low, form.high, kind=form.of)
        if name is None:
            return False
        self.line(self.fill(form, scope, name), f"discarded {form.text}")
        return True

    def identity(self, scope: Scope) -> bool:
        name = self.tensor(scope)
        return name is not None and self.assign(scope, name, scope.tensors[name], "identity")

    def bind_subset(self, scope: Scope) -> bool:
        name, kind = self.tensor(scope), self.dialect.subset_gives
        if name is None or kind is None:
            return False
        text, shape, tag = self.subset(scope, name)
        return bool(shape) and self.assign(scope, text, shape, tag, kind=kind)

    def subset(self, scope: Scope, name: str) -> tuple[str, Shape, str]:
        """``name[…]``: basic indexing with literals, sometimes with a loop's variable."""
        shape = scope.tensors[name]
        taken = self.random.randint(1, len(shape))
        selectors: list[str] = []
        left: list[Dim] = []
        tag = "subset"
        for dim in shape[:taken]:
            text, kept = self.selector(dim)
            computed = [index for index, bound in scope.indices.items() if bound <= dim.least]
            if computed and self.chance(0.4):
                text, kept, tag = self.random.choice(computed), None, "subset computed"
            selectors.append(text)
            left += [kept] if kept else []
        return f"{name}[{', '.join(selectors)}]", (*left, *shape[taken:]), tag

    def selector(self, dim: Dim) -> tuple[str, Dim | None]:
        least = dim.least
        choices: list[tuple[str, Dim | None]] = [(":", dim), (":", dim)]
        if least >= 1:
            number = self.random.randrange(least)
            choices += [(str(number), None), ("0", None), ("-1", None)]
        if least >= 2:
            half = least // 2
            choices += [(f":{half}", Dim(str(half), half)), ("1:", cut(dim, 1)), (":-1", cut(dim, 1))]
            choices += [
                (f"{half}:", cut(dim, half)),
                (f"{half}:{least}", Dim(str(least - half), least - half)),
            ]
        if least >= 4:
            halved = Dim(f"{dim.label}//2", least // 2)
            choices += [
                ("::2", Dim(f"ceil({dim.label}/2)", halved.least)),
                ("1::2", halved),
                ("1:3", Dim("2", 2)),
            ]
            choices += [("::-1", dim)] if self.dialect.negative_steps else []
        return self.random.choice(choices)

    def write(self, scope: Scope) -> bool:
        if not self.dialect.writes:
            return False
        form = self.random.choice(self.dialect.writes)
        name = self.tensor(scope, form.low, form.high, kind=form.of)
        if name is None:
            return False
        if self.dialect.stores and not form.of and self.chance(0.25):
            text, _, _ = self.subset(scope, name)
            self.line(f"{text} = {self.number()}", "write subset", sure=not self.loops)
        else:
            self.line(self.fill(form, scope, name), f"write {form.text}", sure=self.sure(form))
        return True

    def out(self, scope: Scope) -> bool:
        if not self.dialect.outs:
            return False
        form = self.random.choice(self.dialect.outs)
        name = self.tensor(scope)
        if name is None:
            return False
        text = self.fill(form, scope, name)
        if self.chance(0.3):
            self.line(text, f"out {form.text}", sure=False)
            return True
        return self.assign(scope, text, scope.tensors[name], f"out {form.text}", sure=False)

    def story(self, scope: Scope) -> bool:
        """What rules are about: a second way to a tensor is written, and both are used afterwards."""
        group, forms = self.random.choice(
            (
                ("view", self.dialect.views),
                ("maybe", self.dialect.maybes),
                ("copy", self.dialect.copies),
                ("identity", ()),
            )
        )
        name = self.tensor(scope)
        writes = [form for form in self.dialect.writes if not form.of and form.shows == "always"]
        if name is None or not writes:
            return False
        shape = scope.tensors[name]
        fitting = [form for form in forms if form.low <= len(shape) <= form.high and not form.gives]
        if forms and not fitting:
            return False
        target, other = self.name("t"), self.name("t")
        if fitting:
            form = self.random.choice(fitting)
            text, taken, tag = self.fill(form, scope, name), form.shape(shape), f"{group} {form.text}"
        else:
            text, taken, tag = name, shape, "identity"
        if any(dim.label == "?" or dim.least < 1 for dim in taken):
            return False
        self.line(f"{target} = {text}", tag)
        scope.tensors[target] = taken
        write = self.random.choice([form for form in writes if form.low <= len(taken)])
        self.line(self.fill(write, scope, target), f"write {write.text}")
        self.line(f"{other} = {self.copied(target)}", "read again")
        scope.tensors[other] = taken
        self.line(f"{self.name('t')} = {self.copied(name)}", "read again")
        return True

    def conditional(self, scope: Scope) -> bool:
        name = self.tensor(scope)
        if name is None:
            return False
        shape = scope.tensors[name]
        other = self.tensor(scope, shape=shape)
        second = self.copied(name) if other in (None, name) or self.chance(0.4) else other
        first, second = (name, second) if self.chance(0.5) else (second, name)
        return self.assign(
            scope, f"{first} if {self.condition(scope)} else {second}", shape, "conditional expression"
        )

    def rebind(self, scope: Scope) -> bool:
        """``cur = cur + 1``, ``prev = cur``: an old name for something of the same shape."""
        name = self.tensor(scope)
        if name is None:
            return False
        shape = scope.tensors[name]
        other = self.tensor(scope, shape=shape) or name
        text, tag = other, "rebind identity"
        if other == name or self.chance(0.6):
            kinds = (
                ("view", self.dialect.views),
                ("maybe", self.dialect.maybes),
                ("copy", self.dialect.copies),
            )
            group, forms = self.random.choices(kinds, (2, 1, 3))[0]
            fitting = [
                form
                for form in forms
                if form.low <= len(shape) <= form.high
                and form.shape(shape) == shape
                and not (form.of or form.gives)
            ]
            if not fitting:
                return False
            form = self.random.choice(fitting)
            text, tag = self.fill(form, scope, other), f"rebind {group} {form.text}"
        self.line(f"{name} = {text}", tag)
        return True

    def forget(self, scope: Scope) -> bool:
        own = [name for name in scope.tensors if name not in PARAMETERS and name != "out"]
        if self.depth > 1 or len(own) < 2:
            return False
        name = self.random.choice(own)
        self.line(f"del {name}", "del")
        del scope.tensors[name]
        return True
