"""Effects in words: what pages say is generated from what the tables say."""

from __future__ import annotations

import re

import pytest

from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import KINDS, QUALITIES, SHARING, WORDS
from tensorlint.knowledge.grammar import parse
from tensorlint.knowledge.wording import cases


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("(x) -> none", ["nothing"]),
        ("(x) -> x", ["`x` itself"]),
        ("(self) -> self.grad", ["`self.grad` itself"]),
        ("(xs) -> iter[xs[*]]", ["an iterator, each item what `xs` holds"]),
        ("(a, axes=None) -> permuted(a, axes)", ["a view of `a` (all elements, the axes reordered)"]),
        ("(self) -> view(self[*])", ["a view of what `self` holds (all elements, strides unknown)"]),
        ("(x) -> new as numpy.matrix", ["a new `numpy.matrix`"]),
        ("(x) -> view(x) as numpy.ndarray", ["a view of `x` (all elements, strides unknown)"]),
        (
            "(x) -> view(x) as numpy.matrix",
            ["a view of `x` (all elements, strides unknown), as `numpy.matrix`"],
        ),
        ("(x, y) -> new(product(x, y))", ["a new array (the matrix product of `x` and `y`)"]),
        ("(x) -> new(ranked(1))", ["a new array (a fixed number of axes: 1)"]),
        ("(x) -> tuple[new, plain]", ["a tuple of a new array and a plain value"]),
        ("(x) -> dict['a': reach(x)]", ["a dict, each value every tensor that `x` holds, itself"]),
        ("(x) -> extents(x)", ["the lengths of all axes of `x`"]),
        ("(self, v) -> none, self[*] <- v", ["nothing; `self` then holds `v` itself"]),
        ("(self, v) -> self, self!, v!meta", ["`self` itself; writes `self`; changes the metadata of `v`"]),
        (
            "(x, order='K', out=None) -> out, out! if given(out) | x if not array(x) and order == 'C' | new",
            [
                "if `out` is given: `out` itself; writes `out`",
                "if `x` already is not an array and `order` is `C`: `x` itself",
                "otherwise: a new array",
            ],
        ),
    ],
)
def test_an_effect_in_words(effect: str, words: list[str]) -> None:
    assert cases(parse(effect), "numpy.ndarray") == words


@pytest.mark.parametrize("term", [*SHARING, *QUALITIES, *WORDS, *KINDS])
def test_every_word_of_the_vocabulary_has_its_words(term: str) -> None:
    text = {
        **{word: f"{word}(x)" for word in SHARING},
        **{word: f"new({word})" for word in QUALITIES},
        **{kind: f"{kind}[new]" for kind in KINDS},
        "dict": "dict['a': new]",
    }.get(term, term)
    (line,) = cases(parse(f"(x) -> {text}"))
    assert line and "(x" not in line and "none" not in line


@pytest.mark.parametrize("library", ["numpy", "torch", "tensorflow", "keras", "jax", "copy"])
def test_every_entry_can_be_told(library: str) -> None:
    told = {entry: cases(entry.signature, entry.tensor) for entry in Catalog().entries(library)}
    assert all(len(lines) == len(entry.signature.cases) for entry, lines in told.items())
    odd = [line for lines in told.values() for line in lines if _is_odd(line)]
    assert odd == []


def _is_odd(line: str) -> bool:
    """Words that run together, brackets that do not close, a path that was left as the tables write it."""
    unpaired = line.count("(") != line.count(")") or line.count("`") % 2
    return bool(unpaired or "  " in line or "[*]" in line or re.search(r"[^\w)`'\]]$", line))
