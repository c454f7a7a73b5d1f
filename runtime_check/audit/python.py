"""Every entry of Python's own table, called: the references that come out and stay are those that it says.

References are followed by identity, so no tensor library is needed: what a list of arrays does with its
arrays, it does with any things. Memory that is lent (``bytearray``, ``array``, ``mmap``) counts as one thing
too, and so does whatever looks at it.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import importlib
import io
import mmap
import random
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import shared_memory
from typing import Any

from runtime_check.audit.python_calls import CALLS, NUMBERS, UNPROVED, Keywords, Thing
from runtime_check.audit.row import Row, Verdict, entries_of, reason_against
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import (
    Applied,
    Atom,
    Case,
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
    literal,
)

SEED = 0
MEMORY = (bytearray, array.array, mmap.mmap, ctypes.Array)
SILENT = ("plain", "meta", "none")
OWN = ("builtins.", "collections.")


def entries() -> list[Entry]:
    return entries_of("builtins")


def audit(entry: Entry) -> Row:
    """What calling an entry showed of it."""
    name, effect = entry.name, entry.effect
    if reason := reason_against(entry, UNPROVED):
        return Row(name, effect, Verdict.UNPROVED, reason)
    try:
        found = resolve(name)
    except (ImportError, AttributeError):
        return Row(name, effect, Verdict.LACKING, "this Python has no such name")
    probes, seen = 0, dict[str, None]()
    for make in _calls(entry):
        random.seed(SEED)
        call = Call(entry.signature, make())
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = call.run(found)
        except Exception as error:
            if name in CALLS:
                return Row(name, effect, Verdict.UNPROVED, f"{type(error).__name__}: {error}", probes)
            continue  # one of many attempts to find what numbers it takes
        probes += 1
        case = call.case()
        complaint = call.complaint(case, result)
        call.close(result)
        if complaint:
            return Row(name, effect, Verdict.REFUTED, f"{case}: {complaint}", probes)
        seen[str(case)] = None
    unseen = [str(case) for case in entry.signature.cases if str(case) not in seen and _claims(case)]
    reason = "no call of the battery fits" if not probes else f"never seen: {unseen[0]}" if unseen else ""
    verdict = Verdict.UNPROVED if reason else Verdict.CONFIRMED
    return Row(name, effect, verdict, reason, probes, tuple(seen))


def _claims(case: Case) -> bool:
    """Whether a case says anything that this audit can see: what other libraries' types do is theirs."""
    atoms = case.guard.atoms if case.guard else ()
    types = [str(literal(atom.arguments[1])) for atom in atoms if atom.relation == "type"]
    term = case.term.term if isinstance(case.term, Typed) else case.term
    return all(name.startswith(OWN) for name in types) and (term != Word("unknown") or bool(case.writes))


def _calls(entry: Entry) -> Iterator[Callable[[], tuple[Any, ...]]]:
    if entry.name in CALLS:
        yield from CALLS[entry.name]
    elif entry.signature.construct == "property" and not entry.signature.parameters:
        yield lambda: ()
    elif all(isinstance(c.term, Word) and c.term.text in SILENT for c in entry.signature.cases):
        yield from NUMBERS  # whatever it is given, no reference comes out


def resolve(name: str) -> Any:
    """The object of a qualified name. Raises ImportError or AttributeError where this Python has none."""
    module, *rest = name.split(".")
    found: Any = importlib.import_module(module)
    for part in rest:
        module = f"{module}.{part}"
        if not hasattr(found, part) and hasattr(found, "__path__"):
            importlib.import_module(module)
        found = getattr(found, part)
    return found


def within(value: Any, depth: int = 4) -> Iterator[Any]:
    """The things that a value is or holds, a few levels and elements deep."""
    if isinstance(value, shared_memory.SharedMemory):
        yield from within(value.buf)
    elif isinstance(value, (Thing, *MEMORY)):
        yield value
    elif isinstance(value, memoryview):
        with contextlib.suppress(ValueError):  # released
            yield value.obj
    elif isinstance(value, weakref.ref):
        yield from within(value(), depth)
    elif isinstance(value, Mapping):
        yield from within([*value.values()], depth)
    elif depth and hasattr(value, "queue"):
        yield from within([*value.queue], depth)
    elif depth and not isinstance(value, (str, bytes, type, io.IOBase)) and hasattr(value, "__iter__"):
        for _, each in zip(range(6), value):  # noqa: B905 - a cycle never ends
            yield from within(each, depth - 1)
    elif depth:  # a partial function, an object with attributes
        yield from within([*getattr(value, "args", ()), *getattr(value, "__dict__", {}).values()], depth - 1)


