"""Brackets each claim of a fixture with a check at its own line.

A statement that claims speak of becomes::

    __witness__.before(SITE, lambda: image, …)
    try:
        STATEMENT
    except BaseException as __error__:
        __witness__.raised(SITE, __error__)
        raise
    __witness__.after(SITE, lambda: image, …)

A ``return`` computes its value, is checked, and then leaves. At the header of a loop, ``with`` or ``if`` the
check stands at the entry of the body. Operands travel as functions, because a name may not exist yet. Where a
bad case claims to differ from its good twin, the twin shows the same expressions when it returns.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tensorlint.testing import Claim, Fixture, FixtureError, Kind

WITNESS = "__witness__"
_RESULT, _ERROR = "__result__", "__error__"
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_HEADERS = (*_LOOPS, ast.If, ast.With, ast.AsyncWith)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_JUMPS = (ast.Break, ast.Continue)
# What a statement does to contents: looked at before it and after it.
EFFECTS = frozenset({Kind.CHANGES, Kind.KEEPS, Kind.LOST})
# What a bad case claims in comparison with its good twin.
_AGAINST_TWIN = frozenset({Kind.WRONG, Kind.LOST})


@dataclass(frozen=True, slots=True)
class Site:
    """A statement with something to check: its first marked line, and what is claimed there."""

    number: int
    line: int
    claims: tuple[Claim, ...]

    @property
    def operands(self) -> tuple[str, ...]:
        """The expressions that the checks look at, each once."""
        return _operands(self.claims)


@dataclass(frozen=True, slots=True)
class Instrumented:
    """The rewritten module, its sites by number, and the site of every line with a marker."""

    tree: ast.Module
    sites: tuple[Site, ...]
    site_at: Mapping[int, Site]


def instrument(fixture: Fixture) -> Instrumented:
    """Rewrite a fixture. Raises FixtureError where a marker stands at no statement that can be checked."""
    tree = ast.parse(fixture.text, str(fixture.path))
    rewriter = _Rewriter(fixture)
    tree.body = rewriter.block(tree.body)
    site_at = rewriter.site_at
    lost = [line for line in rewriter.marked if line not in site_at]
    if lost:
        raise FixtureError(f"{fixture.path}:{lost[0]}: no statement here that a marker could speak of")
    return Instrumented(ast.fix_missing_locations(tree), tuple(dict.fromkeys(site_at.values())), site_at)


def _operands(claims: Iterable[Claim]) -> tuple[str, ...]:
    found = (operand for claim in claims if claim.kind is not Kind.RAISES for operand in claim.operands)
    return tuple(dict.fromkeys(found))


class _Rewriter:
    """Walks one module in the order of its lines; ``site_at`` fills on the way."""

    def __init__(self, fixture: Fixture) -> None:
        self.path = fixture.path
        self.marked = fixture.markers.lines
        self.claims = fixture.claims
        self.site_at: dict[int, Site] = {}
        self.count = 0
        # Twins may be methods: what counts is that their names differ in the prefix alone.
        self.reveals: tuple[str, ...] = ()
        self.revealed_by = {
            node.name.replace("bad_", "good_", 1): _compared_with_twin(self.claims, node)
            for node in ast.walk(fixture.tree)
            if isinstance(node, ast.FunctionDef) and node.name.startswith("bad_")
        }

    def block(self, body: Sequence[ast.stmt], *, in_class: bool = False) -> list[ast.stmt]:
        rewritten: list[ast.stmt] = []
        for node in body:
            site = self.site(node)
            if site is not None and site.claims and in_class:
                raise FixtureError(f"{self.path}:{site.line}: claims cannot stand in the body of a class")
            self.inside(node)
            rewritten.extend(self.checked(node, None if in_class else site))
        return rewritten

    def site(self, node: ast.stmt) -> Site | None:
        """The site of a statement with markers on its lines, not counting the blocks within it."""
        own = _own_lines(node)
        marked = [line for line in self.marked if line in own]
        if not marked:
            return None
        if marked[0] in self.site_at:
            raise FixtureError(f"{self.path}:{marked[0]}: a marker needs a line with one statement")
        site = Site(self.count, marked[0], tuple(claim for claim in self.claims if claim.line in marked))
        self.count += 1
        self.site_at.update(dict.fromkeys(marked, site))
        return site

    def inside(self, node: ast.stmt) -> None:
        outer = self.reveals
        if isinstance(node, _DEFINITIONS):
            self.reveals = self.revealed_by.get(node.name, ())
        for name in ("body", "orelse", "finalbody"):
            if getattr(node, name, None):
                setattr(node, name, self.block(getattr(node, name), in_class=isinstance(node, ast.ClassDef)))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            part.body = self.block(part.body)
        if isinstance(node, ast.FunctionDef):
            node.body.extend(self.reveal(node))
        self.reveals = outer

    def reveal(self, node: ast.stmt) -> list[ast.stmt]:
        return [_call("reveal", ast.Constant(text), [text], node) for text in self.reveals]

    def checked(self, node: ast.stmt, site: Site | None) -> list[ast.stmt]:
        if isinstance(node, ast.Return) and (site or self.reveals):
            value = node.value or ast.Constant(None)
            keep = _at(ast.Assign([ast.Name(_RESULT, ast.Store())], value), node)
            leave = _at(ast.Return(ast.Name(_RESULT, ast.Load())), node)
            return [*(_bracket(keep, site) if site else [keep]), *self.reveal(node), leave]
        if site is None:
            return [node]
        if isinstance(node, _HEADERS):
            return self.at_header(node, site)
        if isinstance(node, _JUMPS):
            return [_before(node, site), _after(node, site), node]
        return _bracket(node, site)

    def at_header(self, node: ast.stmt, site: Site) -> list[ast.stmt]:
        refused = {Kind.RAISES} | (EFFECTS if isinstance(node, _LOOPS) else frozenset())
        for claim in site.claims:
            if claim.kind in refused:
                raise FixtureError(f"{self.path}:{site.line}: `{claim}` cannot be checked at this header")
        body: list[ast.stmt] = node.body  # type: ignore[attr-defined]
        body.insert(0, _after(body[0], site))
        return [_before(node, site), node]


def _own_lines(node: ast.stmt) -> range:
    """The lines of a statement, or of its header where it has a body."""
    if isinstance(node, (ast.Try, ast.Match)) or type(node).__name__ == "TryStar":
        return range(0)
    if isinstance(node, (*_HEADERS, *_DEFINITIONS)):
        return range(_first_line(node), _first_line(node.body[0]))
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _compared_with_twin(claims: Iterable[Claim], case: ast.FunctionDef) -> tuple[str, ...]:
    last = case.end_lineno or case.lineno
    return _operands(
        claim for claim in claims if claim.kind in _AGAINST_TWIN and case.lineno <= claim.line <= last
    )


def _bracket(node: ast.stmt, site: Site) -> list[ast.stmt]:
    told = _call("raised", ast.Constant(site.number), [], node)
    handler = ast.ExceptHandler(ast.Name("BaseException", ast.Load()), _ERROR, [told, ast.Raise()])
    assert isinstance(told, ast.Expr) and isinstance(told.value, ast.Call)
    told.value.args.append(ast.Name(_ERROR, ast.Load()))
    return [_before(node, site), _at(ast.Try([node], [handler], [], []), node), _after(node, site)]


def _before(node: ast.stmt, site: Site) -> ast.stmt:
    return _call("before", ast.Constant(site.number), site.operands, node)


def _after(node: ast.stmt, site: Site) -> ast.stmt:
    return _call("after", ast.Constant(site.number), site.operands, node)


def _call(method: str, subject: ast.expr, operands: Sequence[str], node: ast.stmt) -> ast.stmt:
    """``__witness__.method(subject, lambda: operand, …)`` at the line of ``node``."""
    thunks = [ast.parse(f"lambda: {operand}", mode="eval").body for operand in operands]
    function = ast.Attribute(ast.Name(WITNESS, ast.Load()), method, ast.Load())
    call = ast.Expr(ast.Call(function, [subject, *thunks], []))
    for part in ast.walk(call):
        ast.copy_location(part, node)
    return call


def _at(node: ast.stmt, place: ast.stmt) -> ast.stmt:
    return ast.copy_location(node, place)
