"""Blocks and edges: branches, loops, try, with, match, comprehensions."""

from __future__ import annotations

import textwrap

import pytest

from tests.syntax.reading import body, lowered

CASES = {
    "if": (
        "if x: y = 1\nelif x is None: y = 2\nelse: y = 3",
        """
        0 -> 2 3
        1
          Return None
        2 -> 1
          Assume x truth True []
          Bind y 1
        3 -> 4 5
          Assume x truth False []
        4 -> 1
          Assume x none True []
          Bind y 2
        5 -> 1
          Assume x none False []
          Bind y 3
        """,
    ),
    "an assumption about an attribute": (
        "if not x.flag: return y",
        """
        0 -> 2 3
          GetAttribute %1 x flag
        1
          Return None
        2 -> 1
          Assume x.flag truth True []
        3
          Assume x.flag truth False []
          Return y
        """,
    ),
    "isinstance and equality": (
        "if isinstance(x, (list, torch.Tensor)) and y != 'a': x = y",
        """
        0 -> 2 3
        1
          Return None
        2 -> 4 5
          Assume x instance True [builtins.list, torch.Tensor]
        3 -> 6
          Assume x instance False [builtins.list, torch.Tensor]
        4 -> 6
          Assume y equal True ['a']
        5 -> 1
          Assume y equal False ['a']
          Bind x y
        6 -> 1
        """,
    ),
    "a dtype among some": (
        "if x.dtype not in (torch.half, torch.float): x = y",
        """
        0 -> 2 3
          GetAttribute %1 x dtype
          Reference %2 [torch.half]
          Reference %3 [torch.float]
          Build %4 tuple [%2, %3]
          Operate %5 not in [%1, %4]
        1
          Return None
        2 -> 1
          Assume %5 truth True []
          Assume x dtype False [torch.half, torch.float]
          Bind x y
        3 -> 1
          Assume %5 truth False []
          Assume x dtype True [torch.half, torch.float]
        """,
    ),
    "a constant condition": (
        "if False: x = y\nwhile True:\n    y = x",
        """
        0 -> 1
        1 -> 2
        2 -> 2
          Bind y x
        """,
    ),
    "while with else": (
        "while x: y += 1\nelse: y = 0",
        """
        0 -> 1
        1 -> 3 4
        2
          Return None
        3 -> 1
          Assume x truth True []
          Augment y + 1
        4 -> 2
          Assume x truth False []
          Bind y 0
        """,
    ),
    "for": (
        "for i, (a, b) in y:\n    a += b\nreturn x",
        """
        0 -> 1
        1 -> 3 2
        2
          Return x
        3 -> 1
          Next %1 y
          Unpack [i, %2] %1 None
          Unpack [a, b] %2 None
          Augment a + b
        """,
    ),
    "for keeps the object that it began with": (
        "for a in x: x = a",
        """
        0 -> 1
          Bind %1 x
        1 -> 3 2
        2
          Return None
        3 -> 1
          Next a %1
          Bind x a
        """,
    ),
    "break, continue and else": (
        "for a in x:\n    if a: break\n    continue\nelse: y = 1",
        """
        0 -> 1
        1 -> 3 4
        2
          Return None
        3 -> 6 7
          Next a x
        4 -> 2
          Bind y 1
        5 -> 1
        6 -> 2
          Assume a truth True []
        7 -> 5
          Assume a truth False []
        """,
    ),
    "a conditional expression": (
        "z = x.T if y else None",
        """
        0 -> 1 2
        1 -> 3
          Assume y truth True []
          GetAttribute %1 x T
        2 -> 3
          Assume y truth False []
          Bind %1 None
        3
          Bind z %1
          Return None
        """,
    ),
    "or": (
        "z = x or y.T",
        """
        0 -> 1 2
        1 -> 3
          Assume x truth True []
          Bind %1 x
        2 -> 3
          Assume x truth False []
          GetAttribute %1 y T
        3
          Bind z %1
          Return None
        """,
    ),
    "a list comprehension": (
        "z = [x[i] for i in y if i]",
        """
        0 -> 1
          Build %1 list []
        1 -> 2 3
        2 -> 4 5
          Next i%2 y
        3
          Bind z %1
          Return None
        4 -> 1
          Assume i%2 truth True []
          GetItem %3 x [i%2]
          Collect %1 %3
        5 -> 1
          Assume i%2 truth False []
        """,
    ),
    "a dict comprehension with two loops": (
        "z = {k: v for k, row in y for v in row}",
        """
        0 -> 1
          Build %1 dict []
        1 -> 2 3
        2 -> 4
          Next %3 y
          Unpack [k%2, row%2] %3 None
        3
          Bind z %1
          Return None
        4 -> 5 6
        5 -> 4
          Next v%2 row%2
          Collect %1 k%2: v%2
        6 -> 1
        """,
    ),
    "a generator whose variable hides a parameter": (
        "z = max(x for x in x)",
        """
        0 -> 1
          Reference %1 [builtins.max]
          Build %2 list [] lazy
        1 -> 2 3
        2 -> 1
          Next x%3 x
          Collect %2 x%3
        3
          Call z %1 [%2]
          Return None
        """,
    ),
    "a walrus in a comprehension binds outside": (
        "z = [w := v for v in y]\nreturn w",
        """
        0 -> 1
          Build %1 list []
        1 -> 2 3
        2 -> 1
          Next v%2 y
          Bind w v%2
          Collect %1 w
        3
          Bind z %1
          Return w
        """,
    ),
    "with": (
        "with torch.no_grad(), x as a, y as (b, c):\n    a += b",
        """
        0 -> 1
          Reference %1 [torch.no_grad]
          Call %2 %1 []
          Enter %3 %2
          Enter a x
          Enter %4 y
          Unpack [b, c] %4 None
          Augment a + b
        1
          Leave y
          Leave x
          Leave %2
          Return None
        """,
    ),
    "return out of with": (
        "async with x as a: return a",
        """
        0
          Enter a x
          Leave x
          Return a
        """,
    ),
    "a context that swallows exceptions": (
        "with suppress(KeyError):\n    x = 1\n    y = 1",
        """
        0 -> 2
          Reference %1 []
          Reference %2 [builtins.KeyError]
          Call %3 %1 [%2]
          Enter %4 %3
        1
          Leave %3
          Return None
        2 -> 3 1
          Bind x 1
        3 -> 1
          Bind y 1
        """,
    ),
    "try": (
        "try:\n    x = y\n    y = 1\nexcept KeyError as e:\n    y = e\nelse: y = 2",
        """
        0 -> 3
        1
          Return None
        2 -> 1
          Reference %1 [builtins.KeyError]
          Call e %1 []
          Bind y e
          Forget e
        3 -> 4 2
          Bind x y
        4 -> 5 2
          Bind y 1
        5 -> 1
          Bind y 2
        """,
    ),
    "finally": (
        "try: x = y\nfinally: y = 1",
        """
        0 -> 3
        1
          Return None
        2
          Bind y 1
          Raise None
        3 -> 4 2
          Bind x y
        4 -> 1
          Bind y 1
        """,
    ),
    "return through finally": (
        "try: return x\nfinally: x = 1",
        """
        0 -> 2
        1
          Bind x 1
          Raise None
        2 -> 3 1
          Bind %1 x
        3
          Bind x 1
          Return %1
        """,
    ),
    "an inner exception reaches the outer handler": (
        "try:\n    try: x = 1\n    except KeyError: x = 2\nexcept Exception: x = 3",
        """
        0 -> 3
        1
          Return None
        2 -> 1
          Reference %2 [builtins.Exception]
          Bind x 3
        3 -> 6 2
        4 -> 1 2
        5 -> 7 2
          Reference %1 [builtins.KeyError]
        6 -> 4 5 2
          Bind x 1
        7 -> 4 2
          Bind x 2
        """,
    ),
    "match": (
        "match x:\n    case [a, *b]: y = a\n    case {'k': torch.Tensor(data=d)}: y = d\n    case _: y = 1",
        """
        0 -> 2 3
        1
          Return None
        2 -> 4 5
        3 -> 1
          Unpack [%1, %2] x 1
          Bind a %1
          Bind b %2
          Bind y a
        4 -> 1
          Bind y 1
        5 -> 1
          GetItem %3 x ['k']
          Assume %3 instance True [torch.Tensor]
          GetAttribute %4 %3 data
          Bind d %4
          Bind y d
        """,
    ),
    "assert": (
        "assert x is not None, y.T",
        """
        0 -> 1 2
        1
          Assume x none True []
          GetAttribute %1 y T
          Raise None
        2
          Assume x none False []
          Return None
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_lowers(case: str) -> None:
    statements, expected = CASES[case]
    assert body(statements) == textwrap.dedent(expected).strip()


def test_every_block_is_reachable_and_ends_properly() -> None:
    function = lowered(
        "def f(x):\n    while x:\n        try: continue\n        finally: x = 1\n    return x\n    x = 2\n"
    ).function
    targets = {block for item in function.blocks for block in item.successors}
    assert targets == set(range(1, len(function.blocks)))
    for item in function.blocks:
        ends = type(item.instructions[-1]).__name__ if item.instructions else ""
        assert item.successors or ends in ("Return", "Raise")
