"""Annotations as :class:`~tensorlint.ir.Hint`: strings, aliases of the file and type variables are followed.

They are read from their text with ``ast``, because that is what a string holds and what an alias of the file
was outlined as.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tensorlint.ir import Hint

Resolve = Callable[[str], tuple[str, ...]]
DEEPEST = 12
MOST_PARTS = 200  # aliases of aliases multiply
LONGEST = 1_000  # characters of an annotation in a string
NOTHING = Hint()
UNIONS = frozenset({"typing.Union", "types.UnionType"})
OPTIONAL = "typing.Optional"
LITERAL = frozenset({"typing.Literal"})
VARIABLES = frozenset({"typing.TypeVar"})
NEW_TYPE = "typing.NewType"


@dataclass(frozen=True, slots=True)
class Annotations:
    """Reads the annotations of one scope.

    ``values`` are what names of the file's top level were assigned, ``inside`` the names whose values are
    being read: an alias that leads back to itself says nothing.
    """

    resolve: Resolve
    values: Mapping[str, ast.expr]
    inside: frozenset[str] = frozenset()
    left: list[int] = field(default_factory=lambda: [MOST_PARTS])  # of one annotation, still to be read

    def parse(self, text: str, depth: int = 0) -> Hint:
        """The hint of an annotation's source text; of text that is none, one without a name."""
        if len(text) > LONGEST:
            return NOTHING
        try:
            return self.read(ast.parse(text.strip(), mode="eval").body, depth)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return NOTHING

    def read(self, node: ast.expr, depth: int = 0) -> Hint:
        """The hint of an annotation."""
        if depth == 0 and not self.inside:
            self.left[0] = MOST_PARTS
        self.left[0] -= 1
        if depth > DEEPEST or self.left[0] < 0:
            return NOTHING
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return self.parse(node.value, depth + 1)
            return Hint(("None",) if node.value is None else (repr(node.value),))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return Hint(("|",), (self.read(node.left, depth + 1), self.read(node.right, depth + 1)))
        if isinstance(node, ast.Subscript):
            return self._subscript(node, depth)
        if isinstance(node, ast.Name):
            return self._name(node.id, depth)
        if isinstance(node, ast.Attribute):
            return Hint(self._qualified(node))
        if isinstance(node, (ast.Tuple, ast.List)):
            return Hint((), tuple(self.read(item, depth + 1) for item in node.elts))
        return NOTHING

    def _subscript(self, node: ast.Subscript, depth: int) -> Hint:
        outer = self.read(node.value, depth + 1)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if LITERAL.intersection(outer.names):
            return outer
        if any(name.startswith(("jaxtyping.", "torchtyping.")) for name in outer.names):
            inner = inner[:1]  # the rest describes shapes in strings
        elif any(name.rpartition(".")[2] == "Annotated" for name in outer.names):
            return Hint(outer.names, (self.read(inner[0], depth + 1), *map(self._metadata, inner[1:])))
        parts = tuple(self.read(item, depth + 1) for item in inner)
        if OPTIONAL in outer.names:
            return Hint(("|",), (*parts, Hint(("None",))))
        return Hint(("|",) if UNIONS.intersection(outer.names) else outer.names, parts)

    def _metadata(self, node: ast.expr) -> Hint:
        """What stands beside the type in ``Annotated``: a name or a word, or something that says nothing
        here.
        """
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return Hint((node.value,))
        if isinstance(node, ast.Call):
            node = node.func
        return Hint(self._qualified(node)) if isinstance(node, (ast.Name, ast.Attribute)) else NOTHING

    def _name(self, name: str, depth: int) -> Hint:
        names = self._qualified(ast.Name(name))
        value = self.values.get(name) if names == (f".{name}",) else None
        if value is None:
            return Hint(names)
        if name in self.inside:
            return NOTHING
        reader = replace(self, inside=self.inside | {name})
        return reader._made(value, depth) if isinstance(value, ast.Call) else reader.read(value, depth + 1)

    def _made(self, call: ast.Call, depth: int) -> Hint:
        """A type variable stands for its bound, a new type for what it is made of."""
        made_by = self._qualified(call.func)
        if VARIABLES.intersection(made_by):
            bound = [keyword.value for keyword in call.keywords if keyword.arg == "bound"]
            options = tuple(self.read(node, depth + 1) for node in bound or call.args[1:])
            return options[0] if len(options) == 1 else Hint(("|",), options) if options else NOTHING
        if NEW_TYPE in made_by and len(call.args) == 2:
            return self.read(call.args[1], depth + 1)
        return NOTHING

    def _qualified(self, node: ast.expr) -> tuple[str, ...]:
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ()
        names = (".".join((name, *reversed(path))) for name in self.resolve(node.id))
        return tuple(name.replace("typing_extensions.", "typing.", 1) for name in names)
