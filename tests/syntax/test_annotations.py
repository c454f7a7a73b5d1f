"""What annotations state: names resolved, strings and aliases followed, and silence for what is none."""

from __future__ import annotations

import ast

import pytest

from tensorlint.ir import Hint
from tensorlint.lint import lint_text
from tensorlint.syntax.annotations import NOTHING, Annotations
from tensorlint.syntax.names import module_names

HEAD = """\
import numpy as np
import numpy.typing as npt
import torch
import typing_extensions as te
from collections.abc import Callable
from jaxtyping import Float
from tensorlint import Mutates
from torch import Tensor
from typing import Annotated, List, Literal, NewType, Optional, TypeVar, Union
class Net:
    class Inner: ...
Image = np.ndarray
Batch = list[Image]
Maybe = Optional["Image"]
Nested: te.TypeAlias = "list[Batch]"
Loop = Optional["Other"]
Other = Optional["Loop"]
Itself = list["Itself"]
Alone = "Alone"
T = TypeVar("T", bound=torch.Tensor)
Quoted = TypeVar("Quoted", bound="Tensor")
Either = TypeVar("Either", np.ndarray, torch.Tensor)
Free = TypeVar("Free")
Curious = TypeVar("Curious", bound="Curious")
Mask = NewType("Mask", np.ndarray)
Half = NewType("Half")
Twice = np.ndarray
Twice = torch.Tensor
made = np.zeros(3)
"""


def show(hint: Hint) -> str:
    """``names[parts]``, a question mark where nothing is known."""
    parts = ", ".join(map(show, hint.parts))
    return ("/".join(hint.names) or "?") + (f"[{parts}]" if parts else "")


def read(annotation: str) -> str:
    names = module_names(ast.parse(HEAD))
    return show(Annotations(names.resolve, names.values).parse(annotation))


CASES = [
    # names
    ("np.ndarray", "numpy.ndarray"),
    ("Tensor", "torch.Tensor"),
    ("int", "builtins.int"),
    ("None", "None"),
    ("Net", ".Net"),
    ("Net.Inner", ".Net.Inner"),
    ("Unknown", "?"),
    ("unknown.Tensor", "?"),
    # strings
    ("'np.ndarray'", "numpy.ndarray"),
    ("\"'np.ndarray'\"", "numpy.ndarray"),
    ("  np.ndarray  # an image", "numpy.ndarray"),
    ("list['Tensor']", "builtins.list[torch.Tensor]"),
    ("'Optional[Tensor]'", "|[torch.Tensor, None]"),
    # unions
    ("np.ndarray | None", "|[numpy.ndarray, None]"),
    ("'np.ndarray' | None", "|[numpy.ndarray, None]"),
    ("Optional[Tensor]", "|[torch.Tensor, None]"),
    ("Union[Tensor, np.ndarray, None]", "|[torch.Tensor, numpy.ndarray, None]"),
    ("te.Union[Tensor, None]", "|[torch.Tensor, None]"),
    ("int | str | None", "|[|[builtins.int, builtins.str], None]"),
    # containers
    ("List[Tensor]", "typing.List[torch.Tensor]"),
    ("tuple[Tensor, ...]", "builtins.tuple[torch.Tensor, Ellipsis]"),
    ("dict[str, list[Tensor]]", "builtins.dict[builtins.str, builtins.list[torch.Tensor]]"),
    ("tuple[()]", "builtins.tuple"),
    ("Callable[[Tensor], None]", "collections.abc.Callable[?[torch.Tensor], None]"),
    ("npt.NDArray[np.float32]", "numpy.typing.NDArray[numpy.float32]"),
    # what stands beside a type
    ("Annotated[Tensor, 'mutates']", "typing.Annotated[torch.Tensor, mutates]"),
    ("Annotated[Tensor, Mutates]", "typing.Annotated[torch.Tensor, tensorlint.Mutates]"),
    ("Annotated[Tensor, Mutates()]", "typing.Annotated[torch.Tensor, tensorlint.Mutates]"),
    ("Annotated[Tensor, 3, (1, 2), shop.Size(1)]", "typing.Annotated[torch.Tensor, ?, ?, ?]"),
    ("Float[Tensor, 'batch channels']", "jaxtyping.Float[torch.Tensor]"),
    ("Float[np.ndarray, 'n'] | None", "|[jaxtyping.Float[numpy.ndarray], None]"),
    ("Literal['Tensor', 3]", "typing.Literal"),
    ("te.Literal['np.ndarray']", "typing.Literal"),
    # names of the file for types
    ("Image", "numpy.ndarray"),
    ("Batch", "builtins.list[numpy.ndarray]"),
    ("Maybe", "|[numpy.ndarray, None]"),
    ("Nested", "builtins.list[builtins.list[numpy.ndarray]]"),
    ("T", "torch.Tensor"),
    ("Quoted", "torch.Tensor"),
    ("Either", "|[numpy.ndarray, torch.Tensor]"),
    ("Free", "?"),
    ("Mask", "numpy.ndarray"),
    ("Half", "?"),
    ("Twice", ".Twice"),
    ("made", "?"),
    # circles
    ("Loop", "|[|[?, None], None]"),
    ("Itself", "builtins.list[?]"),
    ("Alone", "?"),
    ("Curious", "?"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "expected"), CASES, ids=[case[0] for case in CASES])
def test_reads(annotation: str, expected: str) -> None:
    assert read(annotation) == expected


