"""The marker grammar and the reader of fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensorlint.testing import (
    Claim,
    Expectation,
    FixtureError,
    Kind,
    MarkerError,
    Miss,
    load_fixture,
    load_fixtures,
    parse_markers,
)


def test_clauses_of_one_line() -> None:
    markers = parse_markers(
        "y -= 1  # expect: TAL101[changes], TAL103; changes: image, d['a,b']; misses: TAL110\n"
    )
    assert markers.expectations == (Expectation(1, "TAL101", "changes"), Expectation(1, "TAL103", None))
    assert markers.misses == (Miss(1, "TAL110"),)
    assert markers.claims == (
        Claim(1, Kind.CHANGES, ("image",)),
        Claim(1, Kind.CHANGES, ("d['a,b']",)),
    )


def test_a_harm_may_show_further_down() -> None:
    text = "def f(x=0):  # expect: TAL109[changes] at +1\n    x += 1  # changes: x\n"
    (expected,) = parse_markers(text).expectations
    assert expected == Expectation(1, "TAL109", "changes", below=1) and expected.witnessed == 2


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("alias: a ~ b", Claim(1, Kind.ALIAS, ("a", "b"), "~")),
        ("alias: xs[0] !~ self.data", Claim(1, Kind.ALIAS, ("xs[0]", "self.data"), "!~")),
        ("alias: a ?~ b", Claim(1, Kind.ALIAS, ("a", "b"), "?~")),
        ("alias[cpu]: a ~ b", Claim(1, Kind.ALIAS, ("a", "b"), "~", "cpu")),
        ("same: y is not x", Claim(1, Kind.SAME, ("y", "x"), "is not")),
        ("parts: q | k | v", Claim(1, Kind.PARTS, ("q", "k", "v"), "|")),
        ("changes[cuda]: x", Claim(1, Kind.CHANGES, ("x",), "", "cuda")),
        ("keeps[jax]: v", Claim(1, Kind.KEEPS, ("v",), "", None, "jax")),
        ("raises: RuntimeError", Claim(1, Kind.RAISES, ("RuntimeError",))),
        ("lost: y.label", Claim(1, Kind.LOST, ("y.label",))),
    ],
)
def test_claims_are_read_and_printed_losslessly(comment: str, expected: Claim) -> None:
    (claim,) = parse_markers(f"x = 1  # {comment}\n").claims
    assert claim == expected
    assert str(claim) == comment


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # the first two rows; not all",
        "x = 1  # noqa: TAL101",
        "x = 'a # changes: b'",
        '"""',
    ],
)
def test_prose_is_no_marker(line: str) -> None:
    text = line + ("\n# changes: it is a docstring\n" + line if line == '"""' else "") + "\n"
    assert parse_markers(text).lines == ()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("x = 1  # expct: TAL101", "unknown marker `expct`"),
        ("x = 1  # expect: TAL1", "`TAL1` is no rule code"),
        ("x = 1  # expect: TAL101[hurts]", "`hurts` is no evidence"),
        ("x = 1  # expect: TAL101; shares", "write the sharing as `alias: a ~ b`"),
        ("x = 1  # alias: a b", "should read like `a ~ b`"),
        ("x = 1  # alias: a ~ b ~ c", "should read like `a ~ b`"),
        ("x = 1  # same: a = b", "should read like `a is b`"),
        ("x = 1  # changes: a b", "`a b` is no expression"),
        ("x = 1  # changes:", "says nothing"),
        ("x = 1  # changes[gpu]: a", "unknown device `gpu`"),
        ("x = 1  # expect[cpu]: TAL101", "takes no device"),
        ("# backends: theano", "unknown backend `theano`; known: jax, tensorflow, torch"),
        ("x = 1  # misses[jax]: TAL101", "takes no device"),
        ("# changes: x", "must stand at the end of the line"),
        ("x = 1  # expect[", "lacks its colon"),
    ],
)
def test_malformed_markers_name_their_line(line: str, complaint: str) -> None:
    with pytest.raises(MarkerError) as caught:
        parse_markers(f"import numpy\n{line}\n", "fixtures/TAL101/x.py")
    assert str(caught.value).startswith("fixtures/TAL101/x.py:2: ")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("comment", "opposite"),
    [
        ("changes: x", "keeps: x"),
        ("keeps: x", "changes: x"),
        ("alias: a ~ b", "alias: a !~ b"),
        ("alias[cpu]: a !~ b", "alias[cpu]: a ~ b"),
        ("same: a is b", "same: a is not b"),
        ("parts: a | b", "alias: a ~ b"),
        ("alias: a ?~ b", None),
        ("raises: E", None),
    ],
)
def test_turning_a_claim_round(comment: str, opposite: str | None) -> None:
    (claim,) = parse_markers(f"x = 1  # {comment}\n").claims
    turned = claim.turned_round()
    assert (str(turned) if turned else None) == opposite


