"""What a function declares: that it writes, by its name, a parameter's name, a flag, or its docstring.

The words stand in ``contracts.toml``. A declared write is known to callers; an undeclared one is a
surprise. ``# tensorlint: mutates x`` and ``Annotated[…, Mutates]`` are read by ``syntax/contracts.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from tensorlint import ir
from tensorlint.toml import tomllib

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TABLE = "contracts.toml"
Words = tuple[tuple[str, tuple[str, ...]], ...]  # attribute of Contracts -> words that are added to it
_OWN_WORDS: ContextVar[Words] = ContextVar("own words of a project", default=())


@dataclass(frozen=True, slots=True)
class Names:
    """Names by which something is told: whole ones, and such that begin or end with a word."""

    whole: frozenset[str]
    first: frozenset[str]
    last: frozenset[str]

    def fit(self, name: str) -> bool:
        parts = words(name)
        known = name if len(name) == 1 else name.lower()  # `p` is a parameter of a model, `P` a matrix
        return known in self.whole or (len(parts) > 1 and (parts[0] in self.first or parts[-1] in self.last))


@dataclass(frozen=True, slots=True)
class Contracts:
    """The words of the table, ready to be asked."""

    parameters: Names
    flags: Names
    changing: frozenset[str]
    functions: frozenset[str]
    only_look: frozenset[str]
    ready: frozenset[str]
    drawing: frozenset[str]
    trials: frozenset[str]
    steps: frozenset[str]
    advancing: frozenset[str]
    kept: frozenset[str]
    earlier: frozenset[str]
    beside: frozenset[str]
    histories: frozenset[str]
    trained: frozenset[str]
    following: frozenset[str]
    apart: frozenset[str]
    stopping: frozenset[str]
    decorators: frozenset[str]
    classes: frozenset[str]
    writers: frozenset[str]
    training: frozenset[str]
    overrides: Mapping[str, str]
    phrases: tuple[re.Pattern[str], ...]
    naming: tuple[str, ...]  # phrases in which `{name}` stands for that of a parameter
    reusing: tuple[re.Pattern[str], ...]
    in_place: tuple[re.Pattern[str], ...]
    overwriting: tuple[re.Pattern[str], ...]
    denial: re.Pattern[str]

    def declare(self, function: ir.Function, parameter: str, bases: tuple[str, ...] = ()) -> bool:
        """Whether a function says that it writes to a parameter; ``bases`` are those of its class."""
        return (
            parameter in function.mutates
            or self.parameters.fit(parameter)
            or any(
                self.flags.fit(other.name) or self._decides(other.name, parameter)
                for other in function.parameters
            )
            or any(self.flags.fit(name) for name in _own_attributes(function))
            or self._named(function, bases)
            or not (returns_something(function) or self.only_looks(function.name))
            or self._documented(function.docstring or "", parameter)
        )

    def _decides(self, flag: str, parameter: str) -> bool:
        """Whether a parameter decides by its name whether another one is written: ``update_H`` of ``H``."""
        first, _, rest = flag.partition("_")
        return bool(parameter) and rest == parameter and first in self.changing

    def declared_by_name(self, name: str) -> bool:
        """Whether the name of a function says that it writes: ``normalize_``, ``fill_holes``."""
        if name.startswith("__"):
            return name not in _ORDINARY
        return is_marked(name) or not self.functions.isdisjoint(words(name))

    def _named(self, function: ir.Function, bases: tuple[str, ...]) -> bool:
        owner = (function.class_name or "").rpartition(".")[2]
        return (
            self.declared_by_name(function.name)
            or is_marked(owner)
            or any(not self.decorators.isdisjoint(words(name)) for name in function.decorators)
            or self.is_writer(owner, bases)
        )

    def is_writer(self, owner: str, bases: tuple[str, ...]) -> bool:
        """Whether a class is there to write what it holds, as an optimizer is, by its name or its bases."""
        named = any(not self.classes.isdisjoint(words(name)) for name in (owner, *bases))
        return named or not self.writers.isdisjoint(bases)

    def given_to(self, method: str, bases: tuple[str, ...]) -> str:
        """The type of what a method is handed by the library whose class it overwrites; empty where that is
        not known.
        """
        found = (self.overrides.get(f"{base}.{method}") for base in bases)
        return next(filter(None, found), "")

    def trains(self, callee: str) -> bool:
        """Whether a function of a library, by its qualified name, moves the weights that its object holds."""
        return not callee.startswith(".") and callee.rpartition(".")[2] in self.training

    def only_looks(self, name: str) -> bool:
        """Whether the name of a function says that it shows or keeps what it is given: ``plot_boxes``."""
        return not self.only_look.isdisjoint(words(name)[:1])

    def draws(self, name: str) -> bool:
        """Whether the name of a function says that it draws: ``draw_boxes``."""
        return not self.drawing.isdisjoint(words(name))

    def is_trial(self, name: str) -> bool:
        """Whether a function is made to be tried, timed or warmed up, by its name: ``test_clip``."""
        return not self.trials.isdisjoint((*words(name)[:1], "".join(words(name)[:2])))

    def keeps(self, name: str) -> bool:
        """Whether a name says of a model that it is the one to go back to: ``best_model``."""
        return not self.kept.isdisjoint(words(name))

    def is_kept_of(self, name: str, source: str) -> bool:
        """Whether a name says that it is the one to go back to of what another name means: ``best_model`` of
        ``model``.
        """
        return self.keeps(name) and {*words(name)} - self.kept == {*words(source)}

    def is_earlier(self, name: str) -> bool:
        """Whether a name says of a value that it is the one to go back to, or the one from before."""
        return self.keeps(name) or not self.earlier.isdisjoint(words(name))

    def tells_beside(self, name: str) -> bool:
        """Whether a name says that it holds what a step tells beside its result: ``infos``."""
        return not self.beside.isdisjoint(words(name))

    def tells_of_times(self, name: str) -> bool:
        """Whether a name says that it holds what something was, time after time: ``loss_history``."""
        return not self.histories.isdisjoint(words(name))

    def advances(self, name: str) -> bool:
        """Whether a method is there to be called with one sample after the other, by its name: ``push``."""
        return not self.advancing.isdisjoint(words(name)[:1])

    def makes_ready(self, name: str) -> bool:
        """Whether a function is there to be called once, before others, by its name: ``build``."""
        return not self.ready.isdisjoint(words(name))

    def is_trained(self, name: str) -> bool:
        """Whether a name says that it holds what is trained: ``policy_params``."""
        return not self.trained.isdisjoint(words(name))

    def follows(self, name: str) -> bool:
        """Whether a name says that it holds weights of its own, that follow others slowly: ``shadow``."""
        return not self.following.isdisjoint(words(name))

    def follows_another(self, name: str) -> bool:
        """Whether a name says of a model that it follows another one, from a distance: ``target_network``."""
        return self.follows(name) or "target" in words(name)

    def stands_apart(self, name: str) -> bool:
        """Whether a name says of a model that it has other weights than the one that it belongs to."""
        return not (self.apart | self.following | self.kept).isdisjoint(words(name))

    def stops(self, name: str) -> bool:
        """Whether the name of a class, or of what it holds, says that it stops a training: ``patience``."""
        return not self.stopping.isdisjoint(words(name))

    def reuses(self, docstring: str) -> bool:
        """Whether a docstring says that what is handed out is written again later."""
        return self._says(docstring, self.reusing)

    def says_in_place(self, comment: str) -> bool:
        """Whether a comment says of a write that it is one in place."""
        return self._says(comment, self.in_place)

    def overwrites(self, comment: str) -> bool:
        """Whether a comment says of a write that it overwrites what it names."""
        return self._says(comment, self.overwriting)

    def _documented(self, docstring: str, parameter: str) -> bool:
        if self._says(docstring, self.phrases):
            return True
        lines = ". ".join(docstring.splitlines())  # each may begin a sentence
        named = (phrase.replace("{name}", re.escape(parameter)) for phrase in self.naming if parameter)
        return bool(docstring) and self._says(lines, _phrases([*named]))

    def _says(self, docstring: str, phrases: tuple[re.Pattern[str], ...]) -> bool:
        text = " ".join(docstring.split())
        return any(
            self.denial.search(text[: found.start()]) is None
            for phrase in phrases
            for found in phrase.finditer(text)
        )


_ORDINARY = frozenset({"__init__", "__call__", "__getitem__", "__iter__", "__next__"})


def contracts() -> Contracts:
    """The table, with what the project whose code is read adds to it."""
    return _extended(_OWN_WORDS.get())


@contextmanager
def speaking(words: Words) -> Iterator[None]:
    """Meanwhile, the project's own words count as well."""
    before = _OWN_WORDS.set(words)
    try:
        yield
    finally:
        _OWN_WORDS.reset(before)


