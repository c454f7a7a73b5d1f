"""Statements that bind, write and forget tensors."""

from __future__ import annotations

from .dialects import Dim, Shape, cut
from .draft import PARAMETERS, Draft, Scope


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

    def identity(self, scope: Scope) -> bool:
        name = self.tensor(scope)
        return name is not None and self.assign(scope, name, scope.tensors[name], "identity")

    def bind_subset(self, scope: Scope) -> bool:
        name = self.tensor(scope)
        if name is None:
            return False
        text, shape, tag = self.subset(scope, name)
        return bool(shape) and self.assign(scope, text, shape, tag)

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
        form = self.random.choice(self.dialect.writes)
        name = self.tensor(scope, form.low, form.high)
        if name is None:
            return False
        if self.chance(0.25):
            text, _, _ = self.subset(scope, name)
            self.line(f"{text} = {self.number()}", "write subset", sure=not self.loops)
        else:
            self.line(self.fill(form, scope, name), f"write {form.text}", sure=self.sure(form))
        return True

    def out(self, scope: Scope) -> bool:
        form = self.random.choice(self.dialect.outs)
        name = self.tensor(scope)
        if name is None:
            return False
        text = self.fill(form, scope, name)
        if self.chance(0.3):
            self.line(text, f"out {form.text}", sure=False)
            return True
        return self.assign(scope, text, scope.tensors[name], f"out {form.text}", sure=False)

    def conditional(self, scope: Scope) -> bool:
        name = self.tensor(scope)
        if name is None:
            return False
        shape = scope.tensors[name]
        other = self.tensor(scope, shape=shape)
        second = f"{name}.{self.dialect.copy}()" if other in (None, name) or self.chance(0.4) else other
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
                form for form in forms if form.low <= len(shape) <= form.high and form.shape(shape) == shape
            ]
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

    def helper(self, scope: Scope) -> bool:
        kind, text = self.random.choice(self.dialect.helpers)
        function = text[len("def ") : text.index("(")]
        name = self.tensor(scope, 2 if kind in ("pair", "rows") else 1)
        if name is None:
            return False
        shape = scope.tensors[name]
        tag = f"call {function}"
        if kind == "store":
            if not scope.lists:
                return False
            items = self.random.choice(list(scope.lists))
            self.line(f"{function}({items}, {name})", tag)
            scope.lists[items].append(shape)
        elif kind == "none":
            self.line(f"{function}({name})", tag, sure=False)
        elif kind == "choice":
            other = self.tensor(scope, shape=shape) or name
            self.assign(scope, f"{function}({name}, {other}, {self.condition(scope)})", shape, tag)
        elif kind == "pair":
            first, second = self.name("t"), self.name("t")
            self.line(f"{first}, {second} = {function}({name})", tag)
            scope.tensors |= {first: shape[1:], second: (cut(shape[0], 1), *shape[1:])}
        elif kind == "rows":
            self.bind_list(scope, f"{function}({name})", [shape[1:]] * shape[0].least, tag)
        else:
            options = self.random.choice(("", ", inplace=True")) if function == "centred" else ""
            result = (Dim("2", 2), *shape[1:]) if function == "first_rows" else shape
            if shape[0].least < 2:
                return False
            self.assign(scope, f"{function}({name}{options})", result, tag + options)
        self.helpers[function] = text
        return True
