"""What the engine knows at one line, in words: names, what shares memory with what, what is written, and why
something is reported there or not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from tensorlint.alias.events import Write
from tensorlint.alias.facts import Facts
from tensorlint.alias.facts.values import describe
from tensorlint.alias.lattice import (
    Allocation,
    Constant,
    Given,
    Sharing,
    Value,
    alternatives,
    is_plain,
    shared_when,
)
from tensorlint.alias.region import REFERENCES, Step
from tensorlint.config import Options
from tensorlint.finding import Diagnostic
from tensorlint.inspection import Inspection
from tensorlint.knowledge import wording
from tensorlint.knowledge.contracts import speaking
from tensorlint.knowledge.effects import SHARING
from tensorlint.lint import lint
from tensorlint.source import Source, imports_tensors
from tensorlint.suppress import reported
from tensorlint.syntax.spans import unit_of

MOST_NAMES = 12  # that are listed as not known: more say no more


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the lines below it."""

    heading: str
    lines: tuple[str, ...]


def explain(source: Source, line: int, options: Options = Options()) -> list[Part]:
    """What is known at a line (from 1) of a file. Raises SyntaxError for what is no Python."""
    if not imports_tensors(source.text, options.libraries):
        return [Part("Not looked at", ("the file imports no library of tensors",))]
    with speaking(options.words):
        return list(_Explanation(source, line, options).parts())


