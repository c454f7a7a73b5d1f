"""The map of a file: units, classes, functions; and what its names stand for."""

from __future__ import annotations

import ast

import pytest

from tensorlint.ir import Hint
from tensorlint.syntax import outline
from tensorlint.syntax.names import module_names
from tests.syntax.reading import draw, lowered, shown

FILE = '''\
"""Words."""
import functools
import torch
from torch import nn

if torch.cuda.is_available():
    @functools.cache
    def pick(): ...
else:
    def pick(): ...

class Net(nn.Module, Mixin):
    width = 3
    def __init__(self):
        self.a, self.b = 1, 2
        def inner(): ...
    @staticmethod
    def make(x): self.c = x
    @property
    def size(self):
        self.a = 3
    class Part(Net):
        def run(self): ...
try:
    async def go(): ...
except ImportError: pass
'''


def test_units() -> None:
    _, drawn = draw(FILE)
    found = [(u.kind, u.qualname, u.class_name, u.first_line, u.last_line) for u in drawn.units]
    assert found == [
        ("function", "pick", None, 7, 8),
        ("function", "pick", None, 10, 10),
        ("class", "Net", "Net", 12, 23),
        ("method", "Net.__init__", "Net", 14, 16),
        ("function", "Net.make", "Net", 17, 18),
        ("method", "Net.size", "Net", 19, 21),
        ("class", "Net.Part", "Net.Part", 22, 23),
        ("method", "Net.Part.run", "Net.Part", 23, 23),
        ("function", "go", None, 25, 25),
        ("module", "<module>", None, 1, 26),
    ]
    assert [unit.index for unit in drawn.units] == list(range(10))


def test_classes_and_functions() -> None:
    _, drawn = draw(FILE)
    assert drawn.functions == {"pick": 1, "go": 8}
    net = drawn.classes["Net"]
    assert net.bases == ("torch.nn.Module",)
    assert net.methods == {"__init__": 3, "make": 4, "size": 5}
    assert net.attributes == {"a": ("__init__", "size"), "b": ("__init__",)}
    assert drawn.classes["Net.Part"].bases == (".Net",)


def test_own_statements_only() -> None:
    assert shown(FILE, "Net") == (
        "  0\n    Bind width 3\n    Define __init__ -1 [] []\n    Define make -1 [] []\n"
        "    Define size -1 [] []\n    Define Part -1 [] []\n    Return None"
    )
    text = "import numpy as np\nx = np.zeros(3)\ndef f(): return x + y\nx += 1\n"
    assert shown(text, "<module>") == (
        "  0\n    Reference %1 [numpy.zeros]\n    Call x %1 [3]\n"
        "    Define f -1 [x] []\n    Augment x + 1\n    Return None"
    )


def test_header_of_a_function() -> None:
    function = lowered(
        """\
from __future__ import annotations
import torch
from typing import Optional, Literal
class Net:
    @classmethod
    @torch.jit.script
    @register("name")
    def f(
        self, a: torch.Tensor, /, b: Optional["Net"] = None, *c, d: Literal["x"] = -1, **e
    ) -> list[torch.Tensor]:
        '''Doc.'''
        yield a
def register(name): ...
""",
        "Net.f",
    ).function
    assert [
        (p.name, p.kind, p.annotation, p.default and p.default.value, p.has_default)
        for p in function.parameters
    ] == [
        ("self", "positional", None, None, False),
        ("a", "positional", Hint(("torch.Tensor",)), None, False),
        ("b", "either", Hint(("|",), (Hint((".Net",)), Hint(("None",)))), None, True),
        ("c", "*", None, None, False),
        ("d", "keyword", Hint(("typing.Literal",)), -1, True),
        ("e", "**", None, None, False),
    ]
    assert (function.kind, function.class_name, function.docstring) == ("method", "Net", "Doc.")
    assert function.decorators == ("builtins.classmethod", "torch.jit.script", ".register")
    assert function.returns == Hint(("builtins.list",), (Hint(("torch.Tensor",)),))
    assert function.is_generator


NAMES = [
    ("import numpy as np", "np", ("numpy",)),
    ("import torch.nn.functional", "torch", ("torch",)),
    ("import torch.nn.functional as F", "F", ("torch.nn.functional",)),
    ("from torch import nn", "nn", ("torch.nn",)),
    ("try: import cupy as xp\nexcept ImportError: import numpy as xp", "xp", ("cupy", "numpy")),
    ("try: import torch\nexcept ImportError: torch = None", "torch", ("torch",)),
    ("import numpy as np\nnp = Fake()", "np", (".np", "numpy")),
    ("from . import layers", "layers", ()),
    ("from .numpy import zeros", "zeros", ()),
    ("def zeros(): ...", "zeros", (".zeros",)),
    ("x = 1", "x", (".x",)),
    ("import torch\nTensor = torch.Tensor", "Tensor", ("torch.Tensor",)),
    ("for i, (j, k) in y: pass", "k", (".k",)),
    ("with a as b: pass", "b", (".b",)),
    ("if (n := 3): pass", "n", (".n",)),
    ("", "list", ("builtins.list",)),
    ("list = 3", "list", (".list",)),
    ("", "mystery", ()),
    ("from numpy import *", "zeros", ("numpy.zeros",)),
    ("from numpy import *\nfrom torch import *", "zeros", ("numpy.zeros", "torch.zeros")),
    ("from numpy import *", "max", ("builtins.max",)),
    ("from numpy import *\ndef zeros(): ...", "zeros", (".zeros",)),
    ("from elsewhere import *", "zeros", ()),
]


@pytest.mark.parametrize(("text", "name", "expected"), NAMES)
def test_names(text: str, name: str, expected: tuple[str, ...]) -> None:
    assert module_names(ast.parse(text)).resolve(name) == expected


def test_locals_hide_imports() -> None:
    text = "import numpy as np\ndef f(np):\n    return np.zeros(3)\n"
    assert "CallMethod %1 np zeros [3]" in shown(text)
    text = "def f(x):\n    def g(): return np.zeros(x)\n    import numpy as np\n    return g\n"
    assert "Reference %1 [numpy.zeros]" in shown(text)


def test_an_empty_file() -> None:
    drawn = outline(ast.parse(""))
    assert [unit.kind for unit in drawn.units] == ["module"]
    assert shown("", "<module>") == "  0\n    Return None"
