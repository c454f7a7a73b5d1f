"""Statements that use the program's own functions and classes."""

from __future__ import annotations

from .draft import Draft, Scope
from .forms import ONE, Dim, cut


class Definitions(Draft):
    """Calls of helper functions; objects that hold a tensor in an attribute."""

    def helper(self, scope: Scope) -> bool:
        if not self.dialect.helpers:
            return False
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
        elif kind == "flag":
            self.assign(scope, f"{function}({name}, {self.condition(scope)})", shape, tag)
        elif kind == "choice":
            other = self.tensor(scope, shape=shape) or name
            self.assign(scope, f"{function}({name}, {other}, {self.condition(scope)})", shape, tag)
        elif kind == "several":
            other = self.tensor(scope) or name
            shapes = [shape, scope.tensors[other]]
            self.bind_list(scope, f"{function}({name}, {other})", shapes, tag)
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
        self.definitions[function] = text
        return True

    def thing(self, scope: Scope) -> bool:
        """An object that keeps a tensor, or a copy of it."""
        name = self.tensor(scope)
        if name is None or not self.dialect.classes:
            return False
        kind, text = self.random.choice(self.dialect.classes)
        target = self.name("h")
        self.line(f"{target} = {kind}({name})", f"new {kind}")
        scope.objects[target] = scope.tensors[name]
        self.definitions[kind] = text
        return True

    def use_thing(self, scope: Scope) -> bool:
        """Read, write or replace what an object holds."""
        if not scope.objects:
            return self.thing(scope)
        held = self.random.choice(list(scope.objects))
        shape = scope.objects[held]
        way = self.random.randrange(7)
        if (way == 2 and self.dialect.subset_gives != "") or (way == 4 and not self.dialect.augments):
            return False
        if way == 0:
            return self.assign(scope, f"{held}.t", shape, "attribute")
        if way == 1:
            return self.assign(scope, f"{held}.held()", shape, "method held")
        if way == 2 and shape and shape[0].least > 0:
            first = (*(ONE for _ in shape[:1]), *shape[1:])
            return self.assign(scope, f"{held}.first()", first, "method first")
        if way == 3:
            self.line(f"{held}.shift()", "method shift")
            return True
        if way == 4:
            self.line(f"{held}.t += {self.number()}", "write attribute")
            return True
        name = self.tensor(scope, shape=shape)
        if name is None:
            return False
        if way == 5:
            self.line(f"{held}.t = {name}", "attribute store")
        else:
            method = self.random.choice(("put", "put_copy"))
            self.line(f"{held}.{method}({name})", f"method {method}")
        return True
