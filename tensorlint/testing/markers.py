"""The marker grammar: what a fixture claims, in comments at the ends of its lines.

A marker comment is a list of clauses separated by ``;``::

    patch = image[1:3, 1:3]  # alias: patch ~ image
    patch -= patch.mean()  # expect: TAL101; changes: image

===================  ===========================================================================
``expect: CODE``     the linter reports CODE at this line; ``CODE[kind]`` names the evidence
``expect: CODE at +2``  the same; its harm is witnessed by a claim two lines further down
``misses: CODE``     a known false negative: the harm is real, the linter does not see it yet
``alias: a ~ b``     an element of ``a`` overlaps one of ``b`` in every execution
``alias: a !~ b``    in none
``alias: a ?~ b``    in some executions and not in others; both were seen
``same: a is b``     one object (``is not``: two) in every execution
``parts: a | b``     parts of one storage without a common element, in every execution
``changes: a, b``    the statement changes the bytes of ``a`` in some execution, and of ``b``
``keeps: a``         the statement leaves the bytes of ``a`` alone in every execution
``lost: a``          ``a`` is gone, or a write to it went nowhere
``raises: Error``    the statement raises Error
``wrong: a``         ``a`` has another value than the good twin ends with
``differs: a``       ``a`` has another value on another device
``wasted: a``        the good twin ends alike, and takes less memory, by most of the bytes of ``a``
``devices: cpu``     anywhere in the file: the fixture runs only there
``backends: jax``    anywhere in the file: the fixture, a Keras one, runs only on these
===================  ===========================================================================

A claim can be bound to a device, ``alias[cpu]: y ~ x``, or to a backend of Keras, ``keeps[jax]: v``; where
several are named, it is as many claims. Operands are expressions: ``self.data``, ``xs[0]``.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import Enum


class Kind(str, Enum):
    """What a claim speaks of; the value is the clause's keyword."""

    ALIAS = "alias"
    SAME = "same"
    PARTS = "parts"
    CHANGES = "changes"
    KEEPS = "keeps"
    LOST = "lost"
    RAISES = "raises"
    WRONG = "wrong"
    DIFFERS = "differs"
    WASTED = "wasted"


EVIDENCE = frozenset({"changes", "shares", "lost", "raises", "wrong", "differs", "wasted"})
DEVICES = frozenset({"cpu", "cuda"})
BACKENDS = ("tensorflow", "jax", "torch")  # of Keras

_KEYWORDS = frozenset({kind.value for kind in Kind} | {"expect", "misses", "devices", "backends"})
_PROSE = frozenset({"noqa", "type", "pragma", "tensorlint", "note", "fmt"})
_CLAUSE = re.compile(r"(?P<key>[a-z]+)\s*(?:\[(?P<scope>[^\]]*)\])?\s*:(?P<body>.*)", re.DOTALL)
_CODE = re.compile(r"(?P<code>TAL\d{3})(?:\[(?P<kind>[^\]]*)\])?(?: at \+(?P<below>\d+))?")
_RELATIONS = {
    Kind.ALIAS: re.compile(r"\s(!~|\?~|~)\s"),
    Kind.SAME: re.compile(r"\s(is not|is)\s"),
    Kind.PARTS: re.compile(r"\s(\|)\s"),
}
_NEGATION = {"~": "!~", "!~": "~", "is": "is not", "is not": "is"}


class MarkerError(ValueError):
    """A marker that cannot be read; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The linter reports ``code`` at ``line``; ``evidence`` names the kind of harm that is meant, which shows
    ``below`` that line by so many.
    """

    line: int
    code: str
    evidence: str | None = None
    below: int = 0

    @property
    def witnessed(self) -> int:
        """The line at which the harm shows."""
        return self.line + self.below


@dataclass(frozen=True, slots=True)
class Miss:
    """A known false negative at ``line``."""

    line: int
    code: str

    @property
    def witnessed(self) -> int:
        return self.line


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement about the line it stands at, decided by running the line.

    ``relation`` is ``~``, ``!~``, ``?~``, ``is``, ``is not``, ``|`` or empty. ``operands`` are expressions;
    that of ``raises`` is the name of an exception.
    """

    line: int
    kind: Kind
    operands: tuple[str, ...]
    relation: str = ""
    device: str | None = None
    backend: str | None = None

    @property
    def evidence(self) -> str | None:
        """The kind of harm that this claim witnesses when it holds."""
        if self.kind in (Kind.ALIAS, Kind.SAME):
            return "shares" if self.relation in ("~", "?~", "is") else None
        return self.kind.value if self.kind.value in EVIDENCE else None

    @property
    def scope(self) -> str | None:
        """The device or backend that the claim is bound to."""
        return self.device or self.backend

    def applies_on(self, device: str, backend: str = "") -> bool:
        return self.device in (None, device) and self.backend in (None, backend)

    def turned_round(self) -> Claim | None:
        """The claim that holds only where this one does not, or None where there is no such claim."""
        if self.kind in (Kind.ALIAS, Kind.SAME):
            opposite = _NEGATION.get(self.relation)
            return replace(self, relation=opposite) if opposite else None
        if self.kind is Kind.PARTS:
            return replace(self, kind=Kind.ALIAS, relation="~") if len(self.operands) == 2 else None
        opposites = {Kind.CHANGES: Kind.KEEPS, Kind.KEEPS: Kind.CHANGES}
        return replace(self, kind=opposites[self.kind]) if self.kind in opposites else None

    def __str__(self) -> str:
        scope = f"[{self.scope}]" if self.scope else ""
        return f"{self.kind.value}{scope}: {f' {self.relation} '.join(self.operands)}"


@dataclass(frozen=True, slots=True)
class Markers:
    """All the markers of one file, in the order of its lines."""

    expectations: tuple[Expectation, ...] = ()
    misses: tuple[Miss, ...] = ()
    claims: tuple[Claim, ...] = ()
    devices: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines that say something about their statement."""
        lines = {*(marker.line for marker in self.expectations), *(marker.line for marker in self.misses)}
        return tuple(sorted(lines | {claim.line for claim in self.claims}))


