"""What simple statements become."""

from __future__ import annotations

import pytest

from tests.syntax.reading import block, lowered, shown

CASES = [
    ("a name", "z = x", "Bind z x"),
    ("a constant", "z = 1", "Bind z 1"),
    ("a chain", "z = w = x.T", "GetAttribute %1 x T\nBind z %1\nBind w z"),
    ("an attribute", "x.a = y", "SetAttribute x a y False"),
    ("an attribute of a module", "torch.backends.cudnn.benchmark = True",
     "Reference %1 [torch.backends.cudnn]\nSetAttribute %1 benchmark True False"),
    ("an item", "x[1:, 0] = y", "SetItem x [1:, 0] y False"),
    ("an item of an item", "x[0][1] = y", "GetItem %1 x [0]\nSetItem %1 [1] y False"),
    ("unpacking", "a, b = x", "Unpack [a, b] x None"),
    ("unpacking with a star", "a, *b = x", "Unpack [a, b] x 1"),
    ("nested unpacking", "a, (b, c) = x", "Unpack [a, %1] x None\nUnpack [b, c] %1 None"),
    ("unpacking into places", "x.a, y[0] = y",
     "Unpack [%1, %2] y None\nSetAttribute x a %1 False\nSetItem y [0] %2 False"),
    ("a swap", "x, y = y, x", "Build %1 tuple [y, x]\nUnpack [x, y] %1 None"),
    ("a swap of items", "x[0], x[1] = x[1], x[0]",
     ("GetItem %1 x [1]\nGetItem %2 x [0]\nBuild %3 tuple [%1, %2]\nUnpack [%4, %5] %3 None\n"
      "SetItem x [0] %4 False\nSetItem x [1] %5 False")),
    ("an annotation", "z: torch.Tensor = x.T", "GetAttribute z x T\nDeclare z torch.Tensor"),
    ("an annotation alone", "z: torch.Tensor", "Declare z torch.Tensor"),
    ("an augmented name", "x *= y", "Augment x * y"),
    ("an augmented item", "x[1:] += y", "GetItem %1 x [1:]\nAugment %1 + y\nSetItem x [1:] %1 True"),
    ("an augmented attribute", "x.grad -= y",
     "GetAttribute %1 x grad\nAugment %1 - y\nSetAttribute x grad %1 True"),
    ("del of a name", "del x, y", "Forget x\nForget y"),
    ("del of an item", "del x['k']", "DeleteItem x ['k']"),
    ("an expression", "x.T", "GetAttribute %1 x T\nEvaluate %1"),
    ("a string alone", "'words'", ""),
    ("a local import", "import torch.nn as nn; z = nn.ReLU", "Reference z [torch.nn.ReLU]"),
    ("a name imported and assigned", "w = x\nfrom torch import w", "Bind w x\nReference w [torch.w]"),
    ("unreachable", "return x\ny = x", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_lowers(statement: str, expected: str) -> None:
    assert block(statement).removesuffix("Return x") == expected


def test_return_and_raise_end_their_block() -> None:
    assert (
        shown("def f(x):\n    if x:\n        return x.T\n    raise ValueError(x) from x\n")
        == """\
  0 -> 2 3
  1
    Reference %2 [builtins.ValueError]
    Call %3 %2 [x]
    Raise %3
  2
    Assume x truth True []
    GetAttribute %1 x T
    Return %1
  3 -> 1
    Assume x truth False []"""
    )


def test_global_and_nonlocal_names() -> None:
    assert (
        shown("""\
import torch
cache = torch.zeros(3)
def f(x):
    global cache
    cache = x
    cache += 1
    def g():
        nonlocal x
        x = cache
""")
        == """\
  0
    StoreGlobal cache x
    Reference %1 [.cache]
    Augment %1 + 1
    StoreGlobal cache %1
    Define g 0 [x] []
    Return None
    function g()
      0
        Reference %2 [.cache]
        StoreGlobal x %2
        Return None"""
    )


def test_a_captured_name_is_the_enclosing_place() -> None:
    function = lowered(
        "def f(x):\n    def g(a):\n        return lambda: a + x\n    x = 1\n    return g\n"
    ).function
    nested = function.nested[0]
    assert nested.captured == {"x"}
    assert nested.nested[0].captured == {"a", "x"}
    assert nested.nested[0].kind == "lambda"


def test_nested_functions_and_decorators() -> None:
    assert block("@torch.no_grad()\ndef g(a=y): ...") == (
        "Reference %1 [torch.no_grad]\nCall %2 %1 []\nDefine %3 0 [] [y]\nCall %4 %2 [%3]\nBind g %4"
    )


def test_a_class_in_a_function_captures_what_it_names() -> None:
    assert block("class A(torch.nn.Module):\n    def f(self): return x") == (
        "Reference %1 [torch.nn.Module]\nDefine A -1 [x] [%1]"
    )