NO_TYPES = [
    "", " ", "np.", "np.ndarray[", "'np.ndarray['", "list[", "]", "'", "'''", "[]x", "x y", "x = 3",
    "return x",
    "np.nd\0array", "'\\0'", "'\\ud800'", "\ud800", "lambda: np.ndarray", "np.ndarray()", "np().ndarray",
    "np.ndarray if x else y", "not np.ndarray", "np.ndarray + np.ndarray", "-1", "{np.ndarray}",
    "{1: np.ndarray}",
    "[x for x in y]", "(x := np.ndarray)", "(yield)", "await np.ndarray", "f'{np}'", "np[0].ndarray", "x < y",
    "\\", "#", "#\n", "np.\nndarray", "\tif", "...\n...",
]  # fmt: skip


@pytest.mark.parametrize("annotation", NO_TYPES, ids=map(ascii, NO_TYPES))
def test_what_is_no_type_says_nothing(annotation: str) -> None:
    assert read(annotation) == "?"


HUGE = {
    "name": "a" * 10_000,
    "path": ".".join(["a"] * 3_000),
    "nested": "list[" * 2_000 + "int" + "]" * 2_000,
    "union": " | ".join(["int"] * 2_000),
    "parentheses": "(" * 5_000 + "int" + ")" * 5_000,
    "minus": "-" * 9_999 + "1",
    "conditions": "int if x else " * 800 + "int",
    "just short enough": "-" * 990 + "1",
    "nested, short enough": "[" * 495 + "]" * 495,
}


@pytest.mark.parametrize("annotation", HUGE.values(), ids=HUGE)
def test_what_is_too_much_says_nothing(annotation: str) -> None:
    assert read(annotation) == "?"


def test_deep_nesting_ends_with_the_unknown() -> None:
    found = read("list[" * 40 + "int" + "]" * 40)
    assert found.startswith("builtins.list[builtins.list[")
    assert "?" in found
    assert "int" not in found


def test_strings_in_strings_end_with_the_unknown() -> None:
    annotation = "int"
    for _ in range(4):
        annotation = repr(annotation)
    assert read(annotation) == "builtins.int"


def test_no_name_is_known() -> None:
    annotations = Annotations(lambda name: (), {})
    assert annotations.parse("Tensor") == NOTHING
    assert show(annotations.parse("Optional[Tensor]")) == "?[?]"


def test_a_name_of_two_modules_keeps_both() -> None:
    names = module_names(ast.parse("try:\n    from a import T\nexcept ImportError:\n    from b import T\n"))
    assert Annotations(names.resolve, names.values).parse("T").names == ("a.T", "b.T")


# The annotations of a whole file, through the linter: `f` has a bug that needs the type of `x`.
FILE = """\
import numpy as np
import torch
from typing import TypeVar, Union
{before}

def f(x: {annotation}, n) -> {annotation}:
    part: {annotation} = x[n]
    part += 1
    return part, x


def crop():
    image = np.arange(16.0).reshape(4, 4)
    patch = image[1:3, 1:3]
    patch -= patch.mean()
    return image, patch
"""


def reported(annotation: str, before: str = "") -> list[str]:
    """The source of the lines that are reported."""
    text = FILE.format(annotation=annotation, before=before)
    lines = text.split("\n")
    return [lines[diagnostic.line - 1].strip() for diagnostic in lint_text(text)]


BOTH, ONLY_CROP = ["part += 1", "patch -= patch.mean()"], ["patch -= patch.mean()"]


@pytest.mark.parametrize(
    ("annotation", "before", "expected"),
    [
        ("torch.Tensor", "", BOTH),
        ("'torch.Tensor'", "", BOTH),
        ("Image", "Image = torch.Tensor", BOTH),
        ("T", "T = TypeVar('T', bound=torch.Tensor)", BOTH),
        ("int", "", ONLY_CROP),
        ("'torch.Tensor['", "", ONLY_CROP),
        ("'torch.\\0Tensor'", "", ONLY_CROP),
        ("A", "A = 'B'\nB = 'A'", ONLY_CROP),
        ("A", "class A(A): ...", ONLY_CROP),
        ("Missing", "", ONLY_CROP),
        ("missing.deep.Name[torch.Tensor]", "", ONLY_CROP),
        ("lambda: torch.Tensor", "", ONLY_CROP),
        ("[x for x in range(3)]", "", ONLY_CROP),
        ("(w := torch.Tensor)", "", ONLY_CROP),
        ("{'a': torch.Tensor}", "", ONLY_CROP),
        ("print('torch.Tensor')", "", ONLY_CROP),
        ("f'{torch.Tensor}'", "", ONLY_CROP),
        ("1" * 4_000, "", ONLY_CROP),
        ("list[" * 90 + "int" + "]" * 90, "", ONLY_CROP),
        (repr("list[" * 2_000 + "int" + "]" * 2_000), "", ONLY_CROP),
        (" | ".join(["int"] * 1_500), "", ONLY_CROP),
        ("a" * 10_000, "", ONLY_CROP),
        ("A0", "".join(f"A{n} = list[A{n + 1}]\n" for n in range(300)), ONLY_CROP),
        ("A0", "".join(f"A{n} = Union[A{n + 1}, A{n - 1}]\n" for n in range(300)), ONLY_CROP),
    ],
    ids=lambda value: ascii(value)[:30] if isinstance(value, str) else "",
)  # fmt: skip
def test_odd_annotations_in_a_file(annotation: str, before: str, expected: list[str]) -> None:
    assert reported(annotation, before) == expected
