"""A function of the linted file as a :class:`Signature`: the type of fact that the knowledge tables hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tensorlint import ir
from tensorlint.alias import directions
from tensorlint.alias.events import Write
from tensorlint.alias.evidence import Certainty
from tensorlint.alias.lattice import (
    PICKED,
    PLAIN_TYPE,
    Allocation,
    Constant,
    Given,
    Held,
    Object,
    Value,
    alternatives,
    is_plain,
)
from tensorlint.alias.region import At
from tensorlint.alias.solve import Solution
from tensorlint.alias.state import State
from tensorlint.knowledge.effects import (
    PREDICATES,
    Applied,
    Atom,
    Case,
    Clause,
    ElementsWritten,
    Guard,
    Many,
    New,
    Param,
    Path,
    ReferenceStored,
    Signature,
    Term,
    Typed,
    Word,
)

DEEPEST_RESULT = 3
Kinds = Mapping[str, str]  # of the parameters, by name: "*" for all that are left
UNDECIDED = Guard("and", (Atom("path", (Path("self"),)),))
UNCONVERTED = Guard("and", (Atom("as_is", (Path("self"),)),))  # `asarray` gives back what it is handed


def summarize(solution: Solution) -> Signature:
    """What a call of the solved function returns, writes and keeps, in terms of its parameters."""
    function = solution.function
    parameters = tuple(Param(p.name, p.kind, _default(p)) for p in function.parameters)
    names = {parameter.name: parameter.kind for parameter in parameters}
    once = _made_once(function)
    if solution.gave_up or function.is_generator or "contextlib.contextmanager" in function.decorators:
        return declared(function)
    declares = tuple(
        w for w in _declared(function) if str(w) not in {str(o) for o in _writes(solution, names)}
    )
    writes = (*_writes(solution, names), *declares, *_stores(solution, names, once))
    terms: dict[str, Term] = {}
    by_data: set[str] = set()
    for value, state in solution.returned:
        for leaf, condition in alternatives(_as_kept(value, state, once)):
            term = _term(leaf, state, names, DEEPEST_RESULT)
            terms[str(term)] = term
            if condition and PREDICATES["path"] not in condition:
                by_data.add(str(term))
    found = sorted(terms.values(), key=lambda term: str(term) not in by_data) or [Word("none")]
    if len(found) > 4 or any(_is_unknown(term) for term in found):
        found = [Word("unknown")]
    guard = UNCONVERTED if len(found) == len(by_data) + 1 else UNDECIDED
    cases = [Case(term, writes, guard) for term in found[:-1]]
    readonly = (Clause("readonly"),) if _is_readonly(solution) else ()
    return Signature(parameters, (*cases, Case(found[-1], writes)), readonly)


def _is_readonly(solution: Solution) -> bool:
    """Whether writing to any view that is returned raises."""
    leaves = (leaf for value, _ in solution.returned for leaf, _ in alternatives(value))
    views = [leaf.path for leaf in leaves if any(step.is_view for step in leaf.path)]
    return bool(views) and all(any(step.readonly for step in path) for path in views)


def declared(function: ir.Function) -> Signature:
    """What a function says of itself, where nothing else is known: what it declares to write."""
    parameters = tuple(Param(p.name, p.kind, _default(p)) for p in function.parameters)
    return Signature(parameters, (Case(Word("unknown"), _declared(function)),))


def _declared(function: ir.Function) -> tuple[ElementsWritten, ...]:
    names = {parameter.name for parameter in function.parameters}
    paths = (path.split(".") for path in sorted(function.mutates))
    return tuple(
        ElementsWritten(Path(root, tuple(f".{step}" for step in steps)))
        for root, *steps in paths
        if root in names
    )


def _is_unknown(term: Term) -> bool:
    return isinstance(term, Word) and term.text == "unknown"


def _default(parameter: ir.Parameter) -> str:
    if not parameter.has_default:
        return ""
    return repr(parameter.default.value) if parameter.default is not None else "None"


def _writes(solution: Solution, names: Kinds) -> tuple[ElementsWritten | ReferenceStored, ...]:
    """What is written of the parameters; ``perhaps`` where it always is one of several things."""
    found: dict[str, ElementsWritten | ReferenceStored] = {}
    evidence = solution.evidence
    for event in solution.events():
        if not isinstance(event, Write):
            continue
        leaves = [leaf for leaf, _ in alternatives(event.through)]
        for leaf in leaves:
            path = _path_of(leaf.object, names)
            if path is None:
                continue
            if len(leaves) == 1 and not _is_one_of_starred(leaf.object, names):
                shown = evidence.certainty.get(path.root, Certainty.GUESSED) > Certainty.GUESSED
                found[str(path)] = ElementsWritten(path, type=leaf.type if shown and not path.steps else "")
            else:
                found.setdefault(str(path), ElementsWritten(path, "perhaps"))
    return tuple(found[key] for key in sorted(found))


def _made_once(function: ir.Function) -> frozenset[Held]:
    """The attributes of the receiver that are made where they are None: what they hold from then on."""
    asked = (
        instr.operand.split(".")
        for instr in ir.instructions(function)
        if isinstance(instr, ir.Assume) and instr.test == "none" and instr.holds
    )
    own = function.receiver
    return frozenset(Held(Given(own), f".{path[1]}") for path in asked if own and [own] == path[:-1])


def _as_kept(value: Value, state: State, once: frozenset[Held]) -> Value:
    """A result, as what an attribute holds that was made for it if need be: every call gives the same."""
    for thing in once:
        kept = state.heap.get(thing.owner, {}).get(thing.key)
        if kept is not None and (kept.object, kept.path) == (value.object, value.path):
            return replace(value, object=thing, path=())
    return value


def _stores(
    solution: Solution, names: Kinds, once: frozenset[Held]
) -> tuple[ElementsWritten | ReferenceStored, ...]:
    """Attributes of parameters that hold something else at the end: ``self.buffer <- x``."""
    found: list[ReferenceStored] = []
    for owner, contents in solution.exit.heap.items():
        base = _path_of(owner, names)
        if base is None or base.steps:
            continue
        for key, value in contents.items():
            if Held(owner, key) in once and isinstance(value.object, Allocation):
                continue
            step = key if key.startswith(".") else "[*]"
            for leaf, _ in alternatives(value):
                term = _term(leaf, solution.exit, names, 1)
                same = term.term if isinstance(term, Typed) else term
                if str(same) != f"{base}{key}":
                    found.append(ReferenceStored(Path(base.root, (step,)), term))
    return tuple(found)


def _path_of(thing: Object, names: Kinds) -> Path | None:
    """The path from a parameter to an object that was there at entry."""
    steps: list[str] = []
    while isinstance(thing, Held):
        if thing.key.startswith("<"):
            return None
        if not str(thing.slot).startswith(PICKED):  # one of the many that its owner stands for
            steps.append(thing.key)
        thing = thing.owner
    if isinstance(thing, Given) and thing.name in names:
        if steps and "*" in names[thing.name]:
            steps.pop()  # of a starred parameter, the name itself stands for each argument
        return Path(thing.name, tuple(reversed(steps)))
    return None


def _is_one_of_starred(thing: Object, names: Kinds) -> bool:
    """Whether an object is, or is held by, one argument of a starred parameter, and not any of them."""
    key = ""
    while isinstance(thing, Held):
        key, thing = thing.key, thing.owner
    return isinstance(thing, Given) and "*" in names.get(thing.name, "") and key not in ("", "[*]")


def _term(value: Value, state: State, names: Kinds, depth: int) -> Term:
    if isinstance(value.object, Constant):
        return Word("none") if value.object.value is None else Word("plain")
    if is_plain(value):
        return Word("plain")
    path = _path_of(value.object, names)
    stars = names.get(value.object.name, "") if isinstance(value.object, Given) else ""
    if path is not None and "*" in stars:
        return Many("tuple", (path,)) if stars == "*" else Word("unknown")
    if path is not None:
        return _seen_through(path, value)
    if isinstance(value.object, Allocation) and not value.object.old:
        contents = state.heap.get(value.object, {})
        if value.type in ("builtins.tuple", "builtins.list", "builtins.dict") and depth:
            return _container(value, contents, state, names, depth)
        if value.type and value.type != PLAIN_TYPE:
            packed = value.layout.is_contiguous and not value.layout.assumed
            backwards = directions.runs_backwards(value)
            qualities = [*sorted(value.traits), *(["contiguous"] if packed else [])]
            qualities += ["backwards"] if backwards else []
            return Typed(New(tuple(map(Word, qualities))), value.type)
    return Word("unknown")


def _seen_through(path: Path, value: Value) -> Term:
    steps = [step for step in value.path if step.is_view]
    if not steps:  # what a parameter itself is, the caller knows
        return Typed(path, value.type) if value.type and path.steps else path
    kind = "some" if any(step.leaves_out for step in steps) else "view"
    if kind == "view" and directions.runs_backwards(value):
        kind = "flipped"
    if value.layout.expanded:
        kind = "expanded"
    term: Term = Applied(kind, (path,))
    if len(steps) == 1 and steps[0].kind in ("permuted", "swapped") and steps[0].axes:
        positions = (axis.position for axis in steps[0].axes if isinstance(axis, At))
        term = Applied(steps[0].kind, (path, *(Path("", (), str(position)) for position in positions)))
    return Typed(term, value.type) if value.type else term


def _element_term(value: Value, state: State, names: Kinds, depth: int) -> Term:
    """Like :func:`_term`, where what earlier turns of a loop made is as new as what the last one made."""
    if isinstance(value.object, Allocation):
        value = replace(value, object=replace(value.object, old=False))
    return _term(value, state, names, depth - 1)


def _container(value: Value, contents: Mapping[str, Value], state: State, names: Kinds, depth: int) -> Term:
    terms: list[Term] = []
    kind = value.type.rpartition(".")[2]
    for key in sorted(contents, key=lambda key: (key == "[*]", len(key), key)):
        if key.startswith("["):
            found = _memories(
                {_element_term(leaf, state, names, depth) for leaf, _ in alternatives(contents[key])}
            )
            several = kind == "list" and "[*]" in contents
            terms += found if len(found) == 1 or several else [Word("unknown")]
    if kind == "dict":
        unique = dict.fromkeys(terms)
        return Many("dict", (next(iter(unique)) if len(unique) == 1 else Word("unknown"),), Path("key"))
    if kind == "tuple" and "[*]" in contents:
        return Word("unknown")
    if kind == "list" and terms and "[*]" not in contents:
        return Typed(Many("tuple", tuple(terms)), value.type)  # with their places
    return Many(kind, tuple(terms)) if terms else Word("unknown")


def _memories(terms: set[Term]) -> list[Term]:
    """The terms, without the number that one of them may be instead: it shares nothing."""
    return sorted(terms - {Word("plain")} or terms, key=str)
