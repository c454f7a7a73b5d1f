"""Read one line of knowledge: the parser of the grammar in :mod:`tensorlint.knowledge.effects`."""

from __future__ import annotations

import re

from tensorlint.knowledge.effects import (
    CLAUSES,
    FAILURES,
    KINDS,
    MEASURES,
    PREDICATES,
    QUALITIES,
    SHARING,
    WORDS,
    Applied,
    Atom,
    Case,
    Clause,
    EffectError,
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

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'[^']*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<mark>->|<-|==|\*\*|\[\*\]|[()\[\]{},:;|!*/=.]))"""
)


def parse(text: str) -> Signature:
    """Read one line of knowledge. Raises :class:`EffectError`."""
    parser = _Parser(text)
    try:
        signature = parser.signature()
    except RecursionError as error:
        raise EffectError("nested too deep to be read") from error
    parser.expect_end()
    return signature


def parse_demand(text: str) -> tuple[Atom, str]:
    """Read a ``demands`` clause: what has to hold, and what happens otherwise.

    Raises :class:`EffectError`.
    """
    parser = _Parser(text)
    atom = parser.atom()
    if parser.peek() not in FAILURES:
        raise parser.fail(f"what happens otherwise: {' or '.join(FAILURES)}")
    failure = parser.take()
    parser.expect_end()
    return atom, failure


def parse_condition(text: str) -> Atom:
    """Read the predicate of a ``readonly`` clause. Raises :class:`EffectError`."""
    parser = _Parser(text)
    atom = parser.atom()
    parser.expect_end()
    return atom


def parse_guarded(text: str) -> tuple[Path, Guard | None]:
    """Read a path that may have a guard: ``first if grad(second)``. Raises :class:`EffectError`."""
    parser = _Parser(text)
    path = parser.path()
    guard = parser.guard() if parser.accept("if") else None
    parser.expect_end()
    return path, guard


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        stripped = text.rstrip()
        while at < len(stripped):
            match = _TOKEN.match(stripped, at)
            if match is None or match.end() == at:
                at = len(stripped) - len(stripped[at:].lstrip())
                raise EffectError(f"column {at + 1}: unexpected {stripped[at : at + 10]!r} in {text!r}")
            kind = str(match.lastgroup)
            self.tokens.append((kind, match.group(kind), match.start(kind)))
            at = match.end()
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def kind(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""

    def fail(self, expected: str) -> EffectError:
        column = self.tokens[self.at][2] + 1 if self.at < len(self.tokens) else len(self.text) + 1
        found = repr(self.peek()) if self.peek() else "the end"
        return EffectError(f"column {column}: expected {expected}, found {found} in {self.text!r}")

    def take(self, wanted: str = "") -> str:
        if self.at >= len(self.tokens) or (wanted and self.peek() != wanted):
            raise self.fail(repr(wanted) if wanted else "more")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def accept(self, wanted: str) -> bool:
        if self.peek() == wanted and self.kind() != "string":
            self.at += 1
            return True
        return False

    def name(self, expected: str = "a name") -> str:
        if self.kind() != "name":
            raise self.fail(expected)
        return self.take()

    def expect_end(self) -> None:
        if self.at < len(self.tokens):
            raise self.fail("the end")

    def signature(self) -> Signature:
        construct = self.take() if self.peek() in ("class", "property") else ""
        parameters = self.parameters()
        self.take("->")
        cases = [self.case()]
        while self.accept("|"):
            cases.append(self.case())
        clauses = []
        while self.accept(";"):
            clauses.append(self.clause())
        return Signature(parameters, tuple(cases), tuple(clauses), construct)

    def parameters(self) -> tuple[Param, ...]:
        self.take("(")
        found: list[Param] = []
        kind = "either"
        while not self.accept(")"):
            if self.accept("/"):
                found = [Param(p.name, "positional", p.default) for p in found]
            elif self.accept("**"):
                found.append(Param(self.name(), "**"))
            elif self.accept("*"):
                if self.kind() == "name":
                    found.append(Param(self.name(), "*"))
                kind = "keyword"
            else:
                found.append(Param(self.name("a parameter"), kind, self.default()))
            if self.peek() != ")":
                self.take(",")
        return tuple(found)

    def default(self) -> str:
        if not self.accept("="):
            return ""
        if self.accept("("):
            self.take(")")
            return "()"
        return self.take()

    def case(self) -> Case:
        term = self.term()
        writes: list[ElementsWritten | ReferenceStored] = []
        while self.accept(","):
            writes.append(self.write())
        return Case(term, tuple(writes), self.guard() if self.accept("if") else None)

    def term(self) -> Term:
        word = self.peek()
        result: Term
        if word == "new":
            self.take()
            result = New(tuple(self.qualities()))
        elif word in WORDS:
            result = Word(self.take())
        elif word in KINDS and self.peek(1) == "[":
            result = self.many()
        elif (word in SHARING or word in MEASURES) and self.peek(1) == "(":
            result = Applied(self.take(), self.arguments())
        else:
            result = self.path()
        if self.accept("as"):
            dotted = [self.name("a class name")]
            while self.accept("."):
                dotted.append(self.name())
            result = Typed(result, ".".join(dotted))
        return result

    def many(self) -> Many:
        kind = self.take()
        self.take("[")
        key = None
        if kind == "dict":
            key = self.path()
            self.take(":")
        terms = [self.term()]
        while self.accept(","):
            terms.append(self.term())
        self.take("]")
        return Many(kind, tuple(terms), key)

    def qualities(self) -> list[Word | Applied]:
        found: list[Word | Applied] = []
        if self.accept("("):
            while True:
                word = self.name("a quality")
                if word not in QUALITIES:
                    raise EffectError(
                        f"unknown quality {word!r} in {self.text!r}; known: {', '.join(QUALITIES)}"
                    )
                found.append(Applied(word, self.arguments()) if self.peek() == "(" else Word(word))
                if not self.accept(","):
                    break
            self.take(")")
        return found

    def arguments(self) -> tuple[Path, ...]:
        self.take("(")
        found = [self.path()]
        while self.accept(","):
            found.append(self.path())
        self.take(")")
        return tuple(found)

    def path(self) -> Path:
        if self.kind() in ("string", "number"):
            return Path("", (), self.take())
        root = self.name("a parameter or a term")
        steps: list[str] = []
        while True:
            if self.accept("[*]"):
                steps.append("[*]")
            elif self.peek() == "[" and self.kind(1) == "number":
                self.take("[")
                steps.append(f"[{self.take()}]")
                self.take("]")
            elif self.accept("."):
                steps.append(f".{self.name()}")
            else:
                return Path(root, tuple(steps))

    def write(self) -> ElementsWritten | ReferenceStored:
        path = self.path()
        if self.accept("<-"):
            return ReferenceStored(path, self.term())
        self.take("!")
        return ElementsWritten(path, self.take() if self.peek() in ("meta", "axes", "perhaps") else "")

    def guard(self) -> Guard:
        atoms = [self.atom()]
        connective = "and"
        while self.peek() in ("and", "or"):
            word = self.take()
            if len(atoms) > 1 and word != connective:
                raise EffectError(f"mix of 'and' and 'or' in one guard: {self.text!r}")
            connective = word
            atoms.append(self.atom())
        return Guard(connective, tuple(atoms))

    def atom(self) -> Atom:
        negated = self.accept("not")
        if self.kind() == "name" and self.peek(1) == "(":
            word = self.take()
            if word not in PREDICATES:
                raise EffectError(
                    f"unknown predicate {word!r} in {self.text!r}; known: {', '.join(PREDICATES)}"
                )
            return Atom(word, self.arguments(), negated)
        path = self.path()
        if self.accept("is"):
            self.take("none")
            return Atom("is none", (path,), negated)
        for relation in ("==", "in"):
            if self.accept(relation):
                return Atom(relation, (path, self.path()), negated)
        return Atom("", (path,), negated)

    def clause(self) -> Clause:
        word = self.name("a clause")
        if word not in CLAUSES:
            raise EffectError(f"unknown clause {word!r} in {self.text!r}; known: {', '.join(CLAUSES)}")
        if word == "call":
            return Clause(word, call=self.signature())
        start = self.at
        depth = 0
        while self.at < len(self.tokens) and (depth or self.peek() not in (";", ")")):
            depth += (self.peek() == "(") - (self.peek() == ")")
            self.at += 1
        ends = [token[2] for token in self.tokens[: self.at + 1]] + [len(self.text)]
        text = self.text[ends[start] : ends[self.at]].strip()
        if word == "demands":
            parse_demand(text)  # a wrong one is told here, not to the engine
        elif word == "readonly" and text:
            parse_condition(text)
        return Clause(word, text)
