"""What is wrong with a line of knowledge that follows the grammar is told, with what is expected."""

from __future__ import annotations

import pytest

from tensorlint.knowledge.checks import complaints, strangers, takes, types
from tensorlint.knowledge.effects import QUALITIES, SHARING, EffectError
from tensorlint.knowledge.grammar import parse


def test_a_stranger_is_found() -> None:
    line = (
        "(self, x) -> new(like(y)) if given(z) | part(x), w! ; demands viewable(s) raises; call (self) -> v"
    )
    assert strangers(parse(line)) == {"y", "z", "w", "s", "v"}


def test_a_key_of_a_dict_is_no_stranger() -> None:
    assert strangers(parse("(x) -> dict[key: x]")) == set()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(image, box) -> view(images)", "the parameters are `image`, `box`"),
        ("() -> x", "the parameters are none"),
        ("(x) -> new(ranked)", "`ranked` takes (number)"),
        ("(x) -> new(ranked(x))", "a number written out"),
        ("(x, y) -> new(product(x))", "`product` takes (x, y)"),
        ("(x) -> extent(x)", "`extent` takes (x, axis)"),
        ("(x) -> x if type(x) | new", "`type` takes 2 arguments"),
        ("(x, y) -> x if type(x, y) | new", "a class in quotes"),
        ("(x) -> x if atleast(x, 'two') | new", "a number written out"),
        ("(x, y) -> none, x <- y", "expected a path such as `x[*]`"),
        ("class (x) -> new; call (self) -> new(rank)", "`rank` takes (shape)"),
    ],
)
def test_says_what_is_expected(line: str, expected: str) -> None:
    [complaint] = complaints(parse(line))
    assert expected in complaint


@pytest.mark.parametrize(
    ("demand", "expected"),
    [
        ("demands flat(x)", "unknown predicate 'flat'"),
        ("demands contiguous(x)", "otherwise: raises or aborts or misreads, found the end"),
        ("demands contiguous(x) fails", "raises or aborts or misreads, found 'fails'"),
        ("demands contiguous(x) raises often", "expected the end, found 'often'"),
        ("demands", "expected a parameter or a term, found the end"),
    ],
)
def test_a_demand_is_a_predicate_and_a_failure(demand: str, expected: str) -> None:
    with pytest.raises(EffectError, match=expected):
        parse(f"(x) -> x; {demand}; note this")


def test_the_classes_that_a_line_names() -> None:
    line = "class (x) -> new as a.B if type(x, 'c.D') | x, x[*] <- x as e.F; call (s) -> tuple[s as g.H]"
    assert types(parse(line)) == {"a.B", "c.D", "e.F", "g.H"}


def test_the_vocabulary_says_what_a_word_takes() -> None:
    assert takes(SHARING["part"]) == ("x", "axis")
    assert takes(QUALITIES["product"]) == ("x", "y")
    assert takes(QUALITIES["blank"]) == ()
