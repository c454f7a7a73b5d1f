"""Decoding, and the prefilter."""

from __future__ import annotations

import pytest

from tensorlint.source import Source, SourceError, imports_tensors


def test_lines_are_pythons_own() -> None:
    source = Source.read("a\x0cb\u2028c\x1cd\r\ne\rf", "name.py")
    assert source.lines == ("a\x0cb\u2028c\x1cd", "e", "f")
    assert source.path == "name.py"


def test_decodes_as_python_does() -> None:
    assert Source.read("x = 'é'".encode()).text == "x = 'é'"
    assert Source.read(b"\xef\xbb\xbfx = 1").text == "x = 1"
    assert Source.read("# coding: latin-1\nx = 'é'".encode("latin-1")).text.endswith("'é'")


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"x = 1\ny = '\xff'\n", 2, "cannot decode"),
        (b"# coding: no-such\n", 1, "cannot decode"),
        (b"x = 1\n\n\0\n", 3, "NUL"),
        ("x = '\0'", 1, "NUL"),
    ],
)
def test_says_what_python_cannot_read(data: bytes | str, line: int, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        Source.read(data)
    assert caught.value.line == line
    assert words in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "import numpy",
        "import os, numpy as np",
        "from torch import nn",
        "def f():\n    import jax.numpy as jnp",
        "try: import cupy\nexcept ImportError: pass",
        "x = 1; import torch",
        "import torchvision",
        "from mylib import (\n    a,\n    numpy,\n)",
        "from a import b, \\\n    torch",
        "\ufefffrom keras import layers",
    ],
)
def test_a_file_with_tensors(text: str) -> None:
    assert imports_tensors(text.removeprefix("\ufeff"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import os",
        "x = 'numpy'",
        "# import numpy",
        "import os  # not numpy",
        "importance = numpy",
        "from os import path\nnumpy = (path, 1)",
    ],
)
def test_a_file_without(text: str) -> None:
    assert not imports_tensors(text)