def test_a_claim_of_several_backends_is_a_claim_of_each() -> None:
    markers = parse_markers("v.assign(x)  # changes[torch, tensorflow]: w, v[0]; keeps: x\n")
    claims = [(claim.operands[0], claim.backend) for claim in markers.claims]
    assert claims == [(name, b) for b in ("torch", "tensorflow") for name in ("w", "v[0]")] + [("x", None)]
    on_torch = [claim.operands[0] for claim in markers.claims if claim.applies_on("cpu", "torch")]
    assert on_torch == ["w", "v[0]", "x"]
    assert [claim.operands[0] for claim in markers.claims if claim.applies_on("cuda")] == ["x"]


def write(folder: Path, text: str, name: str = "x.py") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fixture_knows_what_it_needs(tmp_path: Path) -> None:
    text = '''"""Says what it shows."""
import ctypes
import json
import numpy as np
import torch
from torch.utils.cpp_extension import load_inline
import triton
try:
    import optional
except ImportError:
    optional = None

def helper(x): ...
def bad_a(n=1): ...
def good_a(*, n=1): ...
def case_b(): ...
'''
    fixture = load_fixture(write(tmp_path / "TAL503", text))
    assert fixture.name == "TAL503/x"
    assert fixture.docstring == "Says what it shows."
    assert (fixture.library, fixture.libraries) == ("torch", ("torch", "numpy"))
    assert fixture.needs == ("compiler", "ctypes", "triton")
    assert fixture.devices == ("cpu",)
    assert [(case.kind, case.stem) for case in fixture.cases] == [("bad", "a"), ("good", "a"), ("case", "b")]


@pytest.mark.parametrize(
    ("head", "backends"),
    [
        ("import keras\n", ("tensorflow", "jax", "torch")),
        ("import keras\n# backends: torch, jax\n", ("torch", "jax")),
        ("import tensorflow as tf\nimport keras\nimport numpy\n", ("tensorflow",)),
        ("import tensorflow as tf\n", ()),
    ],
)
def test_a_keras_fixture_knows_its_backends(tmp_path: Path, head: str, backends: tuple[str, ...]) -> None:
    assert load_fixture(write(tmp_path / "alias", f"{head}def case_a(): ...\n")).backends == backends


def test_only_the_groups_hold_fixtures(tmp_path: Path) -> None:
    text = "import numpy\ndef case_a(): ...\n"
    for name in ("TAL101", "alias", "folklore", "demo", "TAL1"):
        write(tmp_path / name, text)
    write(tmp_path / "TAL101", text, "x.fixed.py")
    assert [fixture.name for fixture in load_fixtures(tmp_path)] == ["TAL101/x", "alias/x", "folklore/x"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def bad_a(): ...\n", "imports none of"),
        ("import numpy\ndef a(): ...\n", "has no function bad_*"),
        ("import numpy\ndef bad_a(x): ...\n", ":2: `bad_a` must be callable without arguments"),
        ("import numpy\ndef bad_a(:\n", ":2: "),
        ("import numpy\nx = 1  # changes:\n", ":2: `changes:` says nothing"),
        ("import numpy\n# backends: jax\ndef case_a(): ...\n", "are those of Keras, which is not imported"),
    ],
)
def test_unreadable_fixtures_name_their_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = write(tmp_path / "TAL101", text)
    with pytest.raises(FixtureError) as caught:
        load_fixture(path)
    assert str(caught.value).startswith(str(path))
    assert complaint in str(caught.value)


def test_the_hash_is_of_code_and_claims(tmp_path: Path) -> None:
    base = "import numpy as np\ndef case_a():\n    x = np.zeros(3)  # alias: x ~ x\n"

    def digest(text: str) -> str:
        return load_fixture(write(tmp_path / "alias", text)).hash

    first = digest(base)
    assert digest(base.replace("\ndef", "\n\n# prose\ndef").replace("(3)", "( 3 )")) == first
    assert digest(base.replace("zeros", "ones")) != first
    assert digest(base.replace("x ~ x", "x !~ x")) != first