class _Explanation:
    def __init__(self, source: Source, line: int, options: Options) -> None:
        self._source = source
        self._options = options
        self._inspection = Inspection(source, options.knowledge)
        self._analysis = self._inspection.analysis
        self._asked = line
        self._lines = _statement(self._analysis.outline.tree, line)
        self._line = self._lines[-1]
        self._function = self._inspection.function_at(line)

    def parts(self) -> Iterator[Part]:
        found = lint(self._source, self._analysis.outline.tree, self._options)
        yield self._place()
        why_not = self._not_analysed()
        if why_not:
            yield Part("Not analysed", (why_not,))
            return
        try:
            names = self._names()
        except KeyError:
            yield Part("Nothing runs here", ("ask for a line that holds a statement of the function",))
            return
        tensors = {name: value for name, value in names.items() if not is_plain(value)}
        told = tuple(f"`{name}`: {self._told(name, names)}" for name in names)
        yield Part("Names after this line", told or ("none",))
        yield Part("Shared memory", tuple(self._shared(tensors)) or ("no two of these names share memory",))
        written = tuple(self._written(tensors))
        if written:
            yield Part("Written by this line", written)
        signature = self._analysis.signature(f".{self._function}", {})
        if signature is not None:
            heading = f"What `{self._function}` returns, and does to its arguments"
            yield Part(heading, tuple(wording.cases(signature)))
        yield self._said(found)

    def _place(self) -> Part:
        text = self._source.lines[self._asked - 1].strip()
        where = "the top level" if self._function == "<module>" else f"`{self._function}`"
        return Part(f"{self._source.path}:{self._asked}, in {where}", (text or "(an empty line)",))

    def _not_analysed(self) -> str:
        if self._inspection.gave_up(self._function):
            return f"`{self._function}` came to no stable state: nothing is said of it"
        return self._analysis.skipped.get(self._function, "")

    def _names(self) -> dict[str, Value]:
        """What a person would call a variable: definitions of the file are none."""
        outline = self._analysis.outline
        found = self._inspection.names(self._function, self._line)
        defined = {*outline.functions, *outline.classes}
        return {name: value for name, value in found.items() if name not in defined}

    # What a name is bound to

    def _told(self, name: str, names: dict[str, Value]) -> str:
        leaves = alternatives(names[name])
        told = list(dict.fromkeys(self._leaf(leaf, name, when, names) for leaf, when in leaves))
        return told[0] if len(told) == 1 else f"one of: {'; '.join(told)}"

    def _leaf(self, value: Value, name: str, when: str, names: dict[str, Value]) -> str:
        """One thing that a name may be: the nearest one that has a name itself, and the views taken of it."""
        shorter = [
            (len(other.path), known)
            for known, other in names.items()
            if other.object == value.object
            and len(other.path) < len(value.path)
            and other.path == value.path[: len(other.path)]
        ]
        length, known = max(shorter, default=(0, ""))
        start = f"`{known}`" if known else self._object(Value(value.object, (), value.type), name)
        steps = "".join(f", {self._step(step)}" for step in value.path[length:])
        return f"{start}{steps}{f' (if {when})' if when else ''}"

    def _object(self, value: Value, name: str) -> str:
        thing = value.object
        kind = f", of type `{value.type}`" if value.type and not is_plain(value) else ""
        if isinstance(thing, Constant):
            return f"`{thing.value!r}`"
        if isinstance(thing, Given) and thing.kind == "parameter":
            handed_in = "handed in by the caller" if thing.name == name else f"`{thing.name}` of the caller"
            return f"{handed_in}{kind}"
        if describe(thing):
            return f"what `{describe(thing)}` holds{kind}"
        if is_plain(value):
            return "a plain value"
        site = getattr(thing, "site", -1)
        made = f"made in {self._where(site)}" if _is_of_file(site) else "from elsewhere"
        if isinstance(thing, Allocation):
            new = "made by this or an earlier turn of the loop" if thing.old else "new"
            return f"{new}{kind}, {made}"
        return f"unknown, {made}"

    def _step(self, step: Step) -> str:
        kind = "part" if step.kind == "piece" else step.kind
        words = REFERENCES.get(kind) or f"a view of it: {SHARING[kind].partition(': (')[0]}"
        return f"{words}, taken in {self._where(step.site)}" if _is_of_file(step.site) else words

    def _where(self, origin: int) -> str:
        return f"line {self._analysis.span(origin).line}: `{self._analysis.text(origin)}`"

    # What shares memory, and who is written

    def _shared(self, tensors: dict[str, Value]) -> Iterator[str]:
        unknown: set[str] = set()
        for (first, left), (second, right) in combinations(tensors.items(), 2):
            sharing, when = shared_when(left, right)
            if sharing is Sharing.DEFINITE:
                yield f"`{first}` and `{second}`: always"
            elif sharing is Sharing.POSSIBLE:
                yield f"`{first}` and `{second}`: {f'if {when}' if when else 'in some runs, or in part'}"
            elif sharing is Sharing.UNKNOWN:
                unknown |= {first, second}
        if unknown:
            named = ", ".join(f"`{name}`" for name in sorted(unknown)[:MOST_NAMES])
            more = " and others" if len(unknown) > MOST_NAMES else ""
            yield f"not known for some pairs of {named}{more}; what is not known is not reported"

    def _written(self, tensors: dict[str, Value]) -> Iterator[str]:
        for write in self._inspection.writes(self._function, self._line):
            shares = {name: shared_when(write.region, value)[0] for name, value in tensors.items()}
            changed = [f"`{name}`" for name, how in shares.items() if how is Sharing.DEFINITE]
            perhaps = [f"`{name}`" for name, how in shares.items() if how is Sharing.POSSIBLE]
            said = (
                f"`{self._analysis.text(write.origin)}` changes {', '.join(changed) or 'nothing with a name'}"
            )
            yield said + (f", and perhaps {', '.join(perhaps)}" if perhaps else "")

    # What is reported, or why nothing is

    def _said(self, found: list[Diagnostic]) -> Part:
        here = [each for each in found if each.line in self._lines]
        if here:
            kept = reported(self._source, here)
            said = [each.one_line for each in kept]
            said += [f"silenced by `noqa`: {each.one_line}" for each in here if each not in kept]
            return Part("Reported here", tuple(said))
        named = [each for each in found if any(note.line in self._lines for note in each.notes)]
        if named:
            return Part("Part of a finding", tuple(f"line {each.line}: {each.one_line}" for each in named))
        return Part("Nothing is reported here", tuple(dict.fromkeys(self._silence())) or (NOTHING_SHARED,))

    def _silence(self) -> Iterator[str]:
        for unit in self._analysis.outline.units:
            if unit.qualname != self._function:
                continue
            for facts in self._analysis.facts(unit):
                for event in facts.events():
                    if isinstance(event, Write) and self._analysis.span(event.origin).end_line == self._line:
                        yield _why_silent(event, facts)


NOTHING_SHARED = "the line writes nothing in place"


def _why_silent(write: Write, facts: Facts) -> str:
    """Why a write is no finding, as far as that is one reason."""
    if any(leaf.object in write.blank for leaf, _ in alternatives(write.through)):
        return "what is written was blank until now: it is being filled"
    if any(describe(leaf.object) in facts.function.mutates for leaf, _ in alternatives(write.through)):
        return "the function declares that it writes this"
    after = facts.after(write)
    if after.base is None:
        return "nobody is known to read what is written by another name afterwards"
    if after.view is None:
        return (
            "the name that is written is not read afterwards: that is a readable way to write what it views"
        )
    return "no rule applies: the write is plainly visible to whoever reads it, or meant"


def _is_of_file(site: int) -> bool:
    """Whether an instruction of the file made something: what was there before it has no place."""
    return unit_of(site) >= 0


def _statement(tree: ast.Module, line: int) -> range:
    """The lines of the statement around a line; of one with a body, the line itself."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    innermost = max(around, key=lambda node: node.lineno, default=None)
    if innermost is None or hasattr(innermost, "body"):
        return range(line, line + 1)
    return range(innermost.lineno, (innermost.end_lineno or line) + 1)