def parse_markers(text: str, path: str = "<text>") -> Markers:
    """Read the markers of ``text``. Raises MarkerError, which names ``path`` and the line."""
    expectations: list[Expectation] = []
    misses: list[Miss] = []
    claims: list[Claim] = []
    places: dict[str, list[str]] = {"devices": [], "backends": []}
    for line, comment, alone in _comments(text):
        where = f"{path}:{line}"
        for key, scope, body in _clauses(comment, where):
            if alone and key not in places:
                raise MarkerError(f"{where}: `{key}:` must stand at the end of the line that it speaks of")
            if key == "expect":
                expectations.extend(Expectation(line, *pair) for pair in _codes(body, where))
            elif key == "misses":
                misses.extend(Miss(line, code) for code, _, _ in _codes(body, where))
            elif key in places:
                known = DEVICES if key == "devices" else BACKENDS
                places[key].extend(_one_of(known, key[:-1], name, where) for name in _split(body, ","))
            else:
                for device, backend in _scopes(scope, where):
                    found = _claims(Kind(key), body, line, where)
                    claims.extend(replace(claim, device=device, backend=backend) for claim in found)
    devices, backends = (tuple(dict.fromkeys(names)) for names in places.values())
    return Markers(tuple(expectations), tuple(misses), tuple(claims), devices, backends)


def _comments(text: str) -> Iterator[tuple[int, str, bool]]:
    """Line, text without the hash, and whether nothing else stands on the line."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#").strip(), not token.line[: token.start[1]].strip()


def _clauses(comment: str, where: str) -> Iterator[tuple[str, str | None, str]]:
    first = re.match(r"([A-Za-z]+)\s*(\[[^\]]*\])?\s*:", comment)
    if first is None or first[1].lower() in _PROSE:
        if re.match(rf"({'|'.join(sorted(_KEYWORDS))})\s*(\[|$)", comment):
            raise MarkerError(f"{where}: `{comment}` lacks its colon")
        return  # prose
    for clause in _split(comment, ";"):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            hint = " (write the sharing as `alias: a ~ b`)" if clause == "shares" else ""
            raise MarkerError(f"{where}: `{clause}` is no clause: expected `keyword: …`{hint}")
        if match["key"] not in _KEYWORDS:
            raise MarkerError(
                f"{where}: unknown marker `{match['key']}`; known: {', '.join(sorted(_KEYWORDS))}"
            )
        body = match["body"].strip()
        if not body:
            raise MarkerError(f"{where}: `{match['key']}:` says nothing")
        if match["scope"] is not None and match["key"] in ("expect", "misses", "devices", "backends"):
            raise MarkerError(
                f"{where}: `{match['key']}` takes no device; the kind follows the code: `TAL101[changes]`"
            )
        yield match["key"], match["scope"], body


def _split(text: str, separator: str) -> list[str]:
    """Split at ``separator`` where it stands outside brackets and quotes."""
    pieces, depth, quote, start = [], 0, "", 0
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == separator and depth == 0:
            pieces.append(text[start:index].strip())
            start = index + 1
    pieces.append(text[start:].strip())
    return pieces


def _codes(body: str, where: str) -> Iterator[tuple[str, str | None, int]]:
    for item in _split(body, ","):
        match = _CODE.fullmatch(item)
        if match is None:
            raise MarkerError(f"{where}: `{item}` is no rule code such as TAL101 or TAL107[raises]")
        if match["kind"] is not None and match["kind"] not in EVIDENCE:
            raise MarkerError(
                f"{where}: `{match['kind']}` is no evidence; known: {', '.join(sorted(EVIDENCE))}"
            )
        yield match["code"], match["kind"], int(match["below"] or 0)


def _one_of(known: Collection[str], what: str, name: str, where: str) -> str:
    if name not in known:
        raise MarkerError(f"{where}: unknown {what} `{name}`; known: {', '.join(sorted(known))}")
    return name


def _scopes(text: str | None, where: str) -> Iterator[tuple[str | None, str | None]]:
    """The device or the backend that each scope binds a claim to; neither where there is no scope."""
    if text is None:
        yield None, None
        return
    for name in _split(text, ","):
        yield (None, name) if name in BACKENDS else (_one_of(DEVICES, "device", name, where), None)


def _claims(kind: Kind, body: str, line: int, where: str) -> Iterator[Claim]:
    for item in _split(body, ","):
        if kind not in _RELATIONS:
            yield Claim(line, kind, (_operand(item, where),))
            continue
        pieces = _RELATIONS[kind].split(item)
        operands, relations = pieces[0::2], pieces[1::2]
        if not relations or (kind is not Kind.PARTS and len(relations) > 1):
            form = {Kind.ALIAS: "a ~ b", Kind.SAME: "a is b", Kind.PARTS: "a | b"}[kind]
            raise MarkerError(f"{where}: `{item}` should read like `{form}`")
        yield Claim(line, kind, tuple(_operand(operand, where) for operand in operands), relations[0])


def _operand(text: str, where: str) -> str:
    text = text.strip()
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        raise MarkerError(f"{where}: `{text}` is no expression") from None
    return text
