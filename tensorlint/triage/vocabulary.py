"""What the tables say of a call, coarsely: may its result share memory, may it write to its arguments?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tensorlint.knowledge.catalog import TABLES, Catalog, Entry
from tensorlint.knowledge.effects import MEASURES

# What stands in the brackets of these is only measured, not shared.
_NEW = re.compile(rf"\b(?:new|{'|'.join(MEASURES)})\((?:[^()]|\([^()]*\))*\)")
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_FRESH = frozenset({"new", "plain", "meta", "none", "unknown", "list", "tuple", "set", "iter", "dict", "key"})
_WRITE = re.compile(r"!(?!meta)")
_PARAMETERS = re.compile(r"\((.*?)\) ->")


@dataclass(frozen=True, slots=True)
class Coarse:
    """``out`` is the position of an ``out`` parameter that may be given without its name, or -1.

    With ``out`` given a call always writes and shares; the other fields are about calls without.
    """

    shares: bool
    writes: bool
    out: int = -1


@cache
def coarse(effect: str) -> Coarse:
    """Read one effect line."""
    shares = writes = False
    for result in effect.split("->")[1:]:
        for case in result.partition(";")[0].split("|"):
            term, _, guard = case.partition(" if ")
            if "given(out)" in guard:
                continue
            value, *written = re.split(r", (?=[\w.\[\]*]+(?:!| <-))", term)
            words = _WORD.findall(re.sub(r" as [\w.]+", "", _NEW.sub("new", value)))
            shares = shares or not _FRESH.issuperset(words)
            writes = writes or any(_WRITE.search(part) for part in written)
            shares = shares or any("<-" in part for part in written)
    return Coarse(shares, writes, _out_position(effect))


def _out_position(effect: str) -> int:
    match = _PARAMETERS.search(effect)
    names = [part.partition("=")[0].strip() for part in match[1].split(",")] if match else []
    for position, name in enumerate(name for name in names if name != "/"):
        if name.startswith("*"):
            break
        if name == "out":
            return position
    return -1


@dataclass(frozen=True, slots=True)
class Methods:
    """Names that are a method or property of any type in the tables, by what they may do."""

    sharing: frozenset[str]
    writing: frozenset[str]
    all_names: frozenset[str]


@cache
def methods() -> Methods:
    """All types at once: the type of a receiver is not known here."""
    found = {name: coarse(entry.effect) for name, entry in _method_entries()}
    sharing: set[str] = set()
    writing: set[str] = set()
    for name, effect in found.items():
        method = name.rpartition(".")[2]
        if effect.shares:
            sharing.add(method)
        if effect.writes:
            writing.add(method)
    return Methods(
        frozenset(sharing), frozenset(writing), frozenset(name.rpartition(".")[2] for name in found)
    )


def _method_entries() -> Iterator[tuple[str, Entry]]:
    catalog = Catalog()
    for library in TABLES:
        for entry in catalog.entries(library):
            owner = entry.name.rpartition(".")[0].rpartition(".")[2]
            if owner[:1].isupper() or owner in ("ndarray", "list", "dict", "deque", "tuple", "set"):
                yield entry.name, entry
