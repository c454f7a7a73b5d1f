"""Statements that put tensors into lists, tuples and dicts and take them out again."""

from __future__ import annotations

from .draft import Draft, Scope

CHANGES = (
    ("{c}.extend([{a}])", "extend"),
    ("{c} += [{a}]", "list added"),
    ("{c}.insert(0, {a})", "insert"),
)


class Containers(Draft):
    """Displays, subscripts, unpacking, ``append``, comprehensions."""

    def halves(self, scope: Scope) -> bool:
        if not self.dialect.halves:
            return False
        form = self.random.choice(self.dialect.halves)
        name = self.tensor(scope, form.low, form.high)
        if name is None or scope.tensors[name][0].label not in ("H", "W", "4", "6", "8"):
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
        items = [self.copied(name) if self.chance(0.25) else name for name in names]
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
        tables = [name for name, found in scope.dicts.items() if found]
        if tables and (not sequences or self.chance(0.3)):
            name = self.random.choice(tables)
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
        item = self.copied(name) if self.chance(0.3) else name
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
        elif self.chance(0.25):
            text, change = self.random.choice(CHANGES)
            self.line(text.format(c=target, a=item), change)
            shapes.insert(0 if change == "insert" else len(shapes), shape)
        else:
            self.line(f"{target}.append({item})", "append")
            shapes.append(shape)
        return True

    def comprehension(self, scope: Scope) -> bool:
        name = self.tensor(scope, 2)
        if name is None:
            return False
        shape = scope.tensors[name]
        if shape[0].least < 2:
            return False
        copied, row = self.dialect.copy, self.copied("r")
        rows = [
            ("[r for r in {a}]", shape[1:], shape[0].least),
            (f"[{row} for r in {{a}}]", shape[1:], shape[0].least),
            ("[r * 2 for r in {a}]", shape[1:], shape[0].least),
            ("[{a}[i] for i in range(2)]", shape[1:], min(2, shape[0].least)),
            ("[row for row in {a} if row is not None]", shape[1:], shape[0].least),
        ]
        whole = [
            ("[{a} for _ in range(2)]", shape, 2),
            (f"[{copied} for _ in range(2)]", shape, 2),
            (f"list(map(lambda _: {copied}, range(2)))", shape, 2),
            ("list(itertools.repeat({a}, 2))", shape, 2),
        ]
        text, part, count = self.random.choice(whole + (rows if self.dialect.iterates else []))
        return self.bind_list(scope, text.format(a=name), [part] * count, f"comprehension {text}")

    def transform(self, scope: Scope) -> bool:
        """A container made of another one."""
        filled = [(name, shapes) for name, shapes in scope.lists.items() if shapes]
        if scope.dicts and (not filled or self.chance(0.4)):
            name = self.random.choice(list(scope.dicts))
            text = self.random.choice(
                (
                    "dict({c})",
                    "{c}.copy()",
                    "{{**{c}}}",
                    f"{{{{k: {self.copied('v')} for k, v in {{c}}.items()}}}}",
                    "copy.copy({c})",
                    "copy.deepcopy({c})",
                )
            )
            target = self.name("table")
            self.line(f"{target} = {text.format(c=name)}", f"dict made {text}")
            scope.dicts[target] = dict(scope.dicts[name])
            return True
        if not filled:
            return False
        name, shapes = self.random.choice(filled)
        text, left = self.random.choice(
            (
                ("list({c})", shapes),
                ("{c}[:]", shapes),
                ("{c}.copy()", shapes),
                ("copy.copy({c})", shapes),
                ("copy.deepcopy({c})", shapes),
                ("{c} + {c}", shapes * 2),
                ("{c}[::-1]", shapes[::-1]),
                ("list(reversed({c}))", shapes[::-1]),
                (f"[{self.copied('e')} for e in {{c}}]", shapes),
                ("[e for e in {c}]", shapes),
                ("[e for _, e in enumerate({c})]", shapes),
                ("list(zip({c}, {c}))", []),
            )
        )
        return self.bind_list(scope, text.format(c=name), list(left), f"list made {text}")

    def from_keys(self, scope: Scope) -> bool:
        """A dict with one tensor, or copies of it, under two keys."""
        name = self.tensor(scope)
        if name is None:
            return False
        text = self.random.choice(
            (
                'dict.fromkeys(("a", "b"), {a})',
                '{{k: {a} for k in ("a", "b")}}',
                f'{{{{k: {self.dialect.copy} for k in ("a", "b")}}}}',
                "dict(a={a}, b={a})",
            )
        )
        target = self.name("table")
        self.line(f"{target} = {text.format(a=name)}", f"dict made {text}")
        scope.dicts[target] = dict.fromkeys(("a", "b"), scope.tensors[name])
        return True

    def starred(self, scope: Scope) -> bool:
        """``first, *rest = …`` of a list, or the rows of a tensor."""
        filled = [(name, shapes) for name, shapes in (scope.lists | scope.tuples).items() if len(shapes) > 1]
        if not filled:
            return False
        name, shapes = self.random.choice(filled)
        first, rest = self.name("t"), self.name("xs")
        self.line(f"{first}, *{rest} = {name}", "unpack starred")
        scope.tensors[first] = shapes[0]
        scope.lists[rest] = list(shapes[1:])
        return True

    def write_element(self, scope: Scope) -> bool:
        """``xs[0] += 1``: a write to what a container holds."""
        name = next(iter(self.random.sample(list(scope.lists), min(1, len(scope.lists)))), None)
        if scope.dicts and (name is None or self.chance(0.4)):
            table = self.random.choice(list(scope.dicts))
            if not scope.dicts[table]:
                return False
            key = self.random.choice(list(scope.dicts[table]))
            self.line(f'{table}["{key}"] += {self.number()}', "write dict element")
            return True
        if name is None or not scope.lists[name]:
            return False
        at = self.random.randrange(len(scope.lists[name]))
        self.line(f"{name}[{at}] += {self.number()}", "write list element")
        return True
