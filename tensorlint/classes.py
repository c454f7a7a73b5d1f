"""What the classes of a file hold: attributes by whoever sets them, constructors that decorators write,
properties.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from tensorlint.alias.containers import CONTAINERS, REST
from tensorlint.alias.events import Called
from tensorlint.alias.kinds import UNKNOWN, stated
from tensorlint.alias.lattice import Allocation, Constant, Given, Held, Kind, Object, Value, alternatives
from tensorlint.alias.module import Attribute
from tensorlint.alias.own_attributes import is_picked_from, used_as
from tensorlint.alias.solve import Solution
from tensorlint.alias.switches import switched
from tensorlint.ir import Function, Origin, SetAttribute, instructions
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Case, Param, Path, ReferenceStored, Signature, Word
from tensorlint.source import Source
from tensorlint.syntax.annotations import Annotations
from tensorlint.syntax.docstrings import documented
from tensorlint.syntax.jitted import qualified
from tensorlint.syntax.names import nodes, top_level
from tensorlint.syntax.outline import ClassOutline, Outline

MOST_SETTERS = 6  # methods that set one attribute
RECORDS = frozenset(
    "dataclasses.dataclass attr.s attr.attrs attr.define attr.dataclass attrs.define attrs.frozen"
    " attrs.mutable flax.struct.dataclass chex.dataclass torch.jit.script_dataclass".split()
)
RECORD_BASES = frozenset({"typing.NamedTuple", "collections.namedtuple", "pydantic.BaseModel"})
PROPERTIES = frozenset({"builtins.property", "functools.cached_property", "abc.abstractproperty"})
NO_FIELD = frozenset({"ClassVar", "KW_ONLY"})


class File(Protocol):
    """What is asked of the file around the classes."""

    source: Source
    outline: Outline
    catalog: Catalog
    libraries: tuple[str, ...]

    @property
    def is_solving(self) -> bool:
        """Whether an answer may be missing because it is being worked out."""

    def method_solution(self, name: str) -> Solution | None:
        """A method, solved by itself; None while it is being solved."""

    def function_of(self, name: str) -> Function | None:
        """A function or method of the file, lowered."""

    def solved_before(self, name: str) -> Solution | None:
        """A method, solved with what is known by now, also while it is being solved."""

    def body_solution(self, class_name: str) -> Solution | None:
        """The body of a class, solved; None while it is being solved."""

    def handed_to(self, name: str) -> Mapping[str, Kind]:
        """The kinds that callers in the file hand to a function."""


class Classes:
    """Answers about the classes of one file, each worked out once."""

    def __init__(self, analysis: File) -> None:
        self.analysis = analysis
        self.names = analysis.outline.names
        self.annotations = Annotations(self.names.resolve, self.names.values)
        self._stated_fields: dict[str, Mapping[str, Kind]] = {}
        self._attributes: dict[tuple[str, str], Attribute | None] = {}
        self._stored: dict[tuple[str, str], tuple[Value, ...]] = {}
        self._constructors: dict[str, Signature | None] = {}

    def attribute(self, class_name: str, attribute: str) -> Attribute | None:
        """What methods of a class of this file, or of its bases here, leave in an attribute of ``self``."""
        key = class_name, attribute
        if key not in self._attributes:
            self._attributes[key] = None  # while it is worked out: a method may ask for what it sets itself
            found = self._found(class_name, attribute)
            if found is None and self.analysis.is_solving:  # a method that sets it may be what is solved
                del self._attributes[key]
                return None
            self._attributes[key] = found
        return self._attributes[key]

    def having(self, members: frozenset[str]) -> str:
        """The class of this file that alone has all of some members; empty where there is none."""
        found = [name for name, own in self._members.items() if members <= own]
        return f".{found[0]}" if len(found) == 1 else ""

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        """Class -> the methods that it defines and the attributes that these set."""
        classes = self.analysis.outline.classes.items()
        return {name: frozenset((*info.methods, *info.attributes)) for name, info in classes}

    def _found(self, class_name: str, attribute: str) -> Attribute | None:
        for base in self.analysis.catalog.bases(class_name):
            info = self.analysis.outline.classes.get(base.removeprefix("."))
            if info is None or not base.startswith("."):
                continue
            known = self._set(info, attribute)
            if known is None or not (known.value.type or known.same_as):
                known = self._declared(info, attribute) or known
            known = known or self._in_body(info, attribute)
            if known is not None:
                return known
        return None

    def stored(self, class_name: str, attribute: str) -> tuple[Value, ...]:
        """What a method of a class of this file, and no other, stores in a dictionary that its constructor
        leaves empty in an attribute: an element, an element of that, and so on.
        """
        key = class_name, attribute
        if key not in self._stored:
            self._stored[key] = ()  # while it is worked out
            info = self.analysis.outline.classes.get(class_name.removeprefix("."))
            methods = info.stored_in.get(attribute, ()) if info is not None else ()
            if info is not None and info.attributes.get(attribute) == ("__init__",) and len(methods) == 1:
                solution = self.analysis.solved_before(f".{info.name}.{methods[0]}")
                self._stored[key] = tuple(_made_for(solution, attribute)) if solution is not None else ()
        return self._stored[key]

    def _in_body(self, info: ClassOutline, attribute: str) -> Attribute | None:
        """A tensor that the body of a class makes, where no method replaces it."""
        value = self._made_in_body(info, attribute)
        return Attribute(value) if value is not None else None

    def _made_in_body(self, info: ClassOutline, attribute: str) -> Value | None:
        if attribute in info.attributes or attribute not in info.bound:
            return None
        solution = self.analysis.body_solution(info.name)
        value = solution.exit.names.get(attribute) if solution is not None else None
        if solution is not None and value is not None and not isinstance(value.object, Allocation):
            value = next((v for field, v in _fields(solution) if field.object == value.object), None)
        made = value is not None and isinstance(value.object, Allocation)
        return value if made and value is not None and self.analysis.catalog.is_tensor(value.type) else None

    def shared_default(self, class_name: str, attribute: str) -> Origin | None:
        """Where the tensor was made that objects share in an attribute: in the body of the class, or as the
        default of a parameter that ``__init__`` keeps as it came.
        """
        for base in self.analysis.catalog.bases(class_name):
            info = self.analysis.outline.classes.get(base.removeprefix("."))
            if info is None or not base.startswith("."):
                continue
            made = self._made_in_body(info, attribute)
            if made is not None and isinstance(made.object, Allocation):
                return made.object.site
            if info.attributes.get(attribute) == ("__init__",):
                solution = self.analysis.method_solution(f".{info.name}.__init__")
                return _kept_default(solution, attribute) if solution is not None else None
        return None

    def _set(self, info: ClassOutline, attribute: str) -> Attribute | None:
        """What the methods that set an attribute agree on; ``None`` counts for nothing."""
        setters = dict.fromkeys(("__init__", *info.attributes.get(attribute, ())))
        found: list[tuple[Value, Solution]] = []
        if len(setters) > MOST_SETTERS:
            return None
        for method in setters:
            solution = self.analysis.method_solution(f".{info.name}.{method}")
            value = _left_in(solution, attribute) if solution is not None else None
            if solution is None or value is None or _is_none(value):
                continue
            if value.object != Held(_own(solution), f".{attribute}"):  # `self.x += 1` leaves what it found
                found.append((value, solution))
        if not found:
            return None
        found = [(self._typed_by_callers(value, solution, info), solution) for value, solution in found]
        found = [(self._typed_by_uses(value, attribute, info), solution) for value, solution in found]
        value, solution = found[0]
        same = {_same_as(attribute, value, solution) for value, solution in found}
        other = same.pop() if len(same) == 1 else ""
        if other and len(info.attributes.get(other, ())) == 1:  # nothing replaces it
            return Attribute(value, same_as=other, same_at=_set_at(attribute, solution))
        if len(found) == 1:
            alone = _alone(value, solution, _own(solution))
            file = self.analysis
            return switched(alone, attribute, solution.function, file.function_of, file.catalog)
        types = {other.type for other, _ in found if other.type}
        ranks = {other.rank for other, by in found if not is_picked_from(attribute, other, by.function)}
        rank = ranks.pop() if len(ranks) == 1 else None
        return Attribute(Value(value.object, type=types.pop(), rank=rank)) if len(types) == 1 else None

    def _typed_by_callers(self, value: Value, solution: Solution, info: ClassOutline) -> Value:
        """A parameter that is kept as it came is what the callers in the file hand in."""
        if value.type or not isinstance(value.object, Given) or value.path:
            return value
        name = f".{info.name}.{solution.function.name}"
        return replace(value, type=self.analysis.handed_to(name).get(value.object.name, UNKNOWN).type)

    def _typed_by_uses(self, value: Value, attribute: str, info: ClassOutline) -> Value:
        """A parameter that is kept as it came, and written in place, is what the methods use it as."""
        kept = isinstance(value.object, Given) and value.object.kind == "parameter" and not value.path
        if value.type or not kept or attribute not in info.moved_in_place:
            return value
        methods = (self.analysis.function_of(f".{info.name}.{method}") for method in info.methods)
        known = [method for method in methods if method is not None]
        return replace(value, type=used_as(known, attribute, self.analysis.catalog, self.analysis.libraries))

    def _declared(self, info: ClassOutline, attribute: str) -> Attribute | None:
        kind = self._fields(info).get(attribute)
        if kind is None or not kind.type:
            return None
        owner = Value(Given(f"{info.name}.{attribute}", "global"), type=kind.type)
        inside: list[Value] = []
        while kind.parts and not kind.each and kind.parts[0].type:
            kind = kind.parts[0]
            inside.append(Value(owner.object, type=kind.type))
        return Attribute(owner, tuple(inside))

    def _fields(self, info: ClassOutline) -> Mapping[str, Kind]:
        """Attribute -> the kind that the body, a method or the docstring states."""
        if info.name not in self._stated_fields:
            stated_here = self._stated(info)
            known = {name: kind for name, kind in stated_here if kind.type and kind.type != "None"}
            self._stated_fields[info.name] = known
        return self._stated_fields[info.name]

    def _stated(self, info: ClassOutline) -> Iterator[tuple[str, Kind]]:
        catalog, libraries = self.analysis.catalog, self.analysis.libraries
        docstring = ast.get_docstring(info.node)
        for name, hint in (documented(docstring, self.annotations) if docstring else {}).items():
            yield name, stated(hint, catalog, libraries)
        for node in ast.walk(info.node):
            if isinstance(node, ast.AnnAssign) and (name := _field_name(node, info.node)):
                yield name, stated(self.annotations.read(node.annotation), catalog, libraries)

    def constructor(self, class_name: str) -> Signature | None:
        """The constructor that ``@dataclass`` and its like write: every field holds its argument."""
        if class_name not in self._constructors:
            self._constructors[class_name] = self._constructor(class_name)
        return self._constructors[class_name]

    def _constructor(self, class_name: str) -> Signature | None:
        fields: dict[str, str] = {}
        for base in reversed(list(self.analysis.catalog.bases(class_name))):
            info = self.analysis.outline.classes.get(base.removeprefix("."))
            if info is not None and "__post_init__" in info.methods:
                return None  # it may put anything else in their place
            if info is not None and base.startswith(".") and self._is_record(info.node):
                fields.update(_record_fields(info.node))
        if not fields:
            return None
        parameters = (
            Param("self", "either"),
            *(Param(name, "either", default) for name, default in fields.items()),
        )
        writes = tuple(ReferenceStored(Path("self", (f".{name}",)), Path(name)) for name in fields)
        return Signature(parameters, (Case(Word("none"), writes),))

    def _is_record(self, node: ast.ClassDef) -> bool:
        marks = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
        decorated = any(RECORDS.intersection(qualified(mark, self.names)) for mark in marks)
        return decorated or any(RECORD_BASES.intersection(qualified(base, self.names)) for base in node.bases)

    @cached_property
    def patched(self) -> frozenset[str]:
        """The methods that are replaced from outside, or by attributes of the same name: ``.A.method``."""
        classes = self.analysis.outline.classes
        found = {
            f".{name}.{method}"
            for name, info in classes.items()
            for method in info.attributes
            if method in info.methods
        }
        for node in nodes([self.analysis.outline.tree]) if self._may_be_patched() else ():
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                if isinstance(node.value, ast.Name) and node.value.id in classes:
                    found.add(f".{node.value.id}.{node.attr}")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
                target, name = (*node.args, None, None)[:2]
                if isinstance(target, ast.Name) and target.id in classes and isinstance(name, ast.Constant):
                    found.add(f".{target.id}.{name.value!s}")
        return frozenset(found)

    def _may_be_patched(self) -> bool:
        """A quick look at the text, before the whole tree is walked."""
        names = "|".join(name.rpartition(".")[2] for name in self.analysis.outline.classes)
        stored = rf"\b(?:{names})\s*\.\s*\w+\s*(?:\W?\W?=(?!=)|[:,)\]]|in\b)"
        return re.search(rf"\bsetattr\b|{stored}", self.analysis.source.text) is not None

    def is_plain(self, info: ClassOutline) -> bool:
        """Whether calling a class makes an object of it: no metaclass, no ``__new__`` of its own."""
        metaclasses = [k.value for k in info.node.keywords if k.arg == "metaclass"]
        known = all("abc.ABCMeta" in qualified(node, self.names) for node in metaclasses)
        return known and "__new__" not in info.methods

    def derives(self, info: ClassOutline) -> bool:
        """Whether a class has a base of which only its name is known: it stands in another file."""
        named = (base for base in info.node.bases if isinstance(base, ast.Name))
        return any(not qualified(base, self.names) for base in named)

    @cached_property
    def properties(self) -> Mapping[str, frozenset[str]]:
        """Class -> the methods that are read as attributes."""
        return {
            name: frozenset(
                method.name
                for method in top_level(info.node.body)
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef))
                and any(PROPERTIES.intersection(qualified(d, self.names)) for d in method.decorator_list)
            )
            for name, info in self.analysis.outline.classes.items()
        }


def _own(solution: Solution) -> Given:
    return Given(solution.function.parameters[0].name)


def _left_in(solution: Solution, attribute: str) -> Value | None:
    """What a method leaves in an attribute of ``self``, if it sets it at all."""
    if not solution.function.parameters:
        return None
    return solution.exit.heap.get(_own(solution), {}).get(f".{attribute}")


def _made_for(solution: Solution, attribute: str) -> Iterator[Value]:
    """What a method stores in the container in an attribute of ``self``, beside what was there before."""
    container = Held(_own(solution), f".{attribute}")
    stored = solution.exit.heap.get(container, {}).get(REST)
    leaves = [leaf for leaf, _ in alternatives(stored)] if stored is not None else []
    made = [leaf for leaf in leaves if not isinstance(leaf.object, Held)]
    if len({leaf.type for leaf in made}) == 1 and made[0].type:
        yield made[0]
        yield from _inside(made[0], solution)


def _fields(solution: Solution) -> Iterator[tuple[Value, Value]]:
    """What ``dataclasses.field`` gives in the body of a class, and the default that it was given."""
    for event in solution.events():
        if isinstance(event, Called) and "dataclasses.field" in event.names:
            yield from ((event.result, value) for name, _, value in event.arguments if name == "default")


def _kept_default(solution: Solution, attribute: str) -> Origin | None:
    """Where the default was made that a constructor may leave in an attribute."""
    value = _left_in(solution, attribute)
    objects = [leaf.object for leaf, _ in alternatives(value)] if value is not None else []
    defaults = (p.made for p in solution.function.parameters if p.made and Given(p.name) in objects)
    return next((made.origin for made in defaults if made is not None), None)


def _is_none(value: Value) -> bool:
    return isinstance(value.object, Constant) and value.object.value is None


def _same_as(attribute: str, value: Value, solution: Solution) -> str:
    """The other attribute whose object a method leaves in this one, too: ``self.best = self.position``."""
    if value.path:
        return ""
    held = solution.exit.heap.get(_own(solution), {})
    keys = [key for key, other in held.items() if other.object == value.object and not other.path]
    if isinstance(value.object, Held) and value.object.owner == _own(solution):
        keys.insert(0, value.object.key)
    elif not isinstance(value.object, Allocation):
        return ""
    first = keys[0].removeprefix(".") if keys and keys[0].startswith(".") else ""
    return first if first != attribute else ""


def _set_at(attribute: str, solution: Solution) -> Origin:
    """Where a method sets an attribute."""
    steps = instructions(solution.function)
    return next((s.origin for s in steps if isinstance(s, SetAttribute) and s.name == attribute), 0)


def _alone(value: Value, solution: Solution, own: Given) -> Attribute:
    """The attribute where one method alone sets it: also what it contains, and its options."""
    held = value.object
    if isinstance(held, Held) and held.owner == own and held.key.startswith(".") and not value.path:
        return Attribute(value, same_as=held.key.removeprefix("."))
    contents = solution.exit.heap.get(value.object, {})
    options = {
        key.removeprefix("."): option
        for key, option in contents.items()
        if key.startswith(".") and isinstance(option.object, Constant)
    }
    return Attribute(value, tuple(_inside(value, solution)), options)


def _inside(value: Value, solution: Solution) -> Iterator[Value]:
    """An element of a container, an element of that, and so on, where all of them are alike."""
    seen: set[Object] = set()
    while value.type in CONTAINERS and value.object not in seen:
        seen.add(value.object)
        contents = solution.exit.heap.get(value.object, {})
        leaves = [leaf for key, e in contents.items() if key.startswith("[") for leaf, _ in alternatives(e)]
        if len({leaf.type for leaf in leaves}) != 1:
            return
        # In a loop's first turn an element is no repetition yet: the one that says most counts.
        value = max(leaves, key=lambda leaf: len(leaf.path))
        yield value


def _field_name(node: ast.AnnAssign, owner: ast.ClassDef) -> str:
    """The attribute that an annotation speaks of: a name in the body, ``self.x`` in a method."""
    target = node.target
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return target.attr if target.value.id == "self" else ""
    return target.id if isinstance(target, ast.Name) and node in owner.body else ""


def _record_fields(node: ast.ClassDef) -> Mapping[str, str]:
    """Field -> default as a signature writes it, empty where there is none; in order."""
    found: dict[str, str] = {}
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if any(word in ast.unparse(statement.annotation) for word in NO_FIELD):
            continue
        value = statement.value
        if isinstance(value, ast.Call) and any(
            k.arg == "init" and isinstance(k.value, ast.Constant) and k.value.value is False
            for k in value.keywords
        ):
            continue
        plain = isinstance(value, ast.Constant) and isinstance(value.value, (int, float, str, bool))
        found[statement.target.id] = "" if value is None else ast.unparse(value) if plain else "None"
    return found
