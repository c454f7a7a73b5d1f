"""Statements that put tensors into lists, tuples and dicts and take them out again."""

from __future__ import annotations

from .draft import Draft, Scope


class Containers(Draft):
    """Displays, subscripts, unpacking, ``append``, comprehensions."""

    def halves(self, scope: Scope) -> bool:
        form = self.random.choice(self.dialect.halves)
        name = self.tensor(scope, form.low, form.high)
        if name is None or scope.tensors[name][0].label not in ("H", "W", "2", "4", "6", "8"):
            return False
        shape = form.shape(scope.tensors[name])
        text = self.fill(form, scope, name)
        if self.chance(0.6):
            first, second = self.name("t"), self.name("t")
            self.line(f"{first}, {second} = {text}", f"parts {form.text}")
            scope.tensors |= {first: shape, second: shape}
            return True
        target = self.name("parts")
        self.line(f"{target} = {text}", f"parts {form.text}")
        scope.tuples[target] = [shape, shape]
        return True

    def container(self, scope: Scope) -> bool:
        names = [name for name in (self.tensor(scope), self.tensor(scope)) if name]
        if not names:
            return False
        shapes = [scope.tensors[name] for name in names]
        items = [f"{name}.{self.dialect.copy}()" if self.chance(0.25) else name for name in names]
        kind = self.random.randrange(5)
        if kind == 0:
            return self.bind_list(scope, "[]", [], "list empty")
        if kind == 1:
            return self.bind_list(scope, f"[{', '.join(items)}]", shapes, "list display")
        if kind == 2:
            return self.bind_list(scope, f"[{items[0]}] * 2", [shapes[0]] * 2, "list repeated")
        if kind == 3:
            target = self.name("pair")
            self.line(f"{target} = ({', '.join(items)},)", "tuple display")
            scope.tuples[target] = shapes
            return True
        target = self.name("table")
        keys = ("a", "b")[: len(items)]
        entries = ", ".join(f'"{key}": {item}' for key, item in zip(keys, items, strict=True))
        self.line(f"{target} = {{{entries}}}", "dict display")
        scope.dicts[target] = dict(zip(keys, shapes, strict=True))
        return True

    def from_container(self, scope: Scope) -> bool:
        """Take an element out: a subscript, an unpacking, ``pop``, ``get``."""
        sequences = [(name, found) for name, found in (scope.lists | scope.tuples).items() if found]
        if scope.dicts and (not sequences or self.chance(0.3)):
            name = self.random.choice(list(scope.dicts))
            key, shape = self.random.choice(list(scope.dicts[name].items()))
            text = f'{name}["{key}"]' if self.chance(0.7) else f'{name}.get("{key}")'
            return self.assign(scope, text, shape, "dict subscript")
        if not sequences:
            return False
        name, shapes = self.random.choice(sequences)
        if len(shapes) == 2 and name in scope.tuples and self.chance(0.5):
            first, second = self.name("t"), self.name("t")
            self.line(f"{first}, {second} = {name}", "unpack")
            scope.tensors |= {first: shapes[0], second: shapes[1]}
            return True
        if self.depth == 1 and name in scope.lists and self.chance(0.15):
            return self.assign(scope, f"{name}.pop()", scope.lists[name].pop(), "list pop")
        at = self.random.randrange(len(shapes))
        text = f"{name}[-1]" if at == len(shapes) - 1 and self.chance(0.3) else f"{name}[{at}]"
        return self.assign(
            scope, text, shapes[at], "list subscript" if name in scope.lists else "tuple subscript"
        )

    def change_container(self, scope: Scope) -> bool:
        name = self.tensor(scope)
        if name is None:
            return False
        shape = scope.tensors[name]
        item = f"{name}.{self.dialect.copy}()" if self.chance(0.3) else name
        if scope.dicts and self.chance(0.35):
            target = self.random.choice(list(scope.dicts))
            key = self.random.choice("abc")
            if scope.dicts[target].get(key, shape) != shape:
                return False
            self.line(f'{target}["{key}"] = {item}', "dict store")
            scope.dicts[target][key] = shape
            return True
        if not scope.lists:
            return False
        target = self.random.choice(list(scope.lists))
        shapes = scope.lists[target]
        if shape in shapes and self.chance(0.3):
            self.line(f"{target}[{shapes.index(shape)}] = {item}", "list store")
        elif self.chance(0.15):
            return self.bind_list(
                scope, self.random.choice((f"list({target})", f"{target}[:]")), list(shapes), "list copied"
            )
        else:
            self.line(f"{target}.append({item})", "append")
            shapes.append(shape)
        return True

    def comprehension(self, scope: Scope) -> bool:
        name = self.tensor(scope, 2)
        if name is None:
            return False
        shape = scope.tensors[name]
        copied = f"{name}.{self.dialect.copy}()"
        text, part, count = self.random.choice(
            (
                (f"[r for r in {name}]", shape[1:], shape[0].least),
                (f"[r.{self.dialect.copy}() for r in {name}]", shape[1:], shape[0].least),
                (f"[r * 2 for r in {name}]", shape[1:], shape[0].least),
                (f"[{name}[i] for i in range(2)]", shape[1:], min(2, shape[0].least)),
                (f"[{name} for _ in range(2)]", shape, 2),
                (f"[{copied} for _ in range(2)]", shape, 2),
            )
        )
        if shape[0].least < 2:
            return False
        return self.bind_list(scope, text, [part] * count, "comprehension " + text.replace(name, "{a}"))
