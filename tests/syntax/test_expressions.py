"""What expressions become."""

from __future__ import annotations

import sys

import pytest

from tests.syntax.reading import block

CASES = [
    ("a call", "np.dot(x, y, out=x)", "Reference %1 [numpy.dot]\nCall %2 %1 [x, y, out=x]\nEvaluate %2"),
    ("stars", "x(*y, **y)", "Call %1 x [*y, **y]\nEvaluate %1"),
    ("a method", "z = x.add_(y)", "CallMethod z x add_ [y]"),
    ("a method by its class", "torch.Tensor.add_(x, 1)",
     "Reference %1 [torch.Tensor.add_]\nCall %2 %1 [x, 1]\nEvaluate %2"),
    ("a chain", "z = x.t().T", "CallMethod %1 x t []\nGetAttribute z %1 T"),
    ("a module path", "z = torch.nn.functional.relu", "Reference z [torch.nn.functional.relu]"),
    ("an alias of a module", "z = F.relu_(x)", "Reference %1 [torch.nn.functional.relu_]\nCall z %1 [x]"),
    ("a method of a builtin", "z = dict.fromkeys(x, y)",
     "Reference %1 [builtins.dict.fromkeys]\nCall z %1 [x, y]"),
    ("super", "super().__init__(x)",
     "Reference %1 [builtins.super]\nCall %2 %1 []\nCallMethod %3 %2 __init__ [x]\nEvaluate %3"),
    ("a definition of this file", "z = Net.merge(x)", "Reference %1 [.Net.merge]\nCall z %1 [x]"),
    ("a variable of this file", "z = TABLE.T", "Reference %1 [.TABLE]\nGetAttribute z %1 T"),
    ("an unknown name", "z = mystery.T", "Reference %1 []\nGetAttribute z %1 T"),
    ("attributes of a value", "z = x.a.b", "GetAttribute %1 x a\nGetAttribute z %1 b"),
    ("an attribute of a literal", "z = ''.join(x)", "CallMethod z '' join [x]"),
    ("an integer", "z = x[3]", "GetItem z x [3]"),
    ("a negative integer", "z = x[-1]", "GetItem z x [-1]"),
    ("a slice", "z = x[1:, ::-1, :y]", "GetItem z x [1:, ::-1, :y]"),
    ("a mixed index", "z = x[..., None, y, 'k']", "GetItem z x [..., None, y, 'k']"),
    ("a computed index", "z = x[y + 1]", "Operate %1 + [y, 1]\nGetItem z x [%1]"),
    ("a tuple in brackets", "z = x[(y, 1)]", "GetItem z x [y, 1]"),
    ("an empty index", "z = x[()]", "GetItem z x []"),
    ("a chain of subscripts", "z = x[0][y]", "GetItem %1 x [0]\nGetItem z %1 [y]"),
    ("a launch", "x[y](z)", "GetItem %1 x [y]\nReference %2 []\nCall %3 %1 [%2]\nEvaluate %3"),
    ("arithmetic", "z = -x @ y", "Operate %1 - [x]\nOperate z @ [%1, y]"),
    ("a comparison", "z = x < y", "Operate z < [x, y]"),
    ("a chained comparison", "z = 0 < x <= y", "Operate z < [0, x, y]"),
    ("membership", "z = x not in y", "Operate z not in [x, y]"),
    ("a list", "z = [x, *y]", "Build z list [x, *y]"),
    ("a tuple", "z = x,", "Build z tuple [x]"),
    ("a set", "z = {x}", "Build z set [x]"),
    ("a dict", "z = {'k': x, **y}", "Build z dict ['k': x, *y]"),
    ("a replication", "z = [x] * 3", "Build %1 list [x]\nOperate z * [%1, 3]"),
    ("an f-string", "z = f'{x:{y}}' 'b'", "Operate z f-string [x, y]"),
    ("adjacent strings", "z = 'a' 'b'", "Bind z 'ab'"),
    ("a walrus", "z = (w := x.T)", "GetAttribute w x T\nBind z w"),
    ("await", "z = await x", "Bind z x"),
    ("yield", "z = yield x", "Yield z x False"),
    ("yield from", "yield from x", "Yield %1 x True\nEvaluate %1"),
    ("a lambda", "z = lambda a, b=y: a", "Define z 0 [] [y]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_lowers(statement: str, expected: str) -> None:
    assert block(statement) == expected


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a starred index is new in Python 3.11")
def test_lowers_a_starred_index() -> None:
    assert block("z = x[0, *y]") == "Build %1 tuple [0, *y]\nGetItem z x [%1]"


def test_constants_are_operands() -> None:
    assert block("z = (1, -2.5, 3j, 'a', b'b', True, None, ...)") == (
        "Build z tuple [1, -2.5, 3j, 'a', b'b', True, None, ...]"
    )


def test_a_large_table_of_constants_has_no_elements() -> None:
    row = ", ".join(map(str, range(300)))
    for written in (f"[{row}]", f"({row})", f"{{{row}}}", row, f"[[{row}], [{row}]]"):
        kind = {"[": "list", "{": "set"}.get(written[0], "tuple")
        assert block(f"z = {written}; x[0] = z") == f"Build z {kind} []\nSetItem x [0] z False"


def test_a_large_display_of_values_keeps_its_elements() -> None:
    names = ", ".join(["x"] * 300)
    assert block(f"z = [{names}]") == f"Build z list [{names}]"