def elements(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    if hasattr(value, "queue"):
        return list(value.queue)
    return [*within(value)] if isinstance(value, (weakref.ref, *MEMORY)) else list(value)


class Call:
    """One call: the arguments by parameter, with the elements that they had before it."""

    def __init__(self, signature: Signature, arguments: tuple[Any, ...]) -> None:
        self.signature = signature
        last = arguments[-1] if arguments else None
        self.keywords: dict[str, Any] = dict(last) if isinstance(last, Keywords) else {}
        self.positional = list(arguments[:-1] if isinstance(last, Keywords) else arguments)
        self.values: dict[str, Any] = {}
        rest, named = list(self.positional), dict(self.keywords)
        for param in signature.parameters:
            if param.kind == "*":
                self.values[param.name], rest = tuple(rest), []
            elif param.kind == "**":
                self.values[param.name] = tuple(named.values())
            elif rest and param.kind in ("positional", "either"):
                self.values[param.name] = rest.pop(0)
            elif param.name in named:
                self.values[param.name] = named.pop(param.name)
            else:
                self.values[param.name] = _default(param)
        self.before = {name: self._kept(value) for name, value in self.values.items()}
        self.memory = {name: picture(value) for name, value in self.values.items()}

    def _kept(self, value: Any) -> Any:
        if isinstance(value, (list, set, dict, deque, tuple, frozenset)):
            return elements(value)
        return [*within(value)] if not isinstance(value, type(iter([]))) else [*value.__reduce__()[1][0]]

    def run(self, found: Any) -> Any:
        if self.signature.construct == "property":
            return found.__get__(self.values["self"]) if self.values else found
        result = found(*self.positional, **self.keywords)
        clause = self.signature.clause("call")
        return result() if clause is not None and isinstance(result, weakref.ref) else result

    def close(self, result: Any) -> None:
        """Give back what the system lends."""
        for value in (result, *self.values.values()):
            if isinstance(value, shared_memory.SharedMemory):
                with contextlib.suppress(FileNotFoundError, BufferError):
                    value.close()
                    value.unlink()

    def reached(self, path: Path) -> list[Any]:
        """What a path stood for before the call."""
        starred = any(p.name == path.root and p.kind in ("*", "**") for p in self.signature.parameters)
        found = list(self.values[path.root]) if starred else [self.values[path.root]]
        for number, step in enumerate(path.steps):
            assert step == "[*]"
            inner = [self.before[path.root]] if not number and not starred else map(elements, found)
            found = [each for many in inner for each in many]
        return found

    def case(self) -> Case:
        return next(c for c in self.signature.cases if c.guard is None or self._decides(c.guard))

    def _decides(self, guard: Guard) -> bool:
        found = [self._decide(atom) != atom.negated for atom in guard.atoms]
        return all(found) if guard.connective == "and" else any(found)

    def _decide(self, atom: Atom) -> bool:
        value = self.values[atom.arguments[0].root]
        match atom.relation:
            case "":
                return bool(value)
            case "given":
                return value is not None and value != ()
            case "scalar":
                return isinstance(value, (int, float))
            case "tuple":
                return isinstance(value, (tuple, list))
            case "type":
                name = str(literal(atom.arguments[1]))
                return name.startswith(OWN) and isinstance(value, resolve(name))
        raise AssertionError(f"no way to decide {atom}")

    def things(self, term: Term) -> set[Any] | None:
        """The things that a term speaks of, by identity; ``None`` where it says nothing."""
        if isinstance(term, Typed):
            return self.things(term.term)
        if isinstance(term, Path):
            return {id(thing) for value in self.reached(term) for thing in within(value)}
        if isinstance(term, Applied):
            return {id(thing) for value in self.reached(term.arguments[0]) for thing in within(value)}
        if isinstance(term, Many):
            parts = [self.things(inner) for inner in term.terms]
            return None if None in parts else {thing for part in parts if part for thing in part}
        if isinstance(term, New):
            held = term.quality("holds") or term.quality("filled") or ()
            return {id(thing) for path in held for value in self.reached(path) for thing in within(value)}
        return None if term.text == "unknown" else set()

    def complaint(self, case: Case, result: Any) -> str:
        """What is wrong with a result and with what stayed behind; empty where all is as the case says."""
        expected = self.things(case.term)
        stored = [(w.path.root, self.things(w.term)) for w in case.writes if isinstance(w, ReferenceStored)]
        own = {id(thing) for value in self.before.values() for thing in within(value)}
        got = {id(thing) for thing in within(result)} & own
        if expected is not None:
            allowed = expected.union(*(kept or () for _, kept in stored))
            lacking = expected - got if isinstance(case.term, Many) else expected and not got
            if got - allowed or lacking:
                return f"hands out {len(got)} things, not {len(expected)}"
        for root, kept in stored:
            if kept is not None and not kept <= {id(thing) for thing in within(self.values[root])}:
                return "does not keep them"
        for name, before in self.before.items():
            told = set[Any]().union(*(kept or () for root, kept in stored if root == name))
            known = {id(thing) for thing in within(before)} | told
            if isinstance(before, list) and {id(thing) for thing in within(self.values[name])} & own - known:
                return f"{name} keeps more"
        return self._wrong_type(case.term, result) or self._wrong_writes(case)

    def _wrong_type(self, term: Term, result: Any) -> str:
        if not isinstance(term, Typed):
            return ""
        found = (set, frozenset) if term.type == "builtins.set" else resolve(term.type)
        called = self.signature.clause("call") is not None
        return "" if called or isinstance(result, found) else f"is a {type(result).__name__}"

    def _wrong_writes(self, case: Case) -> str:
        """Memory that was written and should not have been, or the other way round."""
        written = {w.path.root for w in case.writes if isinstance(w, ElementsWritten)}
        changed = {name for name, before in self.memory.items() if picture(self.values[name]) != before}
        if changed - written:
            return f"writes {sorted(changed - written)}"
        lent = {name for name in written if self.memory[name]}
        return f"does not write {sorted(lent - changed)}" if lent - changed else ""


def picture(value: Any) -> bytes:
    """The bytes of memory that a value is or looks at; of other things, nothing."""
    if isinstance(value, shared_memory.SharedMemory):
        value = value.buf
    if isinstance(value, mmap.mmap):
        return value[:]
    if isinstance(value, memoryview):
        try:
            return value.tobytes()
        except ValueError:  # released
            return b""
    return memoryview(value).tobytes() if isinstance(value, (bytearray, array.array, ctypes.Array)) else b""


def _default(param: Param) -> Any:
    if param.kind in ("*", "**") or param.default == "()":
        return ()
    try:
        return literal(Path("", (), param.default))
    except (ValueError, SyntaxError):
        return None