@cache
def _extended(words: Words) -> Contracts:
    table = _table()
    extended: dict[str, Any] = {}
    for key, listed in words:
        known, own = getattr(table, key), frozenset(word.lower() for word in listed)
        extended[key] = replace(known, whole=known.whole | own) if isinstance(known, Names) else known | own
    return replace(table, **extended)


@cache
def _table() -> Contracts:
    """The table, read once."""
    text = resources.files("tensorlint.knowledge").joinpath(_TABLE).read_text("utf-8")
    data = tomllib.loads(text)
    return Contracts(
        _names(data["parameters"]),
        _names(data["flags"]),
        frozenset(data["flags"]["changing"].split()),
        frozenset(data["functions"]["words"].split()),
        frozenset(data["functions"]["only_look"].split()),
        frozenset(data["functions"]["ready"].split()),
        frozenset(data["functions"]["drawing"].split()),
        frozenset(data["functions"]["trials"].split()),
        frozenset(data["functions"]["steps"].split()),
        frozenset(data["functions"]["advancing"].split()),
        frozenset(data["variables"]["kept"].split()),
        frozenset(data["variables"]["earlier"].split()),
        frozenset(data["variables"]["beside"].split()),
        frozenset(data["variables"]["histories"].split()),
        frozenset(data["variables"]["trained"].split()),
        frozenset(data["variables"]["following"].split()),
        frozenset(data["variables"]["apart"].split()),
        frozenset(data["variables"]["stopping"].split()),
        frozenset(data["decorators"]["words"].split()),
        frozenset(data["classes"]["words"].split()),
        frozenset(data["classes"]["writers"].split()),
        frozenset(data["classes"]["trains"].split()),
        data["overrides"],
        _phrases(data["docstrings"]["declares"]),
        tuple(data["docstrings"]["names"]),
        _phrases(data["docstrings"]["reuses"]),
        _phrases(data["comments"]["in_place"]),
        _phrases(data["comments"]["overwrites"]),
        re.compile(data["docstrings"]["denies"], re.IGNORECASE),
    )


def _names(section: dict[str, str]) -> Names:
    found = (frozenset(section.get(key, "").split()) for key in ("names", "first", "last"))
    return Names(*found)


def _phrases(listed: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(phrase, re.IGNORECASE) for phrase in listed)


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: ``ZeroPad2d`` and ``zero_pad_2d`` have the same."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def returns_something(function: ir.Function) -> bool:
    """Whether a function gives its caller anything: a value, elements of an iteration, an object made."""
    if function.is_generator or function.name == "__init__":
        return True
    return any(
        isinstance(instr, ir.Return) and instr.value != ir.Literal(None)
        for instr in ir.instructions(function)
    )


def is_marked(name: str) -> bool:
    """Whether a name says that it works in place, as PyTorch's methods do: ``add_``."""
    return name.endswith("_") and not name.endswith("__")


def _own_attributes(function: ir.Function) -> Iterator[str]:
    """The attributes of ``self`` that a method looks at."""
    if function.kind == "method" and function.parameters:
        own = function.parameters[0].name
        for instr in ir.instructions(function):
            if isinstance(instr, ir.GetAttribute) and instr.base == own:
                yield instr.name
